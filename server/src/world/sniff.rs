//! What a regular file of the build context is to `ADD`: an archive that it would unpack, or not.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use dfix_transforms::ContextKind;

/// The length of a tar header block, which is as much as is ever read.
const BLOCK: usize = 512;

/// Looks at the first bytes of a regular file. A file that can't be read is [`ContextKind::UnreadFile`].
pub(crate) fn sniff(path: &Path) -> ContextKind {
    let mut head = Vec::with_capacity(BLOCK);
    let read = File::open(path).and_then(|file| file.take(BLOCK as u64).read_to_end(&mut head));
    match read {
        Ok(_) => {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy())
                .unwrap_or_default();
            classify(&head, &name)
        }
        Err(_) => ContextKind::UnreadFile,
    }
}

/// Decides from the first block and the file's name. BuildKit tries to read a tar header, through a decompressor when
/// the magic number of one is there (`util/archutil`, docker's `pkg/archive`). A compressed file is not decompressed
/// here: its name says whether a tar archive is inside, and where it doesn't, the question stays open.
pub(crate) fn classify(head: &[u8], name: &str) -> ContextKind {
    if is_compressed(head) {
        return if names_archive(name) {
            ContextKind::Archive
        } else {
            ContextKind::UnreadFile
        };
    }
    if is_tar_header(head) {
        ContextKind::Archive
    } else if is_program(head) {
        ContextKind::Program
    } else {
        ContextKind::File
    }
}

/// Whether the kernel can start what begins so, without a shell (`binfmt_script`, `binfmt_elf`). A `#!` line without a path
/// is none to the kernel, and a shell runs such a file itself.
fn is_program(head: &[u8]) -> bool {
    let line = head.strip_prefix(b"#!").unwrap_or_default();
    let interpreter = line.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    interpreter == Some(&b'/') || head.starts_with(b"\x7fELF")
}

/// Whether the content starts with the magic number of gzip, bzip2, xz or zstd (a skippable frame included).
fn is_compressed(head: &[u8]) -> bool {
    const MAGIC: [&[u8]; 4] = [
        &[0x1f, 0x8b],
        b"BZh",
        &[0xfd, b'7', b'z', b'X', b'Z', 0],
        &[0x28, 0xb5, 0x2f, 0xfd],
    ];
    MAGIC.iter().any(|magic| head.starts_with(magic))
        || matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Whether a tar reader takes the block for a header: the checksum in the header is the sum of its bytes with the
/// checksum field itself read as blanks. This holds for all tar formats, also the one before `ustar`.
fn is_tar_header(head: &[u8]) -> bool {
    let (Some(block), Some(field)) = (head.get(..BLOCK), head.get(148..156)) else {
        return false;
    };
    let Some(stored) = parse_octal(field) else {
        return false;
    };
    let sum = |byte_value: fn(u8) -> i64| -> i64 {
        block
            .iter()
            .enumerate()
            .map(|(at, byte)| {
                byte_value(if (148..156).contains(&at) {
                    b' '
                } else {
                    *byte
                })
            })
            .sum()
    };
    // Old writers summed signed bytes; Go's reader accepts both.
    stored == sum(i64::from) || stored == sum(|byte| i64::from(byte.cast_signed()))
}

/// An octal number among blanks and NULs; `None` when there is no number.
fn parse_octal(field: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_matches([' ', '\0']);
    i64::from_str_radix(digits, 8).ok()
}

/// Whether a name is one that a compressed tar archive has.
fn names_archive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let short = [
        ".tgz", ".tbz", ".tbz2", ".txz", ".tzst", ".gem", ".crate", ".apk",
    ];
    short.iter().any(|suffix| name.ends_with(suffix)) || name.contains(".tar.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header block for an empty member `a`, with a checksum that fits, and with the magic of the format.
    fn header(magic: &[u8]) -> Vec<u8> {
        let mut block = vec![0_u8; BLOCK];
        block[0] = b'a';
        block[257..257 + magic.len()].copy_from_slice(magic);
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        block
    }

    #[test]
    fn content_decides() {
        use ContextKind::{Archive, File, Program, UnreadFile};
        let ustar = header(b"ustar\0");
        let old = header(b"");
        let mut broken = header(b"ustar\0");
        broken[0] = b'b';
        let cases: [(&[u8], &str, ContextKind); 17] = [
            (&ustar, "data.bin", Archive),
            (&old, "data.bin", Archive),
            (&broken, "x.tar", File),
            (&ustar[..511], "x.tar", File),
            (&[0; BLOCK], "x.tar", File),
            (b"", "x.tar.gz", File),
            (b"\x1f\x8b\x08\x00", "x.tar.gz", Archive),
            (b"\x1f\x8b\x08\x00", "x.TGZ", Archive),
            (b"\x1f\x8b\x08\x00", "data.json.gz", UnreadFile),
            (b"BZh9", "x.tar.bz2", Archive),
            (b"PK\x03\x04", "x.jar", File),
            (b"#!/bin/sh\n", "run", Program),
            (b"#! /usr/bin/env node\r\n", "run.js", Program),
            (b"#!\n/bin/sh\n", "run", File),
            (b"#!", "run", File),
            (b"\xef\xbb\xbf#!/bin/sh\n", "run", File),
            (b"\x7fELF\x02", "run.sh", Program),
        ];
        for (head, name, kind) in cases {
            assert_eq!(
                classify(head, name),
                kind,
                "{name} {:?}",
                &head[..head.len().min(4)]
            );
        }
    }

    #[test]
    fn a_missing_file_is_unread() {
        assert_eq!(
            sniff(Path::new("/nonexistent/file")),
            ContextKind::UnreadFile
        );
    }
}
