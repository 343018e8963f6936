//! Why an image could not be read.

use std::fmt;

/// Says what is wrong with an archive, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem(String);

impl Problem {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// The same problem, with the place where it is in front.
    pub(super) fn at(self, place: &str) -> Self {
        Self(format!("{place}: {}", self.0))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Problem {}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// How much of an archive is kept in memory: names, attributes, short texts. A hostile archive can hold more of them
/// than any memory.
#[derive(Debug)]
pub(super) struct Budget(u64);

impl Budget {
    /// More than the largest images need: one with a million files has about 150 MB of names.
    const BYTES: u64 = 1 << 30;

    pub(super) fn new() -> Self {
        Self(Self::BYTES)
    }

    /// Takes a part of it.
    ///
    /// # Errors
    /// When there is not so much left.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(Problem::new(format!(
                "its names and attributes take more than {} MiB, which no usual image does",
                Self::BYTES >> 20
            ))),
        }
    }
}
