//! The equivalence check: do two files build the same image? It knows no rule.
//!
//! [`prove`] computes the [`trace`] of both files, brings the steps into [`normal`] form, and goes through them side by
//! side ([`align`]). Equal steps are equal for every set of build arguments, every base image and every build context,
//! since values that depend on these stay symbolic. A difference is accepted only where one of the [`laws`] that the
//! rewrite declares explains it, with all its conditions; what isn't understood is different.
//!
//! What it can't see is what no one can see in the text: which program reads what another wrote, what a script does that
//! is copied into the image, or whether a package starts a service when it is installed. There it is cautious by a list
//! of programs that are known to end with their work, and everything else may leave something behind.

mod align;
mod item;
mod later;
mod law;
mod laws;
mod normal;
mod order;
mod permitted;
#[cfg(test)]
mod tests;
pub(crate) mod trace;

use std::collections::BTreeSet;

pub use law::Law;
pub use permitted::{Change, ConfigChange, Permitted, Subject};

use crate::model::{Analysis, Args, InstructionKind, Pair};
use crate::settings::Builder;
use crate::{Facts, Settings};
use align::Alignment;
use item::Side;
use normal::share;
use trace::{Base, Stage, Step, Trace, World};

/// The verdict of [`prove`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The files build the same image but for the differences that these laws name (none when the traces are equal).
    Equivalent(Vec<Law>),
    /// They may not: the first difference that no law explains, in words for a person.
    Different(String),
}

/// The first difference that nothing explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference(String);

/// Compares the build traces of two files under the given laws.
pub fn prove(
    before: &Analysis,
    after: &Analysis,
    laws: &[Law],
    settings: &Settings,
    facts: &Facts,
) -> Verdict {
    match compare(before, after, laws, settings, facts) {
        Ok(used) => Verdict::Equivalent(used.into_iter().collect()),
        Err(Difference(why)) => Verdict::Different(why),
    }
}

fn compare(
    before: &Analysis,
    after: &Analysis,
    laws: &[Law],
    settings: &Settings,
    facts: &Facts,
) -> Result<BTreeSet<Law>, Difference> {
    directives(before, after)?;
    let world = World::default();
    let mut b = trace::build(before, settings, &world).map_err(|error| {
        Difference(format!(
            "the build of the file before can't be followed: {}",
            error.0
        ))
    })?;
    let a = trace::build(after, settings, &world)
        .map_err(|error| Difference(format!("the file does not build any more: {}", error.0)))?;
    if b.specials != a.specials {
        let why = "a build argument with a meaning of its own is gone, new or different";
        return Err(Difference(why.to_owned()));
    }
    if b.stages.len() != a.stages.len() {
        return Err(Difference("the number of stages differs".to_owned()));
    }
    if relies_on_order(after, settings) && !relies_on_order(before, settings) {
        let why = "one ARG has got arguments that read each other, which other builders do not understand";
        return Err(Difference(why.to_owned()));
    }
    if settings.builder != Builder::BuildKit && odd_backslashes(before) != odd_backslashes(after) {
        let why = "builders differ about a backslash in ENV that is not the escape token";
        return Err(Difference(why.to_owned()));
    }
    let mut used = BTreeSet::new();
    let compare_stage = StageComparison { laws, facts };
    for (number, stage_after) in a.stages.iter().enumerate() {
        let mut compared = compare_stage.run((before, &b), (after, &a), number);
        if let Err(difference) = &mut compared
            && laws.contains(&Law::StepsSwapped)
        {
            match order::rearranged(&b, number, stage_after, facts) {
                Ok(Some(steps)) => {
                    if let Some(stage) = b.stages.get_mut(number) {
                        stage.steps = steps;
                    }
                    compared = compare_stage.run((before, &b), (after, &a), number);
                    if let Ok(laws) = &mut compared {
                        laws.insert(Law::StepsSwapped);
                    }
                }
                Ok(None) => {}
                Err(why) => *difference = Difference(why),
            }
        }
        match compared {
            Ok(laws) => used.extend(laws),
            Err(Difference(why)) if a.stages.len() > 1 => {
                let name = match &stage_after.name {
                    Some(name) => format!("stage `{name}`"),
                    None => format!("stage {number}"),
                };
                return Err(Difference(format!("{name}: {why}")));
            }
            Err(difference) => return Err(difference),
        }
    }
    Ok(used)
}

/// What the comparisons of all stages share.
struct StageComparison<'x> {
    laws: &'x [Law],
    facts: &'x Facts,
}

impl StageComparison<'_> {
    fn run<'a>(
        &self,
        (before, b): (&'a Analysis, &Trace<'a>),
        (after, a): (&'a Analysis, &Trace<'a>),
        number: usize,
    ) -> Result<BTreeSet<Law>, Difference> {
        let (Some(stage_before), Some(stage_after)) = (b.stages.get(number), a.stages.get(number))
        else {
            return Err(Difference("the number of stages differs".to_owned()));
        };
        stage(
            (before, b, stage_before),
            (after, a, stage_after),
            number,
            self.laws,
            self.facts,
        )
    }
}

/// The directives say how the file is read, which no rewrite changes.
fn directives(before: &Analysis, after: &Analysis) -> Result<(), Difference> {
    let syntax = |analysis: &Analysis| analysis.syntax.as_ref().map(|(_, image)| image.clone());
    if syntax(before) != syntax(after) {
        return Err(Difference("the syntax directive differs".to_owned()));
    }
    if before.escape != after.escape {
        return Err(Difference("the escape token differs".to_owned()));
    }
    if check_directive(before) != check_directive(after) {
        return Err(Difference("the check directive differs".to_owned()));
    }
    if syntax(before).is_some_and(|image| !is_known_frontend(&image))
        && before.source.as_str() != after.source.as_str()
    {
        return Err(Difference(
            "the file is read by a frontend that dfix does not know".to_owned(),
        ));
    }
    Ok(())
}

/// Whether an ARG has an argument that reads an earlier one of the same ARG: only BuildKit expands them one after the
/// other.
fn relies_on_order(analysis: &Analysis, settings: &Settings) -> bool {
    settings.builder != Builder::BuildKit
        && analysis.instructions.iter().any(|instruction| {
            let (InstructionKind::Arg, Args::Pairs(pairs)) = (instruction.kind, &instruction.args)
            else {
                return false;
            };
            let mut earlier: Vec<&str> = Vec::new();
            pairs.iter().take(MAX_PAIRS).any(|pair| {
                let value = pair.value.as_ref().map_or("", |value| value.text.as_str());
                let reads = earlier.iter().any(|name| {
                    value.contains(&format!("${name}")) || value.contains(&format!("${{{name}"))
                });
                earlier.push(&pair.name.text);
                reads
            })
        })
}

/// In how many values of the legacy form a backslash stands that is not the escape token: buildah takes it for one there,
/// but not between quotes.
fn odd_backslashes(analysis: &Analysis) -> usize {
    if analysis.escape == '\\' {
        return 0;
    }
    let pairs = analysis.instructions.iter().flat_map(|it| match &it.args {
        Args::Pairs(pairs) => pairs.as_slice(),
        _ => &[],
    });
    let odd = |pair: &&Pair| {
        let value = pair.value.as_ref().map_or("", |value| value.text.as_str());
        pair.legacy && value.contains('\\')
    };
    pairs.filter(odd).count()
}

/// How many arguments of one ARG are compared with each other.
const MAX_PAIRS: usize = 100;

/// The value of `# check=`, which can make the build fail.
fn check_directive(analysis: &Analysis) -> Option<&str> {
    let source: &str = analysis.source.as_str();
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    for line in source.lines() {
        let comment = line.trim_start().strip_prefix('#')?;
        let (name, value) = comment.split_once('=')?;
        match name.trim().to_ascii_lowercase().as_str() {
            "check" => return Some(value.trim()),
            "syntax" | "escape" => {}
            _ => return None,
        }
    }
    None
}

/// Whether a frontend is BuildKit's own.
fn is_known_frontend(image: &str) -> bool {
    let name = image.split_whitespace().next().unwrap_or_default();
    let name = name.split('@').next().unwrap_or_default();
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.split(':').next().unwrap_or_default();
    matches!(name, "docker/dockerfile" | "docker/dockerfile-upstream")
}

/// A file, its trace, and one of its stages.
type Place<'t, 'a> = (&'a Analysis, &'t Trace<'a>, &'t Stage<'a>);

fn stage<'t, 'a>(
    (before, b, stage_before): Place<'t, 'a>,
    (after, a, stage_after): Place<'t, 'a>,
    number: usize,
    laws: &'t [Law],
    facts: &'t Facts,
) -> Result<BTreeSet<Law>, Difference> {
    match (&stage_before.name, &stage_after.name) {
        (before, after) if before == after => {}
        // A new name is harmless unless something outside builds an image of this name into the file, which could be
        // any name; that it captures no reference of the file shows in the references.
        (None, Some(name)) if !matches!(name.as_str(), "scratch" | "context") => {}
        _ => return Err(Difference("the name of the stage differs".to_owned())),
    }
    if stage_before.base != stage_after.base {
        return Err(Difference("the base image differs".to_owned()));
    }
    if stage_before.platform != stage_after.platform {
        return Err(Difference("the platform differs".to_owned()));
    }
    if stage_before.specials != stage_after.specials {
        let why = "a build argument with a meaning of its own is gone, new or different";
        return Err(Difference(why.to_owned()));
    }
    if is_foreign(b, number) && !same_text(before, stage_before, after, stage_after) {
        return Err(Difference(
            "it is built for a system that dfix does not know".to_owned(),
        ));
    }
    let mut used = laws::config::compare(before, stage_before, stage_after, laws, facts)?;
    let skipped = same_beginning(&stage_before.steps, &stage_after.steps);
    if skipped < stage_before.steps.len() || skipped < stage_after.steps.len() {
        share_equal_ends(before, &stage_before.steps, &stage_after.steps);
        let before = Side::new(before, b, number, skipped);
        let after = Side::new(after, a, number, skipped);
        let mut alignment = Alignment::new(before, after, laws, facts);
        alignment.run()?;
        used.extend(alignment.used);
    }
    Ok(used)
}

/// Steps that are equal up to the end are split into commands once for both files.
fn share_equal_ends<'a>(analysis: &'a Analysis, before: &[Step<'a>], after: &[Step<'a>]) {
    let pairs = before.iter().rev().zip(after.iter().rev());
    for (before, after) in pairs.take_while(|(before, after)| before.op == after.op) {
        share(analysis, before, after);
    }
}

/// How many steps at the beginning are equal and in equal layers.
fn same_beginning(before: &[Step<'_>], after: &[Step<'_>]) -> usize {
    let equal = before
        .iter()
        .zip(after)
        .take_while(|(before, after)| before.op == after.op)
        .count();
    // A COPY of several sources makes several steps: its layer is compared as a whole, so it is not cut.
    let layer = |steps: &[Step<'_>], at: usize| steps.get(at).map(|step| step.instruction.index);
    let mut boundaries = (0..=equal).rev().filter(|at| {
        let cuts = |steps: &[Step<'_>]| *at > 0 && layer(steps, at - 1) == layer(steps, *at);
        !cuts(before) && !cuts(after)
    });
    let end = boundaries.next().unwrap_or(0);
    let moved = (1..end).find(|at| {
        (layer(before, at - 1) == layer(before, *at)) != (layer(after, at - 1) == layer(after, *at))
    });
    // Boundaries that have moved are found by the comparison, from the beginning.
    if moved.is_some() { 0 } else { end }
}

fn is_foreign(trace: &Trace<'_>, number: usize) -> bool {
    let mut number = number;
    while let Some(stage) = trace.stages.get(number) {
        if stage.foreign {
            return true;
        }
        match stage.base {
            Base::Stage(parent) => number = parent,
            _ => break,
        }
    }
    false
}

/// Whether the instructions of two stages read the same, keyword casing and comments aside.
fn same_text(before: &Analysis, b: &Stage<'_>, after: &Analysis, a: &Stage<'_>) -> bool {
    b.instructions.len() == a.instructions.len()
        && b.instructions.iter().zip(a.instructions).all(|(b, a)| {
            let rest = |analysis: &Analysis, instruction: &crate::model::Instruction| {
                let range = instruction.lines;
                let start = instruction.keyword.end();
                analysis
                    .text(dfix_syntax::TextRange::new(start, range.end().max(start)))
                    .trim_end()
                    .to_owned()
            };
            b.kind == a.kind && rest(before, b) == rest(after, a)
        })
}
