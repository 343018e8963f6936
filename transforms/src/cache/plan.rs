//! From a file to the steps of its build.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::print;
use crate::commands::Invocation;
use crate::ecosystem::{Ecosystem, Installation};
use crate::effects::Effects;
use crate::model::{Analysis, Instruction};
use crate::proof::trace::{
    self, Argv, Base, Copy, Exec, MountKind, MountSource, Op, Source, Trace, World,
};
use crate::{Facts, Settings};

/// The steps of a build of the last stage.
#[derive(Debug)]
pub struct Plan {
    /// The stages that the target needs, in the order of the file.
    pub stages: Vec<Stage>,
}

/// A stage.
#[derive(Debug)]
pub struct Stage {
    /// Its number in the file, from 0.
    pub number: usize,
    /// Its name.
    pub name: Option<SmolStr>,
    /// What it starts from: a stage by its place in [`Plan::stages`], or an image.
    pub(super) base: Start,
    /// The steps in order.
    pub steps: Vec<Step>,
}

/// What a stage starts from.
#[derive(Debug)]
pub(super) enum Start {
    /// A stage of the plan.
    Stage(usize),
    /// An image, or nothing, by its print.
    Image(u128),
}

/// A step of the build: what BuildKit keeps in its cache.
#[derive(Debug)]
pub struct Step {
    /// The index of its instruction in [`Analysis::instructions`]; for a trigger that of its ONBUILD.
    pub instruction: usize,
    /// What it does.
    pub kind: StepKind,
    /// The instruction on one line.
    pub text: String,
    /// The dependencies that it installs.
    pub installs: Vec<Install>,
    /// What it does, without the state before it and without content.
    pub(super) print: u128,
    /// Whether it doesn't depend on the state before it (`COPY --link`).
    pub(super) apart: bool,
    /// The content that it takes.
    pub(super) takes: Vec<Take>,
    /// What it writes; `None` for what only copies.
    pub(super) effects: Option<Effects>,
}

/// The kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepKind {
    /// RUN
    Run,
    /// COPY and ADD
    Copy,
    /// WORKDIR
    Workdir,
}

/// A command that installs dependencies.
#[derive(Debug, Clone)]
pub struct Install {
    /// The package manager's world.
    pub ecosystem: &'static Ecosystem,
    /// Whether it reads files of the project.
    pub reads_project: bool,
    /// The command's words as they are known; an unknown one is `?`.
    pub text: String,
}

/// Content that a step takes from somewhere.
#[derive(Debug)]
pub(super) struct Take {
    pub(super) from: From,
    /// Where it arrives, absolute, with a slash at its end when that says that it is a directory; `None` when that is not
    /// known, and for a mount.
    pub(super) dest: Option<String>,
}

/// Where content is taken from.
#[derive(Debug)]
pub(super) enum From {
    /// The build context.
    Context(Selection),
    /// A path of a stage of the plan; wildcards included.
    Stage(usize, String),
    /// The file itself, an image or the network: part of the step's print.
    Elsewhere,
}

/// What a source of COPY, ADD or of a mount selects in the build context.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selection {
    /// The path as [`Facts::key`] has it, wildcards included: each path that it matches, and everything below it.
    pub source: String,
    /// `--exclude`: patterns as in an ignore file, relative to each path that the source matches.
    pub exclude: Vec<SmolStr>,
}

impl Plan {
    /// What a build of the last stage does when all arguments have their defaults.
    ///
    /// # Errors
    /// Why a build would fail, or can't be followed.
    pub fn new(analysis: &Analysis, settings: &Settings) -> Result<Self, String> {
        let defaults = BTreeMap::new();
        let known = World {
            build_args: Some(&defaults),
            base: None,
        };
        // A file that needs an argument is followed with the argument left open.
        let trace = trace::build(analysis, settings, &known)
            .or_else(|_| trace::build(analysis, settings, &World::default()))
            .map_err(|error| error.0)?;
        let needed = needed(&trace);
        let place = |stage: usize| needed.binary_search(&stage).unwrap_or_default();
        let stages = needed
            .iter()
            .filter_map(|&number| {
                let stage = trace.stages.get(number)?;
                let base = match &stage.base {
                    Base::Stage(parent) => Start::Stage(place(*parent)),
                    base => Start::Image(print(&(base, &stage.platform))),
                };
                Some(Stage {
                    number,
                    name: stage.name.clone(),
                    base,
                    steps: steps(analysis, stage, &place),
                })
            })
            .collect();
        Ok(Self { stages })
    }

    /// All steps, with the place of their stage.
    pub fn steps(&self) -> impl Iterator<Item = (usize, &Step)> {
        let stages = self.stages.iter().enumerate();
        stages.flat_map(|(place, stage)| stage.steps.iter().map(move |step| (place, step)))
    }

    /// What the build takes from the context, each once.
    pub fn selections(&self) -> Vec<&Selection> {
        let takes = self.steps().flat_map(|(_, step)| &step.takes);
        let mut found: Vec<&Selection> = takes
            .filter_map(|take| match &take.from {
                From::Context(selection) => Some(selection),
                _ => None,
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What the build does, without any content: it changes when an instruction changes that the cache knows of.
    pub fn print(&self) -> u128 {
        let stages: Vec<_> = self
            .stages
            .iter()
            .map(|stage| {
                let steps: Vec<u128> = stage.steps.iter().map(|step| step.print).collect();
                let base = match stage.base {
                    Start::Stage(place) => place as u128,
                    Start::Image(print) => print,
                };
                (base, steps)
            })
            .collect();
        print(&stages)
    }
}

/// The stages that the last one needs, sorted.
fn needed(trace: &Trace<'_>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open: Vec<usize> = trace.stages.len().checked_sub(1).into_iter().collect();
    while let Some(number) = open.pop() {
        let Some(stage) = trace
            .stages
            .get(number)
            .filter(|_| !found.contains(&number))
        else {
            continue;
        };
        found.push(number);
        if let Base::Stage(parent) = stage.base {
            open.push(parent);
        }
        for step in &stage.steps {
            match &step.op {
                Op::Copy(copy) => {
                    if let Source::Stage(other, _) = copy.source {
                        open.push(other);
                    }
                }
                Op::Exec(exec) => open.extend(exec.mounts.iter().filter_map(|it| match it.from {
                    Some(MountSource::Stage(other)) => Some(other),
                    _ => None,
                })),
                Op::Mkdir(_) => {}
            }
        }
    }
    found.sort_unstable();
    found
}

/// The steps of a stage: the sources of one COPY are one step.
fn steps(
    analysis: &Analysis,
    stage: &trace::Stage<'_>,
    place: &impl Fn(usize) -> usize,
) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut last: Option<&Instruction> = None;
    for step in &stage.steps {
        let instruction = step.instruction;
        let same = last.is_some_and(|last| std::ptr::eq(last, instruction));
        last = Some(instruction);
        let (kind, own, takes) = match &step.op {
            Op::Exec(exec) => (StepKind::Run, exec_print(exec), mounted(exec, place)),
            Op::Copy(copy) => (StepKind::Copy, print(copy), vec![taken(copy, place)]),
            Op::Mkdir(mkdir) => (
                StepKind::Workdir,
                print(&(&mkdir.path, &mkdir.owner)),
                Vec::new(),
            ),
        };
        if let Some(before) = steps.last_mut().filter(|_| same) {
            before.print = print(&(before.print, own));
            before.takes.extend(takes);
            continue;
        }
        let is_trigger = !stage
            .instructions
            .iter()
            .any(|own| std::ptr::eq(own, instruction));
        let effects = (kind != StepKind::Copy).then(|| match analysis.state(instruction) {
            Some(state) if !is_trigger => Effects::of_instruction(instruction, state),
            _ => Effects::barrier(),
        });
        steps.push(Step {
            instruction: instruction.index,
            kind,
            text: one_line(analysis, instruction),
            installs: installs(instruction),
            print: own,
            apart: matches!(&step.op, Op::Copy(copy) if copy.link),
            takes,
            effects,
        });
    }
    steps
}

fn exec_print(exec: &Exec<'_>) -> u128 {
    let words = match &exec.argv {
        Argv::Base => (None, None),
        Argv::Exec(words) => (Some(words.clone()), None),
        Argv::Shell { shell, text, .. } => (None, Some((shell, text.as_ref()))),
    };
    print(&(
        words,
        &exec.file,
        &exec.cwd,
        &exec.user,
        exec.env.print(),
        &exec.mounts,
        &exec.sandbox,
    ))
}

fn mounted(exec: &Exec<'_>, place: &impl Fn(usize) -> usize) -> Vec<Take> {
    let bound = exec.mounts.iter().filter(|it| it.kind == MountKind::Bind);
    let take = |mount: &trace::Mount| {
        let source = mount.source.as_ref().map_or(Some(""), |it| it.known());
        let from = match &mount.from {
            // A path that is not known may be any.
            None => From::Context(Selection {
                source: Facts::key(source.unwrap_or_default()),
                exclude: Vec::new(),
            }),
            Some(MountSource::Stage(stage)) => {
                From::Stage(place(*stage), absolute(source.unwrap_or_default()))
            }
            Some(MountSource::Image(_)) => From::Elsewhere,
        };
        Take { from, dest: None }
    };
    bound.map(take).collect()
}

fn taken(copy: &Copy, place: &impl Fn(usize) -> usize) -> Take {
    let from = match &copy.source {
        Source::Context(source) | Source::Unknown(source) => From::Context(Selection {
            source: Facts::key(source.known().unwrap_or_default()),
            exclude: copy.exclude.clone(),
        }),
        Source::Stage(stage, source) => {
            From::Stage(place(*stage), absolute(source.known().unwrap_or_default()))
        }
        _ => From::Elsewhere,
    };
    // With --parents the source's own path comes in between.
    let dest = copy.dest.known().filter(|_| !copy.parents);
    Take {
        from,
        dest: dest.map(str::to_owned),
    }
}

/// A path of a stage from its root.
fn absolute(path: &str) -> String {
    format!("/{}", Facts::key(path))
}

/// An instruction as one line: continuations joined, comments dropped, blanks merged.
fn one_line(analysis: &Analysis, instruction: &Instruction) -> String {
    let mut text = String::new();
    let mut at = instruction.range.start();
    for found in &instruction.breaks {
        if found.range.start() >= at && found.range.end() <= instruction.range.end() {
            text.push_str(analysis.text(dfix_syntax::TextRange::new(at, found.range.start())));
            text.push(' ');
            at = found.range.end();
        }
    }
    text.push_str(analysis.text(dfix_syntax::TextRange::new(at, instruction.range.end())));
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

fn installs(instruction: &Instruction) -> Vec<Install> {
    let Some(script) = instruction.script() else {
        return Vec::new();
    };
    let found = script.simple_commands().into_iter().filter_map(|command| {
        let installation = Installation::of(&Invocation::of(command)?)?;
        let words = command.words.iter();
        let words: Vec<&str> = words
            .map(|word| word.value.as_deref().unwrap_or("?"))
            .collect();
        Some(Install {
            ecosystem: installation.ecosystem,
            reads_project: installation.reads_project,
            text: words.join(" "),
        })
    });
    found.collect()
}
