//! What is going on, on standard error: bars on a terminal, plain lines elsewhere, nothing for machines.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::cli::{Progress, VerifyFormat};

/// Where progress goes.
#[derive(Debug)]
pub(crate) enum Display {
    /// Nowhere.
    Silent,
    /// A line when something begins and when it ends.
    Lines,
    /// A line for what is in between, too.
    Steps,
    /// Bars that move.
    Bars(MultiProgress),
}

/// Something that takes its time.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    display: &'a Display,
    bar: Option<ProgressBar>,
    name: String,
}

impl Display {
    /// What is wanted; for a person, if there is one, where nothing is said.
    pub(crate) fn new(wanted: Progress, format: VerifyFormat) -> Self {
        match (wanted, format) {
            (Progress::Lines, _) => Self::Steps,
            (Progress::None, _) | (Progress::Auto, VerifyFormat::Json) => Self::Silent,
            (Progress::Auto, VerifyFormat::Text) if io::stderr().is_terminal() => {
                Self::Bars(MultiProgress::new())
            }
            (Progress::Auto, VerifyFormat::Text) => Self::Lines,
        }
    }

    /// Begins something, such as `building as it is`.
    pub(crate) fn begin(&self, name: &str) -> Task<'_> {
        let bar = match self {
            Self::Silent => None,
            Self::Lines | Self::Steps => {
                line(&format!("{name} ..."));
                None
            }
            Self::Bars(bars) => {
                let bar = bars.add(ProgressBar::new_spinner());
                // The template is a constant; with another the line would only look different.
                if let Ok(style) =
                    ProgressStyle::with_template("{spinner} {prefix} [{elapsed}] {wide_msg}")
                {
                    bar.set_style(style);
                }
                bar.set_prefix(name.to_owned());
                bar.enable_steady_tick(Duration::from_millis(120));
                Some(bar)
            }
        };
        Task {
            display: self,
            bar,
            name: name.to_owned(),
        }
    }
}

impl Task<'_> {
    /// Says where it is now.
    pub(crate) fn step(&self, text: &str) {
        match (self.display, &self.bar) {
            (Display::Steps, _) => line(&format!("{}: {text}", self.name)),
            (_, Some(bar)) => bar.set_message(text.to_owned()),
            _ => {}
        }
    }

    /// Ends it.
    pub(crate) fn end(self, how: &str) {
        match (self.display, &self.bar) {
            (Display::Lines | Display::Steps, _) => line(&format!("{}: {how}", self.name)),
            (_, Some(bar)) => bar.finish_with_message(how.to_owned()),
            _ => {}
        }
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take().filter(|bar| !bar.is_finished()) {
            bar.abandon();
        }
    }
}

/// Where standard error is gone there is nobody left to tell.
fn line(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
