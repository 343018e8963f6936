//! Dockerfiles as lossless syntax trees.
//!
//! [`parse`] turns a [`SourceText`] into a [`Parse`]: a rowan tree whose text equals the input byte for byte, and a
//! list of errors. Parsing never fails. The grammar is BuildKit's (`frontend/dockerfile/parser`), extended below
//! `RUN`, `CMD`, `ENTRYPOINT`, `HEALTHCHECK` and heredoc bodies by the shell (POSIX sh and bash).
//!
//! The pipeline: physical lines are joined into *logical lines* ([`logical`]); the instruction grammar and the shell
//! grammar read the joined text and say where tokens end and nodes start; the emitter lays that back over the source text,
//! puts continuations, comment lines and blank lines between or inside the tokens as trivia, and builds the tree.

pub mod ast;
pub mod buildkit;
mod directive;
mod emit;
mod grammar;
mod green;
mod heredoc;
mod kind;
mod logical;
mod parse;
mod reuse;
pub mod shell;
mod shlex;
mod source;
mod tree_builder;

pub use directive::is_known_frontend;
pub use grammar::{decode_flag, decode_json_string, known_flags};
pub use green::{GreenElementRef, GreenNodeRef, GreenTokenRef};
pub use heredoc::heredoc_operators;
pub use kind::{DockerfileLanguage, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};
pub use parse::{Parse, SyntaxError, parse, parse_edited};
pub use rowan::{NodeOrToken, TextRange, TextSize};
pub use source::{SourceError, SourceText};
