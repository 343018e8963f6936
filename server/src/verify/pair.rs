//! What is compared: a Dockerfile as it is, and as dfix would write it or as another file has it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dfix_transforms::proof::Law;
use dfix_transforms::{Applicability, Applied, Company};

use crate::cli::VerifyArgs;
use crate::config::{Resolver, context_argument};
use crate::file::{Fixing, Job, Plan, process, process_stdin};
use crate::report::lines::LineIndex;
use crate::report::summary::Mode;
use crate::report::{FileReport, one_line};
use crate::run::{lookup, overrides};
use crate::world::discover::{Input, real_path};
use crate::world::{read, show};

/// A Dockerfile before and after.
#[derive(Debug)]
pub(crate) struct Pair {
    /// How it is shown.
    pub name: String,
    /// As it is.
    pub before: Text,
    /// As it would be; `None` when there is nothing to rewrite.
    pub after: Option<Text>,
    /// What was applied in between, in order.
    pub applied: Vec<Applied>,
    /// The differences that count as the same image.
    pub laws: Vec<Law>,
    /// The build context.
    pub context: PathBuf,
}

/// The text of a Dockerfile.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    /// What it says.
    pub text: String,
    /// Where it comes from: an ignore file may lie beside it.
    pub path: Option<PathBuf>,
}

/// How the fixes of a comparison are chosen.
pub(crate) fn plan(unsafe_fixes: bool) -> Plan {
    let fixing = Fixing {
        threshold: if unsafe_fixes {
            Applicability::Unsafe
        } else {
            Applicability::Safe
        },
        company: Company::Together,
    };
    Plan::new(Mode::Diff, Job::Fix(fixing))
}

impl Pair {
    /// What the arguments of `dfix verify` name.
    ///
    /// # Errors
    /// A message about wrong use, or about a file that can't be read or rewritten.
    pub(crate) fn of_arguments(args: &VerifyArgs) -> Result<Self, String> {
        let context = context_argument(args.context.as_deref())?;
        let file = args.file.clone().unwrap_or_else(default_file);
        let is_stdin = file.as_os_str() == "-";
        let path = match is_stdin {
            true => args.stdin_filename.clone(),
            false => Some(file),
        };
        let mut resolver = Resolver::new(lookup(&args.config), overrides(&args.fixes)?);
        let real = real_path(path.as_deref().unwrap_or(Path::new("x")));
        let config = resolver
            .for_folder(real.parent().unwrap_or(&real))
            .map_err(|error| error.to_string())?;
        let context = config.context(context, &real);
        let context = context.as_deref();
        if let Some(second) = &args.with {
            let before = text(path.filter(|_| !is_stdin).as_deref())?;
            let after = text(Some(second))?;
            let laws = laws(&args.allow)?;
            return Ok(Self::of_files(before, after, laws, context));
        }
        let plan = plan(args.fixes.unsafe_fixes)
            .with_timings(args.fixes.timings.as_deref())?
            .in_context(context);
        let report = match (&path, is_stdin) {
            (Some(path), false) => {
                let input = Input {
                    path: path.clone(),
                    name: show(path),
                    real,
                    named: true,
                };
                process(&input, &config, &plan)
            }
            (path, _) => {
                let name = path.as_deref().map_or_else(|| "<stdin>".to_owned(), show);
                let bytes = read::read_all(io::stdin().lock(), 0);
                process_stdin(bytes, &name, path.as_deref(), &config, &plan)
            }
        };
        Self::of_report(report, path, context)
    }

    /// What a report says that would be written.
    ///
    /// # Errors
    /// When the file could not be done.
    pub(crate) fn of_report(
        report: FileReport,
        path: Option<PathBuf>,
        context: Option<&Path>,
    ) -> Result<Self, String> {
        if let Some(problem) = &report.problem {
            return Err(format!("{}: {}", report.name, problem.message));
        }
        let current = report.source.as_ref().map_or("", |source| source.as_str());
        if let Some(error) = report.report.errors.first() {
            let place = LineIndex::new(current).position(error.range.start().into());
            return Err(format!(
                "{}:{}:{}: does not parse: {}",
                report.name,
                place.line,
                place.column,
                one_line(&error.message)
            ));
        }
        let at = |text| Text {
            text,
            path: path.clone(),
        };
        let (before, after) = match report.rewrite.filter(|_| report.changed) {
            Some(rewrite) => (rewrite.before, Some(at(rewrite.after))),
            None => (current.to_owned(), None),
        };
        let mut laws: Vec<Law> = report.applied.iter().flat_map(declared).copied().collect();
        laws.sort_unstable();
        laws.dedup();
        Ok(Self {
            name: report.name,
            before: at(before),
            after,
            applied: report.applied,
            laws,
            context: context_of(path.as_deref(), context),
        })
    }

    fn of_files(before: Text, after: Text, laws: Vec<Law>, context: Option<&Path>) -> Self {
        let path = before.path.as_deref();
        Self {
            name: path.map_or_else(|| "<stdin>".to_owned(), show),
            context: context_of(path, context),
            after: (before.text != after.text || before.path != after.path).then_some(after),
            before,
            applied: Vec::new(),
            laws,
        }
    }
}

/// The differences that a fix may make: those that its proof used, or, as an unsafe fix has no proof, all that its rule
/// may ever make.
fn declared(applied: &Applied) -> &[Law] {
    match applied.applicability {
        Applicability::Safe => &applied.laws,
        Applicability::Unsafe | Applicability::Manual => applied.rule.laws,
    }
}

/// What is taken when no file is named, as the builders do it.
pub(crate) fn default_file() -> PathBuf {
    let second = PathBuf::from("Containerfile");
    let first = PathBuf::from("Dockerfile");
    if !first.exists() && second.exists() {
        second
    } else {
        first
    }
}

/// The build context: the folder of the Dockerfile unless another is named.
fn context_of(path: Option<&Path>, named: Option<&Path>) -> PathBuf {
    match (named, path) {
        (Some(named), _) => real_path(named),
        // The link, not what it points to, stands in the folder that is meant.
        (None, Some(path)) => {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            real_path(folder.unwrap_or(Path::new(".")))
        }
        (None, None) => real_path(Path::new(".")),
    }
}

/// Reads a Dockerfile that is built as it is; without a path, standard input.
fn text(path: Option<&Path>) -> Result<Text, String> {
    let bytes = match path {
        Some(path) => fs::read(path).map_err(|error| format!("{}: {error}", show(path)))?,
        None => read::read_all(io::stdin().lock(), 0).map_err(|problem| problem.message)?,
    };
    let name = path.map_or_else(|| "<stdin>".to_owned(), show);
    Ok(Text {
        text: String::from_utf8(bytes).map_err(|_| format!("{name}: not UTF-8"))?,
        path: path.map(Path::to_path_buf),
    })
}

/// The laws that are named.
fn laws(names: &[String]) -> Result<Vec<Law>, String> {
    let find = |name: &String| {
        let law = Law::ALL.iter().find(|law| law.id() == name);
        law.copied().ok_or_else(|| {
            let known: Vec<&str> = Law::ALL.iter().map(|law| law.id()).collect();
            format!("--allow: no law `{name}`; there are {}", known.join(", "))
        })
    };
    names.iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser;

    fn pair(arguments: &[&str]) -> Result<Pair, String> {
        let cli = Cli::try_parse_from([&["dfix", "verify"], arguments].concat()).unwrap();
        match cli.command {
            Some(Command::Verify(args)) => Pair::of_arguments(&args),
            _ => unreachable!(),
        }
    }

    #[test]
    fn what_would_be_written_is_compared() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Dockerfile");
        fs::write(
            &file,
            "FROM debian:12\nRUN apt-get update && apt-get install -y curl\nCMD sleep 9\n",
        )
        .unwrap();
        let name = file.to_str().unwrap();
        let safe = pair(&[name]).unwrap();
        let after = safe.after.unwrap().text;
        assert!(after.contains("rm -rf /var/lib/apt/lists"), "{after}");
        assert!(safe.laws.contains(&Law::AptListsRemoved));
        assert!(safe.laws.contains(&Law::ExecForm));
        assert_eq!(safe.context, real_path(folder.path()));
        let one = pair(&[name, "--select", "exec-form"]).unwrap();
        assert_eq!(one.applied.len(), 1);
        assert!(
            pair(&[name, "--select", "maintainer-to-label"])
                .unwrap()
                .after
                .is_none()
        );
        assert!(
            pair(&[name, "--select", "x"])
                .unwrap_err()
                .contains("--select")
        );
        fs::write(
            folder.path().join("dfix.toml"),
            "select = [\"exec-form\"]\n",
        )
        .unwrap();
        assert_eq!(pair(&[name]).unwrap().applied.len(), 1);
        assert_eq!(
            pair(&[name, "--no-config"]).unwrap().applied.len(),
            safe.applied.len()
        );
    }

    #[test]
    fn another_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        fs::write(path("a"), "FROM x\n").unwrap();
        fs::write(path("b"), "FROM y\n").unwrap();
        let both = pair(&[&path("a"), "--with", &path("b"), "--allow", "metadata"]).unwrap();
        assert_eq!(both.after.unwrap().text, "FROM y\n");
        assert_eq!(both.laws, [Law::Metadata]);
        let wrong = pair(&[&path("a"), "--with", &path("b"), "--allow", "x"]);
        assert!(wrong.unwrap_err().contains("apt-lists-removed"));
        assert!(pair(&[&path("a"), "--with", &path("c")]).is_err());
        assert!(pair(&[&path("a"), "--context", &path("b")]).is_err());
    }
}
