//! What `tag-missing` and `tag-latest` share: the tag of the image that a stage starts from.

use super::{Context, RuleMeta};
use crate::Finding;
use crate::model::{Args, Base};

/// Reports the FROM instructions whose image reference is written without variables, for which `message` has a text. It
/// gets the reference and its tag; references with a digest are not looked at.
pub(super) fn check(
    ctx: &Context<'_>,
    meta: &'static RuleMeta,
    message: fn(&str, Option<&str>) -> Option<String>,
    findings: &mut Vec<Finding>,
) {
    for stage in &ctx.analysis.stages {
        let from = ctx.analysis.instructions.get(stage.from);
        let Some(Args::From { image, .. }) = from.map(|from| &from.args) else {
            continue;
        };
        let reference = image.text.as_str();
        let written = !reference.contains(['$', '@', '"', '\'', '\\', '`']);
        if !matches!(stage.base, Base::Image(_)) || !written {
            continue;
        }
        if let Some(message) = message(reference, tag(reference)) {
            findings.push(
                Finding::new(meta, image.range, message)
                    .with_help("name the version that the build was tested with"),
            );
        }
    }
}

/// The tag of a reference without digest; a colon before the last slash belongs to a registry's port.
fn tag(reference: &str) -> Option<&str> {
    let name = reference.rsplit('/').next()?;
    name.split_once(':').map(|(_, tag)| tag)
}
