//! The command line, as folders of cases: each folder of `tests/cli` is one.
//!
//! | name | what it is |
//! |---|---|
//! | `cmd` | a shell script that runs `dfix`; it stands in a copy of `input` |
//! | `input/` | the files before; may be absent |
//! | `setup` | a shell script that makes what git can't keep: links, permissions, odd bytes |
//! | `stdout`, `stderr`, `exit` | what is expected; absent means nothing, and 0 |
//! | `expected/` | the files after; absent means that none has changed |
//! | `unprivileged` | the case runs as a user without rights, also when the tests run as root |
//!
//! `DFIX_UPDATE=1` writes what came out as what is expected; `DFIX_CASE=name` runs one case; `DFIX_BIN` names the binary.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dfix_tests::binary;
use similar::TextDiff;

/// The id of the user without rights.
const NOBODY: &str = "65534";

#[test]
fn cases() {
    let binary = binary();
    let only = std::env::var_os("DFIX_CASE");
    let update = std::env::var_os("DFIX_UPDATE").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cli");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|case| case.is_dir())
        .filter(|case| only.is_none() || case.file_name() == only.as_deref())
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no case");
    let mut failures = String::new();
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy();
        let result = Outcome::run(case, &binary);
        if update {
            result.write(case);
        } else if let Some(difference) = result.differs(case) {
            let _ = write!(failures, "\n== {name}\n{difference}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// What came out of a case.
struct Outcome {
    stdout: String,
    stderr: String,
    exit: String,
    before: Tree,
    after: Tree,
}

/// Files by relative path.
type Tree = BTreeMap<String, Entry>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Folder,
    Link(PathBuf),
    File { mode: u32, content: Vec<u8> },
    Unreadable,
}

impl Outcome {
    fn run(case: &Path, binary: &Path) -> Self {
        let outer = tempfile::tempdir().unwrap();
        // What stands above the tree, and the home of the user, hold no configuration.
        let root = outer.path().canonicalize().unwrap();
        let tree = root.join("tree");
        fs::create_dir(&tree).unwrap();
        copy(&case.join("input"), &tree);
        let path = std::env::var("PATH").unwrap_or_default();
        let folder = binary.parent().unwrap().display();
        let shell = |command: &mut Command| -> Output {
            command
                .current_dir(&tree)
                .env_clear()
                .env("PATH", format!("{folder}:{path}"))
                .env("HOME", root.join("home"))
                .env("LC_ALL", "C")
                .output()
                .unwrap()
        };
        let setup = case.join("setup");
        if setup.exists() {
            let output = shell(Command::new("sh").arg("-eu").arg(setup));
            assert!(output.status.success(), "{}: {output:?}", case.display());
        }
        let before = read_tree(&tree);
        let output = if case.join("unprivileged").exists() && is_root() {
            open(&root);
            let ids = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
            let mut command = Command::new("setpriv");
            command.args(ids).arg("--clear-groups").arg("sh").arg("-u");
            shell(command.arg("-c").arg(read(&case.join("cmd"))))
        } else {
            shell(Command::new("sh").arg("-u").arg(case.join("cmd")))
        };
        let place = tree.to_string_lossy();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(place.as_ref(), "[DIR]");
        Self {
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            exit: output.status.code().map_or_else(
                || format!("{}\n", output.status),
                |code| format!("{code}\n"),
            ),
            before,
            after: read_tree(&tree),
        }
    }

    /// How the result differs from what is expected.
    fn differs(&self, case: &Path) -> Option<String> {
        let mut differences = String::new();
        let mut compare = |what: &str, expected: &str, actual: &str| {
            if expected != actual {
                let diff = TextDiff::from_lines(expected, actual);
                let _ = writeln!(differences, "-- {what}\n{}", diff.unified_diff());
            }
        };
        compare("stdout", &read(&case.join("stdout")), &self.stdout);
        compare("stderr", &read(&case.join("stderr")), &self.stderr);
        compare("exit", &expected_exit(case), &self.exit);
        let expected = self.expected_tree(case);
        for name in expected.keys().chain(self.after.keys()) {
            let (expected, actual) = (expected.get(name), self.after.get(name));
            if expected != actual {
                compare(name, &show(expected), &show(actual));
            }
        }
        (!differences.is_empty()).then_some(differences)
    }

    /// The tree before, with the contents that `expected/` gives.
    fn expected_tree(&self, case: &Path) -> Tree {
        let mut tree = self.before.clone();
        let folder = case.join("expected");
        if !folder.exists() {
            return tree;
        }
        for (name, entry) in read_tree(&folder) {
            match (tree.get_mut(&name), entry) {
                // Git keeps no permissions: they have to be as they were.
                (Some(Entry::File { content, .. }), Entry::File { content: new, .. }) => {
                    *content = new;
                }
                (_, entry) => {
                    tree.insert(name, entry);
                }
            }
        }
        tree
    }

    fn write(&self, case: &Path) {
        let put = |name: &str, text: &str, default: &str| {
            let path = case.join(name);
            if text == default {
                let _ = fs::remove_file(path);
            } else {
                fs::write(path, text).unwrap();
            }
        };
        put("stdout", &self.stdout, "");
        put("stderr", &self.stderr, "");
        put("exit", &self.exit, "0\n");
        let folder = case.join("expected");
        let _ = fs::remove_dir_all(&folder);
        for (name, entry) in &self.after {
            if let Entry::File { content, .. } = entry
                && self.before.get(name) != Some(entry)
            {
                let path = folder.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, content).unwrap();
            }
        }
    }
}

/// The binary under test, built when it isn't named.
fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

/// Lets the user without rights work in a tree: gives it to them and opens the way to it.
fn open(root: &Path) {
    fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
    let owner = format!("{NOBODY}:{NOBODY}");
    let mut command = Command::new("chown");
    command.args(["-R", &owner]).arg(root.join("tree"));
    assert!(command.status().unwrap().success());
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn expected_exit(case: &Path) -> String {
    let path = case.join("exit");
    if path.exists() {
        read(&path)
    } else {
        "0\n".to_owned()
    }
}

fn copy(from: &Path, to: &Path) {
    let Ok(listing) = fs::read_dir(from) else {
        return;
    };
    for entry in listing {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn read_tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(listing) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in listing {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_string_lossy();
            let metadata = path.symlink_metadata().unwrap();
            let entry = if metadata.is_dir() {
                folders.push(path.clone());
                Entry::Folder
            } else if metadata.is_symlink() {
                Entry::Link(fs::read_link(&path).unwrap())
            } else if !metadata.is_file() {
                Entry::Unreadable
            } else {
                fs::read(&path).map_or(Entry::Unreadable, |content| Entry::File {
                    mode: metadata.permissions().mode() & 0o7777,
                    content,
                })
            };
            // A repository made by a script is not what the case is about.
            if !name.starts_with(".git/") {
                tree.insert(name.into_owned(), entry);
            }
        }
    }
    tree
}

fn show(entry: Option<&Entry>) -> String {
    match entry {
        None => "nothing\n".to_owned(),
        Some(Entry::File { mode, content }) => {
            format!("mode {mode:o}\n{}", String::from_utf8_lossy(content))
        }
        Some(other) => format!("{other:?}\n"),
    }
}
