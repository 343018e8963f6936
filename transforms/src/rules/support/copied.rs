//! What `copy-chown` and `copy-chmod` share: a COPY, and the command right after it that changes what was copied. The
//! flags of COPY also hold for directories that it creates on the way, and not for a directory that is there already
//! (semantics B.9), so much depends on what is certainly new and what is certainly there.

use super::directories::{exists, is_within, plain_directory, state_after};
use crate::commands::Invocation;
use crate::effects::Effects;
use crate::layout::Comments;
use crate::model::{
    Analysis, AndOr, Args, Base, Command, Instruction, InstructionKind, State, Word, join_path,
};
use crate::rules::{Context, RuleMeta};
use crate::{Edit, Finding};

/// A COPY and the command right after it.
pub(crate) struct Copied<'a> {
    /// The COPY.
    pub(crate) copy: &'a Instruction,
    /// Its sources.
    pub(crate) sources: &'a [Word],
    /// The destination, expanded.
    pub(crate) dest: String,
    /// The destination, absolute and cleaned.
    pub(crate) target: String,
    /// The RUN.
    pub(crate) run: &'a Instruction,
    list: &'a AndOr,
    /// The words of its first command.
    pub(crate) words: Vec<&'a str>,
}

impl<'a> Copied<'a> {
    /// The pairs of a file in which the command is `program`.
    pub(crate) fn all(ctx: &Context<'a>, program: &'static str) -> impl Iterator<Item = Self> {
        let analysis = ctx.analysis;
        ctx.of_kind(InstructionKind::Copy)
            .filter_map(move |copy| Self::of(analysis, copy, program))
            .filter(|found| !ctx.is_frozen(found.run))
    }

    fn of(analysis: &'a Analysis, copy: &'a Instruction, program: &str) -> Option<Self> {
        let stage = analysis.stages.get(copy.stage?)?;
        let Args::Copy { sources, dest, .. } = &copy.args else {
            return None;
        };
        let run = analysis.instructions.get(copy.index + 1)?;
        let follows = run.kind == InstructionKind::Run && run.stage == copy.stage;
        if !follows || stage.windows || !run.heredocs.is_empty() {
            return None;
        }
        let list = &run.script()?.items.first()?.and_or;
        let command = list.first.simple()?;
        if !command.assignments.is_empty() || !command.redirects.is_empty() {
            return None;
        }
        let words: Option<Vec<&str>> = command
            .words
            .iter()
            .map(|word| word.value.as_deref())
            .collect();
        let words = words.filter(|words| words.first() == Some(&program))?;
        let expanded = analysis.expand(copy, &dest.text).ok()?;
        let dest = match expanded.value.known()? {
            "" => ".",
            dest => dest,
        };
        let workdir = analysis.state(copy)?.known_workdir();
        let target = match dest.starts_with('/') {
            true => join_path("/", dest),
            false => join_path(workdir?, dest),
        };
        Some(Self {
            copy,
            sources,
            dest: dest.to_owned(),
            target,
            run,
            list,
            words,
        })
    }

    /// A path of the command, absolute and cleaned.
    pub(crate) fn path(&self, ctx: &Context<'_>, path: &str) -> Option<String> {
        let workdir = ctx.analysis.state(self.run)?.known_workdir();
        plain_directory(path, workdir)
    }

    /// Why the command can't be part of the COPY, whatever the COPY copies.
    pub(crate) fn obstacle(&self, ctx: &Context<'_>) -> Option<&'static str> {
        let state = ctx.analysis.state(self.run);
        let named = |name: &str| self.copy.flags_named(name).next().is_some();
        let pure = self
            .run
            .script()
            .is_some_and(|script| script.and_list().is_some() && !script.bashism);
        if named("from") {
            Some(
                "what another stage holds may have special bits, which the command removes and COPY keeps",
            )
        } else if ["link", "parents", "exclude"]
            .iter()
            .any(|name| named(name))
        {
            Some("the flags of the COPY change what belongs to it")
        } else if !pure {
            Some("the RUN is more than commands joined by `&&`")
        } else if !self.run.flags.is_empty() {
            Some("the flags of the RUN hold for this RUN alone")
        } else if !state.is_some_and(State::plain_shell) {
            Some("the shell is not known to be a plain `sh` or `bash`")
        } else if !state.is_some_and(State::is_root) {
            Some("the user is not known to be root")
        } else {
            None
        }
    }

    /// Why a flag of the COPY would hold for more or less than the command: the destination may be there already, or
    /// directories above it may be new.
    pub(crate) fn unlike(&self, ctx: &Context<'_>) -> Option<&'static str> {
        let (parent, _) = self.target.rsplit_once('/')?;
        let parent = if parent.is_empty() { "/" } else { parent };
        if !is_new(ctx.analysis, self.copy, &self.target) {
            Some(
                "the destination may be there already, and then a flag of the COPY does not hold for it",
            )
        } else if !exists(ctx.analysis, self.copy, parent) {
            Some("the directory above the destination may be new, and would get the flag too")
        } else {
            None
        }
    }

    /// The finding: the command writes every file a second time.
    pub(crate) fn finding(&self, meta: &'static RuleMeta) -> Finding {
        let message = format!(
            "`{}` puts a second copy of what it changes into another layer",
            self.words.first().unwrap_or(&"")
        );
        Finding::new(meta, self.list.first.range, message).relate(self.copy.range, "copied here")
    }

    /// Adds a fix: the flag for the COPY, and no command. A reason makes it unsafe.
    pub(crate) fn rewrite(
        &self,
        ctx: &Context<'_>,
        finding: Finding,
        flag: &str,
        reason: Option<&str>,
    ) -> Finding {
        let mut edits: Vec<Edit> = vec![ctx.layout.insert_word(self.copy.keyword, flag)];
        match self.list.rest.is_empty() {
            true => edits.extend(
                ctx.layout
                    .remove_instruction(self.run, Comments::MoveTo(self.copy)),
            ),
            false => match ctx.layout.remove_first_commands(self.run, self.list, 1) {
                Some(edit) => edits.push(edit),
                None => return finding,
            },
        }
        finding.offer(format!("Copy with `{flag}`"), edits, reason)
    }
}

/// Whether nothing can have made a path before an instruction: it lies where distributions and packages have nothing of
/// their own, and nothing above it in the stage or in the stages that it is built on may have touched it.
fn is_new(analysis: &Analysis, before: &Instruction, path: &str) -> bool {
    let names: Vec<&str> = path.split('/').skip(1).collect();
    let own_place = match names.as_slice() {
        [
            "app" | "code" | "site" | "service" | "application" | "project",
            ..,
        ] => true,
        ["srv", _, ..] | ["usr", "local", "bin", _] => true,
        // `/entrypoint.sh`: no distribution has a file with an ending there.
        [name] => name.contains('.'),
        _ => false,
    };
    if !own_place {
        return false;
    }
    let mut end = before.index;
    let mut stage = before.stage.and_then(|stage| analysis.stages.get(stage));
    while let Some(current) = stage {
        let above = analysis.stage_instructions(current.index);
        let touched = above
            .take_while(|other| other.index < end)
            .any(|other| may_make(analysis, other, path));
        if touched {
            return false;
        }
        end = usize::MAX;
        stage = match current.base {
            Base::Stage(parent) if parent < current.index => analysis.stages.get(parent),
            _ => {
                let config = analysis.base_config(current.index);
                return config.is_some_and(|config| {
                    let inside =
                        |dir: &str| is_within(dir, path) || is_within(path, dir) && dir != "/";
                    let workdir = config.workdir.as_deref();
                    config.distribution.is_some() && !workdir.is_none_or(inside)
                });
            }
        };
    }
    false
}

/// Whether an instruction may make a path.
fn may_make(analysis: &Analysis, instruction: &Instruction, path: &str) -> bool {
    let related = |other: &str| is_within(other, path) || is_within(path, other);
    match (instruction.kind, &instruction.args) {
        (InstructionKind::Workdir, _) => state_after(analysis, instruction)
            .and_then(State::known_workdir)
            .is_none_or(|dir| is_within(&join_path("/", dir), path)),
        (InstructionKind::Copy | InstructionKind::Add, Args::Copy { dest, .. }) => {
            let expanded = analysis.expand(instruction, &dest.text).ok();
            let dest = expanded.as_ref().and_then(|done| done.value.known());
            let workdir = analysis.state(instruction).and_then(State::known_workdir);
            match (dest, workdir) {
                (Some(dest), _) if dest.starts_with('/') => related(&join_path("/", dest)),
                (Some(dest), Some(workdir)) => related(&join_path(workdir, dest)),
                _ => true,
            }
        }
        (InstructionKind::Run, _) => run_may_make(analysis, instruction, path),
        (InstructionKind::Onbuild | InstructionKind::Unknown, _) => true,
        _ => false,
    }
}

/// Package managers and tools for users are trusted to leave alone what isn't the system's, as long as they don't name it.
fn run_may_make(analysis: &Analysis, run: &Instruction, path: &str) -> bool {
    let state = analysis.state(run);
    let Some(script) = run
        .script()
        .filter(|_| state.is_some_and(State::plain_shell))
    else {
        return true;
    };
    if analysis.text(run.range).contains(path) {
        return true;
    }
    let Some(list) = script.and_list() else {
        return true;
    };
    let system = [
        "apt-get",
        "apt",
        "apk",
        "dnf",
        "yum",
        "microdnf",
        "useradd",
        "groupadd",
        "adduser",
        "addgroup",
        "update-ca-certificates",
    ];
    let mut commands = list.iter().flat_map(|pipeline| &pipeline.commands);
    let mut workdir = state.and_then(State::known_workdir);
    commands.any(|command| match command {
        Command::Simple(command) => {
            let program = Invocation::of(command);
            if program.as_ref().is_some_and(|program| program.is("cd")) {
                workdir = None;
            }
            let tool = program.is_some_and(|program| {
                program.is_any(&system)
                    && (program.all_static() || program.is_any(&["apt-get", "apt", "apk"]))
            });
            let effects = Effects::of_command(command, workdir);
            !tool && (effects.everything || effects.may_write(path))
        }
        Command::Compound(_) => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use dfix_syntax::SourceText;

    fn check_new(lines: &str, path: &str, expected: bool) {
        let text = format!("FROM debian:12\n{lines}\nCOPY x {path}\n");
        let source = SourceText::new(text.as_bytes()).expect("a good text");
        let analysis = Analysis::new(source, &Settings::default());
        let last = analysis.instructions.last().expect("an instruction");
        assert_eq!(is_new(&analysis, last, path), expected, "{text}");
    }

    #[test]
    fn what_is_new() {
        for (lines, path, expected) in [
            ("", "/app", true),
            ("", "/srv/site", true),
            ("", "/srv", false),
            ("", "/etc/app", false),
            ("", "/run.sh", true),
            ("", "/sbin", false),
            (
                "RUN apt-get update && apt-get install -y $PACKAGES",
                "/app",
                true,
            ),
            ("RUN useradd -m -d /app app", "/app", false),
            ("RUN useradd -m -d $HOME app", "/app", false),
            ("RUN mkdir -p /app/logs", "/app", false),
            ("RUN mkdir -p /logs", "/app", true),
            ("RUN mkdir -p $LOGS", "/app", false),
            ("RUN make install", "/app", false),
            ("RUN cd / && mkdir app", "/app", false),
            ("WORKDIR /app", "/app", false),
            ("WORKDIR /app/sub", "/app", false),
            ("WORKDIR /srv", "/srv/site", true),
            ("WORKDIR $X", "/srv/site", false),
            ("COPY y /", "/app", false),
            ("COPY y /app/", "/app", false),
            ("COPY y /etc/y", "/app", true),
        ] {
            check_new(lines, path, expected);
        }
    }
}
