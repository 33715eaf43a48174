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
    /** Word by gap: `1) word` as typed, `1→3) word` from the list. @param {string} response */
    const parse = (response) => new Map([...response.matchAll(/^(\d+)(?:→\d+)?\) (.*)$/gm)]
      .map(([, number, word]) => [number - 1, word.trim()]));
    return {
      element: make("div", {}, text, ...(bank.length
        ? [make("p", { className: "sq-paper" }, bank.join(" · "))]
        : makeLetters(text, labels))),
      read,
      shows: (response) => {
        const words = parse(response);
        return fields.every((field, index) => field.value.trim() === (words.get(index) || ""));
      },
      show: (response) => {
        for (const [index, word] of parse(response)) if (fields[index]) fields[index].value = word;
      },
      mark: (marks) => fields.forEach((field, index) =>
        markPart(field.parentElement, field.value ? marks[index] : undefined, labels)),
    };
  });
}

export default { render };
