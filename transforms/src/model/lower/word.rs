//! Words of a shell text: their value, and what expands in them.

use dfix_syntax::ast::shell::WordReader;
use dfix_syntax::{GreenNodeRef, GreenTokenRef, NodeOrToken, SyntaxKind, TextRange};
use smol_str::SmolStr;

use super::Walker;
use super::shell::join;
use crate::model::ShellWord;

/// A word as its parts are met.
struct Draft {
    word: ShellWord,
    /// `None` once it is clear that the word has no static value.
    reader: Option<WordReader>,
    /// Whether parts of the word can become words of their own, or none.
    may_split: bool,
    /// The last unquoted character was a backslash that escapes the next one.
    escaped: bool,
    /// How much of a brace expansion was seen: 0 nothing, 1 `{`, 2 a comma or two dots after it, 3 `}` after that.
    braces: u8,
    dot: bool,
}

impl ShellWord {
    /// A word in which nothing was found yet.
    pub(super) fn empty(range: TextRange) -> Self {
        Self {
            range,
            text: SmolStr::default(),
            value: None,
            glob: false,
            quoted: false,
            splits: false,
            variables: Vec::new(),
            effectful: false,
            substitutions: Vec::new(),
        }
    }
}

impl Draft {
    fn new(reader: Option<WordReader>, may_split: bool) -> Self {
        Self {
            word: ShellWord::empty(TextRange::default()),
            reader,
            may_split,
            escaped: false,
            braces: 0,
            dot: false,
        }
    }

    /// Notes that the value can't be known from the text.
    fn dynamic(&mut self) {
        self.reader = None;
        self.dot = false;
    }

    /// Unquoted text.
    fn literal(&mut self, text: &str) {
        for char in text.chars() {
            if std::mem::take(&mut self.escaped) {
                self.dot = false;
                continue;
            }
            match char {
                '\\' => {
                    self.escaped = true;
                    self.word.quoted = true;
                }
                '*' | '?' | '[' if self.may_split => self.word.glob = true,
                '{' => self.braces = self.braces.max(1),
                ',' if self.braces == 1 => self.braces = 2,
                '.' if self.braces == 1 && self.dot => self.braces = 2,
                '}' if self.braces == 2 => self.braces = 3,
                _ => {}
            }
            self.dot = char == '.';
        }
    }

    /// `$name`; the token may be the rest of one that a gap runs through.
    fn variable(&mut self, text: &str) {
        match text.strip_prefix('$') {
            Some(name) => self.word.variables.push(name.into()),
            None => {
                if let Some(last) = self.word.variables.last_mut() {
                    *last = join(last, text);
                }
            }
        }
    }

    fn expands(&mut self, is_quoted: bool) {
        self.dynamic();
        self.word.splits |= self.may_split && !is_quoted;
    }

    fn finish(mut self, range: TextRange, text: SmolStr) -> ShellWord {
        self.word.range = range;
        self.word.text = text;
        self.word.splits |= self.word.glob || (self.may_split && self.braces == 3);
        self.word.value = self.reader.and_then(WordReader::finish);
        self.word
    }
}

impl Walker<'_> {
    /// A WORD below a node of the given kind.
    pub(super) fn word(&mut self, node: GreenNodeRef<'_>, parent: SyntaxKind) -> ShellWord {
        if let Some(word) = self.plain_word(node) {
            return word;
        }
        let may_split = parent != SyntaxKind::ASSIGNMENT;
        let reader = WordReader::new(Some(parent));
        let mut draft = Draft::new(Some(reader), may_split);
        let ((), range) = self.spanned(node, |walker| walker.parts(node, &mut draft, false));
        let text = self.text(range);
        draft.finish(range, text)
    }

    /// A word of one token in which no character is special; most are.
    fn plain_word(&mut self, node: GreenNodeRef<'_>) -> Option<ShellWord> {
        let mut children = node.children();
        let (Some(NodeOrToken::Token(token)), None) = (children.next(), children.next()) else {
            return None;
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./+,@%:=".contains(&byte);
        if token.kind() != SyntaxKind::SH_LITERAL || !token.text().bytes().all(plain) {
            return None;
        }
        self.token(token);
        let text = SmolStr::new(token.text());
        Some(ShellWord {
            value: Some(text.clone()),
            text,
            ..ShellWord::empty(token.range())
        })
    }

    /// The parts of a WORD, or of another node that holds such parts.
    fn parts(&mut self, node: GreenNodeRef<'_>, draft: &mut Draft, is_quoted: bool) {
        for child in node.children() {
            match child {
                NodeOrToken::Token(token) => {
                    self.token(token);
                    part(token, draft, is_quoted);
                }
                NodeOrToken::Node(child) => match child.kind() {
                    SyntaxKind::DOUBLE_QUOTED => self.double_quoted(child, draft),
                    SyntaxKind::EXPANSION => self.expansion(child, draft, is_quoted),
                    SyntaxKind::SUBSTITUTION => {
                        draft.expands(is_quoted);
                        self.substitution(child, draft);
                    }
                    SyntaxKind::ARITHMETIC => {
                        draft.dynamic();
                        self.arithmetic(child, draft);
                    }
                    SyntaxKind::ARRAY => {
                        draft.dynamic();
                        for word in self.array(child) {
                            draft.word.variables.extend(word.variables);
                            draft.word.effectful |= word.effectful;
                            draft.word.substitutions.extend(word.substitutions);
                        }
                    }
                    _ => {
                        draft.dynamic();
                        self.parts(child, draft, is_quoted);
                    }
                },
            }
        }
    }

    fn double_quoted(&mut self, node: GreenNodeRef<'_>, draft: &mut Draft) {
        draft.word.quoted = true;
        draft.dot = false;
        let begun = draft.reader.as_mut().map(WordReader::quoted_part_begins);
        if begun == Some(None) {
            draft.reader = None;
        }
        self.parts(node, draft, true);
    }

    /// `${...}`
    fn expansion(&mut self, node: GreenNodeRef<'_>, draft: &mut Draft, is_quoted: bool) {
        let mut name = SmolStr::default();
        let mut operator = SmolStr::default();
        let place = draft.word.variables.len();
        for child in node.children() {
            match child {
                NodeOrToken::Token(token) => {
                    self.token(token);
                    match token.kind() {
                        SyntaxKind::SH_NAME => name = join(&name, token.text()),
                        SyntaxKind::SH_RAW => operator = join(&operator, token.text()),
                        _ => {}
                    }
                }
                NodeOrToken::Node(child) => {
                    draft.dynamic();
                    // What is special inside the braces isn't so for the word around them.
                    let outer = (draft.word.quoted, draft.may_split, draft.braces);
                    draft.may_split = false;
                    self.parts(child, draft, is_quoted);
                    (draft.word.quoted, draft.may_split, draft.braces) = outer;
                }
            }
        }
        draft.expands(is_quoted);
        draft.word.effectful |= matches!(operator.as_str(), "=" | ":=" | "?" | ":?")
            || name.contains(['$', '`'])
            || name.starts_with('!') && name.len() > 1;
        let all = |name: &str| name == "@" || name.ends_with("[@]");
        draft.word.splits |= draft.may_split && all(&name);
        let bare = match name.strip_prefix(['#', '!']) {
            Some(rest) if !rest.is_empty() => rest,
            _ => &name,
        };
        let bare = bare.split('[').next().unwrap_or(bare);
        draft.word.variables.insert(place, bare.into());
    }

    /// `$(...)`, backquotes, `<(...)`.
    fn substitution(&mut self, node: GreenNodeRef<'_>, draft: &mut Draft) {
        for child in node.children() {
            match child {
                NodeOrToken::Node(child) => {
                    let script = self.script(child);
                    draft.word.substitutions.push(script);
                }
                NodeOrToken::Token(token) => {
                    self.token(token);
                    // Commands that weren't parsed.
                    draft.word.effectful |= token.kind() == SyntaxKind::SH_RAW;
                }
            }
        }
    }

    /// `$((...))`
    fn arithmetic(&mut self, node: GreenNodeRef<'_>, draft: &mut Draft) {
        for child in node.children() {
            match child {
                NodeOrToken::Token(token) => {
                    self.token(token);
                    match token.kind() {
                        SyntaxKind::SH_RAW => arithmetic_names(token.text(), draft),
                        SyntaxKind::SH_VARIABLE => draft.variable(token.text()),
                        _ => {}
                    }
                }
                NodeOrToken::Node(child) => match child.kind() {
                    SyntaxKind::ARITHMETIC => self.arithmetic(child, draft),
                    SyntaxKind::EXPANSION => self.expansion(child, draft, true),
                    SyntaxKind::SUBSTITUTION => self.substitution(child, draft),
                    _ => self.parts(child, draft, true),
                },
            }
        }
    }

    /// The inside of an ARITHMETIC_COMMAND as a word; its redirections go to `redirect`.
    pub(super) fn arithmetic_word(
        &mut self,
        node: GreenNodeRef<'_>,
        redirect: &mut dyn FnMut(&mut Self, GreenNodeRef<'_>),
    ) -> ShellWord {
        let mut draft = Draft::new(None, false);
        let ((), range) = self.spanned(node, |walker| {
            for child in node.children() {
                match child {
                    NodeOrToken::Node(child) if child.kind() == SyntaxKind::REDIRECT => {
                        redirect(walker, child);
                    }
                    NodeOrToken::Node(child) => walker.parts(child, &mut draft, true),
                    NodeOrToken::Token(token) => {
                        walker.token(token);
                        match token.kind() {
                            SyntaxKind::SH_RAW => arithmetic_names(token.text(), &mut draft),
                            SyntaxKind::SH_VARIABLE => draft.variable(token.text()),
                            _ => {}
                        }
                    }
                }
            }
        });
        let text = self.text(range);
        draft.finish(range, text)
    }

    /// A heredoc that the shell reads, as a word: what expands in its body.
    pub(super) fn shell_heredoc(&mut self, node: GreenNodeRef<'_>) -> ShellWord {
        let mut draft = Draft::new(None, false);
        self.parts(node, &mut draft, true);
        let mut body = node.range();
        for child in node.children() {
            if let NodeOrToken::Token(token) = child
                && token.kind() == SyntaxKind::SH_HEREDOC_END
            {
                body = TextRange::new(body.start(), token.range().start());
            }
        }
        let text = self.text(body);
        draft.finish(body, text)
    }
}

/// A token of a word.
fn part(token: GreenTokenRef<'_>, draft: &mut Draft, is_quoted: bool) {
    let (kind, text) = (token.kind(), token.text());
    match kind {
        SyntaxKind::SH_VARIABLE => {
            draft.variable(text);
            draft.expands(is_quoted);
            draft.word.splits |= draft.may_split && text == "$@";
        }
        SyntaxKind::SH_LITERAL if !is_quoted => draft.literal(text),
        SyntaxKind::SH_SINGLE_QUOTED | SyntaxKind::SH_ANSI_QUOTED => {
            draft.word.quoted = true;
            draft.dot = false;
        }
        _ => {}
    }
    let read = draft.reader.as_mut().map(|reader| {
        if is_quoted {
            reader.quoted_token(kind, text)
        } else {
            reader.token(kind, text)
        }
    });
    if read == Some(None) {
        draft.reader = None;
    }
}

/// The names in an arithmetic text, all of which are read; whether one of them is written, too.
fn arithmetic_names(text: &str, draft: &mut Draft) {
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let names = text.split(|char| !is_name(char));
    let names = names.filter(|name| name.starts_with(|char: char| !char.is_ascii_digit()));
    draft.word.variables.extend(names.map(SmolStr::new));
    let bytes = text.as_bytes();
    let is_assignment = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let shift = at.checked_sub(2).and_then(|at| bytes.get(at)) == before;
        let compares =
            matches!(before, Some(b'=' | b'!')) || matches!(before, Some(b'<' | b'>')) && !shift;
        !compares && bytes.get(at + 1) != Some(&b'=')
    };
    draft.word.effectful |= text.contains("++")
        || text.contains("--")
        || text.match_indices('=').any(|(at, _)| is_assignment(at));
}
