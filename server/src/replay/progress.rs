//! How far a replay has come, on standard error.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::{Progress, VerifyFormat};

/// After so many commits a line is written for a program that reads them.
const STEP: usize = 500;
/// Shorter histories are done before anybody could read a bar.
const SHORT: usize = 200;

/// Where progress goes.
#[derive(Debug)]
pub(super) enum Display {
    Silent,
    Lines,
    Bar(ProgressBar),
}

impl Display {
    /// What is wanted for so many commits.
    pub(super) fn new(wanted: Progress, format: VerifyFormat, commits: usize) -> Self {
        match (wanted, format) {
            (Progress::Lines, _) => Self::Lines,
            (Progress::Auto, VerifyFormat::Text)
                if commits > SHORT && io::stderr().is_terminal() =>
            {
                let bar = ProgressBar::new(commits as u64);
                // The template is a constant; with another the bar would only look different.
                if let Ok(style) = ProgressStyle::with_template(
                    "replaying {bar:30} {pos} of {len} commits, {eta} left",
                ) {
                    bar.set_style(style);
                }
                Self::Bar(bar)
            }
            _ => Self::Silent,
        }
    }

    /// So many of them are done.
    pub(super) fn done(&self, commits: usize, of: usize) {
        match self {
            Self::Silent => {}
            Self::Lines => {
                if commits.is_multiple_of(STEP) || commits == of {
                    // Where standard error is gone there is nobody left to tell.
                    let _ = writeln!(io::stderr(), "replayed {commits} of {of} commits");
                }
            }
            Self::Bar(bar) => {
                bar.set_position(commits as u64);
                if commits == of {
                    bar.finish_and_clear();
                }
            }
        }
    }
}
