//! RUN: the command line, its mounts, its user.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use dfix_syntax::buildkit::Instruction;

use super::expand::expand;
use super::users::{home_of, ids_of};
use super::{Builder, COPIES_FROM, Stage, Trouble, body, clean, effective_shell, find};
use crate::sandbox::Job;
use crate::tree::{copy_tree, inside, make_directories};

impl Builder<'_> {
    pub(super) fn run(
        &mut self,
        stage: &mut Stage,
        instruction: &Instruction,
    ) -> Result<(), Trouble> {
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
    /// The directory that a bind mount shows.
    fn bound(&self, from: Option<&str>, source: &str) -> Result<PathBuf, Trouble> {
        let root = match from {
            None => self.world.context.to_owned(),
            Some(name) => {
                let name = name.to_lowercase();
                let named = self
                    .stages
                    .iter()
                    .rfind(|stage| stage.name.as_ref() == Some(&name));
                let stage = named.ok_or(Trouble::Unsupported("a mount of an image"))?;
                if stage.failure.is_some() {
                    return Err(Trouble::fails(COPIES_FROM));
                }
                stage.root.clone()
            }
        };
        let path = inside(&root, source, true)?;
        if path.is_dir() {
            Ok(path)
        } else if path.exists() {
            Err(Trouble::Unsupported("a mount of a file"))
        } else {
            Err(Trouble::fails(format!("{source}: not found")))
        }
    }

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
            let (Some(target), "cache" | "tmpfs" | "bind") = (target, kind) else {
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
                    if kind == "bind" {
                        let source = option("source").or(option("src")).unwrap_or("/");
                        copy_tree(&self.bound(option("from"), source)?, &store)?;
                    } else {
                        fs::create_dir(&store)?;
                    }
                    if kind == "tmpfs" {
                        fs::set_permissions(&store, fs::Permissions::from_mode(0o1777))?;
                    }
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
