// @ts-check
// One line above the page that says when the link is not there, and what to do.

/** @typedef {import("./link.js").State} State */

/** Milliseconds for which a lost link is not worth a word. */
const UNNOTICED = 1500;

export class Notice {
  /** @param {Record<string, string>} words */
  constructor(words) {
    this.words = words;
    /** @type {State} */
    this.state = "connecting";
    this.element = /** @type {HTMLElement} */ (document.getElementById("sq-notice"));
    this.timer = 0;
    /** Nobody waits for this page's kernel any more. */
    this.gaveUp = false;
  }

  /** @param {State} state */
  tell(state) {
    clearTimeout(this.timer);
    this.state = state;
    const link = ["busy", "silent"].includes(state) ? "live" : state; // the link is, its kernel is not
    if (document.body.dataset.link !== link) document.body.dataset.link = link;
    if (state === "lost") this.timer = window.setTimeout(() => this.show(this.words.lost), UNNOTICED);
    else if (state === "ended") this.show(this.words.ended, this.words.reopen);
    else if (state === "signed-out") this.show(this.words.signedOut, this.words.signIn);
    else if (state === "busy" && !document.querySelector(".sq-wait")) this.show(this.words.busy);
    else if (state === "silent") this.show(this.words.silent, this.words.reopen);
    else if (state === "too-large") this.show(this.words.tooLarge);
    else this.element.hidden = true;
  }

  /** @param {string} text @param {string} [action] what the button says that opens the page anew */
  show(text, action) {
    const words = document.createElement("span");
    words.textContent = text;
    this.element.replaceChildren(words);
    if (action) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = action;
      button.addEventListener("click", () => {
        this.gaveUp = this.state === "silent";
        location.reload();
      });
      this.element.append(button);
    }
    this.element.hidden = false;
  }
}
