// @ts-check
// What was typed or not yet sent when a page had to be opened anew is there again on the new one.

import { choose, describe, isInput, match, readChosen } from "./inputs.js";
import { reader } from "./page.js";

/** `widget`: the one it is part of, -1 for none; `index`: its place there, else in its cell.
 * @typedef {{ cell: string, widget: number, index: number, value: string, checked: boolean }} Field */

const FIELDS = "input:not([type=file]):not([type=password]), textarea, select";

export class Drafts {
  /** @param {import("./link.js").Link} link @param {import("./manager.js").RoomManager} manager
   * @param {Record<string, any>} states the page's models by id
   * @param {string[]} views ids of those that it shows, from top to bottom */
  constructor(link, manager, states, views) {
    this.link = link;
    this.manager = manager;
    this.states = states;
    this.order = putInOrder(states, views);
    this.widgets = describe(states, this.order);
    /** @type {any[]} the models of `order`, once they are there */
    this.models = [];
    this.key = `sandyq-draft:${reader}:${location.pathname}`;
    /** @type {Map<Element, boolean>} fields in which somebody typed: was that handed in since? */
    this.touched = new Map();
    this.restored = false;
    document.addEventListener("input", ({ target }) => target instanceof Element && this.touched.set(target, false), true);
    document.addEventListener("submit", ({ target }) => {
      for (const field of /** @type {HTMLFormElement} */ (target).elements) {
        if (this.touched.has(field)) this.touched.set(field, true);
      }
    });
  }

  /** Keep what would be lost now: where the link is there, what was typed and not handed in; else all of it. */
  keep() {
    if (!this.restored) return; // what an earlier page kept is still there
    const isWell = this.link.state === "live" && !this.link.waiting.length;
    const draft = {
      widgets: this.widgets,
      unsent: this.readUnsent(),
      chosen: isWell ? [] : this.readAllChosen(),
      fields: this.readFields(isWell),
      place: isWell ? null : this.readPlace(),
    };
    if (!isWell || draft.fields.length) sessionStorage.setItem(this.key, JSON.stringify(draft));
  }

  /** Messages to widgets that the new page has, too. Files have to be chosen again. */
  readUnsent() {
    return this.link.waiting
      .filter(({ message, buffers }) => message.type === "comm_msg" && !buffers.length)
      .map(({ message }) => ({ model: this.order.indexOf(message.content.comm_id), data: message.content.data }))
      .filter(({ model }) => model >= 0);
  }

  /** @returns {import("./inputs.js").Chosen[]} */
  readAllChosen() {
    return this.models.flatMap((model, widget) => {
      const saved = this.states[this.order[widget]];
      const value = model && isInput(saved) ? readChosen(model, saved) : undefined;
      return value === undefined ? [] : [{ widget, value }];
    });
  }

  /** @param {boolean} isWell @returns {Field[]} */
  readFields(isWell) {
    return [...document.querySelectorAll("[data-cell]")].flatMap((cell) =>
      /** @type {HTMLInputElement[]} */ ([...cell.querySelectorAll(FIELDS)]).flatMap((field) => {
        const handedIn = this.touched.get(field);
        if (field.closest("[data-keeps-itself]")) return []; // its widget brings it back
        if (handedIn === undefined || (isWell && (handedIn || !field.form))) return [];
        const { host, widget } = this.findWidget(field);
        if (widget >= 0 && isInput(this.states[this.order[widget]]) && isChoice(field)) return []; // among what is chosen
        const index = [...(host || cell).querySelectorAll(FIELDS)].indexOf(field);
        return [{ cell: cell.getAttribute("data-cell") || "", widget, index, value: field.value, checked: field.checked }];
      }),
    );
  }

  /** The innermost widget that a field is part of. @param {Element} field */
  findWidget(field) {
    let host = /** @type {Element | null} */ (field);
    while (host && !this.manager.shown.has(host)) host = host.parentElement;
    return { host, widget: host ? this.order.indexOf(this.manager.shown.get(host) || "") : -1 };
  }

  /** The same field on this page. @param {Field} field @param {number[]} places @param {boolean} isSame no widget has moved */
  findField({ cell, widget, index }, places, isSame) {
    const inCell = () => (isSame ? this.findCell(cell)?.querySelectorAll(FIELDS)[index] : undefined);
    if (widget < 0) return inCell();
    const id = this.order[places[widget]];
    const hosts = [...document.querySelectorAll("[data-cell] *")].filter((each) => id && this.manager.shown.get(each) === id);
    return hosts[0]?.querySelectorAll(FIELDS)[index];
  }

  /** The first cell that is seen, and where: what stands above it may have another height on the new page. */
  readPlace() {
    const cells = [...document.querySelectorAll("[data-cell]")];
    const first = cells.find((cell) => cell.getBoundingClientRect().bottom > 0);
    return first && { cell: first.getAttribute("data-cell"), top: first.getBoundingClientRect().top };
  }

  /** @param {string} cell @returns {Element | null} */
  findCell(cell) {
    return document.querySelector(`[data-cell="${cell}"]`);
  }

  /** Put back what was kept where this page has the same widgets: the notebook may have changed meanwhile. */
  async restore() {
    const models = this.order.map((id) => this.manager.get_model(id).catch(() => null));
    this.models = await Promise.all(models);
    this.restored = true;
    const kept = sessionStorage.getItem(this.key);
    if (!kept) return;
    sessionStorage.removeItem(this.key);
    const { widgets, unsent, chosen, fields, place } = JSON.parse(kept);
    const isSame = JSON.stringify(widgets) === JSON.stringify(this.widgets);
    const places = match(widgets, this.widgets);
    // What waited to be sent may be older than what is chosen or typed: a widget is told of the first letter at once.
    for (const { model, data } of unsent) {
      if (places[model] >= 0) this.link.send("comm_msg", { comm_id: this.order[places[model]], data });
    }
    for (const { widget, value } of chosen) {
      const model = this.models[places[widget]];
      if (model) await choose(model, value);
    }
    for (const each of fields) {
      const field = /** @type {HTMLInputElement} */ (this.findField(each, places, isSame));
      if (field?.type === "radio" && !each.checked) continue; // another one of its group is
      if (field) this.fill(field, each.value, each.checked);
    }
    const cell = place && this.findCell(place.cell);
    if (cell) scrollBy(0, cell.getBoundingClientRect().top - place.top);
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
