//! What the laws come to in a finished image: the differences that a comparison of real builds may find.
//!
//! The laws speak of steps; this table speaks of paths and of the configuration. It is for who has both images at hand, and the
//! proof has no use for it. It is as narrow as what real builds show, so that a mistake in a rule is still seen: whatever it does
//! not list is a difference.

use super::Law;

/// A difference between two images that a law permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permitted {
    /// What may differ.
    pub what: Subject,
    /// Why it does, as the end of a sentence for a person.
    pub why: &'static str,
}

/// What may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Paths, each a pattern from the root: `*` and `?` stay within a name, `**` is any number of directories. `/a/**` is all below
    /// `/a`, but not `/a`.
    Paths(&'static [&'static str], Change),
    /// A part of the configuration.
    Config(ConfigChange),
}

/// How a path may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It may be missing after the rewrite.
    Removed,
    /// A directory may be missing after the rewrite if it held something that may be missing by the same law, as who makes the one
    /// makes the other. Who needs it later makes it anew, so it may have another mode.
    RemovedWithContents,
    /// It may be new.
    Added,
    /// A regular file that both have may have another content; mode, owner and attributes must be equal.
    Content,
}

/// How the configuration may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigChange {
    /// CMD, ENTRYPOINT or the test of HEALTHCHECK: `sh -c TEXT` becomes the words of TEXT, which is one simple command that a shell
    /// would start as it stands there. An ENTRYPOINT only where no CMD is in effect.
    ShellDropped,
    /// The author field becomes the label `org.opencontainers.image.authors` with the same value.
    AuthorToLabel,
    /// The variables stand in another order.
    VariableOrder,
}

impl Law {
    /// What may differ between the images before and after a rewrite under this law.
    pub fn permits(self) -> &'static [Permitted] {
        match self {
            Self::AptListsRemoved => APT_LISTS_REMOVED,
            Self::PackageCacheRemoved => PACKAGE_CACHE_REMOVED,
            Self::InstallsJoined => INSTALLS_JOINED,
            Self::LayersMerged => LAYERS_MERGED,
            Self::AptIsAptGet => APT_IS_APT_GET,
            Self::ExecForm => EXEC_FORM,
            Self::AuthorToLabel => AUTHOR_TO_LABEL,
            Self::Metadata => METADATA,
            // These say that the images are equal.
            Self::OperandOrder
            | Self::AssumeYes
            | Self::WorkdirCreates
            | Self::AddIsCopy
            | Self::StepsSwapped
            | Self::OwnerAtCopy => &[],
        }
    }
}

const fn paths(patterns: &'static [&'static str], change: Change, why: &'static str) -> Permitted {
    Permitted {
        what: Subject::Paths(patterns, change),
        why,
    }
}

const fn config(change: ConfigChange, why: &'static str) -> Permitted {
    Permitted {
        what: Subject::Config(change),
        why,
    }
}

const APT_LISTS_REMOVED: &[Permitted] = &[
    paths(
        &["/var/lib/apt/lists/**"],
        Change::Removed,
        "the lists are what is removed",
    ),
    paths(
        &["/var/lib/apt/lists"],
        Change::RemovedWithContents,
        "an update makes the directory where something has removed it, so without the update there is none",
    ),
];

const PACKAGE_CACHE_REMOVED: &[Permitted] = &[
    paths(
        &["/var/cache/apt/archives/**", "/var/cache/apt/*.bin"],
        Change::Removed,
        "`apt-get clean` removes the archives that it has downloaded, and its binary caches",
    ),
    paths(
        &["/var/cache/apk/**", "/etc/apk/cache/**"],
        Change::Removed,
        "apk writes its index and packages there",
    ),
    paths(
        &[
            "/var/cache/yum",
            "/var/cache/yum/**",
            "/var/cache/dnf",
            "/var/cache/dnf/**",
            "/var/cache/libdnf5",
            "/var/cache/libdnf5/**",
            "/var/cache/zypp",
            "/var/cache/zypp/**",
        ],
        Change::Removed,
        "the RPM tools keep metadata and packages there",
    ),
    paths(
        &[
            "/var/log/dnf*.log",
            "/var/log/hawkey.log",
            "/var/log/yum.log",
            "/var/log/zypper.log",
            "/var/log/zypp/history",
        ],
        Change::Content,
        "the cleanup is a call of the tool, and each call is in its log",
    ),
    paths(
        &[
            "/**/.cache/pip",
            "/**/.cache/pip/**",
            "/**/.npm/_cacache",
            "/**/.npm/_cacache/**",
            "/**/.cache/yarn",
            "/**/.cache/yarn/**",
            "/usr/local/share/.cache/yarn",
            "/usr/local/share/.cache/yarn/**",
        ],
        Change::Removed,
        "pip, npm and yarn keep what they have downloaded there, each in the home of the user",
    ),
    paths(
        &["/**/.cache"],
        Change::RemovedWithContents,
        "the cache is the first thing that the tool writes into a directory of caches, so without it there is none",
    ),
    paths(
        &["/**/.npm/_logs/*.log"],
        Change::Added,
        "the cleanup is a call of npm, which writes a log under a name of its own",
    ),
    paths(
        &["/**/.npm/_logs/*.log"],
        Change::Removed,
        "npm keeps the logs of its last ten calls only, under names with the time",
    ),
];

/// Paths of `ldconfig`'s own cache, which no program but it reads.
const LDCONFIG: Permitted = paths(
    &["/var/cache/ldconfig/aux-cache"],
    Change::Content,
    "ldconfig notes the times and inodes of the libraries that it has seen, which differ with the layers",
);

const LAYERS_MERGED: &[Permitted] = &[LDCONFIG];

const INSTALLS_JOINED: &[Permitted] = &[
    LDCONFIG,
    paths(
        &[
            "/var/log/apt/history.log",
            "/var/log/apt/term.log",
            "/var/log/apt/eipp.log.xz",
            "/var/log/dpkg.log",
            "/var/log/alternatives.log",
            "/var/log/dnf*.log",
            "/var/log/hawkey.log",
            "/var/log/yum.log",
            "/var/log/zypper.log",
            "/var/log/zypp/history",
        ],
        Change::Content,
        "the logs tell of one run instead of several",
    ),
    paths(
        &["/var/lib/dpkg/status-old", "/var/cache/debconf/*.dat-old"],
        Change::Content,
        "dpkg and debconf keep the state before their last change, and the last change is another one",
    ),
    paths(
        &["/var/lib/apt/extended_states"],
        Change::Content,
        "apt lists what it has installed as dependencies run by run, so the order differs",
    ),
    paths(
        &["/var/lib/dpkg/triggers/File"],
        Change::Content,
        "dpkg lists the triggers in the order in which packages were configured",
    ),
];

const APT_IS_APT_GET: &[Permitted] = &[
    paths(
        &["/var/cache/apt/archives/*.deb"],
        Change::Added,
        "`apt-get` keeps the archives that it has downloaded, `apt` does not",
    ),
    paths(
        &["/var/log/apt/history.log"],
        Change::Content,
        "apt writes the command line into its log",
    ),
];

const EXEC_FORM: &[Permitted] = &[config(
    ConfigChange::ShellDropped,
    "the program is started without a shell",
)];

const AUTHOR_TO_LABEL: &[Permitted] = &[config(
    ConfigChange::AuthorToLabel,
    "the label takes the place of the deprecated field",
)];

const METADATA: &[Permitted] = &[config(
    ConfigChange::VariableOrder,
    "the order of variables in the configuration means nothing to a container",
)];
