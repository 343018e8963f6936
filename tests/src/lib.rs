//! What the end-to-end tests share: where the corpus of real Dockerfiles is, how to run over it, the binary, and a language
//! client.

pub mod fake_builder;
pub mod lsp_client;
pub mod lsp_text;
pub mod random;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A corpus file: its name without folder, and its bytes.
#[derive(Debug)]
pub struct CorpusFile {
    /// The file name.
    pub name: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// The corpus, sorted by name: the `*.Dockerfile` files of the folder in `DFIX_CORPUS`.
///
/// `None`, with a loud note on standard error, when the variable is not set; `tests/run` sets it when it finds a corpus.
///
/// # Panics
/// When the folder cannot be read, since a test that silently checks nothing is worse than one that fails.
#[allow(
    clippy::print_stderr,
    clippy::panic,
    reason = "test code speaks to the person who runs it"
)]
pub fn corpus() -> Option<Vec<CorpusFile>> {
    let Some(folder) = std::env::var_os("DFIX_CORPUS").map(PathBuf::from) else {
        eprintln!(
            "\nSKIPPED: DFIX_CORPUS names no folder of real Dockerfiles; the corpus properties are NOT checked.\n"
        );
        return None;
    };
    let fail = |what: &Path, error: std::io::Error| -> ! { panic!("{}: {error}", what.display()) };
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| fail(&folder, error));
    let mut files: Vec<CorpusFile> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "Dockerfile")
        })
        .map(|path| CorpusFile {
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            bytes: std::fs::read(&path).unwrap_or_else(|error| fail(&path, error)),
        })
        .collect();
    assert!(
        !files.is_empty(),
        "{} holds no *.Dockerfile",
        folder.display()
    );
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Some(files)
}

/// Maps every item on all cores; the results are in the items' order, whatever the threads do.
///
/// # Panics
/// When `work` panics.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(item) = items.get(index) else { break };
                        done.push((index, work(item)));
                    }
                    done
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The binary `dfix`: the one that `DFIX_BIN` names, else one that is built now, with the test's profile.
///
/// # Panics
/// When it does not build.
#[allow(clippy::unwrap_used, reason = "no test can do without it")]
pub fn binary() -> PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY
        .get_or_init(|| {
            if let Some(named) = std::env::var_os("DFIX_BIN") {
                return PathBuf::from(named).canonicalize().unwrap();
            }
            let mut build = Command::new(env!("CARGO"));
            build.args(["build", "--quiet", "--package", "dfix", "--bin", "dfix"]);
            if !cfg!(debug_assertions) {
                build.arg("--release");
            }
            assert!(build.status().unwrap().success(), "dfix does not build");
            // Tests run from the folder below the one that binaries are in.
            let here = std::env::current_exe().unwrap();
            here.parent().unwrap().parent().unwrap().join("dfix")
        })
        .clone()
}
