//! The files that the benchmarks of all crates read.

use std::path::PathBuf;

use dfix_syntax::SourceText;

/// The folder `DFIX_CORPUS`, else the one that `tests/run` unpacks, else a sample of about 6 MB.
pub(crate) fn corpus() -> Vec<SourceText> {
    let folder = std::env::var_os("DFIX_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/corpus")),
        PathBuf::from,
    );
    let mut files: Vec<SourceText> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| std::fs::read(entry.ok()?.path()).ok())
        .filter_map(|bytes| SourceText::new(&bytes).ok())
        .collect();
    if files.is_empty() {
        let sample = include_bytes!("../../tests/data/sample.Dockerfile");
        files.extend(SourceText::new(sample).into_iter().cycle().take(4000));
    }
    files
}
