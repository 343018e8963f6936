//! COPY and ADD, one source at a time (semantics B.9).

use smol_str::SmolStr;

use crate::model::Value;

/// One source that is copied.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct Copy {
    /// What is copied.
    pub(crate) source: Source,
    /// The destination, absolute; a slash at its end says that it is a directory.
    pub(crate) dest: Value,
    /// The value of `--chown`, if it isn't empty.
    pub(crate) owner: Option<Value>,
    /// The value of `--chmod`, if it isn't empty.
    pub(crate) mode: Option<Value>,
    /// Whether the files go into a layer of their own.
    pub(crate) link: bool,
    /// Whether the parents of the source come along.
    pub(crate) parents: bool,
    /// Patterns that are left out.
    pub(crate) exclude: Vec<SmolStr>,
    /// Whether an archive is unpacked.
    pub(crate) unpack: bool,
    /// `--keep-git-dir`
    pub(crate) keep_git_dir: bool,
    /// `--checksum`
    pub(crate) checksum: Option<Value>,
}

/// What is copied.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum Source {
    /// A path of the build context, wildcards included.
    Context(Value),
    /// A path of a stage.
    Stage(usize, Value),
    /// A path of an image.
    Image(Value, Value),
    /// A file that stands in the Dockerfile.
    Heredoc {
        /// Its name.
        name: SmolStr,
        /// Its content.
        content: Value,
    },
    /// A file to download.
    Http(Value),
    /// A repository.
    Git(Value),
    /// A source of ADD of which a variable decides what it is.
    Unknown(Value),
}

impl Copy {
    /// Whether it is no more than a copy: no flag that changes what arrives.
    pub(crate) fn is_plain(&self) -> bool {
        self.owner.is_none()
            && self.mode.is_none()
            && !self.link
            && !self.parents
            && self.exclude.is_empty()
            && self.checksum.is_none()
    }
}
