import { bare, drawQuestion, make, markPart } from "./question.js";

/** A timetable; in each hole a list of people. */
function render({ model, el }) {
  return drawQuestion(model, el, (id, labels) => {
    const { head, rows, people } = model.get("face");
    const fields = [];
    const text = (html) => make("span", { innerHTML: html }).textContent;
    const drawCell = ({ hole, html }, row, column) => {
      if (!column) return make("th", { scope: "row", innerHTML: html });
      if (hole < 0) return make("td", { innerHTML: html });
      const name = `${text(row[0].html)}, ${text(head[column])}, ${text(html)}`;
      const field = make("select", { "aria-label": labels.fill.replace("{lesson}", name) },
        make("option", { value: "" }, labels.choose),
        ...people.map((person, index) => make("option", { value: String(index + 1) }, person.name)));
      fields[hole] = field;
      return make("td", { className: "sq-hole" }, make("span", { innerHTML: html }), field);
    };
    const table = make(
      "table", { className: "sq-board" },
      make("thead", {}, make("tr", {}, ...head.map((html) => make("th", { scope: "col", innerHTML: html })))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell, column) => drawCell(cell, row, column))))),
    );
    const read = () =>
      fields.map((field, hole) => (field.value ? `${hole + 1}→${field.value})` : "")).filter(Boolean).join("\n");
    const list = make(
      "table", { className: "sq-board sq-people" },
      make("thead", {}, make("tr", {}, ...[labels.who, labels.can, labels.busy].map((word) => make("th", { scope: "col" }, word)))),
      make("tbody", {}, ...people.map(({ name, can, busy }) =>
        make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, can || labels.any), make("td", {}, busy || "–")))),
    );
    return {
      element: make("div", {}, make("div", { className: "sq-scroll", tabIndex: 0, role: "region", "aria-label": text(model.get("text")).slice(0, 80) }, table), list),
      read,
      shows: (response) => read() === bare(response),
      show: (response) => {
        for (const line of bare(response).split("\n")) {
          const [hole, person] = line.split("→").map((part) => Number.parseInt(part, 10));
          if (fields[hole - 1]) fields[hole - 1].value = String(person);
        }
      },
      mark: (marks) => fields.forEach((field, hole) => markPart(field.parentElement, field.value ? marks[hole] : undefined, labels)),
    };
  });
}

export default { render };
