//! Effects of package managers and of tools for users.
//!
//! Package managers of languages run code of packages and of the project and write where the environment says: they stay
//! barriers, but for the cleaning of their caches.

use super::Domain;
use super::apply::{Gather, PathOf};
use crate::commands::Invocation;

/// Gathers the effects of a program of this file; false when it is none.
pub(super) fn program(gather: &mut Gather<'_>, invocation: &Invocation<'_>) -> bool {
    match invocation.name() {
        "apt-get" | "apt" => apt(gather, invocation),
        "apt-cache" | "apt-config" | "dpkg-query" | "dpkg-architecture" => {
            gather.read_system();
            gather.reads(Domain::AptLists);
        }
        "apt-mark" => manager(gather, Domain::AptLists),
        "apk" => {
            let foreign = ["-p", "--repositories-file", "--keys-dir", "--cache-dir"];
            if invocation.has_any_flag(&foreign) {
                return false;
            }
            manager(gather, Domain::ApkIndex);
            local_packages(gather, invocation);
        }
        "dnf" | "yum" | "microdnf" | "tdnf" | "zypper" => {
            let foreign = ["--installroot", "-R", "--root", "--downloaddir", "-c"];
            let strange = invocation.uses("--setopt").any(|flag| {
                !flag
                    .value
                    .as_ref()
                    .and_then(|value| value.text.as_deref())
                    .is_some_and(is_harmless_option)
            });
            if invocation.has_any_flag(&foreign) || strange {
                return false;
            }
            manager(gather, Domain::RpmMetadata);
            local_packages(gather, invocation);
        }
        "dpkg" | "rpm" => {
            if invocation.has_any_flag(&[
                "--root",
                "--instdir",
                "--admindir",
                "-x",
                "-X",
                "-e",
                "--dbpath",
                "--prefix",
                "--eval",
                "-E",
            ]) && !invocation.is("rpm")
                || invocation.is("rpm")
                    && invocation.has_any_flag(&["--root", "--dbpath", "--prefix", "--eval", "-E"])
            {
                return false;
            }
            manager(gather, Domain::Installed);
            gather.read_operands(invocation.operands());
        }
        "useradd" | "groupadd" | "usermod" | "groupmod" | "userdel" | "groupdel" | "adduser"
        | "addgroup" | "deluser" | "chpasswd" | "passwd" | "chsh" => {
            if invocation.has_any_flag(&["-R", "--root", "-P", "--prefix", "--conf"])
                && !invocation.is("deluser")
            {
                return false;
            }
            gather.read_system();
            gather.write_system();
            gather.reads(Domain::Users);
            gather.writes(Domain::Users);
            let home = invocation.is("userdel") && invocation.has_flag("-r")
                || invocation.is("deluser")
                    && invocation.has_any_flag(&["--remove-home", "--remove-all-files"])
                || invocation.is("usermod") && invocation.has_any_flag(&["-m", "-u", "-g"]);
            if home {
                // The old home directory may be anywhere.
                gather.read(&PathOf::Any);
                gather.write(&PathOf::Any);
            }
            for path in gather.flag_paths(invocation, &["-d", "-h", "--home", "-b", "-k"]) {
                gather.read(&path);
                gather.write(&path);
            }
        }
        "ldconfig"
        | "update-ca-certificates"
        | "update-ca-trust"
        | "locale-gen"
        | "update-locale"
        | "a2enmod"
        | "a2dismod" => {
            gather.read_system();
            gather.write_system();
        }
        _ => return false,
    }
    if !invocation.written_flags_known() {
        gather.barrier();
    }
    true
}

fn apt(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    // Options may name other directories and run hooks, but of the system's configuration only these are harmless.
    let harmless = |value: &str| {
        [
            "Dpkg::Use-Pty",
            "DPkg::Use-Pty",
            "Acquire::",
            "APT::Install-",
            "Dpkg::Options::",
            "DPkg::Options::",
            "APT::Get::",
        ]
        .iter()
        .any(|known| value.starts_with(known))
    };
    let options = invocation.flags().iter().filter(|flag| flag.name == "-o");
    let strange = options
        .map(|flag| flag.value.as_ref().and_then(|value| value.text.as_deref()))
        .any(|value| !value.is_some_and(harmless));
    if strange
        || invocation.has_flag("-c")
        || invocation.sub_any(&["source", "download", "build-dep"])
    {
        return gather.barrier();
    }
    if invocation.sub("clean") || invocation.sub("autoclean") {
        gather.read_system();
        gather.write(&PathOf::One("/var/cache/apt".into()));
        return;
    }
    if invocation.sub("update") {
        gather.read_system();
        gather.reads(Domain::Network);
        gather.reads(Domain::AptLists);
        gather.writes(Domain::AptLists);
        gather.write(&PathOf::One("/var/lib/apt".into()));
        gather.write(&PathOf::One("/var/cache/apt".into()));
        return;
    }
    manager(gather, Domain::AptLists);
    local_packages(gather, invocation);
}

/// Options of dnf and yum that name no directories, plugins and commands.
fn is_harmless_option(option: &str) -> bool {
    let name = option.split('=').next().unwrap_or(option);
    let name = name.rsplit('.').next().unwrap_or(name);
    matches!(
        name,
        "install_weak_deps"
            | "tsflags"
            | "keepcache"
            | "sslverify"
            | "fastestmirror"
            | "timeout"
            | "retries"
            | "best"
            | "skip_missing_names_on_install"
            | "obsoletes"
            | "max_parallel_downloads"
            | "skip_if_unavailable"
            | "gpgcheck"
            | "module_hotfixes"
            | "override_install_langs"
            | "clean_requirements_on_remove"
            | "priority"
    )
}

/// Packages may install anything anywhere in the system, create users and run programs there.
fn manager(gather: &mut Gather<'_>, index: Domain) {
    gather.read_system();
    gather.write_system();
    for domain in [index, Domain::Installed, Domain::Users] {
        gather.reads(domain);
        gather.writes(domain);
    }
    gather.reads(Domain::Network);
}

/// Operands that are files.
fn local_packages(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    for operand in invocation.operands() {
        match operand.value.as_deref() {
            Some(text) if text.contains("://") => {}
            Some(text)
                if text.contains('/') || text.ends_with(".rpm") || text.ends_with(".apk") =>
            {
                gather.read(&gather.path_text(text));
            }
            Some(_) => {}
            None => gather.read(&PathOf::Any),
        }
    }
}
