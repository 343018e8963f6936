//! How long steps took in a real build.

use std::collections::BTreeMap;

/// Seconds that steps took in a real build. The default knows none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timings {
    seconds: BTreeMap<String, f64>,
}

impl Timings {
    /// Timings of instructions by their text as a builder's log shows it, with the keyword and without the step's number;
    /// a text that comes twice keeps the longer time. Times that are no number, or negative, are left out.
    pub fn new<T: AsRef<str>>(steps: impl IntoIterator<Item = (T, f64)>) -> Self {
        let mut seconds: BTreeMap<String, f64> = BTreeMap::new();
        for (text, time) in steps {
            if time.is_finite() && time >= 0.0 {
                let known = seconds.entry(Self::key(text.as_ref())).or_default();
                *known = known.max(time);
            }
        }
        Self { seconds }
    }

    /// How long an instruction took, by its text. `None`: not known.
    pub fn seconds(&self, instruction: &str) -> Option<f64> {
        self.seconds.get(&Self::key(instruction)).copied()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.seconds.is_empty()
    }

    /// The text by which an instruction is looked up: a run of blanks counts as one, as builders join continued lines in
    /// different ways.
    fn key(instruction: &str) -> String {
        let words: Vec<&str> = instruction.split_whitespace().collect();
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_looked_up_by_their_text() {
        let timings = Timings::new([
            ("RUN make  &&  make install", 12.5),
            ("COPY . .", 0.25),
            ("COPY . .", 0.5),
            ("COPY . .", 0.125),
            ("RUN broken", f64::NAN),
            ("RUN odd", -1.0),
        ]);
        for (text, seconds) in [
            ("RUN make && make install", Some(12.5)),
            ("COPY .  .", Some(0.5)),
            ("RUN broken", None),
            ("RUN odd", None),
            ("RUN make", None),
        ] {
            assert_eq!(timings.seconds(text), seconds, "{text}");
        }
        assert!(!timings.is_empty() && Timings::default().is_empty());
    }
}
