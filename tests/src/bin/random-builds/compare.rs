//! Differences between two builds, without those that a law declares.

use std::fmt::Debug;

use dfix_transforms::proof::{Change, ConfigChange, Law, Subject};

use super::interpret::{Built, COPIES_FROM, Config, Made};
use super::tree::{Kind, Node, Tree};

/// Differences that no law permits, each in a line for a person. Empty: the rewrite kept its promise.
pub(crate) fn differences(before: &Built, after: &Built, laws: &[Law]) -> Vec<String> {
    let mut found = Vec::new();
    if before.stages.len() != after.stages.len() {
        found.push(format!(
            "{} stages became {}",
            before.stages.len(),
            after.stages.len()
        ));
    }
    let mended = |before: &Made| {
        before
            .failure
            .as_ref()
            .is_some_and(|failure| may_be_mended(&failure.why, laws))
    };
    // What copies from a stage that works now may work as well.
    let copies = before.stages.iter().any(mended);
    for (index, (before, after)) in before.stages.iter().zip(&after.stages).enumerate() {
        let fails = before.failure.as_ref();
        if copies && fails.is_some_and(|failure| failure.why == COPIES_FROM) {
            continue;
        }
        let count = found.len();
        stage(before, after, laws, &mut found);
        for line in found.iter_mut().skip(count) {
            *line = format!("stage {index}: {line}");
        }
    }
    found
}

fn stage(before: &Made, after: &Made, laws: &[Law], found: &mut Vec<String>) {
    match (&before.failure, &after.failure) {
        (None, Some(after)) => found.push(format!("fails now: {after:?}")),
        // What only failed for want of an answer or of an index does not fail any more.
        (Some(before), _) if may_be_mended(&before.why, laws) => {}
        (Some(before), None) => found.push(format!("failed before: {before:?}")),
        // Which of two installs that became one did not work is not to be seen.
        (Some(_), Some(_)) if laws.contains(&Law::InstallsJoined) => {}
        // Steps in another order have come to another point when one of them fails; there is no image either way.
        (Some(_), Some(_)) if laws.contains(&Law::StepsSwapped) => {}
        (Some(_), Some(_)) => trees(&before.tree, &after.tree, laws, found),
        (None, None) => {
            trees(&before.tree, &after.tree, laws, found);
            configs(&before.config, &after.config, laws, found);
        }
    }
}

/// The made-up package managers have exit statuses of their own for failures that a law mends.
fn may_be_mended(why: &str, laws: &[Law]) -> bool {
    match why {
        "status 71" => laws.contains(&Law::AssumeYes),
        "status 72" => laws.contains(&Law::PackageCacheRemoved),
        _ => false,
    }
}

fn trees(before: &Tree, after: &Tree, laws: &[Law], found: &mut Vec<String>) {
    for (path, node) in &before.0 {
        match after.0.get(path) {
            None if !may_go(path, before, after, laws) => {
                found.push(format!("{path} is gone ({})", show(node)));
            }
            Some(other) if other != node && !may_change(path, node, other, laws) => {
                found.push(format!("{path}: {} became {}", show(node), show(other)));
            }
            _ => {}
        }
    }
    for (path, node) in &after.0 {
        if !before.0.contains_key(path) && !permits(laws, Change::Added, path) {
            found.push(format!("{path} is new ({})", show(node)));
        }
    }
}

/// All differences between two trees.
pub(crate) fn compare_trees(before: &Tree, after: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    trees(before, after, &[], &mut found);
    found
}

/// Whether a law permits a change of a path.
fn permits(laws: &[Law], change: Change, path: &str) -> bool {
    let permitted = laws.iter().flat_map(|law| law.permits());
    permitted.into_iter().any(|permitted| match permitted.what {
        Subject::Paths(patterns, what) => {
            what == change && patterns.iter().any(|pattern| is_match(pattern, path))
        }
        Subject::Config(_) => false,
    })
}

fn may_go(path: &str, before: &Tree, after: &Tree, laws: &[Law]) -> bool {
    let below = || {
        let prefix = format!("{path}/");
        let mut inside = before
            .0
            .keys()
            .filter(|other: &&String| other.starts_with(&prefix));
        let gone = |other| permits(laws, Change::Removed, other) && !after.0.contains_key(other);
        // Empty: something else has removed what it held.
        inside.clone().next().is_none() || inside.any(|other| gone(other))
    };
    // Also in a copy of everything that a command has made.
    let copied = |path: &str| {
        let starts = path.match_indices('/').map(|(at, _)| at);
        starts
            .filter_map(|at| path.get(at..))
            .any(|rest| permits(laws, Change::Removed, rest))
    };
    copied(path) || permits(laws, Change::RemovedWithContents, path) && below()
}

fn may_change(path: &str, before: &Node, after: &Node, laws: &[Law]) -> bool {
    let files = matches!((&before.kind, &after.kind), (Kind::File(_), Kind::File(_)));
    let directories = before.kind == Kind::Directory && after.kind == Kind::Directory;
    let (owner, mode) = (before.owner == after.owner, before.mode == after.mode);
    // What may be gone may have been made anew.
    files && owner && mode && permits(laws, Change::Content, path)
        || directories && owner && permits(laws, Change::RemovedWithContents, path)
        || permits(laws, Change::Removed, path)
}

/// Whether a pattern of a law means a path.
fn is_match(pattern: &str, path: &str) -> bool {
    let split = |text: &str| -> Vec<String> {
        text.trim_start_matches('/')
            .split('/')
            .map(str::to_owned)
            .collect()
    };
    names_match(&split(pattern), &split(path))
}

fn names_match(pattern: &[String], path: &[String]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        // At the end it is what is below, and not the directory itself.
        (Some((first, [])), _) if first == "**" => !path.is_empty(),
        (Some((first, rest)), _) if first == "**" => {
            (0..=path.len()).any(|at| names_match(rest, path.get(at..).unwrap_or_default()))
        }
        (Some((first, rest)), Some((name, path))) => {
            name_matches(first.as_bytes(), name.as_bytes()) && names_match(rest, path)
        }
        _ => false,
    }
}

/// `*` and `?` within one name.
pub(crate) fn name_matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            (0..=name.len()).any(|at| name_matches(rest, name.get(at..).unwrap_or_default()))
        }
        (Some((first, pattern)), Some((byte, name))) => {
            (*first == b'?' || first == byte) && name_matches(pattern, name)
        }
        _ => false,
    }
}

fn show(node: &Node) -> String {
    let kind = match &node.kind {
        Kind::Directory => "directory".to_owned(),
        Kind::File(content) => {
            let shown = content.get(..content.len().min(300)).unwrap_or_default();
            format!("file {:?}", String::from_utf8_lossy(shown))
        }
        Kind::Link(target) => format!("link to {}", target.display()),
        Kind::Other => "device".to_owned(),
    };
    format!("{kind} {:o} {}:{}", node.mode, node.owner.0, node.owner.1)
}

fn configs(before: &Config, after: &Config, laws: &[Law], found: &mut Vec<String>) {
    let mut before = before.clone();
    let mut after = after.clone();
    let permits = |change| {
        let mut permitted = laws.iter().flat_map(|law| law.permits());
        permitted.any(|permitted| permitted.what == Subject::Config(change))
    };
    if permits(ConfigChange::VariableOrder) {
        before.env.sort();
        after.env.sort();
    }
    if permits(ConfigChange::AuthorToLabel) && after.author.is_empty() && !before.author.is_empty()
    {
        let label = after.labels.remove("org.opencontainers.image.authors");
        after.author = label.unwrap_or_default();
    }
    if permits(ConfigChange::ShellDropped) {
        for (before, after) in [
            (&mut before.cmd, &mut after.cmd),
            (&mut before.entrypoint, &mut after.entrypoint),
            (&mut before.health, &mut after.health),
        ] {
            let same = before.as_deref().and_then(words_of_shell) == *after
                || after.as_deref().and_then(words_of_shell) == *before;
            if same {
                after.clone_from(before);
            }
        }
    }
    let mut field = |name: &str, before: &dyn Debug, after: &dyn Debug| {
        let (before, after) = (format!("{before:?}"), format!("{after:?}"));
        if before != after {
            found.push(format!("{name}: {before} became {after}"));
        }
    };
    field("env", &before.env, &after.env);
    field("cmd", &before.cmd, &after.cmd);
    field("entrypoint", &before.entrypoint, &after.entrypoint);
    field("health", &before.health, &after.health);
    field("user", &before.user, &after.user);
    field("workdir", &before.workdir, &after.workdir);
    field("shell", &before.shell, &after.shell);
    field("labels", &before.labels, &after.labels);
    field("ports", &before.ports, &after.ports);
    field("volumes", &before.volumes, &after.volumes);
    field("stop signal", &before.stop_signal, &after.stop_signal);
    field("author", &before.author, &after.author);
    field("triggers", &before.triggers, &after.triggers);
}

/// A command without its shell, where that does nothing but find the words: `sh -c 'a "b c"'` is `a`, `b c`.
fn words_of_shell(command: &[String]) -> Option<Vec<String>> {
    if let Some(at) = command.iter().position(|word| word == "CMD-SHELL") {
        let mut words = command.get(..at)?.to_vec();
        words.push("CMD".to_owned());
        words.extend(plain_words(command.get(at + 1)?)?);
        return Some(words);
    }
    match command {
        [_, flag, text] if flag == "-c" => plain_words(text),
        _ => None,
    }
}

/// The words of a text, if a shell would expand nothing in it.
fn plain_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        inner => word.push(inner),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '$' | '`' => return None,
                        '\\' => match chars.next()? {
                            inner @ ('"' | '\\' | '$' | '`') => word.push(inner),
                            inner => word.extend(['\\', inner]),
                        },
                        inner => word.push(inner),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            '#' if word.is_none() => return None,
            '~' if word.is_none() => return None,
            _ if "$`;&|<>()*?[]!\n".contains(char) => return None,
            _ => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word.take());
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, path, expected) in [
            ("/a/**", "/a", false),
            ("/a/**", "/a/b/c", true),
            ("/**/.cache/pip", "/root/.cache/pip", true),
            ("/**/.cache/pip", "/.cache/pip", true),
            ("/a/*.bin", "/a/x.bin", true),
            ("/a/*.bin", "/a/b/x.bin", false),
            ("/a", "/a/b", false),
        ] {
            assert_eq!(is_match(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn words() {
        let words = |text: &str| plain_words(text).map(|words| words.join("|"));
        for (text, expected) in [
            ("a  b", Some("a|b")),
            ("a 'b  c'\"d\"\\ e ''", Some("a|b  cd e|")),
            ("a#b \"\\\\ \\x\"", Some("a#b|\\ \\x")),
            ("a #b", None),
            ("a $b", None),
            ("a \"$b\"", None),
            ("a 'b", None),
        ] {
            assert_eq!(words(text).as_deref(), expected, "{text}");
        }
    }
}
