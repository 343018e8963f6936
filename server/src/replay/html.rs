//! The result as a page that needs nothing but itself.

use std::fmt::Write as _;

use super::outcome::{Arm, Counts, Replayed};
use super::text::notes;
use super::words::{change, count, day, percent, time};

/// The size of the picture, and of what is left of it and below it for words.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 64.0;
const BELOW: f64 = 28.0;
/// A line has at most so many points.
const POINTS: usize = 400;

/// The page.
pub(super) fn render(replayed: &Replayed) -> String {
    let mut out = String::new();
    let file = escaped(&replayed.file);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>dfix replay: {file}</title>\n<style>\n{}</style>\n</head>\n<body>\n<h1>{file}</h1>\n",
        include_str!("page.css")
    );
    let _ = write!(
        out,
        "<p>{} replayed",
        count(replayed.commits.len(), "commit")
    );
    if let (Some(first), Some(last)) = (replayed.commits.first(), replayed.commits.last()) {
        let _ = write!(out, ", {} to {}", day(first.time), day(last.time));
    }
    match replayed.rewritten {
        0 => out += ". dfix would not have written anything else in any of them.",
        number => {
            let _ = write!(
                out,
                ". dfix would have rewritten the file in {number} of them."
            );
        }
    }
    out += "</p>\n";
    tiles(replayed, &mut out);
    if replayed.rebuilds() > 0 {
        picture(replayed, &mut out);
        out += "<h2>How often each step of the last file runs again</h2>\n";
        steps("As it is", "before", &replayed.before, &mut out);
        if replayed.rewritten > 0 {
            let title = match replayed.rules.as_slice() {
                [] => "As dfix would write it".to_owned(),
                rules => format!("As dfix would write it ({})", rules.join(", ")),
            };
            steps(&title, "after", &replayed.after, &mut out);
        }
    }
    for note in notes(replayed) {
        let _ = writeln!(out, "<p>Note: {}</p>", escaped(&note));
    }
    out += "</body>\n</html>\n";
    out
}

fn tiles(replayed: &Replayed, out: &mut String) {
    let (before, after) = (replayed.before.total, replayed.after.total);
    let whole = |number: f64| format!("{number:.0}");
    type Row = (&'static str, fn(Counts) -> f64, fn(f64) -> String);
    let rows: [Row; 4] = [
        ("steps run again", |counts| counts.steps.into(), whole),
        (
            "dependency installs run again",
            |counts| counts.installs.into(),
            whole,
        ),
        (
            "of these needlessly",
            |counts| counts.needless.into(),
            whole,
        ),
        ("expected cost", |counts| counts.seconds, time),
    ];
    out.push_str("<div class=\"tiles\">\n");
    for (name, of, show) in rows {
        let (before, after) = (of(before), of(after));
        let _ = writeln!(
            out,
            "<div class=\"tile\"><span>{name}</span><b>{}</b><span><i class=\"key before\"></i>{} \
             <i class=\"key after\"></i>{}</span></div>",
            change(before, after).replace('-', "−"),
            show(before),
            show(after)
        );
    }
    out.push_str("</div>\n");
}

/// What all rebuilds up to each commit cost together.
fn picture(replayed: &Replayed, out: &mut String) {
    let sums = |of: fn(&super::outcome::Replay) -> Counts| -> Vec<f64> {
        let costs = replayed
            .commits
            .iter()
            .skip(1)
            .map(|commit| of(commit).seconds);
        let mut sum = 0.0;
        let running = costs.map(|cost| {
            sum += cost;
            sum
        });
        std::iter::once(0.0).chain(running).collect()
    };
    let (before, after) = (sums(|commit| commit.before), sums(|commit| commit.after));
    let highest = before.iter().chain(&after).copied().fold(1.0, f64::max);
    out.push_str(
        "<h2>Cost of all rebuilds together</h2>\n<p class=\"legend\"><span><i class=\"key before\"></i>as it is</span>\
         <span><i class=\"key after\"></i>as dfix would write it</span></p>\n",
    );
    let _ = writeln!(
        out,
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"The cost grows to {} as it is and to {} as dfix would \
         write it\">",
        HEIGHT + BELOW,
        time(before.last().copied().unwrap_or_default()),
        time(after.last().copied().unwrap_or_default())
    );
    for part in 0..=4 {
        let share = f64::from(part) / 4.0;
        let y = HEIGHT - share * (HEIGHT - 10.0);
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 8.0,
            y + 4.0,
            time(share * highest)
        );
    }
    if let (Some(first), Some(last)) = (replayed.commits.first(), replayed.commits.last()) {
        let y = HEIGHT + 20.0;
        let _ = writeln!(
            out,
            "<text x=\"{LEFT}\" y=\"{y}\">{}</text><text x=\"{WIDTH}\" y=\"{y}\" text-anchor=\"end\">{}</text>",
            day(first.time),
            day(last.time)
        );
    }
    for (class, sums) in [("b", &before), ("a", &after)] {
        let _ = writeln!(
            out,
            "<path class=\"{class}\" d=\"{}\"/>",
            line(sums, highest)
        );
    }
    out.push_str("</svg>\n");
}

fn line(sums: &[f64], highest: f64) -> String {
    let last = sums.len().saturating_sub(1);
    let every = sums.len().div_ceil(POINTS).max(1);
    let mut path = String::new();
    for (number, sum) in sums.iter().enumerate() {
        if number % every != 0 && number != last {
            continue;
        }
        let along = number as f64 / last.max(1) as f64;
        let x = LEFT + along * (WIDTH - LEFT);
        let y = HEIGHT - sum / highest * (HEIGHT - 10.0);
        let word = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{word}{x:.1} {y:.1}");
    }
    path
}

fn steps(title: &str, class: &str, arm: &Arm, out: &mut String) {
    let _ = writeln!(
        out,
        "<div class=\"wide\"><table><caption>{}</caption>\n<tr><th>step</th><th class=\"bar\"></th><th>of builds</th>\
         <th>builds</th><th>one run</th></tr>",
        escaped(title)
    );
    let mut stage = "";
    for step in &arm.steps {
        if step.stage != stage {
            stage = &step.stage;
            let _ = writeln!(
                out,
                "<tr class=\"stage\"><th colspan=\"5\">{}</th></tr>",
                escaped(stage)
            );
        }
        let _ = writeln!(
            out,
            "<tr><td><code>{}</code></td><td class=\"bar\"><div class=\"{class}\" style=\"width:{:.1}%\"></div></td>\
             <td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&step.text),
            step.share() * 100.0,
            percent(step.share()),
            step.builds,
            time(step.seconds)
        );
    }
    out.push_str("</table></div>\n");
}

/// A text as it may stand in a page, also inside of quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            ch if ch.is_control() => out.push(' '),
            ch => out.push(ch),
        }
    }
    out
}
