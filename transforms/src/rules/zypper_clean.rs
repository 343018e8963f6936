//! `zypper-clean`: zypper leaves its cache in the layer.

use super::Context;
use super::declare::declare_rule;
use super::support::package_cache::{PackageCache, no_doubt, removes_path};
use crate::Finding;
use crate::commands::Invocation;
use crate::model::SimpleCommand;

declare_rule! {
    /// A RUN that installs with zypper removes zypper's cache at its end.
    ///
    /// ## Why
    ///
    /// zypper keeps repository metadata and packages below `/var/cache/zypp`: tens of megabytes in the layer that nothing uses again. A cleanup in a
    /// later RUN comes too late, since the layer that holds them is finished by then.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM opensuse/leap:15.6
    /// RUN zypper install -y git
    /// ```
    ///
    /// ```dockerfile
    /// FROM opensuse/leap:15.6
    /// RUN zypper install -y git \
    ///  && zypper clean -a
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the same packages are installed, and a later command of the manager fetches its metadata again. The command is added
    /// where the RUN fails exactly when it did before. Behind sudo, or where the build goes on when the install fails, the fix is unsafe.
    ///
    /// ## Not reported
    ///
    /// A RUN that cleans up in any way, and one with a cache mount.
    ///
    /// ```dockerfile,silent
    /// FROM opensuse/leap:15.6
    /// RUN zypper install -y git && zypper clean
    /// ```
    META: RuleMeta {
        id: "zypper-clean",
        aliases: ["DL3036"],
        group: Packages,
        phase: Content,
        severity: Warning,
        fix: Safe,
        laws: [PackageCacheRemoved],
        default: true,
        since: "0.1.0",
        mentions: ["zypper"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    CACHE.check(ctx, findings);
}

const CACHE: PackageCache = PackageCache {
    meta: &META,
    fills,
    empties,
    cleanup: &["zypper clean -a"],
    leaves: "repository metadata and downloaded packages",
    doubt: no_doubt,
};

fn fills(zypper: &Invocation<'_>) -> bool {
    zypper.is("zypper")
        && zypper.sub_any(&[
            "install",
            "update",
            "patch",
            "dist-upgrade",
            "refresh",
            "source-install",
        ])
}

fn empties(command: &SimpleCommand) -> bool {
    let cleans =
        Invocation::of(command).is_some_and(|zypper| zypper.is("zypper") && zypper.sub("clean"));
    cleans || removes_path(command, &["/var/cache/zypp", "/var/cache/*"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent};

    #[test]
    fn in_the_style_of_the_run() {
        check(
            &RULE,
            "FROM opensuse/leap:15.6\nRUN zypper install -y a && \\\n    b\n",
            "FROM opensuse/leap:15.6\nRUN zypper install -y a && \\\n    b && \\\n    zypper clean -a\n",
        );
    }

    #[test]
    fn not_where_failure_is_ignored_or_sudo_decides() {
        check_refused(
            &RULE,
            "FROM opensuse/leap:15.6\nRUN zypper install -y a || true\n",
            "goes on",
        );
        check_refused(
            &RULE,
            "FROM opensuse/leap:15.6\nRUN sudo zypper install -y a\n",
            "sudo",
        );
    }

    #[test]
    fn told_otherwise() {
        check_silent(
            &RULE,
            "FROM opensuse/leap:15.6\nRUN zypper install -y a && zypper cc -a\n",
        );
        check_silent(
            &RULE,
            "FROM opensuse/leap:15.6\nRUN zypper install -y a && rm -rf /var/cache/zypp\n",
        );
        check_silent(&RULE, "FROM opensuse/leap:15.6\nRUN zypper remove -y a\n");
        check_silent(
            &RULE,
            "FROM opensuse/leap:15.6\nRUN --mount=type=cache,target=/var/cache/zypp zypper install -y a\n",
        );
    }
}
