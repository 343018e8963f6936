//! Programs that Dockerfiles run, their sub-commands and flags: what they are for, in a few words. What words they take is
//! known to `dfix_transforms::commands`; a word that is missing here is only not described.

/// A program.
#[derive(Debug)]
pub(crate) struct Program {
    pub name: &'static str,
    pub summary: &'static str,
    /// Sub-commands and flags, by the names under which the tables of commands have them.
    pub words: &'static [(&'static str, &'static str)],
}

const APT: &[(&str, &str)] = &[
    (
        "update",
        "fetches the lists of packages; an install in a later RUN works with lists as old as the cached layer",
    ),
    ("install", "installs packages with what they depend on"),
    ("remove", "removes packages and keeps their configuration"),
    ("purge", "removes packages with their configuration"),
    ("autoremove", "removes packages that nothing needs any more"),
    (
        "upgrade",
        "brings all packages up to date; the result depends on the day of the build",
    ),
    (
        "dist-upgrade",
        "brings all packages up to date and may remove some",
    ),
    (
        "build-dep",
        "installs what a source package needs to be built",
    ),
    (
        "clean",
        "removes downloaded packages; the official images of Debian and Ubuntu do that by themselves",
    ),
    ("-y", "answers yes to all questions"),
    ("-q", "says less; with `-qq` nothing but errors"),
    (
        "--no-install-recommends",
        "installs what packages need, and nothing that they only recommend",
    ),
    (
        "--no-install-suggests",
        "installs nothing that packages only suggest",
    ),
    ("-f", "repairs packages whose dependencies are missing"),
    ("-t", "prefers the packages of this release"),
    ("-o", "sets an option of apt for this command"),
    (
        "--allow-unauthenticated",
        "takes packages whose origin nobody vouches for",
    ),
    (
        "--reinstall",
        "installs packages again that are there already",
    ),
];
const APK: &[(&str, &str)] = &[
    ("add", "installs packages with what they depend on"),
    ("del", "removes packages, or a group that `--virtual` named"),
    (
        "update",
        "fetches the index; `--no-cache` makes it unnecessary",
    ),
    (
        "upgrade",
        "brings all packages up to date; the result depends on the day of the build",
    ),
    (
        "--no-cache",
        "takes the index from the network and keeps none in the image",
    ),
    (
        "-t",
        "puts the packages under one name (`--virtual .build-deps`) by which they can be removed together",
    ),
    ("-U", "fetches the index first"),
    ("-X", "takes packages from this repository as well"),
    (
        "--allow-untrusted",
        "takes packages without a trusted signature",
    ),
    ("-q", "says less"),
];
const DNF: &[(&str, &str)] = &[
    ("install", "installs packages with what they depend on"),
    ("update", "brings packages up to date"),
    ("upgrade", "brings packages up to date"),
    ("remove", "removes packages"),
    (
        "clean",
        "with `all`: removes what was downloaded, lists of packages included",
    ),
    ("makecache", "fetches the lists of packages"),
    ("groupinstall", "installs the packages of a group"),
    ("-y", "answers yes to all questions"),
    ("-q", "says less"),
    ("--nodocs", "installs no documentation"),
    ("--setopt", "sets an option for this command"),
    (
        "--enablerepo",
        "takes packages from a repository that is off",
    ),
];
const PIP: &[(&str, &str)] = &[
    ("install", "installs packages"),
    ("download", "fetches packages without installing them"),
    ("wheel", "builds packages into wheels"),
    ("uninstall", "removes packages"),
    (
        "--no-cache-dir",
        "keeps no copy of what is downloaded or built",
    ),
    ("-r", "installs what a file lists"),
    ("-c", "restricts versions to those of a file"),
    (
        "-e",
        "installs a project so that changes of its source count at once",
    ),
    ("--no-deps", "installs the packages alone"),
    ("-U", "brings packages that are there up to date"),
    ("--user", "installs into the home directory"),
    ("--prefix", "installs below this directory"),
    ("-t", "installs into this directory"),
    (
        "--break-system-packages",
        "installs although the distribution looks after Python's packages",
    ),
    (
        "--root-user-action",
        "says whether to warn about running as root",
    ),
    ("-i", "the index that packages come from"),
    (
        "--extra-index-url",
        "one more index; whichever has the higher version wins",
    ),
    ("-q", "says less"),
];
const NPM: &[(&str, &str)] = &[
    (
        "install",
        "installs what package.json asks for, or the packages named; it may change the lock file",
    ),
    (
        "ci",
        "installs exactly what the lock file says, into an empty `node_modules`",
    ),
    ("run", "runs a script of package.json"),
    ("test", "runs the script `test`"),
    (
        "start",
        "runs the script `start`; npm stands between the signals and the program then",
    ),
    ("cache clean", "with `--force`: removes what was downloaded"),
    (
        "prune",
        "removes packages that package.json doesn't ask for",
    ),
    ("--omit", "leaves out a kind of dependencies, such as `dev`"),
    (
        "--production",
        "leaves out development dependencies; the older way of `--omit=dev`",
    ),
    ("-g", "installs for the whole system"),
    ("--ignore-scripts", "runs no scripts of packages"),
    ("--no-audit", "sends no report about known weaknesses"),
    ("--no-fund", "prints no requests for donations"),
    (
        "--legacy-peer-deps",
        "ignores conflicts of peer dependencies",
    ),
];

/// The programs.
pub(crate) static ALL: &[Program] = &[
    Program {
        name: "apt-get",
        summary: "installs Debian packages; the variant for scripts",
        words: APT,
    },
    Program {
        name: "apt",
        summary: "installs Debian packages; made for people, its output and options may change: scripts use `apt-get`",
        words: APT,
    },
    Program {
        name: "apk",
        summary: "installs Alpine packages",
        words: APK,
    },
    Program {
        name: "dnf",
        summary: "installs RPM packages",
        words: DNF,
    },
    Program {
        name: "yum",
        summary: "installs RPM packages; on newer systems another name of `dnf`",
        words: DNF,
    },
    Program {
        name: "microdnf",
        summary: "installs RPM packages in minimal images",
        words: DNF,
    },
    Program {
        name: "zypper",
        summary: "installs RPM packages on SUSE",
        words: &[
            ("install", "installs packages with what they depend on"),
            ("refresh", "fetches the lists of packages"),
            ("clean", "removes what was downloaded"),
            ("-n", "asks no questions"),
            (
                "--no-recommends",
                "installs nothing that packages only recommend",
            ),
        ],
    },
    Program {
        name: "pip",
        summary: "installs Python packages",
        words: PIP,
    },
    Program {
        name: "npm",
        summary: "installs JavaScript packages and runs their scripts",
        words: NPM,
    },
    Program {
        name: "yarn",
        summary: "installs JavaScript packages and runs their scripts",
        words: &[
            ("install", "installs what package.json asks for"),
            (
                "--frozen-lockfile",
                "fails when the lock file would have to change",
            ),
            (
                "--immutable",
                "fails when the lock file would have to change (version 2 and later)",
            ),
            ("--production", "leaves out development dependencies"),
            ("cache clean", "removes what was downloaded"),
        ],
    },
    Program {
        name: "go",
        summary: "builds Go programs",
        words: &[
            ("build", "compiles packages"),
            ("install", "compiles and installs programs"),
            (
                "mod download",
                "fetches the modules that go.mod names; a good layer of its own before the sources are copied",
            ),
            ("test", "runs tests"),
        ],
    },
    Program {
        name: "cargo",
        summary: "builds Rust programs",
        words: &[
            ("build", "compiles a package"),
            ("install", "compiles and installs a program"),
            ("fetch", "fetches dependencies"),
            ("--release", "compiles with optimisations"),
            ("--locked", "fails when the lock file would have to change"),
        ],
    },
    Program {
        name: "curl",
        summary: "transfers data from or to an address",
        words: &[
            (
                "-f",
                "fails on an error of the server; without it the error's page is taken for the file",
            ),
            ("-s", "shows no progress and no errors"),
            ("-S", "shows errors, also with `-s`"),
            ("-L", "follows redirections"),
            ("-o", "writes to this file"),
            ("-O", "writes to a file named as in the address"),
            ("-k", "accepts any certificate"),
            ("--retry", "tries again so often"),
        ],
    },
    Program {
        name: "wget",
        summary: "downloads files",
        words: &[
            ("-q", "says nothing"),
            ("-O", "writes to this file; `-` is the standard output"),
            ("-P", "writes below this directory"),
            ("--no-check-certificate", "accepts any certificate"),
        ],
    },
    Program {
        name: "tar",
        summary: "packs and unpacks archives",
        words: &[
            ("-x", "unpacks"),
            ("-c", "packs"),
            ("-z", "through gzip"),
            ("-j", "through bzip2"),
            ("-J", "through xz"),
            ("-f", "the archive; `-` is the standard input"),
            ("-C", "works in this directory"),
            (
                "--strip-components",
                "drops so many leading folders of each path",
            ),
        ],
    },
    Program {
        name: "git",
        summary: "works with Git repositories",
        words: &[
            ("clone", "fetches a repository"),
            ("checkout", "switches to a branch, tag or commit"),
            ("--depth", "fetches only so many commits"),
            ("-b", "the branch or tag"),
        ],
    },
    Program {
        name: "rm",
        summary: "removes files",
        words: &[
            ("-r", "folders with what is in them"),
            (
                "-f",
                "no questions, and no error when there is nothing to remove",
            ),
        ],
    },
    Program {
        name: "mkdir",
        summary: "makes folders",
        words: &[
            ("-p", "with parents, and no error when it exists"),
            ("-m", "with these permissions"),
        ],
    },
    Program {
        name: "cp",
        summary: "copies files",
        words: &[
            ("-r", "folders with what is in them"),
            ("-a", "with owners, times and links as they are"),
            ("-p", "with owner, permissions and times"),
        ],
    },
    Program {
        name: "mv",
        summary: "moves or renames files",
        words: &[],
    },
    Program {
        name: "ln",
        summary: "makes links",
        words: &[("-s", "symbolic ones"), ("-f", "replaces what is there")],
    },
    Program {
        name: "chmod",
        summary: "changes permissions; files of earlier layers are stored a second time",
        words: &[("-R", "with everything below")],
    },
    Program {
        name: "chown",
        summary: "changes owners; files of earlier layers are stored a second time, which `COPY --chown` avoids",
        words: &[("-R", "with everything below")],
    },
    Program {
        name: "useradd",
        summary: "makes a user",
        words: &[
            ("-m", "with a home directory"),
            ("-r", "a system account"),
            ("-u", "with this number"),
            ("-g", "with this main group"),
            ("-s", "with this shell"),
        ],
    },
    Program {
        name: "groupadd",
        summary: "makes a group",
        words: &[("-r", "a system group"), ("-g", "with this number")],
    },
    Program {
        name: "adduser",
        summary: "makes a user; Debian and Alpine have different programs of this name",
        words: &[],
    },
    Program {
        name: "make",
        summary: "builds what a Makefile describes",
        words: &[
            ("-j", "so many jobs at once"),
            ("-C", "works in this directory"),
        ],
    },
    Program {
        name: "composer",
        summary: "installs PHP packages",
        words: &[
            ("install", "installs what the lock file says"),
            ("--no-dev", "leaves out development dependencies"),
        ],
    },
    Program {
        name: "bundle",
        summary: "installs Ruby packages of a Gemfile",
        words: &[("install", "installs what the Gemfile asks for")],
    },
    Program {
        name: "gem",
        summary: "installs Ruby packages",
        words: &[
            ("install", "installs packages"),
            ("-N", "without documentation"),
        ],
    },
    Program {
        name: "dotnet",
        summary: "builds .NET programs",
        words: &[
            ("restore", "fetches packages"),
            ("build", "compiles"),
            ("publish", "makes what is needed to run"),
        ],
    },
    Program {
        name: "mvn",
        summary: "builds Java programs with Maven",
        words: &[],
    },
    Program {
        name: "gradle",
        summary: "builds programs with Gradle",
        words: &[],
    },
];

/// A program by the name under which the tables of commands have it.
pub(crate) fn program(name: &str) -> Option<&'static Program> {
    ALL.iter().find(|program| program.name == name)
}

impl Program {
    /// What a sub-command or flag is for.
    pub(crate) fn word(&self, name: &str) -> Option<&'static str> {
        let found = self.words.iter().find(|(word, _)| *word == name)?;
        Some(found.1)
    }
}
