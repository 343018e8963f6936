//! No input makes the parser panic or lose a byte.
#![no_main]

use dfix_syntax::{SourceText, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = SourceText::new(bytes) else { return };
    assert_eq!(parse(&source).root().text().to_string(), source.as_str());
});
