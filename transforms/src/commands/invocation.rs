//! A command as its program reads it.

use std::sync::{Arc, OnceLock};

use dfix_syntax::TextSize;
use smol_str::SmolStr;

use super::parse::{self, Details};
use super::process::Leaves;
use super::spec::{self, Operands, ProgramSpec};
use super::wrapper::{self, Wrapper, WrapperKind};
use crate::model::{ShellWord, SimpleCommand};

/// A simple command whose program is known by name. Many rules and the proof ask about each command, so what is found
/// out is kept with the command.
#[derive(Debug, Clone, Copy)]
pub struct Invocation<'a> {
    command: &'a SimpleCommand,
    found: &'a Found,
}

/// What has been found out about a command; [`Invocation`] asks and fills it. A command must not change after that.
#[derive(Debug, Clone, Default)]
pub struct Reading(OnceLock<Option<Arc<Found>>>);

impl Reading {
    /// Whether somebody has asked.
    #[cfg(test)]
    pub(crate) fn is_known(&self) -> bool {
        self.0.get().is_some()
    }
}

/// The program of a command.
#[derive(Debug)]
struct Found {
    wrappers: Vec<Wrapper>,
    /// The number of its word.
    program: usize,
    /// The number of the word after it.
    first_argument: usize,
    name: Name,
    spec: Option<&'static ProgramSpec>,
    /// Flags and operands, read on the first question about them.
    details: OnceLock<Details>,
}

/// The name of a program.
#[derive(Debug)]
enum Name {
    /// By the table.
    Known(&'static str),
    /// The word from this byte on.
    Word(usize),
}

/// A flag as it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagUse {
    /// The name by which the table knows it (`-y` for `--yes`); as written if it is not in the table. Dashes included.
    pub name: SmolStr,
    /// The name as written; in a cluster `-qy` each letter is its own flag with a dash.
    pub written: SmolStr,
    /// The number of its word in [`SimpleCommand::words`].
    pub word: usize,
    /// Its value.
    pub value: Option<FlagValue>,
    /// Whether the table has it.
    pub known: bool,
}

/// The value of a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagValue {
    /// The text, if it is static.
    pub text: Option<SmolStr>,
    /// The number of the word it stands in: the flag's own, or the next.
    pub word: usize,
}

/// An operand: a word that is neither program, sub-command, flag nor a flag's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operand {
    /// The number of its word in [`SimpleCommand::words`].
    pub word: usize,
    /// The text, if it is static.
    pub value: Option<SmolStr>,
}

impl<'a> Invocation<'a> {
    /// Reads a command; `None` when it has no word, or its program is not a static word.
    pub fn of(command: &'a SimpleCommand) -> Option<Self> {
        let found = command
            .reading
            .0
            .get_or_init(|| Found::of(command).map(Arc::new));
        let found = found.as_deref()?;
        Some(Self { command, found })
    }

    /// The program: the name by which the table knows it (`pip` for `pip3.9` and `python -m pip`, `gradle` for
    /// `./gradlew`), otherwise the base name of a path that ends in `bin/name`, otherwise the word.
    pub fn name(&self) -> &'a str {
        match self.found.name {
            Name::Known(name) => name,
            Name::Word(start) => self.path().get(start..).unwrap_or_default(),
        }
    }

    /// The program's word as written, quotes resolved.
    pub fn path(&self) -> &'a str {
        self.command.word(self.found.program).unwrap_or_default()
    }

    /// Whether the program has this name.
    pub fn is(&self, name: &str) -> bool {
        self.name() == name
    }

    /// Whether the program has one of these names.
    pub fn is_any(&self, names: &[&str]) -> bool {
        names.contains(&self.name())
    }

    /// Whether the table has the program.
    pub fn is_known(&self) -> bool {
        self.found.spec.is_some()
    }

    /// The command it was read from.
    pub fn command(&self) -> &'a SimpleCommand {
        self.command
    }

    /// The programs before the real one (`sudo`, `env`, ...), in order.
    pub fn wrappers(&self) -> &[Wrapper] {
        &self.found.wrappers
    }

    /// Whether it runs through `sudo` or another program that changes the user.
    pub fn through_sudo(&self) -> bool {
        self.found
            .wrappers
            .iter()
            .any(|wrapper| wrapper.kind == WrapperKind::User)
    }

    /// The number of the program's word.
    pub fn program_word(&self) -> usize {
        self.found.program
    }

    /// Whether the sub-command is this one, also when it is written by an alias (`npm i` is `install`). A sub-command of
    /// a group is written with its group: `cache clean`.
    pub fn sub(&self, name: &str) -> bool {
        self.subcommand() == Some(name)
    }

    /// Whether the sub-command is one of these.
    pub fn sub_any(&self, names: &[&str]) -> bool {
        self.subcommand().is_some_and(|sub| names.contains(&sub))
    }

    /// The sub-command by its first name in the table, as written if the table doesn't have it; `None` for programs
    /// without sub-commands.
    pub fn subcommand(&self) -> Option<&str> {
        self.details().sub.as_deref()
    }

    /// The number of the sub-command's (last) word.
    pub fn subcommand_word(&self) -> Option<usize> {
        self.details().sub_word
    }

    /// The words after the sub-command, or after the program when there is none.
    pub fn words_after_sub(&self) -> &'a [ShellWord] {
        let start = self
            .subcommand_word()
            .map_or(self.found.first_argument, |word| word + 1);
        self.command.words.get(start..).unwrap_or_default()
    }

    /// The flags in order, those of clusters one by one.
    pub fn flags(&self) -> &[FlagUse] {
        &self.details().flags
    }

    /// A flag by any of its names.
    pub fn flag(&self, name: &str) -> Option<&FlagUse> {
        let canonical = self.canonical(name);
        self.flags().iter().find(|flag| flag.name == canonical)
    }

    /// All uses of a flag, by any of its names.
    pub fn uses(&self, name: &str) -> impl Iterator<Item = &FlagUse> {
        let canonical = SmolStr::from(self.canonical(name));
        self.flags()
            .iter()
            .filter(move |flag| flag.name == canonical)
    }

    /// Whether a flag is used, by any of its names.
    pub fn has_flag(&self, name: &str) -> bool {
        self.flag(name).is_some()
    }

    /// Whether one of these flags is used.
    pub fn has_any_flag(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has_flag(name))
    }

    /// The static value of a flag's last use.
    pub fn flag_value(&self, name: &str) -> Option<&str> {
        let canonical = self.canonical(name);
        let flag = self.flags().iter().rfind(|flag| flag.name == canonical)?;
        flag.value.as_ref()?.text.as_deref()
    }

    /// The operands in order.
    pub fn operands(&self) -> &[Operand] {
        &self.details().operands
    }

    /// The operands' static values; `None` when one of them is not static.
    pub fn static_operands(&self) -> Option<Vec<&str>> {
        self.operands()
            .iter()
            .map(|operand| operand.value.as_deref())
            .collect()
    }

    /// What the operands are.
    pub fn operand_kind(&self) -> Operands {
        self.details().operand_kind
    }

    /// The number of the word `--`, if there is one.
    pub fn double_dash(&self) -> Option<usize> {
        self.details().double_dash
    }

    /// Whether every word after the program is static.
    pub fn all_static(&self) -> bool {
        self.details().all_static
    }

    /// Whether the table has the program, its sub-command and all its flags, so that it is certain which words are
    /// operands. Operands may still be dynamic, as long as each is certainly one operand (`"foo=$VERSION"`).
    pub fn known_flags_only(&self) -> bool {
        self.found.spec.is_some() && self.details().certain
    }

    /// Whether the table has the program, its sub-command and every flag that is written. Weaker than
    /// [`Self::known_flags_only`]: an expansion such as `$OPTS` may still hold more flags.
    pub fn written_flags_known(&self) -> bool {
        self.found
            .spec
            .is_some_and(|spec| !spec.has_subs() || self.known_sub())
            && self.flags().iter().all(|flag| flag.known)
    }

    /// Whether everything is known: program, sub-command, flags, and every word is static.
    pub fn fully_understood(&self) -> bool {
        self.known_flags_only() && self.all_static()
    }

    /// Where a flag of the sub-command (or of the program, without one) can be inserted: the end of that word. The text
    /// to insert starts with a blank.
    pub fn flag_position(&self) -> TextSize {
        let number = self
            .subcommand_word()
            .unwrap_or(self.found.first_argument.saturating_sub(1));
        self.command
            .words
            .get(number)
            .map_or(self.command.range.end(), |word| word.range.end())
    }

    /// The static value of an assignment that the program sees, written before it or given to `env` or `sudo`.
    pub fn assignment(&self, name: &str) -> Option<&str> {
        let by_wrapper = self
            .command
            .words
            .get(..self.found.program)
            .unwrap_or_default()
            .iter()
            .rev()
            .filter_map(|word| word.value.as_deref()?.split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value);
        by_wrapper.or_else(|| {
            self.command
                .assignments
                .iter()
                .rfind(|assignment| assignment.name == name)?
                .value
                .as_ref()?
                .value
                .as_deref()
        })
    }

    /// Whether the table has the sub-command.
    pub fn known_sub(&self) -> bool {
        self.details().sub_spec.is_some()
    }

    /// What the table says of processes that the program leaves.
    pub(super) fn table_leaves(&self) -> Option<Leaves> {
        Some(self.found.spec?.entry.leaves)
    }

    fn details(&self) -> &'a Details {
        let found = self.found;
        let read = || parse::parse(self.command, found.first_argument, found.spec);
        found.details.get_or_init(read)
    }

    /// The first name of a flag, by the sub-command's table and then the program's.
    fn canonical<'n>(&self, name: &'n str) -> &'n str {
        let Some(spec) = self.found.spec else {
            return name;
        };
        let sub = self.details().sub_spec;
        sub.and_then(|sub| sub.flags.get(name))
            .or_else(|| spec.flags().get(name))
            .map_or(name, |flag| flag.name)
    }
}

impl Found {
    fn of(command: &SimpleCommand) -> Option<Self> {
        let (wrappers, program) = wrapper::resolve(command);
        let written = command.word(program)?;
        let mut first_argument = program + 1;
        let mut name = program_name(written);
        if name == "python"
            && let Some(module) = python_module(command, program)
        {
            name = "pip";
            first_argument = module + 1;
        }
        let found = spec::find(name);
        Some(Self {
            wrappers,
            program,
            first_argument,
            name: match found {
                Some((first, _)) => Name::Known(first),
                // What the table doesn't know is the word, or its end.
                None => Name::Word(written.len() - name.len()),
            },
            spec: found.map(|(_, spec)| spec),
            details: OnceLock::new(),
        })
    }
}

/// The name by which the table would know a program's word.
fn program_name(word: &str) -> &str {
    let (directory, base) = match word.rfind('/') {
        Some(slash) => (word.get(..slash), word.get(slash + 1..).unwrap_or_default()),
        None => (None, word),
    };
    let known = versioned(base);
    match directory {
        None => known,
        Some(directory) if matches!(directory.rsplit('/').next(), Some("bin" | "sbin")) => known,
        Some(_) if spec::find(base).is_some_and(|(_, spec)| spec.entry.local) => base,
        Some(_) => word,
    }
}

/// `pip` for `pip3.9`, `python` for `python2.7`; other names unchanged.
fn versioned(name: &str) -> &str {
    for known in ["pip", "python", "pypy"] {
        let rest = name.strip_prefix(known);
        if rest.is_some_and(|rest| {
            rest.chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'))
        }) {
            return if known == "pip" { "pip" } else { "python" };
        }
    }
    name
}

/// The number of the word `pip` in `python [flags] -m pip`.
fn python_module(command: &SimpleCommand, program: usize) -> Option<usize> {
    let mut at = program + 1;
    loop {
        match command.word(at)? {
            "-m" => break,
            "-mpip" => return Some(at),
            "-u" | "-I" | "-s" | "-E" | "-B" | "-O" | "-OO" | "-q" => at += 1,
            "-W" | "-X" => at += 2,
            _ => return None,
        }
    }
    (command.word(at + 1)? == "pip").then_some(at + 1)
}
