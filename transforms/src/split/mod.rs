//! Splitting: a single-stage file that builds something becomes a build stage and a runtime stage.
//!
//! [`split`] is the one question. It reads what each command does ([`recipes`] and `system`), what is left when the build
//! is done (`left`), what of it the program needs (`keep`, `needs`), which image the program gets (`runtime_base`), and
//! writes the two stages with a reason for each line. [`check`] judges the result by itself. What isn't known is refused,
//! and the refusal names the line.

mod acts;
mod assumed;
mod base_change;
mod certificates;
mod check;
mod context;
mod directories;
mod distroless;
mod expand;
mod extensions;
mod fetched;
mod files;
mod gain;
mod image;
mod inner;
mod install;
mod keep;
mod keeping;
mod language_packages;
mod launch;
mod layered;
mod left;
mod libraries;
mod needs;
mod other_base;
mod package_tables;
mod packages;
mod parted;
mod parts;
mod place;
mod plan;
mod planner;
mod product;
mod prune;
pub mod recipes;
mod refetch;
mod refusal;
mod repeat;
mod runtime_base;
mod scripts;
mod settle;
mod spring;
mod staging;
mod system;
#[cfg(test)]
mod tests;
mod there;
mod tools;
mod words;
mod world;
mod write;

use dfix_syntax::TextRange;

pub use plan::Purpose;
pub use refusal::Refusal;

use crate::model::{Analysis, Instruction};
use crate::{Edit, Facts, Settings};

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is no candidate, for this reason.
    Nothing(&'static str),
    /// It builds something, but a line stands in the way.
    Refused(Refusal),
    /// The two stages.
    Split(Box<Split>),
}

/// A file in two stages, or one that builds nothing on a smaller image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Whether there is only the stage in which the program runs, on another image.
    pub single: bool,
    /// The id of the recipe that knew the most telling command.
    pub recipe: &'static str,
    /// The image of the runtime stage.
    pub runtime: String,
    /// The whole new text.
    pub text: String,
    /// The edits that lead to it.
    pub edits: Vec<Edit>,
    /// Every instruction of the new text with its reason, in order.
    pub lines: Vec<Explained>,
    /// What is taken for granted, one clause each.
    pub assumptions: Vec<String>,
    /// What the image has no longer, one noun phrase each.
    pub gone: Vec<String>,
}

/// Why an instruction of the new text stands where it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Its first line in the new text, from 1, comments above it left out.
    pub first: usize,
    /// Its last line.
    pub last: usize,
    /// In which stage it stands.
    pub stage: Stage,
    /// The instruction of the original that it comes from; `None` for a new line.
    pub source: Option<TextRange>,
    /// The reason, a clause.
    pub reason: String,
}

/// The two stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Where the program is built.
    Build,
    /// Where it runs.
    Runtime,
}

/// Splits a file, or says why not.
pub fn split(analysis: &Analysis, settings: &Settings, facts: &Facts) -> Answer {
    let plan = match plan::plan(analysis, settings, facts) {
        Ok(plan) => plan,
        Err(answer) => return answer,
    };
    let Some(from) = from_of(analysis) else {
        return Answer::Nothing("the stage starts from no image");
    };
    let written = write::write(analysis, from, &plan);
    let head = analysis.source.get(..usize::from(written.range.start()));
    let text = format!("{}{}", head.unwrap_or_default(), written.text);
    if let Err(why) = check::check(analysis, settings, &text) {
        return Answer::Refused(Refusal::of(analysis, from, "check", why));
    }
    Answer::Split(Box::new(Split {
        recipe: plan.recipe,
        runtime: plan.runtime.text,
        single: plan.single,
        edits: vec![Edit::replace(written.range, written.text)],
        text,
        lines: written.lines,
        assumptions: once(plan.assumptions),
        gone: once(plan.gone),
    }))
}

/// Whether a file with one stage compiles, bundles or builds something, as far as its commands are known, rather than only
/// downloading and installing packages.
pub fn compiles(analysis: &Analysis) -> bool {
    world::compiles(analysis)
}

/// The FROM of a file with one stage.
pub fn from_of(analysis: &Analysis) -> Option<&Instruction> {
    match analysis.stages.as_slice() {
        [stage] => analysis.instructions.get(stage.from),
        _ => None,
    }
}

/// The items without those that were there before.
fn once(items: Vec<String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for item in items {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    seen
}
