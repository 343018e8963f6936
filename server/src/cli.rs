//! The command line's grammar.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Finds what makes images large, builds slow and signals lost in Dockerfiles, and rewrites it on proof.
#[derive(Debug, Parser)]
#[command(
    name = "dfix",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Exit status: 0 nothing to say, or all written; 1 findings, or a non-empty diff; 2 wrong use, \
                  unreadable input, or an internal failure.\n\
                  A file that is called like a command is named with its folder: `dfix ./rules`."
)]
pub(crate) struct Cli {
    /// A command other than checking and fixing.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Checking and fixing.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Arguments of checking and fixing.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Which files, and what holds for them.
    #[command(flatten)]
    pub input: InputArgs,

    /// Apply safe fixes in place; for standard input, print the fixed text
    #[arg(long, conflicts_with = "diff")]
    pub write: bool,

    /// Print what --write would do as a unified diff that `git apply` takes
    #[arg(long, conflicts_with = "format")]
    pub diff: bool,

    /// Take the fixes that need a person's consent as well
    #[arg(long)]
    pub unsafe_fixes: bool,

    /// Rules to run instead of the configured ones: ids, groups, aliases such as DL3009, `all`, `default`
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub select: Vec<String>,

    /// Rules not to run: ids, groups or aliases
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub ignore: Vec<String>,

    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Pretty)]
    pub format: Format,

    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

/// Which files a command is about, and what holds for them.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Files, folders to search, or `-` for standard input [default: the current folder]
    pub paths: Vec<PathBuf>,

    /// The path that standard input stands for: its configuration and surroundings are used
    #[arg(long, value_name = "PATH")]
    pub stdin_filename: Option<PathBuf>,

    /// How many files to work on at once [default: the number of processors]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// The configuration file for all paths, instead of the closest one upward
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Read no configuration file
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
}

/// Arguments of formatting.
#[derive(Debug, Args)]
pub(crate) struct FormatArgs {
    /// Which files, and what holds for them.
    #[command(flatten)]
    pub input: InputArgs,

    /// Name the files that are not formatted; what happens anyway without --write and --diff
    #[arg(long, conflicts_with_all = ["write", "diff"])]
    pub check: bool,

    /// Format in place; for standard input, print the formatted text
    #[arg(long, conflicts_with = "diff")]
    pub write: bool,

    /// Print what --write would do as a unified diff that `git apply` takes
    #[arg(long)]
    pub diff: bool,
}

/// The other commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve an editor on standard input and output (Language Server Protocol 3.17)
    Lsp {
        /// What it does anyway; some editors add it
        #[arg(long)]
        stdio: bool,
    },
    /// Lay out Dockerfiles: indentation, blanks, blank lines, the case of keywords; see docs/formatting.md
    Fmt(FormatArgs),
    /// List the rules
    Rules {
        /// How the list is printed
        #[arg(long, value_enum, default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
    /// Print the page of a rule, or what a law says
    Explain {
        /// A rule's id or alias, or a law's id
        rule: String,
    },
    /// Print what a file parses to
    Parse {
        /// Files, or `-` for standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How it is printed
        #[arg(long, value_enum, default_value_t = ParseFormat::Tree)]
        format: ParseFormat,
    },
    /// Print the JSON schema of dfix.toml
    Schema,
    /// Print a completion script for a shell
    #[command(hide = true)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The source with the finding underlined, why, what to do, and the rewrite
    Pretty,
    /// One line for each finding
    Concise,
    /// One JSON object, see docs/json.md
    Json,
}

/// How lists are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// A table
    Text,
    /// A JSON array
    Json,
}

/// How a parsed file is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ParseFormat {
    /// BuildKit's view: instructions, flags, arguments, heredocs
    Json,
    /// The syntax tree: kinds, byte ranges, token texts
    Tree,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Also into a file or pipe
    Always,
    /// Not at all
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn grammar() {
        Cli::command().debug_assert();
        let parse = |arguments: &[&str]| {
            Cli::try_parse_from([&["dfix"], arguments].concat()).map_err(|error| error.kind())
        };
        let cli = parse(&["--write", "a", "-", "--select", "x,y", "--select", "z"]).unwrap();
        assert_eq!(cli.run.select, ["x", "y", "z"]);
        assert_eq!(cli.run.input.paths.len(), 2);
        assert!(matches!(
            parse(&["rules"]).unwrap().command,
            Some(Command::Rules { .. })
        ));
        assert!(parse(&["./rules"]).unwrap().command.is_none());
        assert!(parse(&["--write", "--diff"]).is_err());
        assert!(parse(&["--diff", "--format", "json"]).is_err());
        assert!(parse(&["--jobs", "0"]).is_err());
        assert!(parse(&["parse"]).is_err());
        assert!(parse(&["fmt", "--check", "--write"]).is_err());
        assert!(parse(&["fmt", "--diff", "--write"]).is_err());
        assert!(matches!(
            parse(&["fmt", "--check", "-"]).unwrap().command,
            Some(Command::Fmt(FormatArgs { check: true, .. }))
        ));
    }
}
