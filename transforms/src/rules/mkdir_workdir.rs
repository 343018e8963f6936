//! `mkdir-workdir`: a directory that the next WORKDIR makes anyway.

use super::Context;
use super::declare::declare_rule;
use super::support::directories::{
    is_ordinary, is_windows, is_within, may_inherit_group, plain_directory, state_after,
};
use super::support::passed_over::{not_made, passed_over, workdir_above, workdir_below};
use crate::Finding;
use crate::commands::{Leaves, changes_shell, leaves_process};
use crate::layout::Comments;
use crate::model::{
    Analysis, Args, Instruction, InstructionKind, Pipeline, SimpleCommand, State, join_path,
};

declare_rule! {
    /// A directory that the next `WORKDIR` makes needs no `mkdir`.
    ///
    /// ## Why
    ///
    /// `WORKDIR` creates its directory with all parents. The `mkdir` before it costs a layer and says the same twice.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN mkdir -p /srv/app
    /// WORKDIR /srv/app
    /// COPY . .
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// WORKDIR /srv/app
    /// COPY . .
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe when the user is known to be root, since otherwise `WORKDIR` may give the directory another owner or group; when
    /// it is `mkdir -p` with this one directory as a plain absolute path, so that it can't fail where `WORKDIR` succeeds; and
    /// when nothing before it in the same `RUN` changes what it does (`umask`). Below a directory that may be set-group-id
    /// it is unsafe: not every builder's `WORKDIR` hands the group on. So it is where no `RUN` or `COPY` follows the `WORKDIR`, or
    /// another `USER` or `WORKDIR` does first, or where the `COPY` has a `--chown`, unless `builder = "buildkit"` is set: buildah makes the directory only then.
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// USER 1000
    /// RUN mkdir -p /tmp/work
    /// WORKDIR /tmp/work
    /// ```
    ///
    /// ## Not reported
    ///
    /// A `mkdir` with a mode, with several directories, with a variable, or with something between it and the `WORKDIR` that
    /// could see the directory.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// RUN mkdir -p -m 700 /secret
    /// WORKDIR /secret
    /// RUN mkdir -p /a /b
    /// WORKDIR /a
    /// RUN mkdir -p /c
    /// RUN touch /c/d
    /// WORKDIR /c
    /// ```
    META: RuleMeta {
        id: "mkdir-workdir",
        aliases: [],
        group: Instructions,
        phase: Structure,
        severity: Info,
        fix: Safe,
        laws: [WorkdirCreates, LayersMerged],
        default: true,
        since: "0.1.0",
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let analysis = ctx.analysis;
    for run in ctx.of_kind(InstructionKind::Run) {
        let script = run.script().filter(|_| run.heredocs.is_empty());
        let Some(script) = script.filter(|_| !is_windows(analysis, run)) else {
            continue;
        };
        let (Some(list), [item]) = (script.and_list(), script.items.as_slice()) else {
            continue;
        };
        let Some((last, earlier)) = list.split_last() else {
            continue;
        };
        let Some(Mkdir {
            command,
            dir,
            parents,
        }) = last.simple().and_then(Mkdir::of)
        else {
            continue;
        };
        let Some(workdir) = maker(analysis, run, &dir) else {
            continue;
        };
        let message = format!("the WORKDIR below makes `{dir}` by itself");
        let finding =
            Finding::new(&META, command.range, message).relate(workdir.range, "made here as well");
        let edits = match earlier {
            [] => ctx
                .layout
                .remove_instruction(run, Comments::MoveTo(workdir)),
            _ => {
                let edit = ctx.layout.remove_command(run, &item.and_or, earlier.len());
                edit.into_iter().collect()
            }
        };
        let reason = refusal(analysis, run, workdir, earlier, parents, &dir)
            .or_else(|| left_out(ctx, run, workdir, earlier.is_empty()));
        let title = format!("Leave `{dir}` to the WORKDIR");
        findings.push(finding.offer(title, edits, reason));
    }
}

/// A `mkdir` of one directory.
struct Mkdir<'a> {
    command: &'a SimpleCommand,
    dir: String,
    /// Whether it has `-p`.
    parents: bool,
}

impl<'a> Mkdir<'a> {
    fn of(command: &'a SimpleCommand) -> Option<Self> {
        let (dir, parents) = match command.static_words()?.as_slice() {
            ["mkdir", "-p" | "--parents", dir] => (*dir, true),
            ["mkdir", dir] => (*dir, false),
            _ => return None,
        };
        let dir = plain_directory(dir, None).filter(|dir| dir != "/")?;
        Some(Self {
            command,
            dir,
            parents,
        })
    }
}

/// The WORKDIR that makes a directory before anything else can see it.
fn maker<'a>(analysis: &'a Analysis, run: &Instruction, dir: &str) -> Option<&'a Instruction> {
    let later = analysis
        .stage_instructions(run.stage?)
        .skip_while(|other| other.index <= run.index);
    for other in later {
        match (other.kind, &other.args) {
            (InstructionKind::Workdir, _) => {
                let made = state_after(analysis, other)?.known_workdir()?;
                return (join_path("/", made) == dir).then_some(other);
            }
            (InstructionKind::Copy | InstructionKind::Add, Args::Copy { dest, .. }) => {
                let expanded = analysis.expand(other, &dest.text).ok()?;
                let dest = expanded
                    .value
                    .known()
                    .filter(|dest| dest.starts_with('/'))?;
                let dest = join_path("/", dest);
                let link = other.flags_named("link").next().is_some();
                if link || dest == "/" || is_within(&dest, dir) || is_within(dir, &dest) {
                    return None;
                }
            }
            (
                InstructionKind::Label
                | InstructionKind::Maintainer
                | InstructionKind::Env
                | InstructionKind::Arg
                | InstructionKind::Expose
                | InstructionKind::Stopsignal
                | InstructionKind::User
                | InstructionKind::Cmd
                | InstructionKind::Entrypoint
                | InstructionKind::Healthcheck,
                _,
            ) => {}
            _ => return None,
        }
    }
    None
}

/// Why a directory may be missing afterwards: a builder may pass over the WORKDIR that is to make it, or over the one
/// above when the RUN between them is gone.
fn left_out(
    ctx: &Context<'_>,
    run: &Instruction,
    maker: &Instruction,
    run_goes: bool,
) -> Option<&'static str> {
    let analysis = ctx.analysis;
    not_made(ctx, maker).or_else(|| {
        let above = workdir_above(analysis, run).filter(|_| run_goes)?;
        let below = workdir_below(analysis, run)?;
        passed_over(ctx, above, state_after(analysis, below)?.known_workdir()?)
    })
}

/// Why leaving it out isn't safe.
fn refusal(
    analysis: &Analysis,
    run: &Instruction,
    workdir: &Instruction,
    earlier: &[&Pipeline],
    parents: bool,
    dir: &str,
) -> Option<&'static str> {
    let state = |instruction| analysis.state(instruction);
    let root = |instruction| state(instruction).is_some_and(State::is_root);
    if !root(run) || !root(workdir) {
        return Some(
            "the user is not known to be root, and WORKDIR may give the directory another owner than mkdir",
        );
    }
    if !state(run).is_some_and(State::plain_shell) {
        return Some("the shell is not known to be a plain `sh` or `bash`");
    }
    if !parents {
        return Some("without `-p` the build fails when the directory exists already");
    }
    if run.mounts().next().is_some() {
        return Some("a mount may lie where the directory is made");
    }
    if !is_ordinary(dir) {
        return Some("what is made there is no ordinary directory");
    }
    if may_inherit_group(analysis, run.stage, dir) {
        return Some(
            "a folder above may hand its group on, which not every builder's WORKDIR does",
        );
    }
    let commands = || earlier.iter().flat_map(|pipeline| &pipeline.commands);
    let plain = commands().all(|command| match command {
        crate::model::Command::Simple(simple) => {
            !changes_shell(simple) && leaves_process(simple) == Leaves::No
        }
        crate::model::Command::Compound(_) => false,
    });
    (!plain).then_some("commands before it in the RUN may change what mkdir does")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent, check_unsafe};

    #[test]
    fn folders_that_hand_their_group_on() {
        for (above, dir) in [
            ("FROM alpine:3.19\nRUN adduser -D app\n", "/home/app/work"),
            ("FROM debian:12\nRUN chmod 2775 /srv/a\n", "/srv/a/b"),
            (
                "FROM debian:12\nRUN install -d -m 03770 /srv/a\n",
                "/srv/a/b",
            ),
            ("FROM debian:12\nRUN chmod g+s /srv/a\n", "/srv/a/b"),
        ] {
            let text = format!("{above}RUN mkdir -p {dir}\nWORKDIR {dir}\n");
            check_refused(&RULE, &text, "hand its group on");
        }
        check(
            &RULE,
            "FROM node:20\nRUN chmod 755 /srv\nRUN mkdir -p /home/node/app\nWORKDIR /home/node/app\nEXPOSE 3000\nCOPY . .\n",
            "FROM node:20\nRUN chmod 755 /srv\nWORKDIR /home/node/app\nEXPOSE 3000\nCOPY . .\n",
        );
    }

    #[test]
    fn a_workdir_that_would_be_passed_over() {
        for text in [
            "FROM debian:12\nRUN mkdir -p /a\nWORKDIR /a\nWORKDIR /b\n",
            "FROM debian:12\nWORKDIR /a\nRUN mkdir -p /b\nWORKDIR /b\nRUN c\n",
            "FROM debian:12\nRUN mkdir -p /a\nWORKDIR /a\nUSER b\nRUN c\n",
            "FROM debian:12\nRUN mkdir -p /a\nWORKDIR /a\nCMD [\"b\"]\n",
            "FROM debian:12\nRUN mkdir -p /a\nWORKDIR /a\nCOPY --chown=1000 b .\n",
        ] {
            check_refused(&RULE, text, "not every builder");
        }
        check(
            &RULE,
            "FROM debian:12\nWORKDIR /a\nRUN mkdir -p /a/b\nWORKDIR /a/b\nRUN c\n",
            "FROM debian:12\nWORKDIR /a\nWORKDIR /a/b\nRUN c\n",
        );
    }

    #[test]
    fn the_last_command_of_a_list() {
        check(
            &RULE,
            "FROM debian:12\nRUN apt-get update \\\n # why\n && apt-get install -y a \\\n && mkdir -p /b/\n\nWORKDIR /b\nRUN c\n",
            "FROM debian:12\nRUN apt-get update \\\n # why\n && apt-get install -y a\n\nWORKDIR /b\nRUN c\n",
        );
    }

    #[test]
    fn comments_go_to_the_workdir() {
        check(
            &RULE,
            "FROM debian:12\n# data\nRUN mkdir -p /b\nENV C=/b\n# start\nWORKDIR $C\nCOPY d .\n",
            "FROM debian:12\nENV C=/b\n# data\n# start\nWORKDIR $C\nCOPY d .\n",
        );
    }

    #[test]
    fn without_parents_it_is_a_test() {
        check_unsafe(
            &RULE,
            "FROM debian:12\nRUN mkdir /b\nWORKDIR /b\n",
            "FROM debian:12\nWORKDIR /b\n",
        );
    }

    #[test]
    fn owners_and_masks() {
        let why = "not known to be root";
        check_refused(
            &RULE,
            "FROM example.org/a\nRUN mkdir -p /b\nWORKDIR /b\n",
            why,
        );
        check_refused(
            &RULE,
            "FROM debian:12\nRUN mkdir -p /b\nUSER c\nWORKDIR /b\n",
            why,
        );
        check_refused(
            &RULE,
            "FROM debian:12\nRUN umask 077 && mkdir -p /b\nWORKDIR /b\n",
            "may change",
        );
        check_refused(
            &RULE,
            "FROM debian:12\nRUN --mount=type=cache,target=/b mkdir -p /b/c\nWORKDIR /b/c\n",
            "a mount",
        );
    }

    #[test]
    fn what_could_see_it() {
        for between in ["RUN c", "COPY c /b/", "COPY c /", "COPY c d", "VOLUME /b"] {
            let text = format!("FROM debian:12\nRUN mkdir -p /b\n{between}\nWORKDIR /b\n");
            check_silent(&RULE, &text);
        }
        check_silent(&RULE, "FROM debian:12\nRUN mkdir -p /b\nWORKDIR /c\n");
        check_silent(&RULE, "FROM debian:12\nRUN mkdir -p /b/{c,d}\nWORKDIR /b\n");
        check_silent(
            &RULE,
            "FROM debian:12\nRUN mkdir -p /b || true\nWORKDIR /b\n",
        );
    }
}
