//! Which mentions of a name mean the same variable.
//!
//! Stages that are built on each other share their variables. All ARG of one name are one variable, since one
//! `--build-arg` sets them all; ENV of the same name is another one in a stage that does not see such an ARG.

use dfix_syntax::{TextRange, TextSize};
use dfix_transforms::model::{Analysis, Args, Base, Stage, WriteKind};
use rustc_hash::FxHashSet;

use super::mentions::{Mention, Role};

/// A variable of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variable<'a> {
    pub name: &'a str,
    /// Where it is named, in the order of [`super::mentions::mentions`].
    pub places: Vec<&'a Mention>,
    /// Where scripts have a variable of the same name for themselves, in instructions that see this one.
    pub own: Vec<&'a Mention>,
    /// A place that reads it before the file sets it: its value may come from the base image or the builder.
    pub inherited: Option<TextRange>,
}

impl<'a> Variable<'a> {
    /// The variable that a place of a text means.
    pub(super) fn at(
        analysis: &Analysis,
        mentions: &'a [Mention],
        offset: TextSize,
    ) -> Option<(Self, &'a Mention)> {
        let mention = mention_at(analysis, mentions, offset)?;
        let names = Names::new(analysis, mentions, &mention.name);
        Some((names.variable(mention), mention))
    }

    /// Whether the file sets it by ENV.
    pub(super) fn is_env(&self) -> bool {
        let env = Role::Sets(WriteKind::Env);
        self.places.iter().any(|place| place.role == env)
    }
}

/// The places that set what a place of a text reads; for an ARG that takes over a global one, that one.
pub(super) fn definitions<'a>(
    analysis: &Analysis,
    mentions: &'a [Mention],
    offset: TextSize,
) -> Option<(&'a Mention, Vec<&'a Mention>)> {
    let mention = mention_at(analysis, mentions, offset)?;
    let names = Names::new(analysis, mentions, &mention.name);
    let global = || names.last_set(None, usize::MAX, false);
    let mut found: Vec<&Mention> = match mention.role {
        Role::Sets(_) => vec![mention],
        Role::Own => names.first_own(mention).into_iter().collect(),
        Role::Read | Role::ReadLater => names.seen(mention).into_iter().collect(),
    };
    if let [only] = found.as_slice()
        && only.stage.is_some()
        && only.role == Role::Sets(WriteKind::Arg)
        && !has_value(analysis, only)
        && let Some(global) = global()
    {
        match mention.role {
            Role::Sets(_) => found = vec![global],
            _ => found.push(global),
        }
    }
    Some((mention, found))
}

/// The mention at an offset: on the name, or on the `$` or `${` before it.
fn mention_at<'a>(
    analysis: &Analysis,
    mentions: &'a [Mention],
    offset: TextSize,
) -> Option<&'a Mention> {
    let on_name = mentions
        .iter()
        .find(|mention| mention.range.contains_inclusive(offset));
    on_name.or_else(|| {
        mentions.iter().find(|mention| {
            let start = mention.range.start();
            offset < start
                && start - offset <= TextSize::of("${")
                && matches!(
                    analysis.text(TextRange::new(offset, start)),
                    "$" | "${" | "{"
                )
        })
    })
}

/// Whether an ARG says what its value is.
fn has_value(analysis: &Analysis, mention: &Mention) -> bool {
    let instruction = analysis.instructions.get(mention.instruction);
    match instruction.map(|instruction| &instruction.innermost().args) {
        Some(Args::Pairs(pairs)) => pairs
            .iter()
            .any(|pair| pair.range.contains_range(mention.range) && pair.value.is_some()),
        _ => false,
    }
}

/// All mentions of one name.
struct Names<'a> {
    all: Vec<&'a Mention>,
    /// Those that set it: first the global ones, then for each stage its own, in order.
    sets: Vec<Vec<&'a Mention>>,
    parents: Vec<Option<usize>>,
    /// For each stage, the stage that sets the name and is closest: itself, or one that it is built on.
    setters: Vec<Option<usize>>,
    /// As `setters`, for ENV alone.
    env_setters: Vec<Option<usize>>,
    /// Which variable a stage sees.
    groups: Vec<Group>,
}

/// What tells variables of one name apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    /// A build argument.
    Argument,
    /// What ENV sets in this stage and in those that are built on it.
    Environment(usize),
    /// Nothing in the file sets it.
    Unset,
}

impl<'a> Names<'a> {
    fn new(analysis: &Analysis, mentions: &'a [Mention], name: &str) -> Self {
        let all: Vec<&Mention> = mentions.iter().filter(|it| it.name == name).collect();
        let parent = |stage: &Stage| match stage.base {
            Base::Stage(parent) => Some(parent),
            _ => None,
        };
        let mut names = Self {
            all,
            sets: vec![Vec::new(); analysis.stages.len() + 1],
            parents: analysis.stages.iter().map(parent).collect(),
            setters: Vec::new(),
            env_setters: Vec::new(),
            groups: Vec::new(),
        };
        for mention in &names.all {
            if matches!(mention.role, Role::Sets(_))
                && let Some(own) = names.sets.get_mut(place_of(mention.stage))
            {
                own.push(mention);
            }
        }
        names.follow();
        names
    }

    /// Hands on what stages set to the stages that are built on them.
    fn follow(&mut self) {
        let sets = |own: &[&Mention], kind| own.iter().any(|it| it.role == Role::Sets(kind));
        // The topmost stages of the groups, and those where a stage of the group has an ARG.
        let mut tops: Vec<Option<usize>> = Vec::new();
        let mut with_arg = FxHashSet::default();
        for (stage, own) in self.sets.iter().skip(1).enumerate() {
            let parent = self.parents.get(stage).copied().flatten();
            // A stage is built on one above it.
            let inherited = |of: &[Option<usize>]| of.get(parent?).copied().flatten();
            let env = sets(own, WriteKind::Env).then_some(stage);
            let any = (!own.is_empty()).then_some(stage);
            let top = inherited(&tops).or(any);
            if sets(own, WriteKind::Arg) {
                with_arg.extend(top);
            }
            tops.push(top);
            self.setters.push(any.or_else(|| inherited(&self.setters)));
            self.env_setters
                .push(env.or_else(|| inherited(&self.env_setters)));
        }
        let group = |top: Option<usize>| match top {
            None => Group::Unset,
            Some(top) if with_arg.contains(&top) => Group::Argument,
            Some(top) => Group::Environment(top),
        };
        self.groups = tops.into_iter().map(group).collect();
    }

    fn group(&self, mention: &Mention) -> Group {
        let Some(stage) = mention.stage else {
            return Group::Argument;
        };
        let later = mention.role == Role::ReadLater;
        if later && self.env_setters.get(stage).copied().flatten().is_none() {
            return Group::Unset;
        }
        self.groups.get(stage).copied().unwrap_or(Group::Unset)
    }

    fn variable(&self, mention: &'a Mention) -> Variable<'a> {
        let name = mention.name.as_str();
        if mention.role == Role::Own {
            // A script's own variable ends with the script.
            let same =
                |it: &&Mention| it.role == Role::Own && it.instruction == mention.instruction;
            return Variable {
                name,
                places: self.all.iter().copied().filter(same).collect(),
                own: Vec::new(),
                inherited: None,
            };
        }
        let group = self.group(mention);
        let of_group = self
            .all
            .iter()
            .copied()
            .filter(|it| self.group(it) == group);
        let (own, places): (Vec<_>, Vec<_>) = of_group.partition(|it| it.role == Role::Own);
        let mut reads = places.iter().filter(|it| it.role == Role::Read);
        let inherited = match group {
            Group::Unset => places.first(),
            _ => reads.find(|it| self.seen(it).is_none()),
        };
        Variable {
            name,
            inherited: inherited.map(|it| it.range),
            places,
            own,
        }
    }

    /// The place that sets what a place reads.
    fn seen(&self, mention: &Mention) -> Option<&'a Mention> {
        let Some(stage) = mention.stage else {
            return self.last_set(None, mention.instruction, false);
        };
        let later = mention.role == Role::ReadLater;
        let limit = if later {
            usize::MAX
        } else {
            mention.instruction
        };
        let before = self.argument_before(mention);
        let own = before.or_else(|| self.last_set(Some(stage), limit, later));
        own.or_else(|| {
            let parent = self.parents.get(stage).copied().flatten()?;
            let closest = |setters: &[Option<usize>]| setters.get(parent).copied().flatten();
            // What ENV set comes back at the boundary between stages, whatever ARG set after it (semantics B.3).
            if let Some(setter) = closest(&self.env_setters) {
                return self.last_set(Some(setter), usize::MAX, true);
            }
            let setter = closest(&self.setters).filter(|_| !later)?;
            self.last_set(Some(setter), usize::MAX, false)
        })
    }

    /// `ARG a=1 b=$a`: a pair of ARG sees the pairs before it.
    fn argument_before(&self, mention: &Mention) -> Option<&'a Mention> {
        let own = self.sets.get(place_of(mention.stage))?;
        let after = own.partition_point(|it| it.range.end() <= mention.range.start());
        let last = own.get(after.checked_sub(1)?)?;
        let same = last.instruction == mention.instruction;
        (same && last.role == Role::Sets(WriteKind::Arg)).then_some(*last)
    }

    /// The last place in a stage, or before the first one, that sets the name before an instruction.
    fn last_set(&self, stage: Option<usize>, limit: usize, env: bool) -> Option<&'a Mention> {
        let own = self.sets.get(place_of(stage))?;
        let after = own.partition_point(|it| it.instruction < limit);
        let mut before = own.get(..after)?.iter().rev();
        let is_wanted = |it: &&&Mention| !env || it.role == Role::Sets(WriteKind::Env);
        before.find(is_wanted).copied()
    }

    /// Where the script at hand sets its own variable first.
    fn first_own(&self, mention: &Mention) -> Option<&'a Mention> {
        let same = |it: &&Mention| it.role == Role::Own && it.instruction == mention.instruction;
        self.all.iter().copied().find(same)
    }
}

/// Where [`Names::sets`] keeps a stage's own; `None` for the global ones.
fn place_of(stage: Option<usize>) -> usize {
    stage.map_or(0, |stage| stage + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::mentions::mentions;
    use crate::ide::testing;

    /// The variable at `$0`: its places by line, with `!` for scripts' own and `?` for one that may be inherited.
    /// Then the lines that define it.
    #[track_caller]
    fn check(text: &str, places: &str, defined: &str) {
        let (text, offset) = testing::cursor(text);
        testing::with_file(&text, |file| {
            let mentions = mentions(file.analysis);
            let line = |it: &&Mention| text[..usize::from(it.range.start())].matches('\n').count();
            let lines = |found: &[&Mention]| {
                found
                    .iter()
                    .map(|it| line(it).to_string())
                    .collect::<Vec<_>>()
            };
            let (variable, _) = Variable::at(file.analysis, &mentions, offset).unwrap();
            let mut shown = lines(&variable.places);
            shown.extend(lines(&variable.own).iter().map(|line| format!("!{line}")));
            shown.extend(variable.inherited.map(|_| "?".to_owned()));
            assert_eq!(shown.join(" "), places, "{text}");
            let (_, found) = definitions(file.analysis, &mentions, offset).unwrap();
            assert_eq!(lines(&found).join(" "), defined, "{text}");
        });
    }

    #[test]
    fn arguments() {
        check(
            "ARG V=1\nFROM a:$V\nARG V\nRUN $0$V\nFROM b\nRUN $V\n",
            "0 1 2 3",
            "2 0",
        );
        check(
            "ARG V=1\nFROM a:$V\nARG $0V\nFROM b\nARG V=2\nRUN $V\n",
            "0 1 2 4 5",
            "0",
        );
        check("ARG V=1\nFROM a:$V$0\nARG V\n", "0 1 2", "0");
        check("FROM a\nARG a=1 b=$$0a\nCMD $a\n", "1 1", "1");
        check("ARG V\nFROM a\nRUN $0$V\n", "2 ?", "");
        check("FROM $TARGETARCH$0\n", "0 ?", "");
    }

    #[test]
    fn environment() {
        check(
            "FROM a AS b\nENV V=1\nFROM b\nRUN $$0V\nFROM c\nENV V=2\n",
            "1 3",
            "1",
        );
        check(
            "FROM a AS b\nFROM b\nENV $0V=1\nFROM b\nENV V=2\n",
            "2",
            "2",
        );
        check(
            "FROM a AS b\nENV V=1\nARG V=2\nFROM b\nRUN $$0V\n",
            "1 2 4",
            "1",
        );
        check("FROM a\nENV V=1\nENV V=2\nRUN $$0V\n", "1 2 3", "2");
        check("FROM a\nCMD $$0V\nENV V=1\n", "1 2", "2");
        check("FROM a\nENV PATH=/b:$$0PATH\n", "1 1 ?", "");
        check("FROM a\nARG V\nCMD $$0V\n", "2 ?", "");
        check("FROM a\nARG V\nENV V=$V\nCMD $$0V\n", "1 2 2 3", "2");
    }

    #[test]
    fn scripts() {
        check("FROM a\nENV V=1\nRUN $V; V=2; $$0V\nRUN $V\n", "2 2", "2");
        check(
            "FROM a\nENV $0V=1\nRUN $V; V=2; $V\nRUN $V\n",
            "1 2 3 !2 !2",
            "1",
        );
    }
}
