use super::{BaseConfig, Distribution, Entrypoint, PackageManager, base_config, lookup};
use crate::Settings;
use crate::model::{Origin, Part, Value};
use crate::settings::ImageConfig;
use Distribution::{Alpine, Debian, Oracle, Ubuntu};

/// User, working directory, distribution, entrypoint and ONBUILD in one line; `?` is unknown.
fn describe(config: &BaseConfig) -> String {
    let or = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
    format!(
        "{} {} {} {} {}",
        or(config.user.as_ref().map(|user| if user.is_empty() {
            "root".to_owned()
        } else {
            user.to_string()
        })),
        or(config.workdir.as_ref().map(ToString::to_string)),
        or(config
            .distribution
            .map(|distribution| format!("{distribution:?}"))),
        or(config
            .entrypoint
            .map(|entrypoint| format!("{entrypoint:?}"))),
        or(config.onbuild.map(|onbuild| if onbuild {
            "onbuild".to_owned()
        } else {
            "-".to_owned()
        })),
    )
}

fn plain(reference: &str) -> BaseConfig {
    base_config(&Value::literal(reference), &Settings::default())
}

const NOTHING: &str = "? ? ? ? ?";

#[test]
fn families() {
    let cases = [
        ("debian:12", "root / Debian None -"),
        ("ubuntu", "root / Ubuntu None -"),
        ("alpine:3.18", "root / Alpine None -"),
        ("python:3.9", "root / Debian None -"),
        ("python:3.9-slim-bullseye", "root / Debian None -"),
        ("python:3.9-alpine3.18", "root / Alpine None -"),
        ("python:2-onbuild", "root ? Debian None onbuild"),
        ("python@sha256:00", "root ? ? None ?"),
        ("python:3@sha256:00", "root / Debian None -"),
        ("library/python:3", "root / Debian None -"),
        ("arm32v7/python:3", "root / Debian None -"),
        ("someone/python:3", NOTHING),
        ("registry.example/python:3", NOTHING),
        ("registry.example/library/python:3", NOTHING),
        ("localhost:5000/python", NOTHING),
        ("Python:3", NOTHING),
        ("python:3-windowsservercore", NOTHING),
        ("node:18", "root / Debian Transparent -"),
        ("node:lts-alpine", "root / Alpine Transparent -"),
        ("golang:1.20", "root /go Debian None -"),
        ("golang:onbuild", "root ? Debian None onbuild"),
        (
            "php:8.1-fpm-alpine",
            "root /var/www/html Alpine Transparent -",
        ),
        ("php:8", "root / Debian Transparent -"),
        ("openjdk:8-jre", "root / Debian None -"),
        ("openjdk:8-jdk-alpine", "root / Alpine None -"),
        ("openjdk:17", "root / Oracle None -"),
        ("openjdk:17-slim", "root / Debian None -"),
        ("openjdk:latest", "root / ? None -"),
        ("eclipse-temurin:17-jre", "root / Ubuntu Transparent -"),
        ("maven:3-eclipse-temurin-17", "root ? Ubuntu Transparent -"),
        (
            "maven:3-eclipse-temurin-17-alpine",
            "root ? Alpine Transparent -",
        ),
        ("maven:3.6", "root ? ? Transparent -"),
        ("gradle:7-jdk11", "root /home/gradle ? Transparent -"),
        ("gradle:4-jdk8", "? /home/gradle ? Transparent -"),
        ("gradle:jdk8", "? /home/gradle ? Transparent -"),
        ("nginx:alpine", "root / Alpine Opaque -"),
        ("postgres:13", "root ? Debian Opaque -"),
        ("jenkins/jenkins:lts", "jenkins ? Debian Opaque -"),
        ("memcached", "? ? Debian Opaque -"),
        ("opensuse/leap:15", "root / OpenSuse None -"),
        ("opensuse:42.3", "root / OpenSuse None -"),
        ("archlinux/base", "root / Arch None -"),
        ("rails:4.2", "root / Debian None -"),
        ("rails:onbuild", "root ? Debian None onbuild"),
        (
            "nvidia/cuda:9.0-devel-ubuntu16.04",
            "root / Ubuntu Transparent -",
        ),
        ("nvidia/cuda:10.2-base-ubi8", "root / RedHat Transparent -"),
        ("nvidia/cuda:cudnn-runtime", "root / ? Transparent -"),
        ("nvidia/opengl:base", NOTHING),
        ("mcr.example/dotnet/sdk:6.0", "root ? Debian None -"),
        (
            "mcr.example/dotnet/aspnet:8.0-jammy-chiseled",
            "? ? ? None -",
        ),
        (
            "mcr.example/dotnet/aspnet:8.0-alpine",
            "root ? Alpine None -",
        ),
        ("dotnet/sdk:6.0", NOTHING),
        ("buildpack-deps:jammy-curl", "root / Ubuntu None -"),
        ("buildpack-deps:curl", "root / Debian None -"),
        ("buildpack-deps:22.04", "root / ? None -"),
        ("unheard:1", NOTHING),
        ("", NOTHING),
        (":", NOTHING),
        ("python:", NOTHING),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|(reference, expected)| (*reference, describe(&plain(reference)), *expected))
        .filter(|(_, found, expected)| found != expected)
        .collect();
    assert!(wrong.is_empty(), "(reference, found, expected): {wrong:#?}");
}

/// A reference of known text and build arguments.
fn symbolic(parts: &[Result<&str, &str>]) -> Value {
    let mut value = Value::default();
    for part in parts {
        match part {
            Ok(text) => value.push_str(text),
            Err(name) => value.push(&Value::part(Part::BuildArg {
                name: (*name).into(),
                default: Some(Box::new(Value::literal("3"))),
            })),
        }
    }
    value
}

#[test]
fn unknown_parts() {
    for (parts, expected) in [
        // The tag alone is unknown: what holds for all tags is known.
        (vec![Ok("python:"), Err("V")], "root ? ? None ?"),
        (
            vec![Ok("python:"), Err("V"), Ok("-alpine")],
            "root ? Alpine None ?",
        ),
        (vec![Ok("debian:"), Err("V")], "root / Debian None -"),
        (vec![Ok("gradle:"), Err("V")], "? ? ? Transparent ?"),
        (vec![Ok("php:8-"), Err("V")], "root ? ? Transparent ?"),
        // Anything else may be any image.
        (vec![Err("BASE")], NOTHING),
        (vec![Ok("python"), Err("V")], NOTHING),
        (vec![Err("R"), Ok("/python:3")], NOTHING),
        (vec![Ok("registry:"), Err("PORT"), Ok("/python:3")], NOTHING),
    ] {
        let config = base_config(&symbolic(&parts), &Settings::default());
        assert_eq!(describe(&config), expected, "{parts:?}");
    }
}

#[test]
fn package_managers() {
    use PackageManager::{Apk, Apt, Dnf, Microdnf, Yum};
    for (reference, expected) in [
        ("debian", Some(&[Apt] as &[_])),
        ("alpine", Some(&[Apk])),
        ("centos:7", Some(&[Yum])),
        ("centos:centos7.9.2009", Some(&[Yum])),
        ("centos:8", Some(&[Dnf, Yum])),
        ("centos", None),
        ("rockylinux:9", Some(&[Dnf, Yum])),
        ("rockylinux:9-minimal", Some(&[Microdnf])),
        ("oraclelinux:8-slim", Some(&[Microdnf])),
        ("amazonlinux:2", Some(&[Yum])),
        ("amazonlinux:2023.1", Some(&[Dnf, Yum])),
        ("openjdk:17", None),
        ("busybox", Some(&[])),
    ] {
        let known = lookup(reference).unwrap();
        assert_eq!(known.package_managers, expected, "{reference}");
    }
}

#[test]
fn apt_cleans_itself_where_official() {
    for (reference, expected) in [
        ("debian", Some(true)),
        ("python:3-slim", Some(true)),
        ("python:3-alpine", Some(false)),
        ("buildpack-deps:22.04", None),
    ] {
        assert_eq!(plain(reference).apt_cleans_itself, expected, "{reference}");
    }
}

#[test]
fn configuration_wins() {
    let mut settings = Settings::default();
    let user = |user: &str| ImageConfig {
        user: Some(user.to_owned()),
        ..ImageConfig::default()
    };
    settings.images.insert("python".to_owned(), user("app"));
    settings
        .images
        .insert("python:3.9".to_owned(), user("nine"));
    settings.images.insert(
        "registry.example/team/base:1".to_owned(),
        ImageConfig {
            user: Some(String::new()),
            entrypoint: Some(Vec::new()),
            cmd: Some(vec!["x".to_owned()]),
            ..ImageConfig::default()
        },
    );
    for (reference, expected, origin) in [
        ("python:3.8", "app / Debian None -", Origin::Configuration),
        (
            "library/python:3.9",
            "nine / Debian None -",
            Origin::Configuration,
        ),
        (
            "registry.example/team/base:1",
            "root ? ? None ?",
            Origin::Configuration,
        ),
        ("registry.example/team/base:2", NOTHING, Origin::Unknown),
        ("node", "root / Debian Transparent -", Origin::ImageTable),
    ] {
        let config = base_config(&Value::literal(reference), &settings);
        assert_eq!(
            (describe(&config).as_str(), config.origin),
            (expected, origin),
            "{reference}"
        );
    }
    let unknown_tag = base_config(&symbolic(&[Ok("python:"), Err("V")]), &settings);
    assert_eq!(
        unknown_tag.user, None,
        "the tag may be the one that is configured apart"
    );
}

#[test]
fn knowledge_is_consistent() {
    for (reference, distribution) in [
        ("php:8-apache", Debian),
        ("ruby:3-alpine", Alpine),
        ("swift:5", Ubuntu),
        ("openjdk:21", Oracle),
    ] {
        let known = lookup(reference).unwrap();
        assert_eq!(known.distribution, Some(distribution), "{reference}");
        assert_eq!(
            known.apt_cleans_itself,
            Some(distribution.is_debian_like()),
            "{reference}"
        );
    }
    assert_eq!(lookup("httpd").unwrap().entrypoint, Some(Entrypoint::None));
    assert_eq!(lookup("python:3-slim").unwrap().slim, Some(true));
}
