//! Speed of the parser over the corpus.

mod corpus;

use corpus::corpus;
use dfix_syntax::ast::{AstNode, File};
use dfix_syntax::{Parse, SourceText, parse};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

/// The allocator of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

fn bytes(files: &[SourceText]) -> BytesCount {
    BytesCount::new(files.iter().map(|file| file.len()).sum::<usize>())
}

/// Text to tree.
#[divan::bench]
fn parse_corpus(bencher: Bencher<'_, '_>) {
    let files = corpus();
    bencher.counter(bytes(&files)).bench_local(|| {
        for file in &files {
            black_box(parse(black_box(file)));
        }
    });
}

/// The same files with a frontend that isn't known, so that shell texts aren't parsed.
#[divan::bench]
fn parse_without_shell(bencher: Bencher<'_, '_>) {
    let files: Vec<SourceText> = corpus()
        .iter()
        .filter_map(|file| {
            SourceText::new(format!("# syntax=other\n{}", file.as_str()).as_bytes()).ok()
        })
        .collect();
    bencher.counter(bytes(&files)).bench_local(|| {
        for file in &files {
            black_box(parse(black_box(file)));
        }
    });
}

/// One walk over the instructions and their direct children.
#[divan::bench]
fn walk_instructions(bencher: Bencher<'_, '_>) {
    let files = corpus();
    let trees: Vec<Parse> = files.iter().map(parse).collect();
    bencher.counter(bytes(&files)).bench_local(|| {
        let mut count = 0;
        for tree in &trees {
            let Some(file) = File::cast(tree.root()) else {
                continue;
            };
            count += file
                .instructions()
                .map(|found| found.syntax().children().count())
                .sum::<usize>();
        }
        count
    });
}

/// One walk over every token.
#[divan::bench]
fn walk_tokens(bencher: Bencher<'_, '_>) {
    let files = corpus();
    let trees: Vec<Parse> = files.iter().map(parse).collect();
    bencher.counter(bytes(&files)).bench_local(|| {
        trees
            .iter()
            .map(|tree| tree.root().descendants_with_tokens().count())
            .sum::<usize>()
    });
}
