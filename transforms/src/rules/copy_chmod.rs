//! `copy-chmod`: a `chmod` of what has just been copied.

use super::Context;
use super::declare::declare_rule;
use super::support::builder::{frontend_since, is_buildkit};
use super::support::copied::Copied;
use super::support::directories::{exists, is_within};
use crate::model::{Instruction, Word};
use crate::{ContextKind, Finding};

declare_rule! {
    /// The mode of copied files is given by `COPY --chmod`.
    ///
    /// ## Why
    ///
    /// A `chmod` in the next `RUN` writes every file a second time, into a layer of its own.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// # syntax=docker/dockerfile:1
    /// FROM debian:12
    /// COPY <<run.sh /run.sh
    /// #!/bin/sh
    /// exec sleep 1d
    /// run.sh
    /// RUN chmod 755 /run.sh
    /// ```
    ///
    /// ```dockerfile
    /// # syntax=docker/dockerfile:1
    /// FROM debian:12
    /// COPY --chmod=755 <<run.sh /run.sh
    /// #!/bin/sh
    /// exec sleep 1d
    /// run.sh
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe when the `RUN` follows directly and names exactly the copied files; when each source is known to be a file, since
    /// a directory would get the mode as well; when the directory above is certainly there; and when the build is known to be
    /// done by BuildKit, since older builders don't know the flag. A mode such as `+x` needs version 1.14 of the syntax.
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// COPY run.sh /opt/x/run.sh
    /// RUN chmod 644 /opt/x/run.sh
    /// ```
    ///
    /// ## Not reported
    ///
    /// A `chmod` that does not follow directly, or of other paths.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// COPY run.sh /run.sh
    /// RUN chmod 755 /start.sh
    /// ```
    META: RuleMeta {
        id: "copy-chmod",
        aliases: [],
        group: Layers,
        phase: Structure,
        severity: Info,
        fix: Safe,
        laws: [OwnerAtCopy, LayersMerged],
        default: true,
        since: "0.1.0",
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for copied in Copied::all(ctx, "chmod") {
        findings.extend(look(ctx, &copied));
    }
}

fn look(ctx: &Context<'_>, copied: &Copied<'_>) -> Option<Finding> {
    let [mode, paths @ ..] = copied.words.get(1..)? else {
        return None;
    };
    let (recursive, mode, paths) = match (*mode, paths) {
        ("-R" | "--recursive", [mode, paths @ ..]) => (true, *mode, paths),
        _ => (false, *mode, paths),
    };
    let paths: Vec<String> = paths
        .iter()
        .filter_map(|path| copied.path(ctx, path))
        .collect();
    let touches =
        |path: &String| is_within(path, &copied.target) || is_within(&copied.target, path);
    if !paths.iter().any(touches) || copied.copy.flags_named("chmod").next().is_some() {
        return None;
    }
    let finding = copied.finding(&META);
    let blocked = copied.obstacle(ctx).or(match recursive {
        true => Some("`-R` gives directories and files the same mode"),
        false => None,
    });
    if let Some(reason) = blocked {
        return Some(finding.refuse(reason));
    }
    let Some(symbolic) = kind_of(mode) else {
        return Some(finding.refuse("the mode depends on what the file has, or sets special bits"));
    };
    let Some(expected) = files(copied).filter(|expected| same(expected, &paths)) else {
        return Some(
            finding.refuse("the command does not change exactly the files that are copied"),
        );
    };
    if symbolic && frontend_since(ctx.analysis, 14) != Some(true) {
        return Some(
            finding
                .refuse("a mode in letters needs version 1.14 of the syntax")
                .with_help("write the mode as a number, or put `# syntax=docker/dockerfile:1` above everything"),
        );
    }
    let reason = uncertain(ctx, copied, &expected);
    Some(copied.rewrite(ctx, finding, &format!("--chmod={mode}"), reason))
}

/// Why the flag may not do what the command does.
fn uncertain(ctx: &Context<'_>, copied: &Copied<'_>, files: &[String]) -> Option<&'static str> {
    let analysis = ctx.analysis;
    if !copied
        .sources
        .iter()
        .all(|source| is_file(ctx, copied, source))
    {
        return Some("a source may be a directory, and everything in it would get the mode");
    }
    if !is_buildkit(ctx) {
        return Some(
            "only BuildKit knows the flag, and nothing says that the file is built with it",
        );
    }
    if copied.dest.ends_with('/') {
        // The files replace others of their names; only the directory has to be there.
        let there = exists(analysis, copied.copy, &copied.target);
        return (!there || files.is_empty())
            .then_some("the directory of the destination may be new, and would get the mode too");
    }
    copied.unlike(ctx)
}

/// Whether a mode is symbolic, for modes that mean the same to `chmod` and to COPY whatever the umask is, and set no
/// special bits.
fn kind_of(mode: &str) -> Option<bool> {
    let octal = match mode.len() {
        4 => mode.strip_prefix('0')?,
        _ => mode,
    };
    let digits = octal.len() == 3 && octal.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    let letters = matches!(mode, "+x" | "a+x" | "u+x" | "ug+x" | "ugo+x");
    (digits || letters).then_some(letters)
}

/// The paths of the copied files.
fn files(copied: &Copied<'_>) -> Option<Vec<String>> {
    if !copied.dest.ends_with('/') {
        return (copied.sources.len() == 1).then(|| vec![copied.target.clone()]);
    }
    let base = copied.target.trim_end_matches('/');
    let path = |source: &Word| {
        let text = source.text.as_str();
        let heredoc = heredoc_of(copied.copy, text);
        let name = heredoc.unwrap_or(text.trim_end_matches('/').rsplit('/').next()?);
        let plain = !name.is_empty() && !name.contains(['*', '?', '[', '$', '\\', '"', '\'']);
        plain.then(|| format!("{base}/{name}"))
    };
    copied.sources.iter().map(path).collect()
}

/// The name of the heredoc that a source is.
fn heredoc_of<'a>(copy: &'a Instruction, text: &str) -> Option<&'a str> {
    let name = text.strip_prefix("<<")?.trim_start_matches('-');
    let name = name.trim_matches(['"', '\'']);
    let mut names = copy.heredocs.iter().map(|heredoc| heredoc.name.as_str());
    names.find(|heredoc| *heredoc == name)
}

fn same(expected: &[String], given: &[String]) -> bool {
    let sorted = |paths: &[String]| {
        let mut paths = paths.to_vec();
        paths.sort();
        paths
    };
    sorted(expected) == sorted(given)
}

fn is_file(ctx: &Context<'_>, copied: &Copied<'_>, source: &Word) -> bool {
    let text = source.text.as_str();
    if heredoc_of(copied.copy, text).is_some() {
        return true;
    }
    let plain = !text.contains(['*', '?', '[', '$', '\\', '"', '\'']);
    let kind = ctx.facts.lookup(text);
    plain
        && matches!(
            kind,
            Some(
                ContextKind::File
                    | ContextKind::Program
                    | ContextKind::Archive
                    | ContextKind::UnreadFile
            )
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{Tester, check_refused, check_silent};
    use crate::settings::Builder;
    use crate::{ContextEntry, Facts};

    fn tester(syntax: bool) -> Tester {
        let entry = |kind| ContextEntry { kind };
        let context = [
            ("run.sh", ContextKind::File),
            ("bin/a", ContextKind::File),
            ("tree", ContextKind::Directory),
        ];
        let facts = Facts {
            contexts: vec![
                context
                    .into_iter()
                    .map(|(name, kind)| (name.to_owned(), entry(kind)))
                    .collect(),
            ],
            ..Facts::default()
        };
        let builder = if syntax {
            Builder::BuildKit
        } else {
            Builder::Auto
        };
        Tester::new(&RULE)
            .facts(facts)
            .settings(|settings| settings.builder = builder)
    }

    #[test]
    fn files_of_the_context() {
        tester(true).check(
            "FROM debian:12\nCOPY run.sh /run.sh\nRUN chmod 0755 /run.sh\nCMD a\n",
            "FROM debian:12\nCOPY --chmod=0755 run.sh /run.sh\nCMD a\n",
        );
        tester(true).check(
            "FROM debian:12\nCOPY run.sh bin/a /usr/local/bin/\nRUN chmod 755 /usr/local/bin/a /usr/local/bin/run.sh && a\n",
            "FROM debian:12\nCOPY --chmod=755 run.sh bin/a /usr/local/bin/\nRUN a\n",
        );
        tester(true).check(
            "# syntax=docker/dockerfile:1\nFROM debian:12\nCOPY run.sh /run.sh\nRUN chmod +x /run.sh\n",
            "# syntax=docker/dockerfile:1\nFROM debian:12\nCOPY --chmod=+x run.sh /run.sh\n",
        );
    }

    #[test]
    fn what_is_not_known() {
        let copy = "FROM debian:12\nCOPY run.sh /run.sh\n";
        tester(false).check_refused(&format!("{copy}RUN chmod 755 /run.sh\n"), "only BuildKit");
        tester(true).check_refused(&format!("{copy}RUN chmod +x /run.sh\n"), "in letters");
        tester(true).check_refused(&format!("{copy}RUN chmod 4755 /run.sh\n"), "special bits");
        tester(true).check_refused(&format!("{copy}RUN chmod -R 755 /run.sh\n"), "`-R`");
        tester(true).check_refused(&format!("{copy}RUN chmod 755 /run.sh /x.sh\n"), "exactly");
        tester(true).check_refused(
            "FROM debian:12\nCOPY tree /tree.d\nRUN chmod 755 /tree.d\n",
            "directory",
        );
        tester(true).check_refused(
            "FROM debian:12\nCOPY run.sh /srv/x/run.sh\nRUN chmod 644 /srv/x/run.sh\n",
            "may be new",
        );
        tester(true).check_refused(
            "FROM debian:12\nCOPY run.sh /srv/x/\nRUN chmod 644 /srv/x/run.sh\n",
            "may be new",
        );
        check_refused(
            &RULE,
            &format!("{copy}RUN chmod 755 /run.sh\n"),
            "a source may be",
        );
    }

    #[test]
    fn other_paths() {
        check_silent(&RULE, "FROM debian:12\nCOPY a /a.sh\nRUN chmod 755 /b.sh\n");
        check_silent(
            &RULE,
            "FROM debian:12\nCOPY a /a.sh\nRUN b && chmod 755 /a.sh\n",
        );
    }
}
