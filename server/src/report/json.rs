//! `--format json`: one object, written file by file. `docs/json.md` is its description; it is stable.

use dfix_transforms::{Companion, Edit, Fix};
use serde::Serialize;

use super::lines::LineIndex;
use super::summary::Summary;
use super::{Entry, FileReport, applicability_name, severity_name};
use crate::world::problem::Problem;
use crate::world::show;

/// What stands before the first file.
pub(crate) const BEGIN: &str = "{\"version\":1,\"files\":[";

/// One file, without what separates it from the next.
pub(crate) fn render(file: &FileReport) -> String {
    to_json(&File::of(file))
}

/// What stands after the last file.
pub(crate) fn end(summary: &Summary) -> String {
    let summary = to_json(&Totals {
        files: summary.files,
        failed: summary.failed,
        changed: summary.changed,
        found: summary.found,
        fixed: summary.fixed,
        refused: summary.refused,
        left: summary.left,
    });
    format!("\n],\"summary\":{summary}}}\n")
}

/// These structures have string keys only, so that they can't fail to be written.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure<'a>>,
    changed: bool,
    fixed: Vec<Fixed<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    companions: Vec<Addition<'a>>,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Failure<'a> {
    kind: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

#[derive(Serialize)]
struct Fixed<'a> {
    rule: &'static str,
    title: &'a str,
    applicability: &'static str,
    laws: Vec<&'static str>,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    aliases: &'a [&'static str],
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    start: Place,
    end: Place,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Elsewhere<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Rewrite<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<&'a str>,
}

#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
    offset: usize,
}

#[derive(Serialize)]
struct Elsewhere<'a> {
    message: &'a str,
    start: Place,
    end: Place,
}

#[derive(Serialize)]
struct Rewrite<'a> {
    title: &'a str,
    applicability: &'static str,
    edits: Vec<Replacement<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    companions: Vec<Addition<'a>>,
    laws: Vec<&'static str>,
}

#[derive(Serialize)]
struct Addition<'a> {
    path: String,
    exists: bool,
    lines: &'a [String],
}

#[derive(Serialize)]
struct Replacement<'a> {
    start: Place,
    end: Place,
    insert: &'a str,
}

#[derive(Serialize)]
struct Totals {
    files: usize,
    failed: usize,
    changed: usize,
    found: usize,
    fixed: usize,
    refused: usize,
    left: usize,
}

impl<'a> File<'a> {
    fn of(file: &'a FileReport) -> Self {
        let index = LineIndex::new(file.source.as_deref().unwrap_or_default());
        let findings = file.entries();
        Self {
            path: &file.name,
            error: file.problem.as_ref().map(Failure::of),
            changed: file.changed,
            fixed: file
                .applied
                .iter()
                .map(|applied| Fixed {
                    rule: applied.rule.id,
                    title: &applied.title,
                    applicability: applicability_name(applied.applicability),
                    laws: applied.laws.iter().map(|law| law.id()).collect(),
                })
                .collect(),
            companions: file.companions.iter().map(Addition::of).collect(),
            findings: findings
                .into_iter()
                .map(|entry| Finding::of(entry, &index))
                .collect(),
        }
    }
}

impl<'a> Failure<'a> {
    fn of(problem: &'a Problem) -> Self {
        Self {
            kind: problem.kind.id(),
            message: &problem.message,
            line: problem.place.map(|place| place.line),
            column: problem.place.map(|place| place.column),
        }
    }
}

impl<'a> Finding<'a> {
    fn of(entry: Entry<'a>, index: &LineIndex<'_>) -> Self {
        Self {
            rule: entry.rule,
            aliases: entry.aliases,
            severity: severity_name(entry.severity),
            message: entry.message,
            help: entry.help,
            start: Place::of(entry.range.start().into(), index),
            end: Place::of(entry.range.end().into(), index),
            related: entry
                .related
                .iter()
                .map(|related| Elsewhere {
                    message: &related.message,
                    start: Place::of(related.range.start().into(), index),
                    end: Place::of(related.range.end().into(), index),
                })
                .collect(),
            fix: entry.fix.map(|fix| Rewrite::of(fix, index)),
            refused: entry.refused,
        }
    }
}

impl<'a> Rewrite<'a> {
    fn of(fix: &'a Fix, index: &LineIndex<'_>) -> Self {
        let replacement = |edit: &'a Edit| Replacement {
            start: Place::of(edit.range.start().into(), index),
            end: Place::of(edit.range.end().into(), index),
            insert: &edit.insert,
        };
        Self {
            title: &fix.title,
            applicability: applicability_name(fix.applicability),
            edits: fix.edits().iter().map(replacement).collect(),
            companions: fix.companions().iter().map(Addition::of).collect(),
            laws: fix.laws.iter().map(|law| law.id()).collect(),
        }
    }
}

impl<'a> Addition<'a> {
    fn of(companion: &'a Companion) -> Self {
        Self {
            path: show(&companion.path),
            exists: companion.before.is_some(),
            lines: companion.lines(),
        }
    }
}

impl Place {
    fn of(offset: usize, index: &LineIndex<'_>) -> Self {
        let position = index.position(offset);
        Self {
            line: position.line,
            column: position.column,
            offset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::report::lines::Position;
    use crate::world::problem::ProblemKind;
    use serde_json::{Value, json};

    fn value(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn findings() {
        let text = "FROM é\nRUN apt-get update\n";
        let place =
            |line, column, offset| json!({"line": line, "column": column, "offset": offset});
        assert_eq!(
            value(&render(&testing::file(
                text,
                "apt-get update",
                Some(" && x")
            ))),
            json!({
                "path": "app/Dockerfile",
                "changed": false,
                "fixed": [],
                "findings": [{
                    "rule": "apt-clean-lists",
                    "aliases": ["DL3009"],
                    "severity": "warning",
                    "message": "the package lists stay in the layer, which makes it larger",
                    "start": place(2, 5, 12),
                    "end": place(2, 19, 26),
                    "fix": {
                        "title": "Remove them in the same layer",
                        "applicability": "safe",
                        "edits": [{"start": place(2, 19, 26), "end": place(2, 19, 26), "insert": " && x"}],
                        "laws": ["apt-lists-removed"],
                    },
                }],
            })
        );
    }

    #[test]
    fn failures_and_the_frame() {
        let problem =
            Problem::new(ProblemKind::Nul, "a NUL byte").at(Position { line: 1, column: 2 });
        let file = FileReport {
            name: "x".to_owned(),
            problem: Some(problem),
            ..FileReport::default()
        };
        let summary = Summary::of(&file);
        let whole = value(&format!("{BEGIN}{}{}", render(&file), end(&summary)));
        assert_eq!(
            whole,
            json!({
                "version": 1,
                "files": [{
                    "path": "x",
                    "error": {"kind": "nul-byte", "message": "a NUL byte", "line": 1, "column": 2},
                    "changed": false,
                    "fixed": [],
                    "findings": [],
                }],
                "summary": {
                    "files": 1, "failed": 1, "changed": 0, "found": 0, "fixed": 0, "refused": 0, "left": 0,
                },
            })
        );
    }
}
