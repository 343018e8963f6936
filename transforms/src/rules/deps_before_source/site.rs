//! Where the sources come before an install: a COPY of a folder, and the first RUN below it that installs.

use dfix_syntax::TextRange;

use super::recipe::{RECIPES, Recipe, Role};
use crate::commands::Invocation;
use crate::effects::Effects;
use crate::model::{
    Args, Connective, Instruction, InstructionKind, Pipeline, Script, SeparatorKind, SimpleCommand,
    State, Word, join_path,
};
use crate::rules::Context;
use crate::rules::support::directories::{is_windows, is_within};
use crate::rules::support::tools::{is_system, is_tool};
use crate::{ContextKind, Facts, Project};

/// A COPY of a folder of the context that stands above an install.
pub(super) struct Site<'a> {
    /// The COPY or ADD.
    pub(super) copy: &'a Instruction,
    /// The folder of the context that it takes.
    pub(super) root: String,
    /// Its destination as written.
    pub(super) dest: &'a Word,
    /// Its destination, absolute.
    pub(super) target: String,
    /// The RUN with the install.
    pub(super) run: &'a Instruction,
    /// The commands of the RUN, joined by `&&`.
    pub(super) pipelines: Vec<&'a Pipeline>,
    /// How many of them run without the sources; all, or those before the first that may need them.
    pub(super) early: usize,
    /// The `cd` commands among those, which hold for the later ones as well.
    pub(super) moves: Vec<&'a SimpleCommand>,
    /// The installs, or the one command that builds.
    pub(super) installs: Vec<Install<'a>>,
    /// What stands between the two.
    pub(super) between: Vec<&'a Instruction>,
}

/// A command that installs.
pub(super) struct Install<'a> {
    pub(super) recipe: &'static Recipe,
    pub(super) role: Role,
    pub(super) command: Invocation<'a>,
    pub(super) range: TextRange,
    /// Where it runs, absolute.
    pub(super) directory: String,
}

impl<'a> Site<'a> {
    /// All places of a file, one for each COPY at most.
    pub(super) fn all(ctx: &Context<'a>, project: &Project) -> Vec<Self> {
        let copies = ctx
            .instructions()
            .filter(|it| matches!(it.kind, InstructionKind::Copy | InstructionKind::Add));
        copies
            .filter_map(|copy| Self::of(ctx, project, copy))
            .collect()
    }

    /// A COPY of a folder to a directory, with no install yet.
    pub(super) fn new(copy: &'a Instruction, dest: &'a Word, root: &str, target: &str) -> Self {
        Self {
            copy,
            root: root.to_owned(),
            dest,
            target: target.to_owned(),
            run: copy,
            pipelines: Vec::new(),
            early: 0,
            moves: Vec::new(),
            installs: Vec::new(),
            between: Vec::new(),
        }
    }

    /// The same without what was found.
    pub(super) fn clone_empty(&self) -> Self {
        Self::new(self.copy, self.dest, &self.root, &self.target)
    }

    fn of(ctx: &Context<'a>, project: &Project, copy: &'a Instruction) -> Option<Self> {
        let analysis = ctx.analysis;
        let Args::Copy { sources, dest, .. } = &copy.args else {
            return None;
        };
        let [source] = sources.as_slice() else {
            return None;
        };
        let foreign = copy.flags.iter().any(|flag| {
            matches!(
                flag.name.as_str(),
                "from" | "parents" | "exclude" | "checksum"
            )
        });
        if foreign || !copy.heredocs.is_empty() || is_windows(analysis, copy) {
            return None;
        }
        let plain = |text: &str| !text.contains(['$', '*', '?', '[', '\\', '"', '\'']);
        let root = Facts::key(&source.text);
        let local = plain(&source.text) && !source.text.contains("://");
        if !local || project.kind(&root) != Some(ContextKind::Directory) {
            return None;
        }
        let written = match dest.text.contains('$') {
            true => analysis
                .expand(copy, &dest.text)
                .ok()?
                .value
                .known()?
                .to_owned(),
            false => dest.text.to_string(),
        };
        if !plain(&written) {
            return None;
        }
        let target = absolute(&written, analysis.state(copy)?);
        let mut site = Self::new(copy, dest, &root, &target);
        let below = analysis.stage_instructions(copy.stage?);
        for instruction in below.filter(|other| other.index > copy.index) {
            if ctx.is_frozen(instruction) {
                return None;
            }
            if instruction.kind == InstructionKind::Run && site.take(ctx, instruction)? {
                return Some(site);
            }
            if instruction.kind != InstructionKind::Run && !site.passes(ctx, instruction) {
                return None;
            }
            site.between.push(instruction);
        }
        None
    }

    /// Whether the COPY can stand below another instruction as well, so far as the files are concerned.
    pub(super) fn passes(&self, ctx: &Context<'_>, other: &Instruction) -> bool {
        match other.kind {
            InstructionKind::Copy | InstructionKind::Add => {
                let Some(state) = ctx.analysis.state(other) else {
                    return false;
                };
                let effects = Effects::of_instruction(other, state);
                self.harmless(&effects)
            }
            InstructionKind::Volume | InstructionKind::Onbuild | InstructionKind::Unknown => false,
            InstructionKind::Env | InstructionKind::Arg => {
                !ctx.analysis.text(self.copy.range).contains('$')
            }
            _ => true,
        }
    }

    /// Looks at a RUN. `true`: it installs. `false`: it has nothing to do with the sources. `None`: it may need them.
    pub(super) fn take(&mut self, ctx: &Context<'a>, run: &'a Instruction) -> Option<bool> {
        let state = ctx.analysis.state(run)?;
        let bound = run.flags_named("mount").any(|flag| {
            let value = flag.value.as_deref().unwrap_or_default();
            !["type=cache", "type=secret", "type=ssh", "type=tmpfs"]
                .iter()
                .any(|kind| value.contains(kind))
        });
        let known_shell = state.shell.is_none() || state.plain_shell();
        if bound || !known_shell {
            return None;
        }
        let script = run.script()?;
        let chain = script.and_list().filter(|_| run.heredocs.is_empty());
        // What is no chain is never parted.
        let is_chain = chain.is_some();
        let Some(pipelines) = chain.or_else(|| lines(ctx, run, script)) else {
            let effects = Effects::of_instruction(run, state);
            return self.harmless(&effects).then_some(false);
        };
        let mut directory = Some(workdir_of(state));
        let mut moves = Vec::new();
        let mut installs: Vec<Install<'a>> = Vec::new();
        let mut early = 0;
        let mut entered: Vec<(usize, String)> = Vec::new();
        for pipeline in &pipelines {
            let Some(command) = pipeline.simple() else {
                let effects = Effects::of_pipeline(pipeline, directory.as_deref());
                if self.harmless(&effects) {
                    early += 1;
                    continue;
                }
                break;
            };
            if let Some(["cd", to]) = command.static_words().as_deref() {
                directory = absolute_directory(to, directory.as_deref());
                moves.push(command);
                entered.extend(directory.clone().map(|directory| (early, directory)));
                early += 1;
                continue;
            }
            let invocation = Invocation::of(command);
            let found = invocation.and_then(|invocation| {
                let recipe = RECIPES
                    .iter()
                    .find_map(|recipe| Some((recipe, (recipe.role)(&invocation)?)));
                let (recipe, role) = recipe?;
                let inside = directory.clone().filter(|dir| is_within(dir, &self.target));
                let directory = inside.or_else(|| self.by_absolute_paths(&invocation))?;
                Some(Install {
                    recipe,
                    role,
                    command: invocation,
                    range: command.range,
                    directory,
                })
            });
            match found {
                Some(install) if install.role == Role::Install => installs.push(install),
                // What it installs on the way can be brought before.
                Some(install) if installs.is_empty() => {
                    installs.push(install);
                    break;
                }
                Some(_) => break,
                None if self.needs_no_source(command, directory.as_deref()) => {}
                None => break,
            }
            early += 1;
        }
        if installs.is_empty() {
            return (early == pipelines.len()).then_some(false);
        }
        let builds = installs.iter().any(|it| it.role == Role::Build);
        if !is_chain && !builds && early < pipelines.len() {
            return None;
        }
        // What is entered last is for the commands below it.
        while is_chain && early < pipelines.len() && early > 0 && is_move(pipelines.get(early - 1))
        {
            early -= 1;
            moves.pop();
        }
        // A folder in which nothing is installed comes with the sources.
        let missing = entered.iter().any(|(at, directory)| {
            let has = |install: &Install<'_>| is_within(&install.directory, directory);
            *at < early && is_within(directory, &self.target) && !installs.iter().any(has)
        });
        if missing {
            return None;
        }
        self.run = run;
        self.moves = moves;
        self.early = early;
        self.pipelines = pipelines;
        self.installs = installs;
        Some(true)
    }

    /// Where a command might as well run that names all its files by absolute paths.
    fn by_absolute_paths(&self, command: &Invocation<'_>) -> Option<String> {
        let mut files = command.uses("-r").chain(command.uses("-c")).peekable();
        files.peek()?;
        let all = files.all(|flag| {
            let value = flag.value.as_ref().and_then(|value| value.text.as_deref());
            value.is_some_and(|path| path.starts_with('/') && is_within(path, &self.target))
        });
        all.then(|| self.target.clone())
    }

    /// The command of the second part that removes packages of the distribution, or `None`.
    pub(super) fn uninstalls_later(&self) -> bool {
        self.later().any(|command| {
            is_system(&command)
                && command.sub_any(&["remove", "purge", "autoremove", "del", "erase"])
        })
    }

    /// Whether the second part removes something.
    pub(super) fn removes_later(&self) -> bool {
        self.later()
            .any(|command| command.is("rm") || command.sub_any(&["prune"]))
    }

    /// The last command of the second part, when it cleans the cache of the package manager that has installed and nothing
    /// else is left but commands before it.
    pub(super) fn cleans_at_end(&self) -> Option<TextRange> {
        let (last, rest) = self.pipelines.split_last()?;
        let command = Invocation::of(last.simple()?)?;
        let cleans = command.sub_any(&["cache clean", "cache purge", "store prune", "clear-cache"]);
        let same = self
            .installs
            .iter()
            .any(|it| it.command.name() == command.name());
        (cleans && same && rest.len() > self.early).then_some(last.range)
    }

    fn later(&self) -> impl Iterator<Item = Invocation<'a>> {
        let later = self.pipelines.get(self.early..).unwrap_or_default();
        later.iter().filter_map(|it| Invocation::of(it.simple()?))
    }

    /// Whether a command has nothing to do with the sources: by what it touches, or because it installs a named tool.
    fn needs_no_source(&self, command: &SimpleCommand, directory: Option<&str>) -> bool {
        let Some(invocation) = Invocation::of(command) else {
            return false;
        };
        let system = is_system(&invocation) && super::recipe::names_packages(&invocation);
        system || is_tool(&invocation) || self.harmless(&Effects::of_command(command, directory))
    }

    fn harmless(&self, effects: &Effects) -> bool {
        !self.target.contains(UNKNOWN)
            && !effects.everything
            && !effects.may_read(&self.target)
            && !effects.may_write(&self.target)
            && !effects.may_replace(&self.target)
    }
}

/// Stands at the start of a directory that is not known, but is the same wherever it stands for the same.
pub(super) const UNKNOWN: char = '\0';

/// The working directory of a state, absolute and cleaned; one that is not known has a name of its own.
pub(super) fn workdir_of(state: &State) -> String {
    match (&state.workdir, state.known_workdir()) {
        (_, Some(known)) => join_path("/", known),
        (Some(value), None) => format!("/{UNKNOWN}{}", value.to_string().replace('/', "\u{1}")),
        (None, None) => format!("/{UNKNOWN}"),
    }
}

/// A destination, absolute and cleaned.
pub(super) fn absolute(dest: &str, state: &State) -> String {
    match dest.starts_with('/') {
        true => join_path("/", dest),
        false => join_path(&workdir_of(state), dest),
    }
}

/// The commands of a script that are done one after the other: a list with `;`, or the lines of a heredoc.
fn lines<'a>(
    ctx: &Context<'_>,
    run: &Instruction,
    script: &'a Script,
) -> Option<Vec<&'a Pipeline>> {
    let text = match run.heredocs.as_slice() {
        [] => true,
        [heredoc] => {
            let body = ctx.analysis.text(heredoc.body);
            heredoc.body.contains_range(script.range) && !body.starts_with("#!")
        }
        _ => false,
    };
    let mut items = script.items.iter();
    let plain = items.all(|item| {
        let background = SeparatorKind::Background;
        let mut rest = item.and_or.rest.iter();
        let mut pipelines = item.and_or.pipelines();
        item.end.is_none_or(|end| end.kind != background)
            && rest.all(|(connective, ..)| *connective == Connective::And)
            && pipelines.all(|pipeline| !pipeline.negated && !pipeline.timed)
    });
    let items = script.items.iter().flat_map(|item| item.and_or.pipelines());
    (text && plain && script.heredocs.is_empty()).then(|| items.collect())
}

/// Whether a command of a list is a `cd`.
fn is_move(pipeline: Option<&&Pipeline>) -> bool {
    let command = pipeline.and_then(|pipeline| pipeline.simple());
    let words = command.and_then(SimpleCommand::static_words);
    words.is_some_and(|words| words.first() == Some(&"cd"))
}

/// Where a `cd` leads.
fn absolute_directory(to: &str, from: Option<&str>) -> Option<String> {
    match to {
        to if to.starts_with('/') => Some(join_path("/", to)),
        to if to.starts_with(['-', '~']) || to.split('/').any(|name| name == "..") => None,
        to => Some(join_path(from?, to)),
    }
}
