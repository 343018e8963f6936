//! An archive of images: what `docker save` writes, older or newer, and the docker and OCI archives of podman and buildah.
//!
//! It is read in one pass, whatever the order of its members: each blob that is a layer is read as one when it comes by,
//! small JSON is kept, and the images are put together afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::config::Document;
use super::layer::{self, Contents, Limits, Shape, TEXTS};
use super::members::{Kind, Members};
use super::problem::{Budget, Problem};
use super::tree::{Path, Tree, absolute, display, parent};
use super::{Image, Layer};

/// The longest document that is kept; the configurations of real images have at most some 100 KB.
const MAX_JSON: u64 = 16 << 20;

/// How many links may follow each other, and how many indexes may be inside each other.
const MAX_DEPTH: usize = 16;

/// How many manifests and indexes an archive may speak of, each counted as often as it is named.
const MAX_MANIFESTS: usize = 10_000;

/// What an archive holds.
#[derive(Debug)]
pub(crate) struct Archive {
    blobs: BTreeMap<Path, Blob>,
    images: Vec<Found>,
}

#[derive(Debug)]
enum Blob {
    Json(Vec<u8>),
    Layer(Arc<Contents>),
    Link(Path),
    /// Something else, or something that could not be read, with the reason.
    Unreadable(Problem),
}

/// An image that a manifest speaks of.
#[derive(Debug, Default)]
struct Found {
    names: Vec<String>,
    /// Its digests, without `sha256:`.
    ids: Vec<String>,
    config: Vec<u8>,
    layers: Vec<Vec<u8>>,
}

/// Reads an archive to the end of its stream.
///
/// # Errors
/// When it is no archive of images, is cut off or damaged.
pub(crate) fn read(stream: impl Read) -> Result<Archive, Problem> {
    let mut members = Members::new(BufReader::with_capacity(1 << 18, stream));
    let mut limits = Limits {
        memory: Budget::new(),
        texts: TEXTS,
    };
    let mut blobs = BTreeMap::new();
    while let Some(member) = members.next()? {
        let path = absolute(&member.path);
        limits.memory.take(path.len() + member.link.len() + 200)?;
        let blob = match member.kind {
            Kind::File => blob(member.size, &mut members, &mut limits)?,
            // Older versions of Docker write equal layers once. The target counts from the directory of the link.
            Kind::Symlink => {
                let directory = parent(&path).unwrap_or(b"/");
                Blob::Link(absolute(&[directory, b"/", &member.link].concat()))
            }
            Kind::HardLink => Blob::Link(absolute(&member.link)),
            _ => continue,
        };
        blobs.insert(path, blob);
    }
    // Who writes into a pipe wants it to be read to its end.
    std::io::copy(&mut members.into_inner(), &mut std::io::sink())?;
    let mut archive = Archive {
        blobs,
        images: Vec::new(),
    };
    archive.images = archive.find()?;
    Ok(archive)
}

/// What a member of an archive is.
///
/// # Errors
/// When the archive ends in it. A layer that is damaged is only of interest when an image has it.
fn blob(size: u64, content: &mut impl Read, limits: &mut Limits) -> Result<Blob, Problem> {
    let mut head = Vec::new();
    content.take(Shape::HEAD).read_to_end(&mut head)?;
    let shape = Shape::of(&head);
    let mut content = head.as_slice().chain(content);
    Ok(match shape {
        Shape::Json if size <= MAX_JSON => {
            limits
                .memory
                .take(usize::try_from(size).unwrap_or(usize::MAX))?;
            let mut text = Vec::new();
            content.read_to_end(&mut text)?;
            Blob::Json(text)
        }
        Shape::Json => Blob::Unreadable(Problem::new(format!("a document of {size} bytes"))),
        Shape::Other => Blob::Unreadable(Problem::new(
            "neither JSON nor a tar archive, plain or compressed with gzip or zstd",
        )),
        shape => match layer::read(&mut content, shape, limits) {
            Ok(contents) => Blob::Layer(Arc::new(contents)),
            Err(problem) => Blob::Unreadable(problem),
        },
    })
}

impl Archive {
    /// The names of all images in it, such as `docker.io/library/x:latest`.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.images.iter().flat_map(|image| &image.names);
        names.map(String::as_str)
    }

    /// The only image in it.
    ///
    /// # Errors
    /// When it has none or several, or the image is incomplete.
    pub(crate) fn only(&self) -> Result<Image, Problem> {
        match self.images.as_slice() {
            [image] => self.image(image),
            [] => Err(Problem::new("the archive has no image")),
            images => Err(Problem::new(format!(
                "the archive has {} images ({}), and it is not said which one",
                images.len(),
                self.list()
            ))),
        }
    }

    /// The image that a name stands for: `x` for `docker.io/library/x:latest` or `localhost/x:latest`; or its id or the
    /// first characters of it, at least eight.
    ///
    /// # Errors
    /// When no image or more than one is called so, or the image is incomplete.
    pub(crate) fn named(&self, name: &str) -> Result<Image, Problem> {
        let id = name.strip_prefix("sha256:").unwrap_or(name);
        let is_id = |known: &String| id.len() >= 8 && known.starts_with(id);
        let fits = |image: &&Found| {
            let mut names = image.names.iter();
            names.any(|known| plain_name(known) == plain_name(name)) || image.ids.iter().any(is_id)
        };
        let found: Vec<&Found> = self.images.iter().filter(fits).collect();
        match found.as_slice() {
            [image] => self.image(image),
            [] => Err(Problem::new(format!(
                "the archive has no image called {name}, only {}",
                self.list()
            ))),
            several => Err(Problem::new(format!(
                "the archive has {} images called {name}; build for one platform only",
                several.len()
            ))),
        }
    }

    fn list(&self) -> String {
        let names: Vec<&str> = self.names().collect();
        match names.as_slice() {
            [] => "some without a name".to_owned(),
            names => names.join(", "),
        }
    }

    /// Puts an image together.
    fn image(&self, found: &Found) -> Result<Image, Problem> {
        let document: Document = self.document(&found.config)?;
        let mut contents = Vec::new();
        for path in &found.layers {
            match self.blob(path)? {
                Blob::Layer(layer) => contents.push(layer.as_ref()),
                Blob::Unreadable(problem) => return Err(problem.clone().at(&display(path))),
                _ => {
                    let path = display(path);
                    return Err(Problem::new(format!("{path} should be a layer and is not")));
                }
            }
        }
        let made_by = document.made_by(contents.len());
        let layers = contents.iter().zip(made_by);
        Ok(Image {
            layers: layers
                .map(|(layer, created_by)| Layer {
                    bytes: layer.bytes,
                    created_by,
                })
                .collect(),
            tree: Tree::of_layers(contents.into_iter())?,
            config: document.into(),
        })
    }

    /// A blob by its name in the archive.
    fn blob(&self, name: &[u8]) -> Result<&Blob, Problem> {
        let mut path = absolute(name);
        for _ in 0..MAX_DEPTH {
            match self.blobs.get(&path) {
                Some(Blob::Link(target)) => path = Arc::clone(target),
                Some(blob) => return Ok(blob),
                None => {
                    let path = display(&path);
                    return Err(Problem::new(format!("the archive lacks {path}")));
                }
            }
        }
        let name = display(name);
        Err(Problem::new(format!("{name}: the links lead in a circle")))
    }

    fn document<T: DeserializeOwned>(&self, name: &[u8]) -> Result<T, Problem> {
        match self.blob(name)? {
            Blob::Json(text) => serde_json::from_slice(text)
                .map_err(|error| Problem::new(error.to_string()).at(&display(name))),
            Blob::Unreadable(problem) => Err(problem.clone().at(&display(name))),
            _ => {
                let name = display(name);
                Err(Problem::new(format!("{name} should be JSON and is not")))
            }
        }
    }

    fn has(&self, name: &[u8]) -> bool {
        self.blobs.contains_key(name)
    }

    /// The images that the manifests of the archive speak of.
    fn find(&self) -> Result<Vec<Found>, Problem> {
        if self.has(b"/manifest.json") {
            return self.of_docker();
        }
        if self.has(b"/index.json") {
            return self.of_oci();
        }
        Err(Problem::new(
            "it has neither manifest.json nor index.json, so it is no archive of an image",
        ))
    }

    fn of_docker(&self) -> Result<Vec<Found>, Problem> {
        let manifests: Vec<DockerManifest> = self.document(b"/manifest.json")?;
        let mut images: Vec<Found> = Vec::new();
        for manifest in manifests {
            let names = manifest.repo_tags.unwrap_or_default();
            let layers = manifest.layers.unwrap_or_default();
            let layers: Vec<Vec<u8>> = layers.into_iter().map(String::into_bytes).collect();
            let config = manifest.config.into_bytes();
            let same = |image: &&mut Found| image.config == config && image.layers == layers;
            if let Some(image) = images.iter_mut().find(same) {
                image.names.extend(names);
                continue;
            }
            let id = config.rsplit(|byte| *byte == b'/').next();
            let id = String::from_utf8_lossy(id.unwrap_or_default()).into_owned();
            images.push(Found {
                names,
                ids: vec![id.trim_end_matches(".json").to_owned()],
                config,
                layers,
            });
        }
        Ok(images)
    }

    fn of_oci(&self) -> Result<Vec<Found>, Problem> {
        let index: Manifest = self.document(b"/index.json")?;
        let mut images = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<(Descriptor, Vec<String>, Vec<String>, usize)> = Vec::new();
        let root = index.manifests.unwrap_or_default();
        open.extend(root.into_iter().map(|found| (found, vec![], vec![], 0)));
        open.reverse();
        while let Some((descriptor, mut names, mut ids, depth)) = open.pop() {
            if descriptor.is_no_image() {
                continue;
            }
            if depth > MAX_DEPTH || seen.len() > MAX_MANIFESTS {
                return Err(Problem::new("its indexes are nested too deeply"));
            }
            names.extend(descriptor.names());
            ids.push(descriptor.hex().to_owned());
            if !seen.insert((descriptor.digest.clone(), names.clone())) {
                continue;
            }
            let manifest: Manifest = self.document(&descriptor.path())?;
            if let Some(nested) = manifest.manifests {
                let nested = nested.into_iter().rev();
                open.extend(nested.map(|found| (found, names.clone(), ids.clone(), depth + 1)));
                continue;
            }
            let Some(config) = manifest.config else {
                let path = display(&descriptor.path());
                return Err(Problem::new(format!("{path} is no manifest of an image")));
            };
            ids.push(config.hex().to_owned());
            let place = images.len();
            let (_, image) = images
                .entry(descriptor.digest.clone())
                .or_insert_with(|| (place, Found::default()));
            image.names.extend(names);
            image.ids.extend(ids);
            image.config = config.path();
            let layers = manifest.layers.unwrap_or_default();
            image.layers = layers.iter().map(Descriptor::path).collect();
        }
        let mut images: Vec<(usize, Found)> = images.into_values().collect();
        images.sort_by_key(|(place, _)| *place);
        Ok(images.into_iter().map(|(_, image)| image).collect())
    }
}

/// A name without what the builders add: the default registry, the default tag, and the registry that podman gives to
/// images that it has built.
fn plain_name(name: &str) -> String {
    let mut name = name;
    for registry in ["docker.io/library/", "docker.io/", "localhost/"] {
        if let Some(rest) = name.strip_prefix(registry) {
            name = rest;
            break;
        }
    }
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.contains(':') || last.contains('@') {
        name.to_owned()
    } else {
        format!("{name}:latest")
    }
}

/// An element of `manifest.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DockerManifest {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
}

/// An index or a manifest of OCI.
#[derive(Debug, Deserialize)]
struct Manifest {
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
}

/// Names a blob.
#[derive(Debug, Deserialize)]
struct Descriptor {
    digest: String,
    #[serde(rename = "mediaType")]
    media_type: Option<String>,
    annotations: Option<BTreeMap<String, String>>,
}

impl Descriptor {
    fn path(&self) -> Vec<u8> {
        format!("/blobs/{}", self.digest.replacen(':', "/", 1)).into_bytes()
    }

    fn hex(&self) -> &str {
        let after = self.digest.split_once(':');
        after.map_or(self.digest.as_str(), |(_, hex)| hex)
    }

    /// Whether this is something about an image: its provenance, its list of components.
    fn is_no_image(&self) -> bool {
        let annotations = self.annotations.iter().flatten();
        let mut keys = annotations.map(|(key, _)| key.as_str());
        let image = |kind: &String| kind.ends_with("+json") && !kind.contains("in-toto");
        keys.any(|key| key == "vnd.docker.reference.type")
            || !self.media_type.as_ref().is_none_or(image)
    }

    fn names(&self) -> impl Iterator<Item = String> {
        [
            "io.containerd.image.name",
            "org.opencontainers.image.ref.name",
        ]
        .into_iter()
        .filter_map(|key| self.annotations.as_ref()?.get(key).cloned())
    }
}
