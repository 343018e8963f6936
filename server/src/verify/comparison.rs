//! One comparison from two texts to an [`Outcome`].

use super::bench::{Bench, Order, Trouble};
use super::builder::failure::Cause;
use super::image::{Entry, Image, Kind};
use super::outcome::{Measured, Outcome, Row, Run, Stopped, Verdict};
use super::pair::{Pair, Text};
use super::progress::Display;
use super::rebuild::{self, Built};
use super::workshop::Workshop;
use super::{Wish, compare, declared, gain, started};

/// What is said when somebody wanted to stop.
pub(super) const INTERRUPTED: &str = "interrupted; nothing is left behind";

/// A comparison on its way.
pub(super) struct Comparison<'a> {
    /// What is compared.
    pub pair: &'a Pair,
    /// With what is built.
    pub bench: Bench<'a>,
    /// Where.
    pub workshop: &'a mut Workshop,
    /// Where progress is shown.
    pub display: &'a Display,
    /// What it comes to.
    pub outcome: &'a mut Outcome,
}

impl Comparison<'_> {
    /// Builds both, compares, and measures.
    ///
    /// # Errors
    /// Why nobody knows what comes of it.
    pub(super) fn make(&mut self, after_text: &Text, wish: &Wish) -> Result<(), String> {
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
        if let Some(words) = &wish.run {
            self.start(words, wish.calibrate)
                .map_err(|trouble| self.stopped(&trouble))?;
        }
        self.decide(wish.calibrate);
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

    /// Starts both images and compares what they do.
    fn start(&mut self, words: &[String], calibrate: bool) -> Result<(), Trouble> {
        let before = self.watch("before", words)?;
        let again = match calibrate {
            true => Some(self.watch("again", words)?),
            false => None,
        };
        let after = self.watch("after", words)?;
        let rows = started::differences(&before, &after, again.as_ref(), &self.pair.laws);
        self.outcome.differences.extend(rows);
        if let (Some(why), Some(_)) = (&before.error, &after.error) {
            let note = format!("neither image could be started: {why}");
            self.outcome.notes.push(note);
        }
        self.outcome.runs = Some((before, after));
        Ok(())
    }

    fn watch(&mut self, role: &str, words: &[String]) -> Result<Run, Trouble> {
        let task = self.display.begin(&format!("starting the image {role}"));
        let tag = self.workshop.tag(role);
        let run = started::watch(&self.bench, self.workshop, (role, &tag), words)?;
        task.end(match (&run.error, run.stop) {
            (Some(_), _) => "it can't be started",
            (None, None) => "it ended by itself",
            (None, Some(Stopped::Reacted(_))) => "it ended after the stop signal",
            (None, Some(Stopped::Killed)) => "it had to be killed",
        });
        Ok(run)
    }

    fn stopped(&self, trouble: &Trouble) -> String {
        match trouble {
            Trouble::Interrupted => INTERRUPTED.to_owned(),
            other => other.message(&self.pair.name),
        }
    }

    /// The verdict that follows from the differences.
    fn decide(&mut self, calibrated: bool) {
        let rows = &mut self.outcome.differences;
        rows.sort_by_key(|row| row.status);
        self.outcome.verdict = match self.outcome.undeclared() {
            0 => Verdict::Equal,
            _ => Verdict::Different,
        };
        if self.outcome.verdict == Verdict::Different && self.outcome.has_unsafe() {
            let note = "unsafe fixes were applied: whether what they change is wanted is for a person to say";
            self.outcome.notes.push(note.to_owned());
        }
        let rows = self.outcome.differences.iter();
        let mut undeclared = rows.filter(|row| row.status == declared::Status::Undeclared);
        if self.outcome.verdict == Verdict::Different
            && !calibrated
            && undeclared.all(is_often_unstable)
        {
            self.outcome.notes.push(
                "all of these are of a kind that often differs between two builds of the same file (logs, caches, \
                 times): --calibrate builds the original twice and tells them apart"
                    .to_owned(),
            );
        }
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
            gain::size(image.bytes())
        ));
        Ok((image, measured))
    }

    fn original_failed(&mut self, trouble: &Trouble) -> String {
        self.outcome.log = trouble.log();
        let message = trouble.message(&self.pair.name);
        match trouble {
            Trouble::Failed(failure) if failure.cause != Cause::Target && !failure.is_outside() => {
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

/// Whether something differs that tends to differ between two builds of the same file. It is only said, never left out.
fn is_often_unstable(row: &Row) -> bool {
    const FOLDERS: &[&str] = &[
        "/var/log/",
        "/var/cache/",
        "/tmp/",
        "/root/.cache/",
        "/run/",
    ];
    const ENDINGS: &[&str] = &[
        ".pyc",
        ".log",
        "-old",
        ".cache",
        "/machine-id",
        "/installed-by",
    ];
    match row.kind {
        "path" => {
            row.what == "changed"
                && (FOLDERS.iter().any(|folder| row.name.starts_with(folder))
                    || ENDINGS.iter().any(|ending| row.name.ends_with(ending)))
        }
        "run" => row.name == started::STDOUT,
        _ => false,
    }
}
