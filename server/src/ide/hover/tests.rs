//! What is shown about the word at `$0`, and which word it is.

use super::hover;
use crate::ide::testing::{cursor, samples, with_file};

/// The word in `text` at `$0`, and all of `expected` in what is shown about it as plain text.
#[track_caller]
fn check(text: &str, word: &str, expected: &[&str]) {
    let (text, offset) = cursor(text);
    with_file(&text, |file| {
        let Some(found) = hover(file, offset) else {
            assert!(expected.is_empty(), "nothing is shown in {text:?}");
            return;
        };
        let shown = found.text.plain();
        assert!(!expected.is_empty(), "{shown}");
        assert_eq!(file.analysis.text(found.range), word, "{shown}");
        for part in expected {
            assert!(shown.contains(part), "{part:?} in:\n{shown}");
        }
    });
}

#[test]
fn instructions() {
    check(
        "FR$0OM x\n",
        "FROM",
        &["starts a build stage", "FROM golang"],
    );
    check(
        "FROM debian\nru$0n y\n",
        "run",
        &["RUN [flags] <command>", "shell: `/bin/sh -c`"],
    );
    check(
        "FROM x\nHEALTHCHECK N$0ONE\n",
        "NONE",
        &["HEALTHCHECK NONE"],
    );
    check("FROM x A$0S y\n", "AS", &["FROM"]);
    check("FROM x\nONBUILD CO$0PY a b\n", "COPY", &["copies files"]);
    check("FROM x\nFOO$0 y\n", "", &[]);
}

#[test]
fn state() {
    let text = "FROM alpine\nWORKDIR /app\nWORKDIR sub\nUSER me\nSHELL [\"/bin/bash\", \"-c\"]\n\
                RU$0N y\n";
    check(
        text,
        "RUN",
        &[
            "working directory: `/app/sub`, set in line 3",
            "user: `me`, set in line 4",
            "shell: `/bin/bash -c`, set in line 5",
        ],
    );
    check(
        "FROM golang:1.22 AS a\nFROM a\nRU$0N y",
        "RUN",
        &[
            "working directory: `/go`, as known of `golang:1.22`",
            "user: `root`, as known",
        ],
    );
    check(
        "FROM me/own\nWORK$0DIR x",
        "WORKDIR",
        &["working directory: as the base image has it, of `me/own`"],
    );
    check(
        "FROM me/own\nWORKDIR x\nWORKD$0IR y",
        "WORKDIR",
        &["working directory: `…/x`, set in line 2"],
    );
}

#[test]
fn flags() {
    check("FROM x\nCOPY --ch$0own=a b c\n", "--chown", &["owner"]);
    check("FROM x\nCOPY --chown=a$0 b c\n", "a", &["owner"]);
    check(
        "FROM x\nRUN --mo$0unt=type=cache,target=/x y\n",
        "--mount",
        &["1.2"],
    );
    check(
        "FROM x\nRUN --mount=type=cac$0he,target=/x y\n",
        "cache",
        &["`sharing`"],
    );
    check(
        "FROM x\nRUN --mount=type=cache,tar$0get=/x y\n",
        "target",
        &["`dst`"],
    );
    check(
        "FROM x\nRUN --mount=type=cache,dst=/$0x y\n",
        "/x",
        &["`target`"],
    );
    check(
        "FROM x\nHEALTHCHECK --retri$0es=1 CMD x\n",
        "--retries",
        &["3"],
    );
    check("FROM x\nCOPY --fro$0 b c\n", "", &[]);
}

#[test]
fn variables() {
    check(
        "FROM x\nENV A=1\nENV B=$$0A\n",
        "$A",
        &["`A`, set by ENV in line 2.", "Value: `1`"],
    );
    check(
        "ARG V=3\nFROM x:${V$0}\n",
        "${V}",
        &["the global ARG in line 1", "`3` unless"],
    );
    check(
        "ARG V=3\nFROM x\nENV A=$V$0\n",
        "$V",
        &["not declared in this stage", "line 1"],
    );
    check(
        "FROM x\nENV A=${B:-$0q}\n",
        "${B:-q}",
        &["from the base image `x`, if", "gives"],
    );
    check(
        "FROM scratch\nENV A=${B:-$0q}\n",
        "${B:-q}",
        &["not set here", "gives", "Value: `q`"],
    );
    check(
        "FROM x\nARG TARGETARCH\nENV A=$TARGET$0ARCH\n",
        "$TARGETARCH",
        &["ARG in line 2", "architecture"],
    );
    check(
        "FROM --platform=$BUILD$0PLATFORM x\n",
        "$BUILDPLATFORM",
        &["set by the builder"],
    );
    check(
        "FROM x\nENV PATH=/a:$PA$0TH\n",
        "$PATH",
        &["from the base image `x`"],
    );
    check(
        "FROM x\nENV A=1 \\\n  B$0=\"a b\"\n",
        "B",
        &["set by ENV in line 2", "Value: `a b`"],
    );
    check(
        "FROM x AS p\nENV A=1\nFROM p\nARG A=2\nENV B=$A$0",
        "$A",
        &["ARG in line 4"],
    );
    check(
        "FROM x AS p\nENV A=1\nFROM p\nENV B=$A$0",
        "$A",
        &["ENV in line 2"],
    );
    check(
        "# escape=`\nFROM x\nENV A=1 `\n B=$A$0\n",
        "$A",
        &["from the base image"],
    );
    check(
        "FROM x\nARG A=1 B=$A$0",
        "$A",
        &["ARG in line 2", "`1` unless"],
    );
    check("FROM scratch\nENV A=1 B=$A$0", "$A", &["not set here"]);
}

#[test]
fn variables_in_the_shell() {
    check(
        "FROM x\nENV A=1\nRUN echo $$0A\n",
        "$A",
        &["ENV in line 2", "Value: `1`"],
    );
    check(
        "FROM x\nENV A=1\nRUN echo \"${A$0%x}\"\n",
        "${A%x}",
        &["ENV in line 2"],
    );
    check(
        "FROM x\nRUN a=1; \\\n echo $a$0\n",
        "$a",
        &["of this command's shell", "line 2"],
    );
    check(
        "FROM x\nRUN for i in 1; do echo $i$0; done\n",
        "$i",
        &["shell, set in line 2"],
    );
    check(
        "FROM x\nRUN export A=1 && echo $A$0\n",
        "$A",
        &["shell, set in line 2"],
    );
    check(
        "FROM x\nRUN a$0=1; b\n",
        "a",
        &["ends with the instruction"],
    );
    check(
        "FROM scratch\nRUN echo $HTTP_PROXY$0\n",
        "$HTTP_PROXY",
        &["needs no declaration"],
    );
    check(
        "FROM x\nENV A=1\nRUN <<EOF\necho $A$0\nEOF\n",
        "$A",
        &["ENV in line 2"],
    );
    check(
        "FROM x\r\nENV A=😀\r\nRUN echo é \\\r\n $A$0\r\n",
        "$A",
        &["`😀`"],
    );
}

#[test]
fn stages_and_images() {
    let file = "FROM alpine:3.20 AS build\nRUN x\nFROM build\nCOPY --from=build a b\n";
    check(
        &file.replace("AS build", "AS bu$0ild"),
        "build",
        &[
            "stage 0",
            "`alpine:3.20`",
            "used by the stage `1`, COPY in line 4",
        ],
    );
    check(
        &file.replace("--from=build", "--from=b$0uild"),
        "build",
        &["stage 0"],
    );
    check(
        &file.replace("--from=build", "--from=$00"),
        "0",
        &["stage 0"],
    );
    check(
        &file.replace("FROM build", "FROM bu$0ild"),
        "build",
        &["stage 0"],
    );
    check(
        &file.replace("alpine", "al$0pine"),
        "alpine:3.20",
        &["Alpine", "package manager: `apk`", "user: `root`"],
    );
    check("FROM scr$0atch\n", "scratch", &["the empty image"]);
    check("FROM me/ow$0n:1\n", "me/own:1", &["knows nothing of it"]);
    check(
        "ARG V\nFROM node:$V-al$0pine\n",
        "node:$V-alpine",
        &["Alpine", "`V` is a build argument"],
    );
    check(
        "FROM x\nCOPY --from=ngi$0nx a b\n",
        "nginx",
        &["web server"],
    );
    check(
        "FROM x AS b\nFROM y\nRUN --mount=from=b$0,target=/x z\n",
        "b",
        &["stage 0"],
    );
}

#[test]
fn commands() {
    check(
        "FROM x\nRUN apt-g$0et update\n",
        "apt-get",
        &["installs Debian packages"],
    );
    check(
        "FROM x\nRUN a && apt-get inst$0all -y b\n",
        "install",
        &["operands are packages"],
    );
    check(
        "FROM x\nRUN apt-get install -$0y b\n",
        "-y",
        &["`--yes`", "answers yes"],
    );
    check(
        "FROM x\nRUN curl -f$0sSL u\n",
        "-fsSL",
        &["`-L`", "follows redirections"],
    );
    check("FROM x\nRUN apt-get install b$0\n", "", &[]);
    check("FROM x\nRUN my$0tool\n", "", &[]);
}

#[test]
fn comments() {
    check(
        "# syn$0tax=docker/dockerfile:1\nFROM x\n",
        "# syntax=docker/dockerfile:1",
        &["frontend"],
    );
    check(
        "FROM x\n# dfix ignore=apt-cl$0ean-lists\nRUN y\n",
        "apt-clean-lists",
        &["DL3009"],
    );
    check(
        "FROM x\n# hadolint ignore=DL3008,DL30$009\nRUN y\n",
        "DL3009",
        &["apt-clean-lists"],
    );
    check("FROM x\n# see DL3$0009\nRUN y\n", "", &[]);
    check("FROM x\n# dfix ignore=x: DL3$0009\nRUN y\n", "", &[]);
}

#[test]
fn at_every_place() {
    samples(|text, file| {
        for (offset, _) in text.char_indices() {
            let offset = u32::try_from(offset).unwrap().into();
            if let Some(found) = hover(file, offset) {
                assert!(found.range.contains_inclusive(offset), "{:?}", found.range);
                assert!(!found.text.markdown().is_empty());
                assert!(!file.analysis.text(found.range).is_empty());
            }
        }
    });
}
