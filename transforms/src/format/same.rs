//! Whether two trees say the same but for layout.

use std::fmt::Write as _;

use dfix_syntax::SyntaxKind::{self, *};
use dfix_syntax::{GreenNodeRef, NodeOrToken, Parse};

/// Whether two files consist of the same constructs and words, with the same comments. Blanks between words,
/// continuations and blank lines don't count, and neither do the letter case of keywords and blanks around comments. In
/// heredocs every byte counts.
pub(super) fn same(before: &Parse, after: &Parse) -> bool {
    after.errors().is_empty() && print(before) == print(after)
}

/// A text that two files share when they say the same.
fn print(parse: &Parse) -> String {
    let mut print = Print::default();
    print.node(parse.green(), false);
    print.comments + &print.text
}

#[derive(Default)]
struct Print {
    text: String,
    comments: String,
    /// The kind of the last token when nothing but a continuation has followed it.
    open: Option<SyntaxKind>,
}

impl Print {
    fn node(&mut self, node: GreenNodeRef<'_>, verbatim: bool) {
        let verbatim = verbatim || node.kind() == HEREDOC;
        self.mark('(', node.kind());
        for child in node.children() {
            let token = match child {
                NodeOrToken::Node(child) => {
                    self.node(child, verbatim);
                    continue;
                }
                NodeOrToken::Token(token) => token,
            };
            match token.kind() {
                // The last line of a file may have no line end.
                EOL if node.kind() == HEREDOC => {}
                _ if verbatim => {
                    self.mark(' ', token.kind());
                    self.text.push_str(token.text());
                }
                COMMENT => {
                    self.comments.push_str(token.text().trim_end());
                    self.comments.push('\n');
                }
                WHITESPACE => self.open = None,
                kind if kind.is_trivia() => {}
                kind => {
                    // Two parts of one token are one.
                    if self.open != Some(kind) {
                        self.mark(' ', kind);
                    }
                    match kind {
                        KEYWORD | SUB_KEYWORD => {
                            let text = token.text().bytes();
                            self.text
                                .extend(text.map(|byte| char::from(byte.to_ascii_lowercase())));
                        }
                        _ => self.text.push_str(token.text()),
                    }
                    self.open = Some(kind);
                }
            }
        }
        self.mark(')', node.kind());
    }

    fn mark(&mut self, sign: char, kind: SyntaxKind) {
        // Writing to a string can't fail.
        let _ = write!(self.text, "\0{sign}{}", kind as u16);
        self.open = None;
    }
}
