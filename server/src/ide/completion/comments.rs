//! Parser directives, and comments that speak to dfix, hadolint and the builder.

use dfix_transforms::rules;

use super::head::Head;
use super::{Completion, ItemKind, Topic};
use crate::ide::reference::directives;

/// The checks that `# check=skip=` may name (BuildKit's `linter/ruleset.go`).
const CHECKS: &[&str] = &[
    "all",
    "StageNameCasing",
    "FromAsCasing",
    "NoEmptyContinuation",
    "ConsistentInstructionCasing",
    "DuplicateStageName",
    "ReservedStageName",
    "JSONArgsRecommended",
    "MaintainerDeprecated",
    "UndefinedArgInFrom",
    "WorkdirRelativePath",
    "UndefinedVar",
    "MultipleInstructionsDisallowed",
    "LegacyKeyValueFormat",
    "RedundantTargetPlatform",
    "SecretsUsedInArgOrEnv",
    "InvalidDefaultArgInFrom",
    "FromPlatformFlagConstDisallowed",
    "CopyIgnoredFile",
    "InvalidDefinitionDescription",
    "ExposeProtoCasing",
    "ExposeInvalidFormat",
];

/// What could stand in a comment.
pub(super) fn complete(head: &Head<'_>, out: &mut Completion) {
    if head.instruction.is_some() {
        // Nobody reads the comments inside of an instruction.
        return;
    }
    let comment = head.line.trim_start();
    let body = comment.trim_start_matches('#').trim_start();
    let Some((name, value)) = body.split_once('=') else {
        begin(head, body, out);
        return;
    };
    let (_, range) = head.word(|ch| ch.is_ascii_alphanumeric() || ch == '-');
    let words: Vec<&str> = name.split_whitespace().collect();
    match words.as_slice() {
        ["check"] => checks(head, value, out),
        [directive] if in_directives(head) => {
            let Some(entry) = directives::directive(directive) else {
                return;
            };
            let (_, range) = head.word(|ch| !ch.is_whitespace() && ch != '=');
            for (rank, (value, detail)) in (0..).zip(entry.values) {
                out.add(*value, ItemKind::Value, range, rank)
                    .detail(*detail);
            }
        }
        // A colon begins the reason.
        ["dfix", "ignore" | "ignore-file"] | ["dfix:", "ignore" | "ignore-file"]
            if !value.contains(':') =>
        {
            for rule in rules::ALL {
                out.add(rule.meta.id, ItemKind::Rule, range, 0)
                    .detail(rule.meta.summary)
                    .topic(Topic::Rule(rule.meta.id));
            }
        }
        ["hadolint", "ignore"] | ["hadolint", "global", "ignore"] => {
            let mut offered = std::collections::BTreeSet::new();
            for rule in rules::ALL {
                for alias in rule.meta.aliases.iter().filter(|it| is_hadolint(it)) {
                    if offered.insert(*alias) {
                        out.add(*alias, ItemKind::Rule, range, 0)
                            .detail(rule.meta.summary)
                            .topic(Topic::Rule(rule.meta.id));
                    }
                }
            }
        }
        _ => {}
    }
}

/// The first word of a comment. In prose nothing is offered.
fn begin(head: &Head<'_>, body: &str, out: &mut Completion) {
    if head.trigger.is_some() {
        return;
    }
    let words: Vec<&str> = body.split_whitespace().collect();
    let (_, range) = head.word(|ch| ch.is_ascii_alphanumeric() || ch == '-');
    let inside = body.ends_with(char::is_whitespace);
    match (words.as_slice(), inside) {
        ([], _) | ([_], false) => {
            if in_directives(head) {
                for (rank, entry) in (0..).zip(directives::ALL) {
                    out.add(entry.name, ItemKind::Directive, range, rank)
                        .insert(format!("{}=", entry.name))
                        .detail(entry.example)
                        .topic(Topic::Directive(entry.name));
                }
            } else {
                out.add("check=skip=", ItemKind::Directive, range, 12)
                    .detail("skips checks of the builder for the next instruction");
            }
            for (rank, (text, detail)) in (10..).zip([
                ("dfix ignore=", "ignores rules for the instruction below"),
                ("dfix ignore-file=", "ignores rules in this file"),
                (
                    "hadolint ignore=",
                    "ignores rules of hadolint for the instruction below",
                ),
            ]) {
                out.add(text, ItemKind::Directive, range, rank)
                    .detail(detail);
            }
        }
        (["dfix" | "dfix:"], true) | (["dfix" | "dfix:", _], false) => {
            for text in ["ignore", "ignore-file"] {
                out.add(text, ItemKind::Directive, range, 0)
                    .insert(format!("{text}="));
            }
        }
        (["hadolint"], true) | (["hadolint", _], false) => {
            out.add("ignore", ItemKind::Directive, range, 0)
                .insert("ignore=");
            out.add("global ignore", ItemKind::Directive, range, 1)
                .insert("global ignore=");
        }
        _ => {}
    }
}

/// The value of `check=`: `skip=A,B;error=true`.
fn checks(head: &Head<'_>, value: &str, out: &mut Completion) {
    let (_, range) = head.word(|ch| ch.is_ascii_alphanumeric());
    let part = value.rsplit(';').next().unwrap_or(value);
    match part.split_once('=') {
        None => {
            out.add("skip", ItemKind::Directive, range, 0)
                .insert("skip=");
            out.add("error", ItemKind::Directive, range, 1)
                .insert("error=true");
        }
        Some((name, _)) if name.trim() == "skip" => {
            for (rank, check) in (0..).zip(CHECKS) {
                out.add(*check, ItemKind::Rule, range, rank);
            }
        }
        Some((name, _)) if name.trim() == "error" => {
            out.add("true", ItemKind::Value, range, 0);
            out.add("false", ItemKind::Value, range, 1);
        }
        Some(_) => {}
    }
}

/// Whether only directives stand above the line of the cursor.
fn in_directives(head: &Head<'_>) -> bool {
    let start = usize::from(head.offset) - head.line.len();
    let above = head.file.analysis.source.get(..start).unwrap_or_default();
    let above = above.trim_start_matches('\u{feff}');
    above.lines().all(|line| {
        let body = line.trim_start().strip_prefix('#');
        let name = body
            .and_then(|body| body.split_once('='))
            .map(|(name, _)| name.trim());
        name.is_some_and(|name| directives::directive(name).is_some())
    })
}

/// Whether an alias is an id of hadolint: of its own or of shellcheck.
fn is_hadolint(alias: &str) -> bool {
    alias.starts_with("DL") || alias.starts_with("SC")
}
