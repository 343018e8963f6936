//! Splits on small files: what comes out, and which line stands in the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dfix_syntax::SourceText;

use super::{Answer, Split, split};

mod downloads;
mod kinds;
mod layers;
mod recipes;
mod repeated;

use crate::facts::Project;
use crate::model::Analysis;
use crate::{ContextKind, Facts, RuntimeBase, Settings};

pub(super) fn facts(files: &[&str], texts: &[(&str, &str)]) -> Facts {
    let mut listing = BTreeMap::new();
    for file in files {
        let mut above = String::new();
        for name in file
            .split('/')
            .rev()
            .skip(1)
            .collect::<Vec<_>>()
            .iter()
            .rev()
        {
            above = if above.is_empty() {
                (*name).to_owned()
            } else {
                format!("{above}/{name}")
            };
            listing.insert(above.clone(), ContextKind::Directory);
        }
        listing.insert((*file).to_owned(), ContextKind::UnreadFile);
    }
    let texts = texts
        .iter()
        .map(|(path, text)| ((*path).to_owned(), Arc::from(*text)));
    Facts {
        project: Some(Project::new(
            listing,
            BTreeSet::new(),
            texts.collect(),
            None,
        )),
        ..Facts::default()
    }
}

pub(super) fn answer(text: &str, settings: &Settings, facts: &Facts) -> Answer {
    let source = SourceText::new(text.as_bytes()).unwrap();
    split(&Analysis::new(source, settings), settings, facts)
}

#[track_caller]
pub(super) fn made(text: &str, settings: &Settings, facts: &Facts) -> Split {
    match answer(text, settings, facts) {
        Answer::Split(split) => *split,
        Answer::Refused(refusal) => panic!("refused: {}", refusal.message()),
        Answer::Nothing(why) => panic!("nothing: {why}"),
    }
}

#[track_caller]
pub(super) fn check_with(before: &str, after: &str, facts: &Facts) {
    let split = made(before, &Settings::default(), facts);
    assert_eq!(split.text, after);
    // Every instruction is explained, by lines that are there.
    let count = after.lines().count();
    assert!(
        split
            .lines
            .iter()
            .all(|line| line.first <= line.last && line.last <= count)
    );
    for line in &split.lines {
        let text = after.lines().nth(line.first - 1).unwrap();
        assert!(text.starts_with(|c: char| c.is_ascii_uppercase()), "{text}");
        assert!(!line.reason.is_empty(), "{text}");
    }
    // With the other line end it is the same.
    let crlf = |text: &str| text.replace('\n', "\r\n");
    assert_eq!(
        made(&crlf(before), &Settings::default(), facts).text,
        crlf(after)
    );
    assert_eq!(
        answer(after, &Settings::default(), facts),
        Answer::Nothing("the file has several stages already")
    );
}

#[track_caller]
pub(super) fn check(before: &str, after: &str) {
    check_with(before, after, &Facts::default());
}

/// Nothing that only the build needs would be left out.
#[track_caller]
pub(super) fn nothing_gained(text: &str) {
    match answer(text, &Settings::default(), &Facts::default()) {
        Answer::Refused(refusal) => assert_eq!(refusal.kind, "nothing-to-gain"),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub(super) fn refused(text: &str, reason: &str) {
    match answer(text, &Settings::default(), &Facts::default()) {
        Answer::Refused(refusal) => {
            assert!(refusal.message().contains(reason), "{}", refusal.message())
        }
        Answer::Split(split) => panic!("{}", split.text),
        Answer::Nothing(why) => panic!("nothing: {why}"),
    }
}

#[track_caller]
pub(super) fn nothing(text: &str) {
    let answer = answer(text, &Settings::default(), &Facts::default());
    assert!(matches!(answer, Answer::Nothing(_)), "{answer:?}");
}

const GO: &str = "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go mod download\nRUN CGO_ENABLED=0 go build -o /bin/service ./cmd/service\nEXPOSE 8080\nUSER nobody\nCMD [\"/bin/service\"]\n";
const GO_BUILD: &str = "FROM golang:1.22 AS build\nWORKDIR /src\nCOPY . .\nRUN go mod download\nRUN CGO_ENABLED=0 go build -o /bin/service ./cmd/service\n\n";
const GO_FILES: &[&str] = &["go.mod", "go.sum", "cmd/service/main.go", "README.md"];

#[test]
fn a_go_service() {
    let certificates = "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\n";
    let rest = "EXPOSE 8080\nUSER nobody\nCMD [\"/bin/service\"]\n";
    check_with(
        GO,
        &format!(
            "{GO_BUILD}FROM debian:bookworm-slim\n{certificates}COPY --from=build /bin/service /bin/service\nWORKDIR /src\n{rest}"
        ),
        &facts(GO_FILES, &[]),
    );
    // What the program may read comes along.
    check_with(
        GO,
        &format!(
            "{GO_BUILD}FROM debian:bookworm-slim\nWORKDIR /src\n{certificates}COPY --from=build /bin/service /bin/service\nCOPY --from=build /src/templates /src/templates\n{rest}"
        ),
        &facts(&[GO_FILES, &["templates/index.html"]].concat(), &[]),
    );
    // Where nobody knows, all of it does.
    check(
        GO,
        &format!(
            "{GO_BUILD}FROM debian:bookworm-slim\nWORKDIR /src\nCOPY . .\n{certificates}COPY --from=build /bin/service /bin/service\n{rest}"
        ),
    );
}

#[test]
fn policies() {
    let with = |base| Settings {
        runtime_base: base,
        ..Settings::default()
    };
    let files = facts(GO_FILES, &[]);
    let scratch = made(GO, &with(RuntimeBase::Scratch), &files).text;
    assert_eq!(
        scratch,
        format!(
            "{}RUN mkdir -p /runtime/tmp && chmod 1777 /runtime/tmp\n\nFROM scratch\nCOPY --from=build /runtime /\nCOPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\n\
             COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /usr/local/go/lib/time/zoneinfo.zip\nCOPY --from=build /bin/service /bin/service\n\
             COPY --from=build /etc/passwd /etc/passwd\nCOPY --from=build /etc/group /etc/group\nWORKDIR /src\nEXPOSE 8080\nUSER nobody\nCMD [\"/bin/service\"]\n",
            GO_BUILD.trim_end_matches('\n').to_owned() + "\n"
        )
    );
    let distroless = made(GO, &with(RuntimeBase::Distroless), &files).text;
    assert!(
        distroless.contains("\nFROM gcr.io/distroless/static-debian12\n"),
        "{distroless}"
    );
    let own =
        RuntimeBase::Map([("golang".to_owned(), "registry.example/base:1".to_owned())].into());
    assert!(
        made(GO, &with(own), &files)
            .text
            .contains("\nFROM registry.example/base:1\n")
    );
    let cgo = GO.replace("CGO_ENABLED=0 ", "");
    let answer = answer(&cgo, &with(RuntimeBase::Scratch), &files);
    assert!(
        matches!(&answer, Answer::Refused(refusal) if refusal.kind == "runtime-base"),
        "{answer:?}"
    );
}

#[test]
fn programs_by_name() {
    check(
        "FROM golang:1.21-alpine\nRUN apk add --no-cache git\nRUN go install example.org/tool@v1\nENTRYPOINT [\"tool\"]\n",
        "FROM golang:1.21-alpine AS build\nRUN apk add --no-cache git\nRUN go install example.org/tool@v1\n\nFROM alpine:3\nWORKDIR /go\n\
         COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\nCOPY --from=build /usr/local/go/lib/time/zoneinfo.zip /usr/local/go/lib/time/zoneinfo.zip\n\
         COPY --from=build /go/bin/tool /usr/local/bin/tool\nENTRYPOINT [\"tool\"]\n",
    );
    // Where the file puts programs, and those that a directory gets by the names of their sources.
    check(
        "FROM golang:1.22\nENV PATH=/out:$PATH\nWORKDIR /src\nCOPY main.go go.mod ./\nRUN CGO_ENABLED=0 go build -o /out/ ./cmd/...\nCMD [\"front\"]\n",
        "FROM golang:1.22 AS build\nENV PATH=/out:$PATH\nWORKDIR /src\nCOPY main.go go.mod ./\nRUN CGO_ENABLED=0 go build -o /out/ ./cmd/...\n\n\
         FROM debian:bookworm-slim\nENV PATH=/out:$PATH\nCOPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\nCOPY --from=build /out /out\nWORKDIR /src\nCMD [\"front\"]\n",
    );
    refused(
        "FROM golang:1.21\nRUN go build -o /app/server .\nCMD [\"/app/sever\"]\n",
        "line 3: no step is known to make `/app/sever`",
    );
    refused(
        "FROM golang:1.21\nCOPY . /src\nRUN go build -o /app .\nCOPY run.sh /\nCMD [\"/run.sh\"]\n",
        "line 5: what `/run.sh` calls isn't known",
    );
}

#[test]
fn c_with_an_installation() {
    check(
        "FROM debian:12\n# tools\nRUN apt-get update && apt-get install -y \\\n    build-essential \\\n    # TLS\n    libssl-dev \\\n    cmake\nRUN git clone https://example.org/x /src/x \\\n && cd /src/x && ./configure --prefix=/opt/x && make && make install\nCOPY x.conf /etc/x.conf\nCMD [\"/opt/x/bin/x\"]\n",
        "FROM debian:12 AS build\n# tools\nRUN apt-get update && apt-get install -y \\\n    build-essential \\\n    # TLS\n    libssl-dev \\\n    cmake\nRUN git clone https://example.org/x /src/x \\\n && cd /src/x && ./configure --prefix=/opt/x && make && make install\n\n\
         FROM debian:12-slim\n# tools\nRUN apt-get update && apt-get install -y \\\n    # TLS\n    libssl3\nCOPY --from=build /opt/x /opt/x\nCOPY x.conf /etc/x.conf\nCMD [\"/opt/x/bin/x\"]\n",
    );
    let with = |line: &str| {
        format!(
            "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make\nCOPY . /src\nWORKDIR /src\n{line}\nWORKDIR /\nCMD [\"x\"]\n"
        )
    };
    refused(
        &with("RUN ./Configure --prefix=/usr && make && make install"),
        "line 5: `make install` installs among the system's own files in `/usr`",
    );
    refused(
        &with("RUN ./Configure --sysconfdir=/etc/x && make && make install"),
        "line 5: `./Configure --sysconfdir=/etc/x` may write anywhere",
    );
    refused(
        &with("RUN make && make install && ln -s /src/config /etc/x"),
        "links to what only the build has",
    );
    refused(
        &with("RUN make && make install && cd /opt && ln -s /etc/x"),
        "its paths start in a directory of the build",
    );
    refused(
        &with("RUN make && ./install.sh"),
        "line 5: `./install.sh` may write anywhere",
    );
    refused(
        &with("RUN if [ -f a ]; then gcc -o /opt/a a.c; fi"),
        "may not run at all",
    );
}

#[test]
fn packages_stay_findable() {
    // The list that the second install needs was made by a line that only the build has.
    check(
        "FROM ubuntu:22.04\nRUN apt-get update\nRUN apt-get install -y gcc make\nRUN apt-get install -y curl\nCOPY . /src\nRUN make -C /src all install\nCMD [\"x\"]\n",
        "FROM ubuntu:22.04 AS build\nRUN apt-get update\nRUN apt-get install -y gcc make\nRUN apt-get install -y curl\nCOPY . /src\nRUN make -C /src all install\n\n\
         FROM ubuntu:22.04\nRUN apt-get update\nRUN apt-get install -y curl\nCOPY --from=build /usr/local /usr/local\nRUN ldconfig\nCMD [\"x\"]\n",
    );
    check(
        "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y gcc make\nRUN apt-get install -y curl\nCOPY . /src\nRUN make -C /src all install\nCMD [\"x\"]\n",
        "FROM ubuntu:22.04 AS build\nRUN apt-get update && apt-get install -y gcc make\nRUN apt-get install -y curl\nCOPY . /src\nRUN make -C /src all install\n\n\
         FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y curl\nCOPY --from=build /usr/local /usr/local\nRUN ldconfig\nCMD [\"x\"]\n",
    );
}

#[test]
fn what_a_build_changes_of_the_system_is_repeated() {
    check(
        "FROM alpine:3.20\nRUN apk add --update build-base lua5.3 \\\n && adduser -D app \\\n && make -C /src all install \\\n && ln -s /usr/local/bin/x /usr/bin/y \\\n && rm -rf /var/cache/apk/*\nUSER app\nCMD [\"y\"]\n",
        "FROM alpine:3.20 AS build\nRUN apk add --update build-base lua5.3 \\\n && adduser -D app \\\n && make -C /src all install \\\n && ln -s /usr/local/bin/x /usr/bin/y \\\n && rm -rf /var/cache/apk/*\n\n\
         FROM alpine:3.20\nRUN apk add --no-cache libstdc++ libgcc lua5.3 \\\n && adduser -D app \\\n && ln -s /usr/local/bin/x /usr/bin/y\nCOPY --from=build /usr/local /usr/local\nUSER app\nCMD [\"y\"]\n",
    );
    refused(
        "FROM alpine:3.20\nRUN apk add build-base && make -C /src all install && { adduser -D app || true; }\nCMD [\"y\"]\n",
        "line 2: `adduser -D app` would have to be repeated",
    );
}

#[test]
fn rust() {
    let before = "FROM rust:1.75\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nCMD [\"./target/release/app\"]\n";
    let after = |libraries: &str| {
        format!(
            "FROM rust:1.75 AS build\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\n\nFROM debian:bookworm-slim\n{libraries}WORKDIR /app\nCOPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\nCOPY --from=build /app/target/release/app /app/target/release/app\nCMD [\"./target/release/app\"]\n"
        )
    };
    let files = ["Cargo.toml", "Cargo.lock", "src/main.rs"];
    check_with(
        before,
        &after(""),
        &facts(&files, &[("Cargo.lock", "name = \"serde\"")]),
    );
    check_with(
        before,
        &after(
            "RUN apt-get update && apt-get install -y --no-install-recommends libssl3 && rm -rf /var/lib/apt/lists/*\n",
        ),
        &facts(&files, &[("Cargo.lock", "name = \"openssl-sys\"")]),
    );
}

#[test]
fn java() {
    let before = "FROM maven:3.9-eclipse-temurin-17\nWORKDIR /app\nCOPY pom.xml .\nCOPY src src\nRUN mvn -q package\nEXPOSE 8080\nCMD [\"java\", \"-jar\", \"target/app.jar\"]\n";
    let after = |copied: &str| {
        format!(
            "FROM maven:3.9-eclipse-temurin-17 AS build\nWORKDIR /app\nCOPY pom.xml .\nCOPY src src\nRUN mvn -q package\n\n\
             FROM eclipse-temurin:17-jre\nWORKDIR /app\nCOPY --from=build {copied} {copied}\nEXPOSE 8080\nCMD [\"java\", \"-jar\", \"target/app.jar\"]\n"
        )
    };
    // A jar may name others by their way from there.
    check(before, &after("/app/target"));
    let pom = "<artifactId>spring-boot-maven-plugin</artifactId>";
    check_with(
        before,
        &after("/app/target/app.jar"),
        &facts(&["pom.xml", "src/A.java"], &[("pom.xml", pom)]),
    );
    // Lines that only move the result belong to the build.
    check(
        "FROM openjdk:8-jdk-alpine\nWORKDIR /src\nCOPY . .\nRUN ./gradlew build\nRUN cp build/libs/a.jar /a.jar\nWORKDIR /\nENTRYPOINT [\"java\", \"-jar\", \"/a.jar\"]\n",
        "FROM openjdk:8-jdk-alpine AS build\nWORKDIR /src\nCOPY . .\nRUN ./gradlew build\nRUN cp build/libs/a.jar /a.jar\n\n\
         FROM openjdk:8-jre-alpine\nCOPY --from=build /a.jar /a.jar\nWORKDIR /\nENTRYPOINT [\"java\", \"-jar\", \"/a.jar\"]\n",
    );
    refused(
        "FROM maven:3.9-eclipse-temurin-17\nCOPY . /app\nRUN mvn -f /app/pom.xml package\nCMD [\"mvn\", \"exec:java\"]\n",
        "line 4: the command runs `mvn`",
    );
}

#[test]
fn a_front_end_of_a_web_server() {
    check(
        "FROM nginx:1.22\nRUN apt-get update && apt-get install -y nodejs\nCOPY . /src\nWORKDIR /src\nRUN node build.js && cp -r dist/. /usr/share/nginx/html/\n",
        "FROM nginx:1.22 AS build\nRUN apt-get update && apt-get install -y nodejs\nCOPY . /src\nWORKDIR /src\nRUN node build.js && cp -r dist/. /usr/share/nginx/html/\n\n\
         FROM nginx:1.22\nWORKDIR /src\nCOPY --from=build /src ./\nCOPY --from=build /usr/share/nginx/html /usr/share/nginx/html\n",
    );
}

#[test]
fn what_nobody_knows_is_shared_with_all_above_it() {
    check(
        "FROM debian:12\nCOPY setup.sh /\nRUN /setup.sh\nRUN apt-get update && apt-get install -y gcc make\nCOPY . /src\nRUN make -C /src all install\nCMD [\"x\"]\n",
        "FROM debian:12 AS build\nCOPY setup.sh /\nRUN /setup.sh\nRUN apt-get update && apt-get install -y gcc make\nCOPY . /src\nRUN make -C /src all install\n\n\
         FROM debian:12\nCOPY setup.sh /\nRUN /setup.sh\nCOPY --from=build /usr/local /usr/local\nRUN ldconfig\nCMD [\"x\"]\n",
    );
    // Below the last step of the build it may need what only the build has.
    refused(
        "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make\nCOPY . /src\nRUN make -C /src all install\nRUN /setup.sh\nCMD [\"x\"]\n",
        "line 5: `/setup.sh` may write anywhere",
    );
    // A copy removes nothing of what both have.
    refused(
        "FROM debian:12\nCOPY . /app\nRUN /setup.sh\nRUN apt-get update && apt-get install -y gcc make\nWORKDIR /app\nRUN make && rm -rf /app/data && ln -s /data /app/data\nCMD [\"/app/x\"]\n",
        "line 3: `/setup.sh` may write anywhere",
    );
}

#[test]
fn scripts_in_words() {
    let with = |line: &str| {
        format!(
            "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make\nCOPY . /src\n{line}\nWORKDIR /\nCMD [\"x\"]\n"
        )
    };
    for line in [
        "RUN bash -c \"cd /src && make && make install\"",
        "RUN [\"/bin/sh\", \"-ec\", \"cd /src && make && make install\"]",
        "RUN su build -c 'cd /src && make && make install'",
        "RUN sh -c 'echo a > /etc/a' && make -C /src all install",
    ] {
        let text = made(&with(line), &Settings::default(), &Facts::default()).text;
        assert!(
            text.contains("COPY --from=build /usr/local /usr/local"),
            "{text}"
        );
        let copied = text.contains("COPY --from=build /etc/a /etc/a");
        assert_eq!(copied, line.contains("/etc/a"), "{text}");
    }
    refused(
        &with("RUN bash -c './build.sh' && make -C /src all install"),
        "line 4: `bash -c './build.sh'` may write anywhere",
    );
}

#[test]
fn node() {
    let install = "WORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n";
    check(
        &format!("FROM node:18\n{install}USER node\nCMD [\"node\", \"dist/index.js\"]\n"),
        &format!(
            "FROM node:18 AS build\n{install}\nFROM node:18-slim\nWORKDIR /app\nCOPY --from=build /app ./\nUSER node\nCMD [\"node\", \"dist/index.js\"]\n"
        ),
    );
    check(
        &format!(
            "FROM node:18\nRUN npm install -g serve\n{install}EXPOSE 5000\nCMD [\"serve\", \"-s\", \"build\"]\n"
        ),
        &format!(
            "FROM node:18 AS build\nRUN npm install -g serve\n{install}\nFROM node:18-slim\nWORKDIR /app\nCOPY --from=build /usr/local/lib/node_modules /usr/local/lib/node_modules\nCOPY --from=build /usr/local/bin /usr/local/bin\nCOPY --from=build /app/build /app/build\nEXPOSE 5000\nCMD [\"serve\", \"-s\", \"build\"]\n"
        ),
    );
    refused(
        &format!("FROM node:18\n{install}CMD [\"npm\", \"run\", \"dev\"]\n"),
        "the command runs `npm`",
    );
}

#[test]
fn python() {
    check(
        "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y gcc\nRUN python -m venv /venv\nCOPY requirements.txt /tmp/\nRUN /venv/bin/pip install -r /tmp/requirements.txt\nCOPY . /app\nCMD [\"/venv/bin/python\", \"/app/main.py\"]\n",
        "FROM python:3.12-slim AS build\nRUN apt-get update && apt-get install -y gcc\nRUN python -m venv /venv\nCOPY requirements.txt /tmp/\nRUN /venv/bin/pip install -r /tmp/requirements.txt\n\n\
         FROM python:3.12-slim\nCOPY --from=build /venv /venv\nCOPY . /app\nCMD [\"/venv/bin/python\", \"/app/main.py\"]\n",
    );
    let full = "FROM python:3.12\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nCMD [\"python\", \"main.py\"]\n";
    refused(full, "isn't known without the build context");
    let with = |list: &str| {
        answer(
            full,
            &Settings::default(),
            &facts(
                &["requirements.txt", "main.py"],
                &[("requirements.txt", list)],
            ),
        )
    };
    assert!(matches!(
        with("flask==3\n# x\nrequests\n"),
        Answer::Split(_)
    ));
    let split = with("psycopg2==2.9\n");
    assert!(
        matches!(&split, Answer::Split(split) if split.text.contains("libpq5")),
        "{split:?}"
    );
    let refused = with("uwsgi\n");
    assert!(
        matches!(&refused, Answer::Refused(refusal) if refusal.reason.contains("`uwsgi`")),
        "{refused:?}"
    );
}

#[test]
fn owners_of_copied_directories() {
    check(
        "FROM node:18-alpine\nRUN apk add --no-cache make g++\nRUN mkdir -p /srv/app\nWORKDIR /srv/app\nCOPY . .\nRUN npm ci && chown -R node:node /srv/app\nUSER node\nCMD [\"node\", \"a.js\"]\n",
        "FROM node:18-alpine AS build\nRUN apk add --no-cache make g++\nRUN mkdir -p /srv/app\nWORKDIR /srv/app\nCOPY . .\nRUN npm ci && chown -R node:node /srv/app\n\n\
         FROM node:18-alpine\nRUN apk add --no-cache libstdc++ libgcc\nWORKDIR /srv/app\nCOPY --from=build /srv/app ./\nRUN chown node:node /srv/app\nUSER node\nCMD [\"node\", \"a.js\"]\n",
    );
}

#[test]
fn owners_of_directories_above_and_below() {
    check(
        "FROM debian:12\nRUN useradd keeper && apt-get update && apt-get install -y gcc libc6-dev\nCOPY count.c /src/\nRUN mkdir -p /opt/count/bin /opt/count/spool && gcc -o /opt/count/bin/count /src/count.c && chmod 1777 /opt/count/spool && chown -R keeper:keeper /opt/count && chmod 750 /opt/count\nUSER keeper\nCMD [\"/opt/count/bin/count\"]\n",
        "FROM debian:12 AS build\nRUN useradd keeper && apt-get update && apt-get install -y gcc libc6-dev\nCOPY count.c /src/\nRUN mkdir -p /opt/count/bin /opt/count/spool && gcc -o /opt/count/bin/count /src/count.c && chmod 1777 /opt/count/spool && chown -R keeper:keeper /opt/count && chmod 750 /opt/count\n\n\
         FROM debian:12-slim\nRUN useradd keeper\nCOPY --from=build /opt/count/bin /opt/count/bin\nCOPY --from=build /opt/count/spool /opt/count/spool\n\
         RUN chmod 1777 /opt/count/spool\nRUN chown keeper:keeper /opt/count/bin\nRUN chown keeper:keeper /opt/count/spool\nRUN chown keeper:keeper /opt/count\nRUN chmod 750 /opt/count\nUSER keeper\nCMD [\"/opt/count/bin/count\"]\n",
    );
}

#[test]
fn global_packages_of_a_node_that_was_unpacked() {
    let split = made(
        "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y build-essential curl\nRUN curl -sL https://example.org/node.tgz | tar -xz --strip-components=1 -C /usr/local\nRUN npm install -g forever\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD [\"node\", \"a.js\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    assert_eq!(
        split.text.matches("npm install -g").count(),
        1,
        "{}",
        split.text
    );
}

#[test]
fn a_download_that_configuration_does_not_repeat() {
    check(
        "FROM eclipse-temurin:17-jre\nARG WAR_VERSION=2.440.1\nENV APP_HOME=/data\nCOPY settings.xml ${APP_HOME}/\nWORKDIR /opt/app\nRUN curl -fsSL -o app.war https://example.org/war/${WAR_VERSION}/app.war\nEXPOSE 8080\nENTRYPOINT [\"java\", \"-jar\", \"/opt/app/app.war\"]\n",
        "FROM eclipse-temurin:17-jre AS download\nARG WAR_VERSION=2.440.1\nWORKDIR /opt/app\nRUN curl -fsSL -o app.war https://example.org/war/${WAR_VERSION}/app.war\n\n\
         FROM eclipse-temurin:17-jre\nENV APP_HOME=/data\nWORKDIR /opt/app\nCOPY --from=download /opt/app/app.war ./\nCOPY settings.xml ${APP_HOME}/\nEXPOSE 8080\nENTRYPOINT [\"java\", \"-jar\", \"/opt/app/app.war\"]\n",
    );
}

#[test]
fn other_languages() {
    check(
        "FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /src\nCOPY . .\nRUN dotnet publish -c Release -o /app\nWORKDIR /app\nENTRYPOINT [\"dotnet\", \"Shop.dll\"]\n",
        "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nWORKDIR /src\nCOPY . .\nRUN dotnet publish -c Release -o /app\n\n\
         FROM mcr.microsoft.com/dotnet/aspnet:8.0\nCOPY --from=build /app /app\nWORKDIR /app\nENTRYPOINT [\"dotnet\", \"Shop.dll\"]\n",
    );
    check(
        "FROM php:8.2-apache\nRUN apt-get update && apt-get install -y libpq-dev git && docker-php-ext-install pdo_pgsql\nCOPY site /var/www/html\n",
        "FROM php:8.2-apache AS build\nRUN apt-get update && apt-get install -y libpq-dev git && docker-php-ext-install pdo_pgsql\n\n\
         FROM php:8.2-apache\nRUN apt-get update \\\n && apt-get install -y libpq5 git\nCOPY --from=build /usr/local/lib/php/extensions /usr/local/lib/php/extensions\nCOPY --from=build /usr/local/etc/php/conf.d /usr/local/etc/php/conf.d\nCOPY site /var/www/html\n",
    );
    check(
        "FROM ruby:3.3-slim\nRUN apt-get update && apt-get install -y build-essential libyaml-dev\nWORKDIR /app\nCOPY Gemfile* ./\nRUN bundle install\nCOPY . .\nCMD [\"bundle\", \"exec\", \"puma\"]\n",
        "FROM ruby:3.3-slim AS build\nRUN apt-get update && apt-get install -y build-essential libyaml-dev\nWORKDIR /app\nCOPY Gemfile* ./\nRUN bundle install\n\n\
         FROM ruby:3.3-slim\nRUN apt-get update && apt-get install -y libyaml-0-2\nWORKDIR /app\nCOPY --from=build /app ./\nCOPY --from=build /usr/local/bundle /usr/local/bundle\nCOPY . .\nCMD [\"bundle\", \"exec\", \"puma\"]\n",
    );
}

#[test]
fn a_repeated_line_finds_what_it_names() {
    // A configuration that was copied where nobody keeps anything.
    refused(
        "FROM debian:12\nCOPY answers.txt /tmp/\nRUN apt-get update && apt-get install -y gcc libc6-dev\nRUN debconf-set-selections /tmp/answers.txt\nWORKDIR /src\nCOPY main.c ./\nRUN gcc -o /usr/local/bin/app main.c\nCMD [\"app\"]\n",
        "`debconf-set-selections /tmp/answers.txt` would run where `/tmp/answers.txt` is not there yet",
    );
    // The owner of what the same RUN has unpacked.
    refused(
        "FROM node:20\nRUN wget -O /tmp/b.zip https://example.org/b.zip && unzip /tmp/b.zip -d /blog && cd /blog && npm install --production && useradd blog --home /blog && chown -R blog:blog /blog /data\nWORKDIR /blog\nUSER blog\nCMD [\"node\", \"index.js\"]\n",
        "is not there yet",
    );
    // What R writes into the home directory is not known.
    refused(
        "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y r-base gcc libc6-dev\nCOPY main.c /src/\nRUN gcc -o /usr/local/bin/app /src/main.c\nRUN Rscript -e 'tinytex::install_tinytex()'\nCMD [\"app\"]\n",
        "Rscript",
    );
    // A link may lead to what comes later.
    check(
        "FROM debian:12\nRUN apt-get update && apt-get install -y gcc libc6-dev\nCOPY main.c /src/\nRUN gcc -o /opt/app /src/main.c && ln -s /opt/app /usr/bin/app\nCMD [\"/opt/app\"]\n",
        "FROM debian:12 AS build\nRUN apt-get update && apt-get install -y gcc libc6-dev\nCOPY main.c /src/\nRUN gcc -o /opt/app /src/main.c && ln -s /opt/app /usr/bin/app\n\n\
         FROM debian:12-slim\nRUN ln -s /opt/app /usr/bin/app\nCOPY --from=build /opt/app /opt/app\nCMD [\"/opt/app\"]\n",
    );
}

#[test]
fn files_that_are_no_candidates() {
    nothing("FROM debian:12\nCOPY a /a\nCMD [\"/a\"]\n");
    nothing("FROM golang:1.22 AS a\nRUN go build -o /a .\nFROM scratch\nCOPY --from=a /a /a\n");
    refused(
        "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make\nRUN make -C /src all install\nCMD [\"bash\"]\n",
        "the command is a shell",
    );
    refused(
        "FROM golang:1.22\nRUN go build -o /a .\nONBUILD RUN x\nCMD [\"/a\"]\n",
        "line 3: the image is made to build others",
    );
    refused(
        "FROM alpine:3.20\nRUN apk add --virtual .b gcc make && make -C /src all install && apk del .b && rm -rf /src\nCMD [\"x\"]\n",
        "line 1: nothing that only the build needs",
    );
}

/// What was once wrong in a result: each of these built no image, or one that lacked something.
#[test]
fn what_the_runtime_stage_must_not_lose() {
    // The packages of Node that build a front end are of no use where there is no Node.
    check(
        "FROM nginx:1.27\nRUN apt-get update && apt-get install -y nodejs npm\nRUN npm install -g gulp\nWORKDIR /src\nCOPY . .\nRUN npm ci && npm run build && cp -r dist/. /usr/share/nginx/html\n",
        "FROM nginx:1.27 AS build\nRUN apt-get update && apt-get install -y nodejs npm\nRUN npm install -g gulp\nWORKDIR /src\nCOPY . .\nRUN npm ci && npm run build && cp -r dist/. /usr/share/nginx/html\n\nFROM nginx:1.27\nWORKDIR /src\nCOPY --from=build /src ./\nCOPY --from=build /usr/share/nginx/html /usr/share/nginx/html\n",
    );
    // The variable of the PHP images stands for compilers; what is set for a command and what it tidies up stays.
    check(
        "FROM php:8.2-cli-alpine\nRUN apk add --no-cache \\\n      $PHPIZE_DEPS \\\n      # at run time\n      git \\\n && pecl install apcu \\\n && docker-php-ext-enable apcu\nCMD [\"php\", \"-m\"]\n",
        "FROM php:8.2-cli-alpine AS build\nRUN apk add --no-cache \\\n      $PHPIZE_DEPS \\\n      # at run time\n      git \\\n && pecl install apcu \\\n && docker-php-ext-enable apcu\n\nFROM php:8.2-cli-alpine\nRUN apk add --no-cache \\\n      libstdc++ libgcc \\\n      # at run time\n      git\nCOPY --from=build /usr/local/lib/php/extensions /usr/local/lib/php/extensions\nCOPY --from=build /usr/local/etc/php/conf.d /usr/local/etc/php/conf.d\nCMD [\"php\", \"-m\"]\n",
    );
    check(
        "FROM debian:bookworm\nRUN apt-get update -q \\\n && DEBIAN_FRONTEND=noninteractive apt-get install -y \\\n      gcc \\\n      tzdata \\\n && gcc -o /usr/local/bin/now /usr/src/now.c \\\n && rm -rf /var/lib/apt/lists/*\nCMD [\"now\"]\n",
        "FROM debian:bookworm AS build\nRUN apt-get update -q \\\n && DEBIAN_FRONTEND=noninteractive apt-get install -y \\\n      gcc \\\n      tzdata \\\n && gcc -o /usr/local/bin/now /usr/src/now.c \\\n && rm -rf /var/lib/apt/lists/*\n\nFROM debian:bookworm-slim\nRUN apt-get update -q \\\n && DEBIAN_FRONTEND=noninteractive apt-get install -y \\\n      tzdata \\\n && rm -rf /var/lib/apt/lists/*\nCOPY --from=build /usr/local/bin/now /usr/local/bin/now\nCMD [\"now\"]\n",
    );
    // The list of locales is read by the command that makes them; what is removed later is not installed again, and what it
    // brought stays, as apt keeps it.
    check(
        "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc git libpng-dev locales && echo 'de_DE.UTF-8 UTF-8' > /etc/locale.gen && locale-gen && gcc -o /usr/local/bin/a /usr/src/a.c\nRUN apt-get remove -y git libpng-dev\nCMD [\"a\"]\n",
        "FROM debian:bookworm AS build\nRUN apt-get update && apt-get install -y gcc git libpng-dev locales && echo 'de_DE.UTF-8 UTF-8' > /etc/locale.gen && locale-gen && gcc -o /usr/local/bin/a /usr/src/a.c\nRUN apt-get remove -y git libpng-dev\n\nFROM debian:bookworm-slim\nRUN apt-get update \\\n && apt-get install -y libpng16-16 locales \\\n && echo 'de_DE.UTF-8 UTF-8' > /etc/locale.gen \\\n && locale-gen\nCOPY --from=build /usr/local/bin/a /usr/local/bin/a\nCMD [\"a\"]\n",
    );
    // Files that are named by a pattern are copied with their directory, or not at all.
    check(
        "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc make\nWORKDIR /tmp/a\nCOPY . .\nRUN make && cp a a-* /usr/local/bin\nCMD [\"a\"]\n",
        "FROM debian:bookworm AS build\nRUN apt-get update && apt-get install -y gcc make\nWORKDIR /tmp/a\nCOPY . .\nRUN make && cp a a-* /usr/local/bin\n\nFROM debian:bookworm-slim\nCOPY --from=build /usr/local/bin /usr/local/bin\nWORKDIR /tmp/a\nCMD [\"a\"]\n",
    );
    refused(
        "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc make\nWORKDIR /tmp/a\nCOPY . .\nRUN make && cp a a-* /usr/bin\nCMD [\"a\"]\n",
        "among the system's own in `/usr/bin`",
    );
    // Composer's packages for all projects go where it says itself, and other tools work on the home directory.
    for line in ["composer global require a/b", "drush -y init"] {
        refused(
            &format!(
                "FROM php:8.2-cli-alpine\nRUN apk add --no-cache g++ && docker-php-ext-install intl\nRUN {line}\nCMD [\"php\", \"-m\"]\n"
            ),
            line,
        );
    }
    // A tool that only the build stage has is not called in the other one.
    refused(
        "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc make git\nCOPY . /src\nRUN gcc -o /usr/local/bin/a /src/a.c\nRUN apt-get remove -y git\nRUN git clone https://example.org/data /data\nCMD [\"a\"]\n",
        "runs `git`, whose package only the build stage would have",
    );
}

#[test]
fn links_and_the_home_directory() {
    // A link below what is copied comes along: its directory would not be there yet.
    check(
        "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc make\nCOPY . /tmp/a\nRUN cd /tmp/a && ./configure && make && make install && ln -s /dev/stdout /usr/local/a/log\nCMD [\"/usr/local/bin/a\"]\n",
        "FROM debian:bookworm AS build\nRUN apt-get update && apt-get install -y gcc make\nCOPY . /tmp/a\nRUN cd /tmp/a && ./configure && make && make install && ln -s /dev/stdout /usr/local/a/log\n\nFROM debian:bookworm-slim\nCOPY --from=build /usr/local /usr/local\nRUN ldconfig\nCMD [\"/usr/local/bin/a\"]\n",
    );
    // The file says where the home directory is.
    check(
        "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc\nENV HOME=/srv\nCOPY a.c /src/\nRUN mkdir ~/bin && gcc -o $HOME/bin/a /src/a.c\nCMD [\"/srv/bin/a\"]\n",
        "FROM debian:bookworm AS build\nRUN apt-get update && apt-get install -y gcc\nENV HOME=/srv\nCOPY a.c /src/\nRUN mkdir ~/bin && gcc -o $HOME/bin/a /src/a.c\n\nFROM debian:bookworm-slim\nENV HOME=/srv\nCOPY --from=build /srv/bin /srv/bin\nCMD [\"/srv/bin/a\"]\n",
    );
}

/// Where a tool is installed that the build does not call, or nobody knows what was installed, the image may be one that builds.
#[test]
fn images_that_build() {
    refused(
        "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc ccache\nCOPY tool.c start.sh /src/\nRUN gcc -o /usr/local/bin/tool /src/tool.c\nCMD [\"/src/start.sh\"]\n",
        "no step of the build calls `ccache`, so `/src/start.sh` may need it",
    );
    refused(
        "FROM debian:bookworm\nRUN apt-get update && apt-get -y build-dep curl && apt-get install -y gcc\nCOPY tool.c /src/\nRUN gcc -o /usr/local/bin/tool /src/tool.c\nCMD [\"tool\"]\n",
        "`apt-get -y build-dep curl` may write anywhere",
    );
    refused(
        "FROM eclipse-temurin:21-jdk\nWORKDIR /app\nCOPY . .\nRUN javac Helper.java\nCMD [\"java\", \"Main.java\"]\n",
        "the command runs `java`, which needs what the build needs",
    );
    // Scripts are installed as programs are.
    nothing(
        "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc make\nCOPY . /src\nRUN cd /src && make install\nCMD [\"tool\"]\n",
    );
}

/// A tool that is installed behind the build is not for it, and what the image brings and the build removes is removed again.
#[test]
fn what_comes_before_and_after_the_build() {
    let tool = made(
        "FROM httpd:2.4\nRUN apt-get update && apt-get install -y gcc git\nRUN git clone https://example.org/a /src && gcc -o /usr/local/bin/a /src/a.c\nRUN apt-get update && apt-get install -y git\n",
        &Settings::default(),
        &Facts::default(),
    );
    assert!(
        tool.text
            .ends_with("RUN apt-get update && apt-get install -y git\n"),
        "{}",
        tool.text
    );
    // The working directory of that image is among the paths that are emptied.
    for build in [
        "WORKDIR /src\nCOPY . .\nRUN npm ci && npm run build && rm -rf /usr/local/apache2/htdocs/* && cp -r dist/. /usr/local/apache2/htdocs/\n",
        "COPY . /src\nRUN rm -rf /usr/local/apache2/htdocs/* && cd /src && npm ci && npm run build && cp -r dist/. /usr/local/apache2/htdocs/\n",
    ] {
        let pages = made(
            &format!(
                "FROM httpd:2.4\nRUN apt-get update && apt-get install -y nodejs npm\n{build}"
            ),
            &Settings::default(),
            &Facts::default(),
        );
        let emptied = "\nRUN rm -rf /usr/local/apache2/htdocs/*\n";
        assert!(pages.text.contains(emptied), "{}", pages.text);
    }
}

/// The language that an image brings would be copied onto itself: that costs more than a tool for downloads.
#[test]
fn a_language_is_not_copied_onto_itself() {
    let with = |package: &str| {
        format!(
            "FROM python:3-alpine\nRUN apk add --no-cache {package} && pip install git+https://example.org/a\nCOPY a.py /\nCMD [\"python\", \"/a.py\"]\n"
        )
    };
    refused(
        &with("git"),
        "`/usr/local` of `python:3-alpine` would be copied onto itself",
    );
    let with_compiler = made(&with("git gcc"), &Settings::default(), &Facts::default());
    assert!(with_compiler.text.contains("COPY --from=build /usr/local"));
}
