//! Effects of instructions.

use dfix_syntax::TextRange;

use super::path::resolve;
use super::{Domain, Effects, PathSet};
use crate::commands::Reading;
use crate::model::{
    Args, Form, Instruction, InstructionKind, ShellWord, SimpleCommand, State, Word,
};

impl Effects {
    /// The effects of an instruction in the state before it: on the file system, and on what later instructions start
    /// with. The build context and other stages count as constant.
    pub fn of_instruction(instruction: &Instruction, state: &State) -> Self {
        let mut effects = Self::none();
        match (instruction.kind, &instruction.args) {
            (InstructionKind::Run, Args::Command(_)) => return run(instruction, state),
            (InstructionKind::Copy | InstructionKind::Add, Args::Copy { sources, dest, .. }) => {
                copy(&mut effects, instruction, sources, dest, state);
            }
            (InstructionKind::Workdir, Args::Value(path)) => {
                effects.reads.domains.insert(Domain::Workdir);
                effects.writes.domains.insert(Domain::Workdir);
                effects.reads.domains.insert(Domain::User);
                effects.reads.domains.insert(Domain::Users);
                names(&mut effects, &path.text);
                match place(&path.text, state) {
                    Some(path) => {
                        effects.writes.paths.insert(&path);
                        effects.reads.paths.insert(&path);
                        effects.created.push(path.into());
                    }
                    None => effects.writes.paths = PathSet::everything(),
                }
            }
            (InstructionKind::User, Args::Value(user)) => {
                names(&mut effects, &user.text);
                effects.writes.domains.insert(Domain::User);
            }
            (InstructionKind::Shell, _) => effects.writes.domains.insert(Domain::ImageShell),
            (InstructionKind::Env | InstructionKind::Arg, Args::Pairs(pairs)) => {
                for pair in pairs {
                    if pair.name.text.contains(['$', '\\', '"', '\'']) {
                        effects.writes.variables.all = true;
                    }
                    names(&mut effects, &pair.name.text);
                    effects.writes.variables.insert(&pair.name.text);
                    if let Some(value) = &pair.value {
                        names(&mut effects, &value.text);
                    } else {
                        // It takes the value of a global argument of the name.
                        effects.reads.variables.insert(&pair.name.text);
                    }
                }
            }
            (
                InstructionKind::Cmd | InstructionKind::Entrypoint | InstructionKind::Healthcheck,
                _,
            ) => {
                effects.reads.domains.insert(Domain::ImageShell);
                metadata(&mut effects);
            }
            (InstructionKind::Label, Args::Pairs(pairs)) => {
                for pair in pairs {
                    names(&mut effects, &pair.name.text);
                    if let Some(value) = &pair.value {
                        names(&mut effects, &value.text);
                    }
                }
                metadata(&mut effects);
            }
            (
                InstructionKind::Expose | InstructionKind::Stopsignal | InstructionKind::Maintainer,
                args,
            ) => {
                match args {
                    Args::Words { words, .. } => words
                        .iter()
                        .for_each(|word| names(&mut effects, &word.text)),
                    Args::Value(word) => names(&mut effects, &word.text),
                    _ => {}
                }
                metadata(&mut effects);
            }
            (InstructionKind::Onbuild, _) => metadata(&mut effects),
            // Some builders drop what is written below a volume later on (semantics E).
            _ => return Self::barrier(),
        }
        effects
    }
}

fn metadata(effects: &mut Effects) {
    effects.reads.domains.insert(Domain::Metadata);
    effects.writes.domains.insert(Domain::Metadata);
}

fn run(instruction: &Instruction, state: &State) -> Effects {
    let Some(command) = instruction.command() else {
        return Effects::barrier();
    };
    // Mounts hide directories and lay others in their place; entitlements reach outside.
    let plain = instruction.flags.is_empty();
    let mut effects = match &command.form {
        Form::Shell {
            script: Some(script),
            ..
        } if plain && state.plain_shell() => Effects::of_script(script, state.known_workdir()),
        Form::Exec(items) if plain => {
            let words = items
                .iter()
                .map(|item| ShellWord {
                    range: item.range,
                    text: item.value.clone(),
                    value: Some(item.value.clone()),
                    glob: false,
                    quoted: true,
                    splits: false,
                    variables: Vec::new(),
                    effectful: false,
                    substitutions: Vec::new(),
                })
                .collect();
            let command = SimpleCommand {
                range: TextRange::empty(command.range.start()),
                assignments: Vec::new(),
                words,
                redirects: Vec::new(),
                reading: Reading::default(),
            };
            Effects::of_command(&command, state.known_workdir())
        }
        _ => return Effects::barrier(),
    };
    // The shell and its processes end with the instruction.
    effects.writes.domains.remove(Domain::Shell);
    effects.writes.domains.remove(Domain::Processes);
    effects.writes.variables = super::Names::default();
    for domain in [Domain::Workdir, Domain::User, Domain::ImageShell] {
        effects.reads.domains.insert(domain);
    }
    effects
}

fn copy(
    effects: &mut Effects,
    instruction: &Instruction,
    sources: &[Word],
    dest: &Word,
    state: &State,
) {
    for flag in &instruction.flags {
        let value = flag.value.as_deref().unwrap_or_default();
        names(effects, value);
        if flag.name == "chown" && !value.chars().all(|c| c.is_ascii_digit() || c == ':') {
            effects.reads.domains.insert(Domain::Users);
        }
    }
    for source in sources {
        names(effects, &source.text);
        let remote = source.text.contains("://")
            || source.text.starts_with("git@")
            || source.text.contains('$');
        if instruction.kind == InstructionKind::Add && remote {
            effects.reads.domains.insert(Domain::Network);
        }
    }
    // The bodies of heredocs are expanded as well.
    if instruction.heredocs.iter().any(|heredoc| heredoc.expand) {
        effects.reads.variables.all = true;
    }
    names(effects, &dest.text);
    if !dest.text.starts_with('/') {
        effects.reads.domains.insert(Domain::Workdir);
    }
    match place(&dest.text, state) {
        Some(path) => {
            // Whether the destination is a directory decides what is written.
            effects.reads.paths.insert(&path);
            effects.writes.paths.insert(&path);
            if !sources
                .iter()
                .any(|source| source.text.contains(['*', '?', '[', '$']))
            {
                effects.created.push(path.into());
            }
        }
        None => {
            effects.reads.paths = PathSet::everything();
            effects.writes.paths = PathSet::everything();
        }
    }
}

/// The absolute path for a word of the builder, if nothing in it is expanded or quoted.
fn place(text: &str, state: &State) -> Option<String> {
    if text.contains(['$', '\\', '"', '\'', '`']) {
        return None;
    }
    let text = if text.is_empty() { "." } else { text };
    resolve(text, state.known_workdir()).map(|path| path.to_string())
}

/// Adds the variables that a word of the builder mentions.
fn names(effects: &mut Effects, text: &str) {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('$') {
        let name = after.strip_prefix('{').unwrap_or(after);
        let end = name
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(name.len());
        if let Some(name) = name.get(..end).filter(|name| !name.is_empty()) {
            effects.reads.variables.insert(name);
        }
        rest = after;
    }
}
