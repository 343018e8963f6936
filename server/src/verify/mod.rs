//! Real builds as the judge: are the image before a rewrite and the one after it the same?
//!
//! [`pair`] says what is compared, [`bench`] builds it with one of the [`builder`]s in a [`workshop`] that leaves nothing
//! behind, [`image`], [`compare`] and [`declared`] say what differs, [`rebuild`] and [`started`] measure, and [`outcome`] is
//! what is printed ([`text`], [`json`]).

pub(crate) mod bench;
pub(crate) mod builder;
pub(crate) mod compare;
mod comparison;
mod context_copy;
pub(crate) mod declared;
pub(crate) mod gain;
pub(crate) mod image;
mod json;
mod outcome;
mod pair;
mod process;
mod progress;
mod rebuild;
mod started;
mod text;
mod touch;
mod words;
mod workshop;
pub(crate) mod write;

use std::num::NonZeroU64;
use std::time::Duration;

use dfix_syntax::SourceText;
use dfix_transforms::Settings;
use dfix_transforms::model::Analysis;

use bench::Bench;
use builder::BuildOptions;
use builder::find::{NotFound, find};
use comparison::{Comparison, INTERRUPTED};
use outcome::{Outcome, Verdict};
use pair::Pair;
pub(crate) use pair::default_file;
use process::Stop;
use progress::Display;
use workshop::Workshop;

use crate::cli::{BuildArgs, VerifyArgs, VerifyFormat};
use crate::printer::{Status, is_colored, print};

/// Seconds until a build is given up.
const TIMEOUT: u64 = 1800;

/// Compares what the arguments name and prints what came of it.
///
/// # Errors
/// When standard output takes nothing.
pub(crate) fn run(args: &VerifyArgs) -> Result<Status, String> {
    let display = Display::new(args.progress, args.format);
    let outcome = match Pair::of_arguments(args) {
        Ok(pair) => {
            let wish = Wish {
                options: options(&args.build, &args.secret),
                choice: args.build.builder.unwrap_or_default(),
                timeout: timeout(&args.build),
                calibrate: args.build.calibrate,
                keep: args.keep,
                rebuild: !args.no_rebuild,
                touch: args.touch.clone(),
                run: args.run.clone(),
            };
            let stop = Stop::on_signals().map_err(|error| format!("signals: {error}"))?;
            verify(&pair, &wish, &stop, &display)
        }
        Err(message) => {
            let file = args.file.as_deref().map(crate::world::show);
            Outcome::unknown(&file.unwrap_or_default(), message)
        }
    };
    match args.format {
        VerifyFormat::Json => {
            print(&json::render(&outcome))?;
        }
        VerifyFormat::Text => text::print(&outcome, is_colored(args.color))?,
    }
    Ok(outcome.status())
}

/// What is wanted of a comparison.
#[derive(Debug)]
pub(crate) struct Wish {
    /// How to build.
    pub options: BuildOptions,
    /// With what.
    pub choice: crate::cli::BuilderChoice,
    /// How long one build may take.
    pub timeout: Duration,
    /// Whether the original is built twice.
    pub calibrate: bool,
    /// Whether images and logs are kept.
    pub keep: bool,
    /// Whether rebuilds are measured.
    pub rebuild: bool,
    /// The files that are touched for it, instead of chosen ones.
    pub touch: Vec<String>,
    /// What both images are started with: nothing for their own command. `None`: they are not started.
    pub run: Option<Vec<String>>,
}

fn options(args: &BuildArgs, secrets: &[String]) -> BuildOptions {
    BuildOptions {
        target: args.target.clone(),
        build_args: args.build_arg.clone(),
        secrets: secrets.to_vec(),
        network: args.network.clone(),
        extra: args.builder_arg.clone(),
    }
}

fn timeout(args: &BuildArgs) -> Duration {
    Duration::from_secs(args.timeout.map_or(TIMEOUT, NonZeroU64::get))
}

/// Compares a pair.
pub(crate) fn verify(pair: &Pair, wish: &Wish, stop: &Stop, display: &Display) -> Outcome {
    let mut outcome = Outcome::new(&pair.name);
    outcome.applied.clone_from(&pair.applied);
    let Some(after) = &pair.after else {
        outcome.verdict = Verdict::Equal;
        outcome.reason = Some("nothing to rewrite, so nothing was built".to_owned());
        return outcome;
    };
    let builder = match find(wish.choice, wish.run.is_some(), stop) {
        Ok(builder) => builder,
        Err(NotFound::Because(why)) => {
            outcome.reason = Some(why);
            return outcome;
        }
        Err(NotFound::Interrupted) => {
            outcome.reason = Some(INTERRUPTED.to_owned());
            return outcome;
        }
    };
    outcome.builder = Some(builder.clone());
    let mut workshop = match Workshop::new(&builder, wish.keep) {
        Ok(workshop) => workshop,
        Err(error) => {
            outcome.reason = Some(format!("no temporary folder: {error}"));
            return outcome;
        }
    };
    let bench = Bench {
        builder: &builder,
        options: &wish.options,
        timeout: wish.timeout,
        stop,
        syntax: syntax_of(&pair.before.text),
    };
    let mut comparison = Comparison {
        pair,
        bench,
        workshop: &mut workshop,
        display,
        outcome: &mut outcome,
    };
    if let Err(unknown) = comparison.make(after, wish) {
        outcome.verdict = Verdict::Unknown;
        outcome.reason = Some(unknown);
    }
    outcome.kept = workshop.kept();
    outcome
}

/// The image of the `# syntax=` line, if there is one.
fn syntax_of(text: &str) -> Option<String> {
    let source = SourceText::new(text.as_bytes()).ok()?;
    let analysis = Analysis::new(source, &Settings::default());
    analysis.syntax.map(|(_, image)| image)
}
