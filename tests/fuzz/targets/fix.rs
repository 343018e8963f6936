//! No input makes a rule, the proof or the engine panic; fixing converges, and never adds a syntax error.
#![no_main]

use dfix_syntax::{SourceText, parse};
use dfix_transforms::{Applicability, Company, Facts, Settings, fix, lint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = SourceText::new(bytes) else { return };
    for company in [Company::Together, Company::Alone] {
        lint(&source, &Settings::default(), &Facts::default(), company);
    }
    for threshold in [Applicability::Safe, Applicability::Unsafe] {
        let first = fix(&source, &Settings::default(), &Facts::default(), threshold);
        let text = SourceText::new(first.text.as_bytes()).expect("a fix keeps the text readable");
        assert!(parse(&text).errors().len() <= parse(&source).errors().len(), "a fix breaks the file");
        let second = fix(&text, &Settings::default(), &Facts::default(), threshold);
        assert!(!second.changed, "a second run changes the file again");
    }
});
