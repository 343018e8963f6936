//! What comments ask for: rules to ignore, checks to skip.
//!
//! - `# dfix ignore=rule,DL3009: reason` above an instruction, `# dfix ignore-file=rule: reason` anywhere;
//! - hadolint's `# hadolint ignore=DL3009,DL3015` above an instruction, `# hadolint global ignore=DL3009` anywhere;
//! - BuildKit's `# check=skip=JSONArgsRecommended` as a directive, or in the comments before an instruction
//!   (`linter.WithMergedConfigFromComments`: blank lines don't separate them from it, an empty comment does).

use dfix_syntax::TextRange;
use smol_str::SmolStr;

/// What the comments of a file ask for.
#[derive(Debug, Default)]
pub struct Pragmas {
    /// Names (ids or aliases, or `all`) that are off in the whole file.
    pub file: Vec<SmolStr>,
    /// Names that are off for one instruction: its index, the name, and the comment.
    pub instruction: Vec<(usize, SmolStr, TextRange)>,
}

/// The comment lines between instructions, as the walk meets them.
#[derive(Debug, Default)]
pub(super) struct Comments {
    all: Vec<TextRange>,
    blocks: Vec<Block>,
    /// The value of a `# check=` directive.
    check: Option<TextRange>,
}

/// The comments before an instruction.
#[derive(Debug)]
struct Block {
    instruction: usize,
    /// How many comments there are up to it, and how many of these stand directly above it.
    end: usize,
    direct: usize,
}

impl Comments {
    /// A comment line.
    pub(super) fn add(&mut self, range: TextRange) {
        self.all.push(range);
    }

    /// An instruction with the comments directly above it.
    pub(super) fn attach(&mut self, instruction: usize, direct: &[TextRange]) {
        let end = self.all.len();
        if end > self.blocks.last().map_or(0, |block| block.end) {
            self.blocks.push(Block {
                instruction,
                end,
                direct: direct.len(),
            });
        }
    }

    /// The value of a `# check=` directive.
    pub(super) fn check_directive(&mut self, value: TextRange) {
        self.check = Some(value);
    }
}

impl Pragmas {
    /// Whether any of a rule's names (id, aliases, group) is off for an instruction. Letter case doesn't matter.
    pub fn ignores<'n>(
        &self,
        instruction: usize,
        names: impl IntoIterator<Item = &'n str>,
    ) -> bool {
        if self.file.is_empty() && self.instruction.is_empty() {
            return false;
        }
        let matches = |off: &SmolStr, name: &str| off == "all" || off.eq_ignore_ascii_case(name);
        let here = || {
            let all = self.instruction.iter();
            all.filter(|(index, ..)| *index == instruction)
                .map(|(_, off, _)| off)
        };
        names
            .into_iter()
            .any(|name| self.file.iter().chain(here()).any(|off| matches(off, name)))
    }

    /// Reads the comments of a file.
    pub(super) fn read(source: &str, comments: &Comments) -> Self {
        let text = |range: TextRange| {
            source
                .get(usize::from(range.start())..usize::from(range.end()))
                .unwrap_or_default()
        };
        let mut pragmas = Self::default();
        if let Some(range) = comments.check {
            pragmas.file.extend(skipped(text(range)));
        }
        let mut start = 0;
        for block in &comments.blocks {
            let all = comments.all.get(start..block.end).unwrap_or_default();
            let far = all.len().saturating_sub(block.direct);
            // An empty comment separates what stands before it from the instruction.
            let attached = all
                .iter()
                .rposition(|range| body(text(*range)).is_empty())
                .map_or(0, |at| at + 1);
            for (number, range) in all.iter().enumerate() {
                let (scope, names) = match pragma(text(*range)) {
                    Some(found) => found,
                    None => continue,
                };
                let applies = match scope {
                    Scope::File => {
                        pragmas.file.extend(names);
                        continue;
                    }
                    Scope::Next => number >= far,
                    Scope::Check => number >= attached,
                };
                if applies {
                    let entries = names
                        .into_iter()
                        .map(|name| (block.instruction, name, *range));
                    pragmas.instruction.extend(entries);
                }
            }
            start = block.end;
        }
        for range in comments.all.get(start..).unwrap_or_default() {
            if let Some((Scope::File, names)) = pragma(text(*range)) {
                pragmas.file.extend(names);
            }
        }
        pragmas
    }
}

/// What a pragma is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    File,
    /// The instruction directly below.
    Next,
    /// The next instruction, as BuildKit attaches comments.
    Check,
}

/// The text of a comment without its `#` and the blanks around.
fn body(comment: &str) -> &str {
    comment.strip_prefix('#').unwrap_or(comment).trim()
}

/// Reads one comment.
fn pragma(comment: &str) -> Option<(Scope, Vec<SmolStr>)> {
    let text = body(comment);
    if let Some(value) = keyword(text, "check").and_then(value) {
        return Some((Scope::Check, skipped(value)));
    }
    if let Some(rest) = keyword(text, "hadolint") {
        let global = keyword(rest, "global");
        let scope = if global.is_some() {
            Scope::File
        } else {
            Scope::Next
        };
        let list = keyword(global.unwrap_or(rest), "ignore").and_then(value)?;
        return Some((scope, names(list)));
    }
    let rest = keyword(text, "dfix")?;
    let rest = rest.strip_prefix(':').unwrap_or(rest).trim_start();
    match keyword(rest, "ignore-file").and_then(value) {
        Some(list) => Some((Scope::File, names(list))),
        None => Some((Scope::Next, names(keyword(rest, "ignore").and_then(value)?))),
    }
}

/// What follows a word at the start of a text, without the blanks between.
fn keyword<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word)
        .then(|| text.get(word.len()..).unwrap_or_default().trim_start())
}

/// What follows a `=`.
fn value(text: &str) -> Option<&str> {
    Some(text.strip_prefix('=')?.trim_start())
}

/// The names of a list with commas. It ends at the first thing that is no name: a reason, a remark.
fn names(list: &str) -> Vec<SmolStr> {
    let mut names = Vec::new();
    for item in list.split(',') {
        let item = item.trim_start();
        let is_part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
        let end = item.find(|char| !is_part(char)).unwrap_or(item.len());
        let (name, rest) = item.split_at(end);
        if !name.is_empty() {
            names.push(name.to_ascii_lowercase().into());
        }
        if !rest.trim_end().is_empty() {
            break;
        }
    }
    names
}

/// The names in `skip=A,B;error=true`.
fn skipped(options: &str) -> Vec<SmolStr> {
    let mut skipped = Vec::new();
    for option in options.split(';') {
        if let Some(list) = keyword(option.trim(), "skip").and_then(value) {
            skipped.extend(names(list));
        }
    }
    skipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments() {
        let check = |comment: &str, expected: Option<(Scope, &[&str])>| {
            let expected =
                expected.map(|(scope, names)| (scope, names.iter().map(SmolStr::new).collect()));
            assert_eq!(pragma(comment), expected, "{comment}");
        };
        use self::Scope::*;
        check(
            "# hadolint ignore=DL3009,DL3015",
            Some((Next, &["dl3009", "dl3015"])),
        );
        check(
            "#hadolint  ignore = DL3009 , SC2086 # why",
            Some((Next, &["dl3009", "sc2086"])),
        );
        check("# hadolint global ignore=DL3009", Some((File, &["dl3009"])));
        check("# hadolint shell=bash", None);
        check(
            "# dfix ignore=apt-merge, exec-form: not here, please",
            Some((Next, &["apt-merge", "exec-form"])),
        );
        check("# dfix ignore-file=all", Some((File, &["all"])));
        check("# DFIX: Ignore=All", Some((Next, &["all"])));
        check(
            "# check=skip=StageNameCasing,FromAsCasing;error=true",
            Some((Check, &["stagenamecasing", "fromascasing"])),
        );
        check("# check = error=true", Some((Check, &[])));
        check("# checked=skip=x", None);
        check("# this is why dfix ignore=x is bad", None);
        check("#", None);
    }
}
