//! Which image the stage that runs the program starts from.
//!
//! The default policy takes the slim, JRE or runtime relative of the image that the file names, so that the C library and
//! all versions stay what they were. Facts are those of the families' own Dockerfiles and tags.

use super::image::{Image, System, debian_name, debian_number, system};
use super::packages::Release;
use crate::images::{self, Reference};
use crate::settings::{RuntimeBase, Settings};

/// The image that the program runs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Runtime {
    /// As it is written behind FROM.
    pub(super) text: String,
    /// Why this one.
    pub(super) reason: String,
    /// Whether it is the image that the file names.
    pub(super) same: bool,
    /// Whether there is a shell and a package manager.
    pub(super) empty: bool,
    pub(super) system: System,
    /// Whether it is of the same family, so that configuration and language are those of the original.
    pub(super) same_family: bool,
}

/// What the build makes, as far as the choice of the image depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Product {
    /// A program for the machine that needs no library.
    Static,
    /// A program for the machine.
    Native,
    /// Classes for a Java runtime.
    Java,
    /// Files that the program of the image reads, and code in its language.
    Hosted,
    /// Anything; the image stays what it is.
    Any,
}

/// The image for the runtime stage, or why there is none.
pub(super) fn choose(
    image: &Image,
    product: Product,
    settings: &Settings,
) -> Result<Runtime, String> {
    match &settings.runtime_base {
        RuntimeBase::Map(map) => {
            let reference = Reference::parse(&image.text);
            let entry = map.iter().find(|(key, _)| {
                **key == image.text
                    || **key == image.name
                    || Reference::parse(key).is_some_and(|key| {
                        reference.as_ref().is_some_and(|it| {
                            key.tag().is_none()
                                && key.path() == it.path()
                                && key.host() == it.host()
                        })
                    })
            });
            match entry {
                Some((_, value)) => Ok(configured(image, value)),
                None => same_family(image, product),
            }
        }
        RuntimeBase::SameFamilySlim => same_family(image, product),
        RuntimeBase::Image(text) => Ok(configured(image, text)),
        RuntimeBase::Distroless => distroless(image, product),
        RuntimeBase::Alpine => alpine(image, product),
        RuntimeBase::Scratch => scratch(product),
    }
}

/// An image that the user names.
fn configured(image: &Image, text: &str) -> Runtime {
    let known = images::lookup(text);
    let last = text.rfind('/').map_or(0, |at| at + 1);
    let colon = text
        .get(last..)
        .and_then(|name| name.find(':'))
        .map(|at| last + at);
    let (name, tag) = match colon {
        Some(at) => (text.get(..at).unwrap_or(text), text.get(at + 1..)),
        None => (text, None),
    };
    Runtime {
        reason: format!("the configuration names `{text}` for `{}`", image.text),
        same: text == image.text,
        empty: text == "scratch" || text.contains("distroless/"),
        system: system(known.as_ref(), name, tag),
        same_family: known.is_some_and(|known| known.family == image.family()),
        text: text.to_owned(),
    }
}

/// The image that the file names, for a stage that shares steps with the other.
pub(super) fn unchanged(image: &Image) -> Runtime {
    same(
        image,
        "the first steps can't be taken apart, so both stages have them on the same image",
    )
}

/// The image that the file names.
pub(super) fn same(image: &Image, reason: &str) -> Runtime {
    Runtime {
        text: image.text.clone(),
        reason: reason.to_owned(),
        same: true,
        empty: false,
        system: image.system.clone(),
        same_family: true,
    }
}

fn other(image: &Image, text: String, reason: String, same_family: bool) -> Runtime {
    let mut system = image.system.clone();
    if !same_family {
        system.release = text
            .split([':', '-'])
            .find_map(debian_number)
            .map(Release::Debian)
            .or(system.release);
    }
    Runtime {
        text,
        reason,
        same: false,
        empty: false,
        system,
        same_family,
    }
}

fn same_family(image: &Image, product: Product) -> Result<Runtime, String> {
    let family = image.family();
    let slim = image.has_word("slim") || image.system.alpine;
    if image.digest {
        return Ok(same(
            image,
            "the image is pinned by its digest, so the program runs in it too",
        ));
    }
    match family {
        "golang" | "rust" | "gcc" if matches!(product, Product::Native | Product::Static) => {
            compiled(image).ok_or_else(|| {
                format!(
                    "which release of Debian `{}` is made of isn't known",
                    image.text
                )
            })
        }
        "debian" if !slim => Ok(match image.tag.as_deref() {
            None | Some("latest" | "stable") => other(
                image,
                image.with_tag("stable-slim"),
                "it is the same release of Debian without manuals".to_owned(),
                true,
            ),
            Some(tag) if tag.contains(['$', '-']) => {
                same(image, "the program runs in the image that the file names")
            }
            Some(tag) if is_before_slim(tag) => {
                same(image, "this point release has no slim variant")
            }
            Some(tag) => other(
                image,
                image.with_tag(&format!("{tag}-slim")),
                "it is the same release of Debian without manuals".to_owned(),
                true,
            ),
        }),
        "node" | "python" | "ruby" | "elixir" | "erlang" | "perl"
            if !slim && product == Product::Hosted =>
        {
            if image.has_word("onbuild") || image.has_word("wheezy") {
                return Ok(same(image, "the image has no slim variant"));
            }
            Ok(other(
                image,
                image.slim(),
                format!("it is the same version of {family}, without compilers and headers"),
                true,
            ))
        }
        "openjdk" | "java" | "eclipse-temurin" | "maven" | "gradle" | "amazoncorretto"
            if product == Product::Java =>
        {
            java(image)
        }
        "dotnet/sdk" | "dotnet/core/sdk" => dotnet(image),
        "golang" | "rust" | "gcc" | "maven" | "gradle" | "buildpack-deps" => Ok(same(
            image,
            "what of the image the program needs isn't known, so it runs in the same one",
        )),
        _ => Ok(same(
            image,
            "the program runs in the image that the file names",
        )),
    }
}

/// The distribution's image under a compiler's.
fn compiled(image: &Image) -> Option<Runtime> {
    let reason = |name: &str| {
        format!(
            "`{}` is made of {name}: the C library stays the same, the compiler is gone",
            image.text
        )
    };
    if image.system.alpine {
        let version = image
            .words()
            .find_map(|word| word.strip_prefix("alpine"))
            .unwrap_or_default();
        let tag = if version.is_empty() { "3" } else { version };
        return Some(other(
            image,
            format!("{}:{tag}", sibling(image, "alpine")),
            reason("Alpine"),
            false,
        ));
    }
    let Some(Release::Debian(number)) = image.system.release else {
        return None;
    };
    let name = debian_name(number)?;
    Some(other(
        image,
        format!("{}:{name}-slim", sibling(image, "debian")),
        reason(&format!("Debian {name}")),
        false,
    ))
}

/// An official image from where the file takes its own: a mirror's host and path stay.
fn sibling(image: &Image, name: &str) -> String {
    match image.name.rsplit_once('/') {
        Some((path, _)) => format!("{path}/{name}"),
        None => name.to_owned(),
    }
}

/// The runtime of a JDK.
fn java(image: &Image) -> Result<Runtime, String> {
    let tag = image.tag.as_deref().unwrap_or("latest");
    if tag.contains("jre") {
        return Ok(same(image, "the image holds a runtime without a compiler"));
    }
    let why = |version: u32| format!("it is the runtime of Java {version} without the compiler");
    let number = |text: &str| {
        text.trim_start_matches("jdk")
            .split(['.', 'u', '_', '+'])
            .next()
            .and_then(|it| it.parse::<u32>().ok())
    };
    let mut words = tag.split('-');
    match image.family() {
        "openjdk" | "java" => {
            let version = words
                .next()
                .and_then(number)
                .filter(|version| *version < 60);
            let Some(version) = version else {
                return Err(format!(
                    "which version of Java `{}` holds isn't known",
                    image.text
                ));
            };
            if version > 11 {
                return Ok(other(
                    image,
                    format!("{}:{version}-jre", sibling(image, "eclipse-temurin")),
                    format!(
                        "`openjdk` has no runtime of Java {version} without the compiler, `eclipse-temurin` has"
                    ),
                    false,
                ));
            }
            let jre = match tag.contains("jdk") {
                true => tag.replacen("jdk", "jre", 1),
                false => match tag.split_once('-') {
                    Some((version, rest)) => format!("{version}-jre-{rest}"),
                    None => format!("{tag}-jre"),
                },
            };
            let jre = match image.system.alpine || jre.contains("slim") || image.family() == "java"
            {
                true => jre,
                false => format!("{jre}-slim"),
            };
            Ok(other(image, image.with_tag(&jre), why(version), true))
        }
        "eclipse-temurin" => {
            let Some(version) = words.next().and_then(number) else {
                return Err(format!(
                    "which version of Java `{}` holds isn't known",
                    image.text
                ));
            };
            let jre = match tag.contains("-jdk") {
                true => tag.replacen("-jdk", "-jre", 1),
                false => format!("{version}-jre"),
            };
            Ok(other(image, image.with_tag(&jre), why(version), true))
        }
        "maven" | "gradle" => {
            let words: Vec<&str> = tag.split('-').collect();
            let from_jdk = words
                .iter()
                .find_map(|word| word.strip_prefix("jdk").and_then(number));
            let from_vendor =
                words
                    .iter()
                    .zip(words.iter().skip(1))
                    .find_map(|(vendor, version)| {
                        matches!(
                            *vendor,
                            "openjdk" | "temurin" | "jdk" | "corretto" | "amazoncorretto"
                        )
                        .then(|| number(version))?
                    });
            let Some(version) = from_jdk.or(from_vendor) else {
                return Err(format!(
                    "which version of Java `{}` holds isn't known",
                    image.text
                ));
            };
            let alpine = image.system.alpine;
            let old = matches!(words.as_slice(), [.., "jdk", _] | [.., "jdk", _, _])
                || words.contains(&"openjdk");
            if old && version <= 11 {
                let suffix = if alpine && version == 8 {
                    "-alpine"
                } else {
                    "-slim"
                };
                return Ok(other(
                    image,
                    format!("{}:{version}-jre{suffix}", sibling(image, "openjdk")),
                    why(version),
                    false,
                ));
            }
            let suffix = if alpine { "-alpine" } else { "" };
            Ok(other(
                image,
                format!(
                    "{}:{version}-jre{suffix}",
                    sibling(image, "eclipse-temurin")
                ),
                why(version),
                false,
            ))
        }
        _ => Ok(same(
            image,
            "the image has no relative without the compiler",
        )),
    }
}

fn dotnet(image: &Image) -> Result<Runtime, String> {
    let Some(name) = image.name.strip_suffix("sdk") else {
        return Err(format!(
            "the runtime image beside `{}` isn't known",
            image.text
        ));
    };
    let text = match image.tag.as_deref() {
        Some(tag) => format!("{name}aspnet:{tag}"),
        None => {
            return Err(
                "the image has no tag, and the runtime has to be of the same version".to_owned(),
            );
        }
    };
    Ok(other(
        image,
        text,
        "it is the runtime of the same version of .NET, without the SDK".to_owned(),
        false,
    ))
}

/// The release of Debian that distroless images are named after.
const DISTROLESS: &str = "debian12";

fn distroless(image: &Image, product: Product) -> Result<Runtime, String> {
    let glibc = image.system.debian_like;
    let old_enough = !matches!(image.system.release, Some(Release::Debian(13..)));
    let name = match product {
        Product::Static => "static",
        Product::Native if glibc && old_enough => "cc",
        Product::Java => match java(image)?
            .text
            .split([':', '-'])
            .find_map(|word| word.parse::<u32>().ok())
        {
            Some(17) => "java17",
            Some(21) => "java21",
            _ => return Err("there are distroless images of Java 17 and 21 only".to_owned()),
        },
        Product::Native => {
            return Err(
                "the program was linked with a C library that the distroless images don't have"
                    .to_owned(),
            );
        }
        Product::Hosted if image.family() == "node" => node(image)?,
        Product::Hosted | Product::Any => {
            return Err("the program needs more of its image than a distroless one has".to_owned());
        }
    };
    let mut runtime = other(
        image,
        format!("gcr.io/distroless/{name}-{DISTROLESS}"),
        "the configuration asks for a distroless image".to_owned(),
        false,
    );
    runtime.empty = true;
    Ok(runtime)
}

/// The distroless image of a version of Node.
fn node(image: &Image) -> Result<&'static str, String> {
    if image.system.alpine || matches!(image.system.release, Some(Release::Debian(13..))) {
        return Err(
            "modules may be linked with a C library that the distroless images don't have"
                .to_owned(),
        );
    }
    match image.version() {
        Some((20, _)) => Ok("nodejs20"),
        Some((22, _)) => Ok("nodejs22"),
        Some((24, _)) => Ok("nodejs24"),
        _ => Err("there are distroless images of Node 20, 22 and 24 only".to_owned()),
    }
}

fn alpine(image: &Image, product: Product) -> Result<Runtime, String> {
    if product != Product::Static && !image.system.alpine {
        return Err("the program was linked with another C library than Alpine's".to_owned());
    }
    if product == Product::Native || product == Product::Static {
        let mut runtime = match image.system.alpine {
            true => {
                compiled(image).ok_or("which release of Alpine the image is made of isn't known")?
            }
            false => other(image, "alpine:3".to_owned(), String::new(), false),
        };
        runtime.reason = "the configuration asks for Alpine".to_owned();
        runtime.system = System {
            alpine: true,
            ..System::default()
        };
        return Ok(runtime);
    }
    same_family(image, product)
}

fn scratch(product: Product) -> Result<Runtime, String> {
    if product != Product::Static {
        return Err(
            "only a program that is linked without libraries runs in an empty image".to_owned(),
        );
    }
    Ok(Runtime {
        text: "scratch".to_owned(),
        reason: "the configuration asks for an empty image".to_owned(),
        same: false,
        empty: true,
        system: System::default(),
        same_family: false,
    })
}

/// Whether a tag is that of a point release from before there were slim variants of them: the first are 8.10 and 9.3, of
/// the end of 2017.
fn is_before_slim(tag: &str) -> bool {
    let Some((release, point)) = tag.split_once('.') else {
        return false;
    };
    let first = match release {
        "6" | "7" => u32::MAX,
        "8" => 10,
        "9" => 3,
        _ => 0,
    };
    point.parse().is_ok_and(|point: u32| point < first)
}

#[cfg(test)]
mod tests;
