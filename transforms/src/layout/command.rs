//! Edits of the commands and words of a RUN.

use dfix_syntax::TextRange;

use super::Layout;
use crate::Edit;
use crate::model::{AndOr, Form, Instruction, InstructionKind};

impl Layout<'_> {
    /// Joins two RUN instructions, the second directly after the first: what stands between the last byte of the first
    /// command and the first byte of the second becomes an `&&` with a line break. Comment lines between them stay,
    /// above the second command; blank lines go, since they may not stand inside an instruction. The flags of the
    /// second go with its keyword. `None` where one of the texts doesn't begin or end with a command that could be joined: exec
    /// form, heredoc, an unknown shell, a shell comment that would swallow what follows, an operator at the end. In
    /// `a || b` the second RUN runs after either, since both operators bind alike.
    pub(crate) fn join_runs(&self, first: &Instruction, second: &Instruction) -> Option<Edit> {
        let first_end = open_end(first)?.end();
        let second_start = shell_text(second)?.start();
        if second.index != first.index + 1 || second_start < first_end {
            return None;
        }
        let between = TextRange::new(first_end, second_start);
        let mut style = self.style(first);
        let own = self.style(second);
        // A one-line RUN has no style of its own; the other one may have.
        if first.breaks.is_empty() {
            style = own;
        }
        let glue = style.and(self.comment_lines(between));
        Some(Edit::replace(between, glue))
    }

    /// The comments that [`Layout::join_runs`] would keep: those between the end of one instruction's text and the start
    /// of another's. For rules that join in their own way.
    pub(crate) fn comments_between(&self, between: TextRange) -> Vec<&str> {
        self.comment_lines(between).collect()
    }

    /// Removes the first commands of an `&&` list with the operators behind them. Comment lines behind them stay. `None`
    /// when no command would be left.
    pub(crate) fn remove_first_commands(
        &self,
        run: &Instruction,
        list: &AndOr,
        count: usize,
    ) -> Option<Edit> {
        let start = list.first.range.start();
        let next = list.pipelines().nth(count)?.range.start();
        let mut kept = String::new();
        let comments: Vec<&str> = self.comment_lines(TextRange::new(start, next)).collect();
        if !comments.is_empty() {
            let style = self.style(run);
            kept.push(style.escape);
            kept.push_str(style.eol);
            for comment in comments {
                kept.push_str(style.comment_indent());
                kept.push_str(comment);
                kept.push_str(style.eol);
            }
            kept.push_str(style.comment_indent());
        }
        Some(Edit::replace(TextRange::new(start, next), kept))
    }

    /// Removes one command of an `&&` list with the operator that joins it. Comment lines around it stay. `None` when it
    /// is the only one, or the last one with a comment line above it, since nothing would follow the comment.
    pub(crate) fn remove_command(
        &self,
        run: &Instruction,
        list: &AndOr,
        number: usize,
    ) -> Option<Edit> {
        let pipelines: Vec<TextRange> = list.pipelines().map(|pipeline| pipeline.range).collect();
        let this = *pipelines.get(number)?;
        let previous = number
            .checked_sub(1)
            .and_then(|number| pipelines.get(number));
        let next = pipelines.get(number + 1);
        let style = self.style(run);
        let comments_of = |range: TextRange| {
            let comments: Vec<&str> = self.comment_lines(range).collect();
            comments
        };
        match (previous, next) {
            (None, None) => None,
            (None, Some(_)) => self.remove_first_commands(run, list, 1),
            (Some(previous), None) => {
                let above = TextRange::new(previous.end(), this.start());
                comments_of(above)
                    .is_empty()
                    .then(|| Edit::delete(TextRange::new(previous.end(), this.end())))
            }
            (Some(previous), Some(next)) => {
                let above = comments_of(TextRange::new(previous.end(), this.start()));
                if above.is_empty() {
                    // What stands between this command and the next keeps its own look.
                    return Some(Edit::delete(TextRange::new(previous.end(), this.end())));
                }
                let below = comments_of(TextRange::new(this.end(), next.start()));
                let glue = style.and(above.into_iter().chain(below));
                let range = TextRange::new(previous.end(), next.start());
                Some(Edit::replace(range, glue))
            }
        }
    }
}

/// The shell text of a RUN, if it is one without heredocs.
fn shell_text(run: &Instruction) -> Option<TextRange> {
    let command = run.command()?;
    let shell = matches!(command.form, Form::Shell { .. });
    (run.kind == InstructionKind::Run && shell && run.heredocs.is_empty()).then_some(command.range)
}

/// The shell text of a RUN to which a command can be added.
fn open_end(run: &Instruction) -> Option<TextRange> {
    let text = shell_text(run)?;
    let script = run.script()?;
    let last = script.items.last()?;
    (script.comments.is_empty() && last.end.is_none()).then_some(text)
}
