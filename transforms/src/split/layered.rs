//! A jar of Spring Boot, taken apart so that a change of the program replaces none of its libraries: a jar that is copied as it
//! is, or one that the build makes.

use super::acts::Act;
use super::base_change;
use super::keeping::Kept;
use super::place::{Place, base_name, parent, within};
use super::plan::{Extra, Plan, Purpose, Step};
use super::planner::destination;
use super::runtime_base::{self, Product, Runtime};
use super::scripts;
use super::settle::mentions;
use super::spring::{self, Boot};
use super::world::{self, World};
use crate::model::{Analysis, Args, Form, Instruction, InstructionKind, Part, Value};
use crate::{Facts, Settings};

/// The recipe's id.
const ID: &str = super::recipes::spring::ID;

/// The plan for a file that builds nothing and starts a jar that it copies; `None` when it does not, or nothing says that the
/// jar has layers.
pub(super) fn plan<'a>(
    analysis: &'a Analysis,
    settings: &'a Settings,
    facts: &'a Facts,
) -> Option<Plan<'a>> {
    let world = world::ready(analysis, facts)?;
    let start = Start::of(&world)?;
    let copy = copy_of(&world, &start.jar)?;
    let boot = spring::of_source(&world, &copy.source)?;
    let place = Target::of(&world, &start.jar)?;
    if !has_java(&world) || !jar_is_free(&world, &start, copy.instruction) {
        return None;
    }
    let product = Product::Java;
    let image = &world.image;
    let unchanged =
        || runtime_base::same(image, "the program runs in the image that the file names");
    let changes = world
        .runs
        .iter()
        .any(|run| run.has(|act| matches!(act, Act::Install(_) | Act::System)));
    let chosen = runtime_base::choose(image, product, settings).ok();
    // Packages have other names, and another manager, in another family.
    let chosen = chosen.filter(|runtime| runtime.same || runtime.same_family || !changes);
    // Where the smaller image lacks something, the layers are worth it on the same one.
    let mut candidates = chosen.into_iter().chain([unchanged()]);
    candidates.find_map(|runtime| {
        let mut plan = ready(&world, &start, &copy, &boot, &place, runtime);
        base_change::complete(&world, &mut plan, product).ok()?;
        Some(plan)
    })
}

/// Takes the jar apart that the build makes and the plan copies, where the build files say that it has layers.
pub(super) fn of_built(world: &World<'_>, plan: &mut Plan<'_>) {
    let Some(start) = Start::of(world) else {
        return;
    };
    let Some(at) = plan
        .kept
        .iter()
        .position(|kept| kept.path == start.jar && kept.target == start.jar && !kept.directory)
    else {
        return;
    };
    let boot = module_of(world, &start.jar).and_then(|module| {
        spring::of_build_files(|name| scripts::text_of(world, &format!("{module}/{name}")))
    });
    let (Some(boot), Some(place)) = (boot, Target::of(world, &start.jar)) else {
        return;
    };
    let is_root = world
        .analysis
        .instructions
        .get(plan.last_build)
        .and_then(|last| world.analysis.state(last))
        .is_none_or(|state| state.is_root() || state.user.is_none());
    let named = plan.steps.iter().any(|step| {
        let names = world.analysis.text(step.instruction.range);
        step.purpose != Purpose::Build
            && step.instruction.index != start.instruction.index
            && names.contains(base_name(&start.jar))
    });
    if !is_root || named || plan.runtime.empty {
        return;
    }
    const LAYERS: &str = "/layers";
    plan.kept.remove(at);
    plan.prepare.push(extract(&boot, &start.jar, Some(LAYERS)));
    plan.after
        .extend(copies(&boot, plan.stage, "", LAYERS, &place.directory));
    for step in &mut plan.steps {
        if step.instruction.index == start.instruction.index {
            step.runtime = Some(start.launching(world, &boot, &place));
            step.reason = LAUNCH.to_owned();
        }
    }
    plan.assumptions.extend(assumptions(&boot));
    plan.recipe = ID;
}

/// Why the command is another one.
const LAUNCH: &str = "the launcher starts from the unpacked layers what `-jar` starts from the jar";

/// The command that starts a jar.
struct Start<'a> {
    instruction: &'a Instruction,
    /// The jar as the command names it.
    word: String,
    /// Its path.
    jar: String,
}

impl<'a> Start<'a> {
    /// The command of the only stage, when it is `java`, options, `-jar` and a jar, in any form, and nothing beside it.
    fn of(world: &World<'a>) -> Option<Self> {
        let analysis = world.analysis;
        let mut found = None;
        for index in &world.needs.commands {
            let instruction = analysis.instructions.get(*index)?;
            let text = analysis.text(instruction.range);
            if text.split(separates).any(|word| word == "-jar")
                && found.replace(instruction).is_some()
            {
                return None;
            }
        }
        let instruction = found?;
        if world.needs.commands.len() > 1 && instruction.kind == InstructionKind::Cmd {
            // An entrypoint that is handed this command.
            return None;
        }
        let text = analysis.text(instruction.range);
        if text.contains(['\\', '\n', ';', '|', '&', '<', '>', '`']) || text.contains("$(") {
            return None;
        }
        if let Form::Shell { script, .. } = &instruction.command()?.form
            && script.as_ref()?.simple_commands().len() != 1
        {
            return None;
        }
        let words: Vec<&str> = text
            .split(separates)
            .filter(|word| !word.is_empty())
            .collect();
        let java = words.iter().position(|word| base_name(word) == "java")?;
        let jar = words.iter().position(|word| *word == "-jar")?;
        let before = words.get(1..java)?;
        let wrapped = before.iter().all(|word| {
            matches!(
                *word,
                "sh" | "/bin/sh" | "bash" | "/bin/bash" | "-c" | "exec"
            )
        });
        let options = words.get(java + 1..jar)?;
        // Where classes are looked for is said by `-jar` alone.
        const PATHS: &[&str] = &[
            "-cp",
            "-classpath",
            "--class-path",
            "-p",
            "--module-path",
            "-m",
        ];
        let plain = options
            .iter()
            .all(|word| word.starts_with(['-', '$']) && !PATHS.contains(word));
        let word = (*words.get(jar + 1)?).to_owned();
        let path = match word.starts_with('/') {
            true => crate::model::join_path("/", &word),
            false => crate::model::join_path(world.needs.workdir.as_deref()?, &word),
        };
        (wrapped && plain && !word.contains(['$', '*'])).then_some(Self {
            instruction,
            word,
            jar: path,
        })
    }

    /// The instruction with the launcher in the place of the jar.
    fn launching(&self, world: &World<'_>, boot: &Boot, place: &Target) -> String {
        let text = world.analysis.text(self.instruction.range);
        let Some((head, rest)) = text.split_once("-jar") else {
            return text.to_owned();
        };
        let Some((between, tail)) = rest.split_once(self.word.as_str()) else {
            return text.to_owned();
        };
        let launcher = boot.launcher;
        match place.by_working_directory {
            true => format!("{head}{launcher}{tail}"),
            false => format!(
                "{head}-cp{between}{}{between}{launcher}{tail}",
                place.directory
            ),
        }
    }
}

/// What stands between the words of a command, whatever its form.
fn separates(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '[' | ']' | ',')
}

/// Where the layers go.
struct Target {
    directory: String,
    /// Whether that is where the command starts, so that the launcher is found without saying where.
    by_working_directory: bool,
}

impl Target {
    fn of(world: &World<'_>, jar: &str) -> Option<Self> {
        let started_in = world.needs.workdir.as_deref();
        if let Some(directory) = started_in
            && directory != "/"
            && !super::directories::is_system(directory)
            && within(jar, directory)
        {
            return Some(Self {
                directory: directory.to_owned(),
                by_working_directory: true,
            });
        }
        let directory = jar.strip_suffix(".jar")?.to_owned();
        let taken = world.needs.mentions(&directory)
            || super::directories::is_system(&directory)
            || world.analysis.stage_instructions(0).any(|it| {
                let into = destination(world.analysis, it);
                into.root().is_some_and(|path| within(path, &directory))
            });
        let plain = directory
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.'));
        (!taken && plain).then_some(Self {
            directory,
            by_working_directory: false,
        })
    }
}

/// The line that copies the jar.
struct Copy<'a> {
    instruction: &'a Instruction,
    /// The source's key, which may have a wildcard.
    source: String,
    /// Its flags but for those that have no meaning for a copy from a stage, each with a blank behind.
    flags: String,
    /// Whether its destination depends on the directory.
    relative: bool,
}

fn copy_of<'a>(world: &World<'a>, jar: &str) -> Option<Copy<'a>> {
    let analysis = world.analysis;
    let mut found = None;
    for instruction in analysis.stage_instructions(0) {
        let (Args::Copy { sources, dest, .. }, Place::At(target)) =
            (&instruction.args, destination(analysis, instruction))
        else {
            continue;
        };
        let [source] = sources.as_slice() else {
            if within(jar, &target) && target != "/" {
                return None;
            }
            continue;
        };
        let expanded = analysis.expand(instruction, &source.text).ok()?;
        let Some(key) = usual(&expanded.value).as_deref().map(Facts::key) else {
            continue;
        };
        let path = match dest.text.ends_with(['/', '.']) {
            true => format!("{}/{}", target.trim_end_matches('/'), base_name(&key)),
            false => target,
        };
        if path != jar {
            continue;
        }
        if !key.ends_with(".jar") || instruction.flag("from").is_some() || found.is_some() {
            return None;
        }
        let mut flags = String::new();
        for flag in &instruction.flags {
            match flag.name.as_str() {
                "chown" => flags.push_str(&format!("{} ", analysis.text(flag.range))),
                "link" | "chmod" => return None,
                _ => {}
            }
        }
        found = Some(Copy {
            instruction,
            source: key,
            flags,
            relative: !dest.text.starts_with(['/', '$']),
        });
    }
    found
}

/// The text of a value in a build without build arguments.
fn usual(value: &Value) -> Option<String> {
    let part = |part: &Part| match part {
        Part::Literal(text) => Some(text.to_string()),
        Part::BuildArg { default, .. } => usual(default.as_ref()?),
        _ => None,
    };
    value.parts().iter().map(part).collect()
}

/// Whether the image itself brings Java.
fn has_java(world: &World<'_>) -> bool {
    let text = &world.image.text;
    [
        "jdk", "jre", "java", "temurin", "corretto", "liberica", "zulu", "graalvm",
    ]
    .iter()
    .any(|name| text.contains(name))
}

/// Whether nothing but the command depends on the jar as a file, and no line is unknown.
fn jar_is_free(world: &World<'_>, start: &Start<'_>, copy: &Instruction) -> bool {
    let name = base_name(&start.jar);
    world.analysis.stage_instructions(0).all(|it| {
        let names = world.analysis.text(it.range).contains(name);
        match it.kind {
            _ if it.index == start.instruction.index || it.index == copy.index => true,
            InstructionKind::Arg => true,
            InstructionKind::Run if names => touches(world, it),
            InstructionKind::Run => {
                let run = world
                    .runs
                    .iter()
                    .find(|run| run.instruction.index == it.index);
                run.is_some_and(|run| !run.has(|act| matches!(act, Act::Unknown)))
            }
            InstructionKind::Onbuild => false,
            _ => !names,
        }
    })
}

/// Whether a RUN only gives files another time.
fn touches(world: &World<'_>, run: &Instruction) -> bool {
    let run = world
        .runs
        .iter()
        .find(|it| it.instruction.index == run.index);
    run.is_some_and(|run| run.done.iter().all(|done| done.program == "touch"))
}

/// The directory of the project that makes a jar.
fn module_of(world: &World<'_>, jar: &str) -> Option<String> {
    let folder = parent(jar);
    for output in ["/target", "/build/libs"] {
        if let Some(module) = folder.strip_suffix(output) {
            return Some(module.to_owned());
        }
    }
    let runs = world.runs.iter().flat_map(|run| &run.done).rev();
    let mut made =
        runs.filter(|done| matches!(&done.act, Act::Make(made) if made.recipe == "java"));
    made.find_map(|done| done.directory.root().map(str::to_owned))
}

fn extract(boot: &Boot, jar: &str, directory: Option<&str>) -> Extra {
    Extra {
        text: format!("RUN {}", boot.extract(jar, directory)),
        reason: "the jar is taken apart into its layers".to_owned(),
    }
}

fn copies(boot: &Boot, stage: &str, flags: &str, from: &str, target: &str) -> Vec<Extra> {
    let from = from.trim_end_matches('/');
    let line = |layer: &String| Extra {
        text: format!("COPY --from={stage} {flags}{from}/{layer}/ {target}"),
        reason: format!("the layer `{layer}` is shared by all builds in which it is the same"),
    };
    boot.layers.iter().map(line).collect()
}

fn assumptions(boot: &Boot) -> Vec<String> {
    vec![
        boot.evidence.clone(),
        "the program does not look for its own jar: its classes lie unpacked, and the launcher starts them".to_owned(),
    ]
}

/// The plan for a jar that is copied as it is.
fn ready<'a>(
    world: &World<'a>,
    start: &Start<'a>,
    copy: &Copy<'a>,
    boot: &Boot,
    place: &Target,
    runtime: Runtime,
) -> Plan<'a> {
    let analysis = world.analysis;
    let early = |it: &Instruction| it.index < copy.instruction.index;
    let in_build = |it: &Instruction| {
        it.index == copy.instruction.index
            || early(it) && it.kind == InstructionKind::Workdir && copy.relative
            || it.kind == InstructionKind::Run
                && analysis.text(it.range).contains(base_name(&start.jar))
                && touches(world, it)
    };
    let read_by = |it: &Instruction, wanted: &dyn Fn(&Instruction) -> bool| {
        let Args::Pairs(pairs) = &it.args else {
            return false;
        };
        let mut later = analysis
            .stage_instructions(0)
            .filter(|other| other.index > it.index && wanted(other));
        later.any(|other| {
            let text = analysis.text(other.range);
            pairs.iter().any(|pair| mentions(text, &pair.name.text))
        })
    };
    let mut steps = Vec::new();
    for instruction in analysis.stage_instructions(0) {
        let step = |purpose, reason: &str| Step {
            instruction,
            purpose,
            reason: reason.to_owned(),
            runtime: None,
        };
        let needed = read_by(instruction, &in_build);
        steps.push(match instruction.kind {
            _ if instruction.index == start.instruction.index => Step {
                runtime: Some(start.launching(world, boot, place)),
                ..step(Purpose::Runtime, LAUNCH)
            },
            InstructionKind::Workdir if in_build(instruction) => step(
                Purpose::Both,
                "what follows in either stage starts from this directory",
            ),
            _ if in_build(instruction) => step(Purpose::Build, "the jar itself stays behind"),
            InstructionKind::Arg => {
                let runs = |it: &Instruction| {
                    it.kind == InstructionKind::Run && it.index > instruction.index
                };
                let runtime = read_by(instruction, &|it| !in_build(it))
                    || analysis
                        .stage_instructions(0)
                        .any(|it| runs(it) && !in_build(it));
                match (needed, runtime) {
                    (true, false) => step(
                        Purpose::Build,
                        "only the stage that takes the jar apart reads it",
                    ),
                    (true, true) => step(
                        Purpose::Both,
                        "a build argument is known only in the stage that declares it",
                    ),
                    (false, _) => step(Purpose::Runtime, "only the image that runs reads it"),
                }
            }
            InstructionKind::Env if needed && early(instruction) => step(
                Purpose::Both,
                "the program finds these variables, and the copy of the jar reads them",
            ),
            _ => step(
                Purpose::Runtime,
                "it describes or fills the image that runs",
            ),
        });
    }
    let stage = super::write::stage_name(analysis, &["extract", "layers"]);
    let folder = parent(&start.jar);
    let known = analysis
        .instructions
        .get(copy.instruction.index)
        .and_then(|it| analysis.state(it))
        .and_then(|state| state.known_workdir());
    let here = copy.relative && known == Some(folder) && folder != "/";
    let (jar, directory, layers) = match (here, boot.in_place()) {
        (true, true) => (base_name(&start.jar), None, folder.to_owned()),
        (true, false) => (
            base_name(&start.jar),
            Some("layers"),
            format!("{folder}/layers"),
        ),
        (false, _) => (start.jar.as_str(), Some("/layers"), "/layers".to_owned()),
    };
    let target = match place.by_working_directory {
        true => "./",
        false => place.directory.as_str(),
    };
    Plan {
        inserted: Vec::new(),
        parted: Vec::new(),
        single: false,
        recipe: ID,
        runtime_reason: runtime.reason.clone(),
        steps,
        last_build: copy.instruction.index,
        kept: Vec::<Kept>::new(),
        after: copies(boot, stage, &copy.flags, &layers, target),
        prepare: vec![extract(boot, jar, directory)],
        first: Vec::new(),
        assumptions: assumptions(boot),
        gone: vec![format!("`{}`", start.jar)],
        download: false,
        stage,
        runtime,
    }
}
