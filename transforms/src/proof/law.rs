//! The laws: the differences that a rule may declare.

/// A declared difference between two builds that counts as the same image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// Package lists of apt are removed when nothing reads them later without an update of its own (F.1).
    AptListsRemoved,
    /// Caches of apk, dnf, yum, microdnf, zypper, pip, npm or yarn are removed or not kept (F.1).
    PackageCacheRemoved,
    /// Adjacent installs of one package manager with equal flags are resolved in one run (F.7).
    InstallsJoined,
    /// The operands of one install stand in another order, which its package manager doesn't look at (C.3, F.7).
    OperandOrder,
    /// `-y` where the prompt could only have failed the build (C.3).
    AssumeYes,
    /// `apt` and `apt-get` do the same for this sub-command but for downloaded archives (C.3).
    AptIsAptGet,
    /// The program becomes PID 1 itself (F.3).
    ExecForm,
    /// The author moves from the author field to a label (F.2).
    AuthorToLabel,
    /// `mkdir -p` as root equals what WORKDIR creates (C.4).
    WorkdirCreates,
    /// An ADD of what is no archive equals a COPY (C.6, F.10).
    AddIsCopy,
    /// Owner or mode set by a later command equals the flag of the COPY (C.6).
    OwnerAtCopy,
    /// Layer boundaries between equal steps (RUNs merged).
    LayersMerged,
    /// Steps of which neither notices the other stand in another order (C.6).
    StepsSwapped,
    /// Order of ENV in the configuration, history text, unused CMD or ENTRYPOINT (F.2).
    Metadata,
}

impl Law {
    /// All laws.
    pub const ALL: &[Self] = &[
        Self::AptListsRemoved,
        Self::PackageCacheRemoved,
        Self::InstallsJoined,
        Self::OperandOrder,
        Self::AssumeYes,
        Self::AptIsAptGet,
        Self::ExecForm,
        Self::AuthorToLabel,
        Self::WorkdirCreates,
        Self::AddIsCopy,
        Self::OwnerAtCopy,
        Self::LayersMerged,
        Self::StepsSwapped,
        Self::Metadata,
    ];

    /// What it allows, in one sentence for a person.
    pub fn description(self) -> &'static str {
        match self {
            Self::AptListsRemoved => {
                "The package lists of apt are gone from the layer; nothing in the file reads them later without an update of its own."
            }
            Self::PackageCacheRemoved => {
                "What a package manager keeps for its own next run is gone from the layer, or never written; nothing in the file reads it later."
            }
            Self::InstallsJoined => {
                "Adjacent installs by one package manager with equal options are resolved in one run, in the same order."
            }
            Self::OperandOrder => {
                "The packages of one install stand in another order, which makes no difference to apk."
            }
            Self::AssumeYes => {
                "A question that could only have failed the build is answered with yes."
            }
            Self::AptIsAptGet => {
                "For this subcommand apt and apt-get do the same, except that apt deletes the archives that it has downloaded."
            }
            Self::ExecForm => {
                "The program becomes process 1 itself instead of a child of a shell, so that signals reach it; its arguments are the same."
            }
            Self::AuthorToLabel => {
                "The author stands in the label org.opencontainers.image.authors instead of the deprecated author field."
            }
            Self::WorkdirCreates => {
                "WORKDIR creates the same directory, with the same owner and mode, that mkdir created, or that exists already."
            }
            Self::AddIsCopy => {
                "ADD of something that is no archive, no URL and no repository does what COPY does."
            }
            Self::OwnerAtCopy => {
                "Owner or mode are given when the files are copied instead of by the next command."
            }
            Self::LayersMerged => "The same steps are cut into other layers.",
            Self::StepsSwapped => {
                "Steps of which neither reads or writes what the other writes stand in another order."
            }
            Self::Metadata => {
                "What no container sees differs: history, the order of variables in the configuration, a default that a later instruction replaces."
            }
        }
    }

    /// A short name in kebab-case, stable: it is part of the JSON output.
    pub fn id(self) -> &'static str {
        match self {
            Self::AptListsRemoved => "apt-lists-removed",
            Self::PackageCacheRemoved => "package-cache-removed",
            Self::InstallsJoined => "installs-joined",
            Self::OperandOrder => "operand-order",
            Self::AssumeYes => "assume-yes",
            Self::AptIsAptGet => "apt-is-apt-get",
            Self::ExecForm => "exec-form",
            Self::AuthorToLabel => "author-to-label",
            Self::WorkdirCreates => "workdir-creates",
            Self::AddIsCopy => "add-is-copy",
            Self::OwnerAtCopy => "owner-at-copy",
            Self::LayersMerged => "layers-merged",
            Self::StepsSwapped => "steps-swapped",
            Self::Metadata => "metadata",
        }
    }
}
