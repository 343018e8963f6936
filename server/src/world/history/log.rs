//! The commits of a history and what each changed, as git prints them.

use std::io::BufRead;

use rustc_hash::FxHashMap;

/// A path of the repository, by its number in [`Paths`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PathId(pub u32);

/// All paths that occur in a history.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    names: Vec<Box<str>>,
    ids: FxHashMap<Box<str>, PathId>,
}

/// A history.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// The commits, oldest first.
    pub commits: Vec<Commit>,
    /// Whether the oldest commit is where a shallow clone ends: what it seems to bring was there before.
    pub starts_in_the_middle: bool,
    /// The paths.
    pub paths: Paths,
}

/// A commit.
#[derive(Debug)]
pub(crate) struct Commit {
    /// Its id.
    pub id: Box<str>,
    /// When it was made, in seconds since 1970.
    pub time: i64,
    /// Whether it has a parent.
    pub has_parent: bool,
    /// What it changed against its first parent.
    pub changes: Vec<Change>,
}

/// A change of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The path.
    pub path: PathId,
    /// The path that it had before, where it was renamed.
    pub from: Option<PathId>,
    /// What is there now; `None`: nothing.
    pub now: Option<Blob>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Blob {
    /// The mode as git writes it: `100644`, `100755`, `120000`, `160000`.
    pub mode: u32,
    /// The id of its content.
    pub id: Box<str>,
}

impl Paths {
    /// The number of a path.
    pub(crate) fn id(&mut self, path: &str) -> PathId {
        if let Some(id) = self.ids.get(path) {
            return *id;
        }
        let id = PathId(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.push(path.into());
        self.ids.insert(path.into(), id);
        id
    }

    /// The number of a path, if it occurs.
    pub(crate) fn find(&self, path: &str) -> Option<PathId> {
        self.ids.get(path).copied()
    }

    /// The path of a number.
    pub(crate) fn name(&self, id: PathId) -> &str {
        self.names.get(id.0 as usize).map_or("", |name| name)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }
}

/// Reads what `git log --raw -z` prints with one line `commit ID TIME PARENTS` for each commit, newest first.
pub(super) fn read(out: &mut dyn BufRead) -> Log {
    let mut log = Log::default();
    let mut field = Vec::new();
    let mut next = |out: &mut dyn BufRead| -> Option<String> {
        field.clear();
        let length = out.read_until(0, &mut field).ok()?;
        if length == 0 {
            return None;
        }
        let text = field.strip_suffix(&[0]).unwrap_or(&field);
        Some(String::from_utf8_lossy(text).into_owned())
    };
    while let Some(text) = next(out) {
        let text = text.trim_start_matches('\n');
        if let Some(header) = text.strip_prefix("commit ") {
            let mut words = header.split(' ');
            let id = words.next().unwrap_or_default();
            let time = words.next().and_then(|time| time.parse().ok());
            log.commits.push(Commit {
                id: id.into(),
                time: time.unwrap_or_default(),
                has_parent: words.any(|parent| !parent.is_empty()),
                changes: Vec::new(),
            });
            continue;
        }
        // `:OLDMODE NEWMODE OLDID NEWID STATUS`, and then the path, or the two of a rename.
        let Some(header) = text.strip_prefix(':') else {
            continue;
        };
        let words: Vec<&str> = header.split(' ').collect();
        let [_, mode, _, id, status] = words.as_slice() else {
            continue;
        };
        let Some(path) = next(out) else { break };
        let mut path = log.paths.id(&path);
        let mut from = None;
        if status.starts_with(['R', 'C']) {
            let Some(renamed) = next(out) else { break };
            from = status.starts_with('R').then_some(path);
            path = log.paths.id(&renamed);
        }
        let now = (*status != "D").then(|| Blob {
            mode: u32::from_str_radix(mode, 8).unwrap_or_default(),
            id: (*id).into(),
        });
        if let Some(commit) = log.commits.last_mut() {
            commit.changes.push(Change { path, from, now });
        }
    }
    log.commits.reverse();
    log
}

/// Reads what `git ls-tree -r -z` prints: `MODE TYPE ID<tab>PATH`.
pub(super) fn tree(out: &mut dyn BufRead, paths: &mut Paths) -> Vec<(PathId, Blob)> {
    let mut files = Vec::new();
    let mut entry = Vec::new();
    while out.read_until(0, &mut entry).is_ok_and(|length| length > 0) {
        let text = String::from_utf8_lossy(entry.strip_suffix(&[0]).unwrap_or(&entry)).into_owned();
        entry.clear();
        let Some((header, path)) = text.split_once('\t') else {
            continue;
        };
        let words: Vec<&str> = header.split_ascii_whitespace().collect();
        if let [mode, _, id] = words.as_slice() {
            let blob = Blob {
                mode: u32::from_str_radix(mode, 8).unwrap_or_default(),
                id: (*id).into(),
            };
            files.push((paths.id(path), blob));
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_prints() {
        let zero = "0".repeat(40);
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let text = format!(
            "commit c2 20 c1\0\n:100644 100755 {a} {b} M\0x y\0:100644 100644 {a} {a} R100\0old\0new\0\
             :100644 000000 {a} {zero} D\0gone\0commit c1b 15 c1\0commit c1 10 \0\n:000000 120000 {zero} {a} A\0l\0"
        );
        let log = read(&mut text.as_bytes());
        let shown: Vec<String> = log
            .commits
            .iter()
            .map(|commit| {
                let changes: Vec<String> = commit
                    .changes
                    .iter()
                    .map(|change| {
                        let name = |id| log.paths.name(id);
                        let from = change.from.map_or("", name);
                        let mode = change.now.as_ref().map_or(0, |now| now.mode);
                        format!("{from}>{}:{mode:o}", name(change.path))
                    })
                    .collect();
                format!("{} {} {}", commit.id, commit.time, changes.join(" "))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "c1 10 >l:120000",
                "c1b 15 ",
                "c2 20 >x y:100755 old>new:100644 >gone:0"
            ]
        );
        assert_eq!(log.paths.find("l").map(|id| log.paths.name(id)), Some("l"));
        assert_eq!(log.paths.len(), 5);
    }

    #[test]
    fn what_is_cut_off_is_no_reason_to_panic() {
        let text = ":100644 100644 a b M\0x\0commit c 1 p\0\n:1 2 3\0:100644 100644 a b R90\0x\0";
        for end in 0..=text.len() {
            let log = read(&mut &text.as_bytes()[..end]);
            assert!(log.commits.len() <= 1);
        }
    }

    #[test]
    fn trees() {
        let mut paths = Paths::default();
        let text = "100644 blob aa\tx y\x00160000 commit bb\tsub/m\0junk\0";
        let files = tree(&mut text.as_bytes(), &mut paths);
        let shown: Vec<_> = files
            .iter()
            .map(|(path, blob)| (paths.name(*path), blob.mode, &*blob.id))
            .collect();
        assert_eq!(shown, [("x y", 0o100644, "aa"), ("sub/m", 0o160000, "bb")]);
    }
}
