//! Typed views of the tree.

pub mod shell;
