//! Files that only download, and files that build nothing.

use super::{answer, check, made, nothing};
use crate::split::Answer;
use crate::{Facts, RuntimeBase, Settings};

#[test]
fn what_is_fetched_and_what_is_unpacked() {
    // A line of the download stage becomes two.
    let parted = |run: &str, stage: &str| {
        let text = format!(
            "FROM debian:12-slim\nCOPY a.conf /etc/\nWORKDIR /srv\n{run}\nCMD [\"cat\", \"/srv/one/b\"]\n"
        );
        let split = made(&text, &Settings::default(), &Facts::default());
        let (found, _) = split.text.split_once("\n\nFROM").unwrap();
        let expected = format!("FROM debian:12-slim AS download\nWORKDIR /srv\n{stage}");
        assert_eq!(found, expected);
    };
    parted(
        "RUN --network=default curl -o a.tgz https://a \\\n # the sum\n && echo 0 a.tgz | sha256sum -c - \\\n # only one\n && tar -xf a.tgz one/b \\\n && chmod 755 one/b \\\n && rm a.tgz",
        "RUN --network=default curl -o a.tgz https://a \\\n # the sum\n && echo 0 a.tgz | sha256sum -c -\n# only one\nRUN --network=default tar -xf a.tgz one/b \\\n && chmod 755 one/b",
    );
    parted(
        "RUN cd /srv && curl -o a.tgz https://a && mkdir -p one && tar -xf a.tgz -C one && rm a.tgz",
        "RUN cd /srv && curl -o a.tgz https://a\nRUN cd /srv && mkdir -p one && tar -xf a.tgz -C one",
    );
    parted(
        "RUN set -eux; \\\n  curl -o a.tgz https://a; \\\n  tar -xf a.tgz one/b; \\\n  rm a.tgz",
        "RUN set -eux; \\\n  curl -o a.tgz https://a\nRUN set -eux && tar -xf a.tgz one/b",
    );
    // What is left in a directory that is copied is removed as before, and so is what a person says something about.
    parted(
        "RUN curl -o a.tgz https://a && tar -xf a.tgz && rm a.tgz",
        "RUN curl -o a.tgz https://a\nRUN tar -xf a.tgz && rm a.tgz",
    );
    parted(
        "RUN curl -o a.tgz https://a && tar -xf a.tgz one/b \\\n # large\n && rm a.tgz",
        "RUN curl -o a.tgz https://a\nRUN tar -xf a.tgz one/b \\\n # large\n && rm a.tgz",
    );
    // Lines that stay one, since the second would miss something, or would fetch again all the same.
    for run in [
        "RUN curl https://a | tar -x one/b",
        "RUN curl -o a.tgz https://a; tar -xf a.tgz one/b",
        "RUN curl -o a.tgz https://a && tar -xf a.tgz one/b || true",
        "RUN V=$(cat /etc/a) && curl -o a.tgz https://a/1 && tar -xf a.tgz one/b",
        "RUN curl -o a.tgz https://a && tar -xf a.tgz one/b && echo $? && rm a.tgz",
        "RUN curl -o a.tgz https://a && tar -xf a.tgz one/b && curl -o b.tgz https://b && tar -xf b.tgz one/c",
        "RUN curl -o a.tgz https://a\nRUN tar -xf a.tgz one/b\nRUN rm a.tgz",
    ] {
        parted(run, run);
    }
}

#[test]
fn a_download_without_a_command() {
    let start =
        "FROM example.org/base\n\nARG URL=https://example.org/d.tar.gz\n\nWORKDIR /dataset\n\n";
    check(
        &format!(
            "{start}RUN wget -O d.tar.gz ${{URL}} && \\\n    tar -xf d.tar.gz d/one.svm && \\\n    rm -f d.tar.gz\n"
        ),
        "FROM example.org/base AS download\n\nARG URL=https://example.org/d.tar.gz\n\nWORKDIR /dataset\n\nRUN wget -O d.tar.gz ${URL}\nRUN tar -xf d.tar.gz d/one.svm\n\n\
         FROM example.org/base\nWORKDIR /dataset\nCOPY --from=download /dataset/d/one.svm /dataset/d/one.svm\n",
    );
    // An archive that a later layer removes stays in the image for ever.
    let split = made(
        &format!(
            "{start}RUN wget -O d.tar.gz ${{URL}}\nRUN tar -xf d.tar.gz d/one.svm && rm -f d.tar.gz\n"
        ),
        &Settings::default(),
        &Facts::default(),
    );
    assert!(
        split
            .text
            .contains("RUN tar -xf d.tar.gz d/one.svm && rm -f d.tar.gz\n")
    );
    // All that is unpacked is copied, and nothing else changes: there is nothing to gain.
    nothing(&format!(
        "{start}RUN wget -O d.tar.gz ${{URL}} && tar -xf d.tar.gz && rm -f d.tar.gz\n"
    ));
    nothing(&format!(
        "{start}RUN wget -O d.tar.gz ${{URL}} && tar -xf d.tar.gz\n"
    ));
    // Nobody knows what of it is needed, so all stays, and so do the tools.
    check(
        "FROM debian:12\nCOPY a.conf /etc/\nRUN apt-get update && apt-get install -y curl\nRUN curl -o /opt/a.tgz https://a\nRUN tar -xf /opt/a.tgz -C /srv\n",
        "FROM debian:12 AS download\nRUN apt-get update && apt-get install -y curl\nRUN curl -o /opt/a.tgz https://a\nRUN tar -xf /opt/a.tgz -C /srv\n\n\
         FROM debian:12\nRUN apt-get update && apt-get install -y curl\nCOPY --from=download /srv /srv\nCOPY --from=download /opt/a.tgz /opt/a.tgz\nCOPY a.conf /etc/\n",
    );
    // Directories above a copied file would be root's.
    nothing("FROM example.org/base\nCOPY a.conf /etc/\nUSER app\nRUN curl -o /opt/a/b https://a\n");
}

#[test]
fn variables_of_a_download() {
    let split = |lines: &str| {
        let text = format!(
            "FROM debian:12-slim\n{lines}\nCOPY a.conf /etc/\nRUN curl -o /opt/a https://a/$V\nCMD [\"/opt/a\"]\n"
        );
        made(&text, &Settings::default(), &Facts::default()).text
    };
    for (line, build, runtime) in [
        ("ENV OTHER=1", 0, 1),
        ("ENV V=1", 1, 1),
        ("ENV https_proxy=http://proxy", 1, 1),
        ("ARG V=1", 1, 0),
        ("ARG HTTPS_PROXY=http://proxy", 1, 0),
    ] {
        let text = split(line);
        let (first, second) = text.split_once("\n\n").unwrap();
        assert_eq!(first.matches(line).count(), build, "{text}");
        assert_eq!(second.matches(line).count(), runtime, "{text}");
    }
}

#[test]
fn a_line_about_what_is_copied_stays_below_the_copy() {
    let with = |lines: &str| {
        nothing(&format!(
            "FROM debian:12-slim\n{lines}\nRUN curl -o /opt/b https://b\nCMD [\"/opt/b\"]\n"
        ));
    };
    with("ADD a /opt/a\nRUN chmod 755 /opt/a");
    with("ADD assets/ /opt/resource/\nRUN chmod +x /opt/resource/*");
    with("COPY a /opt/app/\nRUN chown -R nobody /opt");
    with("COPY a /opt/app/\nRUN mkdir -p /opt/app/logs && sed -i s/a/b/ /opt/app/a");
}

#[test]
fn a_file_that_builds_nothing_on_a_chosen_image() {
    let with = |text: &str, base: RuntimeBase| {
        let settings = Settings {
            runtime_base: base,
            ..Settings::default()
        };
        match answer(text, &settings, &Facts::default()) {
            Answer::Split(split) => {
                assert!(split.single);
                // Once is enough.
                let again = answer(&split.text, &settings, &Facts::default());
                assert!(matches!(again, Answer::Nothing(_)), "{again:?}");
                split.text
            }
            Answer::Refused(refusal) => refusal.message(),
            Answer::Nothing(_) => "nothing".to_owned(),
        }
    };
    let distroless = |text: &str| with(text, RuntimeBase::Distroless);
    let node = "# the base\nFROM node:20 AS app\n\n# files\nWORKDIR /app\nCOPY . .\n\nEXPOSE 80\nCMD [\"node\", \"hello.js\"]\n";
    assert_eq!(
        distroless(node),
        "# the base\nFROM gcr.io/distroless/nodejs20-debian12 AS app\n\n# files\nWORKDIR /app\nCOPY . .\n\nEXPOSE 80\nCMD [\"hello.js\"]\n"
    );
    assert_eq!(
        distroless("FROM node:22\nCOPY a.js /app/\nENTRYPOINT [\"node\", \"/app/a.js\"]\n"),
        "FROM gcr.io/distroless/nodejs22-debian12\nWORKDIR /\nCOPY a.js /app/\nENTRYPOINT [\"/nodejs/bin/node\", \"/app/a.js\"]\n"
    );
    assert_eq!(
        distroless(
            "FROM eclipse-temurin:17-jre\nCOPY a.jar /\nCMD [\"java\", \"-Xmx1g\", \"-jar\", \"/a.jar\"]\n"
        ),
        "FROM gcr.io/distroless/java17-debian12\nENTRYPOINT []\nCOPY a.jar /\nCMD [\"java\", \"-Xmx1g\", \"-jar\", \"/a.jar\"]\n"
    );
    for (text, why) in [
        (
            node.replace("EXPOSE 80", "USER node"),
            "no user or group `node`",
        ),
        (
            node.replace("COPY", "COPY --chown=node:node"),
            "no user or group `node`",
        ),
        (
            node.replace("[\"node\", \"hello.js\"]", "node hello.js"),
            "shell",
        ),
        (
            node.replace("[\"node\", \"hello.js\"]", "[\"npm\", \"start\"]"),
            "nothing",
        ),
        (node.replace("node:20", "node:10.17.0"), "nothing"),
        (node.replace("node:20", "node:20-alpine"), "nothing"),
        (node.replace("FROM node:20", "FROM debian:12"), "nothing"),
        (node.replace("COPY . .\n", ""), "nothing"),
        (
            node.replace("CMD", "HEALTHCHECK CMD curl -f localhost\nCMD"),
            "curl",
        ),
    ] {
        let found = distroless(&text);
        assert!(found.contains(why), "{text}\n{found}");
    }
    // The default is no choice, and neither is an image that the map has not.
    assert_eq!(with(node, RuntimeBase::SameFamilySlim), "nothing");
    let map = |to: &str| RuntimeBase::Map([("node".to_owned(), to.to_owned())].into());
    assert!(with(node, map("example.org/node:1")).contains("FROM example.org/node:1 AS app\n"));
    assert_eq!(with(node, map("node:20-alpine")), "nothing");
    assert_eq!(
        with(
            &node.replace("node:20", "python:3.12"),
            map("example.org/node:1")
        ),
        "nothing"
    );
    assert_eq!(with(node, RuntimeBase::Scratch), "nothing");
}

#[test]
fn copies_that_stay_above_a_download() {
    let stage = |lines: &str, download: &str| {
        let text = format!("FROM example.org/base\n{lines}\n{download}\nCMD [\"a\"]\n");
        let split = made(&text, &Settings::default(), &Facts::default());
        let (_, runtime) = split
            .text
            .split_once("\n\nFROM example.org/base\n")
            .unwrap();
        runtime.to_owned()
    };
    let fetch = "RUN curl -o /opt/a https://a";
    let copy = "COPY --from=download /opt/a /opt/a\n";
    for lines in [
        "WORKDIR /fonts\nCOPY a.ttf b.ttf\nWORKDIR /app",
        "ENV D=/one\nCOPY a.ttf $D/\nENV D=/two",
        "COPY rootfs /opt",
    ] {
        assert_eq!(stage(lines, fetch), format!("{lines}\n{copy}CMD [\"a\"]\n"));
    }
    assert_eq!(
        stage("WORKDIR /fonts\nCOPY a.ttf b.ttf", fetch),
        format!("WORKDIR /fonts\n{copy}COPY a.ttf b.ttf\nCMD [\"a\"]\n")
    );
}
