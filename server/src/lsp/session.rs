//! One editor's session: what it has open, what it set, what it can do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use dfix_syntax::{TextRange, TextSize};
use tokio::sync::watch;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::lsp_types::{
    Diagnostic, DidChangeTextDocumentParams, InitializeParams, MessageType, Position,
    PublishDiagnosticsParams, Range, TextDocumentItem, Url,
};

use super::client::Capabilities;
use super::document::{Checked, Document};
use super::features::diagnostics;
use super::history::InBackground;
use super::mailbox::Mailbox;
use super::options::{Options, When};
use super::outbox::Outbox;
use super::pages::Pages;
use super::world::World;
use crate::ide::File;
use crate::world::discover::is_dockerfile_name;

/// How often files are looked at that the client does not watch.
const LOOK: Duration = Duration::from_secs(2);

/// How much text is kept analysed, in bytes. What is known of a text takes some sixty times as much memory, and is found out
/// anew in less time than a person notices.
const KEPT: usize = 256 << 10;

/// One editor's session.
pub(super) struct Session {
    pub outbox: Outbox,
    /// For jobs that are to be done when what waits is done.
    pub mailbox: Mailbox,
    pub client: Capabilities,
    pub options: Options,
    /// The workspace's folders.
    pub folders: Vec<PathBuf>,
    pub world: World,
    /// They are kept when the surroundings are read anew.
    histories: InBackground,
    pub pages: Arc<Pages>,
    /// Counts what may change the diagnostics of files that are not open.
    pub changes: watch::Sender<u64>,
    documents: BTreeMap<String, Document>,
    /// Counts what was asked about documents.
    uses: u64,
    /// Documents whose diagnostics are to be published.
    due: BTreeSet<String>,
    last_look: Instant,
    stamps: BTreeMap<PathBuf, Vec<Option<(SystemTime, u64)>>>,
}

/// A document with everything that a feature needs.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub document: &'a Document,
    pub checked: &'a Checked,
    pub client: &'a Capabilities,
    pub options: &'a Options,
    pub world: &'a World,
    pub pages: &'a Pages,
}

impl Session {
    pub(super) fn new(outbox: Outbox, mailbox: Mailbox) -> Self {
        let options = Options::default();
        let (world, _) = World::new(&options, &[]);
        let histories = InBackground::new(mailbox.clone());
        Self {
            outbox,
            mailbox,
            client: Capabilities::default(),
            options,
            folders: Vec::new(),
            world: world.with_histories(Arc::new(histories.clone())),
            histories,
            pages: Arc::default(),
            changes: watch::Sender::new(0),
            documents: BTreeMap::new(),
            uses: 0,
            due: BTreeSet::new(),
            last_look: Instant::now(),
            stamps: BTreeMap::new(),
        }
    }

    /// Takes over what the client says of itself.
    #[allow(deprecated)] // Clients that know no workspace folders send the root.
    pub(super) fn initialize(&mut self, params: &InitializeParams) {
        self.client = Capabilities::of(&params.capabilities);
        let folders = params.workspace_folders.iter().flatten();
        self.folders = folders
            .filter_map(|folder| folder.uri.to_file_path().ok())
            .collect();
        if self.folders.is_empty() {
            let root = params.root_uri.as_ref();
            self.folders = root
                .and_then(|root| root.to_file_path().ok())
                .into_iter()
                .collect();
        }
        let options = params.initialization_options.clone().unwrap_or_default();
        self.configure(&options);
    }

    /// Takes over the client's settings.
    pub(super) fn configure(&mut self, settings: &serde_json::Value) {
        match Options::read(settings) {
            Ok(options) => self.options = options,
            Err(error) => self.outbox.show(MessageType::ERROR, error),
        }
        self.reload();
    }

    /// Reads the configuration anew and checks all documents again.
    pub(super) fn reload(&mut self) {
        let (world, error) = World::new(&self.options, &self.folders);
        self.world = world.with_histories(Arc::new(self.histories.clone()));
        if let Some(error) = error {
            self.outbox.show(MessageType::ERROR, error.to_string());
        }
        self.check_all();
    }

    /// Checks all documents again, because what surrounds them changed.
    pub(super) fn check_all(&mut self) {
        self.changed();
        self.forget();
        self.due.extend(self.documents.keys().cloned());
        if self.client.pulls_diagnostics && !self.documents.is_empty() {
            self.refresh();
        }
    }

    /// Checks all documents again, because the history of a repository was read.
    pub(super) fn history_came(&mut self) {
        self.world.forget_contexts();
        self.check_all();
        if self.client.refreshes.inlay_hints && !self.client.pulls_diagnostics {
            self.outbox.ask(move |client| async move {
                let _ = client.inlay_hint_refresh().await;
            });
        }
    }

    /// Forgets all that was worked out.
    pub(super) fn forget(&mut self) {
        for document in self.documents.values_mut() {
            document.forget();
        }
    }

    /// Asks the client to pull again what it shows.
    fn refresh(&self) {
        let can = self.client.refreshes;
        self.outbox.ask(move |client| async move {
            // What the client makes of it is its own business.
            if can.diagnostics {
                let _ = client.workspace_diagnostic_refresh().await;
            }
            if can.inlay_hints {
                let _ = client.inlay_hint_refresh().await;
            }
            if can.code_lens {
                let _ = client.code_lens_refresh().await;
            }
        });
    }

    pub(super) fn open(&mut self, item: TextDocumentItem) {
        if !is_dockerfile(&item) {
            return;
        }
        let key = key(&item.uri);
        let document = Document::new(item.uri, item.version, item.text, self.client.encoding);
        // Before anything is read, so that no change is missed.
        if let Some(path) = document
            .path
            .as_ref()
            .filter(|_| !self.client.watches_files)
        {
            self.stamps.insert(path.clone(), self.world.stamp(path));
        }
        self.documents.insert(key.clone(), document);
        self.changed();
        if self.options.diagnostics != When::Off {
            self.due.insert(key);
        }
    }

    pub(super) fn change(&mut self, params: DidChangeTextDocumentParams) {
        let encoding = self.client.encoding;
        let key = key(&params.text_document.uri);
        if let Some(document) = self.documents.get_mut(&key) {
            document.change(
                params.text_document.version,
                params.content_changes,
                encoding,
            );
            if self.options.diagnostics == When::OnType {
                self.due.insert(key);
            }
        }
    }

    pub(super) fn save(&mut self, uri: &Url) {
        // Another file may have been saved before, or made by a build.
        self.world.forget_contexts();
        self.changed();
        let key = key(uri);
        if let Some(document) = self.documents.get_mut(&key)
            && self.options.diagnostics != When::Off
        {
            document.forget();
            self.due.insert(key);
        }
    }

    pub(super) fn close(&mut self, uri: &Url) {
        let key = key(uri);
        self.due.remove(&key);
        self.changed();
        let Some(document) = self.documents.remove(&key) else {
            return;
        };
        if let Some(path) = &document.path {
            self.stamps.remove(path);
        }
        if !self.client.pulls_diagnostics {
            // What is closed has no findings to show.
            self.outbox.publish(&PublishDiagnosticsParams {
                uri: document.uri,
                diagnostics: Vec::new(),
                version: None,
            });
        }
    }

    /// A document and what is known of its text as it is now. `None` when it is not open, or no text for a Dockerfile.
    pub(super) fn view(&mut self, uri: &Url) -> Option<View<'_>> {
        let document = self.documents.get_mut(&key(uri))?;
        self.uses += 1;
        document.use_now(self.uses);
        document.check(&mut self.world).ok()?;
        let document: &Document = document;
        Some(View {
            document,
            checked: document.known().ok()?,
            client: &self.client,
            options: &self.options,
            world: &self.world,
            pages: &self.pages,
        })
    }

    /// As [`Self::view`], for an answer that was prepared for a version of the text.
    ///
    /// # Errors
    /// The document was changed or closed since.
    pub(super) fn view_of_version(&mut self, uri: &Url, version: i32) -> Result<View<'_>> {
        let outdated = || Error {
            code: ErrorCode::ContentModified,
            message: "the document was changed since; ask again".into(),
            data: None,
        };
        let view = self.view(uri).ok_or_else(outdated)?;
        match view.document.version == version {
            true => Ok(view),
            false => Err(outdated()),
        }
    }

    /// The version of an open document.
    pub(super) fn version(&self, uri: &Url) -> Option<i32> {
        Some(self.documents.get(&key(uri))?.version)
    }

    /// Says that files may have changed.
    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// The open documents.
    pub(super) fn documents(&self) -> impl Iterator<Item = &Document> {
        self.documents.values()
    }

    /// Forgets what is known of the texts that were not asked about for the longest time, when it is much.
    fn forget_the_oldest(&mut self) {
        let known = |it: (&String, &Document)| Some((it.1.known_since()?, it.0.clone()));
        let mut known: Vec<_> = self.documents.iter().filter_map(known).collect();
        known.sort_by_key(|((used, _), _)| std::cmp::Reverse(*used));
        let mut kept = 0;
        for ((_, size), key) in known.into_iter().skip(1) {
            kept += size;
            if kept > KEPT
                && let Some(document) = self.documents.get_mut(&key)
            {
                document.forget();
            }
        }
    }

    /// Does one piece of the work that can wait; whether there was one.
    pub(super) fn work_in_pause(&mut self) -> bool {
        self.forget_the_oldest();
        if let Some(key) = self.due.pop_first() {
            self.publish(&key);
            return true;
        }
        if self.last_look.elapsed() >= LOOK {
            self.last_look = Instant::now();
            self.look_at_files();
            return !self.due.is_empty();
        }
        false
    }

    /// How long to wait for a job.
    pub(super) fn pause(&self) -> Duration {
        LOOK.saturating_sub(self.last_look.elapsed())
    }

    /// All there is to say about a document; nothing when it is not open.
    pub(super) fn diagnostics(&mut self, uri: &Url) -> Vec<Diagnostic> {
        if self.options.diagnostics == When::Off {
            return Vec::new();
        }
        match self.documents.get_mut(&key(uri)) {
            None => Vec::new(),
            // The view counts as a use.
            Some(document) => match document.check(&mut self.world) {
                Err(problem) => diagnostics::of_problem(problem),
                Ok(_) => self.view(uri).map(diagnostics::all).unwrap_or_default(),
            },
        }
    }

    fn publish(&mut self, key: &str) {
        if self.client.pulls_diagnostics {
            return;
        }
        let Some(document) = self.documents.get(key) else {
            return;
        };
        let (uri, version) = (document.uri.clone(), Some(document.version));
        let diagnostics = self.diagnostics(&uri);
        self.outbox.publish(&PublishDiagnosticsParams {
            diagnostics,
            uri,
            version,
        });
    }

    /// Notices changed files for a client that does not watch them.
    fn look_at_files(&mut self) {
        if self.client.watches_files {
            return;
        }
        let mut changed = false;
        for document in self.documents.values() {
            let Some(path) = &document.path else { continue };
            let stamp = self.world.stamp(path);
            let before = self.stamps.insert(path.clone(), stamp.clone());
            changed |= before.is_some_and(|before| before != stamp);
        }
        if changed {
            self.reload();
        }
    }
}

impl<'a> View<'a> {
    /// The protocol's position of a byte offset.
    pub(super) fn position(&self, offset: TextSize) -> Position {
        let Document { lines, text, .. } = self.document;
        lines.position(text, offset)
    }

    /// The protocol's range of bytes.
    pub(super) fn range(&self, range: TextRange) -> Range {
        let Document { lines, text, .. } = self.document;
        lines.range(text, range)
    }

    /// The byte offset of a position.
    pub(super) fn offset(&self, position: Position) -> TextSize {
        let Document { lines, text, .. } = self.document;
        lines.offset(text, position)
    }

    /// The bytes of a range; an inverted one counts as empty.
    pub(super) fn bytes(&self, range: Range) -> TextRange {
        let (start, end) = (self.offset(range.start), self.offset(range.end));
        TextRange::new(start.min(end), end)
    }

    /// The document as features see it that know no protocol.
    pub(super) fn file(&self) -> File<'a> {
        File {
            analysis: &self.checked.analysis,
            settings: &self.checked.config.settings,
            facts: &self.checked.facts,
        }
    }
}

/// Whether a document is one for dfix. Clients attach by language, and some attach to whole folders.
fn is_dockerfile(item: &TextDocumentItem) -> bool {
    let by_language = matches!(
        item.language_id.as_str(),
        "dockerfile" | "containerfile" | "Dockerfile" | "Containerfile" | "docker"
    );
    let name = item.uri.path().rsplit('/').next().unwrap_or_default();
    by_language || is_dockerfile_name(name)
}

/// What a document is known by. Clients write the letter of a Windows drive in either case, and its colon in two ways.
pub(super) fn key(uri: &Url) -> String {
    let text = uri.as_str().replace("%3A", ":").replace("%3a", ":");
    match text.strip_prefix("file:///") {
        Some(path) if path.as_bytes().get(1) == Some(&b':') => {
            let (drive, rest) = path.split_at(1);
            format!("file:///{}{rest}", drive.to_ascii_lowercase())
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_one_name() {
        for (a, b) in [
            ("file:///c:/x/Dockerfile", "file:///C%3A/x/Dockerfile"),
            ("file:///x/Dockerfile", "file:///x/Dockerfile"),
            ("untitled:Untitled-1", "untitled:Untitled-1"),
        ] {
            assert_eq!(key(&a.parse().unwrap()), key(&b.parse().unwrap()));
        }
    }
}
