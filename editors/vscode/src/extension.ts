// What VS Code calls: puts the parts together.

import * as vscode from "vscode";

import { Session } from "./client.ts";
import { type Parts, registerCommands, runServerCommand } from "./commands.ts";
import { Pages, Trees } from "./documents.ts";

let session: Session | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  session = new Session(context.extension, (command, args, next) => runServerCommand(parts, command, args, () => next(command, args)));
  const parts: Parts = { session, trees: new Trees(session), pages: new Pages() };
  context.subscriptions.push(
    session,
    parts.trees,
    parts.pages,
    ...registerCommands(parts),
    vscode.workspace.onDidGrantWorkspaceTrust(() => parts.session.restart()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("dfix.path")) void parts.session.restart();
      else if (change.affectsConfiguration("dfix")) void parts.session.settingsChanged();
    }),
  );
  await session.restart();
}

export async function deactivate(): Promise<void> {
  await session?.stop();
}
