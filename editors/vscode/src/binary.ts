// Where the program `dfix` is: the setting, the workspace, the PATH, the extension. Knows nothing of VS Code.

import path from "node:path";

/** Which place a program was found in. */
export type Source = "setting" | "workspace" | "path" | "bundled";

/** A program to run. */
export interface Found {
  readonly kind: "found";
  /** Absolute. */
  readonly path: string;
  readonly source: Source;
}

/** No program, and why. */
export interface Missing {
  readonly kind: "missing";
  /** One sentence for the user. */
  readonly message: string;
  /** The places that were looked at, in order. */
  readonly tried: readonly string[];
}

/** All that the search depends on. */
export interface Places {
  /** The setting `dfix.path`; empty when it is not set. VS Code leaves out what an untrusted workspace says. */
  readonly setting: string;
  /** The folders that are open, the first one first. */
  readonly folders: readonly string[];
  /** Whether the user trusts these folders. If not, nothing in them is run. */
  readonly trusted: boolean;
  /** The variable PATH. */
  readonly searchPath: string;
  /** The extension's own folder. */
  readonly extension: string;
  /** The user's home. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** Whether a path is a file that can be run. */
  readonly isProgram: (path: string) => boolean;
}

/** Where the tools of a project are installed: by hand or a script, by npm, by pip. */
const PROJECT_TOOLS = { posix: ["bin", "node_modules/.bin", ".venv/bin"], windows: ["bin", "node_modules/.bin", ".venv/Scripts"] };

/** Finds the program. A setting that names none is a mistake to show, not a reason to run another program. */
export function findBinary(places: Places): Found | Missing {
  const windows = places.platform === "win32";
  const paths = windows ? path.win32 : path.posix;
  const name = windows ? "dfix.exe" : "dfix";
  const tried: string[] = [];
  const first = (source: Source, candidates: Iterable<string>): Found | undefined => {
    for (const candidate of candidates) {
      tried.push(candidate);
      if (places.isProgram(candidate)) return { kind: "found", path: candidate, source };
    }
    return undefined;
  };

  if (places.setting !== "") {
    const named = expand(places, paths);
    if (named === undefined) {
      return { kind: "missing", message: `The setting dfix.path is relative to a folder that is not trusted or not open: ${places.setting}`, tried };
    }
    return first("setting", [named]) ?? { kind: "missing", message: `The setting dfix.path names no program: ${named}`, tried };
  }

  const tools = windows ? PROJECT_TOOLS.windows : PROJECT_TOOLS.posix;
  const inFolders = places.trusted ? places.folders.flatMap((folder) => tools.map((tool) => paths.join(folder, tool, name))) : [];
  // A relative entry of PATH, or one inside the workspace, would let an untrusted workspace choose.
  const onPath = places.searchPath
    .split(paths.delimiter)
    .filter((folder) => paths.isAbsolute(folder))
    .filter((folder) => places.trusted || !places.folders.some((open) => contains(paths, open, folder)))
    .map((folder) => paths.join(folder, name));
  return (
    first("workspace", inFolders) ??
    first("path", onPath) ??
    first("bundled", [paths.join(places.extension, "bin", name)]) ?? {
      kind: "missing",
      message: "The program dfix was found neither on the PATH nor in the extension.",
      tried,
    }
  );
}

/** The setting as an absolute path; undefined where it would be relative to folders that must not choose. */
function expand(places: Places, paths: path.PlatformPath): string | undefined {
  const { setting, home } = places;
  const folder = places.trusted ? places.folders[0] : undefined;
  if (setting === "~" || setting.startsWith("~/") || setting.startsWith("~\\")) return paths.join(home, setting.slice(1));
  const variable = "${workspaceFolder}";
  if (setting.includes(variable)) return folder && paths.normalize(setting.replaceAll(variable, () => folder));
  if (paths.isAbsolute(setting)) return setting;
  return folder && paths.join(folder, setting);
}

function contains(paths: path.PlatformPath, outer: string, inner: string): boolean {
  const relative = paths.relative(outer, inner);
  return relative === "" || (relative !== ".." && !relative.startsWith(`..${paths.sep}`) && !paths.isAbsolute(relative));
}
