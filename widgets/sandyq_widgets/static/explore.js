import { keepKeys, make } from "./question.js";

const COLOURS = ["#0b6e6e", "#b0731a", "#2a62a8", "#a03b6b", "#4b7f35"];
const [WIDTH, HEIGHT, LEFT, BOTTOM] = [640, 340, 70, 90];

const KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя";
/** Browsers know no Kazakh order: each letter becomes a sign that stands in it. @param {string} text */
const inOrder = (text) => text.toLowerCase().replace(/[а-яёәғқңөұүһі]/g, (letter) => String.fromCharCode(0xe000 + KAZAKH.indexOf(letter)));

/** A table to sort and filter, and a picture of it. */
function render({ model, el }) {
  const labels = model.get("labels");
  const { columns, rows, numeric, x, y } = model.get("data");
  const id = `sq-${Math.random().toString(36).slice(2)}`;
  const locale = labels.language === "en" ? "en" : "ru"; // numbers are written alike, and browsers do not know Kazakh
  const format = (value) => (typeof value === "number" ? value.toLocaleString(locale, { maximumFractionDigits: 2 }) : value);
  const sortable = labels.language === "kk" ? inOrder : (text) => text;
  const numbers = columns.filter((_, index) => numeric[index]);
  let sorted = { column: -1, down: false };
  const choose = (label, options, value) => {
    const select = make("select", { id: `${id}-${label}` }, ...options.map(([key, text]) => make("option", { value: key }, text)));
    select.value = value;
    select.onchange = () => draw();
    return { select, row: make("label", { for: select.id }, labels[label], select) };
  };
  const kind = choose("chart", [["bars", labels.bars], ["line", labels.line], ["dots", labels.dots]], model.get("data").kind);
  const across = choose("across", columns.map((name) => [name, name]), x);
  const upward = choose("upward", numbers.map((name) => [name, name]), y);
  const texts = columns.flatMap((name, index) => (numeric[index] ? [] : [...new Set(rows.map((row) => row[index]))].map((value) => [`${index}:${value}`, `${name}: ${value}`])));
  const only = choose("only", [["", labels.all], ...texts], "");
  const count = make("p", { className: "sq-hint", role: "status" });
  const figure = make("figure", {});
  const body = make("tbody", {});
  const heads = columns.map((name, index) => {
    const button = make("button", { type: "button", className: "sq-head", "aria-label": labels.sortBy.replace("{column}", name) }, name);
    button.onclick = () => {
      sorted = { column: index, down: sorted.column === index && !sorted.down };
      draw();
    };
    return make("th", { scope: "col", className: numeric[index] ? "sq-numeric" : "" }, button);
  });

  function draw() {
    const [column, value] = only.select.value ? [Number.parseInt(only.select.value, 10), only.select.value.slice(only.select.value.indexOf(":") + 1)] : [-1, ""];
    const shown = rows.filter((row) => column < 0 || row[column] === value);
    if (sorted.column >= 0) {
      const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : sortable(String(a)).localeCompare(sortable(String(b)), labels.language));
      shown.sort((a, b) => compare(a[sorted.column], b[sorted.column]) * (sorted.down ? -1 : 1));
    }
    heads.forEach((head, index) => head.setAttribute("aria-sort", index !== sorted.column ? "none" : sorted.down ? "descending" : "ascending"));
    body.replaceChildren(...shown.map((row) => make("tr", {}, ...row.map((cell, index) =>
      make(index ? "td" : "th", index ? { className: numeric[index] ? "sq-numeric" : "" } : { scope: "row" }, format(cell))))));
    count.textContent = labels.rows.replace("{n}", shown.length);
    figure.innerHTML = drawChart(shown);
  }

  /** The chart is a picture for the eye; the table beside it says the same in words. */
  function drawChart(shown) {
    const [xs, ys] = [columns.indexOf(across.select.value), columns.indexOf(upward.select.value)];
    const points = shown.filter((row) => typeof row[ys] === "number");
    if (!points.length) return "";
    const escape = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
    const values = points.map((row) => row[ys]);
    const isBars = kind.select.value === "bars";
    let [low, high] = [Math.min(...values), Math.max(...values)];
    if (isBars || low > 0 && low < high / 2) low = Math.min(0, low);
    if (isBars) high = Math.max(0, high);
    const step = 10 ** Math.floor(Math.log10((high - low || 1) / 4));
    const grid = [5, 2, 1].map((n) => n * step).find((each) => (high - low) / each >= 3) || step;
    [low, high] = [Math.floor(low / grid) * grid, Math.ceil(high / grid) * grid || grid];
    const top = (value) => 10 + (HEIGHT - BOTTOM - 10) * (1 - (value - low) / (high - low || 1));
    const isScale = numeric[xs] && kind.select.value === "dots";
    const [from, to] = isScale ? [Math.min(...points.map((row) => row[xs])), Math.max(...points.map((row) => row[xs]))] : [0, points.length];
    const slot = (WIDTH - LEFT - 10) / (isScale ? to - from || 1 : points.length);
    const left = (row, index) => LEFT + (isScale ? (row[xs] - from) * slot : (index + 0.5) * slot);
    const lines = [];
    for (let value = low; value <= high + grid / 2; value += grid) {
      lines.push(`<line x1="${LEFT}" x2="${WIDTH - 10}" y1="${top(value)}" y2="${top(value)}" stroke="#d5dcda"/><text x="${LEFT - 6}" y="${top(value) + 4}" text-anchor="end">${escape(format(Number(value.toPrecision(10))))}</text>`);
    }
    const every = Math.ceil(points.length / 16);
    const names = points.map((row, index) => (index % every ? "" : `<text transform="translate(${left(row, index) + 4},${HEIGHT - BOTTOM + 16}) rotate(-35)" text-anchor="end">${escape(format(row[xs]))}</text>`));
    const marks = points.map((row, index) => {
      const title = `<title>${escape(`${format(row[xs])}: ${format(row[ys])}`)}</title>`;
      const [x0, y0] = [left(row, index), top(row[ys])];
      if (!isBars) return `<circle cx="${x0}" cy="${y0}" r="5" fill="${COLOURS[0]}">${title}</circle>`;
      const zero = top(Math.max(low, 0));
      return `<rect x="${x0 - slot * 0.35}" width="${slot * 0.7}" y="${Math.min(y0, zero)}" height="${Math.max(1, Math.abs(zero - y0))}" fill="${COLOURS[0]}">${title}</rect>`;
    });
    const path = kind.select.value === "line" ? `<polyline fill="none" stroke="${COLOURS[0]}" stroke-width="2.5" points="${points.map((row, index) => `${left(row, index)},${top(row[ys])}`).join(" ")}"/>` : "";
    const name = escape(`${upward.select.value} / ${across.select.value}`);
    return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${name}" font-size="13" fill="currentColor">${lines.join("")}${path}${marks.join("")}${names.join("")}</svg>`;
  }
  el.classList.add("sandyq-question", "sandyq-tool");
  el.lang = labels.language;
  keepKeys(el);
  el.replaceChildren(
    make("p", { className: "sq-hint" }, labels.tool),
    make("div", { className: "sq-choosers" }, kind.row, across.row, upward.row, ...(texts.length ? [only.row] : [])), figure, count,
    make("div", { className: "sq-scroll", tabIndex: 0, role: "region", "aria-label": labels.table },
      make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body)),
  );
  draw();
}

export default { render };
