//! `add-to-copy`: ADD of local files becomes COPY.

use super::Context;
use super::declare::declare_rule;
use super::support::source::{Nature, nature};
use crate::model::{Args, Flag, Instruction, InstructionKind, Word};
use crate::{Edit, Finding};

declare_rule! {
    /// `ADD` of local files becomes `COPY`.
    ///
    /// ## Why
    ///
    /// `ADD` downloads, clones and unpacks, depending on what its source turns out to be. Where a file is only copied,
    /// `COPY` says so, and a file that becomes an archive one day still arrives as it is.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM python:3.12
    /// ADD . /app
    /// ADD --chown=app start.sh /usr/local/bin/
    /// ```
    ///
    /// ```dockerfile
    /// FROM python:3.12
    /// COPY . /app
    /// COPY --chown=app start.sh /usr/local/bin/
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe when every source is certainly no archive, which `ADD` would unpack: the whole context, a directory or a file
    /// that was found in the context, a heredoc, or a name that ends as scripts, texts, configuration, certificates or
    /// packages do. A name that says nothing makes the fix unsafe, also with a slash at its end, which the builder drops:
    ///
    /// ```dockerfile,unsafe
    /// FROM debian:12
    /// ADD rootfs.img /images/
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// COPY rootfs.img /images/
    /// ```
    ///
    /// A source that a variable may turn into a URL has no fix:
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// ARG SOURCE
    /// ADD $SOURCE /srv/
    /// ```
    ///
    /// ## Not reported
    ///
    /// Archives, URLs and repositories, the flags `--unpack`, `--checksum` and `--keep-git-dir`, and `ADD` behind
    /// `ONBUILD`.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// ADD rootfs.tar.gz /
    /// ADD https://example.org/tool /usr/local/bin/
    /// ```
    META: RuleMeta {
        id: "add-to-copy",
        aliases: ["DL3020"],
        group: Instructions,
        phase: Content,
        severity: Warning,
        fix: Safe,
        laws: [AddIsCopy],
        default: true,
        since: "0.1.0",
    }
}

/// What a source is.
enum Source {
    /// Nothing that only ADD can take.
    Plain,
    /// Only ADD can take it: a URL, a repository, an archive.
    Remarkable,
    /// It may be an archive.
    Unclear(String),
    /// A variable decides what it is; it may be a URL.
    Variable(String),
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for add in ctx.of_kind(InstructionKind::Add) {
        findings.extend(finding(ctx, add));
    }
}

fn finding(ctx: &Context<'_>, add: &Instruction) -> Option<Finding> {
    let Args::Copy { sources, .. } = &add.args else {
        return None;
    };
    let needs_add = |flag: &Flag| match flag.name.as_str() {
        "checksum" | "keep-git-dir" => true,
        "unpack" => !is_false(flag),
        _ => false,
    };
    if add.flags.iter().any(needs_add) {
        return None;
    }
    let never_unpacks = add.flag("unpack").is_some();
    let (mut unclear, mut variable) = (None, None);
    for word in sources {
        match source(ctx, add, word, never_unpacks) {
            Source::Plain => {}
            Source::Remarkable => return None,
            Source::Unclear(why) => unclear = unclear.or(Some(why)),
            Source::Variable(why) => variable = variable.or(Some(why)),
        }
    }
    let message = "ADD is for archives and downloads; COPY copies local files";
    let finding = Finding::new(&META, add.keyword, message);
    if let Some(why) = variable {
        return Some(finding.refuse(why));
    }
    let mut edits = vec![Edit::replace(
        add.keyword,
        copy_as(ctx.analysis.text(add.keyword)),
    )];
    edits.extend(
        add.flags_named("unpack")
            .map(|flag| without_flag(ctx, flag)),
    );
    Some(finding.offer("Use COPY", edits, unclear))
}

fn is_false(flag: &Flag) -> bool {
    let value = flag.value.as_deref();
    value.is_some_and(|value| value.eq_ignore_ascii_case("false"))
}

/// `COPY` in the letter case of the author's `ADD`.
fn copy_as(written: &str) -> &'static str {
    let upper = |at: usize| {
        written
            .as_bytes()
            .get(at)
            .is_some_and(u8::is_ascii_uppercase)
    };
    match (upper(0), upper(1)) {
        (true, false) => "Copy",
        (false, _) => "copy",
        _ => "COPY",
    }
}

/// Drops a flag with the blanks behind it on its line.
fn without_flag(ctx: &Context<'_>, flag: &Flag) -> Edit {
    let line_end = ctx.layout.line_end(flag.range.end());
    let rest = dfix_syntax::TextRange::new(flag.range.end(), line_end);
    let blanks = ctx
        .analysis
        .text(rest)
        .bytes()
        .take_while(|byte| matches!(byte, b' ' | b'\t'));
    let end = (0u32..).zip(blanks).count();
    let end = flag.range.end() + dfix_syntax::TextSize::try_from(end).unwrap_or_default();
    Edit::delete(dfix_syntax::TextRange::new(flag.range.start(), end))
}

fn source(ctx: &Context<'_>, add: &Instruction, word: &Word, never_unpacks: bool) -> Source {
    let heredoc = word.text.trim_start_matches(|c: char| c.is_ascii_digit());
    if heredoc.starts_with("<<") && !add.heredocs.is_empty() {
        return Source::Plain;
    }
    let Ok(expansion) = ctx.analysis.expand(add, &word.text) else {
        return Source::Remarkable;
    };
    let Some(path) = expansion.value.known() else {
        if nature(&word.text, ctx.facts) == Nature::Archive {
            return Source::Remarkable;
        }
        let why = format!(
            "a variable decides what `{}` is: it may be a URL or an archive",
            word.text
        );
        return Source::Variable(why);
    };
    if is_remote(path) {
        return Source::Remarkable;
    }
    if never_unpacks {
        return Source::Plain;
    }
    match nature(path, ctx.facts) {
        Nature::Plain => Source::Plain,
        Nature::Archive => Source::Remarkable,
        Nature::Unclear => Source::Unclear(format!(
            "the name `{path}` doesn't tell whether it is an archive, which ADD would unpack"
        )),
    }
}

/// Whether ADD downloads or clones a source. Wide on purpose: what only looks remote stays an ADD.
fn is_remote(source: &str) -> bool {
    source.contains("://") || source.starts_with("git@")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{Tester, check, check_refused, check_silent, check_unsafe};
    use crate::{ContextEntry, ContextKind, Facts};

    #[test]
    fn what_is_no_archive() {
        check(
            &RULE,
            "FROM a\nADD . /a\nadd ./ b.sh /c/\nAdd --chmod=755 \\\n  # why\n  *.conf \\\n  /e/\nADD [\"f g.txt\", \"/h\"]\n",
            "FROM a\nCOPY . /a\ncopy ./ b.sh /c/\nCopy --chmod=755 \\\n  # why\n  *.conf \\\n  /e/\nCOPY [\"f g.txt\", \"/h\"]\n",
        );
        check(
            &RULE,
            "FROM a\nADD <<EOF b.sh /c/\nx\nEOF\n",
            "FROM a\nCOPY <<EOF b.sh /c/\nx\nEOF\n",
        );
        check(
            &RULE,
            "FROM a\nENV B=c\nADD $B/d.py /$B\n",
            "FROM a\nENV B=c\nCOPY $B/d.py /$B\n",
        );
    }

    #[test]
    fn what_is_not_unpacked() {
        check(
            &RULE,
            "# syntax=docker/dockerfile:1\nFROM a\nADD --unpack=false  --link b.tar /c/\n",
            "# syntax=docker/dockerfile:1\nFROM a\nCOPY --link b.tar /c/\n",
        );
    }

    #[test]
    fn names_that_say_nothing() {
        for source in ["app", "rootfs.img", "*", "src b.sh"] {
            check_unsafe(
                &RULE,
                &format!("FROM a\nADD {source} /c/\n"),
                &format!("FROM a\nCOPY {source} /c/\n"),
            );
            check_refused(&RULE, &format!("FROM a\nADD {source} /c/\n"), "archive");
        }
    }

    #[test]
    fn the_context_tells() {
        let facts = |kind| Facts {
            contexts: vec![[("b".to_owned(), ContextEntry { kind })].into()],
            ..Facts::default()
        };
        for kind in [ContextKind::File, ContextKind::Directory] {
            Tester::new(&RULE)
                .facts(facts(kind))
                .check("FROM a\nADD ./b /c\n", "FROM a\nCOPY ./b /c\n");
        }
        Tester::new(&RULE)
            .facts(facts(ContextKind::Archive))
            .check_silent("FROM a\nADD ./b /c\n");
        Tester::new(&RULE)
            .facts(facts(ContextKind::Other))
            .check_unsafe("FROM a\nADD ./b /c\n", "FROM a\nCOPY ./b /c\n");
    }

    #[test]
    fn a_variable_may_be_a_url() {
        check_refused(&RULE, "FROM a\nARG B=c.sh\nADD $B /d/\n", "may be a URL");
    }

    #[test]
    fn what_only_add_does() {
        for line in [
            "ADD b.tar.gz /c",
            "ADD b.sh c.tgz /d/",
            "ARG B\nADD $B/c.tar.xz /d/",
            "ADD https://example.org/b.sh /c",
            "ADD git@example.org:b/c.git /d",
            "ADD --unpack b.sh /c",
            "ADD --checksum=sha256:00 https://example.org/b.sh /c",
            "ONBUILD ADD . /b",
            "COPY b.sh /c",
            "ADD --keep-git-dir https://example.org/b.git /c",
        ] {
            check_silent(&RULE, &format!("FROM a\n{line}\n"));
        }
    }
}
