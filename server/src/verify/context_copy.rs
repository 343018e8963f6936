//! A copy of a build context in which files may be changed. What is not changed is linked where the system allows it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dfix_transforms::Facts;

use crate::world::dockerignore::DockerIgnore;

/// How many entries are copied at most.
const MAX_ENTRIES: usize = 100_000;
/// How many bytes are copied at most where nothing can be linked.
const MAX_BYTES: u64 = 2 << 30;

/// A copy of a context.
#[derive(Debug)]
pub(super) struct ContextCopy {
    root: PathBuf,
    entries: usize,
    bytes: u64,
}

impl ContextCopy {
    /// Copies what an ignore file lets through, and the ignore files themselves.
    ///
    /// # Errors
    /// When something can't be copied, or it is too much.
    pub(super) fn make(context: &Path, root: PathBuf, ignore: &DockerIgnore) -> io::Result<Self> {
        let mut copy = Self {
            root,
            entries: 0,
            bytes: 0,
        };
        fs::create_dir_all(&copy.root)?;
        copy.folder(context, "", ignore)?;
        Ok(copy)
    }

    /// The folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Changes a file: the original's content with so many line ends behind it, which no program minds. The original is
    /// not touched.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub(super) fn touch(&self, context: &Path, path: &str, line_ends: usize) -> io::Result<()> {
        let mut content = fs::read(context.join(path))?;
        content.resize(content.len() + line_ends, b'\n');
        let mode = fs::metadata(context.join(path))?.permissions();
        let place = self.place(path)?;
        // It may be a hard link to the original, so it is not written but replaced.
        fs::remove_file(&place)?;
        fs::write(&place, content)?;
        fs::set_permissions(&place, mode)
    }

    /// Takes a change back.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(super) fn restore(&mut self, context: &Path, path: &str) -> io::Result<()> {
        let place = self.place(path)?;
        fs::remove_file(&place)?;
        self.file(&context.join(path), &place)
    }

    /// Where a path of the context is in the copy.
    ///
    /// # Errors
    /// When it is nowhere, or a symbolic link leads out of the copy: what is there is not ours.
    fn place(&self, path: &str) -> io::Result<PathBuf> {
        let place = self.root.join(Facts::key(path));
        let parent = fs::canonicalize(place.parent().unwrap_or(&self.root))?;
        match (
            place.file_name(),
            parent.starts_with(fs::canonicalize(&self.root)?),
        ) {
            (Some(name), true) => Ok(parent.join(name)),
            _ => Err(io::Error::other(
                "a symbolic link leads out of the build context",
            )),
        }
    }

    fn folder(&mut self, context: &Path, folder: &str, ignore: &DockerIgnore) -> io::Result<()> {
        for entry in fs::read_dir(context.join(folder))? {
            let entry = entry?;
            let name = entry.file_name();
            // A name that is no text is matched by no pattern that could be written.
            let shown = name.to_string_lossy();
            let path = match folder {
                "" => shown.into_owned(),
                folder => format!("{folder}/{shown}"),
            };
            let is_own = matches!(path.as_str(), ".dockerignore" | ".containerignore");
            let excluded = !is_own && ignore.excludes(&path);
            let kind = entry.file_type()?;
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(too_much());
            }
            let (from, to) = (entry.path(), self.root.join(&path));
            if kind.is_dir() {
                if !excluded || ignore.may_keep_below() {
                    fs::create_dir_all(&to)?;
                    self.folder(context, &path, ignore)?;
                    fs::set_permissions(&to, removable(entry.metadata()?.permissions()))?;
                }
            } else if excluded {
            } else if kind.is_symlink() {
                link(&fs::read_link(&from)?, &to)?;
            } else if kind.is_file() {
                self.file(&from, &to)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        if fs::hard_link(from, to).is_ok() {
            return Ok(());
        }
        self.bytes += fs::metadata(from)?.len();
        if self.bytes > MAX_BYTES {
            return Err(too_much());
        }
        fs::copy(from, to).map(|_| ())
    }
}

fn too_much() -> io::Error {
    io::Error::other(
        "the build context holds too much to be copied; an ignore file helps builds, too",
    )
}

/// A folder that its owner may not write could not be removed again.
#[cfg(unix)]
fn removable(mut permissions: fs::Permissions) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    permissions.set_mode(permissions.mode() | 0o700);
    permissions
}

#[cfg(not(unix))]
fn removable(permissions: fs::Permissions) -> fs::Permissions {
    permissions
}

#[cfg(unix)]
fn link(target: &Path, place: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::other(
        "symbolic links in the context are not copied on this system",
    ))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn no_way_leads_out_of_the_copy() {
        let outer = tempfile::tempdir().unwrap();
        let at = |name: &str| outer.path().join(name);
        fs::create_dir_all(at("context/real")).unwrap();
        fs::write(at("f"), "x").unwrap();
        fs::write(at("context/real/f"), "x").unwrap();
        std::os::unix::fs::symlink(outer.path(), at("context/out")).unwrap();
        std::os::unix::fs::symlink(at("context/real"), at("context/back")).unwrap();
        std::os::unix::fs::symlink("real", at("context/in")).unwrap();
        let context = at("context");
        let copy = ContextCopy::make(&context, at("copy"), &DockerIgnore::default()).unwrap();
        let absolute = at("f");
        for path in [
            "out/f",
            "../f",
            "back/f",
            absolute.to_str().unwrap(),
            "",
            ".",
        ] {
            assert!(copy.touch(&context, path, 1).is_err(), "{path}");
        }
        copy.touch(&context, "in/f", 1).unwrap();
        for name in ["f", "context/real/f"] {
            assert_eq!(fs::read_to_string(at(name)).unwrap(), "x", "{name}");
        }
        assert_eq!(fs::read_to_string(at("copy/real/f")).unwrap(), "x\n");
    }

    #[test]
    fn changes_stay_in_the_copy() {
        let outer = tempfile::tempdir().unwrap();
        let context = outer.path().join("context");
        fs::create_dir_all(context.join("a/b")).unwrap();
        fs::create_dir_all(context.join("skipped")).unwrap();
        fs::write(context.join("a/b/f"), "x").unwrap();
        fs::write(context.join("skipped/f"), "x").unwrap();
        fs::write(context.join(".dockerignore"), "skipped\n.dockerignore\n").unwrap();
        fs::set_permissions(context.join("a/b/f"), fs::Permissions::from_mode(0o750)).unwrap();
        std::os::unix::fs::symlink("nowhere", context.join("l")).unwrap();
        let ignore = DockerIgnore::parse("skipped\n.dockerignore\n").unwrap();
        let mut copy = ContextCopy::make(&context, outer.path().join("copy"), &ignore).unwrap();
        let there = |name: &str| copy.root().join(name);
        assert!(there(".dockerignore").exists());
        assert!(!there("skipped").exists());
        assert_eq!(fs::read_link(there("l")).unwrap(), Path::new("nowhere"));
        let file = there("a/b/f");
        copy.touch(&context, "a/b/f", 3).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "x\n\n\n");
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o750
        );
        assert_eq!(fs::read_to_string(context.join("a/b/f")).unwrap(), "x");
        copy.restore(&context, "a/b/f").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "x");
        assert!(copy.touch(&context, "none", 1).is_err());
    }
}
