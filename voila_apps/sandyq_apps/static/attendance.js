// One session of a club, marked by keyboard or touch. The app's frame keeps marks until saved.

/** @typedef {{id: number, name: string, class: string, status: string, reason: string, state: string, uuid: string,
 *   uuids: string[], corrected: boolean, history: string[]}} Row */

const STATUSES = ["present", "absent", "excused"];
const SIGNS = { present: "✓", absent: "✗", excused: "!" };
const ICONS = { saved: "✓", saving: "…", soon: "…", failed: "⚠" };
// .code: the Kazakh layout types letters on the number row.
const KEYS = { Digit1: 0, Numpad1: 0, Digit2: 1, Numpad2: 1, Digit3: 2, Numpad3: 2 };
const UNDO_SECONDS = 8;

/** @param {string} tag @param {Object<string, any>} [props] @param {...(Node|string)} children */
function make(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** @param {string} text @param {Object<string, string|number>} values */
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

function render({ model, el }) {
  el.classList.add("sandyq-attendance");
  const root = make("div", { class: "marking" });
  el.append(root);

  /** @type {any} */ let screen = { rows: [] };
  /** @type {Object<string, string>} */ let labels = {};
  /** @type {Map<number, HTMLElement>} */ const lines = new Map();
  /** @type {Row[]} */ let rest = []; // present, sent when undo's time is over
  let restTimer = 0;
  /** @type {Object<string, any>} */ let parts = {};

  const find = (id) => screen.rows.find((row) => row.id === id);
  const button = (text, onclick, name = "") => make("button", { type: "button", class: name, onclick }, text);
  const focusStop = (line) => line.querySelector("[tabindex='0']").focus();

  /** @param {Row} row */
  function send(row, status, reason) {
    const { club, date } = screen;
    const values = { club, date, child: row.id, status, reason };
    window.dispatchEvent(new CustomEvent("sandyq-act", { detail: { name: "mark", values } })); // gets a uuid
    Object.assign(row, { status, reason, state: "saving", uuid: values.uuid });
    refresh(row);
  }

  function mark(id, status) {
    sendRest();
    const row = find(id);
    if (row.status !== status || row.state === "failed") send(row, status, "");
    move(id, 1);
  }

  function move(id, step) {
    const next = screen.rows[screen.rows.indexOf(find(id)) + step];
    if (next) focusStop(lines.get(next.id));
  }

  function markRest() {
    sendRest();
    rest = screen.rows.filter((row) => !row.status);
    rest.forEach((row) => refresh(Object.assign(row, { status: "present", state: "soon" })));
    restTimer = setTimeout(sendRest, UNDO_SECONDS * 1000);
    refreshTop();
    parts.undo.focus();
  }

  function undoRest() {
    clearTimeout(restTimer);
    rest.splice(0).forEach((row) => refresh(Object.assign(row, { status: "", state: "" })));
    refreshTop();
    parts.rest.focus();
  }

  function sendRest() {
    clearTimeout(restTimer);
    if (!rest.length) return;
    const focused = parts.undoBar.contains(document.activeElement);
    rest.splice(0).forEach((row) => send(row, "present", ""));
    if (focused) focusStop(lines.get(screen.rows[0].id));
  }

  /** @param {KeyboardEvent} event */
  function press(event, id) {
    const radio = event.target.closest("[role=radio]");
    if (!radio || event.ctrlKey || event.altKey || event.metaKey) return;
    const index = STATUSES.indexOf(radio.dataset.status);
    const side = { ArrowRight: 1, ArrowLeft: 2 }[event.key];
    if (event.code in KEYS) mark(id, STATUSES[KEYS[event.code]]);
    else if (event.key === " ") mark(id, STATUSES[index]);
    else if (event.key === "ArrowDown") move(id, 1);
    else if (event.key === "ArrowUp") move(id, -1);
    else if (side) radio.parentNode.children[(index + side) % 3].focus();
    else return;
    event.preventDefault();
  }

  /** @param {Row} row */
  function makeRadio(row, status, index) {
    const chosen = row.status === status;
    const stop = chosen || (!row.status && index === 0);
    return make("button", {
      type: "button", role: "radio", class: `mark mark-${status}`, "data-status": status,
      "aria-checked": chosen, tabindex: stop ? 0 : -1, onclick: () => mark(row.id, status),
    }, make("span", { class: "sign", "aria-hidden": true }, chosen ? SIGNS[status] : "○"), labels[status]);
  }

  /** @param {Row} row */
  function makeState({ state }) {
    const text = state ? `${ICONS[state]} ${labels[state]}` : "";
    return make("span", { class: `state state-${state}` }, text);
  }

  /** @param {Row} row */
  function makeReason(row) {
    return make("input", {
      class: "reason", maxlength: 200, list: "sandyq-reasons", value: row.reason, placeholder: labels.reason,
      "aria-label": `${labels.reason}: ${row.name}`, onchange: (event) => send(row, "excused", event.target.value),
    });
  }

  /** @param {Row} row */
  function makeHistory(row) {
    return make("details", { class: "history" },
      make("summary", {}, make("b", {}, labels.corrected), `: ${labels.history}`),
      make("ol", {}, ...row.history.map((line) => make("li", {}, line))));
  }

  /** @param {HTMLElement} line @param {Row} row */
  function fillLine(line, row) {
    const name = `sandyq-child-${row.id}`;
    const more = make("div", { class: "more" }, makeState(row));
    if (row.status === "excused") more.prepend(makeReason(row));
    if (row.corrected) more.append(makeHistory(row));
    line.className = `line line-${row.status || "none"}`;
    line.replaceChildren(
      make("span", { class: "number", "aria-hidden": true }, String(screen.rows.indexOf(row) + 1)),
      make("span", { class: "who", id: name }, make("b", {}, row.name), " ", make("small", {}, row.class)),
      make("div", { role: "radiogroup", class: "marks", "aria-labelledby": name },
        ...STATUSES.map((status, index) => makeRadio(row, status, index))),
      more,
    );
  }

  /** Draw one child again, keeping the focus and the opened history. @param {Row} row */
  function refresh(row) {
    const line = lines.get(row.id);
    if (find(row.id) !== row) return;
    const active = document.activeElement;
    const wasIn = line.contains(active) && (active.dataset.status ? `[data-status=${active.dataset.status}]` : active.localName);
    const opened = line.querySelector("details[open]");
    fillLine(line, row);
    if (opened && row.corrected) line.querySelector("details").open = true;
    if (wasIn) (line.querySelector(wasIn) || line.querySelector("[tabindex='0']")).focus();
    refreshTop();
  }

  function refreshTop() {
    const { rows } = screen;
    const done = rows.filter((row) => row.status).length;
    parts.count.textContent = fill(labels.marked, { done, all: rows.length });
    parts.bar.value = done;
    parts.saved.textContent = rows.every((row) => row.state === "saved") ? `✓ ${labels.all_saved}` : "";
    parts.rest.hidden = done === rows.length;
    parts.undoBar.hidden = !rest.length;
    parts.undoText.textContent = rest.length ? fill(labels.rest_done, { count: rest.length }) : "";
  }

  function drawLines() {
    parts = {
      count: make("b", { role: "status" }), saved: make("span", { class: "whole", role: "status" }),
      bar: make("progress", { max: screen.rows.length, "aria-hidden": true }),
      rest: button(labels.rest, markRest), undo: button(labels.undo, undoRest, "primary"), undoText: make("span", { role: "status" }),
    };
    parts.undoBar = make("p", { class: "undo" }, parts.undoText, parts.undo, button(labels.save_now, sendRest));
    const list = make("ol", { class: "lines" });
    for (const row of screen.rows) {
      const line = make("li", { onkeydown: (event) => press(event, row.id) });
      lines.set(row.id, line);
      fillLine(line, row);
      list.append(line);
    }
    const words = ["illness", "family", "event"].map((key) => make("option", { value: labels[key] }));
    root.append(
      make("div", { class: "top" }, make("h2", {}, screen.title), parts.count, parts.bar, parts.saved, parts.rest),
      make("p", { class: "keys" }, labels.keys), list, parts.undoBar, make("datalist", { id: "sandyq-reasons" }, ...words),
    );
    refreshTop();
    requestAnimationFrame(() => document.activeElement === document.body && focusStop(list.querySelector(".line-none") || list));
  }

  const ready = (row) => ({ ...row, state: row.status ? "saved" : "", uuid: "" });

  /** What is on its way stays as marked until the portal has or refuses it. */
  function update(fresh) {
    for (const next of fresh.rows) {
      const row = find(next.id);
      if (row.state === "soon" && !next.status) continue;
      const isOut = row.uuid && ![...next.uuids, ...fresh.refused].includes(row.uuid);
      const state = fresh.failed.includes(row.uuid) ? "failed" : "saving";
      const kept = isOut ? { status: row.status, reason: row.reason, state, uuid: row.uuid } : {};
      const known = JSON.stringify(row);
      Object.assign(row, ready(next), kept);
      if (JSON.stringify(row) !== known) refresh(row);
    }
  }

  const nameScreen = ({ club, date, rows }) => JSON.stringify([club, date, rows.map(({ id, name }) => [id, name])]);

  function draw() {
    const fresh = { rows: [], ...model.get("screen") };
    const isSame = JSON.stringify(labels) === JSON.stringify(model.get("labels"));
    if (isSame && screen.rows.length && nameScreen(fresh) === nameScreen(screen)) return update(fresh);
    sendRest();
    labels = model.get("labels");
    screen = { ...fresh, rows: fresh.rows.map(ready) };
    lines.clear();
    root.replaceChildren();
    if (screen.rows.length) drawLines();
  }

  window.addEventListener("pagehide", sendRest);
  model.on("change:screen", draw);
  const begin = () => (el.offsetParent ? draw() : requestAnimationFrame(begin)); // only what is shown takes the focus
  begin();
  return () => {
    window.removeEventListener("pagehide", sendRest);
    model.off("change:screen", draw);
  };
}

export default { render };
