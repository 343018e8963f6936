use std::path::Path;

use super::*;
use crate::world::history::testing::TestRepository;

const PLAIN: &str = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD [\"node\", \"a.js\"]\n";

fn replayed(
    repository: &TestRepository,
    file: &str,
    since: Option<&str>,
) -> Result<Replayed, String> {
    let settings = Settings::default();
    let wish = Wish {
        settings: &settings,
        threshold: Applicability::Safe,
        since,
        timings: None,
        context: None,
    };
    let path = repository.path().join(file);
    replay(&path, &wish, |_| Display::Silent).map_err(|error| error.0)
}

/// Steps, installations and needless installations of each commit with the file as it is.
fn shape(replayed: &Replayed) -> Vec<(u32, u32, u32)> {
    let of = |counts: Counts| (counts.steps, counts.installs, counts.needless);
    replayed
        .commits
        .iter()
        .map(|commit| of(commit.before))
        .collect()
}

#[test]
fn what_each_commit_runs_again() {
    let Some(mut repository) = TestRepository::new() else {
        return;
    };
    repository.commit(&[("package.json", "{}")]);
    repository.commit(&[("Dockerfile", PLAIN), (".dockerignore", "docs\n")]);
    repository.commit(&[("a.js", "1")]);
    repository.commit(&[("docs/x", "1")]);
    repository.commit(&[("package.json", "{ }")]);
    repository.commit(&[("a.js", "2"), ("package.json", "{  }")]);
    repository.commit(&[("Dockerfile", &PLAIN.replace("ci", "ci --omit=dev"))]);
    let found = replayed(&repository, "Dockerfile", None).unwrap();
    assert_eq!(found.without_file, 1);
    assert_eq!(
        shape(&found),
        [
            (3, 1, 0),
            (2, 1, 1),
            (0, 0, 0),
            (2, 1, 0),
            (2, 1, 0),
            (2, 1, 0)
        ]
    );
    assert_eq!(found.before.total.steps, 8);
    let steps: Vec<_> = found
        .before
        .steps
        .iter()
        .map(|step| (step.text.as_str(), step.builds, step.runs))
        .collect();
    assert_eq!(
        steps,
        [
            ("WORKDIR /app", 5, 0),
            ("COPY . .", 5, 4),
            ("RUN npm ci --omit=dev", 1, 1)
        ]
    );
    // A revert finds what was built before.
    repository.git(&["revert", "--no-edit", "HEAD"]);
    let found = replayed(&repository, "Dockerfile", None).unwrap();
    assert_eq!(shape(&found).last(), Some(&(0, 0, 0)));
}

#[test]
fn from_somewhere_on() {
    let Some(mut repository) = TestRepository::new() else {
        return;
    };
    repository.commit(&[("Dockerfile", PLAIN), ("a.js", "1")]);
    repository.commit(&[("a.js", "2")]);
    repository.git(&["tag", "v1"]);
    repository.commit(&[("a.js", "3")]);
    repository.commit(&[("a.js", "4")]);
    let found = replayed(&repository, "Dockerfile", Some("v1")).unwrap();
    assert_eq!(shape(&found), [(3, 1, 0), (2, 1, 1)]);
    let error = |since| replayed(&repository, "Dockerfile", Some(since)).unwrap_err();
    assert!(error("no-such").contains("neither a revision of the repository nor a date"));
    assert_eq!(error("HEAD"), "no commit is as new as that");
    let all = replayed(&repository, "Dockerfile", Some("2020-01-01")).unwrap();
    assert_eq!(all.commits.len(), 4);
}

#[test]
fn a_renamed_file_in_a_folder() {
    let Some(mut repository) = TestRepository::new() else {
        return;
    };
    let text = PLAIN.replace("COPY . .", "COPY web/a.js .");
    repository.commit(&[("Dockerfile", &text), ("web/a.js", "1"), ("web/b", "1")]);
    repository.commit(&[("Dockerfile", "-"), ("web/build.Dockerfile", &text)]);
    repository.commit(&[("web/a.js", "2")]);
    repository.commit(&[("web/b", "2")]);
    let found = replayed(&repository, "web/build.Dockerfile", None).unwrap();
    assert_eq!(shape(&found), [(3, 1, 0), (0, 0, 0), (2, 1, 1), (0, 0, 0)]);
    assert_eq!(found.context, "");
    let own = PLAIN.replace("COPY . .", "COPY a.js .");
    repository.commit(&[("web/build.Dockerfile", &own)]);
    let found = replayed(&repository, "web/build.Dockerfile", None).unwrap();
    assert_eq!(found.context, "web");
}

#[test]
fn why_nothing_is_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::default();
    let wish = Wish {
        settings: &settings,
        threshold: Applicability::Safe,
        since: None,
        timings: None,
        context: None,
    };
    let Some(mut repository) = TestRepository::new() else {
        return;
    };
    let outside = replay(&folder.path().join("Dockerfile"), &wish, |_| {
        Display::Silent
    });
    assert_eq!(outside.unwrap_err().0, "it is not in a git repository");
    repository.commit(&[("bad", "FROM a\nCOPY --from=later x y\nFROM b AS later\n")]);
    let why = replayed(&repository, "none", None).unwrap_err();
    assert_eq!(why, "no commit holds the file");
    let why = replayed(&repository, "bad", None).unwrap_err();
    assert!(
        why.starts_with("no commit has a file whose build can be followed: "),
        "{why}"
    );
}

#[test]
fn evidence_comes_from_the_commits_before() {
    let Some(mut repository) = TestRepository::new() else {
        return;
    };
    repository.commit(&[
        ("Dockerfile", "FROM a\nCOPY src x ./\n"),
        ("src/a", "1"),
        ("x", "1"),
    ]);
    repository.commit(&[("src/a", "2")]);
    repository.commit(&[("src/a", "3")]);
    let root = repository.path();
    let mut log = history::read(&Repository::of_folder(&root).unwrap(), 100).unwrap();
    let repository = Repository::of_folder(&root).unwrap();
    let files = history::files_before(&repository, &mut log).unwrap();
    let timeline = Timeline::new(repository.blobs().unwrap(), files, &log.paths);
    let mut surroundings = Surroundings::new(timeline, Path::new(&root), None, None);
    let mut seen = Vec::new();
    for commit in &log.commits {
        surroundings.timeline.apply(&commit.changes, &log.paths);
        let content = surroundings.timeline.content("Dockerfile").unwrap();
        let source = SourceText::new(&content).unwrap();
        let context = surroundings.context("Dockerfile", &source).unwrap();
        let history = surroundings.history_of(&source, &context, &log.paths);
        let of = |source| history.as_ref()?.churn(source);
        seen.push((of("src").map(|it| it.changed), of("x").map(|it| it.changed)));
        surroundings.pass(&commit.changes, &log.paths);
    }
    assert_eq!(seen, [(None, None), (Some(1), Some(1)), (Some(2), Some(1))]);
}

#[test]
fn pages_hold_what_they_say() {
    let mut replayed = Replayed {
        file: "a<b>&\"c".to_owned(),
        ..Replayed::default()
    };
    assert!(text::render(&replayed, false).contains("0 commits replayed"));
    for (number, seconds) in [100.0, 30.0, 0.0].into_iter().enumerate() {
        let counts = Counts {
            steps: 3,
            installs: 2,
            needless: 1,
            seconds,
        };
        replayed.commits.push(Replay {
            id: format!("c{number}"),
            time: 86_400 * number as i64,
            before: counts,
            after: Counts::default(),
        });
    }
    replayed.before.total = Counts {
        steps: 6,
        installs: 4,
        needless: 2,
        seconds: 30.0,
    };
    replayed.after.total = Counts {
        steps: 3,
        ..Counts::default()
    };
    replayed.rewritten = 1;
    replayed.rules = vec!["order-layers"];
    replayed.after.steps.push(outcome::StepRuns {
        stage: "build".to_owned(),
        text: "RUN <x>".to_owned(),
        kind: dfix_transforms::cache::StepKind::Run,
        seconds: 40.0,
        builds: 2,
        runs: 1,
    });
    let shown = text::render(&replayed, false);
    for part in [
        "3 commits replayed, 1970-01-01 to 1970-01-03; dfix would have rewritten the file in 1 of them",
        "in 2 rebuilds",
        "-50 %",
        "-100 %",
        "As dfix would write it (order-layers)",
        "    RUN <x>  ██████████··········   50 %     40 s",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let page = html::render(&replayed);
    assert!(page.contains("a&lt;b&gt;&amp;&quot;c") && page.contains("RUN &lt;x&gt;"));
    assert!(
        !page.contains("<script") && !page.contains("http"),
        "{page}"
    );
    let json: serde_json::Value = serde_json::from_str(&json::render(&replayed)).unwrap();
    assert_eq!(json["saved"]["steps"], 0.5);
    assert_eq!(json["commits"].as_array().map(Vec::len), Some(3));
    assert_eq!(json["after"]["file_steps"][0]["runs"], 1);
}

#[test]
fn a_file_in_the_best_order_is_left_alone() {
    let Some(mut repository) = TestRepository::new() else {
        return;
    };
    let text = "FROM node:22\nRUN apt-get update && apt-get install -y --no-install-recommends tini\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY settings.json ./\nCOPY src ./src\nCMD [\"node\", \"src/a.js\"]\n";
    repository.commit(&[
        ("Dockerfile", text),
        ("package.json", "{}"),
        ("package-lock.json", "{}"),
        ("settings.json", "{}"),
    ]);
    for number in 0..30 {
        let source = number.to_string();
        let mut files = vec![("src/a.js", source.as_str())];
        if number % 10 == 0 {
            files.push(("package.json", source.as_str()));
        }
        repository.commit(&files);
    }
    let rules = ["order-layers", "deps-before-source", "download-layer"];
    let settings = Settings {
        selected: Some(rules.into_iter().collect()),
        ..Settings::default()
    };
    let wish = Wish {
        settings: &settings,
        threshold: Applicability::Unsafe,
        since: None,
        timings: None,
        context: None,
    };
    let path = repository.path().join("Dockerfile");
    let found = replay(&path, &wish, |_| Display::Silent).unwrap();
    assert_eq!((found.commits.len(), found.rewritten), (31, 0));
    // It can tell: the same with the copies the wrong way round.
    let worse = text
        .replace("COPY src ./src\n", "")
        .replace("RUN npm ci", "COPY src ./src\nRUN npm ci");
    repository.commit(&[("Dockerfile", &worse)]);
    let found = replay(&path, &wish, |_| Display::Silent).unwrap();
    assert_eq!(found.rewritten, 1);
}
