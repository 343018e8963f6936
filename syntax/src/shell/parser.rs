//! The parser's state: one token of lookahead, trivia that is laid down late, and a depth guard.

use super::Dialect;
use super::heredoc::Pending;
use super::lexer::{Token, lex, plain_word_end};
use crate::SyntaxKind;
use crate::emit::Emitter;

/// Parses a whole text as a SCRIPT.
pub(super) fn script(text: &str, dialect: Dialect, out: &mut Emitter<'_>) -> Outcome {
    let base = out.at();
    let mut parser = Parser {
        text,
        dialect,
        out,
        base,
        pos: 0,
        lookahead: Lookahead::default(),
        trivia_is_blank: false,
        depth: 0,
        pending: Vec::new(),
        has_newline: memchr::memchr(b'\n', text.as_bytes()).is_some(),
    };
    parser.out.start(SyntaxKind::SCRIPT);
    parser.advance();
    parser.list(true)?;
    parser.expect_end()?;
    parser.flush();
    parser.out.finish();
    Ok(())
}

/// Why a text has no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GiveUp {
    /// The shell refuses it.
    Refused,
    /// The shell may accept it; this grammar can't be sure how it reads it, or it is nested too deep.
    Unsure,
}

/// What every rule of the grammar returns: a mistake ends the whole attempt.
pub(super) type Outcome = Result<(), GiveUp>;

/// How deep commands, words and expansions may nest. Real scripts stay below 20; the limit protects the stack.
const MAX_DEPTH: u32 = 200;

pub(super) struct Parser<'t, 'm, 'e> {
    /// The text up to where the innermost enclosed part (a backquoted command, a heredoc body) ends.
    pub(super) text: &'t str,
    pub(super) dialect: Dialect,
    pub(super) out: &'m mut Emitter<'e>,
    /// The offset of the text's first byte for the emitter.
    base: usize,
    /// Where the next token is read; words and expansions move it themselves.
    pub(super) pos: usize,
    /// The next token, valid between words.
    pub(super) lookahead: Lookahead,
    /// Whether the trivia before the next token are at most one run of blanks, so that they needn't be looked at twice.
    trivia_is_blank: bool,
    depth: u32,
    /// Heredocs whose bodies start after the next newline.
    pub(super) pending: Vec<Pending>,
    /// Whether the text has any newline: in a joined instruction no heredoc can have its body.
    pub(super) has_newline: bool,
}

/// The next token and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lookahead {
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Default for Lookahead {
    fn default() -> Self {
        Self {
            token: Token::End,
            start: 0,
            end: 0,
        }
    }
}

impl Parser<'_, '_, '_> {
    pub(super) fn is_bash(&self) -> bool {
        self.dialect == Dialect::Bash
    }

    pub(super) fn byte(&self, pos: usize) -> Option<u8> {
        self.text.as_bytes().get(pos).copied()
    }

    /// The text between two offsets; empty when there is none.
    pub(super) fn slice(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The text of the next token.
    pub(super) fn lookahead_text(&self) -> &str {
        self.slice(self.lookahead.start, self.lookahead.end)
    }

    pub(super) fn at(&self, token: Token) -> bool {
        self.lookahead.token == token
    }

    /// Lays down a token that ends at `end`; nothing when it would be empty.
    pub(super) fn token(&mut self, kind: SyntaxKind, end: usize) {
        self.out.token(kind, self.base + end);
    }

    /// Lays down a WORD of unquoted text that ends at `end`.
    pub(super) fn plain_word(&mut self, end: usize) {
        self.out
            .leaf(SyntaxKind::WORD, SyntaxKind::SH_LITERAL, self.base + end);
    }

    /// The end of the last token that was laid down.
    fn laid(&self) -> usize {
        self.out.at() - self.base
    }

    /// Looks at the token after the trivia at `pos`. The trivia are laid down by [`Parser::flush`], once it is known
    /// which node they belong to.
    pub(super) fn advance(&mut self) {
        let mut start = skip_blanks(self.text, self.pos);
        self.trivia_is_blank = true;
        while let Some((_, end)) = self.trivia(start) {
            self.trivia_is_blank = false;
            start = end;
        }
        // Most words of a script are found by a look at their bytes.
        self.lookahead = match plain_word_end(self.text, start) {
            Some(end) => Lookahead {
                token: Token::Word,
                start,
                end,
            },
            None => self.lex_token(start),
        };
    }

    /// Lays down the trivia before the next token.
    pub(super) fn flush(&mut self) {
        if self.trivia_is_blank {
            self.token(SyntaxKind::WHITESPACE, self.lookahead.start);
            self.pos = self.lookahead.start;
            return;
        }
        let mut pos = self.laid();
        while pos < self.lookahead.start {
            let Some((kind, end)) = self.trivia(pos) else {
                break;
            };
            self.token(kind, end);
            pos = end;
        }
        self.pos = self.lookahead.start;
    }

    /// One piece of trivia at `pos`, and where it ends.
    #[inline]
    fn trivia(&self, pos: usize) -> Option<(SyntaxKind, usize)> {
        let rest = self.text.as_bytes().get(pos..)?;
        let (kind, length) = match rest {
            [b' ' | b'\t', ..] => {
                return Some((SyntaxKind::WHITESPACE, skip_blanks(self.text, pos)));
            }
            [b'\\', b'\n', ..] => (SyntaxKind::CONTINUATION, 2),
            [b'#', ..] => {
                let line = rest.iter().take_while(|byte| **byte != b'\n');
                (SyntaxKind::SH_COMMENT, line.count())
            }
            _ => return None,
        };
        Some((kind, pos + length))
    }

    fn lex_token(&self, start: usize) -> Lookahead {
        let Some((mut token, mut end)) = lex::<Token>(self.text, start) else {
            return Lookahead {
                token: Token::End,
                start,
                end: start,
            };
        };
        if token == Token::Word {
            // A quote, an expansion or an escape is an error to this lexer; the word's own lexer starts on it.
            if matches!(
                self.byte(start),
                Some(b'\'' | b'"' | b'$' | b'`' | b'\\' | b'#')
            ) {
                end = start;
            }
        } else if token.is_keyword() {
            let foreign = token.is_bash_keyword() && !self.is_bash();
            if foreign || !self.word_ends_at(end) {
                token = Token::Word;
            }
        } else if self.is_bash() {
            // `<(` and `>(` start a word, unless a descriptor stands before them.
            if token == Token::Redirect && end == start + 1 && self.byte(end) == Some(b'(') {
                (token, end) = (Token::Word, start);
            }
        } else {
            (token, end) = self.narrow(token, start, end);
        }
        Lookahead { token, start, end }
    }

    /// Turns bash's operators into what dash reads at the same place.
    fn narrow(&self, token: Token, start: usize, end: usize) -> (Token, usize) {
        match token {
            Token::PipeAll => (Token::Pipe, start + 1),
            Token::CaseFall => (Token::Semi, start + 1),
            Token::CaseNext => (Token::CaseEnd, start + 2),
            Token::RedirectAll => (Token::Background, start + 1),
            Token::Redirect | Token::HereDoc | Token::HereString => {
                let text = self.slice(start, end);
                // dash takes one digit as a descriptor; more, or a name in braces, is a word that ends here.
                let prefix = text.find(['<', '>']).unwrap_or_default();
                if prefix > 1 {
                    (Token::Word, start + prefix)
                } else if token == Token::HereString {
                    (Token::HereDoc, end - 1)
                } else {
                    (token, end)
                }
            }
            _ => (token, end),
        }
    }

    /// Whether a word ends at `pos`. Continuations there are part of what follows.
    pub(super) fn word_ends_at(&self, pos: usize) -> bool {
        let pos = self.skip_continuations(pos);
        if self.at_process_substitution(pos) {
            return false;
        }
        self.byte(pos).is_none_or(|byte| {
            matches!(
                byte,
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')'
            )
        })
    }

    /// The offset after the continuations at `pos`.
    pub(super) fn skip_continuations(&self, mut pos: usize) -> usize {
        while self.byte(pos) == Some(b'\\') && self.byte(pos + 1) == Some(b'\n') {
            pos += 2;
        }
        pos
    }

    /// Takes the next token, with the trivia before it, and looks at the one after it.
    pub(super) fn bump(&mut self, kind: SyntaxKind) {
        self.close(kind);
        self.advance();
    }

    /// Takes the next token, after which the text is read in another mode.
    pub(super) fn close(&mut self, kind: SyntaxKind) {
        self.flush();
        self.token(kind, self.lookahead.end);
        self.pos = self.lookahead.end;
    }

    /// Takes the next token if it is this one.
    pub(super) fn eat(&mut self, token: Token, kind: SyntaxKind) -> bool {
        let found = self.at(token);
        if found {
            self.bump(kind);
        }
        found
    }

    pub(super) fn require(&mut self, token: Token, kind: SyntaxKind) -> Outcome {
        if self.eat(token, kind) {
            Ok(())
        } else {
            Err(GiveUp::Refused)
        }
    }

    pub(super) fn expect_keyword(&mut self, token: Token) -> Outcome {
        self.require(token, SyntaxKind::SH_KEYWORD)
    }

    /// The text must end here.
    pub(super) fn expect_end(&self) -> Outcome {
        if self.at(Token::End) {
            Ok(())
        } else {
            Err(GiveUp::Refused)
        }
    }

    /// Opens a node before the next token, after its trivia.
    pub(super) fn start(&mut self, kind: SyntaxKind) {
        self.flush();
        self.out.start(kind);
    }

    pub(super) fn finish(&mut self) {
        self.out.finish();
    }

    /// Takes newlines, and the heredoc bodies after them.
    pub(super) fn newlines(&mut self) -> Outcome {
        while self.at(Token::Newline) {
            self.newline()?;
        }
        Ok(())
    }

    /// Takes one newline, and the heredoc bodies after it.
    pub(super) fn newline(&mut self) -> Outcome {
        self.close(SyntaxKind::SH_NEWLINE);
        if !self.pending.is_empty() {
            self.heredoc_bodies()?;
        }
        self.advance();
        Ok(())
    }

    /// Runs one nested rule, unless the text is nested too deep.
    pub(super) fn nested(&mut self, rule: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        if self.depth >= MAX_DEPTH {
            return Err(GiveUp::Unsure);
        }
        self.depth += 1;
        rule(self)?;
        self.depth -= 1;
        Ok(())
    }
}

/// The offset after the blanks at `pos`.
fn skip_blanks(text: &str, pos: usize) -> usize {
    let rest = text.as_bytes().get(pos..).unwrap_or_default();
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
    pos + blanks.count()
}
