//! Properties that hold for every real Dockerfile, and a committed summary that shows how far each rule reaches.
//!
//! The corpus is not part of the repository: see `dfix_tests::corpus`. `DFIX_UPDATE=1` rewrites the summary.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dfix_syntax::{SourceText, SyntaxKind, parse, parse_edited};
use dfix_tests::{CorpusFile, corpus, in_parallel};
use dfix_transforms::engine::findings_of;
use dfix_transforms::model::Analysis;
use dfix_transforms::{Applicability, Company, Facts, Outcome, Settings, fix, lint};

/// Runs a property on every file and reports all files that break it.
fn for_all(property: impl Fn(&CorpusFile) -> Result<(), String> + Sync) {
    let Some(files) = corpus() else { return };
    let verdicts = in_parallel(&files, |file| {
        catch_unwind(AssertUnwindSafe(|| property(file)))
            .unwrap_or_else(|_| Err("panicked".to_owned()))
    });
    let broken: Vec<String> = files
        .iter()
        .zip(verdicts)
        .filter_map(|(file, verdict)| {
            verdict
                .err()
                .map(|reason| format!("{}: {reason}", file.name))
        })
        .collect();
    let shown = broken
        .iter()
        .take(20)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        broken.is_empty(),
        "{} of {} files:\n{shown}",
        broken.len(),
        files.len()
    );
}

fn source(file: &CorpusFile) -> Option<SourceText> {
    SourceText::new(&file.bytes).ok()
}

fn fixed(text: &SourceText, threshold: Applicability) -> Outcome {
    fix(text, &Settings::default(), &Facts::default(), threshold)
}

#[test]
fn parsing_loses_no_byte() {
    for_all(|file| {
        let Some(text) = source(file) else {
            return Ok(());
        };
        let tree = parse(&text).root().text().to_string();
        if tree == text.as_str() {
            Ok(())
        } else {
            Err("the tree's text is not the file".to_owned())
        }
    });
}

#[test]
fn every_prefix_parses_without_loss() {
    for_all(|file| {
        let Some(text) = source(file) else {
            return Ok(());
        };
        // Every byte of the short files and a sample of the long ones: the whole would be quadratic.
        let step = (text.len() / 200).max(1);
        for end in (0..text.len())
            .step_by(step)
            .filter(|&end| text.is_char_boundary(end))
        {
            let prefix =
                SourceText::new(text[..end].as_bytes()).map_err(|error| error.to_string())?;
            if parse(&prefix).root().text() != text[..end] {
                return Err(format!("the prefix of {end} bytes is not kept"));
            }
        }
        Ok(())
    });
}

#[test]
fn safe_fixes_converge_and_are_idempotent() {
    idempotent(Applicability::Safe);
}

#[test]
fn unsafe_fixes_converge_and_are_idempotent() {
    idempotent(Applicability::Unsafe);
}

fn idempotent(threshold: Applicability) {
    for_all(|file| {
        let Some(text) = source(file) else {
            return Ok(());
        };
        let first = fixed(&text, threshold);
        let again = SourceText::new(first.text.as_bytes()).map_err(|error| error.to_string())?;
        let second = fixed(&again, threshold);
        if second.changed {
            let rules: Vec<&str> = second
                .applied
                .iter()
                .map(|applied| applied.rule.id)
                .collect();
            return Err(format!("a second run changes it: {rules:?}"));
        }
        Ok(())
    });
}

#[test]
fn no_fix_breaks_a_file() {
    for_all(|file| {
        let Some(text) = source(file) else {
            return Ok(());
        };
        let before = parse(&text);
        for threshold in [Applicability::Safe, Applicability::Unsafe] {
            let outcome = fixed(&text, threshold);
            let after =
                SourceText::new(outcome.text.as_bytes()).map_err(|error| error.to_string())?;
            let parsed = parse(&after);
            if parsed.errors().len() > before.errors().len() {
                return Err(format!("{threshold:?} fixes add a syntax error"));
            }
            if parse_edited(&after, &text, &before) != parsed {
                return Err("parsing what has changed gives another tree".to_owned());
            }
        }
        Ok(())
    });
}

#[test]
fn an_edited_file_is_known_as_well_as_a_new_one() {
    let told = |analysis: &Analysis| -> Vec<String> {
        let found = findings_of(analysis, &Settings::default(), &Facts::default());
        let told = found.iter().map(|finding| {
            let edits = finding.fix.as_ref().map(|fix| fix.edits().to_vec());
            let rule = finding.rule.id;
            format!("{rule} {:?} {} {edits:?}", finding.range, finding.message)
        });
        told.collect()
    };
    for_all(|file| {
        let Some(before) = source(file) else {
            return Ok(());
        };
        let outcome = fixed(&before, Applicability::Unsafe);
        let after = SourceText::new(outcome.text.as_bytes()).map_err(|error| error.to_string())?;
        for (before, after) in [(&before, &after), (&after, &before)] {
            let earlier = Analysis::new(before.clone(), &Settings::default());
            // What the rules find out about commands is taken over as well.
            told(&earlier);
            let edited = earlier.edited(after.clone(), &Settings::default());
            let anew = Analysis::new(after.clone(), &Settings::default());
            if told(&edited) != told(&anew) {
                return Err("the findings in what was edited are others".to_owned());
            }
        }
        Ok(())
    });
}

#[test]
fn comments_are_kept() {
    for_all(|file| {
        let Some(text) = source(file) else {
            return Ok(());
        };
        let after = fixed(&text, Applicability::Safe);
        let after = SourceText::new(after.text.as_bytes()).map_err(|error| error.to_string())?;
        let mut left = comments(&after);
        for (comment, count) in comments(&text) {
            let kept = left.remove(&comment).unwrap_or(0);
            if kept < count {
                return Err(format!("a comment is lost: {comment}"));
            }
        }
        Ok(())
    });
}

/// The builder comments of a file with their number.
fn comments(text: &SourceText) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let root = parse(text).root();
    for token in root
        .descendants_with_tokens()
        .filter_map(|element| element.into_token())
    {
        if token.kind() == SyntaxKind::COMMENT {
            *found.entry(token.text().trim().to_owned()).or_insert(0) += 1;
        }
    }
    found
}

#[test]
fn files_with_errors_are_left_alone() {
    for_all(|file| {
        let Some(text) = source(file) else {
            return Ok(());
        };
        let broken = !parse(&text).errors().is_empty();
        if broken && fixed(&text, Applicability::Unsafe).changed {
            return Err("a file that BuildKit refuses was changed".to_owned());
        }
        Ok(())
    });
}

/// What the summary counts for one rule.
#[derive(Default, Clone, Copy)]
struct Count {
    findings: usize,
    files: usize,
    safe: usize,
    unsafe_: usize,
    refused: usize,
    applied: usize,
}

#[test]
fn the_summary_is_as_committed() {
    let Some(files) = corpus() else { return };
    let results = in_parallel(&files, |file| {
        let text = source(file)?;
        let report = lint(
            &text,
            &Settings::default(),
            &Facts::default(),
            Company::Together,
        );
        let outcome = fixed(&text, Applicability::Safe);
        let mut counts: BTreeMap<&'static str, Count> = BTreeMap::new();
        for finding in &report.findings {
            let count = counts.entry(finding.rule.id).or_default();
            count.files = 1;
            count.findings += 1;
            match finding.fix.as_ref().map(|fix| fix.applicability) {
                Some(Applicability::Safe) => count.safe += 1,
                Some(Applicability::Unsafe) => count.unsafe_ += 1,
                Some(Applicability::Manual) | None => {}
            }
        }
        for applied in &outcome.applied {
            counts.entry(applied.rule.id).or_default().applied += 1;
        }
        for refusal in &outcome.refused {
            counts.entry(refusal.rule.id).or_default().refused += 1;
        }
        Some((!report.errors.is_empty(), outcome.changed, counts))
    });
    let (mut unreadable, mut broken, mut changed) = (0, 0, 0);
    let mut total: BTreeMap<&'static str, Count> = BTreeMap::new();
    for result in results {
        let Some((has_errors, was_changed, counts)) = result else {
            unreadable += 1;
            continue;
        };
        broken += usize::from(has_errors);
        changed += usize::from(was_changed);
        for (rule, count) in counts {
            let sum = total.entry(rule).or_default();
            sum.findings += count.findings;
            sum.files += count.files;
            sum.safe += count.safe;
            sum.unsafe_ += count.unsafe_;
            sum.refused += count.refused;
            sum.applied += count.applied;
        }
    }
    let mut summary = format!(
        "files {}, unreadable {unreadable}, with syntax errors {broken}, changed by safe fixes {changed}\n\n",
        files.len()
    );
    let columns = ["findings", "files", "safe", "unsafe", "applied", "refused"];
    let _ = write!(summary, "{:<28}", "rule");
    for column in columns {
        let _ = write!(summary, "{column:>9}");
    }
    summary.push('\n');
    for (rule, count) in total {
        let _ = write!(summary, "{rule:<28}");
        for number in [
            count.findings,
            count.files,
            count.safe,
            count.unsafe_,
            count.applied,
            count.refused,
        ] {
            let _ = write!(summary, "{number:>9}");
        }
        summary.push('\n');
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus-summary.txt");
    if std::env::var_os("DFIX_UPDATE").is_some() {
        std::fs::write(path, &summary).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        committed, summary,
        "the reach of a rule changed; review it and set DFIX_UPDATE=1"
    );
}
