//! What the tables have, for whoever offers it to a person who types.

use super::spec::{self, Program, Sub};
use super::table;

/// A flag, by all of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagEntry {
    /// The names with their dashes, the one by which the tables know it first.
    pub names: Vec<&'static str>,
    /// Whether it takes a value.
    pub takes_value: bool,
}

/// The names of all programs, aliases included.
pub fn programs() -> impl Iterator<Item = &'static str> {
    table::all()
        .flat_map(|program| program.names.split([' ', '|']))
        .filter(|name| !name.is_empty())
}

/// The sub-commands of a program, by their first names; members of groups are written `group member`.
pub fn subcommands(program: &str) -> impl Iterator<Item = &'static str> {
    let subs: &'static [Sub] = match entry(program) {
        Some(entry) => entry.subs,
        None => &[],
    };
    subs.iter().flat_map(|sub| {
        let mut names = sub.names.split('|');
        let first = names.next().unwrap_or_default();
        // Where the group itself comes first, its members are no aliases of it.
        let members = names.filter(move |name| {
            name.strip_prefix(first)
                .is_some_and(|rest| rest.starts_with(' '))
        });
        std::iter::once(first).chain(members)
    })
}

/// The flags that a program takes, those of a sub-command (by any of its names) before those that all share.
pub fn flags(program: &str, subcommand: Option<&str>) -> Vec<FlagEntry> {
    let Some(entry) = entry(program) else {
        return Vec::new();
    };
    let sub = subcommand.and_then(|wanted| {
        let mut subs = entry.subs.iter();
        subs.find(|sub| sub.names.split('|').any(|name| name == wanted))
    });
    let texts = sub.map(|sub| sub.flags).into_iter().chain([entry.flags]);
    texts
        .flat_map(str::split_ascii_whitespace)
        .filter(|token| *token != "-NUM")
        .map(|token| {
            let names = token.trim_end_matches(['=', '?', '*']);
            FlagEntry {
                takes_value: names.len() < token.len(),
                names: names.split('|').collect(),
            }
        })
        .collect()
}

/// The entry of a program by any of its names.
fn entry(program: &str) -> Option<&'static Program> {
    spec::find(program).map(|(_, spec)| spec.entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apt_and_npm() {
        assert!(programs().any(|name| name == "apt-get"));
        let subs: Vec<_> = subcommands("apt-get").collect();
        assert!(subs.contains(&"install") && !subs.contains(&"auto-remove"));
        let subs: Vec<_> = subcommands("npm").collect();
        assert!(subs.contains(&"cache clean") && subs.contains(&"pkg get"));
        assert!(!subs.contains(&"i"));
        let flags = flags("apt-get", Some("install"));
        let yes = flags.iter().find(|flag| flag.names.contains(&"-y"));
        assert_eq!(
            yes.map(|flag| flag.names.clone()),
            Some(vec!["-y", "--yes", "--assume-yes"])
        );
        let target = flags.iter().find(|flag| flag.names.contains(&"-t"));
        assert!(target.is_some_and(|flag| flag.takes_value));
        assert_eq!(super::flags("no-such-program", None), []);
    }

    #[test]
    fn sub_commands_have_their_own_flags_first() {
        let first = |sub| super::flags("apt-get", Some(sub)).swap_remove(0).names;
        assert_eq!(first("list"), ["--installed"]);
        assert_eq!(first("indextargets"), ["--format"]);
        assert_eq!(first("install").first(), Some(&"-y"));
    }
}
