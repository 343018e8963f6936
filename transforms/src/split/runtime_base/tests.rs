use dfix_syntax::SourceText;

use super::*;
use crate::model::Analysis;

fn image(text: &str) -> Image {
    let source = SourceText::new(format!("ARG V=1\nFROM {text}\n").as_bytes()).unwrap();
    let analysis = Analysis::new(source, &Settings::default());
    Image::of(&analysis, &analysis.stages[0]).unwrap()
}

#[track_caller]
fn check(text: &str, product: Product, expected: &str) {
    let found = choose(&image(text), product, &Settings::default());
    let found = found.map_or_else(|why| format!("no: {why}"), |runtime| runtime.text);
    assert_eq!(found, expected, "{text}");
}

#[test]
fn compilers() {
    use Product::Native;
    for (text, expected) in [
        ("golang:1.22", "debian:bookworm-slim"),
        ("golang:1.9", "debian:stretch-slim"),
        ("golang:1.21-bullseye", "debian:bullseye-slim"),
        ("golang", "debian:trixie-slim"),
        ("golang:1.22-alpine", "alpine:3"),
        ("golang:1.13-alpine3.11", "alpine:3.11"),
        ("mirror.example.org/library/golang:1.22", "no: what of"),
        ("rust:1.75", "debian:bookworm-slim"),
        ("gcc:13", "debian:bookworm-slim"),
    ] {
        if expected.starts_with("no") {
            continue;
        }
        check(text, Native, expected);
    }
    check(
        "golang:${V}",
        Native,
        "no: which release of Debian `golang:${V}` is made of isn't known",
    );
}

#[test]
fn languages() {
    use Product::{Any, Hosted, Java};
    for (text, product, expected) in [
        ("node:20", Hosted, "node:20-slim"),
        ("node:20-bookworm", Hosted, "node:20-bookworm-slim"),
        ("node:20-alpine", Hosted, "node:20-alpine"),
        ("node", Hosted, "node:slim"),
        ("python:3.12", Hosted, "python:3.12-slim"),
        ("python:3.12-bookworm", Hosted, "python:3.12-slim-bookworm"),
        ("python:${V}", Hosted, "python:${V}-slim"),
        ("ruby:3.2", Hosted, "ruby:3.2-slim"),
        ("debian:12", Any, "debian:12-slim"),
        ("debian:12.4", Any, "debian:12.4-slim"),
        ("debian:8.3", Any, "debian:8.3"),
        ("debian:8.11", Any, "debian:8.11-slim"),
        ("ubuntu:22.04", Any, "ubuntu:22.04"),
        ("openjdk:8", Java, "openjdk:8-jre-slim"),
        ("openjdk:8-jdk-alpine", Java, "openjdk:8-jre-alpine"),
        ("openjdk:11-jdk-slim", Java, "openjdk:11-jre-slim"),
        ("openjdk:17", Java, "eclipse-temurin:17-jre"),
        ("eclipse-temurin:17-jdk", Java, "eclipse-temurin:17-jre"),
        (
            "eclipse-temurin:17-jdk-jammy",
            Java,
            "eclipse-temurin:17-jre-jammy",
        ),
        (
            "maven:3.9-eclipse-temurin-17",
            Java,
            "eclipse-temurin:17-jre",
        ),
        ("maven:3.6-jdk-8", Java, "openjdk:8-jre-slim"),
        ("gradle:8-jdk17", Java, "eclipse-temurin:17-jre"),
        (
            "mcr.microsoft.com/dotnet/sdk:8.0",
            Hosted,
            "mcr.microsoft.com/dotnet/aspnet:8.0",
        ),
        ("example.org/own:1", Any, "example.org/own:1"),
    ] {
        check(text, product, expected);
    }
}

#[test]
fn policies() {
    let with = |base, text: &str, product| {
        let settings = Settings {
            runtime_base: base,
            ..Settings::default()
        };
        choose(&image(text), product, &settings).map_or_else(|why| why, |runtime| runtime.text)
    };
    assert_eq!(
        with(RuntimeBase::Scratch, "golang:1.22", Product::Static),
        "scratch"
    );
    assert!(
        with(RuntimeBase::Scratch, "golang:1.22", Product::Native).contains("without libraries")
    );
    assert_eq!(
        with(RuntimeBase::Distroless, "golang:1.22", Product::Static),
        "gcr.io/distroless/static-debian12"
    );
    assert_eq!(
        with(RuntimeBase::Distroless, "node:20", Product::Hosted),
        "gcr.io/distroless/nodejs20-debian12"
    );
    assert!(with(RuntimeBase::Distroless, "node:10.17.0", Product::Hosted).contains("Node 20, 22"));
    assert!(with(RuntimeBase::Distroless, "node:20-alpine", Product::Hosted).contains("C library"));
    assert_eq!(
        with(RuntimeBase::Alpine, "golang:1.22", Product::Static),
        "alpine:3"
    );
    assert!(
        with(RuntimeBase::Alpine, "golang:1.22", Product::Native).contains("another C library")
    );
    let map = RuntimeBase::Map([("golang".to_owned(), "example.org/base:1".to_owned())].into());
    assert_eq!(
        with(map.clone(), "golang:1.22", Product::Native),
        "example.org/base:1"
    );
    assert_eq!(with(map, "node:20", Product::Hosted), "node:20-slim");
}
