import { bare, drawQuestion, make, markPart } from "./question.js";

/** Boxes to tick, one for each answer. */
function render({ model, el }) {
  return drawQuestion(model, el, (id, labels) => {
    const boxes = [];
    const rows = model.get("face").options.map((html, index) => {
      const box = make("input", { type: "checkbox", value: String(index + 1), id: `${id}-${index}` });
      boxes.push(box);
      return make("label", { className: "sq-option", for: box.id }, box, make("span", { innerHTML: html }));
    });
    const read = () => boxes.filter((box) => box.checked).map((box) => `${box.value})`).join("\n");
    return {
      element: make(
        "div", { className: "sq-options" }, make("p", { className: "sq-hint" }, labels.several), ...rows,
      ),
      read,
      shows: (response) => read() === bare(response),
      show: (response) => {
        const chosen = bare(response).split("\n");
        for (const box of boxes) box.checked = chosen.includes(`${box.value})`);
      },
      mark: (marks) => rows.forEach((row, index) => markPart(row, boxes[index].checked ? marks[index] : undefined, labels)),
    };
  });
}

export default { render };
