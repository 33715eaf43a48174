// Marking by keyboard: N and P go to the next and previous unmarked card; a rubric's ticks add up to the points.
const typing = (element) => element.matches("input:not([type=checkbox]):not([name=points]), textarea, select");

function go(step, here = document.activeElement.closest("article.mark")) {
  const cards = [...document.querySelectorAll("article.mark.unmarked")];
  if (!cards.length) return;
  const after = cards.filter((card) => !here || (step > 0 ? here.compareDocumentPosition(card) & 4 : here.compareDocumentPosition(card) & 2));
  const target = (step > 0 ? after[0] : after[after.length - 1]) || cards[step > 0 ? 0 : cards.length - 1];
  target.scrollIntoView({ block: "center" });
  target.querySelector("input[name=points]").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
  const step = { n: 1, т: 1, p: -1, з: -1 }[event.key.toLowerCase()];
  if (step) { event.preventDefault(); go(step); }
});

document.addEventListener("change", (event) => {
  if (!event.target.dataset.points) return;
  const form = event.target.closest("form");
  const ticked = [...form.querySelectorAll("[data-points]")].filter((box) => box.checked);
  const sum = ticked.reduce((points, box) => points + Number(box.dataset.points), 0);
  form.querySelector("[name=points]").value = Number(sum.toFixed(6)); // 0.1 + 0.2 is more than 0.3
});

document.addEventListener("htmx:afterSwap", (event) => {
  const card = document.getElementById(event.detail.target.id);
  if (card && !card.querySelector(".notice.bad")) go(1, card); // the field that had the focus is gone
  else if (card) card.querySelector("[name=points]").focus();
});

for (const trouble of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(trouble, (event) => {
    const told = document.createElement("span");
    told.className = "notice bad";
    told.textContent = document.querySelector("[data-not-kept]").dataset.notKept;
    event.detail.target.querySelector("[role=status]").replaceChildren(told);
  });
}
