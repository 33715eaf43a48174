import { drawQuestion, make } from "./question.js";
import { drawCards } from "./cards.js";

/** Cards and boxes. */
function render({ model, el }) {
  return drawQuestion(model, el, (id, labels) =>
    drawCards(model.get("face"), labels, (html) => make("span", { innerHTML: html })));
}

export default { render };
