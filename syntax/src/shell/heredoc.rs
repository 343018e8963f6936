//! Heredocs that the shell itself reads: only in a text with newlines, so in the bodies of the builder's heredocs.

use super::lexer::{Quoted, lex};
use super::parser::{GiveUp, Outcome, Parser};
use super::word::Context;
use crate::SyntaxKind::*;

/// A heredoc whose operator was read, and whose body comes after the next newline.
#[derive(Debug)]
pub(super) struct Pending {
    /// The line that ends the body.
    pub(super) name: String,
    /// Whether a part of the name was quoted; then nothing expands in the body.
    pub(super) quoted: bool,
    /// `<<-`: tabs at the start of each line are dropped.
    pub(super) strip_tabs: bool,
}

/// Where the parts of a heredoc end.
struct Bounds {
    /// Before the tabs of the terminator line.
    body: usize,
    /// Before the terminator.
    tabs: usize,
    /// After the terminator, before its newline.
    terminator: usize,
}

impl Parser<'_, '_, '_> {
    /// The bodies of all pending heredocs, in order. `pos` is after the newline.
    pub(super) fn heredoc_bodies(&mut self) -> Outcome {
        for heredoc in std::mem::take(&mut self.pending) {
            let bounds = self.bounds(&heredoc);
            self.out.start(SH_HEREDOC);
            if heredoc.quoted {
                self.leaf(SH_HEREDOC_TEXT, bounds.body);
            } else {
                self.nested(|parser| parser.expanding_body(bounds.body))?;
            }
            self.leaf(WHITESPACE, bounds.tabs);
            self.leaf(SH_HEREDOC_END, bounds.terminator);
            let newline = self.byte(self.pos) == Some(b'\n');
            self.leaf(SH_NEWLINE, self.pos + usize::from(newline));
            self.finish();
        }
        Ok(())
    }

    /// Finds the terminator. A body without one goes to the end of the text, as in every shell.
    fn bounds(&self, heredoc: &Pending) -> Bounds {
        let mut line = self.pos;
        // In an expanding body a backslash joins two lines before the terminator is looked for.
        let mut joined = false;
        while let Some(rest) = self.text.get(line..).filter(|rest| !rest.is_empty()) {
            let content = rest.split('\n').next().unwrap_or_default();
            let tabs = if heredoc.strip_tabs {
                content.bytes().take_while(|byte| *byte == b'\t').count()
            } else {
                0
            };
            if !joined && content.get(tabs..) == Some(heredoc.name.as_str()) {
                return Bounds {
                    body: line,
                    tabs: line + tabs,
                    terminator: line + content.len(),
                };
            }
            let backslashes = content
                .bytes()
                .rev()
                .take_while(|byte| *byte == b'\\')
                .count();
            joined = !heredoc.quoted && backslashes % 2 == 1;
            line += content.len() + 1;
        }
        let end = self.text.len();
        Bounds {
            body: end,
            tabs: end,
            terminator: end,
        }
    }

    /// A body in which variables and commands are expanded.
    fn expanding_body(&mut self, end: usize) -> Outcome {
        let text = self.text;
        self.text = text.get(..end).ok_or(GiveUp::Refused)?;
        while let Some((piece, end)) = lex::<Quoted>(self.text, self.pos) {
            match piece {
                Quoted::Dollar => self.dollar(Context::Quoted, SH_HEREDOC_TEXT)?,
                Quoted::Continuation => {
                    self.token(SH_HEREDOC_TEXT, self.pos);
                    self.inner_continuation()?;
                }
                Quoted::Literal | Quoted::Quote | Quoted::Other => self.pos = end,
            }
        }
        self.token(SH_HEREDOC_TEXT, self.pos);
        self.text = text;
        Ok(())
    }
}
