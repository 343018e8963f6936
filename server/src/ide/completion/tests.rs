//! What is offered at `$0`, and what becomes of the text.

use super::*;
use crate::ide::reference;
use crate::ide::testing::{cursor, samples, with_file};

/// A build context of some files.
fn context(folder: &str, _: &str) -> (Vec<Entry>, bool) {
    let entry = |name: &str, is_folder| Entry {
        name: name.to_owned(),
        is_folder,
    };
    let entries = match folder {
        "" => vec![
            entry("package.json", false),
            entry("src", true),
            entry("a b", false),
        ],
        "src" | "./src" => vec![entry("main.rs", false)],
        _ => Vec::new(),
    };
    (entries, true)
}

/// What is offered, in the order in which it is listed.
fn offered(text: &str, trigger: Option<char>) -> (String, Vec<Item>) {
    let (text, offset) = cursor(text);
    let mut items = with_file(&text, |file| {
        complete(file, offset, trigger, &context).items
    });
    items.sort_by_key(|item| (item.rank, item.label.clone()));
    for item in &items {
        assert!(item.range.contains_inclusive(offset), "{item:?}");
    }
    (text, items)
}

/// The first labels.
#[track_caller]
fn first_of(text: &str, expected: &[&str]) {
    let (_, items) = offered(text, None);
    let labels: Vec<&str> = items.iter().map(|item| &*item.label).collect();
    let labels = &labels[..labels.len().min(expected.len().max(1))];
    assert_eq!(labels, expected, "{text}");
}

/// The text after an item was taken.
#[track_caller]
fn taken(text: &str, label: &str, expected: &str) {
    let (mut text, items) = offered(text, None);
    let labels: Vec<&str> = items.iter().map(|item| &*item.label).collect();
    let item = items.iter().find(|item| item.label == label);
    let item = item.unwrap_or_else(|| panic!("no {label} in {labels:?}"));
    text.replace_range(std::ops::Range::<usize>::from(item.range), &item.insert);
    assert_eq!(text, expected);
}

#[track_caller]
fn absent(text: &str, label: &str) {
    let (_, items) = offered(text, None);
    assert!(items.iter().all(|item| item.label != label), "{text}");
}

#[test]
fn instructions() {
    first_of("$0", &["FROM", "FROM … AS …", "ARG"]);
    first_of("ARG x\n$0", &["FROM", "FROM … AS …", "ARG"]);
    first_of("FROM x\nR$0", &["RUN"]);
    absent("FROM x\n$0", "FROMM");
    taken("FROM x\nWOR$0", "WORKDIR", "FROM x\nWORKDIR ");
    taken("from x\nwor$0\n", "workdir", "from x\nworkdir \n");
    taken("FROM x\r\nW$0OR\r\n", "WORKDIR", "FROM x\r\nWORKDIR \r\n");
    taken("FROM x\nR$0N y\n", "RUN", "FROM x\nRUN y\n");
    taken("FROM x\n  R$0\nCMD y", "RUN", "FROM x\n  RUN \nCMD y");
    taken("FROM x\nONBUILD CO$0", "COPY", "FROM x\nONBUILD COPY ");
    absent("FROM x\nONBUILD $0", "FROM");
    first_of("FROM x\nRUN a \\\n\n$0", &[]);
}

#[test]
fn keywords_are_not_pushed_on_people() {
    assert!(offered("FROM x\n$0", Some(' ')).1.is_empty());
    assert!(offered("FROM x\nRUN a $0", Some(' ')).1.is_empty());
    assert!(offered("FROM x\nENV a $0", Some(' ')).1.is_empty());
    assert!(!offered("FROM x\nCOPY $0", Some(' ')).1.is_empty());
}

#[test]
fn snippets() {
    let (_, items) = offered("FROM x\n$0", None);
    let find = |label: &str| items.iter().find(|item| item.label == label).unwrap();
    assert_eq!(
        find("WORKDIR").snippet.as_deref(),
        Some("WORKDIR /${1:app}")
    );
    assert_eq!(find("RUN").snippet, None);
    assert_eq!(
        find("COPY --from=…").snippet.as_deref(),
        Some("COPY --from=${1:stage} ${2:source} ${3:destination}")
    );
    assert!(find("MAINTAINER").deprecated);
    let (_, items) = offered("from x\n$0", None);
    let item = items
        .iter()
        .find(|item| item.label == "from … AS …")
        .unwrap();
    assert_eq!(
        item.snippet.as_deref(),
        Some("from ${1:image}:${2:tag} as ${3:stage}")
    );
}

#[test]
fn flags() {
    taken("FROM x\nCOPY --fr$0", "--from", "FROM x\nCOPY --from=");
    taken(
        "FROM x\nCOPY --li$0 a b",
        "--link",
        "FROM x\nCOPY --link a b",
    );
    taken(
        "FROM x\nCOPY --ch$0own=a b c",
        "--chmod",
        "FROM x\nCOPY --chmod=a b c",
    );
    absent("FROM x\nCOPY --link --$0", "--link");
    first_of(
        "FROM x\nRUN -$0",
        &["--mount", "--network", "--security", "--device"],
    );
    first_of("FROM x\nRUN a --$0", &[]);
    first_of("FROM --$0", &["--platform"]);
    taken(
        "FROM --platform=$0",
        "$BUILDPLATFORM",
        "FROM --platform=$BUILDPLATFORM",
    );
    taken(
        "FROM --platform=linux/a$0 x",
        "linux/arm64",
        "FROM --platform=linux/arm64 x",
    );
    taken(
        "FROM x\nRUN --network=$0 y",
        "none",
        "FROM x\nRUN --network=none y",
    );
    taken(
        "FROM x\nHEALTHCHECK --interval=3$0",
        "30s",
        "FROM x\nHEALTHCHECK --interval=30s",
    );
    taken(
        "FROM x\nRUN --mount=type=cache \\\n --$0",
        "--mount",
        "FROM x\nRUN --mount=type=cache \\\n --mount=",
    );
}

#[test]
fn mounts() {
    first_of("FROM x\nRUN --mount=$0", &["type=bind", "type=cache"]);
    taken(
        "FROM x\nRUN --mount=type=c$0 y",
        "cache",
        "FROM x\nRUN --mount=type=cache y",
    );
    first_of(
        "FROM x\nRUN --mount=type=cache,$0",
        &["target", "id", "sharing"],
    );
    absent("FROM x\nRUN --mount=type=secret,$0", "sharing");
    absent("FROM x\nRUN --mount=type=cache,dst=/a,$0", "target");
    taken(
        "FROM x\nRUN --mount=type=cache,sh$0,target=/x y",
        "sharing",
        "FROM x\nRUN --mount=type=cache,sharing=,target=/x y",
    );
    first_of(
        "FROM x\nRUN --mount=type=cache,sharing=$0",
        &["shared", "locked", "private"],
    );
    taken(
        "FROM x\nRUN --mount=type=cache,target=/root/.c$0 y",
        "/root/.cache/pip",
        "FROM x\nRUN --mount=type=cache,target=/root/.cache/pip y",
    );
    first_of("FROM a AS b\nFROM c\nRUN --mount=from=$0", &["b"]);
}

#[test]
fn stages_and_images() {
    first_of("FROM a AS b\nFROM $0", &["b", "scratch", "alpine"]);
    taken("FROM a AS b\nFROM $0\n", "b", "FROM a AS b\nFROM b\n");
    taken("FROM alp$0ine:3 AS x", "debian", "FROM debian:3 AS x");
    first_of("FROM python:$0", &["3.13-slim"]);
    taken(
        "FROM python:3.12$0 AS x",
        "3.12-slim",
        "FROM python:3.12-slim AS x",
    );
    first_of("FROM me/own:$0", &[]);
    first_of("FROM x $0", &["AS"]);
    first_of("FROM x AS $0", &[]);
    first_of(
        "FROM a\nFROM b AS c\nFROM d\nCOPY --from=$0 x y",
        &["c", "0", "alpine"],
    );
    absent("FROM a AS b\nCOPY --from=$0", "b");
    taken(
        "FROM a AS b\nFROM c\nCOPY --from=$0",
        "b",
        "FROM a AS b\nFROM c\nCOPY --from=b",
    );
}

#[test]
fn variables() {
    taken(
        "FROM x\nENV ABC=1\nENV D=$$0",
        "ABC",
        "FROM x\nENV ABC=1\nENV D=$ABC",
    );
    taken(
        "FROM x\nENV ABC=1\nENV D=${A$0",
        "ABC",
        "FROM x\nENV ABC=1\nENV D=${ABC}",
    );
    taken(
        "FROM x\nENV ABC=1\nENV D=${A$0BD}",
        "ABC",
        "FROM x\nENV ABC=1\nENV D=${ABC}",
    );
    taken(
        "FROM x\nENV ABC=1\nENV D=${ABC:$0}",
        "-",
        "FROM x\nENV ABC=1\nENV D=${ABC:-}",
    );
    taken("ARG V=1\nFROM x:$$0", "V", "ARG V=1\nFROM x:$V");
    taken(
        "FROM --platform=$BUILD$0 x",
        "BUILDPLATFORM",
        "FROM --platform=$BUILDPLATFORM x",
    );
    first_of("FROM x\nENV A=\\$$0", &[]);
    first_of("FROM x\nRUN a=1; echo \"$$0\"", &["a"]);
    first_of("FROM x\nRUN for i in 1 2; do \\\n echo $$0", &["i"]);
    first_of("FROM x\nENV A=1\nRUN echo '$$0", &[]);
    first_of("# escape=`\nFROM x\nENV A=1\nENV B=\\$$0", &["A"]);
    first_of("FROM x\nENV A=1\nRUN <<EOF\necho $$0\nEOF\n", &["A"]);
    first_of("FROM x\nENV A=1\nCOPY <<EOF /x\necho $$0\nEOF\n", &[]);
    absent("FROM x\nENV B=1\nENV A=$$0", "A");
    let (_, items) = offered("FROM x\nENV A=1\nENV B=$$0", None);
    assert_eq!(items[0].detail.as_deref(), Some("1 (set by ENV in line 2)"));
}

#[test]
fn paths() {
    taken("FROM x\nCOPY $0", "src/", "FROM x\nCOPY src/");
    taken(
        "FROM x\nCOPY src/$0 /",
        "main.rs",
        "FROM x\nCOPY src/main.rs /",
    );
    taken(
        "FROM x\nCOPY ./src/m$0 /",
        "main.rs",
        "FROM x\nCOPY ./src/main.rs /",
    );
    taken(
        "FROM x\nCOPY pack$0age /",
        "package.json",
        "FROM x\nCOPY package.json /",
    );
    absent("FROM x\nCOPY $0", "a b");
    taken("FROM x\nCOPY [\"$0\"]", "a b", "FROM x\nCOPY [\"a b\"]");
    first_of("FROM x\nCOPY --from=y $0", &[]);
    first_of("FROM golang\nCOPY --from=y a $0", &["./", "/go/"]);
    first_of("FROM x\nCOPY $X/$0", &[]);
    taken(
        "FROM x\nADD a \\\n  # why\n  s$0\n",
        "src/",
        "FROM x\nADD a \\\n  # why\n  src/\n",
    );
}

#[test]
fn shell() {
    first_of("FROM alpine\nRUN $0", &["apk"]);
    first_of("FROM debian\nRUN x && $0", &["apt", "apt-get"]);
    taken(
        "FROM x\nRUN a && apt-$0",
        "apt-get",
        "FROM x\nRUN a && apt-get",
    );
    first_of(
        "FROM x\nRUN apt-get $0",
        &["autoremove", "build-dep", "clean"],
    );
    taken(
        "FROM x\nRUN apt-get inst$0 -y a",
        "install",
        "FROM x\nRUN apt-get install -y a",
    );
    taken(
        "FROM x\nRUN apt-get install --no-$0",
        "--no-install-recommends",
        "FROM x\nRUN apt-get install --no-install-recommends",
    );
    taken(
        "FROM x\nRUN apt-get \\\n  in$0",
        "install",
        "FROM x\nRUN apt-get \\\n  install",
    );
    taken(
        "FROM x\nRUN npm cache cl$0",
        "clean",
        "FROM x\nRUN npm cache clean",
    );
    taken(
        "FROM x\nRUN sudo apt-get up$0",
        "update",
        "FROM x\nRUN sudo apt-get update",
    );
    taken(
        "FROM x\nRUN if a; then apk a$0",
        "add",
        "FROM x\nRUN if a; then apk add",
    );
    taken(
        "FROM x\nRUN <<EOF\napk a$0\nEOF\n",
        "add",
        "FROM x\nRUN <<EOF\napk add\nEOF\n",
    );
    first_of("FROM x\nRUN apt-get install $0", &[]);
    first_of("FROM x\nRUN echo \"apt-$0", &[]);
    first_of("FROM x\nRUN /usr/bin/a$0", &[]);
    first_of("FROM x\nRUN a > apt$0", &[]);
    first_of("FROM x\nSHELL [\"powershell\", \"-Command\"]\nRUN a$0", &[]);
    first_of("FROM x\nRUN [\"a$0", &[]);
}

#[test]
fn values() {
    first_of("FROM x\nRUN useradd -m me\nUSER $0", &["me", "1000:1000"]);
    absent("FROM x\nUSER 1000:$0", "1000:1000");
    first_of("FROM node:22\nUSER $0", &["node", "1000:1000"]);
    first_of("FROM x\nUSER a\nCOPY --chown=$0", &["a"]);
    first_of("FROM x\nWORKDIR /here\nWORKDIR $0", &["/here", "/app"]);
    taken("FROM x\nWORKDIR /a$0", "/app", "FROM x\nWORKDIR /app");
    first_of("FROM x\nEXPOSE $0", &["8080"]);
    first_of("FROM x\nEXPOSE 80/$0", &["tcp", "udp", "sctp"]);
    first_of("FROM x\nSTOPSIGNAL $0", &["SIGTERM"]);
    first_of("FROM x\nHEALTHCHECK $0", &["CMD", "NONE"]);
    first_of("ARG V\nFROM x\nARG $0", &["V", "TARGETPLATFORM"]);
    taken("FROM x\nARG TARG$0", "TARGETARCH", "FROM x\nARG TARGETARCH");
    taken(
        "FROM x\nENV PY$0",
        "PYTHONUNBUFFERED",
        "FROM x\nENV PYTHONUNBUFFERED=",
    );
    taken(
        "FROM x\nLABEL org.opencontainers.image.so$0",
        "org.opencontainers.image.source",
        "FROM x\nLABEL org.opencontainers.image.source=",
    );
    taken(
        "FROM x\nSHELL [$0",
        "[\"/bin/bash\", \"-c\"]",
        "FROM x\nSHELL [\"/bin/bash\", \"-c\"]",
    );
}

#[test]
fn comments() {
    first_of("# $0\nFROM x", &["syntax", "escape", "check"]);
    taken("#syn$0", "syntax", "#syntax=");
    taken(
        "# syntax=$0",
        "docker/dockerfile:1",
        "# syntax=docker/dockerfile:1",
    );
    first_of("# escape=$0\nFROM x", &["\\", "`"]);
    absent("FROM x\n# $0", "syntax");
    absent("\n# $0", "syntax");
    taken("# syntax=a\n# che$0", "check", "# syntax=a\n# check=");
    first_of("FROM x\n# some text $0", &[]);
    taken(
        "FROM x\n# dfix ignore=a,apt-c$0\n",
        "apt-clean-lists",
        "FROM x\n# dfix ignore=a,apt-clean-lists\n",
    );
    first_of("FROM x\n# dfix ignore=a: apt$0\n", &[]);
    taken(
        "FROM x\n# hadolint ignore=DL30$0",
        "DL3009",
        "FROM x\n# hadolint ignore=DL3009",
    );
    absent("FROM x\n# hadolint ignore=$0", "apt-clean-lists");
    taken(
        "# check=skip=JS$0;error=true",
        "JSONArgsRecommended",
        "# check=skip=JSONArgsRecommended;error=true",
    );
    first_of("FROM x\nRUN a \\\n # $0\n b", &[]);
}

#[test]
fn topics_have_texts() {
    for text in [
        "$0",
        "FROM x\n$0",
        "FROM x\nRUN --$0",
        "FROM x\nRUN --mount=$0",
        "# $0",
        "# dfix ignore=$0",
    ] {
        let (_, items) = offered(text, None);
        for topic in items.iter().filter_map(|item| item.topic) {
            assert!(documentation(&topic.name()).is_some(), "{topic:?}");
        }
        assert!(items.iter().any(|item| item.topic.is_some()), "{text}");
    }
    for entry in reference::ALL {
        let topic = Topic::Instruction(entry.kind).name();
        assert_eq!(documentation(&topic), Some(entry.page()));
    }
    assert_eq!(documentation("flag RUN"), None);
    assert_eq!(documentation(""), None);
}

#[test]
fn at_every_place() {
    samples(|text, file| {
        for (at, _) in text.char_indices() {
            let offset = u32::try_from(at).unwrap().into();
            let mut labels = std::collections::BTreeSet::new();
            for item in complete(file, offset, None, &context).items {
                assert!(
                    labels.insert(item.label.clone()),
                    "{item:?} is offered twice"
                );
                assert!(item.range.contains_inclusive(offset), "{item:?}");
                let replaced = &text[std::ops::Range::<usize>::from(item.range)];
                assert!(!replaced.contains('\n'), "{item:?}");
            }
        }
    });
}
