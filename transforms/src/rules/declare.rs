//! `declare_rule!`: a rule's page and properties in one place, without a procedural macro.

/// Declares `META` and `RULE` of a rule file; the file has a function `check` beside it.
///
/// The doc comment is the rule's page in Markdown: the first line is the summary, then come the headings `## Why`,
/// `## Example`, `## Safety` and `## Not reported`. Its code blocks are tests (see `rules/pages.rs`):
///
/// * two `dockerfile` blocks one after the other are before and after;
/// * `dockerfile,report`: the rule reports something and safe fixes change nothing;
/// * `dockerfile,silent`: the rule says nothing;
/// * `dockerfile,unsafe` on the first block of a pair: the fixes that a person must agree to are applied as well;
/// * `dockerfile,with=other-rule` on the first block of a pair: other rules run too (joined by `+`);
/// * `dockerfile,context=a+b` on the first block: the build context is certain, and these are the files in it;
/// * `dockerfile,ignore`: not a test.
///
/// `fix` is `Safe`, `Unsafe`, `Manual` or `none`. `nature` may follow `since`, and `mentions`,
/// texts of which a file must hold one, and `needs`, costly facts that the rule looks at, may come last, in this order.
macro_rules! declare_rule {
    (
        #[doc = $summary:literal]
        $(#[doc = $line:literal])*
        META: RuleMeta {
            id: $id:literal,
            aliases: [$($alias:literal),* $(,)?],
            group: $group:ident,
            phase: $phase:ident,
            severity: $severity:ident,
            fix: $fix:ident,
            laws: [$($law:ident),* $(,)?],
            default: $default:literal,
            since: $since:literal
            $(, nature: $nature:ident)?
            $(, mentions: [$($mention:literal),* $(,)?])?
            $(, needs: [$($need:ident),* $(,)?])?
            $(,)?
        }
    ) => {
        /// The rule's page and properties.
        pub(super) static META: $crate::rules::RuleMeta = {
            const RAW: &str = concat!($summary, "\n", $($line, "\n",)*);
            const LEN: usize = $crate::rules::declare::stripped_len(RAW);
            const PAGE: [u8; LEN] = $crate::rules::declare::strip::<LEN>(RAW);
            $crate::rules::RuleMeta {
                id: $id,
                aliases: &[$($alias),*],
                group: $crate::rules::Group::$group,
                phase: $crate::rules::Phase::$phase,
                severity: $crate::Severity::$severity,
                fix: $crate::rules::declare::declare_rule!(@fix $fix),
                laws: &[$($crate::proof::Law::$law),*],
                default: $default,
                nature: $crate::rules::declare::declare_rule!(@nature $($nature)?),
                mentions: &[$($($mention),*)?],
                needs: &[$($($crate::Need::$need),*)?],
                since: $since,
                summary: $summary.trim_ascii(),
                page: match std::str::from_utf8(&PAGE) {
                    Ok(page) => page,
                    Err(_) => "",
                },
            }
        };

        /// The rule.
        pub(super) const RULE: $crate::rules::Rule = $crate::rules::Rule {
            meta: &META,
            check,
        };
    };
    (@nature) => { $crate::rules::Nature::Ordinary };
    (@nature $nature:ident) => { $crate::rules::Nature::$nature };
    (@fix none) => { None };
    (@fix $fix:ident) => { Some($crate::Applicability::$fix) };
}

pub(crate) use declare_rule;

/// The length of a doc comment's text without the one blank that follows each `///`.
pub(crate) const fn stripped_len(raw: &str) -> usize {
    let bytes = raw.as_bytes();
    let (mut at, mut len, mut line_start) = (0, 0, true);
    while at < bytes.len() {
        if !(line_start && byte(bytes, at) == b' ') {
            len += 1;
        }
        line_start = byte(bytes, at) == b'\n';
        at += 1;
    }
    len
}

/// A doc comment's text without the one blank that follows each `///`; `LEN` is its [`stripped_len`].
pub(crate) const fn strip<const LEN: usize>(raw: &str) -> [u8; LEN] {
    let bytes = raw.as_bytes();
    let mut out = [b'\n'; LEN];
    let (mut at, mut len, mut line_start) = (0, 0, true);
    while at < bytes.len() {
        let current = byte(bytes, at);
        if !(line_start && current == b' ')
            && let Some(slot) = out.split_at_mut(len).1.first_mut()
        {
            *slot = current;
            len += 1;
        }
        line_start = current == b'\n';
        at += 1;
    }
    out
}

/// The byte at an offset; a line feed after the end.
const fn byte(bytes: &[u8], at: usize) -> u8 {
    match bytes.split_at(at).1.first() {
        Some(byte) => *byte,
        None => b'\n',
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::{Context, Group, Phase};
    use crate::{Applicability, Finding, Need, Severity};

    declare_rule! {
        /// One line.
        ///
        /// ## Why
        ///     indented
        META: RuleMeta {
            id: "sample",
            aliases: ["DL0000"],
            group: Style,
            phase: Layout,
            severity: Info,
            fix: Safe,
            laws: [Metadata],
            default: false,
            since: "0.1.0",
            nature: Deprecated,
            mentions: ["one", "two"],
            needs: [Project],
        }
    }

    fn check(_: &Context<'_>, _: &mut Vec<Finding>) {}

    #[test]
    fn the_page_is_the_doc_comment() {
        assert_eq!(META.summary, "One line.");
        assert_eq!(META.page, "One line.\n\n## Why\n    indented\n");
    }

    #[test]
    fn properties() {
        assert_eq!(RULE.meta.id, "sample");
        assert_eq!(META.group, Group::Style);
        assert_eq!(META.phase, Phase::Layout);
        assert_eq!(META.severity, Severity::Info);
        assert_eq!(META.mentions, ["one", "two"]);
        assert_eq!(META.needs, [Need::Project]);
        assert_eq!(META.fix, Some(Applicability::Safe));
        assert!(META.answers_to("dl0000") && META.answers_to("SAMPLE") && !META.answers_to("x"));
    }
}
