import { make } from "./question.js";
import { makeLink, showPanel } from "./panel.js";

const ROLES = ["teacher", "leader", "administrator", "pupil"];

/** Look at one's app as others will, and put it into the gallery for some of them. */
function render({ model, el }) {
  const labels = model.get("labels");
  const boxes = ROLES.map((value) => make("input", { type: "checkbox", value, checked: value === "leader" }));
  return showPanel({ model, el }, {
    fields: [make("fieldset", {}, make("legend", {}, labels.roles),
      ...boxes.map((box) => make("label", {}, box, labels[box.value])), make("p", { className: "sq-hint" }, labels.rights))],
    buttons: { preview: labels.look, publish: labels.publish },
    wish: () => ({ roles: boxes.filter((box) => box.checked).map((box) => box.value) }),
    tell: (news) => [
      make("strong", {}, news.roles.length
        ? labels.published.replace("{roles}", news.roles.map((role) => labels[role]).join(", ")) : labels.good),
      makeLink(news.address, labels.open),
    ],
  });
}

export default { render };
