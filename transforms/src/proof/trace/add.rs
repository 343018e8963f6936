//! COPY and ADD (`dfix`'s reading of `convert_copy.go: dispatchCopy`, semantics B.9).

use smol_str::SmolStr;

use super::build::{Builder, State, malformed};
use super::copy::{Copy, Source};
use super::mount::MountSource;
use super::{Op, Step, TraceError, path};
use crate::model::{
    Args, Flag, Heredoc, Instruction, InstructionKind, Value, Word, expand_heredoc,
};

/// The kinds of sources that ADD takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Local,
    Http,
    Git,
}

impl<'a> Builder<'a, '_> {
    pub(super) fn copy(
        &mut self,
        instruction: &'a Instruction,
        stage: usize,
        state: &mut State<'a>,
    ) -> Result<(), TraceError> {
        let Args::Copy { sources, dest, .. } = &instruction.args else {
            return Err(malformed(instruction));
        };
        let add = instruction.kind == InstructionKind::Add;
        let dest = self.expand(&dest.text, state)?;
        let mut common = Copy {
            source: Source::Context(Value::default()),
            dest: path::destination(&state.config.workdir, &dest),
            owner: None,
            mode: None,
            link: false,
            parents: false,
            exclude: Vec::new(),
            unpack: false,
            keep_git_dir: false,
            checksum: None,
        };
        let mut from = None;
        let mut unpack = None;
        for flag in &instruction.flags {
            let text = flag.value.as_deref().unwrap_or_default();
            match (flag.name.as_str(), add) {
                ("chown", _) => common.owner = Some(self.expand(text, state)?),
                ("chmod", _) => common.mode = Some(chmod(self.expand(text, state)?)?),
                ("link", _) => common.link = boolean(flag)?,
                ("exclude", _) => common.exclude.push(text.into()),
                ("parents", false) => common.parents = boolean(flag)?,
                ("from", false) => from = Some(self.copy_source(text, stage)?),
                ("checksum", true) => common.checksum = Some(self.expand(text, state)?),
                ("keep-git-dir", true) => common.keep_git_dir = boolean(flag)?,
                ("unpack", true) => unpack = Some(boolean(flag)?),
                (name, _) => {
                    let why = format!("{:?}: no flag --{name}", instruction.kind);
                    return Err(TraceError(why));
                }
            }
        }
        let given = |value: &Value| *value != Value::default();
        common.owner = common.owner.filter(given);
        common.mode = common.mode.filter(given);
        common.checksum = common.checksum.filter(given);
        common.link &= common.mode.is_none();
        for word in sources {
            let mut copy = common.clone();
            if let Some(heredoc) = heredoc_of(word, &instruction.heredocs) {
                copy.source = self.heredoc(heredoc, state)?;
            } else {
                let text = self.expand(&word.text, state)?;
                let path = || match common.parents {
                    true => path::source_with_pivot(&text),
                    false => path::source(&text),
                };
                copy.source = match &from {
                    Some(MountSource::Stage(stage)) => Source::Stage(*stage, path()),
                    Some(MountSource::Image(image)) => Source::Image(image.clone(), path()),
                    None if common.parents => Source::Context(path()),
                    None => local_or_remote(&text, add)?,
                };
                copy.unpack = match &copy.source {
                    Source::Http(_) => unpack.unwrap_or(false),
                    Source::Git(_) => false,
                    _ => add && unpack.unwrap_or(true),
                };
            }
            let remote = matches!(
                copy.source,
                Source::Http(_) | Source::Git(_) | Source::Unknown(_)
            );
            if copy.checksum.is_some() && !remote {
                let why = "ADD: a checksum needs a download or a repository";
                return Err(TraceError(why.to_owned()));
            }
            let op = Op::Copy(Box::new(copy));
            state.steps.push(Step::new(instruction, op));
        }
        Ok(())
    }

    fn heredoc(&self, heredoc: &Heredoc, state: &State<'_>) -> Result<Source, TraceError> {
        let body = self.body(heredoc);
        let content = if heredoc.expand {
            expand_heredoc(&body, &self.scope(state))?.value
        } else {
            Value::literal(&body)
        };
        Ok(Source::Heredoc {
            name: heredoc.name.clone(),
            content,
        })
    }

    /// The body of a heredoc, without leading tabs if they are to go.
    pub(super) fn body(&self, heredoc: &Heredoc) -> String {
        let body = self.analysis.text(heredoc.body);
        if !heredoc.chomp {
            return body.to_owned();
        }
        body.split_inclusive('\n')
            .map(|line| line.trim_start_matches('\t'))
            .collect()
    }
}

/// The heredoc that a source word stands for; of two with one name it is the last.
fn heredoc_of<'h>(word: &Word, heredocs: &'h [Heredoc]) -> Option<&'h Heredoc> {
    if heredocs.is_empty() {
        return None;
    }
    let rest = word.text.trim_start_matches(|c: char| c.is_ascii_digit());
    let name = rest.strip_prefix("<<")?;
    let name = name.strip_prefix('-').unwrap_or(name);
    let name: SmolStr = name
        .chars()
        .filter(|c| !matches!(c, '"' | '\'' | '\\'))
        .collect();
    heredocs
        .iter()
        .rev()
        .find(|heredoc| heredoc.name == name && !name.is_empty())
}

fn local_or_remote(text: &Value, add: bool) -> Result<Source, TraceError> {
    let kind = text.known().map(kind);
    Ok(match kind {
        Some(Kind::Local) => Source::Context(path::source(text)),
        Some(_) if !add => {
            let why = format!("COPY: `{text}` is not in the build context");
            return Err(TraceError(why));
        }
        Some(Kind::Http) => Source::Http(text.clone()),
        Some(Kind::Git) => Source::Git(text.clone()),
        None if !add => Source::Context(text.clone()),
        None => Source::Unknown(text.clone()),
    })
}

fn kind(source: &str) -> Kind {
    let web = source.starts_with("http://") || source.starts_with("https://");
    let path = || source.split(['#', '?']).next().unwrap_or_default();
    if source.starts_with("git@")
        || source.starts_with("git://")
        || source.starts_with("ssh://")
        || (web && path().trim_end_matches('/').ends_with(".git"))
    {
        Kind::Git
    } else if web {
        Kind::Http
    } else {
        Kind::Local
    }
}

/// Checks the value of `--chmod`: octal up to 07777, or symbolic.
fn chmod(mode: Value) -> Result<Value, TraceError> {
    let Some(text) = mode.known() else {
        return Ok(mode);
    };
    let octal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if octal && u32::from_str_radix(text, 8).is_ok_and(|mode| mode <= 0o7777) {
        return Ok(mode);
    }
    let symbolic = text.split(',').all(|clause| {
        let rest = clause.trim_start_matches(['u', 'g', 'o', 'a']);
        let known = |c| {
            matches!(
                c,
                '+' | '-' | '=' | 'r' | 'w' | 'x' | 'X' | 's' | 't' | 'u' | 'g' | 'o'
            )
        };
        rest.starts_with(['+', '-', '=']) && rest.chars().all(known)
    });
    if symbolic || text.is_empty() {
        Ok(mode)
    } else {
        Err(TraceError(format!("--chmod: no mode `{text}`")))
    }
}

fn boolean(flag: &Flag) -> Result<bool, TraceError> {
    match flag
        .value
        .as_deref()
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(TraceError(format!(
            "--{}: neither true nor false",
            flag.name
        ))),
    }
}
