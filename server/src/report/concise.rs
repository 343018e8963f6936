//! `--format concise`: one line for each finding.

use std::fmt::Write;

use dfix_transforms::Applicability;

use super::lines::LineIndex;
use super::{FileReport, one_line, severity_name};

/// `path:line:column: severity rule (aliases): message [fixable]`.
pub(crate) fn render(file: &FileReport) -> String {
    let index = LineIndex::new(file.source.as_deref().unwrap_or_default());
    let mut out = String::new();
    for entry in file.entries() {
        let place = index.position(entry.range.start().into());
        let aliases = match entry.aliases {
            [] => String::new(),
            aliases => format!(" ({})", aliases.join(", ")),
        };
        let fixable = match entry.fix.map(|fix| fix.applicability) {
            Some(Applicability::Safe) => " [fixable]",
            Some(Applicability::Unsafe) => " [fixable, unsafe]",
            Some(Applicability::Manual) | None => "",
        };
        // Writing to a string can't fail.
        let _ = writeln!(
            out,
            "{}:{}:{}: {} {}{aliases}: {}{fixable}",
            file.name,
            place.line,
            place.column,
            severity_name(entry.severity),
            entry.rule,
            one_line(entry.message),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn lines() {
        let text = "FROM a\nRUN apt-get update\n";
        assert_eq!(
            render(&testing::file(text, "apt-get update", Some(" && x"))),
            "app/Dockerfile:2:5: warning apt-clean-lists (DL3009): the package lists stay in the layer, which makes it \
             larger [fixable]\n"
        );
        assert_eq!(
            render(&testing::broken(
                "FORM a\n",
                "FORM",
                "unknown\ninstruction: \u{1b}FORM"
            )),
            "Dockerfile:1:1: error syntax-error (DL1000): unknown instruction: \\u{1b}FORM\n"
        );
    }
}
