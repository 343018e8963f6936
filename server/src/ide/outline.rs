//! The outline of a file: its stages, and what stands in them.

use dfix_syntax::TextRange;
use dfix_transforms::model::{Analysis, Args, Base, Instruction, InstructionKind, Stage};

use super::File;

/// How many characters of an instruction's arguments its name shows.
const SHOWN: usize = 48;
/// How many bytes are looked at for them.
const LOOKED_AT: usize = 400;

/// An entry of the outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub name: String,
    /// What a stage is built from.
    pub detail: Option<String>,
    pub kind: EntryKind,
    /// All of it.
    pub range: TextRange,
    /// What to show of it; inside `range`.
    pub focus: TextRange,
    /// The instructions of a stage.
    pub children: Vec<Entry>,
}

/// What an entry stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Stage,
    Instruction(InstructionKind),
}

/// The outline of a file, in source order.
pub(crate) fn outline(file: File<'_>) -> Vec<Entry> {
    let analysis = file.analysis;
    let all = analysis.instructions.len();
    let first = analysis.stages.first().map_or(all, |stage| stage.from);
    let before = analysis.instructions.iter().take(first);
    let before = before.map(|found| instruction(analysis, found));
    before.chain(stages(analysis)).collect()
}

/// The stages of a file alone.
pub(crate) fn stages(analysis: &Analysis) -> impl Iterator<Item = Entry> + '_ {
    analysis
        .stages
        .iter()
        .filter_map(|found| stage(analysis, found))
}

/// Where a stage's name is written.
pub(crate) fn name_range(analysis: &Analysis, stage: &Stage) -> Option<TextRange> {
    match &analysis.instructions.get(stage.from)?.args {
        Args::From { name, .. } => name.as_ref().map(|name| name.range),
        _ => None,
    }
}

/// From the FROM of a stage to the end of its last instruction.
pub(crate) fn stage_range(analysis: &Analysis, stage: &Stage) -> Option<TextRange> {
    let from = analysis.instructions.get(stage.from)?;
    let own = analysis.stage_instructions(stage.index).next_back();
    Some(from.range.cover(body(analysis, own.unwrap_or(from))))
}

fn stage(analysis: &Analysis, stage: &Stage) -> Option<Entry> {
    let from = analysis.instructions.get(stage.from)?;
    let (base, name) = match &from.args {
        Args::From { image, name, .. } => (Some(image.range), name.as_ref().map(|name| name.range)),
        _ => (None, None),
    };
    let shown = match (&stage.base, base) {
        (Base::Scratch, _) => "scratch",
        (_, Some(base)) => analysis.text(base),
        (_, None) => "?",
    };
    Some(Entry {
        name: match name {
            Some(name) => analysis.text(name).to_owned(),
            None => shown.to_owned(),
        },
        detail: Some(match name {
            Some(_) => format!("FROM {shown}"),
            None => format!("stage {}", stage.index),
        }),
        kind: EntryKind::Stage,
        range: stage_range(analysis, stage)?,
        focus: name.or(base).unwrap_or(from.keyword),
        children: analysis
            .stage_instructions(stage.index)
            .map(|found| instruction(analysis, found))
            .collect(),
    })
}

fn instruction(analysis: &Analysis, instruction: &Instruction) -> Entry {
    Entry {
        name: summary(analysis, instruction),
        detail: None,
        kind: EntryKind::Instruction(instruction.kind),
        range: body(analysis, instruction),
        focus: instruction.keyword,
        children: Vec::new(),
    }
}

/// An instruction with its heredocs, without its line end.
fn body(analysis: &Analysis, instruction: &Instruction) -> TextRange {
    if instruction.heredocs.is_empty() {
        return instruction.range;
    }
    let lines = TextRange::new(instruction.range.start(), instruction.lines.end());
    let text = analysis.text(lines).trim_end_matches(['\r', '\n']);
    TextRange::at(lines.start(), dfix_syntax::TextSize::of(text))
}

/// An instruction in a few words: its keyword, and the beginning of what stands behind its flags.
fn summary(analysis: &Analysis, instruction: &Instruction) -> String {
    let mut name = analysis.text(instruction.keyword).to_ascii_uppercase();
    if let Args::Pairs(pairs) = &instruction.args {
        let names = pairs.iter().map(|pair| pair.name.text.as_str());
        shorten(names.take(20), &mut name);
        return name;
    }
    let inner = instruction.innermost();
    if inner.index == instruction.index && inner.keyword != instruction.keyword {
        name.push(' ');
        name.push_str(&analysis.text(inner.keyword).to_ascii_uppercase());
    }
    let mut at = inner.flags.last().map_or(inner.keyword, |flag| flag.range);
    at = TextRange::new(at.end(), inner.range.end().max(at.end()));
    // What continues the line, and comments inside it, are not shown.
    let mut pieces = Vec::new();
    let mut start = at.start();
    let inside = |place: &TextRange| at.contains_range(*place);
    let breaks = inner.breaks.iter().map(|found| found.range).filter(inside);
    for gap in breaks.chain([TextRange::empty(at.end())]) {
        if usize::from(gap.start() - at.start()) > LOOKED_AT || gap.start() < start {
            break;
        }
        pieces.push(analysis.text(TextRange::new(start, gap.start())));
        start = gap.end();
    }
    if pieces.is_empty() {
        let text = analysis.text(at);
        let end = text.char_indices().map(|(at, _)| at);
        let end = end.take_while(|at| *at <= LOOKED_AT).last().unwrap_or(0);
        pieces.extend(text.get(..end));
    }
    shorten(pieces.concat().split_whitespace(), &mut name);
    name
}

/// Appends words as long as there is room, and a sign for what is left out.
fn shorten<'a>(words: impl Iterator<Item = &'a str>, out: &mut String) {
    let mut shown = 0;
    for word in words {
        let length = word.chars().count();
        if shown + length > SHOWN {
            if shown == 0 {
                out.push(' ');
                out.extend(word.chars().take(SHOWN));
            }
            out.push_str(" …");
            return;
        }
        shown += length + 1;
        out.push(' ');
        out.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = testing::with_file(text, |file| {
            let mut lines = Vec::new();
            for entry in outline(file) {
                let detail = entry.detail.iter().map(|detail| format!(" ({detail})"));
                lines.push(format!("{}{}", entry.name, detail.collect::<String>()));
                lines.extend(
                    entry
                        .children
                        .iter()
                        .map(|child| format!("  {}", child.name)),
                );
            }
            lines
        });
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn stages_and_instructions() {
        check(
            "ARG V=1\nFROM golang:$V AS Build\nRUN --network=none apt-get update && \\\n  # why\n  apt-get install -y curl\n\
             FROM scratch\nCOPY --from=build /a /b\nENV A=1 B=2\nONBUILD USER app\n",
            &[
                "ARG V",
                "Build (FROM golang:$V)",
                "  RUN apt-get update && apt-get install -y curl",
                "scratch (stage 1)",
                "  COPY /a /b",
                "  ENV A B",
                "  ONBUILD USER app",
            ],
        );
    }

    #[test]
    fn long_ones_are_cut() {
        check(
            "from a\nrun apt-get install -y one two three four five six seven eight nine\nrun <<E\nx\nE\n",
            &[
                "a (stage 0)",
                "  RUN apt-get install -y one two three four five six …",
                "  RUN <<E",
            ],
        );
        let long = format!("FROM a\nWORKDIR /{}\n", "é".repeat(1000));
        let shown = format!("  WORKDIR /{} …", "é".repeat(47));
        check(&long, &["a (stage 0)", &shown]);
    }

    #[test]
    fn broken_files() {
        check("RUN x\n", &["RUN x"]);
        check("FROM\nRUN\n", &["? (stage 0)", "  RUN"]);
        check("", &[]);
    }

    #[test]
    fn entries_nest() {
        testing::samples(|text, file| {
            fn nested(entries: &[Entry], outer: TextRange) {
                let mut at = outer.start();
                for entry in entries {
                    assert!(outer.contains_range(entry.range) && entry.range.start() >= at);
                    assert!(entry.range.contains_range(entry.focus), "{entry:?}");
                    at = entry.range.end();
                    nested(&entry.children, entry.range);
                }
            }
            nested(
                &outline(file),
                TextRange::up_to(dfix_syntax::TextSize::of(text)),
            );
        });
    }
}
