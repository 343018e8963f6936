//! Which sources of ADD are certainly nothing that it unpacks, as a rule sees it (semantics C.6, F.10). The proof judges
//! for itself.

use crate::{ContextKind, Facts};

/// What a source of the build context is to ADD, which unpacks tar archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// A directory, or files that are no archives: ADD does what COPY does.
    Plain,
    /// An archive, by its content or its name.
    Archive,
    /// It may be either.
    Unclear,
}

/// What a source is, by the build context where it was looked up, else by its name. `path` is the path or pattern after
/// expansion, as it is written.
pub(crate) fn nature(path: &str, facts: &Facts) -> Nature {
    let by_name = by_name(path);
    match facts.lookup(path) {
        Some(ContextKind::Directory | ContextKind::File | ContextKind::Program) => Nature::Plain,
        Some(ContextKind::Archive) => Nature::Archive,
        Some(ContextKind::Other) if by_name == Nature::Archive => Nature::Archive,
        Some(ContextKind::Other) => Nature::Unclear,
        // Whatever a pattern selects: the end of the name is the same.
        Some(ContextKind::UnreadFile) | None => by_name,
    }
}

fn by_name(path: &str) -> Nature {
    let name = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let ending = match name.rsplit_once('.') {
        Some((_, ending)) => ending.to_ascii_lowercase(),
        None => String::new(),
    };
    let is = |known: &[&str]| known.contains(&ending.as_str());
    if is(ARCHIVES) || name.to_ascii_lowercase().contains(".tar.") {
        return Nature::Archive;
    }
    // A slash at the end proves nothing: the builder drops it, and would unpack an archive of that name.
    if is(PLAIN) {
        Nature::Plain
    } else {
        Nature::Unclear
    }
}

/// Endings of archives that ADD unpacks, and of compressed files, which may be such archives.
const ARCHIVES: &[&str] = &[
    "tar", "tgz", "tbz", "tbz2", "txz", "tzst", "tz2", "tlz", "gz", "bz2", "xz", "zst", "lzma",
    "z", "gem", "crate", "apk", "ova", "oci",
];

/// Endings, in lower case, of files that the unpacker never takes: it looks at the content, and these are no tar archives.
const PLAIN: &[&str] = &[
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
    "ksh",
    "csh",
    "fish",
    "tcl",
    "jl",
    "m",
    "vue",
    "pyx",
    "pxd",
    "inc",
    "class",
    "nix",
    "sbt",
    "cql",
    "ipynb",
    "qs",
    "st",
    "ijm",
    "ps",
    "pac",
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
    "vim",
    "wsgi",
    "gitconfig",
    "npmrc",
    "htaccess",
    "dockerignore",
    "jinja",
    "jinja2",
    "hbs",
    "ejs",
    "mustache",
    "ctmpl",
    "in",
    "rc",
    "acl",
    "cf",
    "ldif",
    "prefs",
    "socket",
    "timer",
    "dtd",
    "wsdl",
    "tex",
    "plist",
    "desktop",
    "map",
    "gitignore",
    "editorconfig",
    "bash_profile",
    "zshrc",
    "inputrc",
    "screenrc",
    "htpasswd",
    "yarnrc",
    "gemrc",
    "curlrc",
    "wgetrc",
    "netrc",
    "bowerrc",
    "babelrc",
    "eslintrc",
    "d",
    "init",
    "load",
    "pam",
    "pattern",
    "preference",
    "preferences",
    "schema",
    "pip",
    "ssh",
    "kube",
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
    "der",
    "p7b",
    "p8",
    "keystore",
    "truststore",
    "sig",
    "cert",
    "sha1",
    "sha512",
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
    "nupkg",
    "aar",
    "webp",
    "eot",
    "ttc",
    "pfa",
    "pfb",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ContextEntry;
    use Nature::{Archive, Plain, Unclear};

    #[test]
    fn names() {
        for (path, expected) in [
            ("", Plain),
            (".", Plain),
            ("./", Plain),
            ("/", Plain),
            ("run.sh", Plain),
            ("RUN.SH", Plain),
            (".bashrc", Plain),
            ("conf/*.conf", Plain),
            ("x.jar", Plain),
            ("src/", Unclear),
            ("conf.d/", Plain),
            ("my_init.d", Plain),
            (".ssh", Plain),
            ("d", Unclear),
            ("jdk1.6", Unclear),
            ("Makefile", Unclear),
            ("x.tar.gz", Archive),
            ("x.tar.gz/", Archive),
            ("*.TGZ", Archive),
            ("x.tar.sh", Archive),
            ("logs.gz", Archive),
            ("rootfs.img", Unclear),
            ("app", Unclear),
            ("src", Unclear),
            ("*", Unclear),
            ("*/", Unclear),
            ("app.*", Unclear),
            ("data.[tz]ar", Unclear),
        ] {
            assert_eq!(nature(path, &Facts::default()), expected, "{path}");
        }
    }

    #[test]
    fn the_context_knows_better() {
        for (path, kind, expected) in [
            ("app", ContextKind::File, Plain),
            ("app", ContextKind::Directory, Plain),
            ("app/", ContextKind::Archive, Archive),
            ("run.sh", ContextKind::Archive, Archive),
            ("run.sh", ContextKind::Other, Unclear),
            ("run.sh", ContextKind::UnreadFile, Plain),
            ("app", ContextKind::UnreadFile, Unclear),
            ("app*", ContextKind::File, Plain),
        ] {
            let entry = (Facts::key(path), ContextEntry { kind });
            let facts = Facts {
                contexts: vec![BTreeMap::from([entry])],
                ..Facts::default()
            };
            assert_eq!(nature(path, &facts), expected, "{path} {kind:?}");
        }
    }
}
