//! Downloads that are unpacked among the system's own files: which files they are nobody knows, so both stages fetch them.

use super::acts::{Act, Work};
use super::directories::is_system;
use super::keeping::Keeping;
use super::left::{Left, Leftovers, Shape};
use super::recipes::download;
use super::refusal::quote;
use super::world::{Run, World};

/// The instructions that do nothing but fetch and unpack, and whose files can't be told from the system's own.
pub(super) fn again(world: &World<'_>, leftovers: &Leftovers, last_build: usize) -> Vec<usize> {
    let among = |left: &&Left| {
        left.recipe == Some(download::ID)
            && left.instruction < last_build
            && is_system(&left.path)
            && matches!(left.shape, Shape::Tree | Shape::One)
    };
    let fetches = |instruction: &usize| {
        let run = world
            .runs
            .iter()
            .find(|run| run.instruction.index == *instruction);
        run.is_some_and(only_fetches)
    };
    let mut found: Vec<usize> = leftovers
        .left
        .iter()
        .filter(among)
        .map(|left| left.instruction)
        .filter(fetches)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn only_fetches(run: &Run<'_>) -> bool {
    // What is installed for the download alone stays in the image, so it has to be little.
    const TOOLS: &[&str] = &[
        "curl",
        "wget",
        "tar",
        "unzip",
        "xz-utils",
        "bzip2",
        "gzip",
        "ca-certificates",
    ];
    // An archive that another line fetched would not be there.
    let fetches = |program: &str| matches!(program, "curl" | "wget");
    run.work() == Some(Work::Fetch)
        && run.done.iter().any(|done| fetches(&done.program))
        && run.done.iter().all(|done| match &done.act {
            Act::Make(made) => made.recipe == download::ID,
            Act::Install(install) => install
                .packages
                .iter()
                .all(|(_, name)| TOOLS.contains(&name.as_str())),
            Act::Unknown | Act::Remove(_) => false,
            _ => true,
        })
}

/// Says what is taken for granted of them.
pub(super) fn tell(world: &World<'_>, keeping: &mut Keeping) {
    for index in &keeping.again {
        let Some(instruction) = world.analysis.instructions.get(*index) else {
            continue;
        };
        let what = quote(world.analysis, instruction.range);
        keeping.assumptions.push(format!(
            "{what} finds the same files when the other stage fetches them once more"
        ));
    }
}
