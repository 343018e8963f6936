//! `--format pretty`: the source with the finding underlined, why it matters, what to do, and the rewrite as a small
//! diff.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet, Title};
use dfix_syntax::TextRange;
use dfix_transforms::{Applicability, Fix, Severity};

use super::lines::LineIndex;
use super::{Entry, FileReport, preview};

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
        out += &finding(&renderer, &file.name, &index, &entry);
        out.push('\n');
        if let Some(fix) = entry.fix {
            out += &renderer.render(&[Group::with_title(fix_title(fix))]);
            out.push('\n');
            out += &preview::render(&index, fix, colored);
        }
        out.push('\n');
    }
    out
}

/// The finding, underlined in its source, with what there is to say about it.
fn finding(renderer: &Renderer, path: &str, index: &LineIndex<'_>, entry: &Entry<'_>) -> String {
    let places = std::iter::once(entry.range).chain(entry.related.iter().map(|other| other.range));
    let window = Window::around(index, places);
    let mut snippet = Snippet::source(window.text.as_ref())
        .line_start(window.first_line)
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
    renderer.render(&[group])
}

fn title<'a>(entry: &Entry<'a>) -> Title<'a> {
    let level = match entry.severity {
        Severity::Info => Level::INFO,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    level.primary_title(entry.message)
}

/// What the rewrite does, and how far it may be trusted.
fn fix_title(fix: &Fix) -> Title<'_> {
    let trust = match fix.applicability {
        Applicability::Safe => "safe fix",
        Applicability::Unsafe => "unsafe fix",
        Applicability::Manual => "by hand",
    };
    Level::HELP.secondary_title(format!("{}{} ({trust})", fix.title, with_companions(fix)))
}

/// What a fix adds to other files, as the end of its title.
pub(crate) fn with_companions(fix: &Fix) -> String {
    let added = fix.companions().iter().map(|companion| {
        let lines: Vec<String> = companion
            .lines()
            .iter()
            .map(|line| format!("`{line}`"))
            .collect();
        format!(", and add {} to {}", lines.join(", "), companion.name)
    });
    added.collect()
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
        let rendered = render(file, false);
        assert_eq!(rendered, expected, "\n{rendered}");
    }

    #[test]
    fn a_finding_with_a_fix() {
        let text = "FROM debian:12\nRUN apt-get update\nUSER nobody\n";
        check(
            &testing::file(text, "apt-get update", Some(" \\\n && rm -rf x")),
            "\
warning[apt-clean-lists DL3009]: the package lists stay in the layer, which makes it larger
 --> app/Dockerfile:2:5
  |
2 | RUN apt-get update
  |     ^^^^^^^^^^^^^^
help: Remove them in the same layer (safe fix)
  |
2 - RUN apt-get update
2 + RUN apt-get update \\
3 +  && rm -rf x
  |

",
        );
    }

    #[test]
    fn notes_and_related_places() {
        let text = "FROM debian:12\nRUN apt-get update\nUSER nobody\n";
        let mut file = testing::file(text, "apt-get update", None);
        let finding = file.report.findings.pop().unwrap();
        let at = TextRange::new(39.into(), 45.into());
        file.report.findings.push(
            finding
                .refuse("line 3 reads them")
                .with_help("clean up later")
                .relate(at, "read here"),
        );
        check(
            &file,
            "\
warning[apt-clean-lists DL3009]: the package lists stay in the layer, which makes it larger
 --> app/Dockerfile:2:5
  |
2 | RUN apt-get update
  |     ^^^^^^^^^^^^^^
3 | USER nobody
  |      ------ read here
  |
  = note: no safe fix: line 3 reads them
  = help: clean up later

",
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
            "\
error[syntax-error DL1000]: unknown instruction: FORM
 --> Dockerfile:2:1
  |
2 | FORM b
  | ^^^^

",
        );
    }

    #[test]
    fn colours_only_when_wanted() {
        let file = testing::file("FROM a\n", "a", Some("b"));
        assert!(!render(&file, false).contains('\u{1b}'));
        assert!(render(&file, true).contains('\u{1b}'));
    }
}
