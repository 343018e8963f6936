//! What the server does for a client, one file for each feature.

pub(super) mod actions;
pub(super) mod commands;
mod companions;
pub(super) mod completion;
pub(super) mod diagnostics;
pub(super) mod edits;
pub(super) mod explain;
pub(super) mod folding;
pub(super) mod formatting;
pub(super) mod hints;
pub(super) mod hover;
pub(super) mod lenses;
pub(super) mod links;
pub(super) mod navigation;
pub(super) mod rename;
pub(super) mod selection;
pub(super) mod signature;
pub(super) mod symbols;
pub(super) mod tokens;
pub(super) mod verify;
pub(super) mod workspace_diagnostics;
pub(super) mod workspace_symbols;
