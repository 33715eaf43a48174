import { drawQuestion, make } from "./question.js";
import { makeLetters } from "./keys.js";

/** A line for a word or two. */
function render({ model, el }) {
  return drawQuestion(model, el, (id, labels) => {
    const input = make("input", { type: "text", id: `${id}-input`, spellcheck: false, autocapitalize: "off", maxLength: 200 });
    const element = make(
      "div", { className: "sq-short" }, make("label", { for: input.id }, labels.answer), input,
    );
    element.append(...makeLetters(element, labels));
    return {
      element,
      read: () => input.value,
      shows: (response) => input.value.trim() === response,
      show: (response) => { if (response) input.value = response; },
    };
  });
}

export default { render };
