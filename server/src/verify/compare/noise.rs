//! What differs between two builds of the same file: the noise of a builder, of packages and of the clock.

use std::collections::{BTreeMap, BTreeSet};

use super::{Aspect, Change, Subject, differences};
use crate::verify::image::Image;

/// What two builds of the same input had different: exactly these places, in exactly these aspects.
///
/// A file with another content in the two builds may have any content later, but no other mode. A path that only one of them
/// has may be there or not. Programs also give names that hold the time or a process number. Such a path that is missing in one
/// build and new in the other is noise, too, but only where the two builds had paths that are equal to it but for their digits,
/// as many of them in the one build as in the other. Names with random letters are not recognised: any name would do then.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noise {
    exact: BTreeSet<(Subject, Aspect)>,
    /// Paths with each run of digits replaced.
    numbered: BTreeSet<Vec<u8>>,
}

impl Noise {
    /// Finds what differs between two builds of the same input.
    pub(crate) fn between(first: &Image, second: &Image) -> Self {
        let mut noise = Self::default();
        let mut shapes: BTreeMap<Vec<u8>, (usize, usize)> = BTreeMap::new();
        for difference in differences(first, second) {
            for change in difference.changes {
                if let (Subject::Path(path), Aspect::Presence(_)) =
                    (&difference.subject, &change.aspect)
                {
                    let counts = shapes.entry(without_digits(path)).or_default();
                    match change.before {
                        Some(_) => counts.0 += 1,
                        None => counts.1 += 1,
                    }
                }
                noise
                    .exact
                    .insert((difference.subject.clone(), change.aspect));
            }
        }
        let balanced = shapes.into_iter().filter(|(_, (a, b))| a == b);
        noise.numbered = balanced.map(|(shape, _)| shape).collect();
        noise
    }

    /// Whether a change was seen between two equal builds as well.
    pub(crate) fn has(&self, subject: &Subject, change: &Change) -> bool {
        // No clone of the whole difference is worth it here: there are few.
        let exact = (subject.clone(), change.aspect.clone());
        self.exact.contains(&exact)
            || match (subject, &change.aspect) {
                (Subject::Path(path), Aspect::Presence(_)) => {
                    self.numbered.contains(&without_digits(path))
                }
                _ => false,
            }
    }
}

/// A path with each run of digits replaced by one sign.
fn without_digits(path: &[u8]) -> Vec<u8> {
    let mut shape: Vec<u8> = Vec::with_capacity(path.len());
    let mut in_digits = false;
    for byte in path {
        if !byte.is_ascii_digit() {
            shape.push(*byte);
        } else if !in_digits {
            // No path has it.
            shape.push(0);
        }
        in_digits = byte.is_ascii_digit();
    }
    shape
}
