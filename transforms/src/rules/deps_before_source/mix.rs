//! Mix: `mix deps.get`, `mix deps.compile`, `mix do deps.get, deps.compile`.

use super::recipe::{Answer, Ask, Needs, Recipe, Role, begins};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "Mix",
    role,
    needs,
};

/// Tasks that only bring and compile dependencies.
const TASKS: &[&str] = &["deps.get", "deps.compile"];

fn role(command: &Invocation<'_>) -> Option<Role> {
    let each = || TASKS.iter().any(|task| begins(command, &[*task]));
    let installs = command.is("mix") && (each() || several(command).unwrap_or_default());
    installs.then_some(Role::Install)
}

/// Whether `mix do` is given tasks that install, and no other; `None` when its words are not known.
fn several(command: &Invocation<'_>) -> Option<bool> {
    let words = command.static_operands()?;
    let Some(("do", tasks)) = words.split_first().map(|(first, rest)| (*first, rest)) else {
        return Some(false);
    };
    let mut names = tasks.iter().map(|task| task.trim_end_matches(','));
    let mut names = names.by_ref().filter(|name| *name != "+").peekable();
    Some(names.peek().is_some() && names.all(|name| TASKS.contains(&name)))
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
