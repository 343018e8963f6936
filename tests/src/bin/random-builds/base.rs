//! Base images: tiny roots with one static busybox, the shells of this machine, and made-up package managers that keep the
//! rules that matter for a rewrite. They stand under the names of the official images, so that dfix's table knows them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::interpret::Config;
use super::tree::LARGE;

/// The applets of busybox that the roots have.
const APPLETS: &str = "[ ar awk base64 basename bunzip2 bzip2 cat chgrp chmod chown cksum cmp cp cut date dd diff dirname \
    dos2unix du echo egrep env expr false fgrep find fold grep groups gunzip gzip head hexdump hostname id kill link ln \
    logname ls md5sum mkdir mkfifo mknod mktemp mv nl nproc od paste patch printf ps pwd readlink realpath rev rm rmdir \
    sed seq sha1sum sha256sum sha512sum shuf sleep sort split stat strings sync tac tail tee test timeout touch tr \
    true truncate uname uniq unlink unxz unzip usleep wc which who whoami xargs xxd xzcat yes zcat";

/// Programs in all roots: the script, and the names it is installed under.
const COMMON: &[(&str, &[&str])] = &[
    (include_str!("root/build.sh"), &["make", "build"]),
    (include_str!("root/fetch.sh"), &["curl", "wget"]),
    (include_str!("root/git.sh"), &["git"]),
    (include_str!("root/tar.sh"), &["tar"]),
    (include_str!("root/sudo.sh"), &["sudo"]),
    (
        include_str!("root/useradd.sh"),
        &["useradd", "groupadd", "adduser", "addgroup"],
    ),
    (include_str!("root/pip.sh"), &["pip", "pip3"]),
    (include_str!("root/npm.sh"), &["npm", "yarn"]),
];

/// A root, and what makes it one of a distribution.
struct Distribution {
    name: &'static str,
    programs: &'static [(&'static str, &'static [&'static str])],
    /// Whether `/bin` is a link.
    merged: bool,
    shell: Shell,
    folders: &'static [&'static str],
    /// Directories that only this image has.
    more: &'static [&'static str],
    files: &'static [(&'static str, &'static str)],
}

/// What `/bin/sh` is.
#[derive(PartialEq)]
enum Shell {
    Dash,
    Busybox,
    Bash,
}

const DEBIAN: Distribution = Distribution {
    name: "debian",
    programs: &[(include_str!("root/apt-get.sh"), &["apt-get", "apt"])],
    merged: true,
    shell: Shell::Dash,
    more: &[],
    folders: &[
        "var/lib/apt/lists",
        "var/lib/dpkg/info",
        "var/cache/apt/archives/partial",
        "var/log/apt",
        "etc/apt/apt.conf.d",
        "etc/alternatives",
    ],
    files: &[
        ("etc/debian_version", "12.5\n"),
        (
            "etc/apt/apt.conf.d/docker-clean",
            "APT::Update::Post-Invoke { \"rm\"; };\n",
        ),
        (
            "var/lib/dpkg/status",
            "Package: base-files\nStatus: install ok installed\n\n",
        ),
        ("var/lib/apt/extended_states", ""),
    ],
};

const DISTRIBUTIONS: &[Distribution] = &[
    DEBIAN,
    Distribution {
        name: "golang",
        more: &["go/src", "go/bin"],
        ..DEBIAN
    },
    Distribution {
        name: "alpine",
        programs: &[(include_str!("root/apk.sh"), &["apk"])],
        merged: false,
        shell: Shell::Busybox,
        more: &[],
        folders: &["var/cache/apk", "lib/apk/db", "etc/apk"],
        files: &[
            ("etc/alpine-release", "3.19.1\n"),
            ("etc/apk/world", "alpine-base\nbusybox\n"),
            ("lib/apk/db/installed", "P:busybox\n"),
        ],
    },
    Distribution {
        name: "fedora",
        programs: &[
            (include_str!("root/dnf.sh"), &["dnf", "yum", "microdnf"]),
            (include_str!("root/zypper.sh"), &["zypper"]),
        ],
        merged: true,
        shell: Shell::Bash,
        more: &[],
        folders: &[
            "var/cache/dnf",
            "var/cache/yum",
            "var/lib/rpm",
            "etc/yum.repos.d",
        ],
        files: &[
            ("etc/os-release", "ID=fedora\n"),
            ("var/lib/rpm/packages", ""),
        ],
    },
];

/// Directories of every root.
const FOLDERS: &str = "dev proc sys etc home media mnt opt root run srv tmp usr/bin usr/sbin usr/lib usr/lib64 \
    usr/local/bin usr/local/sbin usr/local/lib usr/local/share usr/local/etc usr/share/doc var/cache var/lib var/log var/tmp \
    var/www var/local var/mail var/spool";

/// The family of an image: the beginning of its name, the distribution, and its configuration.
type Family = (&'static str, &'static str, fn(&mut Config));

const FAMILIES: &[Family] = &[
    ("debian:", "debian", |config| config.cmd = words(&["bash"])),
    ("ubuntu:", "debian", |config| {
        config.cmd = words(&["/bin/bash"])
    }),
    ("python:3.12-alpine", "alpine", python),
    ("python:", "debian", python),
    ("node:20-alpine", "alpine", node),
    ("node:", "debian", node),
    ("golang:", "golang", |config| {
        config.cmd = words(&["bash"]);
        config.workdir = "/go".to_owned();
        config.env.push(("GOPATH".to_owned(), "/go".to_owned()));
    }),
    ("example.org/odd:", "debian", |config| {
        config.user = "daemon".to_owned();
        config.workdir = "/srv".to_owned();
        config.shell = words(&["/bin/bash", "-o", "pipefail", "-c"]);
        config.cmd = words(&["serve"]);
        config.entrypoint = words(&["/entry"]);
        config.env.push(("DIR".to_owned(), "/odd".to_owned()));
        config.env.push(("HOME".to_owned(), "/tmp".to_owned()));
    }),
    ("example.org/strict:", "debian", |config| {
        config.shell = words(&["/bin/sh", "-e", "-c"]);
        config.workdir = "/app".to_owned();
    }),
    ("example.org/apk:", "alpine", |config| {
        config.workdir = "/usr/src".to_owned()
    }),
    ("alpine:", "alpine", |config| {
        config.cmd = words(&["/bin/sh"])
    }),
    ("fedora:", "fedora", |config| {
        config.cmd = words(&["/bin/bash"])
    }),
    ("rockylinux:", "fedora", |config| {
        config.cmd = words(&["/bin/bash"])
    }),
    ("centos:", "fedora", |config| {
        config.cmd = words(&["/bin/bash"])
    }),
    ("opensuse/leap:", "fedora", |config| {
        config.cmd = words(&["/bin/bash"])
    }),
];

fn words(words: &[&str]) -> Option<Vec<String>> {
    Some(words.iter().map(|&word| word.to_owned()).collect())
}

fn python(config: &mut Config) {
    config.cmd = words(&["python3"]);
    config
        .env
        .push(("PYTHON_VERSION".to_owned(), "3.12.1".to_owned()));
}

fn node(config: &mut Config) {
    config.cmd = words(&["node"]);
    config.entrypoint = words(&["docker-entrypoint.sh"]);
    config
        .env
        .push(("NODE_VERSION".to_owned(), "20.1.0".to_owned()));
}

/// An image to start from.
pub(crate) struct Base {
    /// Its file system; `None` for `scratch`.
    pub(crate) root: Option<PathBuf>,
    pub(crate) config: Config,
}

/// Mode, owner, group, size and time of change of a file.
type State = (u32, u32, u32, u64, i64);

/// The base images on this machine.
pub(crate) struct Bases {
    folder: tempfile::TempDir,
    /// What the large files must still look like: other builds share them.
    shared: BTreeMap<PathBuf, State>,
}

impl Bases {
    /// Makes the roots, in memory where that is possible.
    pub(crate) fn new() -> io::Result<Self> {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        remove_orphans(&parent)?;
        let folder = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}-", std::process::id()))
            .tempdir_in(parent)?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        for distribution in DISTRIBUTIONS {
            make_root(&folder.path().join(distribution.name), distribution)?;
        }
        let mut bases = Self {
            folder,
            shared: BTreeMap::new(),
        };
        bases.shared = bases.large_files()?;
        Ok(bases)
    }

    /// Where the roots are, and where builds may work.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn find(&self, image: &str) -> Option<Base> {
        if image == "scratch" {
            return Some(Base {
                root: None,
                config: Config::default(),
            });
        }
        let (_, root, configure) = FAMILIES.iter().find(|(name, ..)| image.starts_with(name))?;
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let mut config = Config {
            env: vec![("PATH".to_owned(), path.to_owned())],
            ..Config::default()
        };
        configure(&mut config);
        Some(Base {
            root: Some(self.folder().join(root)),
            config,
        })
    }

    /// Puts owners and modes back that a build has changed on a file that all builds share, since their large files are
    /// hard links. Returns whether there was something to put back.
    ///
    /// # Errors
    /// When a content has changed: nothing that runs from now on could be trusted.
    pub(crate) fn repair(&self) -> io::Result<bool> {
        let now = self.large_files()?;
        if now == self.shared {
            return Ok(false);
        }
        for (path, (mode, uid, gid, ..)) in &self.shared {
            chown(path, Some(*uid), Some(*gid))?;
            fs::set_permissions(path, fs::Permissions::from_mode(*mode))?;
        }
        match self.large_files()? == self.shared {
            true => Ok(true),
            false => Err(io::Error::other(
                "a program of the base images was overwritten",
            )),
        }
    }

    fn large_files(&self) -> io::Result<BTreeMap<PathBuf, State>> {
        let mut found = BTreeMap::new();
        if self.shared.is_empty() {
            for distribution in DISTRIBUTIONS {
                add_large(&self.folder().join(distribution.name), &mut found)?;
            }
        }
        for path in self.shared.keys() {
            found.insert(path.clone(), state(&fs::symlink_metadata(path)?));
        }
        Ok(found)
    }
}

/// The files below a folder that builds share.
fn add_large(folder: &Path, found: &mut BTreeMap<PathBuf, State>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        if meta.is_dir() {
            add_large(&entry.path(), found)?;
        } else if meta.is_file() && meta.len() >= LARGE {
            found.insert(entry.path(), state(&meta));
        }
    }
    Ok(())
}

fn state(meta: &fs::Metadata) -> State {
    (
        meta.mode(),
        meta.uid(),
        meta.gid(),
        meta.len(),
        meta.mtime(),
    )
}

/// The beginning of the names of folders, before the number of the process.
const PREFIX: &str = "dfix-random-";

/// Removes what a process has left that was killed.
fn remove_orphans(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('-'));
        if let Some((process, _)) = process
            && !Path::new("/proc").join(process).exists()
        {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn make_root(root: &Path, distribution: &Distribution) -> io::Result<()> {
    for folder in FOLDERS
        .split_whitespace()
        .chain(distribution.folders.iter().copied())
        .chain(distribution.more.iter().copied())
    {
        fs::create_dir_all(root.join(folder))?;
    }
    let mode =
        |path: &str, mode| fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode));
    mode("tmp", 0o1777)?;
    mode("var/tmp", 0o1777)?;
    mode("root", 0o700)?;
    for folder in ["bin", "sbin", "lib", "lib64"] {
        if distribution.merged {
            symlink(format!("usr/{folder}"), root.join(folder))?;
        } else {
            fs::create_dir_all(root.join(folder))?;
        }
    }
    let common = [("etc/motd", "hello\n"), ("etc/issue", "welcome\n")];
    for (path, text) in distribution.files.iter().chain(&common) {
        fs::write(root.join(path), text)?;
    }
    passwords(root, distribution)?;
    fs::copy(host_program("busybox")?, root.join("bin/busybox"))?;
    for applet in APPLETS.split_whitespace() {
        symlink("/bin/busybox", root.join("bin").join(applet))?;
    }
    match distribution.shell {
        Shell::Busybox => symlink("/bin/busybox", root.join("bin/sh"))?,
        Shell::Dash => {
            with_libraries("dash", root)?;
            with_libraries("bash", root)?;
            symlink("dash", root.join("bin/sh"))?;
        }
        Shell::Bash => {
            with_libraries("bash", root)?;
            symlink("bash", root.join("bin/sh"))?;
        }
    }
    for (script, names) in COMMON.iter().chain(distribution.programs) {
        for name in *names {
            let path = root.join("usr/bin").join(name);
            fs::write(&path, script)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        }
    }
    devices(root)
}

/// The users of the official images, and `node` of its own.
fn passwords(root: &Path, distribution: &Distribution) -> io::Result<()> {
    let shell = if distribution.shell == Shell::Busybox {
        "/bin/sh"
    } else {
        "/bin/bash"
    };
    let mut passwd =
        format!("root:x:0:0:root:/root:{shell}\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n");
    let mut group = "root:x:0:\ndaemon:x:1:\nstaff:x:50:\nusers:x:100:games\n".to_owned();
    if distribution.name == "debian" {
        passwd.push_str("www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n");
        group.push_str("www-data:x:33:\n");
    }
    if distribution.name != "fedora" {
        passwd.push_str("node:x:1000:1000::/home/node:/bin/sh\n");
        group.push_str("node:x:1000:\n");
        let home = root.join("home/node");
        fs::create_dir(&home)?;
        chown(home, Some(1000), Some(1000))?;
    }
    passwd.push_str("nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
    group.push_str("nogroup:x:65534:\n");
    fs::write(root.join("etc/passwd"), passwd)?;
    fs::write(root.join("etc/group"), group)
}

fn devices(root: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
    for (name, minor) in [("null", 3), ("zero", 5)] {
        let path = root.join("dev").join(name);
        mknodat(
            CWD,
            &path,
            FileType::CharacterDevice,
            Mode::from_raw_mode(0o666),
            makedev(1, minor),
        )?;
        rustix::fs::chmod(&path, Mode::from_raw_mode(0o666))?;
    }
    Ok(())
}

fn host_program(name: &str) -> io::Result<PathBuf> {
    let places = ["/bin", "/usr/bin", "/usr/local/bin"];
    let found = places
        .iter()
        .map(|place| Path::new(place).join(name))
        .find(|path| path.is_file());
    found.ok_or_else(|| io::Error::other(format!("{name} is not installed on this machine")))
}

/// Copies a program of this machine with the libraries that it needs.
fn with_libraries(name: &str, root: &Path) -> io::Result<()> {
    let program = host_program(name)?;
    fs::copy(&program, root.join("bin").join(name))?;
    let output = Command::new("ldd").arg(&program).output()?;
    for word in String::from_utf8_lossy(&output.stdout).split_whitespace() {
        if !word.starts_with('/') {
            continue;
        }
        let to = super::tree::inside(root, word, true)?;
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(word, to)?;
    }
    Ok(())
}
