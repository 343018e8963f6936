//! What happens after a step: in its stage, in the stages that are built on it, in its ONBUILD triggers. A law that
//! removes something asks here whether it is missed.

use std::collections::BTreeSet;

use super::item::{Kind, Side, shorten};
use super::normal::{Element, elements};
use super::trace::{Argv, Base, Exec, MountSource, Op, Source, Step, Trace, is_below};
use crate::model::{Analysis, Instruction, Value};

/// What a command means for something that is no longer there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It has nothing to do with it.
    None,
    /// It makes it anew: what follows is not affected.
    Renews,
    /// It needs it.
    Needs,
}

/// Something that a law removes, and how to recognise those who use it.
pub(crate) struct Residue {
    /// A text without which a step can't use it; asked first, because it is cheap.
    pub(crate) hint: fn(&str) -> bool,
    /// What an elementary command does with it.
    pub(crate) element: fn(&Element<'_>) -> Use,
    /// What a text does with it that can't be split into commands.
    pub(crate) text: fn(&str) -> Use,
    /// The paths that are removed.
    pub(crate) paths: &'static [&'static str],
}

/// The first use of a residue after an item of a stage that isn't preceded by its renewal; in words. The item's own
/// process is looked at from the item on.
pub(crate) fn missed(side: &Side<'_, '_>, after: usize, residue: &Residue) -> Option<String> {
    let step = match side.get(after.wrapping_sub(1)).or_else(|| side.get(after)) {
        Some(item) if after > 0 => item.step,
        _ => side.skipped,
    };
    let mut search = Search {
        analysis: side.analysis,
        trace: side.trace,
        residue,
        visited: BTreeSet::new(),
    };
    for item in side.items.get(after..).unwrap_or_default() {
        if item.step != step {
            break;
        }
        if let Kind::Command(element) = &item.kind {
            match search.element(side.exec(item), element) {
                Use::None => {}
                Use::Renews => return None,
                Use::Needs => return Some(search.words(element)),
            }
        }
    }
    search.stage(side.stage, step + 1)
}

struct Search<'t, 'a> {
    analysis: &'a Analysis,
    trace: &'t Trace<'a>,
    residue: &'t Residue,
    visited: BTreeSet<(usize, usize)>,
}

impl<'a> Search<'_, 'a> {
    fn words(&self, element: &Element<'_>) -> String {
        match (element.commands.first(), element.commands.last()) {
            (Some(first), Some(last)) => {
                shorten(element.analysis.text(first.range.cover(last.range)))
            }
            _ => shorten(&element.shape),
        }
    }

    /// From a step of a stage on.
    fn stage(&mut self, number: usize, from: usize) -> Option<String> {
        let trace = self.trace;
        let stage = trace.stages.get(number)?;
        if !self.visited.insert((number, from)) {
            return None;
        }
        for step in stage.steps.iter().skip(from) {
            match self.step(step) {
                (Use::None, _) => {}
                (Use::Renews, _) => return self.copied(number),
                (Use::Needs, what) => return Some(what),
            }
        }
        for trigger in &stage.config.triggers {
            match self.instruction(trigger) {
                Use::None => {}
                Use::Renews => break,
                Use::Needs => {
                    return Some(shorten(self.analysis.text(trigger.range)));
                }
            }
        }
        for (child, other) in trace.stages.iter().enumerate().skip(number + 1) {
            if may_be_built_on(&other.base, number, stage.name.as_deref())
                && let Some(what) = self.stage(child, 0)
            {
                return Some(what);
            }
        }
        self.copied(number)
    }

    /// What other stages take from this one.
    fn copied(&mut self, number: usize) -> Option<String> {
        if self.residue.paths.is_empty() {
            return None;
        }
        let trace = self.trace;
        for (reader, other) in trace.stages.iter().enumerate() {
            for (at, step) in other.steps.iter().enumerate() {
                let taken: Vec<&Value> = match &step.op {
                    Op::Copy(copy) => match &copy.source {
                        Source::Stage(from, path) if *from == number => vec![path],
                        _ => continue,
                    },
                    Op::Exec(exec) => exec
                        .mounts
                        .iter()
                        .filter(|mount| mount.from == Some(MountSource::Stage(number)))
                        .filter_map(|mount| mount.source.as_ref())
                        .collect(),
                    Op::Mkdir(_) => continue,
                };
                for path in taken {
                    let Some(path) = path.known() else {
                        return Some(format!("stage {reader} copies `{path}` from it"));
                    };
                    let inside = |residue: &&&str| is_below(path, residue);
                    if self.residue.paths.iter().find(inside).is_some() {
                        return Some(format!("stage {reader} copies `{path}` from it"));
                    }
                    let holds = self
                        .residue
                        .paths
                        .iter()
                        .any(|residue| is_below(residue, path));
                    if holds && let Some(what) = self.stage(reader, at + 1) {
                        return Some(what);
                    }
                }
            }
        }
        None
    }

    fn step(&self, step: &Step<'a>) -> (Use, String) {
        let Op::Exec(exec) = &step.op else {
            return (Use::None, String::new());
        };
        let hinted = match &exec.argv {
            Argv::Base => false,
            Argv::Exec(words) => words.iter().any(|word| (self.residue.hint)(word)),
            Argv::Shell { text, .. } => (self.residue.hint)(text),
        } || exec
            .file
            .as_ref()
            .is_some_and(|(_, body)| (self.residue.hint)(body));
        if !hinted {
            return (Use::None, String::new());
        }
        for element in elements(self.analysis, step) {
            let found = self.element(Some(exec), element);
            if found != Use::None {
                return (found, self.words(element));
            }
        }
        (Use::None, String::new())
    }

    /// What an element does with the residue: a script that is run as a file, a text that can't be split, or commands.
    fn element(&self, exec: Option<&Exec<'_>>, element: &Element<'_>) -> Use {
        match exec.and_then(|exec| exec.file.as_ref()) {
            Some((_, body)) => (self.residue.text)(body),
            None if element.whole => (self.residue.text)(&element.shape.replace('\0', " ")),
            None => (self.residue.element)(element),
        }
    }

    fn instruction(&self, trigger: &Instruction) -> Use {
        let text = self.analysis.text(trigger.lines);
        if (self.residue.hint)(text) {
            (self.residue.text)(text)
        } else {
            Use::None
        }
    }
}

/// Whether a stage starts from another one, or may do so with some build argument.
fn may_be_built_on(base: &Base, number: usize, name: Option<&str>) -> bool {
    match base {
        Base::Stage(stage) => *stage == number,
        Base::Scratch => false,
        Base::Image(image) => {
            image.known().is_none() && name.is_some_and(|name| name.starts_with(image.prefix()))
        }
    }
}

/// The words of a text that can't be parsed, command by command: separators end a command.
pub(crate) fn loose_commands(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.split(['\n', ';', '&', '|', '(', ')', '{', '}', '`', '"', '\''])
        .map(|command| command.split_whitespace().collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
}
