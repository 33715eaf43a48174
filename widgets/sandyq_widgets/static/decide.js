import { drawQuestion, make, markPart } from "./question.js";

/** What counts of a decision: of each line what stands before the bracket; a decimal comma is a point. */
const plain = (text) =>
  (text.match(/^[a-z][a-z0-9_]*=[^)\n]*/gm) || []).map((line) => line.replace(/\s/g, "").replace(",", ".")).join("\n");

/** Fields to fill in; below them what follows, how others decided, and a paper to take away. */
function render({ model, el }) {
  let stop = () => {};
  const end = drawQuestion(model, el, (id, labels) => {
    const { fields } = model.get("face");
    const controls = fields.map(({ name, options, least, most, step }) => {
      if (!options) {
        return make("input", {
          type: "text", inputMode: "decimal", id: `${id}-${name}`, size: 10, "aria-describedby": `${id}-${name}-range`,
          "data-range": (step === "1" ? labels.range : labels.steps)
            .replace("{least}", least).replace("{most}", most).replace("{step}", step),
        });
      }
      return make("select", { id: `${id}-${name}` }, make("option", { value: "" }, labels.choose),
        ...options.map(([key, words]) => make("option", { value: key }, words)));
    });
    const printed = controls.map((control) => make("span", { className: "sq-printed", hidden: !control.options }));
    const read = () => fields.map(({ name }, index) => `${name}=${controls[index].value.trim()}`).join("\n");
    const isEmpty = () => controls.every((control) => !control.value.trim());
    const after = make("div", { className: "sq-follows" });
    const hear = (content, buffers) => {
      if (content?.type !== "file") return;
      const address = URL.createObjectURL(new Blob([buffers[0]]));
      const link = make("a", { href: address, download: content.name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    };
    const draw = () => {
      const follows = model.get("follows");
      const opened = after.querySelector("details")?.open;
      after.replaceChildren(...(follows.rows ? drawFollows(model, follows, labels) : []));
      const details = after.querySelector("details");
      if (details && opened) details.open = true;
    };
    /** On paper a list shows no more than fits into it, and what is closed is not there. */
    const spread = () => {
      controls.forEach((control, index) => { printed[index].textContent = control.selectedOptions?.[0]?.text ?? ""; });
      const closed = after.querySelector("details:not([open])");
      if (!closed) return;
      closed.open = true;
      addEventListener("afterprint", () => { // it may have been drawn anew meanwhile
        const details = after.querySelector("details");
        if (details) details.open = false;
      }, { once: true });
    };
    stop();
    addEventListener("beforeprint", spread);
    model.on("change:follows", draw);
    model.on("msg:custom", hear);
    stop = () => {
      model.off("change:follows", draw);
      model.off("msg:custom", hear);
      removeEventListener("beforeprint", spread);
    };
    draw();
    return {
      element: make("div", { className: "sq-decide" }, ...fields.map(({ label }, index) =>
        make("div", { className: "sq-field" },
          make("label", { for: controls[index].id, innerHTML: label }), controls[index], printed[index],
          ...(controls[index].dataset.range
            ? [make("span", { className: "sq-hint", id: `${controls[index].id}-range` }, controls[index].dataset.range)] : [])))),
      after,
      read,
      shows: (response) => (isEmpty() ? !response : plain(read()) === plain(response)),
      show: (response) => {
        const values = new Map(plain(response).split("\n").map((line) => line.split("=")));
        fields.forEach(({ name }, index) => {
          if (values.has(name)) controls[index].value = values.get(name);
        });
      },
    };
  });
  return () => {
    stop();
    end();
  };
}

function drawFollows(model, { rows, summary, compared }, labels) {
  const hasBefore = rows.some(({ before }) => before);
  const head = [labels.follows, labels.limit, ...(hasBefore ? [labels.before] : []), labels.now];
  const drawRow = ({ label, limit, before, now, kept, warning }) => {
    const value = make("td", { className: "sq-value" }, now);
    if (kept !== null) markPart(value, kept, { partRight: labels.isKept, partWrong: labels.isBroken });
    return make("tr", {},
      make("th", { scope: "row" }, make("span", { innerHTML: label }), ...(warning ? [make("p", { className: "sq-warning", innerHTML: warning })] : [])),
      make("td", {}, limit), ...(hasBefore ? [make("td", {}, before)] : []), value);
  };
  const drawHead = (words) => make("thead", {}, make("tr", {}, ...words.map((word) => make("th", { scope: "col" }, word))));
  const scroll = (table, name) => make("div", { className: "sq-scroll", tabIndex: 0, role: "region", "aria-label": name }, table);
  const take = make("button", { type: "button", className: "sq-take" }, labels.paper);
  take.addEventListener("click", () => model.send({ type: "paper" }));
  return [
    make("p", { className: "sq-box-name", role: "status" }, summary),
    scroll(make("table", {}, drawHead(head), make("tbody", {}, ...rows.map(drawRow))), labels.follows),
    ...(compared.people ? [drawCompared(compared, labels, drawHead, scroll)] : [make("p", { className: "sq-hint" }, labels.expertsLater)]),
    take,
  ];
}

function drawCompared({ people, reasons, group, choices, measures }, labels, drawHead, scroll) {
  const line = ([label, ...cells]) => make("tr", {}, make("th", { scope: "row", innerHTML: label }), ...cells.map((cell) => make("td", {}, cell)));
  return make("details", { className: "sq-compared" },
    make("summary", {}, labels.experts),
    scroll(make("table", {}, drawHead([labels.decision, labels.you, ...people.map((name) => name.split(",")[0]), ...(group ? [labels.group] : [])]),
      make("tbody", {}, ...choices.map(line)), make("tbody", { className: "sq-measures" }, ...measures.map(line))), labels.experts),
    ...(group ? [] : [make("p", { className: "sq-hint" }, labels.few)]),
    ...people.map((name, index) => make("section", {}, make("h4", {}, name), make("div", { innerHTML: reasons[index] }))));
}

export default { render };
