//! Helpers of tests.

use dfix_syntax::TextSize;

/// A text without its `$0`, and where that stands.
#[track_caller]
pub(crate) fn at_cursor(text: &str) -> (String, TextSize) {
    let at = text.find("$0").expect("a `$0` for the cursor");
    let before = text.get(..at).unwrap_or_default();
    let after = text.get(at + 2..).unwrap_or_default();
    let offset = TextSize::of(before);
    (format!("{before}{after}"), offset)
}
