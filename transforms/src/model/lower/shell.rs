//! Scripts: lists, pipelines, commands. Words are in [`super::word`].

use dfix_syntax::{GreenElementRef, GreenNodeRef, NodeOrToken, SyntaxKind, TextRange};
use smol_str::{SmolStr, format_smolstr};

use super::Walker;
use crate::commands::Reading;
use crate::model::{
    AndOr, Assignment, Command, Compound, CompoundKind, Connective, Item, Pipeline, Redirect,
    Script, Separator, SeparatorKind, ShellWord, SimpleCommand,
};

impl Walker<'_> {
    /// A SCRIPT node.
    pub(super) fn script(&mut self, node: GreenNodeRef<'_>) -> Script {
        let outer = std::mem::take(&mut self.shell_comments);
        let mut items: Vec<Item> = Vec::with_capacity(node.child_count() / 3 + 1);
        let mut heredocs = Vec::new();
        let ((), range) = self.spanned(node, |walker| {
            for child in node.children() {
                match child {
                    NodeOrToken::Node(child) => match child.kind() {
                        SyntaxKind::AND_OR => {
                            items.extend(
                                walker
                                    .and_or(child)
                                    .map(|and_or| Item { and_or, end: None }),
                            );
                        }
                        SyntaxKind::SH_HEREDOC => heredocs.push(walker.shell_heredoc(child)),
                        _ => walker.skim(child),
                    },
                    NodeOrToken::Token(token) => {
                        walker.token(token);
                        let kind = match token.kind() {
                            SyntaxKind::SH_SEMI => SeparatorKind::Semicolon,
                            SyntaxKind::SH_BACKGROUND => SeparatorKind::Background,
                            SyntaxKind::SH_NEWLINE => SeparatorKind::Newline,
                            _ => continue,
                        };
                        let end = items.last_mut().map(|item| &mut item.end);
                        if let Some(end @ None) = end {
                            *end = Some(Separator {
                                kind,
                                range: token.range(),
                            });
                        }
                    }
                }
            }
        });
        let comments = std::mem::replace(&mut self.shell_comments, outer);
        let range = match (range.is_empty(), comments.first(), comments.last()) {
            (true, Some(first), Some(last)) => first.cover(*last),
            (false, Some(first), Some(last)) => range.cover(*first).cover(*last),
            _ => range,
        };
        Script {
            range,
            items,
            comments,
            heredocs,
            bashism: false,
        }
    }

    fn and_or(&mut self, node: GreenNodeRef<'_>) -> Option<AndOr> {
        let mut first = None;
        // A pipeline, a blank, an operator, a blank.
        let mut rest = Vec::with_capacity(node.child_count() / 4);
        let mut operator: Option<(Connective, TextRange)> = None;
        let ((), range) = self.spanned(node, |walker| {
            for child in node.children() {
                match child {
                    NodeOrToken::Node(child) if child.kind() == SyntaxKind::PIPELINE => {
                        let pipeline = walker.pipeline(child);
                        match operator.take() {
                            Some((connective, range)) => rest.push((connective, range, pipeline)),
                            None => first = Some(pipeline),
                        }
                    }
                    NodeOrToken::Node(child) => walker.skim(child),
                    NodeOrToken::Token(token) => {
                        walker.token(token);
                        let connective = match token.kind() {
                            SyntaxKind::SH_AND_IF => Connective::And,
                            SyntaxKind::SH_OR_IF => Connective::Or,
                            _ => continue,
                        };
                        // One operator may be two tokens, around a gap.
                        let range =
                            operator.map_or(token.range(), |(_, range)| range.cover(token.range()));
                        operator = Some((connective, range));
                    }
                }
            }
        });
        Some(AndOr {
            range,
            first: first?,
            rest,
        })
    }

    fn pipeline(&mut self, node: GreenNodeRef<'_>) -> Pipeline {
        let mut negated = false;
        let mut timed = false;
        let mut commands = Vec::with_capacity(node.child_count() / 4 + 1);
        let ((), range) = self.spanned(node, |walker| {
            for child in node.children() {
                match child {
                    NodeOrToken::Node(child) => commands.extend(walker.any_command(child)),
                    NodeOrToken::Token(token) => {
                        walker.token(token);
                        if token.kind() == SyntaxKind::SH_KEYWORD {
                            match token.text() {
                                "!" => negated = !negated,
                                _ => timed = true,
                            }
                        }
                    }
                }
            }
        });
        Pipeline {
            range,
            negated,
            timed,
            commands,
        }
    }

    fn any_command(&mut self, node: GreenNodeRef<'_>) -> Option<Command> {
        let kind = match node.kind() {
            SyntaxKind::COMMAND => return Some(Command::Simple(self.simple_command(node))),
            SyntaxKind::SUBSHELL => CompoundKind::Subshell,
            SyntaxKind::GROUP => CompoundKind::Group,
            SyntaxKind::IF => CompoundKind::If,
            SyntaxKind::FOR => CompoundKind::For,
            SyntaxKind::WHILE => CompoundKind::While,
            SyntaxKind::CASE => CompoundKind::Case,
            SyntaxKind::FUNCTION => CompoundKind::Function,
            SyntaxKind::TEST => CompoundKind::Test,
            SyntaxKind::ARITHMETIC_COMMAND => CompoundKind::Arithmetic,
            SyntaxKind::OTHER_COMPOUND => CompoundKind::Other,
            _ => {
                self.skim(node);
                return None;
            }
        };
        Some(Command::Compound(self.compound(node, kind)))
    }

    fn simple_command(&mut self, node: GreenNodeRef<'_>) -> SimpleCommand {
        let mut assignments = Vec::new();
        // Words and blanks take turns.
        let mut words = Vec::with_capacity(node.child_count() / 2 + 1);
        let mut redirects = Vec::new();
        let ((), range) = self.spanned(node, |walker| {
            for child in node.children() {
                match child {
                    NodeOrToken::Node(child) => match child.kind() {
                        SyntaxKind::WORD => words.push(walker.word(child, SyntaxKind::COMMAND)),
                        SyntaxKind::ASSIGNMENT => assignments.push(walker.assignment(child)),
                        SyntaxKind::REDIRECT => redirects.push(walker.redirect(child)),
                        _ => walker.skim(child),
                    },
                    NodeOrToken::Token(token) => walker.token(token),
                }
            }
        });
        SimpleCommand {
            range,
            assignments,
            words,
            redirects,
            reading: Reading::default(),
        }
    }

    pub(super) fn assignment(&mut self, node: GreenNodeRef<'_>) -> Assignment {
        let mut name = SmolStr::default();
        let mut value = None;
        let mut array = None;
        let ((), range) = self.spanned(node, |walker| {
            for child in node.children() {
                match child {
                    NodeOrToken::Node(child) if child.kind() == SyntaxKind::ARRAY => {
                        array = Some(walker.array(child));
                    }
                    NodeOrToken::Node(child) => {
                        value = Some(walker.word(child, SyntaxKind::ASSIGNMENT));
                    }
                    NodeOrToken::Token(token) => {
                        walker.token(token);
                        if token.kind() == SyntaxKind::SH_ASSIGN_NAME {
                            name = join(&name, token.text());
                        }
                    }
                }
            }
        });
        let bare = name.strip_suffix('=').unwrap_or(&name);
        let append = bare.ends_with('+');
        let bare = SmolStr::new(bare.strip_suffix('+').unwrap_or(bare));
        if array.is_none() && value.is_none() {
            value = Some(ShellWord {
                value: Some(SmolStr::default()),
                ..ShellWord::empty(TextRange::empty(range.end()))
            });
        }
        Assignment {
            range,
            name: bare,
            append,
            value,
            array: array.unwrap_or_default(),
        }
    }

    /// The words of `(a b)`; those of `[i]=a` without their subscripts.
    pub(super) fn array(&mut self, node: GreenNodeRef<'_>) -> Vec<ShellWord> {
        let mut words = Vec::new();
        for child in node.children() {
            match child {
                NodeOrToken::Node(child) if child.kind() == SyntaxKind::ASSIGNMENT => {
                    let assignment = self.assignment(child);
                    words.extend(assignment.value);
                    words.extend(assignment.array);
                }
                NodeOrToken::Node(child) => words.push(self.word(child, SyntaxKind::ARRAY)),
                NodeOrToken::Token(token) => self.token(token),
            }
        }
        words
    }

    fn redirect(&mut self, node: GreenNodeRef<'_>) -> Redirect {
        let mut operator = SmolStr::default();
        let mut target = None;
        let ((), range) = self.spanned(node, |walker| {
            for child in node.children() {
                match child {
                    NodeOrToken::Node(child) => {
                        target = Some(walker.word(child, SyntaxKind::REDIRECT));
                    }
                    NodeOrToken::Token(token) => {
                        walker.token(token);
                        if token.kind() == SyntaxKind::SH_REDIRECT_OP {
                            operator = join(&operator, token.text());
                        }
                    }
                }
            }
        });
        Redirect {
            range,
            operator,
            target,
        }
    }

    fn compound(&mut self, node: GreenNodeRef<'_>, kind: CompoundKind) -> Compound {
        let mut compound = Compound {
            kind,
            range: node.range(),
            bodies: Vec::new(),
            words: Vec::new(),
            name: None,
            redirects: Vec::new(),
        };
        let ((), range) = self.spanned(node, |walker| {
            if kind == CompoundKind::Arithmetic {
                let redirects = walker.arithmetic_command(node, &mut compound.words);
                compound.redirects = redirects;
                return;
            }
            for child in node.children() {
                walker.compound_part(child, &mut compound);
            }
        });
        compound.range = range;
        compound
    }

    fn compound_part(&mut self, part: GreenElementRef<'_>, compound: &mut Compound) {
        let child = match part {
            NodeOrToken::Node(child) => child,
            NodeOrToken::Token(token) => {
                self.token(token);
                if token.kind() == SyntaxKind::SH_NAME {
                    let name = compound.name.take().unwrap_or_default();
                    compound.name = Some(join(&name, token.text()));
                }
                return;
            }
        };
        match child.kind() {
            SyntaxKind::SCRIPT => {
                let body = self.script(child);
                compound.bodies.push(body);
            }
            SyntaxKind::WORD if compound.kind == CompoundKind::Function => {
                let word = self.word(child, SyntaxKind::FUNCTION);
                compound.name = Some(word.text);
            }
            SyntaxKind::WORD => {
                let word = self.word(child, SyntaxKind::CASE);
                compound.words.push(word);
            }
            SyntaxKind::CASE_ITEM => {
                for child in child.children() {
                    self.compound_part(child, compound);
                }
            }
            SyntaxKind::REDIRECT => {
                let redirect = self.redirect(child);
                compound.redirects.push(redirect);
            }
            // The header of `for ((;;))`.
            SyntaxKind::ARITHMETIC_COMMAND if compound.kind == CompoundKind::For => {
                let redirects = self.arithmetic_command(child, &mut compound.words);
                compound.redirects.extend(redirects);
            }
            // The body of a function or coprocess.
            _ => {
                let comments = std::mem::take(&mut self.shell_comments);
                let command = self.any_command(child);
                let comments = std::mem::replace(&mut self.shell_comments, comments);
                compound.bodies.extend(command.map(|command| {
                    let range = match &command {
                        Command::Simple(simple) => simple.range,
                        Command::Compound(compound) => compound.range,
                    };
                    single(command, range, comments)
                }));
            }
        }
    }

    /// `(( ... ))`: what expands in it, as one word.
    fn arithmetic_command(
        &mut self,
        node: GreenNodeRef<'_>,
        words: &mut Vec<ShellWord>,
    ) -> Vec<Redirect> {
        let mut redirects = Vec::new();
        words.push(self.arithmetic_word(node, &mut |walker, child| {
            redirects.push(walker.redirect(child));
        }));
        redirects
    }
}

/// A script of one command.
fn single(command: Command, range: TextRange, comments: Vec<TextRange>) -> Script {
    let pipeline = Pipeline {
        range,
        negated: false,
        timed: false,
        commands: vec![command],
    };
    let and_or = AndOr {
        range,
        first: pipeline,
        rest: Vec::new(),
    };
    Script {
        range,
        items: vec![Item { and_or, end: None }],
        comments,
        ..Script::default()
    }
}

/// Appends the next token of a text that a gap may run through.
pub(super) fn join(text: &SmolStr, more: &str) -> SmolStr {
    if text.is_empty() {
        more.into()
    } else {
        format_smolstr!("{text}{more}")
    }
}
