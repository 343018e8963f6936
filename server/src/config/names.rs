//! Names of rules as people write them: ids, aliases of other tools, groups, `all` and `default`.

use dfix_transforms::rules::{ALL, Group, RuleMeta};
use rustc_hash::FxHashSet;

/// A name that means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownName {
    /// The name.
    pub name: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

/// The ids of the rules that a name stands for.
pub(crate) fn resolve(name: &str) -> Result<FxHashSet<&'static str>, UnknownName> {
    resolve_among(&known_rules(), name)
}

/// The sum of what names stand for; the first unknown one is the error.
pub(crate) fn resolve_all(names: &[String]) -> Result<FxHashSet<&'static str>, UnknownName> {
    let known = known_rules();
    let mut ids = FxHashSet::default();
    for name in names {
        ids.extend(resolve_among(&known, name)?);
    }
    Ok(ids)
}

/// The name of a group.
pub(crate) fn group_name(group: Group) -> &'static str {
    match group {
        Group::Correctness => "correctness",
        Group::Layers => "layers",
        Group::Packages => "packages",
        Group::Instructions => "instructions",
        Group::Stages => "stages",
        Group::Style => "style",
    }
}

/// The candidate that is closest to a misspelt name, if one is close.
pub(crate) fn closest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = name.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let likeness = strsim::jaro_winkler(&lower, &candidate.to_ascii_lowercase());
            (candidate, likeness)
        })
        .filter(|(_, likeness)| *likeness >= 0.8)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(candidate, _)| candidate)
}

fn known_rules() -> Vec<&'static RuleMeta> {
    ALL.iter().map(|rule| rule.meta).collect()
}

const GROUPS: [Group; 6] = [
    Group::Correctness,
    Group::Layers,
    Group::Packages,
    Group::Instructions,
    Group::Stages,
    Group::Style,
];

fn resolve_among(
    rules: &[&'static RuleMeta],
    name: &str,
) -> Result<FxHashSet<&'static str>, UnknownName> {
    let same = |known: &str| known.eq_ignore_ascii_case(name);
    let ids = |take: &dyn Fn(&RuleMeta) -> bool| {
        rules
            .iter()
            .filter(|rule| take(rule))
            .map(|rule| rule.id)
            .collect()
    };
    if same("all") {
        return Ok(ids(&|_| true));
    }
    if same("default") {
        return Ok(ids(&|rule| rule.default));
    }
    if let Some(group) = GROUPS.into_iter().find(|group| same(group_name(*group))) {
        return Ok(ids(&|rule| rule.group == group));
    }
    // One foreign name may stand for several rules here.
    let named: FxHashSet<&'static str> =
        ids(&|rule| same(rule.id) || rule.aliases.iter().any(|alias| same(alias)));
    if named.is_empty() {
        let candidates = rules
            .iter()
            .flat_map(|rule| std::iter::once(&rule.id).chain(rule.aliases))
            .copied()
            .chain(GROUPS.map(group_name))
            .chain(["all", "default"]);
        return Err(UnknownName {
            name: name.to_owned(),
            suggestion: closest(name, candidates).map(str::to_owned),
        });
    }
    Ok(named)
}

impl UnknownName {
    /// What is wrong.
    pub(crate) fn message(&self) -> String {
        format!("unknown rule or group `{}`", self.name)
    }

    /// What was probably meant, or where to look.
    pub(crate) fn help(&self) -> String {
        match &self.suggestion {
            Some(name) => format!("did you mean `{name}`?"),
            None => "`dfix rules` lists them".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfix_transforms::Severity;
    use dfix_transforms::rules::Phase;

    const fn rule(
        id: &'static str,
        aliases: &'static [&'static str],
        group: Group,
        default: bool,
    ) -> RuleMeta {
        RuleMeta {
            id,
            aliases,
            group,
            phase: Phase::Content,
            severity: Severity::Warning,
            fix: None,
            laws: &[],
            default,
            since: "0.1.0",
            summary: "",
            page: "",
        }
    }

    static ONE: RuleMeta = rule("apt-clean-lists", &["DL3009"], Group::Packages, true);
    static TWO: RuleMeta = rule("single-cmd", &["DL4003", "Multiple"], Group::Style, true);
    static THREE: RuleMeta = rule(
        "single-entrypoint",
        &["DL4004", "Multiple"],
        Group::Style,
        false,
    );

    #[track_caller]
    fn check(name: &str, expected: &[&str]) {
        let mut ids: Vec<&str> = resolve_among(&[&ONE, &TWO, &THREE], name)
            .unwrap()
            .into_iter()
            .collect();
        ids.sort_unstable();
        assert_eq!(ids, expected, "{name}");
    }

    #[test]
    fn names() {
        check("apt-clean-lists", &["apt-clean-lists"]);
        check("dl3009", &["apt-clean-lists"]);
        check("Multiple", &["single-cmd", "single-entrypoint"]);
        check("style", &["single-cmd", "single-entrypoint"]);
        check("layers", &[]);
        check("default", &["apt-clean-lists", "single-cmd"]);
        check(
            "ALL",
            &["apt-clean-lists", "single-cmd", "single-entrypoint"],
        );
    }

    #[test]
    fn misspelt_names_are_guessed() {
        for (name, guess) in [
            ("apt-clean-list", Some("apt-clean-lists")),
            ("DL3O09", Some("DL3009")),
            ("packges", Some("packages")),
            ("zzz", None),
        ] {
            let error = resolve_among(&[&ONE, &TWO, &THREE], name).unwrap_err();
            assert_eq!(error.suggestion.as_deref(), guess, "{name}");
        }
    }
}
