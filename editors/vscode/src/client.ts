// The connection to the server: one process for all folders, started with the program that `binary.ts` finds.

import fs from "node:fs";
import os from "node:os";
import * as vscode from "vscode";
import { CloseAction, DidChangeConfigurationNotification, ErrorAction, type ErrorHandler, LanguageClient, type Middleware, State } from "vscode-languageclient/node";

import { findBinary, type Found, type Missing } from "./binary.ts";
import { SELECTOR } from "./languages.ts";
import { serverOptions } from "./settings.ts";
import { Status } from "./status.ts";

/** How long a server may take to start, and to end, before another is started; in milliseconds. */
const TIMEOUT = 3000;

/** A server that can be started again. */
export class Session implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel("dfix", { log: true });
  readonly #status = new Status();
  readonly #extension: vscode.Extension<unknown>;
  readonly #middleware: Middleware;
  readonly #started = new vscode.EventEmitter<void>();
  #client: LanguageClient | undefined;
  #binary: Found | undefined;
  /** Resolves when the start of the client has an outcome. */
  #settled: Promise<void> = Promise.resolve();
  #last: Promise<void> = Promise.resolve();

  constructor(extension: vscode.Extension<unknown>, executeCommand: NonNullable<Middleware["executeCommand"]>) {
    this.#extension = extension;
    this.#middleware = {
      executeCommand,
      workspace: {
        // Asked for or not, the server gets the same object: the settings that are set, in its own spelling.
        configuration: (params) => params.items.map((item) => (item.section === "dfix" ? this.#options() : null)),
        didChangeConfiguration: async () => {},
      },
    };
  }

  /** Fires when a server is ready, at first and after each restart. */
  get onStarted(): vscode.Event<void> {
    return this.#started.event;
  }

  /** The connection, or undefined when no server runs. */
  get client(): LanguageClient | undefined {
    return this.#client?.state === State.Running ? this.#client : undefined;
  }

  /** The program of the server that runs. */
  get binary(): Found | undefined {
    return this.#binary;
  }

  /** Starts the server, or ends the one that runs and starts anew. Problems are shown, not thrown. */
  restart(): Promise<void> {
    this.#last = this.#last.then(async () => {
      await this.stop();
      this.#start();
    });
    return this.#last;
  }

  /** Ends the server, if one runs. */
  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#binary = undefined;
    try {
      // A client can't be stopped while it starts. One that hangs must not keep another from being started.
      await Promise.race([this.#settled, new Promise((resolve) => setTimeout(resolve, TIMEOUT))]);
      await client?.dispose(TIMEOUT);
    } catch (error) {
      this.log.warn(`the server did not end in order: ${error}`);
    }
  }

  /** Tells the server of changed settings. */
  async settingsChanged(): Promise<void> {
    await this.client?.sendNotification(DidChangeConfigurationNotification.type, { settings: { dfix: this.#options() } });
  }

  dispose(): void {
    this.#status.dispose();
    this.#started.dispose();
    this.log.dispose();
  }

  #start(): void {
    this.#status.starting();
    const binary = this.#find();
    if (binary.kind === "missing") {
      this.log.info(`looked at ${binary.tried.join(", ")}`);
      this.#fail(binary.message);
      return;
    }
    this.log.info(`starting ${binary.path} (${binary.source})`);
    let errors: ErrorHandler | undefined;
    let answered = false;
    const client = new LanguageClient(
      "dfix",
      "dfix",
      { command: binary.path, args: ["lsp"] },
      {
        documentSelector: SELECTOR,
        initializationOptions: () => this.#options(),
        middleware: this.#middleware,
        outputChannel: this.log,
        diagnosticCollectionName: "dfix",
        initializationFailedHandler: () => false,
        errorHandler: {
          // The log has it. If it was serious, the connection closes next.
          error: () => ({ action: ErrorAction.Continue, handled: true }),
          // A program that ends before it answers is no server: another try would end the same way.
          closed: async () => (answered && errors?.closed()) || { action: CloseAction.DoNotRestart, handled: true },
        },
      },
    );
    errors = client.createDefaultErrorHandler();
    let settle = (): void => {};
    this.#settled = new Promise((resolve) => (settle = resolve));
    client.onDidChangeState(({ newState }) => {
      if (newState !== State.Starting) settle();
      if (this.#client !== client) return;
      switch (newState) {
        case State.Starting:
          return this.#status.starting();
        case State.Running:
          answered = true;
          this.#status.running(client.initializeResult?.serverInfo?.version ?? "", binary);
          return this.#started.fire();
        case State.Stopped:
          return this.#status.stopped();
        case State.StartFailed:
          return this.#fail(`${binary.path} is no program that works as a server.`);
      }
    });
    this.#client = client;
    this.#binary = binary;
    // Not awaited: it may never settle when the program ends early. The states tell all there is to know.
    client.start().catch((error: unknown) => this.log.error(String(error)));
  }

  #fail(message: string): void {
    this.log.error(message);
    this.#status.failed(message);
    void offerHelp(message);
  }

  #find(): Found | Missing {
    return findBinary({
      setting: vscode.workspace.getConfiguration("dfix").get("path", "").trim(),
      folders: (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === "file").map((folder) => folder.uri.fsPath),
      trusted: vscode.workspace.isTrusted,
      searchPath: process.env["PATH"] ?? "",
      extension: this.#extension.extensionPath,
      home: os.homedir(),
      platform: process.platform,
      isProgram,
    });
  }

  #options(): unknown {
    const section = vscode.workspace.getConfiguration("dfix");
    return serverOptions(settingKeys(this.#extension.packageJSON), {
      get: (key) => section.get(key),
      trusted: vscode.workspace.isTrusted,
      isSet: (key) => {
        const known = section.inspect(key);
        return [known?.globalValue, known?.workspaceValue, known?.workspaceFolderValue].some((value) => value !== undefined);
      },
    });
  }
}

function isProgram(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return fs.statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The settings that the manifest declares, without the prefix `dfix.`. */
function settingKeys(manifest: { contributes: { configuration: { properties: object }[] } }): string[] {
  return manifest.contributes.configuration.flatMap((section) => Object.keys(section.properties)).map((key) => key.replace(/^dfix\./, ""));
}

async function offerHelp(message: string): Promise<void> {
  const setting = "Open the Setting";
  const again = "Try Again";
  const log = "Show the Log";
  const choice = await vscode.window.showErrorMessage(`dfix: ${message}`, setting, again, log);
  if (choice === setting) await vscode.commands.executeCommand("workbench.action.openSettings", "dfix.path");
  if (choice === again) await vscode.commands.executeCommand("dfix.restart");
  if (choice === log) await vscode.commands.executeCommand("dfix.showLog");
}
