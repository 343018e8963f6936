//! The proof as a whole: pairs of files that it must tell apart, and pairs that it must accept, with the laws it needs.

mod accepted;
mod boundary;
mod counterexamples;
mod refused;
mod swapped;

use dfix_syntax::SourceText;

use super::{Law, Verdict, prove};
use crate::model::Analysis;
use crate::settings::Builder;
use crate::{ContextEntry, ContextKind, Facts, Settings};

fn analysis(text: &str) -> Analysis {
    let source = SourceText::new(text.as_bytes()).expect("UTF-8");
    Analysis::new(source, &Settings::default())
}

/// The verdict under all laws.
fn verdict(before: &str, after: &str, facts: &Facts) -> Verdict {
    let settings = Settings {
        builder: Builder::Auto,
        ..Settings::default()
    };
    prove(
        &analysis(before),
        &analysis(after),
        Law::ALL,
        &settings,
        facts,
    )
}

/// A build context that holds these files.
fn context(files: &[(&str, ContextKind)]) -> Facts {
    let entries = files
        .iter()
        .map(|(path, kind)| ((*path).to_owned(), ContextEntry { kind: *kind }));
    Facts {
        contexts: vec![entries.collect()],
        ..Facts::default()
    }
}

#[test]
fn every_law_has_an_id_of_its_own_and_a_sentence() {
    let mut ids: Vec<&str> = Law::ALL.iter().map(|law| law.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), Law::ALL.len());
    for law in Law::ALL {
        assert!(
            law.id().chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "{law:?}"
        );
        assert!(law.description().ends_with('.'), "{law:?}");
    }
}
