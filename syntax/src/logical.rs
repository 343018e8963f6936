//! Logical lines: what is left after comment lines are dropped and continuations are joined.
//!
//! Source of the rules: `parser.go` (`Parse`, `processLine`, `trimContinuationCharacter`), sections A.1, A.3 and A.4 of
//! the semantics.

use std::ops::Range;

use crate::{TextRange, TextSize};

/// The longest physical line that BuildKit's scanner takes, in bytes without the `\n`.
pub(crate) const MAX_LINE: usize = 65_535;

/// One logical line: its text and where each part of it stands in the source. One value is filled again and again, so
/// that it allocates only while it grows.
#[derive(Debug, Default)]
pub(crate) struct LogicalLine {
    /// The joined text; unused while there is one segment, whose text is borrowed from the source.
    joined: String,
    segments: Vec<Segment>,
    /// Length of the text in bytes.
    length: usize,
    /// Whether a line without text stood inside the continuation (BuildKit's `NoEmptyContinuation`).
    pub(crate) has_empty_line: bool,
}

/// A stretch of the logical text that stands in one piece in the source. It ends where the next one starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    logical: usize,
    source: usize,
}

impl LogicalLine {
    /// Reads the logical line that starts at `first`, a physical line that is no comment and not blank; `lines` stands
    /// behind it and is moved behind the logical line.
    pub(crate) fn read(&mut self, first: PhysicalLine, lines: &mut Lines<'_>, escape: char) {
        let source = lines.source;
        self.clear();
        let content = first.content(source);
        let start = first.start + (content.len() - trim_start(content).len());
        let mut text = source.get(start..first.content_end).unwrap_or_default();
        let mut from = start;
        loop {
            let joined = continued(text, escape);
            self.push(source, from, joined.unwrap_or(text));
            if joined.is_none() {
                return;
            }
            // Comment lines and blank lines don't end a continuation.
            let next = loop {
                let Some(line) = lines.next() else {
                    return;
                };
                let content = line.content(source);
                match trim_start(content).bytes().next() {
                    Some(b'#') => {}
                    Some(_) => break line,
                    None => self.has_empty_line = true,
                }
            };
            from = next.start;
            text = next.content(source);
        }
    }

    /// Takes the body of a `<<-` heredoc, which the shell sees without the tabs that lines start with.
    pub(crate) fn read_chomped(&mut self, source: &str, body: Range<usize>) {
        self.clear();
        let mut lines = Lines {
            source,
            at: body.start,
        };
        while lines.at < body.end {
            let Some(line) = lines.next() else { break };
            let text = source.get(line.start..line.end).unwrap_or_default();
            let shown = text.trim_start_matches('\t');
            self.push(source, line.end - shown.len(), shown);
        }
    }

    /// Takes a stretch of the source as it is.
    pub(crate) fn read_plain(&mut self, source: &str, body: Range<usize>) {
        self.clear();
        let start = body.start;
        self.push(source, start, source.get(body).unwrap_or_default());
    }

    fn clear(&mut self) {
        self.joined.clear();
        self.segments.clear();
        self.length = 0;
        self.has_empty_line = false;
    }

    /// Adds a stretch of the source. The first one is only remembered; it is copied when a second one comes.
    fn push(&mut self, source: &str, from: usize, text: &str) {
        if let [only] = self.segments.as_slice() {
            let first = source
                .get(only.source..only.source + self.length)
                .unwrap_or_default();
            self.joined.push_str(first);
        }
        if !self.segments.is_empty() {
            self.joined.push_str(text);
        }
        self.segments.push(Segment {
            logical: self.length,
            source: from,
        });
        self.length += text.len();
    }

    /// What the builder sees.
    pub(crate) fn text<'t>(&'t self, source: &'t str) -> &'t str {
        match self.segments.as_slice() {
            [only] => source
                .get(only.source..only.source + self.length)
                .unwrap_or_default(),
            _ => &self.joined,
        }
    }

    /// Number of stretches.
    pub(crate) fn segments(&self) -> usize {
        self.segments.len()
    }

    /// Where a stretch stands in the logical text.
    pub(crate) fn logical_range(&self, segment: usize) -> Range<usize> {
        let start = self
            .segments
            .get(segment)
            .map_or(self.length, |s| s.logical);
        let end = self
            .segments
            .get(segment + 1)
            .map_or(self.length, |s| s.logical);
        start..end
    }

    /// Where a stretch stands in the source.
    pub(crate) fn source_range(&self, segment: usize) -> Range<usize> {
        let logical = self.logical_range(segment);
        let start = self.segments.get(segment).map_or(0, |s| s.source);
        start..start + logical.len()
    }

    /// The range of the source from the first to the last byte of a logical range.
    pub(crate) fn to_source(&self, range: Range<usize>) -> TextRange {
        let start = self.offset(range.start, true);
        let end = self.offset(range.end.max(range.start), range.is_empty());
        text_range(start..end.max(start))
    }

    /// The source offset of a logical offset; where two stretches meet, the start of the second one if `after`, otherwise
    /// the end of the first one.
    fn offset(&self, logical: usize, after: bool) -> usize {
        let found = self
            .segments
            .partition_point(|s| s.logical < logical || (after && s.logical == logical));
        match found.checked_sub(1).and_then(|at| self.segments.get(at)) {
            Some(segment) => segment.source + (logical - segment.logical),
            None => self.segments.first().map_or(0, |s| s.source),
        }
    }
}

/// The text before the escape token, if a line with this content continues.
///
/// The token counts at the end of the line, before spaces and tabs only, and not behind another escape token.
fn continued(content: &str, escape: char) -> Option<&str> {
    let mut bytes = content.as_bytes();
    while let [before @ .., b' ' | b'\t'] = bytes {
        bytes = before;
    }
    // An escape token is one byte long.
    let (&last, before) = bytes.split_last()?;
    if char::from(last) != escape || before.last() == Some(&last) {
        return None;
    }
    content.get(..before.len())
}

/// A physical line, as offsets into the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PhysicalLine {
    /// Where it starts.
    pub(crate) start: usize,
    /// Where its line end (`\r*\n`) starts.
    pub(crate) content_end: usize,
    /// Where the next line starts.
    pub(crate) end: usize,
}

impl PhysicalLine {
    /// The line without its line end.
    pub(crate) fn content(self, source: &str) -> &str {
        source.get(self.start..self.content_end).unwrap_or_default()
    }

    /// Whether BuildKit's scanner refuses the line.
    pub(crate) fn is_too_long(self, source: &str) -> bool {
        let length = self.end - self.start;
        length > MAX_LINE + 1
            || (length > MAX_LINE && !source.get(..self.end).is_some_and(|s| s.ends_with('\n')))
    }
}

/// The physical lines of a source from an offset on.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'s> {
    pub(crate) source: &'s str,
    /// Where the next line starts.
    pub(crate) at: usize,
}

impl Iterator for Lines<'_> {
    type Item = PhysicalLine;

    fn next(&mut self) -> Option<PhysicalLine> {
        let rest = self.source.get(self.at..)?;
        if rest.is_empty() {
            return None;
        }
        let start = self.at;
        let bytes = rest.as_bytes();
        let newline = memchr::memchr(b'\n', bytes);
        let mut content = newline.unwrap_or(bytes.len());
        self.at += newline.map_or(bytes.len(), |at| at + 1);
        while content > 0 && bytes.get(content - 1) == Some(&b'\r') {
            content -= 1;
        }
        Some(PhysicalLine {
            start,
            content_end: start + content,
            end: self.at,
        })
    }
}

/// `str::trim_start`, faster for the usual text: it starts with a printable ASCII character, maybe after some spaces.
pub(crate) fn trim_start(text: &str) -> &str {
    let spaces = text.bytes().take_while(|&byte| byte == b' ').count();
    let rest = text.get(spaces..).unwrap_or_default();
    match rest.bytes().next() {
        Some(b'!'..=b'~') => rest,
        _ => rest.trim_start(),
    }
}

/// `str::trim_end`, faster for a text that ends with a printable ASCII character.
pub(crate) fn trim_end(text: &str) -> &str {
    match text.bytes().next_back() {
        Some(b'!'..=b'~') => text,
        _ => text.trim_end(),
    }
}

/// A range of the source in rowan's terms. [`crate::SourceText`] keeps every offset below 2^32.
pub(crate) fn text_range(range: Range<usize>) -> TextRange {
    let size = |offset: usize| TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX));
    TextRange::new(size(range.start), size(range.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str, escape: char) -> (LogicalLine, usize) {
        let mut lines = Lines { source, at: 0 };
        let first = lines.next().unwrap();
        let mut line = LogicalLine::default();
        line.read(first, &mut lines, escape);
        (line, lines.at)
    }

    /// Checks the joined text and what is left of the source.
    fn check(source: &str, text: &str, left: &str) {
        let (line, at) = read(source, '\\');
        assert_eq!(line.text(source), text, "{source:?}");
        assert_eq!(&source[at..], left, "{source:?}");
    }

    #[test]
    fn joins_lines() {
        check("RUN a\nRUN b\n", "RUN a", "RUN b\n");
        check("  RUN a  \r\n", "RUN a  ", "");
        check("RUN a \\\n  b\nX", "RUN a   b", "X");
        check("RU\\\nN ec\\ \t\r\nho", "RUN echo", "");
        check("RUN a \\\n# c\n\n \t\n  # d\n b\nX", "RUN a  b", "X");
        check("RUN a \\\n# c\n", "RUN a ", "");
        check("RUN a \\", "RUN a ", "");
        check("\\\nFROM a\n", "FROM a", "");
        check("\\\n\\\n\\\n", "", "");
        check("RUN a \\\n   \\\n b", "RUN a     b", "");
    }

    #[test]
    fn escape_behind_escape_or_before_other_blanks_does_not_continue() {
        check("a \\\\\nb", "a \\\\", "b");
        check("a \\\\\\\nb", "a \\\\\\", "b");
        check("a \\\u{b}\nb", "a \\\u{b}", "b");
        check("a \\\u{a0}\nb", "a \\\u{a0}", "b");
        check("a \\ \\\nb", "a \\ b", "");
        check("a `\nb", "a `", "b");
        let (line, _) = read("a `\nb", '`');
        assert_eq!(line.text("a `\nb"), "a b");
    }

    #[test]
    fn trims_like_the_standard_library() {
        for text in [
            "",
            " ",
            "a",
            "  a b ",
            "\t a\u{a0}",
            " \u{3000}é",
            "\u{85}",
            " \u{7f}",
        ] {
            assert_eq!(trim_start(text), text.trim_start(), "{text:?}");
            assert_eq!(trim_end(text), text.trim_end(), "{text:?}");
        }
    }

    #[test]
    fn one_line_is_borrowed() {
        let source = "RUN a\n";
        let (line, _) = read(source, '\\');
        assert_eq!(line.text(source).as_ptr(), source.as_ptr());
        assert_eq!(line.joined.capacity(), 0);
    }

    #[test]
    fn ranges_lead_back_to_the_source() {
        let source = "RUN ec\\\n# c\nho hi\n";
        let (line, _) = read(source, '\\');
        assert_eq!(line.text(source), "RUN echo hi");
        let slice = |range| &source[std::ops::Range::<usize>::from(line.to_source(range))];
        assert_eq!(slice(0..3), "RUN");
        assert_eq!(slice(4..6), "ec");
        assert_eq!(slice(4..8), "ec\\\n# c\nho");
        assert_eq!(slice(6..8), "ho");
        assert_eq!(slice(11..11), "");
    }

    #[test]
    fn empty_lines_are_noticed() {
        assert!(read("a \\\n\nb", '\\').0.has_empty_line);
        assert!(!read("a \\\n# c\nb", '\\').0.has_empty_line);
    }

    #[test]
    fn tabs_of_a_chomped_body_are_left_out() {
        let source = "\t\ta\n  b\n\n\tc\n";
        let mut line = LogicalLine::default();
        line.read_chomped(source, 0..source.len());
        assert_eq!(line.text(source), "a\n  b\n\nc\n");
        assert_eq!(line.source_range(0), 2..4);
    }
}
