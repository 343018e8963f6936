//! The stages of all Dockerfiles of the workspace.
//!
//! The session answers for the open documents. The others are looked for on a thread of their own, since a workspace may
//! be large; the search ends when nobody waits for it any more.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use dfix_syntax::SourceText;
use dfix_transforms::Settings;
use dfix_transforms::model::Analysis;
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::{Location, SymbolInformation, Url, WorkspaceSymbolParams};

use super::symbols;
use crate::ide::outline::{self, Entry};
use crate::lsp::positions::{Encoding, Lines};
use crate::lsp::session::Session;
use crate::panics::caught;
use crate::world::discover::{discover_until, real_path};
use crate::world::read::read_file;

/// How many symbols are given.
const MOST: usize = 256;
/// How many files are read for one answer.
const MOST_FILES: usize = 5_000;

/// A search in the workspace.
#[derive(Debug)]
pub(in crate::lsp) struct Search {
    query: String,
    encoding: Encoding,
    folders: Vec<PathBuf>,
    /// The files of the open documents, whose texts may differ from what is saved.
    open: BTreeSet<PathBuf>,
    found: Vec<Ranked>,
}

/// A symbol and how well it fits; the lowest is the best.
type Ranked = (u32, SymbolInformation);

/// Looks at the open documents.
pub(in crate::lsp) fn start(session: &mut Session, params: &WorkspaceSymbolParams) -> Search {
    let uris: Vec<Url> = session.documents().map(|it| it.uri.clone()).collect();
    let mut search = Search {
        query: params.query.clone(),
        encoding: session.client.encoding,
        folders: session.folders.clone(),
        open: BTreeSet::new(),
        found: Vec::new(),
    };
    for uri in uris {
        if let Some(view) = session.view(&uri) {
            search
                .open
                .extend(view.document.path.as_deref().map(real_path));
            let document = (view.document.text.as_str(), &view.document.lines);
            search.add(&uri, document, &view.checked.analysis);
        }
    }
    search
}

impl Search {
    /// Looks at the other files, on another thread; the best symbols come first.
    ///
    /// # Errors
    /// A panic on that thread.
    pub(in crate::lsp) async fn finish(self) -> Result<Option<Vec<SymbolInformation>>> {
        let (sender, answer) = oneshot::channel();
        // A cancelled request is dropped, and this with it.
        let stop = StopOnDrop::default();
        let stopped = Arc::clone(&stop.0);
        thread::spawn(move || {
            let symbols = caught(|| self.search(&stopped));
            let _ = sender.send(symbols);
        });
        match answer.await {
            Ok(Ok(symbols)) => Ok(Some(symbols)),
            Ok(Err(panic)) => Err(Error {
                message: format!("workspace/symbol: an error in dfix: {panic}").into(),
                ..Error::internal_error()
            }),
            Err(_) => Err(Error::internal_error()),
        }
    }

    fn search(mut self, stop: &AtomicBool) -> Vec<SymbolInformation> {
        let inputs = discover_until(&self.folders, 1, stop).inputs;
        let others = inputs.iter().filter(|it| !self.open.contains(&it.real));
        let paths: Vec<PathBuf> = others.map(|input| input.path.clone()).collect();
        for path in paths.iter().take(MOST_FILES) {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            // What can't be read has no symbols.
            self.add_file(path);
        }
        self.found.sort_by(|a, b| order(a).cmp(&order(b)));
        self.found.truncate(MOST);
        self.found.into_iter().map(|(_, symbol)| symbol).collect()
    }

    fn add_file(&mut self, path: &Path) -> Option<()> {
        let bytes = read_file(path).ok()?;
        let source = SourceText::new(&bytes).ok()?;
        let uri = Url::from_file_path(path).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let lines = Lines::new(&text, self.encoding);
        let analysis = Analysis::new(source, &Settings::default());
        self.add(&uri, (&text, &lines), &analysis);
        Some(())
    }

    fn add(&mut self, uri: &Url, (text, lines): (&str, &Lines), analysis: &Analysis) {
        let file = self.shown(uri);
        for stage in outline::stages(analysis) {
            if let Some(rank) = rank(&stage.name, &self.query) {
                let location = Location::new(uri.clone(), lines.range(text, stage.range));
                self.found
                    .push((rank, symbol(stage, location, file.clone())));
            }
        }
    }

    /// A file as it is shown: inside its workspace folder.
    fn shown(&self, uri: &Url) -> Option<String> {
        let path = uri.to_file_path().ok()?;
        let mut folders = self.folders.iter();
        let inside = folders.find_map(|folder| path.strip_prefix(folder).ok());
        Some(inside.unwrap_or(&path).display().to_string())
    }
}

#[allow(deprecated)] // The struct has a field that is, and no constructor.
fn symbol(stage: Entry, location: Location, file: Option<String>) -> SymbolInformation {
    SymbolInformation {
        name: stage.name,
        kind: symbols::kind(stage.kind),
        tags: None,
        deprecated: None,
        location,
        container_name: file,
    }
}

fn order((rank, symbol): &Ranked) -> (u32, usize, &str, &str, u32) {
    let Location { uri, range } = &symbol.location;
    let name = symbol.name.as_str();
    (*rank, name.len(), name, uri.as_str(), range.start.line)
}

/// How well a name fits what was typed, whatever the letter case: as a whole, as its beginning, as a part, letter by
/// letter with others between. `None`: not at all.
fn rank(name: &str, query: &str) -> Option<u32> {
    let (name, query) = (name.to_lowercase(), query.trim().to_lowercase());
    if name == query {
        return Some(0);
    }
    if name.starts_with(&query) {
        return Some(1);
    }
    if name.contains(&query) {
        return Some(2);
    }
    let mut rest = name.chars();
    let in_order = query.chars().all(|wanted| rest.any(|char| char == wanted));
    in_order.then_some(3)
}

/// Tells a thread to stop.
#[derive(Debug, Default)]
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks() {
        for (name, query, expected) in [
            ("build", "Build", Some(0)),
            ("Build-base", "build", Some(1)),
            ("go-build", "build", Some(2)),
            ("go-build", "gbd", Some(3)),
            ("go-build", "dg", None),
            ("é", "É", Some(0)),
            ("a", "", Some(1)),
        ] {
            assert_eq!(rank(name, query), expected, "{name} {query}");
        }
    }

    fn search(folder: &Path, query: &str) -> Search {
        Search {
            query: query.to_owned(),
            encoding: Encoding::Utf16,
            folders: vec![folder.to_path_buf()],
            open: BTreeSet::new(),
            found: Vec::new(),
        }
    }

    #[test]
    fn files_of_the_workspace() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        std::fs::create_dir(root.join("a")).unwrap();
        let write = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
        write("a/Dockerfile", "FROM x AS build\nFROM scratch\n");
        write("Dockerfile.dev", "\n\nFROM x AS prebuild\n");
        write("other", "FROM x AS build\n");
        write("Containerfile", "\u{0}");
        let go = AtomicBool::new(false);
        let found = search(root, "build").search(&go);
        let shown: Vec<(&str, &str, u32)> = found
            .iter()
            .map(|it| {
                (
                    it.name.as_str(),
                    it.container_name.as_deref().unwrap(),
                    it.location.range.start.line,
                )
            })
            .collect();
        let own = Path::new("a").join("Dockerfile");
        let own = own.to_str().unwrap();
        assert_eq!(
            shown,
            [("build", own, 0), ("prebuild", "Dockerfile.dev", 2)]
        );
        // What is open is not read from the disk.
        let mut second = search(root, "build");
        second.open.insert(real_path(&root.join("a/Dockerfile")));
        assert_eq!(second.search(&go).len(), 1);
        assert!(
            search(root, "build")
                .search(&AtomicBool::new(true))
                .is_empty()
        );
    }
}
