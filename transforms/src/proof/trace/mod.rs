//! The build trace: what a build of a file would do, step by step, as BuildKit's converter decides it
//! (`frontend/dockerfile/dockerfile2llb/convert.go`, semantics B).
//!
//! Values that depend on build arguments or on the base image stay symbolic, so two equal traces are equal for every
//! build. With a [`World`] that knows them, the same code gives the concrete trace of one build.
//!
//! Steps are in source order. BuildKit's graph has its own order (independent sources first), which says nothing about
//! the image.

mod add;
mod build;
mod config;
mod copy;
mod env;
mod instruction;
mod mount;
pub(crate) mod path;
mod reference;
mod run;
mod scope;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use smol_str::SmolStr;

pub(crate) use build::build;
pub(crate) use config::{Argv, Config, HealthTest, Healthcheck, Shell};
pub(crate) use copy::{Copy, Source};
pub(crate) use env::{EnvId, Envs};
pub(crate) use mount::{Mount, MountKind, MountSource};
pub(crate) use path::{clean, cleaned, is_below};

use super::normal::Element;
use crate::images::{Distribution, Entrypoint};
use crate::model::{Instruction, Value};

/// What a build would do.
#[derive(Debug)]
pub(crate) struct Trace<'a> {
    /// The stages in order.
    pub(crate) stages: Vec<Stage<'a>>,
    /// The environments that the steps point into.
    pub(crate) envs: Envs,
    /// Global arguments that change the build although nothing mentions them (semantics B.3), in order of name.
    pub(crate) specials: BTreeMap<SmolStr, Value>,
}

/// A stage.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    /// The name in lower case.
    pub(crate) name: Option<SmolStr>,
    /// What it starts from.
    pub(crate) base: Base,
    /// The platform, if it is another than the target's.
    pub(crate) platform: Option<Value>,
    /// The steps of its own, triggers of a parent stage first.
    pub(crate) steps: Vec<Step<'a>>,
    /// The configuration at its end.
    pub(crate) config: Config<'a>,
    /// As [`Trace::specials`].
    pub(crate) specials: BTreeMap<SmolStr, Value>,
    /// What the entrypoint of the image at the root of the stage chain does with a command, if that is known.
    pub(crate) base_entrypoint: Option<Entrypoint>,
    /// The distribution of that image, if it is known.
    pub(crate) distribution: Option<Distribution>,
    /// Whether it is a stage of another system, whose paths and shell dfix doesn't know: only its text can be compared.
    pub(crate) foreign: bool,
    /// The instructions of the stage without its FROM.
    pub(crate) instructions: &'a [Instruction],
}

/// What a stage starts from.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum Base {
    /// The empty image.
    Scratch,
    /// An earlier stage.
    Stage(usize),
    /// An image, by its normalised reference.
    Image(Value),
}

/// One operation of the build graph, and the instruction that asks for it.
#[derive(Debug, Clone)]
pub(crate) struct Step<'a> {
    /// The instruction, or the trigger of an ONBUILD.
    pub(crate) instruction: &'a Instruction,
    /// What is done.
    pub(crate) op: Op<'a>,
    /// The elementary commands of a process, split on the first question; see [`elements`](super::normal::elements).
    pub(super) elements: OnceCell<Rc<[Element<'a>]>>,
}

impl<'a> Step<'a> {
    pub(super) fn new(instruction: &'a Instruction, op: Op<'a>) -> Self {
        Self {
            instruction,
            op,
            elements: OnceCell::new(),
        }
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Op<'a> {
    /// A process.
    Exec(Box<Exec<'a>>),
    /// One source of a COPY or ADD.
    Copy(Box<Copy>),
    /// A directory that WORKDIR creates.
    Mkdir(Mkdir),
}

/// A process that a RUN starts.
#[derive(Debug, Clone)]
pub(crate) struct Exec<'a> {
    /// What is executed.
    pub(crate) argv: Argv<'a>,
    /// The body of a heredoc that is mounted as an executable file, with its name.
    pub(crate) file: Option<(SmolStr, String)>,
    /// The working directory.
    pub(crate) cwd: Value,
    /// The user as written; empty for root.
    pub(crate) user: Value,
    /// ENV and ARG in force.
    pub(crate) env: EnvId,
    /// Mounts in order.
    pub(crate) mounts: Vec<Mount>,
    /// `--network`, `--security` and `--device` in order.
    pub(crate) sandbox: Vec<(SmolStr, SmolStr)>,
}

/// A directory that WORKDIR creates if it is missing: with its parents, mode 0755.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct Mkdir {
    /// The cleaned path.
    pub(crate) path: Value,
    /// The USER in force, who becomes the owner; empty for root.
    pub(crate) owner: Value,
    /// Whether every builder makes it. buildah (1.43, with `--layers`) waits for the next RUN or COPY, makes only the
    /// directory in force there, and gives it to the user in force there, or to the owner of what is copied.
    pub(crate) certain: bool,
}

/// What is known besides the file. The default knows nothing, and everything stays symbolic.
#[derive(Debug, Default)]
pub(crate) struct World<'w> {
    /// All build arguments, if they are known.
    pub(crate) build_args: Option<&'w BTreeMap<String, String>>,
    /// The configuration of every base image, if it is known.
    pub(crate) base: Option<&'w KnownBase>,
}

/// A base image's complete configuration.
#[derive(Debug, Default)]
pub(crate) struct KnownBase {
    /// Its variables.
    pub(crate) env: Vec<(SmolStr, SmolStr)>,
    /// Its command.
    pub(crate) cmd: Vec<SmolStr>,
}

/// Why there is no trace: the build would fail, or dfix can't follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceError(pub(crate) String);

impl PartialEq for Exec<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.argv == other.argv
            && self.file == other.file
            && self.same_place(other)
            && self.cwd == other.cwd
    }
}

impl Exec<'_> {
    /// Whether both run in the same surroundings but for the working directory.
    pub(crate) fn same_place(&self, other: &Self) -> bool {
        self.user == other.user
            && self.env == other.env
            && self.mounts == other.mounts
            && self.sandbox == other.sandbox
    }
}

/// Whether a user is root, spelled one way or another.
pub(crate) fn is_root(user: &Value) -> bool {
    user.known().is_some_and(|user| {
        let (name, group) = user.split_once(':').unwrap_or((user, "0"));
        matches!(name, "" | "root" | "0") && matches!(group, "" | "root" | "0")
    })
}
