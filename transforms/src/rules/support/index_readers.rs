//! Who may need, after a command of a RUN, the package index that apk keeps there: a script, or a text that some program
//! runs. What apk commands of the file do with the index, the proof sees; what a script does, nobody sees.

use dfix_syntax::TextSize;
use rustc_hash::FxHashSet;

use super::ShellRun;
use super::apt_lists::{Use, list_use, mentions_lists, names_inside};
use crate::commands::Invocation;
use crate::model::{
    Connective, Form, Instruction, InstructionKind, Script, ShellWord, SimpleCommand,
};
use crate::rules::Context;

/// How many instructions all searches of one file may look at together.
pub(crate) const BUDGET: usize = 100_000;

/// Why the index may be needed after a place in a RUN; `None` when nothing may need it, or it is fetched again before.
/// `budget` is what is left of [`BUDGET`].
pub(crate) fn may_need_index(
    ctx: &Context<'_>,
    found: ShellRun<'_>,
    from: TextSize,
    budget: &mut usize,
) -> Option<String> {
    search(ctx, found, from, budget, |command| {
        fails_without(command).or_else(|| needs(command))
    })
}

/// What removes the index after a place in a RUN and fails when there is none.
pub(crate) fn removal_that_may_fail(
    ctx: &Context<'_>,
    found: ShellRun<'_>,
    from: TextSize,
    budget: &mut usize,
) -> Option<String> {
    search(ctx, found, from, budget, fails_without)
}

/// Whether the file names the place of the index, so that [`removal_that_may_fail`] may find something.
pub(crate) fn names_index(ctx: &Context<'_>) -> bool {
    let text = ctx.analysis.source.as_str();
    INDEXES.iter().any(|directory| text.contains(directory))
}

/// Where apk keeps the index.
const INDEXES: [&str; 2] = ["/var/cache/apk/", "/etc/apk/cache/"];

fn fails_without(command: &SimpleCommand) -> Option<String> {
    let call = Invocation::of(command)?;
    let fails = call.is("rm")
        && !call.has_flag("-f")
        && INDEXES
            .iter()
            .any(|directory| names_inside(command, directory));
    fails.then(|| "an `rm` without `-f` fails when there is no package index to remove".to_owned())
}

fn search(
    ctx: &Context<'_>,
    found: ShellRun<'_>,
    from: TextSize,
    budget: &mut usize,
    needs: fn(&SimpleCommand) -> Option<String>,
) -> Option<String> {
    match script(found.script, from, needs) {
        Some(Found::Renewed) => return None,
        Some(Found::Needed(what)) => return Some(what),
        None => {}
    }
    let analysis = ctx.analysis;
    let mut stages = vec![(found.run.stage?, found.run.index + 1)];
    let mut seen = FxHashSet::default();
    while let Some((number, from)) = stages.pop() {
        if !seen.insert(number) {
            continue;
        }
        let stage = analysis.stages.get(number)?;
        let mut renewed = false;
        for instruction in analysis.stage_instructions(number) {
            if instruction.index < from {
                continue;
            }
            match budget.checked_sub(1) {
                Some(left) => *budget = left,
                None => {
                    return Some(
                        "the file is too large to see who may need the package index".to_owned(),
                    );
                }
            }
            let inner = instruction.innermost();
            if inner.kind != InstructionKind::Run {
                continue;
            }
            match run(ctx, inner, needs) {
                Some(Found::Needed(what)) => return Some(what),
                // A trigger runs in another build, after what follows it here.
                Some(Found::Renewed) if instruction.kind == InstructionKind::Run => {
                    renewed = true;
                    break;
                }
                _ => {}
            }
        }
        if !renewed {
            let children = stage.children.iter().chain(&stage.possible_children);
            stages.extend(children.map(|child| (*child, 0)));
        }
    }
    None
}

enum Found {
    /// The index is fetched again, whatever happens before.
    Renewed,
    /// It may be needed; why.
    Needed(String),
}

fn run(
    ctx: &Context<'_>,
    run: &Instruction,
    needs: fn(&SimpleCommand) -> Option<String>,
) -> Option<Found> {
    match &run.command()?.form {
        Form::Shell {
            script: Some(parsed),
            ..
        } => script(parsed, TextSize::new(0), needs),
        _ => {
            // A heredoc that begins with `#!` is a file that is run.
            let bodies = run.heredocs.iter().map(|heredoc| heredoc.body);
            let mut texts = std::iter::once(run.range).chain(bodies);
            let suspect = texts.any(|range| {
                let text = ctx.analysis.text(range);
                ["apk", ".sh", "./"].iter().any(|hint| text.contains(hint))
            });
            suspect.then(|| Found::Needed(needed("a text")))
        }
    }
}

/// The commands of a script from a place on.
fn script(
    script: &Script,
    from: TextSize,
    needs: fn(&SimpleCommand) -> Option<String>,
) -> Option<Found> {
    let certain = match script.items.as_slice() {
        [item] => item
            .and_or
            .rest
            .iter()
            .all(|(connective, ..)| *connective == Connective::And),
        _ => false,
    };
    let commands = script.simple_commands();
    for command in commands
        .iter()
        .filter(|command| command.range.start() >= from)
    {
        if let Some(what) = needs(command) {
            return Some(Found::Needed(what));
        }
        if certain && renews(command) {
            return Some(Found::Renewed);
        }
    }
    None
}

/// Whether a command fetches the index anew, or removes all of it.
fn renews(command: &SimpleCommand) -> bool {
    Invocation::of(command).is_some_and(|apk| {
        let updates = apk.has_any_flag(&["-U", "--update", "--update-cache"]);
        let index = |word: &ShellWord| {
            let path = word.value.as_deref().unwrap_or(&word.text);
            matches!(
                path.trim_end_matches('/'),
                "/var/cache/apk" | "/var/cache/apk/*"
            )
        };
        let removed = || apk.has_flag("-r") && apk.command().words.iter().any(index);
        let keeps = apk.is("apk") && !apk.has_flag("--no-cache");
        keeps && (apk.sub("update") || apk.sub_any(&["add", "upgrade"]) && updates)
            || apk.is("rm") && removed()
    })
}

fn needs(command: &SimpleCommand) -> Option<String> {
    let call = Invocation::of(command);
    let name = call.as_ref().map_or("a program", Invocation::name);
    if name == "apk" {
        return None;
    }
    if matches!(list_use(command), Use::MayRead(_)) && !mentions_lists(command) {
        return Some(needed(&format!("`{name}`")));
    }
    // A text that another program runs.
    let runs_apk = |text: &str| text.contains("apk add") || text.contains("apk upgrade");
    let writes = matches!(name, "echo" | "printf");
    let told = command.words.iter().skip(1).any(|word| {
        runs_apk(&word.text) || word.value.as_deref().is_some_and(|value| value == "apk")
    });
    (told && !writes).then(|| needed(&format!("`{name}`")))
}

fn needed(what: &str) -> String {
    format!("{what}, which runs later, may need the package index")
}
