//! `npm-cache-clean`: npm leaves its cache in the layer.

use super::Context;
use super::declare::declare_rule;
use super::support::kept_stages::kept_stages;
use super::support::package_cache::PackageCache;
use crate::Finding;
use crate::commands::Invocation;
use crate::model::{Instruction, Script};

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
    if found.is_empty() {
        return;
    }
    let analysis = ctx.analysis;
    let kept = kept_stages(analysis);
    let is_kept = |finding: &Finding| {
        let after = analysis.stages.partition_point(|stage| {
            let from = analysis.instructions.get(stage.from);
            from.is_some_and(|from| from.range.start() <= finding.range.start())
        });
        let stage = after.checked_sub(1).and_then(|stage| kept.get(stage));
        stage.is_none_or(|kept| *kept)
    };
    findings.extend(found.into_iter().filter(is_kept));
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

fn doubt(ctx: &Context<'_>, run: &Instruction, script: &Script) -> Option<&'static str> {
    if replaces_itself(script) {
        return Some("the RUN replaces npm itself, and nothing says that the new one runs here");
    }
    let set = ctx.analysis.scope(run).names(None);
    let moved = ["npm_config_cache", "NPM_CONFIG_CACHE"]
        .iter()
        .any(|name| set.iter().any(|known| known == name));
    moved.then_some("the cache is moved by a variable, so it may be kept on purpose")
}

/// Whether the last thing that npm does is to install another npm, which may not run on the node that is there.
fn replaces_itself(script: &Script) -> bool {
    let commands = script.simple_commands();
    let last = commands
        .iter()
        .rev()
        .copied()
        .filter_map(Invocation::of)
        .find(|npm| npm.is("npm"));
    last.is_some_and(|npm| {
        npm.operands().iter().any(|operand| {
            let name = npm.command().word(operand.word).unwrap_or_default();
            name == "npm" || name.starts_with("npm@")
        })
    })
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
    fn another_npm_may_not_run() {
        check_refused(
            &RULE,
            "FROM node:8\nRUN npm ci && npm install -g npm@latest\n",
            "replaces npm",
        );
        check(
            &RULE,
            "FROM node:8\nRUN npm install -g npm && npm ci\n",
            "FROM node:8\nRUN npm install -g npm && npm ci \\\n && npm cache clean --force\n",
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
