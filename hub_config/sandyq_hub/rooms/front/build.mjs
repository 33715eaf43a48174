// Bundles the front end of rooms into ../built: hashed names, each file also as .gz and .br, and a list of them.
// One script is all that a page waits for. What few pages need (controls, formulas, …) is a file of its own each.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "built");
const project = join(here, "../../../..");
/** @param {string} folder */
const list = (folder) => readdirSync(join(project, folder)).sort().map((name) => join(project, folder, name));
/** @type {Record<string, string[]>} the files of our own widgets, and of apps but for the styles of one alone */
const own = {
  ours: list("widgets/sandyq_widgets/static"),
  apps: [...list("voila_apps/sandyq_apps/kit/static"), ...list("voila_apps/sandyq_apps/static").filter((path) => path.endsWith(".js"))],
};
/** @param {string[]} paths */
const findModules = (paths) => paths.filter((path) => path.endsWith(".js") && /^export default /m.test(readFileSync(path, "utf8")));

/** Our own widgets as one script and one style, and apps as others. */
const ours = {
  name: "ours",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(ours|apps)\.(js|css)$/ }, ({ path }) => ({ path, namespace: "ours" }));
    onLoad({ filter: /./, namespace: "ours" }, ({ path }) => {
      const [name, loader] = /** @type {[string, "js" | "css"]} */ (path.split("."));
      const lines = loader === "js"
        ? findModules(own[name]).map((each) => `export { default as ${basename(each, ".js")} } from ${JSON.stringify(each)};`)
        : own[name].filter((each) => each.endsWith(".css")).map((each) => `@import ${JSON.stringify(each)};`);
      return { contents: lines.join("\n"), loader, resolveDir: here };
    });
  },
};

/** Lumino's basic widgets from their sources, each in a file: its package is one of all, from menus to docks. */
const lumino = {
  name: "lumino",
  setup({ onResolve }) {
    onResolve({ filter: /^@lumino\/widgets$/ }, () => ({ path: join(here, "lumino.js") }));
  },
};

/** What the page's script has already is taken from there. @param {string} script its file's name */
const share = (script) => ({
  name: "share",
  setup({ onResolve }) {
    const shared = { path: `./${script}`, external: true };
    onResolve({ filter: /^@lumino\/widgets$/ }, () => ({ path: join(here, "tabs.js") }));
    onResolve({ filter: /^(room|@jupyter-widgets\/base|@lumino\/(algorithm|coreutils|disposable|domutils|messaging|properties|signaling))$/ }, () => shared);
    onResolve({ filter: /^\.\/(layout|panel|panellayout|title|widget)$/ }, ({ importer }) => /@lumino.widgets.src/.test(importer) ? shared : null);
  },
});

/** @type {import("esbuild").BuildOptions} */
const options = {
  absWorkingDir: here,
  outdir: out,
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["chrome90", "firefox90"], // of spring 2021; one library (Markdown) asks for functions of that summer
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty", ".eot": "empty", ".svg": "file" },
  alias: {
    jquery: join(here, "jquery.js"),
    "lodash/isEqual": join(here, "equal.js"),
    "sanitize-html": join(here, "sanitize.js"),
    underscore: join(here, "../../../../node_modules/underscore/underscore-esm.js"), // the same in one file, not in a hundred
  },
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } }, // as Lumino's sources are written
  legalComments: "linked",
  logLevel: "warning",
};

rmSync(out, { recursive: true, force: true });
/** @type {Record<string, string>} the files' names by what they are */
const files = {};
/** @param {import("esbuild").BuildOptions} more */
async function make(more) {
  const { metafile } = await build({ ...options, ...more });
  for (const [path, { entryPoint }] of Object.entries(metafile?.outputs || {})) {
    if (entryPoint) files[basename(path).replace(/-\w+(?=\.\w+$)/, "")] = basename(path);
  }
}
// Chromium then compiles all of it while it is loaded, beside the page's own thread, and not each function when it is called.
await make({ entryPoints: { room: "room.js" }, plugins: [lumino], banner: { js: "//# allFunctionsCalledOnLoad" } });
await make({
  entryPoints: {
    ours: "ours.js", apps: "apps.js", maths: "katex/contrib/auto-render", markdown: "marked", terminal: "ansi_up",
    style: "style.css", formulas: "katex/dist/katex.css", icons: "icons.css", ansi: "ansi.css",
  },
  plugins: [ours],
});
await make({ entryPoints: { apps: "apps.css" }, plugins: [ours] });
await make({ entryPoints: { controls: "controls.js" }, plugins: [share(files["room.js"])] });

for (const name of readdirSync(out)) {
  const body = readFileSync(join(out, name));
  if (name.endsWith(".woff2")) continue; // is compressed already
  writeFileSync(join(out, `${name}.gz`), gzipSync(body, { level: 9 }));
  writeFileSync(join(out, `${name}.br`), brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }));
}
const fonts = readdirSync(out).filter((name) => name.endsWith(".woff2") && name.startsWith("golos"));
const digest = (/** @type {string} */ path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const apps = Object.fromEntries(findModules(own.apps).map((path) => [digest(path), `apps.${basename(path, ".js")}`]));
const looks = own.apps.filter((path) => path.endsWith(".css")).map(digest);
writeFileSync(join(out, "files.json"), JSON.stringify({ files, fonts, apps, looks }, null, 1));
