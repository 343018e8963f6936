//! What the tags of a family change: one function for each kind of family in the table.

use super::family::{Distribution, Knowledge, PackageManager};
use super::find::{Named, named, set_distribution};
use super::reference::TagWords;
use Distribution::{Debian, Oracle, Ubuntu};
use PackageManager::{Dnf, Microdnf, Yum};

pub(super) fn dnf(known: &mut Knowledge, _: TagWords<'_>) {
    known.package_managers = Some(&[Dnf, Yum]);
}

pub(super) fn microdnf(known: &mut Knowledge, _: TagWords<'_>) {
    known.package_managers = Some(&[Microdnf]);
    known.slim = Some(true);
}

pub(super) fn yum(known: &mut Knowledge, _: TagWords<'_>) {
    known.package_managers = Some(&[Yum]);
}

pub(super) fn minimal_or_dnf(known: &mut Knowledge, tag: TagWords<'_>) {
    known.package_managers = match tag.any(|word| matches!(word, "minimal" | "micro")) {
        Some(false) => Some(&[Dnf, Yum]),
        Some(true) if tag.words().any(|word| word == "minimal") => Some(&[Microdnf]),
        _ => None,
    };
}

pub(super) fn centos(known: &mut Knowledge, tag: TagWords<'_>) {
    known.package_managers = match tag.version("centos") {
        Some(5..=7) => Some(&[Yum]),
        Some(8..) => Some(&[Dnf, Yum]),
        _ => None,
    };
}

pub(super) fn amazon(known: &mut Knowledge, tag: TagWords<'_>) {
    known.package_managers = match tag.major() {
        Some(1 | 2 | 2016..=2018) => Some(&[Yum]),
        Some(2022..) => Some(&[Dnf, Yum]),
        _ => None,
    };
}

pub(super) fn oracle(known: &mut Knowledge, tag: TagWords<'_>) {
    known.package_managers = match (tag.major(), tag.any(|word| word == "slim")) {
        (Some(5..=7), _) => Some(&[Yum]),
        (Some(8..), Some(false)) => Some(&[Dnf, Yum]),
        (Some(8..), Some(true)) => Some(&[Microdnf]),
        _ => None,
    };
}

/// Some tags run as another user.
pub(super) fn distroless(known: &mut Knowledge, tag: TagWords<'_>) {
    if tag.any(|word| word == "nonroot") != Some(false) {
        known.user = None;
    }
}

/// Without a name in the tag nothing is known of the distribution.
pub(super) fn named_only(known: &mut Knowledge, tag: TagWords<'_>) {
    if !matches!(named(tag), Named::One(_)) {
        known.distribution = None;
        known.package_managers = None;
        known.apt_cleans_itself = None;
    }
}

/// The variants for web servers start in the document root.
pub(super) fn php(known: &mut Knowledge, tag: TagWords<'_>) {
    known.workdir = match tag.any(|word| matches!(word, "apache" | "fpm")) {
        Some(true) => Some("/var/www/html"),
        Some(false) => Some("/"),
        None => None,
    };
}

/// Debian up to 11 and in the slim variants, Oracle Linux from 12 on.
pub(super) fn openjdk(known: &mut Knowledge, tag: TagWords<'_>) {
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
pub(super) fn on_jdk(known: &mut Knowledge, tag: TagWords<'_>) {
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
pub(super) fn gradle(known: &mut Knowledge, tag: TagWords<'_>) {
    if !matches!(tag.major(), Some(6..)) {
        known.user = None;
    }
}

/// Debian up to 9 unless the tag names another; distroless variants have their own user and no package manager.
pub(super) fn dotnet(known: &mut Knowledge, tag: TagWords<'_>) {
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
pub(super) fn wordpress(known: &mut Knowledge, tag: TagWords<'_>) {
    if tag.any(|word| word == "cli") == Some(false) {
        known.workdir = Some("/var/www/html");
    } else {
        known.user = None;
        known.distribution = None;
        known.package_managers = None;
        known.apt_cleans_itself = None;
    }
}
