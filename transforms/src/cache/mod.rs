//! BuildKit's cache, as a model: what a build of the default target would do step by step ([`Plan`]), and which key the
//! cache knows each step by when the content of the build context is given ([`Plan::keys`]).
//!
//! A step runs again when its key is new. The key of a step (semantics B.11) is made of
//!
//! - the key of the state it starts from: the step before it, the stage it is built on, the base image. A `COPY --link` starts
//!   from nothing.
//! - what it does: for RUN the words with the shell, all of ENV and ARG, working directory, user, mounts and sandbox; for
//!   COPY and ADD destination, owner, mode, patterns; for WORKDIR path and owner. Variables are expanded with the defaults of
//!   the arguments.
//! - the content that it takes: of the build context through the ignore file (names, modes, bytes), and of other stages.
//!   What a RUN of another stage made is not known, so its content counts as new whenever that RUN runs again; what a COPY
//!   brought there is known by its content, whatever ran before.
//!
//! Metadata makes no step, and a stage that the target does not need is not built. Base images and downloads count as
//! constant.

mod keys;
mod plan;
mod print;
#[cfg(test)]
mod tests;

pub use keys::{Contents, StepKey};
pub use plan::{Install, Plan, Selection, Stage, Step, StepKind};
pub use print::print;
