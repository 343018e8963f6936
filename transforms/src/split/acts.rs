//! What the commands of a RUN do, as far as it matters for the question in which stage they are needed.

use dfix_syntax::TextRange;

use super::image::Image;
use super::inner;
use super::place::{Place, Shell};
use super::recipes;
use super::system;
use crate::commands::Invocation;
use crate::model::{
    Analysis, Command, Compound, CompoundKind, Connective, Form, Instruction, Pipeline, Script,
    SeparatorKind, ShellWord, SimpleCommand,
};

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// Installs packages of the distribution.
    Install(Install),
    /// Removes packages of the distribution; the names, as far as they are known.
    Remove(Vec<String>),
    /// Renews or removes what a package manager keeps.
    Housekeeping,
    /// Makes files: compiles, installs packages of a language, downloads, unpacks.
    Make(Made),
    /// Changes the system's configuration; to be repeated where the program runs.
    System,
    /// Touches files.
    Files(Files),
    /// Changes nothing that stays.
    Nothing,
    /// Nobody knows.
    Unknown,
}

/// Packages of the distribution that a command installs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Install {
    /// The package manager.
    pub(super) manager: &'static str,
    /// The packages: the word's number in the command, and its text with variables replaced where they are known.
    pub(super) packages: Vec<(usize, String)>,
    /// The words before the packages, without the program: `install -y`.
    pub(super) flags: Vec<String>,
    /// The name of a virtual package of apk that stands for all of them.
    pub(super) group: Option<String>,
}

/// Files that a command makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    /// The recipe that knows the command.
    pub(super) recipe: &'static str,
    /// What kind of work it is.
    pub(super) kind: Work,
    /// Where the result is.
    pub(super) outputs: Vec<Output>,
}

/// The kinds of work, the most telling one last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Work {
    /// Downloads and unpacks.
    Fetch,
    /// Installs packages of a language.
    Packages,
    /// Compiles.
    Compile,
}

/// A place where something is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Output {
    /// Something in a directory; which files is known only to the program.
    Tree(Place),
    /// What an archive holds, in the directory in which the command runs.
    Unpacked(Place),
    /// One file, or one directory with all that is in it.
    One(Place),
    /// One file.
    File(Place),
    /// An installation prefix.
    Prefix(Place),
    /// Nothing, but later installations go to this prefix, or to the usual one.
    Configured(Option<Place>),
    /// Nothing, but later installations put files among the system's own; with the variable of `make install` that names
    /// another root for them.
    Scattered(&'static str),
    /// Nothing, but later installations make this directory too, with what belongs there, or this file.
    Beside(Place, Beside),
    /// What only the next build needs.
    Cache,
    /// The name under which the command is later called must be that of a file in this directory.
    Program(Place),
}

/// What an installation makes outside of its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// A directory of its own.
    Directory,
    /// One file.
    File,
}

/// Files that a command touches without being a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Files {
    pub(super) writes: Vec<Place>,
    pub(super) reads: Vec<Place>,
    pub(super) deletes: Vec<Place>,
    /// What of which names is removed in which directory: `*.zip` in `/srv`.
    pub(super) patterns: Vec<(String, String)>,
    /// Whether only owners and modes change.
    pub(super) attributes: bool,
    /// Whether it makes a symbolic link.
    pub(super) link: bool,
    /// Whether what it writes are directories.
    pub(super) directories: bool,
}

/// A command with what it does.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) act: Act,
    /// From the first to the last byte.
    pub(super) range: TextRange,
    /// The directory that it runs in.
    pub(super) directory: Place,
    /// Whether it stands in a list of which every command must succeed, outside of any compound.
    pub(super) plain: bool,
    /// What it removes of what package managers and the build leave behind.
    pub(super) cleans: Vec<String>,
    /// The program's name, if it is known.
    pub(super) program: String,
    /// Whether it stands in a condition or a loop, so that it may not run at all.
    pub(super) maybe: bool,
    /// Whether its words hold variables that only this shell knows.
    pub(super) shell_variables: bool,
}

/// A command while it is read.
pub(super) struct Cmd<'a> {
    pub(super) command: &'a SimpleCommand,
    pub(super) invocation: &'a Invocation<'a>,
    pub(super) shell: &'a Shell,
    pub(super) image: &'a Image,
}

impl<'a> Cmd<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.invocation.name()
    }

    pub(super) fn is_any(&self, names: &[&str]) -> bool {
        self.invocation.is_any(names)
    }

    /// The directory that it runs in.
    pub(super) fn here(&self) -> Place {
        self.shell.directory.clone()
    }

    /// The words behind the program, with variables replaced where they are known.
    pub(super) fn words(&self) -> impl Iterator<Item = &'a ShellWord> + use<'a> {
        // Of `python -m pip install` the program is `pip`.
        let module = self.invocation.is("pip")
            && super::place::base_name(self.invocation.path()).starts_with("py");
        let program = self.invocation.program_word();
        let words = &self.command.words;
        let first = match module {
            true => words
                .iter()
                .skip(program)
                .position(|word| word.text == "pip")
                .map_or(program, |at| program + at),
            false => program,
        };
        words.iter().skip(first + 1)
    }

    /// The text of a word, or what is written there.
    pub(super) fn text(&self, word: &ShellWord) -> String {
        self.shell
            .text(word)
            .unwrap_or_else(|| word.text.to_string())
    }

    /// The texts of all words behind the program.
    pub(super) fn texts(&self) -> Vec<String> {
        self.words().map(|word| self.text(word)).collect()
    }

    /// The value behind a flag: `-o x`, `--out x`, `--out=x`.
    pub(super) fn value_of(&self, flags: &[&str]) -> Option<Place> {
        let mut words = self.words();
        let mut found = None;
        while let Some(word) = words.next() {
            let text = self.text(word);
            if flags.contains(&text.as_str()) {
                found = words.next().map(|word| self.shell.place(word));
            } else if let Some((flag, value)) = text.split_once('=')
                && flags.contains(&flag)
            {
                found = Some(match value.contains(['$', '*', '`']) {
                    true => Place::Unknown,
                    false => self.shell.directory.join(value),
                });
            }
        }
        found
    }

    /// The operands: words that are no flags. Values of flags are among them.
    pub(super) fn operands(&self) -> Vec<String> {
        let texts = self.texts();
        texts
            .into_iter()
            .filter(|text| !text.starts_with('-'))
            .collect()
    }

    /// A file's place by a text.
    pub(super) fn at(&self, text: &str) -> Place {
        match text.contains(['$', '*', '`']) {
            true => Place::Unknown,
            false => self.shell.directory.join(text),
        }
    }

    /// It makes files in one directory.
    pub(super) fn makes(&self, recipe: &'static str, kind: Work, outputs: Vec<Output>) -> Act {
        Act::Make(Made {
            recipe,
            kind,
            outputs,
        })
    }
}

/// Everything that a RUN does, in order; `None` when its text can't be read.
pub(super) fn read(analysis: &Analysis, run: &Instruction, image: &Image) -> Option<Vec<Done>> {
    let command = run.command()?;
    let mut reader = Reader {
        image,
        done: Vec::new(),
        maybe: false,
        piped: false,
    };
    let mut shell = Shell::new(analysis, run);
    match &command.form {
        Form::Shell { script, .. } => reader.script(script.as_ref()?, &mut shell, true),
        Form::Exec(items) => {
            let words = items
                .iter()
                .map(|item| ShellWord {
                    range: item.range,
                    text: item.value.clone(),
                    value: Some(item.value.clone()),
                    glob: false,
                    quoted: true,
                    splits: false,
                    variables: Vec::new(),
                    effectful: false,
                    substitutions: Vec::new(),
                })
                .collect();
            let simple = SimpleCommand {
                range: command.range,
                assignments: Vec::new(),
                words,
                redirects: Vec::new(),
                reading: crate::commands::Reading::default(),
            };
            // `["/bin/sh", "-c", "..."]` holds a text that was not read.
            reader.simple(&simple, &mut shell, false);
        }
    }
    Some(reader.done)
}

struct Reader<'i> {
    image: &'i Image,
    done: Vec<Done>,
    maybe: bool,
    /// Whether the commands stand in a pipeline, so that they read what another one writes.
    piped: bool,
}

impl Reader<'_> {
    /// A shell that is given nothing to do, and what is no program at all.
    fn bare(&self, cmd: &Cmd<'_>) -> Option<Act> {
        let shell = matches!(
            super::place::base_name(cmd.name()),
            "sh" | "bash" | "ash" | "dash"
        );
        let number = cmd.name().chars().all(|c| c.is_ascii_digit());
        let none = cmd.texts().is_empty() && cmd.command.redirects.is_empty();
        (!self.piped && none && (shell || number)).then_some(Act::Nothing)
    }

    fn script(&mut self, script: &Script, shell: &mut Shell, plain: bool) {
        for item in &script.items {
            let background = item
                .end
                .is_some_and(|end| end.kind == SeparatorKind::Background);
            for (at, pipeline) in item.and_or.pipelines().enumerate() {
                let or = item
                    .and_or
                    .rest
                    .iter()
                    .take(at)
                    .any(|(connective, ..)| *connective == Connective::Or);
                let last = item.and_or.rest.iter().skip(at);
                let tried = last
                    .clone()
                    .next()
                    .is_some_and(|(it, ..)| *it == Connective::Or);
                let before = shell.directory.clone();
                let outer = self.maybe;
                self.maybe |= or;
                self.pipeline(pipeline, shell, plain && !or && !background && !tried);
                self.maybe = outer;
                if or && shell.directory != before {
                    shell.directory = Place::Unknown;
                }
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, shell: &mut Shell, plain: bool) {
        if let [command] = pipeline.commands.as_slice() {
            return self.command(command, shell, plain);
        }
        let start = self.done.len();
        let outer = std::mem::replace(&mut self.piped, true);
        for command in &pipeline.commands {
            self.command(command, &mut shell.clone(), false);
        }
        self.piped = outer;
        // A script that is fetched and run at once.
        let text_of = |done: &Done| done.program.clone();
        let programs: Vec<String> = self.done.iter().skip(start).map(text_of).collect();
        if let Some(act) = system::pipe(pipeline, &programs, shell, self.image) {
            self.done.truncate(start);
            self.done.push(Done {
                cleans: Vec::new(),
                act,
                range: pipeline.range,
                directory: shell.directory.clone(),
                plain,
                program: programs.join(" | "),
                maybe: self.maybe,
                shell_variables: false,
            });
        }
    }

    fn command(&mut self, command: &Command, shell: &mut Shell, plain: bool) {
        match command {
            Command::Simple(simple) => self.simple(simple, shell, plain),
            Command::Compound(compound) => self.compound(compound, shell),
        }
    }

    fn compound(&mut self, compound: &Compound, shell: &mut Shell) {
        if matches!(compound.kind, CompoundKind::Function | CompoundKind::Other) {
            self.done.push(Done {
                cleans: Vec::new(),
                act: Act::Unknown,
                range: compound.range,
                directory: shell.directory.clone(),
                plain: false,
                program: String::new(),
                maybe: self.maybe,
                shell_variables: true,
            });
            return;
        }
        for redirect in &compound.redirects {
            self.redirect(
                redirect.target.as_ref(),
                &redirect.operator,
                shell,
                compound.range,
                false,
            );
        }
        let mut inner = shell.clone();
        if let Some(name) = &compound.name {
            inner.forget(name);
        }
        let certain = matches!(compound.kind, CompoundKind::Subshell | CompoundKind::Group);
        let outer = self.maybe;
        self.maybe |= !certain;
        for body in &compound.bodies {
            self.script(body, &mut inner, false);
        }
        self.maybe = outer;
        let stays = compound.kind != CompoundKind::Subshell;
        if stays {
            let moved = inner.directory != shell.directory;
            *shell = inner;
            if moved && compound.kind != CompoundKind::Group {
                shell.directory = Place::Unknown;
            }
        }
    }

    fn simple(&mut self, command: &SimpleCommand, shell: &mut Shell, plain: bool) {
        for word in command.words.iter().chain(
            command
                .assignments
                .iter()
                .filter_map(|it| it.value.as_ref()),
        ) {
            for script in &word.substitutions {
                self.script(script, &mut shell.clone(), false);
            }
        }
        let invocation = Invocation::of(command);
        let mut cleans = Vec::new();
        let act = match &invocation {
            None if command.words.is_empty() => Act::Nothing,
            // A bracket alone is read as a pattern.
            None if command
                .words
                .first()
                .is_some_and(|word| word.text == "[" || word.text == "[[") =>
            {
                Act::Nothing
            }
            None => self.dynamic(command, shell),
            Some(invocation) => {
                let other = inner::other_user(command, invocation, shell);
                let cmd = Cmd {
                    command,
                    invocation,
                    shell: other.as_ref().unwrap_or(shell),
                    image: self.image,
                };
                cleans = super::files::removed(&cmd);
                if let Some((script, mut inner)) = inner::script(&cmd) {
                    return self.inner(command.range, &script, &mut inner, plain);
                }
                if let Some(environment) = inner::sourced(&cmd) {
                    if let Some(environment) = environment {
                        shell.activate(&environment);
                    }
                    Act::Nothing
                } else {
                    system::asks(&cmd)
                        .or_else(|| system::read(&cmd))
                        .or_else(|| recipes::read(&cmd))
                        .map(|act| match system::fetches_source_list(&act) {
                            true => Act::System,
                            false => act,
                        })
                        .or_else(|| self.bare(&cmd))
                        .unwrap_or(Act::Unknown)
                }
            }
        };
        let program = invocation.as_ref().map(|it| it.name().to_owned());
        let names = command.words.iter().flat_map(|word| &word.variables);
        let shell_variables = names.clone().any(|name| shell.is_local(name))
            || command
                .words
                .iter()
                .any(|word| !word.substitutions.is_empty());
        self.done.push(Done {
            cleans,
            act,
            range: command.range,
            directory: shell.directory.clone(),
            plain,
            program: program.clone().unwrap_or_default(),
            maybe: self.maybe,
            shell_variables,
        });
        for redirect in &command.redirects {
            self.redirect(
                redirect.target.as_ref(),
                &redirect.operator,
                shell,
                command.range,
                plain,
            );
        }
        shell.follow(program.as_deref(), command);
    }

    /// A script in a word of a command: what it does is done by the command.
    fn inner(&mut self, range: TextRange, script: &Script, shell: &mut Shell, plain: bool) {
        let start = self.done.len();
        self.script(script, shell, true);
        let Some(new) = self.done.get_mut(start..) else {
            return;
        };
        // What only changes the system can be repeated as a whole.
        let system = new.iter().any(|done| done.act == Act::System)
            && new
                .iter()
                .all(|done| matches!(done.act, Act::System | Act::Nothing | Act::Housekeeping));
        for done in new.iter_mut() {
            done.range = range;
            done.plain = false;
        }
        if system {
            self.done.truncate(start);
            self.done.push(Done {
                cleans: Vec::new(),
                act: Act::System,
                range,
                directory: shell.directory.clone(),
                plain,
                program: "sh".to_owned(),
                maybe: self.maybe,
                shell_variables: false,
            });
        }
    }

    /// A command whose program a variable names.
    fn dynamic(&self, command: &SimpleCommand, shell: &Shell) -> Act {
        let first = command.words.first().and_then(|word| shell.text(word));
        match first {
            Some(path) => recipes::go::tool(&path).unwrap_or(Act::Unknown),
            None => Act::Unknown,
        }
    }

    fn redirect(
        &mut self,
        target: Option<&ShellWord>,
        operator: &str,
        shell: &Shell,
        range: TextRange,
        plain: bool,
    ) {
        let Some(target) = target.filter(|_| operator.contains('>')) else {
            return;
        };
        let text = target.value.as_deref().unwrap_or_default();
        let descriptor = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '-');
        if descriptor || text.starts_with("/dev/") {
            return;
        }
        let place = shell.place(target);
        let append = operator.contains(">>");
        let files = Files {
            reads: match append {
                true => vec![place.clone()],
                false => Vec::new(),
            },
            writes: vec![place],
            ..Files::default()
        };
        let act = match system::is_source_list(&files) {
            true => Act::System,
            false => Act::Files(files),
        };
        self.done.push(Done {
            cleans: Vec::new(),
            act,
            range,
            directory: shell.directory.clone(),
            plain,
            program: String::new(),
            maybe: self.maybe,
            shell_variables: target.variables.iter().any(|name| shell.is_local(name)),
        });
    }
}
