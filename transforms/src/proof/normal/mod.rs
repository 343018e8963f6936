//! The normal form of a process: the elementary commands that a RUN's shell text consists of, each with everything that
//! decides what it does, so that it can be recognised in another RUN.
//!
//! An and-list splits at its `&&`, a list under `set -e` at its `;`. A command that may change the shell, or leave a
//! process behind, is part of the *context* of those after it in the same RUN: two commands are equal only in equal
//! contexts, which is what forbids `RUN cd "$d"` + `RUN make` to become one (semantics C.2, P1 to P10).

mod argv;
mod effect;
mod names;
mod program;
mod removal;
mod shell;
mod split;
mod text;
mod word;

pub(crate) use argv::{argv, is_plain_default};
pub(crate) use effect::Effect;
pub(crate) use program::{Program, program};
pub(crate) use removal::may_remove;
pub(crate) use split::{elements, share};
pub(crate) use text::HOLE;
pub(crate) use word::{same_command, same_surroundings, same_word};

use smol_str::SmolStr;

use crate::model::{Analysis, SimpleCommand, Value};

/// An elementary command of a RUN.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    /// The file that the ranges speak of.
    pub(crate) analysis: &'a Analysis,
    /// The text with its simple commands taken out ([`text::HOLE`] in their places) and blanks made even.
    pub(crate) shape: SmolStr,
    /// The simple commands of the holes.
    pub(crate) commands: Vec<&'a SimpleCommand>,
    /// Whether it is everything that the process does, in one piece: an exec form, a script that can't be split.
    pub(crate) whole: bool,
    /// The directory that it runs in.
    pub(crate) cwd: Value,
    /// How many commands before it in the same process may have removed that directory since the process entered it: if
    /// one did, a new directory of the same name is another one.
    pub(crate) stale: usize,
    /// Whether the RUN began with a `cd` to this directory and this is the first command after it.
    pub(crate) entered: bool,
    /// What happens when it fails.
    pub(crate) mode: Mode,
    /// The shell options that matter to it.
    pub(crate) options: Options,
    /// What it leaves to the commands after it.
    pub(crate) effect: Effect,
    /// Earlier commands of the same process whose effects it may see, by their place in it.
    pub(crate) context: Vec<usize>,
}

/// What happens when an elementary command fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The RUN fails.
    Fatal,
    /// The next command runs.
    Ignored,
    /// `set -e` decides, command by command inside it.
    Errexit,
    /// It runs in the background.
    Background,
}

/// Shell options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Options {
    /// `-e`
    pub(crate) errexit: bool,
    /// `-u`
    pub(crate) nounset: bool,
    /// `-o pipefail`
    pub(crate) pipefail: bool,
}

impl<'a> Element<'a> {
    /// The command, if the element is one simple command and nothing else.
    pub(crate) fn simple(&self) -> Option<&'a SimpleCommand> {
        match self.commands.as_slice() {
            [command] if self.shape == text::HOLE && !self.whole => Some(command),
            _ => None,
        }
    }

    /// The words of a simple command whose words are all static, without assignments and redirections.
    pub(crate) fn words(&self) -> Option<Vec<&'a str>> {
        self.simple()?.static_words()
    }
}
