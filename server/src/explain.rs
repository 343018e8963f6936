//! `dfix rules` and `dfix explain`.

use std::fmt::Write;

use dfix_transforms::proof::{Change, ConfigChange, Law, Permitted, Subject};
use dfix_transforms::rules::{ALL, Rule, RuleMeta, docs};
use serde::Serialize;

use crate::config::names;
use crate::report::{applicability_name, severity_name};

/// The table of rules.
pub(crate) fn list() -> String {
    let rows: Vec<[String; 4]> = ALL
        .iter()
        .map(|rule| rule.meta)
        .map(|rule| {
            let off = if rule.default { "" } else { ", off" };
            [
                rule.id.to_owned(),
                format!("{}{off}", fix_name(rule)),
                rule.aliases.join(" "),
                rule.summary.to_owned(),
            ]
        })
        .collect();
    let header = ["rule", "fix", "aliases", "what it does"].map(str::to_owned);
    let rows: Vec<&[String; 4]> = std::iter::once(&header).chain(&rows).collect();
    let width = |column: fn(&[String; 4]) -> &String| {
        rows.iter()
            .map(|row| column(row).chars().count())
            .max()
            .unwrap_or_default()
    };
    let (id, fix, aliases) = (
        width(|[id, ..]| id),
        width(|[_, fix, ..]| fix),
        width(|[_, _, aliases, _]| aliases),
    );
    let mut out = String::new();
    for [rule, how, names, summary] in rows {
        let _ = writeln!(out, "{rule:id$}  {how:fix$}  {names:aliases$}  {summary}");
    }
    out
}

/// The rules as a JSON array.
pub(crate) fn list_json() -> String {
    #[derive(Serialize)]
    struct Rule {
        id: &'static str,
        aliases: &'static [&'static str],
        group: &'static str,
        severity: &'static str,
        fix: Option<&'static str>,
        default: bool,
        since: &'static str,
        summary: &'static str,
        laws: Vec<&'static str>,
    }
    let rules: Vec<Rule> = ALL
        .iter()
        .map(|rule| rule.meta)
        .map(|rule| Rule {
            id: rule.id,
            aliases: rule.aliases,
            group: rule.group.name(),
            severity: severity_name(rule.severity),
            fix: rule.fix.map(applicability_name),
            default: rule.default,
            since: rule.since,
            summary: rule.summary,
            laws: rule.laws.iter().map(|law| law.id()).collect(),
        })
        .collect();
    // The structure has string keys only, so that it can't fail to be written.
    let mut out = serde_json::to_string_pretty(&rules).unwrap_or_default();
    out.push('\n');
    out
}

/// The pages of the rules that a name stands for, or the page of a law.
///
/// # Errors
/// A message when the name is neither.
pub(crate) fn page(name: &str) -> Result<String, String> {
    let same = |known: &str| known.eq_ignore_ascii_case(name);
    let pages: Vec<String> = ALL
        .iter()
        .filter(|rule| same(rule.meta.id) || rule.meta.aliases.iter().any(|alias| same(alias)))
        .map(rule_page)
        .collect();
    // A rule and a law may share a name; both are of interest then.
    let law = Law::ALL.iter().find(|law| same(law.id())).map(law_page);
    let pages: Vec<String> = pages.into_iter().chain(law).collect();
    if pages.is_empty() {
        let candidates = names::rule_names().chain(Law::ALL.iter().map(|law| law.id()));
        let hint = match names::closest(name, candidates) {
            Some(candidate) => format!("did you mean `{candidate}`?"),
            None => "`dfix rules` lists the rules".to_owned(),
        };
        return Err(format!("no rule or law is called `{name}` ({hint})"));
    }
    Ok(pages.join("\n"))
}

fn rule_page(rule: &Rule) -> String {
    let mut out = docs::page(rule);
    if !rule.meta.laws.is_empty() {
        let _ = writeln!(out, "\n## Laws\n\nWhat a safe fix may change:\n");
        for law in rule.meta.laws {
            let _ = writeln!(out, "- {}: {}", law.id(), law.description());
        }
    }
    out
}

fn law_page(law: &Law) -> String {
    let mut out = format!(
        "# {} (a law)\n\nA difference between two builds that counts as the same image:\n{}\n",
        law.id(),
        law.description()
    );
    if law.permits().is_empty() {
        out.push_str("\nThe images are equal, file by file.\n");
    } else {
        out.push_str("\nWhat `dfix verify` takes as explained by it:\n");
    }
    for permitted in law.permits() {
        let _ = writeln!(out, "- {}: {}", permitted_text(permitted), permitted.why);
    }
    let users: Vec<&str> = ALL
        .iter()
        .filter(|rule| rule.meta.laws.contains(law))
        .map(|rule| rule.meta.id)
        .collect();
    if !users.is_empty() {
        let _ = writeln!(out, "\nRules that may rely on it: {}", users.join(", "));
    }
    out
}

/// What may differ, for a person.
fn permitted_text(permitted: &Permitted) -> String {
    let (patterns, how) = match permitted.what {
        Subject::Paths(patterns, Change::Removed) => (patterns, "gone"),
        Subject::Paths(patterns, Change::RemovedWithContents) => (
            patterns,
            "gone with what it held, or made anew with another mode",
        ),
        Subject::Paths(patterns, Change::Added) => (patterns, "new"),
        Subject::Paths(patterns, Change::Content) => (patterns, "with another content"),
        Subject::Config(ConfigChange::ShellDropped) => {
            return "CMD, ENTRYPOINT or HEALTHCHECK in exec form".to_owned();
        }
        Subject::Config(ConfigChange::AuthorToLabel) => {
            return "the author as a label".to_owned();
        }
        Subject::Config(ConfigChange::VariableOrder) => {
            return "variables in another order".to_owned();
        }
    };
    let patterns: Vec<String> = patterns
        .iter()
        .map(|pattern| format!("`{pattern}`"))
        .collect();
    format!("{} {how}", patterns.join(", "))
}

fn fix_name(rule: &RuleMeta) -> &'static str {
    rule.fix.map_or("none", applicability_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laws_have_pages_and_misspelt_names_a_hint() {
        for law in Law::ALL {
            let text = page(law.id()).unwrap();
            assert!(text.contains(law.description()));
            for permitted in law.permits() {
                assert!(text.contains(permitted.why), "{text}");
            }
        }
        let error = page("apt-lists-remove").unwrap_err();
        assert!(
            error.contains("did you mean `apt-lists-removed`?"),
            "{error}"
        );
        assert!(page("zzzz").unwrap_err().contains("`dfix rules`"));
    }

    #[test]
    fn rules_have_pages_under_all_their_names() {
        for rule in ALL {
            for name in std::iter::once(&rule.meta.id).chain(rule.meta.aliases) {
                assert!(page(name).unwrap().contains(rule.meta.summary), "{name}");
            }
        }
    }
}
