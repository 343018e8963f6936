//! What the build context says of copied sources: does a program read some of them when it runs?

use crate::Facts;
use crate::facts::Project;
use crate::model::{Analysis, Args, Instruction};

/// Files among copied sources that are no sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Data {
    /// There are none.
    None,
    /// Their names, or those of the directories that hold them, in the directory that is copied.
    Some(Vec<String>),
    /// Too many to name them.
    Many,
}

/// More entries than these are not named one by one.
const MOST: usize = 6;

/// What a COPY takes besides sources; `None` when the context isn't known well enough.
///
/// `packed` says that what lies in the folders of Maven's layout is in a jar.
pub(super) fn data(
    facts: &Facts,
    analysis: &Analysis,
    instruction: &Instruction,
    packed: bool,
) -> Option<Data> {
    let project = facts.project.as_ref()?;
    let Args::Copy { sources, .. } = &instruction.args else {
        return None;
    };
    let mut names: Vec<String> = Vec::new();
    for source in sources {
        let found = analysis.expand(instruction, &source.text).ok()?;
        let key = Facts::key(found.value.known()?);
        if found.value.known()?.contains(['*', '?', '[']) {
            return None;
        }
        if !key.is_empty() && project.has(&key)? && project.below(&key).next().is_none() {
            // One file: it keeps its name, or gets that of the destination.
            if !is_source(&key) {
                return Some(Data::Many);
            }
            continue;
        }
        collect(project, &key, packed, &mut names)?;
    }
    names.sort();
    names.dedup();
    Some(match names.len() {
        0 => Data::None,
        1..=MOST => Data::Some(names),
        _ => Data::Many,
    })
}

/// Whether a COPY names nothing but sources and manifests, as far as their names tell.
pub(super) fn names_sources(analysis: &Analysis, instruction: &Instruction) -> bool {
    let Args::Copy { sources, .. } = &instruction.args else {
        return false;
    };
    const FOLDERS: &[&str] = &[
        "src",
        "cmd",
        "pkg",
        "internal",
        "vendor",
        "include",
        "gradle",
        "project",
        "app/src",
        "test",
        "tests",
        ".mvn",
        "crates",
        "proto",
        "build.gradle*",
        "*.csproj",
        "*.sln",
    ];
    sources.iter().all(|source| {
        let found = analysis.expand(instruction, &source.text).ok();
        let text = found
            .as_ref()
            .and_then(|found| found.value.known())
            .map(Facts::key);
        text.is_some_and(|key| {
            let name = key.rsplit('/').next().unwrap_or_default();
            !key.is_empty()
                && (FOLDERS.contains(&key.as_str())
                    || is_manifest(name)
                    || name.contains('.') && is_source(&key) && !name.starts_with('.')
                    || matches!(
                        name,
                        "mvnw" | "gradlew" | "go.*" | "Cargo.*" | "package*.json"
                    ))
        })
    })
}

/// Whether a COPY takes a file of this name.
pub(super) fn takes(instruction: &Instruction, name: &str) -> bool {
    match &instruction.args {
        Args::Copy { sources, .. } => sources
            .iter()
            .any(|source| source.text.rsplit('/').next() == Some(name)),
        _ => false,
    }
}

/// Whether a COPY takes nothing but files that only a compiler reads, each by its name, and none that the command names.
pub(super) fn only_compiled(instruction: &Instruction, command: &[String]) -> bool {
    const COMPILED: &[&str] = &[
        "c", "h", "cc", "cpp", "cxx", "hh", "hpp", "go", "rs", "java", "kt", "s", "S", "f90",
        "nim", "hs",
    ];
    let Args::Copy { sources, .. } = &instruction.args else {
        return false;
    };
    sources.iter().all(|source| {
        let name = source.text.rsplit('/').next().unwrap_or_default();
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        let named = command.iter().any(|word| word.ends_with(name));
        extension.is_some_and(|extension| COMPILED.contains(&extension)) && !named
    })
}

/// Whether a COPY takes nothing but lists of packages that no program reads when it runs.
pub(super) fn only_for_the_build(analysis: &Analysis, instruction: &Instruction) -> bool {
    let Args::Copy { sources, .. } = &instruction.args else {
        return false;
    };
    sources.iter().all(|source| {
        let found = analysis.expand(instruction, &source.text).ok();
        let text = found.as_ref().and_then(|found| found.value.known());
        text.is_some_and(|text| {
            let name = text.rsplit('/').next().unwrap_or_default();
            let list = matches!(
                name,
                "go.mod"
                    | "go.sum"
                    | "go.*"
                    | "pom.xml"
                    | "build.gradle"
                    | "settings.gradle"
                    | "Cargo.toml"
                    | "Cargo.lock"
                    | "Cargo.*"
            );
            list || name.starts_with("requirements") && name.ends_with(".txt")
        })
    })
}

fn collect(project: &Project, folder: &str, packed: bool, names: &mut Vec<String>) -> Option<()> {
    if !project.is_complete(folder) {
        return None;
    }
    for (path, kind) in project.below(folder) {
        if kind == crate::ContextKind::Directory {
            continue;
        }
        let inside = match folder {
            "" => path,
            folder => path
                .strip_prefix(folder)
                .unwrap_or(path)
                .trim_start_matches('/'),
        };
        let in_layout =
            |layout: &&str| inside.starts_with(*layout) || inside.contains(&format!("/{layout}"));
        if is_source(inside) || packed && ["src/main/", "src/test/"].iter().any(in_layout) {
            continue;
        }
        let first = inside.split('/').next().unwrap_or_default();
        if !names.iter().any(|name| name == first) {
            names.push(first.to_owned());
        }
    }
    Some(())
}

/// Whether a file is needed only to build: a source, a manifest, or what surrounds a project.
fn is_source(path: &str) -> bool {
    let mut folders = path.split('/');
    let name = folders.next_back().unwrap_or_default();
    let aside = [
        "test",
        "tests",
        "testdata",
        "doc",
        "docs",
        "vendor",
        "node_modules",
        ".git",
        ".github",
        ".circleci",
        ".vscode",
        ".idea",
        "examples",
        "ci",
        ".cargo",
        "target",
        "hack",
        "benches",
        "third_party",
    ];
    if folders.any(|folder| aside.contains(&folder)) {
        return true;
    }
    let bare = name
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    if name.starts_with('.') && name != ".env"
        || name.starts_with("Dockerfile")
        || name.ends_with("Dockerfile")
        || name.starts_with("docker-compose")
        || is_manifest(name)
    {
        return true;
    }
    if [
        "README",
        "LICENSE",
        "LICENCE",
        "COPYING",
        "CHANGELOG",
        "CONTRIBUTING",
        "AUTHORS",
        "NOTICE",
        "MAKEFILE",
        "VERSION",
        "TODO",
        "HISTORY",
        "CODEOWNERS",
        "PROCFILE",
        "CMAKELISTS",
        "CONFIGURE",
        "OWNERS",
        "VAGRANTFILE",
        "JENKINSFILE",
        "CHANGES",
        "NEWS",
        "MAINTAINERS",
    ]
    .contains(&bare.as_str())
    {
        return true;
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension,
        "go" | "mod"
            | "sum"
            | "rs"
            | "c"
            | "h"
            | "cc"
            | "cpp"
            | "cxx"
            | "hpp"
            | "hh"
            | "s"
            | "S"
            | "asm"
            | "in"
            | "am"
            | "ac"
            | "m4"
            | "cmake"
            | "mk"
            | "java"
            | "kt"
            | "scala"
            | "gradle"
            | "proto"
            | "md"
            | "rst"
            | "sh"
            | "bat"
            | "lock"
            | "o"
            | "y"
            | "l"
            | "patch"
            | "py~"
            | "adoc"
            | "pb"
            | "swagger"
            | "gitignore"
            | "dockerignore"
            | "editorconfig"
    )
}

/// Files that tell a build tool what to install or build.
pub(super) fn is_manifest(name: &str) -> bool {
    matches!(
        name,
        "package.json"
            | "package-lock.json"
            | "yarn.lock"
            | "pnpm-lock.yaml"
            | "npm-shrinkwrap.json"
            | "bower.json"
            | "requirements.txt"
            | "Pipfile"
            | "Pipfile.lock"
            | "pyproject.toml"
            | "poetry.lock"
            | "setup.py"
            | "setup.cfg"
            | "uv.lock"
            | "go.mod"
            | "go.sum"
            | "go.work"
            | "Gopkg.toml"
            | "Gopkg.lock"
            | "glide.yaml"
            | "glide.lock"
            | "Cargo.toml"
            | "Cargo.lock"
            | "rust-toolchain"
            | "rust-toolchain.toml"
            | "build.rs"
            | "pom.xml"
            | "build.gradle"
            | "settings.gradle"
            | "build.gradle.kts"
            | "gradle.properties"
            | "build.sbt"
            | "Gemfile"
            | "Gemfile.lock"
            | "composer.json"
            | "composer.lock"
            | "mix.exs"
            | "mix.lock"
            | "meson.build"
            | "SConstruct"
    ) || name.starts_with("requirements") && name.ends_with(".txt")
}

/// Packages of Python that are compiled with libraries of the system, and the libraries by their package in Debian.
const PYTHON: &[(&str, &str)] = &[("psycopg2", "libpq5")];

/// Packages of Python that need more of the system than a slim image has.
const PYTHON_HEAVY: &[&str] = &[
    "mysqlclient",
    "mysql-python",
    "pycurl",
    "python-ldap",
    "pygraphviz",
    "pyodbc",
    "uwsgi",
    "pycairo",
    "gdal",
    "pygobject",
    "dbus-python",
    "python-snappy",
    "pylibmc",
    "m2crypto",
    "gevent",
    "netifaces-plus",
    "rpy2",
    "cartopy",
    "fiona",
    "mod-wsgi",
    "pyaudio",
    "pysqlite",
    "pysqlite3",
    "matplotlib",
    "lxml",
    "pillow",
    "pil",
    "scipy",
    "numpy",
    "pandas",
    "opencv-python",
    "weasyprint",
    "cairosvg",
    "cffi",
    "cryptography",
    "xmlsec",
    "python3-saml",
    "pymssql",
    "cx-oracle",
    "pyzmq",
    "h5py",
    "tables",
    "shapely",
    "rtree",
    "python-magic",
];

/// The libraries that packages of Python need beside a slim image, from the names in a requirements file or an install.
pub(super) fn python_libraries<'t>(
    names: impl Iterator<Item = &'t str>,
    wheels: bool,
) -> Result<Vec<&'static str>, String> {
    // Those that have brought their libraries in wheels for years.
    const WHEELS: &[&str] = &[
        "gevent",
        "matplotlib",
        "lxml",
        "pillow",
        "scipy",
        "numpy",
        "pandas",
        "cffi",
        "cryptography",
        "pyzmq",
        "h5py",
        "tables",
        "shapely",
        "pymssql",
    ];
    let mut libraries = Vec::new();
    for name in names {
        let name = name.to_ascii_lowercase().replace('_', "-");
        if let Some((_, library)) = PYTHON.iter().find(|(package, _)| *package == name) {
            if !libraries.contains(library) {
                libraries.push(*library);
            }
        } else if PYTHON_HEAVY.contains(&name.as_str())
            && !(wheels && WHEELS.contains(&name.as_str()))
        {
            return Err(name);
        }
    }
    Ok(libraries)
}

/// The name in a line of a requirements file, or in a word of an install; `None` for options, addresses and comments.
pub(super) fn requirement(text: &str) -> Option<&str> {
    let text = text.trim().trim_matches(['"', '\'']);
    if text.is_empty() || text.starts_with(['#', '-', '.', '/']) || text.contains("://") {
        return None;
    }
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(text.len());
    text.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources() {
        for path in [
            "main.go",
            "cmd/a/main.go",
            "go.mod",
            "Makefile",
            "docs/a.png",
            ".github/x.yml",
            "README.md",
            "src/lib.rs",
            "CMakeLists.txt",
            "vendor/a/b.html",
        ] {
            assert!(is_source(path), "{path}");
        }
        for path in [
            "templates/a.html",
            "config.yaml",
            "static/app.css",
            ".env",
            "migrations/1.sql",
            "data.json",
        ] {
            assert!(!is_source(path), "{path}");
        }
    }

    #[test]
    fn requirements() {
        assert_eq!(requirement("Flask==1.0"), Some("Flask"));
        assert_eq!(requirement("uvicorn[standard]>=0.2"), Some("uvicorn"));
        assert_eq!(requirement("-r other.txt"), None);
        assert_eq!(
            python_libraries(["flask", "psycopg2"].into_iter(), true),
            Ok(vec!["libpq5"])
        );
        assert_eq!(
            python_libraries(["uWSGI"].into_iter(), true),
            Err("uwsgi".to_owned())
        );
    }
}
