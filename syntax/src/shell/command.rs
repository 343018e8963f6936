//! Lists, pipelines and simple commands.

use super::lexer::Token;
use super::parser::{GiveUp, Outcome, Parser};
use crate::SyntaxKind::*;

/// Builtins whose arguments bash reads as assignments, so that `declare x=(a b)` is an array.
const DECLARATIONS: [&str; 6] = ["declare", "typeset", "local", "export", "readonly", "alias"];

/// Names that dash refuses for a function: POSIX special builtins.
const SPECIAL_BUILTINS: [&str; 13] = [
    "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift",
    "times", "trap", "unset",
];

impl Parser<'_, '_, '_> {
    /// A SCRIPT node up to the token that closes the construct around it. No node when the list may be, and is, empty.
    pub(super) fn script(&mut self, may_be_empty: bool) -> Outcome {
        if may_be_empty && self.lookahead.token.ends_list() {
            return Ok(());
        }
        self.start(SCRIPT);
        self.list(may_be_empty)?;
        self.finish();
        Ok(())
    }

    /// Commands with their separators, up to a token that can't continue them.
    pub(super) fn list(&mut self, may_be_empty: bool) -> Outcome {
        self.newlines()?;
        if self.lookahead.token.ends_list() {
            return if may_be_empty {
                Ok(())
            } else {
                Err(GiveUp::Refused)
            };
        }
        loop {
            self.and_or()?;
            match self.lookahead.token {
                Token::Semi => self.bump(SH_SEMI),
                Token::Background => self.bump(SH_BACKGROUND),
                Token::Newline => {}
                _ => return Ok(()),
            }
            self.newlines()?;
            if self.lookahead.token.ends_list() {
                return Ok(());
            }
        }
    }

    fn and_or(&mut self) -> Outcome {
        self.start(AND_OR);
        self.pipeline()?;
        loop {
            let kind = match self.lookahead.token {
                Token::AndIf => SH_AND_IF,
                Token::OrIf => SH_OR_IF,
                _ => break,
            };
            self.bump(kind);
            self.newlines()?;
            self.pipeline()?;
        }
        self.finish();
        Ok(())
    }

    pub(super) fn pipeline(&mut self) -> Outcome {
        self.start(PIPELINE);
        if !self.pipeline_prefix() {
            self.command()?;
            while self.at(Token::Pipe) || self.at(Token::PipeAll) {
                self.bump(SH_PIPE);
                self.newlines()?;
                if self.at(Token::Time) {
                    // Reserved only where a pipeline starts.
                    self.lookahead.token = Token::Word;
                }
                self.command()?;
            }
        }
        self.finish();
        Ok(())
    }

    /// `!` and `time`. True when the pipeline may end there: bash takes them without a command.
    fn pipeline_prefix(&mut self) -> bool {
        if !self.is_bash() {
            self.eat(Token::Bang, SH_KEYWORD);
            return false;
        }
        let mut any = false;
        loop {
            if self.eat(Token::Bang, SH_KEYWORD) {
                any = true;
            } else if self.eat(Token::Time, SH_KEYWORD) {
                any = true;
                while self.at(Token::Word)
                    && matches!(self.lookahead_text(), "-p" | "--")
                    && self.word_ends_at(self.lookahead.end)
                {
                    self.bump(SH_KEYWORD);
                }
            } else {
                break;
            }
        }
        any && matches!(
            self.lookahead.token,
            Token::End | Token::Semi | Token::Newline
        )
    }

    /// A simple or compound command.
    pub(super) fn command(&mut self) -> Outcome {
        self.nested(|parser| match parser.lookahead.token {
            Token::Word => parser.simple_command(),
            token if token.is_redirect() => parser.simple_command(),
            _ => parser.compound_command(),
        })
    }

    /// Assignments, words and redirections, or a function definition that starts like one.
    fn simple_command(&mut self) -> Outcome {
        if self.is_bash() && self.at_word("]]") {
            // A reserved word of bash that opens nothing.
            return Err(GiveUp::Refused);
        }
        self.start(COMMAND);
        let first = self.lookahead;
        let mut words = 0_u32;
        let mut only_words = true;
        let mut declaration = false;
        loop {
            let token = self.lookahead.token;
            if token.is_redirect() {
                only_words = false;
                self.redirect()?;
            } else if token.is_word() {
                if words == 0 {
                    self.refuse_split_start()?;
                    if self.assignment()? {
                        only_words = false;
                        continue;
                    }
                    declaration = self.is_bash()
                        && DECLARATIONS.contains(&self.lookahead_text())
                        && self.word_ends_at(self.lookahead.end);
                }
                self.command_word(declaration && words > 0)?;
                words += 1;
            } else if token == Token::LeftParen && words == 1 && only_words {
                let name = self.slice(first.start, first.end);
                let named = is_name(name) && self.word_ends_at(first.end);
                if !self.is_bash() && (!named || SPECIAL_BUILTINS.contains(&name)) {
                    return Err(GiveUp::Refused);
                }
                self.function_rest()?;
                self.out.finish_as(FUNCTION);
                return Ok(());
            } else {
                break;
            }
        }
        self.finish();
        Ok(())
    }

    /// Gives up on a command whose first word goes on after a continuation where the joined word could be a reserved word
    /// or an assignment, which this grammar only recognises in one piece.
    fn refuse_split_start(&self) -> Outcome {
        let end = self.lookahead.end;
        let split = self.skip_continuations(end) > end && !self.word_ends_at(end);
        let could_be_more = |byte: u8| byte.is_ascii_alphanumeric() || b"_+[]{}!".contains(&byte);
        if split && self.lookahead_text().bytes().all(could_be_more) {
            return Err(GiveUp::Unsure);
        }
        Ok(())
    }

    /// `name=value` before a command. False, with nothing taken, when the next word is none.
    fn assignment(&mut self) -> Result<bool, GiveUp> {
        let Some(end) = self.assignment_name()? else {
            return Ok(false);
        };
        self.assigned(end)?;
        Ok(true)
    }

    /// An assignment whose name, with its `=`, ends at `end`.
    fn assigned(&mut self, end: usize) -> Outcome {
        self.start(ASSIGNMENT);
        self.token(SH_ASSIGN_NAME, end);
        self.pos = end;
        if self.is_bash() && self.byte(end) == Some(b'(') {
            self.array()?;
        } else if !self.word_ends_at(end) {
            self.out.start(WORD);
            self.pieces()?;
            self.finish();
        }
        self.finish();
        self.advance();
        Ok(())
    }

    /// Where the `name=` at the next word ends, if there is one.
    fn assignment_name(&self) -> Result<Option<usize>, GiveUp> {
        let name = name_length(self.lookahead_text());
        let end = self.lookahead.start + name;
        Ok(match self.byte(end) {
            _ if name == 0 => None,
            Some(b'=') => Some(end + 1),
            Some(b'+') if self.is_bash() && self.byte(end + 1) == Some(b'=') => Some(end + 2),
            Some(b'[') if self.is_bash() => self.subscript(end)?,
            _ => None,
        })
    }

    /// Where the `[subscript]=` at `open` ends, if an assignment follows the subscript. The subscript is one raw text,
    /// whatever expands in it.
    ///
    /// bash reads up to the closing bracket before it knows whether it is an assignment, so a missing one is a mistake,
    /// and a blank in it is a part of the word, for which no token fits.
    fn subscript(&self, open: usize) -> Result<Option<usize>, GiveUp> {
        let close = self.matching(open + 1, b'[', b']').ok_or(GiveUp::Refused)?;
        match (self.byte(close + 1), self.byte(close + 2)) {
            (Some(b'='), _) => Ok(Some(close + 2)),
            (Some(b'+'), Some(b'=')) => Ok(Some(close + 3)),
            _ if self
                .slice(open, close)
                .contains([' ', '\t', '\n', ';', '&', '|', '<', '>', '(', ')']) =>
            {
                Err(GiveUp::Unsure)
            }
            _ => Ok(None),
        }
    }

    /// `(a b)` after `name=`; `pos` is at the parenthesis.
    pub(super) fn array(&mut self) -> Outcome {
        self.nested(|parser| {
            parser.out.start(ARRAY);
            parser.pos += 1;
            parser.token(SH_L_PAREN, parser.pos);
            parser.advance();
            loop {
                parser.newlines()?;
                if parser.at(Token::RightParen) {
                    break;
                }
                if !parser.lookahead.token.is_word() {
                    return Err(GiveUp::Refused);
                }
                let start = parser.lookahead.start;
                let subscript = match parser.byte(start) {
                    Some(b'[') => parser.subscript(start)?,
                    _ => None,
                };
                match subscript {
                    Some(end) => parser.assigned(end)?,
                    None => parser.word()?,
                }
            }
            parser.close(SH_R_PAREN);
            parser.finish();
            Ok(())
        })
    }

    /// A redirection: the operator and its word.
    pub(super) fn redirect(&mut self) -> Outcome {
        self.start(REDIRECT);
        let operator = self.lookahead;
        self.bump(SH_REDIRECT_OP);
        if self.is_bash() && self.bare_descriptor(operator.end) {
            self.finish();
            return Ok(());
        }
        if !self.lookahead.token.is_word() {
            return Err(GiveUp::Refused);
        }
        if operator.token == Token::HereDoc {
            let strip_tabs = self.byte(operator.end - 1) == Some(b'-');
            self.heredoc_delimiter(strip_tabs)?;
        } else {
            self.word()?;
        }
        self.finish();
        Ok(())
    }

    /// After `<&` and `>&` bash takes a `-`, or a number before another redirection, for a whole word: `2>&1>f`. Takes
    /// that word, and says whether there was one.
    fn bare_descriptor(&mut self, operator_end: usize) -> bool {
        let next = self.lookahead;
        let after_ampersand =
            operator_end.checked_sub(1).and_then(|pos| self.byte(pos)) == Some(b'&');
        if !after_ampersand || next.start != operator_end {
            return false;
        }
        let text = self.lookahead_text();
        let length = if next.token.is_redirect() {
            text.bytes().take_while(u8::is_ascii_digit).count()
        } else {
            usize::from(text.starts_with('-'))
        };
        if length > 0 {
            self.start(WORD);
            self.leaf(SH_LITERAL, next.start + length);
            self.finish();
            self.advance();
        }
        length > 0
    }

    /// Redirections after a compound command.
    pub(super) fn redirects(&mut self) -> Outcome {
        while self.lookahead.token.is_redirect() {
            self.redirect()?;
        }
        Ok(())
    }
}

/// The length of the name that a text starts with.
pub(super) fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.first().is_none_or(u8::is_ascii_digit) {
        return 0;
    }
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count()
}

/// Whether a text is a name.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && name_length(text) == text.len()
}
