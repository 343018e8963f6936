import assert from "node:assert/strict";
import test from "node:test";

import { findBinary, type Places } from "../src/binary.ts";

const LINUX: Places = {
  setting: "",
  folders: ["/folder", "/more"],
  trusted: true,
  searchPath: "/usr/local/bin:/usr/bin",
  extension: "/ext",
  home: "/home/me",
  platform: "linux",
  isProgram: () => false,
};

/** Which of the programs that exist is found. */
function check(places: Partial<Places>, exist: string[], expected: string): void {
  const found = findBinary({ ...LINUX, ...places, isProgram: (path) => exist.includes(path) });
  const actual = found.kind === "found" ? `${found.source} ${found.path}` : found.message;
  assert.equal(actual, expected, JSON.stringify({ places, exist, found }));
}

const EVERYWHERE = ["/folder/bin/dfix", "/usr/bin/dfix", "/ext/bin/dfix"];

test("setting, workspace, PATH, bundled, in this order", () => {
  check({ setting: "/opt/dfix" }, ["/opt/dfix", ...EVERYWHERE], "setting /opt/dfix");
  check({}, EVERYWHERE, "workspace /folder/bin/dfix");
  check({}, EVERYWHERE.slice(1), "path /usr/bin/dfix");
  check({}, EVERYWHERE.slice(2), "bundled /ext/bin/dfix");
});

test("the tools of a project, of each folder in turn", () => {
  check({}, ["/folder/node_modules/.bin/dfix", "/folder/.venv/bin/dfix"], "workspace /folder/node_modules/.bin/dfix");
  check({}, ["/more/.venv/bin/dfix"], "workspace /more/.venv/bin/dfix");
  check({ folders: [] }, EVERYWHERE, "path /usr/bin/dfix");
});

test("an untrusted workspace chooses nothing", () => {
  const trusted = false;
  check({ trusted }, EVERYWHERE, "path /usr/bin/dfix");
  check({ trusted, searchPath: "/folder/bin:/folder:bin::.:/usr/bin" }, ["/folder/bin/dfix", "/folder/dfix", "bin/dfix", "dfix", "/usr/bin/dfix"], "path /usr/bin/dfix");
  for (const setting of ["./dfix", "${workspaceFolder}/dfix"]) {
    check({ trusted, setting }, ["/folder/dfix", ...EVERYWHERE], `The setting dfix.path is relative to a folder that is not trusted or not open: ${setting}`);
  }
});

test("a folder beside the workspace is not inside it", () => {
  for (const folder of ["/folders", "/", "/folder/../tools", "/..folder"]) {
    check({ trusted: false, searchPath: folder }, [`${folder === "/" ? "" : folder.replace("/folder/..", "")}/dfix`], `path ${folder === "/" ? "" : folder.replace("/folder/..", "")}/dfix`);
  }
});

test("what the setting may say", () => {
  check({ setting: "~/bin/dfix" }, ["/home/me/bin/dfix"], "setting /home/me/bin/dfix");
  check({ setting: "${workspaceFolder}/tools/../dfix" }, ["/folder/dfix"], "setting /folder/dfix");
  check({ setting: "tools/dfix" }, ["/folder/tools/dfix"], "setting /folder/tools/dfix");
  check({ setting: "tools/dfix", folders: [] }, EVERYWHERE, "The setting dfix.path is relative to a folder that is not trusted or not open: tools/dfix");
  check({ setting: "${workspaceFolder}/dfix", folders: ["/a$&b"] }, ["/a$&b/dfix"], "setting /a$&b/dfix");
});

test("a setting that names nothing is an error, whatever else there is", () => {
  check({ setting: "/opt/dfix" }, EVERYWHERE, "The setting dfix.path names no program: /opt/dfix");
});

test("relative entries of the PATH are passed over in a trusted workspace too", () => {
  check({ folders: [], searchPath: ".::bin:/usr/bin" }, ["dfix", "bin/dfix", "/usr/bin/dfix"], "path /usr/bin/dfix");
});

test("Windows", () => {
  const windows: Partial<Places> = { platform: "win32", folders: ["C:\\work"], searchPath: "D:\\tools;.;C:\\work\\x", extension: "C:\\ext", home: "C:\\me" };
  check(windows, ["C:\\work\\.venv\\Scripts\\dfix.exe"], "workspace C:\\work\\.venv\\Scripts\\dfix.exe");
  check({ ...windows, trusted: false }, ["C:\\work\\x\\dfix.exe", "C:\\ext\\bin\\dfix.exe"], "bundled C:\\ext\\bin\\dfix.exe");
  check({ ...windows, setting: "~\\dfix.exe" }, ["C:\\me\\dfix.exe"], "setting C:\\me\\dfix.exe");
  check(windows, ["D:\\tools\\dfix.exe"], "path D:\\tools\\dfix.exe");
});

test("all places are named when there is none", () => {
  const found = findBinary({ ...LINUX, folders: ["/folder"] });
  assert.equal(found.kind, "missing");
  assert.deepEqual(found.kind === "missing" && found.tried, [
    "/folder/bin/dfix",
    "/folder/node_modules/.bin/dfix",
    "/folder/.venv/bin/dfix",
    "/usr/local/bin/dfix",
    "/usr/bin/dfix",
    "/ext/bin/dfix",
  ]);
});
