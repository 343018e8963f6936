//! Caches of package managers that a RUN leaves behind, and the command at its end that removes them.

use super::joining::{lingering, obstacle};
use super::place::Place;
use super::{ShellRun, cleanup, shell_runs};
use crate::commands::Invocation;
use crate::model::{Instruction, InstructionKind, Mount, Script, SimpleCommand};
use crate::proof::Law;
use crate::rules::{Context, RuleMeta};
use crate::{Applicability, Edit, Finding, Fix};

/// What a rule says of one cache.
pub(crate) struct PackageCache {
    /// The rule.
    pub(crate) meta: &'static RuleMeta,
    /// The package manager.
    pub(crate) manager: &'static str,
    /// Whether a command of the manager fills the cache.
    pub(crate) fills: fn(&Invocation<'_>) -> bool,
    /// The programs that remove it, or make sure that nothing is kept.
    pub(crate) cleaners: &'static [&'static str],
    /// With these sub-commands.
    pub(crate) cleans: &'static [&'static str],
    /// Parts of paths by which `rm` removes it.
    pub(crate) paths: &'static [&'static str],
    /// The commands that remove it.
    pub(crate) cleanup: &'static [&'static str],
    /// What is left behind, as the object of "keeps".
    pub(crate) leaves: &'static str,
    /// A reason against a safe fix that only this cache has.
    pub(crate) doubt: fn(&Context<'_>, &Instruction, &Script) -> Option<&'static str>,
}

impl PackageCache {
    /// Reports every RUN that fills the cache and doesn't empty it.
    pub(crate) fn check(&self, ctx: &Context<'_>, findings: &mut Vec<Finding>) {
        // Most files have nothing to clean: it is looked up when it is asked for.
        let strict = std::cell::OnceCell::new();
        for found in shell_runs(ctx) {
            let commands = found.script.simple_commands();
            let filled = commands.iter().any(|command| self.is_filled_by(command));
            let emptied = || commands.iter().any(|command| self.is_emptied_by(command));
            if filled && !emptied() && !has_cache_mount(found.run) {
                let strict = *strict.get_or_init(|| last_strict_removal(ctx, self.paths));
                findings.extend(self.finding(ctx, found, strict));
            }
        }
    }

    fn is_filled_by(&self, command: &SimpleCommand) -> bool {
        Invocation::of(command)
            .is_some_and(|program| program.is(self.manager) && (self.fills)(&program))
    }

    fn is_emptied_by(&self, command: &SimpleCommand) -> bool {
        let cleans = Invocation::of(command)
            .is_some_and(|program| program.is_any(self.cleaners) && program.sub_any(self.cleans));
        cleans || removes_path(command, self.paths)
    }

    fn finding<'a>(
        &self,
        ctx: &Context<'a>,
        found: ShellRun<'a>,
        strict: Option<usize>,
    ) -> Option<Finding> {
        let places = found.places(ctx);
        let fills = |place: &&Place<'_>| self.is_filled_by(place.command);
        let last = places.iter().rfind(fills)?;
        let invocation = Invocation::of(last.command)?;
        let message = format!(
            "the layer of this `{}` keeps {}, which nothing uses again",
            invocation.name(),
            self.leaves
        );
        let finding = Finding::new(self.meta, last.command.range, message);
        if let Some((below, edit)) = self.join_cleanup(ctx, found.run) {
            let title = "Join the RUN below, which cleans up";
            let laws = &[Law::LayersMerged];
            return Some(
                finding
                    .relate(below.range, "too late: the layer above keeps it")
                    .with_fix(Fix::new(title, Applicability::Safe, laws, vec![edit])),
            );
        }
        let doubt = if !last.fatal {
            Some(
                "the build goes on when the command fails, and then nothing says that the cleanup would work",
            )
        } else if invocation.through_sudo() {
            Some("the command runs through sudo, and the cleanup would run as another user")
        } else if removes_program(found.script, invocation.name()) {
            Some("the RUN removes software at its end, perhaps the program that cleans up")
        } else if strict.is_some_and(|strict| strict > found.run.index) {
            Some("an `rm` without `-f` in a later RUN would fail when the cache is gone already")
        } else {
            (self.doubt)(ctx, found.run, found.script)
        };
        let named = self.cleanup.join(" && ");
        let style = ctx.layout.style(found.run);
        let cleanup = self.cleanup.join(&style.and([]));
        Some(match cleanup::append(ctx, found, &cleanup) {
            Err(reason) => finding
                .refuse(reason)
                .with_help(format!("add `{named}` to this RUN")),
            Ok(edit) => {
                let title = format!("Add `{named}` to the end of the RUN");
                finding.offer(title, vec![edit], doubt)
            }
        })
    }

    /// The RUN directly below, if it does nothing but empty the cache, and the edit that makes it the end of this one.
    fn join_cleanup<'a>(
        &self,
        ctx: &Context<'a>,
        run: &'a Instruction,
    ) -> Option<(&'a Instruction, Edit)> {
        let below = ctx.analysis.instructions.get(run.index + 1)?;
        let is_run = below.kind == InstructionKind::Run && below.stage == run.stage;
        let commands = below.script().filter(|_| is_run)?.simple_commands();
        let only_cleans = !commands.is_empty()
            && commands.iter().all(|command| self.is_emptied_by(command))
            && [run, below]
                .iter()
                .all(|run| run.heredocs.is_empty() && !ctx.is_frozen(run));
        let steps = [run, below];
        let may_join =
            only_cleans && obstacle(ctx, &steps).is_none() && lingering(&steps).is_none();
        Some((
            below,
            ctx.layout.join_runs(run, below).filter(|_| may_join)?,
        ))
    }
}

/// The cache of a package manager of a distribution.
pub(crate) const fn system_cache(
    meta: &'static RuleMeta,
    manager: &'static str,
    cleanup: &'static [&'static str],
    paths: &'static [&'static str],
) -> PackageCache {
    PackageCache {
        meta,
        manager,
        fills: installs,
        cleaners: &["yum", "dnf", "microdnf"],
        cleans: &["clean"],
        paths,
        cleanup,
        leaves: "repository metadata and downloaded packages",
        doubt: |_, _, _| None,
    }
}

/// Whether yum, or one of those that came after it, fetches packages. Who fetches nothing but metadata (`makecache`) wants
/// them to be there.
fn installs(yum: &Invocation<'_>) -> bool {
    yum.sub_any(&[
        "install",
        "reinstall",
        "update",
        "upgrade",
        "localinstall",
        "groupinstall",
        "group",
        "swap",
        "distro-sync",
        "downgrade",
    ])
}

/// Whether a RUN has a cache or memory mount. What is in it is not in the image, and cleaning would defeat it.
pub(crate) fn has_cache_mount(run: &Instruction) -> bool {
    run.flags_named("mount")
        .any(|flag| matches!(Mount::new(flag).kind().as_str(), "cache" | "tmpfs"))
}

/// Whether a command removes one of these paths with `rm`, whole or in parts.
fn removes_path(command: &SimpleCommand, paths: &[&str]) -> bool {
    let rm = Invocation::of(command).is_some_and(|invocation| invocation.is("rm"));
    rm && command
        .words
        .iter()
        .any(|word| paths.iter().any(|path| word.text.contains(path)))
}

/// The last RUN that removes one of these paths by an `rm` that fails when there is nothing to remove.
fn last_strict_removal(ctx: &Context<'_>, paths: &[&str]) -> Option<usize> {
    let text = ctx.analysis.source.as_str();
    if !paths.iter().any(|path| text.contains(path)) {
        return None;
    }
    let strict = |command: &&SimpleCommand| {
        removes_path(command, paths) && Invocation::of(command).is_some_and(|rm| !rm.has_flag("-f"))
    };
    let removes = |other: &&Instruction| {
        let script = other.script();
        other.kind == InstructionKind::Run
            && script.is_some_and(|script| script.simple_commands().iter().any(strict))
    };
    let last = ctx.analysis.instructions.iter().rfind(removes)?;
    Some(last.index)
}

/// Whether a script may remove a program that it has used: by a package manager, or by hand.
fn removes_program(script: &Script, program: &str) -> bool {
    script.simple_commands().iter().any(|command| {
        let Some(invocation) = Invocation::of(command) else {
            return false;
        };
        let removes = invocation.sub_any(&[
            "remove",
            "purge",
            "autoremove",
            "erase",
            "del",
            "uninstall",
            "rm",
        ]);
        if invocation.is("rm") {
            return command.words.iter().any(|word| {
                let text = word.text.as_str();
                text.contains("bin") || text.contains(program) && !text.contains("cache")
            });
        }
        // System package managers don't remove themselves, unless they are told to.
        let names_it = || {
            command
                .words
                .iter()
                .skip(1)
                .any(|word| word.text.contains(program))
        };
        removes && (matches!(program, "npm" | "yarn") || names_it())
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::find;
    use crate::rules::testing::{check, check_refused, check_silent};

    /// What holds for all package managers of distributions: the rule, an image, the manager, its cache, and the lines
    /// that remove it.
    const MANAGERS: &[(&str, &str, &str, &str, &[&str])] = &[
        (
            "dnf-clean",
            "fedora:40",
            "dnf",
            "/var/cache/dnf",
            &["dnf clean all", "rm -rf /var/cache/dnf"],
        ),
        (
            "yum-clean",
            "centos:7",
            "yum",
            "/var/cache/yum",
            &["yum clean all"],
        ),
        (
            "microdnf-clean",
            "rockylinux:9-minimal",
            "microdnf",
            "/var/cache/yum",
            &["microdnf clean all"],
        ),
        (
            "zypper-clean",
            "opensuse/leap:15.6",
            "zypper",
            "/var/cache/zypp",
            &["zypper clean -a"],
        ),
    ];

    #[test]
    fn managers_of_distributions() {
        for (rule, image, manager, cache, cleanup) in MANAGERS {
            let rule = find(rule).expect("a rule");
            let file = |run: &str| format!("FROM {image}\nRUN {run}\n");
            let install = format!("{manager} install -y a");
            // In the style of the RUN.
            check(
                rule,
                &file(&format!("{install} && \\\n    b")),
                &file(&format!(
                    "{install} && \\\n    b && \\\n    {}",
                    cleanup.join(" && \\\n    ")
                )),
            );
            check_refused(rule, &file(&format!("{install} || true")), "goes on");
            check_refused(rule, &file(&format!("sudo {install}")), "sudo");
            // Told otherwise.
            check_silent(rule, &file(&format!("{install} && {}", cleanup[0])));
            check_silent(rule, &file(&format!("{install} && rm -rf {cache}")));
            check_silent(rule, &file(&format!("{manager} remove -y a")));
            check_silent(rule, &file(&format!("{manager} makecache")));
            // A RUN below that cleans up, too late.
            check(
                rule,
                &file(&format!(
                    "{install} && mkdir b\n# small\nRUN {manager} clean all && rm -rf {cache}\nRUN c"
                )),
                &file(&format!(
                    "{install} && mkdir b \\\n    # small\n && {manager} clean all && rm -rf {cache}\nRUN c"
                )),
            );
            let own = format!("{install} \\\n && {}", cleanup.join(" \\\n && "));
            for below in [
                format!("RUN {manager} clean all && c"),
                format!("RUN --network=none {manager} clean all"),
                format!("RUN c || {manager} clean all"),
                format!("USER b\nRUN {manager} clean all"),
            ] {
                check(
                    rule,
                    &file(&format!("{install}\n{below}")),
                    &file(&format!("{own}\n{below}")),
                );
            }
            check_silent(
                rule,
                &file(&format!("--mount=type=cache,target={cache} {install}")),
            );
        }
    }

    #[test]
    fn short_names_of_commands() {
        let zypper = find("zypper-clean").expect("a rule");
        check_silent(
            zypper,
            "FROM opensuse/leap:15.6\nRUN zypper in -y a && zypper cc -a\n",
        );
    }
}
