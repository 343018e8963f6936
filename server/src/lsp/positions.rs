//! Positions of the protocol (line and column, both from zero) and byte offsets.
//!
//! The client counts columns in UTF-8, UTF-16 or UTF-32 code units, as was agreed at the start. Lines end as the protocol
//! says: at `\n`, `\r\n` and a lone `\r`.

use dfix_syntax::{TextRange, TextSize};
use tower_lsp::lsp_types::{Position, PositionEncodingKind, Range};

/// In what the client counts columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    Utf8,
    /// What every client knows.
    #[default]
    Utf16,
    Utf32,
}

impl Encoding {
    /// The best one that the client offers: bytes need no counting.
    pub(super) fn choose(offered: &[PositionEncodingKind]) -> Self {
        let offers = |kind| offered.contains(&kind);
        if offers(PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if offers(PositionEncodingKind::UTF32) && !offers(PositionEncodingKind::UTF16) {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    /// Its name in the protocol.
    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    /// How many code units a text has.
    pub(super) fn units(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            _ if text.is_ascii() => text.len(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Utf32 => text.chars().count(),
        }
    }

    /// The byte offset of a column in a line; the line's end when the line is shorter, the character's start when the
    /// column is inside one.
    fn offset(self, line: &str, column: usize) -> usize {
        if self == Self::Utf8 || line.is_ascii() {
            let mut at = column.min(line.len());
            while !line.is_char_boundary(at) {
                at -= 1;
            }
            return at;
        }
        let mut units = 0;
        for (at, character) in line.char_indices() {
            units += match self {
                Self::Utf16 => character.len_utf16(),
                _ => 1,
            };
            if units > column {
                return at;
            }
        }
        line.len()
    }
}

/// The lines of a text.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    encoding: Encoding,
    /// The offset of the first byte of each line.
    starts: Vec<u32>,
}

impl Lines {
    /// Reads a text once.
    pub(super) fn new(text: &str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            // Of `\r\n` the second one ends the line.
            if bytes.get(at..at + 2) != Some(b"\r\n") {
                starts.push(to_u32(at + 1));
            }
        }
        Self { encoding, starts }
    }

    /// The position of a byte offset of `text`, of which these are the lines.
    pub(super) fn position(&self, text: &str, offset: TextSize) -> Position {
        let offset = u32::from(offset).min(u32::try_from(text.len()).unwrap_or(u32::MAX));
        let line = self
            .starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or_default();
        let before = text.get(start as usize..offset as usize);
        let column = self.encoding.units(before.unwrap_or_default());
        Position::new(to_u32(line), to_u32(column))
    }

    /// The byte offset of a position of `text`. A column beyond the line's end is the line's end, a line beyond the last
    /// one the end of the text.
    pub(super) fn offset(&self, text: &str, position: Position) -> TextSize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line).copied() else {
            return TextSize::of(text);
        };
        let end = self
            .starts
            .get(line + 1)
            .map_or(text.len(), |end| *end as usize);
        let line = text.get(start as usize..end).unwrap_or_default();
        let line = line.trim_end_matches(['\r', '\n']);
        let inside = self.encoding.offset(line, position.character as usize);
        TextSize::from(start + to_u32(inside))
    }

    /// The protocol's range for bytes.
    pub(super) fn range(&self, text: &str, range: TextRange) -> Range {
        Range::new(
            self.position(text, range.start()),
            self.position(text, range.end()),
        )
    }

    /// The line that an offset is on and where that line starts, if it is a later one than `line`.
    pub(super) fn later_line(&self, line: u32, offset: TextSize) -> Option<(u32, TextSize)> {
        let offset = u32::from(offset);
        let next = self.starts.get(line as usize + 1)?;
        if *next > offset {
            return None;
        }
        let number = self.starts.partition_point(|start| *start <= offset) - 1;
        let start = self.starts.get(number)?;
        Some((to_u32(number), TextSize::from(*start)))
    }

    /// How many code units a text has.
    pub(super) fn units(&self, text: &str) -> u32 {
        to_u32(self.encoding.units(text))
    }
}

/// No text is long enough to be cut here.
fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "aé😀\r\n\rb\n";

    #[test]
    fn offsets_and_positions_are_inverse() {
        use Encoding::{Utf8, Utf16, Utf32};
        for encoding in [Utf8, Utf16, Utf32] {
            let lines = Lines::new(TEXT, encoding);
            for (offset, _) in TEXT.char_indices() {
                // The position between `\r` and `\n` does not exist.
                if TEXT.get(offset..offset + 1) == Some("\n") && offset < 10 {
                    continue;
                }
                let offset = TextSize::try_from(offset).unwrap();
                let position = lines.position(TEXT, offset);
                assert_eq!(
                    lines.offset(TEXT, position),
                    offset,
                    "{encoding:?} {position:?}"
                );
            }
        }
    }

    #[test]
    fn columns_by_encoding() {
        for (encoding, column) in [
            (Encoding::Utf8, 7),
            (Encoding::Utf16, 4),
            (Encoding::Utf32, 3),
        ] {
            let lines = Lines::new(TEXT, encoding);
            assert_eq!(lines.position(TEXT, 7.into()), Position::new(0, column));
        }
    }

    #[test]
    fn positions_that_do_not_exist() {
        let lines = Lines::new(TEXT, Encoding::Utf16);
        for (line, column, offset) in [
            // In the middle of a character that has two code units.
            (0, 3, 3),
            (0, 99, 7),
            (1, 5, 9),
            (2, 5, 11),
            (3, 0, 12),
            (9, 9, 12),
        ] {
            let position = Position::new(line, column);
            assert_eq!(lines.offset(TEXT, position), offset.into(), "{position:?}");
        }
    }

    #[test]
    fn the_encoding_that_is_cheapest() {
        let kinds = |encodings: &[Encoding]| encodings.iter().map(|e| e.kind()).collect::<Vec<_>>();
        use Encoding::{Utf8, Utf16, Utf32};
        for (offered, chosen) in [
            (&[][..], Utf16),
            (&[Utf16, Utf8], Utf8),
            (&[Utf32], Utf32),
            (&[Utf32, Utf16], Utf16),
        ] {
            assert_eq!(Encoding::choose(&kinds(offered)), chosen);
        }
    }
}
