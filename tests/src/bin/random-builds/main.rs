//! Random builds: Dockerfiles are made by the thousand from a grammar, rewritten by dfix in every way that it calls safe, and
//! both texts are executed by a light interpreter on tiny file systems. Files, configuration, and success or failure must be
//! the same but for what the laws of the rewrite permit. A difference is reduced to a small case and printed.

mod base;
mod compare;
mod context;
mod fault;
mod generate;
mod interpret;
mod judge;
mod oracle;
mod rewrite;
mod sandbox;
mod shrink;
mod tree;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;

use judge::{Judge, Report};

/// Makes random Dockerfiles, and builds them before and after every rewrite that dfix calls safe. Needs root and busybox-static.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long to go on.
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// The first case's number; each further case has the next one. Default: of the clock.
    #[arg(long)]
    seed: Option<u64>,
    /// How many cases at most.
    #[arg(long, default_value_t = u64::MAX)]
    count: u64,
    /// Print the case and its rewrites instead of looking for differences only.
    #[arg(long)]
    show: bool,
    /// Have Docker build the cases, and compare what it makes with what the interpreter makes: it is the interpreter that is judged.
    #[arg(long)]
    docker: bool,
    /// Write what was found to this folder too.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Take these Dockerfiles instead of random ones.
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|first| first == sandbox::INSIDE) {
        return sandbox::become_command(args);
    }
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "random-builds: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything was as it should be.
fn run(arguments: &Arguments) -> Result<bool, judge::Problem> {
    let mut out = std::io::stdout();
    if !rustix::process::geteuid().is_root() {
        writeln!(
            out,
            "\n*** SKIPPED: random builds need root to change roots; nothing was checked.\n"
        )?;
        return Ok(true);
    }
    let judge = Judge::new()?;
    if !arguments.files.is_empty() {
        let mut good = true;
        for file in &arguments.files {
            let text = std::fs::read_to_string(file)?;
            let report = judge.text(&text, file.display().to_string(), arguments.show)?;
            good &= report.findings.is_empty();
            write!(out, "{}", report.shown)?;
            for finding in &report.findings {
                writeln!(out, "{finding}")?;
            }
        }
        return Ok(good);
    }
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let seed = arguments.seed.unwrap_or(clock.as_secs() * 1_000_000);
    writeln!(out, "seed {seed}")?;
    let mut total = Total::default();
    let mut oracle = oracle::Oracle::default();
    let start = Instant::now();
    while total.cases < arguments.count && start.elapsed() < Duration::from_secs(arguments.seconds)
    {
        let seed = seed + total.cases;
        let report = match arguments.docker {
            true => judge.oracle(&mut oracle, seed)?,
            false => judge.case(seed, arguments.show)?,
        };
        total.add(&report, arguments)?;
    }
    write!(out, "{}", total.summary(start.elapsed()))?;
    Ok(total.findings == 0)
}

/// What all cases came to.
#[derive(Debug, Default)]
struct Total {
    cases: u64,
    changed: u64,
    failing: u64,
    pairs: u64,
    plain: u64,
    findings: u64,
    skipped: BTreeMap<&'static str, u64>,
    rules: BTreeMap<&'static str, u64>,
}

impl Total {
    fn add(&mut self, report: &Report, arguments: &Arguments) -> std::io::Result<()> {
        self.cases += 1;
        self.changed += u64::from(!report.rules.is_empty());
        self.failing += u64::from(report.fails);
        self.pairs += report.pairs;
        self.plain += report.plain;
        if let Some(reason) = report.skipped {
            *self.skipped.entry(reason).or_default() += 1;
        }
        for rule in &report.rules {
            *self.rules.entry(rule).or_default() += 1;
        }
        let mut out = std::io::stdout();
        write!(out, "{}", report.shown)?;
        for finding in &report.findings {
            self.findings += 1;
            writeln!(out, "{finding}")?;
            if let Some(folder) = &arguments.out {
                std::fs::create_dir_all(folder)?;
                std::fs::write(
                    folder.join(format!("{}-{}", report.name, self.findings)),
                    finding,
                )?;
            }
        }
        if let (Some(folder), 0) = (&arguments.out, self.cases % 500) {
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join("summary"), self.summary(Duration::ZERO))?;
        }
        Ok(())
    }

    fn summary(&self, took: Duration) -> String {
        let mut text = format!(
            "{} cases ({} with a rewrite, {} that fail), {} pairs of builds in {:.1} s ({} rewrites of blanks and comments need none), {} differences\n",
            self.cases,
            self.changed,
            self.failing,
            self.pairs,
            took.as_secs_f64(),
            self.plain,
            self.findings
        );
        for (rule, count) in &self.rules {
            text.push_str(&format!("  {count:7}  {rule}\n"));
        }
        for (reason, count) in &self.skipped {
            text.push_str(&format!("  {count:7}  not judged: {reason}\n"));
        }
        text
    }
}
