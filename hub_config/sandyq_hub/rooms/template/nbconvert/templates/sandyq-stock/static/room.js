// @ts-check
// Loaded before Voilà's own script: tells the visitor how the page is doing.

/** Show or hide one of the notices. @param {string} id @param {boolean} shown */
function sandyqNotice(id, shown) {
  const notice = document.getElementById(id);
  if (notice) notice.hidden = !shown;
}

/** Called by the page when the server could not finish it. */
window.sandyqFailed = function () {
  const loading = document.getElementById("loading");
  if (loading) loading.remove();
  sandyqNotice("sq-failed", true);
};

/** Called before each cell is run. @param {number} index @param {number} count */
window.sandyqProgress = function (index, count) {
  const bar = document.getElementById("sq-progress-bar");
  if (bar) bar.style.width = Math.round((100 * index) / Math.max(1, count)) + "%";
};

(function () {
  let leaving = false;
  window.addEventListener("pagehide", () => { leaving = true; });
  // The kernel ended when the page was left, so a page taken from the back-forward cache is dead.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  /** The connection ended: has the kernel ended too, or only the network? @param {string} channels */
  async function explainClose(channels) {
    const address = new URL(channels.replace(/^ws/, "http"));
    address.pathname = address.pathname.replace(/\/channels$/, "");
    const token = (document.cookie.match(/(?:^|; )_xsrf=([^;]*)/) || ["", ""])[1];
    try {
      const reply = await fetch(address.pathname, { headers: { "X-XSRFToken": token } });
      const ended = reply.status === 404 || reply.status === 403;
      sandyqNotice("sq-ended", ended);
      sandyqNotice("sq-offline", !ended);
    } catch {
      sandyqNotice("sq-offline", true);
    }
  }

  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    /** @param {string | URL} url @param {string | string[]} [protocols] */
    constructor(url, protocols) {
      super(url, protocols);
      this.addEventListener("open", () => sandyqNotice("sq-offline", false));
      this.addEventListener("close", () => { if (!leaving) explainClose(this.url); });
    }
  };
  window.addEventListener("offline", () => sandyqNotice("sq-offline", true));

  // Of a widget that cannot be drawn ipywidgets speaks English, and shows lines of code to whoever presses it.
  new MutationObserver(() => {
    const words = document.getElementById("sq-undrawn");
    if (!(words instanceof HTMLTemplateElement)) return;
    for (const part of document.querySelectorAll(".jupyter-widgets-error-widget")) {
      if (part.parentElement) part.parentElement.onclick = part.parentElement.ondblclick = null;
      part.replaceWith(words.content.cloneNode(true));
    }
  }).observe(document, { subtree: true, childList: true });
})();
