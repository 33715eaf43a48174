// A month of a club as a grid: one key marks a child and goes to the next one. The app's frame keeps the marks.

/** @typedef {{status: string, reason: string, uuids: string[], off: boolean, corrected: boolean, history: string[]}} Cell */

const KEYS = { Digit1: "present", Numpad1: "present", Digit2: "absent", Numpad2: "absent", Digit3: "excused", Numpad3: "excused" };
const STEPS = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

/** @param {string} tag @param {Object<string, any>} [props] @param {...(Node|string)} children */
function make(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function render({ model, el }) {
  el.classList.add("sandyq-attendance");
  const root = make("div", { class: "month" });
  el.append(root);
  /** @type {any} */ let screen = { lines: [], days: [] };
  /** @type {Object<string, string>} */ let labels = {};
  /** @type {Map<string, {uuid: string, status: string, reason: string}>} */ const out = new Map(); // on their way
  /** @type {HTMLElement[][]} */ let places = [];
  let at = [0, 0];
  let about = make("div");

  const nameOf = (line, day) => `${screen.club}:${line.id}:${day.date}`;

  /** @returns {Cell & {state: string}} */
  function look(y, x) {
    const [line, day] = [screen.lines[y], screen.days[x]];
    const sent = out.get(nameOf(line, day));
    return { ...line.cells[x], ...sent, state: !sent ? "" : screen.failed.includes(sent.uuid) ? "failed" : "saving" };
  }

  const isNew = (y, x, status) => look(y, x).status !== status || look(y, x).state === "failed";

  function send(y, x, status, reason) {
    const [line, day] = [screen.lines[y], screen.days[x]];
    const values = { club: screen.club, date: day.date, child: line.id, status, reason };
    window.dispatchEvent(new CustomEvent("sandyq-act", { detail: { name: "mark", values } })); // gets its uuid there
    out.set(nameOf(line, day), { uuid: values.uuid, status, reason });
    fill(y, x);
    if (at[0] === y && at[1] === x) tell();
  }

  function fill(y, x) {
    const { status, reason, state, off, corrected } = look(y, x);
    const place = places[y][x];
    const said = `${off ? labels.not_in : labels[status] || labels.not_marked}${state === "failed" ? `, ${labels.failed}` : ""}`;
    place.className = `place place-${off ? "off" : status || "none"} ${state}`;
    place.setAttribute("aria-label", `${screen.lines[y].name}, ${screen.days[x].text}: ${said}${reason ? `, ${reason}` : ""}`);
    place.textContent = off ? "–" : `${labels[`sign_${status}`] || "·"}${corrected ? "*" : ""}${state === "failed" ? " ⚠" : ""}`;
  }

  function go(y, x) {
    if (!places[y] || !places[y][x]) return;
    places[at[0]][at[1]].tabIndex = -1;
    at = [y, x];
    places[y][x].tabIndex = 0;
    places[y][x].focus();
  }

  /** To the next child of the day, then to the next day: as a paper form is filled in. */
  function goOn(y, x) {
    const rows = screen.lines.length;
    for (let n = y + 1 + x * rows; n < rows * screen.days.length; n++) {
      const [nextY, nextX] = [n % rows, Math.floor(n / rows)];
      if (!screen.lines[nextY].cells[nextX].off) return go(nextY, nextX);
    }
    return undefined;
  }

  /** @param {KeyboardEvent} event */
  function press(event, y, x) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const typed = event.key.toLowerCase();
    const signs = ["present", "absent", "excused"];
    const status = KEYS[event.code] || signs.find((each) => labels[`sign_${each}`].toLowerCase() === typed);
    const step = STEPS[event.key];
    if (status && !look(y, x).off) {
      if (isNew(y, x, status)) send(y, x, status, "");
      goOn(y, x);
    } else if (step) go(y + step[0], x + step[1]);
    else if (event.key === "Enter" && about.querySelector("input")) about.querySelector("input").focus();
    else return;
    event.preventDefault();
  }

  /** Below the grid: the chosen place with buttons, its reason and its history. */
  function tell() {
    const [y, x] = at;
    const [line, day] = [screen.lines[y], screen.days[x]];
    const cell = look(y, x);
    const active = document.activeElement;
    const wasIn = about.contains(active) && active.dataset.name;
    const buttons = ["present", "absent", "excused"].map((status) => make("button", {
      type: "button", class: `mark mark-${status}`, "data-name": status, "aria-pressed": cell.status === status,
      onclick: () => isNew(y, x, status) && send(y, x, status, ""),
    }, labels[status]));
    const reason = make("input", {
      class: "reason", "data-name": "reason", maxlength: 200, list: "sandyq-month-reasons", value: cell.reason, placeholder: labels.reason,
      "aria-label": `${labels.reason}: ${line.name}`, onchange: (event) => send(y, x, "excused", event.target.value),
      onkeydown: (event) => { if (event.key === "Enter") { event.target.blur(); goOn(y, x); } },
    });
    const history = cell.history.length ? [make("ol", { class: "history" }, ...cell.history.map((each) => make("li", {}, each)))] : [];
    about.replaceChildren(make("b", {}, `${line.name}, ${day.text}`),
      ...(cell.off ? [make("p", {}, labels.not_in)] : [make("div", { class: "marks" }, ...buttons, ...(cell.status === "excused" ? [reason] : []))]), ...history);
    const again = wasIn && about.querySelector(`[data-name=${wasIn}]`);
    if (again) again.focus();
  }

  function drawGrid() {
    const heads = screen.days.map((day) => make("th", { scope: "col" }, make("span", { "aria-hidden": true }, day.day, make("small", {}, day.weekday)), make("span", { class: "unseen" }, day.text)));
    places = screen.lines.map((_line, y) => screen.days.map((_day, x) => make("button", {
      type: "button", tabindex: -1, onkeydown: (event) => press(event, y, x),
      onfocus: () => { places[at[0]][at[1]].tabIndex = -1; at = [y, x]; places[y][x].tabIndex = 0; tell(); },
    })));
    const lines = screen.lines.map((line, y) => make("tr", {}, make("th", { scope: "row" }, line.name, " ", make("small", {}, line.class)), ...places[y].map((place) => make("td", {}, place))));
    const table = make("table", {}, make("caption", { class: "unseen" }, screen.caption), make("thead", {}, make("tr", {}, make("th", { scope: "col" }, labels.child), ...heads)), make("tbody", {}, ...lines));
    about = make("div", { class: "about" }, labels.choose_cell);
    const words = ["illness", "family", "event"].map((key) => make("option", { value: labels[key] }));
    root.append(make("p", { class: "keys" }, labels.grid_keys), make("div", { class: "scroll" }, table), about, make("datalist", { id: "sandyq-month-reasons" }, ...words));
    screen.lines.forEach((_line, y) => screen.days.forEach((_day, x) => fill(y, x)));
    if (!places[at[0]] || !places[at[0]][at[1]]) at = [0, 0];
    places[at[0]][at[1]].tabIndex = 0;
  }

  const nameScreen = ({ club, days, lines }) => JSON.stringify([club, days, lines.map(({ id, name }) => [id, name])]);

  function draw() {
    const fresh = { lines: [], days: [], ...model.get("screen") };
    const isSame = places.length && nameScreen(fresh) === nameScreen(screen) && JSON.stringify(labels) === JSON.stringify(model.get("labels"));
    screen = fresh;
    screen.lines.forEach((line) => screen.days.forEach((day, x) => {
      const sent = out.get(nameOf(line, day));
      if (sent && (line.cells[x].uuids.includes(sent.uuid) || screen.refused.includes(sent.uuid))) out.delete(nameOf(line, day));
    }));
    if (isSame) {
      screen.lines.forEach((_line, y) => screen.days.forEach((_day, x) => fill(y, x)));
      if (about.childElementCount) tell();
      return;
    }
    labels = model.get("labels");
    places = [];
    root.replaceChildren();
    if (!screen.days.length || !screen.lines.length) return;
    drawGrid();
  }

  model.on("change:screen", draw);
  draw();
  return () => model.off("change:screen", draw);
}

export default { render };
