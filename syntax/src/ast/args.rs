//! Words and pairs.

use super::{NodeExt, token, view};
use crate::shlex;
use crate::{SyntaxKind, SyntaxToken};

view! {
    /// One argument: quotes, escape tokens and variables as they are written.
    Word: ARGUMENT | IMAGE | STAGE_NAME | PAIR_NAME | PAIR_VALUE | FLAG_VALUE
}

impl Word {
    /// The variables that the builder expands in this word; none where the instruction doesn't expand (section B.4).
    pub fn variables(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        self.0
            .children_with_tokens()
            .filter_map(|element| element.into_token())
            .filter(|token| token.kind() == SyntaxKind::VARIABLE)
    }

    /// What the builder makes of the word, quotes and escape tokens removed (section A.8). `None` if that depends on
    /// variables, or if the builder refuses it.
    pub fn static_value(&self, escape: char) -> Option<String> {
        if self.variables().next().is_some() {
            return None;
        }
        shlex::unquote(&self.text(), escape)
    }
}

view! {
    /// `name=value`, `name value` (legacy), or `name` alone in ARG.
    Pair: PAIR
}

impl Pair {
    /// The name; `None` in `=value`.
    pub fn name(&self) -> Option<Word> {
        self.part(SyntaxKind::PAIR_NAME)
    }

    /// The value. `None` if there is none, and also if it is empty: see [`Pair::has_value`].
    pub fn value(&self) -> Option<Word> {
        self.part(SyntaxKind::PAIR_VALUE)
    }

    /// The `=`.
    pub fn equals(&self) -> Option<SyntaxToken> {
        token(&self.0, SyntaxKind::EQ)
    }

    /// Whether a value is given, be it an empty one.
    pub fn has_value(&self) -> bool {
        self.equals().is_some() || self.value().is_some()
    }

    /// Whether it is the form `name value` of ENV and LABEL.
    pub fn is_legacy(&self) -> bool {
        self.equals().is_none() && self.value().is_some()
    }

    fn part(&self, kind: SyntaxKind) -> Option<Word> {
        self.0.children().find(|node| node.kind() == kind).map(Word)
    }
}
