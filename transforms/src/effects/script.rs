//! Effects of pipelines and scripts: the directory is followed through `cd`.

use smol_str::SmolStr;

use super::path::resolve;
use super::{Domain, Effects};
use crate::commands::Invocation;
use crate::model::{
    AndOr, Command, Compound, CompoundKind, Connective, Pipeline, Script, SeparatorKind,
    SimpleCommand,
};

/// A walk through a script. The parser limits how deep scripts nest.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    directory: Option<SmolStr>,
}

impl Effects {
    /// The effects of a pipeline that runs in `directory`.
    pub fn of_pipeline(pipeline: &Pipeline, directory: Option<&str>) -> Self {
        Walk::new(directory).pipeline(pipeline)
    }

    /// The effects of a script that starts in `directory`.
    pub fn of_script(script: &Script, directory: Option<&str>) -> Self {
        Walk::run(script, directory)
    }
}

impl Walk {
    fn new(directory: Option<&str>) -> Self {
        Self {
            directory: directory.map(SmolStr::from),
        }
    }

    pub(super) fn run(script: &Script, directory: Option<&str>) -> Effects {
        Self::new(directory).script(script)
    }

    fn script(&mut self, script: &Script) -> Effects {
        let certain = script.items.len() == 1;
        let mut effects = Effects::none();
        for item in &script.items {
            let background = item
                .end
                .is_some_and(|end| end.kind == SeparatorKind::Background);
            let before = self.directory.clone();
            let inner = self.and_or(&item.and_or);
            if background {
                self.directory = before;
                effects.writes.domains.insert(Domain::Processes);
            } else if self.directory != before && item.end.is_some() {
                // The next item runs also when `cd` has failed.
                self.directory = None;
            }
            if certain && !background {
                effects.then(inner);
            } else {
                effects.join(inner);
            }
        }
        effects
    }

    fn and_or(&mut self, and_or: &AndOr) -> Effects {
        let certain = and_or
            .rest
            .iter()
            .all(|(connective, ..)| *connective == Connective::And);
        let start = self.directory.clone();
        let mut effects = Effects::none();
        for pipeline in and_or.pipelines() {
            let inner = self.pipeline(pipeline);
            if certain {
                effects.then(inner);
            } else {
                effects.join(inner);
                if self.directory != start {
                    self.directory = None;
                }
            }
        }
        effects
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Effects {
        if let Some(simple) = pipeline.simple() {
            return self.simple(simple);
        }
        let mut effects = Effects::none();
        let single = pipeline.commands.len() == 1;
        for command in &pipeline.commands {
            // Each command of a pipe has a shell of its own.
            let mut own = self.clone();
            let inner = match command {
                Command::Simple(simple) => own.simple(simple),
                Command::Compound(compound) => own.compound(compound),
            };
            effects.join(inner);
            if single && own.directory != self.directory {
                self.directory = None;
            }
        }
        if !single {
            effects.writes.domains.remove(Domain::Shell);
        }
        effects
    }

    fn simple(&mut self, command: &SimpleCommand) -> Effects {
        let effects = Effects::of_command(command, self.directory.as_deref());
        self.follow(command);
        effects
    }

    /// Where the shell is after a command that has succeeded.
    fn follow(&mut self, command: &SimpleCommand) {
        if command.words.is_empty() {
            return;
        }
        let Some(invocation) = Invocation::of(command) else {
            self.directory = None;
            return;
        };
        match invocation.name() {
            "cd" => {
                let place = match invocation.words_after_sub() {
                    [word] => word.value.as_deref(),
                    [dash, word] if dash.value.as_deref() == Some("--") => word.value.as_deref(),
                    _ => None,
                };
                self.directory = place
                    .filter(|place| !place.starts_with('-'))
                    .and_then(|place| resolve(place, self.directory.as_deref()));
            }
            "pushd" | "popd" | "eval" | "." | "source" | "command" | "builtin" => {
                self.directory = None
            }
            _ => {}
        }
    }

    fn compound(&mut self, compound: &Compound) -> Effects {
        if matches!(compound.kind, CompoundKind::Function | CompoundKind::Other) {
            // A function may bear the name of any command.
            return Effects::barrier();
        }
        let mut inner = self.clone();
        let repeats = matches!(compound.kind, CompoundKind::For | CompoundKind::While);
        if repeats && compound.bodies.iter().any(moves) {
            inner.directory = None;
        }
        let mut effects = Effects::none();
        if !compound.redirects.is_empty()
            || compound
                .words
                .iter()
                .any(|word| !word.substitutions.is_empty() || word.effectful)
        {
            // Rare, and not worth a model.
            return Effects::barrier();
        }
        for word in &compound.words {
            word.variables
                .iter()
                .for_each(|name| effects.reads.variables.insert(name));
            if word.glob || compound.kind == CompoundKind::Test {
                effects.reads.paths = super::PathSet::everything();
            }
        }
        if compound.kind == CompoundKind::Arithmetic {
            effects.reads.variables.all = true;
            effects.writes.variables.all = true;
        }
        if let Some(name) = &compound.name {
            effects.writes.variables.insert(name);
        }
        for body in &compound.bodies {
            let found = inner.script(body);
            effects.join(found);
        }
        if compound.kind == CompoundKind::Subshell {
            effects.writes.domains.remove(Domain::Shell);
            effects.writes.variables = super::Names::default();
        } else if inner.directory != self.directory || compound.bodies.iter().any(moves) {
            self.directory = None;
        }
        effects
    }
}

/// Whether a script changes the directory somewhere.
fn moves(script: &Script) -> bool {
    let mut found = false;
    script.visit(&mut |command| {
        found |= command.words.first().is_some_and(|word| {
            word.value.as_deref().is_none_or(|name| {
                matches!(
                    name,
                    "cd" | "pushd" | "popd" | "eval" | "." | "source" | "command" | "builtin"
                )
            })
        });
    });
    found
}
