//! Builders that are shell scripts: `tests/fake-builder` says what they do.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code stops at the first surprise"
)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A folder with builders that build nothing.
#[derive(Debug)]
pub struct FakeBuilders {
    folder: PathBuf,
}

impl FakeBuilders {
    /// Makes the folder with builders of these names, which build the same image of everything.
    #[must_use]
    pub fn new(folder: PathBuf, names: &[&str]) -> Self {
        script("make", |command| {
            command.arg(&folder).args(names);
        });
        Self { folder }
    }

    /// The folder, and what the scripts need.
    #[must_use]
    pub fn search_path(&self) -> String {
        format!("{}:/usr/bin:/bin", self.folder.display())
    }

    /// A file of the builders.
    #[must_use]
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Puts the image that the build of a role makes.
    pub fn image(&self, role: &str, content: &str) {
        script("image", |command| {
            command.arg(self.at(&format!("{role}.tar"))).arg(content);
        });
    }

    /// Puts a file that tells the builders what to do.
    pub fn put(&self, name: &str, content: &str) {
        fs::write(self.at(name), content).unwrap();
    }

    /// How the builders were called, a line each.
    #[must_use]
    pub fn calls(&self) -> String {
        fs::read_to_string(self.at("calls")).unwrap_or_default()
    }

    /// How often a builder was called with words that begin so.
    #[must_use]
    pub fn count(&self, start: &str) -> usize {
        let calls = self.calls();
        calls.lines().filter(|call| call.starts_with(start)).count()
    }

    /// Waits for the process that hangs; returns its id.
    #[must_use]
    pub fn hanging(&self) -> String {
        let since = Instant::now();
        loop {
            let text = fs::read_to_string(self.at("hangs")).unwrap_or_default();
            if text.ends_with('\n') {
                return text.trim().to_owned();
            }
            assert!(
                since.elapsed() < crate::lsp_client::PATIENCE,
                "{}",
                self.calls()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Fails when an image that was to be made was not removed.
    #[track_caller]
    pub fn no_image_is_left(&self) {
        let calls = self.calls();
        let tags = |call: &str| -> Vec<String> {
            let words = call.split_whitespace();
            let tags = words.filter(|word| word.starts_with("dfix-verify-"));
            tags.map(str::to_owned).collect()
        };
        let is_build = |call: &&str| call.contains(" build ") || call.contains(" bud ");
        let removals = calls.lines().filter(|it| it.contains(" rmi "));
        let removed: Vec<String> = removals.flat_map(tags).collect();
        for tag in calls.lines().filter(is_build).flat_map(tags) {
            assert!(removed.contains(&tag), "{tag} is still there:\n{calls}");
        }
    }
}

/// Sends a signal to a process; whether it was there.
#[must_use]
pub fn signal(name: &str, process: &str) -> bool {
    let mut command = Command::new("kill");
    command.args([&format!("-{name}"), "--", process]);
    command.stderr(Stdio::null()).status().unwrap().success()
}

fn script(name: &str, with: impl FnOnce(&mut Command)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fake-builder");
    let mut command = Command::new(folder.join(name));
    with(&mut command);
    let status = command.status();
    let done = matches!(&status, Ok(status) if status.success());
    assert!(done, "{:?}: {status:?}", OsStr::new(name));
}
