// @ts-check
// Firefox, with and without the school's authority in its own list. Started by test_tls.py.
import assert from "node:assert/strict";
import puppeteer from "puppeteer-core";

/** @type {{ program: string, profile: string, url: string, name: string, trusts: boolean, lesson: string,
 *   pupil: Record<"login" | "password", string> }} */
const { program, profile, url, name, trusts, lesson, pupil } = JSON.parse(process.argv[2]);
const PATIENCE = 60_000;
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: program,
  userDataDir: profile,
  headless: true,
  extraPrefsFirefox: { "network.dns.localDomains": name }, // as mDNS would find it
});
try {
  const page = await browser.newPage();
  if (!trusts) {
    await assert.rejects(page.goto(`${url}/`), /SEC_ERROR_UNKNOWN_ISSUER|MOZILLA_PKIX_ERROR|certerror|CERT/i);
  } else {
    await page.goto(`${url}/`);
    await (await find("input[name=username]")).type(pupil.login);
    await (await find("input[name=password]")).type(pupil.password);
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    await page.goto(url + lesson);
    await find("body.sq-drawn[data-link=live]");
    assert.equal(await page.evaluate(() => isSecureContext), true);
  }
  console.log("as it should be");

  /** @param {string} selector */
  async function find(selector) {
    for (const end = Date.now() + PATIENCE; Date.now() < end; await new Promise((go) => setTimeout(go, 100))) {
      const element = await page.$(selector).catch(() => null); // the page may be on its way to another
      if (element && (await element.boundingBox())) return element;
    }
    throw new Error(`Nothing like ${selector} was seen on ${page.url()}.`);
  }
} finally {
  await browser.close();
}
