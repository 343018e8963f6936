//! Writing a file so that at every moment either the old or the new content is there, whole.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::problem::{Problem, ProblemKind};

/// Replaces a file's content. Links are followed. The new content goes to a temporary file in the same folder, with the
/// same permissions and, where the system allows it, the same owner, reaches the disk, and takes the file's name.
///
/// # Errors
/// When the file no longer holds `original`, may not be written, or something fails on the way, it stays as it is.
pub(crate) fn replace(path: &Path, original: &[u8], new: &[u8]) -> Result<(), Problem> {
    let target = fs::canonicalize(path).map_err(|error| failed("found", &error))?;
    let metadata = fs::metadata(&target).map_err(|error| failed("read", &error))?;
    check_writable(&target, &metadata)?;
    let folder = target.parent().unwrap_or(Path::new("/"));
    let mut temporary = tempfile::Builder::new()
        .prefix(".dfix-")
        .suffix(".tmp")
        .tempfile_in(folder)
        .map_err(|error| failed("written: no temporary file beside it", &error))?;
    temporary
        .write_all(new)
        .and_then(|()| copy_attributes(temporary.as_file(), &metadata))
        .and_then(|()| temporary.as_file().sync_all())
        .map_err(|error| failed("written", &error))?;
    // The last look at the file comes as late as possible; what happens between it and the rename can't be seen.
    let now = fs::read(&target).map_err(|error| failed("read again", &error))?;
    if now != original {
        return Err(Problem::new(
            ProblemKind::ChangedMeanwhile,
            "changed since it was read; left alone",
        ));
    }
    temporary
        .persist(&target)
        .map_err(|error| failed("replaced", &error.error))?;
    // The content is safe already; this only makes the new name last through a power failure.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Makes a file that does not exist yet, with its content at once.
///
/// # Errors
/// When there is such a file already, or something fails on the way; nothing is left behind then.
pub(crate) fn create(path: &Path, new: &[u8]) -> Result<(), Problem> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".dfix-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any program makes a file; the system takes away what the user's mask says.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let failed = |what: &str, error: &io::Error| {
        Problem::new(
            ProblemKind::WriteFailed,
            format!("cannot be {what}: {}", error.kind()),
        )
    };
    let mut temporary = builder
        .tempfile_in(folder)
        .map_err(|error| failed("made", &error))?;
    temporary
        .write_all(new)
        .and_then(|()| temporary.as_file().sync_all())
        .map_err(|error| failed("written", &error))?;
    temporary
        .persist_noclobber(path)
        .map_err(|error| failed("made", &error.error))?;
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A rename would also replace what its owner wrote-protected, so the file itself is asked.
fn check_writable(target: &Path, metadata: &Metadata) -> Result<(), Problem> {
    if !metadata.is_file() {
        return Err(Problem::new(
            ProblemKind::NotAFile,
            "not a regular file, so it is not written",
        ));
    }
    let refused = metadata.permissions().readonly()
        || OpenOptions::new()
            .write(true)
            .open(target)
            .is_err_and(|error| {
                matches!(
                    error.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                )
            });
    if refused {
        return Err(Problem::new(
            ProblemKind::ReadOnly,
            "read-only, so it is not written",
        ));
    }
    Ok(())
}

/// Gives the new file the old one's owner, as far as the system allows, and then its permissions, since a change of
/// owner may clear some of them.
fn copy_attributes(file: &File, metadata: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (metadata.uid(), metadata.gid()) {
            let _ = std::os::unix::fs::fchown(file, Some(metadata.uid()), Some(metadata.gid()));
        }
    }
    file.set_permissions(metadata.permissions())
}

/// A failure on the way; the original is untouched.
fn failed(what: &str, error: &io::Error) -> Problem {
    let reason = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        io::ErrorKind::PermissionDenied => "no permission".to_owned(),
        // The kind alone: the whole message may hold the temporary file's name.
        kind => kind.to_string(),
    };
    Problem::new(
        ProblemKind::WriteFailed,
        format!("cannot be {what}: {reason}; the original is untouched"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(content: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Dockerfile");
        fs::write(&path, content).unwrap();
        (folder, path)
    }

    fn names(folder: &Path) -> Vec<std::ffi::OsString> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_and_leaves_nothing_behind() {
        let (folder, path) = folder_with("old");
        replace(&path, b"old", b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["Dockerfile"]);
    }

    #[test]
    fn makes_a_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        create(&path, b"one").unwrap();
        assert!(create(&path, b"two").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(folder.path()), ["new"]);
    }

    #[test]
    fn a_file_that_changed_is_left_alone() {
        let (folder, path) = folder_with("edited by someone");
        let error = replace(&path, b"old", b"new").unwrap_err();
        assert_eq!(error.kind, ProblemKind::ChangedMeanwhile);
        assert_eq!(fs::read(&path).unwrap(), b"edited by someone");
        assert_eq!(names(folder.path()), ["Dockerfile"]);
    }

    #[test]
    fn a_file_that_vanished_is_not_made_again() {
        let (folder, path) = folder_with("old");
        fs::remove_file(&path).unwrap();
        assert!(replace(&path, b"old", b"new").is_err());
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, path) = folder_with("old");
        for mode in [0o600, 0o755, 0o664] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let before = fs::read(&path).unwrap();
            replace(&path, &before, format!("{mode}").as_bytes()).unwrap();
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
                mode
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn read_only_stays() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, path) = folder_with("old");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let error = replace(&path, b"old", b"new").unwrap_err();
        assert_eq!(error.kind, ProblemKind::ReadOnly);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["Dockerfile"]);
    }

    /// Runs itself again with a limit on the size of files, which fails a write as a full disk does: half-way.
    #[cfg(unix)]
    #[test]
    fn a_full_disk_leaves_the_original() {
        const VARIABLE: &str = "DFIX_TEST_WRITES_TO";
        let old = b"old".as_slice();
        if let Some(path) = std::env::var_os(VARIABLE) {
            let error = replace(Path::new(&path), old, &vec![b'x'; 1 << 20]).unwrap_err();
            assert_eq!(error.kind, ProblemKind::WriteFailed);
            return;
        }
        let (folder, path) = folder_with("old");
        let output = std::process::Command::new("sh")
            .args([
                "-c",
                "trap '' XFSZ; ulimit -f 8; exec \"$0\" a_full_disk --nocapture",
            ])
            .arg(std::env::current_exe().unwrap())
            .env(VARIABLE, &path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
        assert_eq!(fs::read(&path).unwrap(), old);
        assert_eq!(names(folder.path()), ["Dockerfile"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        let (folder, path) = folder_with("old");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("Dockerfile", &link).unwrap();
        replace(&link, b"old", b"new").unwrap();
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("Dockerfile"));
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_not_replaced() {
        let error = replace(Path::new("/dev/null"), b"", b"new").unwrap_err();
        assert_eq!(error.kind, ProblemKind::NotAFile);
    }
}
