import { drawQuestion, make } from "./question.js";
import { drawCards } from "./cards.js";

/** Messages and folders. */
function render({ model, el }) {
  const { senders } = model.get("face");
  return drawQuestion(model, el, (id, labels) =>
    drawCards(model.get("face"), labels, (html, index) =>
      make(
        "span", { className: "sq-message" },
        make("strong", { className: "sq-sender", innerHTML: senders[index] }),
        make("span", { innerHTML: html }),
      )));
}

export default { render };
