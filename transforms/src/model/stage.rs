//! Stages and what they are built on.

use std::ops::Range;

use dfix_syntax::TextRange;
use smol_str::SmolStr;

use super::Value;

/// A build stage.
#[derive(Debug)]
pub struct Stage {
    /// Its number, from 0.
    pub index: usize,
    /// The index of its FROM in [`super::Analysis::instructions`].
    pub from: usize,
    /// The indices of its other instructions.
    pub instructions: Range<usize>,
    /// The name in lower case, if it has one.
    pub name: Option<SmolStr>,
    /// What it starts from.
    pub base: Base,
    /// The stage at the start of its chain, which is built on an image or on nothing; itself, if it is such a stage.
    pub root: usize,
    /// The value of `--platform`.
    pub platform: Option<Value>,
    /// Whether something hints at Windows: the escape directive, the base image's name, the platform, or the shell. What
    /// dfix knows about shells, paths and packages doesn't hold there.
    pub windows: bool,
    /// The stages that are built on this one (`FROM name`), directly.
    pub children: Vec<usize>,
    /// Later stages whose base depends on a build argument and may be this stage (`FROM base-$TARGETARCH`).
    pub possible_children: Vec<usize>,
    /// Where this stage is named: `COPY --from`, `RUN --mount from`, by name or number, in triggers as well. FROM
    /// references are in `children`.
    pub references: Vec<StageRef>,
}

/// What a stage starts from.
#[derive(Debug, Clone, PartialEq)]
pub enum Base {
    /// Another stage of the file, by its number.
    Stage(usize),
    /// The empty image.
    Scratch,
    /// An image; the reference after expansion of global arguments, symbolic where these are not known.
    Image(Value),
}

/// A reference to a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRef {
    /// The referring instruction's index.
    pub instruction: usize,
    /// The name or number as written.
    pub range: TextRange,
    /// Whether it is a number.
    pub by_number: bool,
}
