import { drawQuestion, make } from "./question.js";
import { makeLetters } from "./keys.js";

/** A field for free text with a count of words. */
function render({ model, el }) {
  return drawQuestion(model, el, (id, labels) => {
    const least = model.get("face").min_words;
    const field = make("textarea", { rows: 6, id: `${id}-field`, "aria-describedby": `${id}-count` });
    const count = make("p", { className: "sq-hint", id: `${id}-count` });
    const showCount = () => {
      const now = field.value.split(/\s+/).filter(Boolean).length;
      count.textContent = least ? labels.minWords.replace("{n}", least).replace("{now}", now) : "";
    };
    field.addEventListener("input", showCount);
    const element = make(
      "div", { className: "sq-open" }, make("label", { for: field.id }, labels.answer), field, count,
    );
    element.append(...makeLetters(element, labels));
    return {
      element,
      read: () => field.value,
      shows: (response) => field.value.trim() === response,
      show: (response) => {
        if (response) field.value = response;
        showCount();
      },
    };
  });
}

export default { render };
