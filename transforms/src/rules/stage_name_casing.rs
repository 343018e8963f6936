//! `stage-name-casing`: stage names in lower case.

use super::Context;
use dfix_syntax::TextRange;

use super::declare::declare_rule;
use crate::model::{Args, Base, Stage};
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
        if shared {
            findings.push(finding.refuse("another stage has the same name"));
            continue;
        }
        let missed = missed_references(ctx, stage, &name.text);
        let safe = missed.is_empty();
        let finding = missed.iter().fold(finding, |finding, range| {
            finding.relate(*range, "this means an image today")
        });
        let finding = finding.with_fix(rename(ctx, stage, &name.text, missed));
        findings.push(match safe {
            true => finding,
            false => finding.refuse(
                "a FROM names the stage in capitals: today that is an image, afterwards the stage",
            ),
        });
    }
}

/// The FROM instructions below a stage that were meant to start from it, but name it in another letter case than the
/// builder stores (B.1).
fn missed_references(ctx: &Context<'_>, stage: &Stage, name: &str) -> Vec<TextRange> {
    let below = ctx.analysis.stages.iter().skip(stage.index + 1);
    below
        .filter_map(|other| {
            let Args::From { image, .. } = &ctx.analysis.instructions.get(other.from)?.args else {
                return None;
            };
            let missed = image.text == name && matches!(other.base, Base::Image(_));
            missed.then_some(image.range)
        })
        .collect()
}

/// Writes the definition and all references in lower case. It is safe when no FROM becomes a reference by it.
fn rename(ctx: &Context<'_>, stage: &Stage, name: &str, missed: Vec<TextRange>) -> Option<Fix> {
    let lower = name.to_ascii_lowercase();
    let from = ctx.analysis.instructions.get(stage.from)?;
    let Args::From {
        name: Some(definition),
        ..
    } = &from.args
    else {
        return None;
    };
    let applicability = match missed.is_empty() {
        true => Applicability::Safe,
        false => Applicability::Unsafe,
    };
    let references = stage
        .references
        .iter()
        .filter(|reference| !reference.by_number)
        .map(|reference| reference.range);
    let edits = std::iter::once(definition.range)
        .chain(references)
        .chain(missed)
        .filter(|range| {
            let written = ctx.analysis.text(*range);
            written.eq_ignore_ascii_case(&lower) && written != lower
        })
        .map(|range| Edit::replace(range, lower.clone()))
        .collect();
    let title = format!("Name the stage `{lower}`");
    Fix::new(title, applicability, META.laws, edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent, check_unsafe};

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
            "FROM a AS Base\nFROM c\nCOPY --from=0 x y\nCOPY --from=other x y\n",
            "FROM a AS base\nFROM c\nCOPY --from=0 x y\nCOPY --from=other x y\n",
        );
    }

    #[test]
    fn a_from_that_would_become_a_reference() {
        check_refused(
            &RULE,
            "FROM a AS Base\nFROM Base\n",
            "today that is an image",
        );
        check_unsafe(
            &RULE,
            "FROM a AS Base\nFROM Base\nCOPY --from=Base b c\n",
            "FROM a AS base\nFROM base\nCOPY --from=base b c\n",
        );
    }

    #[test]
    fn lower_case_definitions_are_not_looked_at() {
        check_silent(&RULE, "FROM a AS base-1\nFROM c\nCOPY --from=BASE-1 x y\n");
    }
}
