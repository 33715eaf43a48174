// What to look at: which club, which day, marking or the month's sheet.

function render({ model, el }) {
  el.classList.add("sandyq-attendance");
  const root = document.createElement("div");
  root.className = "choice";
  el.append(root);
  function widen() { // a register needs more width than a lesson's text
    const page = el.closest("#rendered_cells");
    if (page) page.classList.add("sandyq-wide");
    else requestAnimationFrame(widen);
  }
  widen();

  /** @param {string} text @param {HTMLElement} field */
  function makeLabel(text, field) {
    const label = document.createElement("label");
    label.append(text, field);
    return label;
  }

  /** @param {string} text @param {() => void} onclick */
  function makeButton(text, onclick) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: text });
    button.addEventListener("click", onclick);
    return button;
  }

  const open = (club, date) => model.send({ kind: "open", club, date });

  function makeClubs({ clubs, club, date }) {
    const select = document.createElement("select");
    clubs.forEach(({ id, name }) => select.add(new Option(name, id, id === club, id === club)));
    select.addEventListener("change", () => open(Number(select.value), date));
    return select;
  }

  function makeDate({ club, date, today }) {
    const input = document.createElement("input");
    Object.assign(input, { type: "date", value: date, max: today, required: true });
    input.addEventListener("change", () => input.checkValidity() && open(club, input.value));
    return input;
  }

  function makeViews(labels, view) {
    const views = document.createElement("div");
    views.className = "views";
    for (const name of ["marking", "month"]) {
      const button = makeButton(labels[`${name}_view`], () => model.send({ kind: "view", view: name }));
      button.setAttribute("aria-pressed", String(name === view));
      views.append(button);
    }
    return views;
  }

  function draw() {
    const labels = model.get("labels");
    const screen = model.get("screen");
    const places = Array.from(root.querySelectorAll("select, input, .views button"));
    const focused = places.indexOf(document.activeElement);
    const title = document.createElement("h1");
    title.textContent = labels.title || "";
    root.replaceChildren(title);
    if (!screen.clubs) return;
    root.append(makeLabel(labels.club, makeClubs(screen)), makeLabel(labels.date, makeDate(screen)));
    if (screen.date !== screen.today) root.append(makeButton(labels.today, () => open(screen.club, screen.today)));
    root.append(makeViews(labels, screen.view));
    const again = root.querySelectorAll("select, input, .views button");
    if (focused >= 0 && again[focused]) again[focused].focus();
  }

  model.on("change:labels change:screen", draw);
  draw();
  return () => model.off("change:labels change:screen", draw);
}

export default { render };
