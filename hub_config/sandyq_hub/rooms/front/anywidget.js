// @ts-check
// anywidget's front-end modules (https://anywidget.dev/en/afm): a widget's script and style come as two of its traits.
// Written anew for old browsers: anywidget's own needs AbortSignal.any (2023) and gives up on a slow PC after two seconds.

import { DOMWidgetModel, DOMWidgetView } from "@jupyter-widgets/base";
import { drawFailure } from "./outputs.js";
import { addScript } from "./page.js";

/** @typedef {{ initialize?: Function, render?: Function }} Module */

/** The model as a module may use it; what it listens to ends when `context` does. @param {any} model @param {object} context */
function makeProxy(model, context) {
  return {
    get: model.get.bind(model),
    set: model.set.bind(model),
    save_changes: model.save_changes.bind(model),
    send: model.send.bind(model),
    on: (/** @type {string} */ name, /** @type {Function} */ listener) => void model.on(name, listener, context),
    off: (/** @type {string} */ name, /** @type {Function} */ listener) => void model.off(name, listener, context),
    widget_manager: model.widget_manager,
  };
}

/** Ask the widget's Python side and wait for its answer.
 * @param {any} model @param {string} name @param {any} msg @param {{ signal?: AbortSignal, buffers?: any[] }} [options] */
function invoke(model, name, msg, { signal, buffers = [] } = {}) {
  const id = `${Date.now()}-${Math.random()}`;
  return new Promise((resolve, reject) => {
    const end = (/** @type {() => void} */ settle) => {
      clearTimeout(timer);
      model.off("msg:custom", hear);
      signal?.removeEventListener("abort", abort);
      settle();
    };
    const hear = (/** @type {any} */ answer, /** @type {any[]} */ answered) => {
      if (answer.id === id) end(() => resolve([answer.response, answered]));
    };
    const abort = () => end(() => reject(signal?.reason ?? new Error("aborted")));
    const timer = signal ? 0 : setTimeout(() => end(() => reject(new Error(`${name} was not answered`))), 3000);
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort);
    model.on("msg:custom", hear);
    model.send({ id, kind: "anywidget-command", name, msg }, undefined, buffers);
  });
}

/** What stands for the text of one of our own modules, as `rooms/front_end.py` writes it: its script, its name, its checksum. */
const OURS = /^ours:(\w+)\.(\w+):(\d+)$/;

/** Adler-32, as Python's zlib counts it. @param {string} text */
function sum(text) {
  let [low, high] = [1, 0];
  for (const byte of new TextEncoder().encode(text)) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return high * 65536 + low;
}

/** What was imported, by its text: a browser lets go of no module, and a cell may make the same widget again and again.
 * @type {Map<string, Promise<any>>} */
const modules = new Map();

/** @param {string} text @returns {Promise<any>} */
async function importText(text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await import(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Import a module from its text or its address. @param {string} text @returns {Promise<Module>} */
async function load(text) {
  if (typeof text !== "string") throw new Error("A widget's module must be text.");
  const [, script, name] = OURS.exec(text) || [];
  if (name) return (await addScript(script))[name];
  if (!modules.has(text)) modules.set(text, /^https?:\/\//.test(text) ? import(text) : importText(text));
  const module = await modules.get(text);
  if (module.render) return { render: module.render };
  if (!module.default) throw new Error("A widget's module must export a default function or object.");
  return typeof module.default === "function" ? await module.default() : module.default;
}

/** Put a widget's style into the page, once for all of its kind. @param {string} css @param {string} id */
function style(css, id) {
  if (!css || !id) return;
  const isAddress = /^https?:\/\//.test(css);
  let element = document.head.querySelector(`[data-widget="${CSS.escape(id)}"]`);
  if (element?.tagName !== (isAddress ? "LINK" : "STYLE")) {
    element?.remove();
    element = document.createElement(isAddress ? "link" : "style");
    element.setAttribute("data-widget", id);
    document.head.append(element);
  }
  if (isAddress) Object.assign(element, { rel: "stylesheet", href: css });
  else if (element.textContent !== css) element.textContent = css;
}

/** What a module's `host` may do: reach other widgets that a trait names as `anywidget:<id>`. @param {any} model */
function makeHost(model) {
  const find = (/** @type {string} */ reference) => model.widget_manager.get_model(reference.replace(/^anywidget:/, ""));
  return {
    getModel: async (/** @type {string} */ reference) => {
      const other = await find(reference);
      return makeProxy(other, model);
    },
    getWidget: async (/** @type {string} */ reference) => {
      const other = await find(reference);
      await other.module_;
      return {
        exports: other.exports,
        render: async (/** @type {{ el: HTMLElement }} */ { el }) => {
          const view = await model.widget_manager.create_view(other);
          el.append(view.el);
          view.trigger("displayed");
        },
      };
    },
  };
}

export class AnyModel extends DOMWidgetModel {
  /** @param {any} attributes @param {any} options */
  initialize(attributes, options) {
    super.initialize(attributes, options);
    this.cleanUp = () => {};
    this.renew();
    this.on("change:_esm", () => this.renew());
    this.on("change:_css", () => style(this.get("_css"), this.get("_anywidget_id")));
    this.once("destroy", () => this.cleanUp());
  }

  /** Load the module, anew when its text has changed. */
  renew() {
    style(this.get("_css"), this.get("_anywidget_id"));
    /** @type {Promise<Module | null>} */
    this.module_ = this.bind(this.get("_esm")).catch((problem) => {
      console.error(problem);
      return null;
    });
    this.trigger("module");
  }

  /** @param {string} text */
  async bind(text) {
    const module = await load(text);
    await this.cleanUp();
    const context = {};
    const controller = new AbortController();
    const cleanUp = await module.initialize?.({
      model: makeProxy(this, context),
      experimental: { invoke: invoke.bind(null, this) },
      host: makeHost(this),
      signal: controller.signal,
    });
    this.exports = typeof cleanUp === "object" ? cleanUp : undefined;
    this.cleanUp = once(async () => {
      controller.abort();
      this.off(null, null, context);
      if (typeof cleanUp === "function") await cleanUp();
    });
    return module;
  }

  /** A module of ours is no other one when the kernel tells its text. @param {any} state */
  set_state(state) {
    const [, , , known] = OURS.exec(this.get("_esm")) || [];
    if (!known || typeof state._esm !== "string" || sum(state._esm) !== Number(known)) return super.set_state(state);
    const { _esm, _css, ...rest } = state;
    return super.set_state(rest);
  }

  /** Messages wait for the module that listens to them. @param {any} message */
  async _handle_comm_msg(message) {
    await this.module_;
    return super._handle_comm_msg(message);
  }

  /** As in the base class, but binary data in a state is kept. @param {any} state */
  serialize(state) {
    const serializers = /** @type {any} */ (this.constructor).serializers || {};
    for (const [name, value] of Object.entries(state)) {
      const own = serializers[name]?.serialize;
      const made = own ? own(value, this) : copy(value);
      state[name] = typeof made?.toJSON === "function" ? made.toJSON() : made;
    }
    return state;
  }
}

/** A function that works the first time it is called: ipywidgets removes a view twice. @param {() => Promise<void>} work */
function once(work) {
  /** @type {Promise<void> | undefined} */
  let done;
  return () => (done ??= work());
}

/** A deep copy in which binary data stay binary. @param {any} value @returns {any} */
function copy(value) {
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (ArrayBuffer.isView(value)) return new DataView(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength));
  if (Array.isArray(value)) return value.map(copy);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.toJSON === "function") return value.toJSON();
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copy(each)]));
}

export class AnyView extends DOMWidgetView {
  async render() {
    this.cleanUp = () => {};
    const draw = () => this.draw();
    this.listenTo(this.model, "module", draw);
    await draw();
  }

  async draw() {
    const model = /** @type {AnyModel} */ (this.model);
    const loading = model.module_;
    const module = await loading;
    if (loading !== model.module_ || this.removed) return; // a newer text is on its way, or it is no longer shown
    await this.cleanUp();
    this.el.replaceChildren();
    const fail = () => drawFailure(this.el, /** @type {any} */ (model.widget_manager).words.failedPart);
    if (!module) return fail();
    const context = {};
    const controller = new AbortController();
    // Not waited for: it may ask the kernel, which is listened to when all is drawn.
    const rendering = (async () =>
      module.render?.({
        model: makeProxy(model, context),
        el: this.el,
        experimental: { invoke: invoke.bind(null, model) },
        host: makeHost(model),
        signal: controller.signal,
      }))();
    this.cleanUp = once(async () => {
      controller.abort();
      model.off(null, null, context);
      const cleanUp = await rendering.catch(() => null);
      if (typeof cleanUp === "function") await cleanUp();
    });
    rendering.catch((problem) => {
      console.error(problem);
      fail();
    });
  }

  remove() {
    this.removed = true;
    this.cleanUp();
    return super.remove();
  }
}
