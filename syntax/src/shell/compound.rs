//! Compound commands and function definitions.

use super::command::is_name;
use super::lexer::Token;
use super::parser::{GiveUp, Outcome, Parser};
use crate::SyntaxKind::{self, *};

impl Parser<'_, '_, '_> {
    /// A compound command with its redirections, or a function that starts with `function`.
    pub(super) fn compound_command(&mut self) -> Outcome {
        match self.lookahead.token {
            Token::LeftParen if self.at_arithmetic_command()? => self.arithmetic_command()?,
            Token::LeftParen => self.subshell()?,
            Token::LeftBrace => self.group()?,
            Token::If => self.if_command()?,
            Token::While | Token::Until => self.while_command()?,
            Token::For => self.for_command(FOR)?,
            Token::Select => self.for_command(OTHER_COMPOUND)?,
            Token::Case => self.case_command()?,
            Token::DoubleBracket => self.test_command()?,
            Token::Coproc => return self.coproc(),
            Token::Function => return self.function_keyword(),
            _ => return Err(GiveUp::Refused),
        }
        Ok(())
    }

    /// The redirections after a compound, and its end.
    fn finish_compound(&mut self) -> Outcome {
        self.redirects()?;
        self.finish();
        Ok(())
    }

    fn subshell(&mut self) -> Outcome {
        self.start(SUBSHELL);
        self.bump(SH_L_PAREN);
        self.script(false)?;
        self.require(Token::RightParen, SH_R_PAREN)?;
        self.finish_compound()
    }

    fn group(&mut self) -> Outcome {
        self.start(GROUP);
        self.braces()?;
        self.finish_compound()
    }

    /// `{ ...; }`
    fn braces(&mut self) -> Outcome {
        self.expect_keyword(Token::LeftBrace)?;
        self.script(false)?;
        self.expect_keyword(Token::RightBrace)
    }

    /// `do ...; done`; bash also takes braces there in a `for`.
    fn do_group(&mut self, may_be_braces: bool) -> Outcome {
        if may_be_braces && self.is_bash() && self.at(Token::LeftBrace) {
            return self.braces();
        }
        self.expect_keyword(Token::Do)?;
        self.script(false)?;
        self.expect_keyword(Token::Done)
    }

    fn if_command(&mut self) -> Outcome {
        self.start(IF);
        self.bump(SH_KEYWORD);
        loop {
            self.script(false)?;
            self.expect_keyword(Token::Then)?;
            self.script(false)?;
            if !self.eat(Token::Elif, SH_KEYWORD) {
                break;
            }
        }
        if self.eat(Token::Else, SH_KEYWORD) {
            self.script(false)?;
        }
        self.expect_keyword(Token::Fi)?;
        self.finish_compound()
    }

    fn while_command(&mut self) -> Outcome {
        self.start(WHILE);
        self.bump(SH_KEYWORD);
        self.script(false)?;
        self.do_group(false)?;
        self.finish_compound()
    }

    /// `for name in words; do`, `for name do`, bash's `for ((;;))`; `select` has the same form.
    fn for_command(&mut self, kind: SyntaxKind) -> Outcome {
        self.start(kind);
        self.bump(SH_KEYWORD);
        if kind == FOR && self.at(Token::LeftParen) && self.at_arithmetic_command()? {
            self.arithmetic_header()?;
            if self.eat(Token::Semi, SH_SEMI) || self.at(Token::Newline) {
                self.newlines()?;
            }
        } else {
            self.for_words()?;
        }
        self.do_group(true)?;
        self.finish_compound()
    }

    fn for_words(&mut self) -> Outcome {
        let is_whole_word = self.word_ends_at(self.lookahead.end);
        if !self.lookahead.token.is_word() || !is_name(self.lookahead_text()) || !is_whole_word {
            return Err(GiveUp::Refused);
        }
        self.bump(SH_NAME);
        self.newlines()?;
        if self.eat(Token::In, SH_KEYWORD) {
            while self.lookahead.token.is_word() {
                self.word()?;
            }
            if !self.eat(Token::Semi, SH_SEMI) && !self.at(Token::Newline) {
                return Err(GiveUp::Refused);
            }
        } else {
            self.eat(Token::Semi, SH_SEMI);
        }
        self.newlines()
    }

    fn case_command(&mut self) -> Outcome {
        self.start(CASE);
        self.bump(SH_KEYWORD);
        self.word_expected()?;
        self.newlines()?;
        self.expect_keyword(Token::In)?;
        self.newlines()?;
        while !self.at(Token::Esac) {
            let goes_on = self.case_item()?;
            self.newlines()?;
            if !goes_on {
                break;
            }
        }
        self.expect_keyword(Token::Esac)?;
        self.finish_compound()
    }

    /// One item; whether another may follow.
    fn case_item(&mut self) -> Result<bool, GiveUp> {
        self.start(CASE_ITEM);
        self.eat(Token::LeftParen, SH_L_PAREN);
        self.word_expected()?;
        while self.eat(Token::Pipe, SH_PIPE) {
            self.word_expected()?;
        }
        self.require(Token::RightParen, SH_R_PAREN)?;
        self.script(true)?;
        let goes_on = matches!(
            self.lookahead.token,
            Token::CaseEnd | Token::CaseFall | Token::CaseNext
        );
        if goes_on {
            self.bump(SH_CASE_END);
        }
        self.finish();
        Ok(goes_on)
    }

    fn word_expected(&mut self) -> Outcome {
        if self.lookahead.token.is_word() {
            self.word()
        } else {
            Err(GiveUp::Refused)
        }
    }

    /// `( ) body` after a function's name; the node is the caller's.
    pub(super) fn function_rest(&mut self) -> Outcome {
        self.require(Token::LeftParen, SH_L_PAREN)?;
        self.require(Token::RightParen, SH_R_PAREN)?;
        self.newlines()?;
        self.function_body()
    }

    /// bash wants a compound command; dash takes any.
    fn function_body(&mut self) -> Outcome {
        let simple = self.at(Token::Word) || self.lookahead.token.is_redirect();
        if simple && self.is_bash() {
            return Err(GiveUp::Refused);
        }
        self.command()
    }

    /// bash's `function name { ...; }`, with or without `()`.
    fn function_keyword(&mut self) -> Outcome {
        self.start(FUNCTION);
        self.bump(SH_KEYWORD);
        self.word_expected()?;
        // Without `)` the parenthesis opens a subshell, which is the body.
        let after = self.text.get(self.lookahead.end..).unwrap_or_default();
        let empty = after.trim_start_matches([' ', '\t']).starts_with(')');
        if empty && self.eat(Token::LeftParen, SH_L_PAREN) {
            self.require(Token::RightParen, SH_R_PAREN)?;
        }
        self.newlines()?;
        self.function_body()?;
        self.finish();
        Ok(())
    }

    /// `coproc command` and `coproc NAME compound`.
    fn coproc(&mut self) -> Outcome {
        self.start(OTHER_COMPOUND);
        self.bump(SH_KEYWORD);
        let named = self.at(Token::Word)
            && self.lookahead.end > self.lookahead.start
            && self.word_ends_at(self.lookahead.end)
            && self.compound_follows(self.lookahead.end);
        if named {
            self.word()?;
        }
        self.command()?;
        self.finish();
        Ok(())
    }

    /// Whether a compound command starts after the blanks at `pos`.
    fn compound_follows(&self, pos: usize) -> bool {
        let rest = self.text.get(pos..).unwrap_or_default();
        let rest = rest.trim_start_matches([' ', '\t']);
        let word = rest.split([' ', '\t', '\n', ';']).next();
        rest.starts_with('(')
            || matches!(
                word,
                Some("{" | "if" | "for" | "while" | "until" | "case" | "[[" | "select")
            )
    }

    /// Whether `((` of bash starts here. dash reads two subshells.
    fn at_arithmetic_command(&self) -> Result<bool, GiveUp> {
        let inner = self.lookahead.end;
        Ok(self.is_bash() && self.byte(inner) == Some(b'(') && self.is_arithmetic(inner + 1)?)
    }

    fn arithmetic_command(&mut self) -> Outcome {
        self.start(ARITHMETIC_COMMAND);
        self.arithmetic_rest()?;
        self.finish_compound()
    }

    /// `((;;))` after `for`, as a node of its own.
    fn arithmetic_header(&mut self) -> Outcome {
        self.start(ARITHMETIC_COMMAND);
        self.arithmetic_rest()?;
        self.finish();
        Ok(())
    }

    fn arithmetic_rest(&mut self) -> Outcome {
        self.leaf(SH_OPEN, self.lookahead.end + 1);
        self.arithmetic()?;
        self.advance();
        Ok(())
    }

    /// bash's `[[ ... ]]`.
    fn test_command(&mut self) -> Outcome {
        self.start(TEST);
        self.bump(SH_KEYWORD);
        self.test_or()?;
        if !self.at_word("]]") {
            return Err(GiveUp::Refused);
        }
        self.bump(SH_KEYWORD);
        self.finish_compound()
    }

    fn test_or(&mut self) -> Outcome {
        self.nested(|parser| {
            loop {
                parser.test_term()?;
                parser.newlines()?;
                let kind = match parser.lookahead.token {
                    Token::AndIf => SH_AND_IF,
                    Token::OrIf => SH_OR_IF,
                    _ => return Ok(()),
                };
                parser.bump(kind);
            }
        })
    }

    fn test_term(&mut self) -> Outcome {
        self.newlines()?;
        while self.eat(Token::Bang, SH_KEYWORD) {
            self.newlines()?;
        }
        if self.eat(Token::LeftParen, SH_L_PAREN) {
            self.test_or()?;
            return self.require(Token::RightParen, SH_R_PAREN);
        }
        if !self.lookahead.token.is_word() || self.at_word("]]") {
            return Err(GiveUp::Refused);
        }
        let unary = is_unary(self.lookahead_text()) && self.word_ends_at(self.lookahead.end);
        self.word()?;
        if self.at_term_end() {
            return if unary { Err(GiveUp::Refused) } else { Ok(()) };
        }
        if unary && self.lookahead.token.is_word() && !self.at_binary() {
            return self.word();
        }
        self.test_right()
    }

    /// The operator and right side of a comparison.
    fn test_right(&mut self) -> Outcome {
        let text = self.lookahead_text();
        if matches!(text, "<" | ">") {
            self.start(WORD);
            self.close(SH_LITERAL);
            self.finish();
            self.advance();
            return self.word_expected();
        }
        if !self.at_binary() {
            return Err(GiveUp::Refused);
        }
        let regex = text == "=~";
        let pattern = regex || matches!(text, "=" | "==" | "!=");
        self.word()?;
        if !pattern {
            return self.word_expected();
        }
        if self.lookahead.token.is_word() || (regex && self.at(Token::LeftParen)) {
            return self.pattern_word(regex);
        }
        Err(GiveUp::Refused)
    }

    fn at_binary(&self) -> bool {
        self.lookahead.token == Token::Word
            && matches!(
                self.lookahead_text(),
                "=" | "=="
                    | "!="
                    | "=~"
                    | "-ef"
                    | "-nt"
                    | "-ot"
                    | "-eq"
                    | "-ne"
                    | "-lt"
                    | "-le"
                    | "-gt"
                    | "-ge"
            )
            && self.word_ends_at(self.lookahead.end)
    }

    fn at_term_end(&self) -> bool {
        matches!(
            self.lookahead.token,
            Token::AndIf | Token::OrIf | Token::RightParen | Token::Newline
        ) || self.at_word("]]")
    }

    /// Whether the next word is exactly this unquoted text.
    pub(super) fn at_word(&self, text: &str) -> bool {
        self.at(Token::Word)
            && self.lookahead_text() == text
            && self.word_ends_at(self.lookahead.end)
    }
}

/// Whether a word is a unary operator of `[[`.
fn is_unary(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next() == Some('-')
        && chars
            .next()
            .is_some_and(|letter| "abcdefghknoprstuvwxzGLNORS".contains(letter))
        && chars.next().is_none()
}
