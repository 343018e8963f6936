//! Lists of operands that go on: the operands of one command joined to those of another.

use dfix_syntax::TextRange;

use super::{Layout, indentation};
use crate::model::Instruction;

/// Where a line of operands that is joined to others is broken.
const WIDTH: usize = 100;

/// Operands that stand on one line, with the comment lines above it.
#[derive(Debug, Clone, Default)]
pub(crate) struct OperandLine<'t> {
    /// The comments, each from `#` on.
    pub(crate) comments: Vec<&'t str>,
    /// The words as they will stand there.
    pub(crate) operands: Vec<&'t str>,
    /// Whether the author broke the line above it.
    pub(crate) broken: bool,
}

impl Layout<'_> {
    /// The text that puts lines of operands behind the last operand of a list in a RUN. They stand on its line as long as
    /// there is room and nothing asks for a line of their own; where the list has one operand on a line, so have they.
    /// `source` is the RUN that the operands come from.
    pub(crate) fn more_operands(
        &self,
        run: &Instruction,
        source: &Instruction,
        list: &[TextRange],
        lines: &[OperandLine<'_>],
    ) -> String {
        let Some(after) = list.last() else {
            return String::new();
        };
        let before = self.before_on_line(after.start());
        let first_line = self.line_start(after.start()) <= run.keyword.start();
        let mut own_line = !first_line && before.trim().is_empty();
        let together = |pair: &[TextRange]| match pair {
            [left, right] => self.line_start(left.start()) == self.line_start(right.start()),
            _ => false,
        };
        let one_each = own_line && !list.windows(2).any(together);
        // A RUN on one line has no style of its own; the other one may have.
        let style = match run.breaks.is_empty() {
            true => self.style(source),
            false => self.style(run),
        };
        let indent = match own_line {
            true => indentation(before).to_owned(),
            false => style.operand_indent.clone(),
        };
        let mut column = before.chars().count() + self.analysis.text(*after).chars().count();
        let mut text = String::new();
        for line in lines {
            let width: usize = line.operands.iter().map(|operand| operand.len() + 1).sum();
            let full = column + width > WIDTH;
            if own_line || full || line.broken || !line.comments.is_empty() {
                text.push_str(&style.line_break());
                for comment in &line.comments {
                    text.push_str(&indent);
                    text.push_str(comment);
                    text.push_str(style.eol);
                }
                text.push_str(&indent);
                own_line |= line.broken || !line.comments.is_empty();
                column = indent.len();
            } else {
                text.push(' ');
                column += 1;
            }
            let between = match one_each {
                true => style.line_break() + &indent,
                false => " ".to_owned(),
            };
            text.push_str(&line.operands.join(&between));
            column += width.saturating_sub(1);
        }
        text
    }
}
