//! The rules' pages as files: `docs/rules/<id>.md` and their index.

use super::{ALL, Group, Rule};
use crate::Applicability;

/// The page of a rule as a Markdown file: a title, the properties, and the page of its declaration.
pub fn page(rule: &Rule) -> String {
    let meta = rule.meta;
    let mut out = format!("# {}\n\n{}\n", meta.id, meta.page.trim_end());
    out.push_str("\n## Properties\n\n");
    out.push_str(&format!("- Group: {}\n", meta.group.name()));
    if !meta.aliases.is_empty() {
        out.push_str(&format!("- Also known as: {}\n", meta.aliases.join(", ")));
    }
    out.push_str(&format!("- Fix: {}\n", fix_name(meta.fix)));
    if !meta.laws.is_empty() {
        let laws: Vec<&str> = meta.laws.iter().map(|law| law.id()).collect();
        out.push_str(&format!("- Declared differences: {}\n", laws.join(", ")));
    }
    if !meta.default {
        out.push_str("- Off unless it is selected\n");
    }
    out.push_str(&format!("- Since: {}\n", meta.since));
    out
}

/// The index of all pages: one table for each group.
pub fn index() -> String {
    let mut out = String::from("# Rules\n");
    for group in Group::ALL {
        let rules = || ALL.iter().filter(move |rule| rule.meta.group == group);
        if rules().next().is_none() {
            continue;
        }
        out.push_str(&format!("\n## {}\n\n", group.name()));
        out.push_str("| Rule | What it does | Fix | Also known as |\n|---|---|---|---|\n");
        for rule in rules() {
            let meta = rule.meta;
            out.push_str(&format!(
                "| [{id}]({id}.md) | {} | {} | {} |\n",
                meta.summary.replace('|', "\\|"),
                fix_name(meta.fix),
                meta.aliases.join(", "),
                id = meta.id,
            ));
        }
    }
    out
}

/// Every file of the folder with its content: the pages by id, then `README.md`.
pub fn files() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = ALL
        .iter()
        .map(|rule| (format!("{}.md", rule.meta.id), page(rule)))
        .collect();
    files.push(("README.md".to_owned(), index()));
    files
}

fn fix_name(fix: Option<Applicability>) -> &'static str {
    match fix {
        None => "none",
        Some(Applicability::Manual) => "manual",
        Some(Applicability::Unsafe) => "unsafe",
        Some(Applicability::Safe) => "safe",
    }
}
