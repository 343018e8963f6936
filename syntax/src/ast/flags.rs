//! Flags.

use smol_str::SmolStr;

use super::{NodeExt, Word, token, view};
use crate::SyntaxKind;
use crate::grammar::flags::decode;
use rowan::ast::AstNode;

view! {
    /// `--name=value` or `--name`.
    Flag: FLAG
}

impl Flag {
    /// The name as it is written, without its dashes.
    pub fn name(&self) -> SmolStr {
        self.0
            .children()
            .find(|node| node.kind() == SyntaxKind::FLAG_NAME)
            .map(|node| super::logical_text(&node))
            .unwrap_or_default()
    }

    /// The value as it is written; `None` also for an empty one (`--name=`): see [`Flag::has_value`].
    pub fn value(&self) -> Option<Word> {
        self.0
            .children()
            .find(|node| node.kind() == SyntaxKind::FLAG_VALUE)
            .and_then(Word::cast)
    }

    /// Whether there is a `=`.
    pub fn has_value(&self) -> bool {
        token(&self.0, SyntaxKind::EQ).is_some()
    }

    /// The whole flag as BuildKit reads it: `--name=value` with quotes and escape tokens removed. Other characters than
    /// ASCII come out garbled, as in BuildKit, which reads bytes (section A.5).
    pub fn decoded(&self, escape: char) -> String {
        decode(&self.text(), escape).0
    }

    /// The value as BuildKit reads it, see [`Flag::decoded`].
    pub fn decoded_value(&self, escape: char) -> Option<String> {
        let decoded = self.decoded(escape);
        decoded.split_once('=').map(|(_, value)| value.to_owned())
    }
}
