//! Variables in the arguments of instructions, as the builder expands them (not the shell): `$name`, `${name}` and the
//! modifiers `-`, `+`, `?` with or without a colon, quotes and the escape token.

use super::Trouble;

/// Expands one word. Results are not split.
pub(crate) fn expand(
    text: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Trouble> {
    let mut reader = Reader {
        rest: text,
        escape,
        lookup,
    };
    reader.word(None)
}

/// Expands the body of a heredoc of COPY or ADD: quotes are plain, the escape token is a backslash.
pub(crate) fn expand_body(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Trouble> {
    let mut reader = Reader {
        rest: text,
        escape: '\\',
        lookup,
    };
    let mut out = String::new();
    while let Some(char) = reader.next() {
        match char {
            // A line end stays.
            '\\' => out.extend(reader.next()),
            '$' => out.push_str(&reader.dollar()?),
            _ => out.push(char),
        }
    }
    Ok(out)
}

struct Reader<'a> {
    rest: &'a str,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.rest = self.rest.get(char.len_utf8()..).unwrap_or_default();
        Some(char)
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Up to the end or to an unquoted stop, which is taken.
    fn word(&mut self, stop: Option<char>) -> Result<String, Trouble> {
        let mut out = String::new();
        loop {
            let Some(char) = self.next() else {
                return match stop {
                    None => Ok(out),
                    Some(_) => Err(Trouble::fails("an expansion is not closed")),
                };
            };
            match char {
                _ if Some(char) == stop => return Ok(out),
                '\'' => loop {
                    match self.next() {
                        Some('\'') => break,
                        Some(char) => out.push(char),
                        None => return Err(Trouble::fails("a quote is not closed")),
                    }
                },
                '"' => loop {
                    match self.next() {
                        Some('"') => break,
                        Some('$') => out.push_str(&self.dollar()?),
                        Some(char) if char == self.escape => match self.next() {
                            Some(next) if next == '"' || next == '$' || next == self.escape => {
                                out.push(next);
                            }
                            Some(next) => out.extend([char, next]),
                            None => return Err(Trouble::fails("a quote is not closed")),
                        },
                        Some(char) => out.push(char),
                        None => return Err(Trouble::fails("a quote is not closed")),
                    }
                },
                '$' => out.push_str(&self.dollar()?),
                _ if char == self.escape => out.extend(self.next()),
                _ => out.push(char),
            }
        }
    }

    fn name(&mut self) -> String {
        let end = self
            .rest
            .find(|char: char| !(char.is_alphanumeric() || char == '_'))
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name.to_owned()
    }

    /// After a dollar sign.
    fn dollar(&mut self) -> Result<String, Trouble> {
        let value = |name: &str| (self.lookup)(name);
        match self.peek() {
            Some('{') => {
                self.next();
                self.braces()
            }
            Some(char) if char.is_ascii_digit() => {
                let end = self
                    .rest
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(self.rest.len());
                self.rest = self.rest.get(end..).unwrap_or_default();
                Ok(String::new())
            }
            Some(char) if char.is_alphabetic() || char == '_' => {
                let name = self.name();
                Ok((self.lookup)(&name).unwrap_or_default())
            }
            Some(char) if "@*#?-$!".contains(char) => {
                let value = value(&char.to_string()).unwrap_or_default();
                self.next();
                Ok(value)
            }
            _ => Ok("$".to_owned()),
        }
    }

    fn braces(&mut self) -> Result<String, Trouble> {
        let name = self.name();
        if name.is_empty() {
            return Err(Trouble::fails("bad substitution"));
        }
        let value = (self.lookup)(&name);
        let mut modifier = self.next();
        if modifier == Some('}') {
            return Ok(value.unwrap_or_default());
        }
        let colon = modifier == Some(':');
        if colon {
            modifier = self.next();
        }
        let set = value.filter(|value| !colon || !value.is_empty());
        let known = matches!(modifier, Some('-' | '+' | '?'));
        if !known {
            return Err(Trouble::Unsupported("a modifier of an expansion"));
        }
        let word = self.word(Some('}'))?;
        match modifier {
            Some('-') => Ok(set.unwrap_or(word)),
            Some('+') => Ok(set.map_or_else(String::new, |_| word)),
            _ => set.ok_or_else(|| Trouble::fails("a variable is not set")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let lookup = |name: &str| match name {
            "a" => Some("A b".to_owned()),
            "empty" => Some(String::new()),
            _ => None,
        };
        for (text, expected) in [
            ("x$a/y", "xA b/y"),
            ("'$a'\"$a\"", "$aA b"),
            ("\\$a\\x", "$ax"),
            ("\"\\x\\$a\\\"\"", "\\x$a\""),
            ("${a}b${none}", "A bb"),
            ("${none:-${a}}", "A b"),
            ("${empty:-d}${empty-d}", "d"),
            ("${a:+y}${empty:+y}${empty+z}", "yz"),
            ("$ $1x$.", "$ x$."),
        ] {
            assert_eq!(
                expand(text, '\\', &lookup).ok().as_deref(),
                Some(expected),
                "{text}"
            );
        }
        assert!(expand("${none:?}", '\\', &lookup).is_err());
        assert!(expand("'a", '\\', &lookup).is_err());
    }
}
