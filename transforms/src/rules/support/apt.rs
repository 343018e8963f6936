//! What commands of the apt family are.

use crate::commands::{FlagUse, Invocation};
use crate::model::SimpleCommand;

/// A command of `apt-get`, `apt` or `aptitude`.
pub(crate) fn apt(command: &SimpleCommand) -> Option<Invocation<'_>> {
    Invocation::of(command).filter(|it| it.is_any(&["apt-get", "apt", "aptitude"]))
}

/// Sub-commands that ask before they go on.
pub(crate) const ASKING: &[&str] = &[
    "install",
    "reinstall",
    "remove",
    "purge",
    "autoremove",
    "upgrade",
    "dist-upgrade",
    "build-dep",
    "satisfy",
];

/// Whether a command says yes to all questions: `-y`, `-qq`, or the option by name.
pub(crate) fn says_yes(apt: &Invocation<'_>) -> bool {
    apt.has_flag("-y") || quiet(apt) >= 2 || sets_option(apt, "assume-yes")
}

/// How quiet a command is told to be.
pub(crate) fn quiet(apt: &Invocation<'_>) -> u32 {
    let level = |flag: &FlagUse| match &flag.value {
        None => 1,
        Some(value) => {
            let text = value.text.as_deref().unwrap_or_default();
            text.parse().unwrap_or(1)
        }
    };
    let quiet = apt.flags().iter().filter(|flag| flag.name == "-q");
    quiet.map(level).sum()
}

/// Whether `-o` sets an option whose name ends like this, in lower case.
pub(crate) fn sets_option(apt: &Invocation<'_>, name: &str) -> bool {
    options(apt).any(|option| {
        let option = option.split('=').next().unwrap_or(option);
        option.to_ascii_lowercase().ends_with(name)
    })
}

/// The values of all `-o`; a value that is not static is empty.
pub(crate) fn options<'a>(apt: &'a Invocation<'_>) -> impl Iterator<Item = &'a str> {
    let flags = apt.flags().iter().filter(|flag| flag.name == "-o");
    flags.map(|flag| {
        let value = flag.value.as_ref().and_then(|value| value.text.as_deref());
        value.unwrap_or_default()
    })
}

/// Whether a command only says what it would do.
pub(crate) fn only_simulates(apt: &Invocation<'_>) -> bool {
    apt.has_any_flag(&["-s", "--print-uris", "--assume-no", "--trivial-only"])
}

/// The sub-command as the author wrote it, for messages: `apt-get install`.
pub(crate) fn describe(apt: &Invocation<'_>) -> String {
    let word = apt
        .subcommand_word()
        .and_then(|word| apt.command().word(word));
    match word {
        Some(sub) => format!("{} {sub}", apt.name()),
        None => apt.name().to_owned(),
    }
}

/// The program and its sub-command, to underline.
pub(crate) fn head(apt: &Invocation<'_>) -> dfix_syntax::TextRange {
    let words = &apt.command().words;
    let word = |number: usize| words.get(number).map(|word| word.range);
    let program = word(apt.program_word()).unwrap_or(apt.command().range);
    match apt.subcommand_word().and_then(word) {
        Some(sub) if sub.start() > program.end() => program.cover(sub),
        _ => program,
    }
}
