//! The command line's grammar.

use std::num::{NonZeroU64, NonZeroUsize};
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

    /// The build context of the files [default: as `context` in dfix.toml says, else the folder of the Dockerfile or the root of the repository, where what is copied is]
    #[arg(long, value_name = "DIR")]
    pub context: Option<PathBuf>,

    /// Which fixes are taken.
    #[command(flatten)]
    pub fixes: FixArgs,

    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Pretty)]
    pub format: Format,

    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,

    /// With --write: build each file that would change before and after, and write it only when the images are equal
    #[arg(long, requires = "write")]
    pub verify: bool,

    /// How --verify builds.
    #[command(flatten, next_help_heading = "Options of --verify")]
    pub build: BuildArgs,
}

/// Which fixes are taken.
#[derive(Debug, Args)]
pub(crate) struct FixArgs {
    /// Take the fixes that need a person's consent as well
    #[arg(long)]
    pub unsafe_fixes: bool,

    /// Rules to run instead of the configured ones: ids, groups, aliases such as DL3009, `all`, `default`
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub select: Vec<String>,

    /// Rules not to run: ids, groups or aliases
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub ignore: Vec<String>,

    /// How long steps take: what a build with --progress=plain or --progress=rawjson has printed
    #[arg(long, value_name = "LOG")]
    pub timings: Option<PathBuf>,
}

/// How images are built for a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct BuildArgs {
    /// What builds: `auto` takes Docker when its daemon answers, else Podman, else Buildah [default: auto]
    #[arg(long, value_enum, value_name = "NAME", hide_possible_values = false)]
    pub builder: Option<BuilderChoice>,

    /// An argument that is handed to the builder's build command, such as --builder-arg=--memory=2g; repeatable
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    pub builder_arg: Vec<String>,

    /// The network of the builds, and of what --run starts: a mode of the builder, such as `host` or `none`
    #[arg(long, value_name = "MODE")]
    pub network: Option<String>,

    /// A build argument; repeatable
    #[arg(long, value_name = "K=V")]
    pub build_arg: Vec<String>,

    /// The stage to build [default: the last]
    #[arg(long, value_name = "STAGE")]
    pub target: Option<String>,

    /// Seconds until a build is given up [default: 1800]
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<NonZeroU64>,

    /// Build the original twice: what differs between these two is the builds' own noise
    #[arg(long)]
    pub calibrate: bool,
}

/// What builds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum BuilderChoice {
    /// The first of the others that works
    #[default]
    Auto,
    /// Docker with BuildKit
    Docker,
    /// Podman
    Podman,
    /// Buildah
    Buildah,
}

/// Arguments of verifying.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The Dockerfile, or `-` for standard input [default: Dockerfile, else Containerfile]
    pub file: Option<PathBuf>,

    /// The build context [default: as `context` in dfix.toml says, else the folder of the Dockerfile]
    #[arg(long, value_name = "DIR")]
    pub context: Option<PathBuf>,

    /// Compare with this Dockerfile instead of what dfix would write
    #[arg(long, value_name = "FILE2", conflicts_with_all = ["unsafe_fixes", "select", "ignore", "timings"])]
    pub with: Option<PathBuf>,

    /// With --with: the laws whose differences are allowed, by their ids
    #[arg(long, value_name = "LAWS", value_delimiter = ',', requires = "with")]
    pub allow: Vec<String>,

    /// The path that standard input stands for: its configuration and surroundings are used
    #[arg(long, value_name = "PATH")]
    pub stdin_filename: Option<PathBuf>,

    /// Which fixes are taken.
    #[command(flatten)]
    pub fixes: FixArgs,

    /// Where configuration is looked for.
    #[command(flatten)]
    pub config: ConfigArgs,

    /// How images are built.
    #[command(flatten)]
    pub build: BuildArgs,

    /// A secret of the build as the builder takes it, such as id=token,src=token.txt; repeatable
    #[arg(long, value_name = "SPEC")]
    pub secret: Vec<String>,

    /// Don't measure what a rebuild costs after a change of a copied file
    #[arg(long)]
    pub no_rebuild: bool,

    /// Measure rebuilds after a change of this file of the context, instead of chosen ones; repeatable
    #[arg(long, value_name = "PATH", conflicts_with = "no_rebuild")]
    pub touch: Vec<String>,

    /// Keep the images and the folder with the builders' logs, and tell their names
    #[arg(long)]
    pub keep: bool,

    /// How the result is printed
    #[arg(long, value_enum, default_value_t = VerifyFormat::Text)]
    pub format: VerifyFormat,

    /// What is told on standard error while it works
    #[arg(long, value_enum, default_value_t = Progress::Auto, value_name = "HOW")]
    pub progress: Progress,

    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,

    /// Start both images too, with this command or their own. All that follows is the command, so this comes last
    #[arg(long, value_name = "CMD", num_args = 0.., allow_hyphen_values = true)]
    pub run: Option<Vec<String>>,
}

/// Arguments of replaying.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The Dockerfile [default: Dockerfile, else Containerfile]
    pub file: Option<PathBuf>,

    /// The build context [default: as `context` in dfix.toml says, else the folder of the Dockerfile or the root of the repository, where more of what is copied is]
    #[arg(long, value_name = "DIR")]
    pub context: Option<PathBuf>,

    /// Replay only the commits after a revision, or since a date such as 2024-06-01 or "6 months ago"
    #[arg(long, value_name = "REV|DATE", allow_hyphen_values = true)]
    pub since: Option<String>,

    /// Which fixes are taken.
    #[command(flatten)]
    pub fixes: FixArgs,

    /// Where configuration is looked for.
    #[command(flatten)]
    pub config: ConfigArgs,

    /// How the result is printed
    #[arg(long, value_enum, default_value_t = VerifyFormat::Text)]
    pub format: VerifyFormat,

    /// Write a page with the result and its pictures to this file, too
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// What is told on standard error while it works
    #[arg(long, value_enum, default_value_t = Progress::Auto, value_name = "HOW")]
    pub progress: Progress,

    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

/// Arguments of splitting.
#[derive(Debug, Args)]
pub(crate) struct SplitArgs {
    /// The Dockerfile, or `-` for standard input [default: Dockerfile, else Containerfile]
    pub file: Option<PathBuf>,

    /// Say for each line why it stands where it does
    #[arg(long, conflicts_with = "diff")]
    pub explain: bool,

    /// Write the two stages in place; for standard input, print them
    #[arg(long, conflicts_with = "diff")]
    pub write: bool,

    /// Print what --write would do as a unified diff that `git apply` takes
    #[arg(long, conflicts_with = "format")]
    pub diff: bool,

    /// What the second stage starts from: `same-family-slim`, `distroless`, `alpine`, `scratch`, or an image [default: as configured]
    #[arg(long, value_name = "POLICY")]
    pub runtime_base: Option<String>,

    /// The path that standard input stands for: its configuration and surroundings are used
    #[arg(long, value_name = "PATH")]
    pub stdin_filename: Option<PathBuf>,

    /// The build context [default: as `context` in dfix.toml says, else the folder of the Dockerfile]
    #[arg(long, value_name = "DIR")]
    pub context: Option<PathBuf>,

    /// Where configuration is looked for.
    #[command(flatten)]
    pub config: ConfigArgs,

    /// How the result is printed
    #[arg(long, value_enum, default_value_t = VerifyFormat::Text)]
    pub format: VerifyFormat,
}

/// How the result of a comparison is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerifyFormat {
    /// For a person
    Text,
    /// One JSON object, see docs/json.md
    Json,
}

/// What is told of work that takes its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// Bars on a terminal, else what begins and ends; nothing with --format json
    Auto,
    /// A line for each step, for a program that reads them
    Lines,
    /// Nothing
    None,
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

    /// Where configuration is looked for.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// Where configuration is looked for.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
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
    /// Build a file as it is and as dfix would write it, and compare the images; see docs/verify.md
    #[command(
        after_help = "Exit status: 0 the images are equal but for the differences that the applied rules declare, \
                      or there is nothing to rewrite; 1 they differ, or the rewritten file does not build; 2 could not tell: \
                      the original does not build, there is no builder, or wrong use."
    )]
    Verify(Box<VerifyArgs>),
    /// Replay the git history: which build steps each commit runs again, as the file is and as dfix would write it; see
    /// docs/replay.md
    #[command(
        after_help = "Exit status: 0 replayed; 2 there is no history to replay, or wrong use."
    )]
    Replay(Box<ReplayArgs>),
    /// Split a file that builds and runs in one stage into two, with the reasons; see docs/split.md
    #[command(
        after_help = "Exit status: 0 the file was split and written, or builds nothing; 1 it can be split and was only shown, or a line \
                      stands in the way; 2 wrong use or an unreadable file."
    )]
    Split(SplitArgs),
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
        assert_eq!(cli.run.fixes.select, ["x", "y", "z"]);
        assert_eq!(cli.run.input.paths.len(), 2);
        assert!(matches!(
            parse(&["rules"]).unwrap().command,
            Some(Command::Rules { .. })
        ));
        assert!(parse(&["./rules"]).unwrap().command.is_none());
        assert!(parse(&["--write", "--diff"]).is_err());
        assert!(parse(&["--diff", "--format", "json"]).is_err());
        assert!(parse(&["--jobs", "0"]).is_err());
        assert!(parse(&["--verify"]).is_err());
        assert!(parse(&["--write", "--verify", "--target", "x"]).is_ok());
        assert!(parse(&["parse"]).is_err());
        assert!(parse(&["fmt", "--check", "--write"]).is_err());
        assert!(parse(&["fmt", "--diff", "--write"]).is_err());
        assert!(matches!(
            parse(&["fmt", "--check", "-"]).unwrap().command,
            Some(Command::Fmt(FormatArgs { check: true, .. }))
        ));
    }

    #[test]
    fn what_is_run() {
        let parse = |arguments: &[&str]| {
            let cli = Cli::try_parse_from([&["dfix", "verify"], arguments].concat()).unwrap();
            match cli.command {
                Some(Command::Verify(args)) => (args.file, args.run),
                _ => panic!("{arguments:?}"),
            }
        };
        let words = |words: &[&str]| Some(words.iter().map(ToString::to_string).collect());
        let file = || Some(PathBuf::from("f"));
        assert_eq!(parse(&["f"]), (file(), None));
        assert_eq!(parse(&["f", "--run"]), (file(), words(&[])));
        assert_eq!(
            parse(&["f", "--run", "sh", "-c", "x --y", "--format"]),
            (file(), words(&["sh", "-c", "x --y", "--format"]))
        );
        let builder = [
            "--builder-arg",
            "--ulimit=nofile=1:1",
            "--timeout",
            "5",
            "f",
        ];
        assert_eq!(parse(&builder), (file(), None));
    }
}
