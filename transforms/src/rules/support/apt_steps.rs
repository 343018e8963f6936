//! RUNs as lists of steps of apt, and which of them belong together.

use dfix_syntax::TextRange;
use rustc_hash::FxHashMap;

use super::ShellRun;
use super::apt;
use super::apt_lists::{Use, fetches_lists, list_use, removes_lists};
use crate::commands::{Invocation, Leaves, changes_shell, leaves_process, replaces_shell};
use crate::model::{
    Assignment, Command, Connective, Pipeline, Script, SeparatorKind, ShellWord, SimpleCommand,
};

/// A RUN that is a list of commands joined by `&&`.
#[derive(Debug)]
pub(crate) struct Steps<'a> {
    /// The RUN.
    pub(crate) found: ShellRun<'a>,
    /// The commands in order, one at least.
    pub(crate) steps: Vec<Step<'a>>,
}

/// A command of such a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step<'a> {
    /// Where it stands, with what it is piped to.
    pub(crate) pipeline: &'a Pipeline,
    /// The command, when it is a single one.
    pub(crate) command: Option<&'a SimpleCommand>,
    /// What it is.
    pub(crate) kind: Kind,
    /// Whether it does the same whatever start-up files a shell has read: a call of apt or a removal, with nothing that
    /// expands but patterns, without assignments and redirections.
    pub(crate) deaf: bool,
    /// Whether it does a little work on files, users or answers for packages, as it is often done between installations.
    pub(crate) small: bool,
    /// Whether it only fetches lists or removes archives, so that no start-up file can come from it.
    pub(crate) inert: bool,
}

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `apt-get update`
    Update,
    /// A command of apt that reads the package lists.
    Reads,
    /// Another command of apt, or the removal of what apt leaves behind.
    Tidies,
    /// A program that leaves nothing in the shell and no process, so that others may follow it.
    Quiet,
    /// Anything else: nothing may follow it that came from another RUN.
    Other,
}

impl<'a> Steps<'a> {
    /// The steps of a RUN, if it is a plain list.
    pub(crate) fn of(found: ShellRun<'a>) -> Option<Self> {
        if !found.run.heredocs.is_empty() {
            return None;
        }
        let steps: Vec<Step<'a>> = and_list(found.script)?.into_iter().map(step).collect();
        Some(Self { found, steps })
    }
}

/// The pipelines of a list joined by `&&`, perhaps with a `;` at its end.
fn and_list(script: &Script) -> Option<Vec<&Pipeline>> {
    let [item] = script.items.as_slice() else {
        return None;
    };
    let ended = item
        .end
        .is_none_or(|end| end.kind == SeparatorKind::Semicolon);
    let joined = item
        .and_or
        .rest
        .iter()
        .all(|(connective, ..)| *connective == Connective::And);
    let pipelines: Vec<&Pipeline> = item.and_or.pipelines().collect();
    let plain = pipelines
        .iter()
        .all(|pipeline| !pipeline.negated && !pipeline.timed);
    (ended && joined && plain && script.comments.is_empty()).then_some(pipelines)
}

/// Whether steps of apt are all there is.
pub(crate) fn only_apt(steps: &[Step<'_>]) -> bool {
    steps.iter().all(|step| only(step.kind))
}

fn only(kind: Kind) -> bool {
    matches!(kind, Kind::Update | Kind::Reads | Kind::Tidies)
}

/// Whether commands of another RUN may follow steps in their shell.
pub(crate) fn may_be_followed(steps: &[Step<'_>]) -> bool {
    steps.iter().all(|step| step.kind != Kind::Other)
}

/// What the steps of several RUNs amount to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Summary {
    /// Whether commands of another RUN may follow them in their shell.
    pub(crate) may_be_followed: bool,
    /// Whether steps of apt are all there is.
    pub(crate) only_apt: bool,
    /// Whether packages are installed.
    pub(crate) installs: bool,
    /// Whether the lists are fetched and still there at the end.
    pub(crate) lists: bool,
    /// Whether lists are removed anywhere.
    pub(crate) removes: bool,
    /// Whether all steps are inert.
    pub(crate) inert: bool,
    /// Whether all steps are deaf.
    pub(crate) deaf: bool,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            may_be_followed: true,
            only_apt: true,
            installs: false,
            lists: false,
            removes: false,
            inert: true,
            deaf: true,
        }
    }
}

impl Summary {
    /// Adds the next step.
    pub(crate) fn push(&mut self, step: &Step<'_>) {
        let removes = step.command.is_some_and(removes_lists);
        self.may_be_followed &= step.kind != Kind::Other;
        self.only_apt &= only(step.kind);
        self.installs |= step.kind == Kind::Reads;
        self.lists = (self.lists || step.kind == Kind::Update) && !removes;
        self.removes |= removes;
        self.inert &= step.inert;
        self.deaf &= step.deaf;
    }
}

fn step(pipeline: &Pipeline) -> Step<'_> {
    let kind = kind(pipeline);
    Step {
        pipeline,
        command: pipeline.simple(),
        kind,
        deaf: only(kind) && pipeline.simple().is_some_and(is_deaf),
        small: kind == Kind::Quiet && is_small(pipeline),
        inert: pipeline.simple().is_some_and(is_inert),
    }
}

fn is_small(pipeline: &Pipeline) -> bool {
    pipeline.commands.iter().all(|command| match command {
        Command::Simple(command) => Invocation::of(command).is_some_and(|it| {
            matches!(
                it.name(),
                "echo"
                    | "printf"
                    | "cat"
                    | "tee"
                    | "sed"
                    | "grep"
                    | "mkdir"
                    | "ln"
                    | "touch"
                    | "chmod"
                    | "chown"
                    | "cp"
                    | "mv"
                    | "rm"
                    | "true"
                    | "test"
                    | "["
                    | "groupadd"
                    | "useradd"
                    | "usermod"
                    | "adduser"
                    | "addgroup"
                    | "chpasswd"
                    | "locale-gen"
                    | "localedef"
                    | "update-locale"
                    | "debconf-set-selections"
                    | "dpkg"
                    | "dpkg-reconfigure"
                    | "dpkg-divert"
                    | "apt-mark"
                    | "update-alternatives"
                    | "ldconfig"
            )
        }),
        Command::Compound(_) => false,
    })
}

fn is_inert(command: &SimpleCommand) -> bool {
    let fixed = |assignment: &Assignment| {
        let value = assignment.value.as_ref();
        value.is_some_and(|word| word.value.is_some())
    };
    command.redirects.is_empty()
        && command.assignments.iter().all(fixed)
        && apt::apt(command).is_some_and(|it| {
            it.is_any(&["apt-get", "apt"])
                && it.fully_understood()
                && it.sub_any(&["update", "clean", "autoclean"])
        })
}

fn is_deaf(command: &SimpleCommand) -> bool {
    let fixed = |word: &ShellWord| word.value.is_some() || word.glob && word.variables.is_empty();
    command.assignments.is_empty()
        && command.redirects.is_empty()
        && command.words.iter().all(fixed)
}

fn kind(pipeline: &Pipeline) -> Kind {
    let mut last = Kind::Other;
    for command in &pipeline.commands {
        let Command::Simple(command) = command else {
            return Kind::Other;
        };
        if changes_shell(command)
            || replaces_shell(command)
            || leaves_process(command) != Leaves::No
        {
            return Kind::Other;
        }
        last = simple_kind(command);
    }
    last
}

fn simple_kind(command: &SimpleCommand) -> Kind {
    // What a substitution runs is anybody's guess.
    let words = command
        .assignments
        .iter()
        .filter_map(|assignment| assignment.value.as_ref());
    let targets = command
        .redirects
        .iter()
        .filter_map(|redirect| redirect.target.as_ref());
    if words
        .chain(&command.words)
        .chain(targets)
        .any(|word| !word.substitutions.is_empty())
    {
        return Kind::Other;
    }
    if fetches_lists(command) {
        return Kind::Update;
    }
    let program = Invocation::of(command);
    let is_apt = apt::apt(command).is_some();
    match list_use(command) {
        Use::Reads if is_apt => Kind::Reads,
        Use::Removes | Use::None if is_apt => Kind::Tidies,
        Use::Ends => Kind::Tidies,
        _ if tidies(command) => Kind::Tidies,
        _ if program.is_some_and(|program| program.is_known()) => Kind::Quiet,
        _ => Kind::Other,
    }
}

/// Whether a command removes what apt leaves behind, and nothing but caches and the like.
fn tidies(command: &SimpleCommand) -> bool {
    let Some(rm) = Invocation::of(command).filter(|it| it.is("rm")) else {
        return false;
    };
    let within =
        |word: &ShellWord, places: &[&str]| places.iter().any(|place| word.text.starts_with(place));
    let operands = || {
        rm.operands()
            .iter()
            .filter_map(|operand| command.words.get(operand.word))
    };
    let caches = [
        "/var/lib/apt/",
        "/var/cache/",
        "/var/log/",
        "/tmp/",
        "/var/tmp/",
        "/usr/share/doc",
        "/usr/share/man",
    ];
    operands().any(|word| within(word, &["/var/lib/apt/", "/var/cache/apt/"]))
        && operands().all(|word| within(word, &caches))
}

/// An installation whose operands may be joined with those of another.
#[derive(Debug)]
pub(crate) struct Install<'a> {
    /// The command.
    pub(crate) command: &'a SimpleCommand,
    /// The words of its operands in order.
    pub(crate) operands: Vec<&'a ShellWord>,
    /// What must be equal: assignments, wrappers, program, and flags in their normal form.
    surroundings: Vec<String>,
}

impl<'a> Install<'a> {
    /// Reads a step. `None` for what is no installation of packages by plain names (F.7).
    pub(crate) fn of(step: &Step<'a>) -> Option<Self> {
        let command = step.command?;
        let it = apt::apt(command).filter(|it| it.sub("install") && it.fully_understood())?;
        let operands: Vec<&ShellWord> = it
            .operands()
            .iter()
            .filter_map(|operand| command.words.get(operand.word))
            .collect();
        let plain = !operands.is_empty()
            && operands.iter().all(|word| is_plain(word))
            && it.double_dash().is_none()
            && command.redirects.is_empty();
        if !plain {
            return None;
        }
        let mut surroundings = Vec::new();
        for assignment in &command.assignments {
            let value = assignment.value.as_ref()?.value.as_deref()?;
            surroundings.push(format!("{}={value}", assignment.name));
        }
        for word in command.words.iter().take(it.program_word() + 1) {
            surroundings.push(word.value.as_deref()?.to_owned());
        }
        surroundings.extend(flags(&it)?);
        Some(Self {
            command,
            operands,
            surroundings,
        })
    }

    /// The last byte of its operands.
    pub(crate) fn last(&self) -> TextRange {
        self.operands
            .last()
            .map_or(self.command.range, |word| word.range)
    }
}

/// Installations that are joined into one.
#[derive(Debug)]
pub(crate) struct Joined<'a> {
    surroundings: Vec<String>,
    /// The operand that stands for each package.
    versions: FxHashMap<&'a str, &'a str>,
    /// Whether one of the packages may bring what the next installation relies on.
    closed: bool,
}

impl<'a> Joined<'a> {
    /// Begins with an installation.
    pub(crate) fn new(first: Install<'a>) -> Self {
        let mut joined = Self {
            versions: FxHashMap::default(),
            closed: !agree(&FxHashMap::default(), &first.operands),
            surroundings: first.surroundings,
        };
        joined.take(&first.operands);
        joined
    }

    /// Adds the installation that follows directly, if its operands may go into the same command.
    pub(crate) fn add(&mut self, next: &Install<'a>) -> bool {
        let fits = !self.closed
            && self.surroundings == next.surroundings
            && agree(&self.versions, &next.operands);
        if fits {
            self.take(&next.operands);
        }
        fits
    }

    fn take(&mut self, operands: &[&'a ShellWord]) {
        for word in operands {
            self.versions.insert(package(word), word.text.as_str());
            self.closed |= brings_sources(word);
        }
    }
}

/// The flags of an installation in a form in which equal ones are equal. `None` with a flag that may mean something else
/// for more packages.
fn flags(it: &Invocation<'_>) -> Option<Vec<String>> {
    let mut flags = Vec::new();
    for flag in it.flags() {
        let value = match &flag.value {
            None => "",
            Some(value) => value.text.as_deref()?,
        };
        match flag.name.as_str() {
            "-y" => {}
            "-q" => flags.push(format!("-q{}", apt::quiet(it))),
            "--no-install-recommends"
            | "--install-recommends"
            | "--no-install-suggests"
            | "--allow-unauthenticated"
            | "--allow-downgrades"
            | "--allow-change-held-packages"
            | "--force-yes"
            | "-f"
            | "-m"
            | "--no-upgrade"
            | "-V"
            | "-u" => {
                flags.push(format!("{}={value}", flag.name));
            }
            _ => return None,
        }
    }
    if it.has_flag("-y") {
        flags.push("-y".to_owned());
    }
    flags.sort();
    flags.dedup();
    Some(flags)
}

/// Whether a word is the plain name of a package, perhaps with an architecture and a version. A `-` or `+` at the end asks
/// for something else, but for names such as `g++`.
fn is_plain(word: &ShellWord) -> bool {
    let Some(text) = word.value.as_deref() else {
        return false;
    };
    let (name, version) = text.split_once('=').unwrap_or((text, "0"));
    let name_end = !name.ends_with('-') && (!name.ends_with('+') || name.ends_with("++"));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-' | ':' | '_');
    let is_version = |c: char| is_name(c) || c == '~';
    !word.quoted
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(is_name)
        && name_end
        && !name.ends_with(".deb")
        && !version.is_empty()
        && version.chars().all(is_version)
}

/// Whether a package may bring sources of packages or keys with it, which the next installation may rely on.
fn brings_sources(word: &ShellWord) -> bool {
    let name = word.text.as_str();
    name.contains("-release") && !name.starts_with("lsb-release")
        || name.contains("-apt-config")
        || name.contains("apt-source")
}

/// Whether operands ask for no other version of a package than those that are there already, and for one each.
fn agree(versions: &FxHashMap<&str, &str>, operands: &[&ShellWord]) -> bool {
    let mut own: FxHashMap<&str, &str> = FxHashMap::default();
    operands.iter().all(|word| {
        let (name, text) = (package(word), word.text.as_str());
        let known = versions.get(name).copied();
        known.is_none_or(|known| known == text) && *own.entry(name).or_insert(text) == text
    })
}

/// The name of a package without its version.
fn package(word: &ShellWord) -> &str {
    let text = word.text.as_str();
    text.split('=').next().unwrap_or(text)
}
