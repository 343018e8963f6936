//! The whole plan of a split, step by step.

use dfix_syntax::TextSize;

use super::Answer;
use super::acts::{Act, Done, Work};
use super::expand::Parted;
use super::keep;
use super::keeping::{Keeping, Kept};
use super::left::Leftovers;
use super::place::{Place, within};
use super::planner::{Planner, destination};
use super::product::product;
use super::recipes::download;
use super::refusal::{Refusal, quote};
use super::runtime_base::{self, Runtime};
use super::world::{Run, World, is_build, is_server, world};
use crate::model::{Analysis, Instruction, InstructionKind};
use crate::{Facts, Settings};

/// In which stage an instruction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Only where the program is built.
    Build,
    /// In both stages.
    Both,
    /// Only where the program runs.
    Runtime,
}

/// An instruction with its place.
#[derive(Debug, Clone)]
pub(super) struct Step<'a> {
    pub(super) instruction: &'a Instruction,
    pub(super) purpose: Purpose,
    pub(super) reason: String,
    /// The text in the runtime stage, if it is another: lines without comments above.
    pub(super) runtime: Option<String>,
}

/// A line that only the runtime stage has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extra {
    pub(super) text: String,
    pub(super) reason: String,
}

/// The whole plan.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) recipe: &'static str,
    pub(super) runtime: Runtime,
    pub(super) runtime_reason: String,
    pub(super) steps: Vec<Step<'a>>,
    /// The index of the last instruction of the build.
    pub(super) last_build: usize,
    /// What comes over from the build stage.
    pub(super) kept: Vec<Kept>,
    /// Lines behind the copies.
    pub(super) after: Vec<Extra>,
    /// Lines at the end of the build stage.
    pub(super) prepare: Vec<Extra>,
    /// What is written into lines of the build stage, and where in the original.
    pub(super) inserted: Vec<(TextSize, String)>,
    /// Lines at the start of the runtime stage.
    pub(super) first: Vec<Extra>,
    /// What is taken for granted, in sentences.
    pub(super) assumptions: Vec<String>,
    /// What the final image has no longer.
    pub(super) gone: Vec<String>,
    /// Whether the only work is to download.
    pub(super) download: bool,
    /// Whether there is no build stage: the program runs on another image, and nothing is built.
    pub(super) single: bool,
    /// Lines of the build stage that become two.
    pub(super) parted: Vec<Parted>,
    /// The name of the build stage.
    pub(super) stage: &'static str,
}

/// Makes the plan of a file.
///
/// Where a RUN stands in the way whose work can't be followed, both stages have everything down to it as it is: what it
/// did is then there in either, and only what follows is taken apart. The builder makes these layers once.
pub(super) fn plan<'a>(
    analysis: &'a Analysis,
    settings: &'a Settings,
    facts: &'a Facts,
) -> Result<Plan<'a>, Answer> {
    match of_build(analysis, settings, facts) {
        // What is copied as it is can be in layers of its own.
        Err(Answer::Nothing(why)) => {
            let layered = || super::layered::plan(analysis, settings, facts);
            match super::other_base::plan(analysis, settings, facts) {
                Some(Ok(plan)) => Ok(layered().unwrap_or(plan)),
                Some(Err(refusal)) => layered().ok_or(Answer::Refused(refusal)),
                None => layered().ok_or(Answer::Nothing(why)),
            }
        }
        answer => answer,
    }
}

/// The plan of a file that builds something.
fn of_build<'a>(
    analysis: &'a Analysis,
    settings: &'a Settings,
    facts: &'a Facts,
) -> Result<Plan<'a>, Answer> {
    let world = world(analysis, facts)?;
    let mut first = None;
    let mut shared = None;
    loop {
        let answer = match attempt(&world, settings, shared) {
            Ok(plan) => return Ok(plan),
            Err(answer) => answer,
        };
        let next = match &answer {
            Answer::Refused(refusal) => obstacle(&world, refusal).filter(|at| Some(*at) > shared),
            _ => None,
        };
        let first = first.get_or_insert(answer);
        match next {
            Some(at) => shared = Some(at),
            None => return Err(first.clone()),
        }
    }
}

/// The RUN that stands in the way, if having it in both stages would help.
fn obstacle(world: &World<'_>, refusal: &Refusal) -> Option<usize> {
    const OF_A_RUN: &[&str] = &[
        "may-write-anywhere",
        "unknown-result",
        "system-prefix",
        "system-directory",
        "conditional",
        "shell-variable",
        "relative",
        "removes",
        "both-at-once",
        "owner",
        "sudo",
    ];
    let holds = |run: &&Run<'_>| run.instruction.range.contains_range(refusal.range);
    let run = world.runs.iter().find(holds)?;
    OF_A_RUN
        .contains(&refusal.kind)
        .then_some(run.instruction.index)
}

fn attempt<'a>(
    world: &World<'a>,
    settings: &Settings,
    shared: Option<usize>,
) -> Result<Plan<'a>, Answer> {
    let analysis = world.analysis;
    let refuse = |refusal: Refusal| Answer::Refused(refusal);
    let from = world.from;
    if let Some(why) = world.needs.builds() {
        let command = world
            .needs
            .commands
            .first()
            .and_then(|index| analysis.instructions.get(*index));
        return Err(refuse(Refusal::of(
            analysis,
            command.unwrap_or(from),
            "command-builds",
            why,
        )));
    }
    let work = |work: Work| {
        world
            .runs
            .iter()
            .filter(|run| run.work() >= Some(work) && Some(run.instruction.index) > shared)
            .map(|run| run.instruction.index)
            .next_back()
    };
    let compiled = work(Work::Packages);
    let Some(last_build) = compiled.or_else(|| work(Work::Fetch)) else {
        return Err(Answer::Nothing("the file builds nothing"));
    };
    let built = last_build;
    let last_build = prepared(world, built);
    let download = compiled.is_none();
    if download && (shared.is_some() || !super::fetched::is_apart(world, last_build)) {
        return Err(Answer::Nothing(super::fetched::NOT_APART));
    }
    // A file that only downloads has nothing that it should be rid of.
    let refuse = |refusal: Refusal| match download {
        true => Answer::Nothing(super::fetched::NOT_APART),
        false => refuse(refusal),
    };
    let command = world.needs.own_command;
    // Nothing that a table could hold would help.
    if !command && !download && !is_server(&world.image) {
        return Err(refuse(without_command(world)));
    }
    if let Some(refusal) = unreadable(world, shared) {
        return Err(refuse(refusal));
    }
    let mut leftovers = Leftovers::new(&world.image);
    for run in &world.runs {
        if run.instruction.index <= last_build
            && (is_build(run)
                || run.instruction.index > built && only_files(run)
                || run.instruction.index == last_build)
        {
            leftovers.follow(run.instruction.index, &run.done);
        }
    }
    leftovers.only_after(shared);
    let product = product(world, last_build);
    let runtime = match shared {
        Some(_) => runtime_base::unchanged(&world.image),
        None if download && !command => runtime_base::same(
            &world.image,
            "the file says nothing about what is run, so the image stays what it is",
        ),
        None => runtime_base::choose(&world.image, product, settings)
            .map_err(|why| refuse(Refusal::of(analysis, from, "runtime-base", why)))?,
    };
    let inherits = runtime.same && is_server(&world.image);
    if !command && !inherits && !download {
        return Err(refuse(without_command(world)));
    }
    let mut kept =
        keep::keep(world, &leftovers, last_build, product, &runtime, shared).map_err(refuse)?;
    if download && !command {
        super::fetched::keep_all(world, &mut kept, last_build).map_err(Answer::Nothing)?;
    }
    if let Some(shared) = shared {
        overlaid(world, &mut kept, shared, last_build).map_err(refuse)?;
    }
    let mut planner = Planner {
        world,
        kept,
        shared,
        last_build,
        download,
        present: Vec::new(),
        after: Vec::new(),
        gone: Vec::new(),
        runtime: &runtime,
    };
    let mut steps = Vec::new();
    for instruction in analysis.stage_instructions(0) {
        steps.push(planner.step(instruction).map_err(refuse)?);
    }
    let Planner {
        kept, after, gone, ..
    } = planner;
    super::settle::settle(analysis, &mut steps, last_build, download, shared);
    super::settle::refresh(analysis, &mut steps, shared);
    let mut plan = Plan {
        recipe: recipe(world, last_build, shared),
        runtime_reason: runtime.reason.clone(),
        steps,
        last_build,
        after,
        prepare: super::staging::test(&kept).into_iter().collect(),
        inserted: super::staging::inserted(world, &kept),
        parted: Vec::new(),
        single: false,
        first: Vec::new(),
        assumptions: kept.assumptions,
        gone,
        kept: kept.kept,
        download,
        stage: super::write::stage_name(
            analysis,
            match download {
                true => &["download", "fetch", "download-stage"],
                false => &["build", "builder", "build-stage"],
            },
        ),
        runtime,
    };
    super::prune::production(world, &mut plan);
    let gained = super::gain::gain(world, &plan, &leftovers, shared);
    plan.gone.extend(gained);
    if let Some(refusal) = copied_onto_itself(world, &plan) {
        return Err(refuse(refusal));
    }
    if plan.runtime.same && kept.dropped.is_empty() && !download {
        let in_place = |gone: &String| super::gain::rule_of(gone);
        let rules: Option<Vec<&str>> = plan.gone.iter().map(in_place).collect();
        let why = match rules.as_deref() {
            None => None,
            Some([]) => Some("nothing that only the build needs would be left out".to_owned()),
            Some([rule, ..]) => Some(format!(
                "only a cache would be left out, which the rule {rule} does without a second stage"
            )),
        };
        if let Some(why) = why {
            return Err(refuse(Refusal::of(analysis, from, "nothing-to-gain", why)));
        }
    }
    plan.gone
        .extend(kept.dropped.iter().map(|path| format!("`{path}`")));
    if download {
        plan.parted = super::expand::parted(world, &plan.steps, &plan.kept, last_build);
        if !super::fetched::is_worth_it(&plan) {
            return Err(Answer::Nothing(super::fetched::NOT_WORTH_IT));
        }
    }
    super::base_change::complete(world, &mut plan, product).map_err(refuse)?;
    super::layered::of_built(world, &mut plan);
    // Two lines may install the same package.
    let mut told = std::collections::BTreeSet::new();
    plan.gone.retain(|gone| told.insert(gone.clone()));
    Ok(plan)
}

/// What the names of packages hold that are as large as a language.
const COMPILERS: &[&str] = &[
    "build-base",
    "build-essential",
    "cargo",
    "clang",
    "erlang",
    "g++",
    "gcc",
    "gfortran",
    "ghc",
    "golang",
    "jdk",
    "llvm",
    "mono",
    "nodejs",
    "npm",
    "rust",
    "texlive",
];

fn without_command(world: &World<'_>) -> Refusal {
    Refusal::of(
        world.analysis,
        world.from,
        "no-command",
        "the file says nothing about what is run, so what the program needs can't be told",
    )
}

/// The images of languages have these below `/usr/local`: to copy all of it onto the same image costs more than a tool or a
/// cache.
fn copied_onto_itself(world: &World<'_>, plan: &Plan<'_>) -> Option<Refusal> {
    let language = matches!(
        world.image.family(),
        "gcc" | "golang" | "node" | "php" | "python" | "ruby" | "rust" | "tomcat"
    );
    // Gigabytes of libraries.
    let cuda = world.image.text.contains("cuda") && !world.image.is_plain();
    let whole = plan
        .kept
        .iter()
        .any(|kept| kept.directory && kept.path == "/usr/local");
    let heavy = |gone: &String| {
        gone.strip_prefix("the package ")
            .is_some_and(|name| name == "go" || COMPILERS.iter().any(|it| name.contains(it)))
    };
    let little = !plan.gone.iter().any(heavy);
    let costs = whole && plan.runtime.same && (cuda || language && little);
    costs.then(|| {
        Refusal::of(
            world.analysis,
            world.from,
            "nothing-to-gain",
            format!(
                "`/usr/local` of `{}` would be copied onto itself, which costs more than what is left out",
                world.image.text
            ),
        )
    })
}

/// What the shared instructions left in the runtime stage meets what is copied there: a copy adds and replaces files, but
/// removes none, and puts no link in the place of a directory.
fn overlaid(
    world: &World<'_>,
    kept: &mut Keeping,
    shared: usize,
    last_build: usize,
) -> Result<(), Refusal> {
    let mut filled: Vec<String> = Vec::new();
    for instruction in world.analysis.stage_instructions(0) {
        let copies = matches!(
            instruction.kind,
            InstructionKind::Copy | InstructionKind::Add
        );
        if copies && instruction.index <= shared {
            let target = destination(world.analysis, instruction);
            filled.extend(target.root().map(str::to_owned));
        }
    }
    let early = |run: &&Run<'_>| run.instruction.index <= shared;
    for done in world.runs.iter().filter(early).flat_map(|run| &run.done) {
        filled.extend(done.directory.root().map(str::to_owned));
    }
    // What was there before is there still.
    kept.dropped.retain(|path| {
        !filled
            .iter()
            .any(|other| within(other, path) || within(path, other) && other != "/")
    });
    let late =
        |run: &&Run<'_>| run.instruction.index > shared && run.instruction.index <= last_build;
    for done in world.runs.iter().filter(late).flat_map(|run| &run.done) {
        let Act::Files(files) = &done.act else {
            continue;
        };
        let links = if files.link {
            files.writes.as_slice()
        } else {
            &[]
        };
        let inside =
            |path: &str, above: &String| path != above && above != "/" && within(path, above);
        for place in files.deletes.iter().chain(links) {
            let meets = place.root().is_none_or(|path| {
                kept.kept.iter().any(|kept| within(path, &kept.path))
                    || filled.iter().any(|above| inside(path, above))
            });
            if meets {
                let what = quote(world.analysis, done.range);
                return Err(Refusal::at(
                    world.analysis,
                    done.range,
                    "overlaid",
                    format!("{what} removes or replaces what may be in both stages"),
                ));
            }
        }
    }
    Ok(())
}

/// The end of the build: lines behind the last step that only copy and move its result belong to it.
fn prepared(world: &World<'_>, last_build: usize) -> usize {
    let mut leftovers = Leftovers::new(&world.image);
    for run in world
        .runs
        .iter()
        .filter(|run| run.instruction.index <= last_build && is_build(run))
    {
        leftovers.follow(run.instruction.index, &run.done);
    }
    let made = |place: &Place| {
        place.root().is_some_and(|path| {
            let trees = leftovers
                .left
                .iter()
                .filter(|left| left.recipe.is_some() && left.path != "/");
            trees.clone().any(|left| within(path, &left.path))
        })
    };
    let mut last = last_build;
    for run in world
        .runs
        .iter()
        .filter(|run| run.instruction.index > last_build)
    {
        let takes = run.done.iter().any(|done| match &done.act {
            Act::Files(files) => !files.attributes && files.reads.iter().any(made),
            _ => false,
        });
        let between = world.analysis.stage_instructions(0);
        let mut between = between.filter(|it| last < it.index && it.index < run.instruction.index);
        let next = between.all(|it| it.kind == InstructionKind::Workdir);
        // Right behind the build it only tidies up.
        let built = |place: &Place| {
            place.root().is_some_and(|path| {
                leftovers.left.iter().any(|left| {
                    left.recipe.is_some_and(|recipe| recipe != download::ID)
                        && left.path != "/"
                        && within(path, &left.path)
                })
            })
        };
        let deletes = |done: &Done| match &done.act {
            Act::Files(files) => Some(files.writes.is_empty() && files.deletes.iter().all(built)),
            _ => None,
        };
        let mut deleting = run.done.iter().filter_map(deletes).peekable();
        let removes = next && deleting.peek().is_some() && deleting.all(|made| made);
        if only_files(run) && (takes || removes) {
            last = run.instruction.index;
        }
    }
    last
}

/// Whether a RUN does nothing but copy, move and remove files.
fn only_files(run: &Run<'_>) -> bool {
    run.done.iter().all(|done| match &done.act {
        Act::Files(files) => !files.link,
        Act::Nothing | Act::Housekeeping => true,
        _ => false,
    })
}

/// A command that may do anything.
fn unreadable(world: &World<'_>, shared: Option<usize>) -> Option<Refusal> {
    let rest = |run: &&Run<'_>| Some(run.instruction.index) > shared;
    for run in world.runs.iter().filter(rest) {
        let unknown = run.done.iter().find(|done| done.act == Act::Unknown);
        if let Some(done) = unknown {
            let what = quote(world.analysis, done.range);
            return Some(Refusal::at(
                world.analysis,
                done.range,
                "may-write-anywhere",
                format!("{what} may write anywhere"),
            ));
        }
    }
    None
}

/// The recipe that the file is counted under: that of the most telling work, the last one of these.
fn recipe(world: &World<'_>, last_build: usize, shared: Option<usize>) -> &'static str {
    let counts = |run: &&Run<'_>| {
        run.instruction.index <= last_build && Some(run.instruction.index) > shared
    };
    let made = world.runs.iter().filter(counts).flat_map(|run| &run.done);
    let made = made.filter_map(|done| match &done.act {
        Act::Make(made) => Some((made.kind, made.recipe)),
        _ => None,
    });
    let ranked = made.max_by_key(|(kind, recipe)| match (*recipe, *kind) {
        ("download", _) => (0, Work::Fetch),
        ("generic", kind) => (1, kind),
        (_, kind) => (2, kind),
    });
    ranked.map_or("generic", |(_, recipe)| recipe)
}
