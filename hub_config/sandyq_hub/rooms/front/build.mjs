// Bundles the front end of rooms into ../built: hashed names, each file also as .gz and .br, and a list of them.
import { build } from "esbuild";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "built");

rmSync(out, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { room: "room.js", style: "style.css", maths: "katex/dist/katex.css", icons: "icons.css", ansi: "ansi.css" },
  absWorkingDir: here,
  outdir: out,
  bundle: true,
  splitting: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["chrome90", "firefox90"], // of spring 2021; one library (Markdown) asks for functions of that summer
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty", ".eot": "empty", ".svg": "file" },
  alias: { "sanitize-html": join(here, "sanitize.js") },
  legalComments: "linked",
  logLevel: "warning",
});

for (const name of readdirSync(out)) {
  const body = readFileSync(join(out, name));
  if (name.endsWith(".woff2")) continue; // is compressed already
  writeFileSync(join(out, `${name}.gz`), gzipSync(body, { level: 9 }));
  writeFileSync(join(out, `${name}.br`), brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }));
}

/** What the page has to name: entries, fonts, and the parts that a script loads with it. */
const entries = {};
for (const [path, { entryPoint, imports }] of Object.entries(metafile.outputs)) {
  if (!entryPoint) continue;
  const kinds = (kind) => imports.filter((each) => each.kind === kind).map((each) => basename(each.path));
  entries[entryPoint.replace(/.*node_modules\//, "")] = { file: basename(path), parts: kinds("import-statement") };
}
const fonts = readdirSync(out).filter((name) => name.endsWith(".woff2") && name.startsWith("golos"));
writeFileSync(join(out, "files.json"), JSON.stringify({ entries, fonts }, null, 1));
