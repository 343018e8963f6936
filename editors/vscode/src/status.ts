// The entry of the language status menu: which server runs, or why none does.

import * as vscode from "vscode";

import type { Found } from "./binary.ts";
import { SELECTOR } from "./languages.ts";

/** Tells what became of the server. */
export class Status implements vscode.Disposable {
  readonly #item = vscode.languages.createLanguageStatusItem("dfix.status", SELECTOR);

  constructor() {
    this.#item.name = "dfix";
    this.starting();
  }

  starting(): void {
    this.#show("dfix", "starting", vscode.LanguageStatusSeverity.Information);
    this.#item.busy = true;
  }

  running(version: string, binary: Found): void {
    this.#show(`dfix ${version}`, `${binary.path} (${SOURCES[binary.source]})`, vscode.LanguageStatusSeverity.Information);
  }

  stopped(): void {
    this.#show("dfix", "stopped", vscode.LanguageStatusSeverity.Warning, RESTART);
  }

  failed(message: string): void {
    this.#show("dfix", message, vscode.LanguageStatusSeverity.Error, RESTART);
  }

  dispose(): void {
    this.#item.dispose();
  }

  #show(text: string, detail: string, severity: vscode.LanguageStatusSeverity, command = LOG): void {
    this.#item.text = text;
    this.#item.detail = detail;
    this.#item.severity = severity;
    this.#item.command = command;
    this.#item.busy = false;
  }
}

const SOURCES = { setting: "from the setting dfix.path", workspace: "from this workspace", path: "from the PATH", bundled: "from the extension" };
const LOG: vscode.Command = { command: "dfix.showLog", title: "Log" };
const RESTART: vscode.Command = { command: "dfix.restart", title: "Restart" };
