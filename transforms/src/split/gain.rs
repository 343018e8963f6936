//! What the image loses although the program stays in the same one: what is removed in a later layer than the one that made it,
//! and the caches of package managers.

use super::acts::Act;
use super::keeping::Kept;
use super::left::Leftovers;
use super::place::{base_name, within};
use super::plan::{Plan, Purpose};
use super::planner::destination;
use super::world::{Run, World, is_build};
use super::{context, directories};
use crate::model::InstructionKind;

/// A package manager that keeps what it downloads.
struct Cache {
    /// The programs that fill it.
    programs: &'static [&'static str],
    /// The first operand must be one of these; any when there are none.
    commands: &'static [&'static str],
    /// Whose cache it is, for a person.
    of: &'static str,
    /// Texts of a RUN that keeps or leaves no cache: options, and names of its directory.
    unless: &'static [&'static str],
}

/// Where tools keep their downloads is told by their own documentation: all of them below the home directory or the
/// directory of a variable, outside of the project.
const CACHES: &[Cache] = &[
    Cache {
        programs: &["npm"],
        commands: &["install", "i", "ci", "update"],
        of: "npm",
        unless: &[".npm", "cache clean", "cache clear", "cache rm"],
    },
    Cache {
        programs: &["yarn"],
        commands: &["install", "", "add"],
        of: "Yarn",
        unless: &["cache clean", "/.cache", "cache-folder", "CACHE_FOLDER"],
    },
    Cache {
        programs: &["pip", "pip2", "pip3"],
        commands: &["install"],
        of: "pip",
        unless: &["no-cache-dir", ".cache", "NO_CACHE", "cache purge"],
    },
    Cache {
        programs: &["mvn", "mvnw"],
        commands: &[],
        of: "Maven",
        unless: &[".m2", "maven.repo.local"],
    },
    Cache {
        programs: &["gradle", "gradlew"],
        commands: &[],
        of: "Gradle",
        unless: &[".gradle", "GRADLE_USER_HOME"],
    },
    Cache {
        programs: &["lein"],
        commands: &[],
        of: "Leiningen",
        unless: &[".m2", ".lein"],
    },
    Cache {
        programs: &["sbt"],
        commands: &[],
        of: "sbt",
        unless: &[".ivy2", ".sbt"],
    },
    Cache {
        programs: &["composer", "composer.phar"],
        commands: &["install", "update", "require", "create-project"],
        of: "Composer",
        unless: &[
            ".composer",
            "clear-cache",
            "clearcache",
            "cache-dir",
            "no-cache",
            "COMPOSER_HOME",
        ],
    },
];

/// The rule that leaves a cache out where it is filled, if there is one.
pub(super) fn rule_of(gained: &str) -> Option<&'static str> {
    match gained.strip_prefix("the cache of ")? {
        "npm" => Some("npm-cache-clean"),
        "Yarn" => Some("yarn-cache-clean"),
        "pip" => Some("pip-no-cache-dir"),
        _ => None,
    }
}

/// What the final image has no longer, one noun phrase each, where both stages start from the same image.
pub(super) fn gain(
    world: &World<'_>,
    plan: &Plan<'_>,
    leftovers: &Leftovers,
    shared: Option<usize>,
) -> Vec<String> {
    let mut gone = Vec::new();
    if shared.is_some() {
        // It would not be worth the lines that both stages have.
        return gone;
    }
    for step in &plan.steps {
        let instruction = step.instruction;
        let copies = matches!(
            instruction.kind,
            InstructionKind::Copy | InstructionKind::Add
        );
        let target = destination(world.analysis, instruction);
        let Some(path) = target.root().filter(|_| copies) else {
            continue;
        };
        if step.purpose != Purpose::Build
            || context::only_for_the_build(world.analysis, instruction)
            || context::is_manifest(base_name(path))
        {
            continue;
        }
        let within_kept =
            |kept: &Kept| within(path, &kept.path) && (kept.directory || kept.path == path);
        let part = leftovers.removed.iter().find(|removed| {
            removed.instruction > instruction.index
                && within(&removed.path, path)
                && !removed.own
                && !base_name(&removed.path).contains('.')
        });
        match (plan.kept.iter().any(within_kept), part) {
            (false, _) => gone.push(format!("what only the build reads of `{path}`")),
            (true, Some(removed)) => gone.push(format!(
                "`{}`, which a later layer removes from an earlier one",
                removed.path
            )),
            (true, None) => {}
        }
    }
    let lasting = leftovers.buried.iter().filter(|path| {
        !directories::is_system(path) && !plan.kept.iter().any(|kept| within(path, &kept.path))
    });
    gone.extend(
        lasting.map(|path| format!("`{path}`, which a later layer removes from an earlier one")),
    );
    let counts = |run: &&Run<'_>| run.instruction.index <= plan.last_build;
    for run in world.runs.iter().filter(counts).filter(|run| is_build(run)) {
        gone.extend(caches(world, run));
    }
    gone
}

/// The caches that the commands of a RUN fill and leave.
fn caches(world: &World<'_>, run: &Run<'_>) -> Vec<String> {
    let text = world.analysis.text(run.instruction.range);
    let mut found = Vec::new();
    for done in run
        .done
        .iter()
        .filter(|done| matches!(done.act, Act::Make(_)))
    {
        let words: Vec<&str> = world.analysis.text(done.range).split_whitespace().collect();
        let program = base_name(&done.program);
        let operand = words
            .iter()
            .skip_while(|word| base_name(word) != program)
            .skip(1)
            .find(|word| !word.starts_with('-'))
            .copied()
            .unwrap_or_default();
        let fills = |cache: &&Cache| {
            cache.programs.contains(&program)
                && (cache.commands.is_empty() || cache.commands.contains(&operand))
                && !cache
                    .unless
                    .iter()
                    .any(|part| world.analysis.source.contains(part))
        };
        found.extend(
            CACHES
                .iter()
                .find(fills)
                .filter(|_| !text.contains("--mount=type=cache"))
                .map(|cache| format!("the cache of {}", cache.of)),
        );
    }
    found
}
