//! Judges the lines that the runtime stage runs: what they name of the build must be there by then.
//!
//! A line can be repeated without the line that made what it works on. So this looks at the two stages alone: every path that a
//! RUN of the runtime stage names, and that a line which only the build stage has may have made, must have been made or copied
//! above it in the runtime stage too.

use super::directories::is_system;
use super::place::{Place, Shell, base_name, parent, within};
use crate::model::{Analysis, Args, Instruction, InstructionKind, SimpleCommand};

/// Whether each line that runs in the second stage finds what it names.
///
/// # Errors
/// What is missing, as a clause for a person.
pub(super) fn found(after: &Analysis) -> Result<(), String> {
    let repeated: Vec<&str> = after
        .stage_instructions(1)
        .map(|it| after.text(it.range))
        .collect();
    let mut built = Vec::new();
    for instruction in after.stage_instructions(0) {
        if !repeated.contains(&after.text(instruction.range)) {
            built.extend(placed(after, instruction));
            each_command(after, instruction, |command, shell| {
                built.extend(may_make(command, shell));
            });
        }
    }
    let copies: Vec<(usize, String)> = after
        .stage_instructions(1)
        .filter(|it| it.flag("from").is_some())
        .filter_map(|it| Some((it.index, destination(after, it)?)))
        .collect();
    let mut there: Vec<Made> = Vec::new();
    let mut missing = None;
    for instruction in after.stage_instructions(1) {
        there.extend(placed(after, instruction));
        each_command(after, instruction, |command, shell| {
            let changes = matches!(command.word(0), Some("chown" | "chmod" | "chgrp"));
            let lacks = |path: &String| {
                let of_build = built.iter().any(|made: &Made| made.is(path));
                // No image brings anything there: a command that isn't repeated has made it.
                let temporary = changes && matches!(parent(path), "/tmp" | "/var/tmp");
                (of_build || temporary)
                    && !is_system(path)
                    && !there.iter().any(|made| made.shows(path))
            };
            let later = |path: &String| {
                let copied = copies.iter().any(|(index, target)| {
                    *index > instruction.index
                        && path != target
                        && within(path, target)
                        && !(parent(path) == target && is_of_an_image(target))
                });
                copied && !is_system(parent(path)) && !there.iter().any(|made| made.shows(path))
            };
            let gone = needs(command, shell)
                .into_iter()
                .find(lacks)
                .or_else(|| targets(command, shell).find(later));
            if let (None, Some(path)) = (&missing, gone) {
                missing = Some(format!(
                    "`{}` would run where `{path}` is not there yet: only the build makes it",
                    after.text(command.range)
                ));
            }
            there.extend(makes(command, shell));
        });
    }
    missing.map_or(Ok(()), Err)
}

/// Directories that the images of servers and of languages have.
fn is_of_an_image(path: &str) -> bool {
    matches!(
        path,
        "/etc/nginx"
            | "/etc/nginx/conf.d"
            | "/usr/local/apache2/htdocs"
            | "/usr/local/etc/php/conf.d"
            | "/usr/local/lib/php/extensions"
            | "/usr/local/tomcat/webapps"
            | "/usr/share/nginx/html"
            | "/var/www"
            | "/var/www/html"
    )
}

/// A path that a line makes.
struct Made {
    path: String,
    /// Whether with what is below it; else it may be an empty directory.
    tree: bool,
}

impl Made {
    fn at(path: String) -> Self {
        Self { path, tree: false }
    }

    fn tree(path: String) -> Self {
        Self { path, tree: true }
    }

    /// Whether a path is what was made, or part of it.
    fn is(&self, path: &str) -> bool {
        self.path == path || self.tree && within(path, &self.path)
    }

    /// Whether a path is there when this has been made: the directories above it are as well.
    fn shows(&self, path: &str) -> bool {
        self.is(path) || within(&self.path, path)
    }
}

/// What a program does with the paths that it is given.
enum Role {
    /// It makes them; as directories or files without anything in them, or with what belongs there.
    Makes { tree: bool },
    /// It makes the last one of the others.
    Copies,
    /// It makes the one behind one of these flags, of the others.
    Unpacks(&'static [&'static str]),
    /// It makes the one behind one of these flags, and looks at none.
    Fetches(&'static [&'static str]),
    /// It makes a link where the last one is, whatever the others are.
    Links,
    /// It looks at them, or changes them where they are.
    Looks,
    /// It has to do with other things, or does not mind.
    Ignores,
    /// Not known: it may make them, and may look at them.
    Unknown,
}

impl Role {
    fn of(command: &SimpleCommand) -> Self {
        let has = |wanted: fn(&str) -> bool| {
            let mut words = command
                .words
                .iter()
                .filter_map(|word| word.value.as_deref());
            words.any(wanted)
        };
        let is_symbolic = |word: &str| {
            word == "--symbolic"
                || word.starts_with('-') && !word.starts_with("--") && word.contains('s')
        };
        match program(command).unwrap_or_default() {
            "mkdir" | "touch" | "adduser" => Self::Makes { tree: false },
            "useradd" if has(|word| matches!(word, "-m" | "--create-home")) => {
                Self::Makes { tree: false }
            }
            "git" | "tee" | "virtualenv" => Self::Makes { tree: true },
            "python" | "python3" if has(|word| word == "venv") => Self::Makes { tree: true },
            // A symbolic link may lead to what comes later.
            "ln" if has(is_symbolic) => Self::Links,
            "cp" | "mv" | "ln" | "install" => Self::Copies,
            "tar" => Self::Unpacks(&["-C", "--directory"]),
            "unzip" => Self::Unpacks(&["-d"]),
            "curl" | "wget" => Self::Fetches(&["-o", "-O", "--output", "-qO", "-fsSLo", "-P"]),
            "chown" | "chmod" | "chgrp" | "sed" | "cat" | "grep" | "ls" | "." | "source"
            | "sha256sum" | "dpkg" => Self::Looks,
            "rm" | "rmdir" | "echo" | "printf" | "export" | "test" | "[" | "which" | "useradd"
            | "usermod" | "groupadd" | "addgroup" | "chsh" | "apt-get" | "apt" | "apk" | "yum"
            | "dnf" | "ldconfig" => Self::Ignores,
            _ => Self::Unknown,
        }
    }
}

/// What a command of the build may make.
fn may_make(command: &SimpleCommand, shell: &Shell) -> Vec<Made> {
    let mut made = written(command, shell);
    if !matches!(Role::of(command), Role::Looks | Role::Ignores) {
        made.extend(paths(command, shell).map(|(_, path)| Made::tree(path)));
    }
    made
}

/// What a command makes for certain.
fn makes(command: &SimpleCommand, shell: &Shell) -> Vec<Made> {
    let mut made = written(command, shell);
    let mut paths = paths(command, shell);
    match Role::of(command) {
        Role::Makes { tree } => made.extend(paths.map(|(_, path)| Made { path, tree })),
        Role::Copies => made.extend(paths.last().map(|(_, path)| Made::tree(path))),
        Role::Unpacks(flags) | Role::Fetches(flags) => {
            let behind = paths.find(|(at, _)| is_behind(command, *at, flags));
            made.extend(behind.map(|(_, path)| Made::tree(path)));
        }
        Role::Links | Role::Looks | Role::Ignores | Role::Unknown => {}
    }
    made
}

/// What a command wants to find.
fn needs(command: &SimpleCommand, shell: &Shell) -> Vec<String> {
    let mut named: Vec<(usize, String)> = paths(command, shell).collect();
    match Role::of(command) {
        Role::Makes { .. } | Role::Fetches(_) | Role::Ignores => named.clear(),
        Role::Copies => {
            named.pop();
        }
        // The directory that the link is made in.
        Role::Links => {
            let link = named.pop();
            named.clear();
            named.extend(link.map(|(at, path)| (at, parent(&path).to_owned())));
        }
        Role::Unpacks(flags) => named.retain(|(at, _)| !is_behind(command, *at, flags)),
        Role::Looks | Role::Unknown => {}
    }
    named.into_iter().map(|(_, path)| path).collect()
}

/// Where a command puts a file into a directory that must be there.
fn targets(command: &SimpleCommand, shell: &Shell) -> impl Iterator<Item = String> {
    let links = program(command) == Some("ln") || matches!(Role::of(command), Role::Copies);
    let last = links.then(|| paths(command, shell).last().map(|(_, path)| path));
    let written = written(command, shell).into_iter().map(|made| made.path);
    written.chain(last.flatten())
}

/// The files that a command's output makes.
fn written(command: &SimpleCommand, shell: &Shell) -> Vec<Made> {
    let fresh = command.redirects.iter().filter(|it| {
        let operator = it.operator.as_str();
        operator.ends_with('>') && !operator.ends_with(">>")
    });
    fresh
        .filter_map(|it| known(shell.place(it.target.as_ref()?)))
        .map(Made::at)
        .collect()
}

/// The words of a command that are paths, with their numbers: absolute ones, and of commands that work on files others with a
/// slash in them.
fn paths<'c>(
    command: &'c SimpleCommand,
    shell: &'c Shell,
) -> impl Iterator<Item = (usize, String)> + 'c {
    let program = program(command).unwrap_or_default();
    let on_files = matches!(
        program,
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
    );
    let is_path = move |text: &str| {
        let relative = on_files && text.contains('/') && !text.starts_with('-');
        (text.starts_with(['/', '$']) || text.starts_with("./") || relative)
            && !text.contains([' ', ':', '\\', ';', '|'])
    };
    command
        .words
        .iter()
        .enumerate()
        .skip(1)
        .filter(move |(_, word)| is_path(word.value.as_deref().unwrap_or(&word.text)))
        .filter_map(|(at, word)| Some((at, known(shell.place(word))?)))
}

/// Whether a word stands behind one of these flags.
fn is_behind(command: &SimpleCommand, at: usize, flags: &[&str]) -> bool {
    let before = at.checked_sub(1).and_then(|at| command.word(at));
    before.is_some_and(|word| flags.contains(&word))
}

/// The name of the program.
fn program(command: &SimpleCommand) -> Option<&str> {
    command.word(0).map(base_name)
}

/// The simple commands of a RUN, each with the shell that runs it.
fn each_command<'a>(
    analysis: &Analysis,
    instruction: &'a Instruction,
    mut each: impl FnMut(&'a SimpleCommand, &Shell),
) {
    if let (InstructionKind::Run, Some(script)) = (instruction.kind, instruction.script()) {
        let mut shell = Shell::new(analysis, instruction);
        script.visit(&mut |command| {
            each(command, &shell);
            shell.follow(command.word(0), command);
        });
    }
}

/// Where a COPY or ADD puts its files.
fn destination(analysis: &Analysis, instruction: &Instruction) -> Option<String> {
    match &instruction.args {
        Args::Copy { dest, .. } => place(analysis, instruction, &dest.text),
        _ => None,
    }
}

/// An argument of an instruction as a path.
fn place(analysis: &Analysis, instruction: &Instruction, text: &str) -> Option<String> {
    let expanded = analysis.expand(instruction, text).ok()?;
    let directory = Shell::new(analysis, instruction).directory;
    known(directory.join(expanded.value.known()?))
}

/// What a WORKDIR, COPY or ADD makes.
fn placed(analysis: &Analysis, instruction: &Instruction) -> Vec<Made> {
    match &instruction.args {
        Args::Value(word) if instruction.kind == InstructionKind::Workdir => {
            place(analysis, instruction, &word.text)
                .map(Made::at)
                .into_iter()
                .collect()
        }
        Args::Copy { sources, .. } => {
            let Some(dest) = destination(analysis, instruction) else {
                return Vec::new();
            };
            let names = sources
                .iter()
                .map(|source| base_name(&source.text))
                .filter(|name| !name.is_empty() && *name != ".");
            let below = dest.trim_end_matches('/');
            let mut made: Vec<Made> = names
                .map(|name| Made::tree(format!("{below}/{name}")))
                .collect();
            if !is_system(&dest) {
                made.push(Made::tree(dest));
            }
            made
        }
        _ => Vec::new(),
    }
}

/// The path of a place that is one.
fn known(place: Place) -> Option<String> {
    match place {
        Place::At(path) => Some(path),
        Place::Below(_) | Place::Unknown => None,
    }
}
