//! What a word means: quote removal, and whether anything in it expands.

use rowan::ast::AstNode;
use smol_str::{SmolStr, SmolStrBuilder};

use super::Word;
use crate::{SyntaxElement, SyntaxKind};

impl Word {
    /// The exact value that the shell gives this word when nothing in it expands: quotes removed, escapes resolved.
    ///
    /// `None` for parameters, substitutions, arithmetic, unquoted `* ? [`, a tilde that could be a home directory, and
    /// brace expansions. Braces are literal to dash and busybox, yet they expand where /bin/sh is bash; see
    /// [`Word::has_braces`]. `None` as well for `$'...'` under a shell that may take the dollar literally.
    pub fn static_value(&self) -> Option<SmolStr> {
        let node = self.syntax();
        let mut reader = WordReader::new(node.parent().map(|parent| parent.kind()));
        for element in node.children_with_tokens() {
            match element {
                SyntaxElement::Token(token) => reader.token(token.kind(), token.text())?,
                SyntaxElement::Node(part) if part.kind() == SyntaxKind::DOUBLE_QUOTED => {
                    reader.quoted_part_begins()?;
                    for element in part.children_with_tokens() {
                        let token = element.into_token()?;
                        reader.quoted_token(token.kind(), token.text())?;
                    }
                }
                SyntaxElement::Node(_) => return None,
            }
        }
        reader.finish()
    }

    /// Whether bash would find a brace expansion: an unquoted `{`, and after it a comma or `..`, and after that a `}`.
    /// May say yes for braces that don't match.
    pub fn has_braces(&self) -> bool {
        let mut braces = Braces::default();
        let mut escaped = false;
        for element in self.syntax().children_with_tokens() {
            match element {
                SyntaxElement::Token(token) if token.kind() == SyntaxKind::SH_LITERAL => {
                    for char in token.text().chars() {
                        if escaped || char == '\\' {
                            escaped = !escaped;
                        } else {
                            braces.char(char);
                        }
                    }
                }
                SyntaxElement::Token(token) if token.kind().is_trivia() => {}
                _ => braces.dot = false,
            }
        }
        braces.found
    }

    /// The word as it is written, without the trivia inside of it.
    pub fn text(&self) -> SmolStr {
        let mut text = SmolStrBuilder::new();
        let tokens = self
            .syntax()
            .descendants_with_tokens()
            .filter_map(SyntaxElement::into_token);
        for token in tokens {
            // Blanks and comments of the shell in a substitution are text; what the builder drops is not.
            if token.kind().is_logical() {
                text.push_str(token.text());
            }
        }
        text.finish()
    }
}

/// Where a word stands, as far as it changes what expands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Plain,
    Assignment,
    Expansion,
}

/// Reads the tokens of a word in order, and gives the value of [`Word::static_value`] for whoever walks over the tree in
/// another way. A part may come in several tokens, so the state is kept between them. Where a method gives `None`, the
/// word has no static value.
#[derive(Debug)]
pub struct WordReader {
    place: Place,
    value: SmolStrBuilder,
    braces: Braces,
    /// A backslash was the last character of an unquoted or double-quoted token.
    escape: bool,
    /// The last character was an unquoted, unescaped dollar.
    dollar: bool,
    /// Inside of `'...'` or `$'...'`.
    inside: bool,
    /// Nothing of the word was read yet.
    first: bool,
    /// An unquoted `=` was read, the first one.
    equals: bool,
    /// A tilde here would be a home directory.
    tilde: bool,
    ansi: String,
}

impl WordReader {
    /// A reader for a word below a node of this kind.
    pub fn new(parent: Option<SyntaxKind>) -> Self {
        Self {
            place: match parent {
                // The value of an assignment sees neither globs nor braces.
                Some(SyntaxKind::ASSIGNMENT) => Place::Assignment,
                // Inside `${x:-word}` the rules depend on the quotes around the whole.
                Some(SyntaxKind::EXPANSION) => Place::Expansion,
                _ => Place::Plain,
            },
            value: SmolStrBuilder::new(),
            braces: Braces::default(),
            escape: false,
            dollar: false,
            inside: false,
            first: true,
            equals: false,
            tilde: true,
            ansi: String::new(),
        }
    }

    /// One token of a [`super::DoubleQuoted`], after [`WordReader::quoted_part_begins`].
    pub fn quoted_token(&mut self, kind: SyntaxKind, text: &str) -> Option<()> {
        match kind {
            SyntaxKind::SH_LITERAL => self.double_quoted(text),
            // A string that could be translated.
            SyntaxKind::SH_QUOTE if text.starts_with('$') => return None,
            SyntaxKind::SH_QUOTE => {}
            kind if kind.is_trivia() => {}
            _ => return None,
        }
        Some(())
    }

    /// One token directly below the word.
    pub fn token(&mut self, kind: SyntaxKind, text: &str) -> Option<()> {
        match kind {
            kind if kind.is_trivia() => return Some(()),
            SyntaxKind::SH_ANSI_QUOTED => {
                if self.ansi.is_empty() {
                    self.quoted_part_begins()?;
                }
                self.ansi.push_str(text);
                return Some(());
            }
            _ => self.end_ansi()?,
        }
        match kind {
            SyntaxKind::SH_LITERAL => self.literal(text),
            SyntaxKind::SH_SINGLE_QUOTED => {
                if !self.inside {
                    self.quoted_part_begins()?;
                }
                self.single_quoted(text);
                Some(())
            }
            _ => None,
        }
    }

    /// Notes that a quote follows. After a dollar the shells differ on what it is.
    pub fn quoted_part_begins(&mut self) -> Option<()> {
        self.end_ansi()?;
        self.tilde = false;
        self.first = false;
        self.braces.dot = false;
        let may_be_special = std::mem::take(&mut self.dollar);
        (!may_be_special && self.place != Place::Expansion).then_some(())
    }

    fn literal(&mut self, text: &str) -> Option<()> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./+,@%".contains(&byte);
        let is_word_start = self.first;
        self.first = false;
        if is_word_start && self.place != Place::Expansion && text.bytes().all(plain) {
            self.value.push_str(text);
            self.tilde = false;
            return Some(());
        }
        for char in text.chars() {
            self.dollar = false;
            if self.escape {
                self.escape = false;
                self.value.push(char);
                self.tilde = false;
                continue;
            }
            match char {
                '\\' | '\'' if self.place == Place::Expansion => return None,
                '\\' => {
                    self.escape = true;
                    continue;
                }
                '*' | '?' | '[' if self.place == Place::Plain => return None,
                '~' if self.tilde => return None,
                '$' => self.dollar = true,
                _ => {}
            }
            self.tilde = match self.place {
                Place::Assignment => char == ':',
                // `export A=~/x` is an assignment to some shells.
                _ => (char == '=' && !self.equals) || (char == ':' && self.equals),
            };
            self.equals |= char == '=';
            if self.place == Place::Plain {
                self.braces.char(char);
            }
            self.value.push(char);
        }
        Some(())
    }

    fn single_quoted(&mut self, text: &str) {
        for char in text.chars() {
            if char == '\'' {
                self.inside = !self.inside;
            } else {
                self.value.push(char);
            }
        }
    }

    fn double_quoted(&mut self, text: &str) {
        for char in text.chars() {
            if self.escape {
                self.escape = false;
                if !matches!(char, '$' | '`' | '"' | '\\') {
                    self.value.push('\\');
                }
                self.value.push(char);
            } else if char == '\\' {
                self.escape = true;
            } else {
                self.value.push(char);
            }
        }
    }

    /// Decodes the ANSI-quoted text that was gathered.
    fn end_ansi(&mut self) -> Option<()> {
        if !self.ansi.is_empty() {
            ansi(&std::mem::take(&mut self.ansi), &mut self.value)?;
        }
        Some(())
    }

    /// The value.
    pub fn finish(mut self) -> Option<SmolStr> {
        self.end_ansi()?;
        if self.escape {
            // A backslash at the end of the whole text means itself.
            self.value.push('\\');
        }
        (!self.braces.found && !self.inside).then(|| self.value.finish())
    }
}

/// Looks for `{`, then a comma or `..`, then `}`.
#[derive(Debug, Default)]
struct Braces {
    open: bool,
    parts: bool,
    found: bool,
    dot: bool,
}

impl Braces {
    fn char(&mut self, char: char) {
        match char {
            '{' => self.open = true,
            ',' => self.parts |= self.open,
            '.' => self.parts |= self.open && self.dot,
            '}' => self.found |= self.parts,
            _ => {}
        }
        self.dot = char == '.';
    }
}

/// Decodes one or more `$'...'` that follow each other. `None` where the value isn't UTF-8 or holds a NUL.
fn ansi(text: &str, value: &mut SmolStrBuilder) -> Option<()> {
    let mut chars = text.chars().peekable();
    let mut inside = false;
    while let Some(char) = chars.next() {
        match char {
            '\'' => inside = !inside,
            '$' if !inside => {}
            '\\' => {
                let escape = chars.next()?;
                let mut number = |radix: u32, first: u32, limit: usize| {
                    let mut code = first;
                    let mut digits = 0;
                    while digits < limit {
                        let Some(digit) = chars.peek().and_then(|char| char.to_digit(radix)) else {
                            break;
                        };
                        code = code.checked_mul(radix)?.checked_add(digit)?;
                        chars.next();
                        digits += 1;
                    }
                    (digits > 0 || radix == 8).then_some(code)
                };
                let decoded = match escape {
                    'a' => '\x07',
                    'b' => '\x08',
                    'e' | 'E' => '\x1b',
                    'f' => '\x0c',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'v' => '\x0b',
                    '\\' | '\'' | '"' | '?' => escape,
                    // One byte each; above ASCII it is a part of a character at best.
                    'x' => char::from_u32(number(16, 0, 2)?).filter(char::is_ascii)?,
                    '0'..='7' => {
                        char::from_u32(number(8, escape.to_digit(8)?, 2)?).filter(char::is_ascii)?
                    }
                    'u' => char::from_u32(number(16, 0, 4)?)?,
                    'U' => char::from_u32(number(16, 0, 8)?)?,
                    'c' => return None,
                    other => {
                        value.push('\\');
                        other
                    }
                };
                if decoded == '\0' {
                    return None;
                }
                value.push(decoded);
            }
            _ => value.push(char),
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use rowan::GreenNodeBuilder;
    use rowan::ast::AstNode;

    use super::*;
    use crate::SyntaxKind::*;
    use crate::shell::{Dialect, parse};
    use crate::{SyntaxElement, SyntaxNode};

    /// The first word of the text `x WORD`, after the command's name.
    fn word(text: &str, dialect: Dialect) -> Word {
        let root = parse(&format!("x {text}"), dialect);
        root.descendants().filter_map(Word::cast).nth(1).unwrap()
    }

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        for dialect in [Dialect::Posix, Dialect::Bash] {
            let value = word(text, dialect).static_value();
            assert_eq!(value.as_deref(), expected, "{text} {dialect:?}");
        }
    }

    #[test]
    fn values() {
        check("a", Some("a"));
        check("''", Some(""));
        check("\"\"", Some(""));
        check("a'b c'\"d e\"\\ f", Some("ab cd e f"));
        check("a\\\\b\\nc", Some("a\\bnc"));
        check("\"a\\\\b\\nc\\$\\`\\\"\"", Some("a\\b\\nc$`\""));
        check("'a\\n*'", Some("a\\n*"));
        check("\\*", Some("*"));
        check("\"*\"", Some("*"));
        check("a\\", Some("a\\"));
        check("$", Some("$"));
        check("\"a$\"", Some("a$"));
        check("é\\ü", Some("éü"));
        check("a\\\nb", Some("ab"));
        check("\"a\\\nb\"", Some("ab"));
        for text in [
            "*",
            "a?",
            "[ab]",
            "$a",
            "${a}",
            "\"$a\"",
            "`a`",
            "$(a)",
            "$((1))",
            "a\"${b}\"",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn tildes() {
        check("~", None);
        check("~/a", None);
        check("a~", Some("a~"));
        check("\\~", Some("~"));
        check("'~'", Some("~"));
        check("a=~", None);
        check("a=b:~", None);
        check("a:~", Some("a:~"));
        check("''~", Some("~"));
    }

    #[test]
    fn braces() {
        for (text, has) in [
            ("{a,b}", true),
            ("a{1..3}b", true),
            ("{}", false),
            ("{a}", false),
            ("{a.b.c}", false),
            ("'{a,b}'", false),
            ("{'a,b'}", false),
            ("{'a','b'}", true),
            ("\\{a,b}", false),
            ("{a,b", false),
            ("a,{b}", false),
        ] {
            let word = word(text, Dialect::Bash);
            assert_eq!(word.has_braces(), has, "{text}");
            assert_eq!(word.static_value().is_none(), has, "{text}");
        }
    }

    #[test]
    fn ansi_quotes() {
        for (text, expected) in [
            ("$'a\\tb\\'c'", Some("a\tb'c")),
            ("$'\\x41\\102\\u00e9'", Some("AB\u{e9}")),
            ("$'\\q'", Some("\\q")),
            ("$'\\xff'", None),
            ("$'\\0'", None),
            ("$'\\cA'", None),
            ("$'a'$'b'c", Some("abc")),
            ("$\"a\"", None),
        ] {
            assert_eq!(
                word(text, Dialect::Bash).static_value().as_deref(),
                expected,
                "{text}"
            );
        }
        // busybox and newer shells take these as bash does, dash doesn't.
        assert_eq!(word("$'a'", Dialect::Posix).static_value(), None);
        assert_eq!(word("$\"a\"", Dialect::Posix).static_value(), None);
    }

    #[test]
    fn assignment_values() {
        for (text, expected) in [
            ("A=", Some("")),
            ("A=b", Some("b")),
            ("A='b c'", Some("b c")),
            ("A=*", Some("*")),
            ("A={a,b}", Some("{a,b}")),
            ("A=~", None),
            ("A=b:~", None),
            ("A=b~", Some("b~")),
            ("A=$b", None),
        ] {
            let root = parse(text, Dialect::Bash);
            let assignment = root
                .descendants()
                .find_map(super::super::Assignment::cast)
                .unwrap();
            assert_eq!(assignment.name(), "A");
            assert_eq!(assignment.static_value().as_deref(), expected, "{text}");
        }
    }

    /// A word from tokens, as the emitter lays them around continuations.
    fn split_word(tokens: &[(SyntaxKind, &str)]) -> Word {
        let mut builder = GreenNodeBuilder::new();
        builder.start_node(WORD.into());
        for (kind, text) in tokens {
            builder.token((*kind).into(), text);
        }
        builder.finish_node();
        Word::cast(SyntaxNode::new_root(builder.finish())).unwrap()
    }

    #[test]
    fn words_around_trivia() {
        let trivia = [
            (CONTINUATION, "\\\n"),
            (INDENT, " "),
            (COMMENT, "# *"),
            (EOL, "\n"),
        ];
        for (before, after, expected) in [
            ((SH_LITERAL, "a"), (SH_LITERAL, "b"), Some("ab")),
            ((SH_LITERAL, "a\\"), (SH_LITERAL, "*b"), Some("a*b")),
            ((SH_LITERAL, "{a"), (SH_LITERAL, ",b}"), None),
            (
                (SH_SINGLE_QUOTED, "'a"),
                (SH_SINGLE_QUOTED, "*b'"),
                Some("a*b"),
            ),
            (
                (SH_ANSI_QUOTED, "$'a\\"),
                (SH_ANSI_QUOTED, "'b'"),
                Some("a'b"),
            ),
        ] {
            let mut tokens = vec![before];
            tokens.extend(trivia);
            tokens.push(after);
            let word = split_word(&tokens);
            assert_eq!(
                word.static_value().as_deref(),
                expected,
                "{before:?} {after:?}"
            );
            assert_eq!(word.text(), format!("{}{}", before.1, after.1));
        }
    }

    #[test]
    fn every_word_of_literals_has_the_value_that_quoting_gives_back() {
        for text in [
            "a b", "$x", "it's", "\\", "a\tb", "*?[", "~", "{a,b}", "\"`$",
        ] {
            let quoted = format!("'{}'", text.replace('\'', "'\\''"));
            check(&quoted, Some(text));
            let escaped: String = text.chars().flat_map(|char| ['\\', char]).collect();
            check(&escaped, Some(text));
        }
        let parts: Vec<SyntaxElement> = word("a'b'", Dialect::Posix)
            .syntax()
            .children_with_tokens()
            .collect();
        assert_eq!(parts.len(), 2);
    }
}
