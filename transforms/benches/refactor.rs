//! What an editor waits for when it asks for the refactorings at a cursor, and when it resolves one.

use std::fmt::Write;

use dfix_syntax::{SourceText, TextRange, TextSize};
use dfix_transforms::model::Analysis;
use dfix_transforms::refactor::{build, offers};
use dfix_transforms::{Facts, Settings};
use divan::{Bencher, black_box};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// Two stages as people write them, of 3 kB; `@` is a number that makes their names unique.
const STAGES: &str = include_str!("keystroke.Dockerfile");

/// A file of about so many bytes, and cursors all over it.
fn file(bytes: usize) -> Option<(Analysis, Vec<TextRange>)> {
    let mut text = String::from("# syntax=docker/dockerfile:1\nARG VERSION=1.2\n");
    let mut number = 0;
    while text.len() < bytes {
        number += 1;
        let _ = writeln!(text, "{}", STAGES.replace('@', &number.to_string()));
    }
    let source = SourceText::new(text.as_bytes()).ok()?;
    let cursors = (0..text.len()).step_by(97);
    let cursors = cursors.filter_map(|at| Some(TextRange::empty(TextSize::try_from(at).ok()?)));
    let cursors = cursors.collect();
    Some((Analysis::new(source, &Settings::default()), cursors))
}

/// The list at a cursor.
#[divan::bench(args = [6_000, 85_000], sample_count = 500)]
fn offered(bencher: Bencher<'_, '_>, bytes: usize) {
    let (settings, facts) = (Settings::default(), Facts::default());
    let Some((analysis, cursors)) = file(bytes) else {
        return;
    };
    let mut cursors = cursors.into_iter().cycle();
    bencher.bench_local(|| {
        if let Some(cursor) = cursors.next() {
            black_box(offers(&analysis, &settings, &facts, cursor));
        }
    });
}

/// One of them with its proof.
#[divan::bench(args = [6_000, 85_000], sample_count = 200)]
fn built(bencher: Bencher<'_, '_>, bytes: usize) {
    let (settings, facts) = (Settings::default(), Facts::default());
    let Some((analysis, cursors)) = file(bytes) else {
        return;
    };
    let all = cursors.into_iter().flat_map(|cursor| {
        let offers = offers(&analysis, &settings, &facts, cursor);
        offers.into_iter().map(move |offer| (offer.id, cursor))
    });
    let all: Vec<_> = all.collect();
    let mut all = all.into_iter().cycle();
    bencher.bench_local(|| {
        if let Some((id, cursor)) = all.next() {
            black_box(build(&analysis, &settings, &facts, id, cursor));
        }
    });
}
