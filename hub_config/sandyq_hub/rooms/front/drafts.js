// @ts-check
// What was typed or not yet sent when a page had to be opened anew is there again on the new one.

import { choose, describe, isInput, match, readChosen } from "./inputs.js";
import { isUnsaved } from "./manager.js";
import { reader } from "./page.js";

/** `widget`: the one it is part of, -1 for none; `index`: its place there, else in its cell.
 * @typedef {{ cell: string, widget: number, index: number, value: string, checked: boolean }} Field */

/** Milliseconds for which a page opened anew is kept at its old place. */
const LONGEST_RETURN = 5000;
const FIELDS = "input:not([type=file]):not([type=password]), textarea, select";

/** Widgets of the page from the start (`cell` is empty), or those that one of the visitor's own cells shows.
 * @typedef {{ cell: string, order: string[], widgets: string[], models: any[] }} Part
 * `order`: ids of the models; `widgets`: what they are, see `describe` */
/** @typedef {{ widgets: string[], unsent: { model: number, data: any }[],
 *   chosen: import("./inputs.js").Chosen[], files?: number[],
 *   fields: Field[] }} Kept what is kept of a part; `files`: the widgets that had some */

export class Drafts {
  /** @param {import("./link.js").Link} link @param {import("./manager.js").RoomManager} manager
   * @param {Record<string, any>} states the page's models by id
   * @param {string[]} views ids of those that it shows, from top to bottom */
  constructor(link, manager, states, views) {
    this.link = link;
    this.manager = manager;
    this.states = states;
    this.views = views;
    /** @type {Map<string, Part>} by their cells */
    this.parts = new Map();
    /** @type {Record<string, Kept>} what an earlier page kept of parts that are not there yet, by their cells */
    this.pending = {};
    this.key = `sandyq-draft:${reader}:${location.pathname}`;
    /** @type {Map<Element, boolean>} fields in which somebody typed: was that handed in since? */
    this.touched = new Map();
    this.restored = false;
    /** @type {Promise<void>} */
    this.ready = new Promise((resolve) => { this.tellReady = resolve; });
    document.addEventListener("input", ({ target }) => target instanceof Element && this.touched.set(target, false), true);
    document.addEventListener("submit", ({ target }) => {
      for (const field of /** @type {HTMLFormElement} */ (target).elements) {
        if (this.touched.has(field)) this.touched.set(field, true);
      }
    });
  }

  /** @param {string} cell @param {string[]} views ids of the models that it shows */
  async add(cell, views) {
    const states = { ...this.states, ...this.manager.opened };
    const known = new Set([...this.parts.values()].flatMap((part) => part.order));
    const order = putInOrder(states, views).filter((id) => !known.has(id));
    const models = await Promise.all(order.map((id) => this.manager.get_model(id).catch(() => null)));
    this.parts.set(cell, { cell, order, widgets: describe(states, order), models });
  }

  /** Keep what would be lost now: where the link is there, what was typed and not handed in; else all of it. */
  keep() {
    if (!this.restored) return; // what an earlier page kept is still there
    const isWell = this.link.state === "live" && !this.link.silent && !this.link.waiting.length;
    if (!isWell) this.manager.sayHeld();
    const fields = this.readFields(isWell);
    /** @type {Record<string, Kept>} */
    const parts = { ...this.pending };
    for (const part of this.parts.values()) {
      parts[part.cell] = {
        widgets: part.widgets,
        unsent: this.readUnsent(part),
        chosen: isWell ? [] : this.readAllChosen(part),
        files: isWell ? [] : readFiles(part),
        fields: [
          ...fields.filter((each) => each.part === part).map((each) => each.field),
          ...(this.pending[part.cell]?.fields || []),
        ],
      };
    }
    const isNothing = !fields.length && Object.values(parts).every(({ unsent }) => !unsent.length);
    if (isWell && isNothing && !Object.keys(this.pending).length) {
      sessionStorage.removeItem(this.key); // of a leave that did not happen
      return;
    }
    sessionStorage.setItem(this.key, JSON.stringify({ parts, place: isWell ? null : this.readPlace() }));
  }

  /** Messages to widgets that the new page has, too. Files have to be chosen again, passwords typed. @param {Part} part */
  readUnsent({ order, models }) {
    const unsaved = order.flatMap((id, model) => this.manager.readUnsaved(id, models[model]).map(({ data }) => ({ model, data })));
    const unsent = this.link.waiting
      .filter(({ message, buffers }) => message.type === "comm_msg" && !buffers.length)
      .map(({ message }) => ({ model: order.indexOf(message.content.comm_id), data: message.content.data }))
      .filter(({ model }) => model >= 0 && models[model]?.get("_model_name") !== "PasswordModel");
    return [...unsaved, ...unsent];
  }

  /** @param {Part} part @returns {import("./inputs.js").Chosen[]} */
  readAllChosen({ cell, order, models }) {
    return models.flatMap((model, widget) => {
      const id = order[widget];
      const saved = this.states[id] || this.manager.opened[id];
      // What a visitor's own cell made may have been set by it since; only what was changed here is the visitor's.
      if (!model || !isInput(saved) || (cell && !this.manager.told.has(id))) return [];
      const value = readChosen(model, cell ? null : saved.state);
      return value === undefined ? [] : [{ widget, value }];
    });
  }

  /** @param {boolean} isWell @returns {{ part: Part, field: Field }[]} */
  readFields(isWell) {
    const isHeard = !this.manager.unheard.size;
    return [...document.querySelectorAll("[data-cell]")].flatMap((element) =>
      /** @type {HTMLInputElement[]} */ ([...element.querySelectorAll(FIELDS)]).flatMap((field) => {
        const handedIn = this.touched.get(field);
        if (field.closest("[data-keeps-itself]")) return []; // its widget brings it back
        if (handedIn === undefined || (isWell && !field.form)) return [];
        const cell = element.getAttribute("data-cell") || "";
        const { host, part, widget } = this.findWidget(field, cell);
        if (!part) return []; // of a cell that is not done yet
        const model = part.models[widget];
        // The portal gives back what it has, or a later answer from elsewhere.
        if (handedIn && isHeard && (isWell ? !isUnsaved(model) : model?.get("saving") === "saved")) return [];
        const saved = this.states[part.order[widget]] || this.manager.opened[part.order[widget]];
        if (saved && isInput(saved) && isChoice(field)) return []; // among what is chosen
        const index = [...(host || element).querySelectorAll(FIELDS)].indexOf(field);
        return [{ part, field: { cell, widget, index, value: field.value, checked: field.checked } }];
      }),
    );
  }

  /** The innermost widget that a field is part of; -1: none that the next page has, too.
   * @param {Element} field @param {string} cell @returns {{ host: Element | null, part: Part | undefined, widget: number }} */
  findWidget(field, cell) {
    let host = /** @type {Element | null} */ (field);
    while (host && !this.manager.shown.has(host)) host = host.parentElement;
    const id = host ? this.manager.shown.get(host) || "" : "";
    const part = [...this.parts.values()].find(({ order }) => order.includes(id));
    return { host, part: part || this.parts.get(cell) || this.parts.get(""), widget: part ? part.order.indexOf(id) : -1 };
  }

  /** The same field on this page.
   * @param {Part} part @param {Field} field @param {number[]} places @param {boolean} isSame no widget has moved */
  findField(part, { cell, widget, index }, places, isSame) {
    const inCell = () => (isSame ? this.findCell(cell)?.querySelectorAll(FIELDS)[index] : undefined);
    if (widget < 0) return inCell();
    const id = part.order[places[widget]];
    const hosts = [...document.querySelectorAll("[data-cell] *")].filter((each) => id && this.manager.shown.get(each) === id);
    return hosts[0]?.querySelectorAll(FIELDS)[index];
  }

  /** The first cell that begins in the window, else the one that fills it, and where: what stands above it may have another
   * height on the new page. One that began above may still grow there when its answer comes back. */
  readPlace() {
    const cells = [...document.querySelectorAll("[data-cell]")].map((cell) => ({ cell, ...cell.getBoundingClientRect().toJSON() }));
    const first = cells.find(({ top }) => top >= 0 && top < innerHeight) || cells.find(({ bottom }) => bottom > 0);
    return first && { cell: first.cell.getAttribute("data-cell"), top: first.top };
  }

  /** @param {string} cell @returns {Element | null} */
  findCell(cell) {
    return document.querySelector(`[data-cell="${cell}"]`);
  }

  /** Put back what was kept where this page has the same widgets: the notebook may have changed meanwhile. */
  async restore() {
    await this.add("", this.views);
    const kept = readKept(this.key);
    this.pending = kept.parts || {};
    this.restored = true;
    await this.putBack("");
    if (kept.place) this.goBack(kept.place);
    this.tellReady?.();
  }

  /** Bring a cell to its old place, and again when what stands above it grows: answers come back one after the other. Whoever
   * moves the page meanwhile is let go. @param {{ cell: string, top: number }} place */
  goBack({ cell, top }) {
    const element = this.findCell(cell);
    if (!element?.parentElement) return;
    const observer = new ResizeObserver(() => scrollBy(0, element.getBoundingClientRect().top - top));
    const stop = () => observer.disconnect();
    observer.observe(element.parentElement); // which calls it at once, too
    for (const act of ["wheel", "touchstart", "pointerdown", "keydown"]) addEventListener(act, stop, { once: true, passive: true });
    setTimeout(stop, LONGEST_RETURN);
  }

  /** All is drawn: fields are there whose script was on its way for longer than the page waited. */
  async restoreLate() {
    await this.putBack("");
    delete this.pending[""];
  }

  /** One of the visitor's own cells is done: it has shown `views`. @param {number} cell @param {string[]} views */
  async take(cell, views) {
    await this.ready;
    await this.manager.findDrawn();
    await this.add(String(cell), views);
    await this.putBack(String(cell));
    delete this.pending[cell];
  }

  /** Put back what was kept of a part; fields that are not there yet stay pending. @param {string} cell */
  async putBack(cell) {
    const part = /** @type {Part} */ (this.parts.get(cell));
    const kept = this.pending[cell];
    delete this.pending[cell];
    if (!kept) return;
    const isSame = JSON.stringify(kept.widgets) === JSON.stringify(part.widgets);
    const places = match(kept.widgets, part.widgets);
    // What waited to be sent may be older than what is chosen or typed: a widget is told of the first letter at once.
    for (const { model, data } of kept.unsent) {
      if (places[model] >= 0) this.manager.say("comm_msg", { comm_id: part.order[places[model]], data }, undefined);
    }
    for (const { widget, value } of kept.chosen) {
      const model = part.models[places[widget]];
      if (model) await choose(model, value);
    }
    for (const widget of kept.files || []) this.askForFiles(part, places[widget]);
    /** @type {Field[]} */
    const later = [];
    for (const each of kept.fields) {
      const field = /** @type {HTMLInputElement} */ (this.findField(part, each, places, isSame));
      if (!field && places[each.widget] >= 0) later.push({ ...each, widget: places[each.widget] });
      if (!field || (field.type === "radio" && !each.checked)) continue; // another one of its group is
      this.fill(field, each.value, each.checked);
    }
    for (const { model, data } of kept.unsent) part.models[places[model]]?.trigger("sent-again", data.content);
    if (later.length) this.pending[cell] = { widgets: part.widgets, unsent: [], chosen: [], fields: later };
  }

  /** Say beside a widget that its files did not come along. @param {Part} part @param {number} widget */
  askForFiles({ order, models }, widget) {
    const isIts = (/** @type {Element} */ each) => widget >= 0 && this.manager.shown.get(each) === order[widget];
    const host = [...document.querySelectorAll("[data-cell] button")].find(isIts);
    if (!host) return;
    const words = document.createElement("p");
    words.className = "sq-failed";
    words.setAttribute("role", "status");
    words.textContent = this.manager.words.filesGone;
    host.after(words);
    models[widget].once("change:value", () => words.remove());
  }

  /** @param {HTMLInputElement} field @param {string} value @param {boolean} checked */
  fill(field, value, checked) {
    this.touched.set(field, false);
    if (field.type === "checkbox" || field.type === "radio") {
      if (field.checked !== checked) field.click(); // widgets listen to nothing else
      return;
    }
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** What an earlier page kept; nothing where somebody damaged it. @param {string} key @returns {any} */
function readKept(key) {
  const text = sessionStorage.getItem(key) || "{}";
  sessionStorage.removeItem(key);
  try {
    return JSON.parse(text) || {};
  } catch {
    return {};
  }
}

/** Widgets that hold files, which no page may put back. @param {Part} part */
function readFiles({ models }) {
  return models.flatMap((model, n) => (model?.get("_model_name") === "FileUploadModel" && model.get("value").length ? [n] : []));
}

/** @param {HTMLInputElement} field */
function isChoice({ type }) {
  return ["checkbox", "radio", "select-one", "select-multiple"].includes(type);
}

/** Models in an order that does not depend on their ids, new in each execution: as they are shown, then what those use.
 * @param {Record<string, any>} states @param {string[]} views */
function putInOrder(states, views) {
  const order = new Set(views.filter((id) => id in states));
  for (const id of order) { // which grows meanwhile
    for (const [, used] of JSON.stringify(states[id].state).matchAll(/"IPY_MODEL_([^"]+)"/g)) {
      if (used in states) order.add(used);
    }
  }
  return [...order];
}
