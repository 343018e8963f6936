//! Rust: a program of its own, linked with the C library.

use super::super::acts::{Act, Cmd, Output, Work};
use super::super::place::Place;
use super::{Recipe, cache, here};

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: "Rust",
    page: "Recognised: `cargo build`, `cargo install` and `rustc`.\n\n\
        The program that the image starts is copied. It is linked with the C library, so that the runtime stage gets the same release of the\n\
        same distribution; a target for musl is linked statically. Programs that link OpenSSL get its library: `Cargo.lock` tells when the build\n\
        context is known, otherwise the library is installed.\n\
        Refused: `cargo run` as the command.",
    read,
};

pub(in super::super) const ID: &str = "rust";

fn read(cmd: &Cmd<'_>) -> Option<Act> {
    match cmd.name() {
        "cargo" => {
            let texts = cmd.texts();
            let sub = texts
                .iter()
                .find(|text| !text.starts_with('-') && !text.starts_with('+'))?;
            Some(match sub.as_str() {
                "build" | "b" | "rustc" | "make" | "chef" => {
                    let target = cmd
                        .value_of(&["--target-dir"])
                        .or_else(|| cmd.shell.value("CARGO_TARGET_DIR").map(|path| cmd.at(path)));
                    let target = target.unwrap_or_else(|| cmd.here().join("target"));
                    cmd.makes(ID, Work::Compile, vec![Output::Program(target)])
                }
                "install" => {
                    let root = cmd.value_of(&["--root"]);
                    let home = cmd.shell.value("CARGO_HOME").unwrap_or("/usr/local/cargo");
                    let root = root.unwrap_or_else(|| Place::At(home.to_owned()));
                    cmd.makes(ID, Work::Compile, vec![Output::Program(root.join("bin"))])
                }
                "fetch" | "test" | "check" | "clippy" | "fmt" | "vendor" | "update" => {
                    cache(cmd, ID, Work::Packages)
                }
                "new" | "init" => here(cmd, ID, Work::Packages),
                _ => return None,
            })
        }
        "rustup" | "rustup-init" => Some(cache(cmd, ID, Work::Packages)),
        "rustc" => {
            let output = cmd
                .value_of(&["-o"])
                .map_or(Output::Tree(cmd.here()), Output::One);
            Some(cmd.makes(ID, Work::Compile, vec![output]))
        }
        _ => None,
    }
}
