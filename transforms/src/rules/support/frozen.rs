//! Lines that a person and the builder read in two ways: the model finds them, these rules speak of them.

use crate::Finding;
use crate::model::FreezeKind;
use crate::rules::{Context, RuleMeta};

/// Reports every line that is frozen for one reason.
pub(crate) fn report(
    ctx: &Context<'_>,
    meta: &'static RuleMeta,
    kind: FreezeKind,
    help: &str,
    findings: &mut Vec<Finding>,
) {
    let found = ctx
        .analysis
        .frozen()
        .filter(|(_, freeze)| freeze.kind == kind);
    findings.extend(found.map(|(_, freeze)| {
        Finding::new(meta, freeze.range, freeze.message.as_str())
            .with_help(help)
            .refuse("what is meant can only be guessed; until it is clear, no other rule touches this instruction")
    }));
}
