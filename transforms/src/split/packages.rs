//! Packages of the distributions: which are needed only to build, and what is needed of them when the program runs.

use super::image::System;

/// What becomes of a package in the stage that runs the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is installed there too.
    Keep,
    /// It only builds.
    Drop,
    /// These are what a program needs of it when it runs.
    Instead(Vec<String>),
    /// It fetches or unpacks: it goes when the build is all that calls it.
    Tool,
}

/// What becomes of a package (a name, without version and architecture).
pub(super) fn fate(name: &str, system: &System) -> Fate {
    if name.starts_with('@') {
        return match name.to_ascii_lowercase().contains("development") {
            true => Fate::Drop,
            false => Fate::Keep,
        };
    }
    if let Some(rest) = jdk(name) {
        return Fate::Instead(vec![rest]);
    }
    if let Some((_, libraries)) = LANGUAGE_LIBRARIES
        .iter()
        .find(|(package, _)| *package == name)
    {
        return libraries
            .for_system(system)
            .map_or(Fate::Keep, Fate::Instead);
    }
    if is_build_only(name) {
        return match system.alpine && CPP_ON_ALPINE.contains(&name) {
            true => Fate::Instead(vec!["libstdc++".to_owned(), "libgcc".to_owned()]),
            false => Fate::Drop,
        };
    }
    if let Some((_, libraries)) = LIBRARIES.iter().find(|(package, _)| *package == name) {
        let found = libraries.for_system(system);
        // A development package brings its library, so keeping it is right where the library's name isn't known.
        return found.map_or(Fate::Keep, Fate::Instead);
    }
    match is_tool(name) {
        true => Fate::Tool,
        false => Fate::Keep,
    }
}

/// The name of a package in a word of an install: without version, release and architecture.
pub(super) fn name_of(word: &str) -> &str {
    let end = word.find(['=', '<', '>', '~', '/']).unwrap_or(word.len());
    let name = word.get(..end).unwrap_or_default();
    name.split(':').next().unwrap_or_default()
}

/// The programs of a package that the build calls, by the package's name where they differ.
pub(super) fn programs_of(package: &str) -> &[&str] {
    match package {
        "git" | "git-core" => &["git"],
        "xz-utils" | "xz" => &["xz", "unxz"],
        "bzip2" => &["bzip2", "bunzip2"],
        "p7zip-full" | "p7zip" => &["7z", "7za"],
        "mercurial" => &["hg"],
        "subversion" => &["svn"],
        "bzr" => &["bzr"],
        "gnupg" | "gnupg2" => &["gpg", "gpg2", "apt-key"],
        "unzip" => &["unzip"],
        "zip" => &["zip"],
        "composer" => &["composer"],
        "curl" => &["curl"],
        "wget" => &["wget"],
        "rsync" => &["rsync"],
        "tar" => &["tar"],
        "postgresql-client" => &["psql", "pg_isready", "pg_dump"],
        "default-mysql-client" | "mysql-client" | "mariadb-client" => &["mysql", "mysqladmin"],
        "netcat" | "netcat-openbsd" | "netcat-traditional" => &["nc", "netcat"],
        "procps" => &["ps", "pgrep", "pkill", "top"],
        "gettext" | "gettext-base" => &["envsubst"],
        "openssh-client" => &["ssh", "scp", "ssh-keyscan"],
        "redis-tools" => &["redis-cli"],
        "iproute2" => &["ip", "ss"],
        "iputils-ping" => &["ping"],
        "build-essential" | "build-base" => &["gcc", "g++", "cc", "c++", "make"],
        "gcc" => &["gcc", "cc"],
        "g++" | "gcc-c++" => &["g++", "c++"],
        _ => &[],
    }
}

/// Whether a package only fetches or unpacks.
pub(super) fn is_tool(name: &str) -> bool {
    TOOLS.contains(&name)
}

/// The Java runtime of a JDK's package.
fn jdk(name: &str) -> Option<String> {
    match name {
        "default-jdk-headless" => return Some("default-jre-headless".to_owned()),
        "default-jdk" => return Some("default-jre".to_owned()),
        _ => {}
    }
    let rest = name
        .strip_prefix("openjdk-")
        .or_else(|| name.strip_prefix("openjdk"))?;
    let number = rest.split('-').next()?;
    number.parse::<u32>().ok()?;
    name.contains("-jdk")
        .then(|| name.replacen("-jdk", "-jre", 1))
}

fn is_build_only(name: &str) -> bool {
    let numbered = |stem: &str| {
        name.strip_prefix(stem).is_some_and(|rest| {
            rest.is_empty()
                || rest.starts_with('-')
                    && rest.get(1..).is_some_and(|version| {
                        !version.is_empty()
                            && version.chars().all(|c| c.is_ascii_digit() || c == '.')
                    })
        })
    };
    BUILD_ONLY.contains(&name)
        || COMPILERS.iter().any(|stem| numbered(stem))
        || name.starts_with("linux-headers-")
        || name.starts_with("golang-1.")
        || name.starts_with("libmaven-") && name.ends_with("-plugin-java")
        || name == "libsurefire-java"
        || matches!(name, "golang-bin" | "golang-go" | "golang-src")
}

/// Compilers, with or without a version behind a dash.
const COMPILERS: &[&str] = &[
    "gcc", "g++", "clang", "gfortran", "cpp", "golang", "automake", "autoconf", "llvm", "bison",
];

/// Packages that hold nothing that a finished program needs. Headers of C libraries, compilers, and what drives them.
const BUILD_ONLY: &[&str] = &[
    "build-essential",
    "build-base",
    "alpine-sdk",
    "base-devel",
    "g++-multilib",
    "gcc-multilib",
    "gcc-c++",
    "gcc-gfortran",
    "libc-dev",
    "libc6-dev",
    "libc6-dev-i386",
    "glibc-devel",
    "glibc-headers",
    "musl-dev",
    "libstdc++-devel",
    "kernel-headers",
    "kernel-devel",
    "linux-headers",
    "linux-libc-dev",
    "make",
    "gmake",
    "cmake",
    "cmake3",
    "cmake-data",
    "ninja",
    "ninja-build",
    "samurai",
    "meson",
    "scons",
    "automake",
    "autoconf",
    "autotools-dev",
    "autopoint",
    "autoconf-archive",
    "libtool",
    "libtool-bin",
    "m4",
    "binutils",
    "binutils-gold",
    "bison",
    "byacc",
    "flex",
    "re2c",
    "nasm",
    "yasm",
    "patch",
    "pkg-config",
    "pkgconfig",
    "pkgconf",
    "pkgconf-pkg-config",
    "texinfo",
    "swig",
    "ccache",
    "dpkg-dev",
    "debhelper",
    "devscripts",
    "checkinstall",
    "fakeroot",
    "equivs",
    "rpm-build",
    "intltool",
    "gperf",
    "itstool",
    "cargo",
    "rustc",
    "rust",
    "go",
    "golang",
    "golang-go",
    "go-dep",
    "glide",
    "maven",
    "gradle",
    "ant",
    "sbt",
    "leiningen",
    "protobuf-compiler",
    "upx",
    "upx-ucl",
    "python-dev",
    "python2-dev",
    "python3-dev",
    "python3.5-dev",
    "python3.6-dev",
    "python3.7-dev",
    "python3.8-dev",
    "python3.9-dev",
    "python3.10-dev",
    "python3.11-dev",
    "python3.12-dev",
    "python2.7-dev",
    "python-all-dev",
    "python3-all-dev",
    "python-devel",
    "python3-devel",
    "python34-devel",
    "python36-devel",
    "ruby-dev",
    "ruby-devel",
    "php-dev",
    "php5-dev",
    "php7-dev",
    "php7.0-dev",
    "lua5.1-dev",
    "cython",
    "cython3",
];

/// Packages whose compiler links C++ programs with a library that Alpine's base image has not.
const CPP_ON_ALPINE: &[&str] = &["g++", "build-base", "alpine-sdk", "clang", "gcc"];

/// What fetches, checks and unpacks.
const TOOLS: &[&str] = &[
    "git",
    "git-core",
    "mercurial",
    "subversion",
    "bzr",
    "wget",
    "curl",
    "unzip",
    "zip",
    "bzip2",
    "xz-utils",
    "xz",
    "p7zip-full",
    "p7zip",
    "gnupg",
    "gnupg2",
    "rsync",
    "composer",
];

/// The packages that hold the libraries of a development package; the same one in a row of releases.
pub(super) struct Libraries {
    /// On Alpine.
    alpine: &'static str,
    /// On every release of Debian and Ubuntu.
    debian: &'static str,
    /// Where the name changes: from this release of Debian (or of Ubuntu, by its year) on, in ascending order.
    releases: &'static [(Release, &'static str)],
    /// On distributions with RPM.
    rpm: &'static str,
}

/// A release of Debian by its number, or of Ubuntu by its year and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Release {
    /// Debian 12 is `Debian(12)`.
    Debian(u32),
    /// Ubuntu 22.04 is `Ubuntu(2204)`.
    Ubuntu(u32),
}

impl Libraries {
    fn for_system(&self, system: &System) -> Option<Vec<String>> {
        let words = |text: &str| -> Option<Vec<String>> {
            let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            (!words.is_empty()).then_some(words)
        };
        if system.alpine {
            return words(self.alpine);
        }
        if system.rpm {
            return words(self.rpm);
        }
        let debian = words(self.debian);
        if debian.is_some() {
            return debian.filter(|_| system.release.is_some() || system.debian_like);
        }
        let release = system.release?;
        let same = |other: Release| {
            matches!(
                (other, release),
                (Release::Debian(_), Release::Debian(_)) | (Release::Ubuntu(_), Release::Ubuntu(_))
            )
        };
        let known = self.releases.iter().rev();
        let mut known = known.filter(|(from, _)| same(*from) && *from <= release);
        words(known.next()?.1)
    }
}

const fn libraries(alpine: &'static str, debian: &'static str, rpm: &'static str) -> Libraries {
    Libraries {
        alpine,
        debian,
        releases: &[],
        rpm,
    }
}

const fn by_release(
    alpine: &'static str,
    rpm: &'static str,
    releases: &'static [(Release, &'static str)],
) -> Libraries {
    Libraries {
        alpine,
        debian: "",
        releases,
        rpm,
    }
}

use Release::{Debian, Ubuntu};

/// Compilers whose programs need a library of the compiler.
const LANGUAGE_LIBRARIES: &[(&str, Libraries)] = &[(
    "gfortran",
    by_release(
        "libgfortran",
        "libgfortran",
        &[
            (Debian(8), "libgfortran3"),
            (Debian(10), "libgfortran5"),
            (Ubuntu(1404), "libgfortran3"),
            (Ubuntu(1804), "libgfortran4"),
            (Ubuntu(1910), "libgfortran5"),
        ],
    ),
)];

/// Development packages and the libraries that programs need of them. An empty text says that the name isn't known there.
/// Names are those of the distributions' package lists; Alpine keeps its names from release to release.
const LIBRARIES: &[(&str, Libraries)] = &[
    ("libpq-dev", libraries("libpq", "libpq5", "")),
    ("postgresql-dev", libraries("libpq", "", "")),
    ("postgresql-devel", libraries("", "", "postgresql-libs")),
    ("zlib1g-dev", libraries("", "zlib1g", "")),
    ("zlib-dev", libraries("zlib", "", "")),
    ("zlib-devel", libraries("", "", "zlib")),
    (
        "libxml2-dev",
        by_release(
            "libxml2",
            "",
            &[(Debian(8), "libxml2"), (Ubuntu(1404), "libxml2")],
        ),
    ),
    ("libxml2-devel", libraries("", "", "libxml2")),
    ("libxslt1-dev", libraries("", "libxslt1.1", "")),
    ("libxslt-dev", libraries("libxslt", "libxslt1.1", "")),
    ("libxslt-devel", libraries("", "", "libxslt")),
    ("libsqlite3-dev", libraries("", "libsqlite3-0", "")),
    ("sqlite-dev", libraries("sqlite-libs", "", "")),
    ("sqlite-devel", libraries("", "", "sqlite")),
    ("libyaml-dev", libraries("", "libyaml-0-2", "")),
    ("yaml-dev", libraries("yaml", "", "")),
    (
        "libffi-dev",
        by_release(
            "libffi",
            "",
            &[
                (Debian(8), "libffi6"),
                (Debian(11), "libffi7"),
                (Debian(12), "libffi8"),
                (Ubuntu(1404), "libffi6"),
                (Ubuntu(2004), "libffi7"),
                (Ubuntu(2204), "libffi8"),
            ],
        ),
    ),
    ("libffi-devel", libraries("", "", "libffi")),
    (
        "libssl-dev",
        by_release(
            "",
            "",
            &[
                (Debian(8), "libssl1.0.0"),
                (Debian(9), "libssl1.1"),
                (Debian(12), "libssl3"),
                (Debian(13), "libssl3t64"),
                (Ubuntu(1404), "libssl1.0.0"),
                (Ubuntu(1804), "libssl1.1"),
                (Ubuntu(2204), "libssl3"),
                (Ubuntu(2404), "libssl3t64"),
            ],
        ),
    ),
    ("openssl-devel", libraries("", "", "openssl-libs")),
    ("libjpeg62-turbo-dev", libraries("", "libjpeg62-turbo", "")),
    ("libjpeg-turbo8-dev", libraries("", "libjpeg-turbo8", "")),
    (
        "libjpeg8-dev",
        by_release("", "", &[(Ubuntu(1404), "libjpeg8")]),
    ),
    (
        "libjpeg-dev",
        by_release(
            "libjpeg-turbo",
            "",
            &[(Debian(8), "libjpeg62-turbo"), (Ubuntu(1404), "libjpeg8")],
        ),
    ),
    ("jpeg-dev", libraries("libjpeg-turbo", "", "")),
    ("libjpeg-turbo-dev", libraries("libjpeg-turbo", "", "")),
    (
        "libpng-dev",
        by_release(
            "libpng",
            "",
            &[
                (Debian(9), "libpng16-16"),
                (Debian(13), "libpng16-16t64"),
                (Ubuntu(1610), "libpng16-16"),
                (Ubuntu(2404), "libpng16-16t64"),
            ],
        ),
    ),
    ("libpng12-dev", libraries("", "libpng12-0", "")),
    ("libfreetype6-dev", libraries("", "libfreetype6", "")),
    ("freetype-dev", libraries("freetype", "", "")),
    ("liblcms2-dev", libraries("", "liblcms2-2", "")),
    ("lcms2-dev", libraries("lcms2", "", "")),
    (
        "libcurl4-openssl-dev",
        by_release(
            "",
            "",
            &[
                (Debian(8), "libcurl3"),
                (Debian(10), "libcurl4"),
                (Debian(13), "libcurl4t64"),
                (Ubuntu(1404), "libcurl3"),
                (Ubuntu(1804), "libcurl4"),
                (Ubuntu(2404), "libcurl4t64"),
            ],
        ),
    ),
    ("curl-dev", libraries("libcurl", "", "")),
    (
        "libreadline-dev",
        by_release(
            "",
            "",
            &[
                (Debian(8), "libreadline6"),
                (Debian(9), "libreadline7"),
                (Debian(10), "libreadline7"),
                (Debian(11), "libreadline8"),
                (Debian(13), "libreadline8t64"),
                (Ubuntu(1404), "libreadline6"),
                (Ubuntu(1710), "libreadline7"),
                (Ubuntu(1910), "libreadline8"),
                (Ubuntu(2404), "libreadline8t64"),
            ],
        ),
    ),
    ("readline-dev", libraries("readline", "", "")),
    (
        "libncurses5-dev",
        by_release(
            "",
            "",
            &[
                (Debian(8), "libncurses5"),
                (Debian(10), "libncurses6"),
                (Ubuntu(1404), "libncurses5"),
                (Ubuntu(1910), "libncurses6"),
            ],
        ),
    ),
    (
        "libncurses-dev",
        by_release(
            "",
            "",
            &[
                (Debian(8), "libncurses5"),
                (Debian(10), "libncurses6"),
                (Ubuntu(1404), "libncurses5"),
                (Ubuntu(1910), "libncurses6"),
            ],
        ),
    ),
    ("ncurses-dev", libraries("ncurses-libs", "", "")),
    ("ncurses-devel", libraries("", "", "ncurses-libs")),
    ("libbz2-dev", libraries("", "libbz2-1.0", "")),
    ("bzip2-dev", libraries("libbz2", "", "")),
    ("bzip2-devel", libraries("", "", "bzip2-libs")),
    ("liblzma-dev", libraries("", "liblzma5", "")),
    ("xz-dev", libraries("xz-libs", "", "")),
    ("libgmp-dev", libraries("", "libgmp10", "")),
    ("gmp-dev", libraries("gmp", "", "")),
    ("libsasl2-dev", libraries("", "libsasl2-2", "")),
    ("libpcre3-dev", libraries("", "libpcre3", "")),
    ("pcre-dev", libraries("pcre", "", "")),
    ("pcre-devel", libraries("", "", "pcre")),
    ("libexpat1-dev", libraries("", "libexpat1", "")),
    ("expat-dev", libraries("expat", "", "")),
    ("libzmq3-dev", libraries("", "libzmq5", "")),
    ("zeromq-dev", libraries("libzmq", "", "")),
    (
        "libhiredis-dev",
        by_release(
            "",
            "",
            &[
                (Debian(9), "libhiredis0.13"),
                (Debian(10), "libhiredis0.14"),
                (Ubuntu(1604), "libhiredis0.13"),
                (Ubuntu(1910), "libhiredis0.14"),
            ],
        ),
    ),
    ("libusb-1.0-0-dev", libraries("", "libusb-1.0-0", "")),
    ("libudev-dev", libraries("", "libudev1", "")),
    (
        "libkrb5-dev",
        libraries("", "libgssapi-krb5-2 libkrb5-3", ""),
    ),
    ("krb5-dev", libraries("krb5-libs", "", "")),
    (
        "libuv1-dev",
        by_release("", "", &[(Debian(9), "libuv1"), (Ubuntu(1604), "libuv1")]),
    ),
    ("libuv-dev", libraries("libuv", "", "")),
    ("libopus-dev", libraries("", "libopus0", "")),
    (
        "libsodium-dev",
        by_release(
            "libsodium",
            "",
            &[
                (Debian(9), "libsodium18"),
                (Debian(10), "libsodium23"),
                (Ubuntu(1604), "libsodium18"),
                (Ubuntu(1804), "libsodium23"),
            ],
        ),
    ),
    ("libunwind-dev", libraries("libunwind", "libunwind8", "")),
    ("liblua5.1-0-dev", libraries("", "liblua5.1-0", "")),
    ("liblua5.3-dev", libraries("", "liblua5.3-0", "")),
    ("libgeoip-dev", libraries("", "libgeoip1", "")),
    ("libmagic-dev", libraries("", "libmagic1", "")),
    (
        "libpcap-dev",
        by_release(
            "libpcap",
            "",
            &[
                (Debian(8), "libpcap0.8"),
                (Debian(13), "libpcap0.8t64"),
                (Ubuntu(1404), "libpcap0.8"),
                (Ubuntu(2404), "libpcap0.8t64"),
            ],
        ),
    ),
    (
        "libldap2-dev",
        by_release(
            "",
            "",
            &[
                (Debian(8), "libldap-2.4-2"),
                (Debian(12), "libldap-2.5-0"),
                (Ubuntu(1404), "libldap-2.4-2"),
                (Ubuntu(2204), "libldap-2.5-0"),
            ],
        ),
    ),
    (
        "default-libmysqlclient-dev",
        by_release(
            "",
            "",
            &[
                (Debian(9), "libmariadbclient18"),
                (Debian(10), "libmariadb3"),
            ],
        ),
    ),
    ("libmariadb-dev", libraries("", "libmariadb3", "")),
    ("mariadb-dev", libraries("mariadb-connector-c", "", "")),
    ("linux-pam-dev", libraries("linux-pam", "", "")),
    ("libpam0g-dev", libraries("", "libpam0g", "")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(system: &System, name: &str, expected: Fate) {
        assert_eq!(fate(name, system), expected, "{name}");
    }

    fn instead(names: &[&str]) -> Fate {
        Fate::Instead(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn debian() {
        let bookworm = System {
            debian_like: true,
            release: Some(Debian(12)),
            ..System::default()
        };
        check(&bookworm, "build-essential", Fate::Drop);
        check(&bookworm, "gcc-12", Fate::Drop);
        check(&bookworm, "clang-3.9", Fate::Drop);
        check(&bookworm, "gcc-base", Fate::Keep);
        check(&bookworm, "libpq-dev", instead(&["libpq5"]));
        check(&bookworm, "libssl-dev", instead(&["libssl3"]));
        check(&bookworm, "libunheardof-dev", Fate::Keep);
        check(&bookworm, "git", Fate::Tool);
        check(&bookworm, "ffmpeg", Fate::Keep);
        check(
            &bookworm,
            "openjdk-17-jdk-headless",
            instead(&["openjdk-17-jre-headless"]),
        );
        check(&bookworm, "gfortran", instead(&["libgfortran5"]));
    }

    #[test]
    fn names_change_with_the_release() {
        let release = |release| System {
            debian_like: true,
            release,
            ..System::default()
        };
        for (at, expected) in [
            (Some(Debian(9)), instead(&["libssl1.1"])),
            (Some(Debian(13)), instead(&["libssl3t64"])),
            (Some(Ubuntu(1604)), instead(&["libssl1.0.0"])),
            (Some(Ubuntu(2204)), instead(&["libssl3"])),
            (None, Fate::Keep),
        ] {
            check(&release(at), "libssl-dev", expected);
        }
    }

    #[test]
    fn alpine() {
        let alpine = System {
            alpine: true,
            ..System::default()
        };
        check(&alpine, "build-base", instead(&["libstdc++", "libgcc"]));
        check(&alpine, "make", Fate::Drop);
        check(&alpine, "postgresql-dev", instead(&["libpq"]));
        check(&alpine, "bash", Fate::Keep);
    }

    #[test]
    fn words() {
        for (word, name) in [
            ("curl=7.1-2", "curl"),
            ("libc6:i386", "libc6"),
            ("foo~=1", "foo"),
            ("g++", "g++"),
            ("r-base/stable", "r-base"),
        ] {
            assert_eq!(name_of(word), name);
        }
    }
}
