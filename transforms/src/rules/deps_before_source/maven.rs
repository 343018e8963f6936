//! Maven: `mvn dependency:go-offline`.

use super::recipe::{Answer, Ask, Needs, Recipe, Role, join};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "Maven",
    role,
    needs,
};

/// Goals that only bring dependencies.
const GOALS: &[&str] = &[
    "dependency:go-offline",
    "dependency:resolve",
    "dependency:resolve-plugins",
];

/// More modules than these are not copied one by one.
const MOST_MODULES: usize = 30;

fn role(command: &Invocation<'_>) -> Option<Role> {
    if !command.is("mvn") {
        return None;
    }
    let goals = command.static_operands()?;
    let plain = |goal: &&str| {
        let name = goal.rsplit_once(':').map_or("", |(plugin, _)| plugin);
        GOALS.contains(goal)
            || name.contains("maven-dependency-plugin") && goal.ends_with(":go-offline")
    };
    (!goals.is_empty() && goals.iter().all(plain)).then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    for flag in ["-f", "-s", "-gs", "-t", "-pl"] {
        if ask.command.has_flag(flag) {
            return Err(format!("`{flag}` makes Maven read other files"));
        }
    }
    if !ask.has("pom.xml")? {
        return Ok(None);
    }
    let mut files = Vec::new();
    let mut folders = vec![ask.folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let path = join(&folder, "pom.xml");
        let Some(text) = ask.read(&path)? else {
            return Err(format!("a module has no `{path}`"));
        };
        if files.len() == MOST_MODULES {
            return Err(
                "the project has too many modules to copy each `pom.xml` by itself".to_owned(),
            );
        }
        look(ask, &folder, &path, text)?;
        files.push(path);
        let modules = elements(text, "module").chain(elements(text, "subproject"));
        for module in modules {
            let place = join(&folder, module);
            if module.ends_with(".xml") || !ask.is_copied(&place) {
                return Err(format!(
                    "`{module}` is a module whose `pom.xml` is elsewhere"
                ));
            }
            folders.push(place);
        }
    }
    if ask.has(".mvn")? {
        files.push(ask.path(".mvn"));
    }
    if ask.command.path().ends_with("mvnw") {
        files.extend(ask.present(&["mvnw"])?);
    }
    let needs = Needs::files(files).overlaid_anywhere(ask, "target");
    Ok(Some(needs.doubt(
        "plugins may read more than the `pom.xml`, and bring more when they run",
    )))
}

/// What a `pom.xml` reads beside itself.
fn look(ask: &Ask<'_>, folder: &str, path: &str, text: &str) -> Result<(), String> {
    for (what, why) in [
        (
            "<systemPath>",
            "takes a dependency from a file of the project",
        ),
        ("file://", "takes dependencies from a folder"),
    ] {
        if text.contains(what) {
            return Err(format!("`{path}` {why}"));
        }
    }
    let parent = elements(text, "relativePath")
        .next()
        .unwrap_or("../pom.xml");
    let has_parent = text.contains("<parent>");
    if has_parent && folder == ask.folder && !parent.is_empty() {
        let above = join(folder, parent);
        let outside = folder.is_empty() || !ask.is_copied(&above);
        if elements(text, "relativePath").next().is_some() || !outside {
            let there = ask.sees(&above)?;
            if there && above != path {
                return Err(format!("the parent of `{path}` is `{above}`"));
            }
        }
    }
    Ok(())
}

/// The contents of the elements of a name that hold nothing but text.
fn elements<'t>(text: &'t str, name: &str) -> impl Iterator<Item = &'t str> + use<'t> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(open.as_str())?;
        let (content, after) = after.split_once(close.as_str())?;
        rest = after;
        Some(content.trim())
    })
}
