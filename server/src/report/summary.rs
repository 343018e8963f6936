//! The last line of a run: what was found, fixed, refused and left.

use dfix_transforms::Applicability;

use super::FileReport;

/// What happened to the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Findings are reported.
    Check,
    /// Fixes are written.
    Write,
    /// Fixes are shown as a diff.
    Diff,
}

/// Sums over the files of a run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Files that were looked at, the failed ones included.
    pub files: usize,
    /// Files that could not be done.
    pub failed: usize,
    /// Files whose text changed, or would.
    pub changed: usize,
    /// Findings and syntax errors, before fixes.
    pub found: usize,
    /// Fixes that were applied, or would be.
    pub fixed: usize,
    /// Findings left whose fix was refused, or is not a safe one, for a reason that the report gives.
    pub refused: usize,
    /// Findings that are left.
    pub left: usize,
    /// Findings left that have a safe fix.
    pub fixable: usize,
    /// Findings left that have an unsafe fix.
    pub fixable_unsafe: usize,
    /// Syntax errors.
    pub syntax_errors: usize,
}

impl Summary {
    /// The sums of one file.
    pub(crate) fn of(file: &FileReport) -> Self {
        let findings = &file.report.findings;
        let fixable = |wanted| {
            findings
                .iter()
                .filter(|finding| {
                    finding
                        .fix
                        .as_ref()
                        .is_some_and(|fix| fix.applicability == wanted)
                })
                .count()
        };
        let left = findings.len() + file.report.errors.len();
        Self {
            files: 1,
            failed: usize::from(file.problem.is_some()),
            changed: usize::from(file.changed),
            found: left + file.applied.len(),
            fixed: file.applied.len(),
            refused: findings
                .iter()
                .filter(|finding| finding.refused.is_some())
                .count(),
            left,
            fixable: fixable(Applicability::Safe),
            fixable_unsafe: fixable(Applicability::Unsafe),
            syntax_errors: file.report.errors.len(),
        }
    }

    /// Adds another file's sums.
    pub(crate) fn add(&mut self, other: &Self) {
        let Self {
            files,
            failed,
            changed,
            found,
            fixed,
            refused,
            left,
            fixable,
            fixable_unsafe,
            syntax_errors,
        } = other;
        self.files += files;
        self.failed += failed;
        self.changed += changed;
        self.found += found;
        self.fixed += fixed;
        self.refused += refused;
        self.left += left;
        self.fixable += fixable;
        self.fixable_unsafe += fixable_unsafe;
        self.syntax_errors += syntax_errors;
    }

    /// The line, without its end.
    pub(crate) fn line(&self, mode: Mode) -> String {
        let files = count(self.files, "file");
        if self.files == 0 {
            return "no Dockerfile found".to_owned();
        }
        let mut line = if self.found == 0 && self.failed == 0 {
            return format!("{files}: nothing to say");
        } else {
            let fixed = match mode {
                Mode::Check | Mode::Write => "fixed",
                Mode::Diff => "would be fixed",
            };
            let where_fixed = match self.changed {
                0 => String::new(),
                changed => format!(" in {}", count(changed, "file")),
            };
            format!(
                "{files}: {} found, {} {fixed}{where_fixed}, {} refused, {} left",
                self.found, self.fixed, self.refused, self.left
            )
        };
        if mode == Mode::Check && self.fixable + self.fixable_unsafe > 0 {
            let hints = [
                (self.fixable, "--write fixes"),
                (self.fixable_unsafe, "--write --unsafe-fixes adds"),
            ];
            let hints: Vec<String> = hints
                .into_iter()
                .filter(|(number, _)| *number > 0)
                .map(|(number, what)| format!("{what} {number}"))
                .collect();
            line += &format!(" ({})", hints.join(", "));
        }
        if self.failed > 0 {
            line += &format!("; {} not done", count(self.failed, "file"));
        }
        line
    }
}

/// A number of things.
pub(super) fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn lines() {
        let mut sum = Summary::default();
        assert_eq!(sum.line(Mode::Check), "no Dockerfile found");
        sum.files = 1;
        assert_eq!(sum.line(Mode::Write), "1 file: nothing to say");
        sum.add(&Summary::of(&testing::file("FROM a\n", "a", Some("b"))));
        sum.add(&Summary::of(&testing::broken("FORM a\n", "a", "no")));
        assert_eq!(
            sum.line(Mode::Check),
            "3 files: 2 found, 0 fixed, 0 refused, 2 left (--write fixes 1)"
        );
        sum.fixed = 3;
        sum.found = 5;
        sum.changed = 2;
        sum.failed = 1;
        assert_eq!(
            sum.line(Mode::Write),
            "3 files: 5 found, 3 fixed in 2 files, 0 refused, 2 left; 1 file not done"
        );
        assert_eq!(
            sum.line(Mode::Diff),
            "3 files: 5 found, 3 would be fixed in 2 files, 0 refused, 2 left; 1 file not done"
        );
    }
}
