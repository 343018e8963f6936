//! File systems: paths inside a root, copies, and what is in a tree.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};

/// Files of a base that are at least as large are shared between copies by hard links.
pub(crate) const LARGE: u64 = 65536;

/// What an image holds, by absolute path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tree(pub(crate) BTreeMap<String, Node>);

/// One path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Permission bits with set-id and sticky bits; 0 for links.
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
}

/// The type of a path, with what makes two of one type differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    File(Vec<u8>),
    Link(PathBuf),
    Other,
}

impl Tree {
    /// Everything below a root, but for what is a mount in a container.
    pub(crate) fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.add(root, "/")?;
        Ok(tree)
    }

    fn add(&mut self, path: &Path, name: &str) -> io::Result<()> {
        let meta = fs::symlink_metadata(path)?;
        let kind = if meta.is_dir() {
            Kind::Directory
        } else if meta.is_symlink() {
            Kind::Link(fs::read_link(path)?)
        } else if meta.len() >= LARGE {
            // Shared with the base; its content is checked there.
            Kind::File(Vec::new())
        } else if meta.is_file() {
            Kind::File(fs::read(path)?)
        } else {
            Kind::Other
        };
        let directory = kind == Kind::Directory;
        let mode = if meta.is_symlink() {
            0
        } else {
            meta.mode() & 0o7777
        };
        let owner = (meta.uid(), meta.gid());
        self.0.insert(name.to_owned(), Node { kind, mode, owner });
        if directory && !matches!(name, "/dev" | "/proc" | "/sys") {
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                let below = entry.file_name().to_string_lossy().into_owned();
                self.add(
                    &entry.path(),
                    &format!("{}/{below}", name.trim_end_matches('/')),
                )?;
            }
        }
        Ok(())
    }
}

/// Copies a tree with owners and modes. Large files become hard links.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    let meta = fs::symlink_metadata(from)?;
    if meta.is_dir() {
        fs::create_dir(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy_tree(&entry.path(), &to.join(entry.file_name()))?;
        }
        keep_metadata(&meta, to)
    } else if meta.is_file() && meta.len() >= LARGE {
        fs::hard_link(from, to)
    } else {
        copy_file(from, &meta, to)
    }
}

/// Copies what is no directory, with owner and mode.
pub(crate) fn copy_file(from: &Path, meta: &Metadata, to: &Path) -> io::Result<()> {
    if meta.is_symlink() {
        symlink(fs::read_link(from)?, to)?;
        lchown(to, Some(meta.uid()), Some(meta.gid()))
    } else if meta.is_file() {
        fs::write(to, fs::read(from)?)?;
        keep_metadata(meta, to)
    } else {
        device(from, to)
    }
}

/// Owner first: changing it clears the set-id bits.
fn keep_metadata(meta: &Metadata, to: &Path) -> io::Result<()> {
    chown(to, Some(meta.uid()), Some(meta.gid()))?;
    fs::set_permissions(to, fs::Permissions::from_mode(meta.mode() & 0o7777))
}

/// Makes a device or a pipe like another one.
fn device(from: &Path, to: &Path) -> io::Result<()> {
    let stat = rustix::fs::lstat(from)?;
    let kind = rustix::fs::FileType::from_raw_mode(stat.st_mode);
    let mode = rustix::fs::Mode::from_raw_mode(stat.st_mode);
    rustix::fs::mknodat(rustix::fs::CWD, to, kind, mode, stat.st_rdev)?;
    rustix::fs::chmod(to, mode)?;
    Ok(())
}

/// Where an absolute path of an image is on this machine, with links followed inside the root; the last part is followed
/// only when asked. What does not exist is taken as it is written.
pub(crate) fn inside(root: &Path, path: &str, follow_last: bool) -> io::Result<PathBuf> {
    let mut todo: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
    let mut done: Vec<String> = Vec::new();
    let mut links = 0;
    while let Some(part) = todo.pop() {
        match part.as_str() {
            "" | "." => continue,
            ".." => {
                done.pop();
                continue;
            }
            _ => done.push(part),
        }
        let here = root.join(done.join("/"));
        let last = todo.iter().all(|part| matches!(part.as_str(), "" | "."));
        let is_link = fs::symlink_metadata(&here).is_ok_and(|meta| meta.is_symlink());
        if is_link && (follow_last || !last) {
            links += 1;
            if links > 40 {
                return Err(rustix::io::Errno::LOOP.into());
            }
            let target = fs::read_link(&here)?.to_string_lossy().into_owned();
            done.pop();
            if target.starts_with('/') {
                done.clear();
            }
            todo.extend(target.rsplit('/').map(str::to_owned));
        }
    }
    Ok(root.join(done.join("/")))
}

/// Makes a directory with its parents; those that are made get the owner and the mode. Links are followed inside the
/// root.
pub(crate) fn make_directories(
    root: &Path,
    path: &str,
    owner: (u32, u32),
    mode: u32,
) -> io::Result<PathBuf> {
    let mut so_far = String::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        so_far = format!("{so_far}/{part}");
        let here = inside(root, &so_far, true)?;
        if !here.exists() {
            fs::create_dir(&here)?;
            chown(&here, Some(owner.0), Some(owner.1))?;
            fs::set_permissions(&here, fs::Permissions::from_mode(mode))?;
        } else if !here.is_dir() {
            return Err(io::Error::other(format!("{so_far} is not a directory")));
        }
    }
    inside(root, path, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_inside() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join("usr/bin")).unwrap();
        symlink("usr/bin", root.join("bin")).unwrap();
        symlink("/usr", root.join("usr/bin/up")).unwrap();
        symlink("../../../../usr/bin/x", root.join("far")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        for (path, follow, expected) in [
            ("/bin/x", true, "usr/bin/x"),
            ("/bin", false, "bin"),
            ("/bin/", false, "bin"),
            ("/bin", true, "usr/bin"),
            ("/bin/up/bin/a/../b", true, "usr/bin/b"),
            ("/far", true, "usr/bin/x"),
            ("/../../a", true, "a"),
        ] {
            assert_eq!(
                inside(root, path, follow).unwrap(),
                root.join(expected),
                "{path}"
            );
        }
        assert!(inside(root, "/loop", true).is_err());
    }
}
