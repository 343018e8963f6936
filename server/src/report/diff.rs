//! `--diff`: a unified diff that `git apply` takes.

use std::fmt::Write;
use std::path::Path;

use dfix_transforms::Companion;
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

use crate::world::discover::real_path;

/// Lines of context around a change, as git has them.
const CONTEXT: usize = 3;

/// The diff of what fixes add to another file than the Dockerfile; a file that does not exist yet is made.
pub(crate) fn of_companion(companion: &Companion, here: &Path) -> String {
    let path = path_in_diff(&real_path(&companion.path), here);
    let after = companion.after();
    match &companion.before {
        Some(before) => unified(&path, before, &after),
        None => {
            let name = quoted(&format!("b/{path}"));
            let git = format!(
                "diff --git {} {}\nnew file mode 100644\n",
                quoted(&format!("a/{path}")).trim_end(),
                name.trim_end()
            );
            git + &between("/dev/null", &name, "", &after)
        }
    }
}

/// A path as a diff names it: relative to the current folder where it is below it.
pub(crate) fn path_in_diff(real: &Path, here: &Path) -> String {
    let path = real.strip_prefix(here).unwrap_or(real);
    let text = path.to_string_lossy();
    let text = if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.into_owned()
    };
    text.trim_start_matches('/').to_owned()
}

/// The diff from one text to another; empty when they are equal. Lines end at `\n` only, as for git, so a carriage return
/// is part of its line and a mixed file comes through unharmed.
pub(crate) fn unified(path: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let (a, b) = (quoted(&format!("a/{path}")), quoted(&format!("b/{path}")));
    between(&a, &b, before, after)
}

/// The diff between two texts under these names.
fn between(a: &str, b: &str, before: &str, after: &str) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let mut out = format!("--- {a}\n+++ {b}\n");
    for hunk in group_diff_ops(ops, CONTEXT) {
        write_hunk(&mut out, &hunk, &old, &new);
    }
    out
}

fn write_hunk(out: &mut String, hunk: &[DiffOp], old: &[&str], new: &[&str]) {
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
        return;
    };
    let old_span = span(first.old_range().start, last.old_range().end);
    let new_span = span(first.new_range().start, last.new_range().end);
    // Writing to a string can't fail.
    let _ = writeln!(out, "@@ -{old_span} +{new_span} @@");
    for op in hunk {
        let removed = old.get(op.old_range()).unwrap_or_default();
        let added = new.get(op.new_range()).unwrap_or_default();
        if op.tag() == DiffTag::Equal {
            removed.iter().for_each(|line| write_line(out, ' ', line));
        } else {
            removed.iter().for_each(|line| write_line(out, '-', line));
            added.iter().for_each(|line| write_line(out, '+', line));
        }
    }
}

fn write_line(out: &mut String, sign: char, line: &str) {
    out.push(sign);
    out.push_str(line);
    if !line.ends_with('\n') {
        out.push_str("\n\\ No newline at end of file\n");
    }
}

/// `start,length` with lines from one; an empty span stands before its first line.
fn span(start: usize, end: usize) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        length => format!("{},{length}", start + 1),
    }
}

/// A path with control characters, quotes or backslashes in it is written as a C string, as git does.
fn quoted(path: &str) -> String {
    if !path
        .chars()
        .any(|ch| ch.is_control() || matches!(ch, '"' | '\\'))
    {
        // A tab ends a name that has blanks in it; git writes it too.
        return if path.contains(' ') {
            format!("{path}\t")
        } else {
            path.to_owned()
        };
    }
    let mut out = String::from("\"");
    for byte in path.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str, expected: &str) {
        assert_eq!(unified("x", before, after), expected);
    }

    #[test]
    fn hunks() {
        check("a\n", "a\n", "");
        check("a\n", "b\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n");
        check(
            "a\nb",
            "a\nc",
            "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n",
        );
        check(
            "a\r\nb\rc\r\n",
            "a\r\nd\rc\r\n",
            "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\r\n-b\rc\r\n+d\rc\r\n",
        );
        check(
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n",
            "2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n",
            "--- a/x\n+++ b/x\n@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -8,3 +7,4 @@\n 8\n 9\n 10\n+11\n",
        );
        check("", "a\n", "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n");
    }

    #[test]
    fn odd_names() {
        assert_eq!(quoted("a/x y"), "a/x y\t");
        assert_eq!(quoted("a/x\ty\"é"), "\"a/x\\011y\\\"\\303\\251\"");
        assert_eq!(quoted("a/é"), "a/é");
    }
}
