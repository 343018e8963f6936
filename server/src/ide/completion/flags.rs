//! Flags and their values.

use dfix_transforms::model::InstructionKind;

use super::head::Head;
use super::instructions::Typed;
use super::{Completion, ItemKind, Topic, images, values};
use crate::ide::reference::mounts;

/// Offers flags, or values of the flag at the cursor; `false` where that is none of them.
pub(super) fn complete(head: &Head<'_>, typed: &Typed<'_>, out: &mut Completion) -> bool {
    let kind = typed.entry.kind;
    let word = typed.arguments;
    let Some((name, value)) = word.split_once('=') else {
        names(head, typed, out);
        // A single dash may also be the begin of a text for the shell.
        return word != "-" || !typed.entry.flags.is_empty();
    };
    let Some(flag) = name
        .strip_prefix("--")
        .and_then(|name| typed.entry.flag(name))
    else {
        return false;
    };
    match (kind, flag.name) {
        (InstructionKind::Run, "mount") => mount(head, value, out),
        (InstructionKind::Copy, "from") => images::sources(head, true, out),
        (_, "chown") => values::users(head, out),
        _ => {
            let (_, range) = head.word(|ch| !ch.is_whitespace() && ch != '=');
            for (rank, value) in (0..).zip(flag.values) {
                let item = out.add(*value, ItemKind::Value, range, rank);
                item.topic(Topic::Flag(kind, flag.name));
            }
        }
    }
    true
}

fn names(head: &Head<'_>, typed: &Typed<'_>, out: &mut Completion) {
    let (_, range) = head.word(|ch| ch == '-' || ch.is_ascii_alphanumeric());
    let has_value = head
        .rest
        .trim_start_matches(|ch: char| ch == '-' || ch.is_ascii_alphanumeric())
        .starts_with('=');
    let kind = typed.entry.kind;
    for (rank, flag) in (0..).zip(typed.entry.flags) {
        let repeats = matches!(flag.name, "mount" | "exclude" | "device");
        let used = typed.flags.iter().any(|used| {
            let rest = used
                .strip_prefix("--")
                .and_then(|it| it.strip_prefix(flag.name));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        });
        if used && !repeats {
            continue;
        }
        let label = format!("--{}", flag.name);
        let insert = match flag.value.is_empty() || has_value {
            true => label.clone(),
            false => format!("{label}="),
        };
        out.add(label, ItemKind::Flag, range, rank)
            .insert(insert)
            .detail(flag.written())
            .topic(Topic::Flag(kind, flag.name));
    }
}

/// A field of `--mount`.
fn mount(head: &Head<'_>, value: &str, out: &mut Completion) {
    let fields: Vec<&str> = value.split(',').collect();
    let Some((last, finished)) = fields.split_last() else {
        return;
    };
    let get = |wanted: &str| {
        finished.iter().find_map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            let key = mounts::key(name)?;
            (key.name == wanted).then_some(value)
        })
    };
    let kind = get("type").unwrap_or("bind").to_lowercase();
    let is_part = |ch: char| !ch.is_whitespace() && !matches!(ch, ',' | '=');
    let (_, range) = head.word(is_part);
    let Some((name, _)) = last.split_once('=') else {
        let Some(entry) = mounts::mount_type(&kind) else {
            return;
        };
        if get("type").is_none() {
            for (rank, entry) in (0..).zip(mounts::TYPES) {
                let label = format!("type={}", entry.name);
                out.add(label, ItemKind::Value, range, rank)
                    .topic(Topic::MountType(entry.name));
            }
            // Of a bind mount the type may be left out, but who writes a flag begins with it.
            if finished.is_empty() {
                return;
            }
        }
        for (rank, key) in (10..).zip(entry.keys) {
            if let Some(key) = mounts::key(key).filter(|key| get(key.name).is_none()) {
                let insert = match key.switch {
                    true => key.name.to_owned(),
                    false => format!("{}=", key.name),
                };
                out.add(key.name, ItemKind::Flag, range, rank)
                    .insert(insert)
                    .detail(key.summary)
                    .topic(Topic::MountKey(key.name));
            }
        }
        return;
    };
    let Some(key) = mounts::key(name) else {
        return;
    };
    match key.name {
        "from" => images::sources(head, false, out),
        "type" => {
            for (rank, entry) in (0..).zip(mounts::TYPES) {
                out.add(entry.name, ItemKind::Value, range, rank)
                    .topic(Topic::MountType(entry.name));
            }
        }
        "target" if kind == "cache" => {
            for (rank, (path, owner)) in (0..).zip(CACHES) {
                out.add(*path, ItemKind::Folder, range, rank).detail(*owner);
            }
        }
        _ => {
            for (rank, value) in (0..).zip(key.values) {
                out.add(*value, ItemKind::Value, range, rank)
                    .topic(Topic::MountKey(key.name));
            }
        }
    }
}

/// Where programs keep what is worth keeping between builds, for root.
const CACHES: &[(&str, &str)] = &[
    ("/root/.cache/pip", "pip"),
    ("/root/.cache/uv", "uv"),
    ("/root/.npm", "npm"),
    ("/usr/local/share/.cache/yarn", "yarn 1"),
    ("/root/.local/share/pnpm/store", "pnpm"),
    ("/go/pkg/mod", "Go modules"),
    ("/root/.cache/go-build", "Go compiler"),
    ("/usr/local/cargo/registry", "cargo"),
    ("/root/.m2", "Maven"),
    ("/root/.gradle", "Gradle"),
    ("/root/.nuget/packages", "NuGet"),
    ("/root/.composer/cache", "Composer"),
    ("/var/cache/apt", "apt, with sharing=locked"),
    ("/var/lib/apt", "apt, with sharing=locked"),
    ("/var/cache/apk", "apk"),
    ("/var/cache/dnf", "dnf"),
];
