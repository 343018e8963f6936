//! The table of official image families, and how tags select variants of them.
//!
//! Each entry says only what holds for every tag of the family, past ones included; what differs between tags is set by
//! [`Family::variant`], and what may differ without the tag saying so stays unknown. Facts are those of the families' own
//! Dockerfiles.

use super::family::{Distribution, Entrypoint, Knowledge, PackageManager};
use super::reference::{Reference, TagWords};
use Distribution::{
    Alma, Alpine, Amazon, Arch, Azure, BusyBox, CentOs, Debian, Distroless, Fedora, OpenSuse,
    Oracle, Photon, RedHat, Rocky, Ubuntu,
};
use PackageManager::{Apk, Apt, Dnf, Microdnf, Pacman, Tdnf, Yum, Zypper};

/// A family of images.
struct Family {
    /// Paths; one that ends in `*` is a prefix.
    names: &'static [&'static str],
    home: Home,
    system: System,
    user: Option<&'static str>,
    workdir: Option<&'static str>,
    plain_shell: bool,
    entrypoint: Option<Entrypoint>,
    cmd: Option<bool>,
    env: &'static [(&'static str, &'static str)],
    /// Whether there have been `onbuild` tags.
    onbuild_tags: bool,
    /// What a tag changes.
    variant: fn(&mut Knowledge, TagWords<'_>),
}

/// Where the official images of a family are.
enum Home {
    /// The default registry.
    Default,
    /// A registry whose host name starts with this label.
    Host(&'static str),
}

/// Which distribution a family is built on.
enum System {
    /// Always this one.
    Is(Distribution),
    /// This one unless the tag names another.
    Usually(Distribution),
    /// What the tag names.
    Named,
}

const ROOT: Option<&str> = Some("");

/// A distribution's own image: root in `/`, no entrypoint, a shell as command.
const SYSTEM: Family = Family {
    names: &[],
    home: Home::Default,
    system: System::Named,
    user: ROOT,
    workdir: Some("/"),
    plain_shell: true,
    entrypoint: Some(Entrypoint::None),
    cmd: Some(true),
    env: &[],
    onbuild_tags: false,
    variant: |_, _| {},
};

/// A language's image: as its distribution's, with variants by tag.
const LANGUAGE: Family = Family {
    system: System::Usually(Debian),
    onbuild_tags: true,
    ..SYSTEM
};

/// A server's image: its entrypoint looks at the command.
const SERVER: Family = Family {
    system: System::Usually(Debian),
    workdir: None,
    entrypoint: Some(Entrypoint::Opaque),
    ..SYSTEM
};

static FAMILIES: &[Family] = &[
    Family {
        names: &["debian"],
        system: System::Is(Debian),
        ..SYSTEM
    },
    Family {
        names: &["ubuntu"],
        system: System::Is(Ubuntu),
        ..SYSTEM
    },
    Family {
        names: &["alpine"],
        system: System::Is(Alpine),
        ..SYSTEM
    },
    Family {
        names: &["busybox"],
        system: System::Is(BusyBox),
        ..SYSTEM
    },
    Family {
        names: &["fedora"],
        system: System::Is(Fedora),
        ..SYSTEM
    },
    Family {
        names: &["centos"],
        system: System::Is(CentOs),
        variant: centos,
        ..SYSTEM
    },
    Family {
        names: &["rockylinux", "rockylinux/rockylinux"],
        system: System::Is(Rocky),
        variant: minimal_or_dnf,
        ..SYSTEM
    },
    Family {
        names: &["almalinux", "almalinux/almalinux"],
        system: System::Is(Alma),
        variant: minimal_or_dnf,
        ..SYSTEM
    },
    Family {
        names: &["almalinux/8-base", "almalinux/9-base"],
        system: System::Is(Alma),
        variant: dnf,
        ..SYSTEM
    },
    Family {
        names: &["almalinux/8-minimal", "almalinux/9-minimal"],
        system: System::Is(Alma),
        variant: microdnf,
        ..SYSTEM
    },
    Family {
        names: &["amazonlinux"],
        system: System::Is(Amazon),
        variant: amazon,
        ..SYSTEM
    },
    Family {
        names: &["oraclelinux"],
        system: System::Is(Oracle),
        variant: oracle,
        ..SYSTEM
    },
    Family {
        names: &["opensuse/leap", "opensuse/tumbleweed", "opensuse"],
        system: System::Is(OpenSuse),
        ..SYSTEM
    },
    Family {
        // The last two are the names of earlier years.
        names: &[
            "archlinux",
            "archlinux/archlinux",
            "archlinux/base",
            "base/archlinux",
        ],
        system: System::Is(Arch),
        ..SYSTEM
    },
    Family {
        names: &["photon"],
        system: System::Is(Photon),
        ..SYSTEM
    },
    Family {
        names: &["ubi8", "ubi8/ubi", "ubi9", "ubi9/ubi", "ubi10", "ubi10/ubi"],
        home: Home::Host("registry"),
        system: System::Is(RedHat),
        variant: dnf,
        ..SYSTEM
    },
    Family {
        names: &[
            "ubi8-minimal",
            "ubi8/ubi-minimal",
            "ubi9-minimal",
            "ubi9/ubi-minimal",
            "ubi7-minimal",
            "ubi7/ubi-minimal",
            "ubi10-minimal",
            "ubi10/ubi-minimal",
        ],
        home: Home::Host("registry"),
        system: System::Is(RedHat),
        variant: microdnf,
        ..SYSTEM
    },
    Family {
        names: &["ubi7", "ubi7/ubi"],
        home: Home::Host("registry"),
        system: System::Is(RedHat),
        variant: yum,
        ..SYSTEM
    },
    Family {
        names: &["distroless/*"],
        home: Home::Host("gcr"),
        system: System::Is(Distroless),
        workdir: None,
        entrypoint: None,
        cmd: None,
        variant: distroless,
        ..SYSTEM
    },
    // A distribution's image with libraries on top. Since 2022 an entrypoint prints a notice and runs its arguments.
    Family {
        names: &["nvidia/cuda"],
        entrypoint: Some(Entrypoint::Transparent),
        ..SYSTEM
    },
    // Tags of buildpack-deps are code names of both Debian and Ubuntu.
    Family {
        names: &["buildpack-deps"],
        onbuild_tags: false,
        variant: |known, tag| {
            if tag.any(|word| matches!(word, "latest" | "curl" | "scm" | "stable")) != Some(true) {
                named_only(known, tag)
            }
        },
        ..LANGUAGE
    },
    Family {
        // The last three get no new images any more.
        names: &["python", "pypy", "django", "rails", "iojs"],
        ..LANGUAGE
    },
    Family {
        names: &["node"],
        entrypoint: Some(Entrypoint::Transparent),
        ..LANGUAGE
    },
    Family {
        names: &["golang"],
        workdir: Some("/go"),
        env: &[("GOPATH", "/go")],
        ..LANGUAGE
    },
    Family {
        names: &["rust"],
        env: &[
            ("RUSTUP_HOME", "/usr/local/rustup"),
            ("CARGO_HOME", "/usr/local/cargo"),
        ],
        ..LANGUAGE
    },
    Family {
        names: &["ruby"],
        ..LANGUAGE
    },
    Family {
        names: &["php"],
        entrypoint: Some(Entrypoint::Transparent),
        env: &[("PHP_INI_DIR", "/usr/local/etc/php")],
        variant: php,
        ..LANGUAGE
    },
    Family {
        names: &["gcc"],
        ..LANGUAGE
    },
    Family {
        names: &["perl"],
        workdir: None,
        ..LANGUAGE
    },
    Family {
        names: &["erlang", "elixir", "haskell"],
        ..LANGUAGE
    },
    Family {
        names: &["swift"],
        system: System::Usually(Ubuntu),
        ..LANGUAGE
    },
    Family {
        names: &["mono"],
        workdir: None,
        ..LANGUAGE
    },
    Family {
        names: &["openjdk", "java"],
        system: System::Named,
        variant: openjdk,
        ..LANGUAGE
    },
    // Where a family may be built on a JDK image with an entrypoint, that one ends by running its arguments.
    Family {
        names: &["eclipse-temurin"],
        system: System::Usually(Ubuntu),
        entrypoint: Some(Entrypoint::Transparent),
        cmd: None,
        ..LANGUAGE
    },
    Family {
        names: &["amazoncorretto"],
        system: System::Usually(Amazon),
        variant: |known, _| {
            if known.distribution == Some(Amazon) {
                known.package_managers = None
            }
        },
        ..LANGUAGE
    },
    Family {
        names: &["maven"],
        system: System::Named,
        workdir: None,
        entrypoint: Some(Entrypoint::Transparent),
        variant: on_jdk,
        ..LANGUAGE
    },
    Family {
        names: &["gradle"],
        system: System::Named,
        workdir: Some("/home/gradle"),
        entrypoint: Some(Entrypoint::Transparent),
        env: &[("GRADLE_HOME", "/opt/gradle")],
        variant: gradle,
        ..LANGUAGE
    },
    Family {
        names: &["tomcat"],
        system: System::Named,
        workdir: Some("/usr/local/tomcat"),
        entrypoint: Some(Entrypoint::Transparent),
        env: &[("CATALINA_HOME", "/usr/local/tomcat")],
        variant: on_jdk,
        ..LANGUAGE
    },
    Family {
        names: &["composer"],
        system: System::Is(Alpine),
        workdir: Some("/app"),
        entrypoint: Some(Entrypoint::Opaque),
        ..LANGUAGE
    },
    Family {
        names: &[
            "dotnet/sdk",
            "dotnet/aspnet",
            "dotnet/runtime",
            "dotnet/runtime-deps",
            "dotnet/core/sdk",
            "dotnet/core/aspnet",
            "dotnet/core/runtime",
            "dotnet/core/runtime-deps",
        ],
        home: Home::Host("mcr"),
        system: System::Named,
        workdir: None,
        cmd: None,
        variant: dotnet,
        ..SYSTEM
    },
    Family {
        names: &["nginx"],
        workdir: Some("/"),
        ..SERVER
    },
    Family {
        names: &["httpd"],
        workdir: Some("/usr/local/apache2"),
        entrypoint: Some(Entrypoint::None),
        env: &[("HTTPD_PREFIX", "/usr/local/apache2")],
        ..SERVER
    },
    Family {
        names: &["redis"],
        workdir: Some("/data"),
        ..SERVER
    },
    Family {
        names: &["postgres"],
        ..SERVER
    },
    Family {
        names: &["mysql"],
        system: System::Named,
        ..SERVER
    },
    Family {
        names: &["mariadb", "mongo", "rabbitmq"],
        system: System::Named,
        ..SERVER
    },
    Family {
        names: &["memcached"],
        user: None,
        ..SERVER
    },
    Family {
        names: &["wordpress"],
        variant: wordpress,
        ..SERVER
    },
    Family {
        names: &["cassandra", "influxdb"],
        system: System::Named,
        ..SERVER
    },
    Family {
        names: &["docker"],
        system: System::Is(Alpine),
        variant: |known, tag| {
            if tag.any(|word| word.contains("rootless")) != Some(false) {
                known.user = None
            }
        },
        ..SERVER
    },
    Family {
        names: &["haproxy"],
        user: None,
        ..SERVER
    },
    Family {
        names: &["nextcloud"],
        workdir: Some("/var/www/html"),
        ..SERVER
    },
    Family {
        names: &["drupal"],
        entrypoint: Some(Entrypoint::Transparent),
        ..SERVER
    },
    Family {
        names: &["r-base"],
        system: System::Is(Debian),
        workdir: None,
        ..SYSTEM
    },
    Family {
        names: &["jenkins/jenkins", "jenkins"],
        user: Some("jenkins"),
        plain_shell: false,
        ..SERVER
    },
];

/// What the table says of a reference.
pub(super) fn find(reference: &Reference) -> Option<Knowledge> {
    let official = reference.official_name();
    let (family, name) = FAMILIES.iter().find_map(|family| {
        let path = match family.home {
            Home::Default => official?,
            Home::Host(label) if reference.host_starts_with(label) => reference.path(),
            Home::Host(_) => return None,
        };
        Some((family, family.name_of(path)?))
    })?;
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
        self.names
            .iter()
            .copied()
            .find(|name| match name.strip_suffix('*') {
                Some(prefix) => path.len() > prefix.len() && path.starts_with(prefix),
                None => *name == path,
            })
    }
}

/// What the words of a tag say of the distribution.
enum Named {
    None,
    One(Distribution),
    Several,
}

fn named(tag: TagWords<'_>) -> Named {
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

fn dnf(known: &mut Knowledge, _: TagWords<'_>) {
    known.package_managers = Some(&[Dnf, Yum]);
}

fn microdnf(known: &mut Knowledge, _: TagWords<'_>) {
    known.package_managers = Some(&[Microdnf]);
    known.slim = Some(true);
}

fn yum(known: &mut Knowledge, _: TagWords<'_>) {
    known.package_managers = Some(&[Yum]);
}

fn minimal_or_dnf(known: &mut Knowledge, tag: TagWords<'_>) {
    known.package_managers = match tag.any(|word| matches!(word, "minimal" | "micro")) {
        Some(false) => Some(&[Dnf, Yum]),
        Some(true) if tag.words().any(|word| word == "minimal") => Some(&[Microdnf]),
        _ => None,
    };
}

fn centos(known: &mut Knowledge, tag: TagWords<'_>) {
    known.package_managers = match tag.version("centos") {
        Some(5..=7) => Some(&[Yum]),
        Some(8..) => Some(&[Dnf, Yum]),
        _ => None,
    };
}

fn amazon(known: &mut Knowledge, tag: TagWords<'_>) {
    known.package_managers = match tag.major() {
        Some(1 | 2 | 2016..=2018) => Some(&[Yum]),
        Some(2022..) => Some(&[Dnf, Yum]),
        _ => None,
    };
}

fn oracle(known: &mut Knowledge, tag: TagWords<'_>) {
    known.package_managers = match (tag.major(), tag.any(|word| word == "slim")) {
        (Some(5..=7), _) => Some(&[Yum]),
        (Some(8..), Some(false)) => Some(&[Dnf, Yum]),
        (Some(8..), Some(true)) => Some(&[Microdnf]),
        _ => None,
    };
}

/// Some tags run as another user.
fn distroless(known: &mut Knowledge, tag: TagWords<'_>) {
    if tag.any(|word| word == "nonroot") != Some(false) {
        known.user = None;
    }
}

/// Without a name in the tag nothing is known of the distribution.
fn named_only(known: &mut Knowledge, tag: TagWords<'_>) {
    if !matches!(named(tag), Named::One(_)) {
        known.distribution = None;
        known.package_managers = None;
        known.apt_cleans_itself = None;
    }
}

/// The variants for web servers start in the document root.
fn php(known: &mut Knowledge, tag: TagWords<'_>) {
    known.workdir = match tag.any(|word| matches!(word, "apache" | "fpm")) {
        Some(true) => Some("/var/www/html"),
        Some(false) => Some("/"),
        None => None,
    };
}

/// Debian up to 11 and in the slim variants, Oracle Linux from 12 on.
fn openjdk(known: &mut Knowledge, tag: TagWords<'_>) {
    if known.distribution.is_some() || !tag.complete() {
        return;
    }
    let slim = tag.any(|word| word == "slim") == Some(true);
    let found = match tag.major() {
        Some(..=11) => Debian,
        Some(12..) if slim => Debian,
        Some(12..) => Oracle,
        None => return,
    };
    set_distribution(known, found);
}

/// Tags that name a JDK image without a distribution have that image's usual one.
fn on_jdk(known: &mut Knowledge, tag: TagWords<'_>) {
    let temurin = tag.words().any(|word| word == "temurin");
    if known.distribution.is_none()
        && tag.complete()
        && temurin
        && matches!(named(tag), Named::None)
    {
        set_distribution(known, Ubuntu);
    }
}

/// Images before Gradle 6 ran as `gradle`.
fn gradle(known: &mut Knowledge, tag: TagWords<'_>) {
    if !matches!(tag.major(), Some(6..)) {
        known.user = None;
    }
}

/// Debian up to 9 unless the tag names another; distroless variants have their own user and no package manager.
fn dotnet(known: &mut Knowledge, tag: TagWords<'_>) {
    if tag.any(|word| word.contains("chiseled") || word == "distroless") != Some(false) {
        known.user = None;
        known.distribution = None;
        known.package_managers = None;
        known.apt_cleans_itself = None;
        return;
    }
    if known.distribution.is_none() && tag.complete() {
        match tag.major() {
            Some(..=9) => set_distribution(known, Debian),
            Some(10..) => set_distribution(known, Ubuntu),
            None => {}
        }
    }
    known.apt_cleans_itself = None;
}

/// The command-line variant is another image.
fn wordpress(known: &mut Knowledge, tag: TagWords<'_>) {
    if tag.any(|word| word == "cli") == Some(false) {
        known.workdir = Some("/var/www/html");
    } else {
        known.user = None;
        known.distribution = None;
        known.package_managers = None;
        known.apt_cleans_itself = None;
    }
}

fn set_distribution(known: &mut Knowledge, distribution: Distribution) {
    known.distribution = Some(distribution);
    known.package_managers = managers(distribution);
    known.apt_cleans_itself = Some(distribution.is_debian_like());
}
