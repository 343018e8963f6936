//! Builds, and images out of builds.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::builder::failure::{Failure, last_lines};
use super::builder::steps::Steps;
use super::builder::{BuildOptions, Builder, Recipe};
use super::image::{self, Image};
use super::outcome::Cost;
use super::process::{Cut, Limits, Stop, follow, stream};
use super::progress::Task;
use super::workshop::Workshop;

/// How many of the last lines of an output are looked at for the error.
const REMEMBERED: usize = 200;
/// How long the export of an image may take.
const EXPORT: Duration = Duration::from_secs(3600);

/// With what is built.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    /// The builder.
    pub builder: &'a Builder,
    /// How.
    pub options: &'a BuildOptions,
    /// How long one build may take.
    pub timeout: Duration,
    /// Whether somebody wants to stop.
    pub stop: &'a Stop,
    /// The image of the `# syntax=` line, for messages.
    pub syntax: Option<String>,
}

/// Why there is no image.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The builder refused or failed.
    Failed(Box<Failure>),
    /// It took too long; the last lines of its output.
    TimedOut(Duration, Vec<String>),
    /// Somebody wanted to stop.
    Interrupted,
    /// Something else, in words.
    Other(String),
}

/// What is to be built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order<'a> {
    /// What it is for: names the log.
    pub role: &'a str,
    /// The Dockerfile.
    pub file: &'a Path,
    /// The build context.
    pub context: &'a Path,
    /// The image's name.
    pub tag: &'a str,
    /// Whether the builder may take over what it built earlier.
    pub cached: bool,
}

impl Bench<'_> {
    /// Builds; returns what it cost.
    ///
    /// # Errors
    /// When there is no image.
    pub(crate) fn build(
        &self,
        workshop: &Workshop,
        order: Order<'_>,
        task: &Task<'_>,
    ) -> Result<Cost, Trouble> {
        let recipe = Recipe {
            file: order.file,
            context: order.context,
            tag: order.tag,
            id: workshop.id(),
            cached: order.cached,
        };
        let log = workshop.path().join(format!("{}.log", order.role));
        let mut log = BufWriter::new(
            File::create(&log)
                .map_err(|error| Trouble::Other(format!("{}: {error}", log.display())))?,
        );
        let mut tail = VecDeque::with_capacity(REMEMBERED);
        let mut steps = Steps::new(self.builder.kind);
        let started = Instant::now();
        let status = follow(
            self.builder.build(&recipe, self.options),
            self.limits(self.timeout),
            &mut |line| {
                // The log is for a person who asks for it; what matters of it is remembered here.
                let _ = writeln!(log, "{line}");
                if tail.len() == REMEMBERED {
                    tail.pop_front();
                }
                if let Some(step) = steps.line(line) {
                    task.step(&step);
                }
                tail.push_back(line.to_owned());
            },
        )
        .map_err(|cut| match cut {
            Cut::TimedOut(limit) => {
                Trouble::TimedOut(limit, last_lines(tail.iter().map(String::as_str)))
            }
            cut => self.trouble(cut),
        })?;
        let seconds = started.elapsed().as_secs_f64();
        if !status.success() {
            let lines = tail.iter().map(String::as_str);
            let failure = Failure::read(self.builder.kind, lines, self.syntax.as_deref());
            return Err(Trouble::Failed(Box::new(failure)));
        }
        Ok(Cost {
            steps: steps.executed(),
            seconds,
        })
    }

    /// Reads an image that was built.
    ///
    /// # Errors
    /// When the builder does not hand it out, or the archive can't be read.
    pub(crate) fn image(&self, workshop: &Workshop, tag: &str) -> Result<Image, Trouble> {
        let file = workshop.path().join("image.tar");
        let (command, to_file) = self.builder.export(tag, &file);
        let limits = self.limits(EXPORT);
        let unread =
            |problem: String| Trouble::Other(format!("the image can't be read: {problem}"));
        let (archive, status, err) = if to_file {
            let ((), status, err) = stream(command, limits, |mut out| {
                // Nothing of interest; but a full pipe would hold it up.
                let _ = io::copy(&mut out, &mut io::sink());
            })
            .map_err(|cut| self.trouble(cut))?;
            let archive = match status.success() {
                true => File::open(&file)
                    .map_err(|error| error.to_string())
                    .and_then(|file| image::read(file).map_err(|error| error.to_string())),
                false => Err(String::new()),
            };
            let _ = fs::remove_file(&file);
            (archive, status, err)
        } else {
            stream(command, limits, |out| {
                image::read(out).map_err(|error| error.to_string())
            })
            .map_err(|cut| self.trouble(cut))?
        };
        let last = err.trim().lines().next_back().unwrap_or_default();
        match archive {
            Ok(archive) if status.success() => {
                {
                    // Docker's newer store may hand out several, one for each platform.
                    let image = archive.only().or_else(|_| archive.named(tag));
                    image.map_err(|error| unread(error.to_string()))
                }
            }
            Ok(_) => Err(unread(last.to_owned())),
            Err(_) if !status.success() && !last.is_empty() => Err(unread(last.to_owned())),
            Err(problem) => Err(unread(problem)),
        }
    }

    /// What a command other than a build may take.
    pub(crate) fn limits(&self, timeout: Duration) -> Limits<'_> {
        Limits {
            timeout,
            stop: Some(self.stop),
        }
    }

    /// What it means that a command did not come to its own end.
    pub(crate) fn trouble(&self, cut: Cut) -> Trouble {
        match cut {
            Cut::Interrupted => Trouble::Interrupted,
            Cut::TimedOut(limit) => Trouble::TimedOut(limit, Vec::new()),
            Cut::Failed(error) => Trouble::Other(format!("{}: {error}", self.builder.kind.name())),
        }
    }
}

impl Trouble {
    /// In words.
    pub(crate) fn message(&self, file: &str) -> String {
        match self {
            Self::Failed(failure) => {
                let place = match (&failure.line, &failure.step) {
                    (Some(line), Some(step)) => format!("{file}:{line}: `{step}`: "),
                    (Some(line), None) => format!("{file}:{line}: "),
                    (None, Some(step)) if !failure.message.contains(step.as_str()) => {
                        format!("{file}: `{step}`: ")
                    }
                    _ => format!("{file}: "),
                };
                let advice = failure
                    .advice()
                    .map_or_else(String::new, |it| format!(". {it}"));
                format!("{place}{}{advice}", failure.message)
            }
            Self::TimedOut(limit, _) => format!(
                "the build took longer than {} s and was ended; --timeout SECONDS gives it more",
                limit.as_secs()
            ),
            Self::Interrupted => "interrupted".to_owned(),
            Self::Other(message) => message.clone(),
        }
    }

    /// The last lines of a builder's output.
    pub(crate) fn log(&self) -> Vec<String> {
        match self {
            Self::Failed(failure) => failure.tail.clone(),
            Self::TimedOut(_, tail) => tail.clone(),
            Self::Interrupted | Self::Other(_) => Vec::new(),
        }
    }

    /// Whether it says nothing about the file.
    pub(crate) fn is_outside(&self) -> bool {
        match self {
            Self::Failed(failure) => failure.is_outside(),
            Self::TimedOut(..) | Self::Interrupted | Self::Other(_) => true,
        }
    }
}
