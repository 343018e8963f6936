//! The build context of all cases.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with files of every kind that a source can be.
pub(crate) struct Context(PathBuf);

const FILES: &[(&str, &str, u32)] = &[
    ("a.txt", "a\n", 0o644),
    ("run.sh", "#!/bin/sh\necho run\n", 0o755),
    ("tool", "#!/bin/sh\necho tool\n", 0o644),
    ("conf.json", "{}\n", 0o600),
    ("package.json", "{}\n", 0o644),
    ("package-lock.json", "{}\n", 0o644),
    ("requirements.txt", "requests==2.0\n", 0o644),
    ("Makefile", "all:\n", 0o644),
    ("dir/x.sh", "echo x\n", 0o744),
    ("dir/sub/f", "f\n", 0o640),
    ("site/index.html", "<p>\n", 0o644),
];

impl Context {
    /// Makes it below a folder.
    pub(crate) fn new(parent: &Path) -> io::Result<Self> {
        let folder = parent.join("context");
        for (name, text, mode) in FILES {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&path, text)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(*mode))?;
        }
        fs::set_permissions(folder.join("dir/sub"), fs::Permissions::from_mode(0o700))?;
        symlink("x.sh", folder.join("dir/link"))?;
        for (archive, option) in [("pkg.tar", "-cf"), ("data.tgz", "-czf"), ("blob", "-cf")] {
            let status = Command::new("tar")
                .args([
                    "--sort=name",
                    "--mtime=@0",
                    "--owner=7",
                    "--group=8",
                    "--numeric-owner",
                ])
                .args([option, archive, "dir", "a.txt"])
                .current_dir(&folder)
                .status()?;
            if !status.success() {
                return Err(io::Error::other("tar does not work"));
            }
        }
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}
