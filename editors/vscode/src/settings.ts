// What the server is told of VS Code's settings. Knows nothing of VS Code.

/** A JSON object. */
export type JsonObject = { [key: string]: unknown };

/** How settings below `dfix.` are read. */
export interface Reader {
  /** The value that holds. */
  readonly get: (key: string) => unknown;
  /** Whether the user trusts the folders that are open. */
  readonly trusted: boolean;
  /** Whether the user or the workspace says anything about it, so that it is no default. */
  readonly isSet: (key: string) => boolean;
}

/** The prefix of the settings that have the names of the keys of `dfix.toml`. */
const FILE_KEYS = "settings.";

/**
 * The server's options: `initializationOptions`, and the section `dfix` of the client's configuration.
 *
 * Of the keys of `dfix.toml` only those that are set are sent: that `select` is not set is not the same as an empty list.
 *
 * @param keys all settings of the extension, without the prefix `dfix.`
 */
export function serverOptions(keys: readonly string[], reader: Reader): JsonObject {
  const settings: JsonObject = {};
  for (const key of keys) {
    if (key.startsWith(FILE_KEYS) && reader.isSet(key)) put(settings, key.slice(FILE_KEYS.length).split("."), reader.get(key));
  }
  return {
    configuration: reader.get("configuration") || null,
    settings,
    unsafeFixes: reader.get("unsafeFixes"),
    diagnostics: reader.get("diagnostics"),
    inlayHints: { stages: reader.get("inlayHints.stages"), workdir: reader.get("inlayHints.workdir"), history: reader.get("inlayHints.history") },
    codeLens: reader.get("codeLens"),
    // A build runs what the file says.
    verify: {
      enabled: reader.trusted && reader.get("verify.enabled"),
      calibrate: reader.get("verify.calibrate"),
      arguments: reader.get("verify.arguments"),
    },
  };
}

function put(target: JsonObject, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = (target[key] ??= {}) as JsonObject;
  put(inner, rest, value);
}
