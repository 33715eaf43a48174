// @ts-check
// A lesson or an app comes to life: draws its widgets, opens the link to its kernel, says how that goes.

import { Drafts } from "./drafts.js";
import { Link } from "./link.js";
import { RoomManager } from "./manager.js";
import { typeset } from "./maths.js";
import { nameParts } from "./names.js";
import { Notice } from "./notice.js";
import { OutputArea, OutputList } from "./outputs.js";
import { addStyle, base, cells, isScripted, kernel, openStock, page, readToken, saved } from "./page.js";

/** @type {Map<number, { list: OutputList, area: OutputArea }>} what the visitor's own cells show */
const shown = new Map();

/** Show what one of the visitor's own cells says. @param {number} number @param {any} message */
function showOutput(number, message) {
  const cell = cells.querySelector(`[data-cell="${number}"] > .jp-Cell`);
  if (!cell || message.content.name === "stderr") return; // Voilà spares readers a cell's warnings, too
  if (!shown.has(number)) {
    const element = document.createElement("div");
    element.className = "jp-OutputArea jp-Cell-outputArea";
    cell.append(element);
    shown.set(number, { list: new OutputList(), area: new OutputArea(element, manager) });
  }
  const { list, area } = /** @type {{ list: OutputList, area: OutputArea }} */ (shown.get(number));
  if (list.take(message)) area.show(list.list);
  cell.classList.toggle("jp-mod-noOutputs", !list.list.length);
}

document.querySelector(".sq-wait")?.remove();
/** What was executed for this visitor alone nobody looked at before it was sent. */
const html = /** @type {HTMLElement[]} */ ([...cells.querySelectorAll("[data-mime-type='text/html']")]);
if (cells.querySelector("[data-scripted]") || html.some((each) => isScripted(each.innerHTML))) openStock();
const manager = new RoomManager(page.words, showOutput);
const notice = new Notice(page.words);
const link = new Link(base, kernel, (message) => manager.hear(message), (state) => notice.tell(state));
const hosts = /** @type {HTMLElement[]} */ ([...cells.querySelectorAll("[data-view]")]);
const drafts = new Drafts(link, manager, saved.state || {}, hosts.map((host) => host.dataset.view || ""));
manager.link = link;

if (Object.values(saved.state || {}).some((model) => model.state.icon || model.state.button_style)) addStyle("icons");
/** Icons may come at any time, also in what people write; their style and font are fetched once there is one. */
const icons = new MutationObserver(() => {
  if (!cells.querySelector(".fa, .fas, .far, .fab")) return;
  icons.disconnect();
  addStyle("icons");
});
icons.observe(cells, { subtree: true, childList: true, attributeFilter: ["class"] });
if (cells.querySelector('[class*="ansi-"]')) addStyle("ansi");
manager.restore(saved);
const views = hosts.map((host) => manager.draw(host.dataset.view || "", host));
for (const text of cells.querySelectorAll(".jp-RenderedHTMLCommon, .jp-RenderedLatex")) {
  typeset(/** @type {HTMLElement} */ (text));
}
const drawing = Promise.allSettled(views).then((outcomes) => {
  for (const outcome of outcomes) if (outcome.status === "rejected") console.error(outcome.reason);
});
manager.openAfter(drawing).then(async () => {
  await drafts.restore().catch((problem) => console.error(problem));
  document.body.classList.add("sq-drawn");
});

window.addEventListener("pagehide", () => {
  navigator.sendBeacon(`${base}voila/api/shutdown/${kernel}`, new URLSearchParams({ _xsrf: readToken() }));
  drafts.keep();
});
// What was written is longer than its field: on paper all of it is seen.
addEventListener("beforeprint", () => {
  for (const field of cells.querySelectorAll("textarea")) {
    field.dataset.height = field.style.height;
    field.style.height = `${Math.max(field.scrollHeight + 4, field.offsetHeight)}px`;
  }
});
addEventListener("afterprint", () => {
  for (const field of cells.querySelectorAll("textarea")) field.style.height = field.dataset.height || "";
});
/** Headers of an Accordion are opened by the keyboard, too. */
cells.addEventListener("keydown", (event) => {
  const header = /** @type {Element} */ (event.target).closest(".jupyter-widget-Collapse-header");
  if (!header || !["Enter", " "].includes(event.key)) return;
  event.preventDefault();
  /** @type {HTMLElement} */ (header).click();
});
nameParts(cells, page.words);
// Somebody signs out in another tab: what stands here is nobody else's.
if (window.BroadcastChannel) {
  new BroadcastChannel("sandyq").onmessage = () => {
    drafts.restored = false; // nothing is kept when this page is left
    sessionStorage.clear();
    location.replace("/hub/logout");
  };
}
// The kernel ended when the page was left, so a page taken from the back-forward cache is dead.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
