//! `--format pretty`: the source with the finding underlined, why it matters, what to do, and the rewrite as a small
//! diff.

use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet, Title,
};
use dfix_syntax::TextRange;
use dfix_transforms::{Applicability, Fix, Severity};

use super::lines::LineIndex;
use super::{Entry, FileReport};

/// All there is to say about a file, an empty line after each finding.
pub(crate) fn render(file: &FileReport, colored: bool) -> String {
    let renderer = if colored {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let index = LineIndex::new(file.source.as_deref().unwrap_or_default());
    let mut out = String::new();
    for entry in file.entries() {
        out += &render_entry(&renderer, &file.name, &index, &entry);
        out += "\n\n";
    }
    out
}

fn render_entry(
    renderer: &Renderer,
    path: &str,
    index: &LineIndex<'_>,
    entry: &Entry<'_>,
) -> String {
    let places = std::iter::once(entry.range).chain(entry.related.iter().map(|other| other.range));
    let window = Window::around(index, places);
    let mut snippet = window
        .snippet()
        .path(path)
        .annotation(window.annotation(AnnotationKind::Primary, entry.range));
    for other in entry.related {
        let annotation = window.annotation(AnnotationKind::Context, other.range);
        snippet = snippet.annotation(annotation.label(other.message.as_str()));
    }
    let id = match entry.aliases {
        [] => entry.rule.to_owned(),
        aliases => format!("{} {}", entry.rule, aliases.join(" ")),
    };
    let mut group = title(entry).id(id).element(snippet);
    if let Some(reason) = entry.refused {
        group = group.element(Level::NOTE.message(format!("no safe fix: {reason}")));
    }
    if let Some(help) = entry.help {
        group = group.element(Level::HELP.message(help));
    }
    let window;
    let mut groups = vec![group];
    if let Some(fix) = entry.fix {
        window = Window::around(index, std::iter::once(fix.range()));
        groups.push(suggestion(&window, fix));
    }
    renderer.render(&groups)
}

fn title<'a>(entry: &Entry<'a>) -> Title<'a> {
    let level = match entry.severity {
        Severity::Info => Level::INFO,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    level.primary_title(entry.message)
}

/// The rewrite as a diff.
fn suggestion<'a>(window: &'a Window<'_>, fix: &'a Fix) -> Group<'a> {
    let trust = match fix.applicability {
        Applicability::Safe => "safe fix",
        Applicability::Unsafe => "unsafe fix",
        Applicability::Manual => "by hand",
    };
    let patches = fix.edits().iter().map(|edit| {
        let insert = edit.insert.replace("\r\n", "\n");
        Patch::new(window.span(edit.range), insert)
    });
    Level::HELP
        .secondary_title(format!("{} ({trust})", fix.title))
        .element(window.snippet().patches(patches))
}

/// The whole lines around some places, with `\n` as line end: what the renderer gets to see of a file. It reads all that
/// it is given again for each finding, so a large file must not be given whole.
struct Window<'a> {
    text: std::borrow::Cow<'a, str>,
    /// The offset of the window in the file.
    start: usize,
    /// The first line, from one.
    first_line: usize,
    /// Offsets, in the window's part of the file, of the carriage returns that were left out.
    returns: Vec<usize>,
}

impl<'a> Window<'a> {
    fn around(index: &LineIndex<'a>, places: impl Iterator<Item = TextRange>) -> Self {
        let cover = places.reduce(TextRange::cover).unwrap_or_default();
        let first = index.line_at(cover.start().into());
        let last = index.line_at(cover.end().into());
        let start = index.start_of(first);
        let text = index
            .text()
            .get(start..index.start_of(last + 1))
            .unwrap_or_default();
        let returns: Vec<usize> = text.match_indices("\r\n").map(|(at, _)| at).collect();
        let text = if returns.is_empty() {
            text.into()
        } else {
            text.replace("\r\n", "\n").into()
        };
        Self {
            text,
            start,
            first_line: first + 1,
            returns,
        }
    }

    fn snippet<T: Clone>(&self) -> Snippet<'_, T> {
        Snippet::source(self.text.as_ref()).line_start(self.first_line)
    }

    fn annotation(&self, kind: AnnotationKind, range: TextRange) -> Annotation<'_> {
        kind.span(self.span(range))
    }

    /// A range of the file as a range of the window's text.
    fn span(&self, range: TextRange) -> Range<usize> {
        self.offset(range.start().into())..self.offset(range.end().into())
    }

    fn offset(&self, offset: usize) -> usize {
        let within = offset.saturating_sub(self.start);
        let removed = self.returns.partition_point(|at| *at < within);
        (within - removed).min(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[track_caller]
    fn check(file: &FileReport, expected: &str) {
        assert_eq!(render(file, false), expected);
    }

    #[test]
    fn a_finding_with_a_fix() {
        let text = "FROM debian:12\nRUN apt-get update\nUSER nobody\n";
        let expected = "";
        check(
            &testing::file(text, "apt-get update", Some(" \\\n && rm -rf x")),
            expected,
        );
    }

    #[test]
    fn crlf_looks_the_same() {
        let text = "FROM debian:12\nRUN apt-get update \\\n && apt-get install x\nUSER nobody\n";
        let render_with = |text: &str, part: &str, insert: &str| {
            render(&testing::file(text, part, Some(insert)), false)
        };
        assert_eq!(
            render_with(
                &text.replace('\n', "\r\n"),
                "apt-get update \\\r\n && apt-get",
                " \\\r\n && b"
            ),
            render_with(text, "apt-get update \\\n && apt-get", " \\\n && b"),
        );
    }

    #[test]
    fn a_syntax_error() {
        check(
            &testing::broken("FROM a\nFORM b\n", "FORM", "unknown instruction: FORM"),
            "",
        );
    }
}
