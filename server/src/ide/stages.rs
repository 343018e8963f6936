//! Where stages are named.

use dfix_syntax::{TextRange, TextSize};
use dfix_transforms::model::{Analysis, Args, Stage};

use super::outline;

/// A place that names a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StagePlace {
    /// The name or number as written, without quotes.
    pub range: TextRange,
    /// The stage's number.
    pub stage: usize,
    pub kind: StagePlaceKind,
}

/// How a place names a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StagePlaceKind {
    /// `AS name`
    Definition,
    /// By its name.
    Name,
    /// By its number, or through a variable: there is no name to be seen.
    Other,
}

/// All places that name stages, in source order.
pub(super) fn places(analysis: &Analysis) -> Vec<StagePlace> {
    let mut found = Vec::new();
    for stage in &analysis.stages {
        if let Some(range) = outline::name_range(analysis, stage) {
            found.push(StagePlace {
                range,
                stage: stage.index,
                kind: StagePlaceKind::Definition,
            });
        }
        let children = stage.children.iter();
        let bases = children.filter_map(|child| base_range(analysis, *child));
        let others = stage.references.iter().map(|reference| reference.range);
        for range in bases.chain(others) {
            let (range, named) = named_in(analysis, stage, range);
            let kind = match named {
                true => StagePlaceKind::Name,
                false => StagePlaceKind::Other,
            };
            found.push(StagePlace {
                range,
                stage: stage.index,
                kind,
            });
        }
    }
    found.sort_by_key(|place| place.range.start());
    found
}

/// Where the base of a stage is written.
pub(super) fn base_range(analysis: &Analysis, stage: usize) -> Option<TextRange> {
    let from = analysis.stages.get(stage)?.from;
    match &analysis.instructions.get(from)?.args {
        Args::From { image, .. } => Some(image.range),
        _ => None,
    }
}

/// A reference without its quotes, and whether it is the stage's name.
fn named_in(analysis: &Analysis, stage: &Stage, range: TextRange) -> (TextRange, bool) {
    let text = analysis.text(range);
    let inner = text.trim_matches(['"', '\'']);
    let skipped = text.len() - text.trim_start_matches(['"', '\'']).len();
    let start = range.start() + TextSize::try_from(skipped).unwrap_or_default();
    let name = stage.name.as_deref();
    let named = name.is_some_and(|name| inner.to_lowercase() == name);
    match named {
        true => (TextRange::at(start, TextSize::of(inner)), true),
        false => (range, false),
    }
}
