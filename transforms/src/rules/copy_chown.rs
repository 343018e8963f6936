//! `copy-chown`: a `chown` of what has just been copied.

use super::Context;
use super::declare::declare_rule;
use super::support::copied::Copied;
use super::support::directories::is_within;
use crate::{ContextKind, Finding};

declare_rule! {
    /// The owner of copied files is given by `COPY --chown`.
    ///
    /// ## Why
    ///
    /// A `chown` in the next `RUN` writes every file a second time, into a layer of its own: the image holds the tree twice.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN useradd --uid 1000 app
    /// COPY site /srv/site
    /// RUN chown -R app:app /srv/site
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN useradd --uid 1000 app
    /// COPY --chown=app:app site /srv/site
    /// ```
    ///
    /// `chown app` leaves the group alone, which is root's for copied files; `--chown=app` would take the group of the user.
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// COPY site /srv/site
    /// RUN chown -R www-data /srv/site && ls /srv
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// COPY --chown=www-data:0 site /srv/site
    /// RUN ls /srv
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe when the `RUN` follows directly, names exactly the destination, and the destination is certainly new while the
    /// directory above it is certainly there. A directory that exists before the `COPY` would stay with its owner, and one
    /// that the `COPY` makes on the way would get the new one. A number means the user or group with that number: that one
    /// has a number for its *name*, which `chown` would look for first, is not expected.
    ///
    /// ```dockerfile,report
    /// FROM node:20-slim
    /// WORKDIR /app
    /// COPY . .
    /// RUN chown -R node:node /app
    /// ```
    ///
    /// ## Not reported
    ///
    /// A `chown` that does not follow directly, or of other paths.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// COPY site /srv/site
    /// RUN chown -R www-data /var/log/site
    /// ```
    META: RuleMeta {
        id: "copy-chown",
        aliases: [],
        group: Layers,
        phase: Structure,
        severity: Warning,
        fix: Safe,
        laws: [OwnerAtCopy, LayersMerged],
        default: true,
        since: "0.1.0",
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for copied in Copied::all(ctx, "chown") {
        findings.extend(look(ctx, &copied));
    }
}

fn look(ctx: &Context<'_>, copied: &Copied<'_>) -> Option<Finding> {
    let rest = copied.words.get(1..)?;
    let (recursive, owner, path) = match rest {
        ["-R" | "--recursive", owner, path] => (true, *owner, *path),
        [owner, path] if !owner.starts_with('-') => (false, *owner, *path),
        [.., path] => {
            // Other options or several paths, some of which may be the copied one.
            let path = copied.path(ctx, path)?;
            let finding = copied.finding(&META);
            return is_within(&copied.target, &path).then(|| {
                finding.refuse("the command has other options or changes more than one path")
            });
        }
        [] => return None,
    };
    let path = copied.path(ctx, path)?;
    if !is_within(&copied.target, &path) || copied.copy.flags_named("chown").next().is_some() {
        return None;
    }
    let finding = copied.finding(&META);
    let reason = copied.obstacle(ctx);
    if let Some(reason) = reason {
        return Some(finding.refuse(reason));
    }
    if path != copied.target {
        return Some(finding.refuse("the command changes more than what is copied"));
    }
    if !recursive && !is_file(ctx, copied) {
        return Some(finding.refuse("without `-R` it changes a directory alone"));
    }
    let Some(flag) = flag(owner) else {
        return Some(finding.refuse("the owner is not written as a plain name or number"));
    };
    let reason = copied.unlike(ctx);
    Some(copied.rewrite(ctx, finding, &format!("--chown={flag}"), reason))
}

/// Whether the only source is certainly a file that becomes the destination.
fn is_file(ctx: &Context<'_>, copied: &Copied<'_>) -> bool {
    let [source] = copied.sources else {
        return false;
    };
    let kind = ctx.facts.lookup(&source.text);
    let file = matches!(
        kind,
        Some(
            ContextKind::File
                | ContextKind::Program
                | ContextKind::Archive
                | ContextKind::UnreadFile
        )
    );
    let plain = !source.text.contains(['*', '?', '[', '$', '\\', '"', '\'']);
    let heredoc = copied.copy.heredocs.len() == 1;
    !copied.dest.ends_with('/') && (heredoc || file && plain)
}

/// What `COPY --chown` takes for an owner of `chown`. Without a group the command leaves root's, the flag would take the
/// user's, or for a number the group of the same number.
fn flag(owner: &str) -> Option<String> {
    let bare = |name: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        !name.is_empty() && !name.starts_with('-') && name.chars().all(plain)
    };
    let number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    match owner.split_once(':') {
        None => bare(owner).then(|| format!("{owner}:0")),
        Some((user, "")) => (bare(user) && !number(user)).then(|| user.to_owned()),
        Some((user, group)) => (bare(user) && bare(group)).then(|| owner.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent, check_unsafe};

    #[test]
    fn groups() {
        for (owner, expected) in [
            ("www-data", "www-data:0"),
            ("1000", "1000:0"),
            ("www-data:", "www-data"),
            ("33:33", "33:33"),
        ] {
            check(
                &RULE,
                &format!("FROM debian:12\nCOPY a /srv/a\nRUN chown -R {owner} /srv/a/\nCMD b\n"),
                &format!("FROM debian:12\nCOPY --chown={expected} a /srv/a\nCMD b\n"),
            );
        }
        check_refused(
            &RULE,
            "FROM debian:12\nCOPY a /srv/a\nRUN chown -R a.a /srv/a\n",
            "plain name",
        );
    }

    #[test]
    fn comments_and_style() {
        check(
            &RULE,
            "FROM debian:12\n# the site\nCOPY a /app\n\n# for the server\nRUN chown -R 33:33 /app && \\\n    # and start\n    b\n",
            "FROM debian:12\n# the site\nCOPY --chown=33:33 a /app\n\n# for the server\nRUN \\\n    # and start\n    b\n",
        );
        check(
            &RULE,
            "FROM debian:12\n# the site\nCOPY a /app\n# for the server\nRUN chown -R 33:33 /app\n",
            "FROM debian:12\n# for the server\n# the site\nCOPY --chown=33:33 a /app\n",
        );
    }

    #[test]
    fn what_is_there_already() {
        check_unsafe(
            &RULE,
            "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN chown -R node:node /app\n",
            "FROM node:20\nWORKDIR /app\nCOPY --chown=node:node . .\n",
        );
        check_refused(
            &RULE,
            "FROM node:20\nCOPY . /srv/a/b\nRUN chown -R node:node /srv/a/b\n",
            "may be new",
        );
        // The images of busybox have no `/srv`, and Alpine's had no `/opt` for long.
        for (image, folder) in [("busybox:1.36", "/srv"), ("alpine:3.5", "/opt")] {
            check_refused(
                &RULE,
                &format!("FROM {image}\nCOPY . {folder}/b\nRUN chown -R 33:33 {folder}/b\n"),
                "may be",
            );
        }
    }

    #[test]
    fn other_shapes() {
        let refused = |line: &str, why: &str| {
            check_refused(
                &RULE,
                &format!("FROM debian:12\nCOPY a /srv/a\n{line}\n"),
                why,
            );
        };
        refused("RUN chown 33 /srv/a", "without `-R`");
        refused("RUN chown -R 33 /srv", "more than what");
        refused("RUN chown -R 33 /var/x /srv/a", "more than one");
        refused("RUN chown -R 33 /srv/a || true", "more than commands");
        check_refused(
            &RULE,
            "FROM debian:12\nUSER x\nCOPY a /srv/a\nRUN chown -R 33 /srv/a\n",
            "root",
        );
        check_refused(
            &RULE,
            "FROM debian:12\nCOPY --from=x a /srv/a\nRUN chown -R 33 /srv/a\n",
            "special bits",
        );
        check_silent(
            &RULE,
            "FROM debian:12\nCOPY a /srv/a\nRUN b && chown -R 33 /srv/a\n",
        );
        check_silent(
            &RULE,
            "FROM debian:12\nCOPY a /srv/a\nUSER 0\nRUN chown -R 33 /srv/a\n",
        );
    }
}
