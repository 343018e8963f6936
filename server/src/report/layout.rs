//! What `dfix fmt` says: a line for each file that is not formatted, or was not.

use super::FileReport;
use super::summary::{Mode, Summary, count};

/// The line for a file. Why a file was not done stands on standard error, as for findings.
pub(crate) fn render(file: &FileReport, mode: Mode) -> String {
    match (file.changed, mode) {
        (false, _) => String::new(),
        (true, Mode::Write) => format!("{}: formatted\n", file.name),
        (true, Mode::Check | Mode::Diff) => format!("{}: not formatted\n", file.name),
    }
}

/// The last line of a run, without its end.
pub(crate) fn summary(sum: &Summary, mode: Mode) -> String {
    if sum.files == 0 {
        return sum.line(mode);
    }
    let files = count(sum.files, "file");
    let changed = match (sum.changed, mode) {
        (0, _) => "nothing to format".to_owned(),
        (changed, Mode::Write) => format!("{changed} formatted"),
        (changed, Mode::Check) => format!("{changed} not formatted (--write formats)"),
        (changed, Mode::Diff) => format!("{changed} would be formatted"),
    };
    let failed = match sum.failed {
        0 => String::new(),
        failed => format!("; {} not done", count(failed, "file")),
    };
    format!("{files}: {changed}{failed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let mut sum = Summary::default();
        assert_eq!(summary(&sum, Mode::Check), "no Dockerfile found");
        sum.files = 1;
        assert_eq!(summary(&sum, Mode::Check), "1 file: nothing to format");
        sum.files = 4;
        sum.changed = 2;
        for (mode, expected) in [
            (Mode::Check, "4 files: 2 not formatted (--write formats)"),
            (Mode::Write, "4 files: 2 formatted"),
            (Mode::Diff, "4 files: 2 would be formatted"),
        ] {
            assert_eq!(summary(&sum, mode), expected);
        }
        sum.failed = 1;
        assert_eq!(
            summary(&sum, Mode::Write),
            "4 files: 2 formatted; 1 file not done"
        );
    }
}
