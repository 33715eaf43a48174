// The month's sheet: shows, prints and downloads what the kernel made.

/** @param {string} text @param {() => void} onclick @param {boolean} [disabled] @param {string} [className] */
function makeButton(text, onclick, disabled = false, className = "") {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: text, disabled, className });
  button.addEventListener("click", onclick);
  return button;
}

/** Mark everything around the sheet, so that the print style can leave it out. @param {HTMLElement} root */
function markPrinted(root) {
  for (let inner = root; inner.parentElement; inner = inner.parentElement) {
    inner.classList.add("sandyq-printed");
    for (const other of inner.parentElement.children) {
      if (other !== inner) other.classList.add("sandyq-unprinted");
    }
  }
}

function unmarkPrinted() {
  for (const name of ["sandyq-printed", "sandyq-unprinted"]) {
    document.querySelectorAll(`.${name}`).forEach((element) => element.classList.remove(name));
  }
}

/** @param {string} name @param {DataView} bytes */
function download(name, bytes) {
  const type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  const link = document.createElement("a");
  Object.assign(link, { href: URL.createObjectURL(new Blob([bytes], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function render({ model, el }) {
  el.classList.add("sandyq-attendance");
  const root = document.createElement("section");
  root.className = "sheet";
  el.append(root);

  function draw() {
    const labels = model.get("labels");
    const { html, last, problem } = model.get("screen");
    root.hidden = !html && !problem;
    if (root.hidden) return root.replaceChildren();
    const focused = Array.from(root.querySelectorAll("button")).indexOf(document.activeElement);
    const alert = document.createElement("p");
    Object.assign(alert, { className: "problem", textContent: problem || "" });
    alert.setAttribute("role", "alert");
    const tools = document.createElement("div");
    tools.className = "tools";
    const ask = (step) => () => model.send({ kind: "step", step });
    tools.append(
      makeButton(`← ${labels.previous_month}`, ask(-1)),
      makeButton(`${labels.next_month} →`, ask(1), last),
      makeButton(labels.print, () => window.print(), !html, "primary"),
      makeButton(labels.download, () => model.send({ kind: "download" }), !html),
    );
    const paper = document.createElement("article");
    paper.className = "paper";
    paper.innerHTML = html || ""; // made and escaped by the kernel's template
    root.replaceChildren(tools, alert, ...(html ? [paper] : []));
    if (focused >= 0) tools.children[last && focused === 1 ? 0 : focused].focus();
  }

  const before = () => root.hidden || markPrinted(root);
  const receive = (message, buffers) => message.kind === "file" && download(message.name, buffers[0]);
  window.addEventListener("beforeprint", before);
  window.addEventListener("afterprint", unmarkPrinted);
  model.on("change:screen", draw);
  model.on("msg:custom", receive);
  draw();
  return () => {
    window.removeEventListener("beforeprint", before);
    window.removeEventListener("afterprint", unmarkPrinted);
    model.off("change:screen", draw);
    model.off("msg:custom", receive);
  };
}

export default { render };
