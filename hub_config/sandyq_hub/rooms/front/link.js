// @ts-check
// The page's end of the link to its kernel; `rooms/link.py` is the other end and describes the messages.

import { readToken } from "./page.js";

/** @typedef {{ type: string, parent: string | null, content: any, metadata: any, buffers: DataView[] }} Message */
/** @typedef {"connecting" | "live" | "lost" | "ended" | "signed-out" | "too-large" | "busy" | "silent"} State */

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15000;
/** Milliseconds after which a server that should have answered is taken for gone; twice as many after each time in vain,
 * for a slow network needs long for something large. */
const PATIENCE = 6000;
const LONGEST_PATIENCE = 48000;
/** Milliseconds after which what was too large is not worth a word any more. */
const TOLD = 10000;
/** Milliseconds in which what a healthy connection is given has left the browser. */
const UNDER_WAY = 500;
/** Milliseconds between signs of life when nothing else is said. */
const HEARTBEAT = 20000;
/** Bytes that a message may have; `rooms/app.py` takes a little more. */
const LARGEST = 16 * 1024 * 1024;
/** Milliseconds in which what has come is confirmed. */
const CONFIRM = 500;
/** Milliseconds in which a kernel is there, unless the server has a lot to do. */
const STARTING = 5000;
/** How the server closes a connection whose page cannot go on. */
const REFUSED = 1008;

/** Sends and receives each message once and in order, over as many connections as it takes. */
export class Link {
  /**
   * @param {string} base address of rooms, ending in a slash
   * @param {string} kernel
   * @param {(message: Message) => void} hear
   * @param {(state: State) => void} tell
   */
  constructor(base, kernel, hear, tell) {
    this.kernel = kernel;
    this.address = `${base}api/kernels/${kernel}`;
    this.hear = hear;
    this.tell = tell;
    /** @type {State} */
    this.state = "connecting";
    this.seen = 0;
    this.sent = 0;
    this.unsent = 0;
    /** @type {{ n: number, message: Record<string, any>, buffers: DataView[] }[]} sent, not confirmed */
    this.waiting = [];
    this.pause = FIRST_PAUSE;
    this.patience = PATIENCE;
    /** The same for the question why. */
    this.doubt = PATIENCE;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** The server has greeted on the present socket. */
    this.joined = false;
    /** The kernel is there. */
    this.ready = false;
    /** It is at one thing for long, and others wait. */
    this.silent = false;
    this.timers = { retry: 0, patience: 0, confirm: 0, heartbeat: 0, start: 0 };
    const hurry = () => {
      if (this.timers.retry) this.connect();
      else if (this.joined) this.ask();
    };
    window.addEventListener("online", hurry);
    document.addEventListener("visibilitychange", hurry);
    this.connect();
  }

  /** Send a message; return the id by which replies name it as their parent.
   * @param {string} type @param {object} content @param {object} [metadata] @param {DataView[]} [buffers] */
  send(type, content, metadata = {}, buffers = []) {
    // A copy: what somebody changes in the content afterwards belongs to a later message.
    const message = JSON.parse(JSON.stringify({ n: this.sent + 1, type, content, metadata }));
    if (measure(pack(message, buffers)) > LARGEST) return this.refuse();
    const n = ++this.sent;
    this.waiting.push({ n, message, buffers });
    if (this.state === "live") this.write(message, buffers);
    return `${this.kernel}-${n}`;
  }

  /** Say that a message is too large; to its widget it is one that the kernel has done with, so that others follow. */
  refuse() {
    const parent = `${this.kernel}-unsent-${++this.unsent}`;
    this.tell("too-large");
    setTimeout(() => this.tell(this.state), TOLD);
    setTimeout(() => this.hear({ type: "idle", parent, content: {}, metadata: {}, buffers: [] }));
    return parent;
  }

  connect() {
    clearTimeout(this.timers.retry);
    this.timers.retry = 0;
    const socket = new WebSocket(`${this.address}/link?seen=${this.seen}`.replace(/^http/, "ws"));
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = (event) => this.lose(event.code === REFUSED);
    this.socket = socket;
    this.expect();
  }

  /** @param {string | ArrayBuffer} frame */
  receive(frame) {
    const { message, buffers } = unpack(frame);
    this.take(message.have);
    if (this.joined) {
      this.pause = FIRST_PAUSE; // more than a greeting: this connection is good for something
      this.patience = this.doubt = PATIENCE;
    } else {
      this.joined = true;
      this.change("live");
      for (const each of this.waiting) this.write(each.message, each.buffers);
    }
    if ("ready" in message) this.awaitKernel(message.ready);
    if (message.n > this.seen) {
      this.seen = message.n;
      this.confirmSoon();
      this.hear({ type: message.type, parent: message.parent, content: message.content, metadata: message.metadata, buffers });
    }
  }

  /** Say so when the kernel is long in coming: until then nothing that is done has an effect. @param {boolean} ready */
  awaitKernel(ready) {
    clearTimeout(this.timers.start);
    this.ready = ready;
    if (ready) this.tell(this.silent ? "silent" : this.state);
    else this.timers.start = window.setTimeout(() => this.tell("busy"), STARTING);
  }

  get isHeard() {
    return this.state === "live" && this.ready;
  }

  /** Something waits for the kernel, which is at something else for long; or no longer. @param {boolean} silent */
  tellSilent(silent) {
    this.silent = silent;
    if (this.state === "live") this.tell(silent ? "silent" : "live");
  }

  /** What the server has confirmed need not be kept. @param {number} have */
  take(have) {
    while (this.waiting.length && this.waiting[0].n <= have) this.waiting.shift();
    if (this.waiting.length) this.expect();
    else clearTimeout(this.timers.patience);
    clearTimeout(this.timers.heartbeat);
    this.timers.heartbeat = window.setTimeout(() => this.ask(), HEARTBEAT);
  }

  /** @param {Record<string, any>} message @param {DataView[]} [buffers] */
  write(message, buffers = []) {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(pack({ ...message, have: this.seen }, buffers));
    if (message.n) this.expect();
  }

  confirmSoon() {
    if (this.timers.confirm) return;
    this.timers.confirm = window.setTimeout(() => {
      this.timers.confirm = 0;
      this.write({});
    }, CONFIRM);
  }

  /** Is the server still there? */
  ask() {
    this.write({});
    this.expect();
  }

  /** From now on the server must be heard of soon, or at least take what is on its way. */
  expect() {
    const { socket } = this;
    let left = 0;
    setTimeout(() => { left = socket?.bufferedAmount || 0; }, UNDER_WAY);
    clearTimeout(this.timers.patience);
    this.timers.patience = window.setTimeout(() => {
      if (!socket || socket !== this.socket) return;
      if (socket.bufferedAmount < left) return this.expect();
      this.patience = Math.min(2 * this.patience, LONGEST_PATIENCE);
      this.lose();
    }, this.patience);
  }

  /** The connection is gone: find out why, then try again. @param {boolean} [refused] this page cannot go on */
  async lose(refused = false) {
    const { joined } = this;
    this.hangUp();
    if (joined) this.change("lost");
    const state = refused ? "ended" : await this.explain();
    this.change(state);
    if (state === "ended") return;
    this.timers.retry = window.setTimeout(() => this.connect(), this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
  }

  hangUp() {
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.timers = { retry: 0, patience: 0, confirm: 0, heartbeat: 0, start: 0 };
    const { socket } = this;
    this.socket = null;
    this.joined = false;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** Has the kernel ended, too, or the session, or only the network? @returns {Promise<State>} */
  async explain() {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.doubt); // a network may take everything and give nothing
    try {
      const headers = { "X-XSRFToken": readToken() };
      const reply = await fetch(this.address, { headers, cache: "no-store", signal: limit.signal });
      // Only rooms themselves know; a proxy that has just come back finds nothing at all.
      const isRooms = reply.headers.get("Content-Type")?.startsWith("application/json");
      if (isRooms && reply.status === 404) return "ended";
      if (isRooms && reply.status === 403) return "signed-out";
    } catch {
      // no network: that is "lost"; a slow one is given longer next time
      if (limit.signal.aborted) this.doubt = Math.min(2 * this.doubt, LONGEST_PAUSE);
    } finally {
      clearTimeout(timer);
    }
    return "lost";
  }

  /** @param {State} state */
  change(state) {
    if (this.state === state) return;
    this.state = state;
    this.tell(state);
  }
}

/** Bytes of a frame on the wire. @param {string | Uint8Array} frame */
function measure(frame) {
  return typeof frame === "string" ? new TextEncoder().encode(frame).length : frame.length;
}

/** @param {Record<string, any>} message @param {DataView[]} buffers @returns {string | Uint8Array} */
function pack(message, buffers) {
  if (!buffers.length) return JSON.stringify(message);
  const sizes = buffers.map((buffer) => buffer.byteLength);
  const head = new TextEncoder().encode(JSON.stringify({ ...message, sizes }));
  const frame = new Uint8Array(4 + head.length + sizes.reduce((sum, size) => sum + size, 0));
  new DataView(frame.buffer).setUint32(0, head.length);
  frame.set(head, 4);
  let at = 4 + head.length;
  for (const { buffer, byteOffset, byteLength } of buffers) {
    frame.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return frame;
}

/** @param {string | ArrayBuffer} frame @returns {{ message: Record<string, any>, buffers: DataView[] }} */
function unpack(frame) {
  if (typeof frame === "string") return { message: JSON.parse(frame), buffers: [] };
  const length = new DataView(frame).getUint32(0);
  const message = JSON.parse(new TextDecoder().decode(new Uint8Array(frame, 4, length)));
  let at = 4 + length;
  const buffers = message.sizes.map((/** @type {number} */ size) => {
    const buffer = new DataView(frame, at, size);
    at += size;
    return buffer;
  });
  return { message, buffers };
}
