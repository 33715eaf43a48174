import { keepKeys, make } from "./question.js";

/**
 * An author's buttons. The notebook is saved first: what is sent is its file.
 * @param {Array<Node>} fields  What is asked above the buttons.
 * @param {Record<string, string>} buttons  What they ask the kernel for → their words.
 * @param {() => object} wish  What goes with it.
 * @param {(news: object) => Array<Node>} tell  What stands below when nothing was wrong.
 */
export function showPanel({ model, el }, { fields, buttons, wish, tell }) {
  const labels = model.get("labels");
  const told = make("div", { className: "sq-told", role: "status" });
  const press = (type) => {
    told.replaceChildren(labels.checking);
    save(el);
    // The file is on the disk a moment after the notebook was told to save itself.
    setTimeout(() => model.send({ type, ...wish() }), 1200);
  };
  const showTold = () => {
    const news = model.get("told");
    if (!news.turn) return;
    const troubles = (news.troubles || []).map(({ cell, message }) =>
      make("li", {}, cell ? `${labels.cell.replace("{n}", cell)} ${message}` : message));
    told.replaceChildren(
      ...(news.problem ? [make("strong", {}, news.problem)] : [make("p", {}, labels.found
        .replace("{title}", news.title || "–").replace("{n}", news.questions).replace("{points}", news.points))]),
      ...(troubles.length ? [make("strong", {}, labels.troubles), make("ul", {}, ...troubles)] : []),
      ...(news.problem || troubles.length ? [] : tell(news)),
    );
  };
  const row = (...parts) => make("div", { className: "sq-author" }, ...parts);
  el.classList.add("sandyq-question", "sandyq-tool", "sq-panel");
  el.lang = labels.language;
  keepKeys(el);
  el.replaceChildren(
    make("p", { className: "sq-box-name" }, labels.heading), make("p", { className: "sq-hint" }, labels.how),
    row(...fields),
    row(...Object.entries(buttons).map(([type, words]) =>
      make("button", { type: "button", className: `sq-${type}`, onclick: () => press(type) }, words))),
    told,
  );
  showTold();
  model.on("change:told", showTold);
  return () => model.off("change:told", showTold);
}

/** A link that opens beside the notebook. */
export function makeLink(href, words) {
  return make("p", {}, make("a", { href, target: "_blank", rel: "noopener" }, words));
}

/** Press Ctrl+S for the author: Lab and Notebook both save then. @param {HTMLElement} el */
function save(el) {
  const options = { key: "s", code: "KeyS", keyCode: 83, ctrlKey: true, bubbles: true, cancelable: true };
  el.parentElement?.dispatchEvent(new KeyboardEvent("keydown", options));
}
