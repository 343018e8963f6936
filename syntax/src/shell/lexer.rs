//! The lexers, one logos enumeration per mode. Each pattern set covers every input, so a lexer never reports an error:
//! what a mode has no use for is `Other`, and the grammar decides whether that ends a word or is a mistake.

use logos::{Lexer, Logos};

/// Reads one token of a mode at `pos`; `None` at the end of the text. The second value is where the token ends.
pub(super) fn lex<'t, T>(text: &'t str, pos: usize) -> Option<(T, usize)>
where
    T: Logos<'t, Source = str, Error = ()> + Default,
    T::Extras: Default,
{
    let mut lexer = Lexer::<T>::new(text.get(pos..)?);
    let token = lexer.next()?.unwrap_or_default();
    Some((token, pos + lexer.span().end))
}

/// The end of the unquoted run that starts at `pos`, where a look at its bytes shows that it is a [`Token::Word`]: it starts
/// like no reserved word and like no descriptor of a redirection. Most words of a script are found so.
#[inline]
pub(super) fn plain_word_end(text: &str, pos: usize) -> Option<usize> {
    let rest = text.as_bytes().get(pos..)?;
    let (&first, rest) = rest.split_first()?;
    if first == b'#' || !is_plain(first) {
        return None;
    }
    let length = rest.iter().take_while(|&&byte| is_plain(byte)).count();
    let end = pos + 1 + length;
    match first {
        // Reserved words are shorter than nine bytes.
        b'i' | b't' | b'e' | b'f' | b'w' | b'u' | b'd' | b'c' | b's' if length < 8 => None,
        b'{' | b'}' | b'!' | b'[' | b'0'..=b'9' => None,
        _ => Some(end),
    }
}

/// Whether a byte is part of a word outside of quotes.
#[inline]
fn is_plain(byte: u8) -> bool {
    PLAIN.get(usize::from(byte)) == Some(&true)
}

#[allow(clippy::indexing_slicing, reason = "computed by the compiler")]
static PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let special = b" \t\n'\"$`\\;&|<>()";
    let mut at = 0;
    while at < special.len() {
        plain[special[at] as usize] = false;
        at += 1;
    }
    plain
};

/// Between words and the trivia around them: operators, redirections, reserved words, and the first unquoted run of a word.
///
/// Bash's operators are always lexed; [`super::parser`] narrows them where the dialect has no such operator.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Token {
    /// A word starts here. The token covers its first unquoted run, and is empty when it starts with a quote or `$`.
    #[default]
    #[regex(r##"[^ \t\n'"$`\\;&|<>()#][^ \t\n'"$`\\;&|<>()]*"##, priority = 1)]
    Word,
    #[token("\n")]
    Newline,
    #[token(";")]
    Semi,
    #[token("&")]
    Background,
    #[token("&&")]
    AndIf,
    #[token("||")]
    OrIf,
    #[token("|")]
    Pipe,
    #[token("|&")]
    PipeAll,
    #[token(";;")]
    CaseEnd,
    #[token(";&")]
    CaseFall,
    #[token(";;&")]
    CaseNext,
    #[token("(")]
    LeftParen,
    #[token(")")]
    RightParen,
    #[regex(r"([0-9]+|\{[A-Za-z_][A-Za-z0-9_]*\})?(<|>|>>|<>|>\||<&|>&)")]
    Redirect,
    #[regex(r"([0-9]+|\{[A-Za-z_][A-Za-z0-9_]*\})?<<-?")]
    HereDoc,
    #[regex(r"([0-9]+|\{[A-Za-z_][A-Za-z0-9_]*\})?<<<")]
    HereString,
    #[regex(r"&>>?")]
    RedirectAll,
    #[token("if")]
    If,
    #[token("then")]
    Then,
    #[token("elif")]
    Elif,
    #[token("else")]
    Else,
    #[token("fi")]
    Fi,
    #[token("for")]
    For,
    #[token("while")]
    While,
    #[token("until")]
    Until,
    #[token("do")]
    Do,
    #[token("done")]
    Done,
    #[token("case")]
    Case,
    #[token("esac")]
    Esac,
    #[token("in")]
    In,
    #[token("{")]
    LeftBrace,
    #[token("}")]
    RightBrace,
    #[token("!")]
    Bang,
    #[token("[[")]
    DoubleBracket,
    #[token("function")]
    Function,
    #[token("time")]
    Time,
    #[token("coproc")]
    Coproc,
    #[token("select")]
    Select,
    /// The end of the text; never lexed.
    End,
}

impl Token {
    /// Whether the token can stand for a word where no reserved word is expected.
    pub(super) fn is_word(self) -> bool {
        self == Self::Word || self.is_keyword()
    }

    /// Whether the token is a reserved word of some dialect.
    pub(super) fn is_keyword(self) -> bool {
        matches!(
            self,
            Self::If
                | Self::Then
                | Self::Elif
                | Self::Else
                | Self::Fi
                | Self::For
                | Self::While
                | Self::Until
                | Self::Do
                | Self::Done
                | Self::Case
                | Self::Esac
                | Self::In
                | Self::LeftBrace
                | Self::RightBrace
                | Self::Bang
        ) || self.is_bash_keyword()
    }

    /// Whether the token is a reserved word of bash only.
    pub(super) fn is_bash_keyword(self) -> bool {
        matches!(
            self,
            Self::DoubleBracket | Self::Function | Self::Time | Self::Coproc | Self::Select
        )
    }

    /// Whether the token starts a redirection.
    pub(super) fn is_redirect(self) -> bool {
        matches!(
            self,
            Self::Redirect | Self::HereDoc | Self::HereString | Self::RedirectAll
        )
    }

    /// Whether the token ends a list of commands: it closes a construct, or the text.
    pub(super) fn ends_list(self) -> bool {
        matches!(
            self,
            Self::End
                | Self::RightParen
                | Self::CaseEnd
                | Self::CaseFall
                | Self::CaseNext
                | Self::Then
                | Self::Elif
                | Self::Else
                | Self::Fi
                | Self::Do
                | Self::Done
                | Self::Esac
                | Self::RightBrace
        )
    }
}

/// The parts of an unquoted word.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Piece {
    #[regex(r##"([^ \t\n'"$`\\;&|<>()]|\\[^\n])+"##)]
    #[token("\\")]
    Literal,
    #[token("\\\n")]
    Continuation,
    #[regex(r"'[^']*'")]
    Single,
    #[token("\"")]
    Quote,
    #[regex(r"[$`]")]
    Dollar,
    /// A process substitution in bash; ends the word elsewhere.
    #[regex(r"[<>]\(")]
    Process,
    /// The word ends, or a single quote is not closed.
    #[default]
    #[regex(r"[ \t\n;&|<>()']", priority = 1)]
    Other,
}

/// The parts of a double-quoted text, and of a heredoc body, where `"` is an ordinary character.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Quoted {
    #[regex(r##"([^"$`\\]|\\[^\n])+"##)]
    Literal,
    #[token("\\\n")]
    Continuation,
    #[token("\"")]
    Quote,
    #[regex(r"[$`]")]
    Dollar,
    /// A backslash at the end of the text.
    #[default]
    #[token("\\")]
    Other,
}

/// The parts of the word inside `${name-word}`. Inside double quotes a single quote is an ordinary character there; the
/// grammar then reads one character of [`Braced::Single`] or [`Braced::Other`].
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Braced {
    #[regex(r##"([^'"$`\\}]|\\[^\n])+"##)]
    Literal,
    #[token("\\\n")]
    Continuation,
    #[regex(r"'[^']*'")]
    Single,
    #[token("\"")]
    Quote,
    #[regex(r"[$`]")]
    Dollar,
    #[token("}")]
    Close,
    /// A single quote that is not closed, or a backslash at the end of the text.
    #[default]
    #[regex(r"['\\]", priority = 1)]
    Other,
}

/// The parts of an arithmetic expression.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Arithmetic {
    #[regex(r##"([^"$`\\()\[\]]|\\[^\n]|\\\n)+"##)]
    Raw,
    #[token("(")]
    LeftParen,
    #[token(")")]
    RightParen,
    #[token("[")]
    LeftBracket,
    #[token("]")]
    RightBracket,
    #[token("\"")]
    Quote,
    #[regex(r"[$`]")]
    Dollar,
    /// A backslash at the end of the text.
    #[default]
    #[token("\\")]
    Other,
}

/// What a `$` or a backquote starts.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Dollar {
    #[regex(r"\$([A-Za-z_][A-Za-z0-9_]*|[0-9*@#?$!-])")]
    Variable,
    #[token("${")]
    Brace,
    #[token("$((")]
    Arithmetic,
    #[token("$(")]
    Substitution,
    #[token("$[")]
    Bracket,
    #[token("`")]
    Backquote,
    #[regex(r"\$'([^'\\]|\\[^\n]|\\\n)*'")]
    Ansi,
    /// `$"`, a translated string in bash.
    #[token("$\"")]
    Locale,
    /// A dollar that means itself.
    #[default]
    #[token("$")]
    Lone,
}

/// The name after `${`, with the `#` or `!` before it and a plain subscript after it.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Parameter {
    #[regex(r"[#!]?([A-Za-z_][A-Za-z0-9_]*|[0-9]+)(\[[A-Za-z0-9_@*-]+\])?")]
    Name,
    #[regex(r"[*@#?$!-]")]
    Special,
    #[regex(r"[#!][*@#?$!-]")]
    PrefixedSpecial,
    #[default]
    Other,
}

/// The operator after the name in `${name-word}`.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Operator {
    #[regex(r":?[-=?+]|:")]
    Value,
    /// The pattern after these is read as outside of double quotes.
    #[regex(r"##?|%%?")]
    Trim,
    #[regex(r"//|/#|/%|/|\^\^?|,,?|@|\[")]
    Bash,
    #[default]
    Other,
}
