//! ADD of what is no archive equals COPY (C.6, F.10).

use crate::proof::Law;
use crate::proof::align::{Alignment, Answer, Explained};
use crate::proof::trace::{Copy, Source};
use crate::{ContextKind, Facts};

pub(super) fn explain(alignment: &Alignment<'_, '_>, i: usize, j: usize) -> Answer {
    let (Some(before), Some(after)) = (alignment.before.copy(i), alignment.after.copy(j)) else {
        return Answer::No;
    };
    if !before.unpack || after.unpack {
        return Answer::No;
    }
    let as_copy = Copy {
        unpack: false,
        ..before.clone()
    };
    if as_copy != *after {
        return match &before.source {
            Source::Unknown(source) => {
                Answer::Refused(format!("`{source}` may be a URL or a repository"))
            }
            _ => Answer::No,
        };
    }
    let path = match &before.source {
        Source::Heredoc { .. } => return explained(i, j),
        Source::Context(path) => path,
        _ => return Answer::No,
    };
    let Some(path) = path.known() else {
        return Answer::Refused(format!("`{path}` may be an archive"));
    };
    if is_no_archive(path, alignment.facts) {
        explained(i, j)
    } else {
        Answer::Refused(format!("`{path}` may be an archive"))
    }
}

fn explained(i: usize, j: usize) -> Answer {
    Answer::Explained(Explained::by(Law::AddIsCopy, 1, 1).pair(i, j))
}

/// Whether a source of the context is certainly nothing that ADD unpacks.
fn is_no_archive(path: &str, facts: &Facts) -> bool {
    let relative = path.trim_matches('/');
    if relative.is_empty() {
        return true;
    }
    if relative.contains(['*', '?', '[', '\\']) {
        // Which files it selects depends on the context; their names tell enough when the end of the name is fixed.
        return has_plain_name(relative);
    }
    match facts.lookup(relative) {
        Some(ContextKind::Directory | ContextKind::File) => true,
        Some(ContextKind::Archive | ContextKind::Other) => false,
        Some(ContextKind::UnreadFile) | None => has_plain_name(relative),
    }
}

/// Names of files that the unpacker never takes: it looks at the content, and these are not tar archives.
fn has_plain_name(path: &str) -> bool {
    const ENDINGS: &[&str] = &[
        // Scripts and sources.
        "sh",
        "bash",
        "zsh",
        "py",
        "pl",
        "rb",
        "js",
        "mjs",
        "cjs",
        "ts",
        "tsx",
        "jsx",
        "php",
        "lua",
        "go",
        "rs",
        "c",
        "h",
        "cpp",
        "hpp",
        "cc",
        "java",
        "kt",
        "scala",
        "groovy",
        "cs",
        "fs",
        "vb",
        "swift",
        "r",
        "R",
        "sql",
        "ps1",
        "bat",
        "cmd",
        "awk",
        "sed",
        "ex",
        "exs",
        "erl",
        "clj",
        "hs",
        "ml",
        "coffee",
        // Texts and configuration.
        "txt",
        "md",
        "rst",
        "adoc",
        "json",
        "json5",
        "yaml",
        "yml",
        "toml",
        "ini",
        "cfg",
        "conf",
        "config",
        "cnf",
        "properties",
        "env",
        "xml",
        "xsl",
        "xsd",
        "html",
        "htm",
        "css",
        "scss",
        "less",
        "csv",
        "tsv",
        "tmpl",
        "tpl",
        "j2",
        "template",
        "erb",
        "service",
        "list",
        "repo",
        "sources",
        "rules",
        "lock",
        "mod",
        "sum",
        "gradle",
        "csproj",
        "fsproj",
        "sln",
        "props",
        "targets",
        "cmake",
        "mk",
        "am",
        "ac",
        "proto",
        "graphql",
        "tf",
        "hcl",
        "vcl",
        "cron",
        "crontab",
        "log",
        "diff",
        "patch",
        "policy",
        "local",
        "example",
        "sample",
        "default",
        "bashrc",
        "profile",
        "vimrc",
        "gitconfig",
        "npmrc",
        "htaccess",
        "dockerignore",
        // Certificates and keys.
        "pem",
        "crt",
        "cer",
        "key",
        "pub",
        "csr",
        "gpg",
        "asc",
        "p12",
        "pfx",
        "jks",
        "sha256",
        "md5",
        // Packages and images that are no tar archives.
        "zip",
        "jar",
        "war",
        "ear",
        "whl",
        "egg",
        "deb",
        "rpm",
        "exe",
        "dll",
        "so",
        "ttf",
        "otf",
        "woff",
        "woff2",
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "ico",
        "pdf",
    ];
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return matches!(
            name,
            "Dockerfile"
                | "Makefile"
                | "Gemfile"
                | "Rakefile"
                | "Procfile"
                | "Pipfile"
                | "Vagrantfile"
                | "Jenkinsfile"
                | "LICENSE"
                | "README"
                | "gradlew"
                | "mvnw"
                | "crontab"
                | "requirements"
        );
    };
    ENDINGS.contains(&ending) && !ending.contains(['*', '?', '[', ']']) && !stem.ends_with(".tar")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (path, expected) in [
            ("", true),
            ("run.sh", true),
            ("conf/*.conf", true),
            ("x.jar", true),
            ("x.tar.gz", false),
            ("rootfs.img", false),
            ("app", false),
            ("src", false),
            ("*", false),
            ("data.[tz]ar", false),
        ] {
            assert_eq!(is_no_archive(path, &Facts::default()), expected, "{path}");
        }
    }
}
