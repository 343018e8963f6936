//! Which paths of the build context a Dockerfile names.

use dfix_syntax::SyntaxNode;
use dfix_syntax::ast::{AstNode, File};

/// The literal sources of `COPY` and `ADD` that come from the build context: no stages, no addresses, no variables.
/// `root` is the root of the Dockerfile's tree.
pub(crate) fn context_sources(root: SyntaxNode) -> Vec<String> {
    let Some(file) = File::cast(root) else {
        return Vec::new();
    };
    let escape = file.escape();
    let mut found = Vec::new();
    for instruction in file.instructions() {
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
                .filter_map(|word| word.static_value(escape))
                .collect(),
        };
        sources.retain(|source| !source.contains("://") && !source.starts_with("<<"));
        found.append(&mut sources);
    }
    found.sort_unstable();
    found.dedup();
    found
}

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
        check("FROM a\nONBUILD ADD x /\n", &[]);
        check("FROM a\nCOPY <<EOF b /\nEOF\n", &["b"]);
        check("FROM a\nADD only\n", &[]);
    }
}
