// @ts-check
// ipywidgets' views, so that one that ends leaves nothing behind: its own never let go of what a view listens to and of its
// layout's and style's views, of which there is one more each time an Output shows a widget again.

import { WidgetView } from "@jupyter-widgets/base";

/** As in the base class, but all ends with the view, and only what was displayed is counted as gone.
 * @this {any} @param {{ options: any }} parameters */
WidgetView.prototype.initialize = function ({ options }) {
  this.options = options;
  this.listenTo(this.model, "change", (/** @type {any} */ _model, /** @type {any} */ about) => {
    const changed = Object.keys(this.model.changedAttributes() || {});
    if (changed.length !== 1 || changed[0] !== "_view_count") this.update(about);
  });
  this.listenTo(this.model, "msg:custom", this.handle_message);
  this.displayed = new Promise((resolve) => this.once("displayed", resolve));
  this.once("displayed", () => {
    count(this.model, 1);
    this.once("remove", () => count(this.model, -1));
  });
  this.once("remove", () => {
    this.isRemoved = true;
    // One that was displayed just now gets its layout and style only after this.
    Promise.resolve().then(() => {
      for (const part of [this.layoutPromise, this.stylePromise]) part?.then((/** @type {any} */ view) => view?.remove());
    });
  });
};

/** @param {any} model @param {number} more */
function count(model, more) {
  const views = model.get("_view_count");
  if (typeof views !== "number") return;
  model.set("_view_count", views + more);
  model.save_changes();
}
