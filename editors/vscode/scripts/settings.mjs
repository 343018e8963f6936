// Makes the settings that have the names of the keys of `dfix.toml` out of its JSON schema, and writes them into package.json.
// usage: npm run settings [-- --check]

import fs from "node:fs";
import { fileURLToPath } from "node:url";

const MANIFEST = new URL("../package.json", import.meta.url);
const SCHEMA = new URL("../../../docs/dfix.schema.json", import.meta.url);
const TITLE = "dfix.toml";
/** These tables become one setting for each key; others, whose keys are the user's, stay one setting. */
const isTable = (schema) => schema.properties !== undefined && schema.additionalProperties === false;

/** The section of settings that a schema gives. */
export function section(schema) {
  const properties = {};
  const add = (path, schema) => {
    if (isTable(schema)) {
      for (const [key, inner] of Object.entries(schema.properties)) add([...path, key], inner);
    } else {
      const described = { ...choices(schema), scope: "window" };
      delete described.description;
      described.markdownDescription = `${[...context(path), schema.description].join(" ")} Holds where no \`dfix.toml\` is found.`;
      properties[["dfix.settings", ...path].join(".")] = described;
    }
  };
  const context = (path) => {
    const table = path.length > 1 ? schema.properties[path[0]] : undefined;
    return table?.description ? [table.description] : [];
  };
  add([], schema);
  return { title: TITLE, properties };
}

/** A schema in the form that VS Code has an input field for: a list of values with their meanings, in place of alternatives. */
function choices(schema) {
  const result = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, isObject(value) ? choices(value) : value]));
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives === undefined) return result;
  delete result.oneOf;
  delete result.anyOf;
  const leaves = (list) => list.flatMap((one) => leaves(one.oneOf ?? one.anyOf ?? []).concat(one));
  const values = leaves(alternatives).filter((one) => one.const !== undefined);
  return {
    type: "string",
    ...result,
    enum: values.map((one) => one.const),
    markdownEnumDescriptions: values.map((one) => one.description),
  };
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** package.json with the settings that the schema gives. */
export function manifestWith(schema, manifest) {
  const sections = manifest.contributes.configuration.filter(({ title }) => title !== TITLE);
  return { ...manifest, contributes: { ...manifest.contributes, configuration: [...sections, section(schema)] } };
}

const read = (file) => JSON.parse(fs.readFileSync(file, "utf8"));

/** Whether package.json is what this script would write, and its text. */
export function update() {
  const text = `${JSON.stringify(manifestWith(read(SCHEMA), read(MANIFEST)), null, 2)}\n`;
  return { text, current: fs.readFileSync(MANIFEST, "utf8") === text };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { text, current } = update();
  if (process.argv.includes("--check") && !current) {
    console.error("package.json is stale: npm run settings");
    process.exitCode = 1;
  } else if (!current) fs.writeFileSync(MANIFEST, text);
}
