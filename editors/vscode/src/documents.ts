// Read-only documents: the syntax tree of a file, which follows its edits, and pages in Markdown.

import * as vscode from "vscode";

import type { Session } from "./client.ts";

const TREE = "dfix-tree";
const PAGE = "dfix-page";

/** What the server says on a page. */
export interface Page {
  readonly title: string;
  readonly markdown: string;
}

/** Syntax trees, each beside its file. */
export class Trees implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #session: Session;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #disposables: vscode.Disposable[];

  constructor(session: Session) {
    this.#session = session;
    this.#disposables = [
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(TREE, this),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#follow(document)),
      session.onStarted(() => vscode.workspace.textDocuments.forEach((document) => this.#follow(document))),
    ];
  }

  get onDidChange(): vscode.Event<vscode.Uri> {
    return this.#changed.event;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const client = this.#session.client;
    if (client === undefined) return "dfix is not running.";
    return client.sendRequest<string>("dfix/syntaxTree", { textDocument: { uri: uri.query } });
  }

  async show(document: vscode.TextDocument): Promise<void> {
    const tree = await vscode.workspace.openTextDocument(treeOf(document));
    await vscode.window.showTextDocument(tree, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: false });
  }

  dispose(): void {
    this.#timers.forEach((timer) => clearTimeout(timer));
    this.#disposables.forEach((disposable) => disposable.dispose());
  }

  /** Asks for the tree of a file anew, once its author pauses. */
  #follow(document: vscode.TextDocument): void {
    const tree = treeOf(document);
    const key = tree.toString();
    if (!vscode.workspace.textDocuments.some((open) => open.uri.toString() === key)) return;
    clearTimeout(this.#timers.get(key));
    this.#timers.set(key, setTimeout(() => this.#changed.fire(tree), 150));
  }
}

function treeOf(document: vscode.TextDocument): vscode.Uri {
  // The query is the address that the server knows the file by.
  return vscode.Uri.from({ scheme: TREE, path: `${document.uri.path} (syntax tree)`, query: document.uri.toString() });
}

/** Pages, shown as a preview. */
export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #provider = vscode.workspace.registerTextDocumentContentProvider(PAGE, this);

  get onDidChange(): vscode.Event<vscode.Uri> {
    return this.#changed.event;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? "This page is gone: ask for it again.";
  }

  async show(page: Page): Promise<void> {
    const uri = vscode.Uri.from({ scheme: PAGE, path: `/${page.title.replaceAll("/", "-")}.md` });
    this.#texts.set(uri.path, page.markdown);
    this.#changed.fire(uri);
    await vscode.commands.executeCommand("markdown.showPreviewToSide", uri);
  }

  dispose(): void {
    this.#provider.dispose();
    this.#changed.dispose();
  }
}
