//! `duplicate-workdir`: a WORKDIR that changes nothing.

use super::Context;
use super::declare::declare_rule;
use crate::effects::Effects;
use crate::layout::Comments;
use crate::model::{Analysis, Args, Instruction, InstructionKind};
use crate::{Applicability, Finding, Fix};

declare_rule! {
    /// A `WORKDIR` that names the directory in force is removed.
    ///
    /// ## Why
    ///
    /// It changes nothing, but it makes a layer and reads as if the directory had been another one.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM node:20-slim
    /// WORKDIR /app
    /// COPY package.json .
    /// WORKDIR /app
    /// RUN npm install
    /// ```
    ///
    /// ```dockerfile
    /// FROM node:20-slim
    /// WORKDIR /app
    /// COPY package.json .
    /// RUN npm install
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the first WORKDIR has made the directory, and nothing between the two could have removed it.
    ///
    /// ## Not reported
    ///
    /// A relative path other than `.`, since each one goes deeper, and a directory that is set for the first time in its stage.
    /// Where a command between the two might remove or replace the directory, or isn't known, the fix is unsafe.
    ///
    /// ```dockerfile,silent
    /// FROM node:20-slim
    /// WORKDIR app
    /// WORKDIR app
    /// ```
    META: RuleMeta {
        id: "duplicate-workdir",
        aliases: [],
        group: Instructions,
        phase: Structure,
        severity: Info,
        fix: Safe,
        laws: [WorkdirCreates],
        default: true,
        since: "0.1.0",
        nature: Unnecessary,
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for instruction in ctx.of_kind(InstructionKind::Workdir) {
        let Some(before) = ctx
            .analysis
            .state(instruction)
            .and_then(|state| state.known_workdir())
        else {
            continue;
        };
        if !names(instruction, before) {
            continue;
        }
        let Some((first, suspect)) = setter(ctx.analysis, instruction, before) else {
            continue;
        };
        let finding = Finding::new(
            &META,
            instruction.range,
            format!("the working directory is `{before}` already"),
        )
        .relate(first.range, "set here");
        let edits = ctx.layout.remove_instruction(instruction, Comments::Stay);
        let title = "Remove the WORKDIR that changes nothing";
        let fix = |applicability| Fix::new(title, applicability, META.laws, edits);
        findings.push(match suspect {
            None => finding.with_fix(fix(Applicability::Safe)),
            Some(other) => finding
                .with_fix(fix(Applicability::Unsafe))
                .refuse("what stands between the two might remove the directory, which WORKDIR would make again")
                .relate(other.range, "this one"),
        });
    }
}

/// Whether a WORKDIR names a directory, as BuildKit stores it (B.6).
fn names(instruction: &Instruction, directory: &str) -> bool {
    let Args::Value(path) = &instruction.args else {
        return false;
    };
    let plain = !path.text.contains(['$', '"', '\'', '\\', '`']);
    plain && (path.text == directory || matches!(path.text.as_str(), "." | "./"))
}

/// The WORKDIR of the same stage that is in force before an instruction, and the last instruction between the two after
/// which the directory may be gone or another one.
fn setter<'a>(
    analysis: &'a Analysis,
    instruction: &Instruction,
    directory: &str,
) -> Option<(&'a Instruction, Option<&'a Instruction>)> {
    let stage = analysis.stages.get(instruction.stage?)?;
    let above = analysis
        .instructions
        .get(stage.instructions.start..instruction.index)?;
    let mut suspect = None;
    for other in above.iter().rev() {
        if other.kind == InstructionKind::Workdir {
            return Some((other, suspect));
        }
        if suspect.is_none() && may_replace(analysis, other, directory) {
            suspect = Some(other);
        }
    }
    None
}

/// Whether a directory may be gone, or be another one, after an instruction.
fn may_replace(analysis: &Analysis, instruction: &Instruction, directory: &str) -> bool {
    match instruction.kind {
        _ if directory == "/" => false,
        InstructionKind::Unknown => true,
        // A layer of its own is laid over what is there.
        InstructionKind::Copy | InstructionKind::Add => instruction.flag("link").is_some(),
        InstructionKind::Run => {
            let state = analysis
                .state(instruction)
                .filter(|_| instruction.script().is_some());
            let effects = state.map(|state| Effects::of_instruction(instruction, state));
            effects.is_none_or(|effects| effects.may_replace(directory))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent, check_unsafe};

    #[test]
    fn a_dot_changes_nothing() {
        check(
            &RULE,
            "FROM a\nWORKDIR /b\nWORKDIR .\nCMD c\n",
            "FROM a\nWORKDIR /b\nCMD c\n",
        );
    }

    #[test]
    fn neighbours_and_many() {
        check(
            &RULE,
            "FROM a\nWORKDIR /b\nWORKDIR /b\nWORKDIR /b\n",
            "FROM a\nWORKDIR /b\n",
        );
    }

    #[test]
    fn comments_stay() {
        check(
            &RULE,
            "FROM a\nWORKDIR /b\n\n# go\nWORKDIR /b\nCOPY c d\n",
            "FROM a\nWORKDIR /b\n\n# go\nCOPY c d\n",
        );
    }

    #[test]
    fn what_leaves_the_directory_alone() {
        for between in [
            "RUN touch c && mkdir -p d/e",
            "RUN rm -rf c /tmp/*",
            "RUN apt-get update && apt-get install -y c",
            "COPY . /",
            "COPY --chown=c d /b",
            "ENV c=d\nUSER e\nVOLUME /b",
        ] {
            check(
                &RULE,
                &format!("FROM debian:12\nWORKDIR /b\n{between}\nWORKDIR /b\n"),
                &format!("FROM debian:12\nWORKDIR /b\n{between}\n"),
            );
        }
        check(
            &RULE,
            "FROM debian:12\nWORKDIR /\nRUN ./c\nWORKDIR /\n",
            "FROM debian:12\nWORKDIR /\nRUN ./c\n",
        );
    }

    #[test]
    fn what_might_replace_it() {
        for between in [
            "RUN rm -rf /b",
            "RUN cd / && rm -rf b",
            "RUN rm -rf $C",
            "RUN mv /b /c && ln -s /c /b",
            "RUN touch c && ./d",
            "RUN [\"rm\", \"-rf\", \"/b\"]",
            "RUN --mount=type=cache,target=/c touch d",
            "COPY --link c /b",
        ] {
            let text = format!("FROM debian:12\nWORKDIR /b\n{between}\nWORKDIR /b\n");
            check_refused(&RULE, &text, "might remove");
        }
        // A script that is run as a file.
        check_refused(
            &RULE,
            "FROM a\nWORKDIR /b\nRUN <<EOF\n#!/bin/sh\nrm -r /b\nEOF\nWORKDIR /b\n",
            "might remove",
        );
        check_unsafe(
            &RULE,
            "FROM a\nWORKDIR /b\nRUN c\nWORKDIR /b\n",
            "FROM a\nWORKDIR /b\nRUN c\n",
        );
    }

    #[test]
    fn other_directories_and_stages() {
        check_silent(&RULE, "FROM a\nWORKDIR /b\nWORKDIR /c\nWORKDIR /b\n");
        check_silent(&RULE, "FROM a AS x\nWORKDIR /b\nFROM x\nWORKDIR /b\n");
        check_silent(&RULE, "FROM a\nWORKDIR $B\nWORKDIR $B\n");
    }
}
