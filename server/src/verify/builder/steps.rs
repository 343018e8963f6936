//! What a builder's output tells about its steps: which one runs, and how many were not taken from the cache.
//!
//! BuildKit's plain progress has lines such as `#7 [build 2/5] RUN make`, `#7 CACHED`, `#7 DONE 0.4s`, and each line of a
//! command's own output behind the number and a time. Buildah and Podman say `[1/2] STEP 2/5: RUN make`, and
//! `--> Using cache ...` after a step that was not executed.

use std::collections::BTreeMap;

use super::Kind;

/// Follows the output of one build.
#[derive(Debug)]
pub(crate) struct Steps {
    kind: Kind,
    /// BuildKit's steps by their numbers.
    vertices: BTreeMap<u32, Vertex>,
    /// Buildah's steps that did work, and whether the last of them still may turn out to have been cached.
    executed: usize,
    open: bool,
}

/// A step of BuildKit.
#[derive(Debug, Default)]
struct Vertex {
    /// Whether it is a step of the file that does work.
    works: bool,
    cached: bool,
    done: bool,
}

impl Steps {
    /// For the output of a builder.
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            vertices: BTreeMap::new(),
            executed: 0,
            open: false,
        }
    }

    /// Takes a line; returns the step that begins with it, such as `2/5 RUN make`.
    pub(crate) fn line(&mut self, line: &str) -> Option<String> {
        match self.kind {
            Kind::Docker => self.buildkit(line),
            Kind::Podman | Kind::Buildah => self.buildah(line),
        }
    }

    /// How many steps that do work (RUN, COPY, ADD, WORKDIR) were executed.
    pub(crate) fn executed(&self) -> usize {
        let executed = |vertex: &&Vertex| vertex.works && vertex.done && !vertex.cached;
        self.executed + self.vertices.values().filter(executed).count()
    }

    fn buildkit(&mut self, line: &str) -> Option<String> {
        let (number, rest) = line.strip_prefix('#')?.split_once(' ')?;
        let vertex = self.vertices.entry(number.parse().ok()?).or_default();
        if rest == "CACHED" {
            vertex.cached = true;
        } else if rest.starts_with("DONE ") {
            vertex.done = true;
        } else if let Some((place, text)) =
            rest.strip_prefix('[').and_then(|it| it.split_once("] "))
        {
            // `internal` and `auth` are the builder's own; the number is the last word: `[build 2/5]`.
            let number = place.split_whitespace().next_back()?;
            if number.contains('/') {
                vertex.works = works(text);
                return Some(format!("{number} {text}"));
            }
        }
        None
    }

    fn buildah(&mut self, line: &str) -> Option<String> {
        if line.starts_with("--> Using cache") {
            if std::mem::take(&mut self.open) {
                self.executed -= 1;
            }
            return None;
        }
        let rest = match line.strip_prefix('[') {
            Some(staged) => staged.split_once("] ")?.1,
            None => line,
        };
        let (number, text) = rest.strip_prefix("STEP ")?.split_once(": ")?;
        if !number.starts_with(|ch: char| ch.is_ascii_digit()) {
            return None;
        }
        self.open = works(text);
        self.executed += usize::from(self.open);
        Some(format!("{number} {text}"))
    }
}

/// Whether a step does work, rather than note something in the configuration or name a base.
fn works(text: &str) -> bool {
    let keyword = text.split_whitespace().next().unwrap_or_default();
    let working = ["RUN", "COPY", "ADD", "WORKDIR"];
    working
        .iter()
        .any(|name| keyword.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: Kind, log: &str, executed: usize, steps: &[&str]) {
        let mut found = Steps::new(kind);
        let begun: Vec<String> = log.lines().filter_map(|line| found.line(line)).collect();
        assert_eq!(begun, steps);
        assert_eq!(found.executed(), executed);
    }

    #[test]
    fn buildkit() {
        let log = "\
#0 building with \"default\" instance using docker driver
#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#4 [1/4] FROM docker.io/library/debian:12
#4 DONE 0.0s
#5 [build 2/4] WORKDIR /app
#5 CACHED
#6 [build 3/4] COPY a b
#6 DONE 0.1s
#7 [build 4/4] RUN echo '[1/9] RUN x'
#7 0.312 [1/9] RUN x
#7 DONE 0.4s
#8 [other 2/2] RUN false
#8 ERROR: process \"/bin/sh -c false\" did not complete successfully: exit code: 1
#9 exporting to image
#9 DONE 0.1s";
        let steps = [
            "1/4 FROM docker.io/library/debian:12",
            "2/4 WORKDIR /app",
            "3/4 COPY a b",
            "4/4 RUN echo '[1/9] RUN x'",
            "2/2 RUN false",
        ];
        check(Kind::Docker, log, 2, &steps);
    }

    #[test]
    fn buildah() {
        let log = "\
[1/2] STEP 1/2: FROM debian:12 AS a
[1/2] STEP 2/2: COPY a b
--> Using cache 1234
--> 1234
[2/2] STEP 1/3: FROM debian:12
[2/2] STEP 2/3: ENV A=1
--> Using cache 99
[2/2] STEP 3/3: RUN make
STEP by step
COMMIT x";
        let steps = [
            "1/2 FROM debian:12 AS a",
            "2/2 COPY a b",
            "1/3 FROM debian:12",
            "2/3 ENV A=1",
            "3/3 RUN make",
        ];
        check(Kind::Buildah, log, 1, &steps);
        check(
            Kind::Podman,
            "STEP 1/1: RUN x\n--> Using cache 1\n--> Using cache 1",
            0,
            &["1/1 RUN x"],
        );
    }
}
