//! Go: a program of its own, linked statically or with the C library.

use super::super::acts::{Act, Cmd, Made, Output, Work};
use super::super::place::{Place, base_name};
use super::{Recipe, cache, here};

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: "Go",
    page: "Recognised: `go build`, `go install`, `go get`, and tools around them (`dep`, `glide`, `godep`, `govendor`, `gox`).\n\n\
        The program that the image starts is copied, with the certificates of the build image where the base changes. Other files of the\n\
        sources are kept when the build context shows that they are no sources, or when it isn't known what they are.\n\n\
        With `CGO_ENABLED=0` the program needs no library and runs in every base; without, it gets the same release of the same distribution.\n\
        Refused: `go run` as the command, and a command that no step makes.",
    read,
};

pub(in super::super) const ID: &str = "go";

fn read(cmd: &Cmd<'_>) -> Option<Act> {
    match cmd.name() {
        "go" => go(cmd),
        "dep" | "glide" | "godep" | "govendor" | "gox" | "gvt" | "gom" | "go-bindata" | "packr"
        | "packr2" | "statik" | "go-wrapper" | "goreleaser" | "vgo" | "golangci-lint"
        | "golint" | "gometalinter" | "ginkgo" | "swag" | "wire" | "mockgen" => {
            match cmd.is_any(&["go-wrapper"]) {
                true => Some(cmd.makes(ID, Work::Compile, vec![Output::Program(bin(cmd))])),
                false => Some(here(cmd, ID, Work::Compile)),
            }
        }
        _ => None,
    }
}

fn go(cmd: &Cmd<'_>) -> Option<Act> {
    let texts = cmd.texts();
    let sub = texts.iter().find(|text| !text.starts_with('-'))?.as_str();
    Some(match sub {
        "build" => {
            let output = match cmd.value_of(&["-o", "--o"]) {
                Some(place @ Place::At(_))
                    if !texts
                        .iter()
                        .any(|text| text.ends_with('/') && text.starts_with('/')) =>
                {
                    Output::One(place)
                }
                // A directory: one program for each package.
                Some(place) => match (named(&texts), several(&texts)) {
                    (Some(name), _) => Output::File(place.join(name)),
                    (None, true) => Output::One(place),
                    (None, false) => Output::Program(place),
                },
                None => match named(&texts) {
                    Some(name) => Output::File(cmd.here().join(name)),
                    None => Output::Program(cmd.here()),
                },
            };
            cmd.makes(ID, Work::Compile, vec![output])
        }
        "install" => cmd.makes(ID, Work::Compile, vec![Output::Program(bin(cmd))]),
        "get" => {
            let downloads = texts.iter().any(|text| text == "-d");
            match downloads {
                true => cache(cmd, ID, Work::Packages),
                false => cmd.makes(ID, Work::Packages, vec![Output::Program(bin(cmd))]),
            }
        }
        "mod" => match texts
            .iter()
            .any(|text| text == "vendor" || text == "init" || text == "tidy")
        {
            true => here(cmd, ID, Work::Packages),
            false => cache(cmd, ID, Work::Packages),
        },
        "generate" => here(cmd, ID, Work::Compile),
        "test" | "vet" | "clean" | "tool" => cache(cmd, ID, Work::Packages),
        "version" | "env" | "list" | "fmt" | "help" => Act::Nothing,
        _ => return None,
    })
}

/// Where `go install` puts programs.
fn bin(cmd: &Cmd<'_>) -> Place {
    match (cmd.shell.value("GOBIN"), cmd.shell.value("GOPATH")) {
        (Some(bin), _) => cmd.at(bin),
        (None, Some(path)) => cmd.at(&format!("{path}/bin")),
        (None, None) if cmd.image.family() == "golang" => Place::At("/go/bin".to_owned()),
        (None, None) => Place::At("/root/go/bin".to_owned()),
    }
}

/// The name of the program, where the command tells it: that of the only source file, or of the package's directory.
fn named(texts: &[String]) -> Option<&str> {
    let mut takes_value = false;
    let mut operands = Vec::new();
    for text in texts.iter().skip(1) {
        if std::mem::take(&mut takes_value) {
            continue;
        }
        if text.starts_with('-') {
            takes_value = matches!(
                text.as_str(),
                "-ldflags"
                    | "-tags"
                    | "-gcflags"
                    | "-asmflags"
                    | "-p"
                    | "-mod"
                    | "-installsuffix"
                    | "-buildmode"
            );
        } else {
            operands.push(text.as_str());
        }
    }
    match operands.as_slice() {
        [one] if one.ends_with(".go") => one.strip_suffix(".go").map(base_name),
        [one] if one.contains("...") || matches!(*one, "." | "./") => None,
        [one] => {
            let name = base_name(one);
            let version = name
                .strip_prefix('v')
                .is_some_and(|rest| rest.parse::<u32>().is_ok());
            (!version && !name.contains('$')).then_some(name)
        }
        [first, ..] if operands.iter().all(|text| text.ends_with(".go")) => {
            first.strip_suffix(".go").map(base_name)
        }
        _ => None,
    }
}

/// Whether a build may make several programs: it names several packages, or all below a directory.
fn several(texts: &[String]) -> bool {
    let packages = texts
        .iter()
        .skip(1)
        .filter(|text| text.starts_with("./") || text.contains("/...") || text.as_str() == "...");
    texts.iter().any(|text| text.ends_with("...")) || packages.count() > 1
}

/// A tool that was installed before and is called by its path.
pub(in super::super) fn tool(path: &str) -> Option<Act> {
    let known = ["dep", "glide", "govendor", "godep", "gox"].contains(&base_name(path));
    known.then(|| {
        Act::Make(Made {
            recipe: ID,
            kind: Work::Packages,
            outputs: vec![Output::Cache],
        })
    })
}
