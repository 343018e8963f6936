//! `empty-continuation`: no blank lines inside a continued instruction.

use dfix_syntax::TextRange;

use super::Context;
use super::declare::declare_rule;
use crate::model::{BreakKind, Instruction};
use crate::{Applicability, Edit, Finding, Fix};

declare_rule! {
    /// No blank line stands inside a continued instruction.
    ///
    /// ## Why
    ///
    /// A blank line looks like the end of an instruction, but the builder skips it and goes on. It warns about it today
    /// (NoEmptyContinuation) and has announced that it will become an error.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN echo one \
    ///
    ///  && echo two
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN echo one \
    ///  && echo two
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the builder drops the blank lines itself.
    ///
    /// ## Not reported
    ///
    /// Blank lines in the body of a heredoc: they are part of its text.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// COPY <<EOF /etc/motd
    /// one
    ///
    /// two
    /// EOF
    /// ```
    META: RuleMeta {
        id: "empty-continuation",
        aliases: ["NoEmptyContinuation"],
        group: Style,
        phase: Repair,
        severity: Warning,
        fix: Safe,
        laws: [],
        default: true,
        since: "0.1.0",
        nature: Unnecessary,
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for instruction in ctx.instructions() {
        let lines = blank_lines(instruction);
        let Some(first) = lines.first() else { continue };
        let edits = lines.iter().copied().map(Edit::delete).collect();
        let title = match lines.len() {
            1 => "Remove the blank line",
            _ => "Remove the blank lines",
        };
        let fix = Fix::new(title, Applicability::Safe, META.laws, edits);
        let message = "the instruction goes on below this blank line; builders will refuse that";
        findings.push(Finding::new(&META, *first, message).with_fix(fix));
    }
}

/// The blank lines inside an instruction, neighbours as one range.
fn blank_lines(instruction: &Instruction) -> Vec<TextRange> {
    let mut lines: Vec<TextRange> = Vec::new();
    for part in &instruction.breaks {
        if part.kind != BreakKind::BlankLine || part.range.is_empty() {
            continue;
        }
        match lines.last_mut() {
            Some(last) if last.end() == part.range.start() => *last = last.cover(part.range),
            _ => lines.push(part.range),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn comments_stay() {
        check(
            &RULE,
            "FROM a\nRUN b \\\n\n\n  # why\n  \t\n  && c\n",
            "FROM a\nRUN b \\\n  # why\n  && c\n",
        );
    }

    #[test]
    fn inside_a_quoted_text_too() {
        check(
            &RULE,
            "FROM a\nENV b=\"c\\\n\n  d\"\n",
            "FROM a\nENV b=\"c\\\n  d\"\n",
        );
    }

    #[test]
    fn blank_lines_between_instructions_stay() {
        check_silent(&RULE, "FROM a\n\nRUN b\n\n\nRUN c \\\n  d\n\n");
    }
}
