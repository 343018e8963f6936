//! Who reads, after a RUN, the package lists that it leaves behind: in its stage, in the stages built on it, in triggers.

use dfix_syntax::TextRange;
use rustc_hash::FxHashSet;

use super::apt;
use super::apt_lists::{Use, fails_without_lists, hides_lists, holds_lists, list_use};
use crate::model::{
    Analysis, AndOr, Args, Command, Compound, CompoundKind, Connective, Form, Instruction,
    InstructionKind, JsonItem, Pipeline, Script, SeparatorKind, ShellWord, SimpleCommand,
};

/// A place that reads the lists, or may.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    /// The instruction.
    pub(crate) instruction: &'a Instruction,
    /// What to point at.
    pub(crate) range: TextRange,
    /// What it does, in words that follow "line 5".
    pub(crate) what: String,
    /// The command, when it certainly needs the lists.
    pub(crate) command: Option<&'a SimpleCommand>,
}

/// How many instructions all searches of one file may look at together: a few times what any real file has.
pub(crate) const BUDGET: usize = 100_000;

/// How many of those that only may read are named.
const MAX_NAMED: usize = 8;

/// The readers after a RUN, on each way through the stages the first ones up to one that certainly needs the lists.
/// `budget` is what is left of [`BUDGET`]; when it is spent, whatever follows may read.
pub(crate) fn readers<'a>(
    analysis: &'a Analysis,
    run: &'a Instruction,
    budget: &mut usize,
) -> Vec<Reader<'a>> {
    let mut search = Search {
        analysis,
        budget,
        found: Vec::new(),
        over: false,
        seen: FxHashSet::default(),
        installed: None,
        instruction: None,
    };
    if let Some(stage) = run.stage {
        search.stage(stage, run.index + 1);
    }
    let spent = *search.budget == 0;
    let mut found = search.found;
    if spent {
        found.push(Reader {
            instruction: run,
            range: run.keyword,
            what: "may read them: the file is too large to be sure".to_owned(),
            command: None,
        });
    }
    found
}

struct Search<'s, 'a> {
    analysis: &'a Analysis,
    /// How many instructions may still be looked at.
    budget: &'s mut usize,
    found: Vec<Reader<'a>>,
    /// Whether this way has come to a command that certainly needs the lists.
    over: bool,
    /// The stages that were gone through.
    seen: FxHashSet<usize>,
    /// The packages that the file installs by name.
    installed: Option<FxHashSet<&'a str>>,
    /// Where the search is.
    instruction: Option<&'a Instruction>,
}

/// Whether the lists of the RUN in question are gone or renewed after a command, when it succeeds and when it fails.
#[derive(Clone, Copy)]
struct Gone {
    success: bool,
    failure: bool,
}

impl Gone {
    fn both(gone: bool) -> Self {
        Self {
            success: gone,
            failure: gone,
        }
    }
}

impl<'a> Search<'_, 'a> {
    /// Goes through a stage from an instruction on, and then through those built on it.
    fn stage(&mut self, stage: usize, from: usize) {
        let analysis = self.analysis;
        if !self.seen.insert(stage) {
            return;
        }
        self.over = false;
        let end = analysis
            .stages
            .get(stage)
            .map_or(from, |stage| stage.instructions.end);
        let later = analysis.instructions.get(from..end).unwrap_or_default();
        for instruction in later {
            let Some(left) = self.budget.checked_sub(1) else {
                return;
            };
            *self.budget = left;
            self.instruction = Some(instruction);
            if self.instruction(instruction) || self.over {
                return;
            }
        }
        for trigger in later {
            if trigger.kind == InstructionKind::Onbuild {
                self.instruction = Some(trigger);
                if self.run(trigger.innermost()) || self.over {
                    break;
                }
            }
        }
        let Some(stage) = analysis.stages.get(stage) else {
            return;
        };
        for reference in &stage.references {
            if let Some(instruction) = analysis.instructions.get(reference.instruction) {
                self.copy(instruction);
            }
        }
        for child in stage.children.iter().chain(&stage.possible_children) {
            let start = analysis.stages.get(*child).map_or(0, |child| child.from);
            self.stage(*child, start);
        }
    }

    /// Whether the lists are gone or renewed after an instruction.
    fn instruction(&mut self, instruction: &'a Instruction) -> bool {
        match instruction.kind {
            InstructionKind::Run => self.run(instruction),
            InstructionKind::Cmd | InstructionKind::Entrypoint | InstructionKind::Healthcheck => {
                // At run time scripts are nobody's business here, but a line that can't work is.
                let before = self.found.len();
                self.run(instruction);
                let mut at = 0;
                self.found.retain(|reader| {
                    at += 1;
                    at <= before || reader.command.is_some()
                });
                false
            }
            _ => false,
        }
    }

    fn run(&mut self, run: &'a Instruction) -> bool {
        if hides_lists(run) {
            return false;
        }
        match run.command().map(|command| &command.form) {
            Some(Form::Exec(items)) => self.exec(run, items),
            Some(Form::Shell {
                script: Some(script),
                ..
            }) => self.script(script, false).success,
            Some(Form::Shell { text, script: None }) => {
                self.text(run, text);
                // A heredoc that begins with `#!` is a file that is run.
                for heredoc in &run.heredocs {
                    self.text(run, self.analysis.text(heredoc.body));
                }
                false
            }
            None => false,
        }
    }

    /// A text that isn't understood.
    fn text(&mut self, run: &'a Instruction, text: &str) {
        let suspect = ["apt", ".sh", "./"].iter().any(|hint| text.contains(hint));
        if run.kind == InstructionKind::Run && suspect {
            self.report(
                run.range,
                "runs a text that dfix does not understand".to_owned(),
                None,
            );
        }
    }

    /// The exec form: no shell, unless it is named.
    fn exec(&mut self, run: &'a Instruction, items: &[JsonItem]) -> bool {
        let words: Vec<&str> = items.iter().map(|item| item.value.as_str()).collect();
        let Some((program, rest)) = words.split_first() else {
            return false;
        };
        let name = program.rsplit('/').next().unwrap_or(program);
        let says = |wanted: &str| rest.contains(&wanted);
        match name {
            "apt-get" | "apt" | "aptitude" if says("update") => return true,
            "apt-get" | "apt" | "aptitude" | "apt-cache" if !says("clean") => {
                self.report(run.range, format!("runs `{}`", words.join(" ")), None);
            }
            "apt-get" | "apt" | "aptitude" => {}
            _ => self.text(run, &words.join(" ")),
        }
        false
    }

    /// `COPY --from` and mounts that take the lists somewhere else.
    fn copy(&mut self, instruction: &'a Instruction) {
        let inner = instruction.innermost();
        let takes = match &inner.args {
            Args::Copy { sources, .. } => sources.iter().any(|source| holds_lists(&source.text)),
            _ => inner
                .mounts()
                .any(|mount| holds_lists(mount.get(&["source", "src"]).unwrap_or("/"))),
        };
        if takes {
            self.instruction = Some(instruction);
            self.report(inner.range, "copies the lists".to_owned(), None);
        }
    }

    fn script(&mut self, script: &'a Script, gone: bool) -> Gone {
        let mut state = Gone::both(gone);
        let mut here = gone;
        for item in &script.items {
            let after = self.list(&item.and_or, here);
            let background = item
                .end
                .is_some_and(|end| end.kind == SeparatorKind::Background);
            if !background {
                state = after;
                here = after.success && after.failure;
            }
        }
        state
    }

    fn list(&mut self, list: &'a AndOr, gone: bool) -> Gone {
        let mut state = self.pipeline(&list.first, gone);
        for (connective, _, pipeline) in &list.rest {
            state = match connective {
                Connective::And => {
                    let after = self.pipeline(pipeline, state.success);
                    Gone {
                        success: after.success,
                        failure: state.failure && after.failure,
                    }
                }
                Connective::Or => {
                    let after = self.pipeline(pipeline, state.failure);
                    Gone {
                        success: state.success && after.success,
                        failure: after.failure,
                    }
                }
            };
        }
        state
    }

    fn pipeline(&mut self, pipeline: &'a Pipeline, gone: bool) -> Gone {
        let mut state = Gone::both(gone);
        for command in &pipeline.commands {
            let after = match command {
                Command::Simple(simple) => Gone::both(self.simple(simple, gone)),
                Command::Compound(compound) => self.compound(compound, gone),
            };
            if pipeline.commands.len() == 1 {
                state = after;
            } else {
                state = Gone::both(state.success || after.success && after.failure);
            }
        }
        match pipeline.negated {
            true => Gone {
                success: state.failure,
                failure: state.success,
            },
            false => state,
        }
    }

    fn compound(&mut self, compound: &'a Compound, gone: bool) -> Gone {
        for word in &compound.words {
            self.word(word, gone);
        }
        match (compound.kind, compound.bodies.as_slice()) {
            (CompoundKind::Subshell | CompoundKind::Group, [body]) => self.script(body, gone),
            (CompoundKind::If, [condition, bodies @ ..]) => {
                let state = self.script(condition, gone);
                let gone = state.success && state.failure;
                for body in bodies {
                    self.script(body, gone || state.success);
                }
                Gone::both(gone)
            }
            (CompoundKind::Function, bodies) => {
                bodies.iter().for_each(|body| {
                    self.script(body, false);
                });
                Gone::both(gone)
            }
            (_, bodies) => {
                bodies.iter().for_each(|body| {
                    self.script(body, gone);
                });
                Gone::both(gone)
            }
        }
    }

    fn simple(&mut self, command: &'a SimpleCommand, gone: bool) -> bool {
        let values = command
            .assignments
            .iter()
            .filter_map(|assignment| assignment.value.as_ref());
        for word in values.chain(&command.words) {
            self.word(word, gone);
        }
        let name = || {
            command
                .words
                .first()
                .map_or(command.range, |word| word.range)
        };
        if !gone && fails_without_lists(command) {
            let what = "removes them by an `rm` that fails when there are none";
            self.report(name(), what.to_owned(), None);
            return true;
        }
        match list_use(command) {
            Use::None => gone,
            Use::Ends => true,
            _ if gone => gone,
            Use::Reads => {
                let head = apt::apt(command).map(|it| (apt::head(&it), apt::describe(&it)));
                let (range, what) = head.unwrap_or_else(|| (name(), "apt-cache".to_owned()));
                self.report(
                    range,
                    format!("needs the lists for `{what}`"),
                    Some(command),
                );
                gone
            }
            Use::MayRead(what) => {
                self.report(name(), what, None);
                gone
            }
            Use::Removes => {
                if !self.removes_known(command) {
                    let what = "removes packages that the file doesn't install, which fails without lists if apt has \
                                never heard of them";
                    self.report(name(), what.to_owned(), None);
                }
                gone
            }
        }
    }

    fn word(&mut self, word: &'a ShellWord, gone: bool) {
        for script in &word.substitutions {
            self.script(script, gone);
        }
    }

    fn report(&mut self, range: TextRange, what: String, command: Option<&'a SimpleCommand>) {
        let Some(instruction) = self.instruction.filter(|_| !self.over) else {
            return;
        };
        self.over = command.is_some();
        if !self.over && self.found.len() >= MAX_NAMED {
            return;
        }
        self.found.push(Reader {
            instruction,
            range,
            what,
            command,
        });
    }

    /// Whether every package that a command removes is one that the file installs.
    fn removes_known(&mut self, command: &SimpleCommand) -> bool {
        let analysis = self.analysis;
        let installed = self
            .installed
            .get_or_insert_with(|| installed_packages(analysis));
        apt::apt(command).is_some_and(|it| {
            it.operands().iter().all(|operand| {
                let word = command.words.get(operand.word);
                word.is_some_and(|word| installed.contains(word.text.as_str()))
            })
        })
    }
}

/// The packages that a file installs by name, as they are written, without versions.
fn installed_packages(analysis: &Analysis) -> FxHashSet<&str> {
    let mut installed = FxHashSet::default();
    for instruction in &analysis.instructions {
        let Some(script) = instruction.script() else {
            continue;
        };
        script.visit(&mut |command| {
            let Some(it) = apt::apt(command).filter(|it| it.sub("install")) else {
                return;
            };
            for operand in it.operands() {
                if let Some(word) = command.words.get(operand.word) {
                    installed.insert(word.text.as_str());
                    installed.extend(word.text.split_once('=').map(|(name, _)| name));
                }
            }
        });
    }
    installed
}

#[cfg(test)]
mod tests {
    use dfix_syntax::SourceText;

    use super::*;
    use crate::Settings;

    /// What the readers after the first RUN of a file do, each with its line (from 0) and a `!` when it is certain.
    #[track_caller]
    fn check(rest: &str, expected: &[&str]) {
        let file = format!("FROM debian AS base\nRUN apt-get update\n{rest}\n");
        let source = SourceText::new(file.as_bytes()).unwrap();
        let analysis = Analysis::new(source, &Settings::default());
        let run = analysis.instructions.get(1).unwrap();
        let found: Vec<String> = readers(&analysis, run, &mut BUDGET.clone())
            .iter()
            .map(|reader| {
                let line = file[..usize::from(reader.range.start())]
                    .matches('\n')
                    .count();
                let certain = if reader.command.is_some() { "!" } else { "" };
                format!("{line}{certain} {}", analysis.text(reader.range))
            })
            .collect();
        assert_eq!(found, expected, "{rest}");
    }

    #[test]
    fn known_programs_read_nothing() {
        check(
            "RUN make && pip install a && curl -o b c && dpkg -i b.deb && ./configure && . ./venv/bin/activate\n\
             RUN apt-get clean && apt-get autoremove -y && apt-key add d && apt-mark hold e",
            &[],
        );
    }

    #[test]
    fn apt_reads() {
        check(
            "RUN a\nRUN b && apt-get install -y c\nRUN apt install d",
            &["3! apt-get install"],
        );
        check("RUN apt-cache policy c", &["2! apt-cache"]);
        check(
            "RUN if b; then sudo apt-get -y upgrade; fi",
            &["2! apt-get -y upgrade"],
        );
        check("RUN b $(apt-get download c)", &["2! apt-get download"]);
        check(
            "RUN [\"apt-get\", \"install\", \"b\"]",
            &["2 RUN [\"apt-get\", \"install\", \"b\"]"],
        );
        check("CMD apt-get install b && ./c", &["2! apt-get install"]);
    }

    #[test]
    fn an_update_of_its_own() {
        check(
            "RUN apt-get update && apt-get install b\nRUN apt-get install c",
            &[],
        );
        check("RUN apt-get update || true; apt-get install b", &[]);
        check(
            "RUN a && apt-get update; apt-get install b",
            &["2! apt-get install"],
        );
        check(
            "RUN a || apt-get update && apt-get install b",
            &["2! apt-get install"],
        );
        check(
            "RUN if a; then apt-get update; fi; apt-get install b",
            &["2! apt-get install"],
        );
        check(
            "RUN if a; then apt-get update && apt-get install b; fi",
            &[],
        );
        check("RUN (apt-get update) && apt-get install b", &[]);
        check("RUN [\"apt-get\", \"update\"]\nRUN apt-get install b", &[]);
        check(
            "RUN rm -rf /var/lib/apt/lists/*\nRUN apt-get install b",
            &[],
        );
    }

    #[test]
    fn what_is_out_of_sight_may_read() {
        check("RUN ./install.sh", &["2 ./install.sh"]);
        check(
            "RUN curl a | bash -\nRUN apt-get install b",
            &["2 bash", "3! apt-get install"],
        );
        check("RUN bash /tmp/a.sh", &["2 bash"]);
        check("RUN sh -c 'apt-get install b' && sh -c 'echo c'", &["2 sh"]);
        check("RUN $APT b", &["2 $APT"]);
        check("RUN add-apt-repository a", &["2 add-apt-repository"]);
        check("RUN make deps && make all", &["2 make"]);
        check("RUN ls /var/lib/apt/lists", &["2 ls"]);
        check(
            "SHELL [\"pwsh\", \"-c\"]\nRUN apt-get install b |",
            &["3 RUN apt-get install b |"],
        );
        check("CMD ./install.sh", &[]);
        check(
            "RUN <<EOF\n#!/bin/sh\napt-get install -y b\nEOF\nRUN <<EOF\n#!/bin/sh\necho c\nEOF",
            &["2 RUN <<EOF"],
        );
    }

    #[test]
    fn removing_lists() {
        check(
            "RUN rm -rf /var/lib/apt/lists/*\nRUN apt-get install a",
            &[],
        );
        check("RUN rm -r /var/lib/apt/lists\nRUN a", &[]);
        check(
            "RUN rm -r /var/lib/apt/lists/* && apt-get install a",
            &["2 rm"],
        );
        check("RUN apt-get update && rm -r /var/lib/apt/lists/*", &[]);
    }

    #[test]
    fn removing_packages() {
        check(
            "RUN apt-get install -y a $B c=1\nRUN apt-get purge -y a $B c",
            &["2! apt-get install"],
        );
        check(
            "RUN apt-get update && apt-get install -y a $B c=1\nRUN apt-get purge -y a $B c",
            &[],
        );
        check("RUN apt-get purge -y firefox", &["2 apt-get"]);
    }

    #[test]
    fn stages_and_triggers() {
        check(
            "FROM base\nRUN apt-get install a\nFROM base AS b\nFROM b\nRUN ./c",
            &["3! apt-get install", "6 ./c"],
        );
        check("RUN apt-get update\nFROM base\nRUN apt-get install a", &[]);
        check(
            "ONBUILD RUN apt-get install a\nRUN b",
            &["2! apt-get install"],
        );
        check("FROM debian\nRUN apt-get install a", &[]);
        check(
            "FROM debian\nCOPY --from=base / /",
            &["3 COPY --from=base / /"],
        );
        check(
            "FROM debian\nCOPY --from=base /var/lib /x",
            &["3 COPY --from=base /var/lib /x"],
        );
        check("FROM debian\nCOPY --from=base /app/*.jar $X/y /v /x", &[]);
    }

    #[test]
    fn mounts() {
        check(
            "RUN --mount=type=cache,target=/var/lib/apt apt-get install a",
            &[],
        );
        check(
            "RUN --mount=type=cache,target=/var/cache/apt apt-get install a",
            &["2! apt-get install"],
        );
    }
}
