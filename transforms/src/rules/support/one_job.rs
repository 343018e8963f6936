//! What a RUN makes, uses and removes, by name: which RUN instructions are steps of one job. Names are compared as they
//! are written, so that `a-${V}.tgz` is the same file in two RUN instructions without knowing `V`. This only finds jobs;
//! whether they may be joined is judged by other means.

use crate::commands::Invocation;
use crate::model::{Command, Instruction, Script, ShellWord, SimpleCommand, State, join_path};

/// Something that a RUN leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    /// The path, as far as it is known.
    path: String,
    /// The program that makes and uses it, when it is a cache of a package manager.
    manager: Option<&'static str>,
    /// For a person.
    pub(crate) shown: String,
}

impl Made {
    /// Whether it is the cache of a package manager.
    pub(crate) fn is_cache(&self) -> bool {
        self.manager.is_some()
    }
}

/// What a RUN removes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Removed {
    /// The path before the first `*`.
    prefix: String,
    /// What follows the `*`, if there is one.
    suffix: Option<String>,
}

/// What a RUN makes, uses and removes.
#[derive(Debug)]
pub(crate) struct Trail<'a> {
    script: &'a Script,
    made: Vec<Made>,
    removed: Vec<Removed>,
    managers: Vec<&'static str>,
    /// Whether everything else that it runs is quickly done again.
    cheap: bool,
}

/// Package managers whose caches a later command is often meant to remove, each with its cache.
const MANAGERS: &[(&str, &str)] = &[
    ("apt", "/var/lib/apt/lists"),
    ("dnf", "/var/cache/dnf"),
    ("yum", "/var/cache/yum"),
    ("microdnf", "/var/cache/microdnf"),
    ("zypper", "/var/cache/zypp"),
    ("npm", "/root/.npm"),
    ("pip", "/root/.cache/pip"),
];

/// Programs that are quickly done.
const CHEAP: &[&str] = &[
    "rm",
    "rmdir",
    "mkdir",
    "mv",
    "cp",
    "ln",
    "touch",
    "chmod",
    "chown",
    "echo",
    "printf",
    "true",
    ":",
    "test",
    "[",
    "sed",
    "find",
    "cat",
    "groupadd",
    "useradd",
    "usermod",
    "addgroup",
    "adduser",
    "locale-gen",
    "ldconfig",
    "update-alternatives",
    "dpkg-reconfigure",
    "apt-mark",
];

impl<'a> Trail<'a> {
    pub(crate) fn of(run: &Instruction, script: &'a Script, state: Option<&State>) -> Self {
        let workdir = state.and_then(|state| state.workdir.as_ref());
        let mut directory = workdir.map_or_else(|| "?".to_owned(), ToString::to_string);
        let mut trail = Self {
            script,
            made: Vec::new(),
            removed: Vec::new(),
            managers: Vec::new(),
            cheap: true,
        };
        let pipelines = script.items.iter().flat_map(|item| item.and_or.pipelines());
        for command in pipelines.flat_map(|pipeline| &pipeline.commands) {
            match command {
                Command::Simple(command) => trail.command(command, &mut directory),
                Command::Compound(_) => trail.cheap = false,
            }
        }
        // What lies in a mount is in no layer.
        let mounts: Vec<&str> = run.mounts().filter_map(|mount| mount.target()).collect();
        let mounted = |path: &str| mounts.iter().any(|target| is_below(path, target));
        trail.made.retain(|made| !mounted(&made.path));
        trail
    }

    /// What this RUN removes of what those above made, with the number of the maker, the furthest first.
    pub(crate) fn jobs(&self, above: &[Option<Trail<'_>>]) -> Vec<(usize, Made)> {
        let mut jobs = Vec::new();
        if self.removed.is_empty() {
            return jobs;
        }
        for (number, trail) in above.iter().enumerate() {
            let Some(trail) = trail else { continue };
            let own = |made: &&Made| self.made.iter().any(|own| own.path == made.path);
            let mut gone = trail
                .made
                .iter()
                .filter(|made| self.removes(made) && !trail.removes(made) && !own(made));
            let later = above.get(number + 1..).unwrap_or_default();
            // Somebody removes it before.
            let kept = |made: &&Made| !later.iter().flatten().any(|trail| trail.removes(made));
            if let Some(made) = gone.find(kept) {
                jobs.push((number, made.clone()));
            }
        }
        jobs
    }

    /// Whether it has to do with something that another RUN made.
    pub(crate) fn uses(&self, made: &Made) -> bool {
        if let Some(manager) = made.manager {
            return self.managers.contains(&manager);
        }
        let name = made.path.rsplit('/').next().unwrap_or_default();
        let stem = stem(name);
        name.len() > 2 && self.mentions(name) || stem.len() > 3 && self.mentions(stem)
    }

    /// Whether a word of any command, or what it reads or writes, holds a name.
    fn mentions(&self, name: &str) -> bool {
        let mut found = false;
        self.script.visit(&mut |command| {
            let files = command.redirects.iter().flat_map(|it| &it.target);
            found |= command
                .words
                .iter()
                .chain(files)
                .any(|word| text_of(word).contains(name));
        });
        found
    }

    /// Whether it leaves a file of this path behind, as far as that can be told by its commands.
    pub(crate) fn leaves(&self, path: &str) -> bool {
        let made = self.made.iter().find(|made| made.path == path);
        made.is_some_and(|made| !self.removes(made))
    }

    /// Whether it removes a file of this path, by name or by a pattern.
    pub(crate) fn removes_file(&self, path: &str) -> bool {
        self.removes(&Made {
            path: path.to_owned(),
            manager: None,
            shown: String::new(),
        })
    }

    /// Whether it makes a file of this path and removes it.
    pub(crate) fn makes_and_removes(&self, path: &str) -> bool {
        let made = self.made.iter().find(|made| made.path == path);
        made.is_some_and(|made| self.removes(made))
    }

    /// Whether joining it to the RUN that made something costs no cache: a file is used, or removed with it; a cache of a
    /// package manager says little about what belongs together, so there everything has to be the manager's or cheap.
    pub(crate) fn belongs(&self, made: &Made) -> bool {
        let only = |manager| self.managers.iter().all(|other| *other == manager);
        made.manager
            .is_none_or(|manager| self.cheap && only(manager))
    }

    fn removes(&self, made: &Made) -> bool {
        self.removed.iter().any(|removed| match &removed.suffix {
            None => is_below(&made.path, &removed.prefix),
            Some(suffix) => {
                // `/x/*` empties a cache as well as `/x`.
                let whole = made.manager.is_some()
                    && suffix.is_empty()
                    && removed.prefix.trim_end_matches('/') == made.path;
                let rest = made.path.strip_prefix(removed.prefix.as_str());
                whole
                    || rest.is_some_and(|rest| {
                        let name = rest.split('/').next().unwrap_or_default();
                        !name.is_empty() && name.ends_with(suffix.as_str())
                    })
            }
        })
    }

    fn command(&mut self, command: &SimpleCommand, directory: &mut String) {
        for redirect in &command.redirects {
            if let (">" | "1>" | ">|", Some(target)) =
                (redirect.operator.as_str(), &redirect.target)
            {
                self.make(path_of(target, directory));
            }
        }
        let Some(program) = Invocation::of(command) else {
            self.cheap = false;
            return;
        };
        let operands = || {
            let words = program.operands().iter();
            words.filter_map(|operand| command.words.get(operand.word))
        };
        let flag = |name: &str| {
            let value = program.flag(name)?.value.as_ref()?;
            match &value.text {
                Some(text) => Some(join(directory, text)),
                None => command
                    .words
                    .get(value.word)
                    .and_then(|word| path_of(word, directory)),
            }
        };
        self.manager(&program);
        match program.name() {
            "cd" => {
                let to = program.words_after_sub().first();
                *directory = to
                    .and_then(|word| path_of(word, directory))
                    .unwrap_or_else(|| "??".to_owned());
            }
            "rm" => {
                for word in operands() {
                    self.remove(word, directory);
                }
            }
            "wget" if program.has_flag("-O") => {
                let path = flag("-O");
                self.make(path);
            }
            "wget" | "curl" if program.has_any_flag(&["-i", "-r", "-m"]) && program.is("wget") => {}
            "wget" => {
                let place = flag("-P").unwrap_or_else(|| directory.clone());
                let names: Vec<_> = operands().filter_map(last_name).collect();
                for name in names {
                    self.make(Some(join(&place, &name)));
                }
            }
            "curl" if program.has_flag("-o") => {
                let path = flag("-o");
                self.make(path);
            }
            "curl" if program.has_any_flag(&["-O", "--remote-name-all"]) => {
                let names: Vec<_> = operands().filter_map(last_name).collect();
                for name in names {
                    self.make(Some(join(directory, &name)));
                }
            }
            "git" if program.sub("clone") => {
                let words: Vec<&ShellWord> = operands().collect();
                let path = match words.as_slice() {
                    [url] => last_name(url)
                        .map(|name| join(directory, name.strip_suffix(".git").unwrap_or(&name))),
                    [_, place] => path_of(place, directory),
                    _ => None,
                };
                self.make(path);
            }
            "tar" if program.has_flag("-x") => {
                let place = flag("-C").unwrap_or_else(|| directory.clone());
                if let Some(archive) = flag("-f") {
                    self.unpack(&archive, &place);
                }
            }
            "unzip" => {
                let place = flag("-d").unwrap_or_else(|| directory.clone());
                let archive = operands().next().and_then(|word| path_of(word, directory));
                if let Some(archive) = archive {
                    self.unpack(&archive, &place);
                }
            }
            _ => {}
        }
    }

    /// What an archive most likely holds: one directory with its name.
    fn unpack(&mut self, archive: &str, place: &str) {
        let name = archive.rsplit('/').next().unwrap_or_default();
        let stem = stem(name);
        if stem.len() < name.len() && !stem.is_empty() {
            self.make(Some(join(place, stem)));
        }
    }

    fn manager(&mut self, program: &Invocation<'_>) {
        let name = match program.name() {
            "apt-get" | "apt" => "apt",
            name => name,
        };
        let Some((manager, cache)) = MANAGERS.iter().find(|(known, _)| *known == name) else {
            self.cheap &= CHEAP.contains(&name);
            return;
        };
        self.managers.push(manager);
        let cleans = match name {
            "apt" => false,
            "npm" => program.sub_any(&["cache clean", "cache"]),
            "pip" => program.sub_any(&["cache purge", "cache"]),
            _ => program.sub("clean"),
        };
        let fills = match name {
            "apt" => program.sub("update"),
            "pip" => program.sub("install") && !program.has_flag("--no-cache-dir"),
            _ => program.sub_any(&[
                "install",
                "ci",
                "update",
                "upgrade",
                "groupinstall",
                "makecache",
            ]),
        };
        if cleans {
            self.removed.push(Removed {
                prefix: (*cache).to_owned(),
                suffix: None,
            });
        } else if fills {
            self.made.push(Made {
                path: (*cache).to_owned(),
                manager: Some(manager),
                shown: format!("the cache of {manager}"),
            });
        }
    }

    fn make(&mut self, path: Option<String>) {
        let Some(path) = path.filter(|path| !path.starts_with("/dev/")) else {
            return;
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        if name.is_empty() || name == "-" {
            return;
        }
        self.made.push(Made {
            shown: format!("`{name}`"),
            manager: None,
            path,
        });
    }

    fn remove(&mut self, word: &ShellWord, directory: &str) {
        let dynamic = !word.substitutions.is_empty() || word.effectful;
        let text = text_of(word);
        if dynamic || text.is_empty() || text.contains(['{', '?', '[']) && word.glob {
            return;
        }
        let (prefix, suffix) = match text.split_once('*').filter(|_| word.glob) {
            Some((_, suffix)) if suffix.contains(['*', '/']) => return,
            Some((prefix, suffix)) => (prefix.to_owned(), Some(suffix.to_owned())),
            None => (text, None),
        };
        let mut path = join(directory, &prefix);
        if suffix.is_some() && (prefix.is_empty() || prefix.ends_with('/')) && !path.ends_with('/')
        {
            path.push('/');
        }
        self.removed.push(Removed {
            prefix: path,
            suffix,
        });
    }
}

/// The text of a word without its quotes; variables stay as they are.
pub(crate) fn text_of(word: &ShellWord) -> String {
    match &word.value {
        Some(value) => value.to_string(),
        None => word.text.replace(['"', '\''], ""),
    }
}

/// A word as a path, if it is one name.
pub(crate) fn path_of(word: &ShellWord, directory: &str) -> Option<String> {
    let one = word.substitutions.is_empty() && !word.effectful && !word.glob;
    one.then(|| join(directory, &text_of(word)))
}

pub(crate) fn join(directory: &str, path: &str) -> String {
    if path.starts_with('$') {
        path.trim_end_matches('/').to_owned()
    } else if path.starts_with('/') {
        join_path("/", path)
    } else if let Some(rest) = directory.strip_prefix('/') {
        join_path("/", &format!("{rest}/{path}"))
    } else {
        let path = path.strip_prefix("./").unwrap_or(path);
        format!("{directory}/{}", path.trim_end_matches('/'))
    }
}

/// The last part of an address's path.
pub(crate) fn last_name(word: &ShellWord) -> Option<String> {
    let text = text_of(word);
    let text = text.split(['?', '#']).next()?;
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let (_, name) = text.trim_end_matches('/').rsplit_once('/')?;
    let known = word.substitutions.is_empty() && !name.is_empty();
    known.then(|| name.to_owned())
}

/// The name of an archive without the ending that says so.
fn stem(name: &str) -> &str {
    let endings = [
        ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst", ".tgz", ".txz", ".tbz2", ".tar", ".zip",
    ];
    let stems = endings
        .iter()
        .filter_map(|ending| name.strip_suffix(ending));
    stems.min_by_key(|stem| stem.len()).unwrap_or(name)
}

fn is_below(path: &str, directory: &str) -> bool {
    let directory = directory.trim_end_matches('/');
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
