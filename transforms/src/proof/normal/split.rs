//! Splitting a process into its elementary commands.

use std::ops::ControlFlow;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::effect::{self, Effect};
use super::program::is_inert;
use super::removal::{relative_path, removes_absolute};
use super::shell::{self, Kind};
use super::{Element, Mode, Options, Program, may_remove, program, text};
use crate::model::{
    Analysis, AndOr, Break, Command, CompoundKind, Connective, Pipeline, Script, SeparatorKind,
    SimpleCommand, Value,
};
use crate::proof::trace::{Argv, Exec, Op, Step, clean, cleaned};

/// Scripts of more commands than this are not split: contexts would grow with the square of their number.
const MAX_ELEMENTS: usize = 400;

/// How many commands that install something are looked at one by one.
const MAX_INSTALLERS: usize = 50;

/// Commands that the shell doesn't look for.
const BUILTINS: &[&str] = &[
    ":", "[", "cd", "echo", "export", "false", "kill", "printf", "pwd", "set", "test", "true",
    "type", "umask",
];

/// The elementary commands of a step; none for one that starts no process.
pub(crate) fn elements<'s, 'a>(analysis: &'a Analysis, step: &'s Step<'a>) -> &'s [Element<'a>] {
    step.elements.get_or_init(|| match &step.op {
        Op::Exec(exec) => split(analysis, step, exec).into(),
        Op::Copy(_) | Op::Mkdir(_) => Rc::default(),
    })
}

/// Spares the splitting of a step that does the same as one of another file.
pub(crate) fn share<'a>(analysis: &'a Analysis, from: &Step<'a>, to: &Step<'a>) {
    elements(analysis, from);
    if let Some(elements) = from.elements.get() {
        to.elements.get_or_init(|| Rc::clone(elements));
    }
}

fn split<'a>(analysis: &'a Analysis, step: &Step<'a>, exec: &Exec<'a>) -> Vec<Element<'a>> {
    let whole = |shape: String| {
        vec![Element {
            analysis,
            shape: shape.into(),
            commands: Vec::new(),
            whole: true,
            cwd: exec.cwd.clone(),
            stale: 0,
            entered: false,
            mode: Mode::Fatal,
            options: Options::default(),
            effect: effect::ANYTHING,
            context: Vec::new(),
        }]
    };
    let (shell, script, script_text) = match &exec.argv {
        Argv::Base => return whole(String::new()),
        Argv::Exec(words) => return whole(words.join("\0")),
        Argv::Shell {
            shell,
            text,
            script,
        } => (shell, script, text),
    };
    let kind = shell::kind(shell);
    let heredocs = &step.instruction.heredocs;
    // The body of `RUN <<-EOF` loses its tabs before the shell reads it, which ranges don't show.
    let chomped = heredocs.iter().any(|heredoc| heredoc.chomp);
    if kind == Kind::Foreign || exec.file.is_some() || chomped || script_text.contains('\r') {
        return whole(script_text.to_string());
    }
    let script = match script.filter(|script| !script.bashism) {
        Some(script) if !is_opaque(script) => script,
        None if heredocs.is_empty() => return whole(text::even(script_text)),
        _ => return whole(script_text.to_string()),
    };
    let mut splitter = Splitter {
        analysis,
        breaks: if heredocs.is_empty() {
            &step.instruction.breaks
        } else {
            &[]
        },
        options: match kind {
            Kind::Plain(options) => options,
            _ => Options::default(),
        },
        cwd: cleaned(&exec.cwd),
        stale: 0,
        entered: false,
        elements: Vec::new(),
    };
    if splitter.script(script).is_break() || splitter.elements.is_empty() {
        return whole(text::even(script_text));
    }
    let mut elements = splitter.elements;
    contexts(&mut elements, kind == Kind::Unsure);
    elements
}

struct Splitter<'a> {
    analysis: &'a Analysis,
    breaks: &'a [Break],
    options: Options,
    cwd: Value,
    stale: usize,
    entered: bool,
    elements: Vec<Element<'a>>,
}

/// `Break` when the script can't be split.
type Flow = ControlFlow<()>;

impl<'a> Splitter<'a> {
    fn script(&mut self, script: &'a Script) -> Flow {
        let last = script.items.len().saturating_sub(1);
        for (number, item) in script.items.iter().enumerate() {
            let background = item
                .end
                .is_some_and(|end| end.kind == SeparatorKind::Background);
            if background {
                self.list(&item.and_or, 0, Mode::Background)?;
            } else if number == last {
                self.and_list(&item.and_or, true)?;
            } else {
                self.inner_item(&item.and_or)?;
            }
        }
        Flow::Continue(())
    }

    /// A list before a `;` or a line end: `set -e` decides whether its failure counts.
    fn inner_item(&mut self, list: &'a AndOr) -> Flow {
        if !list.rest.is_empty() {
            // The options that a `set` inside gives can't be followed here, but it counts as a change of the shell.
            let mode = if self.options.errexit {
                Mode::Errexit
            } else {
                Mode::Ignored
            };
            return self.list(list, 0, mode);
        }
        let mode = match (self.options.errexit, list.first.negated) {
            (true, false) => Mode::Fatal,
            _ => Mode::Ignored,
        };
        self.pipeline(&list.first, mode, true, false)
    }

    /// A list whose status is that of the RUN: it splits behind its last `||`.
    fn and_list(&mut self, list: &'a AndOr, last: bool) -> Flow {
        let pipelines: Vec<&'a Pipeline> = list.pipelines().collect();
        let or = list
            .rest
            .iter()
            .rposition(|(connective, ..)| *connective == Connective::Or);
        let start = match or {
            Some(at) => {
                self.list(list, pipelines.len().saturating_sub(at + 2), Mode::Fatal)?;
                at + 2
            }
            None => 0,
        };
        for (number, pipeline) in pipelines.iter().enumerate().skip(start) {
            let final_one = number + 1 == pipelines.len();
            self.pipeline(pipeline, Mode::Fatal, final_one, last && final_one)?;
        }
        Flow::Continue(())
    }

    /// One pipeline as an element. `active`: whether `set -e` works inside it; `last`: whether nothing follows it in the
    /// RUN.
    fn pipeline(
        &mut self,
        pipeline: &'a Pipeline,
        mut mode: Mode,
        active: bool,
        last: bool,
    ) -> Flow {
        if pipeline.timed {
            return Flow::Break(());
        }
        if let Some(inner) = self.transparent_group(pipeline)
            && mode == Mode::Fatal
        {
            return self.and_list(inner, last);
        }
        if let Some(simple) = pipeline.simple()
            && mode == Mode::Fatal
            && let Some(words) = simple.static_words()
        {
            if let Some(changes) = shell::set(&words) {
                self.options = self.options.after(&changes);
                if changes.iter().all(|(_, letter)| *letter != 'p') {
                    return Flow::Continue(());
                }
            } else if !last && self.enter(&words) {
                return Flow::Continue(());
            }
        } else if let Some(words) = pipeline.simple().and_then(SimpleCommand::static_words)
            && let Some(changes) = shell::set(&words)
        {
            // `set` doesn't fail, but with an option that a shell doesn't know (`pipefail`): that ends the shell (POSIX, 2.8.1),
            // so nothing depends on what follows it.
            self.options = self.options.after(&changes);
            if changes.iter().all(|(_, letter)| *letter != 'p') {
                return Flow::Continue(());
            }
            mode = Mode::Fatal;
        }
        let Some(commands) = text::commands(pipeline) else {
            return Flow::Break(());
        };
        let effect = effect::of(pipeline, &commands);
        let compound = pipeline
            .commands
            .iter()
            .any(|command| matches!(command, Command::Compound(_)));
        let piped = pipeline.commands.len() > 1;
        let shape = text::shape(self.analysis, self.breaks, pipeline.range, &commands);
        self.push(shape, commands, effect, mode, active, compound, piped)
    }

    /// The pipelines of a list but the last few, as one element.
    fn list(&mut self, list: &'a AndOr, without: usize, mode: Mode) -> Flow {
        let pipelines: Vec<&'a Pipeline> = list.pipelines().collect();
        let kept = pipelines.len() - without.min(pipelines.len());
        let pipelines = pipelines.get(..kept).unwrap_or_default();
        let (Some(first), Some(last)) = (pipelines.first(), pipelines.last()) else {
            return Flow::Break(());
        };
        let mut commands = Vec::new();
        let mut effect = Effect {
            deaf: true,
            ..Effect::default()
        };
        for pipeline in pipelines {
            let Some(found) = text::commands(pipeline) else {
                return Flow::Break(());
            };
            effect.join(effect::of(pipeline, &found));
            commands.extend(found);
        }
        if mode == Mode::Background {
            effect.process = true;
            effect.shell = false;
        }
        let range = dfix_syntax::TextRange::new(first.range.start(), last.range.end());
        let shape = text::shape(self.analysis, self.breaks, range, &commands);
        self.push(shape, commands, effect, mode, true, true, true)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one element")]
    fn push(
        &mut self,
        shape: smol_str::SmolStr,
        commands: Vec<&'a SimpleCommand>,
        effect: Effect,
        mode: Mode,
        active: bool,
        compound: bool,
        piped: bool,
    ) -> Flow {
        if self.elements.len() >= MAX_ELEMENTS {
            return Flow::Break(());
        }
        let words = || commands.iter().flat_map(|command| &command.words);
        let substituted: Vec<&Script> = commands
            .iter()
            .flat_map(|command| substitutions(command))
            .collect();
        let substitutes = !substituted.is_empty();
        let scripts = !substituted.into_iter().all(is_one_step)
            || commands.iter().any(|command| runs_script(command));
        // `$-` is the letters of the options.
        let tells = words().any(|word| {
            word.value.is_none() && (word.text.contains("$-") || word.text.contains("${-"))
        });
        let expands = compound
            || commands
                .iter()
                .any(|command| !command.assignments.is_empty() || !command.redirects.is_empty())
            || words().any(|word| word.value.is_none());
        // Of a directory that isn't known, only absolute paths certainly are others.
        let cwd = self.cwd.known();
        let dir = cwd.unwrap_or("/\0");
        let removed = commands.iter().any(|command| may_remove(command, cwd, dir));
        let options = Options {
            errexit: self.options.errexit && (tells || active && (compound || scripts)),
            nounset: self.options.nounset && expands,
            pipefail: self.options.pipefail && (tells || compound || piped || substitutes),
        };
        let (cwd, stale) = if self.is_anywhere(&shape, &commands) {
            (Value::literal("/"), 0)
        } else {
            (self.cwd.clone(), self.stale)
        };
        self.elements.push(Element {
            analysis: self.analysis,
            shape,
            commands,
            whole: false,
            cwd,
            stale,
            entered: std::mem::take(&mut self.entered),
            mode,
            options,
            effect,
            context: Vec::new(),
        });
        self.stale += usize::from(removed);
        Flow::Continue(())
    }

    /// Whether a command does the same in every directory: it removes what absolute paths name.
    fn is_anywhere(&self, shape: &str, commands: &[&SimpleCommand]) -> bool {
        let [command] = commands else {
            return false;
        };
        // A `PATH` with relative folders, a function or an alias could make it another program.
        let disturbed = |element: &Element<'_>| element.effect.names || element.effect.shell;
        shape == text::HOLE
            && removes_absolute(command)
            && !self.elements.iter().any(disturbed)
            && !relative_path(self.analysis)
    }

    /// The list inside `{ ...; }` whose braces say nothing.
    fn transparent_group(&self, pipeline: &'a Pipeline) -> Option<&'a AndOr> {
        if pipeline.negated || pipeline.timed {
            return None;
        }
        let [Command::Compound(compound)] = pipeline.commands.as_slice() else {
            return None;
        };
        let [body] = compound.bodies.as_slice() else {
            return None;
        };
        let [item] = body.items.as_slice() else {
            return None;
        };
        let background = item
            .end
            .is_some_and(|end| end.kind == SeparatorKind::Background);
        (compound.kind == CompoundKind::Group
            && compound.redirects.is_empty()
            && !background
            && !self.options.errexit)
            .then_some(&item.and_or)
    }

    /// Follows a `cd` to a literal directory. `false` when it is a command like any other.
    fn enter(&mut self, words: &[&str]) -> bool {
        let ["cd", dir] = words else {
            return false;
        };
        let unsafe_part = |part: &str| matches!(part, "." | "..") || part.starts_with('~');
        if dir.is_empty() || dir.starts_with('-') || dir.split('/').any(unsafe_part) {
            return false;
        }
        // `CDPATH`, a function or an alias could make it go elsewhere.
        let names = self.elements.iter().any(|element| element.effect.names);
        let shell = self.elements.iter().any(|element| element.effect.shell);
        let there = if dir.starts_with('/') {
            if names {
                return false;
            }
            Value::literal(&clean(dir))
        } else {
            if names || shell {
                return false;
            }
            let mut there = match self.cwd.known() {
                Some(cwd) => Value::literal(clean(cwd).trim_end_matches('/')),
                None => self.cwd.clone(),
            };
            there.push_str("/");
            there.push_str(clean(dir).as_str());
            there
        };
        self.entered = self.elements.is_empty() && there.known().is_some();
        self.cwd = there;
        self.stale = 0;
        true
    }
}

impl Effect {
    /// Adds the effect of another part of the same element.
    fn join(&mut self, other: Self) {
        self.shell |= other.shell;
        self.names |= other.names;
        self.process |= other.process;
        self.service |= other.service;
        self.notices |= other.notices;
        self.remembers |= other.remembers;
        self.asks_directory |= other.asks_directory;
        self.deaf &= other.deaf;
        self.installs |= other.installs;
    }
}

/// The scripts that are substituted in a command.
fn substitutions(command: &SimpleCommand) -> impl Iterator<Item = &Script> {
    let values = command.assignments.iter().filter_map(|a| a.value.as_ref());
    let elements = command.assignments.iter().flat_map(|a| &a.array);
    let targets = command.redirects.iter().filter_map(|r| r.target.as_ref());
    let words = values.chain(elements).chain(&command.words).chain(targets);
    words.flat_map(|word| &word.substitutions)
}

/// Whether a command may make the shell run another script, to which `set -e` applies as well.
fn runs_script(command: &SimpleCommand) -> bool {
    if command.words.is_empty() {
        return false;
    }
    command.word(0).is_none_or(|program| {
        matches!(
            program,
            "." | "source" | "eval" | "command" | "builtin" | "trap"
        )
    })
}

/// Whether a script is a single pipeline of simple commands, in which `set -e` has nothing to end early: none of them
/// makes the shell run another script.
fn is_one_step(script: &Script) -> bool {
    let [item] = script.items.as_slice() else {
        return script.items.is_empty();
    };
    let simple = |command: &Command| match command {
        Command::Simple(simple) => !runs_script(simple) && substitutions(simple).all(is_one_step),
        Command::Compound(_) => false,
    };
    item.and_or.rest.is_empty() && item.and_or.first.commands.iter().all(simple)
}

/// Whether a script holds a heredoc of the shell's own, whose body is no part of its commands, or an alias, which makes
/// a difference of quotes that do none otherwise.
fn is_opaque(script: &Script) -> bool {
    let heredoc = |operator: &str| operator.contains("<<") && !operator.contains("<<<");
    let mut found = false;
    script.visit(&mut |command| {
        found |= command
            .words
            .first()
            .is_some_and(|word| word.text == "alias");
        found |= command
            .redirects
            .iter()
            .any(|redirect| heredoc(&redirect.operator));
    });
    found || compound_heredoc(script)
}

fn compound_heredoc(script: &Script) -> bool {
    script
        .items
        .iter()
        .flat_map(|item| item.and_or.pipelines())
        .flat_map(|pipeline| &pipeline.commands)
        .any(|command| match command {
            Command::Simple(_) => false,
            Command::Compound(compound) => {
                let redirects = &compound.redirects;
                redirects
                    .iter()
                    .any(|redirect| redirect.operator.contains("<<"))
                    || compound.bodies.iter().any(compound_heredoc)
            }
        })
}

/// Tells each element which earlier ones it may depend on.
fn contexts(elements: &mut [Element<'_>], unsure: bool) {
    let mut carried: Vec<usize> = Vec::new();
    let mut services: Vec<usize> = Vec::new();
    let mut installers: Vec<usize> = Vec::new();
    let mut used: FxHashMap<&str, usize> = FxHashMap::default();
    let mut contexts: Vec<Vec<usize>> = Vec::with_capacity(elements.len());
    let nothing_new = !elements.iter().any(|element| element.effect.installs);
    for (number, element) in elements.iter().enumerate() {
        let mut context = carried.clone();
        if element.effect.notices {
            context.extend(&services);
        }
        if element.effect.remembers {
            context.extend(0..number);
        }
        if unsure {
            let inert = |earlier: &usize| {
                let earlier = elements.get(*earlier).and_then(Element::simple);
                earlier.is_some_and(is_inert)
            };
            if !element.effect.deaf {
                context.extend((0..number).filter(|earlier| !inert(earlier)));
            }
        }
        // Where nothing is installed, each program stays what it is.
        let commands = match nothing_new {
            true => &[],
            false => element.commands.as_slice(),
        };
        for command in commands {
            let found = |program: &Program<'_>| program.bare && !BUILTINS.contains(&program.name);
            let Some(program) = program(command).filter(found) else {
                continue;
            };
            if let Some(first) = used.get(program.name) {
                // The shell remembers where it found the program.
                let renews = |at: &usize| {
                    *at >= *first
                        && elements.get(*at).is_some_and(|earlier| {
                            let mut commands = earlier.commands.iter();
                            commands.any(|command| effect::may_install(command, program.name))
                        })
                };
                if installers.len() > MAX_INSTALLERS {
                    context.extend(&installers);
                } else {
                    context.extend(installers.iter().copied().filter(renews));
                }
            } else {
                used.insert(program.name, number);
            }
        }
        context.sort_unstable();
        context.dedup();
        contexts.push(context);
        if element.effect.shell || element.effect.process {
            carried.push(number);
        }
        if element.effect.service {
            services.push(number);
        }
        if element.effect.installs {
            installers.push(number);
        }
    }
    for (element, context) in elements.iter_mut().zip(contexts) {
        element.context = context;
    }
}
