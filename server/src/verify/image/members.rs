//! Reads the members of a tar archive from a stream.
//!
//! The fields of a header are read by the crate `tar`. Its own loop over members is not used: it splits PAX records at line
//! feeds, but the value of `security.capability` is binary and may hold one; and it reads records of any size into memory.

use std::io::{self, Read};

use tar::{EntryType, Header};

use super::problem::Problem;

const BLOCK: usize = 512;

/// The most bytes of one extension header; Go's reader, which all builders use, has the same limit.
const MAX_EXTENSION: u64 = 1 << 20;

/// The longest path that Linux takes.
const MAX_PATH: usize = 4096;

/// A PAX record with this start of its key is an extended attribute.
const XATTR: &[u8] = b"SCHILY.xattr.";

/// What kind of file a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    /// Another name of an earlier member.
    HardLink,
    Symlink,
    Char,
    Block,
    Directory,
    Fifo,
}

/// One member of an archive, without its content.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) kind: Kind,
    /// The name as it stands there.
    pub(super) path: Vec<u8>,
    /// The target of a link.
    pub(super) link: Vec<u8>,
    /// The bytes of the content.
    pub(super) size: u64,
    /// The lower twelve bits of the mode.
    pub(super) mode: u32,
    pub(super) uid: u64,
    pub(super) gid: u64,
    /// Major and minor number of a device.
    pub(super) device: (u32, u32),
    /// Extended attributes by name.
    pub(super) xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The members of an archive, one after the other. As a reader it is the content of the last one.
pub(super) struct Members<R> {
    source: R,
    /// What has not been read of the content of the last member, and the zeros behind it.
    content: u64,
    padding: u64,
    /// The name of the last member, for messages.
    name: String,
}

impl<R: Read> Members<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            content: 0,
            padding: 0,
            name: String::new(),
        }
    }

    /// The next member; `None` at the end.
    ///
    /// # Errors
    /// When the archive is cut off, damaged, or has members that no image has.
    pub(super) fn next(&mut self) -> Result<Option<Member>, Problem> {
        let mut extension = Extension::default();
        loop {
            let Some(header) = self.header()? else {
                if extension.is_empty() {
                    return Ok(None);
                }
                return Err(Problem::new("it ends behind the header of a long name"));
            };
            let kind = header.entry_type();
            if kind == EntryType::XGlobalHeader {
                self.extension()?;
            } else if kind == EntryType::XHeader {
                extension.read_pax(&self.extension()?)?;
            } else if kind == EntryType::GNULongName {
                extension.path = Some(without_nul(self.extension()?));
            } else if kind == EntryType::GNULongLink {
                extension.link = Some(without_nul(self.extension()?));
            } else {
                return self.member(&header, extension).map(Some);
            }
        }
    }

    /// The rest of the stream, behind what has been read.
    pub(super) fn into_inner(self) -> R {
        self.source
    }

    /// The next header; `None` at the end of the archive.
    fn header(&mut self) -> Result<Option<Header>, Problem> {
        self.skip()?;
        let mut header = Header::new_old();
        let block = header.as_mut_bytes();
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.source.read(rest) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(Problem::new(format!("it is cut off after {}", self.name))),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if !has_checksum(header.as_bytes()) {
            return Err(Problem::new(match self.name.as_str() {
                "" => "it is no tar archive".to_owned(),
                name => format!("the header after {name} is damaged (wrong checksum)"),
            }));
        }
        self.name = String::from_utf8_lossy(&header.path_bytes()).into_owned();
        self.set_size(header.entry_size()?);
        Ok(Some(header))
    }

    fn set_size(&mut self, size: u64) {
        self.content = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
    }

    /// Goes to the end of the last member. A missing end of its padding is the end of the archive, and was not needed.
    fn skip(&mut self) -> Result<(), Problem> {
        io::copy(self, &mut io::sink())?;
        let padding = std::mem::take(&mut self.padding);
        io::copy(&mut (&mut self.source).take(padding), &mut io::sink())?;
        Ok(())
    }

    /// The content of an extension header.
    fn extension(&mut self) -> Result<Vec<u8>, Problem> {
        if self.content > MAX_EXTENSION {
            return Err(Problem::new(format!(
                "an extension header of {} bytes; at most {MAX_EXTENSION} are read",
                self.content
            )));
        }
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn member(&mut self, header: &Header, extension: Extension) -> Result<Member, Problem> {
        let path = extension
            .path
            .unwrap_or_else(|| header.path_bytes().into_owned());
        self.name = String::from_utf8_lossy(&path).into_owned();
        let kind = match header.entry_type() {
            // Archives from before 1988 know no directories but by their names.
            EntryType::Regular if path.ends_with(b"/") => Kind::Directory,
            EntryType::Regular | EntryType::Continuous => Kind::File,
            EntryType::Link => Kind::HardLink,
            EntryType::Symlink => Kind::Symlink,
            EntryType::Char => Kind::Char,
            EntryType::Block => Kind::Block,
            EntryType::Directory => Kind::Directory,
            EntryType::Fifo => Kind::Fifo,
            EntryType::GNUSparse => return Err(self.strange("a sparse file")),
            other => {
                let what = format!(
                    "a member of the unknown kind {:?}",
                    char::from(other.as_byte())
                );
                return Err(self.strange(&what));
            }
        };
        if extension.sparse {
            return Err(self.strange("a sparse file"));
        }
        if path.len() > MAX_PATH {
            return Err(Problem::new(format!(
                "a path of {} bytes; Linux takes at most {MAX_PATH}",
                path.len()
            )));
        }
        // Links of old archives may tell the size of the file that they lead to, but nothing follows them.
        let size = match kind {
            Kind::File => extension.size.map_or_else(|| header.entry_size(), Ok)?,
            _ => 0,
        };
        self.set_size(size);
        let wrong = |what: &str, error: io::Error| Problem::new(format!("{what}: {error}"));
        let number = |found: io::Result<Option<u32>>| found.ok().flatten().unwrap_or_default();
        Ok(Member {
            kind,
            link: extension.link.unwrap_or_else(|| {
                let link = header.link_name_bytes();
                link.map(std::borrow::Cow::into_owned).unwrap_or_default()
            }),
            size,
            mode: header.mode().map_err(|error| wrong("the mode", error))? & 0o7777,
            uid: match extension.uid {
                Some(uid) => uid,
                None => header.uid().map_err(|error| wrong("the owner", error))?,
            },
            gid: match extension.gid {
                Some(gid) => gid,
                None => header.gid().map_err(|error| wrong("the group", error))?,
            },
            device: (number(header.device_major()), number(header.device_minor())),
            xattrs: extension.xattrs,
            path,
        })
    }

    fn strange(&self, what: &str) -> Problem {
        Problem::new(format!("{} is {what}, which no image layer has", self.name))
    }
}

impl<R: Read> Read for Members<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.content).unwrap_or(usize::MAX);
        let most = most.min(into.len());
        let Some(into) = into.get_mut(..most).filter(|into| !into.is_empty()) else {
            return Ok(0);
        };
        let read = self.source.read(into)?;
        if read == 0 {
            let what = format!(
                "it is cut off in the middle of {}: {} bytes are missing",
                self.name, self.content
            );
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        self.content -= read as u64;
        Ok(read)
    }
}

/// Whether a block is the header of a member, by its checksum, or the first of the zeros at the end.
pub(super) fn is_header(block: &[u8]) -> bool {
    <&[u8; BLOCK]>::try_from(block)
        .is_ok_and(|block| block.iter().all(|byte| *byte == 0) || has_checksum(block))
}

fn has_checksum(block: &[u8; BLOCK]) -> bool {
    // The checksum counts as blanks in its own sum.
    let place = 148..156;
    let byte = |(at, byte): (usize, &u8)| u32::from(if place.contains(&at) { b' ' } else { *byte });
    let sum: u32 = block.iter().enumerate().map(byte).sum();
    Header::from_byte_slice(block).cksum().ok() == Some(sum)
}

/// What extension headers say of the next member.
#[derive(Debug, Default)]
struct Extension {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u64>,
    gid: Option<u64>,
    xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    sparse: bool,
}

impl Extension {
    fn is_empty(&self) -> bool {
        self.path.is_none() && self.link.is_none() && self.xattrs.is_empty()
    }

    /// Reads PAX records: `LENGTH KEY=VALUE\n`, in which the length counts all of it.
    fn read_pax(&mut self, mut records: &[u8]) -> Result<(), Problem> {
        while !records.is_empty() {
            let damaged = || Problem::new("a PAX header is damaged");
            let (record, rest) = pax_record(records).ok_or_else(damaged)?;
            records = rest;
            let equals = record.iter().position(|byte| *byte == b'=');
            let (key, value) = equals
                .and_then(|at| record.split_at_checked(at))
                .ok_or_else(damaged)?;
            let value = value.strip_prefix(b"=").unwrap_or(value);
            // A record without a value takes back what a global header says.
            let text = (!value.is_empty()).then(|| value.to_vec());
            let number = || match std::str::from_utf8(value).map(str::parse) {
                Ok(Ok(number)) => Ok(Some(number)),
                _ if value.is_empty() => Ok(None),
                _ => Err(Problem::new(format!(
                    "a PAX header gives no number as {}",
                    String::from_utf8_lossy(key)
                ))),
            };
            match key {
                b"path" => self.path = text,
                b"linkpath" => self.link = text,
                b"size" => self.size = number()?,
                b"uid" => self.uid = number()?,
                b"gid" => self.gid = number()?,
                _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {
                    if let Some(name) = key.strip_prefix(XATTR) {
                        self.xattrs.push((name.to_vec(), value.to_vec()));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The first record without its length and line feed, and the records behind it.
fn pax_record(records: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = records.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(records.get(..blank)?)
        .ok()?
        .parse()
        .ok()?;
    let (record, rest) = records.split_at_checked(length)?;
    Some((record.get(blank + 1..)?.strip_suffix(b"\n")?, rest))
}

fn without_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes
}
