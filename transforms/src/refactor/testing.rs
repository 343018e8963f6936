//! What the tests of refactorings share. Every check of a rewrite is also a check of the variants with CRLF and without
//! the final line end, of kept comments, and that [`offers`] and [`build`] say the same.

use dfix_syntax::{SourceText, TextRange, TextSize};

use super::{Kind, Refactoring, build, offers};
use crate::model::Analysis;
use crate::rules::testing::{comments, missing};
use crate::{Applicability, Facts, Settings};

/// A refactoring turns `before` into `after`, and is proven. `$0` is the cursor, two of them surround a selection.
#[track_caller]
pub(super) fn check(kind: &Kind, before: &str, after: &str) {
    check_variants(
        kind,
        before,
        |made, result, after| {
            assert_eq!(result, after);
            assert_eq!(made.refused, None);
            assert_eq!(made.fix.applicability, Applicability::Safe);
        },
        after,
    );
}

/// As [`check`], but a person has to agree, for a reason that contains `reason`.
#[track_caller]
pub(super) fn check_unsafe(kind: &Kind, before: &str, after: &str, reason: &str) {
    check_variants(
        kind,
        before,
        |made, result, after| {
            assert_eq!(result, after);
            assert_eq!(made.fix.applicability, Applicability::Unsafe);
            let refused = made.refused.as_deref().unwrap_or_default();
            assert!(refused.contains(reason), "the reason is: {refused}");
        },
        after,
    );
}

/// The refactoring is neither offered nor made.
#[track_caller]
pub(super) fn check_none(kind: &Kind, text: &str) {
    let made = make(kind, text, &Settings::default());
    assert!(made.is_none(), "{:#?}", made.map(|(made, _)| made));
}

/// Makes a refactoring under settings; with the text after it.
#[track_caller]
pub(super) fn make(
    kind: &Kind,
    marked: &str,
    settings: &Settings,
) -> Option<(Refactoring, String)> {
    let (text, range) = unmark(marked);
    let analysis = analysis(&text, settings);
    let facts = Facts::default();
    let offered = offers(&analysis, settings, &facts, range);
    let offer = offered.iter().find(|offer| offer.id == kind.id);
    let made = build(&analysis, settings, &facts, kind.id, range);
    assert_eq!(
        offer.map(|offer| &offer.title),
        made.as_ref().map(|made| &made.title),
        "what is offered is not what is made"
    );
    let made = made?;
    let result = made.fix.apply(&text);
    let lost = missing(comments(&text), comments(&result));
    assert_eq!(lost, Vec::<String>::new(), "comments are lost: {result}");
    Some((made, result))
}

#[track_caller]
fn check_variants(
    kind: &Kind,
    before: &str,
    verify: impl Fn(&Refactoring, &str, &str),
    after: &str,
) {
    let one = |before: &str, after: &str| {
        let Some((made, result)) = make(kind, before, &Settings::default()) else {
            panic!("{} is not offered: {before}", kind.id)
        };
        verify(&made, &result, after);
    };
    one(before, after);
    // In a heredoc the line ends are content.
    if !before.contains("<<") && !after.contains("<<") {
        one(&before.replace('\n', "\r\n"), &after.replace('\n', "\r\n"));
    }
    if let (Some(before), Some(after)) = (before.strip_suffix('\n'), after.strip_suffix('\n')) {
        one(before, after);
    }
}

/// A text without its marks, and what they mark.
pub(super) fn unmark(marked: &str) -> (String, TextRange) {
    let mut parts = marked.split("$0");
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut marks = Vec::new();
    for part in parts {
        marks.push(TextSize::of(text.as_str()));
        text.push_str(part);
    }
    let range = match marks.as_slice() {
        [cursor] => TextRange::empty(*cursor),
        [start, end] => TextRange::new(*start, *end),
        _ => panic!("one or two marks: {marked}"),
    };
    (text, range)
}

pub(super) fn analysis(text: &str, settings: &Settings) -> Analysis {
    let source = SourceText::new(text.as_bytes()).expect("test texts are good texts");
    Analysis::new(source, settings)
}
