//! Words, quotes and heredoc delimiters.

use super::lexer::{Dollar, Piece, Quoted, Token, lex};
use super::parser::{GiveUp, Outcome, Parser};
use crate::SyntaxKind::*;

/// Where a `$` or a backquote stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// Outside of double quotes.
    Plain,
    /// Inside double quotes, or in a heredoc body.
    Quoted,
}

impl Parser<'_, '_, '_> {
    /// A WORD node for the next word.
    pub(super) fn word(&mut self) -> Outcome {
        self.flush();
        let end = self.lookahead.end;
        self.pos = end;
        if end > self.lookahead.start && self.at_plain_end() {
            // Most words are one plain text.
            self.plain_word(end);
        } else {
            self.out.start(WORD);
            self.pieces()?;
            self.finish();
        }
        self.advance();
        Ok(())
    }

    /// A word of a command. After `declare` and its like, bash also takes an array: `x=(a b)`.
    pub(super) fn command_word(&mut self, may_be_array: bool) -> Outcome {
        let end = self.lookahead.end;
        let array = may_be_array
            && self.byte(end) == Some(b'(')
            && self.lookahead_text().ends_with('=')
            && self.lookahead_text().len() > 1;
        if !array {
            return self.word();
        }
        self.start(WORD);
        self.token(SH_LITERAL, end);
        self.pos = end;
        self.array()?;
        self.finish();
        self.advance();
        Ok(())
    }

    /// The parts of a word from `pos` to its end. Unquoted text before `pos` that is not laid down yet joins the first
    /// literal.
    pub(super) fn pieces(&mut self) -> Outcome {
        while !self.at_plain_end()
            && let Some((piece, end)) = lex::<Piece>(self.text, self.pos)
        {
            match piece {
                Piece::Literal => {
                    self.pos = end;
                    continue;
                }
                Piece::Process if !self.is_bash() => break,
                Piece::Other if self.byte(self.pos) == Some(b'\'') => return Err(GiveUp::Refused),
                Piece::Other => break,
                Piece::Continuation if self.word_ends_at(self.pos) => break,
                Piece::Dollar => {
                    self.dollar(Context::Plain, SH_LITERAL)?;
                    continue;
                }
                _ => self.token(SH_LITERAL, self.pos),
            }
            match piece {
                Piece::Single => self.leaf(SH_SINGLE_QUOTED, end),
                Piece::Quote => self.double_quoted(end)?,
                Piece::Continuation => self.inner_continuation()?,
                Piece::Process => self.process_substitution(end)?,
                Piece::Literal | Piece::Dollar | Piece::Other => {}
            }
        }
        self.token(SH_LITERAL, self.pos);
        Ok(())
    }

    /// Whether the text ends or a byte is next that ends every word, which saves the lexer a call for nearly each of them.
    fn at_plain_end(&self) -> bool {
        matches!(
            self.byte(self.pos),
            None | Some(b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')')
        )
    }

    /// Lays down one token up to `end` and reads on after it.
    pub(super) fn leaf(&mut self, kind: crate::SyntaxKind, end: usize) {
        self.token(kind, end);
        self.pos = end;
    }

    /// A continuation inside a word. What stands on both sides of it is read as if it weren't there, so where both
    /// together would be another token, the grammar gives up.
    pub(super) fn inner_continuation(&mut self) -> Outcome {
        let before = self.pos.checked_sub(1).and_then(|pos| self.byte(pos));
        let end = self.skip_continuations(self.pos);
        if before == Some(b'$') {
            return Err(GiveUp::Unsure);
        }
        self.leaf(CONTINUATION, end);
        Ok(())
    }

    /// Whether a process substitution of bash stands at `pos`.
    pub(super) fn at_process_substitution(&self, pos: usize) -> bool {
        self.is_bash()
            && matches!(self.byte(pos), Some(b'<' | b'>'))
            && self.byte(pos + 1) == Some(b'(')
    }

    /// `"..."`; the opening quote ends at `open`.
    pub(super) fn double_quoted(&mut self, open: usize) -> Outcome {
        self.nested(|parser| {
            parser.out.start(DOUBLE_QUOTED);
            parser.leaf(SH_QUOTE, open);
            loop {
                let (piece, end) = lex::<Quoted>(parser.text, parser.pos).ok_or(GiveUp::Refused)?;
                match piece {
                    Quoted::Literal => {
                        parser.pos = end;
                        continue;
                    }
                    Quoted::Dollar => {
                        parser.dollar(Context::Quoted, SH_LITERAL)?;
                        continue;
                    }
                    _ => parser.token(SH_LITERAL, parser.pos),
                }
                match piece {
                    Quoted::Quote => {
                        parser.leaf(SH_QUOTE, end);
                        break;
                    }
                    Quoted::Continuation => parser.inner_continuation()?,
                    Quoted::Literal | Quoted::Dollar | Quoted::Other => {
                        return Err(GiveUp::Refused);
                    }
                }
            }
            parser.finish();
            Ok(())
        })
    }

    /// The word after `<<`. Nothing expands in it; its quotes say whether the body expands.
    pub(super) fn heredoc_delimiter(&mut self, strip_tabs: bool) -> Outcome {
        self.start(WORD);
        let mut name = String::new();
        let mut quoted = false;
        while let Some((piece, end)) = lex::<Piece>(self.text, self.pos) {
            match piece {
                Piece::Literal => {
                    let mut rest = self.slice(self.pos, end).chars();
                    while let Some(char) = rest.next() {
                        if char == '\\' {
                            quoted = true;
                            name.extend(rest.next());
                        } else {
                            name.push(char);
                        }
                    }
                    self.leaf(SH_LITERAL, end);
                }
                Piece::Single => {
                    quoted = true;
                    name.push_str(self.slice(self.pos + 1, end - 1));
                    self.leaf(SH_SINGLE_QUOTED, end);
                }
                Piece::Quote => {
                    quoted = true;
                    self.quoted_delimiter(end, &mut name)?;
                }
                Piece::Dollar => {
                    match lex::<Dollar>(self.text, self.pos) {
                        Some((Dollar::Variable, end)) => {
                            name.push_str(self.slice(self.pos, end));
                            self.leaf(SH_LITERAL, end);
                        }
                        // The shells differ on what ends such a name, and nobody writes it.
                        _ => return Err(GiveUp::Unsure),
                    }
                }
                Piece::Process => return Err(GiveUp::Refused),
                Piece::Continuation if self.word_ends_at(self.pos) => break,
                Piece::Continuation => return Err(GiveUp::Unsure),
                Piece::Other if self.byte(self.pos) == Some(b'\'') => return Err(GiveUp::Refused),
                Piece::Other => break,
            }
        }
        self.finish();
        if self.has_newline {
            self.pending.push(super::heredoc::Pending {
                name,
                quoted,
                strip_tabs,
            });
        }
        self.advance();
        Ok(())
    }

    /// The double-quoted part of a heredoc delimiter, without expansions.
    fn quoted_delimiter(&mut self, open: usize, name: &mut String) -> Outcome {
        self.out.start(DOUBLE_QUOTED);
        self.leaf(SH_QUOTE, open);
        while let Some((Quoted::Literal, end)) = lex::<Quoted>(self.text, self.pos) {
            let text = self.slice(self.pos, end);
            if text.contains('\\') {
                return Err(GiveUp::Unsure);
            }
            name.push_str(text);
            self.leaf(SH_LITERAL, end);
        }
        match lex::<Quoted>(self.text, self.pos) {
            Some((Quoted::Quote, end)) => self.leaf(SH_QUOTE, end),
            _ => return Err(GiveUp::Unsure),
        }
        self.finish();
        Ok(())
    }

    /// The right side of `=~`, `==` and `!=` in `[[ ]]`, where parentheses (and, in a regular expression, `|`) are
    /// characters of the word.
    pub(super) fn pattern_word(&mut self, regex: bool) -> Outcome {
        if self.at(Token::End) {
            return Err(GiveUp::Refused);
        }
        self.flush();
        self.out.start(WORD);
        let start = self.pos;
        loop {
            self.pieces()?;
            match self.byte(self.pos) {
                Some(b'(') if regex || self.after_extglob_char() => {
                    let close = self
                        .matching(self.pos + 1, b'(', b')')
                        .ok_or(GiveUp::Refused)?;
                    self.leaf(SH_RAW, close + 1);
                }
                Some(b'|') if regex => self.leaf(SH_RAW, self.pos + 1),
                _ => break,
            }
        }
        if self.pos == start {
            return Err(GiveUp::Refused);
        }
        self.finish();
        self.advance();
        Ok(())
    }

    fn after_extglob_char(&self) -> bool {
        self.pos
            .checked_sub(1)
            .and_then(|pos| self.byte(pos))
            .is_some_and(|byte| matches!(byte, b'@' | b'?' | b'+' | b'*' | b'!'))
    }
}
