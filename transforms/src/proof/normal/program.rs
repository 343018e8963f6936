//! What programs leave to the commands after them. Only what is known to end with its work is harmless; everything else
//! may leave a process behind (semantics C.2, condition 5).

use super::names::Lists;
use crate::commands::base_name;
use crate::model::{ShellWord, SimpleCommand};

/// The program of a simple command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program<'a> {
    /// Its name without directories.
    pub(crate) name: &'a str,
    /// Whether it is found by its name in `PATH`, or a builtin.
    pub(crate) bare: bool,
    /// Its arguments.
    pub(crate) args: &'a [ShellWord],
    /// Whether `sudo` starts it.
    pub(crate) sudo: bool,
}

/// What a program leaves behind, and what it notices of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// It changes the shell that runs it. With `true` it may change what a command name means.
    Shell(bool),
    /// It ends with its work, and a service that runs beside it makes no difference to it.
    Blind,
    /// It ends with its work.
    Harmless,
    /// A package manager or the like: it ends with its work, but a package may start a service or an agent. It doesn't
    /// notice those of others.
    Packages,
    /// As `Packages`, but agents of others make a difference.
    Agents,
    /// It may leave a process behind, and notice others.
    Unknown,
}

/// The program of a command, looking through wrappers that change nothing here; `None` when it isn't known.
pub(crate) fn program(command: &SimpleCommand) -> Option<Program<'_>> {
    let mut words = command.words.as_slice();
    let mut sudo = false;
    loop {
        let (first, args) = words.split_first()?;
        let path = first.value.as_deref()?;
        let name = base_name(path);
        let skip = match name {
            "sudo" => {
                sudo = true;
                args.iter()
                    .take_while(|word| matches!(word.value.as_deref(), Some("-E" | "-H" | "-n")))
                    .count()
            }
            "env" => {
                let assigns = |word: &&ShellWord| {
                    let text = word.text.as_str();
                    !text.starts_with('-')
                        && text.split_once('=').is_some_and(|(name, _)| {
                            name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                        })
                };
                args.iter().take_while(assigns).count()
            }
            "command" | "nice" | "time" | "ionice" | "eatmydata" => 0,
            _ => {
                return Some(Program {
                    name,
                    bare: name == path,
                    args,
                    sudo,
                });
            }
        };
        words = args.get(skip..)?;
        if words.is_empty() {
            return Some(Program {
                name,
                bare: name == path,
                args,
                sudo,
            });
        }
    }
}

/// Whether a bare name is that of a command that changes the shell itself.
pub(super) fn changes_shell(name: &str) -> bool {
    Lists::of(name).has(Lists::SHELL)
}

/// Whether a bare name is that of a command that may change what the names of commands mean, or end the shell's text.
pub(super) fn changes_names(name: &str) -> bool {
    Lists::of(name).has(Lists::SHELL_NAMES)
}

/// What a command does to those after it.
pub(super) fn class(program: &Program<'_>) -> Class {
    let name = program.name;
    let lists = Lists::of(name);
    let word = |number: usize| {
        program
            .args
            .get(number)
            .and_then(|word| word.value.as_deref())
    };
    if program.bare && lists.has(Lists::SHELL_NAMES) {
        return Class::Shell(true);
    }
    if program.bare && lists.has(Lists::SHELL) {
        return Class::Shell(false);
    }
    match name {
        "curl" | "wget" if mentions_local_host(program.args) => Class::Harmless,
        "find"
            if program
                .args
                .iter()
                .any(|word| word.text.starts_with("-exec") || word.text.starts_with("-ok")) =>
        {
            let runs = program
                .args
                .iter()
                .skip_while(|word| !word.text.starts_with("-exec"))
                .nth(1);
            inner(runs)
        }
        "xargs" => {
            let simple_flag = |word: &&ShellWord| {
                matches!(
                    word.text.as_str(),
                    "-0" | "-r" | "-t" | "-rt" | "-0r" | "-r0" | "--null" | "--no-run-if-empty"
                )
            };
            let runs = program.args.iter().find(|word| !simple_flag(word));
            inner(runs)
        }
        "install" if !program.bare => Class::Unknown,
        "git" => {
            let quiet = [
                "clone",
                "checkout",
                "config",
                "init",
                "describe",
                "rev-parse",
                "apply",
                "archive",
                "submodule",
                "reset",
                "lfs",
                "log",
                "show",
                "status",
            ];
            let sub = subcommand(program.args, &["-C", "-c"]);
            if sub.is_some_and(|sub| quiet.contains(&sub)) {
                Class::Blind
            } else {
                Class::Unknown
            }
        }
        "npm" | "yarn" | "pnpm" => match subcommand(
            program.args,
            &["--prefix", "-C", "--cwd", "--registry", "--loglevel"],
        ) {
            Some(
                "install" | "i" | "ci" | "add" | "cache" | "config" | "prune" | "set" | "store"
                | "rebuild" | "audit" | "pack" | "global" | "version" | "link" | "dedupe",
            ) => Class::Harmless,
            None if name == "yarn" => Class::Harmless,
            _ => Class::Unknown,
        },
        "python" | "python3" | "python2" => match (word(0), word(1)) {
            (
                Some("-m"),
                Some(
                    "pip" | "venv" | "ensurepip" | "compileall" | "virtualenv" | "zipfile"
                    | "build",
                ),
            ) => Class::Harmless,
            (Some("--version" | "-V"), None) => Class::Blind,
            _ => Class::Unknown,
        },
        "make" | "gmake" => {
            let quiet = |word: &ShellWord| {
                let Some(text) = word.value.as_deref() else {
                    return word.text.starts_with("-j") || word.text.starts_with('"');
                };
                text.starts_with('-')
                    || text.contains('=')
                    || text.contains('/')
                    || text.chars().all(|c| c.is_ascii_digit())
                    || [
                        "all",
                        "build",
                        "clean",
                        "install",
                        "distclean",
                        "check",
                        "altinstall",
                        "deps",
                        "release",
                    ]
                    .contains(&text)
                    || text.starts_with("install")
                    || text.starts_with("build")
            };
            if program.args.iter().all(quiet) {
                Class::Harmless
            } else {
                Class::Unknown
            }
        }
        "go" => match word(0) {
            Some(
                "build" | "install" | "get" | "mod" | "env" | "version" | "clean" | "list" | "fmt"
                | "vet",
            ) => Class::Harmless,
            _ => Class::Unknown,
        },
        "cargo" => match word(0) {
            Some(
                "build" | "install" | "fetch" | "vendor" | "clean" | "update" | "check" | "init"
                | "new" | "chef",
            ) => Class::Harmless,
            _ => Class::Unknown,
        },
        _ if lists.has(Lists::PACKAGES) && fetches_or_cleans(program) => Class::Blind,
        _ if lists.has(Lists::BLIND) || name.starts_with("pip3.") => Class::Blind,
        _ if lists.has(Lists::PACKAGES) => Class::Packages,
        _ if lists.has(Lists::AGENTS) => Class::Agents,
        _ if lists.has(Lists::HARMLESS) => Class::Harmless,
        _ => Class::Unknown,
    }
}

/// Whether a program is one of the small tools of every system, which nothing but a package brings in a newer version.
pub(super) fn is_tool(name: &str) -> bool {
    let lists = Lists::of(name);
    let of_the_system = lists.has(Lists::BLIND) || lists.has(Lists::PACKAGES);
    of_the_system && !lists.has(Lists::LANGUAGE_TOOLS)
}

/// Whether start-up files of a shell make no difference to a program: package managers, removals, and what is
/// printed.
pub(super) fn is_deaf(program: &Program<'_>) -> bool {
    Lists::of(program.name).has(Lists::PACKAGES)
        || matches!(
            program.name,
            "rm" | "true" | ":" | "yes" | "echo" | "printf"
        )
}

/// Whether a package manager only fetches its lists or cleans up: no package can start anything then.
fn fetches_or_cleans(program: &Program<'_>) -> bool {
    let sub = subcommand(program.args, &["-o", "-t", "-c"]);
    matches!(
        sub,
        Some("update" | "clean" | "autoclean" | "makecache" | "refresh" | "ref" | "cc")
    ) && matches!(
        program.name,
        "apt-get" | "apt" | "aptitude" | "apk" | "dnf" | "microdnf" | "zypper" | "yum" | "tdnf"
    ) && !(sub == Some("update")
        && matches!(program.name, "yum" | "dnf" | "microdnf" | "tdnf" | "zypper"))
}

/// Whether a command leaves nothing behind that a shell started anew would notice: lists and caches of packages.
pub(super) fn is_inert(command: &SimpleCommand) -> bool {
    program(command).is_some_and(|program| fetches_or_cleans(&program))
        && command.redirects.is_empty()
}

/// The class of a program that another one starts, given the word that names it.
fn inner(word: Option<&ShellWord>) -> Class {
    let name = word.and_then(|word| word.value.as_deref());
    match name.map(base_name) {
        Some(name) if Lists::of(name).has(Lists::BLIND) => Class::Blind,
        _ => Class::Unknown,
    }
}

/// The first word that is no option; `valued` are options whose value is a word of its own.
pub(super) fn subcommand<'a>(args: &'a [ShellWord], valued: &[&str]) -> Option<&'a str> {
    let mut args = args.iter();
    while let Some(word) = args.next() {
        let text = word.value.as_deref()?;
        if valued.contains(&text) {
            args.next();
        } else if !text.starts_with('-') {
            return Some(text);
        }
    }
    None
}

fn mentions_local_host(args: &[ShellWord]) -> bool {
    args.iter().any(|word| {
        let text = word.text.as_str();
        ["localhost", "127.", "0.0.0.0", "[::"]
            .iter()
            .any(|host| text.contains(host))
    })
}
