//! Numbers that look random and are the same in each run.

use std::ops::Range;

/// A source of numbers (xorshift with 64 bits).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The source that belongs to a number.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // Zero would stay zero for ever.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number below `limit`, which is not zero.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The low bits are the weak ones.
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit.max(1)
    }

    /// Whether something happens that happens once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of some things.
    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        things.get(self.below(things.len()))
    }

    /// A place in a text where an editor's cursor can stand: between characters, and not inside `\r\n`.
    pub fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !is_place(text, at) {
            at -= 1;
        }
        at
    }

    /// A range of at most about `most` bytes, between two such places.
    pub fn range(&mut self, text: &str, most: usize) -> Range<usize> {
        let start = self.place(text);
        let mut end = (start + self.below(most + 1)).min(text.len());
        while !is_place(text, end) {
            end -= 1;
        }
        start..end.max(start)
    }
}

/// Whether a cursor can stand at an offset.
#[must_use]
pub fn is_place(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied();
    let inside_end = at > 0 && byte(at - 1) == Some(b'\r') && byte(at) == Some(b'\n');
    text.is_char_boundary(at) && !inside_end
}
