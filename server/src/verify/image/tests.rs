//! Archives made here, read back.

use std::io::Write;

use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

use super::*;

/// A member of an archive: what `put` needs to know.
#[derive(Clone)]
pub(crate) struct Put {
    pub(crate) kind: EntryType,
    pub(crate) path: String,
    pub(crate) link: &'static str,
    pub(crate) content: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) owner: (u64, u64),
    pub(crate) pax: Vec<(&'static str, Vec<u8>)>,
}

fn put(kind: EntryType, path: &str, content: &[u8]) -> Put {
    Put {
        kind,
        path: path.trim_start_matches('/').to_owned(),
        link: "",
        content: content.to_vec(),
        mode: if kind == EntryType::Directory {
            0o755
        } else {
            0o644
        },
        owner: (0, 0),
        pax: vec![],
    }
}

pub(crate) fn file(path: &str, content: &str) -> Put {
    put(EntryType::Regular, path, content.as_bytes())
}

pub(crate) fn directory(path: &str) -> Put {
    put(EntryType::Directory, path, b"")
}

fn link(kind: EntryType, path: &str, link: &'static str) -> Put {
    Put {
        link,
        ..put(kind, path, b"")
    }
}

pub(crate) fn archive_of(members: &[Put]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for put in members {
        let pax = put.pax.iter().map(|(key, value)| (*key, value.as_slice()));
        builder.append_pax_extensions(pax).unwrap();
        let mut header = Header::new_gnu();
        header.set_entry_type(put.kind);
        header.set_size(put.content.len() as u64);
        header.set_mode(put.mode);
        header.set_uid(put.owner.0);
        header.set_gid(put.owner.1);
        if put.link.is_empty() {
            builder
                .append_data(&mut header, &put.path, put.content.as_slice())
                .unwrap();
        } else {
            builder
                .append_link(&mut header, &put.path, put.link)
                .unwrap();
        }
    }
    builder.into_inner().unwrap()
}

/// What `docker save` writes: layers by their number.
fn saved(config: &Value, layers: &[Vec<u8>]) -> Vec<Put> {
    let names: Vec<String> = (0..layers.len())
        .map(|number| format!("blobs/sha256/{number}"))
        .collect();
    let manifest =
        json!([{"Config": "blobs/sha256/c0ffee00", "RepoTags": ["a:latest"], "Layers": names}]);
    let blobs = names
        .iter()
        .zip(layers)
        .map(|(name, layer)| put(EntryType::Regular, name, layer));
    let mut members: Vec<Put> = blobs.collect();
    members.push(file("blobs/sha256/c0ffee00", &config.to_string()));
    members.push(file("manifest.json", &manifest.to_string()));
    members
}

pub(crate) fn image_with(config: &Value, layers: &[Vec<Put>]) -> Result<Image, Problem> {
    let layers: Vec<Vec<u8>> = layers.iter().map(|layer| archive_of(layer)).collect();
    read(archive_of(&saved(config, &layers)).as_slice())?.only()
}

/// The paths of an image with what is there: `d 755 0:0`, `f 644 0:0 content`.
fn listing(image: &Image) -> Vec<String> {
    let lines = image.tree.iter().map(|(path, entry)| {
        let kind = match &entry.kind {
            Kind::File { text, size, .. } => match text {
                Some(text) => format!("f {text}"),
                None => format!("f of {size}"),
            },
            Kind::Directory => "d".to_owned(),
            Kind::Link(target) => format!("l {}", display(target)),
            Kind::Char(major, minor) => format!("c {major}:{minor}"),
            Kind::Block(major, minor) => format!("b {major}:{minor}"),
            Kind::Fifo => "p".to_owned(),
        };
        format!(
            "{} {:o} {}:{} {kind}",
            display(path),
            entry.mode,
            entry.uid,
            entry.gid
        )
    });
    lines.collect()
}

fn check(layers: &[Vec<Put>], expected: &[&str]) {
    let image = image_with(&json!({}), layers).unwrap();
    assert_eq!(listing(&image), expected);
}

#[test]
fn one_layer() {
    check(
        &[vec![
            directory("./"),
            directory("etc/"),
            Put {
                mode: 0o4755,
                owner: (1000, 3_000_000),
                ..file("etc/a", "hello")
            },
            link(EntryType::Symlink, "lib", "usr/lib"),
            put(EntryType::Fifo, "pipe", b""),
        ]],
        &[
            "/ 755 0:0 d",
            "/etc 755 0:0 d",
            "/etc/a 4755 1000:3000000 f hello",
            "/lib 777 0:0 l usr/lib",
            "/pipe 644 0:0 p",
        ],
    );
}

#[test]
fn compressed_layers() {
    let layer = archive_of(&[file("a", "1")]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&layer).unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(
        layer.as_slice(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9][..], &zstd].concat();
    for layer in [layer, gzip.finish().unwrap(), zstd, skipped] {
        let archive = archive_of(&saved(&json!({}), &[layer]));
        let image = read(archive.as_slice()).unwrap().only().unwrap();
        assert_eq!(listing(&image), ["/ 755 0:0 d", "/a 644 0:0 f 1"]);
        assert_eq!(image.bytes(), 1);
    }
}
