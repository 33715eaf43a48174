// The frame of every question: text, form, feedback, save status. Joined into each widget by assets.py.

/** @typedef {{ get(name: string): any, send(content: object): void,
 *   on(event: string, listener: () => void): void, off(event: string, listener: () => void): void }} Model */
/** @typedef {{ element: HTMLElement, read(): string, show(response: string): void, shows(response: string): boolean,
 *   mark?(marks: boolean[]): void, after?: HTMLElement }} Control
 * `shows`: is this what stands there now? `mark`: say of each part whether it is right; nothing when `marks` is empty. */

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

/** A name for one press of the button: however often it is sent, it is one answer. */
function makeId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is not there without TLS
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** What counts of a kept answer: of each line `2)` or `2→1)`, not the words behind it. @param {string} response */
export function bare(response) {
  return (response.match(/^ *[\d→]+\)/gm) || []).map((part) => part.trim()).join("\n");
}

/** A field that nobody sees: it holds the answer of what is no form field, so that the page's drafts know it.
 * @param {() => void} draw shows its value */
export function makeState(draw) {
  const field = make("input", { type: "hidden" });
  let drawn = "";
  const redraw = () => {
    drawn = field.value;
    draw();
  };
  field.addEventListener("input", () => {
    if (field.value !== drawn) redraw(); // a draft was put back
  });
  return {
    field,
    get value() { return field.value; },
    /** @param {string} value @param {boolean} [isOwn] the pupil did it */
    set(value, isOwn = false) {
      field.value = value;
      redraw();
      if (isOwn) field.dispatchEvent(new Event("input", { bubbles: true }));
    },
  };
}

/** Lab and Notebook bind arrows and single letters: keys pressed in here are none of theirs.
 * They heed the mark only on what has the focus. @param {HTMLElement} host */
export function keepKeys(host) {
  host.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"));
  host.addEventListener("keydown", (event) => event.stopPropagation());
}

/** Say of a part whether it is right: for the eye, and for those who hear the page.
 * @param {HTMLElement} element @param {boolean|undefined} isRight @param {Record<string, string>} labels */
export function markPart(element, isRight, labels) {
  element.querySelector(":scope > .sq-mark")?.remove();
  delete element.dataset.mark;
  if (isRight === undefined) return;
  element.dataset.mark = isRight ? "right" : "wrong";
  element.append(make("span", { className: "sq-mark" }, isRight ? "✓" : "✗",
    make("span", { className: "sq-unseen" }, isRight ? labels.partRight : labels.partWrong)));
}

/** Draw a question; `control` makes the part in which one answers.
 * @param {Model} model @param {HTMLElement} host
 * @param {(id: string, labels: Record<string, string>) => Control} control */
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
  let press = "";
  let isSent = false; // the kernel has not judged it yet

  const isAsked = () => part.read() === asked;
  /** Is what the kernel says about the answer that stands here, and not about an earlier one? */
  const isAbout = () => isAsked() && part.shows(model.get("response"));
  const awaitOutcome = () => {
    asked = part.read();
    isSent = true;
    feedback.replaceChildren(labels.checking);
    feedback.dataset.verdict = "checking";
    forgetSaving();
    clearTimeout(waiting);
    waiting = setTimeout(() => tellSilence(), 8000);
  };
  const send = () => {
    if (!isSent || !isAsked()) press = makeId(); // pressed again while nothing was heard: the same answer
    awaitOutcome();
    model.send({ type: "check", response: asked, id: press });
  };
  /** The page was opened anew before an answer was kept, and has sent it again. @param {any} content */
  const takeSent = (content) => {
    if (part.read() !== content?.response || isAbout()) return; // another one was typed, or the portal has it by now
    press = content.id;
    awaitOutcome();
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
    part.mark?.([]);
    clearTimeout(waiting);
    forgetSaving();
    if (["wrong", "partly"].includes(feedback.dataset.verdict)) return;
    feedback.replaceChildren();
    feedback.dataset.verdict = "";
  };
  const part = control(id, labels);
  if (part.shows("")) asked = part.read(); // steps in an order stand there untouched, and yield to what was kept
  const feedback = make("div", { className: "sq-feedback", role: "status" });
  const saving = make("p", { className: "sq-saving", role: "status" });
  const solution = make("div", { className: "sq-solution", hidden: true });
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
    solution,
    saving,
    ...(part.after ? [part.after] : []),
  );
  if (model.get("key")) {
    form.append(make("details", { className: "sq-teacher" },
      make("summary", {}, labels.key), make("div", { innerHTML: model.get("key") })));
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.addEventListener("input", forgetOutcome);

  const showOutcome = () => {
    const outcome = model.get("outcome");
    tries.textContent = outcome.left >= 0 ? labels.left.replace("{n}", outcome.left)
      : outcome.tries ? labels.tries.replace("{n}", outcome.tries) : "";
    close(outcome.solution);
    if (!outcome.solution && !(outcome.problem ? isAsked() : isAbout())) return;
    isSent = false;
    clearTimeout(waiting);
    feedback.dataset.verdict = outcome.problem ? "problem" : outcome.verdict || "";
    const heading = outcome.problem || (outcome.solution && outcome.verdict !== "right" ? (outcome.review ? labels.review : labels.over) : labels[outcome.verdict]) || "";
    feedback.replaceChildren(
      ...(heading ? [make("strong", {}, heading)] : []),
      make("div", { innerHTML: outcome.feedback || "" }),
    );
    part.mark?.(outcome.marks || []);
  };
  /** The answers are only looked at from now on. @param {string} html the right answer; empty: not yet */
  const close = (html) => {
    solution.hidden = !html;
    if (!html) return;
    solution.replaceChildren(make("strong", {}, labels.solution), make("div", { innerHTML: html }));
    /** @type {HTMLFieldSetElement} */ (form.querySelector("fieldset")).disabled = true;
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

  /** Where somebody stopped last time: shown, and gone to unless they are on their way already. */
  const showResume = () => {
    if (!model.get("resume")) return;
    if (!host.querySelector(".sq-resume")) host.prepend(make("p", { className: "sq-resume" }, labels.resume));
    if (scrollY < 40 && !document.activeElement?.closest(".sandyq-question")) host.scrollIntoView({ block: "start" });
  };
  const listeners = [
    ["change:response", showResponse], ["change:outcome", showOutcome], ["change:saving", showSaving],
    ["change:resume", showResume],
  ];
  host.classList.add("sandyq-question");
  host.lang = labels.language;
  host.dataset.size = labels.size || "";
  keepKeys(host);
  host.dataset.kind = labels.kind;
  host.dataset.name = model.get("name");
  host.replaceChildren(form);
  for (const [name, listener] of listeners) {
    listener();
    model.on(name, listener);
  }
  model.on("sent-again", takeSent);
  return () => {
    clearTimeout(waiting);
    for (const [name, listener] of [...listeners, ["sent-again", takeSent]]) model.off(name, listener);
  };
}
