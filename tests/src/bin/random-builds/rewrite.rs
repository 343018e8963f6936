//! What dfix makes of a file, in every way in which it calls a rewrite safe.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use dfix_syntax::{SourceText, TextRange};
use dfix_tests::random::Random;
use dfix_transforms::format::{FormatOptions, format};
use dfix_transforms::model::Analysis;
use dfix_transforms::proof::Law;
use dfix_transforms::refactor;
use dfix_transforms::{
    Applicability, Builder, Company, ContextEntry, ContextKind, Edit, Facts, Fix, Project,
    Settings, fix, lint,
};

/// A rewrite of a file.
#[derive(Debug, Clone)]
pub(crate) struct Rewrite {
    /// How it came about: `write`, `alone`, `refactor` or `format`.
    pub(crate) mode: &'static str,
    /// The rules or refactorings that took part.
    pub(crate) rules: Vec<&'static str>,
    pub(crate) text: String,
    /// The differences that they declare.
    pub(crate) laws: Vec<Law>,
}

/// All rewrites of a text that count as safe, each other text once.
pub(crate) fn rewrites(text: &str, facts: &Facts, seed: u64) -> Vec<Rewrite> {
    let Ok(source) = SourceText::of_text(text) else {
        return Vec::new();
    };
    let (mut random, settings) = settings(seed);
    let mut found = Vec::new();
    let outcome = fix(&source, &settings, facts, Applicability::Safe);
    let applied = &outcome.applied;
    found.push(Rewrite {
        mode: "write",
        rules: applied.iter().map(|fix| fix.rule.id).collect(),
        laws: applied.iter().flat_map(|fix| fix.laws.clone()).collect(),
        text: outcome.text,
    });
    for finding in lint(&source, &settings, facts, Company::Alone).findings {
        let Some(fix) = &finding.fix else { continue };
        if fix.applicability == Applicability::Safe {
            found.push(Rewrite {
                mode: "alone",
                rules: vec![finding.rule.id],
                text: fix.apply(text),
                laws: fix.laws.to_vec(),
            });
        }
    }
    let analysis = Analysis::new(source, &settings);
    for _ in 0..6 {
        let range = random.range(text, 120);
        let range = TextRange::new(size(range.start), size(range.end));
        let offers = refactor::offers(&analysis, &settings, facts, range);
        if let Some(offer) = random.pick(&offers) {
            found.extend(refactoring(&analysis, &settings, facts, offer.id, range));
        }
    }
    for _ in 0..4 {
        let range = random.range(text, 1);
        let range = TextRange::new(size(range.start), size(range.start));
        found.extend(refactoring(&analysis, &settings, facts, "move-up", range));
    }
    let edits: Vec<Edit> = format(&analysis, &FormatOptions::default());
    if let Some(fix) = Fix::new("", Applicability::Safe, &[], edits) {
        found.push(Rewrite {
            mode: "format",
            rules: vec!["format"],
            text: fix.apply(text),
            laws: Vec::new(),
        });
    }
    let mut texts = BTreeSet::from([text.to_owned()]);
    found.retain(|rewrite| texts.insert(rewrite.text.clone()));
    found
}

/// A refactoring at every place of a text where it is safe, with selections of one and of two lines.
pub(crate) fn refactorings(text: &str, facts: &Facts, seed: u64, id: &'static str) -> Vec<Rewrite> {
    let Ok(source) = SourceText::of_text(text) else {
        return Vec::new();
    };
    let settings = settings(seed).1;
    let analysis = Analysis::new(source, &settings);
    let starts: Vec<usize> = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    let mut found = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        for end in [Some(start), starts.get(index + 1), starts.get(index + 2)]
            .into_iter()
            .flatten()
        {
            let range = TextRange::new(size(*start), size(*end));
            found.extend(refactoring(&analysis, &settings, facts, id, range));
        }
    }
    found.retain(|rewrite| rewrite.text != text);
    found
}

fn refactoring(
    analysis: &Analysis,
    settings: &Settings,
    facts: &Facts,
    id: &'static str,
    range: TextRange,
) -> Option<Rewrite> {
    let made = refactor::build(analysis, settings, facts, id, range)?;
    (made.fix.applicability == Applicability::Safe).then(|| Rewrite {
        mode: "refactor",
        rules: vec![made.id],
        text: made.fix.apply(analysis.source.as_str()),
        laws: made.fix.laws.to_vec(),
    })
}

/// The settings that belong to a case.
fn settings(seed: u64) -> (Random, Settings) {
    let mut random = Random::new(seed);
    let builders = [Builder::Auto, Builder::Auto, Builder::BuildKit];
    let settings = Settings {
        builder: random.pick(&builders).copied().unwrap_or_default(),
        ..Settings::default()
    };
    (random, settings)
}

fn size(offset: usize) -> dfix_syntax::TextSize {
    u32::try_from(offset).unwrap_or_default().into()
}

/// What a caller of dfix finds in the build context.
pub(crate) fn facts_of(context: &Path) -> Facts {
    let mut entries = BTreeMap::new();
    add_entries(context, "", &mut entries);
    let listing = entries
        .iter()
        .map(|(path, entry)| (path.clone(), entry.kind));
    let project = Project::new(listing.collect(), BTreeSet::new(), BTreeMap::new(), None);
    let kind = |kind| ContextEntry { kind };
    entries.insert("*.txt".to_owned(), kind(ContextKind::File));
    Facts {
        contexts: vec![entries],
        project: Some(project),
        ..Facts::default()
    }
}

fn add_entries(folder: &Path, prefix: &str, entries: &mut BTreeMap<String, ContextEntry>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        let archive = name.ends_with(".tar") || name.ends_with(".tgz") || name == "blob";
        let kind = if kind.is_dir() {
            add_entries(&entry.path(), &format!("{name}/"), entries);
            ContextKind::Directory
        } else if kind.is_symlink() {
            ContextKind::Other
        } else if archive {
            ContextKind::Archive
        } else {
            ContextKind::File
        };
        entries.insert(name, ContextEntry { kind });
    }
}
