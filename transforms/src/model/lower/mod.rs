//! From the tree to plain data, in one walk over all of it.
//!
//! [`Walker`] meets every token once, in order. It keeps what several places need: where the builder's continuations,
//! comment lines and blank lines are, and how far the last token with a meaning went.

mod earlier;
mod instruction;
mod shell;
#[cfg(test)]
mod tests;
mod word;

pub(super) use earlier::Earlier;

use dfix_syntax::{GreenNodeRef, GreenTokenRef, NodeOrToken, SyntaxKind, TextRange, TextSize};
use smol_str::{SmolStr, SmolStrBuilder};

use super::pragma::Comments;
use super::{Break, BreakKind, Instruction};

/// What the walk gives.
pub(super) struct Lowered {
    pub(super) instructions: Vec<Instruction>,
    pub(super) comments: Comments,
    /// The `# syntax=` directive's value.
    pub(super) syntax: Option<(TextRange, String)>,
}

/// The most instructions that room is made for at once: no file is known to hold more for a good reason.
const MAX_RESERVED: usize = 64;

/// Lowers a whole file. `earlier` is an earlier state of the file with the same escape token.
pub(super) fn lower(
    root: GreenNodeRef<'_>,
    source: &str,
    escape: char,
    mut earlier: Option<Earlier<'_>>,
) -> Lowered {
    let mut walker = Walker {
        source,
        escape,
        gaps: Vec::new(),
        breaks: Vec::new(),
        gap_line: None,
        in_heredoc: false,
        shell_comments: Vec::new(),
        first: None,
        last: TextSize::new(0),
    };
    let mut lowered = Lowered {
        // Blank lines and comments are children as well: about as many as there are instructions.
        instructions: Vec::with_capacity((root.child_count() / 2).min(MAX_RESERVED)),
        comments: Comments::default(),
        syntax: None,
    };
    // The comment lines directly above, and where the current line starts.
    let mut above: Vec<TextRange> = Vec::new();
    let mut line = TextSize::new(0);
    let mut is_comment = false;
    for child in root.children() {
        let range = match &child {
            NodeOrToken::Node(node) => node.range(),
            NodeOrToken::Token(token) => token.range(),
        };
        match child {
            NodeOrToken::Token(token) => match token.kind() {
                SyntaxKind::COMMENT => {
                    is_comment = true;
                    above.push(range);
                    lowered.comments.add(range);
                }
                SyntaxKind::EOL => {
                    if !is_comment {
                        above.clear();
                    }
                    is_comment = false;
                    line = range.end();
                }
                SyntaxKind::BOM => line = range.end(),
                _ => {}
            },
            NodeOrToken::Node(node) if node.kind() == SyntaxKind::DIRECTIVE => {
                directive(node, &mut lowered);
                above.clear();
                line = range.end();
            }
            NodeOrToken::Node(node) => {
                let index = lowered.instructions.len();
                let known = earlier.as_mut().and_then(|it| it.find(node, index));
                let mut instruction = known.unwrap_or_else(|| walker.instruction(node, index));
                instruction.lines = TextRange::new(line, range.end());
                instruction.comments = std::mem::take(&mut above);
                lowered.comments.attach(index, &instruction.comments);
                lowered.instructions.push(instruction);
                line = range.end();
            }
        }
    }
    lowered
}

/// `# syntax=` and `# check=`.
fn directive(node: GreenNodeRef<'_>, lowered: &mut Lowered) {
    let mut name = "";
    for child in node.children() {
        let NodeOrToken::Token(token) = child else {
            continue;
        };
        match token.kind() {
            SyntaxKind::KEYWORD => name = token.text(),
            SyntaxKind::TEXT if name.eq_ignore_ascii_case("syntax") => {
                // The image ends at the first blank.
                let image = token.text().split(' ').next().unwrap_or_default();
                let range = TextRange::at(token.range().start(), TextSize::of(image));
                lowered.syntax = Some((range, image.to_owned()));
            }
            SyntaxKind::TEXT if name.eq_ignore_ascii_case("check") => {
                lowered.comments.check_directive(token.range());
            }
            _ => {}
        }
    }
}

struct Walker<'a> {
    source: &'a str,
    escape: char,
    /// The stretches of the current instruction that the builder, or the shell in a heredoc body, drops when it joins
    /// lines; sorted.
    gaps: Vec<TextRange>,
    /// The breaks of the current instruction so far.
    breaks: Vec<Break>,
    /// Inside of a gap: where the current line starts, and whether a comment stands on it.
    gap_line: Option<(TextSize, bool)>,
    in_heredoc: bool,
    /// The shell comments of the current script.
    shell_comments: Vec<TextRange>,
    /// Where the first token with a meaning starts, since somebody last took it.
    first: Option<TextSize>,
    /// Where the last token with a meaning ends.
    last: TextSize,
}

impl Walker<'_> {
    /// Takes notice of a token.
    fn token(&mut self, token: GreenTokenRef<'_>) {
        let range = token.range();
        match token.kind() {
            SyntaxKind::WHITESPACE => self.gap_line = None,
            SyntaxKind::CONTINUATION => {
                self.gap(range);
                self.gap_line = Some((range.end(), false));
                self.add_break(BreakKind::Continuation, range);
            }
            kind if kind.is_trivia() => {
                self.gap(range);
                let Some((start, has_comment)) = self.gap_line else {
                    return;
                };
                match kind {
                    SyntaxKind::COMMENT => {
                        self.gap_line = Some((start, true));
                        self.add_break(BreakKind::Comment, range);
                    }
                    SyntaxKind::EOL => {
                        self.gap_line = Some((range.end(), false));
                        if !has_comment {
                            let line = TextRange::new(start, range.end());
                            self.add_break(BreakKind::BlankLine, line);
                        }
                    }
                    _ => {}
                }
            }
            // The shell drops these, so they end nothing but the script.
            SyntaxKind::SH_COMMENT => {
                self.gap_line = None;
                match self.shell_comments.last_mut() {
                    // One comment in two tokens, around a gap.
                    Some(last) if !token.text().starts_with('#') => {
                        *last = TextRange::new(last.start(), range.end());
                    }
                    _ => self.shell_comments.push(range),
                }
            }
            SyntaxKind::SH_NEWLINE => self.gap_line = None,
            _ => {
                self.gap_line = None;
                self.first.get_or_insert(range.start());
                self.last = range.end();
            }
        }
    }

    fn gap(&mut self, range: TextRange) {
        match self.gaps.last_mut() {
            Some(last) if last.end() == range.start() => {
                *last = TextRange::new(last.start(), range.end());
            }
            _ => self.gaps.push(range),
        }
    }

    /// Lines that a heredoc's own shell joins are no business of the builder.
    fn add_break(&mut self, kind: BreakKind, range: TextRange) {
        if !self.in_heredoc {
            self.breaks.push(Break { kind, range });
        }
    }

    /// Takes notice of all tokens below a node, and gives the range from the first to the last with a meaning.
    fn plain(&mut self, node: GreenNodeRef<'_>) -> TextRange {
        self.spanned(node, |walker| walker.skim(node)).1
    }

    fn skim(&mut self, node: GreenNodeRef<'_>) {
        for child in node.children() {
            match child {
                NodeOrToken::Node(node) => self.skim(node),
                NodeOrToken::Token(token) => self.token(token),
            }
        }
    }

    /// Runs a part of the walk, and gives the range from the first to the last token with a meaning that it met.
    fn spanned<T>(
        &mut self,
        node: GreenNodeRef<'_>,
        walk: impl FnOnce(&mut Self) -> T,
    ) -> (T, TextRange) {
        let outer = self.first.take();
        let result = walk(self);
        let range = match self.first {
            Some(first) => TextRange::new(first, self.last),
            None => TextRange::empty(node.range().start()),
        };
        self.first = outer.or(self.first);
        (result, range)
    }

    /// What the builder sees of a range that was walked over already: without its gaps.
    fn text(&self, range: TextRange) -> SmolStr {
        let from = self.gaps.partition_point(|gap| gap.end() <= range.start());
        let gaps = self.gaps.get(from..).unwrap_or_default();
        let mut gaps = gaps.iter().take_while(|gap| gap.start() < range.end());
        let Some(mut gap) = gaps.next() else {
            return self.slice(range).into();
        };
        let mut text = SmolStrBuilder::new();
        let mut at = range.start();
        loop {
            text.push_str(self.slice(TextRange::new(at, gap.start().max(at))));
            at = gap.end().min(range.end());
            match gaps.next() {
                Some(next) => gap = next,
                None => break,
            }
        }
        text.push_str(self.slice(TextRange::new(at, range.end())));
        text.finish()
    }

    fn slice(&self, range: TextRange) -> &str {
        self.source
            .get(usize::from(range.start())..usize::from(range.end()))
            .unwrap_or_default()
    }
}
