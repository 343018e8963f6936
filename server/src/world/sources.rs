//! Which paths of the build context a Dockerfile names.

use dfix_syntax::ast::{AstNode, File};
use dfix_syntax::{SyntaxKind, SyntaxNode};
use dfix_transforms::Facts;

/// The literal sources of `COPY` and `ADD` that come from the build context: no stages, no addresses, no variables.
/// `root` is the root of the Dockerfile's tree.
pub(crate) fn context_sources(root: SyntaxNode) -> Vec<String> {
    let Some(file) = File::cast(root) else {
        return Vec::new();
    };
    let escape = file.escape();
    let mut found = Vec::new();
    let mut defaults: Vec<(String, String)> = Vec::new();
    for instruction in file.instructions() {
        if matches!(instruction.kind(), SyntaxKind::ARG | SyntaxKind::ENV) {
            let pairs = instruction.pairs();
            defaults.extend(pairs.filter_map(|pair| {
                let name = pair.name()?.static_value(escape)?;
                Some((name, pair.value()?.static_value(escape)?))
            }));
        }
        // The context of a trigger is that of another build.
        let Some(copy) = instruction.as_copy() else {
            continue;
        };
        if instruction.flag("from").is_some() {
            continue;
        }
        let mut sources: Vec<String> = match instruction.json() {
            Some(array) => {
                let mut values: Vec<String> = array.strings().collect();
                values.pop();
                values.retain(|value| !value.contains('$'));
                values
            }
            None => copy
                .sources()
                .iter()
                .filter_map(|word| {
                    let usual = || with_defaults(&word.syntax().text().to_string(), &defaults);
                    word.static_value(escape).or_else(usual)
                })
                .collect(),
        };
        sources.retain(|source| !source.contains("://") && !source.starts_with("<<"));
        found.append(&mut sources);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A plain word with the values that its variables have in a build without build arguments, if these are plain as well.
fn with_defaults(word: &str, defaults: &[(String, String)]) -> Option<String> {
    let mut text = word.to_owned();
    for (name, value) in defaults.iter().rev() {
        text = text.replace(&format!("${{{name}}}"), value);
        // `$NAME` ends where the name can't go on.
        if let Some((before, after)) = text.split_once(&format!("${name}"))
            && !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        {
            text = format!("{before}{value}{after}");
        }
    }
    (!text.contains(['$', '"', '\'', '\\', '`'])).then_some(text)
}

/// The paths of the build context from which the programs of CMD and ENTRYPOINT may have been copied, if they have come with
/// one of these sources: `/app/bin/run` may be `bin/run` of the source `.`, or `run` of the source `bin`.
pub(crate) fn launched_files(root: SyntaxNode, sources: &[String]) -> Vec<String> {
    let Some(file) = File::cast(root) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for instruction in file.instructions() {
        if !matches!(instruction.kind(), SyntaxKind::CMD | SyntaxKind::ENTRYPOINT) {
            continue;
        }
        let line = instruction.logical_line();
        let Some(program) = line.split_whitespace().nth(1) else {
            continue;
        };
        let key = Facts::key(program);
        let is_path = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
        if !program.contains('/') || !key.chars().all(is_path) {
            continue;
        }
        found.extend(below_sources(&key, sources));
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST_LAUNCHED);
    found
}

/// Where a path of the image may lie in the build context: its last names below each source.
pub(super) fn below_sources(key: &str, sources: &[String]) -> Vec<String> {
    let names: Vec<&str> = key.split('/').collect();
    let tails = (0..names.len().min(MOST_DEPTH))
        .filter_map(|depth| Some(names.get(names.len() - 1 - depth..)?.join("/")));
    let tails: Vec<String> = tails.collect();
    let paths = sources.iter().flat_map(|source| {
        tails
            .iter()
            .map(move |tail| Facts::key(&format!("{source}/{tail}")))
    });
    paths.collect()
}

/// How deep below a source a program is looked for, in names.
const MOST_DEPTH: usize = 4;
/// How many files are looked at for the programs of one Dockerfile.
const MOST_LAUNCHED: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use dfix_syntax::{SourceText, parse};

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let source = SourceText::new(text.as_bytes()).unwrap();
        assert_eq!(context_sources(parse(&source).root()), expected, "{text}");
    }

    #[test]
    fn sources() {
        check("FROM a\nRUN b\n", &[]);
        check("FROM a\nCOPY b c d/\nADD c /\n", &["b", "c"]);
        check("FROM a\nADD [\"x y\", \"$z\", \"/\"]\n", &["x y"]);
        check("FROM a\nCOPY --from=b c /\nCOPY --chown=1 d /\n", &["d"]);
        check("FROM a\nADD https://x.example/y $z \"q\" /\n", &["q"]);
        check(
            "FROM a\nARG B=c\nENV D $x\nCOPY ${B}/d $B/e $Bf ${B:-g} $D $x /\n",
            &["c/d", "c/e"],
        );
        check("FROM a\nONBUILD ADD x /\n", &[]);
        check("FROM a\nCOPY <<EOF b /\nEOF\n", &["b"]);
        check("FROM a\nADD only\n", &[]);
    }

    #[test]
    fn programs() {
        let check = |text: &str, sources: &[&str], expected: &[&str]| {
            let source = SourceText::new(text.as_bytes()).unwrap();
            let sources: Vec<String> = sources.iter().map(ToString::to_string).collect();
            let found = launched_files(parse(&source).root(), &sources);
            assert_eq!(found, expected, "{text}");
        };
        check("FROM a\nCMD ./b -c\n", &["."], &["b"]);
        check(
            "FROM a\nENTRYPOINT /b/c\n",
            &[".", "d/"],
            &["b/c", "c", "d/b/c", "d/c"],
        );
        check(
            "FROM a\nCMD b\nCMD [\"/b\"]\nCMD $C/d\nRUN /e\n",
            &["."],
            &[],
        );
    }
}
