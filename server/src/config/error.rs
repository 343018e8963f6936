//! What is wrong with a configuration file, and where.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::report::lines::{LineIndex, Position};
use crate::world::show;

/// What is wrong with a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigError {
    file: PathBuf,
    place: Option<Position>,
    message: String,
    help: Option<String>,
}

impl ConfigError {
    /// An error of the file as a whole.
    pub(crate) fn new(file: &Path, message: String) -> Self {
        Self {
            file: file.to_path_buf(),
            place: None,
            message,
            help: None,
        }
    }

    /// The file can't be read.
    pub(crate) fn unreadable(file: &Path, error: &io::Error) -> Self {
        Self::new(file, format!("cannot be read: {error}"))
    }

    /// Adds the place, by bytes of the file's text.
    pub(crate) fn at(mut self, text: &str, span: Option<Range<usize>>) -> Self {
        self.place = span.map(|span| LineIndex::new(text).position(span.start));
        self
    }

    /// Adds the place.
    pub(crate) fn at_position(mut self, place: Option<Position>) -> Self {
        self.place = place;
        self
    }

    /// Says what was probably meant.
    pub(crate) fn with_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            place,
            message,
            help,
        } = self;
        f.write_str(&shown(file))?;
        if let Some(Position { line, column }) = place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {message}")?;
        match help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

/// The path relative to the current folder when it is below it.
fn shown(file: &Path) -> String {
    let here = std::env::current_dir().ok();
    let relative = here.and_then(|here| Some(file.strip_prefix(here).ok()?.to_path_buf()));
    show(relative.as_deref().unwrap_or(file))
}
