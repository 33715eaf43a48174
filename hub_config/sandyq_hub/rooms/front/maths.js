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
/** What one formula defines the later ones of the page know, and one may define anew what is there, as in MathJax.
 * @type {Record<string, any>} */
const MACROS = {
  "\\newcommand": (/** @type {any} */ context) => {
    const name = context.consumeArg().tokens.map((/** @type {any} */ token) => token.text).join("");
    return `${context.isDefined(name) ? "\\renewcommand" : "\\providecommand"}{${name}}`;
  },
};
const FORMULA = /\$[^$]+\$|\\\(|\\\[|\\begin\{/;

/** @type {Promise<any> | undefined} asked for once: who waits for it goes on in the order of the page */
let script;

/** Draw the formulas in an element's text. @param {HTMLElement} element */
export async function typeset(element) {
  if (!FORMULA.test(element.textContent || "")) return;
  addStyle("formulas");
  script ??= addScript("maths").catch((problem) => {
    script = undefined;
    throw problem;
  });
  const { default: render } = await script;
  render(element, {
    delimiters: DELIMITERS,
    throwOnError: false,
    macros: MACROS,
    globalGroup: true,
    ignoredTags: ["script", "noscript", "style", "textarea", "pre", "code", "option", "svg"],
  });
}
