//! What a command does to the shell that runs it and to the processes around it.
//!
//! Commands of two RUN instructions may share one shell only when the first leave nothing behind that the second could
//! notice (semantics C.2, points 4 and 5).

use super::Invocation;
use super::wrapper::WrapperKind;
use crate::model::{ShellWord, SimpleCommand};

/// Whether a program leaves a process that outlives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leaves {
    /// The program is known and starts no such process. Package managers count as such: the official images forbid
    /// services to start during installation (`policy-rc.d`).
    No,
    /// Nothing is known, or it runs code of the project.
    Maybe,
    /// It starts a daemon or an agent, or asks for one.
    Yes,
}

/// What a name is to a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// A builtin or keyword for which no program of the name can be expected.
    Only,
    /// A builtin for which there is a program of the name as well, perhaps with small differences (`echo`).
    AlsoProgram,
    /// No builtin.
    No,
}

/// What a name is to sh or bash.
pub fn builtin(name: &str) -> Builtin {
    match name {
        "echo" | "printf" | "test" | "[" | "true" | "false" | "pwd" | "kill" => {
            Builtin::AlsoProgram
        }
        "." | ":" | "alias" | "bg" | "bind" | "break" | "builtin" | "caller" | "cd" | "command"
        | "compgen" | "complete" | "compopt" | "continue" | "declare" | "dirs" | "disown"
        | "enable" | "eval" | "exec" | "exit" | "export" | "fc" | "fg" | "getopts" | "hash"
        | "help" | "history" | "jobs" | "let" | "local" | "logout" | "mapfile" | "popd"
        | "pushd" | "read" | "readarray" | "readonly" | "return" | "set" | "shift" | "shopt"
        | "source" | "suspend" | "times" | "trap" | "type" | "typeset" | "ulimit" | "umask"
        | "unalias" | "unset" | "wait" => Builtin::Only,
        "if" | "then" | "else" | "elif" | "fi" | "for" | "while" | "until" | "do" | "done"
        | "case" | "esac" | "in" | "select" | "function" | "coproc" | "time" | "{" | "}" | "!"
        | "[[" | "]]" | "((" => Builtin::Only,
        _ => Builtin::No,
    }
}

/// Whether a command may change the state of the shell that runs it, or end it: its directory, variables, options,
/// traps, limits, functions, descriptors. A command whose program is not known does.
pub fn changes_shell(command: &SimpleCommand) -> bool {
    if command.words.is_empty() {
        // Assignments stay; a redirection alone (`> file`) changes nothing.
        return !command.assignments.is_empty() || words_of(command).any(|word| word.effectful);
    }
    if words_of(command).any(|word| word.effectful) {
        return true;
    }
    let Some(invocation) = Invocation::of(command) else {
        return true;
    };
    let through = |kind| {
        invocation
            .wrappers()
            .iter()
            .any(|wrapper| wrapper.kind == kind)
    };
    if through(WrapperKind::Exec) {
        return true;
    }
    // `sudo cd`, `env cd` run another process.
    if through(WrapperKind::User) || through(WrapperKind::Env) {
        return false;
    }
    match invocation.name() {
        "printf" => invocation.operands().first().is_none_or(|first| {
            first
                .value
                .as_deref()
                .is_none_or(|text| text.starts_with("-v"))
        }),
        "." | "alias" | "bg" | "bind" | "break" | "cd" | "compopt" | "complete" | "continue"
        | "coproc" | "declare" | "dirs" | "disown" | "enable" | "eval" | "exec" | "exit"
        | "export" | "fc" | "fg" | "getopts" | "hash" | "history" | "jobs" | "let" | "local"
        | "logout" | "mapfile" | "popd" | "pushd" | "read" | "readarray" | "readonly"
        | "return" | "set" | "shift" | "shopt" | "source" | "suspend" | "trap" | "typeset"
        | "ulimit" | "umask" | "unalias" | "unset" | "wait" => true,
        // The rest of `command -v` and `builtin x` that was not resolved.
        "builtin" => true,
        _ => false,
    }
}

/// Whether a command may put another program in the place of `/bin/sh` (`ln -sf bash /bin/sh`). A RUN after it runs in
/// that program, a command behind it in the same RUN doesn't.
pub fn replaces_shell(command: &SimpleCommand) -> bool {
    let Some(invocation) = Invocation::of(command) else {
        return false;
    };
    let names = |test: fn(&str) -> bool| {
        let words = command.words.iter().skip(invocation.program_word() + 1);
        words
            .map(|word| word.value.as_deref().unwrap_or(&word.text))
            .any(test)
    };
    match invocation.name() {
        "ln"
        | "rm"
        | "mv"
        | "cp"
        | "install"
        | "unlink"
        | "dpkg-divert"
        | "update-alternatives" => names(|word| word.ends_with("bin/sh")),
        "dpkg-reconfigure" => names(|word| word == "dash"),
        _ => false,
    }
}

/// Whether a command may leave a process running.
pub fn leaves_process(command: &SimpleCommand) -> Leaves {
    if command.words.is_empty() {
        return Leaves::No;
    }
    Invocation::of(command).map_or(Leaves::Maybe, |invocation| leaves(&invocation))
}

fn leaves(invocation: &Invocation<'_>) -> Leaves {
    let before = invocation.command().words.get(..invocation.program_word());
    let before = before.unwrap_or_default().iter();
    if invocation.through_sudo()
        && before
            .filter_map(|word| word.value.as_deref())
            .any(|word| word == "-b")
    {
        return Leaves::Yes;
    }
    match invocation.name() {
        "gradle" if invocation.has_flag("--no-daemon") => Leaves::No,
        "wget" if invocation.has_flag("-b") => Leaves::Yes,
        // Fetching and committing may start `git maintenance` in the background; these can't.
        "git" => {
            let plain = [
                "clone",
                "checkout",
                "config",
                "submodule",
                "init",
                "describe",
                "rev-parse",
                "apply",
                "archive",
                "log",
                "status",
                "diff",
                "tag",
                "reset",
                "remote",
                "lfs",
                "show",
                "clean",
                "ls-remote",
                "ls-files",
                "switch",
                "restore",
                "sparse-checkout",
                "branch",
            ];
            if invocation.sub_any(&plain) {
                Leaves::No
            } else {
                Leaves::Maybe
            }
        }
        // Scripts of the project run inside these.
        "npm" | "yarn" | "pnpm"
            if invocation.sub_any(&["run", "test", "start", "exec", "dlx", "stop", "restart"]) =>
        {
            Leaves::Maybe
        }
        "npm" | "yarn" | "pnpm" | "composer" | "cargo" | "go" | "bundle" | "poetry" | "uv"
            if invocation.subcommand().is_some() && !invocation.known_sub() =>
        {
            Leaves::Maybe
        }
        "find" => find_leaves(invocation),
        "xargs" => Leaves::Maybe,
        "conda" if invocation.sub("run") => Leaves::Maybe,
        name => invocation.table_leaves().unwrap_or(match builtin(name) {
            Builtin::No => Leaves::Maybe,
            _ if matches!(
                name,
                "eval" | "." | "source" | "exec" | "coproc" | "bg" | "command"
            ) =>
            {
                command_query(invocation)
            }
            _ => Leaves::No,
        }),
    }
}

/// `command -v x` asks; everything else of these builtins runs something.
fn command_query(invocation: &Invocation<'_>) -> Leaves {
    let query = invocation.is("command")
        && matches!(
            invocation.command().word(invocation.program_word() + 1),
            Some("-v" | "-V")
        );
    if query { Leaves::No } else { Leaves::Maybe }
}

fn find_leaves(invocation: &Invocation<'_>) -> Leaves {
    let runs = invocation.command().words.iter().any(|word| {
        matches!(
            word.value.as_deref(),
            Some("-exec" | "-execdir" | "-ok" | "-okdir")
        ) || word.value.is_none() && word.splits
    });
    let harmless = invocation
        .command()
        .words
        .windows(2)
        .all(|pair| match pair {
            [flag, program] if matches!(flag.value.as_deref(), Some("-exec" | "-execdir")) => {
                matches!(
                    program.value.as_deref(),
                    Some(
                        "rm" | "chmod"
                            | "chown"
                            | "chgrp"
                            | "mv"
                            | "cp"
                            | "sed"
                            | "grep"
                            | "strip"
                            | "touch"
                            | "ls"
                            | "cat"
                            | "ln"
                            | "gzip"
                            | "test"
                    )
                )
            }
            _ => true,
        });
    if runs && !harmless {
        Leaves::Maybe
    } else {
        Leaves::No
    }
}

/// All words of a command, those of assignments and redirections included.
fn words_of(command: &SimpleCommand) -> impl Iterator<Item = &ShellWord> {
    let values = command
        .assignments
        .iter()
        .filter_map(|assignment| assignment.value.as_ref());
    let targets = command
        .redirects
        .iter()
        .filter_map(|redirect| redirect.target.as_ref());
    command.words.iter().chain(values).chain(targets)
}
