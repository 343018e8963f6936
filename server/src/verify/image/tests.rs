//! Archives made here, read back.

use std::io::Write;

use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

use super::problem::Problem;
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
        // The crate takes no strange names by itself.
        let strange = put.path == "." || put.path.contains("..") && !put.path.contains(".wh.");
        let (path, pax_path) = match strange {
            true => ("strange", Some(("path", put.path.as_bytes()))),
            false => (put.path.as_str(), None),
        };
        let pax = put.pax.iter().map(|(key, value)| (*key, value.as_slice()));
        builder.append_pax_extensions(pax.chain(pax_path)).unwrap();
        let mut header = Header::new_gnu();
        header.set_entry_type(put.kind);
        header.set_size(put.content.len() as u64);
        header.set_mode(put.mode);
        header.set_uid(put.owner.0);
        header.set_gid(put.owner.1);
        if put.link.is_empty() {
            builder
                .append_data(&mut header, path, put.content.as_slice())
                .unwrap();
        } else {
            builder.append_link(&mut header, path, put.link).unwrap();
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

#[test]
fn upper_layers_take_away_and_replace() {
    let lower = || {
        vec![
            directory("a"),
            file("a/1", "1"),
            directory("a/b"),
            file("a/b/2", "2"),
            file("a-", "near"),
            file("a0", "near"),
        ]
    };
    let near = ["/a- 644 0:0 f near", "/a0 644 0:0 f near"];
    let after = |upper: Vec<Put>, expected: &[&str]| {
        let image = image_with(&json!({}), &[lower(), upper]).unwrap();
        let mut lines = listing(&image);
        assert_eq!(lines.remove(0), "/ 755 0:0 d");
        let (nearby, lines): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| line.ends_with("near"));
        assert_eq!(nearby, near);
        assert_eq!(lines, expected);
    };
    let a = "/a 755 0:0 d";
    after(vec![file(".wh.a", "")], &[]);
    after(
        vec![file("a/.wh.1", "")],
        &[a, "/a/b 755 0:0 d", "/a/b/2 644 0:0 f 2"],
    );
    after(vec![file("a/.wh.b", "")], &[a, "/a/1 644 0:0 f 1"]);
    after(vec![file("a/.wh.nothing", ""), file(".wh.a", "")], &[]);
    after(vec![file("a/.wh..wh..opq", "")], &[a]);
    // A mark speaks of the layers below, wherever it stands.
    after(
        vec![file("a/3", "3"), file("a/.wh..wh..opq", "")],
        &[a, "/a/3 644 0:0 f 3"],
    );
    after(
        vec![file("a/1", "new"), file(".wh.a", "")],
        &[a, "/a/1 644 0:0 f new"],
    );
    // Marks of storage drivers are no files.
    after(
        vec![
            file(".wh..wh.plnk", ""),
            file(".wh..wh.aufs", ""),
            file(".wh.a", ""),
        ],
        &[],
    );
    after(vec![file("a", "now a file")], &["/a 644 0:0 f now a file"]);
    after(
        vec![link(EntryType::Symlink, "a", "/c")],
        &["/a 777 0:0 l /c"],
    );
    after(
        vec![Put {
            mode: 0o700,
            owner: (5, 6),
            ..directory("a/")
        }],
        &[
            "/a 700 5:6 d",
            "/a/1 644 0:0 f 1",
            "/a/b 755 0:0 d",
            "/a/b/2 644 0:0 f 2",
        ],
    );
    after(
        vec![directory("a/1")],
        &[a, "/a/1 755 0:0 d", "/a/b 755 0:0 d", "/a/b/2 644 0:0 f 2"],
    );
}

#[test]
fn hard_links() {
    let hard = |path: &str, target| link(EntryType::Link, path, target);
    check(
        &[
            vec![
                Put {
                    mode: 0o600,
                    owner: (7, 8),
                    ..file("a", "1")
                },
                hard("b", "a"),
                hard("c", "./b"),
                link(EntryType::Symlink, "l", "a"),
                hard("m", "/l"),
            ],
            // The first file changes, its other names keep what it was.
            vec![file("a", "2"), hard("d", "b"), file(".wh.l", "")],
        ],
        &[
            "/ 755 0:0 d",
            "/a 644 0:0 f 2",
            "/b 600 7:8 f 1",
            "/c 600 7:8 f 1",
            "/d 600 7:8 f 1",
            "/m 777 0:0 l a",
        ],
    );
    let refused = |layer: Vec<Put>| image_with(&json!({}), &[layer]).unwrap_err().to_string();
    let circle = refused(vec![hard("a", "b"), hard("b", "a")]);
    assert_eq!(
        circle,
        "layer 1: /a is a hard link to /b, which is no file that stands before it"
    );
    assert!(refused(vec![directory("a"), hard("b", "a")]).contains("/b is a hard link to /a"));
    assert!(refused(vec![hard("b", "b")]).contains("/b is a hard link to /b"));
}

#[test]
fn names_and_attributes() {
    let long = format!("{}/{}", "d".repeat(90), "e".repeat(120));
    let target: &'static str = "t/123456789".repeat(20).leak();
    // The line feed is a part of the value.
    let capability = vec![1, 0, 0, 2, 10, 10, 0, 0];
    let with_pax = Put {
        pax: vec![
            ("SCHILY.xattr.security.capability", capability.clone()),
            ("path", b"\xff/caf\xc3\xa9".to_vec()),
            ("uid", b"4000000000".to_vec()),
            ("mtime", b"1.5".to_vec()),
        ],
        ..file("short", "1")
    };
    let image = image_with(
        &json!({}),
        &[vec![
            file(&long, "x"),
            link(EntryType::Symlink, "link", target),
            with_pax,
            file("./a//b/../c", "2"),
        ]],
    )
    .unwrap();
    let file = image.tree.get(b"/\xff/caf\xc3\xa9").unwrap();
    assert_eq!(file.xattrs[&b"security.capability"[..]], capability);
    assert_eq!((file.uid, file.gid), (4_000_000_000, 0));
    assert_eq!(
        listing(&image),
        [
            "/ 755 0:0 d".to_owned(),
            "/a 755 0:0 d".to_owned(),
            "/a/c 644 0:0 f 2".to_owned(),
            format!("/{} 755 0:0 d", "d".repeat(90)),
            format!("/{long} 644 0:0 f x"),
            format!("/link 777 0:0 l {target}"),
            r"/\xff 755 0:0 d".to_owned(),
            r"/\xff/café 4000000000".to_owned().replace(" 4", " 644 4") + ":0 f 1",
        ]
    );
}

#[test]
fn contents() {
    let image = image_with(
        &json!({"history": [{"created_by": "ADD a"}, {"empty_layer": true}, {"created_by": "RUN b"}]}),
        &[
            vec![file("a", "abc"), file("b", &"x".repeat(5000))],
            vec![file("a", "zero\0"), file(".wh.b", "")],
        ],
    )
    .unwrap();
    let layer = |bytes, by: &str| Layer {
        bytes,
        created_by: Some(by.to_owned()),
    };
    assert_eq!(image.layers, [layer(5003, "ADD a"), layer(5, "RUN b")]);
    assert_eq!((image.bytes(), image.files()), (5008, 2));
    let Kind::File { size, digest, text } = &image.tree.get(b"/a").unwrap().kind else {
        panic!();
    };
    assert_eq!((*size, text), (5, &None));
    assert_eq!(digest[..4], [0x00, 0x5d, 0xd8, 0x1f]);
}

#[path = "tests/formats.rs"]
mod formats;
#[path = "tests/hostile.rs"]
mod hostile;
#[path = "tests/random.rs"]
mod random;
