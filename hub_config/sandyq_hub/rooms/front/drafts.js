// @ts-check
// What was typed or not yet sent when a page had to be opened anew is there again on the new one.

import { reader } from "./page.js";

/** @typedef {{ cell: string, index: number, value: string, checked: boolean }} Field */

const FIELDS = "input:not([type=file]):not([type=password]), textarea, select";

export class Drafts {
  /** @param {import("./link.js").Link} link @param {Record<string, any>} states the page's models by id
   * @param {string[]} views ids of those that it shows, from top to bottom */
  constructor(link, states, views) {
    this.link = link;
    this.order = putInOrder(states, views);
    this.names = this.order.map((id) => states[id].model_name);
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
      names: this.names,
      unsent: this.readUnsent(),
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

  /** @param {boolean} isWell @returns {Field[]} */
  readFields(isWell) {
    return [...document.querySelectorAll("[data-cell]")].flatMap((cell) =>
      [...cell.querySelectorAll(FIELDS)].flatMap((field, index) => {
        const { value, checked, form } = /** @type {HTMLInputElement} */ (field);
        const handedIn = this.touched.get(field);
        if (handedIn === undefined || (isWell && (handedIn || !form))) return [];
        return [{ cell: cell.getAttribute("data-cell") || "", index, value, checked }];
      }),
    );
  }

  /** The first cell that is seen, and where: what stands above it may have another height on the new page. */
  readPlace() {
    const cells = [...document.querySelectorAll("[data-cell]")];
    const first = cells.find((cell) => cell.getBoundingClientRect().bottom > 0);
    return first && { cell: first.getAttribute("data-cell"), top: first.getBoundingClientRect().top };
  }

  /** @param {string} cell */
  findCell(cell) {
    return /** @type {Element} */ (document.querySelector(`[data-cell="${cell}"]`));
  }

  /** Put back what was kept, unless the notebook has changed meanwhile. */
  restore() {
    this.restored = true;
    const kept = sessionStorage.getItem(this.key);
    if (!kept) return;
    sessionStorage.removeItem(this.key);
    const { names, unsent, fields, place } = JSON.parse(kept);
    if (JSON.stringify(names) !== JSON.stringify(this.names)) return;
    // What waited to be sent may be older than what stands in the fields: a widget is told of the first letter at once.
    for (const { model, data } of unsent) this.link.send("comm_msg", { comm_id: this.order[model], data });
    for (const { cell, index, value, checked } of fields) {
      const field = /** @type {HTMLInputElement} */ (this.findCell(cell).querySelectorAll(FIELDS)[index]);
      if (field?.type === "radio" && !checked) continue; // another one of its group is
      if (field) this.fill(field, value, checked);
    }
    if (place) scrollBy(0, this.findCell(place.cell).getBoundingClientRect().top - place.top);
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
