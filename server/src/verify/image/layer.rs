//! One layer: what it adds to those below it and takes from them.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::members::{self, Member, Members};
use super::problem::{Budget, Problem};
use super::tree::{Entry, Kind, Path, absolute};
use super::zstd::Zstd;

/// The start of the name of what marks that something is gone.
const WHITEOUT: &[u8] = b".wh.";

/// The longest text that is kept for messages, in bytes.
const SHORT: u64 = 4096;

/// How much text is kept of one archive; beyond that, messages speak of sizes only.
pub(super) const TEXTS: usize = 16 << 20;

/// What a layer says, in the order in which it says it.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) records: Vec<Record>,
    /// The bytes of the contents of its files.
    pub(super) bytes: u64,
}

/// One thing that a layer says.
#[derive(Debug)]
pub(super) enum Record {
    /// The path of the layers below is gone, and what is below it.
    Gone(Path),
    /// All that the layers below have below the path is gone.
    Opaque(Path),
    /// This is at the path.
    Is(Path, Arc<Entry>),
    /// The path is a further name of another.
    Same(Path, Path),
}

/// What a blob of an archive is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Tar,
    Gzip,
    Zstd,
    Json,
    Other,
}

impl Shape {
    /// How many bytes it takes to know.
    pub(super) const HEAD: u64 = 512;

    pub(super) fn of(head: &[u8]) -> Self {
        let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // A skippable frame, with which some tools begin.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ if members::is_header(head) => Self::Tar,
            _ if matches!(first, Some(b'{' | b'[')) => Self::Json,
            _ => Self::Other,
        }
    }
}

/// Limits that all layers of an archive share.
#[derive(Debug)]
pub(super) struct Limits {
    pub(super) memory: Budget,
    /// How many bytes of text may still be kept.
    pub(super) texts: usize,
}

/// Reads a layer to its end.
///
/// # Errors
/// When it is damaged or says what no layer says.
pub(super) fn read(
    source: impl Read,
    shape: Shape,
    limits: &mut Limits,
) -> Result<Contents, Problem> {
    const BUFFER: usize = 1 << 16;
    match shape {
        Shape::Gzip => {
            let source = BufReader::with_capacity(BUFFER, source);
            let source = MultiGzDecoder::new(source);
            read_tar(BufReader::with_capacity(BUFFER, source), limits)
        }
        Shape::Zstd => {
            let source = Zstd::new(BufReader::with_capacity(BUFFER, source));
            read_tar(BufReader::with_capacity(BUFFER, source), limits)
        }
        _ => read_tar(source, limits),
    }
}

fn read_tar(source: impl Read, limits: &mut Limits) -> Result<Contents, Problem> {
    let mut contents = Contents::default();
    let mut members = Members::new(source);
    let mut buffer = vec![0; 1 << 17];
    while let Some(member) = members.next()? {
        let path = absolute(&member.path);
        let xattrs = member.xattrs.iter();
        let attributes: usize = xattrs
            .map(|(name, value)| name.len() + value.len() + 100)
            .sum();
        // What a record, an entry and a place in a tree take, roughly.
        limits
            .memory
            .take(path.len() + member.link.len() + attributes + 250)?;
        if let Some(record) = whiteout(&path)? {
            contents.records.extend(record);
            continue;
        }
        if member.kind == members::Kind::HardLink {
            let target = absolute(&member.link);
            contents.records.push(Record::Same(path, target));
            continue;
        }
        let entry = entry(member, &mut members, &mut buffer, limits)?;
        if let Kind::File { size, .. } = entry.kind {
            contents.bytes = contents.bytes.saturating_add(size);
        }
        contents.records.push(Record::Is(path, Arc::new(entry)));
    }
    // What compresses checks its sum at the end.
    std::io::copy(&mut members.into_inner(), &mut std::io::sink())?;
    Ok(contents)
}

/// What a path means by its name, when it is the name of a mark: `None` when it is a file. Marks that only a storage
/// driver knows mean nothing.
fn whiteout(path: &Path) -> Result<Option<Option<Record>>, Problem> {
    let slash = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    let (directory, name) = path.split_at_checked(slash + 1).unwrap_or((path, b""));
    let Some(gone) = name.strip_prefix(WHITEOUT) else {
        return Ok(None);
    };
    let record = match gone {
        b".wh..opq" => Some(Record::Opaque(absolute(directory))),
        _ if gone.starts_with(WHITEOUT) => None,
        b"" | b"." | b".." => {
            let path = super::tree::display(path);
            return Err(Problem::new(format!("{path} marks nothing as gone")));
        }
        gone => Some(Record::Gone(absolute(&[directory, gone].concat()))),
    };
    Ok(Some(record))
}

/// What a member is; its content is read.
fn entry(
    member: Member,
    content: &mut impl Read,
    buffer: &mut [u8],
    limits: &mut Limits,
) -> Result<Entry, Problem> {
    let (major, minor) = member.device;
    let kind = match member.kind {
        members::Kind::File | members::Kind::HardLink => {
            file(member.size, content, buffer, limits)?
        }
        members::Kind::Directory => Kind::Directory,
        members::Kind::Symlink => Kind::Link(member.link),
        members::Kind::Char => Kind::Char(major, minor),
        members::Kind::Block => Kind::Block(major, minor),
        members::Kind::Fifo => Kind::Fifo,
    };
    Ok(Entry {
        mode: match kind {
            Kind::Link(_) => 0o777,
            _ => member.mode,
        },
        kind,
        uid: member.uid,
        gid: member.gid,
        xattrs: member.xattrs.into_iter().collect::<BTreeMap<_, _>>(),
    })
}

fn file(
    size: u64,
    content: &mut impl Read,
    buffer: &mut [u8],
    limits: &mut Limits,
) -> Result<Kind, Problem> {
    let mut hash = Sha256::new();
    let mut short = Vec::new();
    loop {
        let read = content.read(buffer)?;
        let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else {
            break;
        };
        hash.update(piece);
        if size <= SHORT {
            short.extend_from_slice(piece);
        }
    }
    let text = String::from_utf8(short)
        .ok()
        .filter(|text| !text.is_empty() && !text.contains('\0'));
    let text = text.and_then(|text| {
        limits.texts = limits.texts.checked_sub(text.len())?;
        Some(Arc::from(text))
    });
    Ok(Kind::File {
        size,
        digest: hash.finalize().into(),
        text,
    })
}
