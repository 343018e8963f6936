//! Effects of one simple command.

use super::apply::Gather;
use super::script::Walk;
use super::{Domain, Effects, files, packages, transfer};
use crate::commands::{Invocation, WrapperKind};
use crate::model::{ShellWord, SimpleCommand};

impl Effects {
    /// The effects of a command that runs in `directory`, an absolute path; `None` when that is not known.
    pub fn of_command(command: &SimpleCommand, directory: Option<&str>) -> Self {
        let mut gather = Gather {
            command,
            directory,
            effects: Self::none(),
        };
        words(&mut gather);
        redirects(&mut gather);
        // Its directory, umask and options, and how its name and words are looked up.
        gather.reads(Domain::Shell);
        gather.effects.reads.variables.lookup = true;
        if command.words.is_empty() {
            for assignment in &command.assignments {
                gather.effects.writes.variables.insert(&assignment.name);
            }
            return gather.effects;
        }
        match Invocation::of(command) {
            Some(invocation) => program(&mut gather, &invocation),
            None => gather.barrier(),
        }
        gather.effects
    }
}

/// What expansions in the words read and run.
fn words(gather: &mut Gather<'_>) {
    let command = gather.command;
    let values = command
        .assignments
        .iter()
        .filter_map(|assignment| assignment.value.as_ref());
    let targets = command
        .redirects
        .iter()
        .filter_map(|redirect| redirect.target.as_ref());
    for word in command.words.iter().chain(values).chain(targets) {
        expansions(gather, word);
    }
}

fn expansions(gather: &mut Gather<'_>, word: &ShellWord) {
    for name in &word.variables {
        gather.effects.reads.variables.insert(name);
        if word.effectful {
            gather.effects.writes.variables.insert(name);
        }
    }
    if word.effectful && word.variables.is_empty() {
        gather.barrier();
    }
    if word.glob {
        gather.read(&gather.path_of(word));
    }
    for script in &word.substitutions {
        let effects = Walk::run(script, gather.directory);
        gather.effects.join(effects);
    }
}

fn redirects(gather: &mut Gather<'_>) {
    for redirect in &gather.command.redirects {
        let operator = redirect
            .operator
            .trim_start_matches(|c: char| c.is_ascii_digit());
        let Some(target) = &redirect.target else {
            continue;
        };
        let descriptor = target.value.as_deref().is_some_and(|text| {
            text == "-" || !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
        });
        match operator {
            "<<" | "<<-" | "<<<" => {}
            ">&" | "<&" if descriptor => {}
            "<" => gather.read(&gather.path_of(target)),
            ">" | ">|" | "&>" | ">&" => gather.create(&gather.path_of(target)),
            _ => {
                gather.read(&gather.path_of(target));
                gather.create(&gather.path_of(target));
            }
        }
    }
}

fn program(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    for wrapper in invocation.wrappers() {
        match wrapper.kind {
            WrapperKind::User => {
                gather.read_system();
                gather.reads(Domain::Users);
            }
            // It may change the directory.
            WrapperKind::Env if !wrapper.bare && changes_directory(gather, invocation) => {
                gather.barrier();
            }
            WrapperKind::Env => gather.effects.reads.variables.all = true,
            WrapperKind::Exec => gather.writes(Domain::Shell),
            WrapperKind::Lookup | WrapperKind::Plain => {}
        }
    }
    let known = shell(gather, invocation)
        || files::program(gather, invocation)
        || transfer::program(gather, invocation)
        || packages::program(gather, invocation);
    if !known {
        gather.barrier();
    }
    if gather.effects.everything {
        gather.effects.forget();
    }
}

fn changes_directory(gather: &Gather<'_>, invocation: &Invocation<'_>) -> bool {
    let words = gather.command.words.get(..invocation.program_word());
    words.unwrap_or_default().iter().any(|word| {
        word.value
            .as_deref()
            .is_none_or(|text| text.starts_with("-C") || text.starts_with("--chdir"))
    })
}

/// Builtins and programs that touch no files.
fn shell(gather: &mut Gather<'_>, invocation: &Invocation<'_>) -> bool {
    match invocation.name() {
        "true" | "false" | ":" | "echo" | "sleep" | "yes" | "seq" | "expr" | "tr" | "basename"
        | "dirname" => {}
        "printf" => {
            let first = invocation.operands().first();
            if first.is_some_and(|first| {
                first
                    .value
                    .as_deref()
                    .is_none_or(|text| text.starts_with("-v"))
            }) {
                gather.effects.writes.variables.all = true;
            }
        }
        "pwd" => {}
        "cd" => {
            gather.writes(Domain::Shell);
            gather.effects.writes.variables.insert("PWD");
            gather.effects.writes.variables.insert("OLDPWD");
            gather.read_operands(invocation.operands());
        }
        "export" | "readonly" | "local" | "declare" | "typeset" | "unset" | "read" => {
            gather.writes(Domain::Shell);
            for word in invocation.words_after_sub() {
                match word.text.split('=').next() {
                    Some(name) if word.value.is_some() || word.text.contains('=') => {
                        gather.effects.writes.variables.insert(name);
                    }
                    _ => gather.effects.writes.variables.all = true,
                }
            }
        }
        "set" | "umask" | "ulimit" | "shopt" | "hash" | "shift" | "exit" | "return" | "break"
        | "continue" => {
            gather.writes(Domain::Shell);
            gather.effects.writes.variables.all = true;
        }
        "wait" => {
            gather.reads(Domain::Processes);
            gather.writes(Domain::Shell);
        }
        "test" | "[" => test(gather, invocation),
        // `command -v x`: any other use was looked through.
        "command" | "type" | "which" => gather.read_system(),
        "whoami" | "id" | "groups" => {
            gather.reads(Domain::Users);
            gather.read_system();
        }
        "date" | "uname" | "arch" | "nproc" | "printenv" | "hostname" | "getconf" | "locale" => {
            gather.read_system()
        }
        "env" if invocation.operands().is_empty() => gather.read_system(),
        _ => return false,
    }
    true
}

/// The operands of file tests are read.
fn test(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    const UNARY: &str = "efdrwxshLbcpSugkOGNa";
    let words = invocation.operands();
    for (at, operand) in words.iter().enumerate() {
        let is_file_test = operand.value.as_deref().is_some_and(|text| {
            let mut chars = text.chars();
            chars.next() == Some('-')
                && chars.next().is_some_and(|c| UNARY.contains(c))
                && chars.next().is_none()
        });
        let compares = matches!(operand.value.as_deref(), Some("-nt" | "-ot" | "-ef"));
        if (is_file_test || compares)
            && let Some(next) = words.get(at + 1)
        {
            gather.read(&gather.path(next.word));
        }
        if compares && let Some(before) = at.checked_sub(1).and_then(|at| words.get(at)) {
            gather.read(&gather.path(before.word));
        }
    }
}
