// The frame of every question: text, form, feedback, save status. Joined into each widget by assets.py.

/** @typedef {{ get(name: string): any, send(content: object): void,
 *   on(event: string, listener: () => void): void, off(event: string, listener: () => void): void }} Model */
/** @typedef {{ element: HTMLElement, read(): string, show(response: string): void,
 *   shows(response: string): boolean }} Control  `shows`: is this what stands there now? */

/** Make an element with properties and children.
 * @param {string} tag @param {Record<string, any>} properties @param {...(Node|string)} children */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Draw a question; `control` makes the part in which one answers.
 * @param {Model} model @param {HTMLElement} host
 * @param {(id: string, labels: Record<string, string>, send: () => void) => Control} control */
export function drawQuestion(model, host, control) {
  const drawn = { stop: () => {} };
  const redraw = () => {
    drawn.stop();
    drawn.stop = drawFrame(model, host, control);
  };
  redraw();
  model.on("change:labels", redraw);
  return () => {
    drawn.stop();
    model.off("change:labels", redraw);
  };
}

function drawFrame(model, host, control) {
  const labels = model.get("labels");
  const id = `sq-${Math.random().toString(36).slice(2)}`;
  let waiting = 0;
  let asked = ""; // the answer that outcome and saving are about
  let isSent = false; // the kernel has not judged it yet

  const isAsked = () => part.read() === asked;
  /** Is what the kernel says about the answer that stands here, and not about an earlier one? */
  const isAbout = () => isAsked() && part.shows(model.get("response"));
  const send = () => {
    asked = part.read();
    isSent = true;
    feedback.replaceChildren(labels.checking);
    feedback.dataset.verdict = "checking";
    forgetSaving();
    clearTimeout(waiting);
    waiting = setTimeout(() => tellSilence(), 8000);
    model.send({ type: "check", response: asked });
  };
  const tellSilence = () => {
    feedback.dataset.verdict = "problem";
    feedback.replaceChildren(labels.silent);
  };
  const forgetSaving = () => {
    if (saving.dataset.state === "preview") return;
    saving.textContent = "";
    delete saving.dataset.state;
  };
  /** Another answer is shown now: nothing but a hint for the next try still holds. */
  const forgetOutcome = () => {
    if (isAsked()) return;
    clearTimeout(waiting);
    forgetSaving();
    if (feedback.dataset.verdict === "wrong") return;
    feedback.replaceChildren();
    feedback.dataset.verdict = "";
  };
  const part = control(id, labels, send);
  const feedback = make("div", { className: "sq-feedback", role: "status" });
  const saving = make("p", { className: "sq-saving", role: "status" });
  const tries = make("span", { className: "sq-tries" });
  const points = model.get("points");
  const badge = points ? `${labels.question} · ${labels.points.replace("{n}", points)}` : labels.question;
  const form = make(
    "form", { noValidate: true, autocomplete: "off" },
    make(
      "fieldset", { "aria-labelledby": `${id}-badge ${id}-text` },
      make("legend", { id: `${id}-badge` }, badge),
      make("div", { className: "sq-text", id: `${id}-text`, innerHTML: model.get("text") }),
      part.element,
      make("div", { className: "sq-actions" }, make("button", { type: "submit" }, labels.check), tries),
    ),
    feedback,
    saving,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.addEventListener("input", forgetOutcome);
  // Notebook editors bind single letters; typing an answer must not run them.
  form.addEventListener("keydown", (event) => event.stopPropagation());

  const showOutcome = () => {
    const outcome = model.get("outcome");
    tries.textContent = outcome.tries ? labels.tries.replace("{n}", outcome.tries) : "";
    if (!(outcome.problem ? isAsked() : isAbout())) return;
    isSent = false;
    clearTimeout(waiting);
    feedback.dataset.verdict = outcome.problem ? "problem" : outcome.verdict || "";
    const heading = outcome.problem || labels[outcome.verdict] || "";
    feedback.replaceChildren(
      ...(heading ? [make("strong", {}, heading)] : []),
      make("div", { innerHTML: outcome.feedback || "" }),
    );
  };
  const showSaving = () => {
    const state = model.get("saving");
    if (!isAbout() && state !== "refused") return;
    saving.dataset.state = state;
    saving.textContent = labels[state] || "";
  };
  const showResponse = () => {
    const response = model.get("response");
    if (part.shows(response)) asked = part.read(); // typed, sent or not, before the page was opened anew
    if (isSent || !isAsked()) return; // somebody answers already: that is not overwritten
    part.show(response);
    asked = part.read();
  };

  const listeners = [["response", showResponse], ["outcome", showOutcome], ["saving", showSaving]];
  for (const [name, listener] of listeners) {
    listener();
    model.on(`change:${name}`, listener);
  }
  host.classList.add("sandyq-question");
  host.lang = labels.language;
  host.replaceChildren(form);
  return () => {
    clearTimeout(waiting);
    for (const [name, listener] of listeners) model.off(`change:${name}`, listener);
  };
}
