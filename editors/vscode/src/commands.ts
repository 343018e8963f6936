// The commands of the palette, and those that the server's actions and lenses name.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";
import {
  type CodeAction,
  CodeActionRequest,
  CodeActionResolveRequest,
  CodeActionTriggerKind,
  type LanguageClient,
  type Location,
  type Position,
  WorkDoneProgress,
} from "vscode-languageclient/node";

import type { Session } from "./client.ts";
import type { Page, Pages, Trees } from "./documents.ts";
import { SELECTOR } from "./languages.ts";

/** What the commands work with. */
export interface Parts {
  readonly session: Session;
  readonly trees: Trees;
  readonly pages: Pages;
}

/** Registers the commands of the palette. */
export function registerCommands(parts: Parts): vscode.Disposable[] {
  const commands: { [name: string]: () => unknown } = {
    "dfix.fixAllInFile": () => inEditor(parts, fixAll),
    "dfix.showProof": () => inEditor(parts, showProof),
    "dfix.splitIntoStages": () => inEditor(parts, splitIntoStages),
    "dfix.verifyFile": () => inEditor(parts, (_, client, { document }) => verify(parts, client, document.uri)),
    "dfix.showSyntaxTree": () => inEditor(parts, ({ trees }, _, editor) => trees.show(editor.document)),
    "dfix.explainRule": () => pickRule(parts),
    "dfix.restart": () => parts.session.restart(),
    "dfix.showLog": () => parts.session.log.show(true),
  };
  return [
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(name, run)),
    // A lens names this one, and leaves it to the client.
    vscode.commands.registerCommand("dfix.showReferences", (...args: [string, Position, Location[]]) => showReferences(parts, args)),
  ];
}

/** Runs a command of the server's: here, when its result is something to show, else in the server. */
export async function runServerCommand(parts: Parts, command: string, args: unknown[], inServer: () => unknown): Promise<unknown> {
  switch (command) {
    case "dfix.explain":
      return explain(parts, String(args[0]));
    case "dfix.verify": {
      const client = parts.session.client;
      return client === undefined ? notRunning() : verify(parts, client, vscode.Uri.parse(String(args[0])));
    }
    default:
      return inServer();
  }
}

async function fixAll(_: Parts, client: LanguageClient, { document }: vscode.TextEditor): Promise<void> {
  const before = document.version;
  await client.sendRequest("workspace/executeCommand", { command: "dfix.fixAll", arguments: [client.code2ProtocolConverter.asUri(document.uri)] });
  if (document.version === before) vscode.window.setStatusBarMessage("dfix: no safe fix for this file", 5000);
}

async function showProof({ pages }: Parts, client: LanguageClient, { document, selection }: vscode.TextEditor): Promise<void> {
  await pages.show(await client.sendRequest<Page>("dfix/proof", client.code2ProtocolConverter.asTextDocumentPositionParams(document, selection.active)));
}

/** The refactoring that makes two stages of one; the server offers it at the first FROM. */
const SPLIT = "refactor.rewrite.split-stages";

/** Splits a file into a build stage and a runtime stage. VS Code shows the change and asks first, as the server wants it to. */
async function splitIntoStages({ session }: Parts, client: LanguageClient, { document }: vscode.TextEditor): Promise<void> {
  const from = document.positionAt(Math.max(document.getText().search(/^[ \t]*FROM[ \t]/im), 0));
  const params = {
    textDocument: client.code2ProtocolConverter.asTextDocumentIdentifier(document),
    range: client.code2ProtocolConverter.asRange(new vscode.Range(from, from)),
    context: { diagnostics: [], only: [SPLIT], triggerKind: CodeActionTriggerKind.Invoked },
  };
  const before = document.version;
  const [offered] = (await client.sendRequest(CodeActionRequest.type, params)) ?? [];
  if (offered === undefined) {
    void vscode.window.showInformationMessage(`dfix: ${await whyNotSplit(session, document)}`);
    return;
  }
  const { edit } = await client.sendRequest(CodeActionResolveRequest.type, offered as CodeAction);
  if (edit === undefined || document.version !== before) return;
  await vscode.workspace.applyEdit(await client.protocol2CodeConverter.asWorkspaceEdit(edit), { isRefactoring: true });
}

/** Why a text can't be split, in the words of the command line. */
async function whyNotSplit({ binary }: Session, document: vscode.TextDocument): Promise<string> {
  const unknown = "this file can't be split into stages";
  if (binary === undefined) return unknown;
  const run = promisify(execFile)(binary.path, ["split", "-", "--stdin-filename", document.fileName, "--format", "json"]);
  run.child.stdin?.end(document.getText());
  // It ends with 1 where there is nothing to write, and says why all the same.
  const { stdout } = await run.catch((ended: { stdout: string }) => ended);
  try {
    const { reason, line } = JSON.parse(stdout) as { reason?: string; line?: number };
    if (reason === undefined) return unknown;
    return line === undefined ? `nothing to split: ${reason}` : `not split: line ${line}: ${reason}`;
  } catch {
    return unknown;
  }
}

/** What came of a build. */
interface Verified extends Page {
  readonly message: string;
  readonly verdict: "equal" | "different" | "unknown";
}

let builds = 0;

/** Builds a file before and after its safe fixes, and shows what differs. */
async function verify({ pages }: Parts, client: LanguageClient, uri: vscode.Uri): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    void vscode.window.showWarningMessage("dfix: a build runs what the file says. Trust this folder first.");
    return;
  }
  const options = { location: vscode.ProgressLocation.Notification, title: `dfix: verifying ${vscode.workspace.asRelativePath(uri)}`, cancellable: true };
  const verified = await vscode.window.withProgress(options, async (progress, cancellation) => {
    const workDoneToken = `build-${++builds}`;
    const news = client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
      if (value.kind === "report" && value.message !== undefined) progress.report({ message: value.message });
    });
    try {
      const params = { textDocument: { uri: client.code2ProtocolConverter.asUri(uri) }, workDoneToken };
      return await client.sendRequest<Verified | null>("dfix/verify", params, cancellation);
    } catch (error) {
      if (!cancellation.isCancellationRequested) void vscode.window.showErrorMessage(`dfix: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    } finally {
      news.dispose();
    }
  });
  if (verified === null) return;
  const show = verified.verdict === "equal" ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  void show(`dfix: ${verified.message}`);
  await pages.show(verified);
}

async function explain({ session, pages }: Parts, rule: string): Promise<void> {
  const client = session.client;
  if (client === undefined) return notRunning();
  await pages.show(await client.sendRequest<Page>("dfix/explain", { rule }));
}

/** Asks which rule: those with a finding at the cursor first, then all that the program knows. */
async function pickRule(parts: Parts): Promise<void> {
  const binary = parts.session.binary;
  if (parts.session.client === undefined || binary === undefined) return notRunning();
  const { stdout } = await promisify(execFile)(binary.path, ["rules", "--format", "json"]);
  const rules = JSON.parse(stdout) as { id: string; summary: string; aliases: string[] }[];
  const here = new Set(findingsHere());
  const items = rules.map(({ id, summary, aliases }) => ({ label: id, description: aliases.join(" "), detail: summary }));
  items.sort((one, other) => Number(here.has(other.label)) - Number(here.has(one.label)));
  const picked = await vscode.window.showQuickPick(items, { title: "Explain a Rule", matchOnDescription: true, matchOnDetail: true });
  if (picked !== undefined) await explain(parts, picked.label);
}

/** The rules with a finding at the cursor. */
function findingsHere(): string[] {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return [];
  return vscode.languages
    .getDiagnostics(editor.document.uri)
    .filter(({ source, range }) => source === "dfix" && range.intersection(editor.selection) !== undefined)
    .map(({ code }) => String(typeof code === "object" ? code.value : code));
}

async function showReferences({ session }: Parts, [uri, position, locations]: [string, Position, Location[]]): Promise<void> {
  const convert = session.client?.protocol2CodeConverter;
  if (convert === undefined) return notRunning();
  await vscode.commands.executeCommand(
    "editor.action.showReferences",
    convert.asUri(uri),
    convert.asPosition(position),
    locations.map((location) => convert.asLocation(location)),
  );
}

/** Runs what needs a server and a Dockerfile in the editor; says what is missing otherwise. */
async function inEditor(parts: Parts, run: (parts: Parts, client: LanguageClient, editor: vscode.TextEditor) => Promise<void>): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || vscode.languages.match(SELECTOR, editor.document) === 0) {
    void vscode.window.showInformationMessage("dfix: open a Dockerfile first.");
    return;
  }
  const client = parts.session.client;
  if (client === undefined) return notRunning();
  await run(parts, client, editor);
}

async function notRunning(): Promise<void> {
  const restart = "Restart";
  const log = "Show the Log";
  const choice = await vscode.window.showErrorMessage("dfix is not running.", restart, log);
  if (choice === restart) await vscode.commands.executeCommand("dfix.restart");
  if (choice === log) await vscode.commands.executeCommand("dfix.showLog");
}
