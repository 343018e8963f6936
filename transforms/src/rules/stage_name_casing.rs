//! `stage-name-casing`: stage names in lower case.

use super::Context;
use super::declare::declare_rule;
use crate::model::{Args, Stage};
use crate::{Applicability, Edit, Finding, Fix};

declare_rule! {
    /// Stage names are written in lower case.
    ///
    /// ## Why
    ///
    /// The builder stores stage names in lower case, and `FROM Build` does not find a stage that was named `AS Build`: it
    /// means an image of that name. A name that is written as it is stored works everywhere. BuildKit warns about it
    /// (StageNameCasing).
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM golang:1.22 AS Build
    /// RUN go build -o /app .
    /// FROM alpine:3.20
    /// COPY --from=Build /app /app
    /// ```
    ///
    /// ```dockerfile
    /// FROM golang:1.22 AS build
    /// RUN go build -o /app .
    /// FROM alpine:3.20
    /// COPY --from=build /app /app
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: `COPY --from`, `RUN --mount` and `--target` look names up in any letter case.
    ///
    /// ## Not reported
    ///
    /// References to a stage whose definition is in lower case, and names that two stages share have no fix.
    ///
    /// ```dockerfile,report=2
    /// FROM golang:1.22 AS Build
    /// FROM alpine:3.20 AS BUILD
    /// ```
    META: RuleMeta {
        id: "stage-name-casing",
        aliases: ["StageNameCasing"],
        group: Style,
        phase: Layout,
        severity: Info,
        fix: Safe,
        laws: [],
        default: true,
        since: "0.1.0",
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for stage in &ctx.analysis.stages {
        let from = ctx.analysis.instructions.get(stage.from);
        let Some(Args::From {
            name: Some(name), ..
        }) = from.map(|from| &from.args)
        else {
            continue;
        };
        if !name.text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            continue;
        }
        let message = format!(
            "the stage name `{}` is stored in lower case, so `FROM {0}` would not find it",
            name.text
        );
        let finding = Finding::new(&META, name.range, message);
        let shared = ctx
            .analysis
            .stages
            .iter()
            .any(|other| other.index != stage.index && other.name == stage.name);
        findings.push(match shared {
            true => finding.refuse("another stage has the same name"),
            false => finding.with_fix(rename(ctx, stage, &name.text)),
        });
    }
}

/// Writes the definition and all references in lower case.
fn rename(ctx: &Context<'_>, stage: &Stage, name: &str) -> Option<Fix> {
    let lower = name.to_ascii_lowercase();
    let from = ctx.analysis.instructions.get(stage.from)?;
    let Args::From {
        name: Some(definition),
        ..
    } = &from.args
    else {
        return None;
    };
    let references = stage
        .references
        .iter()
        .filter(|reference| !reference.by_number)
        .map(|reference| reference.range);
    let edits = std::iter::once(definition.range)
        .chain(references)
        .filter(|range| {
            let written = ctx.analysis.text(*range);
            written.eq_ignore_ascii_case(&lower) && written != lower
        })
        .map(|range| Edit::replace(range, lower.clone()))
        .collect();
    let title = format!("Name the stage `{lower}`");
    Fix::new(title, Applicability::Safe, META.laws, edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn all_references_follow() {
        check(
            &RULE,
            "FROM a AS Base\nRUN b\nFROM c\nCOPY --from=BASE x y\nRUN --mount=type=bind,from=Base,target=/b true\n",
            "FROM a AS base\nRUN b\nFROM c\nCOPY --from=base x y\nRUN --mount=type=bind,from=base,target=/b true\n",
        );
    }

    #[test]
    fn numbers_and_images_stay() {
        check(
            &RULE,
            "FROM a AS Base\nFROM c\nCOPY --from=0 x y\nCOPY --from=Other x y\n",
            "FROM a AS base\nFROM c\nCOPY --from=0 x y\nCOPY --from=Other x y\n",
        );
    }

    #[test]
    fn lower_case_definitions_are_not_looked_at() {
        check_silent(&RULE, "FROM a AS base-1\nFROM c\nCOPY --from=BASE-1 x y\n");
    }
}
