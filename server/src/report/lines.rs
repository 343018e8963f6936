//! Lines and columns: the only place where byte offsets become positions for people.

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// The line, from one. Lines end at `\n`, as in BuildKit.
    pub line: usize,
    /// The column, from one, in characters (Unicode scalar values).
    pub column: usize,
}

/// Finds the position of byte offsets in a text.
#[derive(Debug)]
pub(crate) struct LineIndex<'a> {
    text: &'a str,
    /// The offset of the first byte of each line.
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Reads the text once.
    pub(crate) fn new(text: &'a str) -> Self {
        let after_ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(after_ends).collect(),
        }
    }

    /// The text that the index is of.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// The position of a byte offset; an offset beyond the end is the end.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let line = self.line_at(offset);
        let start = self.start_of(line);
        let before = self.text.as_bytes().get(start..offset.min(self.text.len()));
        Position {
            line: line + 1,
            column: count_characters(before.unwrap_or_default()) + 1,
        }
    }

    /// The line of a byte offset, from zero.
    pub(crate) fn line_at(&self, offset: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }

    /// The offset of the first byte of a line (from zero); the end of the text for a line beyond it.
    pub(crate) fn start_of(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }
}

/// The position of an offset in bytes that need not be text; invalid bytes count as one column each.
pub(crate) fn position_in_bytes(bytes: &[u8], offset: usize) -> Position {
    let before = bytes.get(..offset).unwrap_or(bytes);
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    Position {
        line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
        column: count_characters(before.get(start..).unwrap_or_default()) + 1,
    }
}

/// Counts the bytes that start a character.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions() {
        let text = "ab\r\né😀x\n";
        let index = LineIndex::new(text);
        for (offset, line, column) in [
            (0, 1, 1),
            (3, 1, 4),
            (4, 2, 1),
            (6, 2, 2),
            (10, 2, 3),
            (12, 3, 1),
            (99, 3, 1),
        ] {
            let position = Position { line, column };
            assert_eq!(index.position(offset), position, "{offset}");
            assert_eq!(
                position_in_bytes(text.as_bytes(), offset),
                position,
                "{offset}"
            );
        }
    }
}
