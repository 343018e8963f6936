//! Commands that every recipe meets: package managers of the distribution, users, configuration, files.

use super::acts::{Act, Cmd, Files, Install};
use super::place::{Place, Shell};
use crate::commands::WrapperKind;
use crate::model::{Command, Pipeline, ShellWord};

/// What a command does that belongs to no recipe; `None` when it isn't known here.
pub(super) fn read(cmd: &Cmd<'_>) -> Option<Act> {
    let foreign = |wrapper: &crate::commands::Wrapper| matches!(wrapper.kind, WrapperKind::User);
    let other_user = cmd.invocation.wrappers().iter().any(foreign)
        && cmd.invocation.through_sudo()
        && cmd
            .command
            .words
            .iter()
            .take(cmd.invocation.program_word())
            .any(|word| word.text == "-u");
    if other_user {
        return None;
    }
    let act = packages(cmd)
        .or_else(|| plain(cmd))
        .or_else(|| files(cmd))?;
    match act {
        Act::Files(files) if is_source_list(&files) => Some(Act::System),
        act => Some(act),
    }
}

/// Whether only the sources of packages are changed: later installs depend on it, in either stage.
pub(super) fn is_source_list(files: &Files) -> bool {
    let mut touched = files.writes.iter().chain(&files.deletes).peekable();
    touched.peek().is_some()
        && touched.all(|place| {
            let above = [
                "/etc/apt",
                "/etc/apk",
                "/etc/yum",
                "/etc/yum.repos.d",
                "/etc/dnf",
                "/usr/share/keyrings",
                "/etc/dpkg",
            ];
            place
                .root()
                .is_some_and(|path| above.iter().any(|above| super::place::within(path, above)))
        })
}

/// A pipeline that fetches a script and runs it, of which it is known what the script does.
pub(super) fn pipe(pipeline: &Pipeline, programs: &[String], shell: &Shell) -> Option<Act> {
    let last = programs.last()?;
    let words_of = |command: &Command| match command {
        Command::Simple(simple) => simple.words.clone(),
        Command::Compound(_) => Vec::new(),
    };
    if last == "php"
        && pipeline
            .commands
            .iter()
            .flat_map(words_of)
            .any(|word| word.text.contains("getcomposer.org/installer"))
    {
        return composer(pipeline.commands.last()?, shell);
    }
    let from = |part: &str| {
        pipeline
            .commands
            .iter()
            .flat_map(words_of)
            .any(|word| word.text.contains(part))
    };
    if matches!(last.as_str(), "sh" | "bash") && from("sh.rustup.rs") {
        // The compiler below the home directory.
        return Some(Act::Make(super::acts::Made {
            recipe: super::recipes::rust::ID,
            kind: super::acts::Work::Fetch,
            outputs: vec![super::acts::Output::Cache],
        }));
    }
    if !matches!(
        last.as_str(),
        "bash" | "sh" | "apt-key" | "chpasswd" | "debconf-set-selections" | "tee" | "gpg"
    ) {
        return None;
    }
    let mut words = Vec::new();
    for command in &pipeline.commands {
        match command {
            Command::Simple(simple) => words.extend(simple.words.iter()),
            Command::Compound(_) => return None,
        }
    }
    let holds = |part: &str| words.iter().any(|word| word.text.contains(part));
    match last.as_str() {
        // They add a package source, and are to be called where its packages are installed.
        "bash" | "sh" => (holds("deb.nodesource.com/setup") || holds("rpm.nodesource.com/setup"))
            .then_some(Act::System),
        "tee" => {
            let target = words.last()?.value.as_deref()?;
            (target.starts_with("/etc/") || target.starts_with("/usr/share/keyrings/"))
                .then_some(Act::System)
        }
        _ => Some(Act::System),
    }
}

/// The installer of Composer, which is fetched and run at once.
fn composer(command: &Command, shell: &Shell) -> Option<Act> {
    let Command::Simple(simple) = command else {
        return None;
    };
    let texts: Vec<String> = simple
        .words
        .iter()
        .map(|word| shell.text(word).unwrap_or_else(|| word.text.to_string()))
        .collect();
    let value = |flag: &str| {
        let mut words = texts.iter();
        while let Some(word) = words.next() {
            if word == flag {
                return words.next().cloned();
            }
            if let Some(value) = word.strip_prefix(flag).and_then(|it| it.strip_prefix('=')) {
                return Some(value.to_owned());
            }
        }
        None
    };
    let directory = match value("--install-dir") {
        Some(path) if path.contains('$') => return None,
        Some(path) => shell.directory.join(&path),
        None => shell.directory.clone(),
    };
    let name = value("--filename").unwrap_or_else(|| "composer.phar".to_owned());
    let path = directory.join(&name);
    Some(Act::Make(super::acts::Made {
        recipe: super::recipes::php::ID,
        kind: super::acts::Work::Fetch,
        outputs: vec![super::acts::Output::File(path)],
    }))
}

/// The package managers of the distributions.
fn packages(cmd: &Cmd<'_>) -> Option<Act> {
    let it = cmd.invocation;
    let manager = match it.name() {
        "apt-get" | "apt" | "aptitude" => "apt-get",
        "apk" => "apk",
        "yum" | "dnf" | "microdnf" | "tdnf" | "zypper" => "yum",
        "dpkg" | "rpm" => {
            let installs = it.has_any_flag(&["-i", "--install", "-U", "-ivh", "-Uvh"])
                || cmd
                    .texts()
                    .iter()
                    .any(|text| text.starts_with("-i") || text.starts_with("-U"));
            return match installs {
                // A package that was downloaded may be anything.
                true if it.is("dpkg") => None,
                _ => Some(Act::System),
            };
        }
        "add-apt-repository"
        | "apt-add-repository"
        | "apt-key"
        | "dpkg-reconfigure"
        | "debconf-set-selections"
        | "yum-config-manager"
        | "apt-mark"
        | "dpkg-divert" => {
            return Some(Act::System);
        }
        "apt-cache" | "dpkg-query" | "apt-config" | "dpkg-architecture" => {
            return Some(Act::Nothing);
        }
        _ => return None,
    };
    let texts = cmd.texts();
    let takes_value = match manager {
        "apk" => [
            "-t",
            "--virtual",
            "-X",
            "--repository",
            "-p",
            "--repositories-file",
            "--wait",
        ]
        .as_slice(),
        "apt-get" => ["-o", "-t", "-c", "--target-release", "--option"].as_slice(),
        _ => ["--enablerepo", "--disablerepo", "-c"].as_slice(),
    };
    let mut behind_value = false;
    let sub = texts.iter().find(|text| {
        let is_value = std::mem::replace(&mut behind_value, takes_value.contains(&text.as_str()));
        !is_value && !text.starts_with('-') && !text.contains("::")
    })?;
    let sub = sub.as_str();
    let removes = [
        "remove",
        "purge",
        "autoremove",
        "del",
        "erase",
        "auto-remove",
    ];
    if removes.contains(&sub) {
        let names = texts
            .iter()
            .filter(|text| !text.starts_with('-') && *text != sub);
        let names = names.flat_map(|text| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        });
        return Some(Act::Remove(names.collect()));
    }
    match sub {
        "install" | "add" | "localinstall" | "groupinstall" | "reinstall" => {}
        "update" | "clean" | "autoclean" | "makecache" | "cache" | "refresh" | "check-update"
        | "fix" | "list" | "info" | "search"
            if manager != "yum" || sub != "update" =>
        {
            return Some(Act::Housekeeping);
        }
        "upgrade" if manager == "apk" => return Some(Act::System),
        "update" | "upgrade" | "dist-upgrade" | "full-upgrade" | "distro-sync" | "group"
        | "config-manager" | "module" | "dselect-upgrade" | "addrepo" | "ar" => {
            return Some(Act::System);
        }
        "build-dep" => return Some(Act::Housekeeping),
        _ => return None,
    }
    let mut packages = Vec::new();
    let mut flags = Vec::new();
    let mut group = None;
    let mut value_of: Option<&str> = None;
    let first = it.program_word() + 1;
    for (number, word) in cmd.command.words.iter().enumerate().skip(first) {
        let text = cmd.text(word);
        if let Some(flag) = value_of.take() {
            if matches!(flag, "-t" | "--virtual") && manager == "apk" {
                group = Some(text.clone());
            }
            flags.push(word.text.to_string());
            continue;
        }
        if text.starts_with('-') {
            value_of = takes_value.iter().find(|flag| **flag == text).copied();
            if let Some(name) = text.strip_prefix("--virtual=") {
                group = Some(name.to_owned());
            }
            flags.push(word.text.to_string());
        } else if packages.is_empty() && text == sub && !flags.iter().any(|flag| flag == sub) {
            flags.push(word.text.to_string());
        } else if word.splits && text.contains(char::is_whitespace) {
            packages.extend(
                text.split_whitespace()
                    .map(|name| (number, name.to_owned())),
            );
        } else {
            packages.push((number, text));
        }
    }
    let local = packages.iter().any(|(_, name)| {
        name.contains("://")
            || name.starts_with('.')
            || name.starts_with('/')
            || name.ends_with(".deb")
            || name.ends_with(".rpm")
    });
    if local && manager == "apt-get" {
        return None;
    }
    if sub == "groupinstall" {
        for (_, name) in &mut packages {
            name.insert(0, '@');
        }
    }
    Some(Act::Install(Install {
        manager,
        packages,
        flags,
        group,
    }))
}

/// A program that is only asked for its version or its help.
pub(super) fn asks(cmd: &Cmd<'_>) -> Option<Act> {
    let texts = cmd.texts();
    let [only] = texts.as_slice() else {
        return None;
    };
    let question = matches!(
        only.as_str(),
        "--version" | "-version" | "-V" | "-v" | "version" | "--help" | "-help"
    );
    (question && !cmd.name().contains(['/', '$'])).then_some(Act::Nothing)
}

/// Programs that change nothing, or configuration and users.
fn plain(cmd: &Cmd<'_>) -> Option<Act> {
    Some(match cmd.name() {
        "true" | ":" | "echo" | "printf" | "cd" | "pushd" | "popd" | "pwd" | "set" | "export"
        | "unset" | "umask" | "test" | "[" | "false" | "exit" | "sleep" | "ls" | "cat"
        | "which" | "type" | "command" | "id" | "whoami" | "uname" | "nproc" | "date" | "env"
        | "printenv" | "sha256sum" | "sha1sum" | "sha512sum" | "md5sum" | "shasum" | "file"
        | "du" | "df" | "ldd" | "readlink" | "dirname" | "basename" | "grep" | "egrep"
        | "fgrep" | "head" | "tail" | "wc" | "sort" | "uniq" | "cut" | "tr" | "awk" | "gawk"
        | "expr" | "seq" | "locale" | "arch" | "hostname" | "sync" | "ulimit" | "shopt"
        | "return" | "break" | "continue" | "read" | "local" | "shift" | "wait" | "getconf"
        | "lsb_release" | "ssh-keyscan" | "service" | "openssl-version" | "stat" | "diff"
        | "cmp" | "nm" | "readelf" | "objdump" | "ps" | "yes" | "scanelf" | "xargs-nothing"
        | "getent" | "pkg-config" | "sysctl" | "pgrep" | "gpgconf" | "mktemp" | "jq" | "base64"
        | "realpath" | "trap" | "time" | "free" | "hash" | "rehash" | "alias" => Act::Nothing,
        "useradd"
        | "adduser"
        | "groupadd"
        | "addgroup"
        | "usermod"
        | "groupmod"
        | "userdel"
        | "groupdel"
        | "deluser"
        | "delgroup"
        | "chpasswd"
        | "passwd"
        | "chsh"
        | "gpasswd"
        | "locale-gen"
        | "update-locale"
        | "localedef"
        | "update-ca-certificates"
        | "update-ca-trust"
        | "update-alternatives"
        | "alternatives"
        | "update-rc.d"
        | "systemctl"
        | "a2enmod"
        | "a2dismod"
        | "a2ensite"
        | "a2dissite"
        | "a2enconf"
        | "a2disconf"
        | "ldconfig"
        | "chkconfig"
        | "visudo"
        | "rc-update"
        | "setcap"
        | "ssh-keygen"
        | "update-java-alternatives"
        | "phpenmod"
        | "phpdismod"
        | "php5enmod"
        | "crontab"
        | "fc-cache"
        | "install-php-extensions"
        | "mkfifo"
        | "mknod"
        | "make-ssl-cert"
        | "dbus-uuidgen"
        | "sshd-keygen"
        | "texhash"
        | "mktexlsr"
        | "fmtutil-sys"
        | "updmap-sys"
        | "kanji-config-updmap-sys"
        | "update-ms-fonts"
        | "unminimize"
        | "pacman"
        | "apk-install"
        | "install_packages"
        | "install_clean"
        | "add-pkg"
        | "setup-ntp"
        | "setup-timezone"
        | "gpg"
        | "gpg2" => Act::System,
        "git"
            if cmd.texts().iter().any(|text| text == "config")
                && cmd
                    .texts()
                    .iter()
                    .any(|text| text == "--global" || text == "--system") =>
        {
            Act::Nothing
        }
        _ => return None,
    })
}

/// Programs that touch the files that they name.
fn files(cmd: &Cmd<'_>) -> Option<Act> {
    let places = || -> Vec<Place> {
        let words = cmd.words().filter(|word| !word.text.starts_with('-'));
        words.map(|word| cmd.shell.place(word)).collect()
    };
    let mut files = Files::default();
    match cmd.name() {
        "rm" | "rmdir" | "unlink" => {
            let words = cmd.words().filter(|word| !word.text.starts_with('-'));
            for word in words {
                match gone(cmd, word) {
                    Some(place) => files.deletes.push(place),
                    None => files.writes.push(cmd.shell.place(word)),
                }
            }
            let lists = |place: &Place| place.root().is_some_and(is_residue);
            if !files.deletes.is_empty()
                && files.writes.is_empty()
                && files.deletes.iter().all(lists)
            {
                return Some(Act::Housekeeping);
            }
        }
        "mkdir" | "touch" | "truncate" => {
            files.writes = places();
            files.directories = cmd.is_any(&["mkdir"]);
            if cmd.is_any(&["mkdir"]) && cmd.texts().iter().any(|text| text == "-m") {
                files.writes.retain(|place| {
                    place.root().is_none_or(|path| {
                        !super::place::base_name(path)
                            .chars()
                            .all(|c| c.is_ascii_digit())
                    })
                });
            }
        }
        "chmod" | "chown" | "chgrp" | "setfacl" => {
            files.attributes = true;
            files.writes = cmd
                .words()
                .filter(|word| !word.text.starts_with('-'))
                .skip(1)
                .map(|word| cmd.shell.place(word))
                .collect();
        }
        "cp" | "mv" | "install" | "rsync" => {
            if cmd.is_any(&["install"]) && cmd.texts().iter().any(|text| text == "-d") {
                files.writes = places();
                files.directories = true;
                return Some(Act::Files(files));
            }
            let target = cmd.value_of(&["-t", "--target-directory"]);
            let words: Vec<&ShellWord> = cmd
                .words()
                .filter(|word| !word.text.starts_with('-'))
                .collect();
            let (target, sources) = match (target, words.split_last()) {
                (Some(target), _) => (target, words.clone()),
                (None, Some((target, sources))) => {
                    let place = cmd.shell.place(target);
                    let many = sources.len() > 1 || sources.iter().any(|source| source.glob);
                    let directory =
                        target.text.ends_with('/') || is_known_directory(&place) || many;
                    (
                        if directory { place } else { alone(place) },
                        sources.to_vec(),
                    )
                }
                (None, None) => return None,
            };
            let directory = match &target {
                Place::At(path) => Some(path.clone()),
                _ => None,
            };
            for source in &sources {
                let place = cmd.shell.place(source);
                let named = match (&place, &directory) {
                    (Place::At(path), Some(directory)) if words_into(directory) => {
                        Place::At(format!(
                            "{}/{}",
                            directory.trim_end_matches('/'),
                            super::place::base_name(path)
                        ))
                    }
                    _ => target.clone(),
                };
                files.writes.push(unmark(named));
                if cmd.is_any(&["mv"]) {
                    match gone(cmd, source) {
                        Some(gone) => files.deletes.push(gone),
                        None => files.writes.push(place.clone()),
                    }
                }
                files.reads.push(place);
            }
        }
        "ln" => {
            files.link = true;
            let words: Vec<&ShellWord> = cmd
                .words()
                .filter(|word| !word.text.starts_with('-'))
                .collect();
            let (target, link) = match words.as_slice() {
                [target] => (target, None),
                [target, .., link] => (target, Some(link)),
                [] => return None,
            };
            let name = super::place::base_name(&cmd.text(target)).to_owned();
            let place = match link {
                Some(link) => cmd.shell.place(link),
                None => cmd.here(),
            };
            let inside = link.is_none_or(|link| link.text.ends_with('/') || link.text == ".")
                || is_known_directory(&place);
            files
                .writes
                .push(if inside { place.join(&name) } else { place });
            files.reads.push(cmd.shell.place(target));
        }
        "sed" | "perl" => {
            let in_place = cmd.texts().iter().any(|text| {
                text.starts_with("-i")
                    || text.starts_with("--in-place")
                    || text.starts_with("-pi")
                    || text == "-ri"
                    || text == "-Ei"
            });
            if !in_place {
                return cmd.is_any(&["sed"]).then_some(Act::Nothing);
            }
            let scripts = usize::from(!cmd.texts().iter().any(|text| text == "-e" || text == "-f"));
            let mut skip_value = false;
            let mut words = Vec::new();
            for word in cmd.words() {
                if std::mem::take(&mut skip_value) {
                    continue;
                }
                match word.text.as_str() {
                    "-e" | "-f" => skip_value = true,
                    text if text.starts_with('-') => {}
                    _ => words.push(word),
                }
            }
            files.writes = words
                .iter()
                .skip(scripts)
                .map(|word| cmd.shell.place(word))
                .collect();
            files.reads = files.writes.clone();
        }
        "tee" => files.writes = places(),
        "find" => {
            let texts = cmd.texts();
            let first = cmd
                .words()
                .next()
                .map_or(cmd.here(), |word| cmd.shell.place(word));
            let deletes = texts.iter().any(|text| text == "-delete" || text == "rm");
            let runs = texts
                .iter()
                .any(|text| text.starts_with("-exec") || text == "-ok");
            let known = texts
                .iter()
                .any(|text| matches!(text.as_str(), "rm" | "chmod" | "chown" | "strip"));
            match (deletes || runs, runs && !known) {
                (false, _) => return Some(Act::Nothing),
                (true, true) => return None,
                (true, false) => files.writes.push(first),
            }
            files.attributes = texts.iter().any(|text| text == "chmod" || text == "chown");
        }
        "xargs" => {
            let runs = cmd.operands();
            let removes = runs.iter().any(|word| word == "rm");
            let reads = runs.iter().any(|word| {
                matches!(
                    word.as_str(),
                    "info" | "grep" | "ls" | "echo" | "cat" | "file"
                )
            });
            return match (removes, reads) {
                (true, _) => Some(Act::Files(Files {
                    writes: vec![cmd.here()],
                    ..Files::default()
                })),
                (_, true) => Some(Act::Nothing),
                _ => None,
            };
        }
        "strip" | "dos2unix" | "unix2dos" => files.writes = places(),
        "openssl" => {
            let texts = cmd.texts();
            if let Some("dgst" | "version" | "rand" | "s_client" | "sha1" | "md5" | "sha256") =
                texts.first().map(String::as_str)
            {
                return Some(Act::Nothing);
            }
            let outputs = [cmd.value_of(&["-out"]), cmd.value_of(&["-keyout"])];
            files.writes = outputs.into_iter().flatten().collect();
            if files.writes.is_empty() {
                return None;
            }
        }
        _ => return None,
    }
    Some(Act::Files(files))
}

/// What `rm` removes: a path, or everything in a directory.
fn gone(cmd: &Cmd<'_>, word: &ShellWord) -> Option<Place> {
    match cmd.shell.place(word) {
        Place::At(path) => Some(Place::At(path)),
        Place::Below(path) if word.text.ends_with("/*") => Some(Place::At(path)),
        _ => None,
    }
}

/// What package managers and programs leave behind.
fn is_residue(path: &str) -> bool {
    const RESIDUE: &[&str] = &[
        "/var/lib/apt",
        "/var/cache",
        "/tmp",
        "/var/tmp",
        "/root/.cache",
        "/root/.npm",
        "/root/.gem",
        "/root/.m2",
        "/usr/share/doc",
        "/usr/share/man",
        "/usr/share/locale",
        "/var/lib/cache",
        "/var/lib/log",
        "/etc/apk/cache",
        "/usr/share/info",
        "/root/.node-gyp",
        "/root/.gnupg",
        "/root/.composer",
        "/var/log",
    ];
    RESIDUE
        .iter()
        .any(|above| super::place::within(path, above))
}

/// A target of `cp` that is no directory for certain is marked by a slash at its end until its files are named.
fn alone(place: Place) -> Place {
    match place {
        Place::At(path) => Place::At(format!("{path}/=")),
        other => other,
    }
}

fn unmark(place: Place) -> Place {
    match place {
        Place::At(path) => Place::At(path.strip_suffix("/=").map_or(path.clone(), str::to_owned)),
        other => other,
    }
}

fn words_into(directory: &str) -> bool {
    !directory.ends_with("/=")
}

/// Directories that every image has.
fn is_known_directory(place: &Place) -> bool {
    matches!(
        place.root(),
        Some(
            "/" | "/bin"
                | "/sbin"
                | "/usr/bin"
                | "/usr/sbin"
                | "/usr/local/bin"
                | "/usr/local/sbin"
                | "/usr/local/lib"
                | "/usr/lib"
                | "/lib"
                | "/etc"
                | "/opt"
                | "/tmp"
                | "/usr/local"
                | "/usr/src"
                | "/usr/include"
                | "/usr/local/include"
                | "/home"
                | "/root"
                | "/srv"
                | "/var"
                | "/usr/share"
                | "/usr/local/share"
                | "/etc/init.d"
                | "/etc/profile.d"
        )
    )
}
