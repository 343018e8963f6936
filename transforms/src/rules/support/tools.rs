//! Commands that install a tool by its name, or set up a package manager: they are about nothing in the project.

use crate::commands::Invocation;
use crate::ecosystem::Installation;

/// Whether a command fetches and installs a tool by its name, or sets up the package manager of a language. Such a command
/// runs the tool's own scripts, so what it touches is not known; but nothing tells it to look into the project.
pub(crate) fn is_tool(command: &Invocation<'_>) -> bool {
    if is_system(command) {
        return false;
    }
    let installs = Installation::of(command).is_some_and(|it| !it.reads_project)
        && names_packages(command)
        || fetches_by_version(command);
    installs || sets_up(command) && !command.has_flag("--local")
}

/// Whether a command is the package manager of a distribution.
pub(crate) fn is_system(command: &Invocation<'_>) -> bool {
    command.is_any(&["apt-get", "apt", "apk", "dnf", "yum", "microdnf", "zypper"])
}

/// Whether all operands of a command are names of packages.
pub(crate) fn names_packages(command: &Invocation<'_>) -> bool {
    let operands = command.operands();
    !operands
        .iter()
        .any(|it| names_a_path(it.value.as_deref().unwrap_or_default()))
}

/// Whether an operand names something on the disk and not a package.
pub(crate) fn names_a_path(word: &str) -> bool {
    matches!(word, "" | "." | "..")
        || word.starts_with("./")
        || word.starts_with("../")
        || word.starts_with('/')
        || word.starts_with(".[")
        || word.starts_with("file:")
        || word.starts_with("link:")
}

/// `go install` with versions is about other modules than the one around it; `cargo install` with names about other crates.
fn fetches_by_version(command: &Invocation<'_>) -> bool {
    let operands = command.operands();
    let all = |fits: &dyn Fn(&str) -> bool| {
        let mut values = operands.iter().map(|it| it.value.as_deref());
        !operands.is_empty() && values.all(|value| value.is_some_and(fits))
    };
    command.is("go") && command.sub("install") && all(&|name| name.contains('@'))
        || command.is("cargo")
            && command.sub("install")
            && !command.has_flag("--path")
            && all(&|name| !names_a_path(name))
}

fn sets_up(command: &Invocation<'_>) -> bool {
    command.is("corepack")
        || command.is_any(&[
            "npm", "yarn", "pnpm", "bundle", "pip", "poetry", "composer", "go",
        ]) && command.sub_any(&[
            "cache clean",
            "cache",
            "config",
            "config set",
            "config get",
            "store prune",
            "store",
            "clear-cache",
            "cache purge",
            "env",
            "set version",
            "set",
        ])
        || command.is("mix")
            && (begins(command, &["local.hex"]) || begins(command, &["local.rebar"]))
}

/// Whether words stand at the beginning of a command's arguments, flags left out.
pub(crate) fn begins(command: &Invocation<'_>, wanted: &[&str]) -> bool {
    let words = words(command);
    let plain = words.iter().filter(|word| !word.starts_with('-'));
    plain.take(wanted.len()).eq(wanted.iter())
}

/// The words after a program's name; what is not static is an empty word.
pub(crate) fn words<'a>(command: &Invocation<'a>) -> Vec<&'a str> {
    let words = command.command().words.get(command.program_word() + 1..);
    let words = words.unwrap_or_default().iter();
    words
        .map(|word| word.value.as_deref().unwrap_or_default())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::fixture::command;

    #[test]
    fn tools() {
        for (text, expected) in [
            ("npm install -g pnpm", true),
            ("npm install --global a b@1", true),
            ("npm install -g .", false),
            ("npm install", false),
            ("pnpm add x", false),
            ("pip install gunicorn", true),
            ("pip install -r requirements.txt", false),
            ("pip install .", false),
            ("gem install bundler -v 2.4", true),
            ("yarn config set network-timeout 300000", true),
            ("bundle config set --local path vendor", false),
            ("corepack enable", true),
            ("mix local.hex --force", true),
            ("mix deps.get", false),
            ("go install example.org/a@v1.2.3", true),
            ("go install ./...", false),
            ("cargo install cargo-chef --locked", true),
            ("cargo install --path .", false),
            ("apt-get install -y curl", false),
            ("make", false),
        ] {
            let command = command(text);
            let invocation = Invocation::of(&command);
            assert_eq!(
                invocation.is_some_and(|it| is_tool(&it)),
                expected,
                "{text}"
            );
        }
    }
}
