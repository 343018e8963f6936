//! `yarn-cache-clean`: yarn leaves its cache in the layer.

use super::Context;
use super::declare::declare_rule;
use super::support::package_cache::PackageCache;
use crate::Finding;
use crate::commands::Invocation;
use crate::model::{Args, Base, Instruction, Script, Word};

declare_rule! {
    /// A RUN that installs with yarn cleans yarn's cache at its end.
    ///
    /// ## Why
    ///
    /// yarn keeps every package that it downloads a second time, below `/usr/local/share/.cache` or `~/.cache/yarn`. In an image nothing installs
    /// them again.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM node:20-slim
    /// COPY package.json yarn.lock ./
    /// RUN yarn install --frozen-lockfile --production
    /// ```
    ///
    /// ```dockerfile
    /// FROM node:20-slim
    /// COPY package.json yarn.lock ./
    /// RUN yarn install --frozen-lockfile --production \
    ///  && yarn cache clean
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe for yarn 1: the installed packages stay. A modern yarn may keep the packages themselves in its cache and run from there, so where
    /// the file or the build context shows one (`.yarnrc.yml`, `corepack`, `--immutable`), the fix is unsafe. So it is behind sudo, and where the
    /// build ignores that the install fails.
    /// A RUN directly below that does nothing but clean up becomes the end of this one instead.
    ///
    /// ## Not reported
    ///
    /// A RUN that cleans up in any way, and one with a cache mount.
    ///
    /// ```dockerfile,silent
    /// FROM node:20-slim
    /// RUN yarn install && yarn cache clean
    /// ```
    META: RuleMeta {
        id: "yarn-cache-clean",
        aliases: ["DL3060"],
        group: Packages,
        phase: Content,
        severity: Info,
        fix: Safe,
        laws: [PackageCacheRemoved, LayersMerged],
        default: true,
        since: "0.1.0",
        mentions: ["yarn"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    CACHE.check(ctx, findings);
}

const CACHE: PackageCache = PackageCache {
    meta: &META,
    manager: "yarn",
    fills,
    cleaners: &["yarn"],
    cleans: &["cache clean", "cache"],
    paths: &[".cache"],
    cleanup: &["yarn cache clean"],
    leaves: "a second copy of every package that it downloaded",
    doubt,
};

fn fills(yarn: &Invocation<'_>) -> bool {
    let installs = yarn.sub_any(&["install", "add", "global add"])
        || yarn.subcommand().is_none() && yarn.operands().is_empty();
    installs && !yarn.has_any_flag(&["--cache-folder", "--version", "-v", "--help"])
}

/// What shows that yarn is a modern one.
fn doubt(ctx: &Context<'_>, run: &Instruction, _: &Script) -> Option<&'static str> {
    let text = ctx.analysis.source.as_str();
    let signs = [
        "corepack",
        ".yarnrc.yml",
        ".yarn/",
        ".yarn ",
        ".pnp.",
        "yarn set version",
        "--immutable",
        "berry",
        "yarn dlx",
        "workspaces focus",
        "git clone",
        "git checkout",
    ];
    let in_file = signs.iter().any(|sign| text.contains(sign));
    let in_context = [".yarnrc.yml", ".yarn", ".pnp.cjs"]
        .iter()
        .any(|path| ctx.facts.lookup(path).is_some());
    if in_file || in_context || may_copy_settings(ctx, run) {
        return Some(
            "yarn may be a modern one, which may keep the packages themselves in its cache",
        );
    }
    let set = ctx.analysis.scope(run).names(None);
    let moved = set.iter().any(|known| *known == "YARN_CACHE_FOLDER");
    moved.then_some("the cache is moved by a variable, so it may be kept on purpose")
}

/// Whether settings of a modern yarn may be among what the stage has before a RUN: more is copied than the files of which
/// the names say that they are others, and the build context isn't known.
fn may_copy_settings(ctx: &Context<'_>, run: &Instruction) -> bool {
    let stages = &ctx.analysis.stages;
    let Some(stage) = run.stage.and_then(|stage| stages.get(stage)) else {
        return true;
    };
    let harmless = |source: &Word| {
        let name = source.text.rsplit('/').next().unwrap_or_default();
        name == ".npmrc" || name.starts_with("yarn.loc") || name.ends_with(".json")
    };
    let other = |copy: &Instruction| match &copy.args {
        Args::Copy { sources, .. } => !sources.iter().all(harmless),
        _ => false,
    };
    matches!(stage.base, Base::Stage(_))
        || ctx
            .analysis
            .stage_instructions(stage.index)
            .take_while(|earlier| earlier.index < run.index)
            .any(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent};

    #[test]
    fn every_way_to_install() {
        check(
            &RULE,
            "FROM node\nRUN yarn\n",
            "FROM node\nRUN yarn \\\n && yarn cache clean\n",
        );
        check(
            &RULE,
            "FROM node\nRUN yarn global add a && \\\n    b\n",
            "FROM node\nRUN yarn global add a && \\\n    b && \\\n    yarn cache clean\n",
        );
    }

    #[test]
    fn a_modern_yarn() {
        check_refused(
            &RULE,
            "FROM node\nRUN corepack enable\nRUN yarn install\n",
            "modern",
        );
        check_refused(
            &RULE,
            "FROM node\nCOPY .yarn/ .yarn/\nRUN yarn install\n",
            "modern",
        );
    }

    #[test]
    fn told_otherwise() {
        check_silent(&RULE, "FROM node\nRUN yarn install && yarn cache clean\n");
        check_silent(
            &RULE,
            "FROM node\nRUN yarn install && rm -rf /usr/local/share/.cache\n",
        );
        check_silent(
            &RULE,
            "FROM node\nRUN --mount=type=cache,target=/usr/local/share/.cache yarn install\n",
        );
        check_silent(&RULE, "FROM node\nRUN yarn build\n");
    }
}
