//! The file and its directives.

use smol_str::SmolStr;

use super::{Instruction, token, view};
use crate::SyntaxKind;
use rowan::ast::{AstChildren, AstNode, support};

view! {
    /// A whole file.
    File: ROOT
}

impl File {
    /// The instructions in order, without those that ONBUILD triggers.
    pub fn instructions(&self) -> AstChildren<Instruction> {
        support::children(&self.0)
    }

    /// The parser directives in order.
    pub fn directives(&self) -> impl Iterator<Item = Directive> + use<> {
        // They stand before everything else.
        self.0.children().map_while(Directive::cast)
    }

    /// The value of a directive, by its name in lower case.
    pub fn directive(&self, name: &str) -> Option<SmolStr> {
        self.directives()
            .find(|directive| {
                directive
                    .name()
                    .is_some_and(|found| found.eq_ignore_ascii_case(name))
            })
            .and_then(|directive| directive.value())
    }

    /// The escape token: a backslash, unless a directive says a backquote.
    pub fn escape(&self) -> char {
        match self.directive("escape").as_deref() {
            Some("`") => '`',
            _ => '\\',
        }
    }
}

view! {
    /// `# name=value` at the start of a file.
    Directive: DIRECTIVE
}

impl Directive {
    /// The name as it is written.
    pub fn name(&self) -> Option<SmolStr> {
        token(&self.0, SyntaxKind::KEYWORD).map(|token| SmolStr::new(token.text()))
    }

    /// The value without the blanks around it.
    pub fn value(&self) -> Option<SmolStr> {
        token(&self.0, SyntaxKind::TEXT).map(|token| SmolStr::new(token.text()))
    }
}
