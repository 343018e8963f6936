//! Renaming stages and variables.
//!
//! A rename is refused where it could make the file mean something else, and where a place would be missed.

use dfix_syntax::{SyntaxKind, TextRange, TextSize};
use dfix_transforms::model::{Analysis, Base, Stage};

use super::mentions::{self, Mention, Role, is_name};
use super::namesakes::Variable;
use super::stages::{self, StagePlace, StagePlaceKind};
use super::{File, walk};

/// What a rename changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Renaming {
    /// The places to write the new name at, in source order.
    pub places: Vec<TextRange>,
    /// What changes beyond the file.
    pub caution: Caution,
}

/// What a person has to know of a rename.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caution {
    pub text: String,
    /// Whether the image changes, so that the person must agree.
    pub confirm: bool,
}

/// What would be renamed: the place of the name, which is its text.
///
/// # Errors
/// Why nothing can be renamed here, in words for the person.
pub(crate) fn prepare(file: File<'_>, offset: TextSize) -> Result<TextRange, String> {
    let stages = stages::places(file.analysis);
    if let Some(stage) = named_stage(file, &stages, offset) {
        let (place, _) = renamed_stage(file, &stages, stage?, offset)?;
        return Ok(place);
    }
    let mentions = mentions::mentions(file.analysis);
    let (_, mention) = renamed_variable(file, &mentions, offset)?;
    Ok(mention.range)
}

/// Renames the stage or variable at an offset.
///
/// # Errors
/// As [`prepare`], and why the new name is not possible.
pub(crate) fn rename(file: File<'_>, offset: TextSize, new: &str) -> Result<Renaming, String> {
    let stages = stages::places(file.analysis);
    if let Some(stage) = named_stage(file, &stages, offset) {
        let stage = stage?;
        let (_, places) = renamed_stage(file, &stages, stage, offset)?;
        new_stage_name(file.analysis, stage, new)?;
        let caution = Caution {
            text: format!(
                "builds that ask for the stage by its name, as --target does, have to ask for {new}"
            ),
            confirm: false,
        };
        return Ok(Renaming { places, caution });
    }
    let mentions = mentions::mentions(file.analysis);
    let (variable, _) = renamed_variable(file, &mentions, offset)?;
    new_variable_name(&variable, &mentions, new)?;
    let mut places: Vec<TextRange> = variable.places.iter().map(|place| place.range).collect();
    places.sort_by_key(|place| place.start());
    let name = variable.name;
    let caution = match variable.is_env() {
        true => Caution {
            text: format!("the image sets {new} in place of {name}: programs in it may read that"),
            confirm: true,
        },
        false => Caution {
            text: format!("builds that pass --build-arg {name} have to pass {new}"),
            confirm: false,
        },
    };
    Ok(Renaming { places, caution })
}

/// The stage whose name stands at an offset; the error for one that is not meant by its name there.
fn named_stage(
    file: File<'_>,
    places: &[StagePlace],
    offset: TextSize,
) -> Option<Result<usize, String>> {
    let mut here = places
        .iter()
        .filter(|place| place.range.contains_inclusive(offset));
    let place = here.next()?;
    let written = file.analysis.text(place.range);
    match place.kind {
        StagePlaceKind::Definition | StagePlaceKind::Name => Some(Ok(place.stage)),
        // The variable can be renamed.
        StagePlaceKind::Other if written.contains('$') => None,
        StagePlaceKind::Other if is_number(written) => {
            Some(Err("a stage's number can't be renamed".to_owned()))
        }
        StagePlaceKind::Other => Some(Err(SPLIT.to_owned())),
    }
}

const SPLIT: &str = "the name is split over several lines somewhere: join them first";

fn is_number(text: &str) -> bool {
    text.trim_matches(['"', '\''])
        .bytes()
        .all(|byte| byte.is_ascii_digit())
}

/// The place at an offset that names a stage, and all such places.
fn renamed_stage(
    file: File<'_>,
    places: &[StagePlace],
    stage: usize,
    offset: TextSize,
) -> Result<(TextRange, Vec<TextRange>), String> {
    let analysis = file.analysis;
    let found = analysis.stages.get(stage).ok_or("there is no such stage")?;
    if let Some(child) = found.possible_children.first() {
        let line = base_of(analysis, *child);
        return Err(format!("`FROM {line}` may mean this stage"));
    }
    let mut named = Vec::new();
    for place in places.iter().filter(|place| place.stage == stage) {
        let written = analysis.text(place.range);
        match place.kind {
            // `AS na\`: the name goes on behind a continuation.
            StagePlaceKind::Definition
                if found.name.as_deref() != Some(&written.to_lowercase()) =>
            {
                return Err(SPLIT.to_owned());
            }
            StagePlaceKind::Definition | StagePlaceKind::Name => named.push(place.range),
            StagePlaceKind::Other if is_number(written) => {}
            StagePlaceKind::Other if written.contains('$') => {
                return Err(format!("`{written}` means this stage through a variable"));
            }
            StagePlaceKind::Other => return Err(SPLIT.to_owned()),
        }
    }
    let here = named.iter().find(|place| place.contains_inclusive(offset));
    let here = here.copied().ok_or("there is no name here")?;
    Ok((here, named))
}

fn base_of(analysis: &Analysis, stage: usize) -> &str {
    stages::base_range(analysis, stage).map_or("", |range| analysis.text(range))
}

/// Whether a stage can have this name (`instructions/parse.go: validStageName`), and no other thing has it.
fn new_stage_name(analysis: &Analysis, renamed: usize, new: &str) -> Result<(), String> {
    let lower = new.to_lowercase();
    let is_part =
        |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || "-_.".contains(char);
    if !lower.starts_with(|char: char| char.is_ascii_lowercase()) || !lower.chars().all(is_part) {
        return Err(format!(
            "`{new}` can't be the name of a stage: letters, digits, `-`, `_` and `.` can, after a letter"
        ));
    }
    if matches!(lower.as_str(), "scratch" | "context") {
        return Err(format!("`{new}` has a meaning of its own"));
    }
    let is_other = |stage: &&Stage| stage.index != renamed && stage.name.as_deref() == Some(&lower);
    if analysis.stages.iter().any(|stage| is_other(&stage)) {
        return Err(format!("there is a stage `{new}` already"));
    }
    let is_image = |name: &str| name.trim_matches(['"', '\'']).to_lowercase() == lower;
    let bases = analysis
        .stages
        .iter()
        .filter(|stage| !matches!(stage.base, Base::Stage(_)));
    let mut bases = bases.map(|stage| base_of(analysis, stage.index));
    let mut froms = analysis.instructions.iter().flat_map(|instruction| {
        let inner = instruction.innermost();
        let mounts = inner.mounts().filter_map(|mount| mount.origin());
        let from = inner.flag("from").and_then(|flag| flag.value.as_deref());
        mounts.chain(from).collect::<Vec<_>>()
    });
    let own = analysis
        .stages
        .get(renamed)
        .and_then(|stage| stage.name.as_deref());
    let renames = own != Some(&lower);
    if renames && (bases.any(is_image) || froms.any(is_image)) {
        return Err(format!("the file uses an image or build context `{new}`"));
    }
    Ok(())
}

/// The variable at an offset and the place there.
fn renamed_variable<'a>(
    file: File<'_>,
    mentions: &'a [Mention],
    offset: TextSize,
) -> Result<(Variable<'a>, &'a Mention), String> {
    let analysis = file.analysis;
    let (variable, mention) = Variable::at(analysis, mentions, offset)
        .ok_or("only stages and variables that the file defines can be renamed")?;
    let name = variable.name;
    if mention.role == Role::Own {
        return Err(format!(
            "`{name}` is a script's own: programs that it starts may read it"
        ));
    }
    if is_predefined(name) {
        return Err(format!("`{name}` has a meaning of its own"));
    }
    if let Some(place) = variable.inherited {
        let line = line_of(analysis, place);
        return Err(format!(
            "`{name}` is read in line {line} without being set before: it may come from the base image or the builder"
        ));
    }
    if let Some(own) = variable.own.first() {
        let line = line_of(analysis, own.range);
        return Err(format!(
            "a script sets a variable `{name}` of its own in line {line}"
        ));
    }
    let split = |place: &&&Mention| analysis.text(place.range) != name;
    if variable.places.iter().any(|place| split(&place)) {
        return Err(SPLIT.to_owned());
    }
    if let Some(place) = text_that_names(file, mentions, name) {
        let line = line_of(analysis, place);
        return Err(format!(
            "line {line} holds `{name}` in a text that is not followed: rename by hand"
        ));
    }
    Ok((variable, mention))
}

/// The number of a line, as people count.
fn line_of(analysis: &Analysis, range: TextRange) -> usize {
    let before = analysis.text(TextRange::up_to(range.start()));
    before.matches('\n').count() + 1
}

/// Whether a variable can have this name, and nothing in the file has it.
fn new_variable_name(
    variable: &Variable<'_>,
    mentions: &[Mention],
    new: &str,
) -> Result<(), String> {
    if !is_name(new) {
        return Err(format!(
            "`{new}` can't be the name of a variable: letters, digits and `_` can, not first a digit"
        ));
    }
    if is_predefined(new) {
        return Err(format!("`{new}` has a meaning of its own"));
    }
    if new != variable.name && mentions.iter().any(|mention| mention.name == new) {
        return Err(format!("the file has a variable `{new}` already"));
    }
    Ok(())
}

/// Variables that mean something to the builder, the shell or the system.
fn is_predefined(name: &str) -> bool {
    const BUILDER: &[&str] = &[
        "ALL_PROXY",
        "FTP_PROXY",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "SOURCE_DATE_EPOCH",
        "TARGETSTAGE",
    ];
    const SYSTEM: &[&str] = &[
        "BASH_ENV", "ENV", "HOME", "HOSTNAME", "IFS", "OLDPWD", "PATH", "PWD", "SHELL", "USER",
    ];
    let platform = ["TARGET", "BUILD"].iter().any(|prefix| {
        let rest = name.strip_prefix(prefix);
        rest.is_some_and(|rest| {
            matches!(rest, "PLATFORM" | "OS" | "OSVERSION" | "ARCH" | "VARIANT")
        })
    });
    platform
        || name.starts_with("BUILDKIT_")
        || SYSTEM.contains(&name)
        || BUILDER.contains(&name.to_ascii_uppercase().as_str())
}

/// A place that expands `$name`, perhaps, in a way that nobody follows: other shells, quoted scripts in scripts, strings
/// of the exec form, heredocs that the builder leaves alone.
fn text_that_names(file: File<'_>, mentions: &[Mention], name: &str) -> Option<TextRange> {
    use SyntaxKind as S;
    let mut found = None;
    walk::tokens(file.analysis.green(), |_, token| {
        let opaque = match token.kind() {
            S::OPAQUE_TEXT => true,
            S::JSON_STRING | S::SH_SINGLE_QUOTED | S::HEREDOC_TEXT | S::SH_HEREDOC_TEXT => false,
            _ => return,
        };
        if found.is_some() || !token.text().contains(name) {
            return;
        }
        for (at, _) in token.text().match_indices(name) {
            let start = token.range().start() + TextSize::try_from(at).unwrap_or_default();
            let place = TextRange::at(start, TextSize::of(name));
            let known = || mentions.iter().any(|mention| mention.range == place);
            if is_word(token.text(), at, name.len(), opaque) && !known() {
                found = Some(place);
                return;
            }
        }
    });
    found
}

/// Whether bytes of a text are a whole word, and, unless any word counts, one behind `$` or `${`.
fn is_word(text: &str, at: usize, length: usize, any: bool) -> bool {
    let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let before = text.get(..at).unwrap_or_default();
    let after = text.get(at + length..).unwrap_or_default();
    let whole = !before.ends_with(is_part) && !after.starts_with(is_part);
    let dollar = before.ends_with('$') || before.ends_with("${");
    whole && (any || dollar)
}

#[cfg(test)]
mod tests {
    use dfix_syntax::SourceText;
    use dfix_transforms::proof::{Verdict, prove};

    use super::*;
    use crate::ide::testing;

    fn renamed(text: &str, offset: TextSize, new: &str) -> Result<String, String> {
        testing::with_file(text, |file| {
            let renaming = rename(file, offset, new)?;
            let mut text = text.to_owned();
            for place in renaming.places.iter().rev() {
                text.replace_range(usize::from(place.start())..usize::from(place.end()), new);
            }
            Ok(text)
        })
    }

    #[track_caller]
    fn check(text: &str, new: &str, expected: &str) {
        for eol in ["\n", "\r\n"] {
            let (text, offset) = testing::cursor(&text.replace('\n', eol));
            assert_eq!(renamed(&text, offset, new), Ok(expected.replace('\n', eol)));
        }
    }

    #[track_caller]
    fn refused(text: &str, new: &str, why: &str) {
        let (text, offset) = testing::cursor(text);
        let error = renamed(&text, offset, new).unwrap_err();
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn stages() {
        check(
            "FROM a AS $0Build\nFROM build\nCOPY --from=\"build\" 😀 /\nCOPY --from=0 b c\nRUN --mount=from=build,target=/x b\n\
             ONBUILD COPY --from=BUILD b c\n",
            "new",
            "FROM a AS new\nFROM new\nCOPY --from=\"new\" 😀 /\nCOPY --from=0 b c\nRUN --mount=from=new,target=/x b\n\
             ONBUILD COPY --from=new b c\n",
        );
        refused("FROM a AS $0b\n", "1b", "can't be the name");
        refused("FROM a AS $0b\n", "é", "can't be the name");
        refused("FROM a AS $0b\n", "scratch", "meaning of its own");
        refused("FROM a AS $0b\nFROM a AS c\n", "C", "already");
        refused("FROM a AS $0b\nFROM alpine\n", "alpine", "image");
        refused("FROM a AS $0b\nCOPY --from=ctx c d\n", "ctx", "image");
        refused("FROM a AS b\nCOPY --from=$00 c d\n", "e", "number");
        refused("ARG v\nFROM a AS $0b-x\nFROM b-$v\n", "c", "may mean");
        refused("ARG v=b\nFROM a AS $0b\nFROM $v\n", "c", "may mean");
        refused("FROM $0a\n", "c", "only stages and variables");
    }

    #[test]
    fn variables() {
        check(
            "ARG $0v=1\nFROM a:${v}\nARG v\nRUN echo \"${v:-$v}\" 'v' && \\\n  # $v\n  echo $v\nCOPY [\"$v\", \"/\"]\nCMD [\"v\"]\n",
            "w",
            "ARG w=1\nFROM a:${w}\nARG w\nRUN echo \"${w:-$w}\" 'v' && \\\n  # $v\n  echo $w\nCOPY [\"$w\", \"/\"]\nCMD [\"v\"]\n",
        );
        check(
            "# escape=`\nFROM a\nENV $0é😀=1 v=2\n"
                .replace("$0é😀=1 v", "é=1 $0v")
                .as_str(),
            "w",
            "# escape=`\nFROM a\nENV é=1 w=2\n",
        );
        refused("FROM a\nRUN $0v=1 b\n", "w", "script's own");
        refused("ARG $0v\n", "1", "can't be the name");
        refused("ARG $0v\n", "PATH", "meaning of its own");
        refused("ARG $0http_proxy\n", "v", "meaning of its own");
        refused("FROM a\nARG $0TARGETARCH\n", "v", "meaning of its own");
        refused("FROM a\nENV $0v=1 w=2\n", "w", "already");
        refused("FROM a\nENV $0v=1\nRUN w=1; $v\n", "w", "already");
        refused("FROM a\nENV $0v=$v:1\n", "w", "base image");
        refused("FROM a\nRUN $$0v\n", "w", "base image");
        refused(
            "FROM a\nENV $0v=1\nRUN v=2 b\n",
            "w",
            "of its own in line 3",
        );
        refused("FROM a\nARG $0vw=1\nRUN $v\\\nw\n", "x", "split");
        refused("FROM a\nENV $0v=1\nCMD [\"b\", \"$v\"]\n", "w", "line 3");
        refused("FROM a\nENV $0v=1\nRUN sh -c 'b ${v}'\n", "w", "line 3");
        refused(
            "FROM a\nENV $0v=1\nSHELL [\"pwsh\"]\nRUN b $env:v\n",
            "w",
            "line 4",
        );
    }

    #[test]
    fn cautions() {
        let confirm = |text: &str| {
            let (text, offset) = testing::cursor(text);
            testing::with_file(&text, |file| {
                rename(file, offset, "new").unwrap().caution.confirm
            })
        };
        assert!(confirm("FROM a\nENV $0v=1\n"));
        assert!(!confirm("FROM a\nARG $0v=1\n"));
        assert!(!confirm("FROM a AS $0v\n"));
    }

    /// For each stage, the stages that start from it, and the instructions that take something from it.
    fn links(analysis: &Analysis) -> Vec<(Vec<usize>, Vec<usize>)> {
        let link = |stage: &Stage| {
            let from = stage.references.iter().map(|it| it.instruction);
            (stage.children.clone(), from.collect())
        };
        analysis.stages.iter().map(link).collect()
    }

    /// Renames everything in the samples, and back again.
    #[test]
    fn there_and_back() {
        let (mut stages, mut variables) = (0, 0);
        testing::samples(|text, file| {
            let mut names: Vec<TextRange> = stages::places(file.analysis)
                .iter()
                .map(|it| it.range)
                .collect();
            let firsts = names.len();
            names.extend(mentions::mentions(file.analysis).iter().map(|it| it.range));
            names.truncate(60);
            for (number, name) in names.into_iter().enumerate() {
                let old = file.analysis.text(name).to_owned();
                let new = "renamed0by0test";
                let Ok(there) = renamed(text, name.start(), new) else {
                    continue;
                };
                // What is spelled in two ways can't come back.
                let places = rename(file, name.start(), new).unwrap().places;
                if places.iter().any(|place| file.analysis.text(*place) != old) {
                    continue;
                }
                let first = places[0].start();
                match renamed(&there, first, &old) {
                    // Another stage has a variable of the old name.
                    Err(error) if error.ends_with("already") => continue,
                    back => assert!(back.as_deref() == Ok(text), "{old}: {back:?}"),
                }
                if number < firsts {
                    stages += 1;
                    let after =
                        Analysis::new(SourceText::new(there.as_bytes()).unwrap(), file.settings);
                    // The proof knows that somebody may ask for a stage by its name; there is no other difference.
                    let Verdict::Different(why) =
                        prove(file.analysis, &after, &[], file.settings, file.facts)
                    else {
                        panic!("{old}: the names differ");
                    };
                    assert!(
                        why.ends_with("the name of the stage differs"),
                        "{old}: {why}"
                    );
                    assert_eq!(links(file.analysis), links(&after), "{old}");
                } else {
                    variables += 1;
                }
            }
        });
        assert!(stages > 0 && variables > 0, "{stages} {variables}");
    }

    #[test]
    fn what_can_be_renamed_is_where_it_was_asked_for() {
        testing::samples(|text, file| {
            for offset in (0..=text.len()).step_by(1 + text.len() / 150) {
                let offset = TextSize::try_from(offset).unwrap();
                if let Ok(place) = prepare(file, offset) {
                    // On the name, or on the `${` before it.
                    let start = place.start() - TextSize::new(2).min(place.start());
                    assert!(TextRange::new(start, place.end()).contains_inclusive(offset));
                    let renaming = rename(file, offset, "renamed0by0test").unwrap();
                    assert!(renaming.places.contains(&place));
                }
            }
        });
    }
}
