//! The certificates of the authorities, which programs that speak TLS read: in the images of Debian and Ubuntu they come with a
//! tool for downloads, and would go with it.

use super::acts::{Act, Install};
use super::image::System;
use super::install::only_fetches;
use super::keeping::Kept;
use super::packages::{Fate, fate, name_of};
use super::plan::{Plan, Purpose};
use super::world::World;
use crate::model::InstructionKind;

/// The package that holds them, under one name everywhere.
pub(super) const PACKAGE: &str = "ca-certificates";

/// The file that most programs read.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Tools that recommend the certificates.
const TOOLS: &[&str] = &["curl", "wget", "git"];

/// Whether the runtime stage needs the certificates in the place of a tool: apt installed them beside it without being asked
/// to, and there is something else to install. No line is there for them alone: [`of_compiled`] copies one file instead.
pub(super) fn came_with(
    world: &World<'_>,
    system: &System,
    install: &Install,
    package: &str,
) -> bool {
    let stays = |text: &String| {
        let found = fate(name_of(text), system);
        matches!(found, Fate::Keep | Fate::Instead(_))
    };
    let is_first =
        |(first, name): (&Install, &str)| std::ptr::eq(first, install) && name == package;
    let mut tools = packages(world).filter(|(_, name)| TOOLS.contains(name));
    first_tool(world).is_some_and(is_first)
        && tools.all(|(_, name)| only_fetches(world, name))
        && installs(world).any(|install| install.packages.iter().any(|(_, text)| stays(text)))
}

/// Copies the file for programs of Go and Rust, which look for nothing else.
pub(super) fn of_compiled(world: &World<'_>, plan: &mut Plan<'_>) {
    let has = plan
        .kept
        .iter()
        .any(|kept| kept.path.starts_with("/etc/ssl"));
    let reads = matches!(plan.recipe, "go" | "rust");
    if reads && !has && !are_installed(world, plan) && first_tool(world).is_some() {
        plan.kept.insert(0, bundle());
    }
}

/// The file as something that the runtime stage copies.
pub(super) fn bundle() -> Kept {
    Kept {
        path: BUNDLE.to_owned(),
        target: BUNDLE.to_owned(),
        directory: false,
        reason: "programs that speak TLS read the authorities' certificates, which the smaller image has not".to_owned(),
    }
}

/// Whether the runtime stage installs the certificates.
pub(super) fn are_installed(world: &World<'_>, plan: &Plan<'_>) -> bool {
    plan.steps.iter().any(|step| {
        step.purpose != Purpose::Build
            && step.instruction.kind == InstructionKind::Run
            && step
                .runtime
                .as_deref()
                .unwrap_or_else(|| world.analysis.text(step.instruction.range))
                .contains(PACKAGE)
    })
}

/// The tool with which they came first, and its install; `None` where they are in the image from the start, are asked for by
/// name, or may not have come.
fn first_tool<'w>(world: &'w World<'_>) -> Option<(&'w Install, &'w str)> {
    // An option of one line or a file of apt's configuration.
    let recommends = !world.analysis.source.contains("ecommends");
    let plain = world.image.is_plain() && world.image.system.debian_like;
    if !plain || !recommends || packages(world).any(|(_, name)| name == PACKAGE) {
        return None;
    }
    packages(world).find(|(_, name)| TOOLS.contains(name))
}

fn packages<'w>(world: &'w World<'_>) -> impl Iterator<Item = (&'w Install, &'w str)> {
    installs(world).flat_map(|install| {
        let texts = install.packages.iter().map(|(_, text)| text.as_str());
        texts.map(move |text| (install, name_of(text)))
    })
}

fn installs<'w>(world: &'w World<'_>) -> impl Iterator<Item = &'w Install> {
    let done = world.runs.iter().flat_map(|run| &run.done);
    done.filter_map(|done| match &done.act {
        Act::Install(install) if install.manager == "apt-get" => Some(install),
        _ => None,
    })
}
