//! What an editor waits for after a key was pressed: the analysis of the edited file, and what all rules say about it.

use std::fmt::Write;

use dfix_syntax::SourceText;
use dfix_transforms::engine::findings_of;
use dfix_transforms::model::Analysis;
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

/// Where the keys are pressed: behind this text, in the middle of the file.
const BEFORE: &str = "build-essential ";

/// What is typed, and then taken away again.
const TYPED: &str = "libssl-dev \\\n      pkg-config ";

/// A file of about so many bytes after each key: the first is the one before the first key.
fn texts(bytes: usize) -> Vec<SourceText> {
    let mut file = String::from("# syntax=docker/dockerfile:1\nARG VERSION=1.2\n");
    let mut number = 0;
    while file.len() < bytes {
        number += 1;
        let _ = writeln!(file, "{}", STAGES.replace('@', &number.to_string()));
    }
    let places: Vec<usize> = file.match_indices(BEFORE).map(|(at, _)| at).collect();
    let at = places
        .get(places.len() / 2)
        .map_or(0, |at| at + BEFORE.len());
    let (head, tail) = file.split_at(at);
    let text = |end: usize| {
        let typed = TYPED.get(..end)?;
        SourceText::new(format!("{head}{typed}{tail}").as_bytes()).ok()
    };
    let there = 0..TYPED.len();
    let back = there.clone().rev();
    there.chain(back).filter_map(text).collect()
}

/// Calls `look` for the analysis after each key.
fn type_into(bencher: Bencher<'_, '_>, bytes: usize, look: impl Fn(&Analysis, &Settings)) {
    let settings = Settings::default();
    let texts = texts(bytes);
    let Some((first, rest)) = texts.split_first() else {
        return;
    };
    let mut analysis = Some(Analysis::new(first.clone(), &settings));
    let mut rest = rest.iter().cycle();
    bencher.bench_local(|| {
        let edited = analysis.take().zip(rest.next());
        analysis = edited.map(|(before, text)| before.into_edited(text.clone(), &settings));
        if let Some(analysis) = &analysis {
            look(analysis, &settings);
        }
    });
}

/// The analysis alone.
#[divan::bench(args = [6_000, 85_000], sample_count = 500)]
fn analysis(bencher: Bencher<'_, '_>, bytes: usize) {
    type_into(bencher, bytes, |analysis, _| {
        black_box(analysis);
    });
}

/// The analysis and the findings, without a proof.
#[divan::bench(args = [6_000, 85_000], sample_count = 500)]
fn findings(bencher: Bencher<'_, '_>, bytes: usize) {
    let facts = Facts::default();
    type_into(bencher, bytes, |analysis, settings| {
        black_box(findings_of(analysis, settings, &facts));
    });
}
