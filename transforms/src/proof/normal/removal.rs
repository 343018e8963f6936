//! Whether a command may remove or rename a directory, as far as its words tell. Programs that aren't known for it are
//! taken not to: nothing removes the directory that it works in without saying so.

use super::program::program;
use crate::model::{Analysis, Args, ShellWord, SimpleCommand};
use crate::proof::trace::{clean, is_below};

/// Whether a command that runs in `cwd` may remove `dir` or a directory above it.
pub(crate) fn may_remove(command: &SimpleCommand, cwd: Option<&str>, dir: &str) -> bool {
    let Some(program) = program(command) else {
        return !command.words.is_empty();
    };
    let has = |wanted: &[&str]| {
        program
            .args
            .iter()
            .any(|word| wanted.contains(&word.text.as_str()))
    };
    let relevant = match program.name {
        "rm" => program.args.iter().any(|word| {
            let text = word.text.as_str();
            text == "--recursive"
                || text.starts_with('-') && !text.starts_with("--") && text.contains(['r', 'R'])
                || text.starts_with('$')
        }),
        "rmdir" | "mv" | "rename" | "rsync" | "umount" => true,
        "find" => has(&["-delete", "-exec", "-execdir"]),
        "git" => return has(&["clean"]),
        "userdel" | "deluser" => has(&["-r", "--remove", "--remove-home"]),
        "xargs" => {
            return program
                .args
                .iter()
                .any(|word| matches!(word.text.as_str(), "rm" | "rmdir" | "mv"));
        }
        "eval" => return true,
        _ => false,
    };
    // What is moved goes, not where it is moved to.
    let moved = match program.args.split_last() {
        Some((_, sources)) if program.name == "mv" && !has_target(program.args) => sources,
        _ => program.args,
    };
    relevant && moved.iter().any(|word| meets(word, cwd, dir))
}

/// Whether the options of `mv` name the target, or may do so.
fn has_target(args: &[ShellWord]) -> bool {
    args.iter().any(|word| match &word.value {
        Some(text) => {
            text.starts_with("--t")
                || text.starts_with('-') && !text.starts_with("--") && text.contains('t')
        }
        None => word.text.starts_with(['-', '$', '*', '?', '[', '`', '"']),
    })
}

/// Whether a command is an `rm` of which every operand is an absolute path or pattern.
pub(super) fn removes_absolute(command: &SimpleCommand) -> bool {
    let Some((name, words)) = command.words.split_first() else {
        return false;
    };
    // Behind the first operand a word with a dash is an operand for some.
    let operands = words.iter().skip_while(|word| word.text.starts_with('-'));
    let plain = |word: &ShellWord| word.variables.is_empty() && word.substitutions.is_empty();
    name.value.as_deref() == Some("rm")
        && command.assignments.is_empty()
        && command.redirects.is_empty()
        && words.iter().all(plain)
        && operands.clone().next().is_some()
        && operands.into_iter().all(|word| word.text.starts_with('/'))
}

/// Whether the file gives a `PATH` that may hold a relative folder, so that a program's name means another one elsewhere.
pub(super) fn relative_path(analysis: &Analysis) -> bool {
    let absolute = |item: &str| item.starts_with('/') || matches!(item, "$PATH" | "${PATH}");
    analysis.instructions.iter().any(|instruction| {
        let Args::Pairs(pairs) = &instruction.args else {
            return false;
        };
        pairs
            .iter()
            .filter(|pair| pair.name.text == "PATH")
            .any(|pair| {
                let value = pair.value.as_ref().map_or("", |value| value.text.as_str());
                !value.split(':').all(absolute)
            })
    })
}

/// Whether a word may name a directory or one above it.
fn meets(word: &ShellWord, cwd: Option<&str>, dir: &str) -> bool {
    let text = match &word.value {
        Some(value) => value.as_str(),
        None => word.text.trim_start_matches('"'),
    };
    if text.starts_with('-') {
        return false;
    }
    if word.value.is_some() {
        return match absolute(text, cwd) {
            Some(path) => is_below(dir, &path),
            None => true,
        };
    }
    // The fixed beginning of a word says how far up it can reach.
    let fixed = match text.find(['*', '?', '[', '{', '$', '`', '\\', '\'', '"', '~']) {
        Some(at) => text.get(..at).unwrap_or_default(),
        None => text,
    };
    let expands = !word.variables.is_empty() || !word.substitutions.is_empty();
    let parent = match fixed.rfind('/') {
        Some(at) => fixed.get(..=at).unwrap_or_default(),
        None if fixed.is_empty() && expands => return true,
        None => ".",
    };
    match absolute(parent, cwd) {
        // `/x/*` removes what is in `/x`; `/x/$y` removes `/x` too when the variable is empty.
        Some(parent) => {
            is_below(dir, &parent) && (dir != parent || expands && fixed.ends_with('/'))
        }
        None => true,
    }
}

fn absolute(path: &str, cwd: Option<&str>) -> Option<String> {
    if path.starts_with('/') {
        return Some(clean(path));
    }
    if path.starts_with('~') {
        return None;
    }
    Some(clean(&format!("{}/{path}", cwd?)))
}
