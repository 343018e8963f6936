//! The table of official image families.
//!
//! Each entry says only what holds for every tag of the family, past ones included; what differs between tags is set by
//! [`Family::variant`], and what may differ without the tag saying so stays unknown. Facts are those of the families' own
//! Dockerfiles.

use super::family::{Distribution, Entrypoint, Knowledge};
use super::reference::TagWords;
use super::variant::{
    amazon, centos, distroless, dnf, dotnet, gradle, microdnf, minimal_or_dnf, named_only, on_jdk,
    openjdk, oracle, php, wordpress, yum,
};
use Distribution::{
    Alma, Alpine, Amazon, Arch, BusyBox, CentOs, Debian, Distroless, Fedora, OpenSuse, Oracle,
    Photon, RedHat, Rocky, Ubuntu,
};

/// A family of images.
pub(super) struct Family {
    /// Paths; one that ends in `*` is a prefix.
    pub(super) names: &'static [&'static str],
    pub(super) home: Home,
    pub(super) system: System,
    pub(super) user: Option<&'static str>,
    pub(super) workdir: Option<&'static str>,
    pub(super) plain_shell: bool,
    pub(super) entrypoint: Option<Entrypoint>,
    pub(super) cmd: Option<bool>,
    pub(super) env: &'static [(&'static str, &'static str)],
    /// Whether there have been `onbuild` tags.
    pub(super) onbuild_tags: bool,
    /// What a tag changes.
    pub(super) variant: fn(&mut Knowledge, TagWords<'_>),
}

/// Where the official images of a family are.
pub(super) enum Home {
    /// The default registry.
    Default,
    /// A registry whose host name starts with this label.
    Host(&'static str),
}

/// Which distribution a family is built on.
pub(super) enum System {
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

/// The families; the first that has a path counts.
pub(super) static FAMILIES: &[Family] = &[
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
