//! `RUN --mount` (`instructions/commands_runmount.go`, semantics A.5 and B.5).

use smol_str::SmolStr;

use super::{TraceError, path};
use crate::model::Value;

/// A mount with its defaults filled in.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct Mount {
    /// What is mounted.
    pub(crate) kind: MountKind,
    /// Where its files come from (bind and cache); `None` is the build context, or an empty directory for a cache.
    pub(crate) from: Option<MountSource>,
    /// The path in the source.
    pub(crate) source: Option<Value>,
    /// The absolute path; `None` for a secret that is only a variable.
    pub(crate) target: Option<Value>,
    /// Whether writing is refused.
    pub(crate) readonly: bool,
    /// The other settings by name: `id`, `sharing`, `required`, `size`, `mode`, `uid`, `gid`, `env`.
    pub(crate) options: Vec<(SmolStr, Value)>,
}

/// The kinds of mounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MountKind {
    Bind,
    Cache,
    Tmpfs,
    Secret,
    Ssh,
}

/// Where a mount's files come from.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum MountSource {
    /// A stage of the file.
    Stage(usize),
    /// An image.
    Image(Value),
}

/// Reads the value of a `--mount` flag. `expand` expands a field, `resolve` finds the source that `from` names.
pub(super) fn parse(
    text: &str,
    workdir: &Value,
    mut expand: impl FnMut(&str) -> Result<Value, TraceError>,
    resolve: impl FnOnce(&str) -> Result<MountSource, TraceError>,
) -> Result<Mount, TraceError> {
    let mut mount = Mount {
        kind: MountKind::Bind,
        from: None,
        source: None,
        target: None,
        readonly: false,
        options: Vec::new(),
    };
    let mut from = None;
    let mut readonly = None;
    for field in csv(text) {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key.to_ascii_lowercase(), Some(value)),
            None => (field.to_ascii_lowercase(), None),
        };
        let wrong = || TraceError(format!("--mount: `{field}` is not understood"));
        match (key.as_str(), value) {
            ("type", Some(value)) => mount.kind = kind(value)?,
            ("from", Some(value)) => {
                if value.contains('$') {
                    return Err(TraceError("--mount: `from` takes no variables".to_owned()));
                }
                from = Some(value.to_owned());
            }
            ("source" | "src", Some(value)) => mount.source = Some(expand(value)?),
            ("target" | "dst" | "destination", Some(value)) => mount.target = Some(expand(value)?),
            ("readonly" | "ro", value) => readonly = Some(flag(value).ok_or_else(wrong)?),
            ("readwrite" | "rw", value) => readonly = Some(!flag(value).ok_or_else(wrong)?),
            ("required", value) => {
                let value = if flag(value).ok_or_else(wrong)? {
                    "true"
                } else {
                    ""
                };
                mount
                    .options
                    .push(("required".into(), Value::literal(value)));
            }
            ("id" | "sharing" | "size" | "mode" | "uid" | "gid" | "env", Some(value)) => {
                mount.options.push((key.as_str().into(), expand(value)?));
            }
            _ => return Err(wrong()),
        }
    }
    mount.readonly = readonly.unwrap_or(mount.kind == MountKind::Bind);
    mount.from = from.map(|from| resolve(&from)).transpose()?;
    defaults(&mut mount, workdir)?;
    mount
        .options
        .retain(|(_, value)| *value != Value::default());
    mount.options.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(mount)
}

fn defaults(mount: &mut Mount, workdir: &Value) -> Result<(), TraceError> {
    let option = |mount: &Mount, key: &str| {
        let found = mount.options.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.clone())
    };
    if let Some(target) = &mount.target {
        mount.target = Some(path::cleaned(&path::join(workdir, target)));
    }
    match mount.kind {
        MountKind::Secret => {
            let id = option(mount, "id").or_else(|| {
                let target = mount.target.as_ref()?.known()?;
                Some(Value::literal(target.rsplit('/').next()?))
            });
            let Some(id) = id else {
                return Err(TraceError("--mount: a secret needs an id".to_owned()));
            };
            if mount.target.is_none() && option(mount, "env").is_none() {
                let mut target = Value::literal("/run/secrets/");
                target.push(&id);
                mount.target = Some(target);
            }
            mount.options.retain(|(name, _)| name != "id");
            mount.options.push(("id".into(), id));
        }
        MountKind::Ssh => {}
        _ if mount.target.is_none() => {
            return Err(TraceError("--mount: no target".to_owned()));
        }
        MountKind::Cache => {
            if option(mount, "id").is_none()
                && let Some(target) = mount.target.clone()
            {
                mount.options.push(("id".into(), target));
            }
            if option(mount, "sharing").is_none() {
                mount
                    .options
                    .push(("sharing".into(), Value::literal("shared")));
            }
        }
        MountKind::Bind | MountKind::Tmpfs => {}
    }
    mount.source = mount.source.as_ref().map(path::source);
    Ok(())
}

fn kind(name: &str) -> Result<MountKind, TraceError> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "bind" => MountKind::Bind,
        "cache" => MountKind::Cache,
        "tmpfs" => MountKind::Tmpfs,
        "secret" => MountKind::Secret,
        "ssh" => MountKind::Ssh,
        _ => return Err(TraceError(format!("--mount: no type `{name}`"))),
    })
}

fn flag(value: Option<&str>) -> Option<bool> {
    match value.map(str::to_ascii_lowercase).as_deref() {
        None | Some("true" | "1" | "t") => Some(true),
        Some("false" | "0" | "f") => Some(false),
        Some(_) => None,
    }
}

/// The fields of one CSV record. A quote inside a field that doesn't start with one is refused by the builder; here it
/// stays, and the field is not understood then.
fn csv(text: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted || field.is_empty() => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    fields
}
