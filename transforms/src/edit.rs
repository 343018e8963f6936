//! Edits as data: text replacements on byte ranges, and fixes made of them.

use dfix_syntax::TextRange;

use crate::Companion;
use crate::proof::Law;

/// How far a fix may be trusted, in ascending order, so that a threshold is one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// Shown as advice or a preview; never applied.
    Manual,
    /// Applied when a person agrees: the image or the build changes in a way that the rule's page explains.
    Unsafe,
    /// Same files, same configuration, same success or failure of the build, apart from the differences that the rule
    /// declares (its laws). Proven by [`crate::proof`] before it is offered.
    Safe,
}

/// One replacement: the bytes of `range` become `insert`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub range: TextRange,
    /// The new text; empty for a deletion.
    pub insert: String,
}

/// A rewrite: edits that are applied together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What will happen, in the imperative: "Join the two installs".
    pub title: String,
    /// How far it may be trusted.
    pub applicability: Applicability,
    /// Sorted by range and disjoint; [`Fix::new`] sees to it.
    edits: Vec<Edit>,
    /// The declared differences that the proof may use. A fix without laws must leave the build trace equal.
    pub laws: &'static [Law],
    /// Changes of other files, one for each file.
    companions: Vec<Companion>,
}

impl Edit {
    /// Replaces `range` by `text`.
    pub fn replace(range: TextRange, text: impl Into<String>) -> Self {
        Self {
            range,
            insert: text.into(),
        }
    }

    /// Deletes `range`.
    pub fn delete(range: TextRange) -> Self {
        Self {
            range,
            insert: String::new(),
        }
    }

    /// Inserts `text` at a byte offset.
    pub fn insert(at: dfix_syntax::TextSize, text: impl Into<String>) -> Self {
        Self {
            range: TextRange::empty(at),
            insert: text.into(),
        }
    }
}

impl Fix {
    /// A fix of these edits. Returns `None` when there is nothing to do or two edits overlap or touch with an
    /// insertion at the same place, since then their order would be a guess.
    pub fn new(
        title: impl Into<String>,
        applicability: Applicability,
        laws: &'static [Law],
        mut edits: Vec<Edit>,
    ) -> Option<Self> {
        edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
        let disjoint = edits
            .iter()
            .zip(edits.iter().skip(1))
            .all(|(a, b)| a.range.end() <= b.range.start() && a.range != b.range);
        (disjoint && !edits.is_empty()).then(|| Self {
            title: title.into(),
            applicability,
            edits,
            laws,
            companions: Vec::new(),
        })
    }

    /// With a change of another file, made together with the edits or not at all. The proof knows nothing of other files, so
    /// that such a fix is never safe.
    #[must_use]
    pub fn with_companion(mut self, companion: Option<Companion>) -> Self {
        if let Some(companion) = companion {
            self.applicability = self.applicability.min(Applicability::Unsafe);
            Companion::collect(&mut self.companions, &companion);
        }
        self
    }

    /// The changes of other files that belong to the fix.
    pub fn companions(&self) -> &[Companion] {
        &self.companions
    }

    /// The edits, sorted and disjoint.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// From the first changed byte to the last.
    pub fn range(&self) -> TextRange {
        let start = self
            .edits
            .first()
            .map_or(0.into(), |edit| edit.range.start());
        let end = self.edits.last().map_or(start, |edit| edit.range.end());
        TextRange::new(start, end)
    }

    /// The text after the edits. Edits that don't lie on character boundaries of `text` are ignored, since they belong
    /// to another text.
    pub fn apply(&self, text: &str) -> String {
        apply_edits(text, &self.edits)
    }
}

/// Applies sorted, disjoint edits to a text.
pub(crate) fn apply_edits(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(
        text.len() + edits.iter().map(|edit| edit.insert.len()).sum::<usize>(),
    );
    let mut at = 0;
    for edit in edits {
        let (start, end) = (
            usize::from(edit.range.start()),
            usize::from(edit.range.end()),
        );
        let Some(kept) = text.get(at..start) else {
            continue;
        };
        if !text.is_char_boundary(end) || end > text.len() {
            continue;
        }
        out.push_str(kept);
        out.push_str(&edit.insert);
        at = end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(edits: &[(u32, u32, &str)]) -> Option<Fix> {
        let edits = edits.iter().map(|(start, end, text)| {
            let range = TextRange::new((*start).into(), (*end).into());
            Edit::replace(range, *text)
        });
        Fix::new("", Applicability::Safe, &[], edits.collect())
    }

    #[test]
    fn applicability_is_ordered() {
        assert!(Applicability::Manual < Applicability::Unsafe);
        assert!(Applicability::Unsafe < Applicability::Safe);
    }

    #[test]
    fn edits_are_sorted_and_applied() {
        for (edits, expected) in [
            (&[(4, 5, "E"), (0, 1, "A")][..], "AbcdEf"),
            (&[(0, 6, "")], ""),
            (&[(6, 6, "!"), (0, 0, "?")], "?abcdef!"),
            (&[(1, 3, ""), (3, 4, "D")], "aDef"),
            (&[(3, 3, "-"), (1, 3, ""), (3, 4, "D")], "a-Def"),
        ] {
            let fix = fix(edits).expect("a fix");
            assert_eq!(fix.apply("abcdef"), expected, "{edits:?}");
        }
    }

    #[test]
    fn the_range_covers_all_edits() {
        let fix = fix(&[(4, 5, ""), (1, 1, "x")]).expect("a fix");
        assert_eq!(fix.range(), TextRange::new(1.into(), 5.into()));
    }

    #[test]
    fn edits_that_meet_make_no_fix() {
        assert!(fix(&[]).is_none());
        assert!(fix(&[(0, 3, ""), (2, 4, "")]).is_none());
        assert!(fix(&[(1, 1, "x"), (1, 1, "y")]).is_none());
        assert!(fix(&[(0, 2, "x"), (0, 2, "x")]).is_none());
    }

    #[test]
    fn edits_of_another_text_are_left_out() {
        let fix = fix(&[(1, 2, "x"), (4, 9, "y")]).expect("a fix");
        assert_eq!(fix.apply("aäb"), "aäb");
        assert_eq!(fix.apply("abc"), "axc");
    }
}
