//! Instructions that stand at another place of the file than before.

use dfix_syntax::{TextRange, TextSize};

use super::instruction::{
    Args, Break, CommandText, Flag, Form, Heredoc, Instruction, JsonItem, Pair, Word,
};
use super::script::{
    AndOr, Assignment, Command, Compound, Item, Pipeline, Redirect, Script, Separator, ShellWord,
    SimpleCommand,
};

impl Instruction {
    /// This instruction where the same text is the instruction of another number, and starts at `to` instead of `from`.
    /// What it has from its surroundings is left out: its lines, the comments above it, and its stage.
    pub(super) fn moved(mut self, index: usize, from: TextSize, to: TextSize) -> Self {
        self.comments.clear();
        self.lines = self.range;
        let by = Distance(u32::from(to).wrapping_sub(u32::from(from)));
        if by != Distance(0) {
            self.shift(by);
        }
        self.renumber(index);
        self
    }

    fn renumber(&mut self, index: usize) {
        self.index = index;
        self.stage = None;
        if let Args::Trigger(trigger) = &mut self.args {
            trigger.renumber(index);
        }
    }
}

/// How far something moves; a move towards the start wraps around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Distance(u32);

/// What has positions.
trait Shift {
    fn shift(&mut self, by: Distance);
}

impl Shift for TextRange {
    fn shift(&mut self, by: Distance) {
        let start = u32::from(self.start()).wrapping_add(by.0);
        // Whatever stands in the file, also at its new place, ends before the largest offset.
        let start = start.min(u32::MAX - u32::from(self.len()));
        *self = Self::at(TextSize::new(start), self.len());
    }
}

impl<T: Shift> Shift for Option<T> {
    fn shift(&mut self, by: Distance) {
        if let Some(found) = self {
            found.shift(by);
        }
    }
}

impl<T: Shift> Shift for Vec<T> {
    fn shift(&mut self, by: Distance) {
        self.iter_mut().for_each(|item| item.shift(by));
    }
}

impl<T: Shift> Shift for Box<T> {
    fn shift(&mut self, by: Distance) {
        self.as_mut().shift(by);
    }
}

impl<K, T: Shift> Shift for (K, TextRange, T) {
    fn shift(&mut self, by: Distance) {
        self.1.shift(by);
        self.2.shift(by);
    }
}

/// The fields with positions, then those without. A field that is forgotten doesn't compile.
macro_rules! shift {
    ($($type:ident { $($field:ident),+; $($other:ident),* })+) => {
        $(impl Shift for $type {
            fn shift(&mut self, by: Distance) {
                let Self { $($field,)+ $($other: _,)* } = self;
                $($field.shift(by);)+
            }
        })+
    };
}

shift! {
    Instruction { keyword, range, lines, comments, flags, args, heredocs, breaks; index, kind, stage }
    Flag { range, value_range; name, value }
    Word { range; text }
    Pair { range, name, value; legacy }
    CommandText { range, form; }
    JsonItem { range; value }
    Heredoc { body, terminator; name, expand, chomp, fd }
    Break { range; kind }
    Script { range, items, comments, heredocs; bashism }
    Item { and_or, end; }
    Separator { range; kind }
    AndOr { range, first, rest; }
    Pipeline { range, commands; negated, timed }
    SimpleCommand { range, assignments, words, redirects; reading }
    Assignment { range, value, array; name, append }
    Redirect { range, target; operator }
    Compound { range, bodies, words, redirects; kind, name }
    ShellWord { range, substitutions; text, value, glob, quoted, splits, variables, effectful }
}

impl Shift for Args {
    fn shift(&mut self, by: Distance) {
        match self {
            Self::From {
                image,
                as_keyword,
                name,
            } => {
                image.shift(by);
                as_keyword.shift(by);
                name.shift(by);
            }
            Self::Command(command) => command.shift(by),
            Self::Copy {
                sources,
                dest,
                json: _,
            } => {
                sources.shift(by);
                dest.shift(by);
            }
            Self::Pairs(pairs) => pairs.shift(by),
            Self::Value(word) => word.shift(by),
            Self::Words { words, json: _ } => words.shift(by),
            Self::Trigger(trigger) => trigger.shift(by),
            Self::None | Self::Malformed => {}
        }
    }
}

impl Shift for Form {
    fn shift(&mut self, by: Distance) {
        match self {
            Self::Exec(items) => items.shift(by),
            Self::Shell { text: _, script } => script.shift(by),
        }
    }
}

impl Shift for Command {
    fn shift(&mut self, by: Distance) {
        match self {
            Self::Simple(command) => command.shift(by),
            Self::Compound(command) => command.shift(by),
        }
    }
}

#[cfg(test)]
mod tests {
    use dfix_syntax::SourceText;

    use crate::Settings;
    use crate::commands::Invocation;
    use crate::model::{Analysis, Instruction};

    /// All that has positions, between the lines that are removed and put in.
    const FILE: &str = r#"# syntax=docker/dockerfile:1
ARG v=1 w
FROM --platform=linux/amd64 debian:12 AS base
# about the packages
RUN --mount=type=cache,target=/x --network=none \
  x=1 y=(a $(b c)) apt-get install -y "$v" $(cat f | sort) 2> /dev/null \
  # inside

  && { cd /tmp || exit 1; } && (echo 'a b' > c; ls) # end
ENV a=1 b="${v:-2}"
ENV c d e
SHELL ["bash", "-c"]
RUN for f in *.c; do cc $f || break; done; case $v in a|b) one;; *) two;; esac
RUN [[ -f x ]] && if ((v > 1)); then f() { g; }; f; fi
RUN <<EOF
cat <<-EOT > x
	$v $(date)
	EOT
pip install -q x
EOF
COPY --from=base --chown=1:2 a $b /c/
COPY <<A <<-"B" /d/
$v
A
	b
	B
ONBUILD RUN ls -l $v && \
  pwd
FROM base
EXPOSE 80 $v/udp
VOLUME ["/a", "/b"]
HEALTHCHECK --interval=3s CMD curl -f x || exit 1
COPY $nothing b
CMD ["a", \
  "b"]
WORKDIR /x/$v
RUN six \
"#;

    fn analyse(text: &str) -> Analysis {
        Analysis::new(source(text), &Settings::default())
    }

    fn source(text: &str) -> SourceText {
        SourceText::new(text.as_bytes()).unwrap()
    }

    /// Reads all commands, as the rules do.
    fn read(analysis: &Analysis) {
        let innermost = analysis.instructions.iter().map(Instruction::innermost);
        for script in innermost.filter_map(Instruction::script) {
            script.visit(&mut |command| {
                if let Some(command) = Invocation::of(command) {
                    command.flags();
                }
            });
        }
    }

    #[track_caller]
    fn check(before: &str, after: &str) {
        let (earlier, settings) = (analyse(before), Settings::default());
        read(&earlier);
        let anew = analyse(after);
        read(&anew);
        compare(&earlier.edited(source(after), &settings), &anew);
        compare(&earlier.into_edited(source(after), &settings), &anew);
    }

    #[track_caller]
    fn compare(edited: &Analysis, anew: &Analysis) {
        read(edited);
        let known = |analysis: &Analysis| {
            let Analysis {
                instructions,
                states,
                stages,
                pragmas,
                errors,
                expansion_errors,
                frozen,
                variables,
                ..
            } = analysis;
            let of_file =
                format!("{stages:?} {pragmas:?} {errors:?} {expansion_errors:?} {variables:?}");
            let instructions = instructions.iter().map(|it| format!("{it:?}"));
            let of_each = states.iter().map(|it| format!("{it:?}"));
            let frozen = frozen.iter().map(|it| format!("{it:?}"));
            instructions
                .chain(of_each)
                .chain(frozen)
                .chain([of_file])
                .collect::<Vec<_>>()
        };
        let text = anew.source.as_str();
        let (edited, anew) = (known(edited), known(anew));
        let different = edited
            .iter()
            .zip(&anew)
            .find(|(edited, anew)| edited != anew);
        assert_eq!(different, None, "{text}");
        assert_eq!(edited.len(), anew.len(), "{text}");
    }

    #[test]
    fn an_edited_file_is_known_as_well_as_a_new_one() {
        let lines: Vec<&str> = FILE.split_inclusive('\n').collect();
        for first in 0..=lines.len() {
            for last in [first, first + 1, first + 4] {
                let Some(tail) = lines.get(last..) else {
                    continue;
                };
                let without = [&lines[..first], tail].concat().concat();
                check(FILE, &without);
                check(&without, FILE);
            }
        }
    }

    #[test]
    fn what_is_known_of_a_command_moves_with_it() {
        let before = analyse("FROM a\nRUN apk add b\nRUN c\n");
        read(&before);
        let after = source("FROM a\nRUN d\nRUN apk add b\nRUN c\n");
        let edited = before.edited(after, &Settings::default());
        let known = |index: usize| {
            let mut known = false;
            let script = edited.instructions[index].script().unwrap();
            script.visit(&mut |command| known = command.reading.is_known());
            known
        };
        assert_eq!([1, 2].map(known), [false, true]);
        let moved = &edited.instructions[2];
        assert_eq!(
            (moved.index, edited.text(moved.range)),
            (2, "RUN apk add b")
        );
    }
}
