//! pub: `dart pub get`, `flutter pub get`.

use super::recipe::{Answer, Ask, Needs, Recipe, Role, begins, words};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "pub",
    role,
    needs,
};

fn role(command: &Invocation<'_>) -> Option<Role> {
    let installs = command.is_any(&["dart", "flutter"]) && begins(command, &["pub", "get"]);
    installs.then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    let words = words(&ask.command);
    if words
        .iter()
        .any(|word| *word == "-C" || word.starts_with("--directory"))
    {
        return Err("`-C` makes the command work in another directory".to_owned());
    }
    let Some(text) = ask.text("pubspec.yaml")? else {
        return Ok(None);
    };
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or(line).trim_end();
        if let Some(folder) = line.trim_start().strip_prefix("path: ")
            && !is_version(folder.trim())
        {
            return Err(
                "`pubspec.yaml` takes a dependency from a folder of the project".to_owned(),
            );
        }
        if line.starts_with("workspace:") || line.starts_with("resolution:") {
            return Err("`pubspec.yaml` belongs to a workspace".to_owned());
        }
    }
    let files = ask.present(&["pubspec.yaml", "pubspec.lock", "pubspec_overrides.yaml"])?;
    let locked = ask.has("pubspec.lock")? && !words.contains(&"--enforce-lockfile");
    let needs = Needs::files(files).overlaid(ask, ".dart_tool");
    Ok(Some(needs.doubt_if(
        locked,
        "`pub get` may write `pubspec.lock` anew, which the later COPY brings back as it was",
    )))
}

/// Whether a value is a version: there is a package that is called `path`.
fn is_version(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']);
    value == "any"
        || value.starts_with(|first: char| "^<>=".contains(first) || first.is_ascii_digit())
}
