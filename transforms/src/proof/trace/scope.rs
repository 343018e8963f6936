//! The variables that expansions see.

use smol_str::format_smolstr;

use super::env::{Building, Envs};
use crate::model::{Part, Scope, Value};

/// The variables of a stage.
pub(super) struct StageScope<'s> {
    pub(super) envs: &'s Envs,
    pub(super) env: &'s Building,
    pub(super) root: Option<usize>,
}

impl Scope for StageScope<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        match (self.env.get(self.envs, name), self.root) {
            (Some(value), _) => Some(value.clone()),
            (None, Some(root)) => Some(from_base(root, name)),
            (None, None) => None,
        }
    }
}

/// The variables of FROM lines.
pub(super) struct GlobalScope<'s> {
    pub(super) envs: &'s Envs,
    pub(super) env: &'s Building,
    pub(super) known: bool,
}

impl Scope for GlobalScope<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.env
            .get(self.envs, name)
            .cloned()
            .or_else(|| automatic(name, self.known))
    }
}

pub(super) fn from_base(root: usize, name: &str) -> Value {
    Value::part(Part::FromBase(format_smolstr!("{root}:{name}")))
}

/// The automatic platform arguments (`platform.go: defaultArgs`); those of a build on linux/amd64 when the world is
/// known.
pub(super) fn automatic(name: &str, known: bool) -> Option<Value> {
    let concrete = match name {
        "TARGETPLATFORM" | "BUILDPLATFORM" => "linux/amd64",
        "TARGETOS" | "BUILDOS" => "linux",
        "TARGETARCH" | "BUILDARCH" => "amd64",
        "TARGETVARIANT" | "BUILDVARIANT" | "TARGETOSVERSION" | "BUILDOSVERSION" => "",
        "TARGETSTAGE" => "default",
        _ => return None,
    };
    Some(if known {
        Value::literal(concrete)
    } else {
        build_arg(name, None)
    })
}

pub(super) fn build_arg(name: &str, default: Option<Value>) -> Value {
    match &default {
        Some(value) if matches!(value.parts(), [Part::BuildArg { name: inner, .. }] if inner == name) => {
            value.clone()
        }
        _ => Value::part(Part::BuildArg {
            name: name.into(),
            default: default.map(Box::new),
        }),
    }
}

/// Arguments that change the build although nothing mentions them (semantics B.3).
pub(super) fn is_special(name: &str) -> bool {
    name.starts_with("BUILDKIT_") || name == "SOURCE_DATE_EPOCH"
}
