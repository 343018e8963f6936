//! A light builder: does what a Dockerfile says, stage by stage, on small file systems. It shares the parser with dfix and
//! nothing else; what instructions mean is written here a second time, so that a mistake in dfix's model shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dfix_syntax::buildkit::{self, Instruction};
use dfix_syntax::{SourceText, parse};

use super::base::Bases;
use super::copy;
use super::expand::expand;
use super::fault::Fault;
use super::sandbox::{Ids, Job};
use super::tree::{Tree, copy_tree, inside, make_directories};

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

    fn run(&mut self, stage: &mut Stage, instruction: &Instruction) -> Result<(), Trouble> {
        let text = instruction
            .args
            .first()
            .map(String::as_str)
            .unwrap_or_default();
        let mut script = None;
        let argv = if instruction.json {
            instruction.args.clone()
        } else {
            let mut text = text.to_owned();
            match instruction.heredocs.as_slice() {
                [] => {}
                [heredoc] if is_heredoc_word(&text) => {
                    text = body(heredoc);
                    if text.starts_with("#!") {
                        script = Some(text);
                        text = format!("/dev/pipes/{}", heredoc.name);
                    }
                }
                several => {
                    for heredoc in several {
                        text = format!("{text}\n{}{}", heredoc.content, heredoc.name);
                    }
                }
            }
            let mut argv = effective_shell(&stage.config);
            argv.push(text);
            argv
        };
        let ids = ids_of(&stage.root, &stage.config.user)?;
        let home = home_of(&stage.root, ids.uid);
        let workdir = match stage.config.workdir.as_str() {
            "" => "/",
            path => path,
        };
        // The runtime makes the directory where it is gone.
        make_directories(&stage.root, &clean(workdir), (0, 0), 0o755)
            .map_err(|error| Trouble::fails(error.to_string()))?;
        let mut env = stage.env.clone();
        if find(&env, "HOME").is_none() {
            env.push(("HOME".to_owned(), home));
        }
        let pipes = stage.root.join("dev/pipes");
        if let Some(script) = &script {
            use std::os::unix::fs::PermissionsExt as _;
            fs::create_dir_all(&pipes)?;
            let file = stage.root.join(text_of_pipe(&argv));
            fs::write(&file, script)?;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        }
        let mounts = self.mount(stage, instruction)?;
        let status = Job {
            root: &stage.root,
            argv: &argv,
            env,
            workdir,
            ids,
        }
        .run();
        for mount in mounts.into_iter().rev() {
            mount.take_away()?;
        }
        if script.is_some() {
            fs::remove_dir_all(pipes)?;
        }
        match status? {
            0 => Ok(()),
            status => Err(Trouble::Fails(format!("status {status}"))),
        }
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

/// What a mount covers, until the command has ended.
struct Mount {
    target: PathBuf,
    /// Where the content of the mount goes afterwards.
    store: PathBuf,
    /// Where the image's own directory waits.
    aside: Option<PathBuf>,
    /// The first directory that was made for it.
    made: Option<PathBuf>,
}

impl Mount {
    fn take_away(self) -> Result<(), Trouble> {
        if fs::rename(&self.target, &self.store).is_err() {
            return Err(Trouble::Unsupported("a mount that is removed"));
        }
        if let Some(aside) = self.aside {
            fs::rename(aside, &self.target)?;
        } else if let Some(made) = self.made
            && made.exists()
        {
            // Stubs that the mount needed go where nothing was put beside them.
            let mut stub = self.target.as_path();
            while let Some(parent) = stub.parent() {
                if stub == made {
                    let _ = fs::remove_dir(stub);
                    break;
                }
                if stub.exists() && fs::remove_dir(stub).is_err() {
                    break;
                }
                stub = parent;
            }
        }
        Ok(())
    }
}

impl Builder<'_> {
    /// Puts directories in place of the mounts of a RUN. Caches keep their content for the next RUN.
    fn mount(&mut self, stage: &Stage, run: &Instruction) -> Result<Vec<Mount>, Trouble> {
        let mut mounts = Vec::new();
        for flag in &run.flags {
            let Some(value) = flag.strip_prefix("--mount=") else {
                match flag.as_str() {
                    "--network=none" | "--network=default" => continue,
                    _ => return Err(Trouble::Unsupported("a flag of RUN")),
                }
            };
            let option = |name: &str| {
                value
                    .split(',')
                    .find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
            };
            let kind = option("type").unwrap_or("bind");
            let target = option("target").or(option("dst")).or(option("destination"));
            let (Some(target), "cache" | "tmpfs") = (target, kind) else {
                return Err(Trouble::Unsupported("a kind of mount"));
            };
            let target = expand(target, self.escape, &|name| find(&stage.env, name))?;
            let path = match target.starts_with('/') {
                true => clean(&target),
                false => clean(&format!("{}/{target}", stage.config.workdir)),
            };
            let key = format!("{kind} {}", option("id").unwrap_or(&path));
            let store = match self.caches.get(&key).filter(|_| kind == "cache") {
                Some(store) => store.clone(),
                None => {
                    let store = self.folder.join(format!("mount{}", self.caches.len()));
                    fs::create_dir(&store)?;
                    self.caches.insert(
                        if kind == "cache" {
                            key
                        } else {
                            store.display().to_string()
                        },
                        store.clone(),
                    );
                    store
                }
            };
            let target = inside(&stage.root, &path, true)?;
            let made = target
                .ancestors()
                .take_while(|above| !above.exists())
                .last()
                .map(Path::to_owned);
            let aside = made
                .is_none()
                .then(|| self.folder.join(format!("aside{}", mounts.len())));
            if let Some(aside) = &aside {
                if !target.is_dir() {
                    return Err(Trouble::Unsupported("a mount over a file"));
                }
                fs::rename(&target, aside)?;
            } else if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::rename(&store, &target)?;
            mounts.push(Mount {
                target,
                store,
                aside,
                made,
            });
        }
        Ok(mounts)
    }
}

/// The file that holds a script, below the root.
fn text_of_pipe(argv: &[String]) -> String {
    argv.last()
        .map(|path| path.trim_start_matches('/').to_owned())
        .unwrap_or_default()
}

/// The content of a heredoc as it is used.
pub(crate) fn body(heredoc: &buildkit::Heredoc) -> String {
    if !heredoc.chomp {
        return heredoc.content.clone();
    }
    let lines = heredoc.content.split_inclusive('\n');
    lines.map(|line| line.trim_start_matches('\t')).collect()
}

/// Whether the text of a RUN is nothing but the operator of a heredoc.
fn is_heredoc_word(text: &str) -> bool {
    let rest = text
        .trim()
        .trim_start_matches(|char: char| char.is_ascii_digit());
    let Some(name) = rest.strip_prefix("<<") else {
        return false;
    };
    let name = name.strip_prefix('-').unwrap_or(name).trim();
    !name.is_empty() && !name.contains(['<', ' ', '\t', '\n'])
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

/// Lines of `/etc/passwd` or `/etc/group`, split at colons.
fn table(root: &Path, path: &str) -> Vec<Vec<String>> {
    let text = inside(root, path, true)
        .ok()
        .and_then(|path| fs::read_to_string(path).ok());
    let lines = text.as_deref().unwrap_or_default().lines();
    lines
        .map(|line| line.split(':').map(str::to_owned).collect())
        .collect()
}

fn field(line: &[String], index: usize) -> Option<u32> {
    line.get(index)?.parse().ok()
}

/// Owner and group of what WORKDIR or `--chown` makes. A number alone is the group as well; unknown names are 0.
pub(crate) fn owner_of(root: &Path, user: &str) -> Result<(u32, u32), Trouble> {
    let (user, group) = match user.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (user, None),
    };
    let named = table(root, "/etc/passwd");
    let entry = named
        .iter()
        .find(|line| line.first().is_some_and(|name| name == user));
    let (uid, primary) = match user.parse::<u32>() {
        Ok(uid) => (uid, uid),
        Err(_) => entry.map_or((0, 0), |line| {
            (field(line, 2).unwrap_or(0), field(line, 3).unwrap_or(0))
        }),
    };
    let gid = group.map_or(primary, |group| {
        let known = table(root, "/etc/group");
        let entry = known
            .iter()
            .find(|line| line.first().is_some_and(|name| name == group));
        group
            .parse()
            .ok()
            .or(entry.and_then(|line| field(line, 2)))
            .unwrap_or(0)
    });
    Ok((uid, gid))
}

/// As whom RUN runs. A name must exist.
fn ids_of(root: &Path, user: &str) -> Result<Ids, Trouble> {
    if user.is_empty() {
        return Ok(Ids::default());
    }
    let (name, group) = match user.split_once(':') {
        Some((name, group)) => (name, Some(group)),
        None => (user, None),
    };
    let users = table(root, "/etc/passwd");
    let number = name.parse::<u32>().ok();
    let entry = users.iter().find(|line| match number {
        Some(uid) => field(line, 2) == Some(uid),
        None => line.first().is_some_and(|other| other == name),
    });
    let uid = number
        .or(entry.and_then(|line| field(line, 2)))
        .ok_or_else(|| Trouble::fails(format!("unable to find user {name}")))?;
    let known = table(root, "/etc/group");
    if let Some(group) = group {
        let entry = known
            .iter()
            .find(|line| line.first().is_some_and(|other| other == group));
        let gid = group.parse().ok().or(entry.and_then(|line| field(line, 2)));
        let gid = gid.ok_or_else(|| Trouble::fails(format!("unable to find group {group}")))?;
        return Ok(Ids {
            uid,
            gid,
            groups: vec![gid],
        });
    }
    let gid = entry.and_then(|line| field(line, 3)).unwrap_or(0);
    let mut groups = vec![gid];
    if let Some(name) = entry.and_then(|line| line.first()) {
        let member = |line: &&Vec<String>| {
            line.get(3)
                .is_some_and(|members| members.split(',').any(|member| member == name))
        };
        groups.extend(
            known
                .iter()
                .filter(member)
                .filter_map(|line| field(line, 2)),
        );
    }
    groups.dedup();
    Ok(Ids { uid, gid, groups })
}

fn home_of(root: &Path, uid: u32) -> String {
    let users = table(root, "/etc/passwd");
    let entry = users.iter().find(|line| field(line, 2) == Some(uid));
    entry
        .and_then(|line| line.get(5))
        .cloned()
        .unwrap_or_else(|| "/".to_owned())
}
