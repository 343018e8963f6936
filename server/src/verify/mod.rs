//! Real builds as the judge: are the image before a rewrite and the one after it the same?
//!
//! [`pair`] says what is compared, [`bench`] builds it with one of the [`builder`]s in a [`workshop`] that leaves nothing
//! behind, [`image`], [`compare`] and [`declared`] say what differs, [`rebuild`] and [`started`] measure, and [`outcome`] is
//! what is printed ([`text`], [`json`]).

pub(crate) mod bench;
pub(crate) mod builder;
pub(crate) mod compare;
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
mod text;
mod touch;
mod words;
mod workshop;

use std::num::NonZeroU64;
use std::time::Duration;

use bench::{Bench, Order, Trouble};
use builder::BuildOptions;
use builder::find::{NotFound, find};
use image::{Entry, Image, Kind};
use outcome::{Measured, Outcome, Row, Verdict};
use pair::{Pair, Text};
use process::Stop;
use progress::Display;
use rebuild::Built;
use workshop::Workshop;

use crate::cli::{BuildArgs, VerifyArgs, VerifyFormat};
use crate::printer::{Status, is_colored, print};

/// Seconds until a build is given up.
const TIMEOUT: u64 = 1800;
/// What is said when somebody wanted to stop.
const INTERRUPTED: &str = "interrupted; nothing is left behind";

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
    let builder = match find(wish.choice, stop) {
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
        syntax: None,
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

/// A comparison on its way.
struct Comparison<'a> {
    pair: &'a Pair,
    bench: Bench<'a>,
    workshop: &'a mut Workshop,
    display: &'a Display,
    outcome: &'a mut Outcome,
}

impl Comparison<'_> {
    /// Builds both, compares, and measures. The error says why nobody knows.
    fn make(&mut self, after_text: &Text, wish: &Wish) -> Result<(), String> {
        let (before, measured) = self
            .built("before", "building as it is", &self.pair.before)
            .map_err(|trouble| self.original_failed(&trouble))?;
        self.outcome.before = Some(measured);
        let noise = match wish.calibrate {
            false => compare::Noise::default(),
            true => {
                let (again, _) = self
                    .built("again", "building as it is once more", &self.pair.before)
                    .map_err(|trouble| self.original_failed(&trouble))?;
                compare::Noise::between(&before, &again)
            }
        };
        let after = match self.built("after", "building as rewritten", after_text) {
            Ok((after, measured)) => {
                self.outcome.after = Some(measured);
                after
            }
            Err(trouble) => return self.rewrite_failed(&trouble),
        };
        let differences = compare::differences(&before, &after);
        let judged = declared::judge(differences, &self.pair.laws, &noise);
        self.outcome.differences = judged.iter().map(|one| row(one, &before, &after)).collect();
        self.decide();
        if wish.rebuild {
            let built = Built {
                before: self.workshop.dockerfile("before"),
                after: self.workshop.dockerfile("after"),
            };
            let pair = (self.pair, &built);
            let found =
                rebuild::measure(&self.bench, self.workshop, self.display, pair, &wish.touch)
                    .map_err(|_| INTERRUPTED.to_owned())?;
            self.outcome.rebuilds = found.measured;
            self.outcome.notes.extend(found.notes);
        }
        Ok(())
    }

    /// The verdict that follows from the differences.
    fn decide(&mut self) {
        let rows = &mut self.outcome.differences;
        rows.sort_by_key(|row| row.status);
        self.outcome.verdict = match self.outcome.undeclared() {
            0 => Verdict::Equal,
            _ => Verdict::Different,
        };
    }

    /// Builds a text and reads its image.
    fn built(&mut self, role: &str, what: &str, text: &Text) -> Result<(Image, Measured), Trouble> {
        let task = self.display.begin(what);
        let put = self
            .workshop
            .put_dockerfile(role, &text.text, text.path.as_deref());
        let file = put.map_err(|error| Trouble::Other(error.to_string()))?;
        let tag = self.workshop.tag(role);
        let order = Order {
            role,
            file: &file,
            context: &self.pair.context,
            tag: &tag,
            cached: false,
        };
        let cost = self.bench.build(self.workshop, order, &task)?;
        task.step("reading the image");
        let image = self.bench.image(self.workshop, &tag)?;
        let measured = Measured::of(&image, cost.seconds);
        task.end(&format!(
            "{:.1} s, {}",
            cost.seconds,
            gain::size(measured.bytes())
        ));
        Ok((image, measured))
    }

    fn original_failed(&mut self, trouble: &Trouble) -> String {
        self.outcome.log = trouble.log();
        let message = trouble.message(&self.pair.name);
        match trouble {
            Trouble::Failed(failure) if !failure.is_outside() => {
                format!("the original does not build, before any rewrite: {message}")
            }
            Trouble::Interrupted => INTERRUPTED.to_owned(),
            _ => message,
        }
    }

    fn rewrite_failed(&mut self, trouble: &Trouble) -> Result<(), String> {
        self.outcome.log = trouble.log();
        let message = trouble.message(&format!("{} (rewritten)", self.pair.name));
        if matches!(trouble, Trouble::Interrupted) {
            return Err(INTERRUPTED.to_owned());
        }
        if trouble.is_outside() {
            return Err(message);
        }
        self.outcome.verdict = Verdict::Different;
        self.outcome.differences.push(Row {
            kind: "build",
            name: "build".to_owned(),
            what: "changed",
            before: Some("succeeds".to_owned()),
            after: Some(message.clone()),
            bytes: 0,
            status: declared::Status::Undeclared,
        });
        self.outcome.reason = Some(format!(
            "the original builds, the rewritten file does not: {message}"
        ));
        Ok(())
    }
}

/// A judged difference in plain data.
fn row(judged: &declared::Judged, before: &Image, after: &Image) -> Row {
    let difference = &judged.difference;
    let name = difference.name();
    let bytes = match difference.kind() {
        "path" => file_size(after, &name) - file_size(before, &name),
        _ => 0,
    };
    Row {
        kind: difference.kind(),
        what: difference.what(),
        before: difference.before(),
        after: difference.after(),
        bytes,
        status: judged.status,
        name,
    }
}

/// The bytes of a regular file; none for anything else, and for one whose name is shown in another way.
fn file_size(image: &Image, path: &str) -> i64 {
    match image.tree.get(path.as_bytes()) {
        Some(Entry {
            kind: Kind::File { size, .. },
            ..
        }) => i64::try_from(*size).unwrap_or(i64::MAX),
        _ => 0,
    }
}
