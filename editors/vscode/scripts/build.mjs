// Bundles the extension to dist/extension.cjs, with the licences of what is in the bundle beside it.
// usage: npm run build [-- --debug]

import fs from "node:fs";
import path from "node:path";
import esbuild from "esbuild";

process.chdir(path.join(import.meta.dirname, ".."));
const debug = process.argv.includes("--debug");
/** Licences that agree with ours. */
const COMPATIBLE = ["0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"];

fs.rmSync("dist", { recursive: true, force: true });
const { metafile } = await esbuild.build({
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.cjs",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: !debug,
  sourcemap: debug,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});
fs.writeFileSync("dist/LICENSES-OF-DEPENDENCIES.txt", notices(Object.keys(metafile.inputs)));

/** The licence texts of the packages that files of the bundle come from. */
function notices(files) {
  const packages = new Set(files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0]).filter((folder) => folder !== undefined));
  return [...packages].sort().map(notice).join(`\n${"-".repeat(80)}\n\n`);
}

function notice(folder) {
  const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  if (!COMPATIBLE.includes(license)) throw new Error(`${name} has the licence ${license}, which is not among ${COMPATIBLE.join(", ")}`);
  const file = fs.readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (file === undefined) throw new Error(`${name} comes without the text of its licence`);
  return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(folder, file), "utf8").trim()}\n`;
}
