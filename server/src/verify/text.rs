//! The result for a person.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};
use dfix_transforms::Applicability;

use super::declared::Status;
use super::gain::{gain, size};
use super::outcome::{Measured, Outcome, Rebuild, Row, Verdict};

/// How many differences of one kind are listed.
const LISTED: usize = 30;

/// Prints the result: to standard output, but to standard error why there is none.
///
/// # Errors
/// When standard output can't be written.
pub(super) fn print(outcome: &Outcome, colored: bool) -> Result<(), String> {
    if outcome.verdict == Verdict::Unknown {
        // Where standard error is gone there is nobody left to tell.
        let _ = write!(io::stderr(), "{}", unknown(outcome));
        return Ok(());
    }
    crate::printer::print(&render(outcome, colored)).map(|_| ())
}

/// Why nobody knows, the builder's last lines included.
pub(super) fn unknown(outcome: &Outcome) -> String {
    let mut out = String::new();
    let reason = outcome.reason.as_deref().unwrap_or("no result");
    let _ = writeln!(out, "error: could not tell: {reason}");
    log(outcome, &mut out);
    kept(outcome, &mut out);
    out
}

/// Everything there is to say about a comparison that came to an end.
pub(super) fn render(outcome: &Outcome, colored: bool) -> String {
    let paint = Paint(colored);
    let mut out = String::new();
    let verdict = match outcome.verdict {
        Verdict::Equal => paint.put(AnsiColor::Green, "equal"),
        Verdict::Different => paint.put(AnsiColor::Red, "different"),
        Verdict::Unknown => paint.put(AnsiColor::Yellow, "unknown"),
    };
    let _ = write!(out, "{}: {verdict}", outcome.file);
    match (&outcome.reason, outcome.verdict) {
        (Some(reason), _) => {
            let _ = write!(out, ": {reason}");
        }
        (None, Verdict::Equal) => out += &declared_count(outcome),
        (None, _) => {
            let _ = write!(
                out,
                ": {} undeclared",
                count(outcome.undeclared(), "difference")
            );
        }
    }
    out.push('\n');
    log(outcome, &mut out);
    applied(outcome, &mut out);
    differences(outcome, paint, &mut out);
    sizes(outcome, &mut out);
    rebuilds(&outcome.rebuilds, &mut out);
    for note in &outcome.notes {
        let _ = writeln!(out, "\nnote: {note}");
    }
    kept(outcome, &mut out);
    if let Some(gain) = gain(outcome) {
        let _ = writeln!(out, "\n{}", paint.strong(&gain));
    }
    out
}

/// ` but for declared differences`, where there are some.
fn declared_count(outcome: &Outcome) -> String {
    let declared = |row: &&Row| matches!(row.status, Status::Declared(_));
    match outcome.differences.iter().filter(declared).count() {
        0 => String::new(),
        number => format!(
            " but for {} that the rules declare",
            count(number, "difference")
        ),
    }
}

fn log(outcome: &Outcome, out: &mut String) {
    if outcome.log.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nthe last lines of the builder:");
    for line in &outcome.log {
        let line: String = line
            .chars()
            .filter(|ch| !ch.is_control() || *ch == '\t')
            .collect();
        let _ = writeln!(out, "  | {line}");
    }
}

fn kept(outcome: &Outcome, out: &mut String) {
    if let Some((folder, images)) = outcome.kept.split_last() {
        let _ = writeln!(
            out,
            "\nkept: {} (Dockerfiles and logs: {folder})",
            images.join(", ")
        );
    }
}

fn applied(outcome: &Outcome, out: &mut String) {
    if outcome.applied.is_empty() {
        return;
    }
    let _ = writeln!(out, "\napplied:");
    for applied in &outcome.applied {
        let trust = match applied.applicability {
            Applicability::Safe => "",
            Applicability::Unsafe | Applicability::Manual => " (unsafe: not proven)",
        };
        let _ = writeln!(out, "  {}: {}{trust}", applied.rule.id, applied.title);
    }
}

fn differences(outcome: &Outcome, paint: Paint, out: &mut String) {
    let undeclared: Vec<&Row> = of(outcome, Status::Undeclared).collect();
    if !undeclared.is_empty() {
        let title = paint.put(AnsiColor::Red, "differences that no rule declares:");
        let _ = writeln!(out, "\n{title}");
        for row in undeclared.iter().take(LISTED) {
            let _ = writeln!(out, "  {}", describe(row));
        }
        rest(undeclared.len(), out);
    }
    let mut laws: BTreeMap<&str, (usize, i64, &str)> = BTreeMap::new();
    for row in &outcome.differences {
        if let Some(law) = row.status.law() {
            let sums = laws.entry(law.id()).or_insert((0, 0, law.description()));
            sums.0 += 1;
            sums.1 += row.bytes;
        }
    }
    if !laws.is_empty() {
        let _ = writeln!(out, "\ndeclared differences:");
    }
    for (law, (number, bytes, description)) in laws {
        let bytes = match bytes {
            0 => String::new(),
            ..0 => format!(", {} less", size(bytes.unsigned_abs())),
            _ => format!(", {} more", size(bytes.unsigned_abs())),
        };
        let _ = writeln!(
            out,
            "  {law}: {}{bytes}. {description}",
            count(number, "difference")
        );
    }
    let noise = of(outcome, Status::Noise).count();
    if noise > 0 {
        let _ = writeln!(
            out,
            "\nnoise: {} where two builds of the original differ as well",
            count(noise, "difference")
        );
    }
}

fn of(outcome: &Outcome, status: Status) -> impl Iterator<Item = &Row> {
    outcome
        .differences
        .iter()
        .filter(move |row| row.status == status)
}

fn rest(number: usize, out: &mut String) {
    if number > LISTED {
        let _ = writeln!(
            out,
            "  ... and {} more (--format json lists all)",
            number - LISTED
        );
    }
}

/// `/etc/x changed: mode 0644 -> mode 0600`.
fn describe(row: &Row) -> String {
    let Row { name, what, .. } = row;
    let name = one_line(name);
    match (&row.before, &row.after) {
        (Some(before), Some(after)) => {
            format!("{name} {what}: {} -> {}", one_line(before), one_line(after))
        }
        (Some(one), None) | (None, Some(one)) => format!("{name} {what}: {}", one_line(one)),
        (None, None) => format!("{name} {what}"),
    }
}

/// What an image says can't write to the terminal, nor fill it.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut line = String::new();
    for (number, ch) in text.chars().enumerate() {
        if number == LONGEST {
            line += "...";
            break;
        }
        if ch.is_control() {
            line.extend(ch.escape_default());
        } else {
            line.push(ch);
        }
    }
    line
}

fn sizes(outcome: &Outcome, out: &mut String) {
    let (Some(before), Some(after)) = (&outcome.before, &outcome.after) else {
        return;
    };
    let row = |name: &str, cell: &dyn Fn(&Measured) -> String| {
        [name.to_owned(), cell(before), cell(after)]
    };
    out.push('\n');
    table(
        &[
            ["".to_owned(), "before".to_owned(), "after".to_owned()],
            row("size", &|image| size(image.bytes())),
            row("layers", &|image| image.layers.len().to_string()),
            row("paths", &|image| image.files.to_string()),
            row("build without cache", &|image| {
                format!("{:.1} s", image.seconds)
            }),
        ],
        out,
    );
}

fn rebuilds(rebuilds: &[Rebuild], out: &mut String) {
    if rebuilds.is_empty() {
        return;
    }
    out.push('\n');
    let title = ["rebuild after a change of", "before", "after"].map(str::to_owned);
    let rows = rebuilds.iter().map(|rebuild| {
        let cell = |cost: super::outcome::Cost| {
            format!("{}, {:.1} s", count(cost.steps, "step"), cost.seconds)
        };
        [
            rebuild.touched.clone(),
            cell(rebuild.before),
            cell(rebuild.after),
        ]
    });
    let rows: Vec<[String; 3]> = std::iter::once(title).chain(rows).collect();
    table(&rows, out);
}

/// Three columns, of which the numbers stand at the right.
fn table(rows: &[[String; 3]], out: &mut String) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    for [name, before, after] in rows {
        let [first, second, third] = widths;
        let _ = writeln!(out, "  {name:first$}  {before:>second$}  {after:>third$}");
    }
}

/// `1 step`, `3 steps`.
fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

/// Colours, where they are wanted.
#[derive(Debug, Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn put(self, color: AnsiColor, text: &str) -> String {
        self.style(color.on_default().bold(), text)
    }

    fn strong(self, text: &str) -> String {
        self.style(Style::new().bold(), text)
    }

    fn style(self, style: Style, text: &str) -> String {
        if self.0 {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::outcome::Cost;
    use super::*;
    use dfix_transforms::proof::Law;

    fn row(
        name: &str,
        before: Option<&str>,
        after: Option<&str>,
        bytes: i64,
        status: Status,
    ) -> Row {
        Row {
            kind: "path",
            name: name.to_owned(),
            what: "changed",
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            bytes,
            status,
        }
    }

    fn outcome(verdict: Verdict, differences: Vec<Row>) -> Outcome {
        let measured = |layers: &[u64], seconds| {
            Some(Measured {
                layers: layers.to_vec(),
                files: 12,
                seconds,
            })
        };
        let mut outcome = Outcome::new("app/Dockerfile");
        outcome.verdict = verdict;
        outcome.before = measured(&[90_000_000, 10_000_000], 12.34);
        outcome.after = measured(&[80_000_000], 9.0);
        outcome.differences = differences;
        outcome
    }

    #[test]
    fn equal() {
        let lists = Status::Declared(Law::AptListsRemoved);
        let mut outcome = outcome(
            Verdict::Equal,
            vec![
                row("/var/lib/apt/lists/a", Some("x"), None, -19_000_000, lists),
                row("/var/lib/apt/lists/b", Some("x"), None, -1_000_000, lists),
                row("/var/log/x", Some("x"), Some("y"), 3, Status::Noise),
            ],
        );
        outcome.rebuilds.push(Rebuild {
            touched: "src/app.py".to_owned(),
            before: Cost {
                steps: 4,
                seconds: 14.0,
            },
            after: Cost {
                steps: 1,
                seconds: 1.2,
            },
        });
        let expected = "\
app/Dockerfile: equal but for 2 differences that the rules declare

declared differences:
  apt-lists-removed: 2 differences, 20.0 MB less. The package lists of apt are gone from the layer; nothing in the file reads them later without an update of its own.

noise: 1 difference where two builds of the original differ as well

                         before    after
  size                 100.0 MB  80.0 MB
  layers                      2        1
  paths                      12       12
  build without cache    12.3 s    9.0 s

  rebuild after a change of           before          after
  src/app.py                 4 steps, 14.0 s  1 step, 1.2 s

The image is 20.0 MB (20 %) smaller, has 1 layer fewer, and a rebuild after a change of src/app.py takes 1.2 s instead of 14.0 s.
";
        assert_eq!(render(&outcome, false), expected);
        assert!(render(&outcome, true).contains("\u{1b}["));
    }

    #[test]
    fn different() {
        let hostile = row(
            "/a\u{1b}[2J",
            Some("mode 0644"),
            Some("mode 0600"),
            0,
            Status::Undeclared,
        );
        let many = (0..LISTED).map(|number| {
            row(
                &format!("/{number}"),
                None,
                Some("file"),
                1,
                Status::Undeclared,
            )
        });
        let text = render(
            &outcome(
                Verdict::Different,
                std::iter::once(hostile).chain(many).collect(),
            ),
            false,
        );
        assert!(
            text.starts_with("app/Dockerfile: different: 31 differences undeclared\n"),
            "{text}"
        );
        assert!(
            text.contains("\n  /a\\u{1b}[2J changed: mode 0644 -> mode 0600\n"),
            "{text}"
        );
        assert!(
            text.contains("\n  ... and 1 more (--format json lists all)\n"),
            "{text}"
        );
        assert!(!text.contains("smaller"), "{text}");
    }

    #[test]
    fn nobody_knows() {
        let mut outcome = Outcome::unknown("x", "why".to_owned());
        outcome.log = vec!["a".to_owned(), "b\u{7}".to_owned()];
        outcome.kept = vec!["i:before".to_owned(), "/t".to_owned()];
        assert_eq!(
            unknown(&outcome),
            "error: could not tell: why\n\nthe last lines of the builder:\n  | a\n  | b\n\nkept: i:before (Dockerfiles and logs: /t)\n"
        );
    }
}
