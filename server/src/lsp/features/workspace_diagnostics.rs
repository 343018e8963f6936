//! Answers `workspace/diagnostic`: what there is to say about all Dockerfiles in the workspace's folders.
//!
//! The session tells what it has open; a thread of its own checks the other files, so that typing goes on meanwhile. An
//! answer in which nothing would be new is held back until something may have changed: clients ask again at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use dfix_syntax::SourceText;
use serde_json::json;
use tokio::sync::{oneshot, watch};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::{
    Diagnostic, FullDocumentDiagnosticReport, ProgressToken, UnchangedDocumentDiagnosticReport,
    Url, WorkspaceDiagnosticParams, WorkspaceDiagnosticReport, WorkspaceDiagnosticReportResult,
    WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};

use super::diagnostics;
use crate::lsp::client::Capabilities;
use crate::lsp::document::Document;
use crate::lsp::mailbox::Mailbox;
use crate::lsp::options::{Options, When};
use crate::lsp::outbox::Outbox;
use crate::lsp::pages::Pages;
use crate::lsp::session::{Session, View, key};
use crate::lsp::world::World;
use crate::panics::caught;
use crate::world::discover::{Input, discover};
use crate::world::problem::Problem;
use crate::world::read::read_file;

/// How long a change may be followed by others before the files are looked at again.
const SETTLES: Duration = Duration::from_secs(1);
/// How long an answer is held back at most: not every change on disk is told.
const HOLDS: Duration = Duration::from_secs(60);
/// How often news about the work is sent.
const NEWS: Duration = Duration::from_millis(100);
/// How many threads search the folders.
const SEARCHERS: usize = 2;
/// The stack of the thread, as large as a main thread's.
const STACK: usize = 8 << 20;

/// What the thread needs to know of the session.
struct Task {
    client: Capabilities,
    options: Options,
    folders: Vec<PathBuf>,
    pages: Arc<Pages>,
    outbox: Outbox,
    /// What is open, by key.
    open: BTreeMap<String, Report>,
    /// Tells when something may have changed.
    changes: watch::Receiver<u64>,
}

/// What there is to say about a document or file.
struct Report {
    uri: Url,
    version: Option<i64>,
    items: Vec<Diagnostic>,
}

/// Where the answer to a request goes.
struct Answer {
    /// What the client has already, by key.
    known: BTreeMap<String, (Url, String)>,
    outbox: Outbox,
    /// Parts are sent under this token.
    partial: Option<ProgressToken>,
    /// How far the work is, under this one.
    progress: Option<ProgressToken>,
    items: Vec<WorkspaceDocumentDiagnosticReport>,
    /// Whether anything in the answer is new to the client.
    news: bool,
    last_news: Instant,
}

/// Answers `workspace/diagnostic`. Nothing stands before the posting of the job but this function's call.
pub(in crate::lsp) fn pull(
    mailbox: &Mailbox,
    params: WorkspaceDiagnosticParams,
) -> impl Future<Output = Result<WorkspaceDiagnosticReportResult>> + Send {
    let first = mailbox.ask("workspace/diagnostic", |session| Ok(Task::of(session)));
    let mailbox = mailbox.clone();
    async move {
        let mut task = first.await?;
        loop {
            let mut changes = task.changes.clone();
            let answer = check_on_a_thread(task, &params).await?;
            // Who has nothing yet waits for an answer.
            if answer.news || params.previous_result_ids.is_empty() {
                return Ok(answer.end());
            }
            let changed = tokio::time::timeout(HOLDS, changes.changed()).await;
            if changed.is_ok() {
                tokio::time::sleep(SETTLES).await;
            }
            task = mailbox
                .ask("workspace/diagnostic", |session| Ok(Task::of(session)))
                .await?;
        }
    }
}

/// The thread ends early when nobody waits for its answer any more, which is what a cancelled request looks like.
async fn check_on_a_thread(task: Task, params: &WorkspaceDiagnosticParams) -> Result<Answer> {
    let answer = Answer::new(&task, params);
    let (sender, answered) = oneshot::channel();
    let work = move || {
        let checked = caught(|| task.check(answer, &|| sender.is_closed()));
        let _ = sender.send(checked);
    };
    let failed = |why: &str| Error {
        message: format!("workspace/diagnostic: {why}").into(),
        ..Error::internal_error()
    };
    let builder = thread::Builder::new().stack_size(STACK);
    builder.spawn(work).map_err(|e| failed(&e.to_string()))?;
    let checked = answered.await.map_err(|_| failed("the thread is gone"))?;
    checked.map_err(|panic| failed(&format!("an error in dfix: {panic}")))
}

impl Task {
    fn of(session: &mut Session) -> Self {
        let uris: Vec<Url> = session.documents().map(|it| it.uri.clone()).collect();
        let mut open = BTreeMap::new();
        for uri in uris {
            let items = session.diagnostics(&uri);
            let version = session.version(&uri).map(i64::from);
            let report = Report {
                uri: uri.clone(),
                version,
                items,
            };
            open.insert(key(&uri), report);
        }
        Self {
            client: session.client.clone(),
            options: session.options.clone(),
            folders: session.folders.clone(),
            pages: session.pages.clone(),
            outbox: session.outbox.clone(),
            open,
            changes: session.changes.subscribe(),
        }
    }

    /// Checks everything, unless it is cancelled.
    fn check(mut self, mut answer: Answer, cancelled: &dyn Fn() -> bool) -> Answer {
        answer.begin();
        let mut seen: BTreeSet<String> = self.open.keys().cloned().collect();
        for (_, report) in std::mem::take(&mut self.open) {
            answer.add(report);
        }
        let files = match self.options.diagnostics {
            When::Off => Vec::new(),
            When::OnType | When::OnSave => discover(&self.folders, SEARCHERS).inputs,
        };
        let (mut world, _) = World::new(&self.options, &self.folders);
        for (number, input) in files.iter().enumerate() {
            if cancelled() {
                return answer;
            }
            let path = std::path::absolute(&input.path);
            let Some(uri) = path.ok().and_then(|path| Url::from_file_path(path).ok()) else {
                continue;
            };
            let excluded = matches!(world.config(Some(&input.real)), Ok(config) if config.excludes(&input.real));
            if excluded || !seen.insert(key(&uri)) {
                continue;
            }
            answer.add(self.report(input, uri, &mut world));
            answer.tell(number, files.len());
        }
        answer.forget(&seen);
        answer
    }

    fn report(&self, input: &Input, uri: Url, world: &mut World) -> Report {
        let items = self
            .items(input, &uri, world)
            .unwrap_or_else(|problem| diagnostics::of_problem(&problem));
        Report {
            uri,
            version: None,
            items,
        }
    }

    fn items(
        &self,
        input: &Input,
        uri: &Url,
        world: &mut World,
    ) -> std::result::Result<Vec<Diagnostic>, Problem> {
        let bytes = read_file(&input.path)?;
        let source = SourceText::new(&bytes).map_err(|error| Problem::unfit(error, &bytes))?;
        let text = source.as_str().to_owned();
        let mut document = Document::new(uri.clone(), 0, text, self.client.encoding);
        document.check(world).map_err(Clone::clone)?;
        Ok(diagnostics::all(View {
            checked: document.known().map_err(Clone::clone)?,
            document: &document,
            client: &self.client,
            options: &self.options,
            world,
            pages: &self.pages,
        }))
    }
}

impl Answer {
    fn new(task: &Task, params: &WorkspaceDiagnosticParams) -> Self {
        let previous = params.previous_result_ids.iter();
        Self {
            known: previous
                .map(|it| (key(&it.uri), (it.uri.clone(), it.value.clone())))
                .collect(),
            outbox: task.outbox.clone(),
            partial: params.partial_result_params.partial_result_token.clone(),
            progress: params.work_done_progress_params.work_done_token.clone(),
            items: Vec::new(),
            news: false,
            last_news: Instant::now(),
        }
    }

    /// Takes over a report, in short where the client has it.
    fn add(&mut self, report: Report) {
        let id = diagnostics::result_id(&report.items);
        let known = self.known.get(&key(&report.uri));
        let Report {
            uri,
            version,
            items,
        } = report;
        self.items
            .push(if known.is_some_and(|(_, known)| *known == id) {
                WorkspaceDocumentDiagnosticReport::Unchanged(
                    WorkspaceUnchangedDocumentDiagnosticReport {
                        uri,
                        version,
                        unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport {
                            result_id: id,
                        },
                    },
                )
            } else {
                // That nothing is to be said is no news about a file of which nothing was said.
                self.news |= known.is_some() || !items.is_empty();
                WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
                    uri,
                    version,
                    full_document_diagnostic_report: FullDocumentDiagnosticReport {
                        result_id: Some(id),
                        items,
                    },
                })
            });
    }

    /// Says of what the client has, and is neither open nor found any more, that there is nothing to be said.
    fn forget(&mut self, seen: &BTreeSet<String>) {
        let gone: Vec<Url> = self
            .known
            .iter()
            .filter(|(key, _)| !seen.contains(*key))
            .map(|(_, (uri, _))| uri.clone())
            .collect();
        for uri in gone {
            self.add(Report {
                uri,
                version: None,
                items: Vec::new(),
            });
        }
    }

    fn begin(&self) {
        if let Some(token) = &self.progress {
            let value = json!({"kind": "begin", "title": "dfix checks the workspace", "cancellable": true, "percentage": 0});
            self.outbox.progress(token, value);
        }
    }

    /// Says how far the work is, and hands over what is done; not too often.
    fn tell(&mut self, done: usize, of: usize) {
        if self.last_news.elapsed() < NEWS {
            return;
        }
        self.last_news = Instant::now();
        if let Some(token) = &self.progress {
            let value = json!({"kind": "report", "percentage": done * 100 / of.max(1), "message": format!("{done} of {of} files")});
            self.outbox.progress(token, value);
        }
        self.hand_over();
    }

    /// Sends what is done to a client that takes parts. A part without news would make holding back pointless.
    fn hand_over(&mut self) {
        if self.news
            && let Some(token) = &self.partial
        {
            let items = std::mem::take(&mut self.items);
            self.outbox
                .progress(token, WorkspaceDiagnosticReport { items });
        }
    }

    /// The answer; empty for a client that takes parts and got them all.
    fn end(mut self) -> WorkspaceDiagnosticReportResult {
        self.hand_over();
        if let Some(token) = &self.progress {
            self.outbox.progress(token, json!({"kind": "end"}));
        }
        WorkspaceDiagnosticReport { items: self.items }.into()
    }
}
