//! How often what a Dockerfile copies has changed.

use std::collections::BTreeMap;

use super::Facts;

/// How often the sources of `COPY` and `ADD` have changed, as far as the history of the repository was read. The default
/// says that nothing was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// How many commits were looked at.
    pub commits: u32,
    /// By [`Facts::key`] of the source; one with wildcards stands under its own text. A source that never changed has an
    /// entry, one that was not looked up has none.
    pub churn: BTreeMap<String, Churn>,
}

/// How often one source has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Churn {
    /// In how many of the commits something of it changed that the ignore file lets through.
    pub changed: u32,
    /// The share of commits that change it, from 0 to 1, in which recent commits count for more.
    pub weight: f64,
}

impl History {
    /// How often a source of `COPY` or `ADD` has changed. `None`: not known.
    pub fn churn(&self, source: &str) -> Option<Churn> {
        self.churn.get(&Facts::key(source)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_looked_up_by_their_key() {
        let churn = Churn {
            changed: 4,
            weight: 0.25,
        };
        let history = History {
            commits: 16,
            churn: BTreeMap::from([("src".to_owned(), churn), (String::new(), churn)]),
        };
        assert_eq!(history.churn("./src/"), Some(churn));
        assert_eq!(history.churn("."), Some(churn));
        assert_eq!(history.churn("lib"), None);
        assert_eq!(History::default().churn("src"), None);
    }
}
