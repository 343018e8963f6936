//! `join-lines`: an instruction that goes on over several lines becomes one line.

use dfix_syntax::{TextRange, TextSize};

use super::declare::declare_refactoring;
use super::words::{breaks_a_word, words};
use super::{Draft, Target};
use crate::Edit;
use crate::layout::indentation;
use crate::model::BreakKind;
use crate::rules::support::joining::speaks_to_tool;

declare_refactoring! {
    /// Writes a continued instruction on one line.
    ///
    /// The comments inside of it go above it. Offered where every line break stands between two words.
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN make \
    ///     # as many as there are processors
    ///     -j $0"$(nproc)" \
    ///  && make install
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// # as many as there are processors
    /// RUN make -j "$(nproc)" && make install
    /// ```
    KIND: "join-lines"
}

fn draft(target: &Target<'_>) -> Option<Draft> {
    let instruction = target.one()?;
    let analysis = target.ctx.analysis;
    let inside = instruction
        .breaks
        .iter()
        .filter(|part| instruction.range.contains_range(part.range));
    let breaks: Vec<_> = inside.collect();
    if breaks.is_empty()
        || target.is_windows(instruction)
        || breaks_a_word(instruction, &words(instruction)?)
    {
        return None;
    }
    let mut comments = Vec::new();
    let mut edits = Vec::new();
    let mut covered = instruction.range.start();
    for part in breaks {
        if part.kind == BreakKind::Comment {
            comments.push(analysis.text(part.range).trim());
        }
        if part.range.start() < covered {
            continue;
        }
        let gap = gap(target, instruction.range, part.range.start())?;
        covered = gap.end();
        edits.push(Edit::replace(gap, " "));
    }
    // A comment above the first instruction of a file could be read as a directive.
    let movable = instruction.index > 0 && !comments.iter().any(|it| speaks_to_tool(it));
    if !comments.is_empty() && !movable {
        return None;
    }
    if !comments.is_empty() {
        let indent = indentation(analysis.text(instruction.lines));
        let lines = comments
            .iter()
            .map(|comment| format!("{indent}{comment}{}", analysis.eol))
            .collect::<String>();
        edits.push(Edit::insert(instruction.lines.start(), lines));
    }
    Some(Draft::new("Join into one line", edits))
}

/// From the last visible character before a break to the first one after it and all that directly follow it: breaks,
/// comments, blank lines, blanks.
fn gap(target: &Target<'_>, whole: TextRange, at: TextSize) -> Option<TextRange> {
    let analysis = target.ctx.analysis;
    let before = analysis.text(TextRange::new(whole.start(), at));
    let start = whole.start() + TextSize::of(before.trim_end_matches([' ', '\t']));
    let mut seen = target
        .ctx
        .layout
        .joined(target.one()?, TextRange::new(at, whole.end()));
    let (end, _) = seen.find(|(_, character)| !matches!(character, ' ' | '\t'))?;
    Some(TextRange::new(start, end))
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::refactor::testing::{check, check_none};

    fn joins(before: &str, after: &str) {
        check(
            &KIND,
            &format!("FROM debian:12\n{before}\n"),
            &format!("FROM debian:12\n{after}\n"),
        );
    }

    #[test]
    fn instructions() {
        joins("RUN a \\\n  b \\\n\\\n && c$0", "RUN a b && c");
        joins("RUN a\\\n  b;\\\nc$0", "RUN a b; c");
        joins("RUN \\\n  --network=none \\\n  a$0", "RUN --network=none a");
        joins("ENV A=b \\\n\n    C=\"d e\"$0", "ENV A=b C=\"d e\"");
        joins("COPY a \\\n  $0b \\\n  /c/", "COPY a b /c/");
        joins("CMD [ \\\n  \"a\", \\\n  \"b\"$0 ]", "CMD [ \"a\", \"b\" ]");
        joins(
            "HEALTHCHECK --retries=1 \\\n  CMD $0a",
            "HEALTHCHECK --retries=1 CMD a",
        );
        joins("RUN if a; then \\\n  b$0; fi", "RUN if a; then b; fi");
    }

    #[test]
    fn comments_go_above() {
        joins(
            "# a\n  RUN b \\\n    # c\n    d \\\n    # e\n\n    # f\n    g$0\n# h",
            "# a\n  # c\n  # e\n  # f\n  RUN b d g\n# h",
        );
    }

    #[test]
    fn inside_of_words() {
        for text in [
            "RUN a$0",
            "RUN a\\\nb$0",
            "RUN 'a \\\n b$0'",
            "RUN a \"$(b \\\n c)\"$0",
            "ENV A b \\\n c$0",
            "LABEL a=\"b \\\n c$0\"",
            "ONBUILD RUN a \\\n b$0",
            "RUN a \\\n  # hadolint ignore=DL3008\n  b$0",
            "SHELL [\"pwsh\", \"-c\"]\nRUN a \\\n b$0",
        ] {
            check_none(&KIND, &format!("FROM debian:12\n{text}\n"));
        }
        check_none(&KIND, "FROM \\\n# syntax=a\ndebian:12$0\n");
    }
}
