//! Node's development dependencies: what only the build needs of the modules stays behind.

use serde_json::Value;

use super::acts::{Act, Done, Work};
use super::place::{Place, base_name, within};
use super::plan::{Extra, Plan};
use super::scripts;
use super::world::World;

/// Adds the line that removes the development dependencies to the end of the build, where it is right: npm has installed them by
/// a lock file, all that is started is a script in Node, and nobody removes them yet.
pub(super) fn production(world: &World<'_>, plan: &mut Plan<'_>) {
    let Some(directory) = installed_in(world, plan) else {
        return;
    };
    let kept = plan
        .kept
        .iter()
        .any(|kept| kept.directory && within(&directory, &kept.path));
    let locks = ["package-lock.json", "npm-shrinkwrap.json"];
    let locked = locks
        .iter()
        .any(|lock| scripts::source_of(world, &format!("{directory}/{lock}")).is_some());
    let manifest = scripts::text_of(world, &format!("{directory}/package.json"));
    let manifest: Option<Value> = manifest.and_then(|text| serde_json::from_str(text).ok());
    let Some(manifest) = manifest.filter(|_| kept && locked) else {
        return;
    };
    let has = |key: &str| {
        let value = manifest.get(key);
        value.is_some_and(|value| match value {
            Value::Object(map) => !map.is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => true,
        })
    };
    let end = world
        .analysis
        .instructions
        .get(plan.last_build)
        .and_then(|last| world.analysis.state(last));
    let by_root = end.is_some_and(|state| state.is_root() || state.user.is_none());
    if !has("devDependencies") || has("workspaces") || !by_root || !starts_node(world, &manifest) {
        return;
    }
    // The flag came with npm 7, which Node has had since 15.
    let flag = match world.image.version() {
        Some((major, _)) if major < 16 => "--production",
        _ => "--omit=dev",
    };
    let here = end.and_then(|state| state.known_workdir()) == Some(directory.as_str());
    let command = format!("npm prune {flag} --ignore-scripts");
    plan.prepare.push(Extra {
        text: match here {
            true => format!("RUN {command}"),
            false => format!("RUN cd {directory} && {command}"),
        },
        reason: "`package.json` tells which modules only the build needs".to_owned(),
    });
    plan.gone.push("the development dependencies".to_owned());
    plan.assumptions
        .push("the program loads none of the `devDependencies` when it runs".to_owned());
}

/// The one directory in which npm installs all dependencies, if nobody else does and nothing is removed from it.
fn installed_in(world: &World<'_>, plan: &Plan<'_>) -> Option<String> {
    if world.image.family() != "node" {
        return None;
    }
    let mut found: Option<String> = None;
    for run in &world.runs {
        for done in &run.done {
            let Act::Make(made) = &done.act else {
                continue;
            };
            if made.recipe != super::recipes::node::ID || made.kind != Work::Packages {
                continue;
            }
            let text = world.analysis.text(done.range);
            let words: Vec<&str> = text.split_whitespace().collect();
            if words.iter().any(|word| matches!(*word, "-g" | "--global")) {
                continue;
            }
            let installs = done.program == "npm"
                && run.instruction.index <= plan.last_build
                && words
                    .iter()
                    .any(|word| matches!(*word, "ci" | "install" | "i"))
                && !words
                    .iter()
                    .any(|word| word.contains("prod") || word.contains("omit"));
            let directory = directory_of(done).filter(|_| installs && !done.maybe)?;
            if found
                .replace(directory.clone())
                .is_some_and(|known| known != directory)
            {
                return None;
            }
        }
    }
    let production = world.analysis.source.contains("NODE_ENV") && {
        let early = world
            .analysis
            .instructions
            .iter()
            .filter(|it| it.index < plan.last_build);
        early
            .filter(|it| it.kind != crate::model::InstructionKind::Run)
            .any(|it| world.analysis.text(it.range).contains("NODE_ENV"))
    };
    found.filter(|_| !production)
}

fn directory_of(done: &Done) -> Option<String> {
    match &done.directory {
        Place::At(path) if path != "/" => Some(path.clone()),
        _ => None,
    }
}

/// Whether all that the command starts is a script in Node, perhaps by `npm start`.
fn starts_node(world: &World<'_>, manifest: &Value) -> bool {
    let words: Vec<&str> = world.needs.words.iter().map(String::as_str).collect();
    let is_node = |words: &[&str]| match words {
        [node, script, ..] => {
            matches!(base_name(node), "node" | "nodejs")
                && !script.starts_with('-')
                && !words
                    .iter()
                    .any(|word| word.contains(['&', '|', ';', '$', '`']))
        }
        _ => false,
    };
    match words.as_slice() {
        ["npm", "start"] | ["npm", "run", "start"] => {
            let scripts = manifest.get("scripts");
            let script = |name: &str| scripts?.get(name)?.as_str();
            let start = script("start").unwrap_or_default();
            let before = script("prestart").or(script("poststart"));
            before.is_none() && is_node(&start.split_whitespace().collect::<Vec<_>>())
        }
        words => is_node(words),
    }
}
