//! Changes of another file that belong to a fix of the Dockerfile.

use std::path::PathBuf;
use std::sync::Arc;

use crate::IgnoreFile;
use crate::dockerignore::DockerIgnore;

/// Lines that a fix adds to the end of another file, which is made when it does not exist. Nothing of what the file holds is
/// ever changed or taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// How the file is called in messages, such as `.dockerignore`.
    pub name: String,
    /// Where it is. Only the caller, who gathered the facts, looks there.
    pub path: PathBuf,
    /// What it held when the facts were gathered; `None` when it did not exist.
    pub before: Option<Arc<str>>,
    /// Each without its line end.
    lines: Vec<String>,
}

impl Companion {
    /// The ignore file with patterns for what it does not leave out yet. `paths` are paths of the build context, each with
    /// the pattern that leaves it out. `None` when there is nothing to add, or when the builder refuses the file as it is.
    pub fn ignoring<'p>(
        file: &IgnoreFile,
        paths: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Option<Self> {
        let ignore = DockerIgnore::parse(file.text.as_deref().unwrap_or_default()).ok()?;
        let mut lines: Vec<String> = Vec::new();
        for (path, pattern) in paths {
            if !ignore.excludes(path) && !lines.iter().any(|line| line == pattern) {
                lines.push(pattern.to_owned());
            }
        }
        (!lines.is_empty()).then(|| Self {
            name: file.name.clone(),
            path: file.path.clone(),
            before: file.text.clone(),
            lines,
        })
    }

    /// The lines that are added.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The text that comes to the end of a file that holds `before`: the lines that it does not have yet, with its line
    /// ends. Empty when it has them all.
    pub fn addition(&self, before: &str) -> String {
        let has = |line: &str| before.lines().any(|known| known.trim() == line);
        let missing: Vec<&String> = self.lines.iter().filter(|line| !has(line)).collect();
        let eol = match before.contains("\r\n") {
            true => "\r\n",
            false => "\n",
        };
        let mut text = String::new();
        if !missing.is_empty() && !before.is_empty() && !before.ends_with('\n') {
            text.push_str(eol);
        }
        for line in missing {
            text.push_str(line);
            text.push_str(eol);
        }
        text
    }

    /// The whole file after the change.
    pub fn after(&self) -> String {
        let before = self.before.as_deref().unwrap_or_default();
        format!("{before}{}", self.addition(before))
    }

    /// Adds the lines of another change of the same file; other files are left aside.
    pub fn join(&mut self, other: &Self) {
        if self.path == other.path {
            for line in &other.lines {
                if !self.lines.contains(line) {
                    self.lines.push(line.clone());
                }
            }
        }
    }

    /// Adds a change to others: one for each file, in the order in which the files came.
    pub fn collect(all: &mut Vec<Self>, one: &Self) {
        match all.iter_mut().find(|known| known.path == one.path) {
            Some(known) => known.join(one),
            None => all.push(one.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: Option<&str>) -> IgnoreFile {
        IgnoreFile {
            name: ".dockerignore".to_owned(),
            path: "/context/.dockerignore".into(),
            text: text.map(Arc::from),
        }
    }

    #[test]
    fn lines_are_added_at_the_end() {
        let wanted = [("node_modules", "node_modules"), ("a/dist", "**/dist")];
        for (before, after) in [
            (None, Some("node_modules\n**/dist\n")),
            (Some(""), Some("node_modules\n**/dist\n")),
            (Some(".git"), Some(".git\nnode_modules\n**/dist\n")),
            (Some("# x\r\n"), Some("# x\r\nnode_modules\r\n**/dist\r\n")),
            (
                Some("**/node_modules\n"),
                Some("**/node_modules\n**/dist\n"),
            ),
            (Some("*\n!src\n"), None),
            (
                Some("*\n!node_modules\n"),
                Some("*\n!node_modules\nnode_modules\n"),
            ),
            (Some("[\n"), None),
        ] {
            let companion = Companion::ignoring(&file(before), wanted);
            let text = companion.map(|companion| companion.after());
            assert_eq!(text.as_deref(), after, "{before:?}");
        }
    }

    #[test]
    fn changes_of_one_file_are_one_change() {
        let of = |path| Companion::ignoring(&file(None), [(path, path)]).unwrap();
        let mut all = Vec::new();
        for path in ["a", "b", "a"] {
            Companion::collect(&mut all, &of(path));
        }
        let mut other = of("c");
        other.path = "/elsewhere".into();
        Companion::collect(&mut all, &other);
        let lines: Vec<&[String]> = all.iter().map(Companion::lines).collect();
        assert_eq!(
            lines,
            [&["a".to_owned(), "b".to_owned()][..], &["c".to_owned()]]
        );
    }

    #[test]
    fn what_somebody_added_meanwhile_is_not_added_again() {
        let companion = Companion::ignoring(&file(None), [("a", "a"), ("b", "b")]).unwrap();
        assert_eq!(companion.addition("a\n"), "b\n");
        assert_eq!(companion.addition("a\nb"), "");
    }
}
