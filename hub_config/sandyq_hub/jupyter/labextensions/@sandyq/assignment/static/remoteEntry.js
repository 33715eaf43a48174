/* The bar above a notebook of an assignment. A prebuilt JupyterLab extension written by hand: no bundler, no code of others.
   Lab and Notebook 7 load this file, give `init` the modules they share, and ask `get` for the plug-ins. What the bar says
   and what its buttons do comes from the person's server (sandyq_hub.work). Besides, words.js: what else is in the person's language. */
(() => {
  const NAME = "@sandyq/assignment";
  const here = document.currentScript.src;
  let shared;

  /** Return a module of Lab's own. @param {string} name */
  const take = async (name) => (await Object.values(shared[name])[0].get())();

  /** @param {string} kind @param {object} properties @param {...(Node|string)} children */
  const make = (kind, properties = {}, ...children) => {
    const made = document.createElement(kind);
    for (const [name, value] of Object.entries(properties)) {
      if (name.includes("-") || name === "role") made.setAttribute(name, value);
      else made[name] = value;
    }
    made.append(...children);
    return made;
  };

  /** Ask the person's server; null where it has nothing to say. */
  const ask = async (settings, path, content) => {
    const token = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie);
    const reply = await fetch(`${settings.baseUrl}sandyq/${path}`, {
      credentials: "same-origin",
      cache: "no-store",
      method: content ? "POST" : "GET",
      headers: { "Content-Type": "application/json", ...(token ? { "X-XSRFToken": decodeURIComponent(token[1]) } : {}) },
      body: content && JSON.stringify(content),
    });
    if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
    return reply.status === 204 ? null : reply.json();
  };

  class Bar {
    constructor(panel, context, settings, node) {
      Object.assign(this, { panel, context, settings, node, busy: false });
      context.saveState.connect((_sender, state) => this.showSaving(state));
      context.saveState.connect((_sender, state) => state === "completed" && !this.box && this.refresh()); // marks were set just now
      context.pathChanged.connect(() => this.refresh()); // "Save as": what is written now goes into a copy
      context.model.stateChanged.connect((_sender, change) => change.name === "dirty" && this.showSaving());
      this.look = () => document.visibilityState === "visible" && !this.busy && this.refresh();
      document.addEventListener("visibilitychange", this.look);
      panel.disposed.connect(() => document.removeEventListener("visibilitychange", this.look));
    }

    async refresh() {
      try {
        const state = await ask(this.settings, `assignment?path=${encodeURIComponent(this.context.path)}`);
        if (state && state.own) await this.showOwn(state);
        else if (state && state.elsewhere) this.showElsewhere(state);
        else if (state) this.show(state);
      } catch {
        /* The server is away: Jupyter says so itself, and the bar stays as it is. */
      }
    }

    build() {
      const words = this.words;
      const button = (text, press, kind = "") => make("button", { type: "button", className: `sandyq-button ${kind}`, onclick: press }, text);
      this.title = make("strong", { className: "sandyq-title" });
      this.due = make("span", { className: "sandyq-due" });
      this.saving = make("span", { className: "sandyq-saving" });
      this.checkButton = button(words.check, () => this.check(), "sandyq-first");
      this.handButton = button(words.handIn, () => this.handIn(), "sandyq-first");
      this.overButton = button(words.startOver, () => this.askOver());
      const help = make("a", { href: this.state.helpAddress + encodeURIComponent(location.pathname), target: "_blank", rel: "noopener" }, words.help);
      this.receipt = make("p", { className: "sandyq-receipt" });
      this.told = make("div", { className: "sandyq-told", role: "status", "aria-live": "polite" });
      this.results = make("div", { className: "sandyq-results", tabIndex: -1, hidden: true });
      this.buttons = [this.checkButton, this.handButton, this.overButton];
      const tools = make("div", { className: "sandyq-tools", role: "toolbar", "aria-label": words.bar }, ...this.buttons);
      tools.addEventListener("keydown", (event) => this.move(event));
      this.put(make("section", { className: "sandyq-bar", lang: this.state.language, "aria-label": words.bar },
        make("div", { className: "sandyq-line" }, make("div", { className: "sandyq-about" }, this.title, this.due, this.saving, help), tools),
        this.receipt, this.told, this.results));
    }

    /** A teacher's own notebook that has marks for grading. */
    async showOwn(state) {
      if (this.own || this.box) return;
      this.own = true;
      const { OwnBar } = await import(new URL("own.js", here).href);
      const { panel, context, node } = this;
      this.put(new OwnBar({ make, ask: (path, content) => ask(this.settings, path, content), panel, context, node }, state).box);
    }

    /** A copy of an assignment's notebook: nothing of it is handed in. */
    showElsewhere({ elsewhere, open, address, language, bar }) {
      if (this.copyOf === address) return;
      this.copyOf = address;
      const told = make("div", { className: "sandyq-told", role: "status", "data-kind": "changed" });
      this.put(make("section", { className: "sandyq-bar", lang: language, "aria-label": bar }, told));
      told.append(make("p", {}, `${elsewhere} `, make("a", { href: address }, open)));
    }

    /** Place the bar and keep its height. */
    put(box) {
      this.watch?.disconnect();
      this.box = box;
      this.node.replaceChildren(box);
      this.node.hidden = false;
      // Lab places its parts by their least heights.
      this.watch = new ResizeObserver(() => this.fit());
      this.watch.observe(box);
      this.panel.disposed.connect(() => this.watch.disconnect());
    }

    fit() {
      this.node.style.minHeight = `${this.box.offsetHeight}px`;
      this.widget.parent?.fit();
    }

    /** The arrow keys go from button to button, as in every toolbar. */
    move(event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const place = this.buttons.indexOf(event.target);
      if (!step || place < 0) return;
      this.buttons[(place + step + this.buttons.length) % this.buttons.length].focus();
      event.preventDefault();
      event.stopPropagation();
    }

    show(state) {
      this.state = { ...this.state, ...state };
      this.words = this.state.labels;
      if (!this.box || this.copyOf) this.build();
      this.copyOf = "";
      this.title.textContent = this.state.title;
      this.due.textContent = [this.state.due, this.state.stateWords].filter(Boolean).join(" · ");
      this.due.dataset.state = this.state.state;
      this.handButton.textContent = this.state.receipt ? this.words.handInAgain : this.words.handIn;
      this.receipt.hidden = !this.state.receipt;
      this.receipt.replaceChildren(this.state.receipt, " ",
        make("a", { href: this.state.receiptAddress, target: "_blank", rel: "noopener" }, this.words.print));
      if (state.repaired) this.tell(state.repaired, "changed");
      this.showSaving();
    }

    showSaving(state) {
      if (!this.box || this.own || this.copyOf) return;
      const words = this.words;
      this.saving.textContent =
        state === "started" ? words.saving : this.context.model.dirty ? words.unsaved : words.saved;
    }

    tell(text, kind = "") {
      this.told.dataset.kind = kind;
      this.told.replaceChildren(...(text ? [make("p", {}, text)] : []));
    }

    /** Save, then do one thing at a time. */
    async work(words, path, during) {
      if (this.busy) return;
      this.busy = true;
      for (const button of this.buttons) button.setAttribute("aria-disabled", "true");
      this.tell(words);
      try {
        if (this.context.model.dirty) await this.context.save();
        if (this.context.model.dirty) return void this.tell(this.words.notSaved, "problem");
        const reply = await ask(this.settings, `assignment/${this.state.release}/${path}`, { path: this.context.path });
        if (reply.reload) await this.context.revert();
        this.tell("");
        this.show(reply);
        await during(reply);
      } catch (problem) {
        console.error(problem);
        this.tell(this.words.failed, "problem");
      } finally {
        this.busy = false;
        for (const button of this.buttons) button.removeAttribute("aria-disabled");
      }
    }

    check() {
      return this.work(this.words.checking, "check", (reply) =>
        reply.problem ? this.tell(reply.problem, "problem") : this.showResults(reply),
      );
    }

    handIn() {
      return this.work(this.words.handingIn, "hand-in", ({ problem, news, repaired }) => {
        this.results.hidden = true;
        if (problem) this.tell(problem, "problem");
        else this.tell([news, repaired].filter(Boolean).join(" "), "good");
      });
    }

    askOver() {
      const answer = (words, press) => make("button", { type: "button", className: "sandyq-button", onclick: press }, words);
      const no = answer(this.words.no, () => {
        this.tell("");
        this.overButton.focus();
      });
      this.told.dataset.kind = "changed";
      this.told.replaceChildren(make("p", {}, this.words.sure), answer(this.words.yes, () => this.startOver()), no);
      no.focus();
    }

    startOver() {
      return this.work("", "start-over", async ({ news }) => {
        this.results.hidden = true;
        this.tell(news, "good");
        this.overButton.focus();
        await this.context.sessionContext.session?.kernel?.restart(); // what the old work made is forgotten
      });
    }

    showResults({ summary, more, results, labels }) {
      const close = make("button", { type: "button", className: "sandyq-button", onclick: () => {
        this.results.hidden = true;
        this.tell("");
        this.checkButton.focus();
      } }, labels.close);
      const lines = results.map((result) => make("li", { className: `sandyq-result sandyq-${result.outcome}` },
        make("div", {}, make("p", {}, make("strong", {}, result.words), ` · ${result.title}`), ...(result.text ? [make("p", {}, result.text)] : [])),
        ...(result.outcome === "right" ? [] : [
          make("button", { type: "button", className: "sandyq-button", onclick: () => this.go(result), "aria-label": `${labels.go}: ${result.title}` }, labels.go),
        ])));
      this.results.replaceChildren(make("ol", {}, ...lines), close);
      this.results.hidden = false;
      const right = results.every(({ outcome }) => outcome === "right");
      this.tell([summary, more, this.state.repaired].filter(Boolean).join(" "), right ? "good" : "");
    }

    /** Show a cell and put the cursor there. */
    async go({ cell, place }) {
      const notebook = this.panel.content;
      const found = notebook.widgets.findIndex((each) => each.model.id === cell);
      notebook.activeCellIndex = found < 0 ? place : found;
      await notebook.scrollToItem(notebook.activeCellIndex, "smart");
      notebook.activate();
      notebook.mode = "edit";
    }
  }

  const plugin = {
    id: `${NAME}:bar`,
    description: "Check my work, hand in, start over.",
    autoStart: true,
    activate: async (app) => {
      const { Widget } = await take("@lumino/widgets");
      app.docRegistry.addWidgetExtension("Notebook", {
        createNew: (panel, context) => {
          const node = make("div", { className: "sandyq-assignment", hidden: true });
          const widget = new Widget({ node });
          const bar = new Bar(panel, context, app.serviceManager.serverSettings, node);
          bar.widget = widget;
          panel.contentHeader.addWidget(widget);
          context.ready.then(() => bar.refresh());
          return widget;
        },
      });
    },
  };

  /** Requires a part of Lab's, so it is made when Lab asks for it. */
  const makeWords = async () => {
    const { ITranslator, nullTranslator } = await take("@jupyterlab/translation");
    return {
      id: `${NAME}:words`,
      description: "The person's language where Lab and Notebook forget it.",
      autoStart: true,
      requires: [ITranslator],
      activate: async (_app, translator) => (await import(new URL("words.js", here).href)).useWords(translator, nullTranslator),
    };
  };

  const style = () => {
    const link = make("link", { rel: "stylesheet", href: new URL("bar.css", here).href });
    document.head.append(link);
    return {};
  };

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB[NAME] = {
    init: (scope) => {
      shared = scope;
    },
    get: async (module) => {
      if (module === "./style") return style;
      const plugins = [plugin, await makeWords()];
      return () => ({ __esModule: true, default: plugins });
    },
  };
})();
