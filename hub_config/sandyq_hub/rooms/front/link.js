// @ts-check
// The page's end of the link to its kernel; `rooms/link.py` is the other end and describes the messages.

import { readToken } from "./page.js";

/** @typedef {{ type: string, parent: string | null, content: any, metadata: any, buffers: DataView[] }} Message */
/** @typedef {"connecting" | "live" | "lost" | "ended" | "signed-out" | "too-large"} State */

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15000;
/** Milliseconds after which a server that should have confirmed is taken for gone. */
const PATIENCE = 6000;
/** Milliseconds between signs of life when nothing else is said. */
const HEARTBEAT = 20000;
/** Bytes (letters, for texts) that a message may have; `rooms/app.py` takes a little more. */
const LARGEST = 16 * 1024 * 1024;
/** Milliseconds in which what has come is confirmed. */
const CONFIRM = 500;

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
    this.confirmed = 0;
    this.sent = 0;
    /** @type {{ n: number, message: Record<string, any>, buffers: DataView[] }[]} sent, not confirmed */
    this.waiting = [];
    this.pause = FIRST_PAUSE;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.timers = { retry: 0, patience: 0, confirm: 0, heartbeat: 0 };
    const hurry = () => {
      if (this.socket === null && this.timers.retry) this.connect();
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
    if (pack(message, buffers).length > LARGEST) {
      this.tell("too-large");
      throw new Error(`A message of more than ${LARGEST} bytes is not sent.`);
    }
    const n = ++this.sent;
    this.waiting.push({ n, message, buffers });
    if (this.state === "live") this.write(message, buffers);
    return `${this.kernel}-${n}`;
  }

  connect() {
    clearTimeout(this.timers.retry);
    this.timers.retry = 0;
    const socket = new WebSocket(`${this.address}/link?seen=${this.seen}`.replace(/^http/, "ws"));
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    let joined = false;
    this.expect();
    socket.onmessage = (event) => {
      const { message, buffers } = unpack(event.data);
      this.take(message.have);
      if (!joined) {
        joined = true;
        this.pause = FIRST_PAUSE;
        this.change("live");
        for (const each of this.waiting) this.write(each.message, each.buffers);
      }
      if (message.n > this.seen) {
        this.seen = message.n;
        this.confirmSoon();
        this.hear({ type: message.type, parent: message.parent, content: message.content, metadata: message.metadata, buffers });
      }
    };
    socket.onclose = () => this.lose(socket, joined);
  }

  /** What the server has confirmed need not be kept. @param {number} have */
  take(have) {
    while (this.waiting.length && this.waiting[0].n <= have) this.waiting.shift();
    if (!this.waiting.length) clearTimeout(this.timers.patience);
    else this.expect();
    clearTimeout(this.timers.heartbeat);
    this.timers.heartbeat = window.setTimeout(() => {
      this.expect();
      this.confirm();
    }, HEARTBEAT);
  }

  /** @param {Record<string, any>} message @param {DataView[]} [buffers] */
  write(message, buffers = []) {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.confirmed = this.seen;
    this.socket.send(pack({ ...message, have: this.seen }, buffers));
    if (message.n) this.expect();
  }

  confirm() {
    this.timers.confirm = 0;
    this.write({});
  }

  confirmSoon() {
    if (!this.timers.confirm) this.timers.confirm = window.setTimeout(() => this.confirm(), CONFIRM);
  }

  /** From now on the server must be heard of soon. */
  expect() {
    const socket = this.socket;
    clearTimeout(this.timers.patience);
    this.timers.patience = window.setTimeout(() => {
      if (socket && socket === this.socket) this.lose(socket, true);
    }, PATIENCE);
  }

  /** @param {WebSocket} socket @param {boolean} joined */
  async lose(socket, joined) {
    if (this.socket !== socket) return;
    this.socket = null;
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.timers = { retry: 0, patience: 0, confirm: 0, heartbeat: 0 };
    socket.onmessage = socket.onclose = null;
    socket.close();
    if (this.state === "ended") return;
    if (joined || this.state === "live") this.change("lost");
    const state = await this.explain();
    this.change(state);
    if (state === "ended") return;
    this.timers.retry = window.setTimeout(() => this.connect(), this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
  }

  /** Has the kernel ended, too, or the session, or only the network? @returns {Promise<State>} */
  async explain() {
    try {
      const reply = await fetch(this.address, { headers: { "X-XSRFToken": readToken() }, cache: "no-store" });
      if (reply.status === 404) return "ended";
      if (reply.status === 403) return "signed-out";
    } catch {
      // no network: that is "lost"
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
