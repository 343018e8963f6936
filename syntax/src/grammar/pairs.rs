//! The pairs of ENV, LABEL and ARG.

use std::ops::Range;

use super::{Grammar, words};
use crate::SyntaxKind::{self, *};

impl Grammar<'_, '_, '_> {
    /// ENV and LABEL: `name=value` words, or the legacy form `name rest`.
    pub(super) fn pairs(&mut self, kind: SyntaxKind, whole: Range<usize>, rest: Range<usize>) {
        let keyword = if kind == ENV { "ENV" } else { "LABEL" };
        self.split_quoted(&rest);
        let words = std::mem::take(&mut self.memory.words);
        let Some(first) = words.first() else {
            self.refuse(whole, || format!("{keyword} needs a name and a value"));
            self.token(TEXT, rest.end);
            return;
        };
        if !self.slice(first).contains('=') {
            self.legacy_pair(keyword, rest);
            return;
        }
        for word in &words {
            self.token(WHITESPACE, word.start);
            let text = self.slice(word);
            match text.find('=') {
                None => self.error(
                    word.clone(),
                    format!("`{text}` has no `=`: {keyword} takes name=value, with quotes around a value with blanks"),
                ),
                Some(0) => self.refuse(word.clone(), || format!("{keyword} without a name")),
                Some(_) => {}
            }
            self.pair(word.clone(), true);
        }
        self.token(TEXT, rest.end);
        self.memory.words = words;
    }

    fn legacy_pair(&mut self, keyword: &str, rest: Range<usize>) {
        let text = self.slice(&rest);
        self.out.start(PAIR);
        match text.find(words::is_separator) {
            None => {
                self.expanded(PAIR_NAME, rest.clone());
                self.error(rest, format!("{keyword} needs a name and a value"));
            }
            Some(length) => {
                self.expanded(PAIR_NAME, rest.start..rest.start + length);
                let value = text.get(length..).unwrap_or_default();
                let start = rest.end - value.trim_start_matches(words::is_separator).len();
                self.token(WHITESPACE, start);
                self.expanded(PAIR_VALUE, start..rest.end);
            }
        }
        self.out.finish();
    }

    /// One word as `name=value` or `name`.
    fn pair(&mut self, word: Range<usize>, expands_name: bool) {
        let text = self.slice(&word);
        let name_end = word.start + text.find('=').unwrap_or(text.len());
        self.out.start(PAIR);
        if name_end > word.start {
            if expands_name {
                self.expanded(PAIR_NAME, word.start..name_end);
            } else {
                self.plain(PAIR_NAME, word.start..name_end);
            }
        }
        self.token(EQ, (name_end + 1).min(word.end));
        if name_end + 1 < word.end {
            self.expanded(PAIR_VALUE, name_end + 1..word.end);
        }
        self.out.finish();
    }

    pub(super) fn arg(&mut self, whole: Range<usize>, rest: Range<usize>) {
        self.split_quoted(&rest);
        let words = std::mem::take(&mut self.memory.words);
        if words.is_empty() {
            self.refuse(whole, || "ARG needs a name");
        }
        for word in &words {
            self.token(WHITESPACE, word.start);
            if self.slice(word).starts_with('=') {
                self.refuse(
                    word.clone(),
                    || "ARG without a name; no blanks may stand around `=`",
                );
            }
            self.pair(word.clone(), false);
        }
        self.token(TEXT, rest.end);
        self.memory.words = words;
    }
}
