//! Checking, fixing and formatting: from the command line's arguments to the exit status.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use dfix_transforms::{Applicability, Company};

use crate::cli::{BuildArgs, ConfigArgs, FixArgs, Format, FormatArgs, InputArgs, RunArgs};
use crate::config::{Config, Lookup, Overrides, Resolver, context_argument, names};
use crate::file::{Fixing, Job, Plan, process, process_stdin};
use crate::pool;
use crate::printer::{Printer, Status, Style};
use crate::report::FileReport;
use crate::report::summary::Mode;
use crate::verify;
use crate::world::discover::{Input, discover, real_path};
use crate::world::problem::{Problem, ProblemKind};
use crate::world::{read, show};

/// Checks or fixes what the arguments name.
///
/// # Errors
/// A message about wrong use; nothing was done then.
pub(crate) fn run(args: &RunArgs) -> Result<Status, String> {
    if args.verify {
        return verify::write::run(args);
    }
    if args.build != BuildArgs::default() {
        return Err("--builder, --builder-arg, --network, --build-arg, --target, --timeout and --calibrate go with --write --verify".to_owned());
    }
    let overrides = overrides(&args.fixes)?;
    let fixing = Fixing {
        threshold: if args.fixes.unsafe_fixes {
            Applicability::Unsafe
        } else {
            Applicability::Safe
        },
        // Who reads JSON may apply a single fix; who reads text will let dfix apply them all.
        company: match args.format {
            Format::Json => Company::Alone,
            Format::Pretty | Format::Concise => Company::Together,
        },
    };
    let mode = mode(args.write, args.diff);
    let plan = Plan::new(mode, Job::Fix(fixing))
        .with_timings(args.fixes.timings.as_deref())?
        .in_context(context_argument(args.context.as_deref())?);
    let style = Style::of_findings(args.format, args.color, mode);
    run_input(&args.input, overrides, &plan, style)
}

/// Formats what the arguments name, or says what is not formatted.
///
/// # Errors
/// A message about wrong use; nothing was done then.
pub(crate) fn format(args: &FormatArgs) -> Result<Status, String> {
    let mode = mode(args.write, args.diff);
    let plan = Plan::new(mode, Job::Format);
    let style = Style::of_layout(mode);
    run_input(&args.input, Overrides::default(), &plan, style)
}

fn mode(write: bool, diff: bool) -> Mode {
    match (write, diff) {
        (true, _) => Mode::Write,
        (_, true) => Mode::Diff,
        _ => Mode::Check,
    }
}

fn run_input(
    args: &InputArgs,
    overrides: Overrides,
    plan: &Plan,
    style: Style,
) -> Result<Status, String> {
    let resolver = Resolver::new(lookup(&args.config), overrides);
    let mut printer = Printer::new(style);
    let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
    if args.paths.iter().any(is_stdin) {
        if args.paths.len() > 1 {
            return Err("`-` stands for standard input and can't go with other paths".to_owned());
        }
        run_stdin(args, resolver, plan, &mut printer)?;
    } else {
        run_paths(args, resolver, plan, &mut printer);
    }
    Ok(printer.end())
}

/// Where the command line wants configuration to be looked for.
pub(crate) fn lookup(args: &ConfigArgs) -> Lookup {
    match (&args.config, args.no_config) {
        (Some(file), _) => Lookup::File(file.clone()),
        (None, true) => Lookup::None,
        (None, false) => Lookup::Upward,
    }
}

/// The rules that the command line names.
///
/// # Errors
/// A message about a name that no rule has.
pub(crate) fn overrides(args: &FixArgs) -> Result<Overrides, String> {
    let resolve = |option: &str, wanted: &[String]| {
        names::resolve_all(wanted)
            .map_err(|unknown| format!("--{option}: {} ({})", unknown.message(), unknown.help()))
    };
    Ok(Overrides {
        select: match args.select.as_slice() {
            [] => None,
            wanted => Some(resolve("select", wanted)?),
        },
        ignore: resolve("ignore", &args.ignore)?,
    })
}

fn run_stdin(
    args: &InputArgs,
    mut resolver: Resolver,
    plan: &Plan,
    printer: &mut Printer,
) -> Result<(), String> {
    let path = args.stdin_filename.as_deref();
    let name = path.map_or_else(|| "<stdin>".to_owned(), show);
    let folder = real_path(path.unwrap_or(Path::new("x")));
    let config = resolver
        .for_folder(folder.parent().unwrap_or(&folder))
        .map_err(|error| error.to_string())?;
    let bytes = read::read_all(io::stdin().lock(), 0);
    let mut text = None;
    let rendered = printer.style.render_guarded(&name, || {
        let mut report = process_stdin(bytes, &name, path, &config, plan);
        if plan.mode() == Mode::Write {
            text = report.rewrite.take().map(|rewrite| rewrite.after);
        }
        report
    });
    match plan.mode() {
        // The fixed text takes standard output; what is left to say goes to standard error.
        Mode::Write => printer.take_filtered(&text.unwrap_or_default(), &rendered),
        Mode::Check | Mode::Diff => printer.take(&rendered),
    }
    Ok(())
}

fn run_paths(args: &InputArgs, mut resolver: Resolver, plan: &Plan, printer: &mut Printer) {
    let here = [PathBuf::from(".")];
    let paths = match args.paths.as_slice() {
        [] => here.as_slice(),
        paths => paths,
    };
    let jobs = args
        .jobs
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, usize::from);
    let found = discover(paths, jobs);
    for note in &found.notes {
        printer.message(&format!("note: {note}"));
    }
    let mut tasks: Vec<Task> = Vec::with_capacity(found.inputs.len());
    let mut told = Vec::new();
    for input in found.inputs {
        let folder = input.real.parent().unwrap_or(Path::new("/"));
        match resolver.for_folder(folder) {
            Ok(config) if !input.named && config.excludes(&input.real) => {}
            Ok(config) => tasks.push(Task::Do(input, config)),
            Err(error) => {
                let message = error.to_string();
                let problem = Problem::new(
                    ProblemKind::Config,
                    format!("its configuration is in error: {message}"),
                );
                tasks.push(Task::Failed(input.name, problem));
                if !told.contains(&message) {
                    printer.message(&format!("error: {message}"));
                    told.push(message);
                }
            }
        }
    }
    let failed = found.problems.into_iter();
    tasks.extend(failed.map(|(name, problem)| Task::Failed(name, problem)));
    tasks.sort_by(|a, b| a.name().cmp(b.name()));
    let style = printer.style;
    pool::in_order(
        &tasks,
        jobs,
        |task| style.render_guarded(task.name(), || task.run(plan)),
        |rendered| printer.take(&rendered),
    );
}

/// One file of a run.
enum Task {
    Do(Input, Arc<Config>),
    Failed(String, Problem),
}

impl Task {
    fn name(&self) -> &str {
        match self {
            Self::Do(input, _) => &input.name,
            Self::Failed(name, _) => name,
        }
    }

    fn run(&self, plan: &Plan) -> FileReport {
        match self {
            Self::Do(input, config) => process(input, config, plan),
            Self::Failed(name, problem) => FileReport::failed(name, problem.clone()),
        }
    }
}
