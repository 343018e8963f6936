//! Edits of whole instructions.

use dfix_syntax::{TextRange, TextSize};

use super::{Layout, indentation};
use crate::Edit;
use crate::model::{BreakKind, Instruction, InstructionKind};

/// What happens to the comments of an instruction that is removed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Comments<'i> {
    /// They stay where they are and speak of what follows.
    Stay,
    /// They stay where they are, but not directly above what follows: it is not what they speak of.
    StandAlone,
    /// They go above the instruction that stands for this one from now on.
    MoveTo(&'i Instruction),
}

impl Layout<'_> {
    /// Puts a new instruction above another one and above that one's comments.
    pub(crate) fn insert_before(&self, instruction: &Instruction, line: &str) -> Edit {
        let indent = indentation(self.analysis.text(instruction.lines));
        let text = format!("{indent}{line}{}", self.analysis.eol);
        Edit::insert(self.block_start(instruction), text)
    }

    /// Moves an instruction with its comments above another one that stands before it, and above that one's comments.
    pub(crate) fn move_before(&self, instruction: &Instruction, target: &Instruction) -> Vec<Edit> {
        let block = TextRange::new(self.block_start(instruction), instruction.lines.end());
        let mut text = self.analysis.text(block).to_owned();
        if !text.ends_with('\n') {
            text.push_str(self.analysis.eol);
        }
        vec![
            Edit::insert(self.block_start(target), text),
            Edit::delete(self.with_blank_line(block)),
        ]
    }

    /// Moves an instruction with its comments above or below another one of its stage. The blank lines between it and its
    /// neighbour on that side go with it, so that what was apart stays apart. `None` when a comment stands by itself near
    /// one of the places and speaks to a tool about what follows.
    pub(crate) fn move_past(
        &self,
        instruction: &Instruction,
        target: &Instruction,
    ) -> Option<Vec<Edit>> {
        let analysis = self.analysis;
        let up = target.index < instruction.index;
        let neighbour = |index: Option<usize>| {
            let found = analysis.instructions.get(index?)?;
            (found.kind == instruction.kind).then_some(found)
        };
        // What stands above several arguments is about all of them, and so is the blank line below them.
        let next = neighbour(Some(instruction.index + 1)).filter(|next| {
            next.lines.start() == instruction.lines.end() && next.comments.is_empty()
        });
        let speaks = |range: TextRange| {
            let text = analysis.text(range);
            ["check=", "ignore"].iter().any(|word| text.contains(word))
        };
        let heads = instruction.kind == InstructionKind::Arg
            && next.is_some()
            && !instruction.comments.iter().any(|it| speaks(*it));
        let start = match heads {
            true => instruction.lines.start(),
            false => self.block_start(instruction),
        };
        let block = TextRange::new(start, instruction.lines.end());
        let gap_above = |of: &Instruction| {
            let above = analysis.instructions.get(of.index.checked_sub(1)?)?;
            Some(TextRange::new(above.lines.end(), self.block_start(of)))
        };
        let gap_below = |of: &Instruction| {
            let end = match analysis.instructions.get(of.index + 1) {
                Some(below) => self.block_start(below),
                None => of.lines.end(),
            };
            TextRange::new(of.lines.end(), end)
        };
        let far = match up {
            true => gap_above(target)?,
            false => gap_below(target),
        };
        let (above, below) = (gap_above(instruction)?, gap_below(instruction));
        if speaks(far) || speaks(above) || speaks(below) {
            return None;
        }
        let near = if up { above } else { below };
        let blank = analysis.text(near).trim().is_empty();
        // A remark about what comes next stays apart from what comes before.
        let remark = analysis
            .instructions
            .get(instruction.index + 1)
            .is_some_and(|next| !up && !next.comments.is_empty() && above.is_empty());
        let ends_group =
            !up && above.is_empty() && neighbour(instruction.index.checked_sub(1)).is_some();
        let (gap, removed) = match blank {
            true if remark || ends_group => (analysis.text(near), block),
            true => (analysis.text(near), block.cover(near)),
            false => ("", block),
        };
        let lines = analysis.text(block);
        let eol = analysis.eol;
        let ends = |text: &str| text.ends_with('\n');
        if up {
            let end = if ends(lines) { "" } else { eol };
            let text = format!("{lines}{end}{gap}");
            return Some(vec![
                Edit::insert(self.block_start(target), text),
                Edit::delete(removed),
            ]);
        }
        let at = target.lines.end();
        let text = match ends(analysis.text(target.lines)) {
            true => format!("{gap}{lines}"),
            false => format!("{eol}{gap}{}", lines.trim_end_matches(['\n', '\r'])),
        };
        Some(vec![Edit::delete(removed), Edit::insert(at, text)])
    }

    /// Removes an instruction with all its physical lines, and one of two blank lines that would meet. What happens to
    /// the comments above and inside it is the rule's choice.
    pub(crate) fn remove_instruction(
        &self,
        instruction: &Instruction,
        comments: Comments<'_>,
    ) -> Vec<Edit> {
        let analysis = self.analysis;
        let inside: Vec<TextRange> = instruction
            .breaks
            .iter()
            .filter(|part| part.kind == BreakKind::Comment)
            .map(|part| part.range)
            .collect();
        let written = |ranges: &[TextRange], indent: &str| -> String {
            ranges
                .iter()
                .map(|range| format!("{indent}{}{}", analysis.text(*range).trim(), analysis.eol))
                .collect()
        };
        if inside.is_empty() && instruction.comments.is_empty() {
            return vec![Edit::delete(self.with_blank_line(instruction.lines))];
        }
        let lines = instruction.lines;
        match comments {
            Comments::Stay => vec![Edit::replace(lines, written(&inside, ""))],
            Comments::StandAlone => {
                let mut kept = written(&inside, "");
                let below = TextRange::new(lines.end(), self.line_end(lines.end()));
                if !analysis.text(below).trim().is_empty() {
                    kept.push_str(analysis.eol);
                }
                vec![Edit::replace(lines, kept)]
            }
            Comments::MoveTo(heir) => {
                let heir_start = self.block_start(heir);
                if inside.is_empty() && heir_start == lines.end() {
                    return vec![Edit::delete(lines)];
                }
                let range = TextRange::new(self.block_start(instruction), lines.end());
                let indent = indentation(analysis.text(heir.lines));
                let mut moved = written(&instruction.comments, indent);
                moved.push_str(&written(&inside, indent));
                vec![
                    Edit::delete(self.with_blank_line(range)),
                    Edit::insert(heir_start, moved),
                ]
            }
        }
    }

    /// The start of the first line of an instruction or of the comments above it.
    pub(crate) fn block_start(&self, instruction: &Instruction) -> TextSize {
        instruction
            .comments
            .first()
            .map_or(instruction.lines.start(), |comment| {
                self.line_start(comment.start())
            })
    }

    /// Lines that are removed, with a blank line that would follow another blank line or the start of the file.
    fn with_blank_line(&self, lines: TextRange) -> TextRange {
        let is_blank = |line: TextRange| self.analysis.text(line).trim().is_empty();
        let above = TextSize::from(u32::from(lines.start()).saturating_sub(1));
        let above = TextRange::new(self.line_start(above), lines.start());
        let below = TextRange::new(lines.end(), self.line_end(lines.end()));
        if !is_blank(above) {
            return lines;
        }
        if !below.is_empty() && is_blank(below) {
            TextRange::new(lines.start(), below.end())
        } else if below.is_empty() && !above.is_empty() {
            TextRange::new(above.start(), lines.end())
        } else {
            lines
        }
    }
}
