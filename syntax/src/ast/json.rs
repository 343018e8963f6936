//! The JSON form of arguments.

use super::view;
use crate::grammar::json::decode_json_string;
use crate::{SyntaxKind, SyntaxToken};

view! {
    /// `["...", ...]`
    JsonArray: JSON_ARRAY
}

impl JsonArray {
    /// The elements as they are written. An element that a continuation runs through is given by its first part only; ask
    /// [`JsonArray::strings`] for its value.
    pub fn elements(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        let mut is_inside = false;
        self.0
            .children_with_tokens()
            .filter_map(|element| element.into_token())
            .filter(move |token| match token.kind() {
                SyntaxKind::JSON_STRING => !std::mem::replace(&mut is_inside, true),
                kind => {
                    is_inside &= !kind.is_logical();
                    false
                }
            })
    }

    /// The decoded elements.
    pub fn strings(&self) -> impl Iterator<Item = String> + use<> {
        let mut tokens = self
            .0
            .children_with_tokens()
            .filter_map(|element| element.into_token())
            .filter(|token| token.kind().is_logical());
        std::iter::from_fn(move || {
            let first = tokens.find(|token| token.kind() == SyntaxKind::JSON_STRING)?;
            if is_whole(first.text()) {
                return Some(decode_json_string(first.text()));
            }
            let mut literal = first.text().to_owned();
            for token in tokens.by_ref() {
                literal.push_str(token.text());
                if is_whole(&literal) {
                    break;
                }
            }
            Some(decode_json_string(&literal))
        })
    }
}

/// Whether a part of a JSON string is the whole of it: it ends with a quote that isn't escaped.
fn is_whole(text: &str) -> bool {
    text.len() > 1
        && text.strip_suffix('"').is_some_and(|inner| {
            let slashes = inner.len() - inner.trim_end_matches('\\').len();
            slashes % 2 == 0
        })
}
