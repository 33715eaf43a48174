// A page as lines, with what inputs hold besides their attributes. `whole`: what is in the head in any order, then the
// body; otherwise what its cells show, by whichever front end. docs/front-end.md lists what is made equal here, and why.
(whole) => {
  const HELD = ["value", "checked", "selected", "disabled", "indeterminate"];
  const WIDGET = "application/vnd.jupyter.widget-view+json";
  const CELLS = "#sq-cells, #rendered_cells";
  const lines = [];

  /** An attribute's value; in which order classes were added means nothing. */
  const readValue = ({ name, value }) => JSON.stringify(name === "class" && !whole ? value.trim().split(/\s+/).sort().join(" ") : value);
  const describe = (node, name = "<" + node.localName) => {
    // Names and keys that ours gives to parts of controls that have none.
    const isOurs = ({ name }) => name === "data-named" || name === node.dataset.named;
    const attributes = [...node.attributes].filter((one) => whole || !isOurs(one)).map((one) => `${one.name}=${readValue(one)}`).sort();
    const held = HELD.filter((name) => name in node).map((name) => `.${name}=${JSON.stringify(node[name])}`);
    // Ours says of a picture without a description that it has none, which keeps its address from being read out.
    if (!whole && attributes[0] === 'alt=""') attributes.shift();
    // ipywidgets takes this margin from the height of a line, which is the look's.
    const margin = attributes.findIndex((one) => one.startsWith('style="margin-bottom'));
    if (!whole && margin >= 0 && node.matches(".widget-radio-box")) attributes.splice(margin, 1);
    // The field for a new tag is open in ours, so that keys lead to it.
    const isField = node.matches(".jupyter-widget-tagsinput > .widget-text");
    if (!whole && !isField && getComputedStyle(node).display === "none") held.push("hidden");
    return [name, ...attributes, ...held].join(" ") + ">";
  };
  const readWhole = (node, indent = "") => {
    if (node.nodeType === Node.TEXT_NODE && node.textContent.trim()) lines.push(indent + JSON.stringify(node.textContent.trim()));
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    lines.push(indent + describe(node));
    for (const child of node.childNodes) readWhole(child, indent + " ");
  };

  /** Cells, outputs: how many boxes each front end puts around them is its own affair; what counts is what is shown. */
  const readCells = (node, indent) => {
    for (const child of node.children) {
      if (child.matches("script, .jp-OutputArea-output:has(.the-report), .jp-OutputPrompt, .jp-InputPrompt, .jp-Collapser, .jp-InputCollapser")) continue;
      // Voilà calls what is printed text/plain in cells and stdout in Output widgets, and does not say that JSON is JSON.
      const kind = child.dataset.mimeType || (child.matches(".jp-RenderedJSON") && "application/json") || WIDGET;
      if (!child.dataset.mimeType && !child.matches(".jp-OutputArea-output")) readCells(child, indent);
      else {
        lines.push(`${indent}<<${kind.replace("application/vnd.jupyter.stdout", "text/plain")}>>`);
        if (kind === "application/json") lines.push(`${indent} ${JSON.stringify(readJson(child))}`);
        else readSeen(child, indent + " ");
      }
    }
  };
  /** The letters and digits of a JSON value: Voilà shows a tree that folds, we show the text. */
  const readJson = (node) => (node.querySelector("pre, ul ul")?.textContent || "").match(/[\p{L}\d_]/gu)?.join("");

  /** In Voilà's page, which is compared without its MathJax, formulas stay as they were written. */
  const isVoila = Boolean(document.getElementById("rendered_cells"));
  const FORMULA = /\$\$([^$]+)\$\$|\$([^$]+)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]/gs;
  const MATHS = ".jp-RenderedHTMLCommon, .jp-RenderedLatex, .widget-label, .widget-label-basic, .widget-htmlmath";
  const readText = (node) => {
    const parent = node.parentElement;
    if (!isVoila || !parent.closest(MATHS) || parent.closest("pre, code, option, textarea")) return node.textContent;
    return node.textContent.replace(FORMULA, (_, ...groups) => `⟦${groups.find((one) => one).trim()}⟧`);
  };
  const findFormula = (node) => node.matches?.(".katex, .katex-display, span:has(> .katex, > .katex-display)") && node.querySelector("annotation");

  /** What is shown, exactly, with formulas as they were written. */
  const readSeen = (node, indent) => {
    let text = "";
    const flush = () => {
      if (text.trim()) lines.push(indent + JSON.stringify(text.trim().replace(/\s+/g, " ")));
      text = "";
    };
    for (const child of node.childNodes) {
      const formula = findFormula(child);
      const isLink = child.matches?.(".jp-RenderedText > pre > a"); // Voilà makes links of addresses that were printed
      if (isLink) text += child.textContent;
      else if (child.nodeType === Node.TEXT_NODE) text += readText(child);
      else if (formula) text += `⟦${formula.textContent.trim()}⟧`;
      else if (child.nodeType === Node.ELEMENT_NODE) {
        flush();
        lines.push(indent + describe(child));
        if (child.matches(".widget-output")) readCells(child, indent + " ");
        else readSeen(child, indent + " ");
      }
    }
    flush();
  };

  /** Voilà shows what was printed in as many boxes as it came in, ours in one. */
  const joinPrinted = () => {
    const isBox = (at) => lines[at]?.endsWith("<<text/plain>>") && lines[at + 1]?.endsWith(" <pre>");
    const readPrinted = (at) => (lines[at + 2]?.trim().startsWith('"') ? [JSON.parse(lines[at + 2])] : []);
    for (let at = 0; at < lines.length; at++) {
      for (let next; isBox(at) && isBox((next = at + 2 + readPrinted(at).length)) && lines[at] === lines[next]; ) {
        const text = [...readPrinted(at), ...readPrinted(next)].join(" ");
        const end = next + 2 + readPrinted(next).length;
        lines.splice(at + 2, end - at - 2, ...(text ? [lines[at + 1].replace("<pre>", ` ${JSON.stringify(text)}`)] : []));
      }
    }
  };

  if (whole) {
    for (const child of document.head.children) readWhole(child);
    readWhole(document.body);
    const body = lines.findIndex((line) => line.startsWith("<body"));
    return [...lines.slice(0, body).sort(), ...lines.slice(body)];
  }
  for (const cells of document.querySelectorAll(CELLS)) readCells(cells, "");
  joinPrinted();
  return lines;
};
