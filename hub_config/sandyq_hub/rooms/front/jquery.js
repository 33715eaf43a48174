// Stands in for jQuery, of which ipywidgets uses but this: a hull around a view's element. It works on elements by itself.

/** @param {Element} element */
export default function $(element) {
  if (!(this instanceof $)) return new $(element);
  this[0] = element;
  this.length = 1;
}
