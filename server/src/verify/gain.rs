//! What a rewrite was good for, in a sentence.

use super::outcome::{Outcome, Rebuild, Stopped, Verdict};

/// Seconds that a rebuild has to differ by before it is spoken of.
const NOTABLE: f64 = 0.5;

/// The sentence; `None` when the images differ and nobody has asked for that: with unsafe fixes it is what a person weighs
/// against the differences.
pub(crate) fn gain(outcome: &Outcome) -> Option<String> {
    if outcome.verdict != Verdict::Equal && !outcome.has_unsafe() {
        return None;
    }
    let (before, after) = (outcome.before.as_ref()?, outcome.after.as_ref()?);
    let mut parts = Vec::new();
    if let Some(smaller) = bytes(before.bytes(), after.bytes()) {
        parts.push(format!("is {smaller}"));
    }
    if let Some(layers) = layers(before.layers.len(), after.layers.len()) {
        parts.push(format!("has {layers}"));
    }
    if parts.is_empty() {
        parts.push("has the same size and as many layers".to_owned());
    }
    if let Some(best) = notable(&outcome.rebuilds) {
        parts.push(format!(
            "a rebuild after a change of {} takes {:.1} s instead of {:.1} s",
            best.touched, best.after.seconds, best.before.seconds
        ));
    }
    let mut sentence = match parts.as_slice() {
        [one] => format!("The image {one}"),
        [one, two] => format!("The image {one} and {two}"),
        parts => {
            let (last, others) = parts.split_last()?;
            format!("The image {}, and {last}", others.join(", "))
        }
    };
    sentence.push('.');
    if let Some((before, after)) = &outcome.runs
        && before.stop == Some(Stopped::Killed)
        && let Some(Stopped::Reacted(seconds)) = after.stop
    {
        sentence += &format!(
            " The program now gets its stop signal: it ends after {seconds:.1} s, where it had to be killed before."
        );
    }
    Some(sentence)
}

/// `43.1 MB (31 %) smaller`.
fn bytes(before: u64, after: u64) -> Option<String> {
    let change = before.abs_diff(after);
    let word = if after < before { "smaller" } else { "larger" };
    // Less than a thousandth is a timestamp in a log.
    (change > 0 && change >= before / 1000).then(|| {
        let percent = percent(change, before);
        format!("{}{percent} {word}", size(change))
    })
}

/// ` (31 %)`; nothing for a part of nothing.
fn percent(part: u64, whole: u64) -> String {
    match (part * 100).checked_div(whole) {
        None => String::new(),
        Some(0) => " (less than 1 %)".to_owned(),
        Some(_) => {
            #[allow(clippy::cast_precision_loss, reason = "a rounded percentage")]
            let exact = part as f64 * 100.0 / whole as f64;
            format!(" ({exact:.0} %)")
        }
    }
}

/// `3 layers fewer`.
fn layers(before: usize, after: usize) -> Option<String> {
    let word = if after < before { "fewer" } else { "more" };
    match before.abs_diff(after) {
        0 => None,
        1 => Some(format!("1 layer {word}")),
        number => Some(format!("{number} layers {word}")),
    }
}

/// The rebuild that differs most, if one does.
fn notable(rebuilds: &[Rebuild]) -> Option<&Rebuild> {
    let change = |rebuild: &Rebuild| (rebuild.before.seconds - rebuild.after.seconds).abs();
    let most = rebuilds
        .iter()
        .max_by(|a, b| change(a).total_cmp(&change(b)))?;
    let is_notable = change(most) >= NOTABLE
        && change(most) >= most.before.seconds.max(most.after.seconds) / 10.0
        && most.before.steps != most.after.steps;
    is_notable.then_some(most)
}

/// A number of bytes for a person, in powers of ten.
pub(crate) fn size(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "one digit after the point")]
    let number = bytes as f64;
    match bytes {
        0 => "0 bytes".to_owned(),
        1 => "1 byte".to_owned(),
        2..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{:.1} kB", number / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", number / 1e6),
        _ => format!("{:.2} GB", number / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::super::outcome::{Cost, Measured, Run};
    use super::*;

    fn measured(layers: &[u64]) -> Option<Measured> {
        Some(Measured {
            layers: layers.to_vec(),
            files: 1,
            seconds: 1.0,
        })
    }

    fn cost(steps: usize, seconds: f64) -> Cost {
        Cost { steps, seconds }
    }

    #[track_caller]
    fn check(before: &[u64], after: &[u64], rebuilds: &[(Cost, Cost)], expected: &str) {
        let mut outcome = Outcome::new("x");
        assert_eq!(gain(&outcome), None);
        outcome.verdict = Verdict::Equal;
        outcome.before = measured(before);
        outcome.after = measured(after);
        outcome.rebuilds = rebuilds
            .iter()
            .map(|&(before, after)| Rebuild {
                touched: "src/app.py".to_owned(),
                before,
                after,
            })
            .collect();
        assert_eq!(gain(&outcome).as_deref(), Some(expected));
    }

    #[test]
    fn sentences() {
        check(
            &[100_000_000, 20_000_000, 19_000_000, 1, 1],
            &[95_900_001, 1],
            &[(cost(4, 14.02), cost(1, 1.2)), (cost(1, 2.0), cost(1, 2.4))],
            "The image is 43.1 MB (31 %) smaller, has 3 layers fewer, and a rebuild after a change of src/app.py takes 1.2 s instead of 14.0 s.",
        );
        check(
            &[100_000],
            &[102_000],
            &[(cost(1, 14.02), cost(1, 1.2))],
            "The image is 2.0 kB (2 %) larger.",
        );
        check(
            &[100_000, 1],
            &[90_000],
            &[],
            "The image is 10.0 kB (10 %) smaller and has 1 layer fewer.",
        );
        check(
            &[100_000_000, 5],
            &[100_000_000],
            &[(cost(2, 3.0), cost(1, 1.0))],
            "The image has 1 layer fewer and a rebuild after a change of src/app.py takes 1.0 s instead of 3.0 s.",
        );
        check(
            &[1, 2],
            &[1, 2],
            &[],
            "The image has the same size and as many layers.",
        );
    }

    #[test]
    fn signals_are_worth_a_sentence() {
        let run = |stop| Run {
            stdout: String::new(),
            status: Some(0),
            error: None,
            process: None,
            stop: Some(stop),
        };
        let mut outcome = Outcome::new("x");
        outcome.verdict = Verdict::Equal;
        outcome.before = measured(&[1]);
        outcome.after = measured(&[1]);
        outcome.runs = Some((run(Stopped::Killed), run(Stopped::Reacted(0.14))));
        let sentence = gain(&outcome).unwrap();
        assert!(
            sentence.ends_with("it ends after 0.1 s, where it had to be killed before."),
            "{sentence}"
        );
        outcome.runs = Some((run(Stopped::Killed), run(Stopped::Killed)));
        assert!(!gain(&outcome).unwrap().contains("signal"));
    }

    #[test]
    fn sizes() {
        for (bytes, expected) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (43_100_000, "43.1 MB"),
            (2_345_000_000, "2.35 GB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }
}
