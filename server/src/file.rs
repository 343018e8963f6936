//! One file from its bytes to a report.

use std::path::{Path, PathBuf};

use dfix_syntax::SourceText;
use dfix_transforms::{Applicability, Company, Facts, Outcome, Settings, fix, lint};

use crate::report::lines::position_in_bytes;
use crate::report::summary::Mode;
use crate::report::{FileReport, Rewrite};
use crate::world::context::Contexts;
use crate::world::discover::{Input, real_path};
use crate::world::problem::{Problem, ProblemKind};
use crate::world::template::{self, Template};
use crate::world::{read, sources, write};

/// What holds for all files of a run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What is to be done.
    pub mode: Mode,
    /// The least trust that a fix needs to be applied.
    pub threshold: Applicability,
    /// In which company a fix that is only reported has to be safe.
    pub company: Company,
    /// What surrounds the files.
    pub contexts: Contexts,
    /// The current folder, without links: paths in a diff are relative to it.
    pub here: PathBuf,
}

/// Does one file: reads it, checks or fixes it, writes it.
pub(crate) fn process(input: &Input, settings: &Settings, plan: &Plan) -> FileReport {
    let mut report = FileReport::named(&input.name);
    let result = read::read_file(&input.path).and_then(|bytes| {
        let source = to_source(&bytes, &input.path)?;
        drop(bytes);
        let facts = facts(&source, &input.path, plan);
        let Some(outcome) = process_text(&mut report, &source, settings, &facts, plan)? else {
            return Ok(());
        };
        if !outcome.changed {
            return Ok(());
        }
        if plan.mode == Mode::Diff {
            report.rewrite = Some(Rewrite {
                path: diff_path(&input.real, &plan.here),
                before: source.as_str().to_owned(),
                after: outcome.text,
            });
            return Ok(());
        }
        write::replace(&input.path, source.as_bytes(), outcome.text.as_bytes()).inspect_err(|_| {
            // The file is as it was, so the report speaks of that text.
            report.applied.clear();
            report.changed = false;
            report.report = lint(&source, settings, &facts, plan.company);
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
    settings: &Settings,
    plan: &Plan,
) -> FileReport {
    let mut report = FileReport::named(name);
    let result = bytes.and_then(|bytes| {
        let source = to_source(&bytes, path.unwrap_or(Path::new("")))?;
        let facts = path.map_or_else(Facts::default, |path| facts(&source, path, plan));
        let outcome = process_text(&mut report, &source, settings, &facts, plan)?;
        report.rewrite = outcome.map(|outcome| Rewrite {
            path: path.map_or_else(
                || "stdin".to_owned(),
                |path| diff_path(&real_path(path), &plan.here),
            ),
            before: source.as_str().to_owned(),
            after: outcome.text,
        });
        Ok(())
    });
    report.problem = result.err();
    report
}

/// Checks or fixes a text and fills in the report; returns what the fixes came to.
fn process_text(
    report: &mut FileReport,
    source: &SourceText,
    settings: &Settings,
    facts: &Facts,
    plan: &Plan,
) -> Result<Option<Outcome>, Problem> {
    if plan.mode == Mode::Check {
        report.report = lint(source, settings, facts, plan.company);
        report.source = Some(source.clone());
        return Ok(None);
    }
    let mut outcome = fix(source, settings, facts, plan.threshold);
    report.source = if outcome.changed {
        let bytes = outcome.text.as_bytes();
        Some(SourceText::new(bytes).map_err(|error| Problem::unfit(error, bytes))?)
    } else {
        Some(source.clone())
    };
    report.changed = outcome.changed;
    report.report = std::mem::take(&mut outcome.remaining);
    report.applied = std::mem::take(&mut outcome.applied);
    Ok(Some(outcome))
}

/// A path as a diff names it: relative to the current folder where it is below it.
fn diff_path(real: &Path, here: &Path) -> String {
    let path = real.strip_prefix(here).unwrap_or(real);
    let text = path.to_string_lossy();
    let text = if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.into_owned()
    };
    text.trim_start_matches('/').to_owned()
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

fn facts(source: &SourceText, path: &Path, plan: &Plan) -> Facts {
    let sources = sources::context_sources(dfix_syntax::parse(source).root());
    if sources.is_empty() {
        return Facts::default();
    }
    match std::path::absolute(path) {
        Ok(path) => plan.contexts.gather(&path, &sources),
        Err(_) => Facts::default(),
    }
}
