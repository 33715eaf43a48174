import { make } from "./question.js";
import { makeLink, showPanel } from "./panel.js";

/** Look a lesson over, and publish it to a class. */
function render({ model, el }) {
  const labels = model.get("labels");
  const id = `sq-${Math.random().toString(36).slice(2)}`;
  const group = make("select", { id: `${id}-class` });
  const minutes = make("input", { type: "number", id: `${id}-minutes`, min: 1, max: 90, value: 20 });
  const due = make("input", { type: "date", id: `${id}-due` });
  const minutesName = make("span");
  const showLimit = () => {
    const limit = model.get("classes").find(({ id: value }) => value === Number(group.value))?.minutes;
    if (limit && Number(minutes.value) > limit) minutes.value = limit;
    minutesName.textContent = limit ? labels.most.replace("{n}", limit) : labels.minutes;
  };
  const showClasses = () => {
    group.replaceChildren(...model.get("classes").map(({ id: value, name }) => make("option", { value }, name)));
    showLimit();
  };
  showClasses();
  group.addEventListener("change", showLimit);
  model.on("change:classes", showClasses);
  const leave = showPanel({ model, el }, {
    fields: [
      make("label", { for: group.id }, labels.group, group), make("label", { for: minutes.id }, minutesName, minutes),
      make("label", { for: due.id }, labels.due, due),
    ],
    buttons: { check: labels.look, publish: labels.publish },
    wish: () => ({
      class: Number(group.value) || null, minutes: Math.min(90, Math.max(1, Math.round(Number(minutes.value)) || 20)), due: due.value,
    }),
    tell: (news) => (news.address
      ? [make("strong", {}, labels.published.replace("{class}", news.class)), makeLink(news.address, labels.open)]
      : [make("strong", {}, labels.good)]),
  });
  return () => {
    leave();
    model.off("change:classes", showClasses);
  };
}

export default { render };
