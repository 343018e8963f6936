import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";

import { type JsonObject, serverOptions } from "../src/settings.ts";

interface Property {
  default?: unknown;
}

const manifest = JSON.parse(fs.readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  contributes: { configuration: { properties: { [key: string]: Property } }[] };
};
const properties: { [key: string]: Property } = Object.assign({}, ...manifest.contributes.configuration.map((section) => section.properties));
const keys = Object.keys(properties).map((key) => key.replace("dfix.", ""));

/** What the server is told when a user has set this. */
function check(set: JsonObject, expected: JsonObject, trusted = true): void {
  const reader = { get: (key: string) => set[key] ?? properties[`dfix.${key}`]?.default, isSet: (key: string) => key in set, trusted };
  assert.deepEqual(serverOptions(keys, reader), { ...DEFAULTS, ...expected });
}

const DEFAULTS = {
  configuration: null,
  settings: {},
  unsafeFixes: true,
  diagnostics: "onType",
  inlayHints: { stages: true, workdir: true, history: true },
  codeLens: true,
  verify: { enabled: true, calibrate: true, arguments: [] },
};

test("nothing is set", () => check({}, {}));

test("an empty list is not the same as no list", () => check({ "settings.select": [] }, { settings: { select: [] } }));

test("keys of tables", () => {
  check(
    { "settings.equivalence.residue": "keep", "settings.equivalence.package-order": "keep", "settings.ignore": ["style"] },
    { settings: { equivalence: { residue: "keep", "package-order": "keep" }, ignore: ["style"] } },
  );
  check({ "settings.images": { "a/b:1": { user: "root" } } }, { settings: { images: { "a/b:1": { user: "root" } } } });
});

test("the editor's own", () => {
  check({ configuration: "ci/dfix.toml", unsafeFixes: false }, { configuration: "ci/dfix.toml", unsafeFixes: false });
  check({ "inlayHints.workdir": false, codeLens: false }, { inlayHints: { stages: true, workdir: false, history: true }, codeLens: false });
});

test("nothing is built where nothing is trusted", () => {
  check({ "verify.arguments": ["--context", "."] }, { verify: { enabled: true, calibrate: true, arguments: ["--context", "."] } });
  check({ "verify.enabled": false }, { verify: { enabled: false, calibrate: true, arguments: [] } });
  check({ "verify.enabled": true }, { verify: { enabled: false, calibrate: true, arguments: [] } }, false);
});

test("what the search for the program and the log are told is not for the server", () => {
  check({ path: "/opt/dfix", "trace.server": "verbose" }, {});
});
