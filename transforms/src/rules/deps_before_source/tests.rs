//! Rewrites and refusals, by package manager.

mod ecosystems;
mod table;

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
fn what_is_cleaned_at_the_end() {
    let tester = Tester::new(&RULE).facts(project(NPM));
    tester.check_unsafe(
        &with_from("COPY . .\nRUN npm ci && npm run build && npm cache clean --force\nRUN true\n"),
        &with_from(
            "COPY package.json package-lock.json ./\nRUN npm ci && npm cache clean --force\nCOPY . .\nRUN npm run build\nRUN true\n",
        ),
    );
}
