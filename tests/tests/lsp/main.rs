//! `dfix lsp` over standard input and output, as an editor speaks with it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod cli;
mod companions;
mod configuration;
mod corpus;
mod requests;
mod stages;
mod transport;
mod typing;
#[cfg(unix)]
mod verify;
mod workspace;
