//! Why a file could not be done.

use std::io;

use dfix_syntax::{SourceError, SourceText};

use crate::report::lines::{Position, position_in_bytes};

/// Why a file could not be done; the file itself is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What kind of trouble.
    pub kind: ProblemKind,
    /// Where in the file, when it is a place in it.
    pub place: Option<Position>,
    /// What, in words for a person.
    pub message: String,
}

/// The kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProblemKind {
    NotFound,
    DanglingLink,
    NotAFile,
    PermissionDenied,
    Unreadable,
    NotUtf8,
    Nul,
    TooLarge,
    Template,
    ReadOnly,
    ChangedMeanwhile,
    WriteFailed,
    Config,
    Internal,
}

impl ProblemKind {
    /// A stable name in kebab-case: it is part of the JSON output.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::DanglingLink => "dangling-link",
            Self::NotAFile => "not-a-file",
            Self::PermissionDenied => "permission-denied",
            Self::Unreadable => "unreadable",
            Self::NotUtf8 => "not-utf8",
            Self::Nul => "nul-byte",
            Self::TooLarge => "too-large",
            Self::Template => "template",
            Self::ReadOnly => "read-only",
            Self::ChangedMeanwhile => "changed-meanwhile",
            Self::WriteFailed => "write-failed",
            Self::Config => "configuration",
            Self::Internal => "internal-error",
        }
    }
}

impl Problem {
    /// A problem with the file as a whole.
    pub(crate) fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            place: None,
            message: message.into(),
        }
    }

    /// Adds the place.
    pub(crate) fn at(mut self, place: Position) -> Self {
        self.place = Some(place);
        self
    }

    /// What the operating system said on reading.
    pub(crate) fn reading(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::new(ProblemKind::NotFound, "no such file or folder"),
            io::ErrorKind::PermissionDenied => {
                Self::new(ProblemKind::PermissionDenied, "no permission to read it")
            }
            _ => Self::new(ProblemKind::Unreadable, format!("cannot be read: {error}")),
        }
    }

    /// What makes bytes unfit to be a source text.
    pub(crate) fn unfit(error: SourceError, bytes: &[u8]) -> Self {
        match error {
            SourceError::NotUtf8 { offset } => Self::new(
                ProblemKind::NotUtf8,
                format!("not UTF-8: the byte at offset {offset} is not part of a character"),
            )
            .at(position_in_bytes(bytes, offset)),
            SourceError::Nul { offset } => Self::new(
                ProblemKind::Nul,
                format!("a NUL byte at offset {offset}: this is no text file"),
            )
            .at(position_in_bytes(bytes, offset)),
            SourceError::TooLarge { length } => Self::too_large(Some(length as u64)),
        }
    }

    /// A file beyond the limit, which may be a stream whose length nobody knows.
    pub(crate) fn too_large(length: Option<u64>) -> Self {
        let limit = SourceText::MAX_LEN;
        let message = match length {
            Some(length) => format!("{length} bytes, more than the {limit} that dfix reads"),
            None => format!("more than the {limit} bytes that dfix reads"),
        };
        Self::new(ProblemKind::TooLarge, message)
    }
}
