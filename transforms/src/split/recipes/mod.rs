//! Recipes: what the tools of a language make and where, one module each.
//!
//! To add one: write the module with its [`Recipe`] and add its `mod` line and one line to [`ALL`]. A recipe reads single
//! commands; what is done with what they make is decided by the plan, which is the same for all.

pub(super) mod c;
pub(super) mod dotnet;
pub(super) mod download;
pub(super) mod elixir;
pub(super) mod generic;
pub(super) mod go;
pub(super) mod java;
mod nginx;
pub(super) mod node;
pub(super) mod php;
pub(super) mod python;
pub(super) mod ruby;
pub(super) mod rust;
pub(super) mod spring;

use super::acts::{Act, Cmd, Output, Work};
use super::place::Place;

/// What is known of the tools of a language.
pub struct Recipe {
    /// The id in kebab-case; it stays for ever.
    pub id: &'static str,
    /// For a person: "Go".
    pub name: &'static str,
    /// The page in Markdown: what is recognised, what is kept, when it is refused.
    pub page: &'static str,
    read: fn(&Cmd<'_>) -> Option<Act>,
}

/// All recipes; the first that knows a command counts.
pub static ALL: &[Recipe] = &[
    go::RECIPE,
    rust::RECIPE,
    java::RECIPE,
    node::RECIPE,
    python::RECIPE,
    dotnet::RECIPE,
    ruby::RECIPE,
    php::RECIPE,
    elixir::RECIPE,
    c::RECIPE,
    spring::RECIPE,
    download::RECIPE,
    generic::RECIPE,
];

/// What a command does, by the first recipe that knows it.
pub(super) fn read(cmd: &Cmd<'_>) -> Option<Act> {
    ALL.iter().find_map(|recipe| (recipe.read)(cmd))
}

/// Works in the current directory.
fn here(cmd: &Cmd<'_>, recipe: &'static str, kind: Work) -> Act {
    cmd.makes(recipe, kind, vec![Output::Tree(cmd.here())])
}

/// Makes nothing that stays but a cache.
fn cache(cmd: &Cmd<'_>, recipe: &'static str, kind: Work) -> Act {
    cmd.makes(recipe, kind, vec![Output::Cache])
}

/// Installs below `/usr/local`, of which an image of the language itself uses the directories of `own`.
fn local(cmd: &Cmd<'_>, recipe: &'static str, kind: Work, families: &[&str], own: &[&str]) -> Act {
    let outputs = match families.contains(&cmd.image.family()) {
        true => own
            .iter()
            .map(|path| Output::One(Place::At((*path).to_owned())))
            .collect(),
        false => vec![Output::Prefix(Place::At("/usr/local".to_owned()))],
    };
    cmd.makes(recipe, kind, outputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_pages_are_written() {
        for (at, recipe) in ALL.iter().enumerate() {
            assert!(ALL.iter().skip(at + 1).all(|other| other.id != recipe.id));
            assert!(recipe.page.len() > 80, "{}", recipe.id);
        }
    }
}
