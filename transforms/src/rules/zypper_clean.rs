//! `zypper-clean`: zypper leaves its cache in the layer.

use super::Context;
use super::declare::declare_rule;
use super::support::package_cache::{PackageCache, system_cache};
use crate::Finding;
use crate::commands::Invocation;

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
    /// A RUN directly below that does nothing but clean up becomes the end of this one instead.
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
        laws: [PackageCacheRemoved, LayersMerged],
        default: true,
        since: "0.1.0",
        mentions: ["zypper"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let cache = PackageCache {
        fills: installs_or_fetches,
        cleaners: &["zypper"],
        ..system_cache(
            &META,
            "zypper",
            &["zypper clean -a"],
            &["/var/cache/zypp", "/var/cache/*"],
        )
    };
    cache.check(ctx, findings);
}

fn installs_or_fetches(zypper: &Invocation<'_>) -> bool {
    zypper.sub_any(&[
        "install",
        "update",
        "patch",
        "dist-upgrade",
        "refresh",
        "source-install",
    ])
}
