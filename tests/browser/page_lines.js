// The page as lines: what is in the head in any order, then the body, with what inputs hold besides their attributes.
() => {
  const HELD = ["value", "checked", "selected", "disabled"];
  const read = (node, indent, lines) => {
    if (node.nodeType === Node.TEXT_NODE && node.textContent.trim()) {
      lines.push(indent + JSON.stringify(node.textContent.trim()));
    }
    if (node.nodeType === Node.ELEMENT_NODE) {
      const attributes = [...node.attributes].map((one) => `${one.name}=${JSON.stringify(one.value)}`).sort();
      const held = HELD.filter((name) => name in node).map((name) => `.${name}=${JSON.stringify(node[name])}`);
      lines.push(indent + ["<" + node.localName, ...attributes, ...held].join(" ") + ">");
      for (const child of node.childNodes) read(child, indent + " ", lines);
    }
    return lines;
  };
  const head = [...document.head.children].map((one) => read(one, "", []).join("\n")).sort();
  return [...head, ...read(document.body, "", [])];
};
