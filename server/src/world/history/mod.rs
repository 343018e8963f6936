//! The history of the repository that a Dockerfile is in: what each commit of the first parents changed, and how often
//! what a Dockerfile copies has changed.
//!
//! A merge is one commit here, with all that it brought, since that is what gets built. Renamed files keep their past.
//! Of the last [`churn::WINDOW`] commits recent ones count for more: half as much for each hundred commits of age.

mod churn;
mod git;
mod known;
mod log;
mod select;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use churn::{Pasts, WINDOW, Watched};
pub(crate) use git::{Blobs, NoHistory, Repository};
pub(crate) use known::{Evidence, Histories, OnDemand, context_in};
pub(crate) use log::{Blob, Change, Commit, Log, PathId, Paths};
pub(crate) use select::Selector;

/// Reads the last commits of a repository, at most so many of them.
///
/// # Errors
/// When git can't.
pub(crate) fn read(repository: &Repository, limit: usize) -> Result<Log, NoHistory> {
    let range = [format!("--max-count={limit}")];
    let mut log = git::stream(repository.log(&range), |out| log::read(out))?;
    // What the oldest commit of a shallow clone seems to bring was there before.
    log.starts_in_the_middle =
        repository.shallow && log.commits.first().is_some_and(|first| !first.has_parent);
    Ok(log)
}

/// The files that were there before the oldest commit of a history.
///
/// # Errors
/// When git can't.
pub(crate) fn files_before(
    repository: &Repository,
    log: &mut Log,
) -> Result<Vec<(PathId, Blob)>, NoHistory> {
    let Some(first) = log.commits.first().filter(|first| first.has_parent) else {
        return Ok(Vec::new());
    };
    let parent = format!("{}^", first.id);
    let paths = &mut log.paths;
    git::stream(repository.tree(&parent), |out| log::tree(out, paths))
}
