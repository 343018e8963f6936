// What a person does with the extension, with the real thing: each scenario opens a folder in VS Code, works with mouse and
// keyboard, and compares the saved file with what the command line writes.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";

import { until, WORK, Workbench } from "./workbench.mjs";

const DFIX = process.env.DFIX;
let workbench;
/** A page with a trusted folder, for the scenarios that need no other. */
let desk;
let desks = 0;
before(async () => {
  workbench = await Workbench.start(path.join(WORK, "dfix.vsix"));
});
after(() => workbench?.stop());

/**
 * A test that is tried again, in a fresh page, when it fails, as a person would: a busy machine loses keys. A failure that
 * passes then is told; one that doesn't is a failure. `run` gets the number of the attempt.
 */
function twice(name, run) {
  test(name, async (context) => {
    try {
      await run(1);
    } catch (error) {
      context.diagnostic(`FAILED ONCE, tried again: ${error.stack}`);
      await run(2);
    }
  });
}

/** A scenario with one file, in a page that others have used. A picture is kept when it fails. */
function scenario(name, text, run) {
  twice(name, async () => {
    const slug = name.replaceAll(/\W+/g, "-");
    desk ??= await openDesk();
    write(desk.folder, { [`${slug}/Dockerfile`]: text });
    try {
      await desk.show(`${slug}/Dockerfile`);
      await run(desk);
      await desk.clear();
    } catch (error) {
      await desk.picture(`failed-${slug}`);
      await desk.close();
      desk = undefined;
      throw error;
    }
  });
}

async function openDesk() {
  // VS Code remembers which folders are trusted, and asks for each one once.
  const folder = freshFolder(`desk-${++desks}`);
  const editor = await workbench.open(folder, path.basename(folder));
  await editor.press("Control+b");
  return editor;
}

/** A scenario with a folder of its own, whose file Dockerfile is opened. `files` may depend on where the folder is. */
function folderScenario(name, files, options, run) {
  twice(name, async (attempt) => {
    const slug = name.replaceAll(/\W+/g, "-");
    const folder = freshFolder(`${slug}-${attempt}`);
    write(folder, typeof files === "function" ? files(folder) : files);
    const editor = await workbench.open(folder, "folders", options);
    try {
      await editor.show("Dockerfile");
      await run(editor, folder);
    } catch (error) {
      await editor.picture(`failed-${slug}`);
      throw error;
    } finally {
      await editor.close();
    }
  });
}

function freshFolder(name) {
  const folder = path.join(WORK, "folders", name);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

function write(folder, files) {
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
  }
}

/** What the command line makes of a text. */
function written(text, ...options) {
  const { stdout, status, stderr } = spawnSync(DFIX, ["-", "--write", "--no-config", "--format", "concise", ...options], { input: text, encoding: "utf8" });
  assert.ok(status !== 2, stderr);
  return stdout;
}

const MAINTAINER = "FROM debian:12-slim\n\nMAINTAINER Somebody <somebody@example.com>\nCMD [\"true\"]\n";

scenario("a quick fix by keyboard", MAINTAINER, async (editor) => {
  await editor.squiggle();
  await editor.clickLine("MAINTAINER");
  const actions = await editor.actions();
  await editor.picture("quick-fix");
  assert.ok(actions.length > 1, actions.join("\n"));
  await editor.press("Enter");
  await editor.shows("LABEL");
  assert.equal(await editor.save(), written(MAINTAINER, "--select", "maintainer-to-label"));
});

/** What the README shows. */
const APPLICATION = `FROM python:3.12-slim
RUN apt-get update
RUN apt-get install -y libpq5
COPY . /app
RUN cd /app && pip install -r requirements.txt
CMD python /app/main.py
`;

scenario("findings, and why", APPLICATION, async (editor) => {
  await editor.squiggle();
  await editor.page.locator(".codelens-decoration", { hasText: "safe fixes" }).first().waitFor();
  await editor.clickLine("FROM");
  await editor.press("F8");
  await editor.page.locator(".zone-widget", { hasText: "goes stale" }).waitFor();
  await editor.picture("findings");
  await editor.press("Escape");
  // The lens applies them, like the command.
  await editor.page.locator(".codelens-decoration a", { hasText: "safe fixes" }).first().click();
  await editor.shows("rm -rf /var/lib/apt/lists");
  assert.equal(await editor.save(), written(APPLICATION));
});

/** A workspace's settings. */
const settings = (value) => JSON.stringify(value);
const EVERYDAY = `FROM debian:12-slim

RUN apt-get update
RUN apt-get install -y curl
# the entry point
CMD sleep infinity
`;

folderScenario(
  "fix on save",
  { Dockerfile: EVERYDAY, ".vscode/settings.json": settings({ "[dockerfile]": { "editor.codeActionsOnSave": { "source.fixAll.dfix": "explicit" } } }) },
  {},
  async (editor) => {
    await editor.squiggle();
    await editor.clickLine("sleep infinity");
    await editor.press("End");
    await editor.type("00");
    const typed = EVERYDAY.replace("infinity", "infinity00");
    assert.notEqual(written(typed), typed);
    assert.equal(await editor.save(), written(typed));
  },
);

const UNTIDY = 'from debian:12-slim   \n\n\n\nrun true \\\n&& false\nCMD   ["true"]\n';

folderScenario(
  "format on save",
  { Dockerfile: UNTIDY, ".vscode/settings.json": settings({ "[dockerfile]": { "editor.formatOnSave": true, "editor.defaultFormatter": "dfix.dfix" } }) },
  {},
  async (editor) => {
    await editor.page.locator(".codelens-decoration", { hasText: "layer" }).first().waitFor();
    await editor.clickLine("CMD");
    await editor.press("Home");
    await editor.type("USER nobody\n");
    const typed = UNTIDY.replace("CMD", "USER nobody\nCMD");
    const formatted = execFileSync(DFIX, ["fmt", "--no-config", "--write", "-"], { input: typed, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] });
    assert.notEqual(formatted, typed);
    assert.equal(await editor.save(), formatted);
  },
);

scenario("all safe fixes by the command", EVERYDAY, async (editor) => {
  await editor.squiggle();
  await editor.command("dfix: Apply All Safe Fixes");
  await editor.shows("rm -rf /var/lib/apt/lists");
  assert.equal(await editor.save(), written(EVERYDAY));
});

/** A program that leaves a file when it is run. */
const spy = (folder) => `#!/bin/sh\ntouch '${folder}/was-run'\nexit 1\n`;
const chosenByWorkspace = (folder) => ({
  Dockerfile: MAINTAINER,
  "bin/dfix": spy(folder),
  "spy": spy(folder),
  ".vscode/settings.json": settings({ "dfix.path": path.join(folder, "spy") }),
});

folderScenario("an untrusted workspace does not choose the program", chosenByWorkspace, { trust: false }, async (editor, folder) => {
  await editor.squiggle();
  await editor.command("dfix: Restart the Server");
  await editor.page.waitForTimeout(1000);
  await editor.squiggle();
  assert.deepEqual(fs.readdirSync(folder).sort(), [".vscode", "Dockerfile", "bin", "spy"]);
  // Nor does it offer to run what the file says.
  const offered = await editor.offered("dfix: ");
  assert.ok(offered.includes("dfix: Explain a Rule") && !offered.some((title) => title.includes("Verify")), offered.join("\n"));
  await editor.picture("restricted");
});

// The counterpart, without which the scenario above would show nothing.
folderScenario("a trusted workspace does", chosenByWorkspace, {}, async (editor, folder) => {
  await until("the workspace's program is run", () => fs.existsSync(path.join(folder, "was-run")));
  await editor.notification("is no program that works as a server");
});

folderScenario(
  "a setting that names no program",
  { Dockerfile: MAINTAINER, ".vscode/settings.json": settings({ "dfix.path": "/nowhere/dfix" }) },
  {},
  async (editor) => {
    await editor.notification("The setting dfix.path names no program: /nowhere/dfix");
    await editor.picture("no-program");
    await editor.page.getByRole("button", { name: "Open the Setting" }).click();
    await editor.page.waitForSelector(".settings-editor");
  },
);

scenario("the syntax tree follows the text", MAINTAINER, async (editor) => {
  await editor.squiggle();
  await editor.clickLine("CMD");
  await editor.command("dfix: Show the Syntax Tree");
  await editor.shows("MAINTAINER@");
  await editor.press("Control+End");
  await editor.type("USER nobody");
  await editor.shows('"nobody"');
  await editor.picture("syntax-tree");
  await editor.save();
});

scenario("pages: a rule and a proof", MAINTAINER, async (editor) => {
  await editor.squiggle();
  await editor.clickLine("MAINTAINER");
  await editor.command("dfix: Explain a Rule");
  // What there is a finding of at the cursor is the first in the list.
  await editor.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: "maintainer-to-label" }).waitFor();
  await editor.press("Enter");
  await editor.preview("org.opencontainers.image.authors");
  await editor.picture("rule-page");
  await editor.clickLine("MAINTAINER");
  await editor.command("dfix: Show the Proof");
  await editor.preview("the build before and after was compared");
  await editor.picture("proof");
});

scenario("the explanation among the quick fixes", MAINTAINER, async (editor) => {
  await editor.squiggle();
  await editor.clickLine("MAINTAINER");
  await editor.actions();
  await editor.take("Explain");
  await editor.preview("maintainer-to-label");
});

/** The shell expands what these pass on, so that the exec form is another program. */
const VARIABLE = "FROM eclipse-temurin:17-jre\nCOPY shop.jar /shop.jar\nENTRYPOINT java $SHOP_OPTS -jar /shop.jar\n";

scenario("an unsafe fix is shown for confirmation first", VARIABLE, async (editor) => {
  await editor.squiggle();
  await editor.clickLine("ENTRYPOINT");
  await editor.actions();
  await editor.take("(unsafe)");
  await editor.confirm("unsafe-fix");
  await editor.shows("ENTRYPOINT exec java");
  assert.equal(await editor.save(), written(VARIABLE, "--select", "exec-form", "--unsafe-fixes"));
});

const BUILDERS = path.join(WORK, "builders");

scenario("verified with a real build", MAINTAINER, async (editor) => {
  await editor.squiggle();
  await editor.clickLine("MAINTAINER");
  const hangs = path.join(BUILDERS, "hang-before");
  fs.writeFileSync(hangs, "");
  await editor.command("dfix: Verify This File With a Real Build");
  const toast = editor.page.locator(".notification-toast", { hasText: "building as it is" });
  await toast.waitFor({ timeout: 60_000 });
  await editor.picture("verifying");
  await toast.getByRole("button", { name: "Cancel" }).click();
  await until("the build is ended", () => fs.readFileSync(path.join(BUILDERS, "calls"), "utf8").includes("docker rmi"));
  fs.rmSync(hangs);
  await editor.command("dfix: Verify This File With a Real Build");
  await editor.notification("verified, the fixed file builds the same image");
  await editor.preview("Built with docker 9.8.7");
  await editor.picture("verified");
});

/** In exec form, the words of CMD would become arguments of the program, which the shell drops. */
const DROPPED = 'FROM debian:12-slim\nENTRYPOINT server --port 80\nCMD ["--help"]\n';

scenario("an unsafe refactoring through the refactor menu", DROPPED, async (editor) => {
  await editor.squiggle();
  await editor.clickLine("ENTRYPOINT");
  await editor.actions("Control+Shift+r");
  await editor.picture("refactor-menu");
  await editor.take("Convert to exec form");
  await editor.confirm("refactor-preview");
  await editor.shows('ENTRYPOINT ["');
  assert.equal(await editor.save(), DROPPED.replace("server --port 80", '["server", "--port", "80"]'));
});

const STAGES = `FROM debian:12-slim AS build
RUN mkdir /out && touch /out/app

FROM debian:12-slim
COPY --from=build /out/app /usr/local/bin/
CMD ["app"]
`;

scenario("stages: who uses them, and another name", STAGES, async (editor) => {
  await editor.page.locator(".codelens-decoration a", { hasText: "used by 1 stage" }).click();
  await editor.page.locator(".peekview-widget", { hasText: "--from=build" }).waitFor();
  await editor.picture("references");
  await editor.press("Escape");
  await editor.goTo("build", "--from=");
  await editor.rename("compile");
  await editor.shows("--from=compile");
  assert.equal(await editor.save(), STAGES.replaceAll("build", "compile"));
});

scenario("completion, and what is known of a word", STAGES, async (editor) => {
  await editor.clickLine("CMD");
  await editor.press("Home");
  await editor.type("COPY --from=");
  await editor.press("Control+Space");
  await editor.page.locator(".suggest-widget .monaco-list-row", { hasText: "build" }).first().waitFor();
  await editor.picture("completion");
  await editor.press("Escape");
  await editor.type("build /etc/passwd /\n");
  await editor.goTo("debian");
  await editor.command("Show or Focus Hover");
  await editor.page.locator(".monaco-hover", { hasText: "package manager" }).first().waitFor();
  await editor.picture("hover");
  await editor.press("Escape");
  assert.equal(await editor.save(), STAGES.replace("CMD", "COPY --from=build /etc/passwd /\nCMD"));
});

/** A project that ships the compiler with its program. */
const ONE_STAGE = `FROM golang:1.22
RUN CGO_ENABLED=0 go install example.org/hello@v1.2.3
WORKDIR /
CMD ["/go/bin/hello"]
`;

scenario("a file is split into stages, after a look at the change", ONE_STAGE, async (editor) => {
  await editor.page.locator(".codelens-decoration", { hasText: "layer" }).first().waitFor();
  await editor.clickLine("CMD");
  await editor.command("dfix: Split into Stages");
  await editor.confirm("split-preview");
  await editor.shows("FROM debian:bookworm-slim");
  const split = written(ONE_STAGE, "--select", "split-stages", "--unsafe-fixes");
  assert.notEqual(split, ONE_STAGE);
  assert.equal(await editor.save(), split);
  await editor.command("dfix: Split into Stages");
  await editor.notification("nothing to split");
});

scenario("the line that stands in the way of a split", ONE_STAGE.replace("WORKDIR", "RUN ./setup.sh\nWORKDIR"), async (editor) => {
  await editor.page.locator(".codelens-decoration", { hasText: "layer" }).first().waitFor();
  await editor.command("dfix: Split into Stages");
  await editor.notification("not split: line 3: `./setup.sh` may write anywhere");
  assert.equal(editor.saved(), ONE_STAGE.replace("WORKDIR", "RUN ./setup.sh\nWORKDIR"));
});

const COPIES = "FROM debian:12-slim\nWORKDIR /app\nCOPY lock ./\nCOPY source ./\n";

/** A repository in which one of the two files has changed in each commit. */
function repository(folder) {
  const git = (...args) => execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org", ...args]);
  git("init", "--quiet");
  for (const source of ["1", "2", "3", "4"]) {
    write(folder, { Dockerfile: COPIES, lock: "1", source });
    git("add", ".");
    git("commit", "--quiet", "--message", source);
  }
  return { Dockerfile: COPIES };
}

folderScenario("hints tell how often what is copied changes", repository, {}, async (editor) => {
  await editor.shows("COPY lockchanged in 25 % of 4 commits");
  await editor.shows("COPY sourcechanged in 100 % of 4 commits");
  await editor.picture("history");
});

scenario("which program runs is told in the status bar", MAINTAINER, async (editor) => {
  await editor.squiggle();
  const version = execFileSync(DFIX, ["--version"], { encoding: "utf8" }).trim();
  const status = await editor.status();
  assert.match(status, new RegExp(`${version}\\b[^]*bin/dfix \\(from the extension\\)`));
});
