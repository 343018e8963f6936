//! Speed of the analysis, of the rules and of the fixes over the corpus, in memory.

#[path = "../../syntax/benches/corpus/mod.rs"]
mod corpus;

use corpus::corpus;
use dfix_syntax::SourceText;
use dfix_transforms::format::{FormatOptions, format};
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

/// What `dfix fmt --check FILE` does: analysis, edits, and the check of the result.
#[divan::bench(sample_count = 10)]
fn lay_out(bencher: Bencher<'_, '_>) {
    on_all(bencher, 1, |file| {
        let analysis = Analysis::new(file.clone(), &Settings::default());
        black_box(format(&analysis, &FormatOptions::default()));
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
