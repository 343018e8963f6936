//! The builder's shell-like lexer, as far as the grammar needs it: words without an environment.
//!
//! Source of the rules: `shell/lex.go` with no variable set and `SkipUnsetEnv`, section A.8. It decides which words of a
//! line are heredoc operators ([`crate::heredoc`]) and where a variable reference ends. Its oddities decide which lines of
//! a file are instructions, so they are kept, each with a comment.

/// How deep quotes and `${...}` may nest before the lexer gives up.
const MAX_DEPTH: usize = 200;

/// The text isn't lexed: an open quote or brace, or a substitution that the builder doesn't know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LexError;

/// What the lexer keeps of the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mode {
    /// The escape token.
    pub(crate) escape: char,
    /// Keep quotes.
    pub(crate) raw_quotes: bool,
    /// Keep escape tokens.
    pub(crate) raw_escapes: bool,
}

/// Splits a text into words; variables stay as they are written.
pub(crate) fn words(text: &str, mode: Mode) -> Result<Vec<String>, LexError> {
    // Go's text/scanner skips a byte order mark at the start of its input.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lexer = Lexer::new(text, mode);
    let mut words = Words::default();
    let mut part = String::new();
    while let Some(ch) = lexer.peek() {
        part.clear();
        match ch {
            '$' => {
                let nested = lexer.dollar(&mut part)?;
                words.restart_if(nested);
                part.chars().for_each(|ch| words.add(ch));
            }
            '\'' => {
                lexer.single_quoted(&mut part)?;
                words.add_raw(&part);
            }
            '"' => {
                let nested = lexer.double_quoted(mode.raw_escapes, &mut part)?;
                words.restart_if(nested);
                words.add_raw(&part);
            }
            '<' => {
                lexer.angle(&mut part);
                words.add_raw(&part);
            }
            _ => {
                lexer.bump();
                if ch == mode.escape {
                    if mode.raw_escapes {
                        words.add_char(ch);
                    }
                    if let Some(escaped) = lexer.bump() {
                        words.add_char(escaped);
                    }
                } else {
                    words.add(ch);
                }
            }
        }
    }
    Ok(words.finish())
}

/// What the builder makes of a word without variables: quotes and escape tokens are removed. `None` if it refuses the word;
/// a `$` stays as it is written.
pub(crate) fn unquote(text: &str, escape: char) -> Option<String> {
    if !text.contains(['\'', '"', '$', escape]) {
        return Some(text.to_owned());
    }
    let mode = Mode {
        escape,
        raw_quotes: false,
        raw_escapes: false,
    };
    let mut lexer = Lexer::new(text, mode);
    let mut out = String::with_capacity(text.len());
    while let Some(ch) = lexer.peek() {
        match ch {
            '$' => {
                lexer.dollar(&mut out).ok()?;
            }
            '\'' => lexer.single_quoted(&mut out).ok()?,
            '"' => {
                lexer.double_quoted(false, &mut out).ok()?;
            }
            _ => {
                lexer.bump();
                if ch == escape {
                    out.extend(lexer.bump());
                } else {
                    out.push(ch);
                }
            }
        }
    }
    Some(out)
}

/// Length of the variable reference that a text starts with (`$name` or `${...}`), in bytes; 0 where the `$` stands for itself.
/// The error stands for a word that the builder refuses. `scratch` is memory to be used again.
pub(crate) fn variable(text: &str, escape: char, scratch: &mut String) -> Result<usize, LexError> {
    let mode = Mode {
        escape,
        raw_quotes: true,
        raw_escapes: true,
    };
    scratch.clear();
    let mut lexer = Lexer::new(text, mode);
    lexer.dollar(scratch)?;
    Ok(if lexer.at > 1 { lexer.at } else { 0 })
}

/// The words found so far.
#[derive(Default)]
struct Words {
    done: Vec<String>,
    word: String,
    in_word: bool,
}

impl Words {
    /// Adds a character that ends the word if it is a blank.
    fn add(&mut self, ch: char) {
        if !ch.is_whitespace() {
            self.add_char(ch);
        } else if self.in_word && !self.word.is_empty() {
            self.done.push(std::mem::take(&mut self.word));
            self.in_word = false;
        }
    }

    fn add_char(&mut self, ch: char) {
        self.word.push(ch);
        self.in_word = true;
    }

    fn add_raw(&mut self, text: &str) {
        self.word.push_str(text);
        self.in_word = true;
    }

    /// `lex.go` uses one buffer for the words of all levels: a word inside `${name-word}` wipes out what was read of the
    /// word around it. So `<<E${x-y}` is no heredoc operator.
    fn restart_if(&mut self, nested: bool) {
        if nested {
            self.word.clear();
        }
    }

    fn finish(mut self) -> Vec<String> {
        if !self.word.is_empty() {
            self.done.push(self.word);
        }
        self.done
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    mode: Mode,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str, mode: Mode) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            mode,
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let ch = self.peek()?;
        self.at += ch.len_utf8();
        Some(ch)
    }

    /// `'...'`: everything is literal.
    fn single_quoted(&mut self, out: &mut String) -> Result<(), LexError> {
        self.bump();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let inner = rest.find('\'').ok_or(LexError)?;
        self.at += inner + 1;
        if self.mode.raw_quotes {
            out.push('\'');
        }
        out.push_str(rest.get(..inner).unwrap_or_default());
        if self.mode.raw_quotes {
            out.push('\'');
        }
        Ok(())
    }

    /// `"..."`; says whether a word inside `${name-word}` was read.
    fn double_quoted(&mut self, raw_escapes: bool, out: &mut String) -> Result<bool, LexError> {
        self.bump();
        if self.mode.raw_quotes {
            out.push('"');
        }
        let mut nested = false;
        loop {
            match self.peek() {
                None => return Err(LexError),
                Some('"') => {
                    self.bump();
                    if self.mode.raw_quotes {
                        out.push('"');
                    }
                    return Ok(nested);
                }
                Some('$') => nested |= self.dollar(out)?,
                Some(ch) => {
                    self.bump();
                    if ch != self.mode.escape {
                        out.push(ch);
                        continue;
                    }
                    if raw_escapes {
                        out.push(ch);
                    }
                    match self.peek() {
                        None => {}
                        Some(special) if special == '"' || special == '$' || special == ch => {
                            self.bump();
                            out.push(special);
                        }
                        // Before any other character the escape token is kept; with raw escapes it is there twice.
                        Some(_) => out.push(ch),
                    }
                }
            }
        }
    }

    /// `$`, `$name` or `${...}`; says whether a word inside `${name-word}` was read.
    fn dollar(&mut self, out: &mut String) -> Result<bool, LexError> {
        let start = self.at;
        self.bump();
        if self.peek() != Some('{') {
            self.name();
            out.push_str(self.text.get(start..self.at).unwrap_or_default());
            return Ok(false);
        }
        self.bump();
        if matches!(self.peek(), None | Some('{' | '}' | ':')) {
            return Err(LexError);
        }
        self.name();
        let mut operator = self.bump();
        let colon = operator == Some(':');
        if colon {
            operator = self.bump();
        }
        let operator = operator.ok_or(LexError)?;
        let head = self.text.get(start..self.at).unwrap_or_default();
        match operator {
            '}' if !colon => {
                out.push_str(head);
                return Ok(false);
            }
            '/' if !colon => {
                out.push_str(head);
                // `${x//p/r}` is written back as `${x/p/r}`, as in lex.go.
                if self.peek() == Some('/') {
                    self.bump();
                }
                self.until('/', true, out)?;
                out.push('/');
                self.until('}', true, out)?;
            }
            '#' | '%' if colon => return Err(LexError),
            '+' | '-' | '?' | '#' | '%' => {
                out.push_str(head);
                self.until('}', matches!(operator, '#' | '%'), out)?;
            }
            // With a colon any other operator is refused only when the variable is set.
            _ if colon => {
                out.push_str(head);
                self.until('}', false, out)?;
            }
            _ => return Err(LexError),
        }
        out.push('}');
        Ok(true)
    }

    /// The word inside `${...}` up to its closing character.
    fn until(&mut self, stop: char, raw_escapes: bool, out: &mut String) -> Result<(), LexError> {
        if self.depth >= MAX_DEPTH {
            return Err(LexError);
        }
        self.depth += 1;
        loop {
            match self.peek() {
                None => return Err(LexError),
                Some(ch) if ch == stop => {
                    self.bump();
                    self.depth -= 1;
                    return Ok(());
                }
                Some('$') => {
                    self.dollar(out)?;
                }
                Some('\'') => self.single_quoted(out)?,
                Some('"') => {
                    self.double_quoted(raw_escapes, out)?;
                }
                Some('<') => self.angle(out),
                Some(ch) => {
                    self.bump();
                    if ch == self.mode.escape {
                        if raw_escapes {
                            out.push(ch);
                        }
                        let escaped = self.bump().ok_or(LexError)?;
                        out.push(escaped);
                    } else {
                        out.push(ch);
                    }
                }
            }
        }
    }

    /// `<`, or `<<` with the blanks after it, which don't end the word.
    fn angle(&mut self, out: &mut String) {
        let start = self.at;
        self.bump();
        if self.peek() == Some('<') {
            self.bump();
            while matches!(self.peek(), Some('\t' | '\r' | ' ')) {
                self.bump();
            }
        }
        out.push_str(self.text.get(start..self.at).unwrap_or_default());
    }

    /// The name after `$`: digits, one special character, or letters, digits and `_`. It may be empty.
    fn name(&mut self) {
        let Some(first) = self.peek() else { return };
        if first.is_numeric() {
            while self.peek().is_some_and(char::is_numeric) {
                self.bump();
            }
        } else if matches!(first, '@' | '*' | '#' | '?' | '-' | '$' | '!') {
            self.bump();
        } else {
            while self
                .peek()
                .is_some_and(|ch| ch.is_alphanumeric() || ch == '_')
            {
                self.bump();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_words() {
        let check = |text: &str, raw: &[&str], cooked: &[&str]| {
            for (keep, expected) in [(true, raw), (false, cooked)] {
                let mode = Mode {
                    escape: '\\',
                    raw_quotes: keep,
                    raw_escapes: keep,
                };
                assert_eq!(words(text, mode).unwrap(), expected, "{text:?} {keep}");
            }
        };
        check("a 'b c'\"d\"", &["a", "'b c'\"d\""], &["a", "b cd"]);
        check("a\\ b", &["a\\ b"], &["a b"]);
        check("cat << EOF", &["cat", "<< EOF"], &["cat", "<< EOF"]);
        check(
            "$x ${y} $ $1a",
            &["$x", "${y}", "$", "$1a"],
            &["$x", "${y}", "$", "$1a"],
        );
        check("a${x-b c}d", &["${x-b", "c}d"], &["${x-b", "c}d"]);
        check("${x//a/b}", &["${x/a/b}"], &["${x/a/b}"]);
        check("''", &["''"], &[]);
    }

    #[test]
    fn gives_up_as_the_builder_does() {
        for text in [
            "'a", "\"a", "${", "${}", "${:x}", "${x^^}", "${x:#a}", "${x/a}", "${x=y}", "${x",
        ] {
            let mode = Mode {
                escape: '\\',
                raw_quotes: true,
                raw_escapes: true,
            };
            assert_eq!(words(text, mode), Err(LexError), "{text:?}");
        }
    }

    #[test]
    fn deep_nesting_is_no_overflow() {
        let mode = Mode {
            escape: '\\',
            raw_quotes: true,
            raw_escapes: true,
        };
        assert_eq!(words(&"${a-".repeat(1 << 16), mode), Err(LexError));
    }

    #[test]
    fn finds_the_end_of_a_variable() {
        let check = |text: &str, length: Option<usize>| {
            let found = variable(text, '\\', &mut String::new());
            assert_eq!(found.ok(), length, "{text:?}");
        };
        check("$abc-d", Some(4));
        check("$12a", Some(3));
        check("${a}b", Some(4));
        check("${a:-}}", Some(6));
        check("${a:-\\}b}c", Some(9));
        check("${a:-${b}}c", Some(10));
        check("${a", None);
        check("$", Some(0));
        check("$/", Some(0));
        check("$$", Some(2));
    }
}
