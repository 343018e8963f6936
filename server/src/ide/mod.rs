//! What an editor asks about a Dockerfile, in plain data: byte ranges and texts, no protocol.
//!
//! A feature is a file with a function of a [`File`] and, mostly, an offset. [`crate::lsp`] turns the answers into the
//! protocol's types.

pub(crate) mod completion;
pub(crate) mod folding;
pub(crate) mod hints;
pub(crate) mod hover;
pub(crate) mod lenses;
pub(crate) mod links;
mod mentions;
mod namesakes;
pub(crate) mod outline;
mod pieces;
mod place;
pub(crate) mod reference;
pub(crate) mod rename;
pub(crate) mod selection;
pub(crate) mod signature;
mod stages;
pub(crate) mod symbol;
#[cfg(test)]
mod testing;
pub(crate) mod text;
pub(crate) mod tokens;
mod variables;
mod walk;

use dfix_transforms::model::Analysis;
use dfix_transforms::{Facts, Settings};

/// A Dockerfile in an editor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File<'a> {
    /// What the text says.
    pub analysis: &'a Analysis,
    /// The settings that hold for it.
    pub settings: &'a Settings,
    /// What surrounds it.
    pub facts: &'a Facts,
}
