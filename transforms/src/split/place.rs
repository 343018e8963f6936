//! Where commands work: shell words as absolute paths, with the variables that the file sets.

use std::collections::BTreeMap;

use crate::effects;
use crate::model::{Analysis, Instruction, Scope, ShellWord, SimpleCommand, State, join_path};

/// What a word is as a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// This one.
    At(String),
    /// Something in this directory, or below it.
    Below(String),
    /// Not known.
    Unknown,
}

impl Place {
    /// The path or the directory above it.
    pub(super) fn root(&self) -> Option<&str> {
        match self {
            Self::At(path) | Self::Below(path) => Some(path),
            Self::Unknown => None,
        }
    }

    /// A path in this directory.
    pub(super) fn join(&self, name: &str) -> Self {
        match self {
            Self::At(directory) => effects::resolve(name, Some(directory))
                .map_or(Self::Unknown, |path| Self::At(path.into())),
            Self::Below(directory) if !name.starts_with('/') && !name.contains("..") => {
                Self::Below(directory.clone())
            }
            _ => effects::resolve(name, None).map_or(Self::Unknown, |path| Self::At(path.into())),
        }
    }
}

/// Whether a path is a directory or lies below it.
pub(super) fn within(path: &str, directory: &str) -> bool {
    let directory = directory.trim_end_matches('/');
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The last name of a path.
pub(super) fn base_name(path: &str) -> &str {
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
}

/// The directory that holds a path.
pub(super) fn parent(path: &str) -> &str {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

/// The variables and the directory of a shell while its commands are read.
#[derive(Debug, Clone)]
pub(super) struct Shell {
    variables: BTreeMap<String, Option<String>>,
    /// Those that a command of this shell has set.
    local: Vec<String>,
    home: Option<String>,
    pub(super) directory: Place,
    /// The directory before the last `cd`.
    previous: Option<Place>,
    /// What `popd` goes back to.
    stack: Vec<Place>,
    /// The directories above one whose name isn't known, each by one step.
    trail: Vec<Place>,
}

impl Shell {
    /// The shell in which a RUN starts.
    pub(super) fn new(analysis: &Analysis, run: &Instruction) -> Self {
        let scope = analysis.scope(run);
        let mut variables = BTreeMap::new();
        let names = analysis
            .variables
            .writes()
            .iter()
            .filter_map(|write| write.name.as_ref());
        for name in names {
            let value = scope.lookup(name);
            // Further down it may be set.
            if name == "HOME" && value.is_none() {
                continue;
            }
            let mut known = value.as_ref().and_then(|value| value.known());
            // What the file puts in front of the directories of the image is looked at first.
            if name == "PATH" {
                known = value
                    .as_ref()
                    .map(|value| value.known().unwrap_or(value.prefix()));
            }
            variables.insert(name.to_string(), known.map(str::to_owned));
        }
        let stage = run.stage.unwrap_or_default();
        for (name, value) in analysis.base_config(stage).iter().flat_map(|it| &it.env) {
            variables
                .entry(name.to_string())
                .or_insert_with(|| Some(value.to_string()));
        }
        let state = analysis.state(run);
        let directory = state.and_then(State::known_workdir);
        Self {
            home: match variables.get("HOME") {
                Some(value) => value.clone(),
                None => state
                    .is_some_and(State::is_root)
                    .then(|| "/root".to_owned()),
            },
            variables,
            local: Vec::new(),
            previous: None,
            stack: Vec::new(),
            trail: Vec::new(),
            directory: directory.map_or(Place::Unknown, |path| Place::At(path.to_owned())),
        }
    }

    /// Remembers what a command changes of its shell: what it assigns, and where it goes.
    pub(super) fn follow(&mut self, program: Option<&str>, command: &SimpleCommand) {
        self.assign(command);
        match program {
            Some("cd" | "pushd") => {
                let target = command
                    .words
                    .iter()
                    .skip(1)
                    .find(|word| word.value.as_deref() != Some("--"));
                let before = self.directory.clone();
                let text = target.and_then(|word| word.value.as_deref());
                let ups =
                    text.filter(|text| text.trim_end_matches('/').split('/').all(|it| it == ".."));
                self.directory = match target {
                    Some(_) if ups.is_some() && !matches!(before, Place::At(_)) => {
                        let count = ups
                            .unwrap_or_default()
                            .trim_end_matches('/')
                            .split('/')
                            .count();
                        self.back(count)
                    }
                    Some(word) if word.value.as_deref() == Some("..") => up(&self.directory),
                    Some(word)
                        if word
                            .value
                            .as_deref()
                            .is_some_and(|text| text.contains("..")) =>
                    {
                        dotted(&self.directory, word.value.as_deref().unwrap_or_default())
                    }
                    Some(word) if word.value.as_deref() == Some("-") => {
                        self.previous.clone().unwrap_or(Place::Unknown)
                    }
                    Some(word) => self.place(word),
                    None => Place::At("/root".to_owned()),
                };
                if ups.is_none() {
                    let name = target.map(|word| word.text.trim_end_matches('/'));
                    self.enter(&before, name.unwrap_or_default());
                }
                if program == Some("pushd") {
                    self.stack.push(before.clone());
                }
                self.previous = Some(before);
            }
            Some("popd") => {
                self.directory = self.stack.pop().unwrap_or(Place::Unknown);
                self.trail.clear();
            }
            _ => {}
        }
    }

    /// Remembers what a command assigns (`A=b`, `export A=b`).
    fn assign(&mut self, command: &SimpleCommand) {
        let exports = command.word(0) == Some("export");
        if command.words.is_empty() {
            for assignment in &command.assignments {
                let value = assignment.value.as_ref();
                let text = value
                    .and_then(|word| self.text(word))
                    .or_else(|| temporary(&assignment.name, &value?.text));
                self.set(&assignment.name, text);
            }
        }
        if exports {
            for word in command.words.iter().skip(1) {
                let text = self.text(word);
                if let Some((name, value)) = text.as_deref().and_then(|text| text.split_once('=')) {
                    self.set(name, Some(value.to_owned()));
                } else if let Some((name, value)) = word.text.split_once('=') {
                    self.set(name, temporary(name, value));
                }
            }
        }
    }

    fn set(&mut self, name: &str, value: Option<String>) {
        self.variables.insert(name.to_owned(), value);
        self.local.push(name.to_owned());
    }

    /// The variable may have any value from now on.
    pub(super) fn forget(&mut self, name: &str) {
        self.set(name, None);
    }

    /// Another user's shell: what `~` stands for isn't known.
    pub(super) fn leave_home(&mut self) {
        self.home = None;
        self.forget("HOME");
    }

    /// Remembers where a `cd` came from, when it went one step down into a directory whose name isn't known.
    fn enter(&mut self, before: &Place, name: &str) {
        let one_step = !name.contains('/') && matches!(self.directory, Place::Below(_));
        match one_step {
            true => self.trail.push(before.clone()),
            false => self.trail.clear(),
        }
    }

    /// The directory some steps above one whose name isn't known.
    fn back(&mut self, steps: usize) -> Place {
        let mut place = Place::Unknown;
        for _ in 0..steps {
            place = match self.trail.pop() {
                Some(above) => above,
                None => match &place {
                    Place::At(path) => Place::At(parent(path).to_owned()),
                    _ => return Place::Unknown,
                },
            };
        }
        place
    }

    /// A virtual environment is active from now on.
    pub(super) fn activate(&mut self, environment: &Place) {
        let path = match environment {
            Place::At(path) => Some(path.clone()),
            _ => None,
        };
        self.variables.insert("VIRTUAL_ENV".to_owned(), path);
    }

    /// Whether a command of this shell has set a variable.
    pub(super) fn is_local(&self, name: &str) -> bool {
        self.local.iter().any(|known| known == name)
    }

    /// The value of a variable, if it is known.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.as_deref()
    }

    /// The text of a word, if everything in it is known.
    pub(super) fn text(&self, word: &ShellWord) -> Option<String> {
        if let Some(value) = &word.value {
            return Some(value.to_string());
        }
        match self.expand(&word.text) {
            (text, true) => Some(text),
            _ => None,
        }
    }

    /// What a word is as a path.
    pub(super) fn place(&self, word: &ShellWord) -> Place {
        if let Some(value) = &word.value {
            return self.directory.join(value);
        }
        let (text, complete) = self.expand(&word.text);
        if complete {
            return self.directory.join(&text);
        }
        let Some((above, _)) = text.rsplit_once('/') else {
            // A variable may hold an absolute path.
            let open = text.is_empty() && word.text.trim_start_matches('"').starts_with('$');
            return match (&self.directory, open) {
                (_, true) | (Place::Unknown, _) => Place::Unknown,
                (Place::At(path) | Place::Below(path), false) => Place::Below(path.clone()),
            };
        };
        let above = if above.is_empty() { "/" } else { above };
        match self.directory.join(above) {
            Place::At(path) | Place::Below(path) => Place::Below(path),
            Place::Unknown => Place::Unknown,
        }
    }

    /// The text of a word with its patterns of names as they are written.
    pub(super) fn pattern(&self, word: &ShellWord) -> Option<String> {
        match self.read(&word.text, true) {
            (text, true) => Some(text),
            _ => None,
        }
    }

    /// The known beginning of a word's text, and whether that is all of it.
    fn expand(&self, text: &str) -> (String, bool) {
        self.read(text, false)
    }

    /// As [`Self::expand`]; `*` and `?` stay what they are where patterns are read as well.
    fn read(&self, text: &str, patterns: bool) -> (String, bool) {
        let mut out = String::new();
        let mut rest = text;
        if let Some(after) = text.strip_prefix('~') {
            let plain = after.is_empty() || after.starts_with('/');
            match &self.home {
                Some(home) if plain => out.push_str(home),
                _ => return (out, false),
            }
            rest = after;
        }
        let (mut single, mut double) = (false, false);
        while let Some(character) = rest.chars().next() {
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
            match character {
                '\'' if !double => single = !single,
                '"' if !single => double = !double,
                _ if single => out.push(character),
                '\\' => {
                    let next = rest.chars().next();
                    out.extend(next);
                    rest = rest
                        .get(next.map_or(0, char::len_utf8)..)
                        .unwrap_or_default();
                }
                '$' => {
                    let (name, after) = variable(rest);
                    let value = match name {
                        "HOME" => self.home.as_deref().or(self.value(name)),
                        "PWD" => match &self.directory {
                            Place::At(path) => Some(path.as_str()),
                            _ => None,
                        },
                        _ => self.value(name),
                    };
                    match value {
                        Some(value) => out.push_str(value),
                        None => return (out, false),
                    }
                    rest = after;
                }
                '`' => return (out, false),
                '*' | '?' if patterns && !double => out.push(character),
                '*' | '?' | '[' | '{' if !double => return (out, false),
                _ => out.push(character),
            }
        }
        (out, true)
    }
}

/// What stands for the name of a temporary directory that `mktemp` makes for a variable.
fn temporary(name: &str, value: &str) -> Option<String> {
    let value = value.trim_matches('"');
    let value = value.strip_prefix("$(")?.strip_suffix(')')?;
    let mut words = value.split_whitespace();
    let made = words.next() == Some("mktemp") && words.all(|word| word == "-d");
    made.then(|| format!("/tmp/tmp.{name}"))
}

fn up(directory: &Place) -> Place {
    match directory {
        Place::At(path) => Place::At(parent(path).to_owned()),
        _ => Place::Unknown,
    }
}

/// A relative path with `..` in it, as a shell follows it.
fn dotted(directory: &Place, path: &str) -> Place {
    match directory {
        Place::At(start) => Place::At(join_path(start, path)),
        _ if path.starts_with('/') => Place::At(join_path("/", path)),
        _ => Place::Unknown,
    }
}

/// The name behind a `$`, and what follows; an empty name when it is none, or more than a name.
fn variable(text: &str) -> (&str, &str) {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let (body, braces) = match text.strip_prefix('{') {
        Some(body) => (body, true),
        None => (text, false),
    };
    let end = body
        .find(|character| !is_name(character))
        .unwrap_or(body.len());
    let (name, after) = body.split_at_checked(end).unwrap_or((body, ""));
    match (braces, after.strip_prefix('}')) {
        (true, Some(after)) => (name, after),
        (true, None) => ("", ""),
        (false, _) => (name, after),
    }
}

#[cfg(test)]
mod tests {
    use dfix_syntax::SourceText;

    use super::*;
    use crate::Settings;

    #[test]
    fn words() {
        let text = "FROM debian:12\nARG V\nENV A=/srv/app B=x\nWORKDIR /w\nRUN run a ./b /c $A/d ${B}.e \"$A\" '$A' e-$V.tgz /o/$V/x d/*.jar ~/h $(x) $C\n";
        let source = SourceText::new(text.as_bytes()).unwrap();
        let analysis = Analysis::new(source, &Settings::default());
        let run = analysis.instructions.last().unwrap();
        let shell = Shell::new(&analysis, run);
        let commands = run.script().unwrap().simple_commands();
        let at = |path: &str| Place::At(path.to_owned());
        let below = |path: &str| Place::Below(path.to_owned());
        let expected = [
            at("/w/a"),
            at("/w/b"),
            at("/c"),
            at("/srv/app/d"),
            at("/w/x.e"),
            at("/srv/app"),
            at("/w/$A"),
            below("/w"),
            below("/o"),
            below("/w/d"),
            at("/root/h"),
            Place::Unknown,
            Place::Unknown,
        ];
        for (word, expected) in commands[0].words.iter().skip(1).zip(expected) {
            assert_eq!(shell.place(word), expected, "{}", word.text);
        }
    }

    #[test]
    fn nesting() {
        assert!(within("/a/b", "/a") && within("/a", "/a") && within("/a", "/"));
        assert!(!within("/ab", "/a"));
        assert_eq!(
            (parent("/a/b"), parent("/a"), base_name("/a/b/")),
            ("/a", "/", "b")
        );
    }
}
