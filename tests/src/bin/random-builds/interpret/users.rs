//! Users and groups by `/etc/passwd` and `/etc/group` of an image.

use std::fs;
use std::path::Path;

use super::Trouble;
use crate::sandbox::Ids;
use crate::tree::inside;

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
pub(super) fn owner_of(root: &Path, user: &str) -> Result<(u32, u32), Trouble> {
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
pub(super) fn ids_of(root: &Path, user: &str) -> Result<Ids, Trouble> {
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

pub(super) fn home_of(root: &Path, uid: u32) -> String {
    let users = table(root, "/etc/passwd");
    let entry = users.iter().find(|line| field(line, 2) == Some(uid));
    entry
        .and_then(|line| line.get(5))
        .cloned()
        .unwrap_or_else(|| "/".to_owned())
}
