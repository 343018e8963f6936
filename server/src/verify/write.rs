//! `dfix --write --verify`: each file that would change is built before and after, and written only when the images are
//! equal.

use std::io::{self, Write as _};
use std::path::Path;

use super::gain::gain;
use super::outcome::{Outcome, Verdict};
use super::pair::{Pair, plan};
use super::process::Stop;
use super::progress::Display;
use super::{Wish, options, text, timeout, verify};
use crate::cli::{Format, Progress, RunArgs, VerifyFormat};
use crate::config::{Resolver, context_argument};
use crate::file::{Plan, process};
use crate::printer::{Status, is_colored, print};
use crate::run::{lookup, overrides};
use crate::world::discover::{Input, discover};
use crate::world::write::replace;

/// Verifies and writes what the arguments name; one file after the other, as builds are.
///
/// # Errors
/// A message about wrong use; nothing was done then.
pub(crate) fn run(args: &RunArgs) -> Result<Status, String> {
    if args.format == Format::Json {
        return Err(
            "--verify prints no JSON: `dfix verify --format json` does, for one file".to_owned(),
        );
    }
    if args.input.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(
            "--verify writes files, and standard input is none; `dfix verify -` compares it"
                .to_owned(),
        );
    }
    let resolver = Resolver::new(lookup(&args.input.config), overrides(&args.fixes)?);
    let stop = Stop::on_signals().map_err(|error| format!("signals: {error}"))?;
    let mut run = Run {
        args,
        resolver,
        plan: plan(args.fixes.unsafe_fixes)
            .with_timings(args.fixes.timings.as_deref())?
            .in_context(context_argument(args.context.as_deref())?),
        wish: Wish {
            options: options(&args.build, &[]),
            choice: args.build.builder.unwrap_or_default(),
            timeout: timeout(&args.build),
            calibrate: args.build.calibrate,
            keep: false,
            rebuild: false,
            touch: Vec::new(),
            run: None,
        },
        stop,
        display: Display::new(Progress::Auto, VerifyFormat::Text),
    };
    let here = [Path::new(".").to_path_buf()];
    let paths = match args.input.paths.as_slice() {
        [] => here.as_slice(),
        paths => paths,
    };
    let found = discover(paths, 1);
    for note in &found.notes {
        tell(&format!("note: {note}"));
    }
    let mut status = Status::Clean;
    for (name, problem) in &found.problems {
        tell(&format!("error: {name}: {}", problem.message));
        status = Status::Trouble;
    }
    for input in &found.inputs {
        if run.stop.asked() {
            tell("error: interrupted; the files that follow are as they were");
            return Ok(Status::Trouble);
        }
        status = status.max(run.file(input)?);
    }
    Ok(status)
}

/// A run over files.
struct Run<'a> {
    args: &'a RunArgs,
    resolver: Resolver,
    plan: Plan,
    wish: Wish,
    stop: Stop,
    display: Display,
}

impl Run<'_> {
    /// Does one file and says what came of it.
    fn file(&mut self, input: &Input) -> Result<Status, String> {
        let folder = input.real.parent().unwrap_or(Path::new("/"));
        let config = match self.resolver.for_folder(folder) {
            Ok(config) if !input.named && config.excludes(&input.real) => return Ok(Status::Clean),
            Ok(config) => config,
            Err(error) => return Ok(failed(&input.name, &error.to_string())),
        };
        let report = process(input, &config, &self.plan);
        let companions = report.companions.clone();
        let context = config.context(self.args.context.as_deref(), &input.real);
        let pair = match Pair::of_report(report, Some(input.path.clone()), context.as_deref()) {
            Ok(pair) => pair,
            Err(message) => {
                tell(&format!("error: {message}"));
                return Ok(Status::Trouble);
            }
        };
        let Some(after) = &pair.after else {
            return Ok(Status::Clean);
        };
        let outcome = verify(&pair, &self.wish, &self.stop, &self.display);
        match outcome.verdict {
            Verdict::Equal => {
                let (old, new) = (pair.before.text.as_bytes(), after.text.as_bytes());
                let replace = || replace(&input.path, old, new);
                if let Err(problem) = self.plan.write_with(&companions, replace) {
                    return Ok(failed(&input.name, &problem.message));
                }
                print(&written(&outcome))?;
            }
            Verdict::Different => {
                print(&text::render(&outcome, is_colored(self.args.color)))?;
                tell(&format!("{}: left as it was", outcome.file));
            }
            Verdict::Unknown => {
                tell(text::unknown(&outcome).trim_end());
                tell(&format!("{}: left as it was", outcome.file));
            }
        }
        Ok(outcome.status())
    }
}

/// What is said of a file that was written.
fn written(outcome: &Outcome) -> String {
    let mut line = format!("{}: verified and written", outcome.file);
    if let Some(gain) = gain(outcome) {
        line += ". ";
        line += &gain;
    }
    line + "\n"
}

fn failed(name: &str, message: &str) -> Status {
    tell(&format!("error: {name}: {message}"));
    Status::Trouble
}

/// Where standard error is gone there is nobody left to tell.
fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
