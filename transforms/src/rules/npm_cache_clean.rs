//! `npm-cache-clean`: npm leaves its cache in the layer.

use super::Context;
use super::declare::declare_rule;
use super::support::package_cache::PackageCache;
use crate::Finding;
use crate::model::{Base, Instruction, Script};

declare_rule! {
    /// A RUN that installs with npm cleans npm's cache at its end.
    ///
    /// ## Why
    ///
    /// npm keeps every package that it downloads below `~/.npm` a second time. In an image nothing installs them again, and the copy can be
    /// as large as `node_modules`.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM node:20-slim
    /// COPY package.json package-lock.json ./
    /// RUN npm ci
    /// ```
    ///
    /// ```dockerfile
    /// FROM node:20-slim
    /// COPY package.json package-lock.json ./
    /// RUN npm ci \
    ///  && npm cache clean --force
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the installed packages stay, and only npm commands that may not use the network would miss the cache. Such a command later in
    /// the file, sudo, or an install whose failure the build ignores make the fix unsafe.
    /// A RUN directly below that does nothing but clean up becomes the end of this one instead.
    ///
    /// ## Not reported
    ///
    /// A RUN that cleans up in any way, one with a cache mount, and stages of which only single paths are copied into another stage: what stays
    /// behind in them is in no image.
    ///
    /// ```dockerfile,silent
    /// FROM node:20 AS build
    /// RUN npm ci
    /// FROM nginx
    /// COPY --from=build /dist /usr/share/nginx/html
    /// ```
    META: RuleMeta {
        id: "npm-cache-clean",
        aliases: [],
        group: Packages,
        phase: Content,
        severity: Info,
        fix: Safe,
        laws: [PackageCacheRemoved, LayersMerged],
        default: true,
        since: "0.1.0",
        mentions: ["npm"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut found = Vec::new();
    CACHE.check(ctx, &mut found);
    let stages = &ctx.analysis.stages;
    let shipped = |finding: &Finding| {
        let stage = stages.iter().rfind(|stage| {
            let from = ctx.analysis.instructions.get(stage.from);
            from.is_some_and(|from| from.range.start() <= finding.range.start())
        });
        stage.is_some_and(|stage| is_shipped(ctx, stage.index))
    };
    findings.extend(found.into_iter().filter(shipped));
}

/// Whether a stage, or one that is built on it, becomes an image: it is the last, or no other copies from it.
fn is_shipped(ctx: &Context<'_>, index: usize) -> bool {
    let stages = &ctx.analysis.stages;
    let Some(stage) = stages.get(index) else {
        return true;
    };
    let last = index + 1 == stages.len();
    let on_it = stages.iter().filter(|other| {
        other.index > index && matches!(other.base, Base::Stage(base) if base == index)
    });
    last || stage.references.is_empty() && stage.children.is_empty()
        || on_it.into_iter().any(|other| is_shipped(ctx, other.index))
}

const CACHE: PackageCache = PackageCache {
    meta: &META,
    manager: "npm",
    fills: |npm| npm.sub_any(&["install", "ci", "update"]) && !npm.has_flag("--cache"),
    cleaners: &["npm"],
    cleans: &["cache clean", "cache clear", "cache"],
    paths: &[".npm", "npm-cache", "/root/.*", "_cacache"],
    cleanup: &["npm cache clean --force"],
    leaves: "a second copy of every package that it downloaded",
    doubt,
};

fn doubt(ctx: &Context<'_>, run: &Instruction, _: &Script) -> Option<&'static str> {
    let set = ctx.analysis.scope(run).names(None);
    let moved = ["npm_config_cache", "NPM_CONFIG_CACHE"]
        .iter()
        .any(|name| set.iter().any(|known| known == name));
    moved.then_some("the cache is moved by a variable, so it may be kept on purpose")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent};

    #[test]
    fn in_the_style_of_the_run() {
        check(
            &RULE,
            "FROM node\nRUN npm install -g a && \\\n    b\n",
            "FROM node\nRUN npm install -g a && \\\n    b && \\\n    npm cache clean --force\n",
        );
    }

    #[test]
    fn npm_must_still_be_there() {
        check_refused(
            &RULE,
            "FROM node\nRUN npm ci && apk del npm\n",
            "removes software",
        );
        check_refused(
            &RULE,
            "FROM node\nRUN npm ci && npm uninstall -g npm\n",
            "removes software",
        );
        check_refused(
            &RULE,
            "FROM node\nRUN npm ci && rm -rf /usr/local/bin/npm\n",
            "removes software",
        );
    }

    #[test]
    fn told_otherwise() {
        check_silent(&RULE, "FROM node\nRUN npm ci && npm cache clean --force\n");
        check_silent(&RULE, "FROM node\nRUN npm ci && rm -rf ~/.npm\n");
        check_silent(&RULE, "FROM node\nRUN npm ci --cache /c\n");
        check_silent(
            &RULE,
            "FROM node\nRUN --mount=type=cache,target=/root/.npm npm ci\n",
        );
        check_silent(&RULE, "FROM node\nRUN npm run build\n");
    }
}
