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
    const replace = (start, text) => {
      input.setRangeText(text, start, input.selectionEnd, "end");
      input.dispatchEvent(new Event("input", { bubbles: true })); // as the keyboard does
      input.focus();
    };
    const type = (text) => replace(input.selectionStart, text);
    const erase = () =>
      replace(Math.max(0, input.selectionStart - (input.selectionStart === input.selectionEnd ? 1 : 0)), "");
    const key = (text, action, label = text) =>
      make(
        "button", { type: "button", className: "sq-key", tabIndex: -1, onclick: action, "aria-label": label }, text,
      );
    const keys = [...DIGITS.map((digit) => key(digit, () => type(digit))), key("⌫", erase, labels.erase)];
    return {
      element: make(
        "div", { className: "sq-number" },
        make("label", { for: input.id }, labels.answer),
        make("div", { className: "sq-line" }, input, make("span", { className: "sq-unit" }, model.get("unit"))),
        make("p", { className: "sq-hint", id: `${id}-hint` }, labels.inputHint),
        makeToolbar(keys, labels.digits),
      ),
      read: () => input.value,
      shows: (response) => input.value.trim() === response,
      show: (response) => {
        if (response) input.value = response;
      },
    };
  });
}

/** One stop for the Tab key; arrows, Home and End move inside (ARIA's toolbar pattern).
 * @param {HTMLElement[]} keys @param {string} label */
function makeToolbar(keys, label) {
  const moves = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  keys[0].tabIndex = 0;
  const toolbar = make("div", { className: "sq-keys", role: "toolbar", "aria-label": label }, ...keys);
  toolbar.addEventListener("keydown", (event) => {
    const at = keys.indexOf(document.activeElement);
    const next = { Home: 0, End: keys.length - 1 }[event.key] ?? at + (moves[event.key] || 0);
    if (at < 0 || next === at) return;
    event.preventDefault();
    const to = keys[(next + keys.length) % keys.length];
    for (const each of keys) each.tabIndex = each === to ? 0 : -1;
    to.focus();
  });
  return toolbar;
}

export default { render };
