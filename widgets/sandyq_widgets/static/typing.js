import { drawQuestion, make } from "./question.js";
import { makeLetters } from "./keys.js";

// The Kazakh, Russian and Latin layouts as they stand on the keys of Windows; ⇧ marks what is typed with Shift.
const LAYOUTS = {
  kk: ["(\"әіңғ,.үұқөһ", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю№"],
  ru: ["ё1234567890-=", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю."],
  en: ["`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"],
};
/** Sign → the key that gives it together with Shift, as `[sign][key]` pairs. */
const SHIFTED = {
  kk: ')(!";,:.?№',
  ru: '!1"2№3;4%5:6?7*8(9)0_-+=,.',
  en: '!1@2#3$4%5^6&7*8(9)0_-+={[}]:;"\'<,>.?/',
};
const FINGERS = ["0012334456777", "012334456777", "01233445677", "01233445677"];

/** A text to type, a field, and a picture of the keyboard with the next key lit. */
function render({ model, el }) {
  return drawQuestion(model, el, (id, labels) => {
    const { goal } = model.get("face");
    let started = 0;
    let seconds = 0;
    const letters = [...goal].map((letter) => make("span", {}, letter === "\n" ? "⏎\n" : letter));
    const text = make("p", { className: "sq-goal", id: `${id}-goal` }, ...letters);
    const field = make("textarea", {
      rows: Math.min(6, goal.split("\n").length + 1), id: `${id}-field`, spellcheck: false, autocapitalize: "off",
      "aria-describedby": `${id}-goal ${id}-next`,
    });
    field.setAttribute("autocomplete", "off");
    const next = make("p", { className: "sq-hint", id: `${id}-next` });
    const { board, light, name } = drawKeyboard(goal, labels);
    const read = () => (field.value ? `${seconds.toFixed(1)}\n${field.value}` : "");
    const showTyped = () => {
      const typed = [...field.value];
      letters.forEach((letter, index) => {
        letter.className = index >= typed.length ? "" : typed[index] === goalLetters[index] ? "sq-ok" : "sq-off";
      });
      letters[typed.length]?.classList.add("sq-next");
      const wanted = goalLetters[typed.length];
      const name = { " ": labels.space, "\n": labels.enter }[wanted] || wanted;
      next.textContent = wanted === undefined ? labels.done : labels.next.replace("{key}", name);
      light(wanted);
    };
    const goalLetters = [...goal];
    field.addEventListener("input", () => {
      if (!started) started = performance.now() - seconds * 1000;
      if (!field.value) started = seconds = 0;
      else seconds = Math.max(0.1, (performance.now() - started) / 1000);
      showTyped();
    });
    field.addEventListener("paste", (event) => event.preventDefault());
    const again = make("button", { type: "button", className: "sq-again", onclick: () => {
      field.value = "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    } }, labels.again);
    showTyped();
    const line = make("div", {}, field);
    const strip = name === "kk" ? makeLetters(line, { ...labels, language: "kk" }) : []; // for keyboards without them
    const parse = (response) => /^([\d.]+) *\n([^]*)$/.exec(response);
    return {
      element: make(
        "div", { className: "sq-typing" }, make("p", { className: "sq-hint" }, labels.goal), text, board, next,
        make("label", { for: field.id }, labels.field), line, ...strip, again,
      ),
      read,
      shows: (response) => (parse(response)?.[2] ?? "").trim() === field.value.trim(),
      show: (response) => {
        const found = parse(response);
        if (!found) return;
        [seconds, started] = [Number(found[1]), 0];
        field.value = found[2];
        showTyped();
      },
    };
  });
}

/** The keyboard that has the goal's letters. @param {string} goal @param {Record<string, string>} labels */
function drawKeyboard(goal, labels) {
  const name = /[әіңғүұқөһ]/i.test(goal) || (labels.language === "kk" && /[а-я]/i.test(goal)) ? "kk" : /[а-яё]/i.test(goal) ? "ru" : "en";
  const keys = new Map();
  const rows = LAYOUTS[name].map((row, at) =>
    make("div", { className: "sq-row" }, ...[...row].map((sign, place) => {
      const key = make("span", { className: `sq-cap sq-finger-${FINGERS[at][place] || 7}` }, sign);
      keys.set(sign, key);
      return key;
    })));
  const space = make("span", { className: "sq-cap sq-space" }, labels.space);
  const shift = make("span", { className: "sq-cap sq-shift" }, "⇧");
  const enter = make("span", { className: "sq-cap sq-shift" }, "⏎");
  rows[2].append(enter);
  rows[3].prepend(shift);
  keys.set(" ", space).set("\n", enter);
  const board = make("div", { className: "sq-board-keys", role: "img", "aria-label": labels.keyboard }, ...rows, make("div", { className: "sq-row" }, space));
  const light = (wanted) => {
    for (const key of [...keys.values(), shift]) key.classList.remove("sq-lit");
    if (wanted === undefined) return;
    const pair = SHIFTED[name].indexOf(wanted);
    const plain = keys.get(wanted) || keys.get(wanted.toLowerCase()) || keys.get(SHIFTED[name][pair % 2 ? -1 : pair + 1]);
    plain?.classList.add("sq-lit");
    if (!keys.has(wanted) && plain) shift.classList.add("sq-lit");
  };
  return { board, light, name };
}

export default { render };
