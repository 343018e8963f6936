//! What each instruction is for: only the build, only the program, or both.

use super::acts::{self, Act, Done, Made, Work};
use super::keep::{self, Kept};
use super::left::Leftovers;
use super::needs::{Needs, touched};
use super::place::{Place, Shell, within};
use super::refusal::{Refusal, quote};
use super::runtime_base::{self, Image, Runtime};
use super::{Answer, install};
use crate::model::{Analysis, Args, Base, Instruction, InstructionKind, State};
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
    /// Lines at the start of the runtime stage.
    pub(super) first: Vec<Extra>,
    /// What is taken for granted, in sentences.
    pub(super) assumptions: Vec<String>,
    /// What the final image has no longer.
    pub(super) gone: Vec<String>,
    /// Whether the only work is to download.
    pub(super) download: bool,
}

/// What a RUN does, by the kinds of its commands.
pub(super) struct Run<'a> {
    pub(super) instruction: &'a Instruction,
    pub(super) done: Vec<Done>,
}

impl Run<'_> {
    pub(super) fn work(&self) -> Option<Work> {
        let works = self.done.iter().filter_map(|done| match &done.act {
            Act::Make(made) => Some(made.kind),
            _ => None,
        });
        works.max()
    }

    pub(super) fn has(&self, test: impl Fn(&Act) -> bool) -> bool {
        self.done.iter().any(|done| test(&done.act))
    }

    /// Whether it only cleans up.
    fn only_cleans(&self) -> bool {
        self.has(|act| matches!(act, Act::Remove(_) | Act::Housekeeping))
            && !self.has(|act| !matches!(act, Act::Remove(_) | Act::Housekeeping | Act::Nothing))
    }
}

/// Everything that the decisions are made from.
pub(super) struct World<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) from: &'a Instruction,
    pub(super) facts: &'a Facts,
    pub(super) image: Image,
    pub(super) needs: Needs,
    pub(super) runs: Vec<Run<'a>>,
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
    let last_build = prepared(world, last_build);
    let download = compiled.is_none();
    if download
        && (shared.is_some()
            || world.runs.iter().any(|run| {
                run.has(|act| matches!(act, Act::Install(_) | Act::System | Act::Unknown))
            }))
    {
        return Err(Answer::Nothing("the file builds nothing"));
    }
    let plain = world.image.is_plain();
    let fetched = world
        .runs
        .iter()
        .filter(|run| run.instruction.index <= last_build)
        .flat_map(|run| &run.done);
    let strange = fetched.filter_map(|done| match &done.act {
        Act::Make(made) => Some(made),
        _ => None,
    });
    // A directory of the image would be copied with all that it has anyway.
    let whole = |output: &acts::Output| {
        matches!(output, acts::Output::Tree(_) | acts::Output::Prefix(_)) && !plain
    };
    if download
        && strange
            .into_iter()
            .any(|made| made.recipe != "download" || made.outputs.iter().any(whole))
    {
        return Err(Answer::Nothing("the file builds nothing"));
    }
    if let Some(refusal) = unreadable(world, shared) {
        return Err(refuse(refusal));
    }
    let command = world.needs.own_command;
    let mut leftovers = Leftovers::default();
    for run in &world.runs {
        if run.instruction.index <= last_build
            && (is_build(run) || run.instruction.index == last_build)
        {
            leftovers.follow(run.instruction.index, &run.done);
        }
    }
    leftovers.only_after(shared);
    let product = keep::product(world, last_build);
    let runtime = match shared {
        Some(_) => runtime_base::unchanged(&world.image),
        None => runtime_base::choose(&world.image, product, settings)
            .map_err(|why| refuse(Refusal::of(analysis, from, "runtime-base", why)))?,
    };
    let inherits = runtime.same && is_server(&world.image);
    if !command && !inherits {
        return Err(refuse(Refusal::of(
            analysis,
            from,
            "no-command",
            "the file says nothing about what is run, so what the program needs can't be told",
        )));
    }
    let mut kept =
        keep::keep(world, &leftovers, last_build, product, &runtime, shared).map_err(refuse)?;
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
        prepare: Vec::new(),
        first: Vec::new(),
        assumptions: kept.assumptions,
        gone,
        kept: kept.kept,
        download,
        runtime,
    };
    if plan.runtime.same && plan.gone.is_empty() && kept.dropped.is_empty() && !download {
        return Err(refuse(Refusal::of(
            analysis,
            from,
            "nothing-to-gain",
            "nothing that only the build needs would be left out",
        )));
    }
    plan.gone
        .extend(kept.dropped.iter().map(|path| format!("`{path}`")));
    super::base_change::complete(world, &mut plan, product).map_err(refuse)?;
    Ok(plan)
}

/// What the shared instructions left in the runtime stage meets what is copied there: a copy adds and replaces files, but
/// removes none, and puts no link in the place of a directory.
fn overlaid(
    world: &World<'_>,
    kept: &mut keep::Keeping,
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
    let mut leftovers = Leftovers::default();
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
        let only_files = run.done.iter().all(|done| match &done.act {
            Act::Files(files) => !files.link,
            Act::Nothing | Act::Housekeeping => true,
            _ => false,
        });
        let takes = run.done.iter().any(|done| match &done.act {
            Act::Files(files) => !files.attributes && files.reads.iter().any(made),
            _ => false,
        });
        if only_files && takes {
            last = run.instruction.index;
        }
    }
    last
}

/// Whether what a RUN leaves is copied, rather than made again.
pub(super) fn is_build(run: &Run<'_>) -> bool {
    run.work().is_some()
}

fn is_server(image: &Image) -> bool {
    matches!(
        image.family(),
        "nginx"
            | "httpd"
            | "tomcat"
            | "php"
            | "postgres"
            | "mysql"
            | "mariadb"
            | "redis"
            | "mongo"
            | "memcached"
            | "haproxy"
            | "wordpress"
            | "jenkins/jenkins"
            | "jenkins"
            | "rabbitmq"
            | "drupal"
            | "nextcloud"
    )
}

/// Reads the file, or says why it is no candidate.
fn world<'a>(analysis: &'a Analysis, facts: &'a Facts) -> Result<World<'a>, Answer> {
    if !analysis.errors.is_empty() || !analysis.expansion_errors.is_empty() {
        return Err(Answer::Nothing("the file has errors"));
    }
    let [stage] = analysis.stages.as_slice() else {
        return Err(Answer::Nothing("the file has several stages already"));
    };
    if stage.windows || !matches!(stage.base, Base::Image(_)) {
        return Err(Answer::Nothing(
            "the stage starts from no image that programs run in",
        ));
    }
    let (Some(from), Some(image)) = (super::from_of(analysis), Image::of(analysis, stage)) else {
        return Err(Answer::Nothing("the stage starts from no image"));
    };
    let mut runs = Vec::new();
    let mut unread = None;
    for instruction in analysis
        .stage_instructions(0)
        .filter(|it| it.kind == InstructionKind::Run)
    {
        match acts::read(analysis, instruction, &image) {
            Some(done) => runs.push(Run { instruction, done }),
            None => unread = unread.or(Some(instruction)),
        }
    }
    if !runs.iter().any(|run| run.work().is_some()) {
        return Err(Answer::Nothing("the file builds nothing"));
    }
    let refuse = |instruction: &Instruction, kind, why: String| {
        Answer::Refused(Refusal::of(analysis, instruction, kind, why))
    };
    let compiles = runs.iter().any(|run| run.work() >= Some(Work::Packages));
    if let Some(instruction) = unread.filter(|_| compiles) {
        return Err(refuse(
            instruction,
            "unreadable",
            format!(
                "what {} does can't be read",
                quote(analysis, instruction.range)
            ),
        ));
    }
    if let Some((instruction, freeze)) = analysis.frozen().next().filter(|_| compiles) {
        return Err(refuse(instruction, "frozen", freeze.message.to_string()));
    }
    if unread.is_some() || analysis.frozen().next().is_some() {
        return Err(Answer::Nothing("the file builds nothing"));
    }
    let onbuild = analysis
        .stage_instructions(0)
        .find(|it| it.kind == InstructionKind::Onbuild);
    if let Some(instruction) = onbuild {
        return Err(refuse(
            instruction,
            "onbuild",
            "the image is made to build others, which need its tools".to_owned(),
        ));
    }
    if image.has_word("onbuild") {
        return Err(refuse(
            from,
            "onbuild",
            format!(
                "`{}` runs instructions of its own in this build",
                image.text
            ),
        ));
    }
    own_node(&image, &mut runs);
    let mut needs = Needs::of(analysis);
    needs.look_up(&runs);
    Ok(World {
        needs,
        from,
        analysis,
        facts,
        image,
        runs,
    })
}

/// In an image without Node, of which no package is installed, it was unpacked or built below `/usr/local`, and what npm
/// installs for all goes there too.
fn own_node(image: &Image, runs: &mut [Run<'_>]) {
    let acts = || runs.iter().flat_map(|run| &run.done).map(|done| &done.act);
    let packaged = acts().any(|act| match act {
        Act::Install(install) => install
            .packages
            .iter()
            .any(|(_, name)| name.starts_with("node") || name.starts_with("npm") || name == "yarn"),
        // It may bring anything.
        Act::Unknown => true,
        _ => false,
    });
    if packaged || !image.is_plain() {
        return;
    }
    for done in runs.iter_mut().flat_map(|run| &mut run.done) {
        if done.act == Act::System && matches!(done.program.as_str(), "npm" | "yarn" | "pnpm") {
            done.act = Act::Make(Made {
                recipe: super::recipes::node::ID,
                kind: Work::Packages,
                outputs: vec![acts::Output::Prefix(Place::At("/usr/local".to_owned()))],
            });
        }
    }
}

/// Whether the only stage of a file compiles something.
pub(super) fn compiles(analysis: &Analysis) -> bool {
    let [stage] = analysis.stages.as_slice() else {
        return false;
    };
    let Some(image) = Image::of(analysis, stage) else {
        return false;
    };
    analysis
        .stage_instructions(0)
        .filter(|it| it.kind == InstructionKind::Run)
        .filter_map(|run| acts::read(analysis, run, &image))
        .flatten()
        .any(|done| matches!(&done.act, Act::Make(made) if made.kind == Work::Compile))
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

struct Planner<'w, 'a> {
    world: &'w World<'a>,
    kept: keep::Keeping,
    shared: Option<usize>,
    last_build: usize,
    download: bool,
    /// Paths that are certainly there in the runtime stage before the copies.
    present: Vec<String>,
    after: Vec<Extra>,
    gone: Vec<String>,
    runtime: &'w Runtime,
}

impl<'a> Planner<'_, 'a> {
    fn step(&mut self, instruction: &'a Instruction) -> Result<Step<'a>, Refusal> {
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
            && places.iter().all(|(_, place)| inside(place))
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

    /// A RUN that builds: what of it has to be repeated where the program runs.
    fn build(&mut self, run: &Run<'a>) -> Result<Step<'a>, Refusal> {
        self.attributes(run)?;
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
                let mut trees: Vec<String> = self
                    .kept
                    .trees()
                    .filter(|tree| within(tree, path))
                    .map(str::to_owned)
                    .collect();
                // A directory above what is copied is made anew as well.
                let above = |kept: &Kept| kept.target != *path && within(&kept.target, path);
                if self.kept.kept.iter().any(above) && !keep::is_system(path) {
                    trees.push(path.clone());
                }
                for tree in trees {
                    let text = self.world.analysis.text(done.range);
                    let words: Vec<&str> = text.split_whitespace().collect();
                    let recursive = words
                        .iter()
                        .any(|word| word.starts_with('-') && word.contains(['R', 'r']));
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
