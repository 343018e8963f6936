//! `.dockerignore`, matched as BuildKit does (`moby/patternmatcher`), which is not how git matches: patterns are
//! anchored at the context's root, the last match wins, and a pattern that matches a folder takes what is in it.

/// The patterns of one `.dockerignore`. The default excludes nothing.
#[derive(Debug, Default)]
pub struct DockerIgnore {
    patterns: Vec<Pattern>,
    has_negation: bool,
}

/// A pattern that BuildKit refuses, which stops the build.
#[derive(Debug, PartialEq, Eq)]
pub struct BadPattern {
    /// The line, from one.
    pub line: usize,
}

impl DockerIgnore {
    /// Reads the file's content (`ignorefile.ReadAll`, then `patternmatcher.New`).
    pub fn parse(content: &str) -> Result<Self, BadPattern> {
        let mut ignore = Self::default();
        let content = content.strip_prefix('\u{feff}').unwrap_or(content);
        for (index, line) in content.split('\n').enumerate() {
            if line.starts_with('#') {
                continue;
            }
            let line = line.trim();
            let (negated, text) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            if text.is_empty() {
                if negated {
                    return Err(BadPattern { line: index + 1 });
                }
                continue;
            }
            let cleaned = clean(text);
            let anchored = match cleaned.strip_prefix('/') {
                Some(rest) if !rest.is_empty() => rest,
                _ => &cleaned,
            };
            let pattern =
                Pattern::compile(anchored, negated).ok_or(BadPattern { line: index + 1 })?;
            ignore.has_negation |= negated;
            ignore.patterns.push(pattern);
        }
        Ok(ignore)
    }

    /// Whether a path relative to the root (slash-separated, clean) stays out of the context
    /// (`MatchesOrParentMatches`).
    pub fn excludes(&self, path: &str) -> bool {
        let mut excluded = false;
        for pattern in &self.patterns {
            // A pattern can only change the verdict when it says the opposite of what holds so far.
            if pattern.negated == excluded && with_parents(path).any(|path| pattern.matches(path)) {
                excluded = !pattern.negated;
            }
        }
        excluded
    }

    /// Whether something below an excluded folder may still be in the context.
    pub fn may_keep_below(&self) -> bool {
        self.has_negation
    }
}

/// One element of a wildcard source of `COPY` or `ADD` (Go's `filepath.Match`).
#[derive(Debug)]
pub struct ElementMatcher(Vec<Token>);

impl ElementMatcher {
    /// `None` for a bad pattern, which matches nothing.
    pub fn new(element: &str) -> Option<Self> {
        // Two stars in a row mean no more than one inside an element.
        let mut single = String::with_capacity(element.len());
        for ch in element.chars() {
            if ch != '*' || !single.ends_with('*') {
                single.push(ch);
            }
        }
        tokens(&single).map(Self)
    }

    /// Whether a name is selected.
    pub fn matches(&self, name: &str) -> bool {
        run(&self.0, name)
    }
}

/// The path, then its parents from the root down.
fn with_parents(path: &str) -> impl Iterator<Item = &str> {
    let parents = path
        .match_indices('/')
        .filter_map(move |(at, _)| path.get(..at));
    std::iter::once(path).chain(parents)
}

/// Go's `filepath.Clean` for slash-separated paths.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut elements: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." => match elements.last() {
                Some(&last) if last != ".." => {
                    elements.pop();
                }
                _ if rooted => {}
                _ => elements.push(".."),
            },
            _ => elements.push(element),
        }
    }
    let joined = elements.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// One compiled line.
#[derive(Debug)]
struct Pattern {
    negated: bool,
    matcher: Matcher,
}

/// BuildKit compares the simple shapes as text and makes a regular expression of the others; the two differ in corner
/// cases (`**foo` as text matches `barfoo`), so both ways are here.
#[derive(Debug)]
enum Matcher {
    /// No special character.
    Exact(String),
    /// Text before a final `**`.
    Prefix(String),
    /// Text after a leading `**`.
    Suffix(String),
    /// Everything else.
    Tokens(Vec<Token>),
}

/// A piece of a pattern as a state of a small automaton.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// This character.
    Char(char),
    /// `?`: one character but a slash.
    AnyInElement,
    /// `*`: any number of characters but slashes.
    ManyInElement,
    /// The start of an inner `**`: nothing, or the [`Token::Elements`] that follows.
    Optional,
    /// The loop of an inner `**`: any characters up to and with a slash.
    Elements,
    /// A final `**`.
    Rest,
    /// `[a-z]`.
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Pattern {
    /// `None` for a pattern that Go's `filepath.Match` calls bad.
    fn compile(text: &str, negated: bool) -> Option<Self> {
        let special = |text: &str| text.contains(['*', '?', '[', ']', '\\']);
        let tokens = tokens(text)?;
        let matcher = if !special(text) {
            Matcher::Exact(text.to_owned())
        } else if let Some(suffix) = text.strip_prefix("**").filter(|suffix| !special(suffix)) {
            Matcher::Suffix(suffix.to_owned())
        } else if let Some(prefix) = text.strip_suffix("**").filter(|prefix| !special(prefix)) {
            Matcher::Prefix(prefix.to_owned())
        } else {
            Matcher::Tokens(tokens)
        };
        Some(Self { negated, matcher })
    }

    fn matches(&self, path: &str) -> bool {
        match &self.matcher {
            Matcher::Exact(text) => path == text,
            Matcher::Prefix(prefix) => path.starts_with(prefix.as_str()),
            Matcher::Suffix(suffix) => {
                path.ends_with(suffix.as_str())
                    || suffix.strip_prefix('/').is_some_and(|rest| rest == path)
            }
            Matcher::Tokens(tokens) => run(tokens, path),
        }
    }
}

/// Splits a pattern into tokens; `None` when a class is not closed or a backslash ends the pattern.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(ch) = chars.next() {
        match ch {
            '*' if chars.peek() == Some(&'*') => {
                chars.next();
                if chars.peek() == Some(&'/') {
                    chars.next();
                }
                if chars.peek().is_none() {
                    tokens.push(Token::Rest);
                } else {
                    tokens.push(Token::Optional);
                    tokens.push(Token::Elements);
                }
            }
            '*' => tokens.push(Token::ManyInElement),
            '?' => tokens.push(Token::AnyInElement),
            '\\' => tokens.push(Token::Char(chars.next()?)),
            '[' => tokens.push(class(&mut chars)?),
            _ => tokens.push(Token::Char(ch)),
        }
    }
    Some(tokens)
}

/// The rest of a class after its `[`.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Token> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        let mut member = || match chars.next()? {
            '\\' => chars.next(),
            ch => Some(ch),
        };
        let low = member()?;
        if low == ']' && !ranges.is_empty() {
            return Some(Token::Class { negated, ranges });
        }
        if matches!(low, ']' | '-') {
            return None;
        }
        let high = if chars.next_if_eq(&'-').is_some() {
            match chars.next()? {
                '\\' => chars.next()?,
                '-' | ']' => return None,
                ch => ch,
            }
        } else {
            low
        };
        ranges.push((low, high));
    }
}

/// Runs the automaton over a path: time is the product of the two lengths, whatever the pattern.
fn run(tokens: &[Token], path: &str) -> bool {
    let mut states = vec![false; tokens.len() + 1];
    enter(tokens, &mut states, 0);
    for ch in path.chars() {
        let mut next = vec![false; tokens.len() + 1];
        for (at, token) in tokens.iter().enumerate() {
            if !states.get(at).copied().unwrap_or_default() {
                continue;
            }
            match token {
                Token::Char(expected) => {
                    if ch == *expected {
                        enter(tokens, &mut next, at + 1);
                    }
                }
                Token::AnyInElement => {
                    if ch != '/' {
                        enter(tokens, &mut next, at + 1);
                    }
                }
                Token::ManyInElement => {
                    if ch != '/' {
                        enter(tokens, &mut next, at);
                    }
                }
                Token::Rest => enter(tokens, &mut next, at),
                Token::Optional => {}
                Token::Elements => {
                    if let Some(state) = next.get_mut(at) {
                        *state = true;
                    }
                    if ch == '/' {
                        enter(tokens, &mut next, at + 1);
                    }
                }
                Token::Class { negated, ranges } => {
                    let within = ranges.iter().any(|(low, high)| (low..=high).contains(&&ch));
                    if within != *negated {
                        enter(tokens, &mut next, at + 1);
                    }
                }
            }
        }
        states = next;
    }
    states.last().copied().unwrap_or_default()
}

/// Marks a state and those that it reaches without a character.
fn enter(tokens: &[Token], states: &mut [bool], at: usize) {
    let mut at = at;
    loop {
        match states.get_mut(at) {
            Some(state) if !*state => *state = true,
            _ => return,
        }
        match tokens.get(at) {
            Some(Token::ManyInElement | Token::Rest) => at += 1,
            Some(Token::Optional) => {
                if let Some(state) = states.get_mut(at + 1) {
                    *state = true;
                }
                at += 2;
            }
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content: &str, excluded: &[&str], kept: &[&str]) {
        let ignore = DockerIgnore::parse(content).unwrap();
        for path in excluded {
            assert!(ignore.excludes(path), "{content:?} should exclude {path}");
        }
        for path in kept {
            assert!(!ignore.excludes(path), "{content:?} should keep {path}");
        }
    }

    #[test]
    fn patterns() {
        check("", &[], &["a"]);
        check("a", &["a", "a/b", "a/b/c"], &["b/a", "ab"]);
        check("/a/", &["a", "a/b"], &["b/a"]);
        check("./a/../b", &["b"], &["a"]);
        check("*.md", &["a.md", "a.md/x"], &["d/a.md"]);
        check("*/a", &["x/a", "x/a/b"], &["a", "x/y/a"]);
        check("**/*.md", &["a.md", "d/a.md", "d/e/a.md"], &["a.mdx"]);
        check("**/a", &["a", "d/a", "d/e/a", "d/a/b"], &["d/ab", "ba"]);
        check("a/**", &["a/b", "a/b/c"], &["a", "b/a/c"]);
        check("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["a/xb", "b"]);
        check("**", &["a", "a/b", ".git"], &[]);
        check("*", &["a", "a/b", ".git"], &[]);
        check("a?c", &["abc"], &["ac", "a/c", "abbc"]);
        check("[a-c]x", &["ax", "cx"], &["dx", "x"]);
        check("[^a-c]x", &["dx"], &["ax"]);
        check(r"\*", &["*"], &["a"]);
        check("a.b", &["a.b"], &["aXb"]);
        check("**foo", &["foo", "barfoo", "d/foo"], &["food"]);
        check("a**", &["a", "ab", "a/b", "ab/c"], &["ba"]);
    }

    #[test]
    fn last_match_wins() {
        check("*\n!src", &["a", "a/b"], &["src", "src/x"]);
        check("*\n!src\nsrc/x", &["src/x", "b"], &["src/y"]);
        check("a\n!a/b\n", &["a/c", "a"], &["a/b", "a/b/c"]);
        check("!a\na", &["a"], &["b"]);
        check("a\n! a", &[], &["a"]);
    }

    #[test]
    fn lines() {
        check("\u{feff}# x\n\n  a  \r\n", &["a"], &["# x", "x"]);
        check(" # not a comment", &["# not a comment"], &[]);
        assert_eq!(
            DockerIgnore::parse("a\n!").unwrap_err(),
            BadPattern { line: 2 }
        );
        for bad in ["[a", "a\\", "[]", "[a-]", "[-a]"] {
            assert!(DockerIgnore::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hostile_patterns_are_quick() {
        let pattern = "**/*a".repeat(100) + "x";
        let path = "a/".repeat(200);
        check(&pattern, &[], &[&path]);
    }
}
