//! What programs leave to the commands after them. Only what is known to end with its work is harmless; everything else
//! may leave a process behind (semantics C.2, condition 5).

use crate::model::{ShellWord, SimpleCommand};

/// The program of a simple command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program<'a> {
    /// Its name without directories.
    pub(crate) name: &'a str,
    /// Whether it is found by its name in `PATH`, or a builtin.
    pub(crate) bare: bool,
    /// Its arguments.
    pub(crate) args: &'a [ShellWord],
    /// Whether `sudo` starts it.
    pub(crate) sudo: bool,
}

/// What a program leaves behind, and what it notices of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// It changes the shell that runs it. With `true` it may change what a command name means.
    Shell(bool),
    /// It ends with its work, and a service that runs beside it makes no difference to it.
    Blind,
    /// It ends with its work.
    Harmless,
    /// A package manager or the like: it ends with its work, but a package may start a service or an agent. It doesn't
    /// notice those of others.
    Packages,
    /// As `Packages`, but agents of others make a difference.
    Agents,
    /// It may leave a process behind, and notice others.
    Unknown,
}

/// The program of a command, looking through wrappers that change nothing here; `None` when it isn't known.
pub(crate) fn program(command: &SimpleCommand) -> Option<Program<'_>> {
    let mut words = command.words.as_slice();
    let mut sudo = false;
    loop {
        let (first, args) = words.split_first()?;
        let path = first.value.as_deref()?;
        let name = path.rsplit('/').next().unwrap_or(path);
        let skip = match name {
            "sudo" => {
                sudo = true;
                args.iter()
                    .take_while(|word| matches!(word.value.as_deref(), Some("-E" | "-H" | "-n")))
                    .count()
            }
            "env" => {
                let assigns = |word: &&ShellWord| {
                    let text = word.text.as_str();
                    !text.starts_with('-')
                        && text.split_once('=').is_some_and(|(name, _)| {
                            name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                        })
                };
                args.iter().take_while(assigns).count()
            }
            "command" | "nice" | "time" | "ionice" | "eatmydata" => 0,
            _ => {
                return Some(Program {
                    name,
                    bare: name == path,
                    args,
                    sudo,
                });
            }
        };
        words = args.get(skip..)?;
        if words.is_empty() {
            return Some(Program {
                name,
                bare: name == path,
                args,
                sudo,
            });
        }
    }
}

/// Commands that change the shell itself.
const SHELL: &[&str] = &[
    "break",
    "cd",
    "continue",
    "declare",
    "dirs",
    "disown",
    "enable",
    "exit",
    "export",
    "fg",
    "bg",
    "getopts",
    "hash",
    "jobs",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "trap",
    "typeset",
    "ulimit",
    "umask",
    "unset",
    "wait",
];
/// Commands that may change what the names of commands mean, or end the shell's text.
const SHELL_NAMES: &[&str] = &[
    ".", "alias", "bind", "builtin", "emulate", "eval", "exec", "newgrp", "source", "unalias",
];
const BLIND: &[&str] = &[
    "7z",
    "7za",
    "7zr",
    ":",
    "[",
    "a2disconf",
    "a2dismod",
    "a2dissite",
    "a2enconf",
    "a2enmod",
    "a2ensite",
    "aclocal",
    "addgroup",
    "adduser",
    "ar",
    "arch",
    "aria2c",
    "as",
    "autoconf",
    "autoheader",
    "automake",
    "autoreconf",
    "awk",
    "axel",
    "b2sum",
    "base32",
    "base64",
    "basename",
    "bison",
    "bsdtar",
    "bundle",
    "bundler",
    "bunzip2",
    "bzcat",
    "bzip2",
    "c++",
    "cabextract",
    "cat",
    "cc",
    "ccmake",
    "chgrp",
    "chmod",
    "chown",
    "chpasswd",
    "chsh",
    "cksum",
    "clang",
    "clang++",
    "cmake",
    "cmp",
    "column",
    "comm",
    "composer",
    "conda",
    "configure",
    "corepack",
    "cp",
    "cpan",
    "cpanm",
    "cpio",
    "csplit",
    "curl",
    "cut",
    "date",
    "dd",
    "delgroup",
    "deluser",
    "df",
    "diff",
    "dirname",
    "docker-php-ext-configure",
    "docker-php-ext-enable",
    "docker-php-ext-install",
    "docker-php-source",
    "dpkg-architecture",
    "dpkg-deb",
    "du",
    "easy_install",
    "echo",
    "egrep",
    "envsubst",
    "expand",
    "expr",
    "false",
    "fc-cache",
    "fgrep",
    "file",
    "find",
    "flex",
    "fold",
    "g++",
    "gawk",
    "gcc",
    "gem",
    "getconf",
    "getent",
    "gfortran",
    "gofmt",
    "grep",
    "groupadd",
    "groupdel",
    "groupmod",
    "gunzip",
    "gzip",
    "head",
    "hostname",
    "iconv",
    "id",
    "install",
    "jar",
    "javac",
    "join",
    "jq",
    "keytool",
    "ld",
    "ldconfig",
    "ldd",
    "libtoolize",
    "link",
    "ln",
    "locale",
    "locale-gen",
    "localedef",
    "ls",
    "lsb_release",
    "luarocks",
    "m4",
    "make-ssl-cert",
    "mamba",
    "md5sum",
    "meson",
    "micromamba",
    "mkdir",
    "mkfifo",
    "mktemp",
    "mv",
    "nl",
    "nm",
    "npm",
    "nproc",
    "numfmt",
    "objcopy",
    "objdump",
    "od",
    "openssl",
    "passwd",
    "paste",
    "patch",
    "patchelf",
    "pear",
    "pecl",
    "phpdismod",
    "phpenmod",
    "phpize",
    "pip",
    "pip2",
    "pip3",
    "pipenv",
    "pipx",
    "pkg-config",
    "pnpm",
    "poetry",
    "printenv",
    "printf",
    "pwd",
    "ranlib",
    "readelf",
    "readlink",
    "realpath",
    "rev",
    "rm",
    "rmdir",
    "rpm2cpio",
    "rustc",
    "rustup",
    "sed",
    "seq",
    "setcap",
    "sha1sum",
    "sha224sum",
    "sha256sum",
    "sha384sum",
    "sha512sum",
    "shasum",
    "shuf",
    "sleep",
    "sort",
    "split",
    "ssh-keyscan",
    "stat",
    "strip",
    "stty",
    "sum",
    "sync",
    "tac",
    "tail",
    "tar",
    "tee",
    "test",
    "touch",
    "tr",
    "true",
    "truncate",
    "tsort",
    "tty",
    "type",
    "tzselect",
    "uname",
    "uncompress",
    "unexpand",
    "uniq",
    "unlink",
    "unrar",
    "unxz",
    "unzip",
    "unzstd",
    "update-alternatives",
    "update-ca-certificates",
    "update-ca-trust",
    "update-locale",
    "update-rc.d",
    "useradd",
    "userdel",
    "usermod",
    "uv",
    "virtualenv",
    "wc",
    "wget",
    "which",
    "whoami",
    "xxd",
    "xz",
    "xzcat",
    "yarn",
    "yes",
    "yq",
    "zcat",
    "zip",
    "zstd",
];
const HARMLESS: &[&str] = &[
    "ant",
    "cargo",
    "go",
    "make",
    "mvn",
    "mvnw",
    "ninja",
    "sphinx-build",
    "tsc",
];
const PACKAGES: &[&str] = &[
    "apk",
    "apt",
    "apt-cache",
    "apt-config",
    "apt-get",
    "apt-mark",
    "aptitude",
    "debconf-set-selections",
    "dnf",
    "dnf5",
    "dpkg",
    "dpkg-divert",
    "dpkg-query",
    "dpkg-reconfigure",
    "microdnf",
    "opkg",
    "pacman",
    "rpm",
    "rpmkeys",
    "tdnf",
    "yum",
    "yum-config-manager",
    "zypper",
];
const AGENTS: &[&str] = &[
    "add-apt-repository",
    "apt-add-repository",
    "apt-key",
    "gpg",
    "gpg2",
    "gpgv",
];

/// Whether a bare name is that of a command that changes the shell itself.
pub(super) fn changes_shell(name: &str) -> bool {
    SHELL.contains(&name)
}

/// Whether a bare name is that of a command that may change what the names of commands mean, or end the shell's text.
pub(super) fn changes_names(name: &str) -> bool {
    SHELL_NAMES.contains(&name)
}

/// What a command does to those after it.
pub(super) fn class(program: &Program<'_>) -> Class {
    let name = program.name;
    let has = |list: &[&str]| list.contains(&name);
    let word = |number: usize| {
        program
            .args
            .get(number)
            .and_then(|word| word.value.as_deref())
    };
    if program.bare && changes_names(name) {
        return Class::Shell(true);
    }
    if program.bare && changes_shell(name) {
        return Class::Shell(false);
    }
    match name {
        "curl" | "wget" if mentions_local_host(program.args) => Class::Harmless,
        "find"
            if program
                .args
                .iter()
                .any(|word| word.text.starts_with("-exec") || word.text.starts_with("-ok")) =>
        {
            let runs = program
                .args
                .iter()
                .skip_while(|word| !word.text.starts_with("-exec"))
                .nth(1);
            inner(runs)
        }
        "xargs" => {
            let simple_flag = |word: &&ShellWord| {
                matches!(
                    word.text.as_str(),
                    "-0" | "-r" | "-t" | "-rt" | "-0r" | "-r0" | "--null" | "--no-run-if-empty"
                )
            };
            let runs = program.args.iter().find(|word| !simple_flag(word));
            inner(runs)
        }
        "install" if !program.bare => Class::Unknown,
        "git" => {
            let quiet = [
                "clone",
                "checkout",
                "config",
                "init",
                "describe",
                "rev-parse",
                "apply",
                "archive",
                "submodule",
                "reset",
                "lfs",
                "log",
                "show",
                "status",
            ];
            let sub = subcommand(program.args, &["-C", "-c"]);
            if sub.is_some_and(|sub| quiet.contains(&sub)) {
                Class::Blind
            } else {
                Class::Unknown
            }
        }
        "npm" | "yarn" | "pnpm" => match subcommand(
            program.args,
            &["--prefix", "-C", "--cwd", "--registry", "--loglevel"],
        ) {
            Some(
                "install" | "i" | "ci" | "add" | "cache" | "config" | "prune" | "set" | "store"
                | "rebuild" | "audit" | "pack" | "global" | "version" | "link" | "dedupe",
            ) => Class::Harmless,
            None if name == "yarn" => Class::Harmless,
            _ => Class::Unknown,
        },
        "python" | "python3" | "python2" => match (word(0), word(1)) {
            (
                Some("-m"),
                Some(
                    "pip" | "venv" | "ensurepip" | "compileall" | "virtualenv" | "zipfile"
                    | "build",
                ),
            ) => Class::Harmless,
            (Some("--version" | "-V"), None) => Class::Blind,
            _ => Class::Unknown,
        },
        "make" | "gmake" => {
            let quiet = |word: &ShellWord| {
                let Some(text) = word.value.as_deref() else {
                    return word.text.starts_with("-j") || word.text.starts_with('"');
                };
                text.starts_with('-')
                    || text.contains('=')
                    || text.contains('/')
                    || text.chars().all(|c| c.is_ascii_digit())
                    || [
                        "all",
                        "build",
                        "clean",
                        "install",
                        "distclean",
                        "check",
                        "altinstall",
                        "deps",
                        "release",
                    ]
                    .contains(&text)
                    || text.starts_with("install")
                    || text.starts_with("build")
            };
            if program.args.iter().all(quiet) {
                Class::Harmless
            } else {
                Class::Unknown
            }
        }
        "go" => match word(0) {
            Some(
                "build" | "install" | "get" | "mod" | "env" | "version" | "clean" | "list" | "fmt"
                | "vet",
            ) => Class::Harmless,
            _ => Class::Unknown,
        },
        "cargo" => match word(0) {
            Some(
                "build" | "install" | "fetch" | "vendor" | "clean" | "update" | "check" | "init"
                | "new" | "chef",
            ) => Class::Harmless,
            _ => Class::Unknown,
        },
        _ if has(PACKAGES) && fetches_or_cleans(program) => Class::Blind,
        _ if has(BLIND) || name.starts_with("pip3.") => Class::Blind,
        _ if has(PACKAGES) => Class::Packages,
        _ if has(AGENTS) => Class::Agents,
        _ if has(HARMLESS) => Class::Harmless,
        _ => Class::Unknown,
    }
}

/// Whether a program is one of the small tools of every system, which nothing but a package brings in a newer version.
pub(super) fn is_tool(name: &str) -> bool {
    let of_the_system = BLIND.contains(&name) || PACKAGES.contains(&name);
    of_the_system && !LANGUAGE_TOOLS.contains(&name)
}

/// Tools that install themselves anew.
const LANGUAGE_TOOLS: &[&str] = &[
    "bundle",
    "bundler",
    "cargo",
    "cmake",
    "composer",
    "conda",
    "corepack",
    "gem",
    "mamba",
    "micromamba",
    "npm",
    "openssl",
    "pip",
    "pip2",
    "pip3",
    "pipenv",
    "pipx",
    "pnpm",
    "poetry",
    "rustc",
    "rustup",
    "uv",
    "virtualenv",
    "yarn",
    "yq",
    "jq",
    "meson",
];

/// Whether start-up files of a shell make no difference to a program: package managers, removals, and what is
/// printed.
pub(super) fn is_deaf(program: &Program<'_>) -> bool {
    PACKAGES.contains(&program.name)
        || matches!(
            program.name,
            "rm" | "true" | ":" | "yes" | "echo" | "printf"
        )
}

/// Whether a package manager only fetches its lists or cleans up: no package can start anything then.
fn fetches_or_cleans(program: &Program<'_>) -> bool {
    let sub = subcommand(program.args, &["-o", "-t", "-c"]);
    matches!(
        sub,
        Some("update" | "clean" | "autoclean" | "makecache" | "refresh" | "ref" | "cc")
    ) && matches!(
        program.name,
        "apt-get" | "apt" | "aptitude" | "apk" | "dnf" | "microdnf" | "zypper" | "yum" | "tdnf"
    ) && !(sub == Some("update")
        && matches!(program.name, "yum" | "dnf" | "microdnf" | "tdnf" | "zypper"))
}

/// Whether a command leaves nothing behind that a shell started anew would notice: lists and caches of packages.
pub(super) fn is_inert(command: &SimpleCommand) -> bool {
    program(command).is_some_and(|program| fetches_or_cleans(&program))
        && command.redirects.is_empty()
}

/// The class of a program that another one starts, given the word that names it.
fn inner(word: Option<&ShellWord>) -> Class {
    let name = word.and_then(|word| word.value.as_deref());
    match name.map(|name| name.rsplit('/').next().unwrap_or(name)) {
        Some(name) if BLIND.contains(&name) => Class::Blind,
        _ => Class::Unknown,
    }
}

/// The first word that is no option; `valued` are options whose value is a word of its own.
pub(super) fn subcommand<'a>(args: &'a [ShellWord], valued: &[&str]) -> Option<&'a str> {
    let mut args = args.iter();
    while let Some(word) = args.next() {
        let text = word.value.as_deref()?;
        if valued.contains(&text) {
            args.next();
        } else if !text.starts_with('-') {
            return Some(text);
        }
    }
    None
}

fn mentions_local_host(args: &[ShellWord]) -> bool {
    args.iter().any(|word| {
        let text = word.text.as_str();
        ["localhost", "127.", "0.0.0.0", "[::"]
            .iter()
            .any(|host| text.contains(host))
    })
}
