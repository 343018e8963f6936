//! Commands that every recipe meets: package managers of the distribution, users, configuration, files.

use super::acts::{Act, Cmd, Files, Install, Output};
use super::image::Image;
use super::place::{Place, Shell};
use crate::model::{Command, Pipeline};

/// What a command does that belongs to no recipe; `None` when it isn't known here.
pub(super) fn read(cmd: &Cmd<'_>) -> Option<Act> {
    let act = packages(cmd)
        .or_else(|| plain(cmd))
        .or_else(|| super::files::files(cmd))?;
    match act {
        Act::Files(files) if is_source_list(&files) => Some(Act::System),
        act => Some(act),
    }
}

/// Whether only the sources of packages are changed: later installs depend on it, in either stage.
pub(super) fn is_source_list(files: &Files) -> bool {
    let mut touched = files.writes.iter().chain(&files.deletes).peekable();
    touched.peek().is_some() && touched.all(is_of_sources)
}

/// Whether a file that is fetched says where packages come from.
pub(super) fn fetches_source_list(act: &Act) -> bool {
    let Act::Make(made) = act else { return false };
    let mut outputs = made.outputs.iter().peekable();
    made.recipe == super::recipes::download::ID
        && outputs.peek().is_some()
        && outputs.all(|output| matches!(output, Output::File(place) if is_of_sources(place)))
}

fn is_of_sources(place: &Place) -> bool {
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
}

/// A pipeline that fetches a script and runs it, of which it is known what the script does.
pub(super) fn pipe(
    pipeline: &Pipeline,
    programs: &[String],
    shell: &Shell,
    image: &Image,
) -> Option<Act> {
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
    if last.starts_with("python") && from("get-pip.py") {
        return super::recipes::python::installer(image);
    }
    if matches!(last.as_str(), "sh" | "bash")
        && let Some((_, act)) = INSTALLERS.iter().find(|(part, _)| from(part))
    {
        return Some(act());
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

/// A part of an address, and what the script does that is fetched from there.
type Installer = (&'static str, fn() -> Act);

/// Scripts that are fetched and run at once, by a part of their address, and what they do.
const INSTALLERS: &[Installer] = &[
    // They add a package source.
    ("/script.deb.sh", || Act::System),
    ("/script.rpm.sh", || Act::System),
    // It puts a tool of the build beside those of Go.
    ("golang/dep/master/install.sh", || {
        Act::Make(super::acts::Made {
            recipe: super::recipes::go::ID,
            kind: super::acts::Work::Fetch,
            outputs: vec![super::acts::Output::Cache],
        })
    }),
];

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
        "source" if manager == "apt-get" => {
            return Some(cmd.makes(
                super::recipes::download::ID,
                super::acts::Work::Fetch,
                vec![super::acts::Output::Unpacked(cmd.here())],
            ));
        }
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
    let lists = cmd.is_any(&["busybox"]) && only == "--list";
    ((question || lists) && !cmd.name().contains(['/', '$'])).then_some(Act::Nothing)
}

/// Programs that change nothing, or configuration and users.
fn plain(cmd: &Cmd<'_>) -> Option<Act> {
    Some(match cmd.name() {
        // The owner of a directory is not the copy's.
        "install"
            if cmd.texts().iter().any(|text| text == "-d")
                && cmd.texts().iter().any(|text| {
                    text.starts_with("--owner")
                        || text.starts_with("--group")
                        || matches!(text.as_str(), "-o" | "-g")
                }) =>
        {
            Act::System
        }
        // A group of packages that is removed again under its name.
        "apk-install"
            if cmd
                .texts()
                .iter()
                .any(|text| matches!(text.as_str(), "-t" | "--virtual")) =>
        {
            return None;
        }
        "su" if !cmd
            .texts()
            .iter()
            .any(|text| text.starts_with("--") || text.starts_with('-') && text.ends_with('c')) =>
        {
            Act::Nothing
        }
        "R" if cmd
            .texts()
            .ends_with(&["CMD".to_owned(), "javareconf".to_owned()]) =>
        {
            Act::System
        }
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
        name if name.starts_with("/etc/init.d/") => Act::Nothing,
        _ => return None,
    })
}
