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
    let source = match &before.source {
        Source::Heredoc { .. } => return explained(i, j),
        Source::Context(source) => source,
        _ => return Answer::No,
    };
    match source.known() {
        Some(path) if is_no_archive(path, alignment.facts) => explained(i, j),
        Some(path) => {
            let path = path.trim_start_matches('/');
            Answer::Refused(format!("`{path}` may be an archive"))
        }
        None => Answer::Refused(format!("`{source}` may be an archive")),
    }
}

fn explained(i: usize, j: usize) -> Answer {
    Answer::Explained(Explained::by(Law::AddIsCopy, 1, 1).pair(i, j))
}

/// Whether nothing that a path or pattern of the build context selects can be an archive. What one of the contexts that
/// the build may have holds decides; where none was looked into, the name has to exclude it.
fn is_no_archive(path: &str, facts: &Facts) -> bool {
    let key = Facts::key(path);
    // The root is a directory, in which nothing is unpacked.
    let Some(name) = key.split('/').next_back().filter(|name| !name.is_empty()) else {
        return true;
    };
    let mut seen = false;
    for context in &facts.contexts {
        match context.get(&key).map(|entry| entry.kind) {
            Some(ContextKind::Directory | ContextKind::File | ContextKind::Program) => seen = true,
            Some(ContextKind::Archive | ContextKind::Other) => return false,
            Some(ContextKind::UnreadFile) => return names_no_archive(name),
            None => {}
        }
    }
    seen || names_no_archive(name)
}

/// Whether the name of a file, or what a pattern demands of it, excludes a tar archive. An ending behind which a pattern
/// may go on is none of the known ones.
fn names_no_archive(name: &str) -> bool {
    let Some((_, ending)) = name.rsplit_once('.') else {
        return false;
    };
    NO_ARCHIVES.iter().any(|endings| {
        let mut endings = endings.split_ascii_whitespace();
        endings.any(|known| known.eq_ignore_ascii_case(ending))
    })
}

/// Endings of files that hold no tar archive, compressed or not. The unpacker looks at the content, so a format with a
/// signature of its own is as good as a text.
const NO_ARCHIVES: &[&str] = &[
    // Programs as text.
    "awk bash bat c cc cjs class clj cmd coffee cpp cql cs csh ejs erb erl ex exs fish fs go groovy h hpp hs ijm inc \
     ipynb java jl js jsx ksh kt lua m mjs ml nix pac php pl ps ps1 py pyx pxd qs r rb rs sbt scala sed sh sql st swift \
     tcl ts tsx vb vim vue wsgi zsh",
    // Texts for people and programs.
    "adoc css csv diff dtd hbs htm html jinja jinja2 j2 json json5 ldif less list log map md mustache patch plist proto \
     rst scss svg tex tmpl tpl template ctmpl tsv txt wsdl xml xsd xsl",
    // Configuration, by ending or by the whole name of a hidden file or directory. `.d` is a directory of such files, or
    // one of them.
    "acl babelrc bash_profile bashrc bowerrc cf cfg cnf conf config cron crontab curlrc d default desktop dockerignore \
     editorconfig env eslintrc example gemrc gitconfig gitignore graphql hcl htaccess htpasswd in ini init inputrc kube \
     load local netrc npmrc pam pattern pip policy preference preferences prefs profile properties rc repo rules sample \
     schema screenrc service socket sources ssh tf timer toml vcl vimrc wgetrc yaml yarnrc yml zshrc",
    // Descriptions of builds.
    "ac am cmake csproj fsproj gradle lock mk mod props sln sum targets",
    // Certificates, keys and checksums.
    "asc cer cert crt csr der gpg jks key keystore md5 p12 p7b p8 pem pfx pub sha1 sha256 sha512 sig truststore",
    // Zip containers, and the packages of Debian (`ar`) and of rpm.
    "aar deb ear egg jar nupkg rpm war whl zip",
    // Executables, fonts and pictures.
    "dll eot exe gif ico jpeg jpg otf pdf pfa pfb png so ttc ttf webp woff woff2",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ContextEntry;
    use ContextKind::{Archive, Directory, File, Other, UnreadFile};

    #[test]
    fn by_name() {
        for (path, expected) in [
            ("", true),
            ("/", true),
            ("./.", true),
            ("a/..", true),
            ("run.sh", true),
            ("/conf/*.CONF", true),
            (".bashrc", true),
            ("a.jar", true),
            ("app", false),
            ("sh", false),
            ("conf.d", true),
            ("d", false),
            ("*", false),
            ("a.*", false),
            ("a.sh*", false),
            ("a.[st]h", false),
            ("a.tar", false),
            ("a.tar.gz", false),
            ("a.sh/b", false),
            ("a.", false),
        ] {
            assert_eq!(is_no_archive(path, &Facts::default()), expected, "{path}");
        }
    }

    #[test]
    fn every_context_has_a_say() {
        for (path, kinds, expected) in [
            ("a", &[File][..], true),
            ("a", &[Directory, File], true),
            ("./a", &[Archive], false),
            ("a.sh", &[File, Archive], false),
            ("a.sh", &[Other], false),
            ("a", &[UnreadFile], false),
            ("a", &[File, UnreadFile], false),
            ("a.sh", &[UnreadFile], true),
        ] {
            let entry = |kind: &ContextKind| (Facts::key(path), ContextEntry { kind: *kind });
            let facts = Facts {
                contexts: kinds.iter().map(|kind| [entry(kind)].into()).collect(),
                ..Facts::default()
            };
            assert_eq!(is_no_archive(path, &facts), expected, "{path} {kinds:?}");
        }
    }
}
