//! Differences between two builds, without those that a law declares.

use dfix_transforms::proof::Law;

use super::interpret::{Built, Config, Made};
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
    for (index, (before, after)) in before.stages.iter().zip(&after.stages).enumerate() {
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
            None if !may_go(path, laws) => found.push(format!("{path} is gone ({})", show(node))),
            Some(other) if other != node && !may_change(path, laws) => {
                found.push(format!("{path}: {} became {}", show(node), show(other)));
            }
            _ => {}
        }
    }
    for (path, node) in &after.0 {
        if !before.0.contains_key(path) && !may_come(path, laws) {
            found.push(format!("{path} is new ({})", show(node)));
        }
    }
}

fn show(node: &Node) -> String {
    let kind = match &node.kind {
        Kind::Directory => "directory".to_owned(),
        Kind::File(content) => format!("file {:?}", String::from_utf8_lossy(content)),
        Kind::Link(target) => format!("link to {}", target.display()),
        Kind::Other => "device".to_owned(),
    };
    format!("{kind} {:o} {}:{}", node.mode, node.owner.0, node.owner.1)
}

const APT_LISTS: &[&str] = &["/var/lib/apt/lists/"];
const APT_ARCHIVES: &[&str] = &["/var/cache/apt/"];
const CACHES: &[&str] = &[
    "/var/cache/apt/",
    "/var/cache/apk/",
    "/var/cache/dnf",
    "/var/cache/yum",
    "/var/cache/libdnf5",
    "/var/cache/zypp",
    "/usr/local/share/.cache",
];
/// Below any home.
const HOME_CACHES: &[&str] = &["/.cache", "/.npm/_cacache"];
const APT_STATE: &[&str] = &[
    "/var/log/",
    "/var/lib/apt/extended_states",
    "/var/lib/dpkg/status",
    "/var/lib/rpm/packages",
];
const APK_STATE: &[&str] = &["/lib/apk/db/installed", "/etc/apk/world"];

fn below(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| path.starts_with(place))
}

fn may_go(path: &str, laws: &[Law]) -> bool {
    laws.iter().any(|law| match law {
        Law::AptListsRemoved => below(path, APT_LISTS) || below(path, APT_ARCHIVES),
        Law::PackageCacheRemoved => {
            below(path, CACHES) || HOME_CACHES.iter().any(|place| path.contains(place))
        }
        Law::AptIsAptGet => below(path, APT_ARCHIVES),
        _ => false,
    })
}

fn may_come(path: &str, laws: &[Law]) -> bool {
    laws.iter().any(|law| match law {
        Law::AptIsAptGet => below(path, APT_ARCHIVES),
        _ => false,
    })
}

fn may_change(path: &str, laws: &[Law]) -> bool {
    laws.iter().any(|law| match law {
        Law::InstallsJoined => below(path, APT_STATE) || below(path, APK_STATE),
        Law::OperandOrder => below(path, APK_STATE),
        _ => false,
    })
}

fn configs(before: &Config, after: &Config, laws: &[Law], found: &mut Vec<String>) {
    let mut before = before.clone();
    let mut after = after.clone();
    let permits = |law| laws.contains(&law);
    if permits(Law::Metadata) {
        before.env.sort();
        after.env.sort();
    }
    if permits(Law::AuthorToLabel) && after.author.is_empty() {
        let label = after.labels.remove("org.opencontainers.image.authors");
        after.author = label.unwrap_or_default();
    }
    if permits(Law::ExecForm) {
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
    let mut field = |name: &str, before: String, after: String| {
        if before != after {
            found.push(format!("{name}: {before} became {after}"));
        }
    };
    field(
        "env",
        format!("{:?}", before.env),
        format!("{:?}", after.env),
    );
    field(
        "cmd",
        format!("{:?}", before.cmd),
        format!("{:?}", after.cmd),
    );
    field(
        "entrypoint",
        format!("{:?}", before.entrypoint),
        format!("{:?}", after.entrypoint),
    );
    field(
        "health",
        format!("{:?}", before.health),
        format!("{:?}", after.health),
    );
    field("user", before.user, after.user);
    field("workdir", before.workdir, after.workdir);
    field(
        "shell",
        format!("{:?}", before.shell),
        format!("{:?}", after.shell),
    );
    field(
        "labels",
        format!("{:?}", before.labels),
        format!("{:?}", after.labels),
    );
    field(
        "ports",
        format!("{:?}", before.ports),
        format!("{:?}", after.ports),
    );
    field(
        "volumes",
        format!("{:?}", before.volumes),
        format!("{:?}", after.volumes),
    );
    field("stop signal", before.stop_signal, after.stop_signal);
    field("author", before.author, after.author);
    field(
        "triggers",
        format!("{:?}", before.triggers),
        format!("{:?}", after.triggers),
    );
}

/// The words of `sh -c 'a b'`, where they are plain.
fn words_of_shell(command: &[String]) -> Option<Vec<String>> {
    let [_, flag, text] = command else {
        return None;
    };
    let plain = flag.ends_with('c') && !text.contains(['$', '\'', '"', '\\', '*', ';', '&', '|']);
    plain.then(|| text.split_whitespace().map(str::to_owned).collect())
}
