//! `tag-missing`: a base image without a tag.

use super::declare::declare_rule;
use super::{Context, base_tag};
use crate::Finding;

declare_rule! {
    /// A base image is named with its tag.
    ///
    /// ## Why
    ///
    /// Without a tag the image is whatever `latest` is on the day of the build. The same file then gives another image next
    /// month, and nobody can say which one ran last week.
    ///
    /// ## Example
    ///
    /// ```dockerfile,report
    /// FROM debian
    /// ```
    ///
    /// ## Safety
    ///
    /// There is no fix: only a person knows which version is meant.
    ///
    /// ## Not reported
    ///
    /// Stages of the file, `scratch`, references with a digest, and references with variables.
    ///
    /// ```dockerfile,silent
    /// ARG VERSION=12
    /// FROM debian:${VERSION} AS base
    /// FROM base
    /// FROM scratch
    /// FROM registry.example.org:5000/tool:3
    /// ```
    META: RuleMeta {
        id: "tag-missing",
        aliases: ["DL3006"],
        group: Stages,
        phase: Content,
        severity: Warning,
        fix: none,
        laws: [],
        default: true,
        since: "0.1.0",
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    base_tag::check(ctx, &META, message, findings);
}

fn message(reference: &str, tag: Option<&str>) -> Option<String> {
    tag.is_none().then(|| {
        format!("`{reference}` has no tag: the build takes whatever `latest` is on that day")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_reports, check_silent};

    #[test]
    fn a_port_is_no_tag() {
        check_reports(&RULE, "FROM registry.example.org:5000/tool\n", 1);
        check_silent(&RULE, "FROM registry.example.org:5000/tool:1\n");
    }

    #[test]
    fn digests_and_variables() {
        check_silent(
            &RULE,
            "ARG B\nFROM $B\nFROM debian@sha256:0123456789012345678901234567890123456789012345678901234567890123\n",
        );
    }

    #[test]
    fn a_stage_that_comes_later_is_an_image() {
        check_reports(&RULE, "FROM later\nFROM debian:12 AS later\n", 1);
    }
}
