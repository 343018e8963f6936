//! Stages and variables as things that have a name: where they are defined, and where they are used.

use dfix_syntax::{TextRange, TextSize};
use dfix_transforms::Facts;
use dfix_transforms::model::{Args, InstructionKind};

use super::mentions::{self, Mention, Role};
use super::namesakes::{self, Variable};
use super::stages::{self, StagePlace, StagePlaceKind};
use super::{File, outline};

/// A place where a symbol is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub range: TextRange,
    pub kind: PlaceKind,
}

/// What happens to the symbol there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlaceKind {
    /// It is defined, or set.
    Definition,
    Use,
}

/// Where something is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    /// What was asked about.
    pub origin: TextRange,
    pub targets: Vec<Target>,
}

/// A place that defines something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// In the same file: all of it, and the name.
    Here { whole: TextRange, name: TextRange },
    /// A file of the build context, by its key in [`Facts`].
    ContextFile(String),
}

/// Where the symbol at an offset is defined. For a source of COPY that is a file of the build context, that file.
pub(crate) fn definition(file: File<'_>, offset: TextSize) -> Option<Definition> {
    stage_definition(file, offset)
        .or_else(|| variable_definition(file, offset))
        .or_else(|| source_definition(file, offset))
}

/// All places where the symbol at an offset is named, in source order.
pub(crate) fn places(file: File<'_>, offset: TextSize) -> Option<Vec<Place>> {
    let analysis = file.analysis;
    let stages = stages::places(analysis);
    if let Some(stage) = stage_at(file, &stages, offset) {
        return Some(stage_places(&stages, stage));
    }
    let mentions = mentions::mentions(analysis);
    let (variable, _) = Variable::at(analysis, &mentions, offset)?;
    let mut first_own = true;
    let kind = |mention: &&Mention| {
        let sets = match mention.role {
            Role::Sets(_) => true,
            // A script sets its variable before it reads it.
            Role::Own => std::mem::take(&mut first_own),
            Role::Read | Role::ReadLater => false,
        };
        Place {
            range: mention.range,
            kind: if sets {
                PlaceKind::Definition
            } else {
                PlaceKind::Use
            },
        }
    };
    let mut found: Vec<Place> = variable.places.iter().map(kind).collect();
    found.sort_by_key(|place| place.range.start());
    Some(found)
}

/// The places that name a stage, in source order.
pub(crate) fn places_of_stage(file: File<'_>, stage: usize) -> Vec<Place> {
    stage_places(&stages::places(file.analysis), stage)
}

/// The stage that a place names; also at the keyword of its FROM.
pub(super) fn stage_at(file: File<'_>, places: &[StagePlace], offset: TextSize) -> Option<usize> {
    let named = places.iter().find(|place| {
        place.range.contains_inclusive(offset)
            && (place.kind != StagePlaceKind::Other || !holds_variable(file, place.range))
    });
    named.map(|place| place.stage).or_else(|| {
        let at_keyword = |stage: &&dfix_transforms::model::Stage| {
            let from = file.analysis.instructions.get(stage.from);
            from.is_some_and(|from| from.keyword.contains_inclusive(offset))
        };
        file.analysis
            .stages
            .iter()
            .find(at_keyword)
            .map(|stage| stage.index)
    })
}

/// Whether a reference is made through a variable, which then is what is meant.
fn holds_variable(file: File<'_>, range: TextRange) -> bool {
    file.analysis.text(range).contains('$')
}

fn stage_places(places: &[StagePlace], stage: usize) -> Vec<Place> {
    let own = places.iter().filter(|place| place.stage == stage);
    let place = |place: &StagePlace| Place {
        range: place.range,
        kind: match place.kind {
            StagePlaceKind::Definition => PlaceKind::Definition,
            StagePlaceKind::Name | StagePlaceKind::Other => PlaceKind::Use,
        },
    };
    own.map(place).collect()
}

fn stage_definition(file: File<'_>, offset: TextSize) -> Option<Definition> {
    let analysis = file.analysis;
    let places = stages::places(analysis);
    let place = places.iter().find(|place| {
        place.range.contains_inclusive(offset) && !holds_variable(file, place.range)
    })?;
    let stage = analysis.stages.get(place.stage)?;
    let from = analysis.instructions.get(stage.from)?;
    let name = outline::name_range(analysis, stage);
    let whole = outline::stage_range(analysis, stage)?;
    Some(Definition {
        origin: place.range,
        targets: vec![Target::Here {
            whole,
            name: name.unwrap_or(from.range),
        }],
    })
}

fn variable_definition(file: File<'_>, offset: TextSize) -> Option<Definition> {
    let mentions = mentions::mentions(file.analysis);
    let (mention, found) = namesakes::definitions(file.analysis, &mentions, offset)?;
    let target = |found: &&Mention| {
        let instruction = file.analysis.instructions.get(found.instruction);
        // A script's own variable stands inside its instruction, which is all that is known of the whole.
        let whole = match found.role {
            Role::Own => Some(found.range),
            _ => instruction.map(|instruction| instruction.range),
        };
        Target::Here {
            whole: whole.unwrap_or(found.range).cover(found.range),
            name: found.range,
        }
    };
    Some(Definition {
        origin: mention.range,
        targets: found.iter().map(target).collect(),
    })
}

fn source_definition(file: File<'_>, offset: TextSize) -> Option<Definition> {
    let (origin, key) =
        context_sources(file).find(|(range, _)| range.contains_inclusive(offset))?;
    Some(Definition {
        origin,
        targets: vec![Target::ContextFile(key)],
    })
}

/// The sources of COPY and ADD that are single files of a build context: where they are written, and their keys in
/// [`Facts`].
pub(super) fn context_sources(file: File<'_>) -> impl Iterator<Item = (TextRange, String)> + '_ {
    use dfix_transforms::ContextKind as Kind;
    let copies = file.analysis.instructions.iter().filter(|instruction| {
        matches!(
            instruction.kind,
            InstructionKind::Copy | InstructionKind::Add
        ) && instruction.flag("from").is_none()
    });
    let sources = copies.flat_map(|instruction| match &instruction.args {
        Args::Copy { sources, .. } => sources.as_slice(),
        _ => &[],
    });
    sources.filter_map(move |source| {
        let text = source.text.trim_matches(['"', '\'']);
        let key = Facts::key(text);
        let entries = file.facts.contexts.iter();
        let kind = entries.filter_map(|context| context.get(&key)).next()?.kind;
        let is_file = matches!(kind, Kind::File | Kind::Archive | Kind::UnreadFile);
        let single = !key.contains(['*', '?', '[', '\\']);
        (is_file && single).then_some((source.range, key))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing;

    /// The texts of the lines that define what `$0` stands on, and the places that name it: line and kind.
    #[track_caller]
    fn check(text: &str, defined: &[&str], named: &str) {
        let (text, offset) = testing::cursor(text);
        testing::with_file(&text, |file| {
            let line = |at: TextSize| text[..usize::from(at)].matches('\n').count();
            let found = definition(file, offset).map(|found| found.targets);
            let shown: Vec<&str> = found
                .iter()
                .flatten()
                .map(|target| match target {
                    Target::Here { name, .. } => file.analysis.text(*name),
                    Target::ContextFile(key) => panic!("{key}"),
                })
                .collect();
            assert_eq!(shown, defined, "{text}");
            let places = places(file, offset).unwrap_or_default();
            let shown: Vec<String> = places
                .iter()
                .map(|place| {
                    let sign = if place.kind == PlaceKind::Definition {
                        "="
                    } else {
                        ""
                    };
                    format!("{}{sign}", line(place.range.start()))
                })
                .collect();
            assert_eq!(shown.join(" "), named, "{text}");
        });
    }

    #[test]
    fn stages() {
        let file = |at: &str| {
            let text = "FROM a AS Build\nFROM build\nCOPY --from=BUILD b c\nCOPY --from=0 b c\n\
                        RUN --mount=from=build,target=/x b\nONBUILD COPY --from=build b c\n";
            text.replacen(at, &format!("$0{at}"), 1)
        };
        for at in ["Build", "build\n", "BUILD", "0", "build,", "build b"] {
            check(&file(at), &["Build"], "0= 1 2 3 4 5");
        }
        check("$0FROM a AS b\nFROM b\n", &[], "0= 1");
        check("FROM a\nCOPY --from=$00 b c\n", &["FROM a"], "1");
        check("FROM $0a\n", &[], "");
        check("FROM a AS b\nCOPY --from=$0c d e\n", &[], "");
        check("ARG b=c\nFROM a AS c\nFROM ${$0b}\n", &["b"], "0= 2");
    }

    #[test]
    fn variables() {
        check(
            "ARG v=1\nFROM a:$v\nARG v\nRUN echo \"${$0v:-x}\"\n",
            &["v", "v"],
            "0= 1 2= 3",
        );
        check(
            "FROM a\nRUN for v in a; do echo $$0v; done\n",
            &["v"],
            "1= 1",
        );
    }

    #[test]
    fn no_panic_and_places_in_order() {
        testing::samples(|text, file| {
            for offset in (0..=text.len()).step_by(1 + text.len() / 150) {
                let offset = TextSize::try_from(offset).unwrap();
                let places = places(file, offset).unwrap_or_default();
                assert!(
                    places
                        .windows(2)
                        .all(|pair| pair[0].range.end() <= pair[1].range.start()),
                    "{places:?}"
                );
                for target in definition(file, offset).iter().flat_map(|it| &it.targets) {
                    if let Target::Here { whole, name } = target {
                        assert!(whole.contains_range(*name));
                    }
                }
            }
        });
    }
}
