//! What the table says of a reference: which family it belongs to, and which distribution its tag names.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::family::{Distribution, Knowledge, PackageManager};
use super::reference::{Reference, TagWords};
use super::table::{FAMILIES, Family, Home, System};
use Distribution::{
    Alma, Alpine, Amazon, Arch, Azure, BusyBox, CentOs, Debian, Distroless, Fedora, OpenSuse,
    Oracle, Photon, RedHat, Rocky, Ubuntu,
};
use PackageManager::{Apk, Apt, Dnf, Pacman, Tdnf, Zypper};

/// The families of the default registry by their names, none of which is a prefix.
static OFFICIAL: LazyLock<FxHashMap<&str, (&Family, &str)>> = LazyLock::new(|| {
    let mut official = FxHashMap::default();
    for family in FAMILIES {
        if matches!(family.home, Home::Default) {
            for name in family.names {
                official.entry(*name).or_insert((family, *name));
            }
        }
    }
    official
});

/// What the table says of a reference.
pub(super) fn find(reference: &Reference) -> Option<Knowledge> {
    let (family, name) = match reference.official_name() {
        Some(path) => *OFFICIAL.get(path)?,
        None => FAMILIES.iter().find_map(|family| match family.home {
            Home::Host(label) if reference.host_starts_with(label) => {
                Some((family, family.name_of(reference.path())?))
            }
            _ => None,
        })?,
    };
    let tag = reference.tag_words();
    if tag.any(is_windows) == Some(true) {
        return None;
    }
    let distribution = match family.system {
        System::Is(distribution) => Some(distribution),
        System::Usually(distribution) => match named(tag) {
            Named::One(found) => Some(found),
            Named::None if tag.complete() => Some(distribution),
            _ => None,
        },
        System::Named => match named(tag) {
            Named::One(found) => Some(found),
            _ => None,
        },
    };
    let onbuild = if family.onbuild_tags {
        tag.any(|word| word == "onbuild")
    } else {
        Some(false)
    };
    let mut known = Knowledge {
        family: name,
        distribution,
        package_managers: distribution.and_then(managers),
        user: family.user,
        workdir: family.workdir,
        plain_shell: family.plain_shell,
        entrypoint: family.entrypoint,
        cmd: family.cmd,
        onbuild,
        env: family.env,
        apt_cleans_itself: distribution.map(Distribution::is_debian_like),
        slim: tag.any(|word| matches!(word, "slim" | "minimal" | "micro")),
    };
    if onbuild != Some(false) {
        // Such images set a directory of their own, and their triggers run before anything else.
        known.workdir = None;
    }
    (family.variant)(&mut known, tag);
    Some(known)
}

impl Family {
    /// The family's name that a path has.
    fn name_of(&self, path: &str) -> Option<&'static str> {
        let first = path.as_bytes().first();
        let names = self.names.iter().copied();
        names
            .filter(|name| name.as_bytes().first() == first)
            .find(|name| match name.strip_suffix('*') {
                Some(prefix) => path.len() > prefix.len() && path.starts_with(prefix),
                None => *name == path,
            })
    }
}

/// What the words of a tag say of the distribution.
pub(super) enum Named {
    None,
    One(Distribution),
    Several,
}

pub(super) fn named(tag: TagWords<'_>) -> Named {
    let mut found = Named::None;
    for distribution in tag.words().filter_map(by_word) {
        found = match found {
            Named::None => Named::One(distribution),
            Named::One(first) if first == distribution => Named::One(first),
            _ => Named::Several,
        };
    }
    found
}

/// The distribution that a word of a tag names.
fn by_word(word: &str) -> Option<Distribution> {
    // `alpine3.18`, `ubuntu22.04`: the name ends where the version starts.
    let end = word
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(word.len());
    let (name, version) = word.split_at_checked(end)?;
    Some(match name {
        "alpine" => Alpine,
        "debian" | "wheezy" | "jessie" | "stretch" | "buster" | "bullseye" | "bookworm"
        | "trixie" | "forky" | "sid" => Debian,
        "ubuntu" | "precise" | "trusty" | "xenial" | "bionic" | "focal" | "jammy" | "noble"
        | "resolute" => Ubuntu,
        "oracle" | "oraclelinux" => Oracle,
        "amazonlinux" => Amazon,
        "al" if matches!(version, "2" | "2023") => Amazon,
        "ubi" => RedHat,
        "centos" => CentOs,
        "rockylinux" => Rocky,
        "almalinux" => Alma,
        "fedora" => Fedora,
        "azurelinux" | "mariner" => Azure,
        _ => return None,
    })
}

fn is_windows(word: &str) -> bool {
    word.starts_with("windowsservercore") || word.starts_with("nanoserver")
}

/// The package managers that every image of a distribution has; `None` where it depends on the version.
fn managers(distribution: Distribution) -> Option<&'static [PackageManager]> {
    Some(match distribution {
        Debian | Ubuntu => &[Apt],
        Alpine => &[Apk],
        Fedora => &[Dnf],
        OpenSuse => &[Zypper],
        Arch => &[Pacman],
        Photon => &[Tdnf],
        BusyBox | Distroless => &[],
        CentOs | Rocky | Alma | Amazon | Oracle | RedHat | Azure => return None,
    })
}

/// Sets the distribution, and what follows from it.
pub(super) fn set_distribution(known: &mut Knowledge, distribution: Distribution) {
    known.distribution = Some(distribution);
    known.package_managers = managers(distribution);
    known.apt_cleans_itself = Some(distribution.is_debian_like());
}
