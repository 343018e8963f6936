//! Speed of the analysis, of the rules and of the fixes over the corpus, in memory: `DFIX_CORPUS`, else
//! `~/.cache/dfix/corpus`, else a sample.

use std::path::PathBuf;

use dfix_syntax::SourceText;
use dfix_transforms::model::Analysis;
use dfix_transforms::{Applicability, Company, Facts, Settings, fix, lint};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// The corpus, or a sample of about 6 MB.
fn corpus() -> Vec<SourceText> {
    let folder = std::env::var_os("DFIX_CORPUS")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/dfix/corpus")));
    let mut files: Vec<SourceText> = folder
        .and_then(|folder| std::fs::read_dir(folder).ok())
        .into_iter()
        .flatten()
        .filter_map(|entry| std::fs::read(entry.ok()?.path()).ok())
        .filter_map(|bytes| SourceText::new(&bytes).ok())
        .collect();
    if files.is_empty() {
        let sample = include_bytes!("../../syntax/tests/data/sample.Dockerfile");
        files.extend(SourceText::new(sample).into_iter().cycle().take(4000));
    }
    files
}

/// Runs one job for each file on some threads, each of which takes the next free file.
fn on_all(bencher: Bencher<'_, '_>, threads: usize, job: fn(&SourceText)) {
    let files = corpus();
    let bytes = BytesCount::new(files.iter().map(|file| file.len()).sum::<usize>());
    let next = std::sync::atomic::AtomicUsize::new(0);
    bencher
        .counter(bytes)
        .counter(ItemsCount::new(files.len()))
        .bench_local(|| {
            next.store(0, std::sync::atomic::Ordering::Relaxed);
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        while let Some(file) =
                            files.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                        {
                            job(black_box(file));
                        }
                    });
                }
            });
        });
}

/// Text to model.
#[divan::bench(sample_count = 10)]
fn analyse(bencher: Bencher<'_, '_>) {
    on_all(bencher, 1, |file| {
        black_box(Analysis::new(file.clone(), &Settings::default()));
    });
}

/// What `dfix FILE` does: the findings, each safe fix proven.
#[divan::bench(sample_count = 10)]
fn check(bencher: Bencher<'_, '_>) {
    on_all(bencher, 1, |file| {
        black_box(lint(
            file,
            &Settings::default(),
            &Facts::default(),
            Company::Together,
        ));
    });
}

/// What `dfix --write FILE` does, apart from reading and writing.
#[divan::bench(sample_count = 10)]
fn fix_safely(bencher: Bencher<'_, '_>) {
    on_all(bencher, 1, |file| {
        let (settings, facts) = (Settings::default(), Facts::default());
        black_box(fix(file, &settings, &facts, Applicability::Safe));
    });
}

/// The same on two threads.
#[divan::bench(sample_count = 10)]
fn fix_on_two_threads(bencher: Bencher<'_, '_>) {
    on_all(bencher, 2, |file| {
        let (settings, facts) = (Settings::default(), Facts::default());
        black_box(fix(file, &settings, &facts, Applicability::Safe));
    });
}

/// A check and then a fix on two threads.
#[divan::bench(sample_count = 10)]
fn check_and_fix_on_two_threads(bencher: Bencher<'_, '_>) {
    on_all(bencher, 2, |file| {
        let (settings, facts) = (Settings::default(), Facts::default());
        black_box(lint(file, &settings, &facts, Company::Together));
        black_box(fix(file, &settings, &facts, Applicability::Safe));
    });
}
