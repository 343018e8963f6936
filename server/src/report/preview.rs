//! A rewrite as a small diff in the look of a compiler's suggestion.

use std::fmt::Write;

use annotate_snippets::renderer::{
    DEFAULT_ADDITION_STYLE, DEFAULT_LINE_NUM_STYLE, DEFAULT_REMOVAL_STYLE, Style,
};
use dfix_transforms::Fix;
use similar::{Algorithm, DiffTag, capture_diff_slices, group_diff_ops};

use super::lines::LineIndex;

/// Unchanged lines that are shown around a change within the rewrite.
const CONTEXT: usize = 1;

/// The lines that a fix changes, with their numbers before (`-`) and after (`+`).
pub(super) fn render(index: &LineIndex<'_>, fix: &Fix, colored: bool) -> String {
    let range = fix.range();
    let first = index.line_at(range.start().into());
    let start = index.start_of(first);
    let end = index.start_of(index.line_at(range.end().into()) + 1);
    let before = index.text().get(start..end).unwrap_or_default();
    let after = apply(before, start, fix);
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let number = |line: usize| first + line + 1;
    let width = number(old.len().max(new.len())).to_string().len();
    let mut gutter = Gutter {
        out: String::new(),
        width,
        colored,
    };
    gutter.line(None, '|', "", None);
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    for (position, group) in group_diff_ops(ops, CONTEXT).iter().enumerate() {
        if position > 0 {
            gutter.out += "...\n";
        }
        for op in group {
            let removed = op
                .old_range()
                .zip(old.get(op.old_range()).unwrap_or_default());
            let added = op
                .new_range()
                .zip(new.get(op.new_range()).unwrap_or_default());
            if op.tag() == DiffTag::Equal {
                added.for_each(|(at, line)| gutter.line(Some(number(at)), ' ', line, None));
                continue;
            }
            for (at, line) in removed {
                gutter.line(Some(number(at)), '-', line, Some(DEFAULT_REMOVAL_STYLE));
            }
            for (at, line) in added {
                gutter.line(Some(number(at)), '+', line, Some(DEFAULT_ADDITION_STYLE));
            }
        }
    }
    gutter.line(None, '|', "", None);
    gutter.out
}

/// The lines after the fix; `start` is where they begin in the file.
fn apply(before: &str, start: usize, fix: &Fix) -> String {
    let mut after = String::new();
    let mut done = 0;
    for edit in fix.edits() {
        let from = usize::from(edit.range.start()).saturating_sub(start);
        let to = usize::from(edit.range.end()).saturating_sub(start);
        after += before.get(done..from).unwrap_or_default();
        after += &edit.insert;
        done = to;
    }
    after += before.get(done..).unwrap_or_default();
    after
}

/// Lines behind a column of line numbers.
struct Gutter {
    out: String,
    width: usize,
    colored: bool,
}

impl Gutter {
    fn line(&mut self, number: Option<usize>, sign: char, text: &str, style: Option<Style>) {
        let number = number.map_or_else(String::new, |number| number.to_string());
        let width = self.width;
        let (blue, reset) = self.codes(Some(DEFAULT_LINE_NUM_STYLE));
        // Writing to a string can't fail.
        let _ = write!(self.out, "{blue}{number:width$} {reset}");
        let style = if sign == '|' {
            Some(DEFAULT_LINE_NUM_STYLE)
        } else {
            style
        };
        let (color, reset) = self.codes(style);
        let line = format!("{sign} {}", visible(text));
        let _ = writeln!(self.out, "{color}{}{reset}", line.trim_end());
    }

    fn codes(&self, style: Option<Style>) -> (String, String) {
        match style.filter(|_| self.colored) {
            Some(style) => (style.render().to_string(), style.render_reset().to_string()),
            None => Default::default(),
        }
    }
}

/// A line without its end, tabs as blanks, other control characters as signs that stand for them.
fn visible(line: &str) -> String {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let mut out = String::with_capacity(line.len());
    for ch in line.chars() {
        match ch {
            '\t' => out += "    ",
            ch if ch.is_control() => out.push('\u{fffd}'),
            ch => out.push(ch),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfix_transforms::{Applicability, Edit};

    /// Replaces each pair's first text, which the source has once, by its second.
    #[track_caller]
    fn check(source: &str, edits: &[(&str, &str)], expected: &str) {
        let edits = edits
            .iter()
            .map(|(from, to)| {
                let start = u32::try_from(source.find(from).unwrap()).unwrap();
                let end = start + u32::try_from(from.len()).unwrap();
                Edit::replace(dfix_syntax::TextRange::new(start.into(), end.into()), *to)
            })
            .collect();
        let fix = Fix::new("Do it", Applicability::Safe, &[], edits).unwrap();
        let rendered = render(&LineIndex::new(source), &fix, false);
        assert_eq!(rendered, expected, "\n{rendered}");
    }

    #[test]
    fn previews() {
        check("a\nb\nc\n", &[("b", "x")], "  |\n2 - b\n2 + x\n  |\n");
        check(
            "a\nb\nc\n",
            &[("b\n", "")],
            "  |\n2 - b\n3 c\n  |\n".replace("3 c", "2   c").as_str(),
        );
        check(
            "RUN a\nRUN b\nRUN c",
            &[("a\nRUN b\nRUN c", "a \\\n && b \\\n\t&& c\u{1b}")],
            "  |\n1 - RUN a\n2 - RUN b\n3 - RUN c\n1 + RUN a \\\n2 +  && b \\\n3 +     && c\u{fffd}\n  |\n",
        );
        check(
            "from a\nx\ny\nz\ny\nfrom b\n",
            &[("from a", "FROM a"), ("from b", "FROM b")],
            "  |\n1 - from a\n1 + FROM a\n2   x\n...\n5   y\n6 - from b\n6 + FROM b\n  |\n",
        );
    }
}
