//! What the server does for a client, one file for each feature.

pub(super) mod actions;
pub(super) mod commands;
pub(super) mod diagnostics;
pub(super) mod edits;
pub(super) mod explain;
pub(super) mod folding;
pub(super) mod hover;
pub(super) mod selection;
pub(super) mod symbols;
pub(super) mod tokens;
