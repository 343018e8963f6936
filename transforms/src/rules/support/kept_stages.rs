//! Stages whose files matter to somebody.

use crate::model::Analysis;

/// For each stage, whether its file system may be an image that somebody keeps: it is the last stage, one that nothing
/// refers to, or one that such a stage is built on.
pub(crate) fn kept_stages(analysis: &Analysis) -> Vec<bool> {
    let mut kept = vec![false; analysis.stages.len()];
    for stage in analysis.stages.iter().rev() {
        let children = || stage.children.iter().chain(&stage.possible_children);
        let last = stage.index + 1 == analysis.stages.len();
        let alone = stage.references.is_empty() && stage.children.is_empty();
        let child_kept = children().any(|child| kept.get(*child).copied().unwrap_or_default());
        if let Some(slot) = kept.get_mut(stage.index) {
            *slot = last || alone || child_kept;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use dfix_syntax::SourceText;

    use super::*;
    use crate::Settings;

    #[test]
    fn stages() {
        for (text, expected) in [
            ("FROM a", &[true][..]),
            ("FROM a AS b\nFROM c", &[true, true]),
            ("FROM a AS b\nFROM c\nCOPY --from=b d e", &[false, true]),
            ("FROM a AS b\nFROM b", &[true, true]),
            (
                "FROM a AS b\nFROM b AS c\nFROM d\nCOPY --from=c e f",
                &[false, false, true],
            ),
        ] {
            let source = SourceText::new(text.as_bytes()).expect("a good text");
            let analysis = Analysis::new(source, &Settings::default());
            assert_eq!(kept_stages(&analysis), expected, "{text}");
        }
    }
}
