//! `declare_refactoring!`: the page of a refactoring and its entry for the table, in one place.

/// Declares `KIND` of a refactoring's file; the file has a function `draft` beside it.
///
/// The doc comment is the page in Markdown: the first line is the summary. Its code blocks are tests (see
/// `refactor/tests.rs`): two `dockerfile` blocks one after the other are before and after, the first with `$0` where the
/// cursor is, or with two of them around a selection. `dockerfile,unsafe` on the first one: a person must agree to it.
macro_rules! declare_refactoring {
    (
        #[doc = $summary:literal]
        $(#[doc = $line:literal])*
        KIND: $id:literal
    ) => {
        /// The refactoring.
        pub(super) const KIND: $crate::refactor::Kind = {
            const RAW: &str = concat!($summary, "\n", $($line, "\n",)*);
            const LEN: usize = $crate::rules::declare::stripped_len(RAW);
            static PAGE: [u8; LEN] = $crate::rules::declare::strip::<LEN>(RAW);
            $crate::refactor::Kind {
                id: $id,
                summary: $summary.trim_ascii(),
                page: match std::str::from_utf8(&PAGE) {
                    Ok(page) => page,
                    Err(_) => "",
                },
                draft,
            }
        };
    };
}

pub(crate) use declare_refactoring;
