//! From reports to the two output streams and the exit status.

use std::fmt::Write as _;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use dfix_transforms::Companion;

use crate::cli::{Color, Format};
use crate::panics;
use crate::report::lines::LineIndex;
use crate::report::summary::{Mode, Summary};
use crate::report::{FileReport, concise, diff, json, layout, one_line, pretty};
use crate::world::discover::real_path;
use crate::world::problem::{Problem, ProblemKind};

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// Nothing to say, or all written.
    Clean,
    /// Findings, or a non-empty diff.
    Findings,
    /// Wrong use, unreadable input, or an internal failure.
    Trouble,
}

/// How reports are rendered. Plain data, so that every worker has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    subject: Subject,
    mode: Mode,
    colored: bool,
}

/// What a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Findings(Format),
    Layout,
}

/// A report as text.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    /// For standard output.
    out: String,
    /// For standard error.
    err: String,
    /// Changes of other files, which several files may share; for the end of a diff.
    companions: Vec<Companion>,
    /// The sums.
    summary: Summary,
}

impl Style {
    /// For a run that is about findings.
    pub(crate) fn of_findings(format: Format, color: Color, mode: Mode) -> Self {
        Self {
            subject: Subject::Findings(format),
            mode,
            colored: is_colored(color),
        }
    }

    /// For a run that is about the layout of files.
    pub(crate) fn of_layout(mode: Mode) -> Self {
        Self {
            subject: Subject::Layout,
            mode,
            colored: false,
        }
    }

    /// Makes a report and renders it; a panic on the way becomes a report about itself.
    pub(crate) fn render_guarded(&self, name: &str, make: impl FnOnce() -> FileReport) -> Rendered {
        panics::caught(|| self.render(&make())).unwrap_or_else(|panic| {
            let problem = Problem::new(
                ProblemKind::Internal,
                format!("an error in dfix, please report it: {panic}"),
            );
            self.render(&FileReport::failed(name, problem))
        })
    }

    fn render(&self, report: &FileReport) -> Rendered {
        let out = match (self.mode, self.subject) {
            (Mode::Diff, _) => report.rewrite.as_ref().map_or_else(String::new, |rewrite| {
                diff::unified(&rewrite.path, &rewrite.before, &rewrite.after)
            }),
            (_, Subject::Findings(Format::Pretty)) => pretty::render(report, self.colored),
            (_, Subject::Findings(Format::Concise)) => concise::render(report),
            (_, Subject::Findings(Format::Json)) => json::render(report),
            (mode, Subject::Layout) => layout::render(report, mode),
        };
        Rendered {
            out,
            err: messages(report),
            companions: match self.mode {
                Mode::Diff => report.companions.clone(),
                Mode::Check | Mode::Write => Vec::new(),
            },
            summary: Summary::of(report),
        }
    }
}

/// What standard error gets to know of a file, whatever the format: why it was not done, or that it does not parse.
fn messages(report: &FileReport) -> String {
    let mut err = String::new();
    // A broken configuration is told once, not for every file below it.
    if let Some(problem) = &report.problem
        && problem.kind != ProblemKind::Config
    {
        let place = problem.place.map_or_else(String::new, |place| {
            format!(":{}:{}", place.line, place.column)
        });
        let _ = writeln!(err, "error: {}{place}: {}", report.name, problem.message);
    }
    if let Some((first, others)) = report.report.errors.split_first() {
        let index = LineIndex::new(report.source.as_deref().unwrap_or_default());
        let place = index.position(first.range.start().into());
        let more = match others.len() {
            0 => String::new(),
            number => format!(" (and {number} more)"),
        };
        let _ = writeln!(
            err,
            "error: {}:{}:{}: does not parse, left as it is: {}{more}",
            report.name,
            place.line,
            place.column,
            one_line(&first.message)
        );
    }
    err
}

/// Whether standard output gets colours.
pub(crate) fn is_colored(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let choice = anstream::AutoStream::choice(&io::stdout());
            choice != anstream::ColorChoice::Never && io::stdout().is_terminal()
        }
    }
}

/// Writes a text to standard output. A reader that goes away early is no failure.
///
/// # Errors
/// When it can't be written.
pub(crate) fn print(text: &str) -> Result<Status, String> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("standard output: {error}"))
        }
        _ => Ok(Status::Clean),
    }
}

/// Writes rendered reports in the order in which it gets them.
pub(crate) struct Printer {
    /// How reports are rendered.
    pub style: Style,
    out: BufWriter<io::Stdout>,
    /// Whether standard output still takes text.
    open: bool,
    failed: bool,
    files: usize,
    summary: Summary,
    filtered: bool,
    companions: Vec<Companion>,
}

impl Printer {
    pub(crate) fn new(style: Style) -> Self {
        Self {
            style,
            out: BufWriter::new(io::stdout()),
            open: true,
            failed: false,
            files: 0,
            summary: Summary::default(),
            filtered: false,
            companions: Vec::new(),
        }
    }

    /// Writes a report.
    pub(crate) fn take(&mut self, rendered: &Rendered) {
        self.separate();
        self.print(&rendered.out);
        self.count(rendered);
    }

    /// Writes the fixed text of standard input to standard output and everything else to standard error.
    pub(crate) fn take_filtered(&mut self, text: &str, rendered: &Rendered) {
        self.filtered = true;
        self.print(text);
        if self.style.subject != Subject::Findings(Format::Json) {
            self.message(rendered.out.trim_end_matches('\n'));
        }
        self.count(rendered);
    }

    /// Writes a line to standard error, after all that standard output got.
    pub(crate) fn message(&mut self, line: &str) {
        if !line.is_empty() {
            self.error_text(&format!("{line}\n"));
        }
    }

    /// Writes the end of the output; returns how the run ended.
    pub(crate) fn end(mut self) -> Status {
        let companions = std::mem::take(&mut self.companions);
        if !companions.is_empty() {
            let here = real_path(Path::new("."));
            for companion in companions {
                self.print(&diff::of_companion(&companion, &here));
            }
        }
        if self.is_json() {
            if self.files == 0 {
                self.print(json::BEGIN);
            }
            self.print(&json::end(&self.summary));
        }
        let line = match self.style.subject {
            Subject::Findings(_) => self.summary.line(self.style.mode),
            Subject::Layout => layout::summary(&self.summary, self.style.mode),
        };
        self.message(&line);
        self.flush();
        self.status()
    }

    fn status(&self) -> Status {
        let Summary {
            failed,
            changed,
            left,
            syntax_errors,
            ..
        } = self.summary;
        let findings = match (self.style.mode, self.style.subject) {
            (Mode::Check, Subject::Findings(_)) | (Mode::Write, _) => left,
            (Mode::Check, Subject::Layout) | (Mode::Diff, _) => changed + syntax_errors,
        };
        if failed > 0 || self.failed {
            Status::Trouble
        } else if findings > 0 {
            Status::Findings
        } else {
            Status::Clean
        }
    }

    fn is_json(&self) -> bool {
        self.style.subject == Subject::Findings(Format::Json)
            && self.style.mode != Mode::Diff
            && !self.filtered
    }

    /// What stands between the files of a JSON list.
    fn separate(&mut self) {
        if self.is_json() {
            let separator = match self.files {
                0 => format!("{}\n", json::BEGIN),
                _ => ",\n".to_owned(),
            };
            self.print(&separator);
        }
        self.files += 1;
    }

    fn count(&mut self, rendered: &Rendered) {
        for companion in &rendered.companions {
            Companion::collect(&mut self.companions, companion);
        }
        self.error_text(&rendered.err);
        self.summary.add(&rendered.summary);
    }

    fn print(&mut self, text: &str) {
        if self.open
            && let Err(error) = self.out.write_all(text.as_bytes())
        {
            self.close(&error);
        }
    }

    fn flush(&mut self) {
        if self.open
            && let Err(error) = self.out.flush()
        {
            self.close(&error);
        }
    }

    /// Standard output takes no more. A reader that went away is no failure; the files are still done.
    fn close(&mut self, error: &io::Error) {
        self.open = false;
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.failed = true;
            self.error_text(&format!("error: standard output: {error}\n"));
        }
    }

    fn error_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.flush();
            // Where standard error is gone there is nobody left to tell.
            let _ = io::stderr().write_all(text.as_bytes());
        }
    }
}
