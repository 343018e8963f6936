//! The judge itself is run by `tests/judge/run`, as it needs real builders. Here: that its cases can be read, and that
//! docs/judge.md shows what they cover. `DFIX_UPDATE=1` writes the tables there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use dfix_tests::binary;

/// What stands around the tables in the page.
const AROUND: [&str; 2] = [
    "<!-- the judge's tables -->\n",
    "<!-- end of the tables -->\n",
];

#[test]
fn the_page_shows_what_the_cases_cover() {
    let output = Command::new(env!("CARGO_BIN_EXE_judge"))
        .arg("tables")
        .arg("--dfix")
        .arg(binary())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let tables = String::from_utf8(output.stdout).unwrap();

    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/judge.md");
    let text = fs::read_to_string(&page).unwrap();
    let (head, rest) = text.split_once(AROUND[0]).unwrap();
    let (shown, tail) = rest.split_once(AROUND[1]).unwrap();
    if std::env::var_os("DFIX_UPDATE").is_some() {
        let text = format!("{head}{}{tables}{}{tail}", AROUND[0], AROUND[1]);
        fs::write(&page, text).unwrap();
    } else {
        assert_eq!(shown, tables, "DFIX_UPDATE=1 writes docs/judge.md");
    }
}
