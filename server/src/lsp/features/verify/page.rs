//! The result of a verification for a person: a sentence, and a page in Markdown.

use std::collections::BTreeMap;
use std::fmt::Write;

use dfix_transforms::proof::Law;

use super::report::{Cost, Difference, Report, Size};
use crate::lsp::features::lenses::count;
use crate::report::one_line;
use crate::verify::gain::size;

/// How many differences of one kind are listed.
const LISTED: usize = 50;
/// How much is shown of what an image says of itself, in characters.
const LONGEST: usize = 200;

/// The result in a sentence or two.
pub(super) fn message(name: &str, report: &Report) -> String {
    let mut text = format!("{name}: {}", verdict(report));
    if let Some(gain) = &report.gain {
        let _ = write!(text, " {gain}");
    }
    text
}

/// The answer, as a sentence behind the file's name.
fn verdict(report: &Report) -> String {
    let reason = report.reason.as_deref().map(one_line);
    let undeclared = of(report, "undeclared").count();
    match (report.verdict.as_str(), reason) {
        ("equal", Some(reason)) => sentence(&reason),
        ("equal", None) => match of(report, "declared").count() {
            0 => "verified, the fixed file builds the same image.".to_owned(),
            number => format!(
                "verified, the fixed file builds the same image but for {} that the rules declare.",
                count(number, "difference")
            ),
        },
        ("different", Some(reason)) => sentence(&format!("the images differ: {reason}")),
        ("different", None) => format!(
            "the images differ in {} that no rule declares.",
            count(undeclared, "way")
        ),
        (_, reason) => sentence(&format!(
            "could not be verified: {}",
            reason.as_deref().unwrap_or("no reason was given")
        )),
    }
}

fn sentence(text: &str) -> String {
    match text.ends_with(['.', '!', '?']) {
        true => text.to_owned(),
        false => format!("{text}."),
    }
}

/// The whole result.
pub(super) fn markdown(name: &str, report: &Report) -> String {
    let mut out = String::new();
    let title = match report.verdict.as_str() {
        "equal" => "the same image",
        "different" => "different images",
        _ => "could not be verified",
    };
    // Nothing of the page is the protocol's; what can't be written to a text does not exist.
    let _ = writeln!(out, "# {}: {title}\n", code(name));
    let _ = writeln!(out, "{}\n", escaped(&message(name, report)));
    log(report, &mut out);
    undeclared(report, &mut out);
    sizes(report, &mut out);
    rebuilds(report, &mut out);
    applied(report, &mut out);
    declared(report, &mut out);
    noise(report, &mut out);
    for note in &report.notes {
        let _ = writeln!(out, "{}\n", escaped(&one_line(note)));
    }
    if let Some(builder) = &report.builder {
        let _ = writeln!(
            out,
            "Built with {} {}.",
            builder.name,
            escaped(&builder.version)
        );
    }
    out
}

fn log(report: &Report, out: &mut String) {
    if report.log.is_empty() {
        return;
    }
    let _ = writeln!(out, "## The builder's last lines\n");
    for line in &report.log {
        let line = line.chars().filter(|ch| !ch.is_control() || *ch == '\t');
        // Indented, a text needs no end that might be part of it.
        let _ = writeln!(out, "    {}", line.collect::<String>());
    }
    out.push('\n');
}

fn undeclared(report: &Report, out: &mut String) {
    let all: Vec<&Difference> = of(report, "undeclared").collect();
    if !all.is_empty() {
        let _ = writeln!(out, "## Differences that no rule declares\n");
        list(&all, out);
    }
}

fn declared(report: &Report, out: &mut String) {
    let mut laws: BTreeMap<&str, Vec<&Difference>> = BTreeMap::new();
    for difference in of(report, "declared") {
        let law = difference.law.as_deref().unwrap_or_default();
        laws.entry(law).or_default().push(difference);
    }
    if !laws.is_empty() {
        let _ = writeln!(out, "## Differences that the rules declare\n");
    }
    for (law, all) in laws {
        let bytes: i64 = all.iter().map(|difference| difference.bytes).sum();
        let bytes = match bytes {
            0 => String::new(),
            ..0 => format!(", {} less", size(bytes.unsigned_abs())),
            _ => format!(", {} more", size(bytes.unsigned_abs())),
        };
        let number = count(all.len(), "difference");
        let _ = writeln!(out, "### {}: {number}{bytes}\n", code(law));
        if let Some(law) = Law::ALL.iter().find(|known| known.id() == law) {
            let _ = writeln!(out, "{}\n", law.description());
        }
        list(&all, out);
    }
}

fn noise(report: &Report, out: &mut String) {
    let number = of(report, "noise").count();
    if number > 0 {
        let _ = writeln!(
            out,
            "Where two builds of the unchanged file differ as well: {}.\n",
            count(number, "difference")
        );
    }
}

fn of<'a>(report: &'a Report, status: &'a str) -> impl Iterator<Item = &'a Difference> {
    let all = report.differences.iter();
    all.filter(move |difference| difference.status == status)
}

fn list(differences: &[&Difference], out: &mut String) {
    for difference in differences.iter().take(LISTED) {
        let what = format!("{} {}", code(&difference.name), difference.what);
        let _ = match (&difference.before, &difference.after) {
            (Some(before), Some(after)) => {
                writeln!(out, "- {what}: {} → {}", code(before), code(after))
            }
            (Some(one), None) | (None, Some(one)) => writeln!(out, "- {what}: {}", code(one)),
            (None, None) => writeln!(out, "- {what}"),
        };
    }
    if differences.len() > LISTED {
        let _ = writeln!(out, "- and {} more", differences.len() - LISTED);
    }
    out.push('\n');
}

fn sizes(report: &Report, out: &mut String) {
    let (Some(before), Some(after)) = (&report.before, &report.after) else {
        return;
    };
    let _ = writeln!(
        out,
        "## Size\n\n| | before | after |\n| --- | ---: | ---: |"
    );
    let mut row = |name: &str, cell: &dyn Fn(&Size) -> String| {
        let _ = writeln!(out, "| {name} | {} | {} |", cell(before), cell(after));
    };
    row("size", &|image| size(image.bytes));
    row("layers", &|image| image.layers.len().to_string());
    row("paths", &|image| image.files.to_string());
    row("build without cache", &|image| {
        format!("{:.1} s", image.seconds)
    });
    out.push('\n');
}

fn rebuilds(report: &Report, out: &mut String) {
    if report.rebuilds.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "## Rebuilds\n\n| after a change of | before | after |\n| --- | ---: | ---: |"
    );
    let cell = |cost: &Cost| format!("{}, {:.1} s", count(cost.steps, "step"), cost.seconds);
    for rebuild in &report.rebuilds {
        let touched = code(&rebuild.touched).replace('|', "\\|");
        let (before, after) = (cell(&rebuild.before), cell(&rebuild.after));
        let _ = writeln!(out, "| {touched} | {before} | {after} |");
    }
    out.push('\n');
}

fn applied(report: &Report, out: &mut String) {
    if report.applied.is_empty() {
        return;
    }
    let _ = writeln!(out, "## Fixes\n");
    for applied in &report.applied {
        let trust = match applied.applicability.as_str() {
            "safe" => "",
            _ => " (unsafe: not proven)",
        };
        let (rule, title) = (code(&applied.rule), escaped(&applied.title));
        let _ = writeln!(out, "- {rule}: {title}{trust}");
    }
    out.push('\n');
}

/// A text as code on one line, whatever it holds.
fn code(text: &str) -> String {
    let mut line: String = one_line(text).chars().take(LONGEST).collect();
    if line.chars().count() == LONGEST {
        line += "...";
    }
    let runs = line.split(|ch| ch != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    match line.is_empty() || line.starts_with('`') || line.ends_with('`') {
        true => format!("{fence} {line} {fence}"),
        false => format!("{fence}{line}{fence}"),
    }
}

/// A text of which nothing is taken for Markdown but code between backquotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_code = false;
    for ch in text.chars() {
        is_code ^= ch == '`';
        if !is_code
            && matches!(
                ch,
                '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~'
            )
        {
            out.push('\\');
        }
        out.push(ch);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn report(value: Value) -> Report {
        serde_json::from_value(value).unwrap()
    }

    #[track_caller]
    fn check(value: Value, expected: &str) {
        let report = report(value);
        assert_eq!(message("Dockerfile", &report), expected);
        let page = markdown("Dockerfile", &report);
        assert!(page.starts_with("# `Dockerfile`: "), "{page}");
    }

    #[test]
    fn sentences() {
        check(
            json!({"verdict": "equal", "gain": "The image is 1.0 kB smaller."}),
            "Dockerfile: verified, the fixed file builds the same image. The image is 1.0 kB smaller.",
        );
        check(
            json!({"verdict": "equal", "differences": [{"status": "declared"}, {"status": "noise"}]}),
            "Dockerfile: verified, the fixed file builds the same image but for 1 difference that the rules declare.",
        );
        check(
            json!({"verdict": "equal", "reason": "nothing to rewrite, so nothing was built"}),
            "Dockerfile: nothing to rewrite, so nothing was built.",
        );
        check(
            json!({"verdict": "different", "differences": [{"status": "undeclared"}, {"status": "undeclared"}]}),
            "Dockerfile: the images differ in 2 ways that no rule declares.",
        );
        check(
            json!({"verdict": "different", "reason": "the rewritten file does not build"}),
            "Dockerfile: the images differ: the rewritten file does not build.",
        );
        check(
            json!({"verdict": "unknown", "reason": "no builder.\nInstall one."}),
            "Dockerfile: could not be verified: no builder. Install one.",
        );
        check(
            json!({}),
            "Dockerfile: could not be verified: no reason was given.",
        );
    }

    #[test]
    fn a_page_says_it_all() {
        let page = markdown(
            "Dockerfile",
            &report(json!({
                "verdict": "different",
                "builder": {"name": "docker", "version": "28.5.2"},
                "log": ["step 1", "  \u{1b}[31mred # no title"],
                "applied": [
                    {"rule": "apt-merge", "title": "Merge `RUN`s", "applicability": "safe"},
                    {"rule": "exec-form", "title": "Use <exec>", "applicability": "unsafe"},
                ],
                "before": {"bytes": 2000, "layers": [1000, 1000], "files": 3, "seconds": 1.26},
                "after": {"bytes": 1000, "layers": [1000], "files": 2, "seconds": 1.0},
                "differences": [
                    {"name": "/x", "what": "changed", "before": "mode 0644", "after": "mode 0600", "status": "undeclared"},
                    {"name": "/a`b", "what": "removed", "before": "file", "status": "declared", "law": "apt-lists-removed", "bytes": -1000},
                ],
                "rebuilds": [{"touched": "a|b.c", "before": {"steps": 2, "seconds": 3.04}, "after": {"steps": 1, "seconds": 1.0}}],
                "notes": ["One rebuild failed."],
            })),
        );
        for part in [
            "# `Dockerfile`: different images\n",
            "\n    step 1\n      [31mred # no title\n",
            "\n- `/x` changed: `mode 0644` → `mode 0600`\n",
            "\n| size | 2.0 kB | 1.0 kB |\n| layers | 2 | 1 |\n| paths | 3 | 2 |\n| build without cache | 1.3 s | 1.0 s |\n",
            "\n| `a\\|b.c` | 2 steps, 3.0 s | 1 step, 1.0 s |\n",
            "\n- `apt-merge`: Merge `RUN`s\n- `exec-form`: Use \\<exec\\> (unsafe: not proven)\n",
            "\n### `apt-lists-removed`: 1 difference, 1.0 kB less\n",
            "\n- ``/a`b`` removed: `file`\n",
            "\nOne rebuild failed.\n",
            "\nBuilt with docker 28.5.2.\n",
        ] {
            assert!(page.contains(part), "no {part:?} in\n{page}");
        }
    }

    #[test]
    fn long_lists_end() {
        let difference = json!({"name": "/x", "what": "added", "status": "undeclared"});
        let differences = vec![difference; LISTED + 7];
        let page = markdown(
            "x",
            &report(json!({"verdict": "different", "differences": differences})),
        );
        assert!(page.contains("\n- and 7 more\n"), "{page}");
    }
}
