/* The bar above a teacher's notebook that has nbgrader's marks: send it as an assignment, hear whether it can be given out. */

const PAUSE = 1500; // milliseconds between two looks at what the grader says

export class OwnBar {
  /** @param {{make: Function, ask: Function, panel: object, context: object, node: HTMLElement, fit: Function}} parts */
  constructor(parts, state) {
    Object.assign(this, parts, { state, busy: false, turn: 0 });
    this.build();
    this.panel.disposed.connect(() => { this.turn += 1; });
  }

  build() {
    const { make } = this;
    const words = this.state.labels;
    const field = (label, control) => make("label", { className: "sandyq-field" }, label, " ", control);
    const choose = (options, chosen) => make("select", {}, ...Object.entries(options).map(([value, text]) => make("option", { value, selected: value === chosen }, text)));
    this.title = make("input", { value: this.state.title, maxLength: 100, required: true });
    this.kind = choose(words.kinds, "fa");
    this.minutes = make("input", { type: "number", min: 1, max: 180, value: 25, required: true });
    this.language = choose(words.languages, this.state.language);
    this.button = make("button", { className: "sandyq-button sandyq-first" }, words.send);
    this.told = make("div", { className: "sandyq-told", role: "status", "aria-live": "polite" });
    const form = make("form", { className: "sandyq-line" },
      field(words.title, this.title), field(words.kind, this.kind), field(words.minutes, this.minutes), field(words.language, this.language), this.button);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    form.addEventListener("keydown", (event) => event.stopPropagation()); // Lab has keys of its own
    this.box = make("section", { className: "sandyq-bar sandyq-own", lang: this.state.language, "aria-label": words.bar }, form, this.told);
  }

  tell(kind, ...children) {
    this.told.dataset.kind = kind;
    this.told.replaceChildren(...children.map((each) => (typeof each === "string" ? this.make("p", {}, each) : each)));
  }

  async send() {
    if (this.busy) return;
    const words = this.state.labels;
    const turn = (this.turn += 1);
    this.busy = true;
    this.button.setAttribute("aria-disabled", "true");
    this.tell("", words.sending);
    try {
      if (this.context.model.dirty) await this.context.save();
      if (this.context.model.dirty) return void this.tell("problem", words.notSaved);
      const { own, problem } = await this.ask("own", {
        path: this.context.path, title: this.title.value, kind: this.kind.value, minutes: this.minutes.value, language: this.language.value,
      });
      if (problem) return void this.tell("problem", problem);
      this.tell("", words.trying);
      this.follow(own, turn);
    } catch (failure) {
      console.error(failure);
      this.tell("problem", words.failed);
    } finally {
      this.busy = false;
      this.button.removeAttribute("aria-disabled");
    }
  }

  /** Look until the grader has tried it, or it is sent again. */
  async follow(own, turn) {
    const { make } = this;
    const words = this.state.labels;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      if (turn !== this.turn) return;
      const found = await this.ask(`own?number=${own}`).catch(() => ({ over: false })); // the server is away: again
      if (turn !== this.turn || found.state === "gone") return;
      if (!found.over) continue;
      if (found.state === "ready") {
        this.tell("good", words.ready, make("p", {}, make("a", { href: found.address, target: "_blank", rel: "noopener" }, words.give)));
      } else {
        this.tell("problem", words.refused, make("ul", {}, ...found.faults.map((fault) => make("li", {}, fault))));
      }
      return;
    }
  }
}
