//! `duplicate-workdir`: a WORKDIR that changes nothing.

use super::Context;
use super::declare::declare_rule;
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
    /// With a RUN between the two there is no safe fix, since it might remove the directory.
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
        let Some((first, between)) = setter(ctx.analysis, instruction) else {
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
        findings.push(match between {
            Between::Quiet => {
                finding.with_fix(Fix::new(title, Applicability::Safe, META.laws, edits))
            }
            Between::Run => finding
                .with_fix(Fix::new(title, Applicability::Unsafe, META.laws, edits))
                .refuse("a RUN between the two might remove the directory"),
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

/// What happens between the WORKDIR that set the directory and the one that sets it again.
enum Between {
    /// Nothing that could remove a directory.
    Quiet,
    /// A command.
    Run,
}

/// The WORKDIR of the same stage that is in force before an instruction.
fn setter<'a>(
    analysis: &'a Analysis,
    instruction: &Instruction,
) -> Option<(&'a Instruction, Between)> {
    let mut between = Between::Quiet;
    let stage = analysis.stages.get(instruction.stage?)?;
    let earlier = analysis
        .instructions
        .get(stage.instructions.start..instruction.index)?
        .iter()
        .rev();
    for other in earlier {
        match other.kind {
            InstructionKind::Workdir => return Some((other, between)),
            InstructionKind::Run | InstructionKind::Unknown => between = Between::Run,
            _ => {}
        }
    }
    None
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
    fn a_run_between_might_remove_it() {
        check_refused(
            &RULE,
            "FROM a\nWORKDIR /b\nRUN rm -rf /b\nWORKDIR /b\n",
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
