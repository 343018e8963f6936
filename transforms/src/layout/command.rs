//! Edits of the commands and words of a RUN.

use dfix_syntax::TextRange;

use super::Layout;
use crate::Edit;
use crate::model::{AndOr, Form, Instruction, InstructionKind};

/// An operand that an edit adds, with the comment lines above it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Operand<'t> {
    /// The word as it will stand there.
    pub(crate) text: &'t str,
    /// The comments, each from `#` on.
    pub(crate) comments: Vec<&'t str>,
}

impl<'t> Operand<'t> {
    /// An operand without comments.
    pub(crate) fn plain(text: &'t str) -> Self {
        Self {
            text,
            comments: Vec::new(),
        }
    }
}

impl Layout<'_> {
    /// Appends a command to a RUN with `&&`, on a line of its own. `None` where the text doesn't end in a command that
    /// could be followed by one: exec form, heredoc, an unknown shell, a shell comment that would swallow it, an
    /// operator at the end. In `a || b` the new command runs after either, since both operators bind alike.
    pub(crate) fn append_command(&self, run: &Instruction, command: &str) -> Option<Edit> {
        let end = open_end(run)?;
        let style = self.style(run);
        Some(Edit::insert(end.end(), style.and([]) + command))
    }

    /// Joins two RUN instructions, the second directly after the first: what stands between the last byte of the first
    /// command and the first byte of the second becomes an `&&` with a line break. Comment lines between them stay,
    /// above the second command; blank lines go, since they may not stand inside an instruction. The flags of the
    /// second go with its keyword. `None` where [`Layout::append_command`] could not append either.
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

    /// Appends operands behind a word: on its line, or each on a line of its own when the word stands so or an operand
    /// has comments.
    pub(crate) fn append_operands(
        &self,
        run: &Instruction,
        after: TextRange,
        operands: &[Operand<'_>],
    ) -> Edit {
        let before = self.before_on_line(after.start());
        let first_line = self.line_start(after.start()) <= run.keyword.start();
        let own_line = !first_line && before.trim().is_empty();
        let broken = own_line || operands.iter().any(|operand| !operand.comments.is_empty());
        let style = self.style(run);
        let indent = match own_line {
            true => before,
            false => &style.operand_indent,
        };
        let mut text = String::new();
        for operand in operands {
            if broken {
                text.push_str(&style.line_break());
                for comment in &operand.comments {
                    text.push_str(indent);
                    text.push_str(comment);
                    text.push_str(style.eol);
                }
                text.push_str(indent);
            } else {
                text.push(' ');
            }
            text.push_str(operand.text);
        }
        Edit::insert(after.end(), text)
    }

    /// Removes a word of a command with the blanks before it, or with its physical line when it stands alone there.
    pub(crate) fn remove_word(&self, run: &Instruction, word: TextRange) -> Edit {
        let before = self.before_on_line(word.start());
        let after = self.after_on_line(word.end());
        let is_blank = |character: char| matches!(character, ' ' | '\t');
        let first_line = self.line_start(word.start()) <= run.keyword.start();
        if first_line || !before.trim().is_empty() {
            let blanks = before.len() - before.trim_end_matches(is_blank).len();
            let start = word.start() - super::size(blanks);
            return Edit::delete(TextRange::new(start, word.end()));
        }
        let rest = after.trim();
        if rest.strip_suffix(self.analysis.escape) == Some("") {
            let line = TextRange::new(self.line_start(word.start()), self.line_end(word.end()));
            return Edit::delete(line);
        }
        if !rest.is_empty() {
            let blanks = after.len() - after.trim_start_matches(is_blank).len();
            let end = word.end() + super::size(blanks);
            return Edit::delete(TextRange::new(word.start(), end));
        }
        // The last line of the instruction: the break above it goes too, unless a comment stands between.
        let mut above = run.breaks.iter().rev();
        let broken = above.find(|part| part.range.end() <= word.start());
        match broken {
            Some(part) if part.range.end() == self.line_start(word.start()) => {
                let kept = self.before_on_line(part.range.start()).trim_end();
                let start = self.line_start(part.range.start()) + super::size(kept.len());
                Edit::delete(TextRange::new(start, word.end()))
            }
            _ => Edit::delete(word),
        }
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
