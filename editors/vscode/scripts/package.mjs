// Packs the extension. With a program, which is packed too, for one platform; without, for all.
// usage: npm run package [-- --out FILE.vsix] [--target linux-x64 --binary ../../target/release/dfix]

import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { createVSIX } from "@vscode/vsce";

const { values } = parseArgs({ options: { out: { type: "string" }, target: { type: "string" }, binary: { type: "string" } } });
if ((values.target === undefined) !== (values.binary === undefined)) throw new Error("--target and --binary go together");
const binary = values.binary && path.resolve(values.binary);
const root = path.join(import.meta.dirname, "..");
const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
const out = path.resolve(values.out ?? path.join(root, `dfix-${values.target ? `${values.target}-` : ""}${version}.vsix`));
process.chdir(root);

fs.rmSync("bin", { recursive: true, force: true });
if (binary) {
  const program = path.join("bin", values.target.startsWith("win32") ? "dfix.exe" : "dfix");
  fs.mkdirSync("bin");
  fs.copyFileSync(binary, program);
  fs.chmodSync(program, 0o755);
}
for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) fs.copyFileSync(path.join("../..", licence), licence);
await import("./build.mjs");
await createVSIX({
  cwd: root,
  packagePath: out,
  target: values.target,
  dependencies: false,
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
  skipLicense: true,
  allowUnusedFilesPattern: true,
});
