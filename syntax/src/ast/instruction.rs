//! Instructions.

use smol_str::SmolStr;

use rowan::ast::{AstChildren, AstNode, support};

use super::shell::ShellText;
use super::{Flag, Heredoc, HeredocOperator, JsonArray, NodeExt, Pair, Word, logical_text, token};
use crate::{DockerfileLanguage, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken, heredoc};

/// An instruction of any kind, with its line end and its heredocs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Instruction(SyntaxNode);

impl AstNode for Instruction {
    type Language = DockerfileLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind.is_instruction()
    }

    fn cast(node: SyntaxNode) -> Option<Self> {
        Self::can_cast(node.kind()).then_some(Self(node))
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.0
    }
}

impl Instruction {
    /// The kind of its node.
    pub fn kind(&self) -> SyntaxKind {
        self.0.kind()
    }

    /// The keyword's token. Where a continuation runs through the keyword, this is its first part: see
    /// [`Instruction::keyword_text`].
    pub fn keyword(&self) -> Option<SyntaxToken> {
        token(&self.0, SyntaxKind::KEYWORD)
    }

    /// The keyword as the builder reads it, in the letter case of the file.
    pub fn keyword_text(&self) -> SmolStr {
        self.joined(SyntaxKind::KEYWORD)
    }

    /// The `CMD` or `NONE` of HEALTHCHECK, the `AS` of FROM.
    pub fn sub_keyword(&self) -> Option<SyntaxToken> {
        token(&self.0, SyntaxKind::SUB_KEYWORD)
    }

    /// Its flags in order.
    pub fn flags(&self) -> AstChildren<Flag> {
        support::children(&self.0)
    }

    /// The first flag of a name.
    pub fn flag(&self, name: &str) -> Option<Flag> {
        self.flags().find(|flag| flag.name() == name)
    }

    /// The argument words: of COPY, ADD, EXPOSE, VOLUME; the single argument of USER, WORKDIR, STOPSIGNAL, MAINTAINER.
    /// None in JSON form.
    pub fn arguments(&self) -> impl Iterator<Item = Word> + use<> {
        self.0
            .children()
            .filter(|node| node.kind() == SyntaxKind::ARGUMENT)
            .filter_map(Word::cast)
    }

    /// The pairs of ENV, LABEL, ARG.
    pub fn pairs(&self) -> AstChildren<Pair> {
        support::children(&self.0)
    }

    /// The arguments in JSON form.
    pub fn json(&self) -> Option<JsonArray> {
        support::child(&self.0)
    }

    /// The shell text of RUN, CMD, ENTRYPOINT, HEALTHCHECK CMD; `None` in JSON form and where there is no text.
    pub fn shell_text(&self) -> Option<ShellText> {
        ShellText::of(&self.0)
    }

    /// The instruction that ONBUILD triggers.
    pub fn trigger(&self) -> Option<Self> {
        support::child(&self.0)
    }

    /// The ONBUILD around a triggered instruction.
    pub fn onbuild(&self) -> Option<Self> {
        self.0.parent().and_then(Self::cast)
    }

    /// The heredocs in order. Those of a triggered instruction belong to its ONBUILD.
    pub fn heredocs(&self) -> AstChildren<Heredoc> {
        support::children(&self.0)
    }

    /// The heredoc operators of the logical line; the bodies are [`Instruction::heredocs`] in the same order. Empty for an
    /// instruction without bodies.
    pub fn heredoc_operators(&self) -> Vec<HeredocOperator> {
        if self.heredocs().next().is_none() {
            return Vec::new();
        }
        heredoc::operators(&self.logical_line()).unwrap_or_default()
    }

    /// The logical line without the blanks at its ends: continuations joined, comment lines dropped, no heredoc bodies.
    pub fn logical_line(&self) -> String {
        let mut line = String::new();
        for element in self.0.children_with_tokens() {
            match element {
                SyntaxElement::Node(node) if node.kind() == SyntaxKind::HEREDOC => break,
                SyntaxElement::Node(node) => line.push_str(&logical_text(&node)),
                SyntaxElement::Token(token) if token.kind().is_logical() => {
                    line.push_str(token.text());
                }
                SyntaxElement::Token(_) => {}
            }
        }
        line.truncate(line.trim_end().len());
        line
    }

    /// The comment lines directly above, in order: no blank line stands between them and the instruction.
    pub fn comments_above(&self) -> Vec<SyntaxToken> {
        let mut comments = Vec::new();
        let mut element = self.0.prev_sibling_or_token();
        let mut is_blank = false; // whether the line that is being read backwards is empty so far
        while let Some(SyntaxElement::Token(token)) = element {
            match token.kind() {
                SyntaxKind::COMMENT => {
                    comments.push(token.clone());
                    is_blank = false;
                }
                SyntaxKind::EOL if is_blank => break,
                SyntaxKind::EOL => is_blank = true,
                _ => {}
            }
            element = token.prev_sibling_or_token();
        }
        comments.reverse();
        comments
    }

    /// The view of a FROM.
    pub fn as_from(&self) -> Option<From> {
        (self.kind() == SyntaxKind::FROM).then(|| From(self.clone()))
    }

    /// The view of a COPY or ADD.
    pub fn as_copy(&self) -> Option<Copy> {
        matches!(self.kind(), SyntaxKind::COPY | SyntaxKind::ADD).then(|| Copy(self.clone()))
    }

    /// The view of a HEALTHCHECK.
    pub fn as_healthcheck(&self) -> Option<Healthcheck> {
        (self.kind() == SyntaxKind::HEALTHCHECK).then(|| Healthcheck(self.clone()))
    }

    /// The text of all tokens of a kind that stand directly below the node.
    fn joined(&self, kind: SyntaxKind) -> SmolStr {
        let mut tokens = self
            .0
            .children_with_tokens()
            .filter_map(|element| element.into_token())
            .filter(|token| token.kind() == kind);
        let Some(first) = tokens.next() else {
            return SmolStr::default();
        };
        let first = SmolStr::new(first.text());
        tokens.fold(first, |text, token| {
            let mut joined = text.to_string();
            joined.push_str(token.text());
            SmolStr::from(joined)
        })
    }
}

/// `FROM image [AS name]`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct From(Instruction);

impl From {
    /// The instruction.
    pub fn instruction(&self) -> &Instruction {
        &self.0
    }

    /// The base.
    pub fn image(&self) -> Option<Word> {
        self.part(SyntaxKind::IMAGE)
    }

    /// The name of the stage, in the letter case of the file; BuildKit lowers it.
    pub fn stage_name(&self) -> Option<Word> {
        self.part(SyntaxKind::STAGE_NAME)
    }

    /// The `AS`.
    pub fn as_keyword(&self) -> Option<SyntaxToken> {
        self.0.sub_keyword()
    }

    /// The platform flag.
    pub fn platform(&self) -> Option<Flag> {
        self.0.flag("platform")
    }

    fn part(&self, kind: SyntaxKind) -> Option<Word> {
        self.0
            .0
            .children()
            .find(|node| node.kind() == kind)
            .and_then(Word::cast)
    }
}

/// COPY and ADD.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Copy(Instruction);

impl Copy {
    /// The instruction.
    pub fn instruction(&self) -> &Instruction {
        &self.0
    }

    /// The value of `--from` as BuildKit reads it.
    pub fn from(&self, escape: char) -> Option<String> {
        self.0.flag("from")?.decoded_value(escape)
    }

    /// Sources and destination as BuildKit's parser gives them: decoded in JSON form, raw words otherwise.
    pub fn values(&self) -> Vec<String> {
        match self.0.json() {
            Some(array) => array.strings().collect(),
            None => self
                .0
                .arguments()
                .map(|word| word.text().to_string())
                .collect(),
        }
    }

    /// The destination, if it isn't in JSON form.
    pub fn destination(&self) -> Option<Word> {
        let mut words = self.0.arguments();
        words.next()?;
        words.last()
    }

    /// The sources, if they aren't in JSON form.
    pub fn sources(&self) -> Vec<Word> {
        let mut words: Vec<Word> = self.0.arguments().collect();
        words.pop();
        words
    }
}

/// HEALTHCHECK.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Healthcheck(Instruction);

impl Healthcheck {
    /// The instruction.
    pub fn instruction(&self) -> &Instruction {
        &self.0
    }

    /// Whether it is `HEALTHCHECK NONE`.
    pub fn is_none(&self) -> bool {
        self.0
            .joined(SyntaxKind::SUB_KEYWORD)
            .eq_ignore_ascii_case("none")
    }

    /// Whether the command is in shell form.
    pub fn is_shell_form(&self) -> bool {
        self.0.shell_text().is_some()
    }
}
