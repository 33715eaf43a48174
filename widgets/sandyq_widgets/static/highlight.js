import { bare, drawQuestion, make, makeState, markPart } from "./question.js";

/** A passage whose pieces are pressed to mark them. */
function render({ model, el }) {
  return drawQuestion(model, el, (id, labels) => {
    const { options, breaks } = model.get("face");
    const chosen = new Set();
    const state = makeState(() => {
      chosen.clear();
      for (const part of bare(state.value).split("\n")) if (part) chosen.add(Number.parseInt(part, 10) - 1);
      pieces.forEach((piece, index) => piece.setAttribute("aria-pressed", String(chosen.has(index))));
    });
    const toggle = (index) => {
      if (chosen.has(index)) chosen.delete(index);
      else chosen.add(index);
      state.set([...chosen].sort((a, b) => a - b).map((each) => `${each + 1})`).join("\n"), true);
    };
    const pieces = options.map((html, index) =>
      make("button", {
        type: "button", className: "sq-piece", "aria-pressed": "false", onclick: () => toggle(index),
      }, make("span", { innerHTML: html })));
    let next = 0;
    const paragraphs = breaks.map((count) =>
      make("p", {}, ...pieces.slice(next, (next += count)).flatMap((piece) => [piece, " "])));
    return {
      element: make(
        "div", { className: "sq-passage" },
        make("p", { className: "sq-hint" }, labels.several),
        make("blockquote", {}, ...paragraphs), state.field,
      ),
      read: () => state.value,
      shows: (response) => state.value === bare(response),
      show: (response) => state.set(bare(response)),
      mark: (marks) => pieces.forEach((piece, index) => markPart(piece, chosen.has(index) ? marks[index] : undefined, labels)),
    };
  });
}

export default { render };
