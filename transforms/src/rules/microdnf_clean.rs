//! `microdnf-clean`: microdnf leaves its cache in the layer.

use super::Context;
use super::declare::declare_rule;
use super::support::package_cache::{PackageCache, no_doubt, removes_path};
use crate::Finding;
use crate::commands::Invocation;
use crate::model::SimpleCommand;

declare_rule! {
    /// A RUN that installs with microdnf removes microdnf's cache at its end.
    ///
    /// ## Why
    ///
    /// microdnf keeps repository metadata and packages below `/var/cache/yum`: tens of megabytes in the layer that nothing uses again. A cleanup in a
    /// later RUN comes too late, since the layer that holds them is finished by then.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM rockylinux:9-minimal
    /// RUN microdnf install -y git
    /// ```
    ///
    /// ```dockerfile
    /// FROM rockylinux:9-minimal
    /// RUN microdnf install -y git \
    ///  && microdnf clean all
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
    /// FROM rockylinux:9-minimal
    /// RUN microdnf install -y git && microdnf clean all
    /// ```
    META: RuleMeta {
        id: "microdnf-clean",
        aliases: [],
        group: Packages,
        phase: Content,
        severity: Warning,
        fix: Safe,
        laws: [PackageCacheRemoved],
        default: true,
        since: "0.1.0",
        mentions: ["microdnf"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    CACHE.check(ctx, findings);
}

const CACHE: PackageCache = PackageCache {
    meta: &META,
    fills,
    empties,
    cleanup: &["microdnf clean all"],
    leaves: "repository metadata and downloaded packages",
    doubt: no_doubt,
};

fn fills(microdnf: &Invocation<'_>) -> bool {
    microdnf.is("microdnf")
        && microdnf.sub_any(&[
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
            "makecache",
        ])
}

fn empties(command: &SimpleCommand) -> bool {
    let cleans = Invocation::of(command).is_some_and(|invocation| {
        invocation.is_any(&["yum", "dnf", "microdnf"]) && invocation.sub("clean")
    });
    cleans
        || removes_path(
            command,
            &["/var/cache/yum", "/var/cache/dnf", "/var/cache/*"],
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent};

    #[test]
    fn in_the_style_of_the_run() {
        check(
            &RULE,
            "FROM rockylinux:9-minimal\nRUN microdnf install -y a && \\\n    b\n",
            "FROM rockylinux:9-minimal\nRUN microdnf install -y a && \\\n    b && \\\n    microdnf clean all\n",
        );
    }

    #[test]
    fn not_where_failure_is_ignored_or_sudo_decides() {
        check_refused(
            &RULE,
            "FROM rockylinux:9-minimal\nRUN microdnf install -y a || true\n",
            "goes on",
        );
        check_refused(
            &RULE,
            "FROM rockylinux:9-minimal\nRUN sudo microdnf install -y a\n",
            "sudo",
        );
    }

    #[test]
    fn told_otherwise() {
        check_silent(
            &RULE,
            "FROM rockylinux:9-minimal\nRUN microdnf install -y a && microdnf clean all\n",
        );
        check_silent(
            &RULE,
            "FROM rockylinux:9-minimal\nRUN microdnf install -y a && rm -rf /var/cache/yum\n",
        );
        check_silent(
            &RULE,
            "FROM rockylinux:9-minimal\nRUN microdnf remove -y a\n",
        );
        check_silent(
            &RULE,
            "FROM rockylinux:9-minimal\nRUN --mount=type=cache,target=/var/cache/yum microdnf install -y a\n",
        );
    }
}
