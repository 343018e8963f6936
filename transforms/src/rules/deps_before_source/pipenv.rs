//! Pipenv: `pipenv install`, `pipenv sync`.

use super::poetry::path_dependency;
use super::recipe::{Answer, Ask, Needs, Recipe, Role, begins, words};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "Pipenv",
    role,
    needs,
};

fn role(command: &Invocation<'_>) -> Option<Role> {
    let installs =
        command.is("pipenv") && (begins(command, &["install"]) || begins(command, &["sync"]));
    installs.then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    let words = words(&ask.command);
    if words.iter().any(|word| {
        matches!(
            *word,
            "-e" | "-r" | "--editable" | "--requirements" | "." | ""
        )
    }) {
        return Err("the command names more than the `Pipfile`".to_owned());
    }
    let Some(text) = ask.text("Pipfile")? else {
        return Ok(None);
    };
    if let Some(path) = path_dependency(text) {
        return Err(format!(
            "`Pipfile` takes a dependency from `{path}`, which are sources"
        ));
    }
    let needs = Needs::files(ask.present(&["Pipfile", "Pipfile.lock"])?);
    let exact = words
        .iter()
        .any(|word| matches!(*word, "sync" | "--deploy" | "--ignore-pipfile"));
    let locked = ask.has("Pipfile.lock")?;
    Ok(Some(needs.overlaid(ask, ".venv").doubt_if(
        locked && !exact,
        "`pipenv install` may write `Pipfile.lock` anew, which the later COPY brings back as it was",
    )))
}
