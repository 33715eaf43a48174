import { bare, drawQuestion, make, makeState, markPart } from "./question.js";

/** Steps to move up and down, by buttons or by dragging. */
function render({ model, el }) {
  return drawQuestion(model, el, (id, labels) => {
    const items = model.get("face").items;
    let order = items.map((_, index) => index);
    let isTouched = false;
    const list = make("ol", { className: "sq-order" });
    const live = make("p", { className: "sq-unseen", role: "status" });
    const rows = items.map((html, index) => makeRow(html, index));
    const state = makeState(() => {
      const read = bare(state.value).split("\n").map((part) => Number.parseInt(part, 10) - 1);
      if (read.length === items.length) order = read;
      list.replaceChildren(...order.map((item) => rows[item].row));
      order.forEach((item, place) => {
        rows[item].up.disabled = place === 0;
        rows[item].down.disabled = place === order.length - 1;
      });
    });
    const write = (isOwn) => state.set(order.map((item) => `${item + 1})`).join("\n"), isOwn);
    const move = (item, to, button) => {
      const from = order.indexOf(item);
      if (to < 0 || to >= order.length || to === from) return;
      order.splice(to, 0, ...order.splice(from, 1));
      isTouched = true;
      write(true);
      const name = rows[item].text;
      live.textContent = labels.moved.replace("{item}", name).replace("{n}", to + 1).replace("{all}", order.length);
      if (button) (button.disabled ? rows[item][button === rows[item].up ? "down" : "up"] : button).focus();
    };
    function makeRow(html, item) {
      const words = make("span", { className: "sq-step", innerHTML: html });
      const text = words.textContent;
      const button = (sign, label, by) => {
        const made = make("button", { type: "button", className: "sq-key", "aria-label": label.replace("{item}", text) }, sign);
        made.onclick = () => move(item, order.indexOf(item) + by, made);
        return made;
      };
      const up = button("▲", labels.up, -1);
      const down = button("▼", labels.down, 1);
      const row = make("li", {}, words, make("span", { className: "sq-moves" }, up, down));
      drag(row, words, item);
      return { row, up, down, text };
    }
    /** The row follows the pointer: it takes the place of the row that it is over. */
    function drag(row, handle, item) {
      handle.addEventListener("pointerdown", (event) => {
        if (event.button || handle.closest("fieldset").disabled) return;
        event.preventDefault();
        row.classList.add("sq-dragged");
        const over = ({ clientY }) => {
          const to = order.findIndex((other) => {
            const { top, bottom } = rows[other].row.getBoundingClientRect();
            return clientY >= top && clientY < bottom;
          });
          if (to >= 0) move(item, to);
        };
        const stop = () => {
          row.classList.remove("sq-dragged");
          document.removeEventListener("pointermove", over);
          for (const end of ["pointerup", "pointercancel"]) document.removeEventListener(end, stop);
        };
        document.addEventListener("pointermove", over); // the row itself is taken out and put back on its way
        for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, stop);
      });
    }
    write(false);
    return {
      element: make("div", {}, make("p", { className: "sq-hint" }, labels.howOrder), list, state.field, live),
      read: () => state.value,
      // As they stand at first is an answer, too; one that was kept takes its place until somebody moves a step.
      shows: (response) => state.value === bare(response) || (!response && !isTouched),
      show: (response) => { if (response) state.set(bare(response)); },
      mark: (marks) => order.forEach((item, place) => markPart(rows[item].row, marks[place], labels)),
    };
  });
}

export default { render };
