use dfix_syntax::SourceText;

use super::*;
use crate::Settings;

fn analyse(text: &str) -> Analysis {
    let source = SourceText::new(text.as_bytes()).unwrap();
    Analysis::new(source, &Settings::default())
}

#[track_caller]
fn check_with(options: &FormatOptions, before: &str, after: &str) {
    for change in [str::to_owned, |text: &str| text.replace('\n', "\r\n")] {
        let (before, after) = (change(before), change(after));
        let analysis = analyse(&before);
        let edits = format(&analysis, options);
        let result = apply_edits(&before, &edits);
        assert_eq!(result, after);
        let again = format(&analyse(&result), options);
        assert_eq!(again, [], "formatting the result again");
    }
}

#[track_caller]
fn check(before: &str, after: &str) {
    check_with(&FormatOptions::default(), before, after);
}

#[test]
fn all() {
    check("from a\n", "from a\n");
    check("  FROM   a  AS  b  \n", "FROM a AS b\n");
    check("FROM a\nRUN b   \\\n c\n", "FROM a\nRUN b \\\n c\n");
    check(
        "FROM a\nRUN b \\\n  && c \\\n  && d \\\n   && e\\\n && f",
        "FROM a\nRUN b \\\n  && c \\\n  && d \\\n  && e \\\n  && f\n",
    );
}
