//! Text that the builder sees as one although continuations may run through it.

use dfix_syntax::{TextRange, TextSize};

/// A text, and where each of its bytes stands in the source.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub text: String,
    /// Where pieces start, in the text and in the source; within a piece both advance together.
    starts: Vec<(usize, TextSize)>,
}

impl Pieces {
    /// Adds what stands at a place of the source.
    pub(super) fn push(&mut self, text: &str, start: TextSize) {
        self.starts.push((self.text.len(), start));
        self.text.push_str(text);
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.starts.clear();
    }

    /// Where bytes of the text stand in the source.
    pub(super) fn range(&self, start: usize, end: usize) -> TextRange {
        let first = self.source(start, |piece| piece <= start);
        let last = self.source(end, |piece| piece < end || piece == 0);
        TextRange::new(first, last.max(first))
    }

    fn source(&self, offset: usize, is_before: impl Fn(usize) -> bool) -> TextSize {
        let after = self.starts.partition_point(|(at, _)| is_before(*at));
        let piece = after.checked_sub(1).and_then(|last| self.starts.get(last));
        let (at, start) = piece.copied().unwrap_or_default();
        start + TextSize::try_from(offset - at.min(offset)).unwrap_or_default()
    }

    /// The text of a JSON string with its quotes and escapes removed.
    pub(super) fn decoded(&self) -> Self {
        let mut decoded = Self::default();
        let mut at = 1;
        let inner = self
            .text
            .get(..self.text.len().saturating_sub(1))
            .unwrap_or_default();
        while let Some(rest) = inner.get(at..).filter(|rest| !rest.is_empty()) {
            let start = self.range(at, at).start();
            let length = match rest.strip_prefix('\\') {
                None => {
                    let length = rest.chars().next().map_or(1, char::len_utf8);
                    decoded.push(rest.get(..length).unwrap_or_default(), start);
                    length
                }
                // Two halves of a character are written as two escapes.
                Some(escaped) => {
                    let length = |rest: &str| if rest.starts_with("\\u") { 6 } else { 2 };
                    let first = length(rest);
                    let surrogate = escaped.get(1..3).is_some_and(|digits| {
                        first == 6
                            && digits.to_ascii_lowercase().starts_with('d')
                            && !digits.ends_with(|c: char| c < '8')
                    });
                    let total = first + if surrogate { 6 } else { 0 };
                    let literal = rest.get(..total.min(rest.len())).unwrap_or_default();
                    decoded.push(
                        &dfix_syntax::decode_json_string(&format!("\"{literal}\"")),
                        start,
                    );
                    literal.len().max(1)
                }
            };
            at += length;
        }
        decoded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_bytes() {
        let mut pieces = Pieces::default();
        pieces.push("$ab", TextSize::new(10));
        pieces.push("cd", TextSize::new(20));
        let check = |start, end, expected: (u32, u32)| {
            let range = pieces.range(start, end);
            assert_eq!((range.start().into(), range.end().into()), expected);
        };
        check(1, 3, (11, 13));
        check(1, 5, (11, 22));
        check(3, 5, (20, 22));
        check(0, 0, (10, 10));
    }

    #[test]
    fn json() {
        for (text, decoded, at) in [
            ("\"a$b\"", "a$b", 2),
            ("\"\\\"$b\"", "\"$b", 3),
            ("\"\\u0041é\\n$b\"", "Aé\n$b", 11),
            ("\"\\ud83d\\ude00$b\"", "😀$b", 13),
            ("\"\\", "", 0),
            ("\"", "", 0),
        ] {
            let mut pieces = Pieces::default();
            pieces.push(text, TextSize::new(0));
            let found = pieces.decoded();
            assert_eq!(found.text, decoded);
            if let Some(dollar) = decoded.find('$') {
                assert_eq!(found.range(dollar, dollar).start(), TextSize::new(at));
            }
        }
    }
}
