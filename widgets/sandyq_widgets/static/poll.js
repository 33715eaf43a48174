import { bare, drawQuestion, make } from "./question.js";

/** Radio buttons; after one's own answer, how the class has answered. */
function render({ model, el }) {
  let stop = () => {};
  const end = drawQuestion(model, el, (id, labels) => {
    const options = model.get("face").options;
    const radios = options.map((_, index) =>
      make("input", { type: "radio", name: id, value: String(index + 1), id: `${id}-${index}` }));
    const read = () => radios.filter((radio) => radio.checked).map((radio) => `${radio.value})`).join();
    const after = make("div", { className: "sq-spread", "aria-live": "polite" });
    const showSpread = () => {
      const spread = model.get("spread");
      if (!model.get("response")) return after.replaceChildren();
      if (!spread.length) return after.replaceChildren(make("p", { className: "sq-hint" }, labels.few));
      const all = spread.reduce((sum, each) => sum + each, 0);
      const most = Math.max(...spread);
      after.replaceChildren(
        make("p", { className: "sq-box-name" }, labels.spread),
        make("table", {}, make("tbody", {}, ...options.map((html, index) => {
          const bar = make("div", { className: "sq-bar" });
          bar.style.width = `${Math.round((100 * spread[index]) / most)}%`;
          return make("tr", {}, make("th", { scope: "row", innerHTML: html }), make("td", {}, bar),
            make("td", {}, `${spread[index]} (${Math.round((100 * spread[index]) / all)} %)`));
        }))),
      );
    };
    stop();
    for (const name of ["spread", "response"]) model.on(`change:${name}`, showSpread);
    stop = () => { for (const name of ["spread", "response"]) model.off(`change:${name}`, showSpread); };
    showSpread();
    return {
      element: make(
        "div", { className: "sq-options" }, make("p", { className: "sq-hint" }, labels.noRight),
        ...radios.map((radio, index) =>
          make("label", { className: "sq-option", for: radio.id }, radio, make("span", { innerHTML: options[index] }))),
      ),
      after,
      read,
      shows: (response) => read() === bare(response),
      show: (response) => {
        const chosen = radios[Number.parseInt(response, 10) - 1];
        if (chosen) chosen.checked = true;
      },
    };
  });
  return () => {
    stop();
    end();
  };
}

export default { render };
