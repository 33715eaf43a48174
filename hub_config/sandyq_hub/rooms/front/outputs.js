// @ts-check
// What cells and Output widgets show: texts, HTML, pictures, maths, widgets. Outputs are as nbformat describes them.

import { typeset } from "./maths.js";
import { addScript, addStyle, isScripted, openStock } from "./page.js";

/** @typedef {{ output_type: string, name?: string, text?: string, data?: Record<string, any>, metadata?: any }} Output */
/** @typedef {import("./manager.js").RoomManager} Manager */

export const WIDGET = "application/vnd.jupyter.widget-view+json";
const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"];
/** @type {Record<string, string>} */
const KINDS = { stderr: "application/vnd.jupyter.stderr" };
/** @type {Record<string, string>} */
const MARKS = { "font-weight": "ansi-bold", "text-decoration": "ansi-underline" };
/** What is shown of an output that is there in several forms, the best first; JupyterLab's order. */
const ORDER = [WIDGET, "text/html", "text/markdown", "text/latex", "image/svg+xml", ...IMAGES, "application/json", "text/plain"];
/** Markdown's code, and what was escaped, which stay; then, as the third group, a formula. */
const FORMULA =
  /(?:^|\n) {0,3}(`{3,}|~{3,})[^]*?(?:\n {0,3}\1|$)|(`+)[^]*?[^`]\2(?!`)|\\[\\$]|(\$\$[^]+?\$\$|\$(?:\\.|[^$\\\n]|\n(?!\s*\n))+?\$|\\begin\{([a-z]+\*?)\}[^]*?\\end\{\4\})/g;
/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** A kernel's message as an output, or null when it is none. @param {any} message @returns {Output | null} */
export function readOutput({ header: { msg_type }, content }) {
  if (msg_type === "stream") return { output_type: "stream", name: content.name, text: content.text };
  if (msg_type === "error") return { output_type: "error", ename: "", evalue: "", traceback: [] };
  if (msg_type !== "display_data" && msg_type !== "execute_result") return null;
  const { data, metadata } = content;
  const count = msg_type === "execute_result" ? { execution_count: content.execution_count ?? null } : {};
  return { output_type: msg_type, data, metadata, ...count };
}

/** The outputs that a kernel's messages make. */
export class OutputList {
  /** @param {Output[]} [list] */
  constructor(list = []) {
    this.list = list;
    this.clearsNext = false;
    /** Returns to the line's start with which the last print ended: the next one writes over its line. */
    this.returns = "";
    /** @type {WeakMap<Output, string>} outputs that Python may change later, by the name it gave them */
    this.named = new WeakMap();
  }

  /** Take a message; true when something has changed. @param {any} message */
  take(message) {
    if (message.header.msg_type === "clear_output") {
      this.clearsNext = message.content.wait;
      if (!this.clearsNext) this.list = [];
      return !this.clearsNext;
    }
    if (message.header.msg_type === "update_display_data") return this.update(message.content);
    const output = readOutput(message);
    if (!output) return false;
    if (message.content.transient?.display_id) this.named.set(output, message.content.transient.display_id);
    const list = this.clearsNext ? [] : this.list;
    if (goesOn(list, output)) output.text = `${this.returns}${output.text}`;
    this.returns = /\r*$/.exec(output.text || "")?.[0] || "";
    this.list = join(list, output);
    this.clearsNext = false;
    return true;
  }

  /** Show something else under a name that was given before. @param {any} content */
  update({ data, metadata, transient }) {
    const id = transient?.display_id;
    if (!id || !this.list.some((output) => this.named.get(output) === id)) return false;
    this.list = this.list.map((output) => {
      if (this.named.get(output) !== id) return output;
      const changed = { ...output, data, metadata };
      this.named.set(changed, id);
      return changed;
    });
    return true;
  }
}

/** Outputs as they are seen, one below the other. */
export class OutputArea {
  /** @param {HTMLElement} element @param {Manager} manager */
  constructor(element, manager) {
    this.element = element;
    this.manager = manager;
    /** @type {Output[]} */
    this.shown = [];
  }

  /** Show exactly these; what stands there already is left alone. @param {Output[]} given */
  show(given) {
    /** @type {Output[]} */
    const list = []; // Python may have appended one print after the other
    for (const output of given) list.splice(goesOn(list, output) ? -1 : list.length, 1, ...join(list.slice(-1), output).slice(-1));
    let same = 0;
    while (same < list.length && isSame(list[same], this.shown[same])) same++;
    for (const gone of [...this.element.children].slice(same)) {
      this.manager.erase(gone);
      gone.remove();
    }
    for (const output of list.slice(same)) this.element.append(draw(output, this.manager));
    this.shown = list;
  }
}

/** @param {Output} one @param {Output | undefined} other */
function isSame(one, other) {
  return other !== undefined && JSON.stringify(one) === JSON.stringify(other);
}

/** Is it printed after something that was printed? @param {Output[]} list @param {Output} output */
function goesOn(list, output) {
  const last = list[list.length - 1];
  return output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name;
}

/** What is printed goes on where the last print ended. @param {Output[]} list @param {Output} output */
function join(list, output) {
  const last = list[list.length - 1];
  if (!goesOn(list, output)) {
    return [...list, output.output_type === "stream" ? { ...output, text: overwrite(output.text || "") } : output];
  }
  return [...list.slice(0, -1), { ...last, text: overwrite(`${last.text}${output.text}`) }];
}

/** Do as a terminal does with backspace and with a return to the line's start. @param {string} text */
function overwrite(text) {
  if (!/[\b\r]/.test(text)) return text;
  let before;
  do {
    before = text;
    text = text.replace(/[^\n]\x08/g, "");
  } while (text !== before);
  return text
    .replace(/\x08/g, "")
    .replace(/\r+\n/g, "\n")
    .split("\n")
    .map((line) => line.split("\r").reduce((shown, next) => next + shown.slice(next.length), ""))
    .join("\n");
}

/** @param {Output} output @param {Manager} manager */
function draw(output, manager) {
  const child = document.createElement("div");
  child.className = "jp-OutputArea-child";
  const box = document.createElement("div");
  box.className = "jp-OutputArea-output";
  child.append(box);
  if (output.output_type === "stream") drawText(box, output.text || "", KINDS[output.name || ""]);
  else if (output.output_type === "error") drawFailure(box, manager.words.failedPart);
  else drawData(box, output, manager);
  return child;
}

/** @param {HTMLElement} box @param {string} words */
export function drawFailure(box, words) {
  const notice = document.createElement("p");
  notice.className = "sq-failed";
  notice.textContent = words;
  box.append(notice);
  box.dataset.mimeType = "text/html";
}

/** @param {HTMLElement} box @param {string} text @param {string} [kind] */
function drawText(box, text, kind = "text/plain") {
  box.classList.add("jp-RenderedText");
  box.dataset.mimeType = kind;
  const pre = document.createElement("pre");
  box.append(pre);
  if (!text.includes("\x1b[")) {
    pre.textContent = text;
    return;
  }
  addScript("terminal").then(({ AnsiUp }) => {
    pre.innerHTML = Object.assign(new AnsiUp(), { use_classes: true }).ansi_to_html(text);
    for (const part of pre.querySelectorAll("span")) name(part);
    addStyle("ansi");
  });
}

/** Call a terminal's colours what notebooks call them, so that one style is for all. @param {HTMLElement} part */
function name(part) {
  part.className = part.className.replace(/ansi-bright-(\w+)-/g, "ansi-$1-intense-");
  for (const [property, mark] of Object.entries(MARKS)) {
    if (!part.style.getPropertyValue(property)) continue;
    part.classList.add(mark);
    part.style.removeProperty(property);
  }
  if (part.classList.contains("ansi-bold")) part.className = part.className.replace(/ansi-(\w+)-fg/, "ansi-$1-intense-fg");
  for (const attribute of ["class", "style"]) if (!part.getAttribute(attribute)) part.removeAttribute(attribute);
}

/** @param {HTMLElement} box @param {Output} output @param {Manager} manager */
function drawData(box, { data = {}, metadata = {} }, manager) {
  if (data["application/javascript"] !== undefined || isScripted(String(data["text/html"] || ""))) openStock();
  const mime = ORDER.find((each) => data[each] !== undefined);
  if (!mime) return;
  const value = Array.isArray(data[mime]) ? data[mime].join("") : data[mime];
  box.dataset.mimeType = mime;
  if (mime === WIDGET) {
    box.removeAttribute("data-mime-type");
    // Attached once the box is in the page.
    Promise.resolve().then(() => manager.draw(value.model_id, box)).catch((problem) => console.error(problem));
  } else if (mime === "text/plain") drawText(box, value);
  else if (mime === "application/json") drawText(box, JSON.stringify(value, null, 2), mime);
  else if (mime === "text/html") drawHtml(box, "jp-RenderedHTML", value);
  else if (mime === "image/svg+xml") drawPicture(box, "jp-RenderedSVG", `data:${mime},${encodeURIComponent(addNamespace(value))}`, {});
  else if (IMAGES.includes(mime)) drawPicture(box, "jp-RenderedImage", `data:${mime};base64,${value}`, metadata[mime] || metadata);
  else if (mime === "text/markdown") {
    addScript("markdown").then(({ marked }) => drawHtml(box, "jp-RenderedMarkdown", renderMarkdown(marked, value)));
  } else {
    box.classList.add("jp-RenderedLatex");
    box.textContent = value;
    typeset(box);
  }
}

/** Markdown does not see formulas: stars, lines and backslashes mean something else in them.
 * @param {any} marked @param {string} text */
function renderMarkdown(marked, text) {
  /** @type {string[]} */
  const formulas = [];
  const hidden = text.replace(FORMULA, (all, _fence, _ticks, formula) => (formula ? `@@sq${formulas.push(formula) - 1}@@` : all));
  return marked.parse(hidden, { async: false }).replace(/@@sq(\d+)@@/g, (/** @type {string} */ all, /** @type {number} */ n) =>
    (formulas[n] ?? all).replace(/[&<>"]/g, (/** @type {string} */ letter) => ESCAPES[letter]));
}

/** @param {HTMLElement} box @param {string} kind @param {string} html */
function drawHtml(box, kind, html) {
  box.classList.add("jp-RenderedHTMLCommon", kind);
  box.innerHTML = html;
  typeset(box);
}

/** A picture needs its namespace, which inside a page it does not. @param {string} svg */
function addNamespace(svg) {
  return svg.includes("xmlns=") ? svg : svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
}

/** @param {HTMLElement} box @param {string} kind @param {string} address @param {any} size */
function drawPicture(box, kind, address, { width, height, alt = "" }) {
  box.classList.add(kind);
  const image = document.createElement("img");
  image.src = address;
  image.alt = alt;
  if (width) image.width = width;
  if (height) image.height = height;
  box.append(image);
}
