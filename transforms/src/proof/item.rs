//! The steps of a stage as the items that are compared: elementary commands, copies, directories.

use super::normal::{Element, elements};
use super::trace::{Copy, Exec, Mkdir, Op, Source, Stage, Step, Trace};
use crate::model::{Analysis, Value};

/// One side of a comparison: a stage and its items.
pub(crate) struct Side<'t, 'a> {
    /// The file.
    pub(crate) analysis: &'a Analysis,
    /// Its trace.
    pub(crate) trace: &'t Trace<'a>,
    /// The number of the stage.
    pub(crate) stage: usize,
    /// The items from the first step that may differ.
    pub(crate) items: Vec<Item<'t, 'a>>,
    /// The number of equal steps before the first item.
    pub(crate) skipped: usize,
}

/// One item.
pub(crate) struct Item<'t, 'a> {
    /// The number of its step in the stage.
    pub(crate) step: usize,
    /// The place of the first item of the same step.
    pub(crate) first: usize,
    /// The instruction that makes the layer which it is part of, by its index.
    pub(crate) layer: usize,
    /// What it is.
    pub(crate) kind: Kind<'t, 'a>,
}

/// What an item is.
pub(crate) enum Kind<'t, 'a> {
    /// An elementary command.
    Command(&'t Element<'a>),
    /// One source of a COPY or ADD.
    Copy(&'t Copy),
    /// A directory of WORKDIR.
    Mkdir(&'t Mkdir),
}

impl<'t, 'a> Side<'t, 'a> {
    /// The items of a stage from a step on.
    pub(crate) fn new(
        analysis: &'a Analysis,
        trace: &'t Trace<'a>,
        stage: usize,
        skipped: usize,
    ) -> Self {
        let mut side = Self {
            analysis,
            trace,
            stage,
            items: Vec::new(),
            skipped,
        };
        let steps = side.steps();
        for (number, step) in steps.iter().enumerate().skip(skipped) {
            side.push(number, step);
        }
        side
    }

    fn push(&mut self, number: usize, step: &'t Step<'a>) {
        let first = self.items.len();
        let layer = step.instruction.index;
        let item = |kind| Item {
            step: number,
            first,
            layer,
            kind,
        };
        match &step.op {
            Op::Copy(copy) => self.items.push(item(Kind::Copy(copy))),
            Op::Mkdir(mkdir) => self.items.push(item(Kind::Mkdir(mkdir))),
            Op::Exec(_) => {
                let elements = elements(self.analysis, step).iter();
                self.items
                    .extend(elements.map(|element| item(Kind::Command(element))));
            }
        }
    }

    /// The stage.
    pub(crate) fn stage(&self) -> Option<&'t Stage<'a>> {
        self.trace.stages.get(self.stage)
    }

    /// The steps of the stage.
    pub(crate) fn steps(&self) -> &'t [Step<'a>] {
        self.trace
            .stages
            .get(self.stage)
            .map_or(&[], |stage| stage.steps.as_slice())
    }

    /// An item.
    pub(crate) fn get(&self, at: usize) -> Option<&Item<'t, 'a>> {
        self.items.get(at)
    }

    /// The elementary command at a place.
    pub(crate) fn command(&self, at: usize) -> Option<(&Item<'t, 'a>, &Element<'a>)> {
        let item = self.items.get(at)?;
        match &item.kind {
            Kind::Command(element) => Some((item, element)),
            _ => None,
        }
    }

    /// The copy at a place.
    pub(crate) fn copy(&self, at: usize) -> Option<&'t Copy> {
        match self.items.get(at)?.kind {
            Kind::Copy(copy) => Some(copy),
            _ => None,
        }
    }

    /// The directory at a place.
    pub(crate) fn mkdir(&self, at: usize) -> Option<&'t Mkdir> {
        match self.items.get(at)?.kind {
            Kind::Mkdir(mkdir) => Some(mkdir),
            _ => None,
        }
    }

    /// The process that an item is part of.
    pub(crate) fn exec(&self, item: &Item<'_, '_>) -> Option<&'t Exec<'a>> {
        match &self.steps().get(item.step)?.op {
            Op::Exec(exec) => Some(exec),
            _ => None,
        }
    }
}

/// The item in words, for a message.
pub(crate) fn describe(item: &Item<'_, '_>) -> String {
    match &item.kind {
        Kind::Command(element) => {
            let text = match (element.commands.first(), element.commands.last()) {
                (Some(first), Some(last)) if !element.whole => element
                    .analysis
                    .text(first.range.cover(last.range))
                    .to_owned(),
                // The words of an exec form, which has no shell to separate them by blanks.
                _ if element.shape.contains('\0') => {
                    format!(
                        "[\"{}\"]",
                        element.shape.split('\0').collect::<Vec<_>>().join("\", \"")
                    )
                }
                _ => element.shape.to_string(),
            };
            format!("the command `{}`", shorten(&text))
        }
        Kind::Copy(copy) => format!("the copy of `{}` to `{}`", source(&copy.source), copy.dest),
        Kind::Mkdir(mkdir) => {
            let doubt = match mkdir.certain {
                true => "",
                false => ", which not every builder makes",
            };
            format!("the directory `{}` of WORKDIR{doubt}", mkdir.path)
        }
    }
}

fn source(source: &Source) -> String {
    let path = |path: &Value| path.to_string();
    match source {
        Source::Context(of) | Source::Http(of) | Source::Git(of) | Source::Unknown(of) => path(of),
        Source::Stage(_, of) | Source::Image(_, of) => path(of),
        Source::Heredoc { name, .. } => format!("<<{name}"),
    }
}

/// A text on one line, of a length that fits into a message.
pub(crate) fn shorten(text: &str) -> String {
    let mut words = String::new();
    for word in text.split_whitespace() {
        if words.len() > 60 {
            words.push_str(" ...");
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    match words.char_indices().nth(90) {
        Some((at, _)) => format!("{}...", words.get(..at).unwrap_or_default()),
        None => words,
    }
}
