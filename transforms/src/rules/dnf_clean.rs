//! `dnf-clean`: dnf leaves its cache in the layer.

use super::Context;
use super::declare::declare_rule;
use super::support::package_cache::system_cache;
use crate::Finding;

declare_rule! {
    /// A RUN that installs with dnf removes dnf's cache at its end.
    ///
    /// ## Why
    ///
    /// dnf keeps repository metadata and packages below `/var/cache/dnf`: tens of megabytes in the layer that nothing uses again. A cleanup in a
    /// later RUN comes too late, since the layer that holds them is finished by then.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM fedora:40
    /// RUN dnf install -y git
    /// ```
    ///
    /// ```dockerfile
    /// FROM fedora:40
    /// RUN dnf install -y git \
    ///  && dnf clean all \
    ///  && rm -rf /var/cache/dnf
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
    /// FROM fedora:40
    /// RUN dnf install -y git && dnf clean all
    /// ```
    META: RuleMeta {
        id: "dnf-clean",
        aliases: ["DL3040"],
        group: Packages,
        phase: Content,
        severity: Warning,
        fix: Safe,
        laws: [PackageCacheRemoved, LayersMerged],
        default: true,
        since: "0.1.0",
        mentions: ["dnf"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    system_cache(
        &META,
        "dnf",
        &["dnf clean all", "rm -rf /var/cache/dnf"],
        &["/var/cache/dnf", "/var/cache/*"],
    )
    .check(ctx, findings);
}
