// The page of every app: draws the parts that the kernel sends, says what is saved, loses nothing that was typed.

/** @typedef {Record<string, any>} Part */

const LATE = 6000;
const LARGEST_FILE = 8;
const FIRST_LINES = 80;
const own = (name) => `sandyq-app:${location.pathname}:${name}`;
const read = (key, store = sessionStorage) => JSON.parse(store.getItem(key) || "null");
const write = (key, value, store = sessionStorage) => (value ? store.setItem(key, JSON.stringify(value)) : store.removeItem(key));
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
const fold = (text) => String(text).toLowerCase().replace(/[әғқңөұүһі]/g, (c) => "агкноууһи"["әғқңөұүһі".indexOf(c)]).replace("һ", "х");
const uuid = () => "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => // randomUUID wants HTTPS
  (Number(c) ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (Number(c) / 4)))).toString(16));

/** @param {string} tag @param {Record<string, any>} [props] @param {...any} children @returns {any} */
function make(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (name.startsWith("__") || name === "value" || name === "checked") element[name] = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined && value !== "") element.setAttribute(name, value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== "" && child !== false));
  return element;
}

/** Whether a part is there to act only, so that paper has no use of it. @param {Part} part @returns {boolean} */
const isForAct = (part) => part.t === "form" || part.t === "button" || (part.t === "row" && part.parts.every(isForAct));

/** Make `old` look like `fresh`, keeping what is focused, typed, opened. @param {any} old @param {any} fresh */
function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || (old.dataset && old.dataset.key !== fresh.dataset.key)) {
    fillAll(fresh);
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType === 3) { if (old.data !== fresh.data) old.data = fresh.data; return; }
  if (fresh.__fill) {
    if (old.__json === fresh.__json) return;
    fresh.__fill();
    replaceKeepingFocus(old, fresh);
    return;
  }
  for (const { name } of Array.from(old.attributes)) if (!fresh.hasAttribute(name) && !(old.nodeName === "DETAILS" && name === "open")) old.removeAttribute(name);
  for (const { name, value } of Array.from(fresh.attributes)) {
    if (old.getAttribute(name) !== value && !(old.nodeName === "DETAILS" && name === "open")) old.setAttribute(name, value);
  }
  if (old.__dirty) old.__next = fresh.__next || fresh.__part; // what was typed belongs to the version that was seen
  else old.__part = fresh.__part;
  const isKept = old.form && old.form.__dirty;
  morphChildren(old, fresh);
  if (!isKept && old !== document.activeElement && "value" in fresh && old.nodeName !== "BUTTON" && old.nodeName !== "LI" && old.type !== "file") {
    if (old.value !== fresh.value) old.value = fresh.value;
    if (old.checked !== fresh.checked) old.checked = fresh.checked;
  }
}

function morphChildren(old, fresh) {
  const news = Array.from(fresh.childNodes);
  const keyOf = (node) => (node && node.dataset && node.dataset.key) || "";
  news.forEach((each, i) => {
    const here = old.childNodes[i];
    const key = keyOf(each);
    const twin = key ? Array.from(old.children).find((other) => other.dataset.key === key) : here;
    const isSame = twin && twin.nodeName === each.nodeName && keyOf(twin) === key;
    if (!isSame) {
      fillAll(each);
      old.insertBefore(each, here || null); // what it pushes on is found again, or is left over at the end
    } else {
      if (twin !== here) old.insertBefore(twin, here);
      morph(twin, each);
    }
  });
  while (old.childNodes.length > news.length) old.lastChild.remove();
}

function fillAll(node) {
  if (node.__fill) node.__fill();
  else for (const child of Array.from(node.children || [])) fillAll(child);
}

function replaceKeepingFocus(old, fresh) {
  const active = document.activeElement;
  const name = old.contains(active) && active.dataset.f;
  const isTyping = name && active.__typed;
  if (isTyping) active.onchange = active.onblur = null; // an element that goes is left, and would hand over half a word
  const scroll = old.scrollLeft;
  old.replaceWith(fresh);
  fresh.scrollLeft = scroll;
  const again = name && Array.from(fresh.querySelectorAll("[data-f]")).find((each) => each.dataset.f === name);
  if (again) {
    again.focus({ preventScroll: true });
    if (isTyping) {
      const { value, selectionStart, selectionEnd, __was } = active;
      Object.assign(again, { value, __was, __typed: true }); // what is typed belongs to what was seen
      again.setSelectionRange(selectionStart, selectionEnd);
    }
  }
}

function render({ model, el, host }) {
  const bar = make("header", { class: "sa-head" });
  const alarm = make("div", { class: "sa-alarm", role: "alert" });
  const body = make("div", { class: "sa-body", tabindex: -1 });
  const layer = make("div", { class: "sa-layer" });
  const root = make("section", { class: "sandyq-app", "data-keeps-itself": true }, bar, alarm, body, layer);
  el.append(root);
  const main = document.getElementById("sq-content");
  if (main) main.classList.add("sandyq-wide");

  /** @type {Map<string, {message: any, form: any, timer: number, late: boolean}>} */ const pending = new Map();
  /** @type {Record<string, {column: string, down: boolean, query: string}>} */ const views = {};
  let words = {};
  let who = "";
  let status = ["", ""]; // of the last press, and when
  let ids = 0;
  let focused = "";
  /** @type {Record<string, any>} what was typed in cells of tables and is not saved, by act, line and column */ let cells = {};

  // ---- drafts: what is typed and not yet saved stays in this browser, even when the power goes; signing out takes it away

  const draftOf = (key) => own(`${who}:form:${key}`);
  const readDraft = (key) => read(draftOf(key), localStorage);
  const writeDraft = (key, draft) => write(draftOf(key), draft, localStorage);
  const findForm = (key) => Array.from(body.querySelectorAll("form")).find((each) => each.dataset.key === `form-${key}`);
  const cellOf = ({ name, values }) => `${name}:${values.key}:${values.field}`;

  /** @param {string} name @param {any} [draft] none: it is saved, or not wanted any more */
  function noteCell(name, draft) {
    if (draft) cells[name] = draft; else delete cells[name];
    write(own(`${who}:cells`), Object.keys(cells).length ? cells : null, localStorage);
  }

  /** What another person left in this browser is nobody's here. */
  function sweep() {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("sandyq-app:") && key.split(":")[2] !== who) localStorage.removeItem(key);
    }
  }

  /** Where something was typed before the browser was closed: offered, for nobody knows how long ago it was. */
  function offerDraft() {
    const forms = Object.keys(localStorage).filter((key) => key.startsWith(draftOf("")));
    const { place } = [...forms.map((key) => read(key, localStorage)), ...Object.values(cells)].pop() || {};
    if (!place) return;
    const choose = (label, then) => {
      const button = make("button", { type: "button" }, label);
      button.onclick = () => { alarm.replaceChildren(); then(); };
      return button;
    };
    const drop = () => { // also what nobody finds again, because its line or form is gone
      for (const key of forms) localStorage.removeItem(key);
      for (const name of Object.keys(cells)) noteCell(name);
    };
    alarm.replaceChildren(make("div", { class: "sa-notice warn" }, make("p", {}, words.draft_kept),
      choose(words.draft_go, () => model.send({ kind: "place", place })), " ", choose(words.draft_drop, drop)));
  }

  // ---- what the page says to the kernel

  function remember() {
    if (who) write(own(`${who}:pending`), pending.size ? Array.from(pending.values(), ({ message }) => message).filter(({ files }) => !files) : null);
  }

  function post(message, form = null, buffers = []) {
    sendLive(); // what was chosen a moment before comes first
    const entry = { message, form, late: false, timer: setTimeout(() => { entry.late = true; drawHead(); }, LATE) };
    pending.set(message.id, entry);
    alarm.replaceChildren();
    remember();
    model.send(message, undefined, buffers);
    drawHead();
  }

  const act = (name, values, form, files, buffers) => {
    const message = { kind: "act", id: (form && form.__id) || uuid(), name, values, ...(form && { draft: form.__part.key, again: form.__again }), ...(files && { files }) };
    post(message, form, buffers);
    return message.id;
  };

  let liveTimer = 0, liveForm = null, watchTimer = 0;
  /** Hand over what was changed in a live form; nothing, while something in it is wrong. */
  function sendLive() {
    const form = liveForm;
    clearTimeout(liveTimer);
    liveForm = null;
    if (!form) return;
    try { act(form.__part.act, readValues(form, form.__part)); } catch (found) { if (!Array.isArray(found)) throw found; }
  }

  function ask(question, then) {
    const before = document.activeElement;
    const close = () => { layer.replaceChildren(); if (before && before.isConnected) before.focus(); };
    const yes = make("button", { type: "button", class: "danger" }, words.yes);
    const no = make("button", { type: "button" }, words.no);
    yes.onclick = () => { close(); then(); };
    no.onclick = close;
    const box = make("div", { role: "alertdialog", "aria-modal": "true", "aria-label": question, class: "sa-ask" }, make("p", {}, question), make("p", {}, yes, no));
    box.onkeydown = (event) => {
      if (event.key === "Escape") close();
      if (event.key === "Tab") { event.preventDefault(); (document.activeElement === no ? yes : no).focus(); }
    };
    layer.replaceChildren(box);
    no.focus();
  }

  // ---- parts

  const draw = (part) => DRAW[part.t](part);
  const drawAll = (parts) => parts.map(draw);
  const tone = (name, part) => `${name}${part.tone ? ` ${name}-${part.tone} ${part.tone}` : ""}`;

  const DRAW = {
    heading: ({ text, level }) => make(`h${level}`, {}, text),
    text: (part) => make("p", { class: tone("sa-text", part) }, part.text),
    notice: (part) => make("div", { class: tone("sa-notice", part), role: ["warn", "danger"].includes(part.tone) ? "alert" : "status" }, make("p", {}, part.text), drawAll(part.parts)),
    empty: (part) => make("div", { class: "sa-empty" }, make("h2", {}, part.title), make("p", {}, part.text), drawAll(part.parts)),
    figures: ({ items }) => make("dl", { class: "sa-figures" }, items.map((item) => make("div", { class: tone("sa-figure", item) }, make("dt", {}, item.label), make("dd", {}, make("b", {}, item.value), item.note && make("small", {}, item.note))))),
    button: (part) => make("button", { type: "button", class: `${part.tone}${part.colour ? " sa-chest" : ""}`, style: part.colour && `--chest:${part.colour}`, disabled: part.off, "data-f": `b:${part.act}:${JSON.stringify(part.values)}`, "data-key": part.key, __part: part }, part.label),
    print: ({ label }) => make("button", { type: "button", "data-print": true }, label),
    row: ({ parts }) => make("div", { class: "sa-row" }, drawAll(parts)),
    card: (part) => {
      const name = `sa-${ids++}`;
      return make("section", { class: `sa-card${part.parts.length && part.parts.every(isForAct) ? " sa-for-act" : ""}`, "data-key": part.key, style: part.colour && `--chest:${part.colour}`, "aria-labelledby": part.title && name }, part.title && make("h2", { id: name }, part.title), drawAll(part.parts));
    },
    fold: (part) => make("details", { class: "sa-fold", open: part.open, "data-key": part.key }, make("summary", {}, part.title), drawAll(part.parts)),
    tabs: (part) => make("nav", { class: "sa-tabs" }, part.items.map(({ key, label }) => make("button", { type: "button", "aria-current": key === part.at && "page", __part: { act: part.act, values: { tab: key } } }, label))),
    form: drawForm,
    table: drawTable,
    grid: (part) => lazy("div", "sa-scroll", part, (box) => box.append(make("table", { class: "sa-grid" }, make("caption", {}, part.caption),
      make("thead", {}, make("tr", {}, make("td"), part.columns.map((title) => make("th", { scope: "col" }, title)))),
      make("tbody", {}, part.lines.map(([head, cells]) => make("tr", {}, make("th", { scope: "row" }, head), cells.map((each) => drawCell(each))))))), true),
    chart: (part) => lazy("figure", "sa-chart", part, (box) => {
      box.append(make("figcaption", {}, part.title), make("div", { class: "sa-picture" }), part.text && make("p", {}, part.text), make("details", {}, make("summary", {}, words.table), drawTable(part.table)));
      box.querySelector(".sa-picture").innerHTML = part.svg; // made by the kit's charts, texts escaped
      fillAll(box);
    }),
    link: (part) => make("a", { class: `sa-go ${part.tone}`, href: part.address, "data-key": part.key }, part.label),
    widget: (part) => lazy("div", "sa-widget", part, (box) => {
      host.getWidget(`anywidget:${part.id}`).then((widget) => widget.render({ el: box })).catch((problem) => console.error(problem));
    }),
    progress: (part) => make("p", { class: "sa-progress" }, make("label", {}, part.label, " ", make("progress", { max: part.max, value: part.value }), ` ${part.value} / ${part.max}`)),
    markup: (part) => lazy("div", "sa-markup", part, (box) => { box.innerHTML = part.html; }), // a template of ours, texts escaped
    paper: (part) => make("div", { class: "sa-sheet" }, make("div", { class: "sa-row sa-tools" }, make("button", { type: "button", class: "primary", "data-print": true }, words.print), drawAll(part.parts)),
      lazy("article", "sa-paper", { ...part, key: part.title }, (box) => { box.innerHTML = part.html; box.dataset.landscape = part.landscape; })),
  };

  /** A part that costs: filled only if it differs from what is there. */
  function lazy(tag, name, part, make_it, hasFocus = false) {
    const box = make(tag, { class: name, "data-key": part.key, tabindex: hasFocus ? 0 : null });
    if (hasFocus) { box.setAttribute("role", "region"); box.setAttribute("aria-label", part.caption); }
    box.__json = JSON.stringify(part) + words.table;
    box.__fill = () => { delete box.__fill; make_it(box); };
    return box;
  }

  /** Whether somebody could leave it empty: one of several stays chosen once it is. */
  const canBeEmpty = ({ kind, value }) => kind !== "range" && !(["choice", "radio"].includes(kind) && (value ?? null) !== null);

  function drawInput(field, name) {
    const { kind, value, choices } = field;
    const props = { name: field.name, id: name, "aria-describedby": `${name}-note`, "aria-required": field.needed && "true", "data-kind": kind };
    const option = ([key, label]) => make("option", { value: JSON.stringify(key), selected: JSON.stringify(key) === JSON.stringify(value) }, label);
    const tick = (type, [key, label]) => make("label", { class: "sa-tick" }, make("input", { type, name: field.name, value: JSON.stringify(key), "data-kind": kind, checked: type === "radio" ? key === value : (value || []).includes(key) }), label);
    switch (kind) {
      case "area": return make("textarea", { ...props, rows: 4, maxlength: field.max, value: value || "" });
      case "choice": return make("select", { ...props, value: "" }, field.needed && !canBeEmpty(field) ? [] : make("option", { value: "null" }, field.needed ? `– ${words.choose} –` : "–"), choices.map(option));
      case "radio": return make("div", { role: "radiogroup", "aria-labelledby": `${name}-label`, class: "sa-ticks" }, choices.map((each) => tick("radio", each)));
      case "choices": return make("div", { role: "group", "aria-labelledby": `${name}-label`, class: "sa-ticks" }, choices.map((each) => tick("checkbox", each)));
      case "check": return make("input", { ...props, type: "checkbox", checked: Boolean(value) });
      case "number": return make("input", { ...props, type: "text", inputmode: field.step ? "decimal" : "numeric", autocomplete: "off", value: value === null ? "" : String(value).replace(".", document.documentElement.lang === "en" ? "." : ",") });
      case "range": return make("input", { ...props, type: "range", min: field.min, max: field.max, step: field.step || 1, value: value === null ? "" : String(value) });
      case "file": return make("input", { ...props, type: "file", accept: choices.map(([each]) => each).join(",") });
      default: return make("input", { ...props, type: { colour: "color" }[kind] || kind, maxlength: kind === "text" && field.max, min: kind !== "text" && field.min, max: kind !== "text" && field.max, autocomplete: "off", value: value || "" });
    }
  }

  function drawField(field, key) {
    const name = `sa-${key}-${field.name}`;
    const isGroup = ["radio", "choices"].includes(field.kind);
    const label = make(isGroup ? "span" : "label", { id: `${name}-label`, for: !isGroup && name, class: "sa-label" }, field.label, field.needed && canBeEmpty(field) && make("span", { "aria-hidden": "true" }, " *"), field.kind === "range" && make("output", {}, ` ${field.value}`));
    const note = make("p", { id: `${name}-note`, class: "sa-note" }, field.help);
    return make("div", { class: `sa-field sa-kind-${field.kind}${field.wide ? " sa-wide" : ""}`, "data-key": field.name }, label, drawInput(field, name), note);
  }

  function drawForm(part) {
    const form = make("form", { class: part.live ? "sa-form sa-live" : "sa-form", "data-key": `form-${part.key}`, "data-focus": part.focus, novalidate: true, __part: part },
      make("p", { class: "sa-draft", role: "status", hidden: true }, words.draft),
      make("div", { class: "sa-fields" }, part.fields.map((field) => drawField(field, part.key))),
      !part.live && make("div", { class: "sa-row" }, make("button", { type: "submit", class: "primary" }, part.submit), part.cancel && draw(part.cancel)));
    const draft = !part.live && readDraft(part.key);
    const there = findForm(part.key);
    if (draft && (!there || there.__dirty)) { // what is typed just now in another window is not ours
      for (const input of form.elements) if (input.name in draft.typed && input.type !== "file") setValue(input, draft.typed[input.name]);
      form.__dirty = true;
      form.__id = draft.id;
      form.querySelector(".sa-draft").hidden = Boolean(there);
      if (draft.version !== part.values.version) { // it was typed for a version that is past: who saves it is told so
        form.__part = { ...part, values: { ...part.values, version: draft.version } };
        form.__next = part;
      }
    }
    return form;
  }

  function setValue(input, value) {
    if (input.type === "radio") input.checked = input.value === value;
    else if (input.type === "checkbox") input.checked = Array.isArray(value) ? value.includes(input.value) : value;
    else input.value = value;
  }

  function drawCell(value, isNumber = false) {
    if (value === null || value === undefined) return make("td");
    if (Array.isArray(value)) return make("td", { class: "sa-acts" }, drawAll(value));
    if (typeof value !== "object") return make("td", { class: isNumber && "sa-number" }, typeof value === "number" ? value.toLocaleString(model.get("frame").language) : value);
    const inner = value.act ? make("button", { type: "button", class: "sa-link", "data-f": `c:${value.act}:${JSON.stringify(value.values)}`, __part: value }, value.text) : value.text;
    return make("td", { class: `${tone("sa-cell", value)}${isNumber ? " sa-number" : ""}`, style: value.colour && `--chest:${value.colour}`, title: value.title }, inner);
  }

  function drawEdit(part, line, column) {
    const props = { "data-f": `${line.key}:${column.key}`, "aria-label": `${column.title}: ${plain(line.cells[part.columns[0].key])}` };
    const value = line.cells[column.key];
    const send = (fresh, was = value) => act(part.edit, { key: line.key, field: column.key, value: fresh, was });
    const name = cellOf({ name: part.edit, values: { key: line.key, field: column.key } });
    let input, note;
    if (column.kind === "edit-check") {
      input = make("input", { ...props, type: "checkbox", checked: Boolean(value) });
      input.onchange = () => send(input.checked);
    } else if (column.kind === "edit-choice") {
      input = make("select", props, column.choices.map(([key, label]) => make("option", { value: JSON.stringify(key), selected: key === value }, label)));
      input.onchange = () => send(JSON.parse(input.value));
    } else {
      const isNumber = column.kind === "edit-number";
      const shown = value === null || value === undefined ? "" : String(value);
      if (cells[name] && cells[name].value === shown) noteCell(name);
      const draft = cells[name];
      input = make("input", { ...props, type: "text", inputmode: isNumber && "decimal", value: draft ? draft.value : shown, autocomplete: "off", __was: draft ? draft.was : value, __typed: Boolean(draft) });
      note = draft && !pending.has(draft.id) && drawNote(draft.problem || words.draft);
      input.oninput = () => {
        input.__typed = true;
        clearCell(input);
        noteCell(name, { value: input.value, was: input.__was, place: model.get("frame").place });
      };
      input.onchange = input.onblur = () => { // a cell that was drawn anew under one's hands hears of no change
        if (!input.__typed) return;
        input.__typed = false;
        const number = readNumber(input.value);
        if (isNumber && Number.isNaN(number)) { problem(words.number); input.setAttribute("aria-invalid", "true"); return; }
        const id = send(isNumber ? number : input.value.trim(), input.__was);
        if (cells[name]) noteCell(name, { ...cells[name], id });
        input.__was = value;
      };
      input.onkeydown = (event) => { // Enter and arrows walk down the column, as in a spreadsheet
        const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!step) return;
        const all = Array.from(root.querySelectorAll("[data-f]")).filter((each) => each.dataset.f.endsWith(`:${column.key}`));
        const next = all[all.indexOf(input) + step];
        if (next) { event.preventDefault(); next.focus(); if (next.select) next.select(); } else input.blur();
      };
    }
    return make("td", { class: "sa-edit" }, input, note);
  }

  const plain = (value) => (value && typeof value === "object" ? (Array.isArray(value) ? "" : value.text) : value === null || value === undefined ? "" : String(value));
  const rank = (value) => (value && typeof value === "object" && value.sort !== null && value.sort !== undefined ? value.sort : typeof value === "number" ? value : plain(value));

  function drawTable(part) {
    return lazy("div", "sa-table", part, (box) => {
      const view = (views[part.key] = views[part.key] || { column: "", down: false, query: "" });
      const tbody = make("tbody");
      const count = make("p", { class: "sa-count", role: "status" });
      const heads = part.columns.map((column) => {
        const isSorted = !column.kind.startsWith("edit") && column.title;
        const button = isSorted ? make("button", { type: "button", title: words.sort, "data-f": `sort:${part.key}:${column.key}` }, column.title) : column.title;
        const head = make("th", { scope: "col", class: `${column.kind === "number" ? "sa-number" : ""}${column.wide ? " sa-wide" : ""}` }, button);
        if (isSorted) button.onclick = () => { view.down = view.column === column.key && !view.down; view.column = column.key; list(); };
        return head;
      });
      const drawLine = (line) => make("tr", {}, part.columns.map((column) => (column.kind.startsWith("edit") && line.cells[column.key] !== undefined ? drawEdit(part, line, column) : drawCell(line.cells[column.key], column.kind === "number"))));
      const compare = new Intl.Collator(model.get("frame").language, { numeric: true }).compare;
      let round = 0;
      function list() {
        const mine = ++round;
        let lines = part.lines;
        const query = fold(view.query.trim());
        if (query) lines = lines.filter((line) => query.split(/\s+/).every((word) => fold(Object.values(line.cells).map(plain).join(" ")).includes(word)));
        if (view.column) {
          const key = view.column;
          lines = lines.slice().sort((a, b) => {
            const [x, y] = [rank(a.cells[key]), rank(b.cells[key])];
            return (typeof x === "number" && typeof y === "number" ? x - y : compare(String(x), String(y))) * (view.down ? -1 : 1);
          });
        }
        heads.forEach((head, i) => (view.column === part.columns[i].key ? head.setAttribute("aria-sort", view.down ? "descending" : "ascending") : head.removeAttribute("aria-sort")));
        tbody.replaceChildren(...lines.slice(0, FIRST_LINES).map(drawLine));
        const more = (from) => { // the rest piece by piece, so that an old PC stays awake
          if (mine !== round || from >= lines.length || !box.isConnected) return;
          tbody.append(...lines.slice(from, from + FIRST_LINES).map(drawLine));
          setTimeout(more, 0, from + FIRST_LINES);
        };
        setTimeout(more, 0, FIRST_LINES);
        if (part.sums && !query) setTimeout(() => mine === round && foot.replaceChildren(drawLine(part.sums)), 0); else foot.replaceChildren();
        count.textContent = query ? (lines.length ? fill(words.found, { count: lines.length, all: part.lines.length }) : words.nothing_found) : "";
      }
      const foot = make("tfoot");
      const scroll = make("div", { class: "sa-scroll", role: "region", "aria-label": part.caption, tabindex: 0 }, make("table", {}, make("caption", {}, part.caption), make("thead", {}, make("tr", {}, heads)), tbody, foot));
      if (part.search) {
        const input = make("input", { type: "search", value: view.query, "data-f": `search:${part.key}`, autocomplete: "off" });
        input.oninput = () => { view.query = input.value; list(); };
        box.append(make("label", { class: "sa-search" }, part.search, " ", input), count);
      }
      if (!part.lines.length && part.nothing) box.append(make("p", { class: "sa-text quiet" }, part.nothing));
      else box.append(scroll);
      list();
    });
  }

  // ---- forms

  const readNumber = (typed) => Number(typed.replace(/\s/g, "").replace(",", ".") || NaN);

  /** What stands in a form, as texts: for the draft. */
  function readTyped(form) {
    const typed = {};
    for (const input of form.elements) {
      if (!input.name || input.type === "file") continue;
      if (input.type === "radio") { if (input.checked) typed[input.name] = input.value; }
      else if (input.type === "checkbox") typed[input.name] = input.dataset.kind === "choices" ? [...(typed[input.name] || []), ...(input.checked ? [input.value] : [])] : input.checked;
      else typed[input.name] = input.value;
    }
    return typed;
  }

  /** The values that the kernel gets; throws [field, sentence]. */
  function readValues(form, part) {
    const typed = readTyped(form);
    const values = { ...part.values };
    for (const field of part.fields) {
      const raw = typed[field.name];
      const isEmpty = raw === undefined || raw === "" || raw === "null" || (Array.isArray(raw) && !raw.length);
      if (field.kind === "file") {
        const file = form.elements[field.name].files[0];
        if (!file && field.needed) throw [field.name, words.needed];
        if (file && file.size > LARGEST_FILE * 1048576) throw [field.name, fill(words.too_large, { most: LARGEST_FILE })];
        values[field.name] = file ? { name: file.name, size: file.size } : null;
        continue;
      }
      if (isEmpty && field.needed) throw [field.name, words.needed];
      if (field.kind === "number" || field.kind === "range") {
        const number = isEmpty ? null : readNumber(raw);
        if (!isEmpty && (Number.isNaN(number) || (field.kind === "number" && !field.step && !Number.isInteger(number)))) throw [field.name, words.number];
        if (number !== null && ((field.min !== null && number < field.min) || (field.max !== null && number > field.max))) throw [field.name, fill(words.between, { least: field.min === null ? "…" : field.min, most: field.max === null ? "…" : field.max })];
        values[field.name] = number;
      } else if (field.kind === "choice" || field.kind === "radio") values[field.name] = isEmpty ? null : JSON.parse(raw);
      else if (field.kind === "choices") values[field.name] = (raw || []).map((each) => JSON.parse(each));
      else if (field.kind === "check") values[field.name] = Boolean(raw);
      else if (field.kind === "date" || field.kind === "time") values[field.name] = raw || null;
      else values[field.name] = (raw || "").trim();
    }
    return values;
  }

  async function submit(form) {
    const part = form.__part;
    clearTimeout(watchTimer);
    clearProblems(form);
    let values;
    try { values = readValues(form, part); } catch (found) {
      if (!Array.isArray(found)) throw found;
      showAt(form, found[0], found[1]);
      return;
    }
    form.__again = Boolean(form.__id);
    form.__id = form.__id || uuid(); // as long as nothing else is typed, it is the same wish
    if (pending.has(form.__id)) return;
    const draft = readDraft(part.key);
    if (draft) writeDraft(part.key, { ...draft, id: form.__id });
    const files = {};
    const buffers = [];
    for (const field of part.fields.filter(({ kind }) => kind === "file")) {
      const file = form.elements[field.name].files[0];
      if (file) { files[field.name] = buffers.length; buffers.push(await file.arrayBuffer()); }
    }
    act(part.act, values, form, buffers.length ? files : null, buffers);
  }

  function clearProblems(form) {
    for (const note of form.querySelectorAll(".sa-wrong")) note.remove();
    for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  }

  function showAt(form, name, text) {
    const box = Array.from(form.querySelectorAll(".sa-field")).find((each) => each.dataset.key === name);
    if (!box) return problem(text);
    box.querySelector(".sa-note").append(drawNote(text));
    const input = box.querySelector("input, select, textarea");
    input.setAttribute("aria-invalid", "true");
    if (form.contains(document.activeElement) || document.activeElement === document.body) input.focus(); // who works elsewhere goes on
  }

  const drawNote = (text) => make("strong", { class: "sa-wrong", role: "alert" }, text);

  /** @param {string} name as in `data-f` @param {string} text @returns {boolean} whether the cell is there */
  function showAtCell(name, text) {
    const cell = findCell(name);
    if (!cell) return false;
    clearCell(cell);
    cell.setAttribute("aria-invalid", "true");
    cell.after(drawNote(text));
    return true;
  }

  function clearCell(cell) {
    cell.removeAttribute("aria-invalid");
    for (const note of cell.parentElement.querySelectorAll(".sa-wrong")) note.remove();
  }

  function problem(text) {
    alarm.replaceChildren(make("p", { class: "sa-notice danger" }, `${words.problem}: ${text}`));
    alarm.scrollIntoView({ block: "nearest" });
  }

  /** What others have removed takes its form away: what was typed in it is told, to be written down elsewhere. */
  function tellLost(form) {
    const tell = ({ name, kind, label }) => {
      const input = form.elements[name];
      const words = input && (kind === "choice" ? input.selectedOptions[0].textContent : typeof input.value === "string" && !["check", "file"].includes(kind) && input.value);
      return words && make("li", {}, `${label}: ${words}`);
    };
    writeDraft(form.__part.key, null);
    alarm.replaceChildren(make("div", { class: "sa-notice danger sa-lost" }, make("p", {}, words.lost), make("ul", {}, form.__part.fields.map(tell))));
    alarm.scrollIntoView({ block: "nearest" });
  }

  // ---- the frame

  /** In the language of now. */
  function tellStatus() {
    const [kind, time] = status;
    const told = { "": "", saved: `✓ ${fill(words.saved_at || "", { time })}`, problem: `⚠ ${words.problem}` };
    return [kind, told[kind]];
  }

  function drawHead() {
    const frame = model.get("frame");
    const entries = Array.from(pending.values());
    const late = entries.some((entry) => entry.late);
    const [kind, text] = entries.length ? (late ? ["late", `⟳ ${words.late}`] : ["saving", words.working]) : tellStatus();
    const fresh = make("header", { class: "sa-head" },
      make("h1", {}, frame.title || ""),
      make("p", { class: `sa-state sa-state-${kind}`, role: "status" }, text),
      frame.undo && make("button", { type: "button", "data-undo": true }, `↶ ${fill(words.undo, { what: frame.undo })}`),
      frame.again && make("button", { type: "button", class: "primary", "data-again": true }, words.again),
      who && make("div", { class: "sa-languages", role: "group", "aria-label": words.language }, frame.languages.map(([code, name]) => make("button", { type: "button", lang: code, "aria-pressed": String(code === frame.language), "data-language": code }, name))),
      frame.help && make("details", { class: "sa-help" }, make("summary", {}, words.help), frame.help.split("\n").map((line) => make("p", {}, line))));
    morph(bar, fresh);
  }

  /** The room's bar above the app speaks the app's language, too. */
  function nameBar(frame) {
    const above = document.querySelector(".sq-bar");
    if (!above || !words.home) return;
    above.lang = frame.language;
    for (const [place, text] of [[".sq-home span", words.home], [".sq-help", words.page_help], [".sq-title", frame.title]]) {
      const found = above.querySelector(place);
      if (found && found.textContent !== text) found.textContent = text;
    }
    above.querySelector(".sq-home")?.setAttribute("aria-label", words.home);
    document.title = `${frame.title} – Sandyq`;
  }

  function drawBody() {
    ids = 0;
    const before = document.activeElement;
    const wasIn = body.contains(before);
    const typed = pending.size ? [] : Array.from(body.querySelectorAll("form")).filter((form) => form.__typing); // else one's own doing
    const fresh = make("div", { class: "sa-body", tabindex: -1 }, drawAll(model.get("body") || []));
    morph(body, fresh);
    for (const form of typed) if (!form.isConnected) {
      const now = findForm(form.__part.key); // others' change may have it stand elsewhere
      if (now && now.__dirty) { now.__typing = true; now.querySelector(".sa-draft").hidden = false; } else tellLost(form);
    }
    for (const mark of body.querySelectorAll(".sa-draft:not([hidden]), .sa-edit > .sa-wrong")) {
      for (let fold = mark.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    }
    if (wasIn && document.activeElement === document.body) { // what went, or was moved, has lost the focus
      const form = before.form && before.form.__part && findForm(before.form.__part.key);
      const again = before.isConnected ? before : before.dataset.f ? Array.from(body.querySelectorAll("[data-f]")).find((each) => each.dataset.f === before.dataset.f) : form && before.name && form.querySelector(`[name="${before.name}"]`);
      (again || body).focus({ preventScroll: true });
    }
    const form = body.querySelector("form[data-focus]");
    const key = form ? form.dataset.key : "";
    if (form && key !== focused) form.elements[form.dataset.focus].focus();
    focused = key;
  }

  function drawFrame() {
    const frame = model.get("frame");
    words = frame.words || {};
    root.lang = frame.language || "";
    const isFirst = frame.who && !who;
    who = frame.who || who;
    drawHead();
    nameBar(frame);
    if (isFirst) {
      sweep();
      cells = read(own(`${who}:cells`), localStorage) || {};
      resume();
    }
    else if (who) write(own(`${who}:place`), frame.place);
  }

  /** After a refresh, or when the kernel had to be started anew: the same place, and what had not been confirmed. */
  function resume() {
    const place = read(own(`${who}:place`));
    const unsent = read(own(`${who}:pending`)) || [];
    if (place) model.send({ kind: "place", place }); else offerDraft();
    for (const message of unsent) post({ ...message, again: true });
  }

  function receive(message, buffers) {
    const entry = pending.get(message.id);
    if (message.kind === "late") {
      if (entry) entry.late = true;
      return drawHead();
    }
    if (entry) clearTimeout(entry.timer);
    pending.delete(message.id);
    remember();
    const { name = "", values = {}, draft } = entry ? entry.message : {};
    const form = entry && (entry.form && entry.form.isConnected ? entry.form : findForm(draft) || entry.form);
    const cell = cellOf({ name, values });
    const isCells = cells[cell] && cells[cell].id === message.id;
    if (message.kind === "problem") {
      const field = message.field || (message.aside && form && (form.__last || form.__part.fields[0].name));
      if (form && form.__next) form.__part = form.__next; // told of others' change; who saves again means it
      if (isCells) noteCell(cell, message.overtaken ? null : { ...cells[cell], problem: message.text });
      if (message.overtaken) showNewest(`${values.key}:${values.field}`);
      if (form && form.__typing && !form.isConnected && !message.aside) tellLost(form);
      else if (form && form.isConnected && field) showAt(form, field, message.text);
      else if (message.overtaken || !showAtCell(`${values.key}:${values.field}`, message.text)) problem(message.text);
      status = ["problem", ""];
    } else {
      if (isCells) noteCell(cell);
      if (draft !== undefined && (!form || form.__id === message.id)) {
        writeDraft(draft, null);
        if (form) { form.__dirty = form.__typing = false; form.__next = null; form.__id = ""; drawBody(); }
      } else if (form && form.__next) form.__part = form.__next; // what was typed since belongs to what was saved
      if (message.kind === "saved") status = ["saved", message.text];
      if (message.kind === "file") download(message.name, buffers[0]);
    }
    drawHead();
  }

  const findCell = (name) => Array.from(body.querySelectorAll(".sa-edit > [data-f]")).find((each) => each.dataset.f === name);

  /** Let a cell of a table show again what others have made of it. @param {string} name */
  function showNewest(name) {
    const cell = findCell(name);
    if (cell && cell.__was !== undefined) cell.value = cell.__was === null ? "" : String(cell.__was);
  }

  function download(name, bytes) {
    const link = make("a", { href: URL.createObjectURL(new Blob([bytes])), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  // ---- events

  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !root.contains(button) || button.disabled) return;
    const { undo, again, language, print: prints } = button.dataset;
    if (undo !== undefined) post({ kind: "undo", id: uuid() });
    else if (again !== undefined) model.send({ kind: "again" });
    else if (language) { sendLive(); model.send({ kind: "language", language }); }
    else if (prints !== undefined) window.print();
    else if (button.__part) {
      if (button.form && button.form.__part) writeDraft(button.form.__part.key, null); // cancelled: not wanted any more
      const { act: name, values, confirm } = button.__part;
      if (confirm) ask(confirm, () => act(name, values)); else act(name, values);
    }
  });
  root.addEventListener("submit", (event) => {
    if (!event.target.__part) return; // a widget's inside the page
    event.preventDefault();
    submit(event.target);
  });
  root.addEventListener("input", (event) => {
    const { form } = event.target;
    if (!form || !form.__part) return;
    const output = event.target.type === "range" && event.target.closest(".sa-field").querySelector("output");
    if (output) output.textContent = ` ${event.target.value}`;
    if (form.__part.live) {
      clearTimeout(liveTimer);
      liveForm = form;
      liveTimer = setTimeout(sendLive, 250);
    } else {
      const { key, watch, values } = form.__part;
      form.__dirty = form.__typing = true;
      form.__id = "";
      form.__last = event.target.name;
      writeDraft(key, { typed: readTyped(form), version: values.version, place: model.get("frame").place });
      clearTimeout(watchTimer);
      if (watch) watchTimer = setTimeout(() => act(watch, { ...values, ...readTyped(form) }), 400);
    }
  });

  // ---- print: the sheets alone where there are some, else the page without its controls

  const size = make("style");
  function beforePrint() {
    const papers = Array.from(body.querySelectorAll(".sa-paper"));
    for (const cell of body.querySelectorAll(".sa-edit")) { // a field cuts its words off; paper has them whole
      const field = cell.querySelector("select, input[type=text]");
      if (field) cell.dataset.words = field.selectedOptions ? field.selectedOptions[0].textContent : field.value;
    }
    for (const paper of papers) {
      for (let inner = paper; inner.parentElement; inner = inner.parentElement) inner.classList.add("sa-printed");
    }
    if (papers.length) document.documentElement.classList.add("sa-papers");
    size.textContent = papers.some(({ dataset }) => dataset.landscape === "true") ? "@page { size: A4 landscape; }" : "";
    document.head.append(size);
  }
  function afterPrint() {
    size.remove();
    document.documentElement.classList.remove("sa-papers");
    for (const cell of body.querySelectorAll("[data-words]")) delete cell.dataset.words;
    for (const element of document.querySelectorAll(".sa-printed")) element.classList.remove("sa-printed");
  }
  window.addEventListener("beforeprint", beforePrint);
  window.addEventListener("afterprint", afterPrint);
  const actFor = ({ detail }) => act(detail.name, Object.assign(detail.values, { uuid: uuid() })); // of a widget of the app's own
  window.addEventListener("sandyq-act", actFor);

  model.on("change:frame", drawFrame);
  model.on("change:body", drawBody);
  model.on("msg:custom", receive);
  drawFrame();
  drawBody();
  return () => {
    window.removeEventListener("beforeprint", beforePrint);
    window.removeEventListener("afterprint", afterPrint);
    window.removeEventListener("sandyq-act", actFor);
    model.off("change:frame", drawFrame);
    model.off("change:body", drawBody);
    model.off("msg:custom", receive);
  };
}

export default { render };
