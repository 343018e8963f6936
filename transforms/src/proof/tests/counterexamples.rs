//! The counterexamples X01 to X60 of the semantics document (C.10): for each a file and what a naive rewrite would make of
//! it. The proof must refuse every one of them even when all laws are allowed.

use super::*;

/// What the proof has to say.
enum Expected {
    /// It must refuse the rewrite.
    Refused,
    /// What the rewrite breaks is not in the file, so the proof can't see it; the reason says who has to.
    Invisible(&'static str),
}
use Expected::{Invisible, Refused};

const CASES: &[(&str, Expected, &str, &str)] = &[
    (
        "X01",
        Refused,
        "FROM debian:12\nRUN cd /srv\nRUN touch f\n",
        "FROM debian:12\nRUN cd /srv && touch f\n",
    ),
    (
        "X02",
        Refused,
        "FROM debian:12\nRUN set -e; false; true\nRUN true\n",
        "FROM debian:12\nRUN { set -e; false; true; } && true\n",
    ),
    (
        "X02 subshell",
        Refused,
        "FROM debian:12\nRUN set -e; false; true\nRUN true\n",
        "FROM debian:12\nRUN (set -e; false; true) && true\n",
    ),
    (
        "X02 shell",
        Refused,
        "FROM debian:12\nSHELL [\"/bin/sh\", \"-ec\"]\nRUN false; true\nRUN true\n",
        "FROM debian:12\nSHELL [\"/bin/sh\", \"-ec\"]\nRUN { false; true; } && true\n",
    ),
    (
        "X03",
        Refused,
        "FROM debian:12\nRUN make # first\nRUN make install\n",
        "FROM debian:12\nRUN make # first && make install\n",
    ),
    (
        "X04",
        Refused,
        "FROM debian:12\nRUN true\nRUN test -f /x || touch /x\n",
        "FROM debian:12\nRUN true && test -f /x || touch /x\n",
    ),
    (
        "X05",
        Refused,
        "FROM debian:12\nRUN umask 077\nRUN touch /k\n",
        "FROM debian:12\nRUN umask 077 && touch /k\n",
    ),
    (
        "X06",
        Refused,
        "FROM debian:12\nRUN service postgresql start\nRUN pg_ctlcluster 15 main start\n",
        "FROM debian:12\nRUN service postgresql start && pg_ctlcluster 15 main start\n",
    ),
    (
        "X07",
        Refused,
        "FROM debian:12\nRUN exit 0\nRUN touch /y\n",
        "FROM debian:12\nRUN exit 0 && touch /y\n",
    ),
    (
        "X08",
        Refused,
        "FROM debian:12\nRUN echo a\nARG V\nRUN echo b\n",
        "FROM debian:12\nARG V\nRUN echo a && echo b\n",
    ),
    (
        "X09",
        Refused,
        "FROM debian:12\nRUN --mount=type=secret,id=t echo a\nRUN echo b\n",
        "FROM debian:12\nRUN --mount=type=secret,id=t echo a && echo b\n",
    ),
    (
        "X10",
        Refused,
        "FROM debian:12\nRUN apt-get install foo || true\n",
        "FROM debian:12\nRUN apt-get install -y foo || true\n",
    ),
    (
        "X11",
        Refused,
        "FROM debian:12\nRUN apt-get update && apt-get install -y a\nRUN apt-get install -y b\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN apt-get install -y b\n",
    ),
    (
        "X12",
        Refused,
        "FROM debian:12 AS base\nRUN apt-get update && apt-get install -y a\nFROM base\nRUN apt-get install -y b\n",
        "FROM debian:12 AS base\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nFROM base\nRUN apt-get install -y b\n",
    ),
    (
        "X13",
        Refused,
        "FROM python:3.12\nRUN --mount=type=cache,target=/root/.cache/pip pip install x\n",
        "FROM python:3.12\nRUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir x\n",
    ),
    (
        "X14",
        Refused,
        "FROM debian:12\nRUN apt-get install -y foo- bar\n",
        "FROM debian:12\nRUN apt-get install -y bar foo-\n",
    ),
    (
        "X15",
        Refused,
        "FROM debian:12\nRUN mkdir /app\nCOPY run.sh /app\n",
        "FROM debian:12\nCOPY run.sh /app\n",
    ),
    (
        "X16",
        Refused,
        "FROM debian:12\nUSER 1000\nRUN mkdir -p /tmp/w\nWORKDIR /tmp/w\n",
        "FROM debian:12\nUSER 1000\nWORKDIR /tmp/w\n",
    ),
    (
        "X17",
        Refused,
        "FROM debian:12\nRUN mkdir -m 700 -p /s\nWORKDIR /s\n",
        "FROM debian:12\nWORKDIR /s\n",
    ),
    (
        "X18",
        Refused,
        "FROM debian:12\nRUN cd /src && make\nCMD [\"./run\"]\n",
        "FROM debian:12\nWORKDIR /src\nRUN make\nCMD [\"./run\"]\n",
    ),
    // The working directory of the official node image is known (F.5); that of another image is not.
    (
        "X19",
        Refused,
        "FROM example/node:20\nWORKDIR app\n",
        "FROM example/node:20\nWORKDIR /app\n",
    ),
    (
        "X20",
        Refused,
        "FROM debian:12\nENTRYPOINT java $OPTS -jar a.jar\n",
        "FROM debian:12\nENTRYPOINT [\"java\", \"$OPTS\", \"-jar\", \"a.jar\"]\n",
    ),
    (
        "X21",
        Refused,
        "FROM debian:12\nENTRYPOINT java -jar a.jar\nCMD [\"--help\"]\n",
        "FROM debian:12\nENTRYPOINT [\"java\", \"-jar\", \"a.jar\"]\nCMD [\"--help\"]\n",
    ),
    (
        "X22",
        Refused,
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nCMD x\n",
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nCMD [\"/bin/sh\", \"-c\", \"x\"]\n",
    ),
    (
        "X22 options",
        Refused,
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-lc\"]\nCMD x y\n",
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-lc\"]\nCMD [\"x\", \"y\"]\n",
    ),
    (
        "X23",
        Refused,
        "FROM debian:12\nCMD cd /x && ./run\n",
        "FROM debian:12\nCMD [\"cd\", \"/x\", \"&&\", \"./run\"]\n",
    ),
    (
        "X24",
        Refused,
        "FROM debian:12\nRUN [ \"$DEBUG\" ] && make\n",
        "FROM debian:12\nRUN [ \"$DEBUG\" ]\nRUN make\n",
    ),
    (
        "X24 repair",
        Refused,
        "FROM debian:12\nRUN [ \"$DEBUG\" ]\n",
        "FROM debian:12\nRUN test \"$DEBUG\"\n",
    ),
    (
        "X26",
        Refused,
        "FROM debian:12\nARG SRC\nADD $SRC /d/\n",
        "FROM debian:12\nARG SRC\nCOPY $SRC /d/\n",
    ),
    (
        "X27",
        Refused,
        "FROM debian:12\nWORKDIR /app\nCOPY . .\nRUN chown -R app /app\n",
        "FROM debian:12\nWORKDIR /app\nCOPY --chown=app . .\n",
    ),
    (
        "X27 group",
        Refused,
        "FROM debian:12\nWORKDIR /app\nCOPY . .\nRUN chown -R app /app\n",
        "FROM debian:12\nWORKDIR /app\nCOPY --chown=app:0 . .\n",
    ),
    (
        "X29",
        Refused,
        "FROM debian:12\nCOPY ca.crt /lib/x/\n",
        "FROM debian:12\nCOPY --link ca.crt /lib/x/\n",
    ),
    (
        "X30",
        Refused,
        "FROM debian:12\nCOPY f /tmp/f\n",
        "FROM debian:12\nCOPY --link f /tmp/f\n",
    ),
    (
        "X31",
        Refused,
        "FROM debian:12\nCOPY --chown=app f /x\n",
        "FROM debian:12\nCOPY --link --chown=app f /x\n",
    ),
    (
        "X32",
        Refused,
        "FROM debian:12\nCOPY a/ /d/\nCOPY b/ /d/\n",
        "FROM debian:12\nCOPY b/ /d/\nCOPY a/ /d/\n",
    ),
    (
        "X33",
        Refused,
        "FROM python:3.12\nCOPY pip.conf /etc/\nRUN pip install x\n",
        "FROM python:3.12\nRUN pip install x\nCOPY pip.conf /etc/\n",
    ),
    (
        "X34",
        Refused,
        "FROM python:3.12\nWORKDIR /w\nCOPY . .\nRUN pip install -e .\n",
        "FROM python:3.12\nWORKDIR /w\nCOPY pyproject.toml .\nRUN pip install -e .\nCOPY . .\n",
    ),
    (
        "X35",
        Refused,
        "FROM node:20\nWORKDIR /w\nCOPY . .\nRUN npm ci\n",
        "FROM node:20\nWORKDIR /w\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n",
    ),
    (
        "X36",
        Refused,
        "FROM debian:12\nENV A=/x\nENV PATH=$A/bin:$PATH\n",
        "FROM debian:12\nENV A=/x PATH=$A/bin:$PATH\n",
    ),
    (
        "X37",
        Refused,
        "FROM debian:12\nENV MSG it\\'s  \"two  blanks\"\n",
        "FROM debian:12\nENV MSG=\"it\\'s two blanks\"\n",
    ),
    (
        "X37 quotes",
        Refused,
        "FROM debian:12\nENV MSG it\\'s  \"two  blanks\"\n",
        "FROM debian:12\nENV MSG='it\\'\"s  two  blanks\"\n",
    ),
    (
        "X38",
        Refused,
        "FROM debian:12\nCMD x\nSHELL [\"/bin/bash\", \"-c\"]\n",
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nCMD x\n",
    ),
    (
        "X39",
        Refused,
        "FROM debian:12\nARG V\nLABEL v=$V\n",
        "FROM debian:12\nLABEL v=$V\nARG V\n",
    ),
    (
        "X40",
        Refused,
        "FROM golang:1.22\nARG GOFLAGS\nRUN go build\n",
        "FROM golang:1.22\nRUN go build\nARG GOFLAGS\n",
    ),
    (
        "X41",
        Refused,
        "ARG BUILDKIT_SBOM_SCAN_STAGE=true\nFROM debian:12\n",
        "FROM debian:12\n",
    ),
    (
        "X42",
        Refused,
        "FROM debian:12\nARG HTTP_PROXY\nRUN curl -O https://example.org/x\n",
        "FROM debian:12\nRUN curl -O https://example.org/x\n",
    ),
    (
        "X43",
        Refused,
        "FROM debian:12 AS b\nCMD [\"x\"]\nFROM b\nENTRYPOINT [\"y\"]\n",
        "FROM debian:12 AS b\nFROM b\nCMD [\"x\"]\nENTRYPOINT [\"y\"]\n",
    ),
    (
        "X44",
        Refused,
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\n",
        "FROM debian:12\n",
    ),
    (
        "X45",
        Refused,
        "FROM debian:12\nHEALTHCHECK NONE\n",
        "FROM debian:12\n",
    ),
    (
        "X46",
        Refused,
        "FROM debian:12\nFROM alpine:3\nCOPY --from=0 /x /y\nCOPY --from=nginx /z /z\n",
        "FROM debian:12 AS nginx\nFROM alpine:3\nCOPY --from=nginx /x /y\nCOPY --from=nginx /z /z\n",
    ),
    (
        "X47",
        Refused,
        "FROM debian:12 AS build\nRUN echo a\nFROM alpine:3 AS build\nRUN echo b\nFROM scratch\nCOPY --from=0 /x /x\n",
        "FROM debian:12 AS build\nRUN echo a\nFROM alpine:3 AS build\nRUN echo b\nFROM scratch\nCOPY --from=build /x /x\n",
    ),
    // `FROM Base` is an image of that name, or rather the error that it can't be one.
    (
        "X48",
        Refused,
        "FROM debian:12 AS Base\nFROM Base\n",
        "FROM debian:12 AS base\nFROM base\n",
    ),
    (
        "X49",
        Refused,
        "FROM debian:12\nRUN <<E\nfalse\ntrue\nE\n",
        "FROM debian:12\nRUN false && true\n",
    ),
    (
        "X50",
        Refused,
        "FROM debian:12\r\nRUN echo a && echo b\r\n",
        "FROM debian:12\r\nRUN <<E\r\nset -e\r\necho a\r\necho b\r\nE\r\n",
    ),
    (
        "X51",
        Refused,
        "FROM debian:12\nRUN echo '#!x' && echo a\n",
        "FROM debian:12\nRUN <<E\n#!x\necho a\nE\n",
    ),
    (
        "X52",
        Refused,
        "FROM debian:12\nRUN cat <<EOF > /f\na\\\nb\nEOF\n",
        "FROM debian:12\nCOPY <<EOF /f\na\\\nb\nEOF\n",
    ),
    (
        "X53",
        Refused,
        "FROM debian:12\nRUN yes | head -1 > /a\n",
        "FROM debian:12\nRUN set -o pipefail && yes | head -1 > /a\n",
    ),
    (
        "X54",
        Refused,
        "FROM alpine:3\nRUN a | b\n",
        "FROM alpine:3\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN a | b\n",
    ),
    (
        "X55",
        Invisible("the change is in .dockerignore, which no rewrite of the file touches"),
        "FROM debian:12\nCOPY . .\nRUN git describe\n",
        "FROM debian:12\nCOPY . .\nRUN git describe\n",
    ),
    (
        "X56",
        Refused,
        "FROM debian:12\nRUN sudo -u app make\n",
        "FROM debian:12\nRUN make\n",
    ),
    (
        "X56 environment",
        Refused,
        "FROM debian:12\nENV X=1\nRUN sudo env\n",
        "FROM debian:12\nENV X=1\nRUN env\n",
    ),
    (
        "X57",
        Refused,
        "FROM debian:12\nRUN apt upgrade -y\n",
        "FROM debian:12\nRUN apt-get upgrade -y\n",
    ),
    (
        "X58",
        Refused,
        "FROM golang AS golang\nRUN echo a\nFROM golang\nRUN echo b\n",
        "FROM golang@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef AS golang\nRUN echo a\nFROM golang@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\nRUN echo b\n",
    ),
    (
        "X59",
        Refused,
        "FROM debian:12 AS assets\nRUN echo a\nFROM debian:11\nRUN echo b\n",
        "FROM debian:11\nRUN echo b\n",
    ),
    (
        "X60",
        Refused,
        "FROM debian:12\nARG A=1\nARG B=$A\nRUN echo x\n",
        "FROM debian:12\nARG A=1 B=$A\nRUN echo x\n",
    ),
];

#[test]
fn naive_rewrites_are_refused() {
    for (id, expected, before, after) in CASES {
        let found = verdict(before, after, &Facts::default());
        match expected {
            Refused => assert!(matches!(found, Verdict::Different(_)), "{id}: {found:?}"),
            Invisible(why) => assert_eq!(found, Verdict::Equivalent(Vec::new()), "{id}: {why}"),
        }
    }
}

/// Those of which the build context decides.
#[test]
fn naive_rewrites_that_the_context_shows_to_be_wrong_are_refused() {
    let file = context(&[
        ("run.sh", ContextKind::File),
        ("rootfs.img", ContextKind::Archive),
    ]);
    let cases = [
        (
            "X25",
            "FROM debian:12\nADD rootfs.img /\n",
            "FROM debian:12\nCOPY rootfs.img /\n",
            vec![Facts::default(), file.clone()],
        ),
        (
            "X28",
            "FROM debian:12\nCOPY run.sh /opt/x/run.sh\nRUN chmod 644 /opt/x/run.sh\n",
            "FROM debian:12\nCOPY --chmod=644 run.sh /opt/x/run.sh\n",
            vec![Facts::default(), file],
        ),
    ];
    for (id, before, after, facts) in cases {
        for facts in facts {
            let found = verdict(before, after, &facts);
            assert!(
                matches!(found, Verdict::Different(_)),
                "{id} {facts:?}: {found:?}"
            );
        }
    }
}

#[test]
fn all_sixty_are_here() {
    let mut numbers: Vec<&str> = CASES.iter().map(|(id, ..)| &id[..3]).collect();
    numbers.extend(["X25", "X28"]);
    numbers.sort_unstable();
    numbers.dedup();
    let expected: Vec<String> = (1..=60).map(|number| format!("X{number:02}")).collect();
    assert_eq!(numbers, expected);
}
