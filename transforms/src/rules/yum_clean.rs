//! `yum-clean`: yum leaves its cache in the layer.

use super::Context;
use super::declare::declare_rule;
use super::support::package_cache::{PackageCache, no_doubt, removes_path};
use crate::Finding;
use crate::commands::Invocation;
use crate::model::SimpleCommand;

declare_rule! {
    /// A RUN that installs with yum removes yum's cache at its end.
    ///
    /// ## Why
    ///
    /// yum keeps repository metadata and packages below `/var/cache/yum`: tens of megabytes in the layer that nothing uses again. A cleanup in a
    /// later RUN comes too late, since the layer that holds them is finished by then.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM centos:7
    /// RUN yum install -y git
    /// ```
    ///
    /// ```dockerfile
    /// FROM centos:7
    /// RUN yum install -y git \
    ///  && yum clean all
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
    /// FROM centos:7
    /// RUN yum install -y git && yum clean all
    /// ```
    META: RuleMeta {
        id: "yum-clean",
        aliases: ["DL3032"],
        group: Packages,
        phase: Content,
        severity: Warning,
        fix: Safe,
        laws: [PackageCacheRemoved],
        default: true,
        since: "0.1.0",
        mentions: ["yum"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    CACHE.check(ctx, findings);
}

const CACHE: PackageCache = PackageCache {
    meta: &META,
    fills,
    empties,
    cleanup: &["yum clean all"],
    leaves: "repository metadata and downloaded packages",
    doubt: no_doubt,
};

fn fills(yum: &Invocation<'_>) -> bool {
    yum.is("yum")
        && yum.sub_any(&[
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
    cleans || removes_path(command, &["/var/cache/yum", "/var/cache/*"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent};

    #[test]
    fn in_the_style_of_the_run() {
        check(
            &RULE,
            "FROM centos:7\nRUN yum install -y a && \\\n    b\n",
            "FROM centos:7\nRUN yum install -y a && \\\n    b && \\\n    yum clean all\n",
        );
    }

    #[test]
    fn not_where_failure_is_ignored_or_sudo_decides() {
        check_refused(
            &RULE,
            "FROM centos:7\nRUN yum install -y a || true\n",
            "goes on",
        );
        check_refused(&RULE, "FROM centos:7\nRUN sudo yum install -y a\n", "sudo");
    }

    #[test]
    fn told_otherwise() {
        check_silent(
            &RULE,
            "FROM centos:7\nRUN yum install -y a && yum clean all\n",
        );
        check_silent(
            &RULE,
            "FROM centos:7\nRUN yum install -y a && rm -rf /var/cache/yum\n",
        );
        check_silent(&RULE, "FROM centos:7\nRUN yum remove -y a\n");
        check_silent(
            &RULE,
            "FROM centos:7\nRUN --mount=type=cache,target=/var/cache/yum yum install -y a\n",
        );
    }
}
