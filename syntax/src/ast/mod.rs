//! Typed views of the tree: thin newtypes over nodes, with the questions that a rule would ask.
//!
//! A tree may be malformed, so an accessor gives an `Option` or an iterator. A view costs one node; nothing is computed
//! before it is asked for.

mod args;
mod file;
mod flags;
mod heredoc;
mod instruction;
mod json;
pub mod shell;

pub use args::{Pair, Word};
pub use file::{Directive, File};
pub use flags::Flag;
pub use heredoc::{Heredoc, HeredocOperator};
pub use instruction::{Copy, From, Healthcheck, Instruction};
pub use json::JsonArray;

pub use rowan::ast::AstNode;
use smol_str::{SmolStr, SmolStrBuilder};

use crate::{DockerfileLanguage, SyntaxKind, SyntaxNode, SyntaxToken, TextRange};

/// Questions to a view of any kind.
pub trait NodeExt: AstNode<Language = DockerfileLanguage> {
    /// The range of the node without the trivia at its ends: what a message about it should underline.
    fn trimmed_range(&self) -> TextRange {
        trimmed_range(self.syntax())
    }

    /// What the builder sees of the node ([`logical_text`]).
    fn text(&self) -> SmolStr {
        logical_text(self.syntax())
    }
}

impl<N: AstNode<Language = DockerfileLanguage>> NodeExt for N {}

/// Declares a view of one or more kinds.
macro_rules! view {
    ($(#[$meta:meta])* $name:ident: $($kind:ident)|+) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(pub(super) $crate::SyntaxNode);

        impl rowan::ast::AstNode for $name {
            type Language = $crate::DockerfileLanguage;

            fn can_cast(kind: $crate::SyntaxKind) -> bool {
                matches!(kind, $($crate::SyntaxKind::$kind)|+)
            }

            fn cast(node: $crate::SyntaxNode) -> Option<Self> {
                Self::can_cast(node.kind()).then_some(Self(node))
            }

            fn syntax(&self) -> &$crate::SyntaxNode {
                &self.0
            }
        }
    };
}
use view;

/// What the builder sees of a node: its tokens without continuations, comment lines, blank lines and line ends. Nothing is
/// allocated where the node is a single token of at most 23 bytes.
pub fn logical_text(node: &SyntaxNode) -> SmolStr {
    if let Some(token) = node.first_child_or_token().and_then(|e| e.into_token())
        && token.text_range() == node.text_range()
    {
        return SmolStr::new(token.text());
    }
    let mut text = SmolStrBuilder::new();
    for token in tokens(node) {
        if token.kind().is_logical() {
            text.push_str(token.text());
        }
    }
    text.finish()
}

/// The range of a node without the trivia at its ends.
pub fn trimmed_range(node: &SyntaxNode) -> TextRange {
    let range = node.text_range();
    let is_inside = |token: &SyntaxToken| range.contains_range(token.text_range());
    let mut first = node.first_token();
    while let Some(token) = first.take_if(|token| token.kind().is_trivia()) {
        first = token.next_token().filter(is_inside);
    }
    let mut last = node.last_token();
    while let Some(token) = last.take_if(|token| token.kind().is_trivia()) {
        last = token.prev_token().filter(is_inside);
    }
    match (first, last) {
        (Some(first), Some(last)) => first.text_range().cover(last.text_range()),
        _ => TextRange::empty(range.start()),
    }
}

/// All tokens below a node, in order.
pub fn tokens(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> + use<> {
    node.descendants_with_tokens()
        .filter_map(|element| element.into_token())
}

/// The first token of a kind directly below a node.
fn token(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxToken> {
    node.children_with_tokens()
        .filter_map(|element| element.into_token())
        .find(|token| token.kind() == kind)
}
