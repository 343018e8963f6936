//! The table of official image families.

use super::Knowledge;
use super::reference::Reference;

/// What the table says of a reference.
pub(super) fn find(reference: &Reference) -> Option<Knowledge> {
    let _ = (reference.official_name(), reference.host_starts_with("mcr"));
    let tag = reference.tag_words();
    let _ = (tag.complete(), tag.any(|_| false), tag.major());
    None
}
