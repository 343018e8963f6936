//! Lays the events of a grammar over the source text and builds the tree.
//!
//! A grammar sees the logical text only. Where two of its stretches meet, the source holds a gap: the continuation, and
//! the comment lines and blank lines after it. The gap becomes trivia before the next token or node, or inside of a token,
//! which then falls into several tokens of its kind. Whatever the events are, every byte of the source is emitted once.

use std::ops::Range;

use rowan::GreenNode;

use crate::SyntaxKind;
use crate::event::{Event, Events};
use crate::logical::{Lines, LogicalLine, trim_start};
use crate::tree_builder::TreeBuilder;

/// Builds the tree from left to right.
pub(crate) struct Emitter<'s> {
    source: &'s str,
    builder: TreeBuilder,
}

impl<'s> Emitter<'s> {
    /// An emitter inside of an open ROOT.
    pub(crate) fn new(source: &'s str) -> Self {
        let mut builder = TreeBuilder::new();
        builder.start_node(SyntaxKind::ROOT);
        Self { source, builder }
    }

    /// Emits what the events say about a logical text. Bytes that no event covers become ERROR tokens, nodes that were
    /// left open are closed.
    pub(crate) fn events(&mut self, line: &LogicalLine, events: &Events) {
        let mut cursor = Cursor {
            line,
            segment: 0,
            at: 0,
            logical: line.logical_range(0),
            start: line.source_range(0).start,
        };
        let mut depth = 0_usize;
        for event in events.iter() {
            match event {
                Event::Start(None) => {}
                Event::Start(Some(kind)) => {
                    self.gaps(&mut cursor);
                    self.builder.start_node(kind);
                    depth += 1;
                }
                Event::Token(kind, end) => self.token(&mut cursor, kind, end as usize),
                Event::Finish => {
                    if let Some(less) = depth.checked_sub(1) {
                        depth = less;
                        self.builder.finish_node();
                    }
                }
            }
        }
        let end = line.logical_range(line.segments().saturating_sub(1)).end;
        self.token(&mut cursor, SyntaxKind::ERROR, end);
        for _ in 0..depth {
            self.builder.finish_node();
        }
        self.gaps(&mut cursor);
    }

    /// Emits the text up to a logical offset as one token, or as several where gaps stand inside of it.
    fn token(&mut self, cursor: &mut Cursor<'_>, kind: SyntaxKind, end: usize) {
        // Nearly every token lies in one stretch.
        if cursor.at < cursor.logical.end && cursor.at < end && end <= cursor.logical.end {
            let from = cursor.source();
            if let Some(text) = self.source.get(from..from + (end - cursor.at)) {
                self.builder.token(kind, text);
                cursor.at = end;
                return;
            }
        }
        while cursor.at < end {
            self.gaps(cursor);
            if cursor.at >= cursor.logical.end {
                return; // behind the last stretch: the event was wrong
            }
            let from = cursor.source();
            let mut to = from + (end.min(cursor.logical.end) - cursor.at);
            while !self.source.is_char_boundary(to) {
                to += 1;
            }
            self.plain(kind, from..to);
            cursor.at += to - from;
        }
    }

    /// Emits the gaps before the next byte of the logical text.
    fn gaps(&mut self, cursor: &mut Cursor<'_>) {
        while cursor.at >= cursor.logical.end && cursor.segment + 1 < cursor.line.segments() {
            let from = cursor.source();
            cursor.segment += 1;
            cursor.logical = cursor.line.logical_range(cursor.segment);
            cursor.start = cursor.line.source_range(cursor.segment).start;
            self.trivia(from..cursor.start);
        }
    }

    /// Emits a stretch of the source that the builder doesn't see: an optional continuation, then blank lines and comment
    /// lines, the last of which may lack its line end.
    pub(crate) fn trivia(&mut self, range: Range<usize>) {
        if let Some("" | "\n" | "\r\n") = self.source.get(range.clone()) {
            return self.plain(SyntaxKind::EOL, range);
        }
        let mut lines = Lines {
            source: self.source.get(..range.end).unwrap_or(self.source),
            at: range.start,
        };
        if lines
            .source
            .get(range.start..)
            .is_some_and(|rest| rest.starts_with(['\\', '`']))
            && let Some(line) = lines.next()
        {
            self.plain(SyntaxKind::CONTINUATION, line.start..line.end);
        }
        for line in lines {
            let content = line.content(self.source);
            let start = line.content_end - trim_start(content).len();
            self.plain(SyntaxKind::INDENT, line.start..start);
            self.plain(SyntaxKind::COMMENT, start..line.content_end);
            self.plain(SyntaxKind::EOL, line.content_end..line.end);
        }
    }

    /// Emits a stretch of the source as one token; an empty one gives nothing.
    pub(crate) fn plain(&mut self, kind: SyntaxKind, range: Range<usize>) {
        if let Some(text) = self.source.get(range)
            && !text.is_empty()
        {
            self.builder.token(kind, text);
        }
    }

    /// Opens a node.
    pub(crate) fn start(&mut self, kind: SyntaxKind) {
        self.builder.start_node(kind);
    }

    /// Closes the node that was opened last.
    pub(crate) fn finish(&mut self) {
        self.builder.finish_node();
    }

    /// Closes ROOT and gives the tree.
    pub(crate) fn into_tree(self) -> GreenNode {
        self.builder.finish()
    }
}

/// A place in a logical line.
struct Cursor<'l> {
    line: &'l LogicalLine,
    /// The stretch that `at` stands in, where it stands in the logical text, and where it starts in the source.
    segment: usize,
    logical: Range<usize>,
    start: usize,
    /// The logical offset.
    at: usize,
}

impl Cursor<'_> {
    /// The offset in the source.
    fn source(&self) -> usize {
        self.start + (self.at - self.logical.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SyntaxKind::*, SyntaxNode};

    /// Emits the events of `fill` over the first logical line of `source`; the tree as `KIND"text"` and `KIND(...)`.
    fn check(source: &str, fill: impl FnOnce(&mut Events), expected: &str) {
        let mut lines = Lines { source, at: 0 };
        let first = lines.next().unwrap();
        let mut line = LogicalLine::default();
        line.read(first, &mut lines, '\\');
        let mut events = Events::default();
        fill(&mut events);
        let mut emitter = Emitter::new(source);
        emitter.events(&line, &events);
        let end = line.source_range(line.segments() - 1).end;
        emitter.trivia(end..lines.at);
        let root = SyntaxNode::new_root(emitter.into_tree());
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
            |events| events.token(KEYWORD, 3),
            r#"KEYWORD"RU" CONTINUATION"\\\n" KEYWORD"N" EOL"\n""#,
        );
    }

    #[test]
    fn gap_stands_before_the_next_start_and_behind_finishes() {
        check(
            "a\\\n# c\n\n b",
            |events| {
                events.start(WORD);
                events.start(DOUBLE_QUOTED);
                events.token(TEXT, 1);
                events.finish();
                events.finish();
                events.token(WHITESPACE, 2);
                events.start(WORD);
                events.token(TEXT, 3);
                events.finish();
            },
            "WORD(DOUBLE_QUOTED(TEXT\"a\")) CONTINUATION\"\\\\\\n\" COMMENT\"# c\" EOL\"\\n\" EOL\"\\n\" \
             WHITESPACE\" \" WORD(TEXT\"b\")",
        );
    }

    #[test]
    fn gap_at_the_end() {
        check(
            "a\\\n \t# c",
            |events| {
                events.start(WORD);
                events.token(TEXT, 1);
                events.finish();
            },
            r##"WORD(TEXT"a") CONTINUATION"\\\n" INDENT" \t" COMMENT"# c""##,
        );
    }

    #[test]
    fn wrong_events_lose_nothing() {
        check(
            "é b\n",
            |events| {
                events.finish();
                events.start(WORD);
                events.token(TEXT, 1); // inside of a character
            },
            r#"WORD(TEXT"é" ERROR" b") EOL"\n""#,
        );
        check("a\n", |events| events.token(TEXT, 9), r#"TEXT"a" EOL"\n""#);
    }

    #[test]
    fn abandoned_start_gives_no_node() {
        check(
            "a\n",
            |events| {
                events.open();
                events.token(TEXT, 1);
            },
            r#"TEXT"a" EOL"\n""#,
        );
    }
}
