// @ts-check
// Formulas, drawn on this computer by KaTeX, which is fetched only by pages that have some.

import { addScript, addStyle } from "./page.js";

const DELIMITERS = [
  { left: "$$", right: "$$", display: true },
  { left: "\\[", right: "\\]", display: true },
  { left: "\\(", right: "\\)", display: false },
  { left: "$", right: "$", display: false },
  ...["equation", "align", "gather"].flatMap((name) =>
    [name, `${name}*`].map((each) => ({ left: `\\begin{${each}}`, right: `\\end{${each}}`, display: true })),
  ),
];
const FORMULA = /\$[^$]+\$|\\\(|\\\[|\\begin\{/;

/** Draw the formulas in an element's text. @param {HTMLElement} element */
export async function typeset(element) {
  if (!FORMULA.test(element.textContent || "")) return;
  addStyle("formulas");
  const { default: render } = await addScript("maths");
  render(element, {
    delimiters: DELIMITERS,
    throwOnError: false,
    ignoredTags: ["script", "noscript", "style", "textarea", "pre", "code", "option", "svg"],
  });
}
