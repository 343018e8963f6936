//! Reading files within the limits.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use dfix_syntax::SourceText;

use super::problem::{Problem, ProblemKind};

/// Reads a file, at most [`SourceText::MAX_LEN`] bytes of it.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Problem> {
    let metadata = std::fs::metadata(path).map_err(|error| {
        let link = (error.kind() == io::ErrorKind::NotFound)
            .then(|| std::fs::read_link(path).ok())
            .flatten();
        match link {
            Some(target) => Problem::new(
                ProblemKind::DanglingLink,
                format!("a link to {}, which does not exist", super::show(&target)),
            ),
            None => Problem::reading(&error),
        }
    })?;
    if metadata.is_dir() {
        return Err(Problem::new(
            ProblemKind::NotAFile,
            "a folder, not a Dockerfile",
        ));
    }
    if metadata.len() > SourceText::MAX_LEN as u64 {
        return Err(Problem::too_large(Some(metadata.len())));
    }
    let file = File::open(path).map_err(|error| Problem::reading(&error))?;
    read_all(file, metadata.len())
}

/// Reads a stream to its end, or to the limit: a pipe or a device does not say how long it is.
pub(crate) fn read_all(stream: impl Read, expected: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default() + 1);
    let limit = SourceText::MAX_LEN as u64 + 1;
    stream
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| Problem::reading(&error))?;
    if bytes.len() as u64 == limit {
        return Err(Problem::too_large(None));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_holds_for_streams() {
        assert_eq!(read_all(&b"abc"[..], 0), Ok(b"abc".to_vec()));
        let largest = vec![b' '; SourceText::MAX_LEN];
        assert_eq!(
            read_all(&largest[..], 0).map(|bytes| bytes.len()),
            Ok(largest.len())
        );
        let error = read_all(io::repeat(b' '), 0).unwrap_err();
        assert_eq!(error.kind, ProblemKind::TooLarge);
    }

    #[test]
    fn what_is_no_file_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let kind = |name: &str| read_file(&folder.path().join(name)).unwrap_err().kind;
        assert_eq!(kind(""), ProblemKind::NotAFile);
        assert_eq!(kind("none"), ProblemKind::NotFound);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("gone", folder.path().join("link")).unwrap();
            assert_eq!(kind("link"), ProblemKind::DanglingLink);
        }
    }
}
