// @ts-check
// Names and keys for parts of ipywidgets' controls that have none, so that who hears a page or has no mouse can use them.

import { oncePerFrame } from "./page.js";

const PARTS = "input, select, textarea, button, [role=slider], [role=tab], .jupyter-widget-Collapse-header";
const CONTROL = ".jupyter-widgets, .widget-inline-hbox, .widget-inline-vbox, .jupyter-widget-Collapse-header, .lm-TabBar";
const SCROLLED = ".jp-OutputArea-output, .jp-OutputArea-child, .jp-RenderedMarkdown";
const FOCUSABLE = "a[href]:not(.anchor-link), input, select, textarea, button, [tabindex]";
const CAPTION = ".jupyter-widgets:is(.widget-label, .widget-html, .widget-htmlmath)";
/** @type {Record<string, string>} icons of Play's buttons, by what they do */
const ICONS = { "fa-play": "play", "fa-pause": "pause", "fa-stop": "stop", "fa-retweet": "repeat" };

/** Give names from now on, to what is there and to what comes. Names of ours have a mark, `data-named`.
 * @param {HTMLElement} cells @param {Record<string, string>} words */
export function nameParts(cells, words) {
  const name = oncePerFrame(() => {
    for (const part of cells.querySelectorAll(PARTS)) namePart(part, words);
    for (const picture of cells.querySelectorAll("img:not([alt])")) picture.setAttribute("alt", "");
    for (const box of cells.querySelectorAll(SCROLLED)) {
      const isScrolled = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      if (isScrolled && !box.querySelector(FOCUSABLE)) mark(box, "tabindex", "0");
    }
  });
  name();
  addEventListener("resize", name); // zoomed in, more has to be scrolled
  new MutationObserver(name).observe(cells, { subtree: true, childList: true, attributeFilter: ["class"] });
}

/** @param {Element} part @param {Record<string, string>} words */
function namePart(part, words) {
  const widget = part.closest(".lm-Widget");
  if (!widget?.matches(CONTROL)) return; // somebody's own
  if (part.matches(".jupyter-widget-Collapse-header")) {
    part.setAttribute("tabindex", "0");
    part.setAttribute("role", "button");
  }
  const icon = widget.matches(".widget-play") && Object.keys(ICONS).find((each) => part.querySelector(`.${each}`));
  if (icon) return mark(part, "aria-label", words[ICONS[icon]]);
  if (hasName(part)) return unmark(part);
  if (part.matches("[role=tab], .jupyter-widget-Collapse-header")) return mark(part, "aria-label", findNumber(part));
  const before = widget.previousElementSibling;
  const label = read(widget.querySelector(":scope > .widget-label")) || (before?.matches(CAPTION) && read(before)) || words.unnamed;
  const isRange = widget.querySelectorAll("[role=slider]").length > 1;
  const end = part.matches(".noUi-handle-upper") ? words.to : words.from;
  mark(part, "aria-label", isRange ? end.replace("{name}", label) : label);
}

/** @param {any} part */
function hasName(part) {
  if (part.hasAttribute("aria-label") && !part.dataset.named) return true;
  if (part.matches("[role=slider]")) return false;
  const isTextItsName = part.matches("button, [role=tab], .jupyter-widget-Collapse-header");
  const labels = /** @type {Element[]} */ ([...(part.labels || [])]);
  const placeholder = (part.placeholder || "").replace(/\u200b/g, ""); // ipywidgets' own is a space without a width
  return Boolean(placeholder || (isTextItsName && read(part)) || labels.some(read));
}

/** Which of its kind it is, counted from one. @param {Element} part */
function findNumber(part) {
  const one = part.matches("[role=tab]") ? part : /** @type {Element} */ (part.parentElement);
  return String([...(one.parentElement?.children || [])].indexOf(one) + 1);
}

/** An element's text, with formulas as they were typed. @param {Element | null} element */
function read(element) {
  if (!element) return "";
  const copy = /** @type {Element} */ (element.cloneNode(true));
  for (const formula of copy.querySelectorAll(".katex")) formula.replaceWith(formula.querySelector("annotation")?.textContent || "");
  return copy.textContent?.trim() || "";
}

/** @param {Element} element @param {string} attribute @param {string} value */
function mark(element, attribute, value) {
  if (element.getAttribute(attribute) === value) return;
  element.setAttribute(attribute, value);
  element.setAttribute("data-named", attribute);
}

/** It has got a name by itself. @param {any} part */
function unmark(part) {
  if (!part.dataset.named) return;
  part.removeAttribute("aria-label");
  part.removeAttribute("data-named");
}
