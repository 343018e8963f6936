//! What the tests of features share.

use std::path::PathBuf;

use dfix_syntax::{SourceText, TextSize};
use dfix_transforms::model::Analysis;
use dfix_transforms::{Facts, Settings};

use super::File;

/// Asks something about a text.
pub(crate) fn with_file<R>(text: &str, ask: impl FnOnce(File<'_>) -> R) -> R {
    let settings = Settings::default();
    let source = SourceText::new(text.as_bytes()).unwrap();
    ask(File {
        analysis: &Analysis::new(source, &settings),
        settings: &settings,
        facts: &Facts::default(),
    })
}

/// The text without the sign `$0`, and where that stood.
#[track_caller]
pub(crate) fn cursor(text: &str) -> (String, TextSize) {
    let (before, after) = text.split_once("$0").expect("a text with $0");
    assert!(!after.contains("$0"), "more than one $0 in {text}");
    (format!("{before}{after}"), TextSize::of(before))
}

/// Asks something about each of the sample files, about variants of them with other line ends, and, where the variable
/// `DFIX_CORPUS` names a folder, about 40 of the Dockerfiles in it.
pub(crate) fn samples(mut ask: impl FnMut(&str, File<'_>)) {
    let mut files = Vec::new();
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/samples");
    collect(&samples, &mut files);
    assert!(!files.is_empty(), "no samples in {}", samples.display());
    if let Some(corpus) = std::env::var_os("DFIX_CORPUS") {
        let mut found = Vec::new();
        collect(&PathBuf::from(corpus), &mut found);
        let step = (found.len() / 40).max(1);
        files.extend(found.into_iter().step_by(step));
    }
    for path in files {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) if SourceText::new(text.as_bytes()).is_ok() => text,
            _ => continue,
        };
        for text in [text.replace("\r\n", "\n").replace('\n', "\r\n"), text] {
            // Says which file it was, when the test fails.
            let shown = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                with_file(&text, |file| ask(&text, file));
            }));
            if let Err(panic) = shown {
                eprintln!("in {}", path.display());
                std::panic::resume_unwind(panic);
            }
        }
    }
}

fn collect(folder: &std::path::Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().to_lowercase().contains("dockerfile"))
        {
            files.push(path);
        }
    }
}
