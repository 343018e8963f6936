//! Edits in the author's style: what rules need to join, extend and remove lines without touching more than they mean.
//!
//! A rule reaches it as `ctx.layout`. Nothing here decides whether a rewrite is right; that is the rule's and the
//! proof's business.

mod command;
mod instruction;
mod operands;
mod quote;
mod style;
#[cfg(test)]
mod tests;

pub(crate) use instruction::Comments;
pub(crate) use operands::OperandLine;
pub(crate) use quote::{json_array, quoted, shell_word};
pub(crate) use style::{Style, keywords_are_lower};

use std::cell::OnceCell;

use dfix_syntax::{TextRange, TextSize};

use crate::Edit;
use crate::model::{Analysis, BreakKind, Instruction};

/// Writes edits for one file.
pub(crate) struct Layout<'a> {
    analysis: &'a Analysis,
    /// What the file shows; worked out when an edit needs it.
    file_style: OnceCell<Style>,
}

impl<'a> Layout<'a> {
    pub(crate) fn new(analysis: &'a Analysis) -> Self {
        Self {
            analysis,
            file_style: OnceCell::new(),
        }
    }

    /// Puts a word behind another one, on its line: `-y` behind `install`.
    pub(crate) fn insert_word(&self, after: TextRange, word: &str) -> Edit {
        Edit::insert(after.end(), format!(" {word}"))
    }

    /// The characters of a part of an instruction that the builder sees, with their places: continuations, comment
    /// lines and blank lines are left out.
    pub(crate) fn joined(
        &self,
        instruction: &Instruction,
        range: TextRange,
    ) -> impl Iterator<Item = (TextSize, char)> + use<'a> {
        let dropped: Vec<TextRange> = instruction
            .breaks
            .iter()
            .map(|part| match part.kind {
                BreakKind::Continuation | BreakKind::BlankLine => part.range,
                BreakKind::Comment => TextRange::new(
                    self.line_start(part.range.start()),
                    self.line_end(part.range.end()),
                ),
            })
            .collect();
        let mut dropped = dropped.into_iter().peekable();
        let characters = self.analysis.text(range).char_indices();
        characters.filter_map(move |(offset, character)| {
            let at = range.start() + size(offset);
            while dropped.peek().is_some_and(|range| range.end() <= at) {
                dropped.next();
            }
            let seen = dropped.peek().is_none_or(|range| !range.contains(at));
            seen.then_some((at, character))
        })
    }

    fn text(&self) -> &'a str {
        &self.analysis.source
    }

    /// The start of the physical line that holds an offset.
    pub(crate) fn line_start(&self, offset: TextSize) -> TextSize {
        let before = self.text().get(..usize::from(offset)).unwrap_or_default();
        size(before.rfind('\n').map_or(0, |at| at + 1))
    }

    /// The end of the physical line that holds an offset: after its line end, or the end of the file.
    pub(crate) fn line_end(&self, offset: TextSize) -> TextSize {
        let at = usize::from(offset);
        let after = self.text().get(at..).unwrap_or_default();
        size(
            after
                .find('\n')
                .map_or(self.text().len(), |end| at + end + 1),
        )
    }

    /// What stands between the start of its physical line and an offset.
    fn before_on_line(&self, offset: TextSize) -> &'a str {
        self.analysis
            .text(TextRange::new(self.line_start(offset), offset))
    }

    /// The comment lines that begin in a range of trivia and blank lines, each from `#` to its last visible character.
    fn comment_lines(&self, range: TextRange) -> impl Iterator<Item = &'a str> + use<'a> {
        let text = self.analysis.text(range);
        // What precedes the first line end is the rest of a line that has begun before.
        let whole_lines = match self.before_on_line(range.start()).is_empty() {
            true => text,
            false => text.split_once('\n').map_or("", |(_, lines)| lines),
        };
        whole_lines
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with('#'))
    }
}

/// A length or offset as a text size. Source texts are at most 16 MiB long.
fn size(offset: usize) -> TextSize {
    TextSize::try_from(offset).unwrap_or_default()
}

/// The blanks that a line begins with.
pub(crate) fn indentation(line: &str) -> &str {
    let end = line
        .find(|character| !matches!(character, ' ' | '\t'))
        .unwrap_or(line.len());
    line.get(..end).unwrap_or_default()
}
