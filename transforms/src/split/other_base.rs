//! A file that builds nothing, on a smaller image that a person has chosen: all that it copies needs only the interpreter.
//!
//! There is no second stage: what would pass through it comes from the build context as it is, and the image that the file
//! names would be fetched for nothing.

use super::base_change;
use super::place::base_name;
use super::plan::{Plan, Purpose, Step};
use super::product::product;
use super::refusal::Refusal;
use super::runtime_base::{self, Product, Runtime};
use super::world::{self, World};
use super::{recipes, scripts};
use crate::model::{Analysis, InstructionKind};
use crate::{Facts, RuntimeBase, Settings};

/// The plan for a file without any RUN; `None` when no other image was chosen for it, or it is no file for that.
pub(super) fn plan<'a>(
    analysis: &'a Analysis,
    settings: &'a Settings,
    facts: &'a Facts,
) -> Option<Result<Plan<'a>, Refusal>> {
    if settings.runtime_base == RuntimeBase::SameFamilySlim {
        return None;
    }
    let world = world::ready(analysis, facts)?;
    let copies = analysis
        .stage_instructions(0)
        .any(|it| matches!(it.kind, InstructionKind::Copy | InstructionKind::Add));
    let nothing = world.runs.is_empty()
        && !analysis
            .stage_instructions(0)
            .any(|it| it.kind == InstructionKind::Run);
    if !nothing || !copies || !world.needs.own_command || world.needs.builds().is_some() {
        return None;
    }
    let product = product(&world, usize::MAX);
    let runtime = chosen(&world, product, settings)?;
    let mut plan = ready(&world, runtime);
    if let Err(refusal) = base_change::complete(&world, &mut plan, product) {
        return Some(Err(refusal));
    }
    // What only another stage could bring.
    let alone = plan.kept.is_empty() && plan.prepare.is_empty() && plan.after.is_empty();
    alone.then_some(Ok(plan))
}

/// The image that a person chose, if it has the interpreter and the C library of the one that the file names.
fn chosen(world: &World<'_>, product: Product, settings: &Settings) -> Option<Runtime> {
    let image = &world.image;
    let by_default = Settings {
        runtime_base: RuntimeBase::SameFamilySlim,
        ..settings.clone()
    };
    let runtime = runtime_base::choose(image, product, settings).ok()?;
    let usual = runtime_base::choose(image, product, &by_default);
    if runtime.same || usual.is_ok_and(|usual| usual.text == runtime.text) {
        return None;
    }
    let starts = |name: &str| {
        let mut programs = world.needs.programs.iter();
        programs.any(|program| base_name(program) == name)
    };
    let interpreter = if runtime.text.contains("distroless/") {
        runtime.text.contains("distroless/nodejs") && starts("node")
            || runtime.text.contains("distroless/java") && starts("java")
    } else {
        let mapped = matches!(settings.runtime_base, RuntimeBase::Map(_));
        let same_library = runtime.system.alpine == image.system.alpine;
        same_library && (runtime.same_family || mapped)
    };
    (interpreter && runtime.text != "scratch").then_some(runtime)
}

fn ready<'a>(world: &World<'a>, runtime: Runtime) -> Plan<'a> {
    let analysis = world.analysis;
    let step = |instruction| Step {
        instruction,
        purpose: Purpose::Runtime,
        reason: match instruction.kind {
            InstructionKind::Copy | InstructionKind::Add => "the program may read it",
            _ => "it describes the image that runs",
        }
        .to_owned(),
        runtime: None,
    };
    let recipe = match world.image.family() {
        "node" => recipes::node::ID,
        "python" => "python",
        "ruby" => "ruby",
        "php" => recipes::php::ID,
        "openjdk" | "java" | "eclipse-temurin" | "maven" | "gradle" | "amazoncorretto" => "java",
        _ => "generic",
    };
    let mut assumptions = Vec::new();
    if !runtime.same_family && !runtime.empty {
        assumptions.push(format!(
            "`{}` has all programs that the command starts",
            runtime.text
        ));
    }
    if scripts::started(world).is_empty() && world.facts.project.is_none() {
        assumptions.push("what is copied calls no other program of the image".to_owned());
    }
    Plan {
        recipe,
        runtime_reason: runtime.reason.clone(),
        steps: analysis.stage_instructions(0).map(step).collect(),
        last_build: usize::MAX,
        kept: Vec::new(),
        after: Vec::new(),
        prepare: Vec::new(),
        inserted: Vec::new(),
        parted: Vec::new(),
        first: Vec::new(),
        assumptions,
        gone: Vec::new(),
        download: false,
        single: true,
        stage: "build",
        runtime,
    }
}
