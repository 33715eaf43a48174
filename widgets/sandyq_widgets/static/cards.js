// Cards and the places where they are put: taken and put by click, touch, keyboard or dragging.
import { bare, make, makeState, markPart } from "./question.js";

/** @param {{ boxes: string[], cards: string[], room: number, senders?: string[] }} face
 * @param {Record<string, string>} labels
 * @param {(html: string, index: number) => HTMLElement} drawCard what stands on a card
 * @returns {import("./question.js").Control} */
export function drawCards(face, labels, drawCard) {
  const put = new Map(); // card → box
  let taken = -1;
  const live = make("p", { className: "sq-unseen", role: "status" });
  const cards = face.cards.map((html, index) => {
    const card = make("button", { type: "button", className: "sq-card", "aria-pressed": "false" }, drawCard(html, index));
    card.onclick = () => take(taken === index ? -1 : index);
    card.onkeydown = (event) => {
      const box = Number.parseInt(event.key, 10) - 1;
      if (box >= 0 && box < boxes.length) place(index, box);
      else if (event.key === "Escape") take(-1);
      else if (event.key === "Backspace" || event.key === "Delete") place(index, -1);
      else return;
      event.preventDefault();
    };
    card.dataset.card = index;
    drag(card, index);
    return card;
  });
  const nameOf = (card) => cards[card].querySelector(".sq-sender, :scope > *")?.textContent || "";
  const makeBox = (html, index) => {
    const title = make("p", { className: "sq-box-name", innerHTML: html });
    const holder = make("div", { className: "sq-holder" });
    const here = make("button", { type: "button", className: "sq-here", hidden: true });
    here.onclick = () => place(taken, index);
    here.onkeydown = (event) => { if (event.key === "Escape") cards[taken].focus(), take(-1); };
    const box = make("div", { className: "sq-box", role: "group", "aria-label": title.textContent }, title, holder, here);
    box.dataset.box = index;
    box.onclick = (event) => { // anywhere in the box will do
      if (taken >= 0 && !event.target.closest("button")) place(taken, index);
    };
    return { box, holder, here, name: title.textContent };
  };
  const pool = makeBox(labels.cards, -1);
  const boxes = face.boxes.map(makeBox);
  const state = makeState(() => {
    put.clear();
    for (const line of bare(state.value).split("\n")) {
      const [card, box] = line.split("→").map((part) => Number.parseInt(part, 10) - 1);
      if (cards[card] && boxes[box]) put.set(card, box);
    }
    cards.forEach((card, index) => {
      const { holder } = put.has(index) ? boxes[put.get(index)] : pool;
      if (card.parentElement !== holder) holder.append(card);
    });
    pool.box.classList.toggle("sq-empty", put.size === cards.length);
  });
  const write = () =>
    state.set([...put].sort(([a], [b]) => a - b).map(([card, box]) => `${card + 1}→${box + 1})`).join("\n"), true);

  /** Take a card up; -1: none. */
  function take(card) {
    taken = card;
    cards.forEach((each, index) => each.setAttribute("aria-pressed", String(index === card)));
    for (const { box, here, name } of [pool, ...boxes]) {
      here.hidden = card < 0 || (Number(box.dataset.box) === (put.get(card) ?? -1));
      here.textContent = card < 0 ? "" : labels.put.replace("{card}", name);
    }
    element.classList.toggle("sq-taking", card >= 0);
    live.textContent = card < 0 ? "" : labels.taken.replace("{card}", nameOf(card));
    if (card >= 0) boxes.find(({ here }) => !here.hidden)?.here.focus({ preventScroll: true });
  }
  function place(card, box) {
    if (card < 0) return;
    if (face.room && box >= 0) for (const [other, at] of put) if (at === box) put.delete(other);
    if (box < 0) put.delete(card);
    else put.set(card, box);
    take(-1);
    write();
    const words = box < 0 ? labels.back : labels.placed;
    live.textContent = words.replace("{card}", nameOf(card)).replace("{box}", box < 0 ? "" : boxes[box].name);
    const next = cards.find((_, index) => !put.has(index)) || cards[card];
    next.focus({ preventScroll: true });
  }
  /** Mice and pens drag; fingers tap, so that the page can still be scrolled. */
  function drag(card, index) {
    card.addEventListener("pointerdown", (start) => {
      if (start.button || start.pointerType === "touch" || card.matches(":disabled")) return;
      let isMoving = false;
      card.setPointerCapture(start.pointerId); // a quick hand is off the card with its first move
      const move = (event) => {
        const [x, y] = [event.clientX - start.clientX, event.clientY - start.clientY];
        if (!isMoving && Math.hypot(x, y) < 6) return;
        isMoving = true;
        card.classList.add("sq-dragged");
        card.style.transform = `translate(${x}px, ${y}px)`;
      };
      const stop = (event) => {
        card.removeEventListener("pointermove", move);
        card.classList.remove("sq-dragged");
        card.style.transform = "";
        if (!isMoving) return;
        const swallow = (/** @type {Event} */ click) => click.stopImmediatePropagation();
        card.addEventListener("click", swallow, { capture: true }); // comes at once, or not where the card moved
        setTimeout(() => card.removeEventListener("click", swallow, { capture: true }));
        const under = document.elementsFromPoint(event.clientX, event.clientY).find((each) => each.closest(".sq-box"));
        const box = under?.closest(".sq-box");
        if (event.type === "pointerup" && box && element.contains(box)) place(index, Number(box.dataset.box));
      };
      card.addEventListener("pointermove", move);
      card.addEventListener("pointerup", stop, { once: true });
      card.addEventListener("pointercancel", stop, { once: true });
    });
  }
  const element = make(
    "div", { className: "sq-cards" },
    make("p", { className: "sq-hint" }, labels.howCards),
    pool.box,
    make("div", { className: "sq-boxes" }, ...boxes.map(({ box }) => box)),
    state.field, live,
  );
  state.set("");
  return {
    element,
    read: () => state.value,
    shows: (response) => state.value === bare(response),
    show: (response) => { if (response) state.set(bare(response)); },
    mark: (marks) => cards.forEach((card, index) => markPart(card, put.has(index) ? marks[index] : undefined, labels)),
  };
}
