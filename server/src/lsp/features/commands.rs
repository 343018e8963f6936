//! Commands that a client executes, and what it says about its configuration, folders and files.

use serde_json::{Value, json};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::{
    ConfigurationItem, DidChangeWatchedFilesParams, DidChangeWatchedFilesRegistrationOptions,
    ExecuteCommandParams, FileSystemWatcher, GlobPattern, MessageType, Registration, Url,
    WorkspaceFoldersChangeEvent,
};

use super::explain::ExplainParams;
use super::{actions, edits, explain, verify};
use crate::lsp::session::Session;

/// The commands' names.
pub(in crate::lsp) const NAMES: [&str; 3] = [
    actions::FIX_ALL_COMMAND,
    actions::EXPLAIN_COMMAND,
    verify::COMMAND,
];

/// The section of the client's configuration.
const SECTION: &str = "dfix";

/// What is watched: what configures dfix, and what says which files belong to the build.
const WATCHED: [&str; 5] = [
    "**/{dfix,.dfix}.toml",
    "**/.hadolint.{yaml,yml}",
    "**/*.dockerignore",
    "**/.dockerignore",
    "**/.git/HEAD",
];

/// Executes a command that is done at once.
pub(in crate::lsp) fn execute(
    session: &mut Session,
    params: &ExecuteCommandParams,
) -> Result<Option<Value>> {
    let argument = params.arguments.first().and_then(Value::as_str);
    let argument = argument.ok_or_else(|| {
        Error::invalid_params(format!("the command {} takes a text", params.command))
    })?;
    match params.command.as_str() {
        actions::FIX_ALL_COMMAND => fix_all(session, argument).map(|()| None),
        actions::EXPLAIN_COMMAND => {
            let rule = argument.to_owned();
            let page = explain::explain(&ExplainParams { rule })?;
            // A client that shows pages calls `dfix/explain`; for the others the link is what can be shown.
            if let Some(link) = session.pages.link(argument).cloned() {
                session.outbox.open(link);
            }
            Ok(Some(json!(page)))
        }
        other => Err(Error::invalid_params(format!(
            "no command is called {other}"
        ))),
    }
}

fn fix_all(session: &mut Session, uri: &str) -> Result<()> {
    let uri: Url = uri
        .parse()
        .map_err(|error| Error::invalid_params(format!("{uri}: {error}")))?;
    let view = session
        .view(&uri)
        .ok_or_else(|| Error::invalid_params(format!("{uri} is not open, or no Dockerfile")))?;
    let found = actions::fix_all_edits(view);
    if found.is_empty() {
        return Ok(());
    }
    let edit = edits::of_edits(view, found);
    let outbox = session.outbox.clone();
    session.outbox.ask(move |client| async move {
        let refused = match client.apply_edit(edit).await {
            Ok(answer) if answer.applied => return,
            Ok(answer) => answer.failure_reason.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        outbox.show(
            MessageType::WARNING,
            format!("the editor did not apply the fixes: {refused}"),
        );
    });
    Ok(())
}

/// After `initialized`: asks the client to watch files, and for its configuration.
pub(in crate::lsp) fn register(session: &mut Session) {
    let mut registrations = Vec::new();
    if session.client.watches_files {
        let watchers = WATCHED.map(|pattern| FileSystemWatcher {
            glob_pattern: GlobPattern::String(pattern.to_owned()),
            kind: None,
        });
        let options = DidChangeWatchedFilesRegistrationOptions {
            watchers: watchers.to_vec(),
        };
        registrations.push(Registration {
            id: "watched-files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: Some(json!(options)),
        });
    }
    if session.client.registers_configuration {
        registrations.push(Registration {
            id: "configuration".to_owned(),
            method: "workspace/didChangeConfiguration".to_owned(),
            register_options: Some(json!({ "section": SECTION })),
        });
    }
    if !registrations.is_empty() {
        let outbox = session.outbox.clone();
        session.outbox.ask(move |client| async move {
            if let Err(error) = client.register_capability(registrations).await {
                outbox.log(MessageType::WARNING, format!("the client: {error}"));
            }
        });
    }
    if session.client.configuration {
        ask_for_configuration(session);
    }
}

/// Clients send the new settings, or leave it to the server to ask for them.
pub(in crate::lsp) fn configuration_changed(session: &mut Session, settings: &Value) {
    if session.client.configuration {
        ask_for_configuration(session);
    } else {
        session.configure(settings);
    }
}

fn ask_for_configuration(session: &Session) {
    let mailbox = session.mailbox.clone();
    session.outbox.ask(move |client| async move {
        let item = ConfigurationItem {
            scope_uri: None,
            section: Some(SECTION.to_owned()),
        };
        // A client without settings for dfix answers with null; then those of `initialize` hold.
        if let Ok(values) = client.configuration(vec![item]).await
            && let Some(settings) = values.into_iter().next()
            && !settings.is_null()
        {
            mailbox.tell("configuration", move |session| session.configure(&settings));
        }
    });
}

/// Files changed that decide about documents.
pub(in crate::lsp) fn files_changed(session: &mut Session, params: &DidChangeWatchedFilesParams) {
    if !params.changes.is_empty() {
        session.reload();
    }
}

/// Folders came or went.
pub(in crate::lsp) fn folders_changed(session: &mut Session, event: &WorkspaceFoldersChangeEvent) {
    let path = |folder: &tower_lsp::lsp_types::WorkspaceFolder| folder.uri.to_file_path().ok();
    let removed: Vec<_> = event.removed.iter().filter_map(path).collect();
    session.folders.retain(|folder| !removed.contains(folder));
    session.folders.extend(event.added.iter().filter_map(path));
    session.reload();
}
