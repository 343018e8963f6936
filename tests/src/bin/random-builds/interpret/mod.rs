//! A light builder: does what a Dockerfile says, stage by stage, on small file systems. It shares the parser with dfix and
//! nothing else; what instructions mean is written here a second time, so that a mistake in dfix's model shows.

mod copy;
mod expand;
mod run;
mod users;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dfix_syntax::buildkit::{self, Instruction};
use dfix_syntax::{SourceText, parse};

use crate::base::Bases;
use crate::fault::Fault;
use crate::tree::{Tree, copy_tree, make_directories};
use expand::expand;
use users::owner_of;

/// Why a stage fails that copies from one that fails.
pub(crate) const COPIES_FROM: &str = "the stage that it copies from";

/// What a build made: one result for each stage, in the order of the file.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) stages: Vec<Made>,
}

/// A stage as it is at its end, or where it failed.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) tree: Tree,
    pub(crate) config: Config,
    pub(crate) failure: Option<Failure>,
}

/// Where and how a stage failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) keyword: String,
    pub(crate) line: usize,
    pub(crate) why: String,
}

/// The configuration of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) env: Vec<(String, String)>,
    pub(crate) cmd: Option<Vec<String>>,
    pub(crate) entrypoint: Option<Vec<String>>,
    pub(crate) user: String,
    pub(crate) workdir: String,
    pub(crate) shell: Option<Vec<String>>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) ports: BTreeSet<String>,
    pub(crate) volumes: BTreeSet<String>,
    pub(crate) stop_signal: String,
    pub(crate) health: Option<Vec<String>>,
    pub(crate) author: String,
    pub(crate) triggers: Vec<String>,
}

/// Why an instruction or a build came to no good.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The build fails, as it would anywhere.
    Fails(String),
    /// This interpreter can't tell.
    Unsupported(&'static str),
    /// Something broke here.
    Io(io::Error),
}

impl Trouble {
    pub(crate) fn fails(why: impl Into<String>) -> Self {
        Self::Fails(why.into())
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What a build needs of the outside.
pub(crate) struct World<'a> {
    pub(crate) bases: &'a Bases,
    /// The build context.
    pub(crate) context: &'a Path,
    pub(crate) build_args: &'a BTreeMap<String, String>,
    /// A program of the base images that does not work.
    pub(crate) fault: Option<&'a Fault>,
}

/// A stage while it is built.
pub(crate) struct Stage {
    pub(crate) root: PathBuf,
    name: Option<String>,
    pub(crate) config: Config,
    /// Variables of the build: those of the configuration with the arguments on top; the last writer wins.
    env: Vec<(String, String)>,
    cmd_is_own: bool,
    /// The command that was inherited is dropped by an ENTRYPOINT.
    failure: Option<Failure>,
    /// Triggers of ONBUILD that the children of this stage run.
    triggers: Vec<Instruction>,
}

/// Builds every stage of a file. `Err` when the file does not parse or this interpreter does not know what it would do.
pub(crate) fn build(text: &str, world: &World<'_>) -> Result<Built, Trouble> {
    let source = SourceText::of_text(text).map_err(|_| Trouble::Unsupported("the text"))?;
    let parsed = parse(&source);
    if let Some(error) = parsed.errors().first() {
        return Err(Trouble::fails(error.message.clone()));
    }
    let folder = tempfile::Builder::new()
        .prefix("build")
        .tempdir_in(world.bases.folder())?;
    let mut builder = Builder {
        world,
        escape: parsed.escape(),
        folder: folder.path(),
        globals: Vec::new(),
        stages: Vec::new(),
        caches: BTreeMap::new(),
    };
    for instruction in buildkit::instructions(&parsed) {
        builder.instruction(&instruction)?;
    }
    let mut stages = Vec::new();
    for stage in builder.stages {
        stages.push(Made {
            tree: Tree::read(&stage.root)?,
            config: stage.config,
            failure: stage.failure,
        });
    }
    Ok(Built { stages })
}

struct Builder<'a> {
    world: &'a World<'a>,
    escape: char,
    folder: &'a Path,
    globals: Vec<(String, String)>,
    stages: Vec<Stage>,
    /// Cache mounts by id.
    caches: BTreeMap<String, PathBuf>,
}

impl Builder<'_> {
    fn instruction(&mut self, instruction: &Instruction) -> Result<(), Trouble> {
        if instruction.keyword == "from" {
            return self.from(instruction);
        }
        let Some(mut stage) = self.stages.pop() else {
            return self.global(instruction);
        };
        self.step(&mut stage, instruction, false)?;
        self.stages.push(stage);
        Ok(())
    }

    /// One instruction of a stage. What is left of a stage that has failed is not looked at.
    fn step(
        &mut self,
        stage: &mut Stage,
        instruction: &Instruction,
        triggered: bool,
    ) -> Result<(), Trouble> {
        if stage.failure.is_some() {
            return Ok(());
        }
        match self.dispatch(stage, instruction) {
            Err(Trouble::Fails(why)) => {
                let keyword = if triggered {
                    "onbuild".to_owned()
                } else {
                    instruction.keyword.clone()
                };
                stage.failure = Some(Failure {
                    keyword,
                    line: instruction.start_line,
                    why,
                });
                Ok(())
            }
            other => other,
        }
    }

    fn global(&mut self, instruction: &Instruction) -> Result<(), Trouble> {
        if instruction.keyword != "arg" {
            return Err(Trouble::fails("no FROM yet"));
        }
        for word in &instruction.args {
            let (name, default) = split_arg(word);
            let given = self.world.build_args.get(name).cloned();
            let value = match (given, default) {
                (Some(value), _) => Some(value),
                (None, Some(text)) => Some(expand(text, self.escape, &|name| {
                    find(&self.globals, name)
                })?),
                (None, None) => None,
            };
            if let Some(value) = value {
                set(&mut self.globals, name, value);
            }
        }
        Ok(())
    }

    fn from(&mut self, instruction: &Instruction) -> Result<(), Trouble> {
        let [image, rest @ ..] = instruction.args.as_slice() else {
            return Err(Trouble::fails("FROM without an image"));
        };
        let image = expand(image, self.escape, &|name| find(&self.globals, name))?;
        let name = rest.get(1).map(|name| name.to_lowercase());
        let root = self.folder.join(self.stages.len().to_string());
        let parent = self
            .stages
            .iter()
            .rev()
            .find(|stage| stage.name.as_ref() == Some(&image));
        let mut stage = if let Some(parent) = parent {
            copy_tree(&parent.root, &root)?;
            let mut config = parent.config.clone();
            config.triggers.clear();
            // The variables of the image are set again, on top of inherited arguments.
            let mut env = parent.env.clone();
            for (name, value) in &config.env {
                set(&mut env, name, value.clone());
            }
            Stage {
                root,
                name,
                config,
                env,
                cmd_is_own: false,
                failure: parent.failure.clone(),
                triggers: parent.triggers.clone(),
            }
        } else {
            let base = self
                .world
                .bases
                .find(&image)
                .ok_or(Trouble::Unsupported("this base image"))?;
            match &base.root {
                Some(tree) => {
                    copy_tree(tree, &root)?;
                    self.world
                        .fault
                        .map_or(Ok(()), |fault| fault.install(&root))?;
                }
                None => fs::create_dir(&root)?,
            }
            Stage {
                root,
                name,
                env: base.config.env.clone(),
                config: base.config,
                cmd_is_own: false,
                failure: None,
                triggers: Vec::new(),
            }
        };
        if find(&stage.config.env, "PATH").is_none() {
            let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned();
            set(&mut stage.config.env, "PATH", path.clone());
            set(&mut stage.env, "PATH", path);
        }
        for trigger in std::mem::take(&mut stage.triggers) {
            self.step(&mut stage, &trigger, true)?;
        }
        self.stages.push(stage);
        Ok(())
    }

    fn dispatch(&mut self, stage: &mut Stage, instruction: &Instruction) -> Result<(), Trouble> {
        let escape = self.escape;
        let expanded =
            |stage: &Stage, text: &str| expand(text, escape, &|name| find(&stage.env, name));
        let args = &instruction.args;
        let first = args.first().map(String::as_str).unwrap_or_default();
        let config = &mut stage.config;
        match instruction.keyword.as_str() {
            "run" => return self.run(stage, instruction),
            "copy" | "add" => return self.copy(stage, instruction),
            "env" | "label" => {
                let mut pairs = Vec::new();
                for pair in args.chunks(3) {
                    let [name, value, _] = pair else { continue };
                    pairs.push((expanded(stage, name)?, expanded(stage, value)?));
                }
                for (name, value) in pairs {
                    if instruction.keyword == "label" {
                        stage.config.labels.insert(name, value);
                    } else {
                        set(&mut stage.config.env, &name, value.clone());
                        set(&mut stage.env, &name, value);
                    }
                }
            }
            "arg" => {
                for word in args {
                    let (name, default) = split_arg(word);
                    let given = self.world.build_args.get(name).cloned();
                    let value = match (given, default) {
                        (Some(value), _) => Some(value),
                        (None, Some(text)) => Some(expanded(stage, text)?),
                        (None, None) => find(&self.globals, name),
                    };
                    if let Some(value) = value {
                        set(&mut stage.env, name, value);
                    }
                }
            }
            "workdir" => {
                let path = expanded(stage, first)?;
                if path.is_empty() {
                    return Ok(());
                }
                let path = match path.starts_with('/') {
                    true => path,
                    false => clean(&format!("{}/{path}", stage.config.workdir)),
                };
                if clean(&path) != "/" {
                    let owner = owner_of(&stage.root, &stage.config.user)?;
                    make_directories(&stage.root, &clean(&path), owner, 0o755)
                        .map_err(|error| Trouble::fails(error.to_string()))?;
                }
                stage.config.workdir = path;
            }
            "user" => {
                let user = expanded(stage, first)?;
                stage.config.user = user;
            }
            "cmd" => {
                config.cmd = Some(command_line(instruction, config));
                stage.cmd_is_own = true;
            }
            "entrypoint" => {
                config.entrypoint = Some(command_line(instruction, config));
                if !stage.cmd_is_own {
                    config.cmd = None;
                }
            }
            "shell" => config.shell = Some(args.clone()),
            "expose" => {
                for word in args {
                    for port in expanded(stage, word)?.split_whitespace() {
                        let port = port.rsplit(':').next().unwrap_or_default().to_lowercase();
                        let (number, protocol) = port.split_once('/').unwrap_or((&port, "tcp"));
                        stage.config.ports.insert(format!("{number}/{protocol}"));
                    }
                }
            }
            "volume" => {
                for word in args {
                    let path = if instruction.json {
                        word.clone()
                    } else {
                        word.trim().to_owned()
                    };
                    let path = expanded(stage, &path)?;
                    stage.config.volumes.insert(path);
                }
            }
            "stopsignal" => stage.config.stop_signal = expanded(stage, first)?,
            "healthcheck" => {
                let mut check = instruction.flags.clone();
                check.sort();
                match (first.to_uppercase().as_str(), instruction.json) {
                    ("NONE", _) => check.push("NONE".to_owned()),
                    (_, true) => check.extend(args.iter().cloned()),
                    _ => {
                        check.push("CMD-SHELL".to_owned());
                        check.extend(args.get(1..).unwrap_or_default().iter().cloned());
                    }
                }
                config.health = Some(check);
            }
            "maintainer" => config.author = first.to_owned(),
            "onbuild" => {
                config.triggers.push(format!(
                    "{:?} {:?} {:?}",
                    instruction.flags, args, instruction.heredocs
                ));
                let mut trigger = instruction.clone();
                trigger.keyword = first.to_lowercase();
                trigger.args = args.get(1..).unwrap_or_default().to_vec();
                stage.triggers.push(trigger);
            }
            _ => return Err(Trouble::Unsupported("this instruction")),
        }
        Ok(())
    }

    fn copy(&mut self, stage: &mut Stage, instruction: &Instruction) -> Result<(), Trouble> {
        let env = stage.env.clone();
        let escape = self.escape;
        let lookup = |name: &str| find(&env, name);
        let expanded = |text: &str| expand(text, escape, &lookup);
        let mut request = copy::Request::new(instruction, &stage.root, &stage.config.workdir);
        let from = instruction
            .flags
            .iter()
            .find_map(|flag| flag.strip_prefix("--from="));
        let source = match from {
            None => self.world.context.to_owned(),
            Some(name) => {
                request.keeps_owner = true;
                let number = name
                    .parse()
                    .ok()
                    .filter(|&index: &usize| index < self.stages.len());
                let named = self
                    .stages
                    .iter()
                    .rposition(|stage| stage.name.as_ref() == Some(&name.to_lowercase()));
                match named.or(number).and_then(|index| self.stages.get(index)) {
                    Some(other) if other.failure.is_some() => {
                        return Err(Trouble::fails(COPIES_FROM));
                    }
                    Some(other) => other.root.clone(),
                    None => {
                        let base = self.world.bases.find(name);
                        base.and_then(|base| base.root)
                            .ok_or(Trouble::Unsupported("COPY --from"))?
                    }
                }
            }
        };
        copy::copy(&request, &source, &expanded, &lookup)
    }
}

/// The content of a heredoc as it is used.
pub(crate) fn body(heredoc: &buildkit::Heredoc) -> String {
    if !heredoc.chomp {
        return heredoc.content.clone();
    }
    let lines = heredoc.content.split_inclusive('\n');
    lines.map(|line| line.trim_start_matches('\t')).collect()
}

fn effective_shell(config: &Config) -> Vec<String> {
    let default = || ["/bin/sh", "-c"].map(str::to_owned).to_vec();
    config.shell.clone().unwrap_or_else(default)
}

/// The words of CMD or ENTRYPOINT.
fn command_line(instruction: &Instruction, config: &Config) -> Vec<String> {
    if instruction.json || instruction.args.is_empty() {
        return instruction.args.clone();
    }
    let mut words = effective_shell(config);
    words.push(instruction.args.join(" "));
    words
}

fn split_arg(word: &str) -> (&str, Option<&str>) {
    match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    }
}

/// A path without `.`, `..` and double slashes.
pub(crate) fn clean(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

pub(crate) fn find(env: &[(String, String)], name: &str) -> Option<String> {
    env.iter()
        .find(|(other, _)| other == name)
        .map(|(_, value)| value.clone())
}

/// Sets a variable; one that is there keeps its place.
fn set(env: &mut Vec<(String, String)>, name: &str, value: String) {
    match env.iter_mut().find(|(other, _)| other == name) {
        Some((_, old)) => *old = value,
        None => env.push((name.to_owned(), value)),
    }
}
