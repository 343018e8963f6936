//! `dfix split`: one file in two stages, with the reasons.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::Arc;

use dfix_syntax::SourceText;
use dfix_transforms::model::Analysis;
use dfix_transforms::split::{Answer, Explained, Refusal, Split, Stage, split};
use dfix_transforms::{Facts, Need, RuntimeBase, Settings};
use serde::Serialize;

use crate::cli::{SplitArgs, VerifyFormat};
use crate::config::{Config, Overrides, Resolver, context_argument};
use crate::file::template_problem;
use crate::printer::{Status, print};
use crate::report::diff;
use crate::run::lookup;
use crate::verify::default_file;
use crate::world::context::{Contexts, Site};
use crate::world::discover::real_path;
use crate::world::{named, read, show, sources, write};

/// Splits a file.
///
/// # Errors
/// A message about wrong use, a file that can't be read or written, or standard output.
pub(crate) fn run(args: &SplitArgs) -> Result<Status, String> {
    let file = args.file.clone().unwrap_or_else(default_file);
    let is_stdin = file.as_os_str() == "-";
    let path = match is_stdin {
        true => args.stdin_filename.clone(),
        false => Some(file.clone()),
    };
    let name = match is_stdin {
        true => path.as_deref().map_or_else(|| "<stdin>".to_owned(), show),
        false => show(&file),
    };
    let context = context_argument(args.context.as_deref())?;
    let bytes = match is_stdin {
        true => read::read_all(io::stdin().lock(), 0),
        false => read::read_file(&file),
    };
    let bytes = bytes.map_err(|problem| format!("{name}: {}", problem.message))?;
    let source = SourceText::new(&bytes).map_err(|error| format!("{name}: {error}"))?;
    if let Some(problem) = template_problem(&source, path.as_deref().unwrap_or(Path::new("x"))) {
        return Err(format!("{name}: {}", problem.message));
    }
    let config = config(args, path.as_deref())?;
    let settings = settings(args, &config)?;
    let facts = facts(&source, path.as_deref(), context, &config);
    let analysis = Analysis::new(source, &settings);
    let answer = split(&analysis, &settings, &facts);
    if args.write
        && !is_stdin
        && let Answer::Split(split) = &answer
    {
        let written = write::replace(&file, &bytes, split.text.as_bytes());
        written.map_err(|problem| format!("{name}: {}", problem.message))?;
    }
    let status = match &answer {
        Answer::Nothing(_) => Status::Clean,
        Answer::Split(_) if args.write => Status::Clean,
        Answer::Split(_) | Answer::Refused(_) => Status::Findings,
    };
    print(&text(args, &name, is_stdin, &analysis, &answer))?;
    Ok(status)
}

/// What is printed.
fn text(
    args: &SplitArgs,
    name: &str,
    is_stdin: bool,
    analysis: &Analysis,
    answer: &Answer,
) -> String {
    if args.format == VerifyFormat::Json {
        return json(name, args.write && !is_stdin, analysis, answer);
    }
    match answer {
        Answer::Split(split) if args.diff => diff::unified(name, &analysis.source, &split.text),
        Answer::Split(split) if is_stdin && args.write && !args.explain => split.text.clone(),
        Answer::Split(split) if args.explain => {
            let mut out = explained(split);
            if args.write && !is_stdin {
                let _ = writeln!(out, "\n{name}: written");
            }
            out
        }
        Answer::Split(split) => {
            let mut out = match args.write {
                true => format!("{name}: written\n"),
                false => format!("{}\n", split.text.trim_end()),
            };
            out.push_str(&summary(split));
            out
        }
        Answer::Nothing(_) | Answer::Refused(_) if args.diff => String::new(),
        Answer::Refused(refusal) => format!("{name}: not split: {}\n", refusal.message()),
        Answer::Nothing(why) => format!("{name}: nothing to split: {why}\n"),
    }
}

/// What a person has to know beside the text.
fn summary(split: &Split) -> String {
    let mut out = String::new();
    let what = match split.single {
        true => "program's image",
        false => "runtime stage",
    };
    let _ = writeln!(
        out,
        "\nThe {what} starts from {} (recipe: {}).",
        split.runtime, split.recipe
    );
    if !split.gone.is_empty() {
        let _ = writeln!(out, "No longer in the image: {}.", split.gone.join(", "));
    }
    for assumption in &split.assumptions {
        let _ = writeln!(out, "Taken for granted: {assumption}.");
    }
    let _ = writeln!(
        out,
        "Start the image before you rely on it; `dfix split --explain` gives the reason of each line."
    );
    out
}

/// The new text, each instruction under its reason.
fn explained(split: &Split) -> String {
    let lines: Vec<&str> = split.text.lines().collect();
    let width = lines.len().to_string().len();
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        let number = number + 1;
        let begins = split.lines.iter().find(|part| part.first == number);
        if let Some(part) = begins {
            let stage = match part.stage {
                Stage::Build => "build",
                Stage::Runtime => "runtime",
            };
            let _ = writeln!(out, "{:width$} | # {stage}: {}", "", part.reason);
        }
        let _ = writeln!(out, "{number:width$} | {line}");
    }
    out.push_str(&summary(split));
    out
}

/// The answer as one JSON object (docs/json.md).
fn json(name: &str, written: bool, analysis: &Analysis, answer: &Answer) -> String {
    #[derive(Serialize)]
    struct Wire<'a> {
        file: &'a str,
        result: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        kind: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        recipe: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        runtime_base: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<&'a str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        lines: Vec<Line<'a>>,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        assumptions: &'a [String],
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        gone: &'a [String],
        written: bool,
    }
    #[derive(Serialize)]
    struct Line<'a> {
        first: usize,
        last: usize,
        stage: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        original_line: Option<usize>,
        reason: &'a str,
    }
    let mut wire = Wire {
        file: name,
        result: "nothing",
        reason: None,
        kind: None,
        line: None,
        recipe: None,
        runtime_base: None,
        text: None,
        lines: Vec::new(),
        assumptions: &[],
        gone: &[],
        written: false,
    };
    match answer {
        Answer::Nothing(why) => wire.reason = Some((*why).to_owned()),
        Answer::Refused(Refusal {
            kind, line, reason, ..
        }) => {
            wire.result = "refused";
            wire.kind = Some(kind);
            wire.line = Some(*line);
            wire.reason = Some(reason.clone());
        }
        Answer::Split(split) => {
            let line = |part: &'_ Explained| {
                part.source.map(|range| {
                    let before = analysis.source.get(..usize::from(range.start()));
                    before.unwrap_or_default().matches('\n').count() + 1
                })
            };
            wire.result = "split";
            wire.recipe = Some(split.recipe);
            wire.runtime_base = Some(&split.runtime);
            wire.text = Some(&split.text);
            wire.lines = split
                .lines
                .iter()
                .map(|part| Line {
                    first: part.first,
                    last: part.last,
                    stage: match part.stage {
                        Stage::Build => "build",
                        Stage::Runtime => "runtime",
                    },
                    original_line: line(part),
                    reason: &part.reason,
                })
                .collect();
            wire.assumptions = &split.assumptions;
            wire.gone = &split.gone;
            wire.written = written;
        }
    }
    // The structure has string keys only, so that it can't fail to be written.
    let mut out = serde_json::to_string_pretty(&wire).unwrap_or_default();
    out.push('\n');
    out
}

/// The configuration that holds for the file.
fn config(args: &SplitArgs, path: Option<&Path>) -> Result<Arc<Config>, String> {
    let mut resolver = Resolver::new(lookup(&args.config), Overrides::default());
    let real = real_path(path.unwrap_or(Path::new("x")));
    let folder = real.parent().unwrap_or(&real);
    resolver
        .for_folder(folder)
        .map_err(|error| error.to_string())
}

/// The settings, with what the command line says of the runtime stage.
fn settings(args: &SplitArgs, config: &Config) -> Result<Settings, String> {
    let mut settings = config.settings.clone();
    if let Some(base) = &args.runtime_base {
        settings.runtime_base = match base.as_str() {
            "same-family-slim" => RuntimeBase::SameFamilySlim,
            "distroless" => RuntimeBase::Distroless,
            "alpine" => RuntimeBase::Alpine,
            "scratch" => RuntimeBase::Scratch,
            image if image.contains(char::is_whitespace) || image.is_empty() => {
                return Err(format!(
                    "--runtime-base: `{image}` is neither a policy nor an image"
                ));
            }
            image => RuntimeBase::Image(image.to_owned()),
        };
    }
    Ok(settings)
}

/// What surrounds the file: the build context with all that it holds.
fn facts(
    source: &SourceText,
    path: Option<&Path>,
    context: Option<&Path>,
    config: &Config,
) -> Facts {
    let path = path.and_then(|path| std::path::absolute(path).ok());
    let Some(path) = path else {
        return Facts::default();
    };
    let root = dfix_syntax::parse(source).root();
    let sources = sources::context_sources(root.clone());
    if sources.is_empty() {
        return Facts::default();
    }
    let context = config.context(context, &path);
    let site = Site {
        dockerfile: &path,
        context: context.as_deref(),
    };
    let contexts = Contexts::default();
    let mut facts = contexts.gather(site, &sources, |need| need == Need::Project);
    let named = named::candidates(root, &sources);
    contexts.add_named(&mut facts, site, &sources, &named);
    facts
}
