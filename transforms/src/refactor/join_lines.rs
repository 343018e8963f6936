//! `join-lines`: an instruction that goes on over several lines becomes one line.

use dfix_syntax::{TextRange, TextSize};

use super::declare::declare_refactoring;
use super::words::{breaks_a_word, words};
use super::{Draft, Target};
use crate::Edit;
use crate::layout::indentation;
use crate::model::{Break, BreakKind};
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
    let breaks: Vec<&Break> = inside.collect();
    if breaks.is_empty()
        || target.is_windows(instruction)
        || breaks_a_word(instruction, &words(instruction)?)
    {
        return None;
    }
    let comments: Vec<&str> = breaks
        .iter()
        .filter(|part| part.kind == BreakKind::Comment)
        .map(|part| analysis.text(part.range).trim())
        .collect();
    let mut edits: Vec<Edit> = gaps(target, instruction.range, &breaks)
        .into_iter()
        .map(|gap| Edit::replace(gap, " "))
        .collect();
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

/// What stands between two visible characters with a break between them, each from the end of the first to the start of
/// the second: breaks, comments, blank lines, blanks.
fn gaps(target: &Target<'_>, whole: TextRange, breaks: &[&Break]) -> Vec<TextRange> {
    let analysis = target.ctx.analysis;
    let mut gaps: Vec<TextRange> = Vec::new();
    for part in breaks {
        // A comment ends before its line end.
        let below = analysis.text(TextRange::new(part.range.end(), whole.end()));
        let blank: &[char] = match part.kind {
            BreakKind::Comment => &[' ', '\t', '\r', '\n'],
            _ => &[' ', '\t'],
        };
        let end = part.range.end()
            + (TextSize::of(below) - TextSize::of(below.trim_start_matches(blank)));
        if let Some(last) = gaps
            .last_mut()
            .filter(|last| last.end() >= part.range.start())
        {
            *last = TextRange::new(last.start(), last.end().max(end));
            continue;
        }
        let from = gaps.last().map_or(whole.start(), |last| last.end());
        let before = analysis.text(TextRange::new(from, part.range.start()));
        let start = from + TextSize::of(before.trim_end_matches([' ', '\t']));
        gaps.push(TextRange::new(start, end));
    }
    gaps
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
