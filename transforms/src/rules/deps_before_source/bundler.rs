//! Bundler: `bundle install`.

use super::recipe::{Answer, Ask, Needs, Recipe, Role};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "Bundler",
    role,
    needs,
};

fn role(command: &Invocation<'_>) -> Option<Role> {
    let installs = command.is("bundle") && matches!(command.subcommand(), None | Some("install"));
    (installs && command.operands().is_empty()).then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    if ask.command.has_flag("--gemfile") {
        return Err("`--gemfile` names another file".to_owned());
    }
    let Some(text) = ask.text("Gemfile")? else {
        return Ok(None);
    };
    let mut files = ask.present(&["Gemfile", "Gemfile.lock"])?;
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
    {
        let reason = if line.starts_with("gemspec") {
            "takes its gems from a gemspec, which reads the sources"
        } else if line.contains("path:") || line.contains(":path =>") || line.starts_with("path ") {
            "takes a gem from a folder of the project"
        } else if line.contains("eval_gemfile")
            || line.contains("instance_eval")
            || line.contains("require_relative")
        {
            "runs another file"
        } else if line.contains("File.") && !line.contains(".ruby-version") {
            "reads another file"
        } else {
            continue;
        };
        return Err(format!("the `Gemfile` {reason}: `{line}`"));
    }
    for name in [".ruby-version", ".tool-versions"] {
        if text.contains(name) || text.contains("ruby file") {
            files.extend(ask.present(&[name])?);
        }
    }
    files.extend(ask.present(&[".bundle/config", "vendor/cache"])?);
    let frozen = ask.command.has_any_flag(&["--deployment", "--frozen"]);
    let lock = ask.has("Gemfile.lock")?;
    let needs = Needs::files(files).overlaid(ask, "vendor/bundle");
    Ok(Some(needs.doubt_if(
        lock && !frozen,
        "`bundle install` may write `Gemfile.lock` anew, which the later COPY brings back as it was",
    )))
}
