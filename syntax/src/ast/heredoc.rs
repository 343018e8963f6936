//! Heredocs.

use super::shell::ShellText;
use super::{token, view};
pub use crate::heredoc::Operator as HeredocOperator;
use crate::{SyntaxKind, SyntaxToken};

view! {
    /// The lines of a heredoc with the line that ends it. Its operator is in the logical line:
    /// [`super::Instruction::heredoc_operators`].
    Heredoc: HEREDOC
}

impl Heredoc {
    /// The lines as they are written, with the tabs that `<<-` removes.
    pub fn content(&self) -> String {
        let mut content = String::new();
        for element in self.body() {
            match element {
                rowan::NodeOrToken::Node(node) => content.push_str(&node.text().to_string()),
                rowan::NodeOrToken::Token(token) => content.push_str(token.text()),
            }
        }
        content
    }

    /// The shell text of a `RUN <<EOF`, if its shell is known.
    pub fn shell_text(&self) -> Option<ShellText> {
        ShellText::of(&self.0)
    }

    /// The line that ends the heredoc, without its line end. `None` in a file that ends before.
    pub fn end(&self) -> Option<SyntaxToken> {
        token(&self.0, SyntaxKind::HEREDOC_END)
    }

    fn body(&self) -> impl Iterator<Item = crate::SyntaxElement> + use<> {
        let end = self.end();
        let limit = match &end {
            // The tabs before the terminator belong to its line.
            Some(end) => end
                .prev_sibling_or_token()
                .filter(|before| {
                    before.kind() == SyntaxKind::INDENT
                        && before.text_range().end() == end.text_range().start()
                })
                .map_or(end.text_range().start(), |indent| {
                    indent.text_range().start()
                }),
            None => self.0.text_range().end(),
        };
        self.0
            .children_with_tokens()
            .take_while(move |element| element.text_range().start() < limit)
    }
}
