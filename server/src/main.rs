//! The binary `dfix`: checks and fixes Dockerfiles.

mod cli;
mod config;
mod explain;
mod file;
mod ide;
mod lsp;
mod panics;
mod parse_command;
mod pool;
mod printer;
mod replay;
mod report;
mod run;
mod split_command;
mod verify;
mod world;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::{Cli, Command, ListFormat};
use printer::{Status, print};

/// Trees are made of many small allocations; with the system's allocator these are a good part of a run.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        None => run::run(&cli.run),
        Some(Command::Fmt(args)) => run::format(&args),
        Some(Command::Verify(args)) => verify::run(&args),
        Some(Command::Split(args)) => split_command::run(&args),
        Some(Command::Replay(args)) => replay::run(&args),
        Some(Command::Rules { format }) => print(&match format {
            ListFormat::Text => explain::list(),
            ListFormat::Json => explain::list_json(),
        }),
        Some(Command::Explain { rule }) => explain::page(&rule).and_then(|page| print(&page)),
        Some(Command::Lsp { stdio: _ }) => match lsp::run() {
            Ok(status) => std::process::exit(status.into()),
            Err(message) => Err(message),
        },
        Some(Command::Parse { files, format }) => parse_command::run(&files, format),
        Some(Command::Schema) => print(&config::json_schema::text()),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "dfix", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
    };
    match result {
        Ok(Status::Clean) => ExitCode::SUCCESS,
        Ok(Status::Findings) => ExitCode::from(1),
        Ok(Status::Trouble) => ExitCode::from(2),
        Err(message) => {
            // Where standard error is gone there is nobody left to tell.
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::from(2)
        }
    }
}
