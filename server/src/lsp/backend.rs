//! The protocol's methods. Each posts one job and waits for its answer; nothing else may stand before the posting, since
//! the order of the messages is the order of the jobs.

use serde_json::Value;
use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::*;
use tower_lsp::{Client, ClientSocket, LanguageServer, LspService};

use super::capabilities;
use super::features::explain::{ExplainParams, Page, SyntaxTreeParams};
use super::features::verify::running::Running;
use super::features::verify::{Verified, VerifyParams};
use super::features::{
    actions, commands, completion, diagnostics, explain, folding, formatting, hints, hover, lenses,
    links, navigation, rename, selection, signature, symbols, tokens, verify,
    workspace_diagnostics, workspace_symbols,
};
use super::mailbox::Mailbox;
use super::outbox::Outbox;
use super::writer::Outgoing;

/// The server as tower-lsp sees it.
#[derive(Debug)]
pub(super) struct Backend {
    mailbox: Mailbox,
    running: Running,
}

/// Starts the session's thread; for use inside a `LocalSet`.
pub(super) fn service(outgoing: Outgoing, running: Running) -> (LspService<Backend>, ClientSocket) {
    LspService::build(|client: Client| Backend {
        mailbox: Mailbox::start(Outbox::start(client, outgoing)),
        running,
    })
    .custom_method("dfix/explain", Backend::explain)
    .custom_method("dfix/proof", Backend::proof)
    .custom_method("dfix/syntaxTree", Backend::syntax_tree)
    .custom_method("dfix/verify", Backend::verify)
    .custom_method("window/workDoneProgress/cancel", Backend::cancel_progress)
    .finish()
}

impl Backend {
    async fn explain(&self, params: ExplainParams) -> Result<Page> {
        explain::explain(&params)
    }

    async fn proof(&self, params: TextDocumentPositionParams) -> Result<Page> {
        let job = move |session: &mut _| explain::proof(session, &params);
        self.mailbox.ask("proof", job).await
    }

    async fn syntax_tree(&self, params: SyntaxTreeParams) -> Result<String> {
        let job = move |session: &mut _| explain::syntax_tree(session, &params);
        self.mailbox.ask("syntax tree", job).await
    }

    async fn verify(&self, params: VerifyParams) -> Result<Option<Verified>> {
        verify::request(&self.mailbox, &self.running, params).await
    }

    async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        self.running.cancel(&params.token);
    }
}

#[tower_lsp::async_trait]
impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        self.mailbox
            .ask("initialize", move |session| {
                session.initialize(&params);
                Ok(capabilities::answer(&session.client))
            })
            .await
    }

    async fn initialized(&self, _: InitializedParams) {
        self.mailbox.tell("initialized", commands::register);
    }

    async fn shutdown(&self) -> Result<()> {
        self.running.end();
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.mailbox
            .tell("didOpen", |session| session.open(params.text_document));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.mailbox
            .tell("didChange", |session| session.change(params));
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.mailbox.tell("didSave", move |session| {
            session.save(&params.text_document.uri)
        });
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.mailbox.tell("didClose", move |session| {
            session.close(&params.text_document.uri)
        });
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.mailbox.tell("didChangeConfiguration", move |session| {
            commands::configuration_changed(session, &params.settings);
        });
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.mailbox.tell("didChangeWatchedFiles", move |session| {
            commands::files_changed(session, &params);
        });
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        self.mailbox
            .tell("didChangeWorkspaceFolders", move |session| {
                commands::folders_changed(session, &params.event);
            });
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        if params.command == verify::COMMAND {
            return verify::command(&self.mailbox, &self.running, params).await;
        }
        let job = move |session: &mut _| commands::execute(session, &params);
        self.mailbox.ask("executeCommand", job).await
    }

    async fn diagnostic(
        &self,
        params: DocumentDiagnosticParams,
    ) -> Result<DocumentDiagnosticReportResult> {
        let job = move |session: &mut _| diagnostics::pull(session, &params);
        self.mailbox.ask("diagnostic", job).await
    }

    async fn workspace_diagnostic(
        &self,
        params: WorkspaceDiagnosticParams,
    ) -> Result<WorkspaceDiagnosticReportResult> {
        workspace_diagnostics::pull(&self.mailbox, params).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let job = move |session: &mut _| actions::offer(session, &params);
        self.mailbox.ask("codeAction", job).await
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        let job = move |session: &mut _| actions::resolve(session, action);
        self.mailbox.ask("codeAction/resolve", job).await
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let job = move |session: &mut _| completion::complete(session, &params);
        self.mailbox.ask("completion", job).await
    }

    async fn completion_resolve(&self, item: CompletionItem) -> Result<CompletionItem> {
        let job = move |session: &mut _| Ok(completion::resolve(session, item));
        self.mailbox.ask("completionItem/resolve", job).await
    }

    async fn signature_help(&self, params: SignatureHelpParams) -> Result<Option<SignatureHelp>> {
        let job = move |session: &mut _| signature::help(session, &params);
        self.mailbox.ask("signatureHelp", job).await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let job = move |session: &mut _| hover::hover(session, &params);
        self.mailbox.ask("hover", job).await
    }

    async fn document_symbol(
        &self,
        params: DocumentSymbolParams,
    ) -> Result<Option<DocumentSymbolResponse>> {
        let job = move |session: &mut _| symbols::of_document(session, &params);
        self.mailbox.ask("documentSymbol", job).await
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        let job = move |session: &mut _| folding::of_document(session, &params);
        self.mailbox.ask("foldingRange", job).await
    }

    async fn selection_range(
        &self,
        params: SelectionRangeParams,
    ) -> Result<Option<Vec<SelectionRange>>> {
        let job = move |session: &mut _| selection::of_document(session, &params);
        self.mailbox.ask("selectionRange", job).await
    }

    async fn semantic_tokens_full(
        &self,
        params: SemanticTokensParams,
    ) -> Result<Option<SemanticTokensResult>> {
        let job = move |session: &mut _| tokens::full(session, &params);
        self.mailbox.ask("semanticTokens/full", job).await
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: SemanticTokensDeltaParams,
    ) -> Result<Option<SemanticTokensFullDeltaResult>> {
        let job = move |session: &mut _| tokens::delta(session, &params);
        self.mailbox.ask("semanticTokens/full/delta", job).await
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        let job = move |session: &mut _| tokens::range(session, &params);
        self.mailbox.ask("semanticTokens/range", job).await
    }

    async fn goto_definition(
        &self,
        params: GotoDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let job = move |session: &mut _| navigation::definition(session, &params);
        self.mailbox.ask("definition", job).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let job = move |session: &mut _| navigation::references(session, &params);
        self.mailbox.ask("references", job).await
    }

    async fn document_highlight(
        &self,
        params: DocumentHighlightParams,
    ) -> Result<Option<Vec<DocumentHighlight>>> {
        let job = move |session: &mut _| navigation::highlight(session, &params);
        self.mailbox.ask("documentHighlight", job).await
    }

    async fn prepare_rename(
        &self,
        params: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        let job = move |session: &mut _| rename::prepare(session, &params);
        self.mailbox.ask("prepareRename", job).await
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let job = move |session: &mut _| rename::rename(session, &params);
        self.mailbox.ask("rename", job).await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        let job = move |session: &mut _| links::of_document(session, &params);
        self.mailbox.ask("documentLink", job).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let job = move |session: &mut _| hints::of_range(session, &params);
        self.mailbox.ask("inlayHint", job).await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let job = move |session: &mut _| lenses::of_document(session, &params);
        self.mailbox.ask("codeLens", job).await
    }

    async fn code_lens_resolve(&self, lens: CodeLens) -> Result<CodeLens> {
        let job = move |session: &mut _| lenses::resolve(session, lens);
        self.mailbox.ask("codeLens/resolve", job).await
    }

    async fn symbol(
        &self,
        params: WorkspaceSymbolParams,
    ) -> Result<Option<Vec<SymbolInformation>>> {
        let job = move |session: &mut _| Ok(workspace_symbols::start(session, &params));
        let search = self.mailbox.ask("workspace/symbol", job);
        search.await?.finish().await
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let job = move |session: &mut _| formatting::document(session, &params);
        self.mailbox.ask("formatting", job).await
    }

    async fn range_formatting(
        &self,
        params: DocumentRangeFormattingParams,
    ) -> Result<Option<Vec<TextEdit>>> {
        let job = move |session: &mut _| formatting::range(session, &params);
        self.mailbox.ask("rangeFormatting", job).await
    }

    async fn on_type_formatting(
        &self,
        params: DocumentOnTypeFormattingParams,
    ) -> Result<Option<Vec<TextEdit>>> {
        let job = move |session: &mut _| formatting::on_type(session, &params);
        self.mailbox.ask("onTypeFormatting", job).await
    }
}

#[cfg(test)]
mod tests;
