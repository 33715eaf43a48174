import { keepKeys, make } from "./question.js";

/** Look over, and publish to a class. The notebook is saved first: what is published is its file. */
function render({ model, el }) {
  const labels = model.get("labels");
  const id = `sq-${Math.random().toString(36).slice(2)}`;
  const group = make("select", { id: `${id}-class` });
  const minutes = make("input", { type: "number", id: `${id}-minutes`, min: 1, max: 90, value: 20 });
  const due = make("input", { type: "date", id: `${id}-due` });
  const told = make("div", { className: "sq-told", role: "status" });
  const press = (type) => {
    told.replaceChildren(labels.checking);
    save(el);
    // The file is on the disk a moment after the notebook was told to save itself.
    setTimeout(() => model.send({
      type, class: Number(group.value) || null, minutes: Math.min(90, Math.max(1, Math.round(Number(minutes.value)) || 20)), due: due.value,
    }), 1200);
  };
  const button = (words, type) =>
    make("button", { type: "button", className: `sq-${type}`, onclick: () => press(type) }, words);
  const showClasses = () =>
    group.replaceChildren(...model.get("classes").map(({ id: value, name }) => make("option", { value }, name)));
  const showTold = () => {
    const news = model.get("told");
    if (!news.turn) return;
    const troubles = (news.troubles || []).map(({ cell, message }) =>
      make("li", {}, cell ? `${labels.cell.replace("{n}", cell)} ${message}` : message));
    const count = labels.found.replace("{title}", news.title || "–").replace("{n}", news.questions).replace("{points}", news.points);
    told.replaceChildren(
      ...(news.problem ? [make("strong", {}, news.problem)] : [make("p", {}, count)]),
      ...(troubles.length ? [make("strong", {}, labels.troubles), make("ul", {}, ...troubles)] : []),
      ...(news.address ? [make("strong", {}, labels.published.replace("{class}", news.class)),
        make("p", {}, make("a", { href: news.address, target: "_blank", rel: "noopener" }, labels.open))] : []),
      ...(!news.problem && !troubles.length && !news.address ? [make("strong", {}, labels.good)] : []),
    );
  };
  el.classList.add("sandyq-question", "sandyq-tool");
  el.lang = labels.language;
  keepKeys(el);
  el.replaceChildren(
    make("p", { className: "sq-box-name" }, labels.heading), make("p", { className: "sq-hint" }, labels.how),
    make("div", { className: "sq-author" },
      make("label", { for: group.id }, labels.group, group), make("label", { for: minutes.id }, labels.minutes, minutes),
      make("label", { for: due.id }, labels.due, due)),
    make("div", { className: "sq-author" }, button(labels.look, "check"), button(labels.publish, "publish")),
    told,
  );
  showClasses();
  showTold();
  model.on("change:classes", showClasses);
  model.on("change:told", showTold);
  return () => {
    model.off("change:classes", showClasses);
    model.off("change:told", showTold);
  };
}

/** Press Ctrl+S for the author: Lab and Notebook both save then. @param {HTMLElement} el */
function save(el) {
  const options = { key: "s", code: "KeyS", keyCode: 83, ctrlKey: true, bubbles: true, cancelable: true };
  el.parentElement?.dispatchEvent(new KeyboardEvent("keydown", options));
}

export default { render };
