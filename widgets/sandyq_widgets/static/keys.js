// Keys on the page that type into a field. The Kazakh keyboard has letters where others have digits.
import { make } from "./question.js";

const KAZAKH = [..."әіңғүұқөһ", ..."1234567890"];

/** A strip of keys for one field.
 * @param {HTMLInputElement|HTMLTextAreaElement} field @param {string[]} signs @param {Record<string, string>} labels */
export function makeKeys(field, signs, labels) {
  return makeStrip(() => field, signs, labels, labels.digits);
}

/** Kazakh letters and digits, for those who write Kazakh; they type into the field used last.
 * @param {HTMLElement} root @param {Record<string, string>} labels @returns {HTMLElement[]} */
export function makeLetters(root, labels) {
  if (labels.language !== "kk") return [];
  let last = null;
  root.addEventListener("focusin", ({ target }) => { if (target.matches("input, textarea")) last = target; });
  const field = () => (last && root.contains(last) ? last : root.querySelector("input:not([type=hidden]), textarea"));
  return [makeStrip(field, KAZAKH, labels, labels.letters)];
}

function makeStrip(find, signs, labels, name) {
  const replace = (start, text) => {
    const field = find();
    field.setRangeText(text, start(field), field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true })); // as the keyboard does
    field.focus();
  };
  let isBig = false;
  const erase = () => // an emoji is two of a string's places: half of one is no text that could be sent
    replace(({ value, selectionStart: at, selectionEnd: end }) =>
      (at === end ? at - ([...value.slice(0, at)].pop()?.length || 0) : at), "");
  const key = (text, action, label = text) =>
    make("button", { type: "button", className: "sq-key", tabIndex: -1, onclick: action, "aria-label": label }, text);
  const letters = signs.map((sign) => key(sign, () => replace((field) => field.selectionStart, isBig ? sign.toUpperCase() : sign)));
  const keys = [...letters];
  if (signs.includes("ә")) {
    const shift = key("⇧", () => {
      isBig = !isBig;
      shift.setAttribute("aria-pressed", String(isBig));
      letters.forEach((letter, index) => { letter.textContent = isBig ? signs[index].toUpperCase() : signs[index]; });
    }, "Shift");
    shift.setAttribute("aria-pressed", "false");
    keys.push(shift);
  }
  keys.push(key("⌫", erase, labels.erase));
  return makeToolbar(keys, name);
}

/** One stop for the Tab key; arrows, Home and End move inside (ARIA's toolbar pattern).
 * @param {HTMLElement[]} keys @param {string} label */
export function makeToolbar(keys, label) {
  keys[0].tabIndex = 0;
  const toolbar = make("div", { className: "sq-keys", role: "toolbar", "aria-label": label }, ...keys);
  toolbar.addEventListener("keydown", (event) => {
    const onwards = getComputedStyle(toolbar).direction === "rtl" ? -1 : 1;
    const moves = { ArrowRight: onwards, ArrowDown: 1, ArrowLeft: -onwards, ArrowUp: -1 };
    const at = keys.indexOf(document.activeElement);
    const next = { Home: 0, End: keys.length - 1 }[event.key] ?? at + (moves[event.key] || 0);
    if (at < 0 || next === at) return;
    event.preventDefault();
    const to = keys[(next + keys.length) % keys.length];
    for (const each of keys) each.tabIndex = each === to ? 0 : -1;
    to.focus();
  });
  return toolbar;
}
