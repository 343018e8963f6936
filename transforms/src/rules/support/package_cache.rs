//! Caches of package managers that a RUN leaves behind, and the command at its end that removes them.

use super::place::{Place, places};
use super::{ShellRun, cleanup, shell_runs};
use crate::commands::Invocation;
use crate::model::{Instruction, Mount, Script, SimpleCommand};
use crate::rules::{Context, RuleMeta};
use crate::{Applicability, Finding, Fix};

/// What a rule says of one cache.
pub(crate) struct PackageCache {
    /// The rule.
    pub(crate) meta: &'static RuleMeta,
    /// Whether a command fills the cache.
    pub(crate) fills: fn(&Invocation<'_>) -> bool,
    /// Whether a command removes it, or makes sure that nothing is kept.
    pub(crate) empties: fn(&SimpleCommand) -> bool,
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
        for found in shell_runs(ctx) {
            let commands = found.script.simple_commands();
            let filled = commands.iter().any(|command| {
                Invocation::of(command).is_some_and(|invocation| (self.fills)(&invocation))
            });
            let emptied = || commands.iter().any(|command| (self.empties)(command));
            if filled && !emptied() && !has_cache_mount(found.run) {
                findings.extend(self.finding(ctx, found));
            }
        }
    }

    fn finding(&self, ctx: &Context<'_>, found: ShellRun<'_>) -> Option<Finding> {
        let places = places(found.script, found.shell);
        let fills = |place: &&Place<'_>| {
            Invocation::of(place.command).is_some_and(|invocation| (self.fills)(&invocation))
        };
        let last = places.iter().rfind(fills)?;
        let invocation = Invocation::of(last.command)?;
        let message = format!(
            "the layer of this `{}` keeps {}, which nothing uses again",
            invocation.name(),
            self.leaves
        );
        let finding = Finding::new(self.meta, last.command.range, message);
        let doubt = if !last.fatal {
            Some(
                "the build goes on when the command fails, and then nothing says that the cleanup would work",
            )
        } else if invocation.through_sudo() {
            Some("the command runs through sudo, and the cleanup would run as another user")
        } else if removes_program(found.script, invocation.name()) {
            Some("the RUN removes software at its end, perhaps the program that cleans up")
        } else {
            (self.doubt)(ctx, found.run, found.script)
        };
        let named = self.cleanup.join(" && ");
        let style = ctx.layout.style(found.run);
        Some(
            match cleanup::append(ctx, found, &self.cleanup.join(&style.and([]))) {
                Err(reason) => finding
                    .refuse(reason)
                    .with_help(format!("add `{named}` to this RUN")),
                Ok(edit) => {
                    let applicability = match doubt {
                        None => Applicability::Safe,
                        Some(_) => Applicability::Unsafe,
                    };
                    let title = format!("Add `{named}` to the end of the RUN");
                    let mut finding = finding.with_fix(Fix::new(
                        title,
                        applicability,
                        self.meta.laws,
                        vec![edit],
                    ));
                    finding.refused = doubt.map(str::to_owned);
                    finding
                }
            },
        )
    }
}

/// Nothing to object.
pub(crate) fn no_doubt(_: &Context<'_>, _: &Instruction, _: &Script) -> Option<&'static str> {
    None
}

/// Whether a RUN has a cache or memory mount. What is in it is not in the image, and cleaning would defeat it.
pub(crate) fn has_cache_mount(run: &Instruction) -> bool {
    run.flags_named("mount")
        .any(|flag| matches!(Mount::new(flag).kind().as_str(), "cache" | "tmpfs"))
}

/// Whether a command removes one of these paths with `rm`, whole or in parts.
pub(crate) fn removes_path(command: &SimpleCommand, paths: &[&str]) -> bool {
    let rm = Invocation::of(command).is_some_and(|invocation| invocation.is("rm"));
    rm && command
        .words
        .iter()
        .any(|word| paths.iter().any(|path| word.text.contains(path)))
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
