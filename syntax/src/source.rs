//! The text of one file, checked for what dfix can handle without losing a byte.

use std::fmt;
use std::sync::Arc;

/// The text of one file. Cheap to clone. It is UTF-8, holds no NUL, and is at most [`SourceText::MAX_LEN`] bytes long;
/// a byte order mark and the file's own line ends are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText(Arc<str>);

/// Why bytes are not a [`SourceText`]. Offsets are in bytes from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceError {
    /// The bytes from `offset` on are not UTF-8.
    NotUtf8 {
        /// Where the first invalid byte stands.
        offset: usize,
    },
    /// There is a NUL byte.
    Nul {
        /// Where it stands.
        offset: usize,
    },
    /// The file is too large.
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
}

impl SourceText {
    /// The largest file that is read: 16 MiB (decision F.8 of the semantics document).
    pub const MAX_LEN: usize = 16 << 20;

    /// Checks bytes and takes them over.
    ///
    /// # Errors
    /// [`SourceError`] names the first thing that makes the bytes unfit.
    pub fn new(bytes: &[u8]) -> Result<Self, SourceError> {
        // What is too large isn't looked at.
        if bytes.len() > Self::MAX_LEN {
            return Err(SourceError::TooLarge {
                length: bytes.len(),
            });
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::of_text(text),
            Err(error) => Err(SourceError::NotUtf8 {
                offset: error.valid_up_to(),
            }),
        }
    }

    /// As [`Self::new`], for bytes that are known to be a text.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of_text(text: &str) -> Result<Self, SourceError> {
        if text.len() > Self::MAX_LEN {
            return Err(SourceError::TooLarge { length: text.len() });
        }
        match memchr::memchr(0, text.as_bytes()) {
            Some(offset) => Err(SourceError::Nul { offset }),
            None => Ok(Self(text.into())),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::ops::Deref for SourceText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 { offset } => write!(f, "not UTF-8: invalid byte at offset {offset}"),
            Self::Nul { offset } => write!(f, "NUL byte at offset {offset}"),
            Self::TooLarge { length } => {
                write!(
                    f,
                    "{length} bytes, more than the {} that dfix reads",
                    SourceText::MAX_LEN
                )
            }
        }
    }
}

impl std::error::Error for SourceError {}
