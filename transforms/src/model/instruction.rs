//! Instructions as plain data.

use dfix_syntax::TextRange;
use smol_str::SmolStr;

use super::Script;

/// The kinds of instructions.
#[allow(missing_docs, reason = "the names are Dockerfile keywords")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstructionKind {
    From,
    Run,
    Cmd,
    Label,
    Maintainer,
    Expose,
    Env,
    Add,
    Copy,
    Entrypoint,
    Volume,
    User,
    Workdir,
    Arg,
    Onbuild,
    Stopsignal,
    Healthcheck,
    Shell,
    Unknown,
}

/// One instruction.
#[derive(Debug, Clone)]
pub struct Instruction {
    /// Its place in [`super::Analysis::instructions`]; a trigger has the index of its ONBUILD.
    pub index: usize,
    /// What it is.
    pub kind: InstructionKind,
    /// The keyword as written.
    pub keyword: TextRange,
    /// From the keyword to the end of the last argument: no indentation, no trailing blanks or trivia, no line end, no
    /// heredoc bodies.
    pub range: TextRange,
    /// The whole physical lines, from the start of the first (indentation included) to after the line end of the last,
    /// heredoc bodies and their terminators included.
    pub lines: TextRange,
    /// The comment lines directly above it (no blank line between), each from `#` to before its line end. They belong to
    /// it and move with it.
    pub comments: Vec<TextRange>,
    /// Leading `--flags`.
    pub flags: Vec<Flag>,
    /// The arguments.
    pub args: Args,
    /// The heredocs that the builder reads, in order.
    pub heredocs: Vec<Heredoc>,
    /// Where the logical line is broken: continuations, comment lines and blank lines inside it.
    pub breaks: Vec<Break>,
    /// The stage it belongs to: an index into [`super::Analysis::stages`]; `None` before the first FROM.
    pub stage: Option<usize>,
}

/// A `--name=value` flag.
#[derive(Debug, Clone)]
pub struct Flag {
    /// From `--` to the end of the value.
    pub range: TextRange,
    /// The name without dashes.
    pub name: SmolStr,
    /// The value as BuildKit reads it (quotes removed), `None` without `=`.
    pub value: Option<SmolStr>,
    /// The range of the value as written.
    pub value_range: Option<TextRange>,
}

/// The arguments by form.
#[derive(Debug, Clone)]
pub enum Args {
    /// FROM.
    From {
        /// The image or stage reference.
        image: Word,
        /// `AS` as written.
        as_keyword: Option<TextRange>,
        /// The stage name as written.
        name: Option<Word>,
    },
    /// RUN, CMD, ENTRYPOINT, SHELL, and the command of HEALTHCHECK.
    Command(CommandText),
    /// COPY and ADD.
    Copy {
        /// The sources in order, heredoc words included.
        sources: Vec<Word>,
        /// The destination.
        dest: Word,
        /// Whether it is written as a JSON array.
        json: bool,
    },
    /// ENV, LABEL, ARG.
    Pairs(Vec<Pair>),
    /// WORKDIR, USER, STOPSIGNAL, MAINTAINER: one value to the end of the line.
    Value(Word),
    /// EXPOSE, VOLUME.
    Words {
        /// The words in order.
        words: Vec<Word>,
        /// Whether they are written as a JSON array.
        json: bool,
    },
    /// HEALTHCHECK NONE.
    None,
    /// The trigger of an ONBUILD.
    Trigger(Box<Instruction>),
    /// Arguments that are missing or that BuildKit refuses.
    Malformed,
}

/// One argument that the builder reads (and may expand).
#[derive(Debug, Clone)]
pub struct Word {
    /// Where it stands; continuations may be inside.
    pub range: TextRange,
    /// The text that BuildKit's parser gives: continuations joined, JSON decoded, quotes and escapes of the expansion
    /// layer still in it.
    pub text: SmolStr,
}

/// `name=value`, `name value` or `name`.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The whole pair.
    pub range: TextRange,
    /// The name as written.
    pub name: Word,
    /// The value as written; `None` for `ARG name`.
    pub value: Option<Word>,
    /// Whether it is the legacy `name value` form.
    pub legacy: bool,
}

/// The command of RUN, CMD, ENTRYPOINT, SHELL or HEALTHCHECK CMD.
#[derive(Debug, Clone)]
pub struct CommandText {
    /// The argument without the HEALTHCHECK's `CMD` word; from the first to the last byte of the text.
    pub range: TextRange,
    /// Exec or shell form.
    pub form: Form,
}

/// The form of a command.
#[derive(Debug, Clone)]
pub enum Form {
    /// A JSON array.
    Exec(Vec<JsonItem>),
    /// A text for the shell.
    Shell {
        /// What the shell gets as one argument, heredocs not included: continuations joined, comments dropped.
        text: SmolStr,
        /// The parsed text; `None` when the shell is not sh or bash, or the text could not be parsed. For
        /// `RUN <<EOF` (nothing but a heredoc on the line) it is the parsed body; `None` where that begins with `#!`, since it
        /// is no text for the shell then.
        script: Option<Script>,
    },
}

/// One element of a JSON array.
#[derive(Debug, Clone)]
pub struct JsonItem {
    /// With its quotes.
    pub range: TextRange,
    /// Decoded.
    pub value: SmolStr,
}

/// A heredoc that the builder reads.
#[derive(Debug, Clone)]
pub struct Heredoc {
    /// From the first byte after the operator's logical line to before the terminator line.
    pub body: TextRange,
    /// The terminator line without its line end.
    pub terminator: TextRange,
    /// The name without quotes.
    pub name: SmolStr,
    /// Whether `COPY`/`ADD` expands the body.
    pub expand: bool,
    /// Whether leading tabs are removed (`<<-`).
    pub chomp: bool,
    /// The file descriptor before `<<`; 0 without one.
    pub fd: u32,
}

/// A place where a logical line goes on in another physical line, or something inside it that the builder drops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Break {
    /// What it is.
    pub kind: BreakKind,
    /// Its bytes. A continuation: from the escape token to after the line end. A comment: from `#` to before the line
    /// end. A blank line: the whole line with its line end.
    pub range: TextRange,
}

/// The kinds of [`Break`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BreakKind {
    /// An escape token at a line's end.
    Continuation,
    /// A comment line inside the instruction.
    Comment,
    /// An empty line inside the instruction.
    BlankLine,
}

impl Instruction {
    /// A flag by name.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }

    /// All flags of a name.
    pub fn flags_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Flag> + 'a {
        self.flags.iter().filter(move |flag| flag.name == name)
    }

    /// The command of RUN, CMD, ENTRYPOINT, SHELL or HEALTHCHECK.
    pub fn command(&self) -> Option<&CommandText> {
        match &self.args {
            Args::Command(command) => Some(command),
            _ => None,
        }
    }

    /// The parsed shell text.
    pub fn script(&self) -> Option<&Script> {
        match &self.command()?.form {
            Form::Shell { script, .. } => script.as_ref(),
            Form::Exec(_) => None,
        }
    }

    /// The instruction itself, or the trigger of an ONBUILD.
    pub fn innermost(&self) -> &Self {
        match &self.args {
            Args::Trigger(trigger) => trigger.innermost(),
            _ => self,
        }
    }
}
