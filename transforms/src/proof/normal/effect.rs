//! What an elementary command leaves to those after it in the same process, and what it may notice of those before.

use super::program::{Class, Program, class, is_deaf, is_tool, program};
use crate::model::{Command, Compound, CompoundKind, Pipeline, ShellWord, SimpleCommand};

/// What a command leaves behind and notices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Effect {
    /// It may change the shell: variables, directory, options, or end it.
    pub(crate) shell: bool,
    /// It may change what the names of commands mean.
    pub(crate) names: bool,
    /// It may leave a process behind.
    pub(crate) process: bool,
    /// A package that it installs may start a service.
    pub(crate) service: bool,
    /// It may notice a service that runs beside it.
    pub(crate) notices: bool,
    /// It reads what the shell remembers of earlier commands (`$?`, `$!`, `$_`, ...).
    pub(crate) remembers: bool,
    /// It asks for the working directory by name.
    pub(crate) asks_directory: bool,
    /// It consists of removals and calls of package managers: start-up files of the shell make no difference to it.
    pub(crate) deaf: bool,
    /// It may put a program into the `PATH`.
    pub(crate) installs: bool,
}

/// The effect of a pipeline with the commands that it consists of.
pub(super) fn of(pipeline: &Pipeline, commands: &[&SimpleCommand]) -> Effect {
    let mut effect = Effect {
        deaf: true,
        ..Effect::default()
    };
    let mut processes = Effect::default();
    for command in commands {
        visit(command, &mut |command| {
            note(command, &mut processes, &mut effect.deaf)
        });
        effect.shell |= command_changes_shell(command);
    }
    // The commands of a pipe run in shells of their own.
    if pipeline.commands.len() > 1 {
        effect.shell = commands.iter().any(|command| effectful(command));
    } else if let [Command::Compound(compound)] = pipeline.commands.as_slice() {
        compound_effect(compound, &mut effect);
    }
    for command in &pipeline.commands {
        if let Command::Compound(compound) = command {
            effect.deaf = false;
            words_of(compound, &mut effect, &mut processes);
        }
    }
    effect.names |= effect.shell && processes.names;
    effect.process = processes.process;
    effect.service = processes.service;
    effect.notices = processes.notices;
    effect.remembers |= processes.remembers;
    effect.asks_directory |= processes.asks_directory;
    effect.installs = processes.installs;
    effect
}

/// The effect of something that isn't understood.
pub(super) const ANYTHING: Effect = Effect {
    shell: true,
    names: true,
    process: true,
    service: true,
    notices: true,
    remembers: true,
    asks_directory: true,
    deaf: false,
    installs: true,
};

fn compound_effect(compound: &Compound, effect: &mut Effect) {
    match compound.kind {
        CompoundKind::Subshell | CompoundKind::Test => effect.shell = false,
        CompoundKind::Group | CompoundKind::If | CompoundKind::While | CompoundKind::Case => {
            // What is inside decides; a `for` inside sets its variable.
            let inner = compound.bodies.iter().any(sets_variable);
            effect.shell |= inner;
        }
        CompoundKind::Function => {
            effect.shell = true;
            effect.names = true;
        }
        CompoundKind::For | CompoundKind::Arithmetic | CompoundKind::Other => effect.shell = true,
    }
}

fn sets_variable(script: &crate::model::Script) -> bool {
    script
        .items
        .iter()
        .flat_map(|item| item.and_or.pipelines())
        .flat_map(|pipeline| &pipeline.commands)
        .any(|command| match command {
            Command::Simple(_) => false,
            Command::Compound(compound) => match compound.kind {
                CompoundKind::Subshell | CompoundKind::Test => false,
                CompoundKind::Group
                | CompoundKind::If
                | CompoundKind::While
                | CompoundKind::Case => compound.bodies.iter().any(sets_variable),
                _ => true,
            },
        })
}

/// The words of a compound that belong to no simple command.
fn words_of(compound: &Compound, effect: &mut Effect, processes: &mut Effect) {
    let targets = compound
        .redirects
        .iter()
        .filter_map(|redirect| redirect.target.as_ref());
    for word in compound.words.iter().chain(targets) {
        effect.shell |= word.effectful;
        let mut deaf = false;
        note_word(word, effect);
        for script in &word.substitutions {
            script.visit(&mut |command| note(command, processes, &mut deaf));
        }
    }
    for body in &compound.bodies {
        for pipeline in body.items.iter().flat_map(|item| item.and_or.pipelines()) {
            for command in &pipeline.commands {
                if let Command::Compound(inner) = command {
                    words_of(inner, effect, processes);
                }
            }
        }
        if body.items.iter().any(|item| {
            item.end
                .is_some_and(|end| end.kind == crate::model::SeparatorKind::Background)
        }) {
            processes.process = true;
        }
    }
}

/// Calls `each` for a command and those in its substitutions.
fn visit<'a>(command: &'a SimpleCommand, each: &mut impl FnMut(&'a SimpleCommand)) {
    each(command);
    for word in words(command) {
        for script in &word.substitutions {
            script.visit(each);
        }
    }
}

/// All words of a command, those of assignments and redirections included.
fn words(command: &SimpleCommand) -> impl Iterator<Item = &ShellWord> {
    let values = command
        .assignments
        .iter()
        .filter_map(|assignment| assignment.value.as_ref());
    let targets = command
        .redirects
        .iter()
        .filter_map(|redirect| redirect.target.as_ref());
    values.chain(&command.words).chain(targets)
}

fn effectful(command: &SimpleCommand) -> bool {
    words(command).any(|word| word.effectful)
}

/// Whether a command changes the shell that runs it.
fn command_changes_shell(command: &SimpleCommand) -> bool {
    if effectful(command) {
        return true;
    }
    let Some(first) = command.words.first() else {
        return !command.assignments.is_empty();
    };
    match program(command) {
        Some(program) if matches!(class(&program), Class::Shell(_)) => true,
        // Assignments before a special builtin stay.
        Some(program) => program.name == ":" && !command.assignments.is_empty(),
        None => !first.text.contains('/'),
    }
}

fn note_word(word: &ShellWord, effect: &mut Effect) {
    for name in &word.variables {
        match name.as_str() {
            "?" | "!" | "_" | "-" | "LINENO" | "PIPESTATUS" | "BASH_COMMAND" | "BASH_REMATCH"
            | "SECONDS" | "SHLVL" => effect.remembers = true,
            "PWD" | "OLDPWD" => effect.asks_directory = true,
            _ => {}
        }
    }
}

/// Adds what one simple command means to the effect of its element.
fn note(command: &SimpleCommand, effect: &mut Effect, deaf: &mut bool) {
    for word in words(command) {
        note_word(word, effect);
        *deaf &= word.substitutions.is_empty() && !word.effectful;
    }
    if command.words.is_empty() {
        *deaf = false;
        return;
    }
    let Some(program) = program(command) else {
        *deaf = false;
        effect.process = true;
        effect.notices = true;
        effect.names = true;
        effect.installs = true;
        return;
    };
    *deaf &= is_deaf(&program);
    effect.asks_directory |= program.name == "pwd" || program.name == "cd";
    effect.installs |= installer(&program);
    // What comes after it in another RUN runs in another shell than what comes after it in its own.
    effect.process |= replaces_shell(&program);
    match class(&program) {
        Class::Shell(names) => {
            effect.names |= names;
            effect.process |= names;
            effect.notices |= names;
        }
        Class::Blind => {}
        Class::Harmless => effect.notices = true,
        Class::Packages => effect.service = true,
        Class::Agents => {
            effect.service = true;
            effect.notices = true;
        }
        Class::Unknown => {
            effect.process = true;
            effect.notices = true;
            effect.installs = true;
        }
    }
}

/// Whether a program may make another one of `/bin/sh`.
fn replaces_shell(program: &Program<'_>) -> bool {
    let shell = |word: &ShellWord| word.text.trim_matches(['"', '\'']).ends_with("bin/sh");
    match program.name {
        "ln"
        | "rm"
        | "mv"
        | "cp"
        | "install"
        | "unlink"
        | "tee"
        | "dpkg-divert"
        | "update-alternatives" => program.args.iter().any(shell),
        "dpkg-reconfigure" => program.args.iter().any(|word| word.text == "dash"),
        _ => false,
    }
}

/// Whether a program may put others into the `PATH`.
fn installer(program: &Program<'_>) -> bool {
    match program.name {
        "ln" | "cp" | "mv" | "install" | "curl" | "wget" | "tee" => program
            .args
            .iter()
            .any(|word| word.text.contains("bin") || word.value.is_none()),
        "tar" | "unzip" | "bsdtar" | "7z" => program.args.iter().any(|word| {
            let text = word.text.as_str();
            word.value.is_none()
                || matches!(text, "/" | "/usr" | "/usr/" | "/usr/local" | "/usr/local/")
                || text.contains("bin")
        }),
        "pip"
        | "pip3"
        | "pip2"
        | "pipx"
        | "gem"
        | "npm"
        | "yarn"
        | "pnpm"
        | "cargo"
        | "go"
        | "make"
        | "corepack"
        | "conda"
        | "mamba"
        | "poetry"
        | "uv"
        | "composer"
        | "pecl"
        | "cpanm"
        | "cmake"
        | "ninja"
        | "python"
        | "python3"
        | "rustup"
        | "update-alternatives"
        | "meson" => true,
        _ => false,
    }
}

/// Whether a command may put a newer `name` into the `PATH`: it installs things, and nothing says that they are others.
pub(super) fn may_install(command: &SimpleCommand, name: &str) -> bool {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let names_it = |word: &ShellWord| {
        let last = word.text.rsplit('/').next().unwrap_or_default();
        last.contains(stem)
    };
    let Some(program) = program(command) else {
        return !is_tool(name);
    };
    if is_tool(name) {
        return installer(&program)
            && program
                .args
                .iter()
                .any(|word| word.text.rsplit('/').next() == Some(name));
    }
    if class(&program) == Class::Unknown {
        return true;
    }
    if !installer(&program) {
        return false;
    }
    if matches!(program.name, "make" | "cmake" | "ninja" | "meson") {
        return program
            .args
            .iter()
            .any(|word| word.text.contains("install"));
    }
    program
        .args
        .iter()
        .any(|word| !is_plain_operand(word) || names_it(word))
}

/// Whether a word is a name or an option, and not the name of a list of others.
fn is_plain_operand(word: &ShellWord) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-[],=<>!~+@:/'\"".contains(c);
    word.variables.is_empty()
        && word.substitutions.is_empty()
        && word.text.chars().all(plain)
        && !word.text.starts_with("-r")
        && !word.text.contains(".txt")
        && !word.text.contains("requirement")
}
