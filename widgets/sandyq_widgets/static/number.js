import { drawQuestion, make } from "./question.js";
import { makeKeys } from "./keys.js";

// The Kazakh keyboard has letters where others have digits, so the digits stand on the page too.
const DIGITS = [..."1234567890", ",", "−"];

/** A line for a number, its unit, and a strip of digits. */
function render({ model, el }) {
  return drawQuestion(model, el, (id, labels) => {
    const input = make("input", {
      type: "text", inputMode: "decimal", id: `${id}-input`, spellcheck: false,
      "aria-describedby": `${id}-hint`, size: 14,
    });
    const keys = makeKeys(input, DIGITS, labels);
    return {
      element: make(
        "div", { className: "sq-number" },
        make("label", { for: input.id }, labels.answer),
        make("div", { className: "sq-line" }, input, make("span", { className: "sq-unit" }, model.get("face").unit)),
        make("p", { className: "sq-hint", id: `${id}-hint` }, labels.inputHint),
        keys,
      ),
      read: () => input.value,
      shows: (response) => input.value.trim() === response,
      show: (response) => {
        if (response) input.value = response;
      },
    };
  });
}

export default { render };
