//! What dfix knows about Dockerfiles and how it rewrites them.
//!
//! Two functions are the public face: [`lint`] reports findings, [`fix`] rewrites to a fixpoint; for editors, [`findings_of`] and
//! [`judge_finding`] are the two halves of the first. All are pure: no IO, no clock, no network. What they need of the outside world arrives as [`Facts`], gathered by the caller.
//!
//! The way of a file: [`model::Analysis`] is built in one walk over the tree; each rule of [`rules`] reads it and pushes
//! [`Finding`]s with [`Fix`]es; [`engine`] chooses fixes, applies them, parses again, and asks [`proof`] whether the
//! new file still builds the same image.

pub mod cache;
pub mod commands;
mod companion;
pub mod dockerignore;
pub mod ecosystem;
mod edit;
pub mod effects;
pub mod engine;
mod facts;
mod finding;
pub mod format;
pub mod images;
mod layout;
pub mod model;
pub mod order;
pub mod proof;
pub mod refactor;
pub mod rules;
mod settings;
pub mod split;

pub use companion::Companion;
pub use edit::{Applicability, Edit, Fix};
pub use engine::{
    Applied, Company, Outcome, Refusal, Report, findings_of, fix, judge_finding, lint,
};
pub use facts::{
    Churn, ContextEntry, ContextKind, Facts, History, IgnoreFile, Need, Project, Timings,
};
pub use finding::{Finding, Related, Severity};
pub use settings::{Builder, ImageConfig, Keep, RuntimeBase, Settings};
