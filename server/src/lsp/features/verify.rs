//! Verifies a document with real builds, when a person asks for it: never by itself.
//!
//! `dfix verify` runs as a child of the server, so that a builder that hangs or a crash there costs nothing but the answer.
//! [`child`] starts and ends it, [`running`] knows which documents are being verified, [`page`] tells the result.

mod child;
mod page;
mod report;
pub(in crate::lsp) mod running;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::lsp_types::request::WorkDoneProgressCreate;
use tower_lsp::lsp_types::{
    CodeActionKind, ExecuteCommandParams, MessageType, ProgressToken, TextDocumentIdentifier, Url,
    WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressCreateParams, WorkDoneProgressEnd,
    WorkDoneProgressReport,
};

use crate::lsp::document::Document;
use crate::lsp::mailbox::Mailbox;
use crate::lsp::outbox::Outbox;
use crate::lsp::pages;
use crate::lsp::session::{Session, key};
use crate::panics::caught;
use child::End;
use running::{Entry, Running};

/// The command that verifies a document.
pub(in crate::lsp) const COMMAND: &str = "dfix.verify";
/// The kind of the action that names the command.
pub(in crate::lsp) const KIND: CodeActionKind = CodeActionKind::new("source.verify.dfix");

/// How long a client may take to make place for progress before the work goes on without it.
const PLACE: Duration = Duration::from_secs(5);

/// The parameters of `dfix/verify`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lsp) struct VerifyParams {
    /// The document.
    pub text_document: TextDocumentIdentifier,
    /// Whether fixes are taken that a person must judge.
    #[serde(default)]
    pub unsafe_fixes: bool,
    /// Where the client wants to hear of the progress, and by what it cancels it.
    #[serde(default)]
    pub work_done_token: Option<ProgressToken>,
}

/// The second argument of the command.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CommandOptions {
    unsafe_fixes: bool,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(in crate::lsp) struct Verified {
    /// The page's title.
    title: String,
    /// The page.
    markdown: String,
    /// `equal`, `different` or `unknown`.
    verdict: String,
    /// The result in a sentence or two.
    message: String,
}

/// Answers `dfix/verify` when it is done; with null when it was stopped. The client shows the result.
///
/// Nothing stands before the posting of the job but this function's call; so it is with [`command`].
pub(in crate::lsp) fn request(
    mailbox: &Mailbox,
    running: &Running,
    params: VerifyParams,
) -> impl Future<Output = Result<Option<Verified>>> + Send {
    let task = mailbox.ask("verify", move |session| Task::of(session, params));
    let running = running.clone();
    async move { task.await?.begin(&running)?.finish().await }
}

/// Executes the command, whose answer comes at once: clients wait for it. The result is shown by the means of the protocol.
pub(in crate::lsp) fn command(
    mailbox: &Mailbox,
    running: &Running,
    params: ExecuteCommandParams,
) -> impl Future<Output = Result<Option<Value>>> + Send {
    let task = mailbox.ask("verify", move |session| {
        let outbox = session.outbox.clone();
        let task = of_command(params).and_then(|params| Task::of(session, params));
        Ok((outbox, task))
    });
    let running = running.clone();
    async move {
        let (outbox, task) = task.await?;
        match task.and_then(|task| task.begin(&running)) {
            // Not every client shows the error of a command.
            Err(error) => outbox.show(MessageType::WARNING, error.message),
            Ok(begun) => {
                tokio::task::spawn_local(async move {
                    let name = begun.task.name.clone();
                    let key = begun.task.key.clone();
                    match begun.finish().await {
                        Ok(Some(verified)) => show(&outbox, &key, &verified),
                        Ok(None) => outbox.show(MessageType::INFO, stopped(&name)),
                        Err(error) => outbox.show(MessageType::ERROR, error.message),
                    }
                });
            }
        }
        Ok(None)
    }
}

fn of_command(params: ExecuteCommandParams) -> Result<VerifyParams> {
    let wrong = |why: &str| Error::invalid_params(format!("the command {COMMAND} {why}"));
    let mut arguments = params.arguments.into_iter();
    let uri = arguments.next().unwrap_or_default();
    let uri: Url = serde_json::from_value(uri)
        .map_err(|_| wrong("takes the address of a document as its first argument"))?;
    let options = match arguments.next().filter(|options| !options.is_null()) {
        None => CommandOptions::default(),
        Some(options) => serde_json::from_value(options)
            .map_err(|error| wrong(&format!("does not understand its second argument: {error}")))?,
    };
    Ok(VerifyParams {
        text_document: TextDocumentIdentifier::new(uri),
        unsafe_fixes: options.unsafe_fixes,
        work_done_token: params.work_done_progress_params.work_done_token,
    })
}

fn show(outbox: &Outbox, key: &str, verified: &Verified) {
    let typ = match verified.verdict.as_str() {
        "equal" => MessageType::INFO,
        _ => MessageType::WARNING,
    };
    outbox.show(typ, verified.message.clone());
    match pages::write_result(key, &verified.markdown) {
        Some(page) => outbox.open(page),
        None => outbox.log(MessageType::INFO, verified.markdown.clone()),
    }
}

fn stopped(name: &str) -> String {
    format!("{name}: verifying was stopped")
}

/// All there is to know of the session for one verification.
struct Task {
    key: String,
    /// How the document is called in messages.
    name: String,
    text: String,
    /// The child's working directory.
    folder: PathBuf,
    arguments: Vec<OsString>,
    /// The configuration that the editor gives, as a `dfix.toml`.
    config: Option<String>,
    outbox: Outbox,
    /// The client's own token.
    token: Option<ProgressToken>,
    /// Whether the client shows progress that it did not ask for.
    shows_progress: bool,
}

impl Task {
    fn of(session: &mut Session, params: VerifyParams) -> Result<Self> {
        let uri = &params.text_document.uri;
        let refused = |why: String| Error {
            code: ErrorCode::InvalidRequest,
            message: why.into(),
            data: None,
        };
        if !session.options.verify.enabled {
            return Err(refused(
                "verifying is switched off: the setting verify.enabled of dfix is false, or the folder is not trusted"
                    .to_owned(),
            ));
        }
        let folders = session.folders.clone();
        let outbox = session.outbox.clone();
        let view = session
            .view(uri)
            .ok_or_else(|| refused(format!("{uri} is not open, or no Dockerfile")))?;
        let name = name(view.document, &folders);
        let path = place(view.document, folders.first()).ok_or_else(|| {
            refused(format!(
                "{name} was never saved, and no folder is open: a build needs a folder as its context. Save the file, or open its folder."
            ))
        })?;
        let mut arguments: Vec<OsString> =
            Vec::from(["verify", "-", "--stdin-filename"].map(OsString::from));
        arguments.push(path.clone().into());
        arguments.extend(["--format", "json", "--progress", "lines"].map(OsString::from));
        if params.unsafe_fixes {
            arguments.push("--unsafe-fixes".into());
        }
        let options = view.options;
        let own = &options.verify.arguments;
        if options.verify.calibrate && !own.iter().any(|argument| argument == "--calibrate") {
            arguments.push("--calibrate".into());
        }
        let mut config = None;
        if let Some(file) = view.world.named_configuration(options) {
            arguments.push("--config".into());
            arguments.push(file.into());
        } else if view.world.is_fallback(&view.checked.config) && !options.settings.is_empty() {
            // What the editor applies is what has to be verified.
            config = toml::to_string(&options.settings).ok();
        }
        // Last, as the words of a command to run may be among them.
        let more = options.verify.arguments.iter().map(OsString::from);
        let folder = folders.iter().find(|folder| path.starts_with(folder));
        Ok(Self {
            key: key(uri),
            name,
            text: view.document.text.clone(),
            folder: folder
                .map(PathBuf::as_path)
                .or(path.parent())
                .unwrap_or(Path::new("."))
                .to_path_buf(),
            arguments,
            config,
            outbox,
            token: params.work_done_token,
            shows_progress: view.client.shows_progress,
        }
        .with_last(more.collect()))
    }

    fn with_last(mut self, arguments: Vec<OsString>) -> Self {
        self.arguments.extend(arguments);
        self
    }

    /// Takes the document's place among those that are being verified.
    fn begin(self, running: &Running) -> Result<Begun> {
        let entry = running.begin(&self.key, self.token.clone());
        let entry = entry.ok_or_else(|| Error {
            code: ErrorCode::InvalidRequest,
            message: format!("{} is being verified already", self.name).into(),
            data: None,
        })?;
        Ok(Begun { task: self, entry })
    }
}

/// How a document is called in messages: as its folder knows it.
fn name(document: &Document, folders: &[PathBuf]) -> String {
    let Some(path) = &document.path else {
        let path = document.uri.path();
        return path.rsplit('/').next().unwrap_or(path).to_owned();
    };
    let inside = folders
        .iter()
        .find_map(|folder| path.strip_prefix(folder).ok());
    crate::world::show(inside.unwrap_or(path))
}

/// Where the document is, or would be if it were saved.
fn place(document: &Document, folder: Option<&PathBuf>) -> Option<PathBuf> {
    match &document.path {
        Some(path) if document.uri.scheme() == "file" => Some(path.clone()),
        _ => Some(folder?.join("Dockerfile")),
    }
}

/// A verification that has its place.
struct Begun {
    task: Task,
    entry: Entry,
}

impl Begun {
    /// Runs the child to its end, which comes soon when the answer is not awaited any more; `None` when it was stopped.
    async fn finish(self) -> Result<Option<Verified>> {
        let Self { task, entry } = self;
        let shown = match &task.token {
            Some(_) => true,
            None => task.shows_progress && place_for_progress(&task.outbox, &entry).await,
        };
        let failed = |why: &str| Error {
            message: format!("dfix verify: {why}").into(),
            ..Error::internal_error()
        };
        let (sender, answer) = oneshot::channel();
        let work = move || {
            let end = caught(|| task.run(&entry, shown, &|| sender.is_closed()));
            // The place is free before the client hears of it.
            drop(entry);
            let _ = sender.send(end.map(|end| (end, task.name)));
        };
        thread::Builder::new()
            .spawn(work)
            .map_err(|error| failed(&error.to_string()))?;
        let ended = answer.await.map_err(|_| failed("the thread is gone"))?;
        let (end, name) = ended.map_err(|panic| failed(&format!("an error in dfix: {panic}")))?;
        match end {
            End::Stopped => Ok(None),
            End::Failed(why) => Err(failed(&why)),
            End::Report(report) => Ok(Some(Verified {
                title: format!("{name}, verified"),
                markdown: page::markdown(&name, &report),
                message: page::message(&name, &report),
                verdict: report.verdict,
            })),
        }
    }
}

/// Asks the client for a place where progress is shown; whether there is one.
async fn place_for_progress(outbox: &Outbox, entry: &Entry) -> bool {
    let (sender, answer) = oneshot::channel();
    let token = entry.token().clone();
    outbox.ask(move |client| async move {
        let params = WorkDoneProgressCreateParams { token };
        let answer = client.send_request::<WorkDoneProgressCreate>(params).await;
        let _ = sender.send(answer.is_ok());
    });
    matches!(tokio::time::timeout(PLACE, answer).await, Ok(Ok(true)))
}

impl Task {
    fn run(&self, entry: &Entry, shown: bool, unheard: &dyn Fn() -> bool) -> End {
        let progress = |value: WorkDoneProgress| {
            if shown {
                self.outbox.progress(entry.token(), value);
            }
        };
        progress(WorkDoneProgress::Begin(WorkDoneProgressBegin {
            title: format!("dfix: verifying {}", self.name),
            cancellable: Some(true),
            message: None,
            percentage: None,
        }));
        let news = |message: &str| {
            progress(WorkDoneProgress::Report(WorkDoneProgressReport {
                cancellable: Some(true),
                message: Some(message.to_owned()),
                percentage: None,
            }));
        };
        let end = child::run(self, entry, unheard, &news);
        progress(WorkDoneProgress::End(WorkDoneProgressEnd {
            message: Some(match &end {
                End::Report(report) => report.verdict.clone(),
                End::Stopped => "stopped".to_owned(),
                End::Failed(_) => "failed".to_owned(),
            }),
        }));
        end
    }
}
