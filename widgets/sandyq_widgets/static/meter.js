import { keepKeys, make } from "./question.js";

// What is tried first: words people everywhere take, and the rows of their keyboards.
const COMMON = ["password", "qwerty", "admin", "parol", "salem", "kazakhstan", "iloveyou", "құпия", "сәлем", "қазақстан", "пароль", "привет", "любовь", "йцукен"];
const ROWS = ["0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзх", "фывапролдж", "ячсмитьбю", "абвгдежзийклмнопрст"];
const LETTER = /[a-zа-яёәіңғүұқөһ]/i;
const COUNTING = ["бір екі", "екі үш", "один два", "два три", "one two", "two three"];
const WORD_GUESSES = 13; // bits: a word picked from some 8,000; a short one from some 250
const SHORT_GUESSES = 8;

/** Guess how many tries a password takes, as a power of two, and what is weak about it.
 * A rough measure: it knows no dictionary, so a single well-known word looks stronger than it is. */
function measure(text) {
  const low = text.toLowerCase();
  const why = [];
  let rest = low;
  let bits = 0;
  const cut = (part, cost, reason) => {
    rest = rest.split(part).join("");
    bits += cost;
    if (!why.includes(reason)) why.push(reason);
  };
  const words = low.split(/[\s._-]+/).filter((word) => word.length > 1);
  const different = [...new Set(words)];
  if (different.length < 3 && different.length < words.length) rest = different.join(" ");
  rest = rest.replace(/(.{4,}?)\1+/g, "$1"); // what is said once more costs who guesses next to nothing
  if (rest.length < low.trim().length) why.push("again"), bits += 3;
  for (const word of COMMON) if (rest.includes(word)) cut(word, 3, "common");
  for (const [year] of rest.matchAll(/(19|20)\d\d/g)) cut(year, 6, "year");
  for (let size = 8; size >= 3; size -= 1) {
    for (const row of ROWS) {
      for (let at = 0; at + size <= row.length; at += 1) {
        const run = row.slice(at, at + size);
        if (rest.includes(run)) cut(run, 4, "row");
      }
    }
  }
  for (const [same] of rest.matchAll(/(.{1,3})\1{2,}/g)) cut(same, 5, "again");
  if (COUNTING.some((run) => low.includes(run))) return { bits: 20, why: ["row"] };
  const isSentence = different.length > 2;
  if (isSentence && !bits) {
    return { bits: words.reduce((sum, word) => sum + (word.length > 2 ? WORD_GUESSES : SHORT_GUESSES), 0), why: ["words"] };
  }
  if (/^\d+$/.test(text)) why.push("digits");
  const size = [[/\d/, 10], [LETTER, 33], [/[^\da-zа-яёәіңғүұқөһ]/i, 20]].reduce((sum, [kind, n]) => sum + (kind.test(rest) ? n : 0), 1);
  bits += rest.length * Math.log2(size) * 0.75; // people do not choose letters at random
  if (text.length < 12) why.push("short");
  return { bits, why };
}

/** A field to try passwords in. Nothing is sent to the kernel: there is no trait for what is typed. */
function render({ model, el }) {
  const labels = model.get("labels");
  const id = `sq-${Math.random().toString(36).slice(2)}`;
  const field = make("input", { type: "password", id, maxLength: 100, spellcheck: false, "aria-describedby": `${id}-why` });
  field.setAttribute("autocomplete", "off");
  const shown = make("input", { type: "checkbox", id: `${id}-show` });
  shown.onchange = () => { field.type = shown.checked ? "text" : "password"; };
  const bar = make("div", { className: "sq-strength", "aria-hidden": "true" }, ...[0, 1, 2, 3, 4].map(() => make("span")));
  const word = make("strong", {});
  const why = make("ul", {});
  field.addEventListener("input", () => {
    const { bits, why: reasons } = measure(field.value);
    const strength = [18, 30, 40, 52].filter((limit) => bits >= limit).length;
    [...bar.children].forEach((part, index) => { part.className = field.value && index <= strength ? `sq-strength-${strength}` : ""; });
    word.textContent = field.value ? labels[`strength${strength}`] : "";
    why.replaceChildren(...(field.value ? reasons.map((reason) => make("li", {}, labels[reason])) : []));
  });
  el.classList.add("sandyq-question", "sandyq-tool", "sq-meter");
  el.lang = labels.language;
  el.dataset.size = labels.size || "";
  keepKeys(el);
  el.replaceChildren(
    make("p", { className: "sq-hint" }, labels.tool),
    make("label", { for: id }, labels.field),
    make("div", { className: "sq-short" }, field),
    make("label", { className: "sq-option", for: shown.id }, shown, make("span", {}, labels.show)),
    bar,
    make("div", { id: `${id}-why`, role: "status" }, word, why),
    make("p", { className: "sq-hint" }, labels.private),
  );
}

export default { render };
