//! `textDocument/completion` and `completionItem/resolve`.

use serde_json::Value;
use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{
    CompletionItem, CompletionItemKind, CompletionItemTag, CompletionList, CompletionOptions,
    CompletionParams, CompletionResponse, CompletionTextEdit, Documentation, InsertTextFormat,
    TextEdit,
};

use super::hover::markup;
use crate::ide::completion::{Entry, Item, ItemKind, complete as find, documentation};
use crate::lsp::session::{Session, View};

/// Signs behind which something can be offered that was not before.
const TRIGGERS: [&str; 8] = [" ", "-", "=", "$", "{", "/", ",", ":"];

/// What the server tells of the feature.
pub(in crate::lsp) fn options() -> CompletionOptions {
    CompletionOptions {
        resolve_provider: Some(true),
        trigger_characters: Some(TRIGGERS.map(str::to_owned).to_vec()),
        ..CompletionOptions::default()
    }
}

/// Answers `textDocument/completion`.
pub(in crate::lsp) fn complete(
    session: &mut Session,
    params: &CompletionParams,
) -> Result<Option<CompletionResponse>> {
    let at = &params.text_document_position;
    let trigger = params
        .context
        .as_ref()
        .and_then(|context| context.trigger_character.as_ref()?.chars().next());
    let Some(view) = session.view(&at.text_document.uri) else {
        return Ok(None);
    };
    let list = |folder: &str, prefix: &str| {
        let Some(path) = &view.document.path else {
            return (Vec::new(), true);
        };
        let (entries, complete) = view.world.list(path, folder, prefix);
        let entries = entries.into_iter();
        let entries = entries.map(|(name, is_folder)| Entry { name, is_folder });
        (entries.collect(), complete)
    };
    let found = find(view.file(), view.offset(at.position), trigger, &list);
    if found.items.is_empty() && !found.incomplete {
        return Ok(None);
    }
    Ok(Some(CompletionResponse::List(CompletionList {
        is_incomplete: found.incomplete,
        items: found
            .items
            .into_iter()
            .map(|item| convert(view, item))
            .collect(),
    })))
}

/// Answers `completionItem/resolve`: adds the documentation.
pub(in crate::lsp) fn resolve(session: &mut Session, mut item: CompletionItem) -> CompletionItem {
    let topic = item.data.as_ref().and_then(Value::as_str);
    if let Some(text) = topic.and_then(documentation) {
        let content = markup(&text, session.client.markdown_completion);
        item.documentation = Some(Documentation::MarkupContent(content));
    }
    item
}

fn convert(view: View<'_>, item: Item) -> CompletionItem {
    let snippet = item.snippet.filter(|_| view.client.snippets);
    let format = snippet.is_some().then_some(InsertTextFormat::SNIPPET);
    let new_text = snippet.unwrap_or_else(|| item.insert.into_owned());
    let label = item.label.into_owned();
    CompletionItem {
        kind: Some(kind(item.kind)),
        detail: item.detail,
        tags: item
            .deprecated
            .then(|| vec![CompletionItemTag::DEPRECATED])
            .filter(|_| view.client.completion_tags),
        sort_text: Some(format!("{:03}{label}", item.rank)),
        filter_text: Some(label.clone()),
        insert_text_format: format,
        text_edit: Some(CompletionTextEdit::Edit(TextEdit {
            range: view.range(item.range),
            new_text,
        })),
        data: item.topic.map(|topic| Value::String(topic.name())),
        label,
        ..CompletionItem::default()
    }
}

fn kind(kind: ItemKind) -> CompletionItemKind {
    match kind {
        ItemKind::Instruction | ItemKind::Directive => CompletionItemKind::KEYWORD,
        ItemKind::Snippet => CompletionItemKind::SNIPPET,
        ItemKind::Flag => CompletionItemKind::PROPERTY,
        ItemKind::Value => CompletionItemKind::VALUE,
        ItemKind::Variable => CompletionItemKind::VARIABLE,
        ItemKind::Stage => CompletionItemKind::MODULE,
        ItemKind::Image => CompletionItemKind::CLASS,
        ItemKind::File => CompletionItemKind::FILE,
        ItemKind::Folder => CompletionItemKind::FOLDER,
        ItemKind::Program => CompletionItemKind::FUNCTION,
        ItemKind::Rule => CompletionItemKind::ENUM_MEMBER,
    }
}
