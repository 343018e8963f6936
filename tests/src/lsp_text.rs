//! A client's copy of a document: its own reading of the protocol's positions, so that a mistake of the server's shows.

#![allow(
    clippy::indexing_slicing,
    reason = "a value without a member is null, not a panic"
)]

use std::ops::Range;

use serde_json::{Value, json};

/// In what columns are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// What the protocol has always counted.
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Utf8, Self::Utf16, Self::Utf32];

    /// Its name in the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf32 => "utf-32",
        }
    }

    fn units(self, character: char) -> usize {
        match self {
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// The position of a byte offset. Between `\r` and `\n` there is none; the end of the line stands for it.
#[must_use]
pub fn position(text: &str, offset: usize, encoding: Encoding) -> Value {
    let (mut line, mut column) = (0, 0);
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if at >= offset {
            break;
        }
        let next = characters.peek().map(|(_, next)| *next);
        match character {
            '\r' if next == Some('\n') => {}
            '\r' | '\n' => {
                line += 1;
                column = 0;
            }
            _ => column += encoding.units(character),
        }
    }
    json!({ "line": line, "character": column })
}

/// The byte offset of a position.
///
/// # Errors
/// The position does not exist: the server must not say it.
pub fn offset(text: &str, position: &Value, encoding: Encoding) -> Result<usize, String> {
    let number = |name: &str| {
        let value = position.get(name).and_then(Value::as_u64);
        value.and_then(|value| usize::try_from(value).ok())
    };
    let no_such = || format!("there is no position {position}");
    let (wanted_line, wanted) = number("line")
        .zip(number("character"))
        .ok_or_else(no_such)?;
    let start = line_start(text, wanted_line).ok_or_else(no_such)?;
    let mut column = 0;
    for (at, character) in text.get(start..).unwrap_or_default().char_indices() {
        if column == wanted {
            return Ok(start + at);
        }
        if matches!(character, '\r' | '\n') {
            return Err(no_such());
        }
        column += encoding.units(character);
    }
    match column == wanted {
        true => Ok(text.len()),
        false => Err(no_such()),
    }
}

/// Where a line starts.
fn line_start(text: &str, line: usize) -> Option<usize> {
    let ends = text.bytes().enumerate().filter(|&(at, byte)| {
        byte == b'\n' || byte == b'\r' && text.as_bytes().get(at + 1) != Some(&b'\n')
    });
    match line.checked_sub(1) {
        None => Some(0),
        Some(before) => ends.map(|(at, _)| at + 1).nth(before),
    }
}

/// The bytes of a range.
///
/// # Errors
/// The range does not exist, or ends before it begins.
pub fn bytes(text: &str, range: &Value, encoding: Encoding) -> Result<Range<usize>, String> {
    let start = offset(text, &range["start"], encoding)?;
    let end = offset(text, &range["end"], encoding)?;
    match start <= end {
        true => Ok(start..end),
        false => Err(format!("{range} ends before it begins")),
    }
}

/// Edits of the protocol as byte ranges and texts, in the order of places.
///
/// # Errors
/// A range does not exist, or two of them overlap.
pub fn text_edits(
    text: &str,
    edits: &[Value],
    encoding: Encoding,
) -> Result<Vec<(Range<usize>, String)>, String> {
    let mut found = Vec::new();
    for edit in edits {
        let insert = edit["newText"].as_str().ok_or("an edit without a text")?;
        found.push((bytes(text, &edit["range"], encoding)?, insert.to_owned()));
    }
    // Several insertions at one place keep their order.
    found.sort_by_key(|(range, _)| (range.start, range.end));
    match found
        .iter()
        .zip(found.iter().skip(1))
        .find(|(a, b)| a.0.end > b.0.start)
    {
        Some((a, b)) => Err(format!("the edits {a:?} and {b:?} overlap")),
        None => Ok(found),
    }
}

/// The text after edits that are in the order of places.
#[must_use]
pub fn edited(text: &str, edits: &[(Range<usize>, String)]) -> String {
    let mut after = String::with_capacity(text.len());
    let mut at = 0;
    for (range, insert) in edits {
        after.push_str(text.get(at..range.start).unwrap_or_default());
        after.push_str(insert);
        at = range.end;
    }
    after.push_str(text.get(at..).unwrap_or_default());
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_by_encoding() {
        let text = "aé😀\r\nb\rc";
        for (encoding, columns) in [
            (Encoding::Utf8, [0, 1, 3, 7]),
            (Encoding::Utf16, [0, 1, 2, 4]),
            (Encoding::Utf32, [0, 1, 2, 3]),
        ] {
            for (at, column) in [0, 1, 3, 7].into_iter().zip(columns) {
                let place = json!({"line": 0, "character": column});
                assert_eq!(position(text, at, encoding), place);
                assert_eq!(offset(text, &place, encoding), Ok(at));
            }
        }
        for (line, column, at) in [(1, 0, 9), (2, 0, 11), (2, 1, 12)] {
            let place = json!({"line": line, "character": column});
            assert_eq!(position(text, at, Encoding::Utf16), place);
            assert_eq!(offset(text, &place, Encoding::Utf16), Ok(at));
        }
        for (line, column) in [(0, 3), (0, 5), (3, 0), (2, 2)] {
            let place = json!({"line": line, "character": column});
            assert!(offset(text, &place, Encoding::Utf16).is_err(), "{place}");
        }
    }

    #[test]
    fn edits_may_touch_but_not_overlap() {
        let edit = |a: usize, b: usize, text: &str| json!({"range": {"start": {"line": 0, "character": a}, "end": {"line": 0, "character": b}}, "newText": text});
        let touching = [edit(2, 3, "x"), edit(0, 2, ""), edit(3, 3, "y")];
        let edits = text_edits("abcd", &touching, Encoding::Utf8).unwrap();
        assert_eq!(edited("abcd", &edits), "xyd");
        assert!(text_edits("abcd", &[edit(0, 2, ""), edit(1, 3, "")], Encoding::Utf8).is_err());
    }
}
