//! The texts of the build context that one Dockerfile leads to: scripts that it runs, lock files, and what an archive that it
//! copies says of itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use dfix_syntax::ast::{AstNode, File as Tree};
use dfix_syntax::{SyntaxKind, SyntaxNode};
use dfix_transforms::{ContextKind, Facts, Project};

use super::context::selected;
use super::dockerignore::DockerIgnore;
use super::sources::below_sources;

/// How many paths are looked at for the scripts of one Dockerfile.
const MOST_NAMED: usize = 600;
/// The longest script that is read.
const MAX_SCRIPT: u64 = 16 << 10;
/// The longest lock file that is read.
const MAX_LOCK: u64 = 512 << 10;
/// The longest member of an archive that is read.
const MAX_MEMBER: u64 = 64 << 10;
/// How many bytes are read in all.
const MAX_TEXTS: usize = 2 << 20;
/// How many lock files, and how many archives, are read.
const MOST_FILES: usize = 8;

/// Lock files whose content decides what a program is linked with.
const LOCK_FILES: &[&str] = &["Cargo.lock", "Gemfile.lock"];
/// The members of a jar that say how it is started and what its layers are.
const MEMBERS: &[&str] = &["META-INF/MANIFEST.MF", "BOOT-INF/layers.idx"];

/// The paths of the build context that the commands of a Dockerfile may mean, if they have come with one of these sources:
/// `/app/bin/run` may be `bin/run` of the source `.`, or `run` of the source `bin`. `root` is the root of the Dockerfile's
/// tree.
pub(crate) fn candidates(root: SyntaxNode, sources: &[String]) -> Vec<String> {
    let Some(file) = Tree::cast(root) else {
        return Vec::new();
    };
    let is_script = |source: &&String| is_script_name(source);
    let mut found: Vec<String> = sources
        .iter()
        .filter(is_script)
        .map(|source| Facts::key(source))
        .collect();
    for instruction in file.instructions() {
        let starts = match instruction.kind() {
            SyntaxKind::CMD | SyntaxKind::ENTRYPOINT => true,
            SyntaxKind::RUN | SyntaxKind::HEALTHCHECK => false,
            _ => continue,
        };
        let line = instruction.logical_line();
        let words = line.split(|c: char| c.is_whitespace() || "\"'[],;&|()<>{}=".contains(c));
        // The keyword comes first.
        for word in words.skip(1) {
            // What stands behind a variable is below a directory that nobody knows here.
            let word = match word.rsplit_once('$') {
                Some((_, behind)) => behind.split_once('/').map_or("", |(_, path)| path),
                None => word,
            };
            if !starts && !word.contains('/') && !is_script_name(word) {
                continue;
            }
            let key = Facts::key(word);
            let is_path = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
            if key.is_empty() || !key.chars().all(is_path) {
                continue;
            }
            found.extend(below_sources(&key, sources));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST_NAMED);
    found
}

fn is_script_name(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.ends_with(".sh") || last.ends_with(".bash") || last.contains("entrypoint")
}

/// Reads what [`candidates`] has named, the lock files of a project, and what the jars among its sources say of themselves.
pub(super) fn read(
    (root, ignore): (&Path, &DockerIgnore),
    project: &Project,
    sources: &[String],
    candidates: &[String],
) -> BTreeMap<String, Arc<str>> {
    let mut texts = BTreeMap::new();
    let mut room = MAX_TEXTS;
    let mut take = |path: String, text: Option<String>| {
        if let Some(text) = text.filter(|text| text.len() <= room) {
            room -= text.len();
            texts.insert(path, Arc::from(text));
        }
    };
    for path in candidates {
        let script = text(root, path, ignore, MAX_SCRIPT);
        let script = script.filter(|text| text.starts_with("#!") || is_script_name(path));
        take(path.clone(), script);
    }
    let is_lock = |(path, kind): &(&str, ContextKind)| {
        let name = path.rsplit('/').next().unwrap_or(path);
        *kind == ContextKind::UnreadFile && LOCK_FILES.contains(&name)
    };
    for (path, _) in project.below("").filter(is_lock).take(MOST_FILES) {
        take(path.to_owned(), text(root, path, ignore, MAX_LOCK));
    }
    let jars = sources.iter().filter(|source| source.ends_with(".jar"));
    let jars = jars.flat_map(|source| selected(root, source));
    for jar in jars.filter(|jar| !ignore.excludes(jar)).take(MOST_FILES) {
        for (member, text) in members(&root.join(&jar)) {
            take(format!("{jar}!/{member}"), Some(text));
        }
    }
    texts
}

/// The text of a regular file that the ignore file lets through, unless it is too long or no text.
fn text(root: &Path, path: &str, ignore: &DockerIgnore, most: u64) -> Option<String> {
    let full = root.join(path);
    let there = full.symlink_metadata().ok()?;
    if !there.is_file() || there.len() > most || ignore.excludes(path) {
        return None;
    }
    read_text(File::open(full).ok()?, most)
}

fn read_text(from: impl Read, most: u64) -> Option<String> {
    let mut text = String::new();
    from.take(most + 1).read_to_string(&mut text).ok()?;
    (text.len() as u64 <= most && !text.contains('\0')).then_some(text)
}

/// The members of a jar that are read, with their texts; none when it is no archive.
fn members(jar: &Path) -> Vec<(&'static str, String)> {
    let is_file = jar.symlink_metadata().is_ok_and(|there| there.is_file());
    let archive = File::open(jar)
        .ok()
        .filter(|_| is_file)
        .and_then(|file| zip::ZipArchive::new(BufReader::new(file)).ok());
    let Some(mut archive) = archive else {
        return Vec::new();
    };
    let read = |member: &&'static str| {
        let found = archive.by_name(member).ok()?;
        Some((*member, read_text(found, MAX_MEMBER)?))
    };
    MEMBERS.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::context::Contexts;
    use dfix_syntax::{SourceText, parse};
    use dfix_transforms::Need;
    use std::fs;
    use std::io::Write;

    #[test]
    fn commands_name_scripts() {
        let check = |text: &str, sources: &[&str], expected: &[&str]| {
            let source = SourceText::new(text.as_bytes()).unwrap();
            let sources: Vec<String> = sources.iter().map(ToString::to_string).collect();
            let found = candidates(parse(&source).root(), &sources);
            assert_eq!(found, expected, "{text}");
        };
        check("FROM a\nRUN ./b && make\n", &["."], &["b"]);
        check(
            "FROM a\nENTRYPOINT [\"/o/run\"]\n",
            &["docker/", "."],
            &["docker/o/run", "docker/run", "o/run", "run"],
        );
        check("FROM a\nCMD start\n", &["bin"], &["bin/start"]);
        check("FROM a\nRUN $H/b/c.sh\n", &["."], &["b/c.sh", "c.sh"]);
        check(
            "FROM a\nRUN b\n",
            &["x/entrypoint.sh", "y"],
            &["x/entrypoint.sh"],
        );
    }

    #[test]
    fn texts_of_scripts_locks_and_jars() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        write(".dockerignore", b"hidden.sh\n");
        write("docker/run", b"#!/bin/sh\nexec \"$@\"\n");
        write("docker/data", b"no script\n");
        write("hidden.sh", b"#!/bin/sh\n");
        write("long.sh", &vec![b'#'; 20_000]);
        write("binary.sh", b"#!\xff");
        write("app/Cargo.lock", b"[[package]]\n");
        write("target/other.jar", b"no archive");
        let mut jar = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        jar.start_file("META-INF/MANIFEST.MF", options).unwrap();
        jar.write_all(b"Main-Class: a.B\n").unwrap();
        jar.start_file("BOOT-INF/layers.idx", options).unwrap();
        jar.write_all(b"- \"dependencies\":\n").unwrap();
        write("target/a.jar", &jar.finish().unwrap().into_inner());

        let text = "FROM a\nCOPY . /x\nRUN ./docker/data ./hidden.sh long.sh binary.sh\nCMD [\"/x/docker/run\"]\n";
        let sources = [".", "target/*.jar"].map(str::to_owned);
        let names = candidates(
            parse(&SourceText::new(text.as_bytes()).unwrap()).root(),
            &sources,
        );
        let dockerfile = root.path().join("Dockerfile");
        let contexts = Contexts::default();
        let mut facts = contexts.gather(dockerfile.as_path().into(), &sources, |need| {
            need == Need::Project
        });
        contexts.add_named(&mut facts, dockerfile.as_path().into(), &sources, &names);
        let project = facts.project.unwrap();
        for (path, expected) in [
            ("docker/run", Some("#!/bin/sh\nexec \"$@\"\n")),
            ("docker/data", None),
            ("hidden.sh", None),
            ("long.sh", None),
            ("binary.sh", None),
            ("app/Cargo.lock", Some("[[package]]\n")),
            (
                "target/a.jar!/META-INF/MANIFEST.MF",
                Some("Main-Class: a.B\n"),
            ),
            (
                "target/a.jar!/BOOT-INF/layers.idx",
                Some("- \"dependencies\":\n"),
            ),
            ("target/other.jar!/META-INF/MANIFEST.MF", None),
        ] {
            assert_eq!(project.text(path), expected, "{path}");
        }
    }
}
