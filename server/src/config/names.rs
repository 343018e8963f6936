//! Names of rules as people write them: ids, aliases of other tools, groups, `all` and `default`.

use dfix_transforms::rules::{ALL, Group, matching};
use rustc_hash::FxHashSet;

/// A name that means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownName {
    /// The name.
    pub name: String,
    /// What was probably meant.
    pub suggestion: Option<&'static str>,
}

/// The ids of the rules that a name stands for.
pub(crate) fn resolve(name: &str) -> Result<FxHashSet<&'static str>, UnknownName> {
    if name.eq_ignore_ascii_case("default") {
        let rules = ALL.iter().filter(|rule| rule.meta.default);
        return Ok(rules.map(|rule| rule.meta.id).collect());
    }
    let ids: FxHashSet<&'static str> = matching(name).map(|rule| rule.meta.id).collect();
    if ids.is_empty() && !words().any(|word| word.eq_ignore_ascii_case(name)) {
        return Err(UnknownName {
            name: name.to_owned(),
            suggestion: closest(name, rule_names().chain(words())),
        });
    }
    Ok(ids)
}

/// The sum of what names stand for; the first unknown one is the error.
pub(crate) fn resolve_all(names: &[String]) -> Result<FxHashSet<&'static str>, UnknownName> {
    let mut ids = FxHashSet::default();
    for name in names {
        ids.extend(resolve(name)?);
    }
    Ok(ids)
}

/// The ids and aliases of all rules.
pub(crate) fn rule_names() -> impl Iterator<Item = &'static str> {
    ALL.iter()
        .flat_map(|rule| std::iter::once(&rule.meta.id).chain(rule.meta.aliases))
        .copied()
}

/// The names that stand for several rules.
fn words() -> impl Iterator<Item = &'static str> {
    Group::ALL
        .map(Group::name)
        .into_iter()
        .chain(["all", "default"])
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

    #[test]
    fn every_name_stands_for_its_rule() {
        for rule in ALL {
            let id = rule.meta.id;
            for name in std::iter::once(&id).chain(rule.meta.aliases) {
                for name in [name.to_ascii_lowercase(), name.to_ascii_uppercase()] {
                    assert!(resolve(&name).unwrap().contains(id), "{name}");
                }
            }
            assert!(resolve(rule.meta.group.name()).unwrap().contains(id));
            assert!(resolve("all").unwrap().contains(id));
            assert_eq!(resolve("default").unwrap().contains(id), rule.meta.default);
        }
    }

    #[test]
    fn misspelt_names_are_guessed() {
        for (name, guess) in [
            ("packges", Some("packages")),
            ("LAYER", Some("layers")),
            ("zzz", None),
            ("", None),
        ] {
            assert_eq!(resolve(name).unwrap_err().suggestion, guess, "{name}");
        }
    }
}
