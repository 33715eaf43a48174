// @ts-check
// ipywidgets' Output: takes what a block of Python shows and keeps it as the widget's state.

import { DOMWidgetModel, DOMWidgetView } from "@jupyter-widgets/base";
import { OutputArea, OutputList } from "./outputs.js";

export const OUTPUT_VERSION = "1.0.0";

export class OutputModel extends DOMWidgetModel {
  defaults() {
    return {
      ...super.defaults(),
      _model_name: "OutputModel",
      _view_name: "OutputView",
      _model_module: "@jupyter-widgets/output",
      _view_module: "@jupyter-widgets/output",
      _model_module_version: OUTPUT_VERSION,
      _view_module_version: OUTPUT_VERSION,
      msg_id: "",
      outputs: [],
    };
  }

  /** @param {any} attributes @param {any} options */
  initialize(attributes, options) {
    super.initialize(attributes, options);
    this.release = () => {};
    this.taken = new OutputList(this.get("outputs"));
    this.on("change:msg_id", this.follow, this);
    this.on("change:outputs", () => {
      this.taken.list = this.get("outputs");
    });
    this.once("destroy", () => this.release());
    this.follow();
  }

  /** From now on take what the message named by the kernel causes. */
  follow() {
    this.release();
    const id = this.get("msg_id");
    this.release = id ? this.widget_manager.capture(id, this) : () => {};
  }

  /** @param {any} message */
  take(message) {
    if (!this.taken.take(message)) return;
    this.set("outputs", this.taken.list);
    this.save_changes();
  }
}

export class OutputView extends DOMWidgetView {
  render() {
    super.render();
    this.el.classList.add("lm-Panel", "jupyter-widgets", "widget-output");
    const area = new OutputArea(this.el, this.model.widget_manager);
    const show = () => area.show(this.model.get("outputs"));
    this.listenTo(this.model, "change:outputs", show);
    show();
  }

  remove() {
    this.model.widget_manager.erase(this.el);
    return super.remove();
  }
}
