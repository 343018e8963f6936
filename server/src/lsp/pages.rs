//! Pages as files: those of the rules, so that a diagnostic can link to the page of its rule in every editor, also without a
//! network, and results for clients that can show documents only.

use std::hash::BuildHasher;
use std::path::PathBuf;
use std::sync::OnceLock;

use dfix_transforms::rules::ALL;
use etcetera::BaseStrategy;
use rustc_hash::{FxBuildHasher, FxHashMap};
use tower_lsp::lsp_types::Url;

use crate::explain;

/// The addresses of the pages.
#[derive(Debug, Default)]
pub(super) struct Pages {
    links: OnceLock<FxHashMap<&'static str, Url>>,
}

impl Pages {
    /// The address of a rule's page; `None` where the user has no folder for caches that can be written.
    pub(super) fn link(&self, rule: &str) -> Option<&Url> {
        let links = self.links.get_or_init(|| write_all().unwrap_or_default());
        links.get(rule)
    }
}

/// Writes the last result about a document, and returns the page's address; `None` where nothing can be written.
pub(super) fn write_result(key: &str, markdown: &str) -> Option<Url> {
    // The name is the document's, so that its next result takes the place of this one.
    let number = FxBuildHasher.hash_one(key);
    let file = folder("results")?.join(format!("{number:016x}.md"));
    std::fs::write(&file, markdown).ok()?;
    Url::from_file_path(&file).ok()
}

/// A folder for pages of this version in the user's cache.
fn folder(name: &str) -> Option<PathBuf> {
    let cache = etcetera::choose_base_strategy().ok()?.cache_dir();
    let folder = cache
        .join("dfix")
        .join(env!("CARGO_PKG_VERSION"))
        .join(name);
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder)
}

/// Writes the pages of this version, once for each user.
fn write_all() -> Option<FxHashMap<&'static str, Url>> {
    let folder = folder("rules")?;
    let mut links = FxHashMap::default();
    for rule in ALL {
        let page = explain::page(rule.meta.id).ok()?;
        let file = folder.join(format!("{}.md", rule.meta.id));
        // A build under development has the version of the last one.
        if std::fs::read_to_string(&file).ok().as_deref() != Some(&page) {
            std::fs::write(&file, page).ok()?;
        }
        links.insert(rule.meta.id, Url::from_file_path(&file).ok()?);
    }
    Some(links)
}
