//! npm: `npm ci`, `npm install`.

use super::node;
use super::recipe::{Answer, Ask, Recipe, Role, names_packages};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "npm",
    role,
    needs,
};

fn role(command: &Invocation<'_>) -> Option<Role> {
    let installs = command.is("npm") && command.sub_any(&["install", "ci"]);
    let own = !command.has_flag("-g") && command.flag_value("--location") != Some("global");
    (installs && own && names_packages(command)).then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    node::elsewhere(ask, &["--prefix", "--userconfig", "-w"])?;
    let Some(found) = node::manifests(ask, &[])? else {
        return Ok(None);
    };
    let mut needs = found.needs;
    let locks = ask.present(&["package-lock.json", "npm-shrinkwrap.json"])?;
    let locked = !locks.is_empty();
    if ask.command.sub("ci") && !locked {
        // The build fails already.
        return Ok(None);
    }
    needs.files.extend(locks);
    needs.files.extend(ask.present(&[".npmrc"])?);
    let rewrites = ask.command.sub("install") && locked;
    Ok(Some(needs.doubt_if(
        rewrites,
        "`npm install` may write `package-lock.json` anew, which the later COPY brings back as it was (`npm ci` never does)",
    )))
}
