//! One file from its bytes to a report.

use std::path::{Path, PathBuf};

use dfix_syntax::SourceText;
use dfix_transforms::format::format;
use dfix_transforms::model::Analysis;
use dfix_transforms::rules::wants;
use dfix_transforms::{Applicability, Companion, Company, Facts, Fix, Need, Timings, fix, lint};

use crate::config::Config;
use crate::report::diff::path_in_diff;
use crate::report::lines::position_in_bytes;
use crate::report::summary::Mode;
use crate::report::{FileReport, Rewrite};
use crate::world::companions::Companions;
use crate::world::context::{Contexts, Site};
use crate::world::discover::{Input, real_path};
use crate::world::problem::{Problem, ProblemKind};
use crate::world::template::{self, Template};
use crate::world::{named, read, sources, timings, write};

/// What holds for all files of a run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What becomes of the result.
    mode: Mode,
    /// What is to be done.
    job: Job,
    /// What surrounds the files.
    contexts: Contexts,
    /// The folder that is the build context of all files, where the command line says it.
    context: Option<PathBuf>,
    /// How long steps took in a build.
    timings: Option<Timings>,
    /// The other files that were written.
    companions: Companions,
    /// The current folder, without links: paths in a diff are relative to it.
    here: PathBuf,
}

/// What is to be done with a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Job {
    /// Finding and fixing.
    Fix(Fixing),
    /// Laying out.
    Format,
}

/// How fixes are chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fixing {
    /// The least trust that a fix needs to be applied.
    pub threshold: Applicability,
    /// In which company a fix that is only reported has to be safe.
    pub company: Company,
}

impl Plan {
    /// A plan for a run from the current folder.
    pub(crate) fn new(mode: Mode, job: Job) -> Self {
        Self {
            mode,
            job,
            contexts: Contexts::default(),
            context: None,
            timings: None,
            companions: Companions::default(),
            here: real_path(Path::new(".")),
        }
    }

    /// The plan for files whose build context is this folder, where the command line names one.
    pub(crate) fn in_context(mut self, folder: Option<&Path>) -> Self {
        self.context = folder.map(real_path);
        self
    }

    /// The plan with what the log of a build says, if there is one.
    ///
    /// # Errors
    /// A message about a log that can't be used.
    pub(crate) fn with_timings(mut self, log: Option<&Path>) -> Result<Self, String> {
        self.timings = log.map(timings::read).transpose()?;
        Ok(self)
    }

    /// Changes the other files of a fix and then does `main`, or nothing at all.
    ///
    /// # Errors
    /// As [`Companions::write_with`].
    pub(crate) fn write_with(
        &self,
        companions: &[Companion],
        main: impl FnOnce() -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.companions.write_with(companions, main)
    }

    /// What becomes of the result.
    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }
}

/// Does one file: reads it, does the job, writes it.
pub(crate) fn process(input: &Input, config: &Config, plan: &Plan) -> FileReport {
    let mut report = FileReport::named(&input.name);
    let result = read::read_file(&input.path).and_then(|bytes| {
        let source = to_source(&bytes, &input.path)?;
        drop(bytes);
        let path = Some(input.path.as_path());
        let text = process_text(&mut report, &source, path, config, plan)?;
        let Some(after) = text.filter(|_| report.changed) else {
            return Ok(());
        };
        if plan.mode == Mode::Diff {
            report.rewrite = Some(Rewrite {
                path: path_in_diff(&input.real, &plan.here),
                before: source.as_str().to_owned(),
                after,
            });
            return Ok(());
        }
        let replace = || write::replace(&input.path, source.as_bytes(), after.as_bytes());
        let written = plan.write_with(&report.companions, replace);
        written.inspect_err(|_| {
            // The file is as it was, so the report speaks of that text.
            report.applied.clear();
            report.companions.clear();
            report.changed = false;
            if let Job::Fix(Fixing { company, .. }) = plan.job {
                let facts = facts(&source, path, config, plan);
                report.report = lint(&source, &config.settings, &facts, company);
            }
            report.source = Some(source);
        })
    });
    report.problem = result.err();
    report
}

/// Does bytes that came from standard input; `path` is what they stand for.
pub(crate) fn process_stdin(
    bytes: Result<Vec<u8>, Problem>,
    name: &str,
    path: Option<&Path>,
    config: &Config,
    plan: &Plan,
) -> FileReport {
    let mut report = FileReport::named(name);
    let result = bytes.and_then(|bytes| {
        let source = to_source(&bytes, path.unwrap_or(Path::new("")))?;
        let text = process_text(&mut report, &source, path, config, plan)?;
        report.rewrite = text.map(|after| Rewrite {
            path: path.map_or_else(
                || "stdin".to_owned(),
                |path| path_in_diff(&real_path(path), &plan.here),
            ),
            before: source.as_str().to_owned(),
            after,
        });
        Ok(())
    });
    report.problem = result.err();
    report
}

/// Does the job and fills in the report; returns the text after it, unless that is not asked for.
fn process_text(
    report: &mut FileReport,
    source: &SourceText,
    path: Option<&Path>,
    config: &Config,
    plan: &Plan,
) -> Result<Option<String>, Problem> {
    report.source = Some(source.clone());
    let text = match plan.job {
        Job::Format => {
            let analysis = Analysis::new(source.clone(), &config.settings);
            let edits = format(&analysis, &config.format);
            report.changed = !edits.is_empty();
            report.report.errors = analysis.errors;
            // What is formatted already has no edits.
            let formatted = Fix::new("", Applicability::Safe, &[], edits);
            formatted.map_or_else(|| source.to_string(), |fix| fix.apply(source))
        }
        Job::Fix(fixing) => {
            let facts = facts(source, path, config, plan);
            if plan.mode == Mode::Check {
                report.report = lint(source, &config.settings, &facts, fixing.company);
                return Ok(None);
            }
            let mut outcome = fix(source, &config.settings, &facts, fixing.threshold);
            report.changed = outcome.changed;
            report.report = std::mem::take(&mut outcome.remaining);
            report.applied = std::mem::take(&mut outcome.applied);
            report.companions = std::mem::take(&mut outcome.companions);
            outcome.text
        }
    };
    if plan.mode == Mode::Check {
        return Ok(None);
    }
    if report.changed {
        let bytes = text.as_bytes();
        let source = SourceText::new(bytes).map_err(|error| Problem::unfit(error, bytes))?;
        report.source = Some(source);
    }
    Ok(Some(text))
}

/// Checks that bytes are a Dockerfile's text, and no template for one.
fn to_source(bytes: &[u8], path: &Path) -> Result<SourceText, Problem> {
    let source = SourceText::new(bytes).map_err(|error| Problem::unfit(error, bytes))?;
    match template_problem(&source, path) {
        None => Ok(source),
        Some(problem) => Err(problem),
    }
}

/// Why a text is left alone that will only become a Dockerfile.
pub(crate) fn template_problem(source: &SourceText, path: &Path) -> Option<Problem> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let problem = |message| Some(Problem::new(ProblemKind::Template, message));
    match template::detect(&name, source)? {
        Template::Name => problem("by its name a template, not yet a Dockerfile; left alone"),
        Template::Marker(offset) => {
            let place = position_in_bytes(source.as_bytes(), offset);
            problem("a template, not yet a Dockerfile; left alone").map(|it| it.at(place))
        }
    }
}

fn facts(source: &SourceText, path: Option<&Path>, config: &Config, plan: &Plan) -> Facts {
    let Some(path) = path else {
        return Facts::default();
    };
    let root = dfix_syntax::parse(source).root();
    let sources = sources::context_sources(root.clone());
    if sources.is_empty() {
        return Facts::default();
    }
    match std::path::absolute(path) {
        Ok(path) => {
            let wants = |need| wants(need, source.as_str(), &config.settings);
            let context = config.context(plan.context.as_deref(), &path);
            let site = Site {
                dockerfile: &path,
                context: context.as_deref(),
            };
            let mut facts = plan.contexts.gather(site, &sources, wants);
            let launched = sources::launched_files(root.clone(), &sources);
            plan.contexts.add_files(&mut facts, site, &launched);
            if wants(Need::Named) {
                let named = named::candidates(root, &sources);
                plan.contexts.add_named(&mut facts, site, &sources, &named);
            }
            if wants(Need::Timings) {
                facts.timings.clone_from(&plan.timings);
            }
            facts
        }
        Err(_) => Facts::default(),
    }
}
