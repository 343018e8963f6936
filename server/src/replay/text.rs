//! The result for a person at a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::outcome::{Arm, Counts, Replayed, StepRuns};
use super::words::{change, count, day, percent, short, time};

/// The width of a bar in characters.
const BAR: usize = 20;
/// The longest text of a step that is shown.
const STEP: usize = 56;

/// Everything there is to say.
pub(super) fn render(replayed: &Replayed, colored: bool) -> String {
    let paint = Paint(colored);
    let mut out = String::new();
    head(replayed, &mut out, paint);
    table(replayed, &mut out);
    if replayed.rewritten == 0 {
        let _ = writeln!(
            out,
            "\ndfix would not have written anything else in any of these commits."
        );
    }
    let has_steps = replayed.rebuilds() > 0;
    if has_steps {
        steps("As it is", &replayed.before, &mut out, paint);
    }
    if has_steps && replayed.rewritten > 0 {
        let title = match replayed.rules.as_slice() {
            [] => "As dfix would write it".to_owned(),
            rules => format!("As dfix would write it ({})", rules.join(", ")),
        };
        steps(&title, &replayed.after, &mut out, paint);
    }
    for note in notes(replayed) {
        let _ = writeln!(out, "\nnote: {note}");
    }
    out
}

fn head(replayed: &Replayed, out: &mut String, paint: Paint) {
    let _ = write!(out, "{}: ", paint.strong(&short(&replayed.file, 200)));
    let _ = write!(out, "{} replayed", count(replayed.commits.len(), "commit"));
    if let (Some(first), Some(last)) = (replayed.commits.first(), replayed.commits.last()) {
        let _ = write!(out, ", {} to {}", day(first.time), day(last.time));
    }
    if replayed.rewritten > 0 {
        let _ = write!(
            out,
            "; dfix would have rewritten the file in {} of them",
            replayed.rewritten
        );
    }
    out.push('\n');
}

fn table(replayed: &Replayed, out: &mut String) {
    let (before, after) = (replayed.before.total, replayed.after.total);
    let rebuilds = replayed.rebuilds();
    let _ = writeln!(
        out,
        "\n{:34}{:>14}{:>14}",
        format!("in {}", count(rebuilds, "rebuild")),
        "as it is",
        "rewritten"
    );
    type Row = (&'static str, fn(&Counts) -> f64);
    let rows: [Row; 3] = [
        ("steps run again", |counts| f64::from(counts.steps)),
        ("dependency installs run again", |counts| {
            f64::from(counts.installs)
        }),
        ("  needlessly", |counts| f64::from(counts.needless)),
    ];
    for (name, of) in rows {
        let (b, a) = (of(&before), of(&after));
        let _ = writeln!(out, "{name:34}{b:>14.0}{a:>14.0}{:>10}", change(b, a));
    }
    if rebuilds > 0 {
        let each = |counts: Counts| f64::from(counts.steps) / rebuilds as f64;
        let (b, a) = (each(before), each(after));
        let _ = writeln!(
            out,
            "{:34}{b:>14.1}{a:>14.1}{:>10}",
            "steps per commit",
            change(b, a)
        );
    }
    let _ = writeln!(
        out,
        "{:34}{:>14}{:>14}{:>10}",
        "expected cost",
        time(before.seconds),
        time(after.seconds),
        change(before.seconds, after.seconds)
    );
}

/// A bar for each step: the share of builds in which it ran again.
fn steps(title: &str, arm: &Arm, out: &mut String, paint: Paint) {
    let _ = writeln!(out, "\n{}", paint.strong(title));
    let mut stage = "";
    let width = arm
        .steps
        .iter()
        .map(|step| short(&step.text, STEP).chars().count())
        .max()
        .unwrap_or_default();
    for step in &arm.steps {
        if step.stage != stage {
            stage = &step.stage;
            let _ = writeln!(out, "  {}", short(stage, STEP));
        }
        let text = short(&step.text, STEP);
        let gap = width - text.chars().count();
        let _ = writeln!(
            out,
            "    {text}{:gap$}  {} {:>6}  {:>7}",
            "",
            paint.bar(step),
            percent(step.share()),
            time(step.seconds),
        );
    }
}

/// What a reader should know of the result.
pub(super) fn notes(replayed: &Replayed) -> Vec<String> {
    let mut notes = replayed.notes.clone();
    if !replayed.context.is_empty() {
        notes.push(format!("the build context is {}/", replayed.context));
    }
    if replayed.without_file > 0 {
        let commits = count(replayed.without_file, "commit");
        notes.push(format!("in {commits} the file was not there"));
    }
    if let Some(why) = &replayed.why_unbuildable {
        let commits = count(replayed.unbuildable, "commit");
        notes.push(format!(
            "in {commits} the build could not be followed, the last time because: {why}"
        ));
    }
    notes
}

/// Colours, if there are any.
#[derive(Debug, Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn strong(self, text: &str) -> String {
        self.put(Style::new().bold(), text)
    }

    fn put(self, style: Style, text: &str) -> String {
        match self.0 {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }

    fn bar(self, step: &StepRuns) -> String {
        let share = step.share();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a few characters"
        )]
        let full = ((share * BAR as f64).ceil() as usize).min(BAR);
        let color = match share {
            _ if share > 0.5 => AnsiColor::Red,
            _ if share > 0.1 => AnsiColor::Yellow,
            _ => AnsiColor::Green,
        };
        let filled = self.put(color.on_default(), &"█".repeat(full));
        format!("{filled}{}", "·".repeat(BAR - full))
    }
}
