//! Every pattern of every law, hit and missed.

use serde_json::json;

use super::*;
use crate::verify::compare::differences;
use crate::verify::image::{Image, Put, directory, file, image_with};

fn image(files: &[Put]) -> Image {
    image_with(&json!({}), &[files.to_vec()]).unwrap()
}

/// The verdict on each difference: `path status`.
fn verdicts(before: &[Put], after: &[Put], laws: &[Law]) -> Vec<String> {
    let found = differences(&image(before), &image(after));
    let judged = judge(found, laws, &Noise::default());
    let line = |judged: &Judged| {
        let status = match judged.status {
            Status::Declared(law) => law.id(),
            other => other.name(),
        };
        format!("{} {status}", judged.difference.name())
    };
    judged.iter().map(line).collect()
}

/// What a law says to the removal of a file, to a new one, and to another content.
fn allowed(law: Law, path: &str) -> [bool; 3] {
    let parents = directory(path.rsplit_once('/').map_or("", |(parent, _)| parent));
    let declared = |before: &[Put], after: &[Put]| {
        let verdicts = verdicts(before, after, &[law]);
        assert_eq!(verdicts.len(), 1, "{path}: {verdicts:?}");
        !verdicts[0].ends_with(" undeclared")
    };
    let (none, one, two) = (
        [parents.clone()],
        [parents.clone(), file(path, "1")],
        [parents.clone(), file(path, "2")],
    );
    [
        declared(&one, &none),
        declared(&none, &one),
        declared(&one, &two),
    ]
}

const NO: [bool; 3] = [false, false, false];
const REMOVED: [bool; 3] = [true, false, false];
const ADDED: [bool; 3] = [false, true, false];
const CONTENT: [bool; 3] = [false, false, true];

#[test]
fn paths() {
    use Law::{AptIsAptGet, AptListsRemoved, InstallsJoined, PackageCacheRemoved};
    for (law, path, expected) in [
        (AptListsRemoved, "/var/lib/apt/lists/a", REMOVED),
        (AptListsRemoved, "/var/lib/apt/lists/partial/a", REMOVED),
        (AptListsRemoved, "/var/lib/apt/lists.d", NO),
        (AptListsRemoved, "/var/lib/apt/extended_states", NO),
        (AptListsRemoved, "/srv/var/lib/apt/lists/a", NO),
        (AptListsRemoved, "/var/cache/apt/archives/a.deb", NO),
        (
            PackageCacheRemoved,
            "/var/cache/apt/archives/a.deb",
            REMOVED,
        ),
        (PackageCacheRemoved, "/var/cache/apt/pkgcache.bin", REMOVED),
        (PackageCacheRemoved, "/var/lib/apt/lists/a", NO),
        (PackageCacheRemoved, "/var/cache/apk/a", REMOVED),
        (PackageCacheRemoved, "/etc/apk/cache/a", REMOVED),
        (PackageCacheRemoved, "/etc/apk/world", NO),
        (PackageCacheRemoved, "/var/cache/yum/a/b", REMOVED),
        (PackageCacheRemoved, "/var/cache/dnf/a", REMOVED),
        (PackageCacheRemoved, "/var/cache/libdnf5/a", REMOVED),
        (PackageCacheRemoved, "/var/cache/zypp/a", REMOVED),
        (PackageCacheRemoved, "/var/cache/dnfx/a", NO),
        (PackageCacheRemoved, "/var/lib/dnf/a", NO),
        (PackageCacheRemoved, "/var/log/dnf.log", CONTENT),
        (PackageCacheRemoved, "/var/log/dnf.librepo.log", CONTENT),
        (PackageCacheRemoved, "/var/log/dpkg.log", NO),
        (PackageCacheRemoved, "/root/.cache/pip/a", REMOVED),
        (PackageCacheRemoved, "/home/a/.cache/pip/http/b", REMOVED),
        (PackageCacheRemoved, "/.cache/pip/a", REMOVED),
        (PackageCacheRemoved, "/root/.cache/go-build/a", NO),
        (PackageCacheRemoved, "/root/.config/pip/a", NO),
        (PackageCacheRemoved, "/root/.npm/_cacache/a", REMOVED),
        (PackageCacheRemoved, "/root/.npmrc", NO),
        (
            PackageCacheRemoved,
            "/usr/local/share/.cache/yarn/a",
            REMOVED,
        ),
        (PackageCacheRemoved, "/usr/local/share/.cache/other/a", NO),
        (PackageCacheRemoved, "/usr/lib/node_modules/a", NO),
        (InstallsJoined, "/var/log/apt/history.log", CONTENT),
        (InstallsJoined, "/var/log/dpkg.log", CONTENT),
        (InstallsJoined, "/var/lib/dpkg/status-old", CONTENT),
        (InstallsJoined, "/var/lib/dpkg/status", NO),
        (InstallsJoined, "/var/lib/dpkg/triggers/File", CONTENT),
        (InstallsJoined, "/var/cache/debconf/config.dat-old", CONTENT),
        (InstallsJoined, "/var/cache/debconf/config.dat", NO),
        (InstallsJoined, "/var/lib/apt/extended_states", CONTENT),
        (InstallsJoined, "/usr/bin/a", NO),
        (InstallsJoined, "/etc/passwd", NO),
        (AptIsAptGet, "/var/cache/apt/archives/a.deb", ADDED),
        (AptIsAptGet, "/var/cache/apt/archives/partial/a.deb", NO),
        (AptIsAptGet, "/var/log/apt/history.log", CONTENT),
        (AptIsAptGet, "/var/log/dpkg.log", NO),
    ] {
        assert_eq!(allowed(law, path), expected, "{} {path}", law.id());
        assert_eq!(allowed(Law::LayersMerged, path), NO);
    }
}

#[test]
fn every_pattern_can_be_read_and_matches_something() {
    for law in Law::ALL {
        for permitted in law.permits() {
            let proof::Subject::Paths(patterns, _) = permitted.what else {
                continue;
            };
            for pattern in patterns {
                let example = pattern.replace("**", "a/b").replace('*', "c");
                let glob = glob(pattern).unwrap().compile_matcher();
                assert!(glob.is_match(&example), "{pattern}");
                assert!(pattern.starts_with('/'), "{pattern}");
            }
        }
    }
}

#[test]
fn only_the_content_may_differ_where_a_content_may() {
    let log = "/var/log/dpkg.log";
    let mut after = file(log, "2");
    after.mode = 0o600;
    assert_eq!(
        verdicts(&[file(log, "1")], &[after], &[Law::InstallsJoined]),
        [
            "/var/log/dpkg.log undeclared",
            "/var/log/dpkg.log installs-joined"
        ]
    );
    assert_eq!(
        verdicts(&[file(log, "1")], &[directory(log)], &[Law::InstallsJoined]),
        ["/var/log/dpkg.log undeclared"]
    );
}

#[test]
fn a_directory_goes_with_what_it_held() {
    let laws = &[Law::PackageCacheRemoved];
    let root = directory("root");
    let cache = [root.clone(), file("root/.cache/pip/a", "")];
    assert_eq!(
        verdicts(&cache, std::slice::from_ref(&root), laws),
        [
            "/root/.cache package-cache-removed",
            "/root/.cache/pip package-cache-removed",
            "/root/.cache/pip/a package-cache-removed"
        ]
    );
    let empty = [root.clone(), directory("root/.cache")];
    assert_eq!(
        verdicts(&empty, std::slice::from_ref(&root), laws),
        ["/root/.cache undeclared"]
    );
    let other = [
        root.clone(),
        file("root/.cache/x", ""),
        file("root/.cachepip/pip/a", ""),
    ];
    assert_eq!(
        verdicts(&other, &[root], laws),
        [
            "/root/.cache undeclared",
            "/root/.cache/x undeclared",
            "/root/.cachepip undeclared",
            "/root/.cachepip/pip undeclared",
            "/root/.cachepip/pip/a undeclared"
        ]
    );
}

#[test]
fn a_directory_that_is_made_anew_may_have_another_mode() {
    let laws = &[Law::PackageCacheRemoved];
    for (path, expected) in [
        ("root/.cache", "/root/.cache package-cache-removed"),
        ("root/.config", "/root/.config undeclared"),
    ] {
        let mut private = directory(path);
        private.mode = 0o750;
        let before = [directory("root"), directory(path)];
        let after = [directory("root"), private];
        assert_eq!(verdicts(&before, &after, laws), [expected]);
        assert_eq!(
            verdicts(&before, &after, &[Law::LayersMerged]),
            [format!("/{path} undeclared")]
        );
    }
}

#[test]
fn configuration() {
    let image = |config: serde_json::Value| image_with(&config, &[vec![]]).unwrap();
    let before = image(
        json!({"author": "x", "config": {"Cmd": ["/bin/sh", "-c", "a b"], "Env": ["A=1", "B=2"]}}),
    );
    let after = image(json!({"config": {"Cmd": ["a", "b"], "Env": ["B=2", "A=1"],
        "Labels": {"org.opencontainers.image.authors": "x"}}}));
    let statuses = |laws: &[Law]| {
        let judged = judge(differences(&before, &after), laws, &Noise::default());
        let statuses = judged.iter().map(|judged| judged.status.law());
        statuses.collect::<Vec<_>>()
    };
    let (exec, author, order) = (Law::ExecForm, Law::AuthorToLabel, Law::Metadata);
    assert_eq!(
        statuses(&[exec, author, order]),
        [Some(order), Some(exec), Some(author), Some(author)]
    );
    assert_eq!(statuses(&[exec]), [None, Some(exec), None, None]);
    assert_eq!(statuses(&[Law::PackageCacheRemoved]), [None; 4]);
}

#[test]
fn noise_is_no_difference() {
    let noise = Noise::between(&image(&[file("a", "1")]), &image(&[file("a", "2")]));
    let mut other = file("a", "3");
    other.mode = 0o600;
    let found = differences(&image(&[file("a", "1")]), &image(&[other]));
    let judged = judge(found, &[], &noise);
    let names: Vec<_> = judged.iter().map(|judged| judged.status.name()).collect();
    assert_eq!(names, ["undeclared", "noise"]);
    assert_eq!(judged[0].difference.before().as_deref(), Some("mode 0644"));
}
