//! What the final command needs: the program that it starts, and what the lines about running say.

use super::acts::{Act, Output};
use super::place::{Place, Shell, base_name, within};
use super::world::Run;
use crate::commands::Invocation;
use crate::model::{
    Analysis, Args, Form, Instruction, InstructionKind, Scope, Script, SimpleCommand,
};

/// What is run when a container starts.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// The programs that the final commands name, in order, as they are written.
    pub(super) programs: Vec<String>,
    /// The programs as paths, where they are written as paths.
    pub(super) paths: Vec<String>,
    /// All words of the final commands.
    pub(super) words: Vec<String>,
    /// The texts of everything that matters at run time, as written and with variables replaced.
    texts: Vec<String>,
    /// Whether a command of the file itself says what to run.
    pub(super) own_command: bool,
    /// Whether a shell reads the command.
    pub(super) shell: bool,
    /// The working directory in which the command starts.
    pub(super) workdir: Option<String>,
    /// The directories in which programs are looked up, as far as they are known.
    pub(super) search: Vec<String>,
    /// The indices of the commands that count.
    pub(super) commands: Vec<usize>,
}

/// Programs that run what follows them.
const WRAPPERS: &[&str] = &[
    "exec",
    "tini",
    "dumb-init",
    "gosu",
    "su-exec",
    "nohup",
    "env",
    "nice",
    "ionice",
    "time",
    "catchsegv",
    "authbind",
    "forego",
    "xvfb-run",
    "setuser",
    "chroot",
    "wait-for-it.sh",
    "stdbuf",
    "my_init",
    "sudo",
    "unbuffer",
    "timeout",
    "nodemon",
    "pm2",
    "pm2-docker",
    "pm2-runtime",
    "forever",
];

impl Needs {
    /// Reads the lines about running of the only stage.
    pub(super) fn of(analysis: &Analysis) -> Self {
        let mut needs = Self::default();
        let last =
            |kind: InstructionKind| analysis.stage_instructions(0).rfind(|it| it.kind == kind);
        let state = analysis.end_state(0);
        needs.workdir = state
            .and_then(|state| state.known_workdir())
            .map(|path| crate::model::join_path("/", path));
        let entry = last(InstructionKind::Entrypoint);
        // A shell takes the words of CMD for arguments that nothing reads.
        let alone = entry
            .and_then(Instruction::command)
            .is_some_and(|command| matches!(command.form, Form::Shell { .. }));
        let commands = [entry, last(InstructionKind::Cmd).filter(|_| !alone)];
        for command in commands.into_iter().flatten() {
            needs.own_command = true;
            needs.commands.push(command.index);
            needs.command(analysis, command);
        }
        for instruction in analysis.stage_instructions(0) {
            use InstructionKind::{Cmd, Entrypoint, Env, Healthcheck, Label, Volume};
            if matches!(
                instruction.kind,
                Cmd | Entrypoint | Env | Healthcheck | Volume | Label
            ) {
                needs.text(analysis, instruction);
            }
        }
        if let Some(last) = analysis.stage_instructions(0).next_back() {
            needs.search = search(analysis, last);
        }
        let absolute: Vec<String> = needs
            .programs
            .iter()
            .filter_map(|program| needs.resolve(program))
            .collect();
        needs.paths = absolute;
        needs
    }

    /// Looks for programs that are called by their names among what the build makes.
    pub(super) fn look_up(&mut self, runs: &[Run<'_>]) {
        let names = self.programs.iter().filter(|name| {
            !name.contains(['/', '$', '=', '*', ' ']) && !name.starts_with('-') && !name.is_empty()
        });
        let mut found = Vec::new();
        for name in names {
            let made = |directory: &String| {
                let path = format!("{}/{name}", directory.trim_end_matches('/'));
                let there = runs
                    .iter()
                    .flat_map(|run| &run.done)
                    .any(|done| makes(&done.act, &path, directory));
                there.then_some(path)
            };
            found.extend(self.search.iter().find_map(made));
        }
        self.paths.extend(found);
    }

    /// A path of the final command, from its working directory.
    pub(super) fn resolve(&self, word: &str) -> Option<String> {
        if word.contains(['$', '*', ' ', '=']) || word.contains("://") || word.is_empty() {
            return None;
        }
        match (word.starts_with('/'), word.contains('/'), &self.workdir) {
            (true, ..) => Some(crate::model::join_path("/", word)),
            (false, true, Some(directory)) => Some(crate::model::join_path(directory, word)),
            _ => None,
        }
    }

    /// What runs is said by this text as well.
    pub(super) fn also(&mut self, text: String) {
        self.texts.push(text);
    }

    fn text(&mut self, analysis: &Analysis, instruction: &Instruction) {
        let raw = analysis.text(instruction.range).to_owned();
        if let Args::Pairs(pairs) = &instruction.args {
            for value in pairs.iter().filter_map(|pair| pair.value.as_ref()) {
                if let Ok(found) = analysis.expand(instruction, &value.text)
                    && let Some(text) = found.value.known()
                {
                    self.texts.push(text.to_owned());
                }
            }
        }
        let shell = Shell::new(analysis, instruction);
        let mut replaced = raw.clone();
        for name in ["{", ""] {
            for variable in analysis
                .variables
                .writes()
                .iter()
                .filter_map(|write| write.name.as_ref())
            {
                let Some(value) = shell.value(variable).filter(|value| value.starts_with('/'))
                else {
                    continue;
                };
                let pattern = match name {
                    "{" => format!("${{{}}}", variable),
                    _ => format!("${}", variable),
                };
                replaced = replaced.replace(&pattern, value);
            }
        }
        if replaced != raw {
            self.texts.push(replaced);
        }
        self.texts.push(raw);
    }

    fn command(&mut self, analysis: &Analysis, instruction: &Instruction) {
        let Some(command) = instruction.command() else {
            return;
        };
        match &command.form {
            Form::Exec(items) => {
                let words: Vec<String> = items.iter().map(|item| item.value.to_string()).collect();
                self.exec(&words);
            }
            Form::Shell { text, script } => {
                self.shell = true;
                match script {
                    Some(script) => self.script(analysis, instruction, script),
                    None => self
                        .words
                        .extend(text.split_whitespace().map(str::to_owned)),
                }
            }
        }
    }

    fn exec(&mut self, words: &[String]) {
        self.words.extend(words.iter().cloned());
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let name = base_name(word);
            if matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh") {
                self.programs.push(word.clone());
                self.shell = true;
                // `sh -c "..."`, or a script.
                for text in rest.by_ref() {
                    match text.starts_with('-') {
                        true => {}
                        false => {
                            let mut inner = text.split_whitespace();
                            let first = inner.find(|word| !WRAPPERS.contains(&base_name(word)));
                            self.programs.extend(first.map(str::to_owned));
                            self.words
                                .extend(text.split_whitespace().map(str::to_owned));
                            let behind = text.split(['&', ';', '|']).skip(1);
                            let more = behind.filter_map(|part| {
                                part.split_whitespace()
                                    .find(|word| !WRAPPERS.contains(&base_name(word)))
                            });
                            self.programs.extend(more.map(str::to_owned));
                            return;
                        }
                    }
                }
                return;
            }
            let wrapper = WRAPPERS.contains(&name) || word.starts_with('-');
            self.programs.push(word.clone());
            if !wrapper {
                return;
            }
        }
    }

    fn script(&mut self, analysis: &Analysis, instruction: &Instruction, script: &Script) {
        let shell = Shell::new(analysis, instruction);
        let mut commands: Vec<&SimpleCommand> = Vec::new();
        script.visit(&mut |command| commands.push(command));
        for command in commands {
            let words: Vec<String> = command
                .words
                .iter()
                .map(|word| shell.text(word).unwrap_or_else(|| word.text.to_string()))
                .collect();
            let start = Invocation::of(command).map_or(0, |it| it.program_word());
            for word in words.iter().skip(start) {
                self.programs.push(word.clone());
                if !WRAPPERS.contains(&base_name(word)) && !word.starts_with('-') {
                    break;
                }
            }
            self.words.extend(words);
        }
    }

    /// Whether a path, or something below it, is named by what is run and set.
    pub(super) fn mentions(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.texts.iter().any(|text| {
            text.match_indices(path).any(|(at, _)| {
                let next = text
                    .get(at + path.len()..)
                    .and_then(|rest| rest.chars().next());
                next.is_none_or(|next| {
                    !(next.is_ascii_alphanumeric() || matches!(next, '_' | '-' | '.'))
                })
            })
        }) || self.paths.iter().any(|it| within(it, path))
    }

    /// Whether a program is called by name by what is run.
    pub(super) fn calls(&self, program: &str) -> bool {
        self.texts.iter().any(|text| {
            text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+')))
                .any(|word| word == program)
        })
    }

    /// Why the command needs the tools of the build, if it does.
    pub(super) fn builds(&self) -> Option<String> {
        for (at, program) in self.programs.iter().enumerate() {
            let name = base_name(program);
            let follows =
                |words: &[&str]| self.words.iter().any(|word| words.contains(&word.as_str()));
            let builds = match name {
                "make" | "gmake" | "cmake" | "go" | "cargo" | "mvn" | "mvnw" | "gradle"
                | "gradlew" | "sbt" | "lein" | "activator" | "gcc" | "g++" | "clang" | "javac"
                | "mix" | "stack" | "cabal" | "rustc" | "webpack" | "webpack-dev-server"
                | "gulp" | "grunt" | "ng" | "tox" | "pytest" | "py.test" | "nosetests"
                | "rspec" | "gb" | "realize" | "fresh" | "air" | "gin" | "go-wrapper"
                | "jekyll" | "hugo" | "bosh" | "ninja" | "ember" | "gitbook" | "ctest"
                | "ionic" => true,
                // Tools that call `go` themselves.
                "gox" | "goimports" | "gopls" | "golint" | "gorename" | "guru" | "gocode"
                | "godoc" | "golangci-lint" | "gometalinter" | "staticcheck" | "errcheck"
                | "dlv" | "ginkgo" | "gomobile" | "mockgen" | "swag" | "wire" | "gotestsum"
                | "CompileDaemon" | "goreleaser" | "dep" | "glide" | "govendor" | "godep"
                | "packr" | "packr2" => true,
                // A source file is compiled when it is started.
                "java" => self.words.iter().any(|word| word.ends_with(".java")),
                "dotnet" => follows(&["run", "watch", "test", "build"]),
                "npm" | "yarn" | "pnpm" => follows(&[
                    "build",
                    "test",
                    "install",
                    "ci",
                    "dev",
                    "watch",
                    "develop",
                    "run-dev",
                    "start-dev",
                    "start:dev",
                    "serve",
                ]),
                "bundle" => follows(&["install", "rspec", "rake", "jekyll", "cucumber"]),
                "pip" | "pip3" | "composer" | "easy_install" => true,
                _ => false,
            };
            if builds {
                return Some(format!(
                    "the command runs `{name}`, which needs what the build needs"
                ));
            }
            let alone =
                at + 1 == self.programs.len() && self.words.len() <= self.programs.len() + 1;
            if alone
                && self.programs.len() == 1
                && matches!(name, "bash" | "sh" | "zsh" | "ash" | "fish" | "login")
                && !self
                    .words
                    .iter()
                    .any(|word| word.ends_with("sh") && word.contains('.'))
            {
                return Some("the command is a shell: the image is a workbench, whose tools are what it is for".to_owned());
            }
            let talks = matches!(
                name,
                "irb"
                    | "pry"
                    | "ipython"
                    | "ipython3"
                    | "bpython"
                    | "ghci"
                    | "iex"
                    | "julia"
                    | "R"
                    | "scala"
                    | "python"
                    | "python2"
                    | "python3"
                    | "node"
            );
            if talks && self.words.len() == 1 {
                return Some(format!(
                    "the command `{name}` talks with a person: the image is a workbench, whose tools are what it is for"
                ));
            }
            let waits = match name {
                "sleep" => true,
                "tail" => follows(&["/dev/null"]),
                _ => false,
            };
            if waits && self.programs.len() == 1 {
                return Some("the command only waits: the image is a workbench, whose tools are what it is for".to_owned());
            }
        }
        None
    }
}

/// Where a shell looks for programs: what the file puts in front, and the usual directories.
fn search(analysis: &Analysis, last: &Instruction) -> Vec<String> {
    let value = analysis.scope(last).lookup("PATH");
    let own = value.as_ref().map(|value| match value.known() {
        Some(text) => text,
        None => value.prefix().rsplit_once(':').map_or("", |(head, _)| head),
    });
    let usual = [
        "/usr/local/sbin",
        "/usr/local/bin",
        "/usr/sbin",
        "/usr/bin",
        "/sbin",
        "/bin",
    ];
    own.unwrap_or_default()
        .split(':')
        .filter(|path| path.starts_with('/'))
        .chain(usual)
        .map(str::to_owned)
        .collect()
}

/// Whether an act makes a file, or programs of any name in its directory.
fn makes(act: &Act, path: &str, directory: &str) -> bool {
    let at = |place: &Place, path: &str| matches!(place, Place::At(at) if at == path);
    let own = !["/usr", "/bin", "/sbin"]
        .iter()
        .any(|above| within(directory, above));
    let below = |place: &Place| {
        let prefix = directory.strip_suffix("/bin");
        own && prefix.is_some_and(|prefix| at(place, prefix))
    };
    match act {
        Act::Make(made) => made.outputs.iter().any(|output| match output {
            Output::One(place) if own && at(place, directory) => true,
            Output::Prefix(place) | Output::Configured(Some(place)) => below(place),
            Output::One(place) | Output::File(place) => at(place, path),
            Output::Program(place) => at(place, directory) && directory != "/go/bin",
            _ => false,
        }),
        Act::Files(files) if !files.attributes => files.writes.iter().any(|place| at(place, path)),
        _ => false,
    }
}

/// The files and directories that an act reads or writes.
pub(super) fn touched(act: &Act) -> Vec<&Place> {
    match act {
        Act::Files(files) => files
            .writes
            .iter()
            .chain(&files.reads)
            .chain(&files.deletes)
            .collect(),
        _ => Vec::new(),
    }
}
