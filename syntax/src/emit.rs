//! Lays what a grammar reads over the source text and builds the tree.
//!
//! A grammar sees the logical text only. Where two of its stretches meet, the source holds a gap: the continuation, and
//! the comment lines and blank lines after it. The gap becomes trivia before the next token or node, or inside of a token,
//! which then falls into several tokens of its kind. Whatever a grammar says, every byte of the source is emitted once.

use std::ops::Range;

use crate::SyntaxKind;
use crate::logical::{Lines, LogicalLine, trim_start};
use crate::tree_builder::{self, TreeBuilder};

/// What a grammar fills: the part of the tree that holds one logical text. Each token starts where the one before it ended,
/// so no byte can be lost or doubled.
pub(crate) struct Emitter<'a> {
    source: &'a str,
    line: &'a LogicalLine,
    builder: &'a mut TreeBuilder,
    cursor: Cursor,
    /// The nodes that were open before.
    outer: usize,
}

/// A place in a logical text.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    /// The logical offset.
    at: usize,
    /// The stretch that it stands in, and where that ends in the logical text.
    segment: usize,
    end: usize,
    /// Where the stretch starts in the logical text, and where in the source.
    logical: usize,
    start: usize,
}

/// A state of an emitter to go back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    builder: tree_builder::Mark,
    cursor: Cursor,
}

impl Cursor {
    fn new(line: &LogicalLine, segment: usize, at: usize) -> Self {
        let logical = line.logical_range(segment);
        Self {
            at,
            segment,
            end: logical.end,
            logical: logical.start,
            start: line.source_range(segment).start,
        }
    }

    /// The offset in the source.
    fn source(&self) -> usize {
        self.start + (self.at - self.logical)
    }
}

impl<'a> Emitter<'a> {
    /// An emitter for a logical text of a source, inside of the nodes that are open.
    pub(crate) fn new(
        source: &'a str,
        line: &'a LogicalLine,
        builder: &'a mut TreeBuilder,
    ) -> Self {
        Self {
            source,
            line,
            cursor: Cursor::new(line, 0, 0),
            outer: builder.depth(),
            builder,
        }
    }

    /// The end of the last token, as an offset into the logical text.
    pub(crate) fn at(&self) -> usize {
        self.cursor.at
    }

    /// Opens a node.
    pub(crate) fn start(&mut self, kind: SyntaxKind) {
        self.gaps();
        self.builder.start_node(kind);
    }

    /// Closes the node that was opened last.
    pub(crate) fn finish(&mut self) {
        if self.builder.depth() > self.outer {
            self.builder.finish_node();
        }
    }

    /// Closes the node that was opened last, with the kind it turned out to be.
    pub(crate) fn finish_as(&mut self, kind: SyntaxKind) {
        if self.builder.depth() > self.outer {
            self.builder.finish_node_as(kind);
        }
    }

    /// Adds a token that ends at an offset of the logical text; an empty token adds nothing.
    #[inline]
    pub(crate) fn token(&mut self, kind: SyntaxKind, end: usize) {
        if self.cursor.at >= end {
            return;
        }
        self.gaps();
        // Nearly every token lies in one stretch.
        let cursor = &mut self.cursor;
        let added = cursor.at < cursor.end
            && end <= cursor.end
            && (self.builder)
                .token(kind, self.source, cursor.source(), end - cursor.at)
                .is_some();
        if added {
            cursor.at = end;
        } else {
            self.split_token(kind, end);
        }
    }

    /// Adds a node that holds one token, which ends at an offset of the logical text; nothing when it would be empty.
    #[inline]
    pub(crate) fn leaf(&mut self, node: SyntaxKind, kind: SyntaxKind, end: usize) {
        if self.cursor.at >= end {
            return;
        }
        self.gaps();
        let cursor = &mut self.cursor;
        let added = cursor.at < cursor.end
            && end <= cursor.end
            && (self.builder)
                .leaf(node, kind, self.source, cursor.source(), end - cursor.at)
                .is_some();
        if added {
            cursor.at = end;
        } else {
            self.start(node);
            self.split_token(kind, end);
            self.finish();
        }
    }

    /// Emits the text up to a logical offset as one token, or as several where gaps stand inside of it.
    fn split_token(&mut self, kind: SyntaxKind, end: usize) {
        while self.cursor.at < end {
            self.gaps();
            let cursor = self.cursor;
            if cursor.at >= cursor.end {
                return; // behind the last stretch: the grammar was wrong
            }
            let from = cursor.source();
            let mut to = from + (end.min(cursor.end) - cursor.at);
            while !self.source.is_char_boundary(to) {
                to += 1;
            }
            self.builder.plain(kind, self.source, from..to);
            self.cursor.at += to - from;
        }
    }

    /// Emits the gaps before the next byte of the logical text.
    #[inline]
    fn gaps(&mut self) {
        if self.cursor.at >= self.cursor.end {
            self.emit_gaps();
        }
    }

    fn emit_gaps(&mut self) {
        while self.cursor.at >= self.cursor.end && self.cursor.segment + 1 < self.line.segments() {
            let from = self.cursor.source();
            self.cursor = Cursor::new(self.line, self.cursor.segment + 1, self.cursor.at);
            self.builder.trivia(self.source, from..self.cursor.start);
        }
    }

    /// The state now, for [`Emitter::rewind`].
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            builder: self.builder.mark(),
            cursor: self.cursor,
        }
    }

    /// Drops everything after a mark, for a grammar that gives up on an attempt.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.builder.rewind(mark.builder);
        self.cursor = mark.cursor;
    }

    /// Ends the logical text. Bytes that no token covers become ERROR tokens, nodes that were left open are closed.
    pub(crate) fn end(mut self) {
        let last = self.line.segments().saturating_sub(1);
        self.token(SyntaxKind::ERROR, self.line.logical_range(last).end);
        while self.builder.depth() > self.outer {
            self.builder.finish_node();
        }
        self.gaps();
    }
}

impl TreeBuilder {
    /// Emits a stretch of the source that the builder doesn't see: an optional continuation, then blank lines and comment
    /// lines, the last of which may lack its line end.
    pub(crate) fn trivia(&mut self, source: &str, range: Range<usize>) {
        if let Some("" | "\n" | "\r\n") = source.get(range.clone()) {
            return self.plain(SyntaxKind::EOL, source, range);
        }
        let mut lines = Lines {
            source: source.get(..range.end).unwrap_or(source),
            at: range.start,
        };
        if lines
            .source
            .get(range.start..)
            .is_some_and(|rest| rest.starts_with(['\\', '`']))
            && let Some(line) = lines.next()
        {
            self.plain(SyntaxKind::CONTINUATION, source, line.start..line.end);
        }
        for line in lines {
            let content = line.content(source);
            let start = line.content_end - trim_start(content).len();
            self.plain(SyntaxKind::INDENT, source, line.start..start);
            self.plain(SyntaxKind::COMMENT, source, start..line.content_end);
            self.plain(SyntaxKind::EOL, source, line.content_end..line.end);
        }
    }

    /// Emits a stretch of the source as one token; an empty one gives nothing.
    pub(crate) fn plain(&mut self, kind: SyntaxKind, source: &str, range: Range<usize>) {
        if range.start < range.end {
            self.token(kind, source, range.start, range.end - range.start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SyntaxKind::*, SyntaxNode};

    /// Emits what `fill` says over the first logical line of `source`; the tree as `KIND"text"` and `KIND(...)`.
    fn check(source: &str, fill: impl FnOnce(&mut Emitter<'_>), expected: &str) {
        let mut lines = Lines { source, at: 0 };
        let first = lines.next().unwrap();
        let mut line = LogicalLine::default();
        line.read(first, &mut lines, '\\');
        let mut builder = TreeBuilder::new();
        builder.start_node(ROOT);
        let mut emitter = Emitter::new(source, &line, &mut builder);
        fill(&mut emitter);
        emitter.end();
        let end = line.source_range(line.segments() - 1).end;
        builder.trivia(source, end..lines.at);
        let root = SyntaxNode::new_root(builder.finish());
        assert_eq!(root.text().to_string(), source);
        assert_eq!(show(&root), expected);
    }

    fn show(node: &SyntaxNode) -> String {
        node.children_with_tokens()
            .map(|child| match child {
                rowan::NodeOrToken::Node(node) => format!("{:?}({})", node.kind(), show(&node)),
                rowan::NodeOrToken::Token(token) => format!("{:?}{:?}", token.kind(), token.text()),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn gap_inside_a_token_splits_it() {
        check(
            "RU\\\nN\n",
            |out| out.token(KEYWORD, 3),
            r#"KEYWORD"RU" CONTINUATION"\\\n" KEYWORD"N" EOL"\n""#,
        );
    }

    #[test]
    fn gap_stands_before_the_next_start_and_behind_finishes() {
        check(
            "a\\\n# c\n\n b",
            |out| {
                out.start(WORD);
                out.start(DOUBLE_QUOTED);
                out.token(TEXT, 1);
                out.finish();
                out.finish();
                out.token(WHITESPACE, 2);
                out.start(WORD);
                out.token(TEXT, 3);
                out.finish();
            },
            "WORD(DOUBLE_QUOTED(TEXT\"a\")) CONTINUATION\"\\\\\\n\" COMMENT\"# c\" EOL\"\\n\" EOL\"\\n\" \
             WHITESPACE\" \" WORD(TEXT\"b\")",
        );
    }

    #[test]
    fn gap_at_the_end() {
        check(
            "a\\\n \t# c",
            |out| {
                out.start(WORD);
                out.token(TEXT, 1);
                out.finish();
            },
            r##"WORD(TEXT"a") CONTINUATION"\\\n" INDENT" \t" COMMENT"# c""##,
        );
    }

    #[test]
    fn wrong_ends_lose_nothing() {
        check(
            "é b\n",
            |out| {
                out.finish();
                out.start(WORD);
                out.token(TEXT, 1); // inside of a character
            },
            r#"WORD(TEXT"é" ERROR" b") EOL"\n""#,
        );
        check("a\n", |out| out.token(TEXT, 9), r#"TEXT"a" EOL"\n""#);
    }

    #[test]
    fn leaf_is_a_node_with_its_token() {
        check(
            "a \\\nb\\\nc\n",
            |out| {
                out.leaf(WORD, TEXT, 1);
                out.leaf(WORD, TEXT, 1);
                out.token(WHITESPACE, 2);
                out.leaf(ARGUMENT, TEXT, 4);
            },
            r#"WORD(TEXT"a") WHITESPACE" " CONTINUATION"\\\n" ARGUMENT(TEXT"b" CONTINUATION"\\\n" TEXT"c") EOL"\n""#,
        );
    }

    #[test]
    fn rewind_goes_back_over_gaps() {
        check(
            "a\\\nb\\\nc\n",
            |out| {
                out.token(TEXT, 1);
                let mark = out.mark();
                out.start(WORD);
                out.token(TEXT, 3);
                out.rewind(mark);
                out.start(COMMAND);
                out.token(TEXT, 2);
                out.finish_as(FUNCTION);
            },
            r#"TEXT"a" CONTINUATION"\\\n" FUNCTION(TEXT"b") CONTINUATION"\\\n" ERROR"c" EOL"\n""#,
        );
    }
}
