use std::collections::{BTreeMap, BTreeSet};

use dfix_syntax::SourceText;

use super::{Contents, Plan, Selection, print};
use crate::Settings;
use crate::model::Analysis;

/// A build context of files with their content; wildcards are not needed here.
#[derive(Clone)]
struct Files(BTreeMap<String, String>);

impl Contents for Files {
    fn print(&mut self, selection: &Selection) -> u128 {
        let source = &selection.source;
        let chosen: Vec<_> = self
            .0
            .iter()
            .filter(|(path, _)| {
                source.is_empty() || *path == source || path.starts_with(&format!("{source}/"))
            })
            .collect();
        print(&chosen)
    }

    fn is_folder(&mut self, path: &str) -> bool {
        self.0
            .keys()
            .any(|file| file.starts_with(&format!("{path}/")))
    }
}

fn plan(text: &str) -> Plan {
    let source = SourceText::new(text.as_bytes()).unwrap();
    let settings = Settings::default();
    Plan::new(&Analysis::new(source, &settings), &settings).unwrap()
}

fn files() -> Files {
    let names = ["package.json", "src/a.js", "src/b.js", "docs/x.md"];
    Files(names.map(|name| (name.to_owned(), "1".to_owned())).into())
}

/// The steps that run in a build of `after` when one of `before` is in the cache; `touched` has changed in between.
#[track_caller]
fn check_edit(before: &str, after: &str, touched: &str, expected: &[&str]) {
    let mut files = files();
    let cached: BTreeSet<u128> = plan(before)
        .keys(&mut files)
        .iter()
        .map(|key| key.key)
        .collect();
    if !touched.is_empty() {
        let content = files.0.get_mut(touched).expect(touched);
        content.push('2');
    }
    let plan = plan(after);
    let keys = plan.keys(&mut files);
    let ran: Vec<&str> = plan
        .steps()
        .zip(&keys)
        .filter(|(_, key)| !cached.contains(&key.key))
        .map(|((_, step), _)| step.text.as_str())
        .collect();
    assert_eq!(ran, expected, "{before}\n{after}");
}

#[track_caller]
fn check(text: &str, touched: &str, expected: &[&str]) {
    check_edit(text, text, touched, expected);
}

#[test]
fn what_is_below_runs_again() {
    let text = "FROM a\nRUN one\nCOPY package.json .\nRUN two\nCOPY src src\nRUN three\nCMD x\n";
    check(text, "", &[]);
    check(text, "docs/x.md", &[]);
    check(text, "src/a.js", &["COPY src src", "RUN three"]);
    check(
        text,
        "package.json",
        &[
            "COPY package.json .",
            "RUN two",
            "COPY src src",
            "RUN three",
        ],
    );
}

#[test]
fn words_and_surroundings() {
    let head = "FROM a\nARG V=1\nENV A=1\nWORKDIR /w\n";
    let text = |more: &str, run: &str| format!("{head}{more}RUN {run}\nCOPY $V x\n");
    let plain = text("", "x");
    check_edit(&plain, &text("", "x  y"), "", &["RUN x y", "COPY $V x"]);
    check_edit(&plain, &text("ENV B=2\n", "x"), "", &["RUN x", "COPY $V x"]);
    check_edit(&plain, &text("ARG B=1\n", "x"), "", &["RUN x", "COPY $V x"]);
    check_edit(&plain, &text("USER u\n", "x"), "", &["RUN x", "COPY $V x"]);
    let metadata = "LABEL a=b\nEXPOSE 1\nCMD x\n# comment\n";
    check_edit(&plain, &text(metadata, "x"), "", &[]);
    check_edit(
        &plain,
        &text("", "--network=none x"),
        "",
        &["RUN --network=none x", "COPY $V x"],
    );
    check_edit(
        &plain,
        &plain.replace("/w", "/v"),
        "",
        &["WORKDIR /v", "RUN x", "COPY $V x"],
    );
    check_edit(&plain, &plain.replace("FROM a", "FROM a:latest"), "", &[]);
    check_edit("FROM a\nRUN x\n", "FROM b\nRUN x\n", "", &["RUN x"]);
}

#[test]
fn stages_that_nobody_needs_are_not_built() {
    let text = "FROM a AS b\nRUN b\nFROM a AS c\nCOPY src .\nFROM b\nRUN d\n";
    let built: Vec<usize> = plan(text).stages.iter().map(|stage| stage.number).collect();
    assert_eq!(built, [0, 2]);
    check(text, "src/a.js", &[]);
}

#[test]
fn content_of_other_stages() {
    let text = "FROM alpine AS b\nCOPY package.json /p/\nRUN touch /q\nCOPY src /s/\nRUN apk add git\n\
                FROM a\nCOPY --from=b /p /p\nCOPY --from=b /q /q\nCOPY --from=b /s/a.js /s\nRUN end\n";
    // What a COPY brought counts by its content, so only what changed arrives anew.
    check(text, "src/b.js", &["COPY src /s/", "RUN apk add git"]);
    check(
        text,
        "src/a.js",
        &[
            "COPY src /s/",
            "RUN apk add git",
            "COPY --from=b /s/a.js /s",
            "RUN end",
        ],
    );
    // What a RUN made may be new whenever it runs.
    let text = "FROM a AS b\nCOPY package.json /p/\nRUN make\nFROM a\nCOPY --from=b /out /out\n";
    check(
        text,
        "package.json",
        &[
            "COPY package.json /p/",
            "RUN make",
            "COPY --from=b /out /out",
        ],
    );
}

#[test]
fn mounts() {
    let text = "FROM a\nRUN --mount=type=bind,source=src,target=/s make\n\
                RUN --mount=type=cache,target=/c other\n";
    check(text, "package.json", &[]);
    check(
        text,
        "src/a.js",
        &[
            "RUN --mount=type=bind,source=src,target=/s make",
            "RUN --mount=type=cache,target=/c other",
        ],
    );
}

#[test]
fn linked_copies_depend_on_nothing_above() {
    let text = "FROM a\nCOPY src /s/\nCOPY --link package.json /p/\nRUN x\n";
    check(text, "src/a.js", &["COPY src /s/", "RUN x"]);
}

#[test]
fn installs_and_selections() {
    let plan = plan(
        "FROM a\nCOPY package.json ./\nRUN npm ci && npm run build\nCOPY --exclude=*.md . .\nRUN apk add git\n",
    );
    let installs: Vec<_> = plan
        .steps()
        .flat_map(|(_, step)| &step.installs)
        .map(|it| (it.text.as_str(), it.reads_project))
        .collect();
    assert_eq!(installs, [("npm ci", true), ("apk add git", false)]);
    let sources: Vec<_> = plan
        .selections()
        .iter()
        .map(|it| (it.source.as_str(), it.exclude.len()))
        .collect();
    assert_eq!(sources, [("", 1), ("package.json", 0)]);
}

#[test]
fn what_does_not_build_says_why() {
    let source = SourceText::new(b"FROM a\nCOPY --from=later x y\nFROM b AS later\n").unwrap();
    let settings = Settings::default();
    let why = Plan::new(&Analysis::new(source, &settings), &settings).unwrap_err();
    assert!(why.contains("later"), "{why}");
}
