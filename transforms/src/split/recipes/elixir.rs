//! Elixir and Erlang.

use super::super::acts::{Act, Cmd, Work};
use super::{Recipe, cache, here};

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: "Elixir",
    page: "Recognised: `mix` and `rebar`.\n\n\
        A release that the command starts is copied with its own runtime system; without a release the project's directory is copied into the slim image\n\
        of the same version.\n\
        Refused: a command that compiles.",
    read,
};

pub(in super::super) const ID: &str = "elixir";

fn read(cmd: &Cmd<'_>) -> Option<Act> {
    match cmd.name() {
        "mix" => Some(match cmd.texts().first().map(String::as_str) {
            // The tools themselves, below the home directory: needed by `mix` alone.
            Some("local.hex" | "local.rebar" | "archive.install") => cache(cmd, ID, Work::Packages),
            Some("deps.get") => here(cmd, ID, Work::Packages),
            _ => here(cmd, ID, Work::Compile),
        }),
        "rebar" | "rebar3" => Some(here(cmd, ID, Work::Compile)),
        _ => None,
    }
}
