//! Which paths of the build context a Dockerfile names.

use dfix_syntax::SourceText;

/// The literal sources of `COPY` and `ADD` that come from the build context: no stages, no addresses, no variables.
pub(crate) fn context_sources(source: &SourceText) -> Vec<String> {
    let _ = source;
    Vec::new()
}
