//! The words in which the table speaks of images.

/// What is known of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knowledge {
    /// The family's name, such as `python` or `dotnet/sdk`.
    pub family: &'static str,
    /// The distribution.
    pub distribution: Option<Distribution>,
    /// The system package managers in it.
    pub package_managers: Option<&'static [PackageManager]>,
    /// The default user; empty is root.
    pub user: Option<&'static str>,
    /// The working directory.
    pub workdir: Option<&'static str>,
    /// Whether the shell is known to be the default, `/bin/sh -c`.
    pub plain_shell: bool,
    /// What the entrypoint does with the command.
    pub entrypoint: Option<Entrypoint>,
    /// Whether there is a default command.
    pub cmd: Option<bool>,
    /// Whether there are ONBUILD triggers.
    pub onbuild: Option<bool>,
    /// Variables that certainly have these values.
    pub env: &'static [(&'static str, &'static str)],
    /// Whether apt removes downloaded packages by itself.
    pub apt_cleans_itself: Option<bool>,
    /// Whether it is a variant that leaves out what the full image has (`slim`, `minimal`).
    pub slim: Option<bool>,
}

/// What an image's entrypoint does with the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entrypoint {
    /// There is none.
    None,
    /// It runs its arguments unchanged when the first one is a command that exists; also used where some tags of the
    /// family have such an entrypoint and others have none.
    Transparent,
    /// It looks at its arguments or ignores them.
    Opaque,
}

/// Distributions, as far as rules have to tell them apart.
#[allow(missing_docs, reason = "the names are distributions")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Distribution {
    Debian,
    Ubuntu,
    Alpine,
    BusyBox,
    Fedora,
    CentOs,
    Rocky,
    Alma,
    Amazon,
    Oracle,
    RedHat,
    OpenSuse,
    Arch,
    Photon,
    Azure,
    Distroless,
}

/// System package managers.
#[allow(missing_docs, reason = "the names are programs")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageManager {
    Apt,
    Apk,
    Yum,
    Dnf,
    Microdnf,
    Tdnf,
    Zypper,
    Pacman,
}

impl Distribution {
    /// Whether its packages are Debian's format.
    pub fn is_debian_like(self) -> bool {
        matches!(self, Self::Debian | Self::Ubuntu)
    }
}
