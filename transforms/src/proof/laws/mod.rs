//! The laws: what each of them explains, and under which conditions.

pub(super) mod cleanup;
pub(super) mod config;
mod copies;
mod directory;
mod exec;
mod flags;
mod index;
mod joined;
pub(super) mod layers;
mod manager;
mod owner;
mod started;

use super::align::{Alignment, Answer};

/// A law about steps: looks at the item before and the one after at which the lists part.
pub(super) type StepLaw = for<'x, 't, 'a> fn(&'x Alignment<'t, 'a>, usize, usize) -> Answer;

/// The laws about steps, in the order in which they are asked.
pub(super) const STEPS: &[StepLaw] = &[
    flags::explain,
    joined::explain,
    joined::reordered,
    exec::explain,
    copies::explain,
    owner::explain,
    directory::explain,
    cleanup::explain,
    index::explain,
];
