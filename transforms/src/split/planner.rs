//! In which stage each instruction stands.

use super::acts::{Act, Done};
use super::directories::is_system;
use super::install;
use super::keeping::{Keeping, Kept};
use super::left::{Removed, Staged};
use super::needs::touched;
use super::place::{Place, Shell, parent, within};
use super::plan::{Extra, Purpose, Step};
use super::refusal::{Refusal, quote};
use super::runtime_base::Runtime;
use super::world::{Run, World, is_build};
use crate::model::{Analysis, Args, Instruction, InstructionKind, State};

pub(super) struct Planner<'w, 'a> {
    pub(super) world: &'w World<'a>,
    pub(super) kept: Keeping,
    pub(super) shared: Option<usize>,
    pub(super) last_build: usize,
    pub(super) download: bool,
    /// Paths that are certainly there in the runtime stage before the copies.
    pub(super) present: Vec<String>,
    pub(super) after: Vec<Extra>,
    pub(super) gone: Vec<String>,
    pub(super) runtime: &'w Runtime,
}

impl<'a> Planner<'_, 'a> {
    pub(super) fn step(&mut self, instruction: &'a Instruction) -> Result<Step<'a>, Refusal> {
        use InstructionKind::{
            Add, Arg, Copy, Env, Run as RunKind, Shell as ShellKind, User, Workdir,
        };
        let early = instruction.index <= self.last_build;
        let step = |purpose, reason: &str| Step {
            instruction,
            purpose,
            reason: reason.to_owned(),
            runtime: None,
        };
        if Some(instruction.index) <= self.shared && instruction.kind != InstructionKind::From {
            self.present.extend(self.workdir_of(instruction));
            return Ok(step(
                match is_metadata(instruction.kind) {
                    true => Purpose::Runtime,
                    false => Purpose::Both,
                },
                "what is done down to here can't be taken apart, so both stages share it",
            ));
        }
        Ok(match instruction.kind {
            RunKind => return self.run(instruction),
            Copy | Add if early => return self.copy(instruction),
            Env => step(
                if early {
                    Purpose::Both
                } else {
                    Purpose::Runtime
                },
                "the program finds these variables, and the build may read them",
            ),
            Workdir | User | ShellKind if early => {
                if let Some(path) = self
                    .state(instruction)
                    .and_then(|_| self.workdir_of(instruction))
                {
                    self.present.push(path);
                }
                step(
                    Purpose::Both,
                    match instruction.kind {
                        Workdir => "what follows in either stage starts from this directory",
                        User => "what follows in either stage runs as this user",
                        _ => "what follows in either stage is read by this shell",
                    },
                )
            }
            Arg if early => step(
                Purpose::Both,
                "a build argument is known only in the stage that declares it",
            ),
            Arg => step(Purpose::Runtime, "only later lines read it"),
            Copy | Add => step(Purpose::Runtime, "nothing of the build comes after it"),
            Workdir | User | ShellKind => step(Purpose::Runtime, "it stands behind the build"),
            _ => step(Purpose::Runtime, "it describes the image that runs"),
        })
    }

    fn state(&self, instruction: &Instruction) -> Option<&State> {
        self.world.analysis.state(instruction)
    }

    fn workdir_of(&self, instruction: &Instruction) -> Option<String> {
        if instruction.kind != InstructionKind::Workdir {
            return None;
        }
        let next = self.world.analysis.states.get(instruction.index + 1);
        let state = match next {
            Some(state) => state.as_ref(),
            None => self.world.analysis.end_state(0)?,
        };
        Some(crate::model::join_path("/", state.known_workdir()?))
    }

    /// A COPY or ADD above the end of the build.
    fn copy(&mut self, instruction: &'a Instruction) -> Result<Step<'a>, Refusal> {
        let target = destination(self.world.analysis, instruction);
        let (purpose, reason) = match target.root() {
            Some(path) => self.kept.of_copy(
                self.world,
                instruction,
                path,
                matches!(target, Place::Below(_)),
            ),
            None => (Purpose::Both, "the program may read it".to_owned()),
        };
        if purpose == Purpose::Both
            && let Some(path) = target.root()
        {
            self.removals(instruction, path)?;
        }
        let purpose = match (purpose, self.download) {
            (Purpose::Both, true) => Purpose::Runtime,
            (purpose, _) => purpose,
        };
        if purpose != Purpose::Build
            && let Some(path) = target.root()
        {
            self.present.push(path.trim_end_matches('/').to_owned());
        }
        Ok(Step {
            instruction,
            purpose,
            reason,
            runtime: None,
        })
    }

    /// What the build removes of files that both stages get is removed in both.
    fn removals(&mut self, instruction: &Instruction, path: &str) -> Result<(), Refusal> {
        let kept = &self.kept;
        let comes = |removed: &&Removed| {
            let trees = || kept.kept.iter().filter(|kept| kept.directory);
            // It was made by the build, or comes over without it.
            removed.own || trees().any(|tree| within(path, &tree.path))
        };
        let removals: Vec<Removed> = kept
            .later(instruction)
            .filter(|removed| within(&removed.path, path) && !comes(removed))
            .cloned()
            .collect();
        for removed in removals {
            let text = self.world.analysis.text(removed.range);
            let forced = text
                .split_whitespace()
                .any(|word| word.starts_with('-') && word.contains('f'));
            if !forced {
                return Err(Refusal::at(
                    self.world.analysis,
                    removed.range,
                    "removes",
                    format!(
                        "{} removes files that both stages would get",
                        quote(self.world.analysis, removed.range)
                    ),
                ));
            }
            if !self.kept.repeated.contains(&removed.range) {
                self.kept.repeated.push(removed.range);
            }
        }
        Ok(())
    }

    fn run(&mut self, instruction: &'a Instruction) -> Result<Step<'a>, Refusal> {
        let run = self
            .world
            .runs
            .iter()
            .find(|run| run.instruction.index == instruction.index);
        let Some(run) = run else {
            return Err(Refusal::of(
                self.world.analysis,
                instruction,
                "unreadable",
                "what it does can't be read",
            ));
        };
        let step = |purpose, reason: String| Step {
            instruction,
            purpose,
            reason,
            runtime: None,
        };
        if self.kept.again.contains(&instruction.index) {
            let places = run.done.iter().flat_map(|done| touched(&done.act));
            self.present
                .extend(places.filter_map(|place| place.root().map(str::to_owned)));
            return Ok(step(
                Purpose::Both,
                "what it fetches lies among the system's own files, so both stages fetch it"
                    .to_owned(),
            ));
        }
        let staged = |staged: &Staged| staged.instruction < instruction.index;
        let early = instruction.index <= self.last_build && !is_build(run);
        if let Some(done) = run
            .done
            .iter()
            .find(|done| matches!(done.act, Act::Files(_)))
            .filter(|_| early && self.kept.staged.iter().any(staged))
        {
            let what = quote(self.world.analysis, done.range);
            return Err(Refusal::at(
                self.world.analysis,
                done.range,
                "both-at-once",
                format!("{what} may change what was installed among the system's own files"),
            ));
        }
        if run.only_cleans() {
            let purpose = match instruction.index <= self.last_build
                || run.has(|act| matches!(act, Act::Remove(_)))
            {
                true => Purpose::Build,
                false => Purpose::Runtime,
            };
            return Ok(step(purpose, "it removes what the build needed".to_owned()));
        }
        if run.has(|act| matches!(act, Act::Remove(_)))
            && !(instruction.index <= self.last_build && is_build(run))
        {
            let removal = run
                .done
                .iter()
                .find(|done| matches!(done.act, Act::Remove(_)));
            let installs = run.has(|act| matches!(act, Act::Install(_)));
            if let Some(done) = removal.filter(|_| !installs) {
                let what = quote(self.world.analysis, done.range);
                return Err(Refusal::at(
                    self.world.analysis,
                    done.range,
                    "removes",
                    format!(
                        "{what} removes packages that the runtime stage may not have, in a line with other work"
                    ),
                ));
            }
        }
        let early = instruction.index <= self.last_build;
        if early && (is_build(run) || instruction.index == self.last_build) {
            return self.build(run);
        }
        let places: Vec<(&Done, &Place)> = run
            .done
            .iter()
            .flat_map(|done| {
                touched(&done.act)
                    .into_iter()
                    .map(move |place| (done, place))
            })
            .collect();
        let known = places.iter().all(|(_, place)| place.root().is_some());
        let inside = |place: &Place| place.root().is_some_and(|path| self.kept.holds(path));
        let only_files =
            !run.has(|act| matches!(act, Act::System | Act::Install(_) | Act::Make(_)));
        if early
            && only_files
            && known
            && !places.is_empty()
            && run.done.iter().all(|done| self.comes_over(&done.act))
        {
            self.attributes(run)?;
            return Ok(step(
                Purpose::Build,
                "what it changes comes over with the result of the build".to_owned(),
            ));
        }
        if early {
            for (done, place) in &places {
                let Act::Files(files) = &done.act else {
                    continue;
                };
                let needs_it = files.reads.contains(place) && !files.link || files.attributes;
                let there = place
                    .root()
                    .is_some_and(|path| self.present.iter().any(|known| known == path));
                if needs_it && !there && inside(place) {
                    let what = quote(self.world.analysis, done.range);
                    return Err(Refusal::at(
                        self.world.analysis,
                        done.range,
                        "both-at-once",
                        format!(
                            "{what} works on files of the build, and its line on the system as well"
                        ),
                    ));
                }
            }
        } else if let Some((done, place)) = places
            .iter()
            .find(|(_, place)| place.root().is_some_and(|path| self.kept.lost(path)))
        {
            let Act::Files(files) = &done.act else {
                return Ok(step(Purpose::Runtime, String::new()));
            };
            if !files.deletes.contains(place) {
                let what = quote(self.world.analysis, done.range);
                return Err(Refusal::at(
                    self.world.analysis,
                    done.range,
                    "reads-the-build",
                    format!("{what} reads what only the build has"),
                ));
            }
            if only_files
                && places
                    .iter()
                    .all(|(_, place)| place.root().is_some_and(|path| self.kept.lost(path)))
            {
                // What is fetched once more is there once more.
                let forced = |done: &Done| {
                    let mut words = self.world.analysis.text(done.range).split_whitespace();
                    words.any(|word| word.starts_with('-') && word.contains('f'))
                };
                let shared = |run: &Run<'_>| Some(run.instruction.index) <= self.shared;
                let mut runs = self.world.runs.iter();
                let unpacked = !self.kept.again.is_empty()
                    || runs.any(|run| shared(run) && run.has(|act| matches!(act, Act::Make(_))));
                if unpacked && run.done.iter().all(forced) {
                    let roots = || places.iter().filter_map(|(_, place)| place.root());
                    (self.kept.dropped).retain(|path| !roots().any(|root| within(path, root)));
                    return Ok(step(
                        Purpose::Both,
                        "it removes what was unpacked in either stage".to_owned(),
                    ));
                }
                return Ok(step(
                    Purpose::Build,
                    "it removes what the build needed".to_owned(),
                ));
            }
        }
        for done in &run.done {
            if let Act::Files(files) = &done.act
                && !files.attributes
            {
                self.present.extend(
                    files
                        .writes
                        .iter()
                        .filter_map(|place| place.root().map(str::to_owned)),
                );
            }
        }
        if !early && !run.has(|act| matches!(act, Act::Install(_))) {
            return Ok(step(
                Purpose::Runtime,
                "nothing of the build comes after it".to_owned(),
            ));
        }
        let outcome = install::filter(self.world, run, self.runtime);
        self.gone.extend(outcome.gone);
        Ok(match outcome.text {
            install::Text::Nothing => step(
                Purpose::Build,
                "it installs only what the build needs".to_owned(),
            ),
            install::Text::Same if early => {
                step(Purpose::Both, "the program needs it as well".to_owned())
            }
            install::Text::Same => step(
                Purpose::Runtime,
                "nothing of the build comes after it".to_owned(),
            ),
            install::Text::New(text) => Step {
                instruction,
                purpose: Purpose::Both,
                reason: outcome.reason,
                runtime: Some(text),
            },
        })
    }

    /// Whether what a command writes is copied, and what it removes is copied or was only the build's.
    fn comes_over(&self, act: &Act) -> bool {
        let Act::Files(files) = act else {
            return true;
        };
        let inside = |place: &Place| place.root().is_some_and(|path| self.kept.holds(path));
        let lost = |place: &Place| place.root().is_some_and(|path| self.kept.lost(path));
        files.writes.iter().all(inside)
            && files
                .deletes
                .iter()
                .all(|place| inside(place) || lost(place))
    }

    /// A RUN that builds: what of it has to be repeated where the program runs.
    fn build(&mut self, run: &Run<'a>) -> Result<Step<'a>, Refusal> {
        self.attributes(run)?;
        for done in &run.done {
            let Act::Files(files) = &done.act else {
                continue;
            };
            let lost = |place: &Place| place.root().is_some_and(|path| self.kept.lost(path));
            if files.link
                && self.kept.repeated.contains(&done.range)
                && files.reads.iter().any(lost)
            {
                let what = quote(self.world.analysis, done.range);
                return Err(Refusal::at(
                    self.world.analysis,
                    done.range,
                    "reads-the-build",
                    format!("{what} links to what only the build has"),
                ));
            }
        }
        let outcome = install::of_build(self.world, run, self.runtime, &self.kept)?;
        self.gone.extend(outcome.gone);
        let purpose = match &outcome.text {
            install::Text::New(_) => Purpose::Both,
            _ => Purpose::Build,
        };
        let runtime = match outcome.text {
            install::Text::New(text) => Some(text),
            _ => None,
        };
        let reason = match purpose {
            Purpose::Both => outcome.reason,
            _ => "it builds; its result is copied".to_owned(),
        };
        Ok(Step {
            instruction: run.instruction,
            purpose,
            reason,
            runtime,
        })
    }

    /// Owners and modes of the very directories that are copied: a copy makes them anew.
    fn attributes(&mut self, run: &Run<'_>) -> Result<(), Refusal> {
        for done in &run.done {
            let Act::Files(files) = &done.act else {
                continue;
            };
            if !files.attributes {
                continue;
            }
            for place in &files.writes {
                let Place::At(path) = place else {
                    continue;
                };
                let text = self.world.analysis.text(done.range);
                let words: Vec<&str> = text.split_whitespace().collect();
                let recursive = words
                    .iter()
                    .any(|word| word.starts_with('-') && word.contains(['R', 'r']));
                let mut trees: Vec<String> = self
                    .kept
                    .trees()
                    .filter(|tree| within(tree, path))
                    .map(str::to_owned)
                    .collect();
                // A directory above what is copied is made anew as well.
                let above = |kept: &Kept| kept.target != *path && within(&kept.target, path);
                if self.kept.kept.iter().any(above) && !is_system(path) {
                    trees.push(path.clone());
                }
                // The directories between are made anew as well.
                let deep = |kept: &Kept| within(&kept.target, path) && parent(&kept.target) != path;
                if recursive && is_system(path) && self.kept.kept.iter().any(deep) {
                    return Err(Refusal::at(
                        self.world.analysis,
                        done.range,
                        "owner",
                        format!(
                            "{} changes directories above what would be copied, and a copy makes them anew",
                            quote(self.world.analysis, done.range)
                        ),
                    ));
                }
                for tree in trees {
                    if tree != *path && !recursive {
                        continue;
                    }
                    let program = done.program.as_str();
                    let value = words
                        .iter()
                        .skip_while(|word| **word != program)
                        .skip(1)
                        .find(|word| !word.starts_with('-'));
                    let plain = value.is_some_and(|value| {
                        value.chars().all(|c| {
                            c.is_ascii_alphanumeric()
                                || matches!(c, ':' | '_' | '-' | '+' | '=' | ',' | '.')
                        })
                    });
                    let root = self
                        .state(run.instruction)
                        .is_none_or(|state| state.is_root() || state.user.is_none());
                    let end_root = self
                        .world
                        .analysis
                        .instructions
                        .get(self.last_build)
                        .and_then(|last| self.state(last))
                        .is_none_or(|state| state.is_root() || state.user.is_none());
                    let (Some(value), true, true, true) = (
                        value,
                        plain,
                        root && end_root,
                        matches!(program, "chown" | "chmod" | "chgrp"),
                    ) else {
                        return Err(Refusal::at(
                            self.world.analysis,
                            done.range,
                            "owner",
                            format!(
                                "{} changes the directory that would be copied, and a copy makes it anew",
                                quote(self.world.analysis, done.range)
                            ),
                        ));
                    };
                    let line = format!("RUN {program} {value} {tree}");
                    self.after.retain(|extra| extra.text != line);
                    self.after.retain(|extra| {
                        // A later one of the same kind counts.
                        !(extra.text.starts_with(&format!("RUN {program} "))
                            && extra.text.ends_with(&format!(" {tree}")))
                    });
                    if !self.after.iter().any(|extra| extra.text == line) {
                        self.after.push(Extra {
                            text: line,
                            reason: "a copy makes the directory anew; it gets the owner and mode that the build gave it".to_owned(),
                        });
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether an instruction describes the image and changes nothing in it.
fn is_metadata(kind: InstructionKind) -> bool {
    use InstructionKind::{
        Cmd, Entrypoint, Expose, Healthcheck, Label, Maintainer, Stopsignal, Volume,
    };
    matches!(
        kind,
        Cmd | Entrypoint | Expose | Healthcheck | Label | Maintainer | Stopsignal | Volume
    )
}

/// Where a COPY or ADD puts its files.
pub(super) fn destination(analysis: &Analysis, instruction: &Instruction) -> Place {
    let Args::Copy { dest, .. } = &instruction.args else {
        return Place::Unknown;
    };
    let shell = Shell::new(analysis, instruction);
    let found = analysis.expand(instruction, &dest.text);
    let value = found.ok().map(|found| found.value);
    match value.as_ref().and_then(|value| value.known()) {
        Some("") => shell.directory.clone(),
        Some(path) => match &shell.directory {
            Place::At(directory) => Place::At(crate::model::join_path(directory, path).to_string()),
            _ if path.starts_with('/') => Place::At(crate::model::join_path("/", path)),
            _ => Place::Unknown,
        }
        .absolute(path),
        None => {
            let prefix = value
                .as_ref()
                .map(|value| value.prefix().to_owned())
                .unwrap_or_default();
            match (prefix.starts_with('/'), prefix.rsplit_once('/')) {
                (true, Some((above, _))) if !above.is_empty() => Place::Below(above.to_owned()),
                _ => Place::Unknown,
            }
        }
    }
}

impl Place {
    /// An absolute path is taken as it is.
    fn absolute(self, path: &str) -> Self {
        match path.starts_with('/') {
            true => Self::At(crate::model::join_path("/", path)),
            false => self,
        }
    }
}
