import { drawQuestion, make } from "./question.js";

// The Kazakh keyboard has letters where others have digits, so the digits stand on the page too.
const DIGITS = [..."1234567890", ",", "−"];

/** A line for a number, its unit, and a strip of digits. */
function render({ model, el }) {
  return drawQuestion(model, el, (id, labels) => {
    const input = make("input", {
      type: "text", inputMode: "decimal", id: `${id}-input`, spellcheck: false,
      "aria-describedby": `${id}-hint`, size: 14,
    });
    const type = (text) => {
      input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
      input.focus();
    };
    const erase = () => {
      const start = Math.max(0, input.selectionStart - (input.selectionStart === input.selectionEnd ? 1 : 0));
      input.setRangeText("", start, input.selectionEnd, "end");
      input.focus();
    };
    const key = (text, action, label = text) =>
      make("button", { type: "button", className: "sq-key", onclick: action, "aria-label": label }, text);
    return {
      element: make(
        "div", { className: "sq-number" },
        make("label", { for: input.id }, labels.answer),
        make("div", { className: "sq-line" }, input, make("span", { className: "sq-unit" }, model.get("unit"))),
        make("p", { className: "sq-hint", id: `${id}-hint` }, labels.inputHint),
        make(
          "div", { className: "sq-keys", role: "group", "aria-label": labels.digits },
          ...DIGITS.map((digit) => key(digit, () => type(digit))), key("⌫", erase, labels.erase),
        ),
      ),
      read: () => input.value,
      show: (response) => {
        if (response) input.value = response;
      },
    };
  });
}

export default { render };
