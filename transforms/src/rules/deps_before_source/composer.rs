//! Composer: `composer install`.

use serde_json::Value;

use super::recipe::{Answer, Ask, Needs, Recipe, Role};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "Composer",
    role,
    needs,
};

/// Events that an install fires.
const EVENTS: &[&str] = &[
    "pre-install-cmd",
    "post-install-cmd",
    "pre-autoload-dump",
    "post-autoload-dump",
    "pre-update-cmd",
    "post-update-cmd",
    "pre-package-install",
    "post-package-install",
];

fn role(command: &Invocation<'_>) -> Option<Role> {
    let installs = command.is("composer") && command.sub("install");
    installs.then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    if ask.command.has_flag("-d") {
        return Err("`-d` makes Composer work in another directory".to_owned());
    }
    let Some(text) = ask.text("composer.json")? else {
        return Ok(None);
    };
    let manifest: Value =
        serde_json::from_str(text).map_err(|_| "`composer.json` is no JSON".to_owned())?;
    if !ask.command.has_flag("--no-scripts") {
        let scripts = manifest.get("scripts").and_then(Value::as_object);
        let event = EVENTS
            .iter()
            .find(|event| scripts.is_some_and(|it| it.contains_key(**event)));
        if let Some(event) = event {
            return Err(format!(
                "`composer.json` has a script for `{event}`, which may read the sources; `--no-scripts` leaves it out"
            ));
        }
    }
    if !ask.command.has_flag("--no-autoloader") {
        autoloader(ask, &manifest)?;
    }
    let repositories = manifest.get("repositories");
    let each: Vec<&Value> = match repositories {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(Value::Object(map)) => map.values().collect(),
        _ => Vec::new(),
    };
    let local = |it: &&Value| {
        matches!(
            it.get("type").and_then(Value::as_str),
            Some("path" | "artifact")
        )
    };
    if each.iter().any(local) {
        return Err("`composer.json` takes packages from folders of the project".to_owned());
    }
    let files = ask.present(&["composer.json", "composer.lock", "auth.json"])?;
    let needs = Needs::files(files).overlaid(ask, "vendor");
    Ok(Some(needs.doubt("plugins of Composer may read more")))
}

/// The autoloader that an install writes may list the classes of the project.
fn autoloader(ask: &Ask<'_>, manifest: &Value) -> Result<(), String> {
    let advice = "`--no-autoloader` leaves it to a later `composer dump-autoload`";
    let settings = |name| manifest.pointer(&format!("/config/{name}")) == Some(&Value::Bool(true));
    let optimised = ask.command.has_any_flag(&["-o", "-a"])
        || settings("optimize-autoloader")
        || settings("classmap-authoritative");
    let listed = ["autoload", "autoload-dev"].iter().any(|part| {
        ["classmap", "files"]
            .iter()
            .any(|kind| manifest.pointer(&format!("/{part}/{kind}")).is_some())
    });
    match optimised || listed {
        true => Err(format!(
            "the autoloader that the install writes lists the classes of the sources; {advice}"
        )),
        false => Ok(()),
    }
}
