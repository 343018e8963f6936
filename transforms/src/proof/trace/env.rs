//! The environments of a trace. They share structure: each RUN sees all that was set above it, and a copy for every RUN
//! would grow with the square of the file.

use std::hash::{BuildHasher, Hash, Hasher};

use rustc_hash::{FxBuildHasher, FxHashMap};
use smol_str::SmolStr;

use crate::model::Value;

/// The settings of all stages, each pointing to the one before it.
#[derive(Debug, Default)]
pub(crate) struct Envs {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    name: SmolStr,
    value: Value,
    previous: Option<usize>,
}

/// One environment. Two are equal when the same names have the same values, in whatever order they were set.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EnvId {
    last: Option<usize>,
    /// The sum of the fingerprints of its pairs.
    print: u128,
}

/// An environment that is being built: its end in [`Envs`], and where each name is.
#[derive(Debug, Clone, Default)]
pub(super) struct Building {
    id: EnvId,
    at: FxHashMap<SmolStr, usize>,
}

impl EnvId {
    /// Equal for equal environments, and for no others as far as anybody will ever see.
    pub(crate) fn print(self) -> u128 {
        self.print
    }
}

impl PartialEq for EnvId {
    fn eq(&self, other: &Self) -> bool {
        self.print == other.print
    }
}

impl Envs {
    /// The value of a name in an environment; `None` when nothing in the file (or in what is known of the base) sets it.
    pub(crate) fn get(&self, env: EnvId, name: &str) -> Option<&Value> {
        self.walk(env)
            .find_map(|node| (node.name == name).then_some(&node.value))
    }

    /// The pairs of an environment, the latest setting of each name, last set first.
    pub(crate) fn pairs(&self, env: EnvId) -> Vec<(&SmolStr, &Value)> {
        let mut pairs: Vec<(&SmolStr, &Value)> = Vec::new();
        for node in self.walk(env) {
            if pairs.iter().all(|(name, _)| **name != node.name) {
                pairs.push((&node.name, &node.value));
            }
        }
        pairs
    }

    fn walk(&self, env: EnvId) -> impl Iterator<Item = &Node> + '_ {
        std::iter::successors(env.last.and_then(|at| self.nodes.get(at)), |node| {
            self.nodes.get(node.previous?)
        })
    }
}

impl Building {
    pub(super) fn id(&self) -> EnvId {
        self.id
    }

    pub(super) fn get<'e>(&self, envs: &'e Envs, name: &str) -> Option<&'e Value> {
        envs.nodes.get(*self.at.get(name)?).map(|node| &node.value)
    }

    /// All pairs, in no order.
    pub(super) fn all(&self, envs: &Envs) -> Vec<(SmolStr, Value)> {
        let nodes = self.at.values().filter_map(|at| envs.nodes.get(*at));
        nodes
            .map(|node| (node.name.clone(), node.value.clone()))
            .collect()
    }

    pub(super) fn set(&mut self, envs: &mut Envs, name: &str, value: Value) {
        let name = SmolStr::from(name);
        if let Some(old) = self.get(envs, &name) {
            if *old == value {
                return;
            }
            self.id.print = self.id.print.wrapping_sub(fingerprint(&name, old));
        }
        self.id.print = self.id.print.wrapping_add(fingerprint(&name, &value));
        self.at.insert(name.clone(), envs.nodes.len());
        envs.nodes.push(Node {
            name,
            value,
            previous: self.id.last,
        });
        self.id.last = Some(envs.nodes.len() - 1);
    }
}

/// 128 bits of a pair; two hashers of different kinds make half of it each.
fn fingerprint(name: &str, value: &Value) -> u128 {
    let mut sip = std::hash::DefaultHasher::new();
    (name, value).hash(&mut sip);
    let fx = FxBuildHasher.hash_one((name, value));
    let mut second = std::hash::DefaultHasher::new();
    (fx, value, name).hash(&mut second);
    (u128::from(sip.finish()) << 64) | u128::from(second.finish())
}
