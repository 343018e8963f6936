//! Packages of the distributions: which are needed only to build, and what is needed of them when the program runs.

use super::image::System;
use super::package_tables::{
    BUILD_ONLY, COMPILERS, CPP_ON_ALPINE, LANGUAGE_LIBRARIES, LIBRARIES, TOOLS,
};

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
        "python-pip" => &["pip", "pip2"],
        "python3-pip" => &["pip3", "pip"],
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
        let first = self.at(system.release?)?;
        // The name has to be the same in every release that the image may be of.
        let one = system
            .latest
            .is_none_or(|latest| self.at(latest) == Some(first));
        words(first).filter(|_| one)
    }

    /// The packages' names in a release.
    fn at(&self, release: Release) -> Option<&'static str> {
        let same = |other: Release| {
            matches!(
                (other, release),
                (Release::Debian(_), Release::Debian(_)) | (Release::Ubuntu(_), Release::Ubuntu(_))
            )
        };
        let known = self.releases.iter().rev();
        let mut known = known.filter(|(from, _)| same(*from) && *from <= release);
        Some(known.next()?.1)
    }
}

pub(super) const fn libraries(
    alpine: &'static str,
    debian: &'static str,
    rpm: &'static str,
) -> Libraries {
    Libraries {
        alpine,
        debian,
        releases: &[],
        rpm,
    }
}

pub(super) const fn by_release(
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

#[cfg(test)]
mod tests {
    use super::Release::{Debian, Ubuntu};
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
        let range = System {
            latest: Some(Debian(12)),
            ..release(Some(Debian(9)))
        };
        check(&range, "libpng-dev", instead(&["libpng16-16"]));
        check(&range, "libssl-dev", Fate::Keep);
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
