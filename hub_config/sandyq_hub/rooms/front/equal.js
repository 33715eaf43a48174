// Stands in for lodash's isEqual: underscore, which Backbone brings along, has one, too.

export { isEqual as default } from "underscore";
