// @ts-check
// What the server wrote into the page for its script.

/** In the names of what the server wrote: a notebook's own text stands before it and could call itself the same. */
const mark = document.querySelector('meta[name="sq-mark"]')?.getAttribute("content");

/** @param {string} id */
function read(id) {
  return JSON.parse(document.getElementById(`${id}-${mark}`)?.textContent || "{}");
}

/** @type {{ words: Record<string, string>, styles: Record<string, string>, scripts: Record<string, string> }} */
export const page = read("sq-page");
export const base = location.origin + document.body.dataset.base;
export const cells = /** @type {HTMLElement} */ (document.getElementById("sq-cells"));
export const kernel = cells.dataset.kernel || "";

/** The widgets' states, to be read once. @returns {Record<string, any>} by the models' ids */
export function readStates() {
  return read("sq-states").state || {};
}

/** Fetch a script that not every page needs. @param {string} name */
export function addScript(name) {
  return import(page.scripts[name]);
}

/** Fetch a style that not every page needs, once. @param {string} name */
export function addStyle(name) {
  if (document.querySelector(`link[data-style="${name}"]`)) return;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: page.styles[name] });
  link.dataset.style = name;
  document.head.append(link);
}

/** Do something when the page is drawn next, once however often it was asked for: what reads where things are on the page
 * has the browser lay it out. @param {() => void} work */
export function oncePerFrame(work) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      work();
    });
  };
}

/** HTML that does something, as the server looks for it in what was executed for all. */
const SCRIPTED = /<script|&lt;script|<[a-z][^>]*\son[a-z]+\s*=|javascript:/i;
let isTouched = false;
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { isTouched = true; }, { once: true, capture: true });

/** Open this page with Voilà's own front end: something on it is beyond ours. Who works here already is asked first. */
export function openStock() {
  const address = new URL(location.href);
  if (address.searchParams.has("front")) return;
  address.searchParams.set("front", "stock");
  if (isTouched) offer(() => location.replace(address.href));
  else location.replace(address.href);
}

/** @param {() => void} open */
function offer(open) {
  const element = /** @type {HTMLElement} */ (document.getElementById("sq-beyond"));
  const button = element?.querySelector("button");
  if (!button) return; // Voilà's front end is not for what somebody made: ours alone keeps its scripts from running
  button.onclick = open;
  element.hidden = false;
}

/** @param {string} html */
export function isScripted(html) {
  return SCRIPTED.test(html);
}

/** @param {string} name */
function readCookie(name) {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`)) || "";
  return decodeURIComponent(found.slice(name.length + 1));
}

/** Whose page this is: as it was opened, whoever may have signed in since. */
export const reader = readCookie("sandyq-reader");

/** What the server wants to see with a request, so that no other site can make one in our name. */
export function readToken() {
  return readCookie("_xsrf");
}
