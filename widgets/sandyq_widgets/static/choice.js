import { bare, drawQuestion, make } from "./question.js";

/** Radio buttons, one for each answer; the response is the number of the answer. */
function render({ model, el }) {
  return drawQuestion(model, el, (id) => {
    const radios = [];
    const rows = model.get("face").options.map((html, index) => {
      const radio = make("input", { type: "radio", name: id, value: String(index + 1), id: `${id}-${index}` });
      radios.push(radio);
      return make(
        "label", { className: "sq-option", for: radio.id }, radio, make("span", { innerHTML: html }),
      );
    });
    const read = () => radios.filter((radio) => radio.checked).map((radio) => `${radio.value})`).join();
    return {
      element: make("div", { className: "sq-options" }, ...rows),
      read,
      shows: (response) => read() === bare(response),
      show: (response) => {
        const chosen = radios[Number.parseInt(response, 10) - 1];
        if (chosen) chosen.checked = true;
      },
    };
  });
}

export default { render };
