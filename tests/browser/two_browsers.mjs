// @ts-check
// The same steps in Chromium and in Firefox: a pupil's lesson and a leader's register. Started by test_two_browsers.py.
import assert from "node:assert/strict";
import { join } from "node:path";
import puppeteer from "puppeteer-core";

/** @typedef {import("puppeteer-core").Page} Page */
/** @typedef {Record<"login" | "password" | "class", string>} Account */

/** @type {{ kind: "chrome" | "firefox", program: string, flags: string[], url: string, folder: string,
 *   pupil: Account, leader: Account }} */
const { kind, program, flags, url, folder, pupil, leader } = JSON.parse(process.argv[2]);
const PATIENCE = 60_000;
const LESSON = "/services/rooms/lesson/kk/passphrase";
const CHOICE = "[data-cell='2'] .sandyq-question";
const NUMBER = "[data-cell='4'] .sandyq-question";
const OPEN = "[data-cell='17'] .sandyq-question";
const TYPED = "Төрт кездейсоқ сөз, ешкімге айтпа, қағазға жазып, үйге апар";
const LATER = "Әлі тексерілмеген жауап";

/** A PC of one's own; what it does wrong is remembered. @param {string[]} faults */
async function openPc(faults) {
  const page = await (await browser.createBrowserContext()).newPage();
  await page.setViewport({ width: 1024, height: 768 });
  page.setDefaultTimeout(PATIENCE);
  page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`script: ${error}`));
  page.on("request", (request) => {
    const address = new URL(request.url());
    if (/^(http|ws)s?:$/.test(address.protocol) && address.host !== new URL(url).host) faults.push(`outside: ${address}`);
  });
  return page;
}

/** The first element of a selector, seen, once it is there. Not puppeteer's own waiting: that is code made from text,
 * which our policy forbids and Firefox then refuses. @param {Page} page @param {string} selector */
async function find(page, selector) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await new Promise((go) => setTimeout(go, 100))) {
    const element = await page.$(selector).catch(() => null); // the page may be on its way to another
    if (element && (await element.boundingBox())) return element;
  }
  throw new Error(`Nothing like ${selector} was seen on ${page.url()}.`);
}

/** @param {Page} page @param {string} selector @param {string} text */
async function fill(page, selector, text) {
  await (await find(page, selector)).evaluate((field) => /** @type {HTMLInputElement} */ (field).select());
  await page.keyboard.type(text); // in place of what stood there
}

/** @param {Page} page @param {Account} account */
async function signIn(page, account) {
  await page.goto(`${url}/`);
  if (/^\d+$/.test(account.password)) {
    await follow(page, await findClass(page, account.class));
    await follow(page, `a[href*='login=${account.login}']`);
  } else {
    await fill(page, "input[name=username]", account.login);
  }
  await fill(page, "input[name=password]", account.password);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.match(page.url(), /\/services\/portal\//);
}

/** The link to a class that signs in by PIN. @param {Page} page @param {string} name */
async function findClass(page, name) {
  await find(page, "a[href*='class=']");
  const links = await page.$$eval("a[href*='class=']", (all) => all.map((a) => [a.textContent?.trim(), a.getAttribute("href")]));
  return `a[href="${links.find(([text]) => text === name)?.[1]}"]`;
}

/** @param {Page} page @param {string} link */
async function follow(page, link) {
  await Promise.all([page.waitForNavigation(), (await find(page, link)).click()]);
}

/** @param {Page} page @param {string} question */
async function waitUntilSaved(page, question) {
  await find(page, `${question} .sq-saving[data-state=saved]`);
}

/** Press Tab until something is focused. @param {Page} page @param {string} what */
async function tabTo(page, what) {
  for (let presses = 0; presses < 200; presses++) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), what)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`The Tab key does not lead to ${what}.`);
}

/** @param {Page} page */
async function assertNarrow(page) {
  const [whole, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(whole <= seen, `${page.url()} is ${whole} wide and scrolls sideways`);
}

/** @param {Page} page */
async function takeLesson(page) {
  await signIn(page, pupil);
  await page.goto(`${url}${LESSON}`);
  await find(page, "body.sq-drawn[data-link=live]");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "kk");

  await tabTo(page, `${CHOICE} input[type=radio]`); // no mouse for this one
  await page.keyboard.press("ArrowDown");
  await tabTo(page, `${CHOICE} button[type=submit]`);
  await page.keyboard.press("Enter");
  await waitUntilSaved(page, CHOICE);

  await fill(page, `${NUMBER} .sq-line input`, "100");
  await (await find(page, `${NUMBER} button[type=submit]`)).click();
  await waitUntilSaved(page, NUMBER);
  await fill(page, `${OPEN} textarea`, TYPED);
  await (await find(page, `${OPEN} button[type=submit]`)).click();
  await waitUntilSaved(page, OPEN);
  await assertNarrow(page);

  const readAnswers = () =>
    page.evaluate(
      (choice, number, open) => [
        /** @type {any} */ (document.querySelector(`${choice} input:checked`))?.value,
        /** @type {any} */ (document.querySelector(`${number} .sq-line input`)).value,
        /** @type {any} */ (document.querySelector(`${open} textarea`)).value,
      ],
      CHOICE,
      NUMBER,
      OPEN,
    );
  const given = await readAnswers();
  assert.deepEqual(given.slice(1), ["100", TYPED]);
  assert.ok(given[0]);
  await page.reload();
  for (const question of [CHOICE, NUMBER, OPEN]) await waitUntilSaved(page, question);
  assert.deepEqual(await readAnswers(), given);

  await fill(page, `${OPEN} textarea`, LATER); // and not handed in
  await page.goto(`${url}/services/portal/`);
  await page.goBack();
  for (const question of [CHOICE, NUMBER]) await waitUntilSaved(page, question);
  assert.deepEqual(await readAnswers(), [given[0], "100", LATER]);
}

/** @param {Page} page */
async function keepRegister(page) {
  await signIn(page, leader);
  await page.goto(`${url}/services/rooms/app/attendance`);
  const first = ".lines li:first-child";
  await find(page, `${first} [role=radiogroup]`);
  const isPresent = await page.$(`${first} [data-status=present][aria-checked=true]`);
  const mark = `${first} [data-status=${isPresent ? "absent" : "present"}]`;
  await (await find(page, mark)).click();
  await find(page, `${mark}[aria-checked=true]`);
  await find(page, `${first} .state-saved`);
  await assertNarrow(page);
  await page.reload();
  await find(page, `${mark}[aria-checked=true]`);
}

const browser = await puppeteer.launch({ browser: kind, executablePath: program, args: flags, headless: true });
try {
  /** @type {string[]} */
  const faults = [];
  for (const steps of [takeLesson, keepRegister]) {
    const page = await openPc(faults);
    try {
      await steps(page);
    } catch (problem) {
      await page.screenshot({ path: /** @type {any} */ (join(folder, `${kind}-${steps.name}.png`)) });
      console.error(faults.join("\n"));
      throw problem;
    }
  }
  assert.deepEqual(faults, []);
  console.log(`${await browser.version()}: both tours done`);
} finally {
  await browser.close();
}
