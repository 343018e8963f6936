import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";

import { section, update } from "../scripts/settings.mjs";

const read = (path) => fs.readFileSync(new URL(path, import.meta.url), "utf8");
const manifest = JSON.parse(read("../package.json"));
const settings = Object.assign({}, ...manifest.contributes.configuration.map(({ properties }) => properties));

test("package.json has the settings that docs/dfix.schema.json gives", () => {
  assert.ok(update().current, "package.json is stale: npm run settings");
});

test("a schema becomes settings", () => {
  const table = (properties) => ({ type: "object", description: "A table.", additionalProperties: false, properties });
  const choice = { description: "Which.", default: "a", oneOf: [{ const: "a", description: "First" }, { const: "b", description: "Second" }] };
  const list = { description: "Names.", type: "array", items: { anyOf: [{ const: "x", description: "X" }, { type: "string" }] } };
  const nested = { description: "Either.", anyOf: [{ description: "A policy.", oneOf: choice.oneOf }, { type: "object" }] };
  const free = { description: "Free.", type: "object", additionalProperties: table({ inner: { type: "string", description: "In." } }) };
  const { properties } = section(table({ choice, nested, list, free, inner: table({ choice }) }));
  const holds = "Holds where no `dfix.toml` is found.";
  const values = { type: "string", enum: ["a", "b"], markdownEnumDescriptions: ["First", "Second"], default: "a", scope: "window" };
  assert.deepEqual(properties, {
    "dfix.settings.choice": { ...values, markdownDescription: `Which. ${holds}` },
    "dfix.settings.nested": { type: "string", enum: values.enum, markdownEnumDescriptions: values.markdownEnumDescriptions, scope: "window", markdownDescription: `Either. ${holds}` },
    "dfix.settings.list": { type: "array", items: { type: "string", enum: ["x"], markdownEnumDescriptions: ["X"] }, scope: "window", markdownDescription: `Names. ${holds}` },
    "dfix.settings.free": { type: "object", additionalProperties: free.additionalProperties, scope: "window", markdownDescription: `Free. ${holds}` },
    "dfix.settings.inner.choice": { ...values, markdownDescription: `A table. Which. ${holds}` },
  });
});

test("an untrusted workspace sets neither the program nor its files and arguments, and builds nothing", () => {
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, ["dfix.path", "dfix.configuration", "dfix.verify.arguments"]);
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, "limited");
  assert.equal(settings["dfix.path"].scope, "machine-overridable");
  const verify = manifest.contributes.commands.find(({ command }) => command === "dfix.verifyFile");
  assert.match(verify.enablement, /^isWorkspaceTrusted && /);
  assert.match(manifest.contributes.menus.commandPalette.find(({ command }) => command === "dfix.verifyFile").when, /^isWorkspaceTrusted && /);
});

test("each setting says what it does and where it holds", () => {
  for (const [key, setting] of Object.entries(settings)) {
    assert.ok(setting.description ?? setting.markdownDescription, key);
    assert.ok(setting.scope, key);
    assert.equal(setting.enum?.length, (setting.enumDescriptions ?? setting.markdownEnumDescriptions ?? setting.enum)?.length, key);
  }
});

test("each command of the manifest is registered, and no other", () => {
  const source = read("../src/commands.ts");
  const registered = [...source.slice(0, source.indexOf("registerCommand(name")).matchAll(/"(dfix\.\w+)":/g)].map(([, name]) => name);
  assert.deepEqual(registered.sort(), manifest.contributes.commands.map(({ command }) => command).sort());
});

test("the README names each setting of the editor and each command", () => {
  const readme = read("../README.md");
  for (const key of Object.keys(settings).filter((key) => !key.startsWith("dfix.settings."))) assert.ok(readme.includes(`\`${key}\``), key);
  for (const { title } of manifest.contributes.commands) assert.ok(readme.includes(`dfix: ${title}`), title);
});
