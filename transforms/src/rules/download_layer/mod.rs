//! `download-layer`: a remote archive is fetched, checked, unpacked and gone in one layer.

mod add;
mod archive;
mod fetcher;
mod members;
mod stays;
#[cfg(test)]
mod tests;

use super::Context;
use super::declare::declare_rule;
use crate::Finding;
use crate::model::{InstructionKind, State};

declare_rule! {
    /// A remote archive is fetched, checked, unpacked and removed in one layer.
    ///
    /// ## Why
    ///
    /// An archive that is unpacked in another layer than the one that it came with stays in the image, where nothing needs it:
    /// `ADD` of an address always makes a layer of its own, and a `RUN` keeps what it does not remove.
    ///
    /// ## Example
    ///
    /// ```dockerfile,unsafe
    /// FROM gcc:13
    /// ADD https://example.org/things.tar.xz /usr/src/things/
    /// RUN tar -xJf /usr/src/things/things.tar.xz -C /usr/src/things
    /// RUN make -C /usr/src/things all
    /// ```
    ///
    /// ```dockerfile
    /// FROM gcc:13
    /// RUN mkdir -p /usr/src/things \
    ///  && curl -fsSL -o /tmp/things.tar.xz https://example.org/things.tar.xz \
    ///  && tar -xJf /tmp/things.tar.xz -C /usr/src/things \
    ///  && rm /tmp/things.tar.xz
    /// RUN make -C /usr/src/things all
    /// ```
    ///
    /// ```dockerfile,unsafe
    /// FROM buildpack-deps:bookworm
    /// RUN curl -fsSLO https://example.org/tool.tgz \
    ///  && tar -xzf tool.tgz -C /opt \
    ///  && echo "0a1b2c  tool.tgz" | sha256sum -c -
    /// ```
    ///
    /// ```dockerfile
    /// FROM buildpack-deps:bookworm
    /// RUN curl -fsSLO https://example.org/tool.tgz \
    ///  && echo "0a1b2c  tool.tgz" | sha256sum -c - \
    ///  && tar -xzf tool.tgz -C /opt \
    ///  && rm tool.tgz
    /// ```
    ///
    /// `RUN` instructions that follow one another directly and fetch, unpack and verify an archive become one.
    ///
    /// ```dockerfile,unsafe
    /// FROM buildpack-deps:bookworm
    /// RUN wget -q https://example.org/tool.tgz
    /// RUN tar -xzf tool.tgz -C /opt
    /// RUN echo "0a1b2c  tool.tgz" | sha256sum -c -
    /// ```
    ///
    /// ```dockerfile
    /// FROM buildpack-deps:bookworm
    /// RUN wget -q https://example.org/tool.tgz \
    ///  && echo "0a1b2c  tool.tgz" | sha256sum -c - \
    ///  && tar -xzf tool.tgz -C /opt \
    ///  && rm tool.tgz
    /// ```
    ///
    /// Where other stages copy but a few files of what was unpacked, and nothing else reads it, only these are unpacked. The
    /// build stops when the archive has them under other names.
    ///
    /// ```dockerfile,unsafe
    /// FROM buildpack-deps:bookworm AS expand
    /// COPY data.tar.gz /
    /// RUN tar -xzf data.tar.gz
    /// FROM debian:12-slim
    /// COPY --from=expand days/1.csv /srv/
    /// ```
    ///
    /// ```dockerfile
    /// FROM buildpack-deps:bookworm AS expand
    /// COPY data.tar.gz /
    /// RUN tar -xzf data.tar.gz days/1.csv
    /// FROM debian:12-slim
    /// COPY --from=expand days/1.csv /srv/
    /// ```
    ///
    /// ## Safety
    ///
    /// Never safe: the archive is no longer in the image, and something outside of the file may look for it. In place of `ADD`
    /// a program of the image fetches the archive: it needs certificates, the proxies of the build, and a `RUN` is not done
    /// again when the file behind the address changes, as `ADD` is. What verifies is never dropped: `--checksum` becomes a
    /// check of the same sum, and a check that the `RUN` does only after the unpacking is moved before it.
    ///
    /// There is no fix where nothing shows that `curl` or `wget` is in the image, where the archive is named again below, or
    /// where the `RUN` does not run as root, which `ADD` does.
    ///
    /// ```dockerfile,report
    /// FROM debian:12-slim
    /// ADD https://example.org/things.tar.gz /tmp/
    /// RUN tar -xzf /tmp/things.tar.gz -C /opt
    /// ```
    ///
    /// ## Not reported
    ///
    /// Archives that are removed in a later `RUN` (`merge-run` joins these), that are piped into the unpacking, or that nothing
    /// unpacks.
    ///
    /// ```dockerfile,silent
    /// FROM buildpack-deps:bookworm
    /// RUN curl -fsSL https://example.org/tool.tgz | tar -xzC /opt
    /// RUN curl -fsSLO https://example.org/tool.tgz && tar -xzf tool.tgz && rm tool.tgz
    /// ADD https://example.org/data.csv /srv/
    /// ```
    META: RuleMeta {
        id: "download-layer",
        aliases: [],
        group: Layers,
        phase: Structure,
        severity: Warning,
        fix: Unsafe,
        laws: [],
        default: true,
        since: "0.1.0",
        mentions: ["tar ", "unzip "],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for run in ctx.of_kind(InstructionKind::Run) {
        // Whether an unknown base image has another shell is a person's to judge, as the rest is.
        let usual = |state: &State| state.plain_shell() || state.unknown_shell();
        // What lies in a mount is in no layer.
        if !ctx.analysis.state(run).is_some_and(usual)
            || !run.heredocs.is_empty()
            || run.flags_named("mount").next().is_some()
        {
            continue;
        }
        let Some((script, pipelines)) = run
            .script()
            .and_then(|script| Some((script, script.and_list()?)))
        else {
            continue;
        };
        findings.extend(add::find(ctx, run, script, &pipelines));
        findings.extend(stays::find(ctx, run, script, &pipelines));
        findings.extend(members::find(ctx, run, &pipelines));
    }
}
