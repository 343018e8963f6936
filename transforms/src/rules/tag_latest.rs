//! `tag-latest`: a base image with the tag `latest`.

use super::declare::declare_rule;
use super::{Context, base_tag};
use crate::Finding;

declare_rule! {
    /// A base image is not named by the tag `latest`.
    ///
    /// ## Why
    ///
    /// `latest` moves to the next major version without a word. The same file then gives another image next month, and
    /// nobody can say which one ran last week.
    ///
    /// ## Example
    ///
    /// ```dockerfile,report
    /// FROM debian:latest
    /// ```
    ///
    /// ## Safety
    ///
    /// There is no fix: only a person knows which version is meant.
    ///
    /// ## Not reported
    ///
    /// References with a digest or with variables, and other tags that move, such as `stable`.
    ///
    /// ```dockerfile,silent
    /// ARG VERSION=latest
    /// FROM debian:${VERSION}
    /// FROM debian:stable
    /// ```
    META: RuleMeta {
        id: "tag-latest",
        aliases: ["DL3007"],
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
    (tag == Some("latest"))
        .then(|| format!("`{reference}` is another image from one day to the next"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_reports, check_silent};

    #[test]
    fn only_the_tag_counts() {
        check_reports(&RULE, "FROM example.org:5000/latest:latest AS latest\n", 1);
        check_silent(&RULE, "FROM latest/tool:1\nFROM a:latest-slim\n");
    }
}
