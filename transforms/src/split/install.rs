//! The packages of the distribution that the runtime stage gets, and other commands of the build that are repeated there.

use dfix_syntax::TextRange;

use super::acts::{Act, Done, Install};
use super::image::System;
use super::keeping::Keeping;
use super::packages::{Fate, fate, name_of, programs_of};
use super::refusal::Refusal;
use super::repeat::repeat;
use super::runtime_base::Runtime;
use super::world::{Run, World};
use crate::model::BreakKind;

/// What the runtime stage gets of a RUN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// Nothing.
    Nothing,
    /// The instruction as it is.
    Same,
    /// Another text.
    New(String),
}

/// The result of a look at a RUN's packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) text: Text,
    pub(super) reason: String,
    /// What is no longer installed, for a person.
    pub(super) gone: Vec<String>,
}

/// What of one install stays.
pub(super) struct Kept {
    /// The word's number and what stands for it; `None` when it goes.
    words: Vec<(usize, Option<String>)>,
    gone: Vec<String>,
    replaced: Vec<(String, String)>,
}

impl Kept {
    /// What is no longer installed, for a person.
    fn left_out(&self) -> impl Iterator<Item = String> {
        let replaced = self.replaced.iter().map(|(before, _)| before);
        let names = self.gone.iter().chain(replaced);
        names.map(|name| format!("the package {name}"))
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.words
            .iter()
            .filter_map(|(_, text)| text.as_deref())
            .collect()
    }
}

pub(super) fn sort_out(
    world: &World<'_>,
    system: &System,
    run: &Run<'_>,
    install: &Install,
) -> Kept {
    let removed: Vec<&String> = run
        .done
        .iter()
        .filter_map(|done| match &done.act {
            Act::Remove(names) => Some(names),
            _ => None,
        })
        .flatten()
        .collect();
    let all = install
        .group
        .as_ref()
        .is_some_and(|group| removed.contains(&group));
    let mut kept = Kept {
        words: Vec::new(),
        gone: Vec::new(),
        replaced: Vec::new(),
    };
    for (number, text) in &install.packages {
        let name = name_of(text);
        if all || removed.iter().any(|other| name_of(other) == name) {
            kept.words.push((*number, None));
            continue;
        }
        let found = match name.contains(['$', '`']) {
            true => Fate::Keep,
            false => fate(name, system),
        };
        match found {
            Fate::Keep if is_node(name) && serves_files(world) => {
                kept.gone.push(name.to_owned());
                kept.words.push((*number, None));
            }
            Fate::Keep => kept.words.push((*number, Some(text.clone()))),
            Fate::Drop => {
                kept.gone.push(name.to_owned());
                kept.words.push((*number, None));
            }
            Fate::Instead(names) => {
                let names = names.join(" ");
                kept.replaced.push((name.to_owned(), names.clone()));
                kept.words.push((*number, Some(names)));
            }
            Fate::Tool => match only_fetches(world, name) {
                true => {
                    kept.gone.push(name.to_owned());
                    kept.words.push((*number, None));
                }
                false => kept.words.push((*number, Some(text.clone()))),
            },
        }
    }
    let mut seen: Vec<String> = Vec::new();
    for (_, text) in &mut kept.words {
        if let Some(names) = text {
            let new: Vec<&str> = names
                .split_whitespace()
                .filter(|name| !seen.iter().any(|known| known == name))
                .collect();
            let joined = new.join(" ");
            seen.extend(new.iter().map(|name| (*name).to_owned()));
            *text = (!joined.is_empty()).then_some(joined);
        }
    }
    kept
}

/// Whether a package is Node, or a package manager of it.
pub(super) fn is_node(package: &str) -> bool {
    matches!(
        package,
        "nodejs" | "nodejs-npm" | "nodejs-current" | "npm" | "yarn" | "yarnpkg"
    )
}

/// Whether all that runs is a web server that serves files: what builds a front end is not needed there.
fn serves_files(world: &World<'_>) -> bool {
    let needs = &world.needs;
    let server = |program: &String| {
        matches!(
            super::place::base_name(program),
            "nginx" | "httpd" | "apache2-foreground" | "httpd-foreground"
        )
    };
    let by_image = !needs.own_command && matches!(world.image.family(), "nginx" | "httpd");
    by_image || needs.own_command && !needs.programs.is_empty() && needs.programs.iter().all(server)
}

/// Whether a tool for downloads is called by the build alone: where what the program does isn't a script, and nothing that
/// runs names the tool.
fn only_fetches(world: &World<'_>, package: &str) -> bool {
    let programs = programs_of(package);
    let compiled = matches!(
        world.image.family(),
        "golang" | "rust" | "gcc" | "maven" | "gradle" | "openjdk" | "eclipse-temurin"
    );
    let scripts = world
        .needs
        .programs
        .iter()
        .any(|program| program.ends_with(".sh") || program.contains("entrypoint"));
    compiled
        && !scripts
        && !programs.iter().any(|program| world.needs.calls(program))
        && !programs.is_empty()
}

/// A RUN that builds nothing, above or below the end of the build.
pub(super) fn filter(world: &World<'_>, run: &Run<'_>, runtime: &Runtime) -> Outcome {
    let mut outcome = Outcome {
        text: Text::Same,
        reason: String::new(),
        gone: Vec::new(),
    };
    let mut all: Vec<(&Done, &Install, Kept)> = Vec::new();
    for done in &run.done {
        if let Act::Install(install) = &done.act {
            all.push((
                done,
                install,
                sort_out(world, &runtime.system, run, install),
            ));
        }
    }
    let changed = |kept: &Kept, install: &Install| {
        kept.words
            .iter()
            .zip(&install.packages)
            .any(|((_, now), (_, then))| now.as_ref() != Some(then))
    };
    if !all.iter().any(|(_, install, kept)| changed(kept, install)) {
        return outcome;
    }
    outcome.gone = all.iter().flat_map(|(.., kept)| kept.left_out()).collect();
    outcome.reason = reason(&all.iter().map(|(.., kept)| kept).collect::<Vec<_>>());
    let other_work = run.has(|act| matches!(act, Act::System | Act::Files(_)));
    if all.iter().all(|(.., kept)| kept.names().is_empty()) && !other_work {
        outcome.text = Text::Nothing;
        return outcome;
    }
    if let [(done, install, kept)] = all.as_slice()
        && !kept.names().is_empty()
        && let Some(text) = without_words(world, run, done, install, kept)
    {
        outcome.text = Text::New(text);
        return outcome;
    }
    let removals = run.has(|act| matches!(act, Act::Remove(_)));
    outcome.text = match repeat(world, run, runtime, &|_| true) {
        Ok(Some(text)) => Text::New(text),
        Ok(None) => Text::Nothing,
        // What can't be taken apart stays whole, unless it removes what would be missing.
        Err(_) => {
            let _ = removals;
            outcome.gone.clear();
            Text::Same
        }
    };
    outcome
}

/// A RUN that builds: its packages, users and configuration, for the runtime stage.
pub(super) fn of_build(
    world: &World<'_>,
    run: &Run<'_>,
    runtime: &Runtime,
    keeping: &Keeping,
) -> Result<Outcome, Refusal> {
    let mut gone = Vec::new();
    let mut kept_all = Vec::new();
    for done in &run.done {
        if let Act::Install(install) = &done.act {
            let kept = sort_out(world, &runtime.system, run, install);
            gone.extend(kept.left_out());
            kept_all.push(kept);
        }
    }
    let wanted = |done: &Done| match &done.act {
        Act::System => needed_again(world, done),
        Act::Files(_) => keeping.repeated.contains(&done.range),
        _ => true,
    };
    let text = repeat(world, run, runtime, &wanted)?;
    let reason = match kept_all.is_empty() {
        true => "what it changes of the system is repeated where the program runs".to_owned(),
        false => reason(&kept_all.iter().collect::<Vec<_>>()),
    };
    Ok(Outcome {
        text: text.map_or(Text::Nothing, Text::New),
        reason,
        gone,
    })
}

/// Whether a change of the system matters where the program runs.
fn needed_again(world: &World<'_>, done: &Done) -> bool {
    let text = world.analysis.text(done.range);
    match done.program.as_str() {
        "ldconfig" | "gpg" | "gpg2" | "apt-mark" | "fc-cache" => false,
        "update-alternatives" => !["gcc", "g++", "cc ", "c++", "clang", "cpp", "gcov", "javac"]
            .iter()
            .any(|tool| text.contains(tool)),
        _ => true,
    }
}

fn reason(all: &[&Kept]) -> String {
    let gone: Vec<&str> = all
        .iter()
        .flat_map(|kept| kept.gone.iter().map(String::as_str))
        .collect();
    let mut reason = match gone.as_slice() {
        [] => "the program needs these packages".to_owned(),
        [one] => format!("only the build needs {one}"),
        [first, second] => format!("only the build needs {first} and {second}"),
        [first, second, rest @ ..] => format!(
            "only the build needs {first}, {second} and {} more",
            rest.len()
        ),
    };
    let replaced: Vec<String> = all
        .iter()
        .flat_map(|kept| &kept.replaced)
        .map(|(before, after)| format!("{after} is what programs need of {before}"))
        .collect();
    for part in replaced.iter().take(3) {
        reason.push_str("; ");
        reason.push_str(part);
    }
    reason
}

/// The instruction with some words of its only install taken out or replaced, in the author's layout.
fn without_words(
    world: &World<'_>,
    run: &Run<'_>,
    done: &Done,
    install: &Install,
    kept: &Kept,
) -> Option<String> {
    let analysis = world.analysis;
    if run.has(|act| matches!(act, Act::Remove(_)))
        || install.group.is_some()
        || !run.instruction.heredocs.is_empty()
    {
        return None;
    }
    let script = run.instruction.script()?;
    let commands = script.simple_commands();
    let command = commands
        .into_iter()
        .find(|command| command.range == done.range)?;
    // A word that is a variable may stand for several packages.
    let mut numbers: Vec<usize> = install.packages.iter().map(|(number, _)| *number).collect();
    let count = numbers.len();
    numbers.dedup();
    if numbers.len() != count {
        return None;
    }
    let mut edits: Vec<(TextRange, Option<&str>)> = Vec::new();
    for ((number, now), (_, then)) in kept.words.iter().zip(&install.packages) {
        let word = command.words.get(*number)?;
        match now {
            Some(text) if text == then => {}
            Some(text) => edits.push((word.range, Some(text))),
            None => edits.push((word.range, None)),
        }
    }
    let lines = run.instruction.lines;
    let whole = analysis.text(lines);
    let start = usize::from(lines.start());
    let mut out: Vec<String> = Vec::new();
    let mut offset = start;
    let mut comments: Vec<String> = Vec::new();
    for line in whole.split_inclusive('\n') {
        let end = offset + line.len();
        let is_comment = run.instruction.breaks.iter().any(|part| {
            part.kind == BreakKind::Comment
                && usize::from(part.range.start()) >= offset
                && usize::from(part.range.start()) < end
        });
        let inside: Vec<_> = edits
            .iter()
            .filter(|(range, _)| {
                usize::from(range.start()) >= offset && usize::from(range.start()) < end
            })
            .collect();
        if is_comment {
            comments.push(line.to_owned());
        } else if inside.is_empty() {
            out.append(&mut comments);
            out.push(line.to_owned());
        } else {
            let mut text = line.to_owned();
            for (range, new) in inside.iter().rev() {
                let from = usize::from(range.start()).checked_sub(offset)?;
                let to = usize::from(range.end()).checked_sub(offset)?;
                match new {
                    Some(new) => text.replace_range(from..to, new),
                    None => {
                        let head = text.get(..from)?;
                        let blank = head.len() - head.trim_end_matches([' ', '\t']).len();
                        let at_start = head.trim().is_empty();
                        let from = if at_start { from } else { from - blank };
                        let tail = text.get(to..)?;
                        let to = if at_start {
                            to + (tail.len() - tail.trim_start_matches([' ', '\t']).len())
                        } else {
                            to
                        };
                        text.replace_range(from..to, "");
                    }
                }
            }
            let rest = text.trim().trim_end_matches(analysis.escape).trim();
            if rest.is_empty() {
                // A comment speaks of what stands below it.
                comments.clear();
            } else {
                out.append(&mut comments);
                out.push(text);
            }
        }
        offset = end;
    }
    // The last line must not go on.
    let last = out
        .iter()
        .rposition(|line| !line.trim().is_empty() && !line.trim().starts_with('#'))?;
    let goes_on = out.get(last)?.trim_end().ends_with(analysis.escape);
    if goes_on {
        let line = out.get_mut(last)?;
        let eol = analysis.eol;
        *line = format!(
            "{}{eol}",
            line.trim_end().trim_end_matches(analysis.escape).trim_end()
        );
        out.truncate(last + 1);
    }
    let text = out.concat();
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}
