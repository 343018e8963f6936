//! C and C++: make, cmake, autotools, and the compilers themselves.

use super::super::acts::{Act, Cmd, Output, Work};
use super::super::directories::is_system;
use super::super::place::{Place, base_name};
use super::{Recipe, here, nginx};

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: "C and C++",
    page: "Recognised: `./configure`, `autoreconf` and their like, `make`, `cmake`, `ninja`, `meson`, `scons`, and the compilers.\n\n\
        What `make install` puts below its prefix is copied whole (`/usr/local`, or the one that `--prefix`, `CMAKE_INSTALL_PREFIX`, `PREFIX` or\n\
        `DESTDIR` names); the tree in which it was built stays behind. A program that is started from the tree in which it was built is\n\
        copied alone. Libraries of development packages stay installed, by the library's own package where its name is known.\n\
        Refused: a prefix that holds the system's own files, such as `/usr`.",
    read,
};

pub(in super::super) const ID: &str = "c";

fn read(cmd: &Cmd<'_>) -> Option<Act> {
    match cmd.name() {
        "make" | "gmake" | "ninja" | "samu" | "ninja-build" | "scons" | "waf" | "cmake"
        | "meson" | "bmake" => Some(driver(cmd)),
        "configure" | "autogen.sh" | "bootstrap.sh" | "Configure" | "config" | "autoreconf"
        | "autoconf" | "automake" | "libtoolize" | "aclocal" | "autoheader" | "qmake"
        | "qmake-qt5" | "premake5" | "premake4" | "buildconf" | "bootstrap" | "autogen"
        | "genconfig" | "intltoolize" | "gtkdocize" | "glibtoolize" => Some(configure(cmd)),
        "gcc" | "g++" | "cc" | "c++" | "clang" | "clang++" | "ld" | "as" | "nasm" | "gfortran"
        | "ar" | "ranlib" | "objcopy" | "upx" | "protoc" | "bison" | "flex" | "yasm"
        | "musl-gcc" => {
            let output = cmd
                .value_of(&["-o"])
                .map_or(Output::Tree(cmd.here()), Output::One);
            Some(cmd.makes(ID, Work::Compile, vec![output]))
        }
        "patch" => Some(here(cmd, ID, Work::Fetch)),
        "libtool" if cmd.texts().first().is_some_and(|text| text == "--finish") => {
            Some(Act::Nothing)
        }
        // What a module of Perl installs below: `/usr/local` in every distribution, unless the command says where.
        "perl"
            if cmd
                .operands()
                .first()
                .is_some_and(|it| it == "Makefile.PL" || it == "Build.PL") =>
        {
            Some(configure(cmd))
        }
        "sh" | "bash" => {
            let script = cmd.texts().first().map(|text| base_name(text).to_owned())?;
            SCRIPTS.contains(&script.as_str()).then(|| configure(cmd))
        }
        name if SCRIPTS.contains(&base_name(name)) => Some(configure(cmd)),
        _ => None,
    }
}

/// Scripts and programs of a source tree, called by a path, that prepare or build it where it is.
const SCRIPTS: &[&str] = &[
    "configure",
    "autogen.sh",
    "autogen",
    "bootstrap.sh",
    "bootstrap",
    "Configure",
    "buildconf",
    "buildconf.sh",
    "automake.sh",
    "autoconf.sh",
    "prepare.sh",
    "premake4",
    "premake5",
    "waf",
    "SO_Compile.sh",
    "CLI_Compile.sh",
];

fn configure(cmd: &Cmd<'_>) -> Act {
    if let Some(act) = nginx::configure(cmd) {
        return act;
    }
    let named = prefix(cmd);
    let system = match &named {
        Some(Place::At(path)) => is_system(path) && path != "/usr/local",
        _ => false,
    };
    let mut outputs = vec![Output::Tree(cmd.here()), Output::Configured(named)];
    let scattered = outside(cmd);
    if scattered || system {
        // Others have variables of their own.
        if base_name(cmd.name()) != "configure" {
            return match scattered {
                true => Act::Unknown,
                false => cmd.makes(ID, Work::Compile, outputs),
            };
        }
        let php = cmd.here().root().is_some_and(|path| path.contains("/php"))
            || cmd
                .texts()
                .iter()
                .any(|text| text.starts_with("--with-config-file-"));
        outputs.push(Output::Scattered(if php {
            "INSTALL_ROOT"
        } else {
            "DESTDIR"
        }));
    }
    cmd.makes(ID, Work::Compile, outputs)
}

/// The prefix that a `configure` or `cmake` names, with the directory that it prepares.
fn prefix(cmd: &Cmd<'_>) -> Option<Place> {
    let named = [
        "--prefix",
        "-prefix",
        "-DCMAKE_INSTALL_PREFIX",
        "-DCMAKE_INSTALL_PREFIX:PATH",
        "-DCMAKE_INSTALL_PREFIX:STRING",
        "prefix",
        "PREFIX",
        "--installdir",
        "INSTALL_TOP",
    ];
    cmd.value_of(&named)
}

/// Whether a directory for installed files is named beside the prefix.
fn outside(cmd: &Cmd<'_>) -> bool {
    let prefix = prefix(cmd);
    let prefix = prefix
        .as_ref()
        .map_or(Some("/usr/local"), Place::root)
        .unwrap_or("/");
    cmd.texts().iter().any(|text| {
        let Some((flag, value)) = text.split_once('=') else {
            return false;
        };
        let flag = flag.to_ascii_lowercase();
        let installs = flag.ends_with("dir")
            && flag != "destdir"
            && !flag.contains("with-")
            && !flag.contains("builddir")
            && !flag.contains("srcdir")
            || flag.ends_with("-path") && !flag.contains("with-") && !flag.contains("search")
            || flag.contains("-conf") && !flag.contains("config");
        installs
            && value.starts_with('/')
            && !super::super::place::within(value, prefix)
            && !value.starts_with("/tmp")
            && !value.starts_with("/usr/share/")
    })
}

fn driver(cmd: &Cmd<'_>) -> Act {
    let texts = cmd.texts();
    let special = texts.iter().any(|text| {
        text.starts_with("install")
            && !matches!(
                text.as_str(),
                "install"
                    | "install-strip"
                    | "install/strip"
                    | "install_sw"
                    | "install-bin"
                    | "install-nodoc"
                    | "install-lib"
                    | "installweb"
                    | "install-exec"
                    | "install-data"
                    | "install_root"
                    | "install-world"
                    | "install-world-bin"
                    | "install-headers"
                    | "install-pkgconfig"
                    | "install-shared"
                    | "install-static"
                    | "install_dev"
                    | "install_runtime"
            )
    });
    if outside(cmd) || special {
        // Such targets write configuration wherever the project wants it.
        return Act::Unknown;
    }
    let directory = cmd.value_of(&["-C", "--directory"]).or_else(|| {
        cmd.value_of(&["--build", "--install"])
            .filter(|_| cmd.is_any(&["cmake"]))
    });
    let set_up = cmd.is_any(&["meson"]) && texts.first().is_some_and(|text| text == "setup");
    let directory = directory
        .or_else(|| {
            let build = texts.iter().skip(1).find(|text| !text.starts_with('-'));
            build.filter(|_| set_up).map(|path| cmd.at(path))
        })
        .unwrap_or_else(|| cmd.here());
    let installs = texts.iter().any(|text| {
        text.starts_with("install")
            || text == "--install"
            || text == "altinstall"
            || text == "INSTALL"
    }) && !texts
        .iter()
        .any(|text| text.starts_with("-DCMAKE_INSTALL") && texts.len() == 1);
    let build = cmd.value_of(&["-B"]).filter(|_| cmd.is_any(&["cmake"]));
    let mut outputs = vec![Output::Tree(build.unwrap_or(directory))];
    if !installs && cmd.is_any(&["cmake", "meson"]) {
        outputs.push(Output::Configured(prefix(cmd)));
    }
    if installs {
        let root = cmd.value_of(&["DESTDIR", "INSTALL_ROOT"]);
        let prefix = prefix(cmd);
        outputs.push(match (root, prefix) {
            (Some(root), _) => Output::Prefix(root),
            (None, Some(prefix)) => Output::Prefix(prefix),
            // The one that was configured; the plan knows which.
            (None, None) => Output::Prefix(Place::Below(String::new())),
        });
    }
    cmd.makes(ID, Work::Compile, outputs)
}
