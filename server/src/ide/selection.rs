//! What to select next around a place: token, word, command, list, instruction, stage, file.

use dfix_syntax::ast::trimmed_range;
use dfix_syntax::{SyntaxKind, TextRange, TextSize};

use super::{File, outline};

/// The ranges around an offset, the smallest first; each is larger than the one before it and holds it.
pub(crate) fn around(file: File<'_>, offset: TextSize) -> Vec<TextRange> {
    let analysis = file.analysis;
    let whole = TextRange::up_to(TextSize::of(&*analysis.source));
    let offset = offset.min(whole.end());
    let mut ranges = Vec::new();
    let root = analysis.tree();
    let token = root.token_at_offset(offset);
    // Between two tokens, the one that means something.
    let token = token.max_by_key(|token| !token.kind().is_trivia());
    if let Some(token) = token {
        let meaningless = token.kind().is_trivia() && token.kind() != SyntaxKind::COMMENT;
        if !meaningless {
            if let Some(word) = word_in(token.text(), offset - token.text_range().start()) {
                ranges.push(word + token.text_range().start());
            }
            ranges.push(token.text_range());
        }
        for node in token.parent_ancestors() {
            if node.kind() == SyntaxKind::ROOT {
                break;
            }
            ranges.push(trimmed_range(&node));
        }
    }
    let stages = analysis.stages.iter();
    let stages = stages.filter_map(|stage| outline::stage_range(analysis, stage));
    ranges.extend(stages.filter(|range| range.contains_inclusive(offset)));
    ranges.push(whole);
    // What does not grow is no step.
    let mut steps: Vec<TextRange> = Vec::new();
    for range in ranges {
        let grows = match steps.last() {
            None => range.contains_inclusive(offset),
            Some(last) => range != *last && range.contains_range(*last),
        };
        if grows {
            steps.push(range);
        }
    }
    steps
}

/// The letters and digits around an offset of a text.
fn word_in(text: &str, offset: TextSize) -> Option<TextRange> {
    let at = usize::from(offset);
    let (before, after) = (text.get(..at)?, text.get(at..)?);
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let start = before.trim_end_matches(is_part).len();
    let end = at + after.len() - after.trim_start_matches(is_part).len();
    let offset = |at: usize| TextSize::try_from(at).ok();
    let range = TextRange::new(offset(start)?, offset(end)?);
    (!range.is_empty()).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let (text, offset) = testing::cursor(text);
        testing::with_file(&text, |file| {
            let found = around(file, offset);
            let texts: Vec<&str> = found
                .iter()
                .map(|range| file.analysis.text(*range))
                .collect();
            assert_eq!(texts, expected);
        });
    }

    #[test]
    fn steps() {
        check(
            "FROM a\nRUN b && c --d$0e=\"f g\" | h\nFROM i\n",
            &[
                "de",
                "--de=",
                "--de=\"f g\"",
                "c --de=\"f g\"",
                "c --de=\"f g\" | h",
                "b && c --de=\"f g\" | h",
                "RUN b && c --de=\"f g\" | h",
                "FROM a\nRUN b && c --de=\"f g\" | h",
                "FROM a\nRUN b && c --de=\"f g\" | h\nFROM i\n",
            ],
        );
        check(
            "FROM a\r\nENV A=1 \\\r\n  B=$02\r\n",
            &[
                "2",
                "B=2",
                "ENV A=1 \\\r\n  B=2",
                "FROM a\r\nENV A=1 \\\r\n  B=2",
                "FROM a\r\nENV A=1 \\\r\n  B=2\r\n",
            ],
        );
        check(
            "# so$0me words\nFROM a\n",
            &["some", "# some words", "# some words\nFROM a\n"],
        );
        check("$0", &[""]);
    }

    #[test]
    fn each_step_holds_the_one_before() {
        testing::samples(|text, file| {
            for offset in (0..=text.len()).step_by(1 + text.len() / 400) {
                let offset = TextSize::try_from(offset).unwrap();
                let steps = around(file, offset);
                assert!(steps.iter().all(|step| step.contains_inclusive(offset)));
                assert!(steps.windows(2).all(|pair| pair[1].contains_range(pair[0])));
            }
        });
    }
}
