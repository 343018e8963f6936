//! Expansions: `$name`, `${...}`, `$(...)`, backquotes, `$((...))`, `$[...]`, `<(...)`.

use super::lexer::{Arithmetic, Braced, Dollar, Operator, Parameter, Piece, Quoted, Token, lex};
use super::parser::{GiveUp, Outcome, Parser};
use super::word::Context;
use crate::SyntaxKind::{self, *};

impl Parser<'_, '_, '_> {
    /// What starts with the `$` or backquote at `pos`. The plain text before it becomes a token of kind `before`, unless
    /// the dollar means itself and belongs to that text.
    pub(super) fn dollar(&mut self, context: Context, before: SyntaxKind) -> Outcome {
        let (dollar, end) = lex::<Dollar>(self.text, self.pos).ok_or(GiveUp::Refused)?;
        let lone = match dollar {
            Dollar::Lone => true,
            Dollar::Bracket => !self.is_bash(),
            Dollar::Ansi | Dollar::Locale => !self.is_bash() || context == Context::Quoted,
            _ => false,
        };
        if lone {
            self.pos += 1;
            return Ok(());
        }
        self.token(before, self.pos);
        match dollar {
            Dollar::Variable => self.variable(end),
            Dollar::Brace => self.nested(|parser| parser.parameter(end, context)),
            Dollar::Arithmetic => self.nested(|parser| parser.double_parenthesis(end)),
            Dollar::Substitution => self.nested(|parser| parser.substitution(end)),
            Dollar::Backquote => self.nested(|parser| parser.backquoted(end, context)),
            Dollar::Bracket => self.nested(|parser| parser.bracket_arithmetic(end)),
            Dollar::Locale => self.double_quoted(end),
            Dollar::Ansi => {
                self.leaf(SH_ANSI_QUOTED, end);
                Ok(())
            }
            Dollar::Lone => Ok(()),
        }
    }

    fn variable(&mut self, end: usize) -> Outcome {
        // A name that goes on after a continuation is a longer name.
        let next = self.skip_continuations(end);
        let goes_on = next > end
            && self
                .byte(next)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if goes_on {
            return Err(GiveUp::Unsure);
        }
        self.leaf(SH_VARIABLE, end);
        Ok(())
    }

    /// `${...}`
    fn parameter(&mut self, open: usize, context: Context) -> Outcome {
        self.out.start(EXPANSION);
        self.leaf(SH_OPEN, open);
        if let Some((parameter, end)) = lex::<Parameter>(self.text, self.pos) {
            match parameter {
                // To bash this is another expansion inside of the braces.
                Parameter::Special
                    if self.is_bash()
                        && self.byte(self.pos) == Some(b'$')
                        && matches!(self.byte(end), Some(b'{' | b'(' | b'[' | b'\'')) =>
                {
                    return Err(GiveUp::Refused);
                }
                Parameter::Name | Parameter::Special => self.leaf(SH_NAME, end),
                // `${##}` is the length of `$#`, `${#-x}` is `$#` or `x`.
                Parameter::PrefixedSpecial if self.byte(end) == Some(b'}') => {
                    self.leaf(SH_NAME, end);
                }
                Parameter::PrefixedSpecial => self.leaf(SH_NAME, end - 1),
                Parameter::Other => {}
            }
        }
        let mut context = context;
        if let Some((operator, end)) = lex::<Operator>(self.text, self.pos) {
            match operator {
                Operator::Value | Operator::Bash => self.leaf(SH_RAW, end),
                Operator::Trim => {
                    context = Context::Plain;
                    self.leaf(SH_RAW, end);
                }
                Operator::Other => {}
            }
        }
        // bash looks for single quotes in here even inside of double quotes.
        if self.is_bash() {
            context = Context::Plain;
        }
        self.braced_word(context)?;
        let end = self.pos + 1;
        self.leaf(SH_CLOSE, end);
        self.finish();
        Ok(())
    }

    /// The word in `${name-word}`, up to before the closing brace.
    fn braced_word(&mut self, context: Context) -> Outcome {
        if self.byte(self.pos) == Some(b'}') {
            return Ok(());
        }
        self.out.start(WORD);
        loop {
            let (piece, end) = lex::<Braced>(self.text, self.pos).ok_or(GiveUp::Refused)?;
            let literal_quote = context == Context::Quoted && self.byte(self.pos) == Some(b'\'');
            if piece == Braced::Literal {
                self.pos = end;
                continue;
            } else if literal_quote {
                self.pos += 1;
                continue;
            }
            if piece != Braced::Dollar {
                self.token(SH_LITERAL, self.pos);
            }
            match piece {
                Braced::Single => self.leaf(SH_SINGLE_QUOTED, end),
                Braced::Quote => self.double_quoted(end)?,
                Braced::Dollar => self.dollar(context, SH_LITERAL)?,
                Braced::Continuation => self.inner_continuation()?,
                Braced::Close => break,
                Braced::Literal | Braced::Other => return Err(GiveUp::Refused),
            }
        }
        self.finish();
        Ok(())
    }

    /// `$(...)`; the opening ends at `open`.
    fn substitution(&mut self, open: usize) -> Outcome {
        // `$(` and a parenthesis on the next line are `$((`.
        if self.byte(self.skip_continuations(open)) == Some(b'(') && self.byte(open) == Some(b'\\')
        {
            return Err(GiveUp::Unsure);
        }
        self.out.start(SUBSTITUTION);
        self.leaf(SH_OPEN, open);
        self.enclosed(Token::RightParen)?;
        self.leaf(SH_CLOSE, self.lookahead.end);
        self.finish();
        Ok(())
    }

    /// `<(...)` and `>(...)`.
    pub(super) fn process_substitution(&mut self, open: usize) -> Outcome {
        self.nested(|parser| parser.substitution(open))
    }

    /// The commands in a substitution, up to before the token that closes it.
    fn enclosed(&mut self, close: Token) -> Outcome {
        let outer = std::mem::take(&mut self.pending);
        self.advance();
        self.script(true)?;
        if !self.at(close) {
            return Err(GiveUp::Refused);
        }
        self.flush();
        // A heredoc whose body would come after the substitution: the shells differ.
        if !self.pending.is_empty() {
            return Err(GiveUp::Unsure);
        }
        self.pending = outer;
        Ok(())
    }

    /// A backquoted command. Its text is a script of its own once the backslashes that the backquotes need are gone;
    /// where there are such, the tree would show other text than the shell runs, so it stays raw.
    fn backquoted(&mut self, open: usize, context: Context) -> Outcome {
        let mut close = open;
        let mut escaped = false;
        loop {
            match self.byte(close).ok_or(GiveUp::Refused)? {
                b'`' => break,
                b'\\' => {
                    escaped |= match self.byte(close + 1) {
                        Some(b'`' | b'$' | b'\\') => true,
                        Some(b'"') => context == Context::Quoted,
                        _ => false,
                    };
                    close += 2;
                }
                _ => close += 1,
            }
        }
        self.out.start(SUBSTITUTION);
        self.leaf(SH_OPEN, open);
        if escaped {
            self.leaf(SH_RAW, close);
        } else {
            let text = self.text;
            self.text = text.get(..close).ok_or(GiveUp::Refused)?;
            self.enclosed(Token::End)?;
            self.text = text;
        }
        self.leaf(SH_CLOSE, close + 1);
        self.finish();
        Ok(())
    }

    /// `$((`: arithmetic, or in bash a substitution that starts with a subshell.
    fn double_parenthesis(&mut self, open: usize) -> Outcome {
        if self.is_bash() && !self.is_arithmetic(open)? {
            return self.substitution(open - 1);
        }
        self.out.start(ARITHMETIC);
        self.leaf(SH_OPEN, open);
        self.arithmetic()?;
        self.finish();
        Ok(())
    }

    /// Whether the parentheses that opened before `pos` close as `))`.
    ///
    /// bash decides by looking for the parenthesis that matches the inner one (`parse.y`, `parse_arith_cmd`); dash takes
    /// every `$((` for arithmetic.
    pub(super) fn is_arithmetic(&self, pos: usize) -> Result<bool, GiveUp> {
        let close = self.matching(pos, b'(', b')').ok_or(GiveUp::Refused)?;
        Ok(self.byte(close + 1) == Some(b')'))
    }

    /// An arithmetic expression after `((`, with the `))` that closes it.
    pub(super) fn arithmetic(&mut self) -> Outcome {
        let mut depth = 0_u32;
        loop {
            let (piece, end) = lex::<Arithmetic>(self.text, self.pos).ok_or(GiveUp::Refused)?;
            match piece {
                Arithmetic::LeftParen => {
                    depth += 1;
                    self.pos = end;
                }
                Arithmetic::RightParen if depth > 0 => {
                    depth -= 1;
                    self.pos = end;
                }
                Arithmetic::RightParen if self.byte(end) == Some(b')') => {
                    self.token(SH_RAW, self.pos);
                    self.leaf(SH_CLOSE, end + 1);
                    return Ok(());
                }
                // dash goes on after a lone parenthesis.
                Arithmetic::RightParen => self.pos = end,
                _ => self.arithmetic_piece(piece, end)?,
            }
        }
    }

    /// `$[...]`
    fn bracket_arithmetic(&mut self, open: usize) -> Outcome {
        self.out.start(ARITHMETIC);
        self.leaf(SH_OPEN, open);
        let mut depth = 0_u32;
        loop {
            let (piece, end) = lex::<Arithmetic>(self.text, self.pos).ok_or(GiveUp::Refused)?;
            match piece {
                Arithmetic::LeftBracket => depth += 1,
                Arithmetic::RightBracket if depth == 0 => {
                    self.token(SH_RAW, self.pos);
                    self.leaf(SH_CLOSE, end);
                    break;
                }
                Arithmetic::RightBracket => depth -= 1,
                _ => {
                    self.arithmetic_piece(piece, end)?;
                    continue;
                }
            }
            self.pos = end;
        }
        self.finish();
        Ok(())
    }

    fn arithmetic_piece(&mut self, piece: Arithmetic, end: usize) -> Outcome {
        match piece {
            Arithmetic::Dollar => self.dollar(Context::Quoted, SH_RAW),
            Arithmetic::Quote => {
                self.token(SH_RAW, self.pos);
                self.double_quoted(end)
            }
            Arithmetic::Other => Err(GiveUp::Refused),
            _ => {
                self.pos = end;
                Ok(())
            }
        }
    }

    /// The offset of the closer that matches an opener before `pos`, over quotes and escapes. Linear in the distance.
    pub(super) fn matching(&self, mut pos: usize, open: u8, close: u8) -> Option<usize> {
        let mut depth = 0_u32;
        loop {
            let byte = self.byte(pos)?;
            match byte {
                b'\\' => pos += 1,
                b'\'' => match lex::<Piece>(self.text, pos)? {
                    (Piece::Single, end) => pos = end - 1,
                    _ => return None,
                },
                b'"' => pos = self.closing_quote(pos + 1)?,
                _ if byte == open => depth += 1,
                _ if byte == close && depth == 0 => return Some(pos),
                _ if byte == close => depth -= 1,
                _ => {}
            }
            pos += 1;
        }
    }

    /// The offset of the double quote that closes the text at `pos`.
    fn closing_quote(&self, mut pos: usize) -> Option<usize> {
        loop {
            match lex::<Quoted>(self.text, pos)? {
                (Quoted::Quote, _) => return Some(pos),
                (Quoted::Other, _) => return None,
                (_, end) => pos = end,
            }
        }
    }
}
