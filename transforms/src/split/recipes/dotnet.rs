//! .NET.

use super::super::acts::{Act, Cmd, Output, Work};
use super::{Recipe, cache, here};

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: ".NET",
    page: "Recognised: `dotnet restore`, `dotnet build` and `dotnet publish`.\n\n\
        The directory that `dotnet publish -o` names is copied into the runtime image of the same version (`aspnet`, which holds the plain runtime too).\n\
        Refused: `dotnet run` as the command, and a publish without a directory.",
    read,
};

pub(in super::super) const ID: &str = "dotnet";

fn read(cmd: &Cmd<'_>) -> Option<Act> {
    if !cmd.is_any(&["dotnet"]) {
        return None;
    }
    let texts = cmd.texts();
    Some(
        match texts.iter().find(|text| !text.starts_with('-'))?.as_str() {
            "restore" | "test" | "clean" | "tool" => cache(cmd, ID, Work::Packages),
            "publish" | "build" => match cmd.value_of(&["-o", "--output"]) {
                Some(place) => cmd.makes(ID, Work::Compile, vec![Output::One(place)]),
                None => here(cmd, ID, Work::Compile),
            },
            "new" | "add" | "sln" => here(cmd, ID, Work::Packages),
            _ => return None,
        },
    )
}
