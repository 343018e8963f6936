//! The judge: real builds decide whether dfix's rewrites are what they claim to be.
//!
//! `tests/judge/run` sets up builders and base images and starts this program; docs/judge.md says what it covers. It has
//! four kinds of trials:
//!
//! - fixtures: a Dockerfile is built as it is and as dfix rewrites it, and the images are compared (`dfix verify`);
//! - mutations: a rewrite that is known to be wrong is built, and the comparison must see it: a judge that cannot fail is
//!   worth nothing;
//! - faults: each command of a fixture is replaced by `false` in turn, and the build must stop before and after the
//!   rewrite, at the same place;
//! - signals: fixtures whose program must see the stop signal after the rewrite.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that speaks to the person who runs it"
)]

mod case;
mod coverage;
mod faults;
mod fixtures;
mod mutations;
mod rewrite;
mod summary;
mod tables;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use case::{Builder, Case, Kind};
use summary::Summary;

/// Builds Dockerfiles before and after a rewrite and compares what comes out.
#[derive(Debug, Parser)]
#[command(name = "judge")]
struct Cli {
    /// Which trials
    #[arg(value_enum)]
    mode: Mode,

    /// Only the fixtures and mutations whose name begins like one of these
    names: Vec<String>,

    /// Which builders to use [default: all that a case is made for]
    #[arg(long = "builder", value_enum, value_name = "BUILDER")]
    builders: Vec<Builder>,

    /// The binary to judge; of several the last one counts [default: a debug build]
    #[arg(long, value_name = "FILE", overrides_with = "dfix")]
    dfix: Option<PathBuf>,

    /// The address of the server for tests/judge/www
    #[arg(long, value_name = "URL")]
    files: Option<String>,

    /// How many faults to inject, spread over all fixtures [default: all; in `quick` 20]
    #[arg(long, value_name = "N")]
    faults: Option<usize>,
}

/// Which trials to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// The quick fixtures, most of them with one builder, some mutations with one builder, some faults
    Quick,
    /// Everything
    All,
    /// The fixtures
    Fixtures,
    /// The mutations
    Mutations,
    /// The faults
    Faults,
    /// No trial: what the trials of `all` need, one a line: `base NAME`, `files`, `builder NAME`, `store CASE`
    Needs,
    /// No trial: what the trials of `quick` need
    NeedsQuick,
    /// No trial: the tables of docs/judge.md
    Tables,
}

/// What all trials share.
#[derive(Debug)]
pub(crate) struct Setup {
    /// The binary to judge.
    pub dfix: PathBuf,
    /// The address of the file server, without a slash at the end.
    pub files: Option<String>,
    /// A build context with nothing in it.
    pub empty: tempfile::TempDir,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("judge: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs what was asked for; whether all is well.
fn run(cli: &Cli) -> Result<bool, String> {
    let chosen = |kind| -> Result<Vec<Case>, String> {
        let mut cases = case::read_all(kind)?;
        cases.retain(|case| case.is_named(&cli.names));
        Ok(cases)
    };
    let (mut fixtures, mut mutations) = (chosen(Kind::Fixture)?, chosen(Kind::Mutation)?);
    if fixtures.is_empty() && mutations.is_empty() {
        return Err(format!("no case is called like {}", cli.names.join(", ")));
    }
    let quick = matches!(cli.mode, Mode::Quick | Mode::NeedsQuick);
    if quick && cli.names.is_empty() {
        fixtures.retain(|case| case.keys.quick);
    }
    match cli.mode {
        Mode::Fixtures | Mode::Faults => mutations.clear(),
        Mode::Mutations => fixtures.clear(),
        _ => {}
    }
    let setup = Setup {
        dfix: cli.dfix.clone().unwrap_or_else(dfix_tests::binary),
        files: cli.files.clone(),
        empty: tempfile::tempdir().map_err(|error| format!("temporary folder: {error}"))?,
    };
    match cli.mode {
        Mode::Tables => {
            print!("{}", tables::tables(&setup)?);
            return Ok(true);
        }
        Mode::Needs | Mode::NeedsQuick => {
            print!("{}", coverage::needs(&fixtures, &mutations, &cli.builders));
            return Ok(true);
        }
        _ => {}
    }
    let mut summary = Summary::default();
    if !matches!(cli.mode, Mode::Faults | Mode::Mutations) {
        fixtures::judge(&fixtures, &cli.builders, quick, &setup, &mut summary);
    }
    if !mutations.is_empty() {
        mutations::judge(&mutations, &cli.builders, quick, &setup, &mut summary);
    }
    let docker = cli.builders.is_empty() || cli.builders.contains(&Builder::Docker);
    if !matches!(cli.mode, Mode::Fixtures | Mode::Mutations) && docker {
        let limit = cli.faults.or(quick.then_some(20));
        faults::judge(&fixtures, limit, &setup, &mut summary);
    }
    let covered = coverage::check(&setup)?;
    print!("{summary}{covered}");
    Ok(summary.is_well() && covered.is_complete())
}
