//! Stages and images.

use std::collections::BTreeSet;

use dfix_transforms::model::Base;

use super::head::Head;
use super::{Completion, ItemKind};
use crate::ide::place::line;
use crate::ide::reference::images::{ALL, offer};
use crate::ide::variables::short;

/// More stages than this are not offered, the nearest come first.
const MAX: usize = 200;

/// What FROM may start from.
pub(super) fn base(head: &Head<'_>, out: &mut Completion) {
    if !tags(head, out) {
        stages(head, false, out);
        let (_, range) = head.word(is_part);
        out.add("scratch", ItemKind::Image, range, 20)
            .detail("the empty image");
        families(head, out);
    }
}

/// What `--from` may name; with `numbers` a stage's number, too.
pub(super) fn sources(head: &Head<'_>, numbers: bool, out: &mut Completion) {
    if !tags(head, out) {
        stages(head, numbers, out);
        families(head, out);
    }
}

/// The tags of the family whose name is typed; `false` where no tag is being typed.
fn tags(head: &Head<'_>, out: &mut Completion) -> bool {
    let (typed, _) = head.word(|ch| !ch.is_whitespace() && !matches!(ch, '=' | ','));
    let Some((name, _)) = typed.split_once(':') else {
        return false;
    };
    let (_, range) = head.word(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '.' | '_' | '-'));
    if let Some(offer) = offer(name) {
        for (rank, tag) in (0..).zip(offer.tags) {
            out.add(*tag, ItemKind::Value, range, rank);
        }
    }
    true
}

fn stages(head: &Head<'_>, numbers: bool, out: &mut Completion) {
    let analysis = head.file.analysis;
    let (_, range) = head.word(is_part);
    // A stage can name only those before it.
    let this = head.instruction.and_then(|instruction| instruction.stage);
    let limit = this.unwrap_or(analysis.stages.len());
    let before = analysis.stages.iter().take(limit);
    let mut names = BTreeSet::new();
    for stage in before.rev().take(MAX) {
        let Some(from) = analysis.instructions.get(stage.from) else {
            continue;
        };
        if from.keyword.start() > head.offset {
            continue;
        }
        // The nearest one is the likeliest.
        let rank = u16::try_from(limit - stage.index)
            .unwrap_or(u16::MAX)
            .min(18);
        let base = match &stage.base {
            Base::Image(value) => short(value),
            Base::Scratch => "scratch".to_owned(),
            Base::Stage(parent) => match analysis.stages.get(*parent) {
                Some(parent) => parent
                    .name
                    .as_ref()
                    .map_or_else(|| parent.index.to_string(), ToString::to_string),
                None => String::new(),
            },
        };
        let detail = format!(
            "stage {}, from {base}, {}",
            stage.index,
            line(analysis, from.keyword)
        );
        match &stage.name {
            // Of two stages of a name the nearest is offered.
            Some(name) if !names.insert(name.clone()) => {}
            Some(name) => {
                out.add(name.to_string(), ItemKind::Stage, range, rank)
                    .detail(detail);
            }
            None if numbers => {
                out.add(stage.index.to_string(), ItemKind::Stage, range, rank)
                    .detail(detail);
            }
            None => {}
        }
    }
}

fn families(head: &Head<'_>, out: &mut Completion) {
    let (_, range) = head.word(is_part);
    // A stage hides the image of its name.
    let stages: BTreeSet<String> = out
        .items
        .iter()
        .map(|item| item.label.to_string())
        .collect();
    let visible = ALL.iter().filter(|offer| !stages.contains(offer.name));
    for (rank, offer) in (30..).zip(visible) {
        out.add(offer.name, ItemKind::Image, range, rank)
            .detail(offer.summary);
    }
}

/// Characters of an image's name, its tag not included.
fn is_part(ch: char) -> bool {
    ch.is_ascii_alphanumeric() || matches!(ch, '/' | '.' | '_' | '-')
}
