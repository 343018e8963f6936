//! `wrap-operands`: each operand of a command, or argument of an instruction, gets a line of its own.

use std::collections::BTreeSet;

use dfix_syntax::TextRange;

use super::declare::declare_refactoring;
use super::{Draft, Target};
use crate::Edit;
use crate::commands::{Invocation, Operand, Operands};
use crate::layout::Style;
use crate::model::{Args, Instruction, ShellWord, SimpleCommand};

declare_refactoring! {
    /// Puts each operand of a command, or each argument of an instruction, on a line of its own.
    ///
    /// The cursor stands in a command of a `RUN`, or in a `COPY`, `ADD`, `ENV`, `LABEL`, `ARG`, `EXPOSE` or `VOLUME`. An
    /// option stays with its value. The words stay the same, and so does their order.
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y git curl$0 make
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y \
    ///     git \
    ///     curl \
    ///     make
    /// ```
    KIND: "wrap-operands"
}

fn draft(target: &Target<'_>) -> Option<Draft> {
    let instruction = target.one()?;
    let (title, list) = match target.command_at() {
        Some(command) => ("Put each operand on its own line", of_command(command)?),
        None => (
            "Put each argument on its own line",
            of_arguments(instruction)?,
        ),
    };
    let style = target.ctx.layout.style(instruction);
    let text = on_lines(&style, &list.with_comments(target)?, list.first_stays);
    let range = list.range()?;
    (target.ctx.analysis.text(range) != text)
        .then(|| Draft::new(title, vec![Edit::replace(range, text)]))
}

/// Parts of an instruction that get lines of their own.
#[derive(Debug)]
pub(super) struct List {
    /// What stands before them: the end of the last word of its line.
    pub(super) head: TextRange,
    /// Whether the first part stays in that line.
    pub(super) first_stays: bool,
    /// The parts in order.
    pub(super) parts: Vec<TextRange>,
}

impl List {
    /// From the end of the head to the end of the last part.
    pub(super) fn range(&self) -> Option<TextRange> {
        Some(TextRange::new(self.head.end(), self.parts.last()?.end()))
    }

    /// The texts of the parts, each with the comments above it. `None` when one of them goes on in another line.
    pub(super) fn with_comments<'c>(
        &self,
        target: &Target<'c>,
    ) -> Option<Vec<(Vec<&'c str>, &'c str)>> {
        let ctx = target.ctx;
        let mut end = self.head.end();
        let parts = self.parts.iter().map(|part| {
            let between = TextRange::new(end, part.start());
            end = part.end();
            let text = ctx.analysis.text(*part);
            (!text.contains('\n')).then(|| (ctx.layout.comments_between(between), text))
        });
        parts.collect()
    }
}

/// Parts on their lines, each with the comments above it.
pub(super) fn on_lines(style: &Style, parts: &[(Vec<&str>, &str)], first_stays: bool) -> String {
    let mut text = String::new();
    for (comments, part) in parts {
        if text.is_empty() && first_stays && comments.is_empty() {
            text.push(' ');
        } else {
            text.push_str(&style.line_break());
            for comment in comments {
                text.push_str(&format!("{}{comment}{}", style.operand_indent, style.eol));
            }
            text.push_str(&style.operand_indent);
        }
        text.push_str(part);
    }
    text
}

/// The operands of a command. Of a program that is not known, each option begins a part, and what is no option belongs to
/// the one before it.
fn of_command(command: &SimpleCommand) -> Option<List> {
    let invocation = Invocation::of(command);
    let head = invocation.map_or(0, |it| it.subcommand_word().unwrap_or(it.program_word()));
    let rest = head + 1..command.words.len();
    let is_option = |word: &ShellWord| word.text.starts_with('-');
    let mut starts: BTreeSet<usize> = BTreeSet::new();
    let mut first = head + 1;
    let known = invocation.filter(|known| {
        let operand = |it: &Operand| command.words.get(it.word).is_some_and(is_option);
        known.known_flags_only() && !known.operands().iter().any(operand)
    });
    match known {
        Some(known) => {
            starts.extend(known.operands().iter().map(|operand| operand.word));
            let flags: BTreeSet<usize> = known.flags().iter().map(|flag| flag.word).collect();
            let behind = flags.last() < starts.first();
            match known.operand_kind() == Operands::Packages && behind && !starts.is_empty() {
                true => first = starts.first().copied()?,
                false => starts.extend(flags),
            }
        }
        None if command.words.iter().skip(head + 1).any(is_option) => {
            let options = rest.filter(|at| command.words.get(*at).is_some_and(is_option));
            starts.extend(options);
        }
        None => starts.extend(rest),
    }
    starts.retain(|start| *start >= first);
    starts.insert(first);
    list(command, &starts)
}

/// Words of a command that begin parts; each part ends where the next begins.
pub(super) fn list(command: &SimpleCommand, starts: &BTreeSet<usize>) -> Option<List> {
    let first = *starts.first()?;
    let ends = starts.iter().skip(1).copied().chain([command.words.len()]);
    let parts: Option<Vec<TextRange>> = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| {
            let (first, last) = (command.words.get(*start)?, command.words.get(end - 1)?);
            Some(first.range.cover(last.range))
        })
        .collect();
    let list = List {
        head: command.words.get(first.checked_sub(1)?)?.range,
        first_stays: false,
        parts: parts.filter(|parts| parts.len() > 1)?,
    };
    let whole = list.range()?;
    let mut redirects = command.redirects.iter();
    (!redirects.any(|redirect| whole.contains_range(redirect.range))).then_some(list)
}

fn of_arguments(instruction: &Instruction) -> Option<List> {
    let parts: Vec<TextRange> = match &instruction.args {
        Args::Copy {
            sources,
            dest,
            json: false,
        } => {
            let words = sources.iter().chain([dest]);
            words.map(|word| word.range).collect()
        }
        Args::Pairs(pairs) if pairs.iter().all(|pair| !pair.legacy) => {
            pairs.iter().map(|pair| pair.range).collect()
        }
        Args::Words { words, json: false } => words.iter().map(|word| word.range).collect(),
        _ => return None,
    };
    let flags = instruction.flags.last().map(|flag| flag.range);
    (parts.len() > 1).then_some(List {
        head: flags.unwrap_or(instruction.keyword),
        first_stays: true,
        parts,
    })
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::refactor::testing::{check, check_none};

    fn wraps(before: &str, after: &str) {
        check(
            &KIND,
            &format!("FROM debian:12\n{before}\n"),
            &format!("FROM debian:12\n{after}\n"),
        );
    }

    #[test]
    fn commands() {
        wraps("RUN apk add $0a b", "RUN apk add \\\n    a \\\n    b");
        wraps("RUN a b$0 c && d e f", "RUN a \\\n    b \\\n    c && d e f");
        wraps(
            "RUN ./configure$0 --a b --c d=e f \\\n && make",
            "RUN ./configure \\\n    --a b \\\n    --c d=e f \\\n && make",
        );
        wraps(
            "RUN curl -fsSL -o $0/a https://example.org/a",
            "RUN curl \\\n    -fsSL \\\n    -o /a \\\n    https://example.org/a",
        );
        wraps(
            "RUN if a; then pip install$0 b c; fi",
            "RUN if a; then pip install \\\n    b \\\n    c; fi",
        );
        wraps("RUN a $0b c > d", "RUN a \\\n    b \\\n    c > d");
        wraps(
            "RUN x \\\n      y\nRUN a \\\n  # b\n  $0c d",
            "RUN x \\\n      y\nRUN a \\\n  # b\n  c \\\n  d",
        );
    }

    #[test]
    fn unknown_shells_too() {
        check(
            &KIND,
            "FROM example.org/a\nRUN a $0b c\n",
            "FROM example.org/a\nRUN a \\\n    b \\\n    c\n",
        );
    }

    #[test]
    fn instructions() {
        wraps(
            "ENV A=b C='d e'$0 F=$A",
            "ENV A=b \\\n    C='d e' \\\n    F=$A",
        );
        wraps(
            "COPY --link a$0 b /c/",
            "COPY --link a \\\n    b \\\n    /c/",
        );
        wraps("EXPOSE 1 2/udp$0", "EXPOSE 1 \\\n    2/udp");
        wraps(
            "LABEL \\\n  # a\n  b=c $0d=e",
            "LABEL \\\n  # a\n  b=c \\\n  d=e",
        );
    }

    #[test]
    fn nothing_to_do() {
        for text in [
            "RUN a $0b",
            "RUN a \\\n    b \\\n    $0c",
            "RUN a $0b > c d",
            "RUN a \"b\\\nc\" $0d",
            "RUN [\"a\", $0\"b\", \"c\"]",
            "RUN <<E\na $0b c\nE",
            "ENV A b $0c",
            "ENV A=$0b",
            "COPY [\"a\", \"b\",$0 \"c\"]",
            "WORKDIR /a $0b",
            "SHELL [\"pwsh\", \"-c\"]\nRUN a $0b c",
        ] {
            check_none(&KIND, &format!("FROM debian:12\n{text}\n"));
        }
    }
}
