//! The layout of a file: indentation, blanks and blank lines, and the letter case of keywords. Nothing that the builder
//! or a shell would read differently.
//!
//! [`format()`] makes edits from what the tree says about blanks, and then looks at the result as if it came from
//! somebody else: it is parsed again, has to consist of the same constructs, words and comments (`same.rs`), and has to be
//! proven to build the same image. A file with errors, and an instruction that people and the builder read in different
//! ways ([`Analysis::freeze`]), are left alone.

mod indent;
mod lines;
mod newline;
mod options;
mod page;
mod same;
#[cfg(test)]
mod tests;

pub use options::{FormatOptions, Indent, KeywordCase};

use dfix_syntax::{GreenNodeRef, NodeOrToken, SourceText, TextRange, TextSize};

use crate::edit::apply_edits;
use crate::layout::keywords_are_lower;
use crate::model::{Analysis, Args, Instruction, InstructionKind};
use crate::proof::{Verdict, prove};
use crate::{Edit, Facts, Settings};
use indent::{Groups, Indentation, Votes, width};
use lines::{Content, Sketch, sketch};

pub use newline::format_on_newline;

/// The edits that lay out a file: sorted, disjoint, without touching neighbours, and none for what is laid out already.
pub fn format(analysis: &Analysis, options: &FormatOptions) -> Vec<Edit> {
    verified(analysis, |scripts| edits(analysis, options, scripts))
}

/// The edits of [`format`] that are inside the instructions which a range meets, the comments directly above these
/// included, or between two of them.
pub fn format_range(analysis: &Analysis, options: &FormatOptions, range: TextRange) -> Vec<Edit> {
    let block = |instruction: &Instruction| {
        let start = match instruction.comments.first() {
            Some(comment) => page::line_start(&analysis.source, comment.start()),
            None => instruction.lines.start(),
        };
        TextRange::new(start, instruction.lines.end())
    };
    // What ends where the range starts isn't in it, nor is what starts where it ends; an empty range is a cursor.
    let meets = |block: &TextRange| match range.is_empty() {
        true => block.contains_inclusive(range.start()),
        false => block.start() < range.end() && range.start() < block.end(),
    };
    let blocks = analysis.instructions.iter().map(block).filter(meets);
    let Some(hull) = blocks.reduce(TextRange::cover) else {
        return Vec::new();
    };
    verified(analysis, |scripts| {
        let mut edits = edits(analysis, options, scripts);
        edits.retain(|edit| hull.contains_range(edit.range));
        edits
    })
}

/// Whether the blanks between the words of scripts may be edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scripts {
    Edit,
    Keep,
}

/// The edits, if the result says the same and is proven to build the same image. What the proof doesn't follow, such as a
/// script with an alias, is seldom: then all scripts stay as they are.
fn verified(analysis: &Analysis, make: impl Fn(Scripts) -> Vec<Edit>) -> Vec<Edit> {
    for scripts in [Scripts::Edit, Scripts::Keep] {
        let edits = make(scripts);
        if edits.is_empty() || holds(analysis, &edits) {
            return edits;
        }
    }
    Vec::new()
}

fn holds(analysis: &Analysis, edits: &[Edit]) -> bool {
    let text = apply_edits(&analysis.source, edits);
    let Ok(source) = SourceText::new(text.as_bytes()) else {
        return false;
    };
    let settings = Settings::default();
    let after = analysis.edited(source, &settings);
    let same = same::same(analysis.parse(), after.parse());
    debug_assert!(same, "the layout changes what is said");
    same && matches!(
        prove(analysis, &after, &[], &settings, &Facts::default()),
        Verdict::Equivalent(_)
    )
}

/// The edits so far, and what they are about.
struct Draft<'a> {
    analysis: &'a Analysis,
    options: &'a FormatOptions,
    edits: Vec<Edit>,
}

fn edits(analysis: &Analysis, options: &FormatOptions, scripts: Scripts) -> Vec<Edit> {
    if !is_understood(analysis) {
        return Vec::new();
    }
    let mut draft = Draft {
        analysis,
        options,
        edits: Vec::new(),
    };
    let layout = Layout::new(analysis, options, scripts);
    for body in &layout.bodies {
        draft.instruction(body, &layout.style);
    }
    draft.keywords();
    page::page(&mut draft);
    draft.finish()
}

/// Whether the file is one that dfix reads as its builder does.
fn is_understood(analysis: &Analysis) -> bool {
    let syntax = analysis.syntax.as_ref();
    analysis.errors.is_empty()
        && syntax.is_none_or(|(_, image)| dfix_syntax::is_known_frontend(image))
}

/// What the instructions of a file show.
struct Layout<'a> {
    bodies: Vec<Body<'a>>,
    style: Indentation,
}

/// An instruction that may be laid out.
struct Body<'a> {
    instruction: &'a Instruction,
    sketch: Sketch,
    groups: Groups,
}

impl<'a> Layout<'a> {
    fn new(analysis: &'a Analysis, options: &FormatOptions, scripts: Scripts) -> Self {
        Self::of(analysis, options, scripts, |_| true)
    }

    /// What the other instructions show.
    fn without(analysis: &'a Analysis, options: &FormatOptions, left_out: &Instruction) -> Self {
        Self::of(analysis, options, Scripts::Edit, |instruction| {
            instruction.index != left_out.index
        })
    }

    fn of(
        analysis: &'a Analysis,
        options: &FormatOptions,
        scripts: Scripts,
        takes: impl Fn(&Instruction) -> bool,
    ) -> Self {
        let nodes = instruction_nodes(analysis);
        let mut votes = Votes::default();
        let mut bodies = Vec::new();
        for (instruction, node) in analysis.instructions.iter().zip(nodes) {
            if analysis.freeze(instruction).is_some() || !takes(instruction) {
                continue;
            }
            let kept = scripts == Scripts::Keep && instruction.kind == InstructionKind::Run;
            let verbatim = kept || is_foreign(analysis, instruction);
            let sketch = sketch(node, verbatim, analysis.escape);
            let groups = Groups::new(&analysis.source, &sketch, options.tab(), &mut votes);
            bodies.push(Body {
                instruction,
                sketch,
                groups,
            });
        }
        Self {
            bodies,
            style: Indentation::new(&votes, options),
        }
    }
}

impl<'a> Body<'a> {
    /// An instruction by itself, frozen or not.
    fn new(
        analysis: &Analysis,
        options: &FormatOptions,
        instruction: &'a Instruction,
    ) -> Option<Self> {
        let node = instruction_nodes(analysis).nth(instruction.index)?;
        let verbatim = is_foreign(analysis, instruction);
        let sketch = sketch(node, verbatim, analysis.escape);
        let mut own = Votes::default();
        Some(Self {
            instruction,
            groups: Groups::new(&analysis.source, &sketch, options.tab(), &mut own),
            sketch,
        })
    }
}

/// The nodes of [`Analysis::instructions`].
fn instruction_nodes(analysis: &Analysis) -> impl Iterator<Item = GreenNodeRef<'_>> {
    let children = analysis.parse().green().children();
    children.filter_map(|child| match child {
        NodeOrToken::Node(node) if node.kind().is_instruction() => Some(node),
        _ => None,
    })
}

/// Whether an instruction is one for Windows: what shells there make of blanks isn't known.
fn is_foreign(analysis: &Analysis, instruction: &Instruction) -> bool {
    let stage = instruction
        .stage
        .and_then(|stage| analysis.stages.get(stage));
    stage.is_some_and(|stage| stage.windows)
}

impl Draft<'_> {
    fn instruction(&mut self, body: &Body<'_>, style: &Indentation) {
        let lines = &body.sketch.lines;
        self.edits.extend(body.sketch.inside.iter().cloned());
        let columns = body.groups.resolve(lines, style);
        let written = body.groups.columns();
        // By how many columns the ends of lines move.
        let mut shifts: Vec<isize> = vec![0; lines.len()];
        for (number, line) in lines.iter().enumerate() {
            let new = columns.get(number).copied().flatten();
            match line.content {
                Content::Blank => self.trim(line.indent),
                _ if !line.free => {}
                _ => {
                    let Some(new) = new else { continue };
                    self.replace(line.indent, style.text(new));
                    let old = written.get(number).copied().unwrap_or(new);
                    if let Some(shift) = shifts.get_mut(number) {
                        *shift = new.cast_signed() - old.cast_signed();
                    }
                }
            }
        }
        for edit in &body.sketch.inside {
            let end = lines.partition_point(|line| line.indent.start() <= edit.range.start());
            if let Some(shift) = shifts.get_mut(end.saturating_sub(1)) {
                let (_, removed) = self.measure(edit.range);
                *shift += edit.insert.len().cast_signed() - removed.cast_signed();
            }
        }
        self.gaps(body, &shifts);
        if let Some(trailing) = body.sketch.trailing {
            self.trim(trailing);
        }
        self.breaks(body.instruction);
    }

    /// Makes one blank before each escape token, unless the author has put them into one column.
    fn gaps(&mut self, body: &Body<'_>, shifts: &[isize]) {
        let gaps: Vec<Gap> = body
            .sketch
            .lines
            .iter()
            .zip(shifts)
            .filter(|(line, _)| line.content != Content::Escape)
            .filter_map(|(line, shift)| {
                let range = line.gap?;
                let (from, width) = self.measure(range);
                Some(Gap {
                    range,
                    width,
                    column: from + width,
                    shifted: width.saturating_add_signed(-shift).max(1),
                })
            })
            .collect();
        let wide = gaps.iter().filter(|gap| gap.width > 1);
        let column = wide.clone().map(|gap| gap.column).next();
        let in_column = |gap: &Gap| Some(gap.column) == column;
        let still_wide = gaps.iter().filter(|gap| in_column(gap) && gap.shifted > 1);
        let aligned = wide.clone().all(in_column) && still_wide.count() > 1;
        for gap in gaps {
            match aligned && in_column(&gap) {
                true if gap.shifted == gap.width => {}
                true => self.replace(gap.range, " ".repeat(gap.shifted)),
                false => self.replace(gap.range, " ".to_owned()),
            }
        }
    }

    /// The column at which a stretch of a line begins, and its width.
    fn measure(&self, range: TextRange) -> (usize, usize) {
        let start = page::line_start(&self.analysis.source, range.start());
        let before = self.analysis.text(TextRange::new(start, range.start()));
        let column = width(before, 0, self.options.tab());
        let width = width(self.analysis.text(range), column, self.options.tab());
        (column, width)
    }

    /// Removes the blanks behind escape tokens and comments.
    fn breaks(&mut self, instruction: &Instruction) {
        for part in &instruction.breaks {
            let text = self.analysis.text(part.range);
            let text = text.trim_end_matches(['\r', '\n']);
            let kept = text.trim_end_matches([' ', '\t']);
            let start = part.range.start();
            if !kept.is_empty() {
                let blanks = TextRange::new(TextSize::of(kept), TextSize::of(text)) + start;
                self.trim(blanks);
            }
        }
    }

    fn keywords(&mut self) {
        let analysis = self.analysis;
        let lower = match self.options.keyword_case {
            KeywordCase::Consistent => keywords_are_lower(analysis),
            KeywordCase::Upper => false,
            KeywordCase::Lower => true,
            KeywordCase::Preserve => return,
        };
        for instruction in &analysis.instructions {
            if analysis.freeze(instruction).is_some() {
                continue;
            }
            let as_keyword = match &instruction.args {
                Args::From { as_keyword, .. } if !is_foreign(analysis, instruction) => *as_keyword,
                _ => None,
            };
            for range in [Some(instruction.keyword), as_keyword]
                .into_iter()
                .flatten()
            {
                let keyword = analysis.text(range);
                // A continuation may break it.
                if keyword.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                    self.replace(
                        range,
                        match lower {
                            true => keyword.to_ascii_lowercase(),
                            false => keyword.to_ascii_uppercase(),
                        },
                    );
                }
            }
        }
    }

    /// Keeps the first of some neighbouring blank lines, without blanks, and deletes the others.
    fn keep_lines(&mut self, lines: &[TextRange], keep: usize) {
        let (kept, extra) = lines.split_at(keep.min(lines.len()));
        for line in kept {
            let text = self.analysis.text(*line);
            let blanks = TextSize::of(text.trim_end_matches(['\r', '\n']));
            self.trim(TextRange::at(line.start(), blanks));
        }
        if let (Some(first), Some(last)) = (extra.first(), extra.last()) {
            self.edits.push(Edit::delete(first.cover(*last)));
        }
    }

    fn replace(&mut self, range: TextRange, text: String) {
        if self.analysis.text(range) != text {
            self.edits.push(Edit::replace(range, text));
        }
    }

    /// Deletes a margin, if it consists of spaces and tabs.
    fn delete_blanks(&mut self, range: TextRange) {
        let text = self.analysis.text(range);
        if !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
            self.edits.push(Edit::delete(range));
        }
    }

    /// Deletes blanks at the end of a line.
    fn trim(&mut self, range: TextRange) {
        if self.options.trim_trailing_blanks {
            self.delete_blanks(range);
        }
    }

    /// The edits in order; neighbours that touch become one.
    fn finish(self) -> Vec<Edit> {
        let mut edits = self.edits;
        edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
        let mut merged: Vec<Edit> = Vec::with_capacity(edits.len());
        for edit in edits {
            match merged.last_mut() {
                Some(last) if last.range.end() >= edit.range.start() => {
                    last.range = last.range.cover(edit.range);
                    last.insert.push_str(&edit.insert);
                }
                _ => merged.push(edit),
            }
        }
        merged
    }
}

/// The blanks before an escape token.
struct Gap {
    range: TextRange,
    width: usize,
    /// Where the escape token stands.
    column: usize,
    /// The width that keeps it there.
    shifted: usize,
}
