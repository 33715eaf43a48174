// @ts-check
// The widgets of a page: drawn from the states it brought along, alive as soon as the link is.

import { addScript, openStock } from "./page.js";
import * as base from "@jupyter-widgets/base";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import * as anywidget from "./anywidget.js";
import * as output from "./output.js";
import { typeset } from "./maths.js";
import { drawFailure } from "./outputs.js";
import { sanitizeWith } from "./sanitize.js";
import { Silence } from "./silence.js";
import "./views.js";

/** @typedef {import("./link.js").Message} Message */

/** Where the classes of widgets come from. `rooms/front_end.py` gives pages with others to Voilà's own front end.
 * @type {Record<string, () => any>} */
const LIBRARIES = {
  "@jupyter-widgets/base": () => base,
  "@jupyter-widgets/controls": async () => {
    const controls = await addScript("controls");
    sanitizeWith(controls.DOMPurify);
    return controls;
  },
  "@jupyter-widgets/output": () => output,
  anywidget: () => anywidget,
};

/** What the visitor's own cells cause; `rooms/handlers.py` names them so. */
const CELL = /^cell-(\d+)$/;
/** Milliseconds after which the kernel is listened to though not everything is drawn. */
const LONGEST_DRAWING = 10000;
/** Milliseconds after which the page counts as drawn though a part of it is not. */
const LONGEST_WAIT = 60000;

const sync = base.WidgetModel.prototype.sync;
/** As in the base class, which holds back what changes while the kernel has not done with an earlier change.
 * @this {any} @param {any[]} given */
base.WidgetModel.prototype.sync = function (...given) {
  const outcome = sync.apply(this, /** @type {any} */ (given));
  if (this._msg_buffer) {
    this.widget_manager.held.add(this);
    this.widget_manager.silence.listen();
  }
  return outcome;
};

/** What ipywidgets calls a comm: one widget's line to its other half in the kernel. */
class Comm {
  /** @param {RoomManager} manager @param {string} id @param {string} target */
  constructor(manager, id, target) {
    this.manager = manager;
    this.comm_id = id;
    this.target_name = target;
    /** @type {(message: object) => any} */
    this.hear = () => {};
    /** @type {(message: object) => any} */
    this.end = () => {};
    manager.comms.set(id, this);
  }

  /** @param {any} data @param {any} [callbacks] @param {any} [metadata] @param {any[]} [buffers] */
  open(data, callbacks, metadata, buffers) {
    const content = { comm_id: this.comm_id, target_name: this.target_name, data };
    return this.manager.say("comm_open", content, callbacks, metadata, buffers);
  }

  /** @param {any} data @param {any} [callbacks] @param {any} [metadata] @param {any[]} [buffers] */
  send(data, callbacks, metadata, buffers) {
    return this.manager.say("comm_msg", { comm_id: this.comm_id, data }, callbacks, metadata, buffers);
  }

  /** @param {any} [data] @param {any} [callbacks] @param {any} [metadata] @param {any[]} [buffers] */
  close(data = {}, callbacks, metadata, buffers) {
    this.manager.comms.delete(this.comm_id);
    return this.manager.say("comm_close", { comm_id: this.comm_id, data }, callbacks, metadata, buffers);
  }

  /** @param {(message: object) => any} callback */
  on_msg(callback) {
    this.hear = callback;
  }

  /** @param {(message: object) => any} callback */
  on_close(callback) {
    this.end = callback;
  }
}

export class RoomManager extends ManagerBase {
  /** @param {Record<string, string>} words
   * @param {(cell: number, message: Message) => void} show an output of one of the visitor's own cells
   * @param {(cell: number) => void} finish such a cell is done */
  constructor(words, show, finish) {
    super();
    this.words = words;
    this.show = show;
    this.finish = finish;
    /** @type {import("./link.js").Link | null} */
    this.link = null;
    /** @type {Map<string, Comm>} */
    this.comms = new Map();
    /** @type {Map<string, any>} what the page brought of models that nobody asked for yet, by their ids */
    this.unmade = new Map();
    /** @type {Record<string, import("./inputs.js").Saved>} models that the kernel made later, as they came, by their ids */
    this.opened = {};
    /** @type {Set<string>} ids of the models that were changed on the page */
    this.told = new Set();
    /** @type {Set<any>} models that hold back a change, as long as the kernel has not done with an earlier one */
    this.held = new Set();
    /** @type {WeakMap<Element, string>} the ids of the models that elements show */
    this.shown = new WeakMap();
    /** @type {WeakMap<Element, any>} the views that were drawn into elements of the page */
    this.drawn = new WeakMap();
    /** @type {Map<string, any>} what is to be done when the kernel answers a message */
    this.callbacksById = new Map();
    /** @type {Set<string>} ids of the messages with which the kernel has not done yet */
    this.unheard = new Set();
    this.silence = new Silence(() => this.isBehind(), (isOn) => this.link?.tellSilent(isOn));
    /** @type {Map<string, { id: string, data: any }[]>} answers to questions, by these */
    this.presses = new Map();
    /** @type {Map<string, output.OutputModel[]>} who takes the outputs that a message causes, the last one first */
    this.captors = new Map();
    this._rendermime = { latexTypesetter: { typeset } }; // ipywidgets' descriptions look for it here
    /** @type {Promise<any>} messages are dealt with one after the other */
    this.queue = Promise.resolve();
  }

  /** Have the models of all widgets whose states the page brought: each is made when it is asked for.
   * @param {Record<string, any>} states */
  restore(states) {
    this.unmade = new Map(Object.entries(states));
  }

  /** @param {string} model_id */
  make(model_id) {
    const model = this.unmade.get(model_id);
    if (!this.unmade.delete(model_id)) return;
    const buffers = (model.buffers || []).map((/** @type {any} */ buffer) => decode(buffer.data));
    base.put_buffers(model.state, (model.buffers || []).map((/** @type {any} */ buffer) => buffer.path), buffers);
    this.new_model(
      {
        model_id,
        model_name: model.model_name,
        model_module: model.model_module,
        model_module_version: model.model_module_version,
        comm: new Comm(this, model_id, this.comm_target_name),
      },
      model.state,
    ).catch((problem) => console.error(problem));
  }

  /** Make what no view has asked for. */
  makeAll() {
    for (const id of this.unmade.keys()) this.make(id);
  }

  /** @param {string} id */
  get_model(id) {
    this.make(id);
    return super.get_model(id);
  }

  /** @param {string} id */
  has_model(id) {
    return this.unmade.has(id) || super.has_model(id);
  }

  /** Let the kernel be heard when everything is drawn that the page brought, so that nothing is said before its listener is
   * there; or after a while, should something not be ready for long. Resolves when the page is drawn, which may be later.
   * @param {Promise<unknown>} drawing */
  openAfter(drawing) {
    const drawn = drawing.then(() => {
      this.makeAll();
      return this.findDrawn();
    });
    this.queue = Promise.race([drawn, pass(LONGEST_DRAWING)]).then(() => this.makeAll());
    return Promise.race([drawn, pass(LONGEST_WAIT)]);
  }

  /** Wait for all views, also for those that are made inside of others on the way. */
  async findDrawn() {
    for (let known = -1; ; ) {
      const models = await Promise.allSettled(Object.values(this._models));
      const views = models.flatMap((model) => Object.values(/** @type {any} */ (model).value?.views || {}));
      if (views.length === known) return;
      known = views.length;
      await Promise.allSettled(views);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  /** A view, unless it or the box that it was for is removed meanwhile: then nobody hears of it.
   * @param {any} model @param {any} [options] */
  async create_view(model, options) {
    const view = await super.create_view(model, options);
    if (view.isRemoved || options?.parent?.isRemoved) {
      view.remove();
      return new Promise(() => {});
    }
    if (view.el) this.shown.set(view.el, model.model_id);
    if (view instanceof base.ErrorWidgetView) this.explain(view);
    return view;
  }

  /** Say in a widget's place that it cannot be shown: ipywidgets' own words are English, and lines of code. @param {any} view */
  explain({ el, model }) {
    console.error(model.get("error"));
    el.onclick = el.ondblclick = null;
    el.replaceChildren();
    drawFailure(el, this.words.failedPart);
  }

  /** Draw a widget into an element of the page, or say there that it cannot be. @param {string} modelId @param {HTMLElement} host */
  async draw(modelId, host) {
    let view;
    try {
      view = await this.create_view(await this.get_model(modelId));
      if (view instanceof base.ErrorWidgetView) throw view.model.get("error");
    } catch (problem) {
      drawFailure(host, this.words.failedPart);
      throw problem;
    }
    if (!host.isConnected) return view.remove(); // something else is shown there by now
    Widget.attach(view.luminoWidget, host);
    this.drawn.set(host, view);
    const fit = () => MessageLoop.postMessage(view.luminoWidget, Widget.ResizeMessage.UnknownSize);
    window.addEventListener("resize", fit);
    view.once("remove", () => window.removeEventListener("resize", fit));
  }

  /** End the views in an element that is on its way out of the page: what they listen to, what their scripts go on doing.
   * @param {Element} element */
  erase(element) {
    for (const host of [element, ...element.querySelectorAll("*")].reverse()) { // the innermost first
      const view = this.drawn.get(host);
      if (!view || !this.drawn.delete(host)) continue;
      // Lumino refuses to detach what has gone with the element around it.
      if (!host.isConnected && view.luminoWidget.isAttached) MessageLoop.sendMessage(view.luminoWidget, Widget.Msg.AfterDetach);
      view.remove();
    }
  }

  /** @param {Message} message */
  hear(message) {
    this.queue = this.queue.then(() => this.handle(message)).catch((problem) => console.error(problem));
  }

  /** @param {Message} message */
  async handle({ type, parent, content, metadata, buffers }) {
    const message = {
      header: { msg_type: type },
      parent_header: { msg_id: parent },
      content,
      metadata,
      buffers: buffers.map(copy), // from their own start: an offset would make equal ones unequal, and show what is before them
    };
    const callbacks = parent ? this.callbacksById.get(parent) : undefined;
    // A model that the page brought hears when it is made: the script of its class may be on its way still.
    if (type === "comm_msg" || type === "comm_close") await Promise.resolve(this._models[content.comm_id]).catch(() => null);
    if (type === "comm_open") {
      if (content.target_name !== this.comm_target_name || this.has_model(content.comm_id)) return;
      const { state } = content.data;
      this.opened[content.comm_id] = { model_name: state._model_name, model_module: state._model_module, state: { ...state } };
      await this.handle_comm_open(new Comm(this, content.comm_id, content.target_name), message);
    } else if (type === "comm_msg") {
      if (content.data.method === "update_states") await this.takeStates(content.data, message.buffers);
      else await this.comms.get(content.comm_id)?.hear(message);
      if (content.data.state?.saving === "saved") this.forgetHeard(content.comm_id);
    } else if (type === "comm_close") {
      const comm = this.comms.get(content.comm_id);
      this.comms.delete(content.comm_id);
      delete this.opened[content.comm_id];
      this.presses.delete(content.comm_id);
      comm?.end(message);
    } else if (type === "idle") {
      this.callbacksById.delete(parent || "");
      if (this.unheard.delete(parent || "")) this.silence.break();
      callbacks?.iopub?.status?.({ ...message, header: { msg_type: "status" }, content: { execution_state: "idle" } });
      const cell = CELL.exec(parent || "");
      if (cell) this.finish(Number(cell[1]));
    } else {
      this.takeOutput(type, parent || "", message, callbacks);
    }
  }

  /** @param {string} type @param {string} parent @param {any} message @param {any} callbacks */
  takeOutput(type, parent, message, callbacks) {
    const captor = this.captors.get(parent)?.slice(-1)[0];
    const cell = CELL.exec(parent);
    if (captor) captor.take(message);
    else if (cell) this.show(Number(cell[1]), { ...message, type });
    else if (type === "clear_output") callbacks?.iopub?.clear_output?.(message);
    else callbacks?.iopub?.output?.(message);
  }

  /** All states at once, as the kernel gives them on its control line. @param {any} data @param {DataView[]} buffers */
  async takeStates({ states, buffer_paths }, buffers) {
    for (const [index, [modelId, ...path]] of buffer_paths.entries()) {
      base.put_buffers(states[modelId].state, [path], [buffers[index]]);
    }
    for (const [modelId, { state }] of Object.entries(states)) {
      if (!this.has_model(modelId)) continue;
      const model = await this.get_model(modelId);
      model.set_state(await /** @type {any} */ (model.constructor)._deserialize_state(state, this));
    }
  }

  /** Has something been done on the page while the kernel is at something else? */
  isBehind() {
    return Boolean(this.link?.isHeard && this.unheard.size && this.unheard.size + this.held.size > 1);
  }

  /** Say what widgets hold back. */
  sayHeld() {
    const held = [...this.held];
    this.held.clear();
    for (const model of held) {
      const { _msg_buffer: state, _msg_buffer_callbacks: callbacks } = model;
      if (!state || !model.comm_live) continue; // it was said meanwhile, or there is nobody to say it to
      model._msg_buffer = model._msg_buffer_callbacks = null;
      model.rememberLastUpdateFor(model.send_sync_message(state, callbacks));
    }
  }

  /** @param {string} type @param {object} content @param {any} callbacks @param {object} [metadata] @param {any[]} [buffers] */
  say(type, content, callbacks, metadata = {}, buffers = []) {
    const { comm_id, data } = /** @type {any} */ (content);
    if (type === "comm_msg" && data?.method === "update") this.told.add(comm_id);
    if (type === "comm_msg" && data?.method === "custom") this.sayHeld(); // a press is about what was typed before it
    const id = /** @type {import("./link.js").Link} */ (this.link).send(type, content, metadata, buffers.map(copy));
    if (callbacks) this.callbacksById.set(id, callbacks);
    this.unheard.add(id);
    this.silence.listen();
    if (type === "comm_msg" && data?.content?.type === "check") {
      this.presses.set(comm_id, [...(this.presses.get(comm_id) || []), { id, data }]);
    }
    return id;
  }

  /** Answers to a question that the portal may not have: the kernel has not judged them, and may end before it does, or
   * they are not saved yet; all from a kernel that hears nothing. @param {string} question @param {any} model */
  readUnsaved(question, model) {
    const isDoubtful = this.silence.isOn || isUnsaved(model);
    return (this.presses.get(question) || []).filter(({ id }) => isDoubtful || this.unheard.has(id));
  }

  /** @param {string} question */
  readHeard(question) {
    return (this.presses.get(question) || []).filter(({ id }) => !this.unheard.has(id));
  }

  /** The portal has what the kernel has heard, which keeps it in order. @param {string} question */
  forgetHeard(question) {
    const heard = this.readHeard(question);
    this.presses.set(question, (this.presses.get(question) || []).filter((press) => !heard.includes(press)));
  }

  /** Have an Output widget take what a message causes; return how to end that.
   * @param {string} id @param {output.OutputModel} captor */
  capture(id, captor) {
    const captors = this.captors.get(id) || [];
    this.captors.set(id, [...captors, captor]);
    return () => {
      const left = (this.captors.get(id) || []).filter((each) => each !== captor);
      if (left.length) this.captors.set(id, left);
      else this.captors.delete(id);
    };
  }

  /** @param {string} name @param {string} library */
  async loadClass(name, library) {
    const classes = await LIBRARIES[library]?.();
    if (!classes?.[name]) openStock();
    if (!classes?.[name]) throw new Error(this.words.unknownWidget.replace("{widget}", `${library} ${name}`));
    return classes[name];
  }

  /** @param {string} target @param {string} id @param {object} [data] @param {object} [metadata] @param {any[]} [buffers] */
  async _create_comm(target, id, data, metadata, buffers) {
    const comm = new Comm(this, id, target);
    if (data || metadata) comm.open(data, undefined, metadata, buffers);
    return comm;
  }

  async _get_comm_info() {
    return Object.fromEntries([...this.comms.keys()].map((id) => [id, {}]));
  }
}

/** Is a question's answer on its way from the kernel to the portal? `widgets/sandyq_widgets/answers.py` names the states.
 * @param {any} model */
export function isUnsaved(model) {
  return ["saving", "retrying"].includes(model?.get("saving"));
}

/** @param {string} base64 */
function decode(base64) {
  return new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
}

/** A buffer of its own, as it is now: what is sent may have to be sent again. @param {ArrayBuffer | ArrayBufferView} buffer */
function copy(buffer) {
  if (buffer instanceof ArrayBuffer) return new DataView(buffer.slice(0));
  return new DataView(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength));
}

/** @param {number} time milliseconds */
function pass(time) {
  return new Promise((resolve) => setTimeout(resolve, time));
}
