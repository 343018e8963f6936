//! Layer boundaries that have moved between equal steps.

use std::collections::BTreeSet;

use crate::proof::align::Alignment;
use crate::proof::item::{Item, Kind, Side};
use crate::proof::trace::{Argv, MountKind, Op};
use crate::proof::{Difference, Law};

/// The most that one shell text may have; the kernel takes 131,072 bytes.
const MAX_TEXT: usize = 120_000;

/// Finds the boundaries that have moved, and whether they may.
pub(crate) fn check(alignment: &mut Alignment<'_, '_>) -> Result<(), Difference> {
    let mut moved = BTreeSet::new();
    let mut last: Option<(&Item<'_, '_>, &Item<'_, '_>)> = None;
    for (before, became) in alignment.before.items.iter().zip(&alignment.became) {
        let Some(after) = became.and_then(|at| alignment.after.items.get(at)) else {
            continue;
        };
        if let Some((last_before, last_after)) = last {
            let one_before = last_before.layer == before.layer;
            let one_after = last_after.layer == after.layer;
            if one_before != one_after {
                moved.insert((last_before.step, last_after.step));
                moved.insert((before.step, after.step));
            }
        }
        last = Some((before, after));
    }
    if moved.is_empty() {
        return Ok(());
    }
    if !alignment.allowed.contains(&Law::LayersMerged) {
        return Err(Difference(
            "steps have moved into other layers, which the rewrite does not declare (`layers-merged`)".to_owned(),
        ));
    }
    for (before, after) in &moved {
        may_move(&alignment.before, *before)?;
        may_move(&alignment.after, *after)?;
    }
    alignment.used.insert(Law::LayersMerged);
    Ok(())
}

/// Whether the steps of a RUN may be cut in another way: some of what they see begins anew with each RUN.
fn may_move(side: &Side<'_, '_>, step: usize) -> Result<(), Difference> {
    let Some(Op::Exec(exec)) = side.steps().get(step).map(|step| &step.op) else {
        return Ok(());
    };
    let refuse = |what: &str| {
        Err(Difference(format!(
            "steps have moved into other layers: {what}"
        )))
    };
    for mount in &exec.mounts {
        match mount.kind {
            MountKind::Tmpfs => return refuse("a tmpfs is empty again in each RUN"),
            MountKind::Bind if !mount.readonly => {
                return refuse("what is written to a bind mount is gone in the next RUN");
            }
            _ => {}
        }
    }
    let Argv::Shell { text, .. } = &exec.argv else {
        return Ok(());
    };
    if text.len() > MAX_TEXT {
        return refuse("the text is too long for one process");
    }
    let fresh = [
        "/etc/hosts",
        "/etc/resolv.conf",
        "/etc/hostname",
        "/dev/shm",
        "/proc/self",
        "/proc/sys",
    ];
    if let Some(path) = fresh.iter().find(|path| text.contains(**path)) {
        return refuse(&format!("`{path}` begins anew with each RUN"));
    }
    if exec.user.known() != Some("") {
        // The groups of a user are read when a RUN starts.
        let groups = side.items.iter().any(|item| match &item.kind {
            Kind::Command(element) if item.step == step => element.commands.iter().any(|command| {
                command.words.iter().any(|word| {
                    matches!(
                        word.text.as_str(),
                        "usermod" | "gpasswd" | "groupmod" | "adduser" | "addgroup"
                    )
                })
            }),
            _ => false,
        });
        if groups && !crate::proof::trace::is_root(&exec.user) {
            return refuse("groups of a user change, which the next RUN would see");
        }
    }
    Ok(())
}
