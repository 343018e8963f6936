//! What the text does not say: the numbers of stages, and where relative paths lead.

use dfix_syntax::TextSize;
use dfix_transforms::History;
use dfix_transforms::model::{Args, Instruction, InstructionKind, join_path};

use super::stages::{self, StagePlace, StagePlaceKind};
use super::{File, outline};

/// Something to show behind a place of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub at: TextSize,
    pub label: String,
    /// A sentence for who asks what it means.
    pub meaning: &'static str,
}

/// Which hints are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub stages: bool,
    pub workdir: bool,
}

/// The hints of a file, in source order. `history` says how often what it copies has changed, where that is wanted and known.
pub(crate) fn hints(file: File<'_>, wanted: Wanted, history: Option<&History>) -> Vec<Hint> {
    let mut found = Vec::new();
    if wanted.stages {
        of_stages(file, &mut found);
    }
    if wanted.workdir {
        for instruction in &file.analysis.instructions {
            found.extend(of_paths(file, instruction));
        }
    }
    if let Some(history) = history {
        for instruction in &file.analysis.instructions {
            of_changes(file, instruction, history, &mut found);
        }
    }
    found.sort_by_key(|hint| hint.at);
    found
}

/// The number of a stage without a name, where others could refer to it, and what a number means.
fn of_stages(file: File<'_>, found: &mut Vec<Hint>) {
    let analysis = file.analysis;
    if analysis.stages.len() < 2 {
        return;
    }
    for stage in &analysis.stages {
        let from = analysis.instructions.get(stage.from);
        if let Some(from) = from.filter(|_| stage.name.is_none()) {
            found.push(Hint {
                at: from.range.end(),
                label: format!("stage {}", stage.index),
                meaning: "The number by which COPY --from can name this stage, which has no name.",
            });
        }
    }
    for place in stages::places(analysis) {
        if let Some(label) = meaning_of_number(file, place) {
            found.push(Hint {
                at: place.range.end(),
                label,
                meaning: "The stage of this number.",
            });
        }
    }
}

fn meaning_of_number(file: File<'_>, place: StagePlace) -> Option<String> {
    let analysis = file.analysis;
    let by_number = place.kind == StagePlaceKind::Other
        && analysis
            .text(place.range)
            .bytes()
            .all(|byte| byte.is_ascii_digit());
    let stage = analysis.stages.get(place.stage).filter(|_| by_number)?;
    Some(match outline::name_range(analysis, stage) {
        Some(name) => analysis.text(name).to_owned(),
        None => format!(
            "FROM {}",
            analysis.text(stages::base_range(analysis, stage.index)?)
        ),
    })
}

/// How often each source of COPY and ADD has changed: what changes often makes all that stands below it run again.
fn of_changes(file: File<'_>, instruction: &Instruction, history: &History, found: &mut Vec<Hint>) {
    let Args::Copy { sources, .. } = &instruction.args else {
        return;
    };
    if instruction.stage.is_none() || instruction.flag("from").is_some() {
        return;
    }
    for source in sources {
        let expanded = file.analysis.expand(instruction, &source.text).ok();
        let churn = expanded
            .as_ref()
            .and_then(|expanded| expanded.value.known())
            .and_then(|text| history.churn(text));
        if let Some(churn) = churn {
            found.push(Hint {
                at: source.range.end(),
                label: format!(
                    "changed in {} of {}",
                    percent(churn.changed, history.commits),
                    match history.commits {
                        1 => "1 commit".to_owned(),
                        commits => format!("{commits} commits"),
                    }
                ),
                meaning: "In how many of the last commits something of this changed that the ignore file lets through. \
                          Each such commit runs this step and all steps below it again.",
            });
        }
    }
}

/// A share for a person: `less than 1 %`, `4 %`.
fn percent(part: u32, of: u32) -> String {
    let rounded = (u64::from(part) * 100 + u64::from(of) / 2).checked_div(of.into());
    match rounded {
        Some(0) if part > 0 => "less than 1 %".to_owned(),
        rounded => format!("{} %", rounded.unwrap_or_default()),
    }
}

/// Where a relative path leads: the new directory of WORKDIR, the destination of COPY and ADD.
fn of_paths(file: File<'_>, instruction: &Instruction) -> Option<Hint> {
    let analysis = file.analysis;
    let (word, meaning) = match &instruction.args {
        Args::Value(word) if instruction.kind == InstructionKind::Workdir => {
            (word, "The working directory from here on.")
        }
        Args::Copy { dest, .. } => (
            dest,
            "Where the files go: relative to the working directory.",
        ),
        _ => return None,
    };
    // Triggers run in the stages that are built on this one.
    instruction.stage?;
    let path = analysis.expand(instruction, &word.text).ok()?.value;
    let path = path
        .known()
        .filter(|path| !path.is_empty() && !path.starts_with('/'))?;
    if analysis.stages.get(instruction.stage?)?.windows {
        return None;
    }
    let state = analysis.state(instruction)?;
    let mut label = join_path(state.known_workdir()?, path);
    let is_folder = path.ends_with('/') || matches!(path.rsplit('/').next(), Some("." | ".."));
    if is_folder && instruction.kind != InstructionKind::Workdir && !label.ends_with('/') {
        label.push('/');
    }
    Some(Hint {
        at: word.range.end(),
        label,
        meaning,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing;

    /// The text with its hints in braces.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let wanted = Wanted {
            stages: true,
            workdir: true,
        };
        testing::with_file(text, |file| {
            let mut shown = text.to_owned();
            for hint in hints(file, wanted, None).iter().rev() {
                shown.insert_str(hint.at.into(), &format!("{{{}}}", hint.label));
            }
            assert_eq!(shown, expected);
        });
        let none = Wanted {
            stages: false,
            workdir: false,
        };
        assert!(testing::with_file(text, |file| hints(file, none, None)).is_empty());
    }

    #[test]
    fn numbers_of_stages() {
        check(
            "FROM a AS b\nFROM c\nFROM d\nCOPY --from=0 x /\nCOPY --from=1 x /\nCOPY --from=b x /\n",
            "FROM a AS b\nFROM c{stage 1}\nFROM d{stage 2}\nCOPY --from=0{b} x /\nCOPY --from=1{FROM c} x /\n\
             COPY --from=b x /\n",
        );
        check("FROM a\n", "FROM a\n");
    }

    #[test]
    fn relative_paths() {
        check(
            "FROM a\nWORKDIR /x\nWORKDIR y\nCOPY a .\nADD [\"a\", \"../b\"]\nCOPY a /b\nENV p=q/\nCOPY a $p\n",
            "FROM a\nWORKDIR /x\nWORKDIR y{/x/y}\nCOPY a .{/x/y/}\nADD [\"a\", \"../b\"{/x/b}]\nCOPY a /b\nENV p=q/\n\
             COPY a $p{/x/y/q/}\n",
        );
        check(
            "FROM unknown\nCOPY a b\nARG d\nWORKDIR /$d\nCOPY a b\n",
            "FROM unknown\nCOPY a b\nARG d\nWORKDIR /$d\nCOPY a b\n",
        );
        check(
            "FROM scratch\nWORKDIR /x\nONBUILD COPY a b\n",
            "FROM scratch\nWORKDIR /x\nONBUILD COPY a b\n",
        );
    }

    #[test]
    fn how_often_sources_change() {
        let churn = |changed| dfix_transforms::Churn {
            changed,
            weight: 0.5,
        };
        let of = |source: &str, changed| (source.to_owned(), churn(changed));
        let history = History {
            commits: 481,
            churn: [
                of("package.json", 19),
                of("", 440),
                of("rare", 1),
                of("*.lock", 0),
            ]
            .into(),
        };
        let text = "FROM a AS b\nARG d=.\nCOPY package.json *.lock unknown ./\nCOPY [\"$d\", \"/\"]\n\
                    COPY --from=b rare /\nADD ./rare /\nONBUILD COPY rare /\n";
        let expected = "FROM a AS b\nARG d=.\nCOPY package.json{changed in 4 % of 481 commits} \
                        *.lock{changed in 0 % of 481 commits} unknown ./\n\
                        COPY [\"$d\", \"/\"]\nCOPY --from=b rare /\n\
                        ADD ./rare{changed in less than 1 % of 481 commits} /\nONBUILD COPY rare /\n";
        let none = Wanted {
            stages: false,
            workdir: false,
        };
        testing::with_file(text, |file| {
            let mut shown = text.to_owned();
            for hint in hints(file, none, Some(&history)).iter().rev() {
                shown.insert_str(hint.at.into(), &format!("{{{}}}", hint.label));
            }
            assert_eq!(shown, expected);
        });
    }

    #[test]
    fn behind_something() {
        testing::samples(|text, file| {
            let wanted = Wanted {
                stages: true,
                workdir: true,
            };
            for hint in hints(file, wanted, None) {
                let before = &text[..usize::from(hint.at)];
                assert!(!before.ends_with(char::is_whitespace), "{hint:?}");
            }
        });
    }
}
