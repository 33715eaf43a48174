// @ts-check
// Loaded before the proxy, which is the edge of the server: what visitors claim of themselves ends here. Where the proxy
// speaks TLS it also takes a renewed certificate without a pause, locks all cookies to HTTPS, whichever part sets them,
// and answers plain HTTP: with the page that explains whom to trust, and else with the way to HTTPS.
"use strict";
const { X509Certificate } = require("node:crypto");
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const { isIP } = require("node:net");
const { join } = require("node:path");

const { SANDYQ_HOME = "", SANDYQ_TLS_NAME: NAME = "", SANDYQ_LISTEN: LISTEN = "127.0.0.1" } = process.env;
const [PORT, PLAIN_PORT, PORTAL_PORT, ROOMS_PORT, HSTS_DAYS] = ["PORT", "PLAIN_PORT", "PORTAL_PORT", "ROOMS_PORT", "HSTS_DAYS"].map(
  (name) => Number(process.env[`SANDYQ_${name}`] || 0),
);
const CERTIFICATE = join(SANDYQ_HOME, "tls", "server.pem");
const LOOK = 1000; // milliseconds between two looks at the certificate's file
const PORTAL = "/services/portal";
const TRUST = /^\/trust(?=[/?]|$)/; // the short address of the page that explains trust
const OPEN = /^(?:\/trust(?:\/sandyq-ca\.(?:crt|pem))?(?:\?[\w=&-]*)?|\/services\/portal\/static\/(?!.*\.\.)[\w./-]+(?:\?v=\w+)?)$/;
const CLAIMS = /^(?:x-forwarded-.*|x-real-ip|x-scheme|x-scheme-.*|forwarded)$/;
const READ_BY_SCRIPTS = new Set(["_xsrf", "sandyq-reader"]); // their names must stay
const FAILED = join(__dirname, "templates", "proxy", "error.html");

let leaf = NAME ? new X509Certificate(fs.readFileSync(CERTIFICATE)) : undefined;

/** Who a visitor is and how they came, their connection alone says. @param {http.IncomingMessage} request */
function dropClaims(request) {
  for (const name of Object.keys(request.headers)) if (CLAIMS.test(name)) delete request.headers[name];
}

/** A cookie that neither travels by plain HTTP nor can be set from there: browsers keep the prefixes' promise.
 * @param {string} line */
function lockCookie(line) {
  const [pair, ...about] = line.split(";").map((part) => part.trim());
  const name = pair.slice(0, pair.indexOf("="));
  const kept = about.filter((part) => !/^(?:secure$|domain=)/i.test(part));
  const whole = kept.some((part) => /^path=\/$/i.test(part)); // __Host- is for these alone; a narrow path is worth more
  const prefix = READ_BY_SCRIPTS.has(name) ? "" : whole ? "__Host-" : "__Secure-";
  return [prefix + pair, ...kept, "Secure"].join("; ");
}

/** An answer whose part died midway is torn for the visitor, too, who would else wait for its end for ever: the proxy
 * does not see to it. @param {http.ServerResponse} response */
function endTorn(response) {
  response.on("pipe", (/** @type {http.IncomingMessage} */ reply) =>
    reply.on("close", () => { if (!reply.complete) response.destroy(); }),
  );
}

/** Give the parts the names they know; what bears no prefix may come from plain HTTP and is left behind.
 * @param {string} header */
function unlockCookies(header) {
  const pairs = header.split(";").map((pair) => pair.trim());
  const good = pairs.filter((pair) => /^__(?:Host|Secure)-/.test(pair) || READ_BY_SCRIPTS.has(pair.split("=")[0]));
  return good.map((pair) => pair.replace(/^__(?:Host|Secure)-/, "")).join("; ");
}

/** @param {http.IncomingMessage} request */
function receive(request) {
  dropClaims(request);
  if (!NAME) return;
  if (request.headers.cookie) request.headers.cookie = unlockCookies(request.headers.cookie);
  if (request.url && TRUST.test(request.url)) request.url = PORTAL + request.url;
}

/** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
function lockReply(request, response) {
  const set = response.setHeader.bind(response);
  response.setHeader = (name, value) =>
    set(name, name.toLowerCase() === "set-cookie" ? [value].flat().map(String).map(lockCookie) : value);
  const host = hostOf(request);
  if (HSTS_DAYS && host !== "localhost" && !isIP(host)) set("Strict-Transport-Security", `max-age=${HSTS_DAYS * 86400}`);
}

/** The name or address that the visitor typed. @param {http.IncomingMessage} request */
function hostOf(request) {
  return (request.headers.host || "").toLowerCase().replace(/:\d+$/, "");
}

/** Take a new certificate when there is one; connections go on, lessons feel nothing.
 * @param {https.Server} server @param {https.ServerOptions} options */
function renew(server, options) {
  fs.watchFile(CERTIFICATE, { interval: LOOK }, (now, before) => {
    if (now.ino === before.ino && now.mtimeMs === before.mtimeMs) return;
    try {
      const pem = fs.readFileSync(CERTIFICATE);
      server.setSecureContext({ ...options, key: pem, cert: pem });
      leaf = new X509Certificate(pem);
    } catch (problem) {
      console.error(`front door: ${CERTIFICATE} cannot be used, the certificate before it stays: ${problem}`);
    }
  });
}

/** Tell the proxy where portal and rooms are. The hub does so only at the end of its start, or when it is asked to after
 * the proxy was started anew; whoever came before would be told by the hub that there is no such page.
 * @param {number} port of the proxy's API */
async function addServices(port) {
  const headers = { Authorization: `token ${process.env.CONFIGPROXY_AUTH_TOKEN}` };
  for (const [name, its] of [["portal", PORTAL_PORT], ["rooms", ROOMS_PORT]]) {
    const body = JSON.stringify({ target: `http://127.0.0.1:${its}` });
    const reply = await fetch(`http://127.0.0.1:${port}/api/routes/services/${name}`, { method: "POST", headers, body });
    if (!reply.ok) throw new Error(`the proxy's API says ${reply.status} to the route of ${name}`);
  }
}

/** Whoever looks after the proxy starts it again. @param {unknown} problem */
function giveUp(problem) {
  console.error(`front door: ${problem}`);
  process.exit(1);
}

/** Plain HTTP. @param {http.IncomingMessage} request @param {http.ServerResponse} response */
function answerPlainly(request, response) {
  dropClaims(request);
  endTorn(response);
  const { method = "", url = "" } = request;
  response.setHeader("Cache-Control", "no-store");
  if (method !== "GET" && method !== "HEAD") return refuse(response, 403);
  if (OPEN.test(url)) return forwardPlainly(request, response);
  const typed = hostOf(request);
  const host = isCovered(typed) ? typed : NAME;
  response.writeHead(302, { Location: `https://${host}${PORT === 443 ? "" : `:${PORT}`}${url.startsWith("/") ? url : "/"}` });
  response.end();
}

/** Whether the certificate is for this name or address. @param {string} host */
function isCovered(host) {
  return !!host && !!leaf && !!(isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host));
}

/** Ask the portal, which gets no cookie and sets none. @param {http.IncomingMessage} request @param {http.ServerResponse} response */
function forwardPlainly(request, response) {
  const { method, url = "" } = request;
  const headers = Object.fromEntries(
    ["host", "accept", "accept-encoding", "accept-language", "if-none-match"].flatMap((name) => {
      const value = request.headers[name];
      return value ? [[name, value]] : [];
    }),
  );
  const path = TRUST.test(url) ? PORTAL + url : url;
  const asked = http.request({ host: "127.0.0.1", port: PORTAL_PORT, path, method, headers, timeout: 20_000 }, (reply) => {
    const { "set-cookie": _, connection, "transfer-encoding": __, ...kept } = reply.headers;
    response.writeHead(reply.statusCode || 502, kept);
    reply.pipe(response);
  });
  asked.on("timeout", () => asked.destroy());
  asked.on("error", () => (response.headersSent ? response.destroy() : refuse(response, 503)));
  asked.end();
}

/** @param {http.ServerResponse} response @param {number} status */
function refuse(response, status) {
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8" });
  response.end(status === 503 ? fs.readFileSync(FAILED) : `https://${NAME}`);
}

/** @param {typeof http.createServer} make */
function openPlainDoor(make) {
  const server = make(answerPlainly);
  server.on("error", (problem) => giveUp(`plain HTTP cannot be had on port ${PLAIN_PORT}: ${problem}`));
  server.listen(PLAIN_PORT, LISTEN);
}

const plainly = http.createServer;
/** @type {(known?: unknown) => void} */
let open;
const isOpen = new Promise((resolve) => (open = resolve)); // the first visitor waits until services are known
// The proxy gives options and a handler to the server that visitors meet; to that of its own API only a handler.
for (const kind of [http, https]) {
  const make = /** @type {any} */ (kind.createServer);
  /** @type {any} */ (kind).createServer = (/** @type {any} */ options, /** @type {http.RequestListener | undefined} */ handler) => {
    if (!handler) {
      const api = make(options);
      api.once("listening", () => addServices(api.address().port).then(open, giveUp));
      return api;
    }
    if (NAME) Object.assign(options, { minVersion: "TLSv1.2" });
    const server = make(options, (/** @type {http.IncomingMessage} */ request, /** @type {http.ServerResponse} */ response) => {
      receive(request);
      endTorn(response);
      if (NAME) lockReply(request, response);
      isOpen.then(() => handler(/** @type {any} */ (request), /** @type {any} */ (response)));
    });
    server.on("upgrade", receive); // before the proxy's own
    if (NAME) renew(server, options);
    if (NAME && PLAIN_PORT) openPlainDoor(plainly);
    return server;
  };
}
