//! `apt-no-recommends`: only what was asked for.

use dfix_syntax::TextRange;

use super::Context;
use super::declare::declare_rule;
use super::support::apt::{describe, head, only_simulates, sets_option};
use super::support::apt_runs;
use crate::commands::Invocation;
use crate::{Applicability, Finding, Fix};

declare_rule! {
    /// `apt-get install` gets `--no-install-recommends`.
    ///
    /// ## Why
    ///
    /// Debian and Ubuntu install the packages that a package recommends as if they had been asked for: manuals, fonts,
    /// compilers, mail servers. In an image they are often most of what is installed.
    ///
    /// ## Example
    ///
    /// ```dockerfile,unsafe
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y curl
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y --no-install-recommends curl
    /// ```
    ///
    /// ## Safety
    ///
    /// Unsafe always, since fewer packages are installed, and something may need one of them: `curl` without
    /// `ca-certificates` has no HTTPS, `python3-pip` without the compilers builds no wheels. The message names what is
    /// known to go; add to the list of packages what you need of it.
    ///
    /// ## Not reported
    ///
    /// Commands that say whether they want recommended packages, in a flag, in an option, or in a configuration file that
    /// the Dockerfile writes; and installations of packages that were downloaded before (`./tool.deb`) and of broken
    /// ones (`-f`), where nothing is asked for by name.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// RUN apt-get install -y --install-recommends git && apt-get install -yf
    /// ```
    META: RuleMeta {
        id: "apt-no-recommends",
        aliases: ["DL3015"],
        group: Packages,
        phase: Content,
        severity: Info,
        fix: Unsafe,
        laws: [],
        default: true,
        since: "0.1.0",
        mentions: ["apt"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut configured = None;
    for found in apt_runs(ctx) {
        for place in found.places(ctx) {
            let apt = Invocation::of(place.command);
            let Some(apt) = apt.filter(takes_recommended) else {
                continue;
            };
            if *configured.get_or_insert_with(|| is_configured(&ctx.analysis.source)) {
                return;
            }
            let fix = Fix::new(
                "Install without recommended packages",
                Applicability::Unsafe,
                META.laws,
                vec![
                    ctx.layout
                        .insert_word(position(ctx, &apt), "--no-install-recommends"),
                ],
            );
            let finding = Finding::new(&META, head(&apt), message(&apt)).with_fix(fix);
            findings.push(finding.refuse("packages that are only recommended will be missing"));
        }
    }
}

/// Whether a command installs packages by name with all that they recommend.
fn takes_recommended(apt: &Invocation<'_>) -> bool {
    let by_name = apt.operands().iter().any(|operand| {
        let path = |value: &str| value.contains('/') || value.ends_with(".deb");
        !operand.value.as_deref().is_some_and(path)
    });
    let says = ["--no-install-recommends", "--install-recommends"];
    apt.is_any(&["apt-get", "apt"])
        && apt.sub("install")
        && by_name
        && !apt.has_any_flag(&says)
        && !sets_option(apt, "install-recommends")
        && !only_simulates(apt)
}

/// Whether the file says anywhere what apt shall do about recommended packages.
fn is_configured(text: &str) -> bool {
    text.to_ascii_lowercase()
        .contains("apt::install-recommends")
}

/// The word behind which the flag goes: the sub-command or the flags that follow it directly on its line.
fn position(ctx: &Context<'_>, apt: &Invocation<'_>) -> TextRange {
    let words = &apt.command().words;
    let sub = apt.subcommand_word().unwrap_or_default();
    let mut at = words
        .get(sub)
        .map_or(apt.command().range, |word| word.range);
    for word in words.iter().skip(sub + 1) {
        let between = ctx
            .analysis
            .text(TextRange::new(at.end(), word.range.start()));
        let switch = word.value.as_deref().is_some_and(|text| {
            text.starts_with('-') && !matches!(text, "-t" | "-o" | "-c" | "-a" | "--")
        });
        if !switch || between.contains('\n') {
            break;
        }
        at = word.range;
    }
    at
}

fn message(apt: &Invocation<'_>) -> String {
    let mut gone: Vec<&str> = Vec::new();
    for operand in apt.operands() {
        let name = operand.value.as_deref().unwrap_or_default();
        for package in recommended(name.split(['=', ':']).next().unwrap_or_default()) {
            let named =
                |operand: &crate::commands::Operand| operand.value.as_deref() == Some(package);
            if !gone.contains(package) && !apt.operands().iter().any(named) {
                gone.push(package);
            }
        }
    }
    let what = format!(
        "`{}` also installs everything that these packages recommend",
        describe(apt)
    );
    if gone.is_empty() {
        return format!("{what}; `--no-install-recommends` leaves that out");
    }
    format!(
        "{what}; `--no-install-recommends` leaves that out, as far as is known here: {}",
        gone.join(", ")
    )
}

/// Packages that Debian 12 or Ubuntu 24.04 install with another one only because it, or what it depends on, recommends
/// them, as far as people miss them in images.
fn recommended(package: &str) -> &'static [&'static str] {
    match package {
        "curl" | "wget" => &["ca-certificates"],
        "git" => &["ca-certificates", "openssh-client", "less", "patch"],
        "mercurial" => &["openssh-client"],
        "python3-pip" => &["build-essential", "python3-dev"],
        "build-essential" | "dpkg-dev" => &["fakeroot"],
        "gcc" => &["libc6-dev"],
        "cmake" => &["gcc", "make"],
        "autoconf" => &["automake"],
        "nodejs" => &["ca-certificates"],
        "npm" => &["git", "build-essential"],
        "golang" | "golang-go" => &["gcc", "g++", "libc6-dev", "pkg-config"],
        "rustc" => &["cargo"],
        "r-base" | "r-base-core" => &["r-base-dev"],
        "apache2" => &["ssl-cert"],
        "postgresql" | "rsyslog" => &["logrotate"],
        "openssh-server" => &["xauth"],
        "cron" => &["default-mta"],
        "fail2ban" => &["nftables", "whois"],
        "imagemagick" => &["ghostscript"],
        "graphviz" => &["fonts-liberation"],
        "xvfb" => &["xauth"],
        "chromium" => &["chromium-sandbox"],
        "default-jre" | "default-jdk" | "openjdk-17-jre" | "openjdk-17-jdk" | "openjdk-21-jre"
        | "openjdk-21-jdk" => &["fonts-dejavu-extra"],
        "docker.io" => &["ca-certificates", "git", "xz-utils"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_reports, check_silent, check_unsafe};

    #[test]
    fn behind_the_flags() {
        check_unsafe(
            &RULE,
            "FROM debian\nRUN apt-get -y install b && apt-get install -yq -t c d && apt install \\\n  -y \\\n  e\n",
            "FROM debian\nRUN apt-get -y install --no-install-recommends b && apt-get install -yq --no-install-recommends -t c d && apt install --no-install-recommends \\\n  -y \\\n  e\n",
        );
    }

    #[test]
    fn the_message_names_what_goes() {
        let apt = |text: &str| {
            let command = crate::commands::fixture::command(text);
            message(&Invocation::of(&command).unwrap())
        };
        assert!(
            apt("apt-get install -y git curl=1 less")
                .ends_with("here: ca-certificates, openssh-client, patch")
        );
        assert!(apt("apt-get install -y $X").ends_with("leaves that out"));
    }

    #[test]
    fn said_already() {
        for command in [
            "apt-get install -y --no-install-recommends b",
            "apt-get install -y b --install-recommends",
            "apt-get -o APT::Install-Recommends=0 install -y b",
            "apt-get install -y ./b.deb",
            "apt-get install -yf",
            "apt-get update && apt-get remove b",
            "aptitude install b",
        ] {
            check_silent(&RULE, &format!("FROM debian\nRUN {command}\n"));
        }
        check_silent(
            &RULE,
            "FROM debian\nRUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/r\nRUN apt-get install -y b\n",
        );
    }

    #[test]
    fn one_each() {
        check_reports(
            &RULE,
            "FROM debian\nRUN apt-get install -y b; (apt-get install -y c | cat)\n",
            2,
        );
    }
}
