//! Images as a builder writes them: configuration, layers, and the files that the layers come to.

mod archive;
mod config;
mod layer;
mod members;
mod problem;
#[cfg(test)]
mod tests;
mod tree;
mod zstd;

pub(crate) use archive::read;
pub(crate) use config::Config;
#[cfg(test)]
pub(crate) use tests::{Put, directory, file, image_with};
pub(crate) use tree::{Entry, Kind, Path, Tree, display};

/// An image.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    /// What a container is started with.
    pub(crate) config: Config,
    /// The layers, the lowest first.
    pub(crate) layers: Vec<Layer>,
    /// The files.
    pub(crate) tree: Tree,
}

/// A layer of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layer {
    /// The bytes of the contents of its files, also of those that a later layer hides.
    pub(crate) bytes: u64,
    /// What made it, in the words of the image's history.
    pub(crate) created_by: Option<String>,
}

impl Image {
    /// The bytes of all layers.
    pub(crate) fn bytes(&self) -> u64 {
        self.layers.iter().map(|layer| layer.bytes).sum()
    }

    /// The number of paths.
    pub(crate) fn files(&self) -> usize {
        self.tree.len()
    }
}
