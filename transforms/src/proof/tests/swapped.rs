//! Steps that change places: for each head of a file two instructions below it, the one above the other and the other way
//! round.

use std::collections::BTreeMap;

use super::*;
use crate::facts::Project;

fn swapped(head: &str, upper: &str, lower: &str, facts: &Facts) -> Verdict {
    // What comes last is a step, so that every builder makes the directory of a WORKDIR above it.
    let before = format!("{head}\n{upper}\n{lower}\nRUN true\n");
    let after = format!("{head}\n{lower}\n{upper}\nRUN true\n");
    verdict(&before, &after, facts)
}

#[track_caller]
fn check(cases: &[(&str, &str, &str)], facts: &Facts) {
    for (head, upper, lower) in cases {
        for (upper, lower) in [(upper, lower), (lower, upper)] {
            let found = swapped(head, upper, lower, facts);
            assert_eq!(
                found,
                Verdict::Equivalent(vec![Law::StepsSwapped]),
                "{head}\n{upper}\n{lower}"
            );
        }
    }
}

#[track_caller]
fn check_refused(cases: &[(&str, &str, &str, &str)], facts: &Facts) {
    for (head, upper, lower, reason) in cases {
        for (upper, lower) in [(upper, lower), (lower, upper)] {
            match swapped(head, upper, lower, facts) {
                Verdict::Different(why) => {
                    assert!(why.contains(reason), "{head}\n{upper}\n{lower}\n{why}");
                }
                found => panic!("{head}\n{upper}\n{lower}\n{found:?}"),
            }
        }
    }
}

const APT: &str = "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*";

#[test]
fn steps_that_do_not_meet() {
    check(
        &[
            // Copies to places of their own.
            ("FROM debian:12", "COPY a /a", "COPY b /b"),
            ("FROM debian:12", "COPY a /x/a/", "COPY b /x/b/"),
            ("FROM debian:12", "COPY a.json /x/", "COPY b.json /x/"),
            ("FROM debian:12", "ADD a.json /x/", "COPY b.json /x/"),
            (
                "FROM debian:12\nWORKDIR /x\nRUN true",
                "COPY a.json .",
                "COPY src ./src",
            ),
            (
                "FROM debian:12\nWORKDIR /x\nRUN true",
                "COPY a.json b.lock ./",
                "COPY --chown=1:1 src src/",
            ),
            (
                "FROM debian:12\nENV D=/x",
                "COPY a.json $D/",
                "COPY src $D/src",
            ),
            (
                "FROM b AS b\nFROM debian:12",
                "COPY --from=b /a /a",
                "COPY --from=b /c /c/",
            ),
            (
                "FROM debian:12",
                "COPY --chown=1 a /x/a/",
                "COPY --chown=1 b /x/b/",
            ),
            ("FROM debian:12", "COPY --chmod=755 a /x/a/", "COPY b /x/b/"),
            ("FROM debian:12", "COPY --chmod=u+x a /x/a/", "COPY b /x/b/"),
            ("FROM debian:12", "COPY --link a /a/", "COPY b /b/"),
            (
                "FROM debian:12",
                "ADD a.tar /x/a/",
                "ADD https://example.org/b /x/b/",
            ),
            ("FROM debian:12", "COPY <<E /x/\na\nE", "COPY <<F /x/\nb\nF"),
            ("FROM debian:12", "COPY --chown=app a /a/", "COPY b /b/"),
            // A directory of WORKDIR.
            ("FROM debian:12", "WORKDIR /w", "COPY a /a/"),
            ("FROM debian:12", "WORKDIR /w", "COPY a /w/a/"),
            ("FROM debian:12", "WORKDIR /w", "COPY a /w/"),
            ("FROM debian:12", "WORKDIR /w", "COPY . /w"),
            ("FROM debian:12", "WORKDIR /w/x", "COPY a.json /w/"),
            ("FROM debian:12\nUSER 7", "WORKDIR /w", "COPY --link a /a/"),
            (
                "FROM debian:12\nWORKDIR /w\nUSER 7\nWORKDIR /w/x\nUSER 0",
                "COPY a /w/x/a",
                "COPY --chown=7:7 b /w/x/b",
            ),
            // Processes.
            ("FROM debian:12", "COPY a /a/", APT),
            ("FROM debian:12\nWORKDIR /w", "COPY . .", APT),
            (
                "FROM alpine:3.20\nWORKDIR /w",
                "COPY . .",
                "RUN apk add --no-cache git",
            ),
            (
                "FROM rockylinux:9\nWORKDIR /w",
                "COPY . .",
                "RUN dnf install -y git && dnf clean all",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN DEBIAN_FRONTEND=noninteractive apt-get install -qy git > /dev/null",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN set -eux; apt-get update; apt-get install -y git",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN useradd -m app",
            ),
            (
                "FROM debian:12\nWORKDIR /w\nRUN true",
                "COPY --chown=7 . .",
                "RUN useradd -m app",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN curl -fsSL https://example.org/a -o /usr/local/bin/a && chmod +x /usr/local/bin/a",
            ),
            (
                "FROM debian:12\nENV PATH=/opt/x/bin:$PATH APP_HOME=/w\nWORKDIR /w",
                "COPY . .",
                APT,
            ),
            (
                "FROM debian:12\nARG TARGETARCH\nARG PYTHON_VERSION=3\nWORKDIR /w",
                "COPY . .",
                APT,
            ),
            ("FROM debian:12", "RUN mkdir -p /a/x", "RUN touch /b"),
        ],
        &Facts::default(),
    );
}

#[test]
fn steps_that_may_meet() {
    check_refused(
        &[
            // The same place, one inside the other, a file or a directory.
            ("FROM debian:12", "COPY a /x", "COPY b /x", "both may write"),
            (
                "FROM debian:12",
                "COPY a /x/",
                "COPY b /x/",
                "both may write",
            ),
            (
                "FROM debian:12",
                "COPY a /x/",
                "COPY b /x/y/",
                "both may write",
            ),
            (
                "FROM debian:12",
                "COPY a /x",
                "COPY b.json /x/",
                "both may write",
            ),
            (
                "FROM debian:12",
                "COPY a.json /x/",
                "COPY b/a.json /x/",
                "both may write",
            ),
            ("FROM debian:12", "COPY . /", "COPY b /y", "both may write"),
            (
                "FROM debian:12",
                "COPY a /lib/x/",
                "COPY b /usr/lib/x/",
                "both may write",
            ),
            (
                "FROM debian:12",
                "COPY three.js /x/",
                "COPY b /x/src",
                "both may write",
            ),
            (
                "FROM debian:12",
                "COPY *.json /x/",
                "COPY b /x/src",
                "both may write",
            ),
            (
                "FROM debian:12",
                "ADD a.tar /x/",
                "COPY b.zip /x/",
                "both may write",
            ),
            (
                "FROM debian:12\nARG D",
                "COPY a $D/a",
                "COPY b /b",
                "not known before the build",
            ),
            (
                "FROM debian:12",
                "COPY a /x/../a",
                "COPY b /b",
                "may lead elsewhere",
            ),
            (
                "FROM a",
                "COPY a a",
                "COPY b /b",
                "not known before the build",
            ),
            (
                "FROM debian:12",
                "COPY --parents a /a",
                "COPY b /b",
                "`--parents`",
            ),
            // Directories above.
            (
                "FROM debian:12",
                "COPY --chown=1 a /x/a/",
                "COPY b /x/b/",
                "owner and the mode",
            ),
            (
                "FROM debian:12",
                "COPY --chown=1 a /x/a/",
                "COPY --chown=2 b /x/b/",
                "owner and the mode",
            ),
            (
                "FROM debian:12",
                "COPY --chmod=644 a /x/a/",
                "COPY b /x/b/",
                "owner and the mode",
            ),
            (
                "FROM debian:12",
                "COPY --link a /x/a/",
                "COPY b /x/b/",
                "`--link`",
            ),
            (
                "FROM debian:12\nARG M",
                "COPY --chmod=$M a /x/a/",
                "COPY b /y/b/",
                "mode is not known",
            ),
            (
                "FROM debian:12\nWORKDIR /x\nRUN rm -rf /x",
                "COPY --chown=1 a /x/a/",
                "COPY b /x/b/",
                "owner and the mode",
            ),
            (
                "FROM debian:12\nWORKDIR /x\nRUN [\"./a\"]",
                "COPY --chown=1 a /x/a/",
                "COPY b /x/b/",
                "owner and the mode",
            ),
            // Users.
            (
                "FROM debian:12",
                "COPY --chown=app a /a/",
                "COPY passwd /etc/",
                "list of users",
            ),
            (
                "FROM debian:12",
                "COPY --chown=app a /a/",
                "RUN useradd app",
                "make the user",
            ),
            (
                "FROM debian:12",
                "COPY --chown=postgres a /a/",
                "RUN apt-get install -y postgresql",
                "make the user",
            ),
            (
                "FROM debian:12\nUSER app",
                "WORKDIR /a",
                "COPY passwd /etc/passwd",
                "list of users",
            ),
            // A directory of WORKDIR.
            ("FROM debian:12", "WORKDIR /w", "COPY a /w", "both write"),
            ("FROM debian:12", "WORKDIR /w/x", "COPY a /w/", "both write"),
            (
                "FROM debian:12\nUSER 7",
                "WORKDIR /w",
                "COPY a /w/a/",
                "owner and the mode",
            ),
            (
                "FROM debian:12\nUSER 7",
                "WORKDIR /w",
                "COPY --chown=7 a /w/a/",
                "owner and the mode",
            ),
            ("FROM a", "WORKDIR /w", "COPY a /w/a/", "owner and the mode"),
            // Processes.
            (
                "FROM python:3.12",
                "COPY pip.conf /etc/",
                "RUN apt-get install -y x",
                "look for something",
            ),
            (
                "FROM debian:12",
                "COPY a /usr/local/bin/",
                APT,
                "look for something",
            ),
            ("FROM debian:12", "COPY a /", APT, "look for something"),
            ("FROM debian:12", "COPY a /x", "RUN mkdir -p /x", "touches"),
            (
                "FROM debian:12",
                "COPY a /x/a",
                "RUN mkdir -p /x/b",
                "both write to `/x`",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY a.deb .",
                "RUN apt-get install -y ./a.deb",
                "touches",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN apt-get install -y $(cat a)",
                "may do anything",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN apt-get install -y $A",
                "may do anything",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN ./a",
                "may do anything",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN ./apt-get install -y a",
                "may do anything",
            ),
            (
                "FROM node:20\nWORKDIR /w",
                "COPY . .",
                "RUN npm install -g a",
                "may do anything",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN wget https://example.org/a",
                "touches",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN apt-get install -y a | sh",
                "may do anything",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN PATH=. apt-get install -y a",
                "may do anything",
            ),
            (
                "FROM debian:12\nENV PATH=/w/bin:$PATH\nWORKDIR /w",
                "COPY . .",
                APT,
                "a variable",
            ),
            (
                "FROM debian:12\nENV PATH=./bin:$PATH\nWORKDIR /w",
                "COPY . .",
                APT,
                "a variable",
            ),
            (
                "FROM debian:12\nARG LD_PRELOAD\nWORKDIR /w",
                "COPY . .",
                APT,
                "a variable",
            ),
            (
                "FROM debian:12\nENV HOME=/w\nWORKDIR /w",
                "COPY . .",
                APT,
                "a variable",
            ),
            (
                "FROM debian:12\nUSER app\nWORKDIR /w",
                "COPY . .",
                "RUN curl -o /tmp/a https://example.org/a",
                "root",
            ),
            ("FROM a\nWORKDIR /w", "COPY . .", APT, "plain shell"),
            (
                "FROM debian:12\nSHELL [\"/bin/x\", \"-c\"]\nWORKDIR /w",
                "COPY . .",
                APT,
                "nothing is known",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN --mount=target=/c apt-get install -y a",
                "mounts",
            ),
            (
                "FROM debian:12\nWORKDIR /w",
                "COPY . .",
                "RUN [\"apt-get\", \"install\", \"-y\", \"a\"]",
                "nothing is known",
            ),
            (
                "FROM debian:12",
                APT,
                "RUN apt-get install -y git",
                "may notice",
            ),
            (
                "FROM debian:12",
                "RUN touch /a/b",
                "RUN mkdir -p /a/c",
                "may notice",
            ),
            (
                "FROM debian:12",
                "RUN mkdir /a",
                "RUN curl -o /usr/bin/b https://example.org/b",
                "may notice",
            ),
        ],
        &Facts::default(),
    );
}

/// What a step runs in has to be the same in the other place.
#[test]
fn steps_in_another_state() {
    for (upper, lower) in [
        ("ENV A=b", APT),
        ("ARG A=b", APT),
        ("WORKDIR /w", APT),
        ("USER 7", APT),
        ("SHELL [\"/bin/bash\", \"-c\"]", APT),
        ("ENV A=b", "COPY a /$A"),
        ("ARG A", "COPY <<E /a\n$A\nE"),
        ("WORKDIR /w", "COPY a ."),
        ("USER 7", "WORKDIR /w"),
    ] {
        let found = swapped("FROM debian:12", upper, lower, &Facts::default());
        assert!(
            matches!(found, Verdict::Different(_)),
            "{upper}\n{lower}\n{found:?}"
        );
    }
}

#[test]
fn nothing_passes_a_volume() {
    let before = "FROM debian:12\nCOPY a /a/\nVOLUME /a\nCOPY b /b/\n";
    for after in [
        "FROM debian:12\nCOPY b /b/\nCOPY a /a/\nVOLUME /a\n",
        "FROM debian:12\nVOLUME /a\nCOPY b /b/\nCOPY a /a/\n",
    ] {
        match verdict(before, after, &Facts::default()) {
            Verdict::Different(why) => assert!(why.contains("VOLUME"), "{why}"),
            found => panic!("{found:?}"),
        }
    }
}

#[test]
fn triggers_keep_their_places() {
    let head = "FROM debian:12 AS a\nONBUILD COPY x /x/\nONBUILD COPY y /y/\n";
    let before = format!("{head}FROM a\nCOPY b /b/\n");
    let after = "FROM debian:12 AS a\nONBUILD COPY y /y/\nONBUILD COPY x /x/\nFROM a\nCOPY b /b/\n";
    assert!(matches!(
        verdict(&before, after, &Facts::default()),
        Verdict::Different(_)
    ));
}

/// Several at once, next to what other laws explain.
#[test]
fn in_company() {
    for (before, after, laws) in [
        (
            "FROM debian:12\nWORKDIR /w\nCOPY . .\nCOPY x /x/\nRUN apt-get update && apt-get install -y a\nRUN make\n",
            "FROM debian:12\nWORKDIR /w\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nCOPY x /x/\nCOPY . .\nRUN make\n",
            &[Law::AptListsRemoved, Law::StepsSwapped][..],
        ),
        (
            "FROM debian:12\nWORKDIR /w\nADD src /w/src/\nADD a.json .\nRUN make\n",
            "FROM debian:12\nWORKDIR /w\nCOPY a.json .\nADD src /w/src/\nRUN make\n",
            &[Law::AddIsCopy, Law::StepsSwapped],
        ),
        (
            "FROM debian:12\nCOPY a /a/\nCOPY b /b/\nCOPY c /c/\n",
            "FROM debian:12\nCOPY c /c/\nCOPY b /b/\nCOPY a /a/\n",
            &[Law::StepsSwapped],
        ),
        (
            "FROM debian:12 AS a\nCOPY a /a/\nCOPY b /b/\nFROM a\nCOPY c /c/\nCOPY d /d/\n",
            "FROM debian:12 AS a\nCOPY b /b/\nCOPY a /a/\nFROM a\nCOPY d /d/\nCOPY c /c/\n",
            &[Law::StepsSwapped],
        ),
    ] {
        let found = verdict(before, after, &Facts::default());
        assert_eq!(found, Verdict::Equivalent(laws.to_vec()), "{after}");
    }
    // A step that has gone is not hidden by others that have moved.
    let found = verdict(
        "FROM debian:12\nCOPY a /a/\nCOPY b /b/\nRUN make\n",
        "FROM debian:12\nCOPY b /b/\nCOPY a /a/\n",
        &Facts::default(),
    );
    assert!(matches!(found, Verdict::Different(_)), "{found:?}");
}

fn project(paths: &[&str], unlisted: &[&str]) -> Facts {
    let listing: BTreeMap<String, ContextKind> = paths
        .iter()
        .map(|path| {
            let kind = match path {
                path if path.ends_with('/') => ContextKind::Directory,
                path if path.ends_with('@') => ContextKind::Other,
                _ => ContextKind::UnreadFile,
            };
            (Facts::key(path.trim_end_matches('@')), kind)
        })
        .collect();
    let unlisted = unlisted.iter().map(ToString::to_string).collect();
    Facts {
        project: Some(Project::new(listing, unlisted, BTreeMap::new(), None)),
        ..Facts::default()
    }
}

#[test]
fn trees_that_the_context_shows_not_to_meet() {
    let facts = project(
        &[
            "build/",
            "build/app/",
            "build/app/BOOT-INF/",
            "build/app/BOOT-INF/classes/",
            "build/app/org/",
            "build/lib/",
            "build/lib/a.jar",
            "three.js/",
            "three.js/x",
            "tool",
            "conf/",
            "conf/x.conf",
            "other/",
            "other/x.conf",
        ],
        &[],
    );
    let spring = "FROM eclipse-temurin:17-jre\nWORKDIR /opt/service\nARG UNPACKED=build";
    check(
        &[
            (
                spring,
                "COPY ${UNPACKED}/app .",
                "COPY ${UNPACKED}/lib BOOT-INF/lib",
            ),
            (spring, "COPY build/app .", "COPY build/lib BOOT-INF/lib"),
            (spring, "COPY build/app .", "COPY conf ."),
            (spring, "COPY build/app .", "COPY build/lib org/x"),
            (
                "FROM debian:12\nWORKDIR /opt/service\nRUN true",
                "COPY build/app .",
                "COPY --chown=1 build/lib org/x",
            ),
            (spring, "COPY tool .", "COPY conf sub"),
        ],
        &facts,
    );
    check_refused(
        &[
            (
                spring,
                "COPY build/app .",
                "COPY build/lib BOOT-INF/classes",
                "both may write",
            ),
            (
                spring,
                "COPY build/app .",
                "COPY build/lib BOOT-INF",
                "both may write",
            ),
            (spring, "COPY conf .", "COPY other .", "both may write"),
            (spring, "COPY three.js .", "COPY conf x", "both may write"),
        ],
        &facts,
    );
    let unread = project(&["build/", "build/app/", "build/lib/"], &["build/app"]);
    let linked = project(
        &["build/", "build/app/", "build/app/BOOT-INF@", "build/lib/"],
        &[],
    );
    let case = [(
        spring,
        "COPY build/app .",
        "COPY build/lib BOOT-INF/lib",
        "both may write",
    )];
    check_refused(&case, &unread);
    check_refused(&case, &linked);
    check_refused(&case, &Facts::default());
}
