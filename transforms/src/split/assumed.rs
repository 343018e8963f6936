//! What is taken for granted about programs that nobody has read.

use super::acts::{Act, Output};
use super::certificates;
use super::keeping::{Keeping, Kept};
use super::left::{Left, Leftovers, Shape};
use super::packages::is_tool;
use super::place::{base_name, within};
use super::plan::Plan;
use super::recipes::download;
use super::refusal::{Refusal, quote};
use super::world::World;

/// Tells what must hold for a program to do without what the build has.
///
/// # Errors
/// Too much of it for a reader to judge: files that a script may read which nobody has seen.
pub(super) fn of_build(
    world: &World<'_>,
    plan: &mut Plan<'_>,
    script: Option<&str>,
) -> Result<(), Refusal> {
    fetchers(world, plan);
    scripts_of_python(world, plan, script)?;
    beside_programs(plan);
    Ok(())
}

/// A compiled program may call what the large images of its language have beside the compiler.
pub(super) fn of_base(world: &World<'_>, plan: &mut Plan<'_>) {
    let compiled = matches!(
        world.image.family(),
        "golang" | "rust" | "gcc" | "maven" | "gradle" | "openjdk" | "eclipse-temurin"
    );
    if compiled {
        plan.assumptions.push(format!(
            "what runs uses no program and no library that `{}` has and `{}` has not",
            world.image.text, plan.runtime.text
        ));
    }
}

/// A program may call anything by name, and read the certificates that came with a tool.
fn fetchers(world: &World<'_>, plan: &mut Plan<'_>) {
    let mut names: Vec<&str> = Vec::new();
    for gone in &plan.gone {
        if let Some(name) = gone.strip_prefix("the package ")
            && is_tool(name)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    if names.is_empty() {
        return;
    }
    let with_certificates =
        |name: &&&str| matches!(**name, "wget" | "curl" | "git" | "ca-certificates");
    let told = names.iter().find(with_certificates).copied();
    let copied = plan
        .kept
        .iter()
        .any(|kept| kept.path.starts_with("/etc/ssl"));
    let plain = world.image.is_plain() && !copied && !certificates::are_installed(world, plan);
    if let Some(tool) = told.filter(|_| plain) {
        plan.assumptions.push(format!(
            "the program does not check certificates of authorities, which may have come with `{tool}`"
        ));
    }
    let names = names.join(", ");
    plan.assumptions.push(format!(
        "the program itself does not call what the build fetched with ({names})"
    ));
}

/// A program that is started where it was built may read what lies beside it.
fn beside_programs(plan: &mut Plan<'_>) {
    let mut told = Vec::new();
    for gone in &plan.gone {
        let Some((tree, _)) = gone.strip_prefix('`').and_then(|rest| rest.split_once('`')) else {
            continue;
        };
        // All of it was kept for the program.
        let whole = format!("all of `{tree}` ");
        if plan.assumptions.iter().any(|told| told.contains(&whole)) {
            continue;
        }
        let inside = |kept: &&Kept| !kept.directory && within(&kept.path, tree);
        told.extend(plan.kept.iter().filter(inside).map(|kept| {
            format!(
                "`{}` reads nothing else of `{tree}` when it runs",
                kept.path
            )
        }));
    }
    plan.assumptions.extend(told);
}

/// A program that was installed elsewhere may read what was fetched into the directory where it starts.
pub(super) fn started_beside(world: &World<'_>, leftovers: &Leftovers, keeping: &mut Keeping) {
    let Some(workdir) = world.needs.workdir.as_deref() else {
        return;
    };
    let fetches = |act: &Act, path: &str| match act {
        Act::Make(made) if made.recipe == download::ID => {
            let at = |output: &Output| match output {
                Output::One(place) | Output::Tree(place) => place.root() == Some(path),
                _ => false,
            };
            made.outputs.iter().any(at)
        }
        _ => false,
    };
    let done = || world.runs.iter().flat_map(|run| &run.done);
    let fetched = leftovers.left.iter().filter(|left| {
        matches!(left.shape, Shape::One | Shape::Tree)
            && left.path != "/"
            && within(workdir, &left.path)
            && done().any(|done| fetches(&done.act, &left.path))
    });
    let comes = |left: &&Left| keeping.trees().any(|tree| within(&left.path, tree));
    let told: Vec<String> = fetched
        .filter(|left| !comes(left))
        .map(|left| {
            let path = &left.path;
            format!("the program starts in `{path}` and reads nothing of what is fetched there")
        })
        .collect();
    keeping.assumptions.extend(told);
}

/// A `setup.py` may name any directory for the files that it installs beside its modules.
fn scripts_of_python(
    world: &World<'_>,
    plan: &mut Plan<'_>,
    script: Option<&str>,
) -> Result<(), Refusal> {
    for done in world.runs.iter().flat_map(|run| &run.done) {
        let Act::Make(_) = done.act else { continue };
        let mut words = (world.analysis.text(done.range).split_ascii_whitespace())
            .skip_while(|word| base_name(word) != "setup.py");
        if words.next().is_some() && words.any(|word| matches!(word, "install" | "develop")) {
            let quoted = quote(world.analysis, done.range);
            if let Some(script) = script {
                let why =
                    format!("{quoted} may install files anywhere, and `{script}` may read them");
                return Err(Refusal::at(
                    world.analysis,
                    done.range,
                    "unknown-script",
                    why,
                ));
            }
            plan.assumptions.push(format!(
                "{quoted} installs only among the packages of Python"
            ));
        }
    }
    Ok(())
}
