// @ts-check
// The first thing that a page does: it opens its link, so that the way to the kernel is there when all else is ready.

import { Link } from "./link.js";
import { Notice } from "./notice.js";
import { base, kernel, page, readToken } from "./page.js";

/** @typedef {import("./link.js").Message} Message */

/** @type {Message[]} */
const early = [];
export const notice = new Notice(page.words);
export const link = new Link(base, kernel, (message) => early.push(message), (state) => notice.tell(state));
window.addEventListener("pagehide", () => {
  const said = new URLSearchParams({ _xsrf: readToken() });
  if (notice.gaveUp) said.set("now", "1");
  navigator.sendBeacon(`${base}voila/api/shutdown/${kernel}`, said);
});

/** Hear what the kernel says, and what it has said before. @param {(message: Message) => void} hear */
export function listen(hear) {
  link.hear = hear;
  for (const message of early.splice(0)) hear(message);
}
