//! Directories that every image has, and what they are for.

use super::place::{Place, within};

/// Directories for files that nobody keeps.
pub(super) fn is_temporary(path: &str) -> bool {
    [
        "/tmp",
        "/var/tmp",
        "/var/cache",
        "/root/.cache",
        "/root/.npm",
        "/root/.m2",
        "/root/.gradle",
        "/root/.ivy2",
        "/root/.cargo",
        "/var/lib/apt",
        "/dev",
        "/root/.gnupg",
    ]
    .iter()
    .any(|above| within(path, above))
}

/// Directories that hold the system's own files.
pub(super) fn is_system(path: &str) -> bool {
    matches!(
        path,
        "/" | "/bin"
            | "/sbin"
            | "/lib"
            | "/lib64"
            | "/etc"
            | "/usr"
            | "/usr/bin"
            | "/usr/sbin"
            | "/usr/lib"
            | "/usr/lib64"
            | "/usr/libexec"
            | "/usr/share"
            | "/usr/include"
            | "/usr/local/bin"
            | "/usr/local/lib"
            | "/usr/local/sbin"
            | "/usr/local/share"
            | "/usr/local/etc"
            | "/usr/local/include"
            | "/var"
            | "/var/lib"
            | "/var/log"
            | "/var/run"
            | "/run"
            | "/proc"
            | "/sys"
            | "/home"
            | "/etc/init.d"
            | "/etc/apt"
            | "/etc/ssl"
            | "/usr/local"
            | "/etc/apt/sources.list.d"
            | "/etc/profile.d"
            | "/var/lib/dpkg"
            | "/usr/lib/x86_64-linux-gnu"
            | "/etc/ld.so.conf.d"
            | "/opt/"
            | "/root"
    )
}

/// What package managers and programs leave behind.
pub(super) fn is_residue(path: &str) -> bool {
    const RESIDUE: &[&str] = &[
        "/var/lib/apt",
        "/var/cache",
        "/tmp",
        "/var/tmp",
        "/root/.cache",
        "/root/.npm",
        "/root/.gem",
        "/root/.m2",
        "/usr/share/doc",
        "/usr/share/man",
        "/usr/share/locale",
        "/var/lib/cache",
        "/var/lib/log",
        "/etc/apk/cache",
        "/usr/share/info",
        "/root/.node-gyp",
        "/root/.gnupg",
        "/root/.composer",
        "/var/log",
    ];
    RESIDUE.iter().any(|above| within(path, above))
}

/// Directories that every image has.
pub(super) fn is_known_directory(place: &Place) -> bool {
    matches!(
        place.root(),
        Some(
            "/" | "/bin"
                | "/sbin"
                | "/usr/bin"
                | "/usr/sbin"
                | "/usr/local/bin"
                | "/usr/local/sbin"
                | "/usr/local/lib"
                | "/usr/lib"
                | "/lib"
                | "/etc"
                | "/opt"
                | "/tmp"
                | "/usr/local"
                | "/usr/src"
                | "/usr/include"
                | "/usr/local/include"
                | "/home"
                | "/root"
                | "/srv"
                | "/var"
                | "/usr/share"
                | "/usr/local/share"
                | "/etc/init.d"
                | "/etc/profile.d"
        )
    )
}
