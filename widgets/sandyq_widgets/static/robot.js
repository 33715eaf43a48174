import { drawQuestion, make, makeState } from "./question.js";

const MOVES = { "^": [-1, 0], ">": [0, 1], v: [1, 0], "<": [0, -1] };
const ROUND = "^>v<";
const draw = (inside) => `<svg viewBox="0 0 32 32" width="30" height="30" focusable="false">${inside}</svg>`;
const PICTURES = {
  ".": "",
  "#": draw('<path d="M4 25c0-8 5-14 11-14s13 5 13 14z" fill="#8d877a"/><path d="M9 21c1-4 3-6 6-6" stroke="#fff" stroke-width="2" fill="none"/>'),
  "*": draw('<path d="M11 22v5m9-5v5" stroke="#1f2a2e" stroke-width="3"/><path d="M8 21a5 5 0 0 1 0-9 6 6 0 0 1 9-3 6 6 0 0 1 8 5 5 5 0 0 1-2 8z" fill="#fff" stroke="#1f2a2e" stroke-width="1.5"/><circle cx="7" cy="13" r="4" fill="#4a3f35"/>'),
  G: draw('<path d="M3 15 16 4l13 11" fill="none" stroke="#8a4b00" stroke-width="3"/><path d="M6 15h20v13H6z" fill="#c98a3c"/><path d="M12 19h8v9h-8z" fill="#5a3a12"/>'),
};
const ROBOT = draw('<path d="M16 4v4" stroke="#0b6e6e" stroke-width="2"/><rect x="6" y="8" width="20" height="17" rx="4" fill="#0b6e6e"/><circle cx="12" cy="15" r="2.5" fill="#fff"/><circle cx="20" cy="15" r="2.5" fill="#fff"/><path d="M11 21h10" stroke="#fff" stroke-width="2"/>');
const PAUSE = 350; // milliseconds between two steps of a run
const MOST = 400;
const DEEPEST = 4; // loops within loops, as many as are judged

/** The program as a flat list of signs: F L R, `3(` opens a loop, `)` ends it. */
const split = (text) => text.match(/\d\(|[FLR)]/g) || [];

/** How many loops are open at the end. @param {string[]} signs */
const countOpen = (signs) => signs.reduce((depth, sign) => depth + (sign.endsWith("(") ? 1 : sign === ")" ? -1 : 0), 0);

/** All single steps of a program, each with its place in the list of signs. @param {string[]} signs */
function unroll(signs, from = 0, to = signs.length) {
  const steps = [];
  for (let at = from; at < to && steps.length < MOST; at += 1) {
    if (!signs[at].endsWith("(")) {
      if (signs[at] !== ")") steps.push([signs[at], at]);
      continue;
    }
    let end = at + 1;
    for (let depth = 1; end < to; end += 1) {
      depth += signs[end].endsWith("(") ? 1 : signs[end] === ")" ? -1 : 0;
      if (!depth) break;
    }
    const body = unroll(signs, at + 1, end);
    for (let turn = 0; turn < Number.parseInt(signs[at], 10) && steps.length < MOST; turn += 1) steps.push(...body);
    at = end;
  }
  return steps;
}

/** A map, buttons that make a program, and a robot that follows it. */
function render({ model, el }) {
  let timer = 0;
  const end = drawQuestion(model, el, (id, labels) => {
    const { grid, limit, loops } = model.get("face");
    const home = grid.flatMap((line, row) => [...line].map((sign, column) => ({ sign, row, column })))
      .find(({ sign }) => sign in MOVES);
    let robot = { ...home };
    let at = 0; // next step of the run
    const sheep = new Set();
    const names = { ".": labels.grass, "#": labels.stone, "*": labels.sheep, G: labels.fold };
    const cells = grid.map((line) => [...line].map((sign) => {
      const kind = sign in MOVES ? "." : sign;
      return make("td", { className: `sq-cell sq-cell-${kind === "#" ? "stone" : "grass"}` },
        make("span", { "aria-hidden": "true", innerHTML: PICTURES[kind] }), make("span", { className: "sq-unseen" }, names[kind]));
    }));
    const figure = make("span", { className: "sq-robot", "aria-hidden": "true", innerHTML: ROBOT });
    const live = make("p", { className: "sq-hint", role: "status" });
    const list = make("ol", { className: "sq-program", "aria-label": labels.program });
    const count = make("span", { className: "sq-hint" });
    const state = makeState(() => {
      reset();
      const signs = split(state.value);
      let depth = 0;
      list.replaceChildren(...(signs.length ? signs.map((sign) => {
        if (sign === ")") depth -= 1;
        const item = make("li", {}, ...describe(sign));
        item.style.marginInlineStart = `${depth * 1.5}rem`;
        if (sign.endsWith("(")) depth += 1;
        return item;
      }) : [make("li", { className: "sq-hint" }, labels.empty)]));
      const words = limit ? labels.countOf.replace("{all}", limit) : labels.count;
      count.textContent = words.replace("{n}", signs.filter((sign) => sign !== ")").length);
      if (!loops) return;
      endLoop.disabled = depth < 1;
      beginLoop.disabled = depth >= DEEPEST;
    });
    const describe = (sign) => ({
      F: ["↑ ", labels.forward], L: ["↺ ", labels.leftTurn], R: ["↻ ", labels.rightTurn], ")": ["⤶ ", labels.end],
    })[sign] || [`⟲ ${labels.repeat} ${Number.parseInt(sign, 10)} ${labels.times}`];
    const write = (signs) => state.set(signs.join(" ").replace(/\( /g, "(").replace(/ \)/g, ")"), true);
    const add = (sign) => write([...split(state.value), sign]);
    const button = (words, action, className = "sq-command", sign = "") =>
      make("button", { type: "button", className, onclick: action, "data-sign": sign }, ...words);
    const times = make("select", { "aria-label": labels.times }, ...[2, 3, 4, 5, 6, 7, 8, 9].map((n) => make("option", {}, String(n))));
    const beginLoop = button([`⟲ ${labels.repeat}`], () => add(`${times.value}(`), "sq-command", "(");
    const endLoop = loops ? button(describe(")"), () => add(")"), "sq-command", ")") : null;
    const commands = make(
      "div", { className: "sq-commands" },
      ...["F", "L", "R"].map((sign) => button(describe(sign), () => add(sign), "sq-command", sign)),
      ...(loops ? [make("span", { className: "sq-loop" }, beginLoop, times, labels.times), endLoop] : []),
      button([`⌫ ${labels.undo}`], () => write(split(state.value).slice(0, -1)), "sq-quiet"),
      button([labels.clear], () => write([]), "sq-quiet"),
    );
    const signs = ["F", "L", "R", ...(loops ? ["2("] : [])].map((sign) => describe(sign).join(""));
    const paper = make("div", { className: "sq-paper" },
      make("p", {}, signs.join(" · ").replace(/ 2 /, " … ")), make("p", { className: "sq-lines" }));
    const controls = make(
      "div", { className: "sq-commands" },
      button([`▶ ${labels.run}`], () => { reset(); run(); }),
      button([`${labels.step}`], () => { clearTimeout(timer); step(); }),
    );

    function show(words) {
      cells[robot.row][robot.column].append(figure);
      figure.dataset.sign = robot.sign;
      grid.forEach((line, row) => [...line].forEach((sign, column) => {
        if (sign === "*") cells[row][column].classList.toggle("sq-met", sheep.has(`${row},${column}`));
      }));
      const facing = { "^": labels.north, ">": labels.east, v: labels.south, "<": labels.west }[robot.sign];
      live.textContent = words || labels.at.replace("{row}", robot.row + 1).replace("{column}", robot.column + 1).replace("{facing}", facing);
    }
    function reset() {
      clearTimeout(timer);
      robot = { ...home };
      at = 0;
      sheep.clear();
      figure.classList.remove("sq-bump");
      for (const item of list.children) item.classList.remove("sq-now");
      show();
    }
    /** @returns {boolean} is there more to do? */
    function step() {
      const steps = unroll(split(state.value));
      if (at >= steps.length) { // once more from the beginning
        reset();
        return false;
      }
      const [sign, place] = steps[at];
      at += 1;
      [...list.children].forEach((item, index) => item.classList.toggle("sq-now", index === place));
      if (sign !== "F") {
        robot.sign = ROUND[(ROUND.indexOf(robot.sign) + (sign === "R" ? 1 : 3)) % 4];
        show();
      } else {
        const [row, column] = [robot.row + MOVES[robot.sign][0], robot.column + MOVES[robot.sign][1]];
        const ground = grid[row]?.[column];
        if (!ground || ground === "#") {
          at = Number.POSITIVE_INFINITY;
          figure.classList.add("sq-bump");
          show(labels.bump);
          return false;
        }
        robot = { ...robot, row, column };
        sheep.add(`${row},${column}`);
        show(ground === "G" && at === steps.length ? labels.home : "");
      }
      return at < steps.length;
    }
    function run() {
      if (step()) timer = setTimeout(run, matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : PAUSE);
    }
    state.set("");
    return {
      element: make(
        "div", { className: "sq-robot-desk" },
        make("div", {}, make("table", { className: "sq-grid", "aria-label": labels.grid },
          make("tbody", {}, ...cells.map((row) => make("tr", {}, ...row)))), live, controls),
        make("div", { className: "sq-side" }, commands, count, list, paper), state.field,
      ),
      read: () => state.value,
      shows: (response) => { // as it is judged: a loop that is open ends with the program
        const signs = split(state.value);
        return [...signs, ...Array(countOpen(signs)).fill(")")].join() === split(response).join();
      },
      show: (response) => { if (response) state.set(response); },
    };
  });
  return () => {
    clearTimeout(timer);
    end();
  };
}

export default { render };
