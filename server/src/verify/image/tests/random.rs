//! Random changes of a tree, written as layers, come to the tree.

use std::collections::BTreeMap;

use super::*;

/// Numbers that look random (a linear congruential generator).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// What a tree has at its paths: a directory, or a file with its content.
type Model = BTreeMap<String, Option<String>>;

/// One random change of a tree.
fn change(tree: &mut Model, random: &mut Random) {
    let depth = 1 + random.below(3);
    let mut path = String::new();
    for _ in 0..depth {
        // What stands in the way of a directory is replaced.
        if !path.is_empty() && tree.get(&path).is_none_or(Option::is_some) {
            tree.insert(path.clone(), None);
        }
        // Names that are starts of each other, and that sort before and behind a slash.
        let name = ["a", "a-", "a0", "b"][random.below(4) as usize];
        path = format!("{path}/{name}");
    }
    let below = format!("{path}/");
    match random.below(4) {
        0 => tree.retain(|other, _| *other != path && !other.starts_with(&below)),
        1 => {
            tree.insert(path, None);
        }
        _ => {
            tree.retain(|other, _| !other.starts_with(&below));
            tree.insert(path, Some(random.below(3).to_string()));
        }
    }
}

/// A layer that makes the second tree of the first. It may mark a directory as opaque and bring it again.
fn layer(before: &Model, after: &Model, random: &mut Random) -> Vec<Put> {
    let mut members = Vec::new();
    let mut opaque: Vec<String> = Vec::new();
    for (path, content) in after {
        let hidden = opaque.iter().any(|parent| path.starts_with(parent));
        match content {
            None => {
                let known = before.get(path) == Some(&None);
                if known && !hidden && random.below(4) == 0 {
                    opaque.push(format!("{path}/"));
                    members.push(file(&format!("{path}/.wh..wh..opq"), ""));
                } else if known && !hidden && random.below(2) == 0 {
                    continue;
                }
                members.push(directory(path));
            }
            Some(_) if before.get(path) == Some(content) && !hidden && random.below(2) == 0 => {}
            Some(content) => members.push(file(path, content)),
        }
    }
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        let (parent, name) = path.rsplit_once('/').unwrap();
        let parent_is_there = parent.is_empty() || after.get(parent) == Some(&None);
        let hidden = opaque.iter().any(|parent| path.starts_with(parent));
        if parent_is_there && !hidden {
            let mark = file(&format!("{parent}/.wh.{name}"), "");
            let place = random.below(members.len() as u64 + 1);
            members.insert(place as usize, mark);
        }
    }
    members
}

#[test]
fn layers_come_to_the_tree() {
    for seed in 0..400 {
        let mut random = Random(seed);
        let mut tree = Model::new();
        let mut layers = Vec::new();
        for _ in 0..1 + random.below(5) {
            let before = tree.clone();
            for _ in 0..random.below(8) {
                change(&mut tree, &mut random);
            }
            layers.push(layer(&before, &tree, &mut random));
        }
        let image = image_with(&json!({}), &layers).unwrap();
        let found: Model = image
            .tree
            .iter()
            .filter(|(path, _)| path.as_ref() != b"/")
            .map(|(path, entry)| {
                let content = match &entry.kind {
                    Kind::File { text, .. } => text.as_deref().map(str::to_owned),
                    _ => None,
                };
                (display(path), content)
            })
            .collect();
        assert_eq!(found, tree, "seed {seed}");
    }
}
