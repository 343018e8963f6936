//! Whether the kernel can start the program of CMD or ENTRYPOINT by itself: a file of the build context that begins with a
//! `#!` line, or a program proper, which nothing changes after it was copied.

use super::directories::{is_within, plain_directory, state_after};
use super::processes::Processes;
use crate::commands::Invocation;
use crate::effects::Effects;
use crate::model::{Args, Instruction, InstructionKind};
use crate::rules::Context;
use crate::{ContextKind, Facts};

/// Whether a program is certainly such a file. The instruction must be in effect in its own stage alone.
pub(crate) fn starts_by_itself(
    ctx: &Context<'_>,
    processes: &Processes<'_>,
    instruction: &Instruction,
    program: &str,
) -> bool {
    let Some(stage) = instruction.stage.filter(|_| program.contains('/')) else {
        return false;
    };
    let analysis = ctx.analysis;
    let last = analysis.stage_instructions(stage).next_back();
    let workdir = last
        .and_then(|last| state_after(analysis, last))
        .and_then(|state| state.known_workdir());
    let Some(path) = plain_directory(program, workdir) else {
        return false;
    };
    let alone = processes
        .stages_of(instruction)
        .all(|(other, _)| other == stage);
    let mut from_the_end = analysis.stage_instructions(stage).rev();
    let source = from_the_end.find_map(|other| match other.kind {
        InstructionKind::Copy | InstructionKind::Add => arrives(ctx, other, &path),
        InstructionKind::Run => may_rewrite(ctx, other, &path).then_some(false),
        InstructionKind::Onbuild | InstructionKind::Unknown => Some(false),
        _ => None,
    });
    alone && source == Some(true)
}

/// Whether a COPY puts such a file at a path; `None` when it puts nothing there.
fn arrives(ctx: &Context<'_>, copy: &Instruction, path: &str) -> Option<bool> {
    let Args::Copy { sources, dest, .. } = &copy.args else {
        return Some(false);
    };
    let known = |text: &str| {
        let expanded = ctx.analysis.expand(copy, text).ok()?;
        expanded.value.known().map(str::to_owned)
    };
    let workdir = ctx
        .analysis
        .state(copy)
        .and_then(|state| state.known_workdir());
    let Some(target) = known(&dest.text).and_then(|dest| plain_directory(&dest, workdir)) else {
        return Some(false);
    };
    if !is_within(path, &target) {
        return None;
    }
    let harmless = |name: &str| matches!(name, "chown" | "chmod" | "link");
    let plain = copy.flags.iter().all(|flag| harmless(&flag.name)) && copy.heredocs.is_empty();
    let below = path
        .get(target.len()..)
        .unwrap_or_default()
        .trim_start_matches('/');
    let mut found = None;
    for source in sources {
        let source = known(&source.text).filter(|source| !source.contains(['*', '?', '[', '\\']));
        let Some(source) = source.filter(|_| plain) else {
            return Some(false);
        };
        let key = Facts::key(&source);
        let name = key.rsplit('/').next().unwrap_or(&key);
        let kind = match ctx.facts.lookup(&key) {
            Some(ContextKind::Directory) => ctx.facts.lookup(&format!("{key}/{below}")),
            // It arrives under its own name.
            Some(_) if !below.is_empty() && below != name => continue,
            kind => kind,
        };
        found = Some(kind == Some(ContextKind::Program));
    }
    found
}

/// Whether a RUN may change what a file holds. Another mode or owner doesn't count.
fn may_rewrite(ctx: &Context<'_>, run: &Instruction, path: &str) -> bool {
    let Some(state) = ctx.analysis.state(run) else {
        return true;
    };
    if !Effects::of_instruction(run, state).may_write(path) {
        return false;
    }
    let list = run.script().filter(|_| run.heredocs.is_empty());
    let Some(list) = list.and_then(|script| script.and_list()) else {
        return true;
    };
    let mut directory = state.known_workdir();
    list.iter().any(|pipeline| {
        let command = pipeline.simple().filter(|it| it.redirects.is_empty());
        let invocation = command.and_then(Invocation::of);
        let is = |names: &[&str]| {
            let invocation = invocation.as_ref();
            invocation.is_some_and(|it| names.iter().any(|name| it.is(name)))
        };
        let here = directory;
        if is(&["cd"]) {
            directory = None;
        }
        !is(&["chmod", "chown", "chgrp"]) && Effects::of_pipeline(pipeline, here).may_write(path)
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::exec_form::RULE;
    use crate::rules::testing::Tester;
    use crate::{ContextEntry, ContextKind, Facts};

    fn tester() -> Tester {
        let kinds = [
            ("start.sh", ContextKind::Program),
            ("bin/start.sh", ContextKind::Program),
            ("bin", ContextKind::Directory),
            ("bare.sh", ContextKind::File),
            ("link.sh", ContextKind::Other),
        ];
        let entry = |(name, kind): (&str, ContextKind)| (name.to_owned(), ContextEntry { kind });
        Tester::new(&RULE).facts(Facts {
            contexts: vec![kinds.map(entry).into()],
            ..Facts::default()
        })
    }

    #[test]
    fn scripts_of_the_context() {
        for (lines, program) in [
            ("COPY start.sh /", "/start.sh"),
            ("COPY start.sh /run.sh", "/run.sh"),
            ("ADD --chmod=755 a.conf start.sh /opt/", "/opt/start.sh"),
            ("COPY . /app", "/app/start.sh"),
            ("COPY . /app", "/app/bin/start.sh"),
            ("WORKDIR /app\nCOPY bin .", "./start.sh"),
            (
                "COPY start.sh /\nRUN chmod +x /start.sh && useradd a",
                "/start.sh",
            ),
            (
                "COPY start.sh /\nCOPY bare.sh /bare.sh\nUSER a",
                "/start.sh",
            ),
            (
                "COPY start.sh /a/\nWORKDIR /a\nRUN cd b && chmod 755 /a/start.sh",
                "./start.sh",
            ),
        ] {
            let text = |program: &str| format!("FROM debian\n{lines}\nCMD {program}\n");
            tester().check(&text(program), &text(&format!("[\"{program}\"]")));
        }
    }

    #[test]
    fn scripts_that_may_be_others() {
        for (lines, program) in [
            ("COPY bare.sh /", "/bare.sh"),
            ("COPY link.sh /", "/link.sh"),
            ("COPY start.sh /", "start.sh"),
            ("COPY start.sh /", "/other.sh"),
            ("COPY start.sh /\nCOPY bare.sh /start.sh", "/start.sh"),
            ("COPY start.sh /\nCOPY --from=a / /", "/start.sh"),
            ("COPY start.sh /\nCOPY none /start.sh", "/start.sh"),
            ("COPY --exclude=x start.sh /", "/start.sh"),
            ("COPY start.sh /\nRUN ./x", "/start.sh"),
            ("COPY start.sh /\nRUN sed -i 1d /start.sh", "/start.sh"),
            (
                "COPY start.sh /\nRUN chmod +x /start.sh > /start.sh",
                "/start.sh",
            ),
            (
                "COPY start.sh /\nRUN cd / && chmod +x a && rm start.sh",
                "/start.sh",
            ),
            ("COPY start.sh /\nWORKDIR $A", "./start.sh"),
            ("COPY *.sh /", "/start.sh"),
            ("COPY <<E /start.sh\n#!/bin/sh\nE", "/start.sh"),
            ("COPY start.sh $A", "/start.sh"),
        ] {
            let text = format!("FROM debian\n{lines}\nCMD {program}\n");
            tester().check_refused(&text, "#!");
        }
        let child =
            "FROM debian AS a\nCOPY start.sh /\nCMD /start.sh\nFROM a\nCOPY bare.sh /start.sh\n";
        tester().check_refused(child, "#!");
    }
}
