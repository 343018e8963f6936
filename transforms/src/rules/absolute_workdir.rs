//! `absolute-workdir`: a relative WORKDIR.

use super::Context;
use super::declare::declare_rule;
use super::support::directories::is_windows;
use crate::model::{Analysis, Args, Base, Instruction, InstructionKind, join_path};
use crate::{Applicability, Edit, Finding, Fix};

declare_rule! {
    /// A `WORKDIR` names its directory by an absolute path.
    ///
    /// ## Why
    ///
    /// A relative path goes on from wherever the stage happens to be. Its meaning changes with every `WORKDIR` above it and
    /// with the base image, which may set another directory in its next version.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM node:20-slim
    /// WORKDIR /app
    /// COPY . .
    /// WORKDIR server/../web
    /// ```
    ///
    /// ```dockerfile
    /// FROM node:20-slim
    /// WORKDIR /app
    /// COPY . .
    /// WORKDIR /app/web
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe when an absolute `WORKDIR` without variables stands above it in the stage or in a stage that it is built on: the
    /// new path is the one that the builder computes. Where the directory comes from the base image or from a variable, the
    /// fix is unsafe, since it would no longer follow them.
    ///
    /// ```dockerfile,report
    /// FROM node:20-slim
    /// WORKDIR app
    /// ```
    ///
    /// ## Not reported
    ///
    /// Paths that begin with a variable, and stages for Windows.
    ///
    /// ```dockerfile,silent
    /// FROM node:20-slim
    /// ARG HOME
    /// WORKDIR $HOME/app
    /// ```
    META: RuleMeta {
        id: "absolute-workdir",
        aliases: ["DL3000", "WorkdirRelativePath"],
        group: Instructions,
        phase: Content,
        severity: Warning,
        fix: Safe,
        laws: [],
        default: true,
        since: "0.1.0",
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for workdir in ctx.of_kind(InstructionKind::Workdir) {
        let Args::Value(path) = &workdir.args else {
            continue;
        };
        let text = path.text.as_str();
        let relative = !text.is_empty() && !text.starts_with(['/', '$', '"', '\'', '\\', '`']);
        if !relative || is_windows(ctx.analysis, workdir) {
            continue;
        }
        let message = format!(
            "`{text}` goes on from the directory in force, so its meaning depends on what stands above it"
        );
        let finding = Finding::new(&META, path.range, message);
        findings.push(rewrite(ctx, workdir, text, finding));
    }
}

/// Adds the fix, or says why there is none.
fn rewrite(ctx: &Context<'_>, workdir: &Instruction, text: &str, finding: Finding) -> Finding {
    let Args::Value(path) = &workdir.args else {
        return finding;
    };
    if text.contains(['$', '"', '\'', '\\', '`']) {
        return finding.refuse("the path holds a variable or quotes");
    }
    let state = ctx.analysis.state(workdir);
    let Some(before) = state.and_then(|state| state.known_workdir()) else {
        return finding
            .refuse("the directory that it goes on from is not known")
            .with_help("write the whole path");
    };
    let absolute = join_path(before, text);
    let title = format!("Write `{absolute}`");
    let edits = vec![Edit::replace(path.range, absolute)];
    let fix = |applicability| Fix::new(title, applicability, META.laws, edits);
    match origin(ctx.analysis, workdir) {
        Origin::Literal => finding.with_fix(fix(Applicability::Safe)),
        Origin::Variable(setter) => finding
            .relate(setter.range, "the directory comes from a variable")
            .with_fix(fix(Applicability::Unsafe))
            .refuse("the path would no longer follow the variable"),
        Origin::Base => finding
            .with_fix(fix(Applicability::Unsafe))
            .refuse("the directory that it goes on from is the base image's, which may change"),
    }
}

/// Where the working directory comes from that a WORKDIR goes on from.
enum Origin<'a> {
    /// WORKDIR instructions without variables, the first of them absolute.
    Literal,
    /// A variable is part of it.
    Variable(&'a Instruction),
    /// The base image.
    Base,
}

fn origin<'a>(analysis: &'a Analysis, workdir: &Instruction) -> Origin<'a> {
    let mut end = workdir.index;
    let mut stage = workdir.stage.and_then(|stage| analysis.stages.get(stage));
    while let Some(current) = stage {
        for other in analysis.stage_instructions(current.index).rev() {
            let Args::Value(path) = &other.args else {
                continue;
            };
            if other.kind != InstructionKind::Workdir || other.index >= end {
                continue;
            }
            if path.text.contains(['$', '"', '\'', '\\', '`']) {
                return Origin::Variable(other);
            }
            if path.text.starts_with('/') {
                return Origin::Literal;
            }
        }
        end = usize::MAX;
        stage = match current.base {
            Base::Stage(parent) if parent < current.index => analysis.stages.get(parent),
            _ => None,
        };
    }
    Origin::Base
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_reports, check_silent, check_unsafe};

    #[test]
    fn joined_and_cleaned() {
        check(
            &RULE,
            "FROM a\nWORKDIR /b//c/\nWORKDIR ./d/../e/\nWORKDIR f # g\n",
            "FROM a\nWORKDIR /b//c/\nWORKDIR /b/c/e\nWORKDIR /b/c/e/f # g\n",
        );
    }

    #[test]
    fn parent_stages() {
        check(
            &RULE,
            "FROM a AS x\nWORKDIR /b\nFROM x\nWORKDIR c\n",
            "FROM a AS x\nWORKDIR /b\nFROM x\nWORKDIR /b/c\n",
        );
    }

    #[test]
    fn what_comes_from_elsewhere() {
        check_refused(&RULE, "FROM example.org/a\nWORKDIR app\n", "not known");
        check_refused(&RULE, "FROM node\nWORKDIR app\n", "");
        check_unsafe(
            &RULE,
            "FROM a\nENV B=/b\nWORKDIR $B\nWORKDIR c\n",
            "FROM a\nENV B=/b\nWORKDIR $B\nWORKDIR /b/c\n",
        );
        check_reports(&RULE, "FROM a\nWORKDIR /b\nARG C\nWORKDIR c$C\n", 1);
    }

    #[test]
    fn windows() {
        check_silent(&RULE, "# escape=`\nFROM a\nWORKDIR C:\\b\n");
    }
}
