//! Rewrites and refusals, by package manager.

use dfix_syntax::SourceText;

use super::RULE;
use crate::model::Analysis;
use crate::rules::testing::{Tester, project};
use crate::{Applicability, Settings};

/// The fix for these files of the build context, and the lines that the ignore file gets.
#[track_caller]
fn check(files: &[(&str, &str)], before: &str, after: &str, ignored: &[&str]) {
    let tester = Tester::new(&RULE).facts(project(files));
    let (before, after) = (with_from(before), with_from(after));
    tester.check_unsafe(&before, &after);
    let outcome = tester.fix(&before, Applicability::Unsafe);
    let lines: Vec<&str> = outcome
        .companions
        .iter()
        .flat_map(|companion| companion.lines())
        .map(String::as_str)
        .collect();
    assert_eq!(lines, ignored, "{before}");
    same_runs(&before, &outcome.text);
    same_configuration(&before, &outcome.text);
}

/// Both texts end in the same state, with the same instructions that set the configuration.
#[track_caller]
fn same_configuration(before: &str, after: &str) {
    let of = |text: &str| {
        let source = SourceText::new(text.as_bytes()).expect("a good text");
        let analysis = Analysis::new(source, &Settings::default());
        let last = analysis.stages.len() - 1;
        let sets = |line: &&str| {
            let keywords = [
                "ENV",
                "USER",
                "CMD",
                "ARG",
                "LABEL",
                "ENTRYPOINT",
                "WORKDIR",
            ];
            keywords.iter().any(|keyword| line.starts_with(keyword))
        };
        let lines: Vec<String> = text.lines().filter(sets).map(str::to_owned).collect();
        (analysis.end_state(last).cloned(), lines)
    };
    assert_eq!(of(before), of(after));
}

/// The commands of both texts are the same, in the same order, but for a download that was added.
#[track_caller]
fn same_runs(before: &str, after: &str) {
    let commands = |text: &str| -> Vec<String> {
        let visible = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'));
        let joined: Vec<&str> = visible.collect();
        let joined = joined.join("\n").replace("\\\n", " ");
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let text: Vec<String> = joined.lines().map(words).collect();
        let runs = text.iter().filter_map(|line| line.strip_prefix("RUN "));
        let runs = runs.map(|run| match run.strip_prefix("--mount") {
            Some(rest) => rest.split_once(' ').map_or(rest, |(_, command)| command),
            None => run,
        });
        runs.flat_map(|run| run.split(" && ").map(str::to_owned).collect::<Vec<_>>())
            .filter(|command| !command.starts_with("cd "))
            .collect()
    };
    let (old, new) = (commands(before), commands(after));
    let kept: Vec<&String> = new.iter().filter(|command| old.contains(command)).collect();
    assert!(kept.iter().copied().eq(old.iter()), "{old:?} {new:?}");
}

/// A finding without a fix, for this reason.
#[track_caller]
fn refused(files: &[(&str, &str)], text: &str, reason: &str) {
    let tester = Tester::new(&RULE).facts(project(files));
    let text = with_from(text);
    tester.check_refused(&text, reason);
    let outcome = tester.fix(&text, Applicability::Unsafe);
    assert_eq!(outcome.text, text, "there is a fix");
}

/// A fix whose finding says this.
#[track_caller]
fn says(files: &[(&str, &str)], text: &str, doubt: &str) {
    let tester = Tester::new(&RULE).facts(project(files));
    let text = with_from(text);
    tester.check_refused(&text, doubt);
    assert_ne!(
        tester.fix(&text, Applicability::Unsafe).text,
        text,
        "no fix"
    );
}

#[track_caller]
fn silent(files: &[(&str, &str)], text: &str) {
    Tester::new(&RULE)
        .facts(project(files))
        .check_silent(&with_from(text));
}

/// A stage that begins in `/app`.
fn with_from(text: &str) -> String {
    match text.starts_with("FROM") {
        true => text.to_owned(),
        false => format!("FROM debian:12\nWORKDIR /app\n{text}"),
    }
}

const NPM: &[(&str, &str)] = &[
    ("package.json", "{}"),
    ("package-lock.json", ""),
    ("src/a.js", ""),
];

#[test]
fn shapes() {
    let to = |before: &str, after: &str| check(NPM, before, after, &["node_modules"]);
    let files = "package.json package-lock.json";
    to(
        "COPY . .\nRUN npm ci\n",
        &format!("COPY {files} ./\nRUN npm ci\nCOPY . .\n"),
    );
    to(
        "COPY ./ ./\nRUN npm ci\n",
        &format!("COPY {files} ./\nRUN npm ci\nCOPY ./ ./\n"),
    );
    to(
        "ADD . .\nRUN npm ci\n",
        &format!("COPY {files} ./\nRUN npm ci\nADD . .\n"),
    );
    to(
        "copy . .\nrun npm ci\n",
        &format!("copy {files} ./\nrun npm ci\ncopy . .\n"),
    );
    to(
        "COPY . /app\nRUN npm ci\n",
        &format!("COPY {files} /app/\nRUN npm ci\nCOPY . /app\n"),
    );
    to(
        "COPY [\".\", \"/app\"]\nRUN npm ci\n",
        &format!("COPY {files} /app/\nRUN npm ci\nCOPY [\".\", \"/app\"]\n"),
    );
    to(
        "COPY --chown=node:node --link . .\nRUN npm ci\n",
        &format!(
            "COPY --chown=node:node --link {files} ./\nRUN npm ci\nCOPY --chown=node:node --link . .\n"
        ),
    );
    to(
        "COPY . .\nRUN npm ci && npm run build && npm test\n",
        &format!("COPY {files} ./\nRUN npm ci\nCOPY . .\nRUN npm run build && npm test\n"),
    );
    to(
        "COPY . .\nRUN npm ci && npm cache clean --force && npm run build\n",
        &format!(
            "COPY {files} ./\nRUN npm ci && npm cache clean --force\nCOPY . .\nRUN npm run build\n"
        ),
    );
    to(
        "COPY . .\nRUN --mount=type=cache,target=/root/.npm npm ci && npm run build\n",
        &format!(
            "COPY {files} ./\nRUN --mount=type=cache,target=/root/.npm npm ci\nCOPY . .\nRUN --mount=type=cache,target=/root/.npm npm run build\n"
        ),
    );
    // Comments go with their lines.
    to(
        "# all of it\nCOPY . .\n# the packages\nRUN npm ci\n# done\nCMD [\"node\"]\n",
        &format!(
            "COPY {files} ./\n# the packages\nRUN npm ci\n# all of it\nCOPY . .\n# done\nCMD [\"node\"]\n"
        ),
    );
    to(
        "COPY . .\nRUN npm ci && \\\n    # slow\n    npm run build\n",
        &format!("COPY {files} ./\nRUN npm ci\nCOPY . .\n# slow\nRUN npm run build\n"),
    );
    // What stands between goes on to stand above the install.
    to(
        "COPY . .\nENV NODE_ENV=production\nRUN npm install -g pm2\nRUN npm ci\n",
        &format!(
            "ENV NODE_ENV=production\nRUN npm install -g pm2\nCOPY {files} ./\nRUN npm ci\nCOPY . .\n"
        ),
    );
    to(
        "FROM node:22\nCOPY . /srv\nWORKDIR /srv\nRUN npm ci\n",
        &format!("FROM node:22\nWORKDIR /srv\nCOPY {files} ./\nRUN npm ci\nCOPY . .\n"),
    );
    to(
        "ENV D=/srv\nCOPY . $D\nWORKDIR $D\nRUN npm ci\n",
        &format!("ENV D=/srv\nWORKDIR $D\nCOPY {files} ./\nRUN npm ci\nCOPY . .\n"),
    );
    // A directory that nobody knows is the same wherever it is in force.
    to(
        "FROM x\nCOPY . .\nRUN npm ci\n",
        &format!("FROM x\nCOPY {files} ./\nRUN npm ci\nCOPY . .\n"),
    );
    to(
        "FROM x\nWORKDIR $HOME/a\nCOPY . .\nRUN apk add git\nRUN npm ci && npm test\n",
        &format!(
            "FROM x\nWORKDIR $HOME/a\nRUN apk add git\nCOPY {files} ./\nRUN npm ci\nCOPY . .\nRUN npm test\n"
        ),
    );
    // Packages of the distribution stay in the layer that removes them.
    to(
        "COPY . .\nRUN apk add make && npm ci && apk del make\n",
        &format!("COPY {files} ./\nRUN apk add make && npm ci && apk del make\nCOPY . .\n"),
    );
    refused(
        NPM,
        "COPY . .\nRUN apk add make && npm ci && npm run build && apk del make\n",
        "stay in the first layer",
    );
    says(
        NPM,
        "COPY . .\nRUN npm ci && npm run build && npm prune\n",
        "the second part removes",
    );
    // WORKDIR would make the directory with another owner.
    to(
        "FROM node:22\nCOPY --chown=node . /srv\nWORKDIR /srv\nUSER node\nRUN npm ci\n",
        &format!(
            "FROM node:22\nCOPY --chown=node {files} /srv/\nWORKDIR /srv\nUSER node\nRUN npm ci\nCOPY --chown=node . .\n"
        ),
    );
    to(
        "COPY . .\nRUN npm ci\n\nCOPY other /x\n",
        &format!("COPY {files} ./\nRUN npm ci\nCOPY . .\n\nCOPY other /x\n"),
    );
    // Manifests that are there already are not copied again.
    to(
        &format!("COPY {files} ./\nCOPY . .\nRUN npm ci\n"),
        &format!("COPY {files} ./\nRUN npm ci\nCOPY . .\n"),
    );
    to(
        "COPY package*.json ./\nCOPY . .\nRUN npm ci\n",
        "COPY package*.json ./\nRUN npm ci\nCOPY . .\n",
    );
}

/// Commands that are no chain stay together: all of them can do without the sources, or the download is brought before.
#[test]
fn lists_and_heredocs() {
    let files = "package.json package-lock.json";
    for run in [
        "RUN npm ci; npm cache clean --force",
        "RUN set -ex; npm ci",
        "RUN apk add git; cd /app && npm ci",
    ] {
        check(
            NPM,
            &format!("COPY . .\n{run}\nRUN npm test\n"),
            &format!("COPY {files} ./\n{run}\nCOPY . .\nRUN npm test\n"),
            &["node_modules"],
        );
    }
    let heredoc = |body: &str| format!("RUN <<EOF\n{body}EOF\n");
    for body in [
        "npm ci\n",
        "set -e\n# all\nnpm ci\nnpm cache clean --force\n",
    ] {
        let run = heredoc(body);
        let before = format!("FROM node:22\nWORKDIR /app\nCOPY . .\n{run}CMD [\"node\"]\n");
        let outcome = Tester::new(&RULE)
            .facts(project(NPM))
            .fix(&before, Applicability::Unsafe);
        assert_eq!(
            outcome.text,
            format!("FROM node:22\nWORKDIR /app\nCOPY {files} ./\n{run}COPY . .\nCMD [\"node\"]\n")
        );
    }
    let go = &[
        ("go.mod", "module a\n\nrequire example.org/b v1.0.0\n"),
        ("go.sum", ""),
        ("main.go", ""),
    ];
    check(
        go,
        "COPY . .\nRUN set -e; go build -o /a .; rm -rf /tmp/x\n",
        "COPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN set -e; go build -o /a .; rm -rf /tmp/x\n",
        &[],
    );
    for run in [
        "RUN npm ci; npm run build\n",
        "RUN npm ci & wait\n",
        "RUN npm ci || true; npm ci\n",
        "RUN <<EOF\n#!/usr/bin/env node\nnpm ci\nEOF\n",
        "RUN <<EOF\nnpm ci\nnpm run build\nEOF\n",
        "RUN <<EOF cat > /x\nnpm ci\nEOF\n",
    ] {
        silent(NPM, &format!("COPY . .\n{run}"));
    }
}

#[test]
fn folders() {
    let files = &[
        ("web/package.json", "{}"),
        ("web/package-lock.json", ""),
        ("web/src/a.js", ""),
        ("api/go.mod", "module a\n"),
    ];
    check(
        files,
        "COPY web .\nRUN npm ci\n",
        "COPY web/package.json web/package-lock.json ./\nRUN npm ci\nCOPY web .\n",
        &["web/node_modules"],
    );
    check(
        files,
        "COPY . .\nRUN cd web && npm ci && npm run build\n",
        "COPY web/package.json web/package-lock.json web/\nRUN cd web && npm ci\nCOPY . .\nRUN cd web && npm run build\n",
        &["web/node_modules"],
    );
    check(
        files,
        "COPY . .\nWORKDIR /app/web\nRUN npm ci\n",
        "WORKDIR /app/web\nCOPY web/package.json web/package-lock.json ./\nRUN npm ci\nCOPY . /app\n",
        &["web/node_modules"],
    );
    check(
        files,
        "COPY . .\nRUN cd api && go mod download && cd /app/web && npm ci\n",
        "COPY api/go.mod api/\nCOPY web/package.json web/package-lock.json web/\nRUN cd api && go mod download && cd /app/web && npm ci\nCOPY . .\n",
        &["web/node_modules"],
    );
}

#[test]
fn left_alone() {
    for text in [
        "COPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n",
        "COPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm ci --omit=dev\n",
        "COPY . .\nCOPY config /etc/x\nENV A=b\nRUN make && npm ci\n",
        "COPY . .\nRUN npm run lint && npm ci\n",
        "COPY . .\nRUN make\nRUN npm ci\n",
        "COPY . .\nRUN npm install -g pm2\n",
        "COPY . .\nRUN npm install ./tool\n",
        "COPY --from=x . .\nRUN npm ci\n",
        "COPY src .\nRUN npm ci\n",
        "COPY package.json .\nRUN npm ci\n",
        "COPY . .\nRUN npm ci; npm run build\n",
        "COPY . .\nCOPY config .\nRUN npm ci\n",
        "COPY . .\nVOLUME /app\nRUN npm ci\n",
        "COPY . .\nRUN --mount=type=bind,target=/x npm ci\n",
        "COPY . /other\nRUN npm ci\n",
        "ARG A\nCOPY . $A\nRUN npm ci\n",
        "COPY . .\nFROM b\nRUN npm ci\n",
        "COPY . .\nRUN [\"npm\", \"ci\"]\n",
    ] {
        silent(NPM, text);
    }
    silent(&[("a.js", "")], "COPY . .\nRUN npm ci\n");
    silent(&[("package.json", "{}")], "COPY . .\nRUN npm ci\n");
    Tester::new(&RULE).check_silent("FROM node:22\nCOPY . .\nRUN npm ci\n");
}

#[test]
fn ignore_files() {
    let with = |ignore: &'static str| [NPM, &[(".dockerignore", ignore)]].concat();
    let (before, after) = (
        "COPY . .\nRUN npm ci\n",
        "COPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n",
    );
    check(&with("node_modules\n"), before, after, &[]);
    check(&with("**/node_modules\n"), before, after, &[]);
    check(&with("dist\n"), before, after, &["node_modules"]);
    check(
        &with("node_modules\n!node_modules\n"),
        before,
        after,
        &["node_modules"],
    );
    says(
        NPM,
        "COPY . .\nRUN npm ci\nCOPY node_modules/x /x\n",
        "`node_modules` is copied from the context",
    );
}

#[test]
fn node() {
    let package = |text: &'static str| {
        [
            ("package.json", text),
            ("package-lock.json", ""),
            ("patches/a.patch", ""),
            ("prisma/schema.prisma", ""),
            ("lib.tgz", ""),
        ]
    };
    let npm = "COPY . .\nRUN npm ci\n";
    for (text, reason) in [
        (
            r#"{"scripts": {"postinstall": "node build.js"}}"#,
            "runs `node build.js` as its `postinstall` script",
        ),
        (r#"{"scripts": {"prepare": "husky && tsc"}}"#, "`prepare`"),
        (
            r#"{"dependencies": {"a": "file:../a"}}"#,
            "takes `a` from `file:../a`",
        ),
        (
            r#"{"devDependencies": {"a": "link:./a"}}"#,
            "which are sources",
        ),
        (r#"{"workspaces": ["packages/**"]}"#, "members"),
    ] {
        refused(&package(text), npm, reason);
    }
    for text in ["[]", "{"] {
        says(&package(text), npm, "nobody knows what it runs on install");
    }
    for (text, copied) in [
        (
            r#"{"scripts": {"postinstall": "patch-package"}}"#,
            "COPY package.json package-lock.json ./\nCOPY patches patches/\n",
        ),
        (
            r#"{"scripts": {"postinstall": "npx prisma generate"}}"#,
            "COPY package.json package-lock.json ./\nCOPY prisma/schema.prisma prisma/\n",
        ),
        (
            r#"{"dependencies": {"@prisma/client": "5"}}"#,
            "COPY package.json package-lock.json ./\nCOPY prisma/schema.prisma prisma/\n",
        ),
        (
            r#"{"dependencies": {"a": "file:lib.tgz"}}"#,
            "COPY package.json lib.tgz package-lock.json ./\n",
        ),
        (
            r#"{"scripts": {"prepare": "husky install", "build": "tsc"}}"#,
            "COPY package.json package-lock.json ./\n",
        ),
    ] {
        check(
            &package(text),
            npm,
            &format!("{copied}RUN npm ci\nCOPY . .\n"),
            &["node_modules"],
        );
    }
    check(
        &package(r#"{"scripts": {"postinstall": "node build.js"}}"#),
        "COPY . .\nRUN npm ci --ignore-scripts\n",
        "COPY package.json package-lock.json ./\nRUN npm ci --ignore-scripts\nCOPY . .\n",
        &["node_modules"],
    );
    says(
        NPM,
        "COPY . .\nRUN npm install\n",
        "may write `package-lock.json` anew",
    );
    refused(
        NPM,
        "COPY . .\nRUN npm ci --prefix web\n",
        "another directory",
    );
    let workspaces = [
        ("package.json", r#"{"workspaces": ["packages/*", "tools"]}"#),
        ("package-lock.json", ""),
        ("packages/a/package.json", "{}"),
        ("packages/b/package.json", "{}"),
        ("packages/c/x.js", ""),
        ("tools/package.json", "{}"),
        (".npmrc", ""),
    ];
    check(
        &workspaces,
        npm,
        "COPY package.json package-lock.json .npmrc ./\nCOPY packages/a/package.json packages/a/\nCOPY packages/b/package.json packages/b/\nCOPY tools/package.json tools/\nRUN npm ci\nCOPY . .\n",
        &["**/node_modules"],
    );
    refused(
        &[
            ("package.json", r#"{"workspaces": ["big/*"]}"#),
            ("package-lock.json", ""),
            ("big/", ""),
        ],
        "COPY . .\nRUN npm ci\n",
        "too much",
    );
}

#[test]
fn yarn_pnpm_bun() {
    check(
        &[("package.json", "{}"), ("yarn.lock", "")],
        "COPY . .\nRUN yarn --frozen-lockfile && yarn build\n",
        "COPY package.json yarn.lock ./\nRUN yarn --frozen-lockfile\nCOPY . .\nRUN yarn build\n",
        &["node_modules"],
    );
    check(
        &[
            ("package.json", r#"{"packageManager": "yarn@4.1.0"}"#),
            ("yarn.lock", ""),
            (".yarnrc.yml", "nodeLinker: node-modules\n"),
            (".yarn/releases/yarn.cjs", ""),
        ],
        "COPY . .\nRUN corepack enable && yarn install --immutable\n",
        "COPY package.json yarn.lock .yarnrc.yml ./\nCOPY .yarn/releases .yarn/releases/\nRUN corepack enable && yarn install --immutable\nCOPY . .\n",
        &["node_modules"],
    );
    check(
        &[
            ("package.json", "{}"),
            ("yarn.lock", ""),
            (".yarnrc.yml", ""),
        ],
        "COPY . .\nRUN yarn install --immutable\n",
        "COPY package.json yarn.lock .yarnrc.yml ./\nRUN yarn install --immutable\nCOPY . .\n",
        &["node_modules", ".pnp.cjs"],
    );
    let pnpm = [
        ("package.json", "{}"),
        ("pnpm-lock.yaml", ""),
        (
            "pnpm-workspace.yaml",
            "packages:\n  # all\n  - 'apps/*'\npatchedDependencies:\n  is-odd@1.0.0: patches/is-odd.patch\n",
        ),
        ("apps/web/package.json", "{}"),
        ("patches/is-odd.patch", ""),
    ];
    check(
        &pnpm,
        "COPY . .\nRUN pnpm install --frozen-lockfile\n",
        "COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./\nCOPY apps/web/package.json apps/web/\nCOPY patches/is-odd.patch patches/\nRUN pnpm install --frozen-lockfile\nCOPY . .\n",
        &["**/node_modules"],
    );
    check(
        &pnpm,
        "COPY . .\nRUN pnpm fetch && pnpm install --offline && pnpm build\n",
        "COPY pnpm-lock.yaml pnpm-workspace.yaml package.json ./\nCOPY apps/web/package.json apps/web/\nCOPY patches/is-odd.patch patches/\nRUN pnpm fetch && pnpm install --offline\nCOPY . .\nRUN pnpm build\n",
        &["node_modules", "**/node_modules"],
    );
    check(
        &[("package.json", "{}"), ("bun.lockb", "")],
        "COPY . .\nRUN bun install\n",
        "COPY package.json bun.lockb ./\nRUN bun install\nCOPY . .\n",
        &["node_modules"],
    );
}

#[test]
fn python() {
    let files = &[
        (
            "requirements.txt",
            "-r base.txt\n-c constraints.txt\nflask==3\n",
        ),
        ("base.txt", ""),
        ("constraints.txt", ""),
        ("requirements/dev.txt", "-r ../requirements.txt\n"),
        ("local.txt", "-e .\n"),
        ("wheel.txt", "./x.whl\n"),
        (
            "remote.txt",
            "-e git+https://example.org/x#egg=x\n-r https://example.org/r.txt\n",
        ),
    ];
    check(
        files,
        "COPY . .\nRUN pip install -r requirements.txt\n",
        "COPY requirements.txt base.txt constraints.txt ./\nRUN pip install -r requirements.txt\nCOPY . .\n",
        &[],
    );
    check(
        files,
        "COPY . .\nRUN pip install --upgrade pip && pip install -r /app/remote.txt\n",
        "COPY remote.txt .\nRUN pip install --upgrade pip && pip install -r /app/remote.txt\nCOPY . .\n",
        &[],
    );
    check(
        files,
        "COPY . .\nRUN pip install -r base.txt\nRUN pip install -r requirements/dev.txt\n",
        "COPY base.txt .\nRUN pip install -r base.txt\nCOPY requirements.txt constraints.txt ./\nCOPY requirements/dev.txt requirements/\nRUN pip install -r requirements/dev.txt\nCOPY . .\n",
        &[],
    );
    check(
        files,
        "FROM python:3\nADD . /code/\nRUN pip install -r /code/base.txt\n",
        "FROM python:3\nCOPY base.txt /code/\nRUN pip install -r /code/base.txt\nADD . /code/\n",
        &[],
    );
    refused(
        files,
        "COPY . .\nRUN pip install -r local.txt\n",
        "which are sources",
    );
    refused(
        files,
        "COPY . .\nRUN pip install -r wheel.txt\n",
        "which are sources",
    );
    refused(
        files,
        "COPY . .\nRUN pip install -r ../x.txt\n",
        "not among the files",
    );
    silent(files, "COPY . .\nRUN pip install -r none.txt\n");
    silent(files, "COPY . .\nRUN pip install .\n");
    silent(
        files,
        "COPY . .\nRUN pip install -e . -r requirements.txt\n",
    );
    let poetry = &[
        ("pyproject.toml", "[tool.poetry]\nname = 'x'\n"),
        ("poetry.lock", ""),
    ];
    check(
        poetry,
        "COPY . .\nRUN pip install poetry\nRUN poetry install --no-root\n",
        "RUN pip install poetry\nCOPY pyproject.toml poetry.lock ./\nRUN poetry install --no-root\nCOPY . .\n",
        &[".venv"],
    );
    refused(
        poetry,
        "COPY . .\nRUN poetry install\n",
        "`--no-root` leaves it out",
    );
    refused(
        &[(
            "pyproject.toml",
            "[tool.poetry.dependencies]\nx = {path = \"../x\"}\n",
        )],
        "COPY . .\nRUN poetry install --no-root\n",
        "takes a dependency from `../x`",
    );
    check(
        &[("Pipfile", ""), ("Pipfile.lock", "")],
        "COPY . .\nRUN pipenv install --system --deploy\n",
        "COPY Pipfile Pipfile.lock ./\nRUN pipenv install --system --deploy\nCOPY . .\n",
        &[".venv"],
    );
    let uv = &[
        ("pyproject.toml", "[project]\n[build-system]\n"),
        ("uv.lock", ""),
    ];
    check(
        uv,
        "COPY . .\nRUN uv sync --locked --no-install-project\n",
        "COPY pyproject.toml uv.lock ./\nRUN uv sync --locked --no-install-project\nCOPY . .\n",
        &[".venv"],
    );
    refused(
        uv,
        "COPY . .\nRUN uv sync --locked\n",
        "`--no-install-project` leaves it out",
    );
    check(
        &[("pyproject.toml", "[project]\n"), ("uv.lock", "")],
        "COPY . .\nRUN uv sync --frozen\n",
        "COPY pyproject.toml uv.lock ./\nRUN uv sync --frozen\nCOPY . .\n",
        &[".venv"],
    );
    check(
        files,
        "COPY . .\nRUN uv pip install --system -r base.txt\n",
        "COPY base.txt .\nRUN uv pip install --system -r base.txt\nCOPY . .\n",
        &[],
    );
}

#[test]
fn go_and_cargo() {
    let module = |text: &'static str| {
        [
            ("go.mod", text),
            ("go.sum", ""),
            ("tool/go.mod", "module t\n"),
            ("main.go", ""),
        ]
    };
    let plain = module("module a\nrequire b v1.0.0\n");
    check(
        &plain,
        "COPY . .\nRUN go mod download\nRUN go build .\n",
        "COPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN go build .\n",
        &[],
    );
    check(
        &plain,
        "COPY . .\nRUN go build -o /bin/a . && strip /bin/a\n",
        "COPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN go build -o /bin/a . && strip /bin/a\n",
        &[],
    );
    check(
        &plain,
        "FROM golang:1.22\nADD . /src\nWORKDIR /src\nENV CGO_ENABLED=0\nRUN go build .\n",
        "FROM golang:1.22\nWORKDIR /src\nENV CGO_ENABLED=0\nCOPY go.mod go.sum ./\nRUN go mod download\nADD . .\nRUN go build .\n",
        &[],
    );
    check(
        &module("module a\nreplace t => ./tool\n"),
        "COPY . .\nRUN go mod download\n",
        "COPY go.mod go.sum ./\nCOPY tool/go.mod tool/\nRUN go mod download\nCOPY . .\n",
        &[],
    );
    refused(
        &module("module a\nreplace t => ../tool\n"),
        "COPY . .\nRUN go mod download\n",
        "which is not copied",
    );
    refused(
        &[("go.mod", "module a\nrequire b v1.0.0\n"), ("go.work", "")],
        "COPY . .\nRUN go build .\n",
        "`go.work`",
    );
    silent(&module("module a\n"), "COPY . .\nRUN go build .\n");
    silent(
        &[("go.mod", "require b v1.0.0\n"), ("vendor/modules.txt", "")],
        "COPY . .\nRUN go build .\n",
    );
    silent(&plain, "COPY . .\nRUN go install example.org/x@latest\n");
    silent(
        &plain,
        "COPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN go build .\n",
    );
    let fetch = "mkdir src && touch src/lib.rs && cargo fetch --locked && rm -r src";
    let package = |text: &'static str| {
        [
            ("Cargo.toml", text),
            ("Cargo.lock", ""),
            ("src/main.rs", ""),
        ]
    };
    let plain = package("[package]\nname = \"a\"\n[dependencies]\nb = \"1\"\n");
    check(
        &plain,
        "COPY . .\nRUN cargo build --release\n",
        &format!(
            "COPY Cargo.toml Cargo.lock ./\nRUN {fetch}\nCOPY . .\nRUN cargo build --release\n"
        ),
        &["target"],
    );
    refused(
        &package("[workspace]\n[dependencies]\n"),
        "COPY . .\nRUN cargo build\n",
        "every member",
    );
    refused(
        &package("[dependencies]\nb = { path = \"b\" }\n"),
        "COPY . .\nRUN cargo build\n",
        "takes a dependency from `b`",
    );
    silent(&package("[package]\n"), "COPY . .\nRUN cargo build\n");
    silent(&plain, "COPY . .\nRUN cargo install --path .\n");
}

#[test]
fn jvm() {
    let modules = &[
        (
            "pom.xml",
            "<project><modules><module>core</module><module> web </module></modules></project>",
        ),
        ("core/pom.xml", "<project><parent/></project>"),
        ("web/pom.xml", "<project/>"),
        (".mvn/wrapper/maven-wrapper.properties", ""),
        ("mvnw", ""),
    ];
    check(
        modules,
        "COPY . .\nRUN ./mvnw -B dependency:go-offline\nRUN ./mvnw package\n",
        "COPY pom.xml mvnw ./\nCOPY core/pom.xml core/\nCOPY web/pom.xml web/\nCOPY .mvn .mvn/\nRUN ./mvnw -B dependency:go-offline\nCOPY . .\nRUN ./mvnw package\n",
        &["**/target"],
    );
    refused(
        &[("pom.xml", "<systemPath>x</systemPath>")],
        "COPY . .\nRUN mvn dependency:go-offline\n",
        "from a file of the project",
    );
    refused(
        modules,
        "COPY . .\nRUN mvn -f core/pom.xml dependency:go-offline\n",
        "other files",
    );
    silent(modules, "COPY . .\nRUN mvn package\n");
    let gradle = &[
        ("build.gradle.kts", ""),
        ("settings.gradle.kts", "include(\"app\")"),
        ("app/build.gradle.kts", ""),
        ("gradle/wrapper/gradle-wrapper.jar", ""),
        ("gradle/libs.versions.toml", ""),
        ("gradlew", ""),
        ("gradle.properties", ""),
        ("app/src/A.java", ""),
    ];
    check(
        gradle,
        "COPY . .\nRUN ./gradlew dependencies --no-daemon && ./gradlew build\n",
        "COPY build.gradle.kts gradle.properties settings.gradle.kts gradlew ./\nCOPY app/build.gradle.kts app/\nCOPY gradle gradle/\nRUN ./gradlew dependencies --no-daemon\nCOPY . .\nRUN ./gradlew build\n",
        &["**/build", ".gradle"],
    );
    refused(
        &[
            ("build.gradle", ""),
            ("settings.gradle", "includeBuild '../x'"),
        ],
        "COPY . .\nRUN gradle dependencies\n",
        "another build",
    );
}

#[test]
fn others() {
    let to = |files: &[(&str, &str)], run: &str, copied: &str, ignored: &[&str]| {
        check(
            files,
            &format!("COPY . .\nRUN {run}\n"),
            &format!("{copied}\nRUN {run}\nCOPY . .\n"),
            ignored,
        );
    };
    let no = |files: &[(&str, &str)], run: &str, reason: &str| {
        refused(files, &format!("COPY . .\nRUN {run}\n"), reason)
    };
    to(
        &[
            ("Gemfile", "gem 'x'\nruby file: '.ruby-version'\n"),
            ("Gemfile.lock", ""),
            (".ruby-version", ""),
        ],
        "bundle install",
        "COPY Gemfile Gemfile.lock .ruby-version ./",
        &["vendor/bundle"],
    );
    no(
        &[("Gemfile", "source 'x'\ngemspec\n")],
        "bundle install",
        "gemspec",
    );
    no(
        &[("Gemfile", "gem 'x', path: 'x'\n")],
        "bundle install",
        "folder of the project",
    );
    to(
        &[("composer.json", "{}"), ("composer.lock", "")],
        "composer install --no-dev",
        "COPY composer.json composer.lock ./",
        &["vendor"],
    );
    no(
        &[(
            "composer.json",
            r#"{"scripts": {"post-autoload-dump": "x"}}"#,
        )],
        "composer install",
        "`post-autoload-dump`",
    );
    no(
        &[("composer.json", "{}")],
        "composer install -o",
        "lists the classes",
    );
    no(
        &[("composer.json", r#"{"autoload": {"classmap": ["src"]}}"#)],
        "composer install",
        "lists the classes",
    );
    to(
        &[("composer.json", r#"{"autoload": {"classmap": ["src"]}}"#)],
        "composer install --no-autoloader",
        "COPY composer.json .",
        &["vendor"],
    );
    no(
        &[(
            "composer.json",
            r#"{"repositories": [{"type": "path", "url": "x"}]}"#,
        )],
        "composer install",
        "folders of the project",
    );
    to(
        &[
            ("App.sln", ""),
            ("src/A/A.csproj", ""),
            ("src/A/obj/x.props", ""),
            ("Directory.Build.props", ""),
            ("nuget.config", ""),
        ],
        "dotnet restore",
        "COPY App.sln Directory.Build.props nuget.config ./\nCOPY src/A/A.csproj src/A/",
        &["**/bin", "**/obj"],
    );
    to(
        &[
            ("mix.exs", "deps: []"),
            ("mix.lock", ""),
            ("config/config.exs", ""),
        ],
        "mix local.hex --force && mix deps.get && mix deps.compile",
        "COPY mix.exs mix.lock ./\nCOPY config config/",
        &["deps", "_build"],
    );
    no(
        &[("mix.exs", "{:x, path: \"x\"}")],
        "mix deps.get",
        "folder of the project",
    );
    to(
        &[
            ("pubspec.yaml", "dependencies:\n  path: ^1.8.0\n"),
            ("pubspec.lock", ""),
        ],
        "dart pub get",
        "COPY pubspec.yaml pubspec.lock ./",
        &[".dart_tool"],
    );
    no(
        &[("pubspec.yaml", "dependencies:\n  x:\n    path: ../x\n")],
        "dart pub get",
        "folder of the project",
    );
    to(
        &[("Package.swift", ""), ("Package.resolved", "")],
        "swift package resolve",
        "COPY Package.swift Package.resolved ./",
        &[".build"],
    );
    no(
        &[("Package.swift", ".package(path: \"../x\")")],
        "swift package resolve",
        "folder of the project",
    );
}

#[test]
fn sources_beside_the_manifests() {
    let files = [
        ("requirements.txt", "flask\n"),
        ("app.py", ""),
        ("config.py", ""),
        ("static/a.css", ""),
        ("nginx.conf", ""),
        ("requirements-dev.txt", "pytest\n"),
        ("web/package.json", "{}"),
        ("web/package-lock.json", ""),
        ("web/src/a.js", ""),
    ];
    for (before, after) in [
        (
            "COPY app.py ./\nCOPY config.py ./\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n",
            "COPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY app.py ./\nCOPY config.py ./\n",
        ),
        (
            "COPY --chown=1:1 app.py requirements.txt config.py ./\nRUN pip install -r requirements.txt\n",
            "COPY --chown=1:1 requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY --chown=1:1 app.py config.py ./\n",
        ),
        (
            "COPY requirements.txt /app/requirements.txt\n# the looks\nCOPY static /app/static\nCOPY nginx.conf /etc/nginx.conf\nRUN pip install -r requirements.txt && python app.py\n",
            "COPY requirements.txt /app/requirements.txt\nCOPY nginx.conf /etc/nginx.conf\nRUN pip install -r requirements.txt\n# the looks\nCOPY static /app/static\nRUN python app.py\n",
        ),
        // The folder that is entered last comes with the sources.
        (
            "COPY static ./static\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt && cd static && ls\n",
            "COPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY static ./static\nRUN cd static && ls\n",
        ),
        (
            "COPY web/src ./src\nCOPY web/package*.json ./\nRUN npm ci\n",
            "COPY web/package*.json ./\nRUN npm ci\nCOPY web/src ./src\n",
        ),
        (
            "COPY static /app/static\nCOPY requirements.txt /app/requirements.txt\nWORKDIR /app\nRUN pip install -r requirements.txt\n",
            "COPY requirements.txt /app/requirements.txt\nWORKDIR /app\nRUN pip install -r requirements.txt\nCOPY static /app/static\n",
        ),
        (
            "COPY *.py requirements.txt ./\nRUN pip install -r requirements.txt\n",
            "COPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY *.py ./\n",
        ),
    ] {
        check(&files, before, after, &[]);
    }
    for text in [
        "COPY requirements.txt ./\nRUN pip install -r requirements.txt\n",
        // What the install may need stands between, or was made elsewhere.
        "COPY app.py ./\nRUN python app.py\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n",
        "COPY app.py ./\nWORKDIR /b\nCOPY requirements.txt /app/\nRUN pip install -r /app/requirements.txt\n",
        "COPY nginx.conf /etc/\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n",
        "COPY [\"app.py\", \"requirements.txt\", \"./\"]\nRUN pip install -r requirements.txt\n",
        "COPY app.py ./\nRUN pip install flask\n",
        "COPY requirements.txt requirements-dev.txt ./\nRUN pip install -r requirements.txt\n",
        "COPY static ./static\nCOPY requirements.txt ./\nRUN cd static && pip install -r ../requirements.txt\n",
        "COPY static ./static\nCOPY requirements.txt ./\nRUN cd static && pip install flask && cd /app && pip install -r requirements.txt\n",
        "COPY app.py ./\nRUN pip install -r requirements.txt\n",
    ] {
        silent(&files, text);
    }
}

#[test]
fn go_without_modules() {
    let files = [
        ("go.mod", "module a\n\nrequire b v1.0.0\n"),
        ("main.go", ""),
    ];
    let text =
        |tag: &str| format!("FROM golang:{tag}\nWORKDIR /go/src/a\nCOPY . .\nRUN go build .\n");
    for tag in ["1.10", "1.10-alpine3.8", "1.9.2", "1.11", "1.12.5-alpine"] {
        silent(&files, &text(tag));
    }
    for tag in ["1.13", "1.22", "1", "latest"] {
        says(&files, &text(tag), "every module");
    }
    // Up to 1.12, outside of the path or where it is told to.
    for (before, run) in [
        ("WORKDIR /src\n", "go build ."),
        ("ENV GO111MODULE=on\nWORKDIR /go/src/a\n", "go build ."),
    ] {
        let text = format!("FROM golang:1.12\n{before}COPY . .\nRUN {run}\n");
        says(&files, &text, "every module");
    }
    silent(
        &files,
        "FROM golang:1.12\nWORKDIR /go/src/a\nCOPY . .\nRUN GO111MODULE=on go build .\n",
    );
    check(
        &files,
        "FROM golang:1.12\nWORKDIR /go/src/a\nCOPY . .\nRUN GO111MODULE=on go mod download\n",
        "FROM golang:1.12\nWORKDIR /go/src/a\nCOPY go.mod .\nRUN GO111MODULE=on go mod download\nCOPY . .\n",
        &[],
    );
}

#[test]
fn what_is_cleaned_at_the_end() {
    let tester = Tester::new(&RULE).facts(project(NPM));
    tester.check_unsafe(
        &with_from("COPY . .\nRUN npm ci && npm run build && npm cache clean --force\nRUN true\n"),
        &with_from(
            "COPY package.json package-lock.json ./\nRUN npm ci && npm cache clean --force\nCOPY . .\nRUN npm run build\nRUN true\n",
        ),
    );
}
