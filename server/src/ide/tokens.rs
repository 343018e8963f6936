//! What each piece of a file is, for colours.

use dfix_syntax::{GreenTokenRef, SyntaxKind, TextRange, TextSize};

use super::File;
use super::stages::{self, StagePlace, StagePlaceKind};
use super::walk::{self, Above, kind_above};

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub range: TextRange,
    pub kind: TokenKind,
    /// Whether it declares the name that it is.
    pub declares: bool,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// An instruction, or a reserved word of the shell.
    Keyword,
    /// A flag, of an instruction or a command.
    Flag,
    Stage,
    Image,
    /// Tag and digest of an image.
    Tag,
    Variable,
    /// The key of a label.
    Key,
    /// The program of a command, or a function of the shell.
    Command,
    String,
    Number,
    Operator,
    Comment,
    /// The name of a parser directive.
    Directive,
    /// What starts and ends a heredoc.
    Delimiter,
}

/// The tokens of a file: sorted, disjoint, none empty, none over a line's end.
pub(crate) fn tokens(file: File<'_>) -> Vec<Token> {
    let mut out = Out {
        text: &file.analysis.source,
        tokens: Vec::new(),
    };
    let stages = stages::places(file.analysis);
    let mut stages = stages.as_slice();
    walk::tokens(file.analysis.green(), |above, token| {
        let range = token.range();
        while let Some((first, rest)) = stages.split_first()
            && first.range.end() <= range.start()
        {
            stages = rest;
        }
        one(above, token, stages, &mut out);
    });
    out.tokens
}

/// Collects tokens.
struct Out<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

impl Out<'_> {
    fn add(&mut self, range: TextRange, kind: TokenKind) {
        self.put(range, kind, false);
    }

    /// Adds a token, line by line; one that goes on where an equal one ends makes it longer.
    fn put(&mut self, range: TextRange, kind: TokenKind, declares: bool) {
        let text = self.text.get(range.start().into()..range.end().into());
        let mut start = range.start();
        for line in text.unwrap_or_default().split_inclusive(['\n', '\r']) {
            let end = start + TextSize::of(line);
            let range = TextRange::at(start, TextSize::of(line.trim_end_matches(['\r', '\n'])));
            start = end;
            if range.is_empty() {
                continue;
            }
            let joins = matches!(
                kind,
                TokenKind::String | TokenKind::Flag | TokenKind::Command
            );
            match self.tokens.last_mut() {
                Some(last) if joins && last.kind == kind && last.range.end() == range.start() => {
                    last.range = last.range.cover(range);
                }
                _ => self.tokens.push(Token {
                    range,
                    kind,
                    declares,
                }),
            }
        }
    }

    /// Adds a text that may name stages.
    fn with_stages(
        &mut self,
        range: TextRange,
        stages: &[StagePlace],
        rest: impl Fn(&mut Self, TextRange),
    ) {
        let mut at = range.start();
        let inside = stages
            .iter()
            .take_while(|place| place.range.start() < range.end());
        for place in inside {
            let Some(shared) = place
                .range
                .intersect(range)
                .filter(|shared| shared.start() >= at && !shared.is_empty())
            else {
                continue;
            };
            rest(self, TextRange::new(at, shared.start()));
            self.put(
                shared,
                TokenKind::Stage,
                place.kind == StagePlaceKind::Definition,
            );
            at = shared.end();
        }
        rest(self, TextRange::new(at, range.end()));
    }
}

fn one(above: &[Above<'_>], token: GreenTokenRef<'_>, stages: &[StagePlace], out: &mut Out<'_>) {
    use SyntaxKind as S;
    use TokenKind::*;
    let range = token.range();
    let parent = kind_above(above, 0);
    let kind = match token.kind() {
        S::KEYWORD if parent == Some(S::DIRECTIVE) => Directive,
        S::KEYWORD | S::SUB_KEYWORD | S::SH_KEYWORD => Keyword,
        S::HASH | S::COMMENT | S::SH_COMMENT => Comment,
        S::DASH_DASH => Flag,
        S::TEXT => return text(above, token, stages, out),
        S::EQ
        | S::SH_OPEN
        | S::SH_CLOSE
        | S::SH_AND_IF
        | S::SH_OR_IF
        | S::SH_PIPE
        | S::SH_SEMI
        | S::SH_BACKGROUND
        | S::SH_CASE_END
        | S::SH_L_PAREN
        | S::SH_R_PAREN
        | S::SH_REDIRECT_OP => Operator,
        S::VARIABLE | S::SH_VARIABLE => Variable,
        S::SH_NAME => return out.put(range, Variable, parent == Some(S::FOR)),
        S::SH_ASSIGN_NAME => {
            let name = token.text().trim_end_matches('=').trim_end_matches('+');
            let name = TextRange::at(range.start(), TextSize::of(name));
            out.put(name, Variable, true);
            return out.add(TextRange::new(name.end(), range.end()), Operator);
        }
        S::JSON_STRING
        | S::HEREDOC_TEXT
        | S::SH_SINGLE_QUOTED
        | S::SH_ANSI_QUOTED
        | S::SH_QUOTE
        | S::SH_HEREDOC_TEXT => String,
        S::HEREDOC_END | S::SH_HEREDOC_END => Delimiter,
        S::SH_LITERAL => match literal(above, out) {
            Some((kind, declares)) => return out.put(range, kind, declares),
            None => return,
        },
        _ => return,
    };
    out.add(range, kind);
}

/// Plain text of an instruction's arguments.
fn text(above: &[Above<'_>], token: GreenTokenRef<'_>, stages: &[StagePlace], out: &mut Out<'_>) {
    use SyntaxKind as S;
    use TokenKind::*;
    let range = token.range();
    let text = token.text();
    let owner = kind_above(above, 1);
    match kind_above(above, 0) {
        Some(S::DIRECTIVE | S::PAIR_VALUE) => out.add(range, String),
        Some(S::FLAG_NAME) => out.add(range, Flag),
        Some(S::FLAG_VALUE) => out.with_stages(range, stages, |out, rest| out.add(rest, String)),
        Some(S::STAGE_NAME) => out.put(range, Stage, true),
        Some(S::IMAGE) => out.with_stages(range, stages, image),
        Some(S::PAIR_NAME) => match kind_above(above, 2) {
            Some(S::LABEL) => out.add(range, Key),
            _ => out.put(range, Variable, true),
        },
        Some(S::ARGUMENT) if text.starts_with("<<") => out.add(range, Delimiter),
        Some(S::ARGUMENT) if text.starts_with(['"', '\'']) => out.add(range, String),
        Some(S::ARGUMENT)
            if owner == Some(S::EXPOSE) && text.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            out.add(range, Number);
        }
        _ => {}
    }
}

/// A piece of an image reference.
fn image(out: &mut Out<'_>, range: TextRange) {
    let text = out
        .text
        .get(range.start().into()..range.end().into())
        .unwrap_or_default();
    let last = text.rfind('/').map_or(0, |slash| slash + 1);
    let tag = text.get(last..).and_then(|last| last.find([':', '@']));
    let name = tag.map_or(text.len(), |tag| last + tag);
    let middle = range.start() + TextSize::try_from(name).unwrap_or_default();
    out.add(TextRange::new(range.start(), middle), TokenKind::Image);
    out.add(TextRange::new(middle, range.end()), TokenKind::Tag);
}

/// Unquoted text of a shell word, and whether it declares something; `None` for an ordinary argument.
fn literal(above: &[Above<'_>], out: &Out<'_>) -> Option<(TokenKind, bool)> {
    use SyntaxKind as S;
    match kind_above(above, 0)? {
        S::DOUBLE_QUOTED => return Some((TokenKind::String, false)),
        S::WORD => {}
        _ => return None,
    }
    let word = above.last()?.node;
    match kind_above(above, 1)? {
        S::COMMAND => {
            let first = above
                .len()
                .checked_sub(2)
                .and_then(|at| above.get(at))?
                .words
                == 1;
            let flag = || {
                let range = word.range();
                let text = out.text.get(range.start().into()..range.end().into());
                text.is_some_and(|text| text.len() > 1 && text.starts_with('-'))
            };
            match first {
                true => Some((TokenKind::Command, false)),
                false => flag().then_some((TokenKind::Flag, false)),
            }
        }
        S::FUNCTION => Some((TokenKind::Command, true)),
        S::REDIRECT => {
            let redirect = above
                .len()
                .checked_sub(2)
                .and_then(|at| above.get(at))?
                .node;
            let operator = redirect.children().find_map(|child| child.into_token())?;
            let heredoc = operator.text().contains("<<") && !operator.text().ends_with("<<<");
            heredoc.then_some((TokenKind::Delimiter, false))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        testing::with_file(text, |file| {
            let shown: Vec<std::string::String> = tokens(file)
                .iter()
                .map(|token| {
                    let declares = if token.declares { "!" } else { "" };
                    format!(
                        "{:?}{declares} {}",
                        token.kind,
                        file.analysis.text(token.range)
                    )
                })
                .collect();
            let expected: Vec<&str> = expected.split(" ~ ").collect();
            assert_eq!(shown, expected, "{text}");
        });
    }

    #[test]
    fn instructions() {
        check(
            "# syntax=a/b:1\nFROM --platform=$P reg:5000/go:$V AS Build",
            "Comment # ~ Directive syntax ~ Operator = ~ String a/b:1 ~ Keyword FROM ~ Flag --platform ~ Operator = \
             ~ Variable $P ~ Image reg:5000/go ~ Tag : ~ Variable $V ~ Keyword AS ~ Stage! Build",
        );
        check(
            "FROM a AS b\r\nFROM b\r\nCOPY --from=0 --chown=x <<E \"q\" c /\r\nq\r\nE\r\n",
            "Keyword FROM ~ Image a ~ Keyword AS ~ Stage! b ~ Keyword FROM ~ Stage b ~ Keyword COPY ~ Flag --from \
             ~ Operator = ~ Stage 0 ~ Flag --chown ~ Operator = ~ String x ~ Delimiter <<E ~ String \"q\" ~ String q \
             ~ Delimiter E",
        );
        check(
            "FROM a AS b\nFROM c@sha256:00\nRUN --mount=type=bind,from=b,target=/ x\nEXPOSE 80/tcp\nLABEL k=v",
            "Keyword FROM ~ Image a ~ Keyword AS ~ Stage! b ~ Keyword FROM ~ Image c ~ Tag @sha256:00 ~ Keyword RUN \
             ~ Flag --mount ~ Operator = ~ String type=bind,from= ~ Stage b ~ String ,target=/ ~ Command x \
             ~ Keyword EXPOSE ~ Number 80/tcp ~ Keyword LABEL ~ Key k ~ Operator = ~ String v",
        );
    }

    #[test]
    fn shell() {
        check(
            "RUN A=1 b -c d \"e $F\" 2>&1 | 'g' && for h in i; do ${j:-k}; done # l",
            "Keyword RUN ~ Variable! A ~ Operator = ~ Command b ~ Flag -c ~ String \"e  ~ Variable $F ~ String \" \
             ~ Operator 2>& ~ Operator | ~ String 'g' ~ Operator && ~ Keyword for ~ Variable! h ~ Keyword in ~ Operator ; \
             ~ Keyword do ~ Operator ${ ~ Variable j ~ Operator } ~ Operator ; ~ Keyword done ~ Comment # l",
        );
        check(
            "RUN a \\\n  # b\n  -\\\nc <<E\n$d\nE\n",
            "Keyword RUN ~ Command a ~ Comment # b ~ Flag - ~ Flag c ~ Operator << ~ Delimiter E ~ String $d ~ Delimiter E",
        );
    }

    #[test]
    fn sorted_disjoint_and_on_one_line() {
        testing::samples(|text, file| {
            let mut at = TextSize::new(0);
            let tokens = tokens(file);
            assert!(!tokens.is_empty() || text.trim().is_empty());
            for token in tokens {
                assert!(token.range.start() >= at && !token.range.is_empty());
                assert!(
                    !file.analysis.text(token.range).contains(['\n', '\r']),
                    "{token:?}"
                );
                at = token.range.end();
            }
        });
    }
}
