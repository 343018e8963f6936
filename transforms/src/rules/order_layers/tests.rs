//! Tests of `order-layers`.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::rules::testing::{Tester, check, check_silent, check_unsafe};
use crate::{Churn, ContextKind, Facts, History, Project, Timings};

const APT: &str = "RUN apt-get update && apt-get install -y b";

#[test]
fn packages_before_the_sources() {
    for (above, copy) in [
        ("", "COPY . /app"),
        ("WORKDIR /app\n", "COPY . ."),
        ("WORKDIR /app\n", "ADD src ./src"),
        (
            "ENV HOME_OF_APP=/app\nWORKDIR $HOME_OF_APP\n",
            "COPY . $HOME_OF_APP",
        ),
        ("", "COPY --chown=1000 src /app/"),
    ] {
        check(
            &RULE,
            &format!("FROM debian:12\n{above}{copy}\n{APT}\nRUN make\n"),
            &format!("FROM debian:12\n{above}{APT}\n{copy}\nRUN make\n"),
        );
    }
    check(
        &RULE,
        "FROM golang:1 AS b\nCOPY . /src\nRUN go build -o /a /src\nFROM alpine:3\nCOPY --from=b /a /a\nRUN apk add b\n",
        "FROM golang:1 AS b\nCOPY . /src\nRUN go build -o /a /src\nFROM alpine:3\nRUN apk add b\nCOPY --from=b /a /a\n",
    );
}

#[test]
fn past_the_directory_that_it_fills() {
    for copy in ["ADD . /app", "COPY src /app/src"] {
        check(
            &RULE,
            &format!("FROM debian:12\n{copy}\nWORKDIR /app\nENV B=c\n{APT}\nRUN make\n"),
            &format!("FROM debian:12\nWORKDIR /app\nENV B=c\n{APT}\n{copy}\nRUN make\n"),
        );
    }
}

#[test]
fn comments_and_blank_lines() {
    check(
        &RULE,
        "FROM debian:12\n\n# the application\nCOPY . /app\n\n# tools\n# hadolint ignore=DL3008\nRUN apt-get install -y \\\n    # why\n    b\n\nCMD [\"c\"]\n",
        "FROM debian:12\n\n# tools\n# hadolint ignore=DL3008\nRUN apt-get install -y \\\n    # why\n    b\n\n# the application\nCOPY . /app\n\nCMD [\"c\"]\n",
    );
    // A remark by itself stays.
    check(
        &RULE,
        "FROM debian:12\nCOPY . /app\n\n# part two\n\nRUN apt-get install -y b\nRUN make\n",
        "FROM debian:12\n\n# part two\n\nRUN apt-get install -y b\nCOPY . /app\nRUN make\n",
    );
    check_silent(
        &RULE,
        "FROM debian:12\nCOPY . /app\n\n# check=skip=all\n\nRUN apt-get install -y b\nRUN make\n",
    );
}

#[test]
fn several_moves() {
    check(
        &RULE,
        "FROM debian:12\nCOPY one.conf /a/\nCOPY . /app\nLABEL b=c\nENV D=e\nRUN apt-get install -y f\nRUN make\n",
        "FROM debian:12\nLABEL b=c\nENV D=e\nRUN apt-get install -y f\nCOPY one.conf /a/\nCOPY . /app\nRUN make\n",
    );
}

#[test]
fn places_that_packages_leave_alone() {
    let file = |copy: &str, between: &str, run: &str| {
        format!("FROM debian:12\n{copy}\n{between}{run}\nRUN make\n")
    };
    for (copy, between, run) in [
        ("COPY . /usr/src/app", "", APT),
        ("COPY . /opt/app", "", APT),
        ("COPY . /var/www/html", "", APT),
        ("COPY start.sh /usr/local/bin/", "", APT),
        // A command that sets up what was copied stands between.
        (
            "COPY b.sh /usr/local/bin/b",
            "RUN chmod +x /usr/local/bin/b\n",
            "RUN apt-get install -y c",
        ),
        // Tools that are installed by their names.
        ("COPY . /app", "", "RUN pip install gunicorn"),
        ("COPY . /app", "WORKDIR /app\n", "RUN npm install -g pnpm"),
        (
            "COPY . /app",
            "",
            "RUN set -x && apt-get install -y npm && npm install -g pnpm",
        ),
        (
            "COPY . /app",
            "",
            "RUN gem install bundler && rm -rf /tmp/x",
        ),
    ] {
        let moved = match between.starts_with("RUN") {
            true => format!("{run}\n{copy}\n{between}"),
            false => format!("{between}{run}\n{copy}\n"),
        };
        check_unsafe(
            &RULE,
            &file(copy, between, run),
            &format!("FROM debian:12\n{moved}RUN make\n"),
        );
    }
    for (copy, between, run) in [
        // The copied program may be the one that installs.
        (
            "COPY --from=a /npm.jar /usr/local/bin/npm.jar",
            "",
            "RUN echo npm.jar && pip install x",
        ),
        (
            "COPY --from=a /pip /usr/local/bin/pip",
            "",
            "RUN pip install x",
        ),
        ("COPY tools.conf /usr/local/etc/", "", APT),
        ("COPY . /usr/local/bin", "", APT),
        ("COPY . /home/a", "", APT),
        // Settings.
        (
            "COPY .npmrc package.json /app/",
            "WORKDIR /app\n",
            "RUN npm install -g pnpm",
        ),
        (
            "ENV PIP_CONSTRAINT=/app/c.txt\nCOPY . /app",
            "",
            "RUN pip install x",
        ),
        (
            "ENV PATH=/app/bin:$PATH\nCOPY . /app",
            "",
            "RUN pip install x",
        ),
        ("COPY . /app", "", "RUN cd /app && pip install x"),
        ("COPY . /app", "", "RUN pip install x && make"),
        ("COPY . /app", "", "RUN pip install -r /app/r.txt"),
        ("COPY . /app", "", "RUN pip install x > /app/log"),
        ("COPY . /app", "", "RUN pip install x && cp /app/y /z"),
        ("COPY . /app", "", "RUN --mount=target=/c pip install x"),
        ("COPY . /app", "RUN make\n", "RUN pip install x"),
        (
            "COPY . /opt/app",
            "RUN chown b /opt/app\n",
            "RUN apt-get install -y b",
        ),
        (
            "COPY . /opt/app",
            "RUN cp /opt/app/b /etc/b\n",
            "RUN apt-get install -y b",
        ),
        (
            "COPY . /opt/app",
            "RUN mkdir -p /opt/app/b\n",
            "RUN pip install app",
        ),
    ] {
        check_silent(&RULE, &file(copy, between, run));
    }
}

#[test]
fn a_script_of_the_context_is_one_file() {
    let listing = BTreeMap::from([(Facts::key("start"), ContextKind::Program)]);
    let facts = Facts {
        project: Some(Project::new(
            listing,
            BTreeSet::new(),
            BTreeMap::new(),
            None,
        )),
        ..Facts::default()
    };
    let text = |lines: &str| format!("FROM debian:12\n{lines}RUN make\n");
    let copy = "COPY start /usr/local/bin/";
    let tester = Tester::new(&RULE).facts(facts);
    tester.check_unsafe(
        &text(&format!("{copy}\n{APT}\n")),
        &text(&format!("{APT}\n{copy}\n")),
    );
}

#[test]
fn what_stays() {
    for lines in [
        // It reads or writes what is copied, or may.
        "COPY . /app\nRUN make",
        "COPY . /app\nRUN npm ci",
        "COPY sources.list /etc/apt/\nRUN apt-get install -y b",
        "COPY . /\nRUN apt-get install -y b",
        "WORKDIR /app\nCOPY . .\nRUN apt-get install -y ./b.deb",
        "COPY . /app\nRUN --mount=target=/c apt-get install -y b",
        "COPY --chown=app . /app\nRUN apt-get install -y b",
        "ARG D\nCOPY . $D\nRUN apt-get install -y b",
        "ENV PATH=/app/bin:$PATH\nCOPY . /app\nRUN apt-get install -y b",
        "COPY . /app\nUSER b\nRUN apt-get install -y b",
        "COPY . /app\nSHELL [\"/bin/x\"]\nRUN apt-get install -y b",
        "COPY . /app\nWORKDIR /app/b\nRUN apt-get install -y b",
        "COPY . /app\nONBUILD RUN c\nRUN apt-get install -y b",
        "COPY . /app\nVOLUME /app\nRUN apt-get install -y b",
        "COPY . /app\nRUN make\nRUN apt-get install -y b && make",
        // It saves nothing.
        "RUN apt-get install -y b\nCOPY . /app",
        "COPY . /app\nRUN mkdir /b",
        "COPY . /app\nLABEL b=c\nCMD [\"d\"]",
        "COPY src /app/src\nCOPY package.json /app/",
        "COPY a /a\nCOPY b /b\nRUN make",
        // Nobody knows which changes more often.
        "COPY a /a\nCOPY vendor /b\nRUN make",
        "COPY one /app/one\nCOPY two /app/two\nRUN npm ci",
    ] {
        check_silent(&RULE, &format!("FROM debian:12\n{lines}\n"));
    }
    check_silent(&RULE, &format!("FROM unknown\nCOPY . /app\n{APT}\n"));
}

#[test]
fn libraries_before_classes() {
    let before = "FROM eclipse-temurin:17-jre\nWORKDIR /opt/service\nARG UNPACKED=build/unpacked\nCOPY ${UNPACKED}/app .\nCOPY ${UNPACKED}/lib BOOT-INF/lib\nCMD [\"java\", \"org.springframework.boot.loader.launch.JarLauncher\"]\n";
    let after = "FROM eclipse-temurin:17-jre\nWORKDIR /opt/service\nARG UNPACKED=build/unpacked\nCOPY ${UNPACKED}/lib BOOT-INF/lib\nCOPY ${UNPACKED}/app .\nCMD [\"java\", \"org.springframework.boot.loader.launch.JarLauncher\"]\n";
    let facts = project(&[
        "build/",
        "build/unpacked/",
        "build/unpacked/app/",
        "build/unpacked/app/BOOT-INF/",
        "build/unpacked/app/BOOT-INF/classes/",
        "build/unpacked/lib/",
        "build/unpacked/lib/a.jar",
    ]);
    Tester::new(&RULE).facts(facts).check(before, after);
    let collides = project(&[
        "build/",
        "build/unpacked/",
        "build/unpacked/app/",
        "build/unpacked/app/BOOT-INF/",
        "build/unpacked/app/BOOT-INF/lib/",
        "build/unpacked/lib/",
        "build/unpacked/lib/a.jar",
    ]);
    Tester::new(&RULE).facts(collides).check_silent(before);
    check_unsafe(&RULE, before, after);
}

#[test]
fn layers_of_a_framework() {
    let copy = |name: &str| format!("COPY --from=b /app/{name}/ ./\n");
    let file = |names: &[&str]| {
        let copies: String = names.iter().map(|name| copy(name)).collect();
        format!(
            "FROM eclipse-temurin:17 AS b\nWORKDIR /app\nCOPY a.jar a.jar\nRUN java -Djarmode=layertools -jar a.jar extract\nFROM eclipse-temurin:17-jre\nWORKDIR /app\n{copies}"
        )
    };
    check_unsafe(
        &RULE,
        &file(&[
            "application",
            "snapshot-dependencies",
            "spring-boot-loader",
            "dependencies",
        ]),
        &file(&[
            "spring-boot-loader",
            "dependencies",
            "snapshot-dependencies",
            "application",
        ]),
    );
    check_silent(
        &RULE,
        &file(&[
            "dependencies",
            "spring-boot-loader",
            "snapshot-dependencies",
            "application",
        ]),
    );
}

#[test]
fn history_says_which() {
    let text = "FROM debian:12\nCOPY a /a/\nCOPY b /b/\nRUN make\n";
    let swapped = "FROM debian:12\nCOPY b /b/\nCOPY a /a/\nRUN make\n";
    let history = |commits: u32, a: u32, b: u32| {
        let churn = |changed: u32| Churn {
            changed,
            weight: f64::from(changed) / f64::from(commits),
        };
        Facts {
            history: Some(History {
                commits,
                churn: BTreeMap::from([("a".to_owned(), churn(a)), ("b".to_owned(), churn(b))]),
            }),
            timings: Some(Timings::new([("COPY a /a/", 1.0), ("COPY b /b/", 9.0)])),
            ..Facts::default()
        }
    };
    let tester = |facts| Tester::new(&RULE).facts(facts);
    tester(history(481, 437, 19)).check(text, swapped);
    tester(history(481, 19, 437)).check_silent(text);
    tester(history(481, 30, 29)).check_silent(text);
    tester(history(10, 9, 1)).check_silent(text);
    let message = message(text, history(481, 437, 19));
    assert!(
        message.contains(
            "b changed in 4 % of the last 481 commits, a changed in 91 % of the last 481 commits"
        ),
        "{message}"
    );
    assert!(message.contains("8 s less"), "{message}");
}

#[test]
fn the_log_says_what_it_costs() {
    let text = format!("FROM debian:12\nCOPY . /app\n{APT}\nRUN make\n");
    let quick = Facts {
        timings: Some(Timings::new([(APT, 0.5)])),
        ..Facts::default()
    };
    Tester::new(&RULE).facts(quick).check_silent(&text);
}

#[test]
fn arguments_that_change_with_each_build() {
    check_unsafe(
        &RULE,
        &format!("FROM debian:12\nARG GIT_COMMIT\n{APT}\nENV COMMIT=$GIT_COMMIT\nRUN make\n"),
        &format!("FROM debian:12\n{APT}\nARG GIT_COMMIT\nENV COMMIT=$GIT_COMMIT\nRUN make\n"),
    );
    for arg in ["VERSION=1", "TARGETARCH", "GIT_SSL_NO_VERIFY", "CACHEBUST"] {
        check_silent(&RULE, &format!("FROM debian:12\nARG {arg}\n{APT}\n"));
    }
    check_silent(
        &RULE,
        "FROM debian:12\nARG GIT_COMMIT\nRUN git clone https://example.org/a && git checkout $GIT_COMMIT\n",
    );
}

fn project(paths: &[&str]) -> Facts {
    let kind = |path: &str| match path.ends_with('/') {
        true => ContextKind::Directory,
        false => ContextKind::UnreadFile,
    };
    let listing = paths.iter().map(|path| (Facts::key(path), kind(path)));
    Facts {
        project: Some(Project::new(
            listing.collect(),
            BTreeSet::new(),
            BTreeMap::new(),
            None,
        )),
        ..Facts::default()
    }
}

/// What keeps a package install below the copies above it, over a folder of files.
#[test]
#[ignore = "a survey: DFIX_CORPUS=... cargo test -- --ignored --nocapture survey"]
fn survey() {
    let Some(folder) = std::env::var_os("DFIX_CORPUS") else {
        return;
    };
    let settings = crate::Settings::default();
    let facts = Facts::default();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        let Ok(source) = dfix_syntax::SourceText::new(&bytes) else {
            continue;
        };
        let analysis = crate::model::Analysis::new(source, &settings);
        let ctx = Context::new(&analysis, &settings, &facts);
        let swaps = Swaps::new(&ctx);
        for stage in &analysis.stages {
            let Some(order) = Order::of(&ctx, stage) else {
                continue;
            };
            let mut found: BTreeSet<&str> = BTreeSet::new();
            for from in 1..order.steps.len() {
                let promising = order.moves(from, true)
                    && work(&analysis, &order.steps[from]) == [Work::Packages]
                    && (0..from).any(|to| order.gain(from, to) >= LEAST_GAIN);
                if !promising {
                    continue;
                }
                let moved = &order.steps[from];
                let first =
                    (0..from)
                        .rev()
                        .find_map(|at| match swaps.of(moved, &order.steps[at]) {
                            _ if !order.is_evident(from, at) => {
                                Some("it is not evident which changes more often")
                            }
                            Swap::Bound(why) | Swap::Doubtful(why) => Some(why),
                            Swap::Free => None,
                        });
                found.insert(first.unwrap_or("moved"));
            }
            found
                .into_iter()
                .for_each(|why| *reasons.entry(why).or_default() += 1);
        }
    }
    for (why, count) in reasons {
        println!("{count:6} {why}");
    }
}

fn message(text: &str, facts: Facts) -> String {
    let source = dfix_syntax::SourceText::new(text.as_bytes()).expect("a good text");
    let settings = crate::Settings {
        selected: Some(["order-layers"].into_iter().collect()),
        ..crate::Settings::default()
    };
    let report = crate::lint(&source, &settings, &facts, crate::Company::Together);
    report
        .findings
        .into_iter()
        .map(|finding| finding.message)
        .collect()
}

/// A comment above several arguments stays with those that stay, and so does the blank line below them.
#[test]
fn groups_of_arguments() {
    check_unsafe(
        &RULE,
        "FROM debian:12\n# what was built\nARG GIT_COMMIT\nARG VERSION\nRUN apt-get update\nLABEL a=$GIT_COMMIT\n",
        "FROM debian:12\n# what was built\nARG VERSION\nRUN apt-get update\nARG GIT_COMMIT\nLABEL a=$GIT_COMMIT\n",
    );
    check_unsafe(
        &RULE,
        "FROM debian:12\nARG VERSION\nARG GIT_COMMIT\n\nRUN apt-get update\n\nLABEL a=$GIT_COMMIT\n",
        "FROM debian:12\nARG VERSION\n\nRUN apt-get update\n\nARG GIT_COMMIT\n\nLABEL a=$GIT_COMMIT\n",
    );
}
