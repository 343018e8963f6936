//! COPY and ADD.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, lchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dfix_syntax::buildkit::{Heredoc, Instruction};

use super::expand::expand_body;
use super::users::owner_of;
use super::{Trouble, body, clean};
use crate::compare::name_matches;
use crate::tree::{copy_file, inside, make_directories};

/// A copy to make.
pub(crate) struct Request<'a> {
    instruction: &'a Instruction,
    root: &'a Path,
    workdir: &'a str,
    /// Whether owners are those of the source when `--chown` doesn't say otherwise.
    pub(crate) keeps_owner: bool,
}

impl<'a> Request<'a> {
    pub(crate) fn new(instruction: &'a Instruction, root: &'a Path, workdir: &'a str) -> Self {
        Self {
            instruction,
            root,
            workdir,
            keeps_owner: false,
        }
    }
}

/// What is done to each copied path.
struct Change<'a> {
    root: &'a Path,
    owner: Option<(u32, u32)>,
    keeps_owner: bool,
    mode: Option<String>,
    unpack: bool,
}

/// Copies what the instruction names from a root to another.
pub(crate) fn copy(
    request: &Request<'_>,
    source: &Path,
    expanded: &dyn Fn(&str) -> Result<String, Trouble>,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<(), Trouble> {
    let instruction = request.instruction;
    let mut change = Change {
        root: request.root,
        owner: None,
        keeps_owner: request.keeps_owner,
        mode: None,
        unpack: instruction.keyword == "add",
    };
    for flag in &instruction.flags {
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        match name {
            "--chown" => {
                let owner = expanded(value)?;
                if !owner.is_empty() {
                    change.owner = Some(owner_of(request.root, &owner)?);
                }
            }
            "--chmod" => change.mode = Some(expanded(value)?).filter(|mode| !mode.is_empty()),
            "--from" => {}
            _ => return Err(Trouble::Unsupported("a flag of COPY")),
        }
    }
    let Some((dest, sources)) = instruction.args.split_last() else {
        return Err(Trouble::fails("COPY without arguments"));
    };
    let dest = expanded(dest)?;
    let is_folder = dest.is_empty() || dest == "." || dest.ends_with('/') || dest.ends_with("/.");
    let dest = match dest.starts_with('/') {
        true => clean(&dest),
        false => clean(&format!("{}/{dest}", request.workdir)),
    };
    let mut heredocs = instruction.heredocs.iter();
    for source_text in sources {
        if let Some(heredoc) = heredoc_of(source_text, &mut heredocs) {
            change.heredoc(heredoc, &dest, is_folder, lookup)?;
            continue;
        }
        let text = expanded(source_text)?;
        if text.contains("://") {
            return Err(Trouble::Unsupported("ADD of a URL"));
        }
        for path in select(source, &text)? {
            change.path(&path, &dest, is_folder)?;
        }
    }
    Ok(())
}

/// The next heredoc, if the word is an operator of one.
fn heredoc_of<'a>(
    word: &str,
    heredocs: &mut impl Iterator<Item = &'a Heredoc>,
) -> Option<&'a Heredoc> {
    word.starts_with("<<").then(|| heredocs.next()).flatten()
}

/// The paths that a source means. One with wildcards may mean none; one without must exist.
fn select(source: &Path, text: &str) -> Result<Vec<PathBuf>, Trouble> {
    if !text.contains(['*', '?', '[']) {
        let path = inside(source, text, true)?;
        return match path.symlink_metadata() {
            Ok(_) => Ok(vec![path]),
            Err(_) => Err(Trouble::fails(format!("{text}: not found"))),
        };
    }
    if text.contains(['[', '\\']) {
        return Err(Trouble::Unsupported("a pattern"));
    }
    let mut found = vec![source.to_owned()];
    for part in clean(text).split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for folder in &found {
            let Ok(entries) = fs::read_dir(folder) else {
                continue;
            };
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if name_matches(part.as_bytes(), name.as_bytes()) {
                    next.push(entry.path());
                }
            }
        }
        next.sort();
        found = next;
    }
    Ok(found)
}

impl Change<'_> {
    /// The mode that directories on the way get.
    fn parents_mode(&self) -> u32 {
        self.mode.as_deref().and_then(octal).unwrap_or(0o755)
    }

    fn make_parents(&self, dest: &str) -> Result<(), Trouble> {
        let owner = self.owner.unwrap_or((0, 0));
        make_directories(self.root, dest, owner, self.parents_mode())
            .map_err(|error| Trouble::fails(error.to_string()))?;
        Ok(())
    }

    /// Where a file goes.
    fn file_target(&self, name: &str, dest: &str, is_folder: bool) -> Result<PathBuf, Trouble> {
        let target = inside(self.root, dest, true)?;
        let target = if is_folder || target.is_dir() {
            self.make_parents(dest)?;
            inside(self.root, &format!("{dest}/{name}"), true)?
        } else {
            let parent = dest.rsplit_once('/').map_or("/", |(parent, _)| parent);
            self.make_parents(parent)?;
            inside(self.root, dest, true)?
        };
        if target.is_dir() {
            return Err(Trouble::fails(format!("{dest}: a file over a directory")));
        }
        if !target.parent().is_some_and(Path::is_dir) {
            return Err(Trouble::Unsupported("a link to nowhere as destination"));
        }
        Ok(target)
    }

    fn heredoc(
        &self,
        heredoc: &Heredoc,
        dest: &str,
        is_folder: bool,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), Trouble> {
        let mut text = body(heredoc);
        if heredoc.expand {
            text = expand_body(&text, lookup)?;
        }
        let target = self.file_target(&heredoc.name, dest, is_folder)?;
        let _ = fs::remove_file(&target);
        fs::write(&target, text)?;
        self.finish(&target, (0, 0), 0o644, false)?;
        Ok(())
    }

    fn path(&self, path: &Path, dest: &str, is_folder: bool) -> Result<(), Trouble> {
        let meta = fs::symlink_metadata(path)?;
        if meta.is_dir() {
            let target = inside(self.root, dest, true)?;
            if target.exists() && !target.is_dir() {
                return Err(Trouble::fails(format!("{dest}: a directory over a file")));
            }
            self.make_parents(dest)?;
            return self.contents(path, &inside(self.root, dest, true)?);
        }
        if self.unpack && is_archive(path)? {
            self.make_parents(dest)?;
            return self.extract(path, &inside(self.root, dest, true)?);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let target = self.file_target(&name, dest, is_folder)?;
        self.file(path, &target)
    }

    fn contents(&self, from: &Path, to: &Path) -> Result<(), Trouble> {
        let mut entries: Vec<_> = fs::read_dir(from)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            let meta = fs::symlink_metadata(&from)?;
            if !meta.is_dir() {
                self.file(&from, &to)?;
                continue;
            }
            match fs::symlink_metadata(&to) {
                Ok(there) if there.is_dir() => {}
                Ok(_) => return Err(Trouble::fails("a directory over a file")),
                Err(_) => fs::create_dir(&to)?,
            }
            self.finish(&to, (meta.uid(), meta.gid()), meta.mode() & 0o7777, true)?;
            self.contents(&from, &to)?;
        }
        Ok(())
    }

    fn file(&self, from: &Path, to: &Path) -> Result<(), Trouble> {
        let meta = fs::symlink_metadata(from)?;
        match fs::symlink_metadata(to) {
            Ok(there) if there.is_dir() => return Err(Trouble::fails("a file over a directory")),
            Ok(_) => fs::remove_file(to)?,
            Err(_) => {}
        }
        copy_file(from, &meta, to)?;
        let owner = (meta.uid(), meta.gid());
        if meta.is_symlink() {
            let (uid, gid) = self.owner_for(owner);
            return Ok(lchown(to, Some(uid), Some(gid))?);
        }
        self.finish(to, owner, meta.mode() & 0o7777, false)
    }

    fn owner_for(&self, source: (u32, u32)) -> (u32, u32) {
        self.owner
            .unwrap_or(if self.keeps_owner { source } else { (0, 0) })
    }

    /// Sets owner and mode of a copied path.
    fn finish(&self, to: &Path, owner: (u32, u32), mode: u32, is_dir: bool) -> Result<(), Trouble> {
        let (uid, gid) = self.owner_for(owner);
        chown(to, Some(uid), Some(gid))?;
        let mode = match self.mode.as_deref() {
            None => mode,
            Some(text) => match octal(text) {
                Some(mode) => mode,
                None => symbolic(text, mode, is_dir)?,
            },
        };
        fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
        Ok(())
    }

    /// Unpacks an archive, with the owners in it unless `--chown` gives one.
    fn extract(&self, archive: &Path, to: &Path) -> Result<(), Trouble> {
        let mut tar = Command::new("tar");
        tar.args([
            "--extract",
            "--same-owner",
            "--same-permissions",
            "--numeric-owner",
            "--file",
        ])
        .arg(archive)
        .arg("--directory")
        .arg(to);
        if self.owner.is_some() {
            return Err(Trouble::Unsupported("ADD --chown of an archive"));
        }
        let status = tar.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        match status.success() {
            true => Ok(()),
            false => Err(Trouble::fails("the archive")),
        }
    }
}

fn octal(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 8).ok()
}

/// A symbolic mode such as `u+x,go-w`, with an empty mask.
fn symbolic(text: &str, mut mode: u32, is_dir: bool) -> Result<u32, Trouble> {
    for clause in text.split(',') {
        let at = clause
            .find(['+', '-', '='])
            .ok_or(Trouble::Unsupported("a mode"))?;
        let (who, rest) = clause.split_at(at);
        let mut bits = 0;
        for char in rest.chars().skip(1) {
            bits |= match char {
                'r' => 0o444,
                'w' => 0o222,
                'x' => 0o111,
                'X' if is_dir || mode & 0o111 != 0 => 0o111,
                'X' => 0,
                _ => return Err(Trouble::Unsupported("a mode")),
            };
        }
        let mut mask = 0;
        for char in who.chars() {
            mask |= match char {
                'u' => 0o700,
                'g' => 0o070,
                'o' => 0o007,
                _ => 0o777,
            };
        }
        let mask = if who.is_empty() { 0o777 } else { mask };
        match rest.chars().next() {
            Some('+') => mode |= bits & mask,
            Some('-') => mode &= !(bits & mask),
            _ => mode = mode & !mask | bits & mask,
        }
    }
    Ok(mode)
}

/// Whether ADD unpacks a file: a tar archive, perhaps compressed by gzip, by content.
fn is_archive(path: &Path) -> io::Result<bool> {
    let content = fs::read(path)?;
    let is_tar = content.get(257..262) == Some(b"ustar");
    Ok(is_tar || content.starts_with(&[0x1f, 0x8b]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_and_patterns() {
        for (text, mode, expected) in [
            ("u+x", 0o644, 0o744),
            ("a-x", 0o755, 0o644),
            ("+x", 0o644, 0o755),
            ("go=r,u=rwX", 0o640, 0o644),
        ] {
            assert_eq!(symbolic(text, mode, false).ok(), Some(expected), "{text}");
        }
        for (pattern, name, expected) in [
            ("*.txt", "a.txt", true),
            ("*.txt", "a.sh", false),
            ("a?", "ab", true),
            ("*", "", true),
        ] {
            let found = name_matches(pattern.as_bytes(), name.as_bytes());
            assert_eq!(found, expected, "{pattern} {name}");
        }
    }
}
