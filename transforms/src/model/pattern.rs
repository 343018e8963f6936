//! The patterns of `${x#p}`, `${x%p}` and `${x/p/r}`: BuildKit turns them into Go regular expressions
//! (`shell/lex.go: convertShellPatternToRegex`), so the match is the leftmost one, and the first that backtracking finds.

use super::ExpandError;

/// Work that is spent on one match, in pattern elements times bytes of the value; beyond it the result stays unknown.
const LIMIT: usize = 1 << 14;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    elements: Vec<Element>,
    greedy: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Char(char),
    /// Any character but a line feed.
    Any,
    /// Any characters but line feeds.
    Star,
}

impl Pattern {
    /// Reads a pattern. Only `*`, `?` and `\` are special.
    ///
    /// # Errors
    /// A backslash before anything but `*`, `?`, `\`, `}` and `/`.
    pub(super) fn new(text: &str, greedy: bool) -> Result<Self, ExpandError> {
        let mut elements = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            elements.push(match char {
                '*' => Element::Star,
                '?' => Element::Any,
                // The escape only kept these from ending the expansion; the next round takes them as they are.
                '\\' if matches!(chars.peek(), Some('}' | '/')) => continue,
                '\\' => match chars.next() {
                    Some(escaped @ ('*' | '?' | '\\')) => Element::Char(escaped),
                    _ => return Err(ExpandError::Pattern(text.into())),
                },
                char => Element::Char(char),
            });
        }
        // Neighbouring stars match what one star matches.
        elements.dedup_by(|a, b| *a == Element::Star && *b == Element::Star);
        Ok(Self { elements, greedy })
    }

    /// Removes a matching prefix. `None`: too much work.
    pub(super) fn trim_prefix<'a>(&self, value: &'a str) -> Option<&'a str> {
        let ends = self.ends(value)?;
        let end = ends.first().copied().flatten().unwrap_or(0);
        value.get(end..)
    }

    /// Replaces the first match.
    pub(super) fn replace(&self, value: &str, replacement: &str) -> Option<String> {
        let ends = self.ends(value)?;
        let found = ends
            .iter()
            .enumerate()
            .find_map(|(start, end)| Some((start, (*end)?)));
        let Some((start, end)) = found else {
            return Some(value.to_owned());
        };
        let (before, after) = (value.get(..start)?, value.get(end..)?);
        Some(format!("{before}{replacement}{after}"))
    }

    /// Replaces all matches as Go's `ReplaceAllString` does: an empty match directly after another match doesn't count,
    /// and `$` is special in the replacement.
    pub(super) fn replace_all(&self, value: &str, replacement: &str) -> Option<String> {
        let ends = self.ends(value)?;
        let mut out = String::new();
        let (mut search, mut copied) = (0, 0);
        while search <= value.len() {
            let found = ends
                .iter()
                .enumerate()
                .skip(search)
                .find_map(|(start, end)| Some((start, (*end)?)));
            let Some((start, end)) = found else {
                break;
            };
            out.push_str(value.get(copied..start)?);
            if end > copied || start == 0 {
                expand_template(replacement, value.get(start..end)?, &mut out);
                if out.len() > LIMIT {
                    return None;
                }
            }
            copied = end;
            let width = value
                .get(search..)?
                .chars()
                .next()
                .map_or(1, char::len_utf8);
            search = end.max(search + width);
        }
        out.push_str(value.get(copied..)?);
        Some(out)
    }

    /// For each byte offset of the value, where a match that starts there ends: `None` without a match. Computed from
    /// the pattern's last element to its first, so that the work is bounded.
    fn ends(&self, value: &str) -> Option<Vec<Option<usize>>> {
        if value.len().checked_mul(self.elements.len())? > LIMIT {
            return None;
        }
        let mut ends: Vec<Option<usize>> = (0..=value.len())
            .map(|at| value.is_char_boundary(at).then_some(at))
            .collect();
        for element in self.elements.iter().rev() {
            let mut next = vec![None; value.len() + 1];
            // The end of the value, and then each character from the last to the first.
            if *element == Element::Star {
                *next.last_mut()? = ends.last().copied().flatten();
            }
            for (at, char) in value.char_indices().rev() {
                let after = at + char.len_utf8();
                let skipped = || ends.get(after).copied().flatten();
                let found = match element {
                    Element::Char(wanted) if *wanted == char => skipped(),
                    Element::Any if char != '\n' => skipped(),
                    Element::Star => {
                        let stop = ends.get(at).copied().flatten();
                        let go_on = || match char {
                            '\n' => None,
                            _ => next.get(after).copied().flatten(),
                        };
                        if self.greedy {
                            go_on().or(stop)
                        } else {
                            stop.or_else(go_on)
                        }
                    }
                    _ => None,
                };
                *next.get_mut(at)? = found;
            }
            ends = next;
        }
        Some(ends)
    }
}

/// Removes a matching suffix: BuildKit reverses pattern and value and removes a prefix (`trimSuffix`).
///
/// # Errors
/// As [`Pattern::new`].
pub(super) fn trim_suffix(
    pattern: &str,
    value: &str,
    greedy: bool,
) -> Result<Option<String>, ExpandError> {
    let value: String = value.chars().rev().collect();
    let compiled = Pattern::new(&reverse(pattern), greedy)
        .map_err(|_| ExpandError::Pattern(pattern.into()))?;
    Ok(compiled
        .trim_prefix(&value)
        .map(|rest| rest.chars().rev().collect()))
}

/// A pattern from its end to its start, each escape still before what it escapes.
fn reverse(pattern: &str) -> String {
    let mut units: Vec<String> = Vec::new();
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        let escaped = if char == '\\' { chars.next() } else { None };
        units.push([Some(char), escaped].into_iter().flatten().collect());
    }
    units.into_iter().rev().collect()
}

/// Go's `regexp.Expand`: `$0`, `${0}` is the match, other names and numbers are nothing, `$$` is a dollar sign, and a
/// dollar sign before anything else is itself.
fn expand_template(template: &str, matched: &str, out: &mut String) {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
            continue;
        }
        let is_name = |char: char| char.is_alphanumeric() || char == '_';
        let (name, tail) = match after.strip_prefix('{') {
            Some(braced) => match braced.split_once('}') {
                Some((name, tail)) if !name.is_empty() && name.chars().all(is_name) => (name, tail),
                _ => ("", after),
            },
            None => after.split_at(after.find(|char| !is_name(char)).unwrap_or(after.len())),
        };
        if name.is_empty() {
            out.push('$');
            rest = after;
        } else {
            // Go takes a number with a leading zero for a name.
            if name == "0" {
                out.push_str(matched);
            }
            rest = tail;
        }
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_suffixes() {
        let check = |pattern: &str, greedy, value: &str, prefix: &str, suffix: &str| {
            let compiled = Pattern::new(pattern, greedy).unwrap();
            assert_eq!(
                compiled.trim_prefix(value),
                Some(prefix),
                "{pattern} prefix"
            );
            let trimmed = trim_suffix(pattern, value, greedy).unwrap();
            assert_eq!(trimmed.as_deref(), Some(suffix), "{pattern} suffix");
        };
        check("ab", false, "abcab", "cab", "abc");
        check("*b", false, "abcab", "cab", "abca");
        check("*b", true, "abcab", "", "");
        check("?", false, "éa", "a", "é");
        check("*", false, "abc", "abc", "abc");
        check("x", true, "abc", "abc", "abc");
        check("\\*", false, "*a*", "a*", "*a");
        check("a\\/b", false, "a/ba/b", "a/b", "a/b");
        check("*", true, "a\nb", "\nb", "a\n");
        check("", true, "a", "a", "a");
    }

    #[test]
    fn replacements() {
        let check = |pattern: &str, replacement: &str, value: &str, first: &str, all: &str| {
            let pattern = Pattern::new(pattern, true).unwrap();
            assert_eq!(pattern.replace(value, replacement).as_deref(), Some(first));
            assert_eq!(
                pattern.replace_all(value, replacement).as_deref(),
                Some(all)
            );
        };
        check("b", "X", "abcabc", "aXcabc", "aXcaXc");
        check("*", "X", "ab", "X", "X");
        check("", "-", "ab", "-ab", "-a-b-");
        check("b", "[$0]", "abc", "a[$0]c", "a[b]c");
        check("b", "$1$$x$", "abc", "a$1$$x$c", "a$x$c");
        check("?", "é", "üx", "éx", "éé");
    }

    #[test]
    fn bad_escapes() {
        assert!(Pattern::new("a\\b", true).is_err());
        assert!(Pattern::new("a\\", true).is_err());
        assert!(trim_suffix("a\\b", "x", true).is_err());
    }

    #[test]
    fn too_much_work_is_given_up() {
        let pattern = Pattern::new(&"*a".repeat(2000), true).unwrap();
        assert_eq!(pattern.trim_prefix(&"a".repeat(2000)), None);
    }
}
