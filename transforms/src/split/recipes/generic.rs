//! Other tools whose results are known to stay in the directory that they work in.

use super::super::acts::{Act, Cmd, Output, Work};
use super::super::place::Place;
use super::{Recipe, here, local};

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: "Build tools",
    page: "Everything else: packages that install build tools, commands that build, files that are kept.\n\n\
        Driven by what commands are known to read and write. A package that only builds (`gcc`, `make`, headers) is not installed in the runtime stage;\n\
        of a development package its library is; all other packages are installed in both stages. What the commands of the build leave behind is\n\
        copied, and changes of users and configuration are repeated.\n\
        Refused: a command that may write anywhere.",
    read,
};

pub(in super::super) const ID: &str = "generic";

fn read(cmd: &Cmd<'_>) -> Option<Act> {
    match cmd.name() {
        "cpan" | "cpanm" => Some(local(
            cmd,
            ID,
            Work::Packages,
            &["perl"],
            &["/usr/local/lib/perl5", "/usr/local/bin"],
        )),
        "luarocks" => Some(local(cmd, ID, Work::Packages, &[], &[])),
        "stack" | "cabal" | "hugo" | "pandoc" | "xelatex" | "pdflatex" | "latexmk" | "swift"
        | "nim" | "nimble" | "crystal" | "shards" | "dub" | "ghc" | "opam" => match cmd.name() {
            "opam" => None,
            _ => Some(here(cmd, ID, Work::Compile)),
        },
        "Rscript" | "R" | "install2.r" | "r"
            if cmd.image.system.debian_like && installs_packages_of_r(cmd) =>
        {
            Some(cmd.makes(
                ID,
                Work::Packages,
                vec![Output::Prefix(Place::At("/usr/local".to_owned()))],
            ))
        }
        _ => None,
    }
}

/// Whether R does nothing but install packages, which go to its own library. Other functions called `install_...` write into the
/// home directory, such as that of a TeX distribution.
fn installs_packages_of_r(cmd: &Cmd<'_>) -> bool {
    let texts = cmd.texts();
    let calls = texts.iter().filter(|text| text.contains('('));
    let known = [
        "install.packages(",
        "BiocManager::install(",
        "remotes::install_",
        "devtools::install_",
    ];
    match cmd.name() {
        "install2.r" => true,
        _ => {
            texts.iter().any(|text| text.contains("install"))
                && calls
                    .clone()
                    .all(|text| known.iter().any(|known| text.contains(known)))
        }
    }
}
