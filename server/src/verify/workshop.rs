//! Where a comparison is made: a temporary folder, names for the images and containers, and the end of all of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::builder::{Builder, Kind};
use super::process::{Limits, capture};

/// How long one command of the clean-up may take.
const CLEANUP: Duration = Duration::from_secs(120);

/// The place of one comparison. Dropping it removes the folder and whatever was made under its names, also after an error or
/// a panic; not when it is told to keep them.
#[derive(Debug)]
pub(crate) struct Workshop {
    folder: Option<TempDir>,
    path: PathBuf,
    id: String,
    builder: Builder,
    tags: Vec<String>,
    containers: Vec<String>,
    /// Images without a name may be left behind.
    sweep: bool,
    keep: bool,
}

impl Workshop {
    /// A new, empty place.
    ///
    /// # Errors
    /// When no temporary folder can be made.
    pub(crate) fn new(builder: &Builder, keep: bool) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("dfix-verify-").tempdir()?;
        // The random part of the folder's name, which no two folders at a time share; names of images are in lower case.
        let name = folder.path().file_name().unwrap_or_default();
        let random = name.to_string_lossy().to_lowercase();
        let random = random.trim_start_matches("dfix-verify-");
        let id = format!("{random}{:x}", std::process::id());
        Ok(Self {
            path: folder.path().to_path_buf(),
            folder: Some(folder),
            id,
            builder: builder.clone(),
            tags: Vec::new(),
            containers: Vec::new(),
            sweep: false,
            keep,
        })
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What the names and labels of this comparison have in common, and others have not.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The name of an image that is about to be made. From now on it is removed at the end.
    pub(crate) fn tag(&mut self, role: &str) -> String {
        // What is tried again may leave images without a name.
        self.sweep |= role == "rebuild" || self.builder.kind != Kind::Docker;
        let tag = format!("dfix-verify-{}:{role}", self.id);
        if !self.tags.contains(&tag) {
            self.tags.push(tag.clone());
        }
        tag
    }

    /// The name of a container that is about to be started. From now on it is removed at the end.
    pub(crate) fn container(&mut self, role: &str) -> String {
        let name = format!("dfix-verify-{}-{role}", self.id);
        if !self.containers.contains(&name) {
            self.containers.push(name.clone());
        }
        name
    }

    /// Removes a container, with the volumes that were made for it.
    pub(crate) fn remove_container(&mut self, name: &str) {
        self.containers.retain(|other| other != name);
        self.try_to(["rm", "-f", "-v", name]);
    }

    /// What stays behind on request: the names of the images and of the folder.
    pub(crate) fn kept(&self) -> Vec<String> {
        if !self.keep {
            return Vec::new();
        }
        let folder = self.path.to_string_lossy().into_owned();
        self.tags.iter().cloned().chain([folder]).collect()
    }

    /// Puts a Dockerfile into a folder of its own, with the ignore file that belongs to it. Returns its path.
    ///
    /// # Errors
    /// When it can't be written, or an ignore file not be read.
    pub(crate) fn put_dockerfile(
        &self,
        role: &str,
        text: &str,
        original: Option<&Path>,
    ) -> io::Result<PathBuf> {
        fs::create_dir_all(self.path.join(role))?;
        let file = self.dockerfile(role);
        fs::write(&file, text)?;
        // Builders look for it beside the file, and take it instead of the context's (Buildah and Podman know both endings).
        for ending in [".dockerignore", ".containerignore"] {
            let Some(original) = original else { continue };
            match fs::read(with_ending(original, ending)) {
                Ok(content) => fs::write(with_ending(&file, ending), content)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(file)
    }

    /// Where a Dockerfile is put.
    pub(crate) fn dockerfile(&self, role: &str) -> PathBuf {
        self.path.join(role).join("Dockerfile")
    }

    /// Runs a command of the clean-up. What can't be removed is not there, or nobody can help it now.
    fn try_to<const N: usize>(&self, words: [&str; N]) {
        let _ = capture(self.builder.plain(words), LIMITS);
    }

    fn clean_up(&mut self) {
        for container in std::mem::take(&mut self.containers) {
            self.try_to(["rm", "-f", "-v", &container]);
        }
        if self.keep {
            if let Some(folder) = self.folder.take() {
                let _ = folder.keep();
            }
            return;
        }
        let tags = std::mem::take(&mut self.tags);
        if !tags.is_empty() {
            let _ = capture(self.builder.remove_images(&tags), LIMITS);
        }
        if self.sweep {
            self.sweep_images();
        }
    }

    /// Removes images that carry this comparison's label and no name any more.
    fn sweep_images(&self) {
        let Ok(said) = capture(self.builder.list_images(&self.id), LIMITS) else {
            return;
        };
        let mut ids: Vec<String> = said.out.split_whitespace().map(str::to_owned).collect();
        ids.dedup();
        if said.status.success() && !ids.is_empty() {
            let _ = capture(self.builder.remove_images(&ids), LIMITS);
        }
    }
}

/// Cleaning up is not given up because somebody wants to stop: that is why it is done.
const LIMITS: Limits<'static> = Limits {
    timeout: CLEANUP,
    stop: None,
};

impl Drop for Workshop {
    fn drop(&mut self) {
        self.clean_up();
    }
}

/// A path with something appended to its name.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dockerfiles_take_their_ignore_file_along() {
        let outer = tempfile::tempdir().unwrap();
        let original = outer.path().join("app.Dockerfile");
        fs::write(outer.path().join("app.Dockerfile.dockerignore"), "x").unwrap();
        fs::write(outer.path().join(".dockerignore"), "y").unwrap();
        let builder = Builder {
            kind: Kind::Docker,
            version: String::new(),
            labels_layers: false,
        };
        let workshop = Workshop::new(&builder, false).unwrap();
        let file = workshop.put_dockerfile("before", "FROM x\n", Some(&original));
        let file = file.unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "FROM x\n");
        let beside = fs::read_to_string(with_ending(&file, ".dockerignore"));
        assert_eq!(beside.unwrap(), "x");
        let plain = workshop.put_dockerfile("after", "", None).unwrap();
        assert!(!with_ending(&plain, ".dockerignore").exists());
        let folder = workshop.path().to_path_buf();
        drop(workshop);
        assert!(!folder.exists());
    }
}
