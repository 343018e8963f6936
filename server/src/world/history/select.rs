//! Which paths of a repository a source of COPY takes: through the ignore file, wildcards included.

use std::sync::Arc;

use dfix_transforms::ecosystem::Ecosystem;

use super::log::{PathId, Paths};
use crate::world::dockerignore::{DockerIgnore, ElementMatcher};

/// What takes paths. It remembers what it was asked.
#[derive(Debug)]
pub(crate) struct Selector {
    /// The folder of the repository that is the build context, with a slash at its end; empty for the root.
    context: String,
    source: Vec<Element>,
    exclude: DockerIgnore,
    ignore: Arc<DockerIgnore>,
    only: Option<&'static Ecosystem>,
    /// What was found, by path: 1 is taken, 2 is not.
    known: Vec<u8>,
}

/// One element of a source's path.
#[derive(Debug)]
enum Element {
    Name(String),
    Pattern(ElementMatcher),
    /// A pattern that can't be one.
    Nothing,
}

impl Selector {
    /// What a source takes, given as [`dfix_transforms::Facts::key`] has it. `exclude` are patterns of `--exclude`; one that
    /// can't be read excludes nothing.
    pub(crate) fn new(
        context: &str,
        source: &str,
        exclude: &str,
        ignore: Arc<DockerIgnore>,
    ) -> Self {
        let elements = source.split('/').filter(|element| !element.is_empty());
        let elements = elements.map(|element| {
            if !element.contains(['*', '?', '[', '\\']) {
                Element::Name(element.to_owned())
            } else {
                ElementMatcher::new(element).map_or(Element::Nothing, Element::Pattern)
            }
        });
        let context = match context {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        Self {
            context,
            source: elements.collect(),
            exclude: DockerIgnore::parse(exclude).unwrap_or_default(),
            ignore,
            only: None,
            known: Vec::new(),
        }
    }

    /// Of these only what a package manager reads.
    pub(crate) fn only(mut self, ecosystem: &'static Ecosystem) -> Self {
        self.only = Some(ecosystem);
        self
    }

    /// Whether a path is taken.
    pub(crate) fn takes(&mut self, id: PathId, paths: &Paths) -> bool {
        let at = id.0 as usize;
        match self.known.get(at) {
            Some(1) => return true,
            Some(2) => return false,
            _ => {}
        }
        let takes = self.decide(paths.name(id));
        if self.known.len() <= at {
            self.known.resize(paths.len().max(at + 1), 0);
        }
        if let Some(known) = self.known.get_mut(at) {
            *known = if takes { 1 } else { 2 };
        }
        takes
    }

    /// As [`Self::takes`], for a path that is asked for once.
    pub(crate) fn fits(&self, path: &str) -> bool {
        self.decide(path)
    }

    fn decide(&self, path: &str) -> bool {
        let Some(path) = path.strip_prefix(self.context.as_str()) else {
            return false;
        };
        let mut rest = Some(path);
        for element in &self.source {
            let Some(left) = rest else { return false };
            let (name, after) = match left.split_once('/') {
                Some((name, after)) => (name, Some(after)),
                None => (left, None),
            };
            let fits = match element {
                Element::Name(expected) => name == expected,
                Element::Pattern(pattern) => pattern.matches(name),
                Element::Nothing => false,
            };
            if !fits {
                return false;
            }
            rest = after;
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        !self.exclude.excludes(rest.unwrap_or(name))
            && self.only.is_none_or(|ecosystem| ecosystem.reads(path))
            && !self.ignore.excludes(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(context: &str, source: &str, exclude: &str, ignore: &str, expected: &[&str]) {
        let ignore = Arc::new(DockerIgnore::parse(ignore).unwrap());
        let mut selector = Selector::new(context, source, exclude, ignore);
        let mut paths = Paths::default();
        let all = [
            "package.json",
            "src/a.ts",
            "src/deep/b.md",
            "docs/x.md",
            "web/src/a.ts",
            "web/package.json",
        ];
        let ids: Vec<PathId> = all.iter().map(|path| paths.id(path)).collect();
        for _ in 0..2 {
            let taken: Vec<&str> = ids
                .iter()
                .filter(|id| selector.takes(**id, &paths))
                .map(|id| paths.name(*id))
                .collect();
            assert_eq!(taken, expected, "{context} {source} {exclude}");
        }
    }

    #[test]
    fn what_is_taken() {
        check("", "src", "", "", &["src/a.ts", "src/deep/b.md"]);
        check("", "src/a.ts", "", "", &["src/a.ts"]);
        check("", "s*/*.ts", "", "", &["src/a.ts"]);
        check("", "sr", "", "", &[]);
        check("", "src/[", "", "", &[]);
        check("", "src", "**/*.md", "", &["src/a.ts"]);
        check("", "src", "", "src/deep\n", &["src/a.ts"]);
        check("", "", "", "*\n!src\n", &["src/a.ts", "src/deep/b.md"]);
        check("web", "", "", "", &["web/src/a.ts", "web/package.json"]);
        check("web", "package*.json", "", "", &["web/package.json"]);
        check("we", "", "", "", &[]);
        check("web", "", "", "src", &["web/package.json"]);
    }
}
