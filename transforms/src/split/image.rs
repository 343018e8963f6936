//! The image that a file starts from: its family, version and distribution.

use super::packages::Release;
use crate::images::{self, Distribution, Knowledge};
use crate::model::{Analysis, Args, Base, Stage};

/// What packages and programs depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct System {
    /// Debian, Ubuntu and what is made of them.
    pub(super) debian_like: bool,
    /// Alpine.
    pub(super) alpine: bool,
    /// Packages are RPM's.
    pub(super) rpm: bool,
    /// The release, if it is known and one of Debian's or Ubuntu's.
    pub(super) release: Option<Release>,
    /// The last release that the image may be of, where its tag leaves more than one open: `release` is the first.
    pub(super) latest: Option<Release>,
}

/// The image that the file starts from.
#[derive(Debug, Clone)]
pub(super) struct Image {
    /// As written.
    pub(super) text: String,
    /// What the table says of it.
    pub(super) known: Option<Knowledge>,
    /// The name as written, without tag.
    pub(super) name: String,
    /// The tag as written; variables may be in it.
    pub(super) tag: Option<String>,
    /// Whether it is named by digest.
    pub(super) digest: bool,
    /// The distribution and release.
    pub(super) system: System,
}

impl Image {
    /// The image of a stage; `None` when it starts from none.
    pub(super) fn of(analysis: &Analysis, stage: &Stage) -> Option<Self> {
        let from = analysis.instructions.get(stage.from)?;
        let Args::From { image, .. } = &from.args else {
            return None;
        };
        let Base::Image(value) = &stage.base else {
            return None;
        };
        let text = image.text.to_string();
        let (bare, digest) = match text.split_once('@') {
            Some((bare, _)) => (bare, true),
            None => (text.as_str(), false),
        };
        let last = bare.rfind('/').map_or(0, |at| at + 1);
        let colon = bare
            .get(last..)
            .and_then(|name| name.find(':'))
            .map(|at| last + at);
        let (name, tag) = match colon {
            Some(at) => (
                bare.get(..at)?.to_owned(),
                bare.get(at + 1..).map(str::to_owned),
            ),
            None => (bare.to_owned(), None),
        };
        // A default of a build argument tells the family; the release is whatever the argument says.
        let known = value.known().and_then(images::lookup).or_else(|| {
            (!name.contains('$'))
                .then(|| images::lookup(&format!("{name}:{}", plain(tag.as_deref()))))?
        });
        let mut system = system(known.as_ref(), &name, tag.as_deref());
        // No later release of Debian has this package.
        if system.latest.is_some() && analysis.source.contains("libpng12") {
            system.release = Some(Release::Debian(8));
            system.latest = None;
        }
        Some(Self {
            known,
            name,
            tag,
            digest,
            system,
            text,
        })
    }

    /// The family's name.
    pub(super) fn family(&self) -> &str {
        self.known.map_or("", |known| known.family)
    }

    /// The words of the tag.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.tag.as_deref().unwrap_or_default().split('-')
    }

    pub(super) fn has_word(&self, word: &str) -> bool {
        self.words().any(|other| other == word)
    }

    /// The first numbers of the tag.
    pub(super) fn version(&self) -> Option<(u32, Option<u32>)> {
        let tag = self.tag.as_deref()?;
        let mut numbers = tag.split('-').next()?.split('.');
        let major = numbers.next()?.parse().ok()?;
        Some((major, numbers.next().and_then(|minor| minor.parse().ok())))
    }

    /// Whether it is a distribution's own image, in which `/usr/local` and `/opt` are empty.
    pub(super) fn is_plain(&self) -> bool {
        matches!(
            self.family(),
            "debian"
                | "ubuntu"
                | "alpine"
                | "centos"
                | "fedora"
                | "rockylinux"
                | "almalinux"
                | "amazonlinux"
                | "oraclelinux"
        ) || self.family().starts_with("opensuse")
    }

    pub(super) fn with_tag(&self, tag: &str) -> String {
        format!("{}:{tag}", self.name)
    }

    /// The same name with a word more in the tag.
    pub(super) fn with_word(&self, word: &str) -> String {
        match self.tag.as_deref() {
            None | Some("latest") => self.with_tag(word),
            Some(tag) => self.with_tag(&format!("{tag}-{word}")),
        }
    }

    /// The slim variant of a language's image of Debian: the word stands before the release's name or at the end, as the
    /// family does it.
    pub(super) fn slim(&self) -> String {
        let tag = self.tag.as_deref().unwrap_or_default();
        let release = self.words().find(|word| is_debian_name(word));
        let before = matches!(self.family(), "python" | "ruby") && release.is_some();
        match release {
            Some(name) if before => {
                let front = tag.strip_suffix(name).unwrap_or(tag).trim_end_matches('-');
                match front {
                    "" => self.with_tag(&format!("slim-{name}")),
                    front => self.with_tag(&format!("{front}-slim-{name}")),
                }
            }
            _ => self.with_word("slim"),
        }
    }
}

/// The tag for a look-up, without what variables stand for.
fn plain(tag: Option<&str>) -> String {
    let tag = tag.unwrap_or("latest");
    let words = tag.split('-').filter(|word| !word.contains('$'));
    let text = words.collect::<Vec<_>>().join("-");
    if text.is_empty() {
        "0".to_owned()
    } else {
        text
    }
}

fn is_debian_name(word: &str) -> bool {
    debian_number(word).is_some()
}

/// The number of a release of Debian by its name.
pub(super) fn debian_number(name: &str) -> Option<u32> {
    Some(match name {
        "jessie" => 8,
        "stretch" => 9,
        "buster" => 10,
        "bullseye" => 11,
        "bookworm" => 12,
        "trixie" => 13,
        _ => return None,
    })
}

pub(super) fn debian_name(number: u32) -> Option<&'static str> {
    Some(match number {
        8 => "jessie",
        9 => "stretch",
        10 => "buster",
        11 => "bullseye",
        12 => "bookworm",
        13 => "trixie",
        _ => return None,
    })
}

fn ubuntu_number(word: &str) -> Option<u32> {
    Some(match word {
        "trusty" => 1404,
        "xenial" => 1604,
        "bionic" => 1804,
        "focal" => 2004,
        "jammy" => 2204,
        "noble" => 2404,
        _ => {
            let (year, month) = word.split_once('.')?;
            let month = month.split('.').next()?;
            year.parse::<u32>().ok()? * 100 + month.parse::<u32>().ok()?
        }
    })
}

pub(super) fn system(known: Option<&Knowledge>, name: &str, tag: Option<&str>) -> System {
    let words = || tag.unwrap_or_default().split('-');
    let distribution = known.and_then(|known| known.distribution);
    let last = name.rsplit('/').next().unwrap_or_default();
    let debian = match distribution {
        Some(found) => found.is_debian_like(),
        // Images that are made of Ubuntu, by their names.
        None => matches!(last, "baseimage" | "minideb" | "neurodebian"),
    };
    let release = match distribution {
        Some(Distribution::Debian) => words()
            .find_map(debian_number)
            .or_else(|| {
                let number = tag
                    .unwrap_or_default()
                    .split(['-', '.'])
                    .next()?
                    .parse()
                    .ok()?;
                (known?.family == "debian").then_some(number)
            })
            .or_else(|| default_debian(known?.family, tag))
            .or_else(|| releases_of_php(known?.family, tag).map(|(first, _)| first))
            .map(Release::Debian),
        Some(Distribution::Ubuntu) => words().find_map(ubuntu_number).map(Release::Ubuntu),
        _ => None,
    };
    let named = || words().find_map(debian_number).is_some();
    let latest = match distribution {
        Some(Distribution::Debian) if !named() => {
            known.and_then(|known| releases_of_php(known.family, tag))
        }
        _ => None,
    };
    System {
        debian_like: debian,
        latest: latest.map(|(_, last)| Release::Debian(last)),
        alpine: distribution == Some(Distribution::Alpine) || last.starts_with("alpine"),
        rpm: distribution.is_some_and(|it| {
            use Distribution::{Alma, Amazon, CentOs, Fedora, OpenSuse, Oracle, RedHat, Rocky};
            matches!(
                it,
                Fedora | CentOs | Rocky | Alma | Amazon | Oracle | RedHat | OpenSuse
            )
        }),
        release,
    }
}

/// The release of Debian that tags of a compiler's image without its name stand for. Where the release changed during a
/// version's life it is the later one: programs run with a newer C library than they were linked with, not with an
/// older one.
fn default_debian(family: &str, tag: Option<&str>) -> Option<u32> {
    let tag = tag.unwrap_or("latest");
    if tag.contains('$') {
        return None;
    }
    let mut numbers = tag
        .split('-')
        .next()?
        .split('.')
        .map(|text| text.parse::<u32>().ok());
    let major = numbers.next().flatten();
    let minor = numbers.next().flatten();
    match family {
        "golang" => Some(match (major, minor) {
            (Some(1), Some(..=11)) => 9,
            (Some(1), Some(12..=15)) => 10,
            (Some(1), Some(16..=18)) => 11,
            (Some(1), Some(19..=23)) => 12,
            (Some(1), Some(24..) | None) | (None, None) => 13,
            _ => return None,
        }),
        "rust" => Some(match (major, minor) {
            (Some(1), Some(..=36)) => 9,
            (Some(1), Some(37..=56)) => 10,
            (Some(1), Some(57..=69)) => 11,
            (Some(1), Some(70..=88)) => 12,
            (Some(1), Some(89..) | None) | (None, None) => 13,
            _ => return None,
        }),
        "gcc" => Some(match major {
            Some(..=8) => 10,
            Some(9..=11) => 11,
            Some(12 | 13) => 12,
            Some(14..) | None => 13,
        }),
        _ => None,
    }
}

/// The first and the last release of Debian that a tag of PHP's images without a release's name may stand for: those that
/// the images of the version were built on. A version that gets no images any more (`7.2`) stays on its last one; one
/// patch (`7.2.5`) was built on what was current then.
fn releases_of_php(family: &str, tag: Option<&str>) -> Option<(u32, u32)> {
    let tag = tag.unwrap_or_default();
    if family != "php" || tag.contains('$') {
        return None;
    }
    let version = tag.split('-').next().unwrap_or_default();
    let numbers: Vec<Option<u32>> = version.split('.').map(|it| it.parse().ok()).collect();
    let (minor, patched) = match numbers.as_slice() {
        [Some(major), Some(minor)] => ((*major, *minor), false),
        [Some(major), Some(minor), Some(_)] => ((*major, *minor), true),
        [Some(5)] => ((5, 6), false),
        [Some(7)] => ((7, 4), false),
        _ => return None,
    };
    let all = match minor {
        (5, 6) | (7, 0) => (8, 9),
        (7, 1) => (8, 10),
        (7, 2) => (9, 10),
        (7, 3) => (9, 11),
        (7, 4) => (10, 11),
        (8, 0) => (10, 12),
        (8, 1 | 2) => (11, 13),
        (8, 3 | 4) => (12, 13),
        _ => return None,
    };
    let ended = minor <= (8, 0);
    Some(match ended && !patched {
        true => (all.1, all.1),
        false => all,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_of_php_images() {
        for (tag, expected) in [
            ("7.2-fpm", Some((10, 10))),
            ("7.2.5-fpm", Some((9, 10))),
            ("7-apache", Some((11, 11))),
            ("5.6-apache", Some((9, 9))),
            ("8.2-cli", Some((11, 13))),
            ("8-cli", None),
            ("fpm", None),
            ("${V}-fpm", None),
        ] {
            assert_eq!(releases_of_php("php", Some(tag)), expected, "{tag}");
        }
        assert_eq!(releases_of_php("node", Some("7.2")), None);
    }
}
