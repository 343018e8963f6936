//! pnpm: `pnpm install`, `pnpm fetch`.

use super::node;
use super::recipe::{Answer, Ask, Needs, Recipe, Role, names_packages};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "pnpm",
    role,
    needs,
};

fn role(command: &Invocation<'_>) -> Option<Role> {
    let installs = command.is("pnpm") && command.sub_any(&["install", "add", "fetch"]);
    (installs && !command.has_flag("-g") && names_packages(command)).then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    node::elsewhere(ask, &["-C", "--modules-dir"])?;
    let workspace = ask.text("pnpm-workspace.yaml")?;
    let settings = [
        "pnpm-lock.yaml",
        "pnpm-workspace.yaml",
        ".npmrc",
        ".pnpmfile.cjs",
    ];
    if ask.command.sub("fetch") {
        // It reads the lock file alone.
        return Ok(match ask.has("pnpm-lock.yaml")? {
            true => {
                let needs = Needs::files(ask.present(&settings)?);
                Some(needs.overlaid(ask, "node_modules"))
            }
            false => None,
        });
    }
    let listed = workspace.map_or_else(Vec::new, |text| block(text, "packages"));
    let Some(found) = node::manifests(ask, &listed)? else {
        return Ok(None);
    };
    let keeping = ["--frozen-lockfile", "--offline"];
    let mut needs = node::rewritten(ask, found.needs, "pnpm-lock.yaml", &keeping)?;
    needs.files.extend(ask.present(&settings)?);
    for line in workspace.map_or_else(Vec::new, |text| block(text, "patchedDependencies")) {
        let file = line.rsplit(": ").next().unwrap_or(&line);
        node::add_present(ask, &mut needs, &ask.path(unquoted(file)))?;
    }
    Ok(Some(needs))
}

/// The lines of a block of YAML at the top of a file, without dashes and quotes: all that `pnpm-workspace.yaml` has.
fn block(text: &str, key: &str) -> Vec<String> {
    let mut lines = text
        .lines()
        .skip_while(|line| line.trim_end().strip_suffix(':') != Some(key));
    lines.next();
    let inside = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '-', '#']));
    let items = inside.map(|line| line.trim().trim_start_matches('-').trim());
    let items = items.filter(|line| !line.is_empty() && !line.starts_with('#'));
    items.map(|item| unquoted(item).to_owned()).collect()
}

fn unquoted(text: &str) -> &str {
    let text = text.split(" #").next().unwrap_or(text).trim();
    text.trim_matches(['"', '\''])
}
