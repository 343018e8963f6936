//! bun: `bun install`.

use super::node;
use super::recipe::{Answer, Ask, Recipe, Role, names_packages};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "bun",
    role,
    needs,
};

fn role(command: &Invocation<'_>) -> Option<Role> {
    let installs = command.is("bun") && command.sub_any(&["install", "add", "ci"]);
    (installs && !command.has_flag("-g") && names_packages(command)).then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    node::elsewhere(ask, &["--cwd"])?;
    let Some(found) = node::manifests(ask, &[])? else {
        return Ok(None);
    };
    let mut needs = match ask.command.sub("ci") {
        true => found.needs,
        false => node::rewritten(ask, found.needs, "bun.lock", &["--frozen-lockfile"])?,
    };
    needs
        .files
        .extend(ask.present(&["bun.lock", "bun.lockb", "bunfig.toml", ".npmrc"])?);
    Ok(Some(needs))
}
