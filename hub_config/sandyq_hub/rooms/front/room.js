// @ts-check
// A lesson or an app comes to life: draws its widgets, opens the link to its kernel, says how that goes.

import { link, listen } from "./early.js"; // before all others
import { Drafts } from "./drafts.js";
import { RoomManager } from "./manager.js";
import { typeset } from "./maths.js";
import { nameParts } from "./names.js";
import { OutputArea, OutputList, WIDGET } from "./outputs.js";
import { addStyle, cells, isScripted, oncePerFrame, openStock, page, readStates } from "./page.js";

export * from "./shared.js";

/** Milliseconds of drawing after which the browser may do something else: show what there is, take a key. */
const SLICE = 20;

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

/** One of the visitor's own cells is done. @param {number} number */
function finish(number) {
  if (String(number) === cells.dataset.last) waiting?.remove();
  const outputs = shown.get(number)?.list.list || [];
  const views = outputs.flatMap((output) => output.data?.[WIDGET]?.model_id || []);
  drafts.take(number, views).catch((problem) => console.error(problem));
}

/** Somebody's own app says that it is at work until its last cell is done: others are there at once. */
const waiting = document.querySelector(".sq-wait");
if (!cells.dataset.last) waiting?.remove();
document.querySelector(".sq-print")?.addEventListener("click", () => window.print());
for (const part of /** @type {NodeListOf<HTMLElement>} */ (cells.querySelectorAll("[data-html]"))) {
  part.innerHTML = part.dataset.html || "";
  part.removeAttribute("data-html");
}
/** What was executed for this visitor alone nobody looked at before it was sent. */
const html = /** @type {HTMLElement[]} */ ([...cells.querySelectorAll("[data-mime-type='text/html']")]);
if (cells.querySelector("[data-scripted]") || html.some((each) => isScripted(each.innerHTML))) openStock();
const states = readStates();
const hosts = /** @type {HTMLElement[]} */ ([...cells.querySelectorAll("[data-view]")]);
const manager = new RoomManager(page.words, showOutput, finish);
const drafts = new Drafts(link, manager, states, hosts.map((host) => host.dataset.view || ""));
manager.link = link;
manager.restore(states);

/** Draw from top to bottom, so that who begins to work need not wait for what is further down. */
async function draw() {
  const views = [];
  let began = performance.now();
  for (const host of hosts) {
    views.push(manager.draw(host.dataset.view || "", host));
    if (views.length > 1 && performance.now() - began < SLICE) continue;
    await giveWay();
    began = performance.now();
  }
  for (const outcome of await Promise.allSettled(views)) if (outcome.status === "rejected") console.error(outcome.reason);
}

/** Go on when the browser has done what waits; other than a timeout, also where nobody looks. */
function giveWay() {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
}

const isDrawn = manager.openAfter(draw());
listen((message) => manager.hear(message));
isDrawn.then(async () => {
  await drafts.restore().catch((problem) => console.error(problem));
  document.body.classList.add("sq-drawn");
  await manager.findDrawn();
  await drafts.restoreLate();
});

for (const text of cells.querySelectorAll(".jp-RenderedHTMLCommon, .jp-RenderedLatex")) {
  typeset(/** @type {HTMLElement} */ (text));
}
if (Object.values(states).some((model) => model.state.icon || model.state.button_style)) addStyle("icons");
/** Icons may come at any time, also in what people write; their style and font are fetched once there is one. */
const findIcons = oncePerFrame(() => {
  if (!cells.querySelector(".fa, .fas, .far, .fab")) return;
  icons.disconnect();
  addStyle("icons");
});
const icons = new MutationObserver(findIcons);
icons.observe(cells, { subtree: true, childList: true, attributeFilter: ["class"] });
if (cells.querySelector('[class*="ansi-"]')) addStyle("ansi");

// Firefox loses what is written later than that, when the next page is the portal's: it has another process.
for (const end of ["beforeunload", "pagehide"]) window.addEventListener(end, () => drafts.keep());
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
/** Where tabs stand from right to left, the arrow to the left leads to the next; Lumino's own leads to the one before. */
const TURNED = { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" };
cells.addEventListener("keydown", (event) => {
  const key = TURNED[/** @type {keyof typeof TURNED} */ (event.key)];
  const tab = /** @type {Element} */ (event.target).closest(".lm-TabBar [role=tab]");
  if (!key || !tab || !event.isTrusted || getComputedStyle(tab).direction !== "rtl") return;
  event.preventDefault();
  event.stopPropagation();
  tab.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}, true);
nameParts(cells, page.words);
// Somebody signs out in another tab: what stands here is nobody else's.
if (window.BroadcastChannel) {
  new BroadcastChannel("sandyq").onmessage = () => {
    drafts.restored = false; // nothing is kept when this page is left
    sessionStorage.clear();
    location.replace("/hub/logout?swept=1");
  };
}
// The kernel ended when the page was left, so a page taken from the back-forward cache is dead.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
