//! Judges the lines that the runtime stage runs: what they name of the build must be there by then.
//!
//! A line can be repeated without the line that made what it works on. So this looks at the two stages alone: every path that a
//! RUN of the runtime stage names, and that a line which only the build stage has may have made, must have been made or copied
//! above it in the runtime stage too.

use super::directories::is_system;
use super::place::{Place, Shell, base_name, within};
use crate::model::{Analysis, Args, Instruction, InstructionKind, SimpleCommand};

/// A path that a line makes.
struct Made {
    path: String,
    /// Whether with what is below it; else it may be an empty directory.
    tree: bool,
}

/// Whether each line that runs in the second stage finds what it names.
///
/// # Errors
/// What is missing, as a clause for a person.
pub(super) fn found(after: &Analysis) -> Result<(), String> {
    let texts: Vec<&str> = after
        .stage_instructions(1)
        .map(|it| after.text(it.range))
        .collect();
    let built: Vec<Made> = after
        .stage_instructions(0)
        .filter(|it| !texts.contains(&after.text(it.range)))
        .flat_map(|it| makes(after, it, &mut |command, shell| all(command, shell)))
        .collect();
    let mut there: Vec<Made> = Vec::new();
    for instruction in after.stage_instructions(1) {
        let mut missing = None;
        let made = makes(after, instruction, &mut |command, shell| {
            let read = reads(command, shell);
            let gone = read
                .into_iter()
                .find(|path| is_of(&built, path) && !there.iter().any(|made| made.holds(path)));
            if missing.is_none() {
                missing = gone.map(|path| (after.text(command.range).to_owned(), path));
            }
            let new = certain(command, shell);
            there.extend(new);
            Vec::new()
        });
        if let Some((command, path)) = missing {
            return Err(format!(
                "`{command}` would run where `{path}` is not there yet: only the build makes it"
            ));
        }
        there.extend(made);
    }
    Ok(())
}

impl Made {
    fn at(path: String) -> Self {
        Self { path, tree: false }
    }

    fn tree(path: String) -> Self {
        Self { path, tree: true }
    }

    /// Whether a path is there when this has been made.
    fn holds(&self, path: &str) -> bool {
        within(&self.path, path) || self.tree && within(path, &self.path)
    }
}

/// Whether a path is there because of what was made, as far as that can be told: directories of the system are there anyway.
fn is_of(made: &[Made], path: &str) -> bool {
    !is_system(path)
        && made
            .iter()
            .any(|made| made.path == path || made.tree && within(path, &made.path))
}

/// What an instruction makes. The commands of a RUN are asked one by one, with the shell that runs them.
fn makes<'a>(
    analysis: &'a Analysis,
    instruction: &'a Instruction,
    each: &mut dyn FnMut(&'a SimpleCommand, &Shell) -> Vec<Made>,
) -> Vec<Made> {
    match (instruction.kind, &instruction.args) {
        (InstructionKind::Workdir, Args::Value(word)) => {
            let mut shell = Shell::new(analysis, instruction);
            at(shell_place(&mut shell, analysis, instruction, &word.text))
        }
        (InstructionKind::Copy | InstructionKind::Add, Args::Copy { sources, dest, .. }) => {
            let mut shell = Shell::new(analysis, instruction);
            let Place::At(place) = shell_place(&mut shell, analysis, instruction, &dest.text)
            else {
                return Vec::new();
            };
            let names = sources
                .iter()
                .map(|source| base_name(&source.text))
                .filter(|name| !name.is_empty() && *name != ".");
            let files =
                names.map(|name| Made::tree(format!("{}/{name}", place.trim_end_matches('/'))));
            let mut made: Vec<Made> = files.collect();
            if !is_system(&place) {
                made.push(Made::tree(place));
            }
            made
        }
        (InstructionKind::Run, _) => {
            let mut shell = Shell::new(analysis, instruction);
            let mut made = Vec::new();
            let Some(script) = instruction.script() else {
                return made;
            };
            script.visit(&mut |command| {
                shell.assign(command);
                made.extend(each(command, &shell));
                if command.word(0) == Some("cd")
                    && let Some(word) = command.words.get(1)
                {
                    shell.directory = shell.place(word);
                }
            });
            made
        }
        _ => Vec::new(),
    }
}

/// An argument of an instruction as a path.
fn shell_place(
    shell: &mut Shell,
    analysis: &Analysis,
    instruction: &Instruction,
    text: &str,
) -> Place {
    match analysis.expand(instruction, text) {
        Ok(found) => match found.value.known() {
            Some(path) => shell.directory.join(path),
            None => Place::Unknown,
        },
        Err(_) => Place::Unknown,
    }
}

fn at(place: Place) -> Vec<Made> {
    match place {
        Place::At(path) => vec![Made::at(path)],
        _ => Vec::new(),
    }
}

/// All that a command may make: what it names, unless it is known to look at files or to change them where they are.
fn all(command: &SimpleCommand, shell: &Shell) -> Vec<Made> {
    let mut made = written(command, shell);
    if !matches!(
        program(command),
        Some(
            "chown"
                | "chmod"
                | "chgrp"
                | "rm"
                | "rmdir"
                | "sed"
                | "cat"
                | "grep"
                | "ls"
                | "test"
                | "["
                | "."
                | "source"
                | "echo"
                | "printf"
                | "export"
                | "which"
                | "apt-get"
                | "apt"
                | "apk"
                | "yum"
                | "dnf"
                | "dpkg"
                | "sha256sum"
                | "ldconfig"
                | "chsh"
        )
    ) {
        made.extend(named(command, shell).into_iter().map(Made::tree));
    }
    made
}

/// What a command makes for certain.
fn certain(command: &SimpleCommand, shell: &Shell) -> Vec<Made> {
    let mut made = written(command, shell);
    let paths = || named(command, shell);
    let last = || paths().pop().map(Made::tree);
    let behind = |flags: &[&str]| {
        let words = command.words.iter();
        let flag = |word: &str| flags.contains(&word);
        let mut rest = words.skip_while(move |word| !word.value.as_deref().is_some_and(flag));
        rest.nth(1).and_then(|word| match shell.place(word) {
            Place::At(path) => Some(Made::tree(path)),
            _ => None,
        })
    };
    match program(command) {
        Some("mkdir" | "touch" | "adduser") => made.extend(paths().into_iter().map(Made::at)),
        Some("useradd")
            if command
                .words
                .iter()
                .any(|word| matches!(word.value.as_deref(), Some("-m" | "--create-home"))) =>
        {
            made.extend(paths().into_iter().map(Made::at));
        }
        Some("cp" | "mv" | "ln" | "install" | "tee" | "git") => made.extend(last()),
        Some("curl" | "wget") => {
            made.extend(behind(&["-o", "-O", "--output", "-qO", "-fsSLo", "-P"]))
        }
        Some("tar") => made.extend(behind(&["-C", "--directory"])),
        Some("unzip") => made.extend(behind(&["-d"])),
        Some("virtualenv" | "python3" | "python") => {
            made.extend(paths().into_iter().map(Made::tree))
        }
        _ => {}
    }
    made
}

/// The files that a command's output makes.
fn written(command: &SimpleCommand, shell: &Shell) -> Vec<Made> {
    let targets = command
        .redirects
        .iter()
        .filter(|it| it.operator.ends_with('>') && !it.operator.ends_with(">>"))
        .filter_map(|it| it.target.as_ref());
    targets
        .filter_map(|word| match shell.place(word) {
            Place::At(path) => Some(Made::at(path)),
            _ => None,
        })
        .collect()
}

/// What a command wants to find there.
fn reads(command: &SimpleCommand, shell: &Shell) -> Vec<String> {
    let mut paths = named(command, shell);
    match program(command) {
        Some(
            "mkdir" | "touch" | "useradd" | "adduser" | "usermod" | "groupadd" | "addgroup" | "rm"
            | "echo" | "printf" | "export" | "test" | "[" | "curl" | "wget" | "tee" | "virtualenv"
            | "git",
        ) => paths.clear(),
        // A link may lead to what comes later.
        Some("ln")
            if command
                .words
                .iter()
                .any(|word| is_symbolic(word.value.as_deref())) =>
        {
            paths.clear();
        }
        Some("cp" | "mv" | "ln" | "install") => {
            paths.pop();
        }
        _ => {}
    }
    paths
}

/// Whether a flag of `ln` asks for a symbolic link.
fn is_symbolic(word: Option<&str>) -> bool {
    word.is_some_and(|word| {
        word == "--symbolic"
            || word.starts_with('-') && !word.starts_with("--") && word.contains('s')
    })
}

/// The words of a command that are paths: absolute ones, and of commands that work on files others with a slash in them.
fn named(command: &SimpleCommand, shell: &Shell) -> Vec<String> {
    let program = program(command);
    let on_files = matches!(
        program,
        Some(
            "cp" | "mv"
                | "ln"
                | "chmod"
                | "chown"
                | "tar"
                | "unzip"
                | "sh"
                | "bash"
                | "cd"
                | "mkdir"
                | "touch"
        )
    );
    let is_path = |text: &str| {
        let relative = on_files && text.contains('/') && !text.starts_with('-');
        (text.starts_with(['/', '$']) || text.starts_with("./") || relative)
            && !text.contains([' ', ':', '\\', ';', '|'])
    };
    let flag_before = |at: usize| command.word(at.saturating_sub(1));
    let words = command
        .words
        .iter()
        .enumerate()
        .skip(usize::from(program.is_some()));
    words
        .filter(|(_, word)| is_path(word.value.as_deref().unwrap_or(&word.text)))
        // A directory that is unpacked to is none that is looked at.
        .filter(|(at, _)| {
            !matches!(
                (program, flag_before(*at)),
                (Some("tar"), Some("-C")) | (Some("unzip"), Some("-d"))
            )
        })
        .filter_map(|(_, word)| match shell.place(word) {
            Place::At(path) => Some(path),
            _ => None,
        })
        .collect()
}

/// The name of the program.
fn program(command: &SimpleCommand) -> Option<&str> {
    command.word(0).map(base_name)
}
