//! Parser directives: comments in the first lines that the builder reads.

use crate::ide::text::Text;

/// A parser directive.
#[derive(Debug)]
pub(crate) struct Directive {
    pub name: &'static str,
    pub summary: &'static str,
    pub example: &'static str,
    /// Values to offer, each with what it means.
    pub values: &'static [(&'static str, &'static str)],
}

/// The directives that BuildKit knows.
pub(crate) static ALL: &[Directive] = &[
    Directive {
        name: "syntax",
        summary: "names the frontend that reads this file: an image that BuildKit fetches. With `docker/dockerfile:1` a build has the newest features whatever the age of the builder.",
        example: "# syntax=docker/dockerfile:1",
        values: &[
            ("docker/dockerfile:1", "the newest stable version"),
            (
                "docker/dockerfile:1-labs",
                "the newest stable version with experimental features",
            ),
        ],
    },
    Directive {
        name: "escape",
        summary: "sets the sign that continues lines and takes the meaning from the next sign: a backslash unless given, or a backquote, for Windows paths.",
        example: "# escape=`",
        values: &[("\\", "the default"), ("`", "for Windows paths")],
    },
    Directive {
        name: "check",
        summary: "sets what `docker build --check` does with this file: checks to skip, and whether a finding stops the build.",
        example: "# check=skip=JSONArgsRecommended;error=true",
        values: &[
            ("skip=all", "no check is made"),
            ("skip=", "these checks are not made"),
            ("error=true", "a finding stops the build"),
        ],
    },
];

/// A directive by its name, in any letter case.
pub(crate) fn directive(name: &str) -> Option<&'static Directive> {
    ALL.iter()
        .find(|entry| entry.name.eq_ignore_ascii_case(name))
}

impl Directive {
    /// Its page.
    pub(crate) fn page(&self) -> Text {
        let mut text = Text::of(format!("**# {}** {}", self.name, self.summary));
        text.code(self.example).item(
            "Directives count only in the first lines, before any other comment, blank line or instruction.",
        );
        text
    }
}
