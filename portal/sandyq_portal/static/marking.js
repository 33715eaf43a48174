// Marking by keyboard: N and P go to the next and previous unmarked card; a rubric's ticks add up to the points.
// What is typed when the session has ended waits in this tab until its teacher has signed in again.
const typing = (element) => element.matches("input:not([type=checkbox]):not([name=points]), textarea, select");

function go(step, here = document.activeElement.closest("article.mark")) {
  const cards = [...document.querySelectorAll("article.mark.unmarked")];
  if (!cards.length) return false;
  const after = cards.filter((card) => !here || (step > 0 ? here.compareDocumentPosition(card) & 4 : here.compareDocumentPosition(card) & 2));
  const target = (step > 0 ? after[0] : after[after.length - 1]) || cards[step > 0 ? 0 : cards.length - 1];
  target.scrollIntoView({ block: "center" });
  target.querySelector("input[name=points]").focus();
  return true;
}

/** Nothing is left here: on to the next question, or pupil, with something unmarked. */
function turnPage() {
  const here = document.querySelector(".marking nav [aria-current]");
  const links = here ? [...here.closest("ul").querySelectorAll("a")] : [];
  const open = links.filter((link) => link !== here && link.parentElement.querySelector(".chip"));
  const next = open.find((link) => links.indexOf(link) > links.indexOf(here)) || open[0];
  if (next) location.assign(next.href);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
  const step = { n: 1, т: 1, p: -1, з: -1 }[event.key.toLowerCase()];
  if (step) { event.preventDefault(); if (!go(step)) turnPage(); }
});

document.addEventListener("change", (event) => {
  if (!event.target.dataset.points) return;
  const form = event.target.closest("form");
  const ticked = [...form.querySelectorAll("[data-points]")].filter((box) => box.checked);
  const sum = ticked.reduce((points, box) => points + Number(box.dataset.points), 0);
  form.querySelector("[name=points]").value = Number(sum.toFixed(6)); // 0.1 + 0.2 is more than 0.3
});

// Until it settles, a card that came bears the classes of the one before.
const wasUnmarked = {};
document.addEventListener("htmx:beforeSwap", ({ detail }) => { wasUnmarked[detail.target.id] = detail.target.matches(".unmarked"); });
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const card = document.getElementById(detail.target.id);
  if (card) count(card, card.matches(".unmarked") - wasUnmarked[card.id]);
});

/** The list beside the cards tells how many are unmarked of this card's question and of its pupil. */
function count(card, step) {
  if (!step) return;
  const { pupil, cell } = card.querySelector("form").elements;
  for (const link of document.querySelectorAll(".marking nav a")) {
    const asked = new URL(link.href).searchParams;
    if (asked.get("pupil") !== pupil.value && asked.get("cell") !== cell.value) continue;
    const chip = link.parentElement.querySelector(".chip");
    const left = Number(chip?.textContent || 0) + step;
    if (left <= 0) chip?.remove();
    else if (chip) chip.textContent = left;
  }
}

document.addEventListener("htmx:afterSwap", (event) => {
  const card = document.getElementById(event.detail.target.id);
  const isKept = card && !card.querySelector("[role=status] .bad");
  if (isKept) offerAgain(card.querySelector("[name=comment]").value);
  if (card && !(isKept && go(1, card))) card.querySelector("[name=points]").focus(); // the field that had the focus is gone
});

/** A comment that was kept is offered beside the next answers, as it is when the page is opened again. */
function offerAgain(comment) {
  const bank = document.getElementById("comments");
  if (!comment || [...bank.options].some((each) => each.value === comment)) return;
  bank.prepend(Object.assign(document.createElement("option"), { value: comment }));
}

const page = document.querySelector("[data-not-kept]");

function tell(card, words) {
  const told = document.createElement("span");
  told.className = "notice bad";
  told.textContent = words;
  card.querySelector("[role=status]").replaceChildren(told);
}

for (const trouble of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(trouble, (event) => tell(event.detail.target, page.dataset.notKept));
}

const TYPED = "sandyq-typed";
const isChanged = (field) => (field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue);
const fieldsOf = (form) => [...form.querySelectorAll("input:not([name=token]):not([name=pupil]):not([name=cell])")];

const unkept = () => [...document.querySelectorAll("article.mark form")].filter((form) => fieldsOf(form).some(isChanged));
let isSafe = false; // what was typed waits in this tab
window.addEventListener("beforeunload", (event) => { if (!isSafe && unkept().length) event.preventDefault(); });

document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Refresh")) return; // else the page is about to be loaded again, by way of the sign-in
  const cards = {};
  for (const form of unkept()) {
    cards[form.closest("article").id] = fieldsOf(form).map((field) => (field.type === "checkbox" ? field.checked : field.value));
  }
  const kept = { who: page.dataset.who, where: location.pathname, cards };
  try { sessionStorage.setItem(TYPED, JSON.stringify(kept)); isSafe = true; } catch { /* no room: nothing can be done */ }
});

function bringBack() {
  const kept = JSON.parse(sessionStorage.getItem(TYPED) || "null");
  sessionStorage.removeItem(TYPED);
  if (!kept || kept.who !== page.dataset.who || kept.where !== location.pathname) return;
  let first;
  for (const [id, values] of Object.entries(kept.cards)) {
    const card = document.getElementById(id);
    const fields = card ? fieldsOf(card.querySelector("form")) : [];
    if (!card || fields.length !== values.length) continue;
    fields.forEach((field, number) => { field[field.type === "checkbox" ? "checked" : "value"] = values[number]; });
    tell(card, page.dataset.signedOut);
    first = first || card;
  }
  if (first) { first.scrollIntoView({ block: "center" }); first.querySelector("[name=points]").focus(); }
}
bringBack();
