// @ts-check
// What was typed or not yet sent when a page had to be opened anew is there again on the new one.

/** @typedef {{ cell: string, index: number, value: string, checked: boolean }} Field */

const FIELDS = "input:not([type=file]):not([type=password]), textarea, select";

export class Drafts {
  /** @param {import("./link.js").Link} link @param {[string, any][]} models the page's, in the order of their making */
  constructor(link, models) {
    this.link = link;
    this.models = models;
    this.key = `sandyq-draft:${location.pathname}`;
    /** @type {Set<Element>} fields in which somebody typed */
    this.touched = new Set();
    const touch = (/** @type {Event} */ event) => {
      if (event.isTrusted && event.target instanceof Element) this.touched.add(event.target);
    };
    document.addEventListener("input", touch, true);
  }

  /** Keep what would be lost now; a page whose link is there has nothing to lose. */
  keep() {
    if (this.link.state === "live" && !this.link.waiting.length) return;
    const order = new Map(this.models.map(([id], index) => [id, index]));
    const unsent = this.link.waiting
      .filter(({ message }) => message.type === "comm_msg" && order.has(message.content.comm_id))
      .map(({ message }) => ({ model: order.get(message.content.comm_id), data: message.content.data }));
    const draft = { models: this.models.map(([, model]) => model.model_name), unsent, fields: this.read(), top: scrollY };
    sessionStorage.setItem(this.key, JSON.stringify(draft));
  }

  /** @returns {Field[]} */
  read() {
    return [...document.querySelectorAll("[data-cell]")].flatMap((cell) =>
      [...cell.querySelectorAll(FIELDS)].flatMap((field, index) => {
        const { value, checked } = /** @type {HTMLInputElement} */ (field);
        return this.touched.has(field) ? [{ cell: cell.getAttribute("data-cell") || "", index, value, checked }] : [];
      }),
    );
  }

  /** Put back what was kept, unless the notebook has changed meanwhile. */
  restore() {
    const kept = sessionStorage.getItem(this.key);
    if (!kept) return;
    sessionStorage.removeItem(this.key);
    const { models, unsent, fields, top } = JSON.parse(kept);
    if (JSON.stringify(models) !== JSON.stringify(this.models.map(([, model]) => model.model_name))) return;
    for (const { cell, index, value, checked } of fields) {
      const field = document.querySelectorAll(`[data-cell="${cell}"] :is(${FIELDS})`)[index];
      if (field) this.fill(/** @type {HTMLInputElement} */ (field), value, checked);
    }
    for (const { model, data } of unsent) this.link.send("comm_msg", { comm_id: this.models[model][0], data });
    scrollTo(0, top);
  }

  /** @param {HTMLInputElement} field @param {string} value @param {boolean} checked */
  fill(field, value, checked) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = checked;
    else field.value = value;
    this.touched.add(field);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
