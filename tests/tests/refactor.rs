//! Refactorings at places of real Dockerfiles.
//!
//! The corpus is not part of the repository: see `dfix_tests::corpus`.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dfix_syntax::{SourceText, SyntaxKind, TextRange, TextSize, parse};
use dfix_tests::{CorpusFile, corpus, in_parallel};
use dfix_transforms::model::Analysis;
use dfix_transforms::refactor::{ALL, Refactoring, build, offers};
use dfix_transforms::{Applicability, Builder, Facts, Settings};

/// One file of so many is looked at.
const SAMPLE: usize = 12;

/// How many places of a file are looked at.
const PLACES: usize = 6;

/// What happened to the refactorings of one id.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    offered: usize,
    impossible: usize,
    safe: usize,
}

#[test]
fn refactorings_keep_what_they_are_not_about() {
    let Some(files) = corpus() else { return };
    let files: Vec<&CorpusFile> = files.iter().step_by(SAMPLE).collect();
    let results = in_parallel(&files, |file| {
        let Ok(source) = SourceText::new(&file.bytes) else {
            return (Vec::new(), Vec::new());
        };
        catch_unwind(AssertUnwindSafe(|| look_at(&source)))
            .unwrap_or_else(|_| (Vec::new(), vec!["panicked".to_owned()]))
    });
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let mut broken = Vec::new();
    for (file, (found, wrong)) in files.iter().zip(results) {
        for (id, count) in found {
            let sum = counts.entry(id).or_default();
            sum.offered += count.offered;
            sum.impossible += count.impossible;
            sum.safe += count.safe;
        }
        broken.extend(wrong.iter().map(|why| format!("{}: {why}", file.name)));
    }
    let shown = broken.get(..broken.len().min(20)).unwrap_or_default();
    assert!(broken.is_empty(), "{}: {shown:#?}", broken.len());
    for kind in ALL {
        let count = counts.get(kind.id).copied().unwrap_or_default();
        // What is offered and then can't be made disappoints.
        assert!(
            count.impossible * 100 <= count.offered,
            "{}: {count:?}",
            kind.id
        );
    }
}

fn look_at(source: &SourceText) -> (Vec<(&'static str, Count)>, Vec<String>) {
    let facts = Facts::default();
    let settings = Settings {
        builder: Builder::BuildKit,
        ..Settings::default()
    };
    let analysis = Analysis::new(source.clone(), &settings);
    let mut counts = Vec::new();
    let mut broken = Vec::new();
    for range in places(&analysis) {
        for offer in offers(&analysis, &settings, &facts, range) {
            let mut count = Count {
                offered: 1,
                ..Count::default()
            };
            match build(&analysis, &settings, &facts, offer.id, range) {
                None => count.impossible = 1,
                Some(made) => {
                    count.safe = usize::from(made.fix.applicability == Applicability::Safe);
                    if let Some(why) = wrong(&analysis, &made) {
                        broken.push(format!("{} at {range:?}: {why}", offer.id));
                    }
                }
            }
            counts.push((offer.id, count));
        }
    }
    (counts, broken)
}

/// The instructions, one after the other and in pairs, and places inside of them.
fn places(analysis: &Analysis) -> Vec<TextRange> {
    let all = &analysis.instructions;
    let mut places = Vec::new();
    for (instruction, next) in all.iter().zip(all.iter().skip(1).map(Some).chain([None])) {
        let (start, end) = (instruction.range.start(), instruction.range.end());
        let middle = TextSize::from((u32::from(start) + u32::from(end)) / 2);
        let three = TextSize::from((u32::from(start) + 3 * u32::from(end)) / 4);
        places.extend([start, middle, three].map(TextRange::empty));
        places.extend(next.map(|next| TextRange::new(start, next.range.end())));
    }
    let step = places.len().div_ceil(PLACES).max(1);
    places.into_iter().step_by(step).collect()
}

/// What a refactoring has lost or broken.
fn wrong(analysis: &Analysis, made: &Refactoring) -> Option<String> {
    let text = made.fix.apply(&analysis.source);
    let source = SourceText::new(text.as_bytes()).ok()?;
    let after = Analysis::new(source, &Settings::default());
    if let Some(error) = after.errors.first() {
        return Some(format!("does not parse: {}", error.message));
    }
    let has = comments(&after.source);
    let had = comments(&analysis.source);
    if let Some((lost, _)) = had
        .iter()
        .find(|(comment, count)| has.get(*comment) < Some(*count))
    {
        return Some(format!("lost the comment {lost}"));
    }
    // A file keeps its line ends, and whether it ends with one.
    let mixed = |text: &str| text.contains('\n') && text.replace("\r\n", "").contains('\n');
    if analysis.source.contains('\r') && !mixed(&analysis.source) && mixed(&text) {
        return Some("mixes line ends".to_owned());
    }
    if analysis.source.ends_with('\n') != text.ends_with('\n') {
        return Some("changes the end of the file".to_owned());
    }
    None
}

fn comments(source: &SourceText) -> BTreeMap<String, usize> {
    let kinds = [SyntaxKind::COMMENT, SyntaxKind::SH_COMMENT];
    let mut counts = BTreeMap::new();
    for element in parse(source).root().descendants_with_tokens() {
        if kinds.contains(&element.kind()) {
            *counts
                .entry(element.to_string().trim().to_owned())
                .or_default() += 1;
        }
    }
    counts
}
