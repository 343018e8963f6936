//! Small repositories for tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A repository in a temporary folder.
pub(crate) struct TestRepository {
    folder: tempfile::TempDir,
    commits: u64,
}

impl TestRepository {
    /// An empty one. `None`, and a line that says so, where there is no git.
    pub(crate) fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let made = Self { folder, commits: 0 };
        let there = Command::new("git").arg("--version").output();
        if !there.is_ok_and(|output| output.status.success()) {
            let _ = std::io::Write::write_all(
                &mut std::io::stderr(),
                b"SKIPPED: there is no git, so nothing about histories is tested\n",
            );
            return None;
        }
        made.git(&["init", "-q", "-b", "main"]);
        Some(made)
    }

    pub(crate) fn path(&self) -> PathBuf {
        crate::world::discover::real_path(self.folder.path())
    }

    pub(crate) fn git(&self, words: &[&str]) {
        let time = format!("{} +0000", 1_700_000_000 + self.commits * 3600);
        let status = Command::new("git")
            .arg("-C")
            .arg(self.folder.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .args([
                "-c",
                "commit.gpgSign=false",
                "-c",
                "core.hooksPath=/dev/null",
            ])
            .args(words)
            .env("GIT_AUTHOR_DATE", &time)
            .env("GIT_COMMITTER_DATE", &time)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "git {words:?}");
    }

    /// Writes files (a text of `-` removes one) and commits them.
    pub(crate) fn commit(&mut self, files: &[(&str, &str)]) {
        for (path, text) in files {
            let place = self.folder.path().join(path);
            if *text == "-" {
                std::fs::remove_file(&place).unwrap();
                continue;
            }
            std::fs::create_dir_all(place.parent().unwrap_or(Path::new("/"))).unwrap();
            std::fs::write(&place, text).unwrap();
        }
        self.commits += 1;
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    }
}
