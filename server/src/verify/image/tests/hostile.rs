//! Archives that no builder writes.

use super::*;

/// What is wrong with an archive.
fn refused(archive: &[u8]) -> String {
    let image = read(archive).and_then(|archive| archive.only());
    image.unwrap_err().to_string()
}

fn archive_with(layer: &[u8]) -> Vec<u8> {
    archive_of(&saved(&json!({}), &[layer.to_vec()]))
}

/// A member whose header is not made by the crate.
fn raw(change: impl Fn(&mut Header), content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_path("a").unwrap();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    change(&mut header);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

#[test]
fn no_archive() {
    let nothing = "it has neither manifest.json nor index.json, so it is no archive of an image";
    assert_eq!(refused(b""), nothing);
    assert_eq!(refused(&[0; 1024]), nothing);
    assert_eq!(refused(b"Error: no such image"), "it is cut off after ");
    assert_eq!(refused(&[b'x'; 600]), "it is no tar archive");
    assert_eq!(refused(&archive_of(&[file("a", "b")])), nothing);
    let json = |text: &str| refused(&archive_of(&[file("manifest.json", text)]));
    assert_eq!(
        json("x"),
        "/manifest.json: neither JSON nor a tar archive, plain or compressed with gzip or zstd"
    );
    assert!(json("[").starts_with("/manifest.json: EOF while parsing"));
    assert!(json("[{}]").starts_with("/manifest.json: missing field `Config`"));
    assert_eq!(json("[]"), "the archive has no image");
    assert_eq!(json(r#"[{"Config":"c"}]"#), "the archive lacks /c");
}

#[test]
fn every_truncation_is_seen_or_harmless() {
    let whole = archive_with(&archive_of(&[file("a", "1"), file("b", &"2".repeat(700))]));
    let expected = listing(&read(whole.as_slice()).unwrap().only().unwrap());
    for end in (0..whole.len()).step_by(37) {
        if let Ok(image) = read(&whole[..end]).and_then(|archive| archive.only()) {
            assert_eq!(listing(&image), expected, "{end}");
        }
    }
    let text = refused(&whole[..1024]);
    assert!(
        text.starts_with("it is cut off in the middle of blobs/sha256/0: "),
        "{text}"
    );
}

#[test]
fn every_damaged_byte_is_survived() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&archive_of(&[file("a", "1")])).unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(
        archive_of(&[file("a", "1")]).as_slice(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    for layer in [archive_of(&[file("a", "1")]), gzip.finish().unwrap(), zstd] {
        let whole = archive_with(&layer);
        // Most of an archive are zeros.
        for at in (0..whole.len()).filter(|at| whole[*at] != 0 || at % 64 == 0) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            // Any answer is good, if it comes.
            let _ = read(damaged.as_slice()).and_then(|archive| archive.only());
        }
    }
}

#[test]
fn strange_members() {
    for (layer, expected) in [
        (
            raw(|header| header.set_entry_type(EntryType::GNUSparse), b""),
            "a is a sparse file, which no image layer has",
        ),
        (
            raw(|header| header.set_entry_type(EntryType::new(b'M')), b""),
            "a is a member of the unknown kind 'M', which no image layer has",
        ),
        (
            raw(|header| header.set_size(u64::MAX / 4), b"1"),
            "it is cut off in the middle of a: 4611686018427387391 bytes are missing",
        ),
        (
            raw(
                |header| {
                    header.set_entry_type(EntryType::XHeader);
                    header.set_size(1 << 40);
                },
                b"1",
            ),
            "an extension header of 1099511627776 bytes; at most 1048576 are read",
        ),
        (
            raw(
                |header| header.set_entry_type(EntryType::XHeader),
                b"99 a=b\n",
            ),
            "a PAX header is damaged",
        ),
        (
            raw(
                |header| header.set_entry_type(EntryType::XHeader),
                b"8 uid=x\n",
            ),
            "a PAX header gives no number as uid",
        ),
        (
            raw(
                |header| header.set_entry_type(EntryType::XHeader),
                b"8 uid=1\n",
            ),
            "",
        ),
        (
            raw(
                |header| header.set_entry_type(EntryType::GNULongName),
                b"abc",
            ),
            "it ends behind the header of a long name",
        ),
        (
            archive_of(&[file("a/.wh..", "")]),
            "/a/.wh.. marks nothing as gone",
        ),
        (
            archive_of(&[file(".wh.", "")]),
            "/.wh. marks nothing as gone",
        ),
        (archive_of(&[file(".", "")]), "the root is not a directory"),
        (
            archive_of(&[file(&"a/".repeat(3000), "")]),
            "a path of 6000 bytes; Linux takes at most 4096",
        ),
    ] {
        let image = read(archive_with(&layer).as_slice()).and_then(|archive| archive.only());
        match image {
            Ok(_) => assert_eq!(expected, ""),
            Err(problem) => {
                let text = problem.to_string();
                assert!(text.ends_with(expected) && !expected.is_empty(), "{text}");
            }
        }
    }
}

#[test]
fn links_in_a_circle() {
    let members = [
        link(EntryType::Symlink, "a", "b"),
        link(EntryType::Symlink, "b", "a"),
        file("manifest.json", r#"[{"Config":"a"}]"#),
    ];
    assert_eq!(
        refused(&archive_of(&members)),
        "a: the links lead in a circle"
    );
}

#[test]
fn a_damaged_layer_that_no_image_has_is_no_problem() {
    let mut members = saved(&json!({}), &[archive_of(&[file("a", "1")])]);
    members.insert(
        0,
        put(EntryType::Regular, "blobs/sha256/9", b"\x1f\x8bnonsense"),
    );
    let image = read(archive_of(&members).as_slice())
        .unwrap()
        .only()
        .unwrap();
    assert_eq!(image.files(), 2);
}

#[test]
fn many_entries_take_no_quadratic_time() {
    const MANY: usize = 100_000;
    let start = std::time::Instant::now();
    let files: Vec<Put> = (0..MANY)
        .map(|n| file(&format!("d/{}/{n}", n % 100), ""))
        .collect();
    let gone: Vec<Put> = (0..MANY)
        .map(|n| file(&format!("d/{}/.wh.{n}", n % 100), ""))
        .collect();
    let image = image_with(&json!({}), &[files, gone]).unwrap();
    assert_eq!(image.files(), 102);
    // Some seconds in a slow build; a quadratic reader takes minutes.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
