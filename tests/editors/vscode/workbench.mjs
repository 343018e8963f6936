// VS Code in a browser: a server for its workbench, and pages that show folders. What a person does with a page is here, too:
// the scenarios say what, this file says how.

import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { createRequire } from "node:module";

/** Where everything is installed and results go. */
export const WORK = process.env.DFIX_VSCODE_WORK;
const INSTALLED = path.join(WORK, "workbench");
const { chromium } = createRequire(path.join(INSTALLED, "package.json"))("playwright-core");
const CODE_SERVER = path.join(INSTALLED, "node_modules/code-server/out/node/entry.js");

/** Nothing that distracts, asks a network, or changes by itself. Workspace trust is on, as it is for everybody. */
const USER_SETTINGS = {
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  // Saving is what some scenarios are about.
  "files.autoSave": "off",
  "git.enabled": false,
  "security.workspace.trust.startupPrompt": "always",
  "security.workspace.trust.banner": "never",
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "editor.minimap.enabled": false,
  "window.commandCenter": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

/** A server with the extension, and a browser. */
export class Workbench {
  #contexts = new Map();

  static async start(vsix) {
    const home = path.join(WORK, "run");
    fs.rmSync(home, { recursive: true, force: true });
    fs.mkdirSync(path.join(home, "data/User"), { recursive: true });
    fs.writeFileSync(path.join(home, "data/User/settings.json"), JSON.stringify(USER_SETTINGS));
    const dirs = ["--config", path.join(home, "config.yaml"), "--user-data-dir", path.join(home, "data"), "--extensions-dir", path.join(home, "extensions")];
    const run = (...args) => [CODE_SERVER, ...dirs, ...args];
    const installed = spawnSync(process.execPath, run("--install-extension", vsix), { encoding: "utf8" });
    if (installed.status !== 0) throw new Error(`the extension can't be installed: ${installed.stdout}${installed.stderr}`);

    const port = await freePort();
    const log = fs.openSync(path.join(home, "log"), "w");
    const quiet = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];
    // As if it were started in a terminal: else it would take its PATH from the login shell.
    const env = { ...process.env, VSCODE_CLI: "1" };
    const server = spawn(process.execPath, run(...quiet, "--bind-addr", `127.0.0.1:${port}`), { stdio: ["ignore", log, log], env });
    const workbench = new Workbench();
    workbench.server = server;
    workbench.url = `http://127.0.0.1:${port}`;
    process.once("exit", () => server.kill());
    try {
      await until("the server answers", async () => (await fetch(`${workbench.url}/healthz`)).ok);
      workbench.browser = await chromium.launch({
        executablePath: "/usr/bin/chromium",
        args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
      });
    } catch (error) {
      await workbench.stop();
      throw error;
    }
    return workbench;
  }

  /**
   * Opens a folder. `trust` answers VS Code's question whether its authors are trusted.
   *
   * Pages of one `group` share a browser context, so that the workbench's megabytes are read once for them. But where one of them
   * is closed, previews in the others stay empty: their worker goes with it.
   */
  async open(folder, group, { trust = true } = {}) {
    let context = this.#contexts.get(group);
    if (context === undefined) {
      context = await this.browser.newContext({ viewport: { width: 1000, height: 620 } });
      this.#contexts.set(group, context);
    }
    const page = await context.newPage();
    await page.goto(`${this.url}/?folder=${encodeURIComponent(folder)}`);
    await page.getByRole("button", { name: trust ? /^Yes, I trust/ : /^No, I don't trust/ }).click({ timeout: 60_000 });
    return new Editor(page, folder);
  }

  async stop() {
    await this.browser?.close();
    this.server.kill();
    await until("the server ends", () => this.server.exitCode !== null || this.server.signalCode !== null);
  }
}

/** A page with a folder, and the file that it shows. */
export class Editor {
  constructor(page, folder) {
    this.page = page;
    this.folder = folder;
  }

  /** Opens a file of the folder by its path. */
  async show(file) {
    this.file = path.join(this.folder, file);
    // A page behind another one is not painted, and some of its parts wait for that.
    await this.page.bringToFront();
    await this.#until(["Control+p"], ".quick-input-widget input");
    await this.type(this.file);
    // A row has the file's name and, beside it, the folder's: the files that were open before come first until the path is found.
    const names = file.split("/").slice(-2);
    const row = names.reduce((row, hasText) => row.filter({ hasText }), this.page.locator(".quick-input-list .monaco-list-row.focused"));
    await row.waitFor();
    await this.press("Enter");
    await this.page.waitForSelector(".view-lines .view-line", { timeout: 60_000 });
  }

  /** Presses keys until something is open, or gone: a busy machine may lose the first ones. */
  async #until(keys, selector, state = "visible") {
    await until(`${keys} makes ${selector} ${state}`, async () => {
      await this.press(...keys);
      await this.page.waitForSelector(selector, { state, timeout: 5000 });
      return true;
    });
  }

  /** The file's bytes on disk. */
  saved() {
    return fs.readFileSync(this.file, "utf8");
  }

  /** Waits for an underlined range. */
  async squiggle() {
    await this.page.waitForSelector(".squiggly-warning, .squiggly-error, .squiggly-info, .squiggly-hint", { timeout: 60_000 });
  }

  /** Puts the cursor into the first line that has a text. */
  async clickLine(text) {
    await this.page.locator(".view-line", { hasText: text }).first().click();
  }

  /** Puts the cursor into the first occurrence of a word after a text that stands before it, as the file is on disk. */
  async goTo(word, after = "") {
    const text = this.saved();
    const before = text.slice(0, text.indexOf(word, text.indexOf(after)) + 1).split("\n");
    await this.#until(["Control+g"], ".quick-input-widget input");
    await this.type(`${before.length}:${before.at(-1).length + 1}`);
    await this.press("Enter");
  }

  /** Gives the name at the cursor another name. */
  async rename(name) {
    const input = this.page.locator(".rename-box input");
    await this.#until(["F2"], ".rename-box input");
    await input.fill(name);
    await input.press("Enter");
  }

  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async type(text) {
    await this.page.keyboard.type(text);
  }

  /** Opens the menu of quick fixes or of refactorings; returns its entries. */
  async actions(key = "Control+.") {
    await this.#until([key], ".action-widget .action");
    return this.page.locator(".action-widget .monaco-list-row.action").allInnerTexts();
  }

  /** Takes an entry of the menu of code actions. */
  async take(title) {
    await this.page.locator(".action-widget .monaco-list-row.action", { hasText: title }).first().click();
  }

  /** Runs a command by its title, through the palette. */
  async command(title) {
    await this.#until(["F1"], ".quick-input-widget input");
    await this.type(title);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().click();
  }

  /** The titles that the palette has for a text. */
  async offered(text) {
    await this.#until(["F1"], ".quick-input-widget input");
    await this.type(text);
    const rows = this.page.locator(".quick-input-list .monaco-list-row .label-name");
    await rows.filter({ hasText: text }).first().waitFor();
    const titles = await rows.allInnerTexts();
    await this.press("Escape");
    return titles;
  }

  /** Waits until the editor shows a text. */
  async shows(text) {
    await this.page.waitForFunction(
      (text) => [...document.querySelectorAll(".view-lines")].some((lines) => lines.textContent.replaceAll("\u00a0", " ").includes(text)),
      text,
      { timeout: 60_000 },
    );
  }

  /** Confirms, in the preview of a change, all that it asks about; a picture is taken before. */
  async confirm(picture) {
    const rows = this.page.locator(".bulk-edit-panel .monaco-list-row");
    await rows.first().waitFor({ timeout: 60_000 });
    await this.picture(picture);
    await this.page.locator(".bulk-edit-panel .monaco-list-row").getByRole("checkbox").first().click();
    await this.page.locator(".bulk-edit-panel").getByRole("button", { name: "Apply" }).click();
  }

  /** Waits for a message in the corner. */
  async notification(text) {
    await this.page.locator(".notification-toast", { hasText: text }).waitFor({ timeout: 60_000 });
  }

  /** Waits until a preview of Markdown shows a text. */
  async preview(text) {
    const shown = async () => {
      for (const frame of this.page.frames().filter((frame) => frame !== this.page.mainFrame())) {
        if ((await frame.locator("body").innerText({ timeout: 1000 })).includes(text)) return true;
      }
      return false;
    };
    await until(`a preview shows ${text}`, shown);
  }

  /** What the language status menu says. */
  async status() {
    const menu = this.page.locator(".hover-language-status");
    let text = "";
    await until("the language status menu says something", async () => {
      await this.page.locator("#status\\.languageStatus").click();
      // The menu is built after the click.
      await menu.first().waitFor({ timeout: 5000 });
      text = (await menu.allInnerTexts()).join("\n");
      return text !== "";
    });
    return text;
  }

  /** Saves, and waits until the file differs from before. */
  async save() {
    const before = this.saved();
    await this.press("Control+s");
    await until("the file is saved", () => this.saved() !== before);
    // On a busy machine VS Code hears of it later, and would ask whether to save what it closes.
    await this.page.locator(".tab.active.dirty").waitFor({ state: "detached" });
    return this.saved();
  }

  async picture(name) {
    fs.mkdirSync(path.join(WORK, "pictures"), { recursive: true });
    await this.page.screenshot({ path: path.join(WORK, "pictures", `${name}.png`), animations: "disabled" });
  }

  /** Closes all files. */
  async clear() {
    await this.#until(["Control+k", "Control+w"], ".view-lines .view-line", "detached");
  }

  async close() {
    await this.page.close();
  }
}

/** Waits until something is true; a failure to ask counts as not yet. */
export async function until(what, holds, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function freePort() {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
