//! A grammar of Dockerfiles: shapes that rules look for, with everything around them that may make a rewrite wrong.

mod commands;
mod crossing;
mod layout;
mod packages;
mod shapes;
mod texts;

use dfix_tests::random::Random;

use super::fault::Fault;

/// A generated file and what it is built with.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) text: String,
    /// Values for `--build-arg`.
    pub(crate) build_args: Vec<(String, String)>,
    /// Whether dfix is told what is in the build context.
    pub(crate) facts: bool,
    /// What fails although it would work.
    pub(crate) fault: Option<Fault>,
}

/// The package managers of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Debian,
    Alpine,
    /// With the name of its package manager.
    Rpm(&'static str),
}

/// What is generated so far, and what later parts can refer to.
pub(crate) struct Generator {
    pub(crate) random: Random,
    pub(crate) family: Family,
    pub(crate) out: String,
    /// Directories that are there, if nothing went wrong.
    pub(crate) folders: Vec<String>,
    /// Files that are there, if nothing went wrong.
    pub(crate) files: Vec<String>,
    pub(crate) users: Vec<&'static str>,
    stages: Vec<String>,
    /// Whether the current stage has a name, which is the last of them.
    is_named: bool,
    /// The shape that is more frequent in this file than others.
    focus: usize,
    /// The continuation character.
    escape: char,
    /// Whether the file says that it is for BuildKit.
    buildkit: bool,
}

/// The case that belongs to a number.
pub(crate) fn case(seed: u64) -> Case {
    let random = Random::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x5bd1_e995);
    let mut generator = Generator {
        random,
        family: Family::Debian,
        out: String::new(),
        folders: Vec::new(),
        files: Vec::new(),
        users: vec!["root"],
        stages: Vec::new(),
        is_named: false,
        focus: 0,
        escape: '\\',
        buildkit: false,
    };
    // The first numbers of neighbouring seeds are much alike.
    for _ in 0..8 {
        generator.random.below(2);
    }
    generator.file();
    let names = [
        ("V", "given"),
        ("DIR", "/given"),
        ("WHO", "nobody"),
        ("BASE", "debian:bookworm-slim"),
    ];
    let given = names.iter().filter(|_| generator.random.once_in(6));
    let build_args = given
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let facts = generator.random.once_in(2);
    let mut text = generator.out;
    if generator.random.once_in(12) {
        text = text.replace('\n', "\r\n");
    }
    if generator.random.once_in(10) {
        text.truncate(text.trim_end().len());
    }
    Case {
        text,
        build_args,
        facts,
        fault: None,
    }
}

impl Generator {
    fn file(&mut self) {
        self.focus = self.random.below(30);
        if self.random.once_in(3) {
            self.buildkit = true;
            self.line("# syntax=docker/dockerfile:1");
        }
        if self.random.once_in(25) {
            self.escape = '`';
            self.line("# escape=`");
        }
        if self.random.once_in(6) {
            self.line("ARG V=global");
        }
        if self.random.once_in(4) {
            let base = self.pick(&[
                "ARG BASE=debian:12",
                "ARG BASE=alpine:3.19",
                "ARG BASE=debian:12",
                "ARG BASE",
            ]);
            self.line(base);
        }
        let stages = if self.random.once_in(3) {
            2 + self.random.below(2)
        } else {
            1
        };
        for index in 0..stages {
            self.stage(index, stages);
        }
    }

    fn stage(&mut self, index: usize, stages: usize) {
        let keyword = self.keyword("FROM");
        let on_stage = index > 0 && self.random.once_in(3);
        let parent = self.stages.last().cloned().filter(|_| on_stage);
        let image = match parent {
            Some(parent) => parent,
            None => {
                let folders = ["/opt", "/srv", "/tmp", "/etc", "/usr/local/share", "/home"];
                self.folders = folders.map(str::to_owned).to_vec();
                self.files.clear();
                self.users = vec!["root"];
                let (image, family) = self.image();
                self.family = family;
                image.to_owned()
            }
        };
        let name = if self.random.once_in(20) {
            "s0".to_owned()
        } else {
            format!("s{index}")
        };
        if index + 1 < stages || self.random.once_in(6) {
            let shown = if self.random.once_in(8) {
                name.to_uppercase()
            } else {
                name.clone()
            };
            let alias = if self.random.once_in(4) { "as" } else { "AS" };
            self.line(&format!("{keyword} {image} {alias} {shown}"));
            self.stages.push(name);
            self.is_named = true;
        } else {
            self.is_named = false;
            self.line(&format!("{keyword} {image}"));
        }
        if self.random.once_in(2) {
            self.line(
                self.random
                    .clone()
                    .pick(&["ENV DIR=/data", "ARG DIR=/opt/x", "ENV DIR /srv"])
                    .unwrap_or(&""),
            );
        }
        for _ in 0..1 + self.random.below(5) {
            self.shape();
        }
        if index + 1 == stages || self.random.once_in(4) {
            self.ending();
        }
    }

    fn image(&mut self) -> (&'static str, Family) {
        let images = [
            ("debian:12", Family::Debian),
            ("debian:12", Family::Debian),
            ("debian:bookworm-slim", Family::Debian),
            ("ubuntu:22.04", Family::Debian),
            ("python:3.12", Family::Debian),
            ("node:20", Family::Debian),
            ("golang:1.22", Family::Debian),
            ("alpine:3.19", Family::Alpine),
            ("alpine:3.19", Family::Alpine),
            ("node:20-alpine", Family::Alpine),
            ("python:3.12-alpine", Family::Alpine),
            ("fedora:40", Family::Rpm("dnf")),
            ("rockylinux:9", Family::Rpm("dnf")),
            ("rockylinux:9-minimal", Family::Rpm("microdnf")),
            ("centos:7", Family::Rpm("yum")),
            ("opensuse/leap:15", Family::Rpm("zypper")),
            ("example.org/odd:1", Family::Debian),
            ("example.org/strict:1", Family::Debian),
            ("example.org/apk:1", Family::Alpine),
            ("$BASE", Family::Debian),
            ("${BASE:-alpine:3.19}", Family::Debian),
        ];
        self.pick(&images)
    }

    /// One of a few instructions that belong together.
    fn shape(&mut self) {
        if self.random.once_in(6) {
            let comment =
                self.pick(&["# a comment", "# build it", "#", "# hadolint ignore=DL3008"]);
            self.line(comment);
        }
        let shape = if self.random.once_in(3) {
            self.focus
        } else {
            self.random.below(30)
        };
        match shape {
            0..=5 => self.packages(),
            6..=8 => self.plain_run(),
            9..=10 => self.directory(),
            11..=12 => self.copied(),
            13 => self.workdir(),
            14 => self.user(),
            15 => self.variables(),
            16 => self.download(),
            17 => self.language(),
            18..=19 => self.changed_directory(),
            20 => self.stage_copy(),
            21 => self.shell(),
            22 => self.metadata(),
            23 => self.heredoc_file(),
            24 => self.trigger(),
            25 => self.linked(),
            26..=28 => self.crossing(),
            _ => self.plain_run(),
        }
        if self.random.once_in(8) {
            self.out.push('\n');
        }
    }

    /// The end of a stage.
    fn ending(&mut self) {
        for _ in 0..self.random.below(4) {
            self.metadata();
        }
    }
}
