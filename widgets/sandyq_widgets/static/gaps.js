import { drawQuestion, make, markPart } from "./question.js";
import { makeLetters } from "./keys.js";

/** A text with fields in it, or with lists of words to choose from. */
function render({ model, el }) {
  return drawQuestion(model, el, (id, labels) => {
    const { body, bank, size } = model.get("face");
    const text = make("div", { className: "sq-gaps", innerHTML: body });
    const fields = [...text.querySelectorAll("[data-gap]")].map((place, index) => {
      const name = labels.gap.replace("{n}", index + 1);
      const field = bank.length
        ? make("select", { "aria-label": name }, make("option", { value: "" }, labels.pick),
          ...bank.map((word) => make("option", { value: word }, word)))
        : make("input", { type: "text", "aria-label": name, size, spellcheck: false, autocapitalize: "off" });
      place.replaceChildren(field);
      return field;
    });
    const read = () => fields.map((field, index) => `${index + 1}) ${field.value.trim()}`).join("\n");
    return {
      element: make("div", {}, text, ...(bank.length ? [] : makeLetters(text, labels))),
      read,
      shows: (response) => read() === response || (!response && fields.every((field) => !field.value)),
      show: (response) => {
        for (const [, number, word] of response.matchAll(/^(\d+)\) (.*)$/gm)) {
          if (fields[number - 1]) fields[number - 1].value = word;
        }
      },
      mark: (marks) => fields.forEach((field, index) =>
        markPart(field.parentElement, field.value ? marks[index] : undefined, labels)),
    };
  });
}

export default { render };
