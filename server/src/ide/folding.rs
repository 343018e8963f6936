//! What can be folded: stages, instructions of several lines, heredocs, blocks of comments.

use dfix_syntax::{TextRange, TextSize};
use dfix_transforms::model::Instruction;

use super::{File, outline};

/// Something that can be folded, from its first to its last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fold {
    pub range: TextRange,
    pub kind: FoldKind,
}

/// What is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FoldKind {
    Stage,
    Code,
    Comment,
}

/// All folds, those that hold others first.
pub(crate) fn folds(file: File<'_>) -> Vec<Fold> {
    let analysis = file.analysis;
    let mut found = Vec::new();
    let mut add = |range: TextRange, kind| {
        if analysis.text(range).contains('\n') {
            found.push(Fold { range, kind });
        }
    };
    for stage in &analysis.stages {
        if let Some(range) = outline::stage_range(analysis, stage) {
            add(range, FoldKind::Stage);
        }
    }
    for instruction in &analysis.instructions {
        add(without_line_end(file, instruction), FoldKind::Code);
        let operator_line = instruction.range.end();
        for heredoc in &instruction.heredocs {
            // A single heredoc folds with its instruction.
            if instruction.heredocs.len() > 1 || analysis.text(instruction.range).contains('\n') {
                let start = heredoc.body.start().max(operator_line);
                add(
                    TextRange::new(start, heredoc.terminator.end().max(start)),
                    FoldKind::Code,
                );
            }
        }
    }
    for block in comments(
        analysis.text(TextRange::up_to(TextSize::of(&*analysis.source))),
        file,
    ) {
        add(block, FoldKind::Comment);
    }
    found.sort_by_key(|fold| (fold.range.start(), std::cmp::Reverse(fold.range.end())));
    found
}

fn without_line_end(file: File<'_>, instruction: &Instruction) -> TextRange {
    let lines = TextRange::new(instruction.range.start(), instruction.lines.end());
    let text = file.analysis.text(lines).trim_end();
    TextRange::at(lines.start(), TextSize::of(text))
}

/// Blocks of comment lines with no other line between them, outside of heredocs.
fn comments(text: &str, file: File<'_>) -> Vec<TextRange> {
    let mut blocks: Vec<TextRange> = Vec::new();
    let mut open = false;
    let mut at = TextSize::new(0);
    let heredocs = file.analysis.instructions.iter();
    let mut heredocs = heredocs.flat_map(|it| &it.heredocs).peekable();
    for line in text.split_inclusive('\n') {
        let start = at;
        at += TextSize::of(line);
        while heredocs
            .next_if(|heredoc| heredoc.body.end() <= start)
            .is_some()
        {}
        let in_heredoc = heredocs.peek().is_some_and(|it| it.body.start() <= start);
        if !line.trim_start().starts_with('#') || in_heredoc {
            open = false;
            continue;
        }
        let range = TextRange::new(start, start + TextSize::of(line.trim_end()));
        match blocks.last_mut() {
            Some(block) if open => *block = block.cover(range),
            _ => blocks.push(range),
        }
        open = true;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing;

    /// The folds by the numbers of their first and last lines.
    #[track_caller]
    fn check(text: &str, expected: &[(usize, usize, FoldKind)]) {
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            let found = testing::with_file(&text, |file| {
                let line = |at: TextSize| text[..usize::from(at)].matches('\n').count();
                let lines =
                    |fold: &Fold| (line(fold.range.start()), line(fold.range.end()), fold.kind);
                folds(file).iter().map(lines).collect::<Vec<_>>()
            });
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_folds() {
        use FoldKind::{Code, Comment, Stage};
        check("FROM a\n", &[]);
        check(
            "FROM a\nRUN b\n\n# c\nFROM d\nRUN e\n",
            &[(0, 1, Stage), (4, 5, Stage)],
        );
        check("# a\n# b\n\n# c\nFROM d\n", &[(0, 1, Comment)]);
        check(
            "FROM a\nRUN b \\\n  # c\n  # d\n  e\n",
            &[(0, 4, Stage), (1, 4, Code), (2, 3, Comment)],
        );
        check(
            "FROM a\nRUN <<E\n# x\n# y\nE\n",
            &[(0, 4, Stage), (1, 4, Code)],
        );
        check(
            "FROM a\nCOPY <<A <<B /\n1\nA\n2\nB\n",
            &[(0, 5, Stage), (1, 5, Code), (2, 3, Code), (4, 5, Code)],
        );
    }

    #[test]
    fn folds_are_several_lines_inside_the_text() {
        testing::samples(|text, file| {
            let whole = TextRange::up_to(TextSize::of(text));
            for fold in folds(file) {
                assert!(whole.contains_range(fold.range));
                assert!(file.analysis.text(fold.range).contains('\n'));
            }
        });
    }
}
