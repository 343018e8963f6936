//! Why a file is not split: the line that stands in the way, and what it does.

use dfix_syntax::TextRange;

use crate::model::{Analysis, Instruction};

/// Why a file is not split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of reason, for counting: a few words in kebab-case.
    pub kind: &'static str,
    /// What stands in the way: an instruction, or a command in it.
    pub range: TextRange,
    /// The number of the line, from 1.
    pub line: usize,
    /// The reason without the line, one sentence without a full stop.
    pub reason: String,
}

impl Refusal {
    /// An instruction, or a part of it, stands in the way.
    pub(super) fn at(
        analysis: &Analysis,
        range: TextRange,
        kind: &'static str,
        reason: impl Into<String>,
    ) -> Self {
        let before = analysis.source.get(..usize::from(range.start()));
        let line = before.unwrap_or_default().matches('\n').count() + 1;
        Self {
            kind,
            range,
            line,
            reason: reason.into(),
        }
    }

    /// An instruction stands in the way.
    pub(super) fn of(
        analysis: &Analysis,
        instruction: &Instruction,
        kind: &'static str,
        reason: impl Into<String>,
    ) -> Self {
        Self::at(analysis, instruction.range, kind, reason)
    }

    /// Whether the file is as it is because somebody wants it so, and nothing stands in the way of a better one.
    pub fn is_choice(&self) -> bool {
        matches!(
            self.kind,
            "nothing-to-gain" | "no-command" | "command-builds" | "onbuild"
        )
    }

    /// The reason with its line: "line 14: `RUN ./setup.sh` may write anywhere".
    pub fn message(&self) -> String {
        format!("line {}: {}", self.line, self.reason)
    }
}

/// A piece of the file for a message: on one line, between backquotes, and not too long.
pub(super) fn quote(analysis: &Analysis, range: TextRange) -> String {
    const LONGEST: usize = 60;
    let words: Vec<&str> = analysis
        .text(range)
        .split_whitespace()
        .filter(|word| *word != "\\")
        .collect();
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}...`", text.get(..end).unwrap_or_default().trim_end()),
        None => format!("`{text}`"),
    }
}
