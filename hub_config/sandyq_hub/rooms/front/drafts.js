// @ts-check
// What was typed or not yet sent when a page had to be opened anew is there again on the new one.

import { reader } from "./page.js";

/** @typedef {{ cell: string, index: number, value: string, checked: boolean }} Field */

const FIELDS = "input:not([type=file]):not([type=password]), textarea, select";

export class Drafts {
  /** @param {import("./link.js").Link} link @param {[string, any][]} models the page's, in the order of their making */
  constructor(link, models) {
    this.link = link;
    this.models = models;
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
      models: this.models.map(([, model]) => model.model_name),
      unsent: this.readUnsent(),
      fields: this.readFields(isWell),
      top: isWell ? null : scrollY,
    };
    if (!isWell || draft.fields.length) sessionStorage.setItem(this.key, JSON.stringify(draft));
  }

  /** Messages to widgets that the new page has, too. Files have to be chosen again. */
  readUnsent() {
    const order = new Map(this.models.map(([id], index) => [id, index]));
    return this.link.waiting
      .filter(({ message, buffers }) => message.type === "comm_msg" && order.has(message.content.comm_id) && !buffers.length)
      .map(({ message }) => ({ model: order.get(message.content.comm_id), data: message.content.data }));
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

  /** Put back what was kept, unless the notebook has changed meanwhile. */
  restore() {
    this.restored = true;
    const kept = sessionStorage.getItem(this.key);
    if (!kept) return;
    sessionStorage.removeItem(this.key);
    const { models, unsent, fields, top } = JSON.parse(kept);
    if (JSON.stringify(models) !== JSON.stringify(this.models.map(([, model]) => model.model_name))) return;
    for (const { cell, index, value, checked } of fields) {
      const field = /** @type {HTMLInputElement} */ (document.querySelectorAll(`[data-cell="${cell}"] :is(${FIELDS})`)[index]);
      if (field?.type === "radio" && !checked) continue; // another one of its group is
      if (field) this.fill(field, value, checked);
    }
    for (const { model, data } of unsent) this.link.send("comm_msg", { comm_id: this.models[model][0], data });
    if (top !== null) scrollTo(0, top);
  }

  /** @param {HTMLInputElement} field @param {string} value @param {boolean} checked */
  fill(field, value, checked) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = checked;
    else field.value = value;
    this.touched.set(field, false);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
