//! Shell texts as plain data.

use dfix_syntax::TextRange;
use smol_str::SmolStr;

use crate::commands::Reading;

/// A list of commands.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// From the first to the last byte.
    pub range: TextRange,
    /// The commands in order.
    pub items: Vec<Item>,
    /// Comments that the *shell* sees and drops (`foo # why`), each to the end of its line. Whatever is joined after one
    /// is swallowed.
    pub comments: Vec<TextRange>,
    /// The bodies of heredocs that the shell itself reads (only in the body of a builder's heredoc), in order, each as a
    /// word in which nothing splits: its variables and substitutions are what expands in the body.
    pub heredocs: Vec<ShellWord>,
    /// Whether the text is only understood as bash although the shell in force is another one.
    pub bashism: bool,
}

/// An and-or list and what ends it.
#[derive(Debug, Clone)]
pub struct Item {
    /// The list.
    pub and_or: AndOr,
    /// `;`, `&` or a newline; `None` at the end.
    pub end: Option<Separator>,
}

/// What separates two items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separator {
    /// Which one.
    pub kind: SeparatorKind,
    /// Where.
    pub range: TextRange,
}

/// The kinds of [`Separator`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeparatorKind {
    /// `;`
    Semicolon,
    /// `&`: the list runs in the background.
    Background,
    /// A line end inside a heredoc body.
    Newline,
}

/// Pipelines joined by `&&` and `||`, which have equal precedence and group from the left.
#[derive(Debug, Clone)]
pub struct AndOr {
    /// From the first to the last byte.
    pub range: TextRange,
    /// The first pipeline.
    pub first: Pipeline,
    /// The others, each with the operator before it.
    pub rest: Vec<(Connective, TextRange, Pipeline)>,
}

/// `&&` or `||`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Connective {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Commands joined by pipes.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// From the first to the last byte, a leading `!` included.
    pub range: TextRange,
    /// Whether its status is inverted by `!`.
    pub negated: bool,
    /// Whether it is timed (`time`).
    pub timed: bool,
    /// The commands in order, one at least in a well-formed text.
    pub commands: Vec<Command>,
}

/// A command.
#[derive(Debug, Clone)]
pub enum Command {
    /// Assignments, words and redirections.
    Simple(SimpleCommand),
    /// `if`, `( )`, ...
    Compound(Compound),
}

/// A simple command.
#[derive(Debug, Clone)]
pub struct SimpleCommand {
    /// From the first to the last byte.
    pub range: TextRange,
    /// Assignments before the first word.
    pub assignments: Vec<Assignment>,
    /// The program and its arguments.
    pub words: Vec<ShellWord>,
    /// The redirections.
    pub redirects: Vec<Redirect>,
    /// What [`crate::commands`] has found out about it.
    pub reading: Reading,
}

/// `name=value` before a command.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The whole.
    pub range: TextRange,
    /// The name.
    pub name: SmolStr,
    /// Whether it appends (`+=`).
    pub append: bool,
    /// The value; `None` for an array.
    pub value: Option<ShellWord>,
    /// The elements of an array.
    pub array: Vec<ShellWord>,
}

/// A redirection.
#[derive(Debug, Clone)]
pub struct Redirect {
    /// The whole.
    pub range: TextRange,
    /// The operator with the descriptor before it, such as `2>`.
    pub operator: SmolStr,
    /// The file, descriptor or heredoc name.
    pub target: Option<ShellWord>,
}

/// A compound command.
#[derive(Debug, Clone)]
pub struct Compound {
    /// Which one.
    pub kind: CompoundKind,
    /// From the first to the last byte, redirections included.
    pub range: TextRange,
    /// The lists inside it, in order (conditions before bodies).
    pub bodies: Vec<Script>,
    /// Words that are no commands: the list of a `for`, the subject and the patterns of a `case`, the operands of `[[`.
    pub words: Vec<ShellWord>,
    /// The name of a function, or the variable of a `for`.
    pub name: Option<SmolStr>,
    /// The redirections.
    pub redirects: Vec<Redirect>,
}

/// The kinds of [`Compound`].
#[allow(missing_docs, reason = "the names are shell constructs")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompoundKind {
    Subshell,
    Group,
    If,
    For,
    /// `while` and `until`
    While,
    Case,
    Function,
    /// `[[ ]]`
    Test,
    /// `(( ))`
    Arithmetic,
    /// Something else that no rule understands.
    Other,
}

/// A word of a shell text.
#[derive(Debug, Clone)]
pub struct ShellWord {
    /// From the first to the last byte; breaks may be inside.
    pub range: TextRange,
    /// The text as the shell sees it: breaks joined, quotes still there.
    pub text: SmolStr,
    /// The value when nothing in it expands: quotes and escapes resolved. `None` with variables, substitutions,
    /// unquoted globs, a leading tilde, or (in bash) braces.
    pub value: Option<SmolStr>,
    /// Whether it holds an unquoted `*`, `?` or `[`.
    pub glob: bool,
    /// Whether any part of it is quoted or escaped.
    pub quoted: bool,
    /// Whether it can become several words or none: an unquoted expansion or glob.
    pub splits: bool,
    /// The names of the variables that it reads.
    pub variables: Vec<SmolStr>,
    /// Whether an expansion in it changes a variable or may fail (`${x:=y}`, `${x:?}`, `$((x++))`), or does what isn't
    /// known: `${!x}`, backquotes with escapes inside.
    pub effectful: bool,
    /// The scripts of its command substitutions.
    pub substitutions: Vec<Script>,
}

impl Script {
    /// All simple commands, those in compounds and substitutions included, in source order.
    pub fn simple_commands(&self) -> Vec<&SimpleCommand> {
        let mut found = Vec::new();
        self.visit(&mut |command| found.push(command));
        found
    }

    /// Calls `each` for every simple command, those in compounds and substitutions included, in source order (the
    /// commands of a substitution come after the command that holds it).
    pub fn visit<'a>(&'a self, each: &mut impl FnMut(&'a SimpleCommand)) {
        for pipeline in self.items.iter().flat_map(|item| item.and_or.pipelines()) {
            for command in &pipeline.commands {
                match command {
                    Command::Simple(simple) => {
                        each(simple);
                        let values = simple
                            .assignments
                            .iter()
                            .filter_map(|assignment| assignment.value.as_ref());
                        let targets = simple
                            .redirects
                            .iter()
                            .filter_map(|redirect| redirect.target.as_ref());
                        let arrays = simple.assignments.iter().flat_map(|it| &it.array);
                        let words = values.chain(arrays).chain(&simple.words);
                        for word in words.chain(targets) {
                            word.visit(each);
                        }
                    }
                    Command::Compound(compound) => {
                        compound.words.iter().for_each(|word| word.visit(each));
                        compound.bodies.iter().for_each(|body| body.visit(each));
                        let targets = compound
                            .redirects
                            .iter()
                            .filter_map(|redirect| redirect.target.as_ref());
                        targets.for_each(|word| word.visit(each));
                    }
                }
            }
        }
        self.heredocs.iter().for_each(|body| body.visit(each));
    }

    /// The pipelines of a pure and-list: one item, joined by `&&` only, nothing negated, in the background, or behind a
    /// comment. `None` for any other script.
    pub fn and_list(&self) -> Option<Vec<&Pipeline>> {
        let [item] = self.items.as_slice() else {
            return None;
        };
        let pure = item.end.is_none()
            && self.comments.is_empty()
            && item
                .and_or
                .rest
                .iter()
                .all(|(connective, ..)| *connective == Connective::And)
            && item
                .and_or
                .pipelines()
                .all(|pipeline| !pipeline.negated && !pipeline.timed);
        pure.then(|| item.and_or.pipelines().collect())
    }
}

impl AndOr {
    /// The pipelines in order.
    pub fn pipelines(&self) -> impl Iterator<Item = &Pipeline> + '_ {
        std::iter::once(&self.first).chain(self.rest.iter().map(|(_, _, pipeline)| pipeline))
    }
}

impl Pipeline {
    /// The command of a pipeline that is a single simple command.
    pub fn simple(&self) -> Option<&SimpleCommand> {
        match self.commands.as_slice() {
            [Command::Simple(simple)] if !self.negated && !self.timed => Some(simple),
            _ => None,
        }
    }
}

impl SimpleCommand {
    /// The static value of a word by its number; the program is number 0.
    pub fn word(&self, number: usize) -> Option<&str> {
        self.words.get(number)?.value.as_deref()
    }

    /// All words, if each is static and the command has neither assignments nor redirections.
    pub fn static_words(&self) -> Option<Vec<&str>> {
        if !self.assignments.is_empty() || !self.redirects.is_empty() {
            return None;
        }
        let words = self.words.iter().map(|word| word.value.as_deref());
        words.collect()
    }
}

impl ShellWord {
    fn visit<'a>(&'a self, each: &mut impl FnMut(&'a SimpleCommand)) {
        self.substitutions
            .iter()
            .for_each(|script| script.visit(each));
    }
}
