//! Rewrites and refusals.

use super::RULE;
use crate::rules::testing::{Tester, check_refused, check_silent, check_unsafe};

const BASE: &str = "FROM buildpack-deps:bookworm\n";

#[track_caller]
fn to(before: &str, after: &str) {
    let with = |text: &str| match text.starts_with("FROM") {
        true => text.to_owned(),
        false => format!("{BASE}{text}"),
    };
    check_unsafe(&RULE, &with(before), &with(after));
}

#[track_caller]
fn no(text: &str, reason: &str) {
    check_refused(&RULE, &format!("{BASE}{text}"), reason);
}

#[test]
fn added_archives() {
    let url = "https://example.org/a.tgz";
    to(
        &format!("ADD {url} /tmp/\nRUN tar -xzf /tmp/a.tgz -C /opt\n"),
        &format!(
            "RUN curl -fsSL -o /tmp/a.tgz {url} \\\n && tar -xzf /tmp/a.tgz -C /opt \\\n && rm /tmp/a.tgz\n"
        ),
    );
    // A name that is used as it is stays where it is.
    to(
        &format!("WORKDIR /src\n# the tool\nADD {url} .\nRUN tar xzf a.tgz && make\n"),
        &format!(
            "WORKDIR /src\n# the tool\nRUN curl -fsSL -o /src/a.tgz {url} \\\n && tar xzf a.tgz \\\n && rm /src/a.tgz && make\n"
        ),
    );
    // A removal that is there is enough.
    to(
        &format!("ADD {url} /tmp/a.tgz\nRUN tar xzf /tmp/a.tgz && rm /tmp/a.tgz\n"),
        &format!(
            "RUN curl -fsSL -o /tmp/a.tgz {url} \\\n && tar xzf /tmp/a.tgz && rm /tmp/a.tgz\n"
        ),
    );
    // What verifies goes on to do so.
    to(
        &format!("ADD --checksum=sha256:0a1b {url} /tmp/\nRUN tar -xzf /tmp/a.tgz -C /opt\n"),
        &format!(
            "RUN curl -fsSL -o /tmp/a.tgz {url} \\\n && echo \"0a1b  /tmp/a.tgz\" | sha256sum -c - \\\n && tar -xzf /tmp/a.tgz -C /opt \\\n && rm /tmp/a.tgz\n"
        ),
    );
    to(
        &format!(
            "ADD {url} /tmp/\nRUN echo '0a1b  /tmp/a.tgz' | sha256sum -c - && tar -xzf /tmp/a.tgz -C /opt\n"
        ),
        &format!(
            "RUN curl -fsSL -o /tmp/a.tgz {url} \\\n && echo '0a1b  /tmp/a.tgz' | sha256sum -c - && tar -xzf /tmp/a.tgz -C /opt \\\n && rm /tmp/a.tgz\n"
        ),
    );
    to(
        "ARG V=1\nADD https://example.org/a-${V}.tgz /tmp/\nRUN tar -xzf /tmp/a-${V}.tgz -C /opt\n",
        "ARG V=1\nRUN curl -fsSL -o \"/tmp/a-${V}.tgz\" \"https://example.org/a-${V}.tgz\" \\\n && tar -xzf /tmp/a-${V}.tgz -C /opt \\\n && rm \"/tmp/a-${V}.tgz\"\n",
    );
    to(
        &format!("FROM alpine:3.20\nADD {url} /tmp/\nRUN tar -xzf /tmp/a.tgz -C /opt\n"),
        &format!(
            "FROM alpine:3.20\nRUN wget -q -O /tmp/a.tgz {url} \\\n && tar -xzf /tmp/a.tgz -C /opt \\\n && rm /tmp/a.tgz\n"
        ),
    );
    to(
        &format!(
            "FROM debian:12\nRUN apt-get update && apt-get install -y wget ca-certificates\nADD {url} /tmp/\nRUN tar -xzf /tmp/a.tgz -C /opt\n"
        ),
        &format!(
            "FROM debian:12\nRUN apt-get update && apt-get install -y wget ca-certificates\nRUN wget -q -O /tmp/a.tgz {url} \\\n && tar -xzf /tmp/a.tgz -C /opt \\\n && rm /tmp/a.tgz\n"
        ),
    );
}

#[test]
fn added_archives_that_stay() {
    let url = "https://example.org/a.tgz";
    no(
        &format!("ADD {url} /tmp/\nRUN tar -xzf /tmp/a.tgz -C /opt\nRUN sha256sum /tmp/a.tgz\n"),
        "named again below",
    );
    no(
        &format!("USER app\nADD {url} /tmp/\nRUN tar -xzf /tmp/a.tgz\n"),
        "root",
    );
    no(
        &format!("ADD {url} /tmp/\nRUN tar -xzf /tmp/a.tgz && cp /tmp/a.tgz /x\n"),
        "something else",
    );
    no(
        &format!(
            "ADD {url} /tmp/\nRUN tar -xzf /tmp/a.tgz && echo '0  /tmp/a.tgz' | sha256sum -c\n"
        ),
        "only after the unpacking",
    );
    no(
        "ARG V\nADD https://example.org/${V:-1}/a.tgz /tmp/\nRUN tar -xzf /tmp/a.tgz\n",
        "variables",
    );
    check_refused(
        &RULE,
        &format!("FROM ubuntu:24.04\nADD {url} /tmp/\nRUN tar -xzf /tmp/a.tgz\n"),
        "`curl` or `wget`",
    );
    for text in [
        format!("ADD {url} /tmp/\nRUN tar -xzf /tmp/b.tgz\n"),
        format!("ADD --chown=1:1 {url} /tmp/\nRUN tar -xzf /tmp/a.tgz\n"),
        "ADD a.tgz /tmp/\nRUN tar -xzf /tmp/a.tgz\n".to_owned(),
        format!("ADD {url} /tmp/\nRUN make\nRUN tar -xzf /tmp/a.tgz\n"),
        format!("ADD {url} /tmp/\nRUN --mount=type=cache,target=/tmp tar -xzf /tmp/a.tgz\n"),
    ] {
        check_silent(&RULE, &format!("{BASE}{text}"));
    }
}

#[test]
fn archives_that_a_run_leaves() {
    to(
        "RUN wget -q https://example.org/a.tar.gz && tar xf a.tar.gz && make\n",
        "RUN wget -q https://example.org/a.tar.gz && tar xf a.tar.gz \\\n && rm a.tar.gz && make\n",
    );
    to(
        "RUN cd /tmp && curl -fsSL -o x.zip https://example.org/a.zip && unzip x.zip -d /opt\n",
        "RUN cd /tmp && curl -fsSL -o x.zip https://example.org/a.zip && unzip x.zip -d /opt \\\n && rm x.zip\n",
    );
    to(
        "RUN curl -fsSLO https://example.org/a-$V.tgz\nRUN tar xzf a-$V.tgz\n",
        "RUN curl -fsSLO https://example.org/a-$V.tgz \\\n && tar xzf a-$V.tgz \\\n && rm a-$V.tgz\n",
    );
    // The check goes before, and with a removal only that.
    to(
        "RUN curl -fsSLO https://example.org/a.tgz && tar xzf a.tgz && sha256sum -c sums && make\n",
        "RUN curl -fsSLO https://example.org/a.tgz && sha256sum -c sums \\\n && tar xzf a.tgz \\\n && rm a.tgz && make\n",
    );
    to(
        "RUN curl -fsSLO https://example.org/a.tgz && tar xzf a.tgz && gpg --verify a.sig a.tgz && rm a.tgz\n",
        "RUN curl -fsSLO https://example.org/a.tgz && gpg --verify a.sig a.tgz \\\n && tar xzf a.tgz && rm a.tgz\n",
    );
    // What the check needs may be fetched between the two.
    to(
        "RUN curl -fsSLO https://example.org/a.tgz && tar xzf a.tgz && curl -fsSLO https://example.org/sums && sha256sum -c sums\n",
        "RUN curl -fsSLO https://example.org/a.tgz && tar xzf a.tgz && curl -fsSLO https://example.org/sums && sha256sum -c sums \\\n && rm a.tgz\n",
    );
}

#[test]
fn jobs_in_several_layers() {
    let get = "RUN curl -fsSLO https://example.org/a.tgz";
    to(
        &format!("{get}\n# unpack it\nRUN tar xzf a.tgz && make\nRUN true\n"),
        &format!(
            "{get} \\\n    # unpack it\n && tar xzf a.tgz \\\n && rm a.tgz && make\nRUN true\n"
        ),
    );
    // What verifies comes along, and before the unpacking.
    for check in [
        "echo '0a1b  a.tgz' | sha256sum -c -",
        "gpg --verify a.sig a.tgz",
    ] {
        to(
            &format!("{get}\nRUN tar xzf a.tgz\nRUN {check}\nRUN make\n"),
            &format!("{get} \\\n && {check} \\\n && tar xzf a.tgz \\\n && rm a.tgz\nRUN make\n"),
        );
        to(
            &format!("{get}\nRUN tar xzf a.tgz && {check}\n"),
            &format!("{get} \\\n && {check} \\\n && tar xzf a.tgz \\\n && rm a.tgz\n"),
        );
    }
    to(
        &format!("{get}\nRUN echo '0a1b  a.tgz' | sha256sum -c -\nRUN tar xzf a.tgz\n"),
        &format!(
            "{get} \\\n && echo '0a1b  a.tgz' | sha256sum -c - \\\n && tar xzf a.tgz \\\n && rm a.tgz\n"
        ),
    );
    // Nobody knows the base.
    to(
        "FROM example.org/base\nWORKDIR /data\nRUN wget -O a.tar.gz https://example.org/a\nRUN tar -xf a.tar.gz\n",
        "FROM example.org/base\nWORKDIR /data\nRUN wget -O a.tar.gz https://example.org/a \\\n && tar -xf a.tar.gz \\\n && rm a.tar.gz\n",
    );
    no(
        "RUN umask 077 && curl -fsSLO https://example.org/a.tgz\nRUN tar xzf a.tgz\n",
        "changes the shell",
    );
}

/// Together with the rule that joins what makes a file and what removes it.
#[test]
fn three_layers() {
    let tester = Tester::new(&RULE).with("merge-run");
    let base = "FROM example.org/base\nARG URL=https://example.org/a.tar.gz\nWORKDIR /data\n";
    for check in ["", "RUN echo '0a1b  a.tar.gz' | sha256sum -c -\n"] {
        let checked = match check {
            "" => "",
            _ => " && echo '0a1b  a.tar.gz' | sha256sum -c - \\\n",
        };
        for (first, second) in [(check, ""), ("", check)] {
            tester.check_unsafe(
                &format!("{base}RUN wget -O a.tar.gz ${{URL}}\n{first}RUN tar -xf a.tar.gz days/1.svm\n{second}RUN rm -f a.tar.gz\n"),
                &format!("{base}RUN wget -O a.tar.gz ${{URL}} \\\n{checked} && tar -xf a.tar.gz days/1.svm \\\n && rm -f a.tar.gz\n"),
            );
        }
    }
}

#[test]
fn only_what_is_copied() {
    let stages = |base: &str, tar: &str, copy: &str| {
        format!("FROM {base} AS expand\nCOPY a.tgz .\nRUN {tar}\nFROM debian:12\n{copy}\n")
    };
    let copy = "COPY --from=expand b/c d/ e/\nCOPY --from=expand /b/c /f";
    for (base, tar, copy, names) in [
        ("example.org/base", "tar xvzf a.tgz", copy, "b/c d"),
        ("debian:12", "tar -xzf a.tgz && rm a.tgz", copy, "b/c d"),
        (
            "debian:12",
            "tar -C /opt -xf a.tgz",
            "COPY --from=0 /opt/b/ /etc/c /x/",
            "b",
        ),
    ] {
        let (first, rest) = tar.split_once(" &&").unwrap_or((tar, ""));
        let rest = match rest {
            "" => String::new(),
            rest => format!(" &&{rest}"),
        };
        to(
            &stages(base, tar, copy),
            &stages(base, &format!("{first} {names}{rest}"), copy),
        );
    }
    for (tar, copy) in [
        ("tar xf a.tgz b", copy),
        ("tar xf a.tgz --strip-components=1", copy),
        ("tar xf a.tgz && make", copy),
        ("tar xf a.tgz\nRUN make", copy),
        ("tar xf a.tgz", "COPY --from=expand / /x"),
        ("tar xf a.tgz", "COPY --from=expand b/* /x"),
        ("tar xf a.tgz -C /opt/x", "COPY --from=expand /opt /x"),
        (
            "tar xf a.tgz",
            "RUN --mount=from=expand,target=/x cp /x/b /c",
        ),
        ("tar xf a.tgz", "FROM expand\nCOPY --from=expand b /c"),
    ] {
        check_silent(&RULE, &stages("debian:12", tar, copy));
    }
}

#[test]
fn left_alone() {
    for text in [
        "RUN curl -fsSLO https://example.org/a.tgz && tar xzf a.tgz && rm a.tgz\n",
        "RUN curl -fsSLO https://example.org/a.tgz && tar xzf a.tgz && rm -f *.tgz\n",
        "RUN curl -fsSLO https://example.org/a.tgz && tar xzf a.tgz && cp a.tgz /b\n",
        "RUN curl -fsSLO https://example.org/a.tgz\nRUN tar xzf a.tgz\nRUN rm a.tgz\n",
        "RUN curl -fsSL -o /tmp/a.tgz https://example.org/a.tgz\nRUN tar xzf /tmp/a.tgz\nRUN rm -rf /tmp/*\n",
        "RUN curl -fsSL https://example.org/a.tgz | tar xz\n",
        "RUN curl -fsSLO https://example.org/a.tgz; tar xzf a.tgz\n",
        "RUN curl -fsSLO https://example.org/a.tgz\nCOPY b c\nRUN tar xzf a.tgz\n",
        "COPY a.tgz .\nRUN tar xzf a.tgz\n",
        "RUN tar czf a.tgz /x && tar xzf a.tgz\n",
    ] {
        check_silent(&RULE, &format!("{BASE}{text}"));
    }
}
