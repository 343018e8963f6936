//! Mix: `mix deps.get`, `mix deps.compile`.

use super::recipe::{Answer, Ask, Needs, Recipe, Role, begins};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "Mix",
    role,
    needs,
};

fn role(command: &Invocation<'_>) -> Option<Role> {
    let installs =
        command.is("mix") && (begins(command, &["deps.get"]) || begins(command, &["deps.compile"]));
    installs.then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    let Some(text) = ask.text("mix.exs")? else {
        return Ok(None);
    };
    for (what, why) in [
        ("apps_path", "is an umbrella of several applications"),
        ("path:", "takes a dependency from a folder of the project"),
        ("File.", "reads another file"),
        ("Code.", "runs another file"),
        ("System.cmd", "runs a program"),
    ] {
        if text.contains(what) {
            return Err(format!("`mix.exs` {why}"));
        }
    }
    // The configuration decides how dependencies are compiled.
    let files = ask.present(&["mix.exs", "mix.lock", "config"])?;
    Ok(Some(
        Needs::files(files)
            .overlaid(ask, "deps")
            .overlaid(ask, "_build"),
    ))
}
