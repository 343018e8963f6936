//! Which commands install dependencies, and which files of a project these commands read: manifests, lock files, and the
//! configuration of the package manager.
//!
//! The names come from the manuals of the package managers; a command that is missing here counts as no installation, a file
//! that is missing as one that does not matter to it.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use crate::commands::Invocation;

/// A package manager's world.
#[derive(Debug, PartialEq, Eq)]
pub struct Ecosystem {
    /// What it is called in messages.
    pub name: &'static str,
    /// What installs dependencies.
    installs: &'static [Install],
    /// The names of the files that such a command reads, with `*` for any text.
    files: &'static [&'static str],
    /// The folders whose files it reads, wherever they are.
    folders: &'static [&'static str],
}

/// Commands of a program that install.
#[derive(Debug, PartialEq, Eq)]
struct Install {
    programs: &'static str,
    /// Sub-commands, separated by `|`; without any, the program itself installs.
    subs: &'static str,
    /// Words that make something else of it.
    not_with: &'static [&'static str],
}

/// An installation of dependencies that a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Installation {
    /// Whose.
    pub ecosystem: &'static Ecosystem,
    /// Whether it reads files of the project at all: `npm install --global x` or `pip install x` don't.
    pub reads_project: bool,
}

const fn install(programs: &'static str, subs: &'static str) -> Install {
    Install {
        programs,
        subs,
        not_with: &[],
    }
}

const fn unless(
    programs: &'static str,
    subs: &'static str,
    not_with: &'static [&'static str],
) -> Install {
    Install {
        programs,
        subs,
        not_with,
    }
}

/// What Node.js package managers read beside their own files.
const NODE_FOLDERS: &[&str] = &["patches", ".yarn", ".pnpm-patches"];

static ECOSYSTEMS: &[Ecosystem] = &[
    Ecosystem {
        name: "npm",
        installs: &[install("npm", "install|ci|install-test|update|link")],
        files: &[
            "package.json",
            "package-lock.json",
            "npm-shrinkwrap.json",
            ".npmrc",
        ],
        folders: NODE_FOLDERS,
    },
    Ecosystem {
        name: "yarn",
        installs: &[install(
            "yarn",
            "|install|add|global|global add|upgrade|workspaces focus",
        )],
        files: &[
            "package.json",
            "yarn.lock",
            ".yarnrc",
            ".yarnrc.yml",
            ".npmrc",
            ".pnp.*",
        ],
        folders: NODE_FOLDERS,
    },
    Ecosystem {
        name: "pnpm",
        installs: &[install("pnpm", "install|add|fetch|update")],
        files: &[
            "package.json",
            "pnpm-lock.yaml",
            "pnpm-workspace.yaml",
            ".pnpmfile.cjs",
            ".npmrc",
        ],
        folders: NODE_FOLDERS,
    },
    Ecosystem {
        name: "bun",
        installs: &[install("bun", "install|add|ci")],
        files: &[
            "package.json",
            "bun.lock",
            "bun.lockb",
            "bunfig.toml",
            ".npmrc",
        ],
        folders: NODE_FOLDERS,
    },
    Ecosystem {
        name: "pip",
        installs: &[install("pip pipx", "install|download|wheel|inject")],
        files: PYTHON,
        folders: &["requirements"],
    },
    Ecosystem {
        name: "uv",
        installs: &[install(
            "uv",
            "sync|add|pip install|pip sync|tool install|export",
        )],
        files: PYTHON,
        folders: &["requirements"],
    },
    Ecosystem {
        name: "poetry",
        installs: &[install("poetry", "install|sync|add|update|export")],
        files: PYTHON,
        folders: &[],
    },
    Ecosystem {
        name: "pipenv",
        installs: &[install("pipenv", "install|sync|update")],
        files: &["Pipfile", "Pipfile.lock"],
        folders: &[],
    },
    Ecosystem {
        name: "conda",
        installs: &[install(
            "conda mamba micromamba",
            "install|create|update|env create|env update",
        )],
        files: &[
            "environment*.yml",
            "environment*.yaml",
            "conda-lock.yml",
            "requirements*.txt",
        ],
        folders: &[],
    },
    Ecosystem {
        name: "Go modules",
        installs: &[install("go", "mod download|get|mod vendor")],
        files: &["go.mod", "go.sum", "go.work", "go.work.sum"],
        folders: &[],
    },
    Ecosystem {
        name: "cargo",
        installs: &[install("cargo", "fetch|chef cook|vendor")],
        files: &[
            "Cargo.toml",
            "Cargo.lock",
            "rust-toolchain",
            "rust-toolchain.toml",
            "recipe.json",
        ],
        folders: &[".cargo"],
    },
    Ecosystem {
        name: "Maven",
        installs: &[install(
            "mvn",
            "dependency:go-offline|dependency:resolve|dependency:resolve-plugins|dependency:copy-dependencies|verify --fail-never",
        )],
        files: &["pom.xml", "settings.xml"],
        folders: &[".mvn"],
    },
    Ecosystem {
        name: "Gradle",
        installs: &[install(
            "gradle",
            "dependencies|downloadDependencies|resolveDependencies|wrapper",
        )],
        files: &[
            "*.gradle",
            "*.gradle.kts",
            "gradle.properties",
            "libs.versions.toml",
            "gradle.lockfile",
            "gradlew",
        ],
        folders: &["gradle", "buildSrc"],
    },
    Ecosystem {
        name: "Bundler",
        installs: &[install("bundle", "install|update|package")],
        files: &[
            "Gemfile",
            "Gemfile.lock",
            "gems.rb",
            "gems.locked",
            "*.gemspec",
            ".ruby-version",
            ".tool-versions",
        ],
        folders: &[".bundle"],
    },
    Ecosystem {
        name: "Composer",
        installs: &[install("composer", "install|update|require")],
        files: &[
            "composer.json",
            "composer.lock",
            "auth.json",
            "symfony.lock",
        ],
        folders: &[],
    },
    Ecosystem {
        name: "NuGet",
        installs: &[install("dotnet", "restore|tool restore")],
        files: &[
            "*.csproj",
            "*.fsproj",
            "*.vbproj",
            "*.sln",
            "*.slnx",
            "*.slnf",
            "*.props",
            "*.targets",
            "nuget.config",
            "NuGet.config",
            "NuGet.Config",
            "packages.lock.json",
            "global.json",
            "dotnet-tools.json",
        ],
        folders: &[],
    },
    Ecosystem {
        name: "mix",
        installs: &[install(
            "mix",
            "deps.get|deps.compile|local.hex|local.rebar",
        )],
        files: &["mix.exs", "mix.lock"],
        folders: &["config"],
    },
    Ecosystem {
        name: "pub",
        installs: &[install("dart flutter", "pub get|pub upgrade")],
        files: &["pubspec.yaml", "pubspec.lock", "pubspec_overrides.yaml"],
        folders: &[],
    },
    Ecosystem {
        name: "SwiftPM",
        installs: &[install("swift", "package resolve|package update")],
        files: &["Package.swift", "Package.resolved", "Package@*.swift"],
        folders: &[],
    },
    Ecosystem {
        name: "RubyGems",
        installs: &[install("gem", "install|update")],
        files: &[],
        folders: &[],
    },
    Ecosystem {
        name: "the system's packages",
        installs: &[
            unless(
                "apt-get apt aptitude",
                "install|reinstall|upgrade|dist-upgrade|build-dep",
                &["--download-only"],
            ),
            install("apk", "add|upgrade"),
            install(
                "dnf yum microdnf tdnf zypper",
                "install|reinstall|update|upgrade|groupinstall|group install|builddep|localinstall",
            ),
            install("pacman", "-S*"),
            install("docker-php-ext-install install-php-extensions", ""),
            install("pecl pear", "install"),
            install("cpan cpanm cpm", ""),
        ],
        files: &["cpanfile", "cpanfile.snapshot"],
        folders: &[],
    },
];

/// What Python's installers read.
const PYTHON: &[&str] = &[
    "*requirements*.txt",
    "*requirements*.in",
    "*constraints*.txt",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "poetry.lock",
    "poetry.toml",
    "uv.lock",
    "uv.toml",
    "pylock*.toml",
    "Pipfile",
    "Pipfile.lock",
    "pip.conf",
    ".python-version",
    "MANIFEST.in",
];

impl Installation {
    /// What a command installs, if it is an installation of dependencies. What installs the project itself as well
    /// (`pip install .`, `mvn package`, `go build`) is none: it reads the sources.
    pub fn of(command: &Invocation<'_>) -> Option<Self> {
        if !ALL.programs.contains(command.name()) {
            return None;
        }
        let found = ECOSYSTEMS
            .iter()
            .find(|ecosystem| ecosystem.installs.iter().any(|it| it.is(command)))?;
        let operands = command.operands();
        let is_path = |text: &str| {
            matches!(text, "." | "..")
                || text.starts_with("./")
                || text.starts_with("../")
                || text.starts_with(".[")
                || text.starts_with('/')
        };
        let installs_itself = matches!(found.name, "pip" | "uv")
            && (operands
                .iter()
                .any(|it| it.value.as_deref().is_some_and(is_path))
                || command.has_flag("-e"));
        if installs_itself {
            return None;
        }
        let lone = match found.name {
            "npm" => command.has_flag("-g"),
            "yarn" => command.sub_any(&["global", "global add"]),
            "pnpm" | "bun" => command.has_any_flag(&["-g", "--global"]),
            "pip" => !command.has_any_flag(&["-r", "-c"]),
            "uv" => {
                command.sub("tool install")
                    || command.sub("pip install") && !command.has_any_flag(&["-r", "-c"])
            }
            "cargo" | "Go modules" => false,
            "the system's packages" => !command.is_any(&["cpan", "cpanm", "cpm"]),
            _ => found.files.is_empty(),
        };
        Some(Self {
            ecosystem: found,
            reads_project: !lone,
        })
    }
}

impl Ecosystem {
    /// Whether a command that installs reads this file, by its path relative to the build context.
    pub fn reads(&self, path: &str) -> bool {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.files.iter().any(|pattern| fits(pattern, name))
            || folder
                .split('/')
                .any(|element| self.folders.contains(&element))
    }
}

/// Whether a path is a manifest, a lock file or the configuration of any package manager.
pub fn is_manifest(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let elements = || folder.split('/').filter(|element| !element.is_empty());
    ALL.files.contains(name)
        || ALL.patterns.iter().any(|pattern| pattern.fits(name))
        || elements().any(|element| ALL.folders.contains(element))
}

/// What all package managers read and are called, for the question whether any does.
static ALL: LazyLock<All> = LazyLock::new(|| {
    let files = || ECOSYSTEMS.iter().flat_map(|it| it.files).copied();
    let mut patterns: Vec<&str> = files().filter(|file| file.contains('*')).collect();
    patterns.sort_unstable();
    patterns.dedup();
    All {
        files: files().filter(|file| !file.contains('*')).collect(),
        patterns: patterns.into_iter().map(Pattern::of).collect(),
        folders: ECOSYSTEMS
            .iter()
            .flat_map(|it| it.folders)
            .copied()
            .collect(),
        programs: ECOSYSTEMS
            .iter()
            .flat_map(|it| it.installs)
            .flat_map(|install| install.programs.split(' '))
            .collect(),
    }
});

/// See [`ALL`].
struct All {
    files: FxHashSet<&'static str>,
    patterns: Vec<Pattern<'static>>,
    folders: FxHashSet<&'static str>,
    programs: FxHashSet<&'static str>,
}

impl Install {
    fn is(&self, command: &Invocation<'_>) -> bool {
        let named = self.programs.split(' ').any(|name| command.is(name));
        if !named || command.has_any_flag(self.not_with) {
            return false;
        }
        self.subs.split('|').any(|sub| match sub {
            "" => command.subcommand().is_none(),
            _ if command.sub(sub) => true,
            // The tables don't hold every program, and goals of Maven are no sub-commands there.
            _ => follows(command, sub),
        })
    }
}

/// Whether the words of a sub-command stand one after the other behind the program.
fn follows(command: &Invocation<'_>, sub: &str) -> bool {
    let wanted: Vec<&str> = sub.split(' ').collect();
    let words = command.command().words.get(command.program_word() + 1..);
    let words: Vec<&str> = words
        .unwrap_or_default()
        .iter()
        .map(|word| word.value.as_deref().unwrap_or_default())
        .collect();
    if command.subcommand().is_some() && wanted.len() == 1 {
        return false;
    }
    words
        .windows(wanted.len())
        .any(|part| part.iter().zip(&wanted).all(|(word, it)| fits(it, word)))
}

/// Whether a name is matched by a pattern with at most two stars.
fn fits(pattern: &str, name: &str) -> bool {
    Pattern::of(pattern).fits(name)
}

/// A name with up to two `*`, cut at them.
struct Pattern<'p> {
    start: &'p str,
    /// What stands between the first `*` and the second one, if there are two, and behind the last; `None` without any.
    rest: Option<(Option<&'p str>, &'p str)>,
}

impl<'p> Pattern<'p> {
    fn of(pattern: &'p str) -> Self {
        let Some((start, rest)) = pattern.split_once('*') else {
            return Self {
                start: pattern,
                rest: None,
            };
        };
        let rest = match rest.split_once('*') {
            None => (None, rest),
            Some((middle, end)) => (Some(middle), end),
        };
        Self {
            start,
            rest: Some(rest),
        }
    }

    fn fits(&self, name: &str) -> bool {
        let Some(tail) = name.strip_prefix(self.start) else {
            return false;
        };
        match self.rest {
            None => tail.is_empty(),
            Some((None, end)) => tail.ends_with(end),
            Some((Some(middle), end)) => tail
                .find(middle)
                .and_then(|at| tail.get(at + middle.len()..))
                .is_some_and(|tail| tail.ends_with(end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::fixture::command;

    fn describe(text: &str) -> String {
        let command = command(text);
        let Some(invocation) = Invocation::of(&command) else {
            return "no command".to_owned();
        };
        match Installation::of(&invocation) {
            Some(found) if found.reads_project => format!("{}, project", found.ecosystem.name),
            Some(found) => found.ecosystem.name.to_owned(),
            None => "none".to_owned(),
        }
    }

    #[test]
    fn what_installs() {
        for (text, expected) in [
            ("npm ci --omit=dev", "npm, project"),
            ("npm i", "npm, project"),
            ("npm install -g pnpm", "npm"),
            ("npm run build", "none"),
            ("npm run install", "none"),
            ("yarn", "yarn, project"),
            ("yarn --frozen-lockfile", "yarn, project"),
            ("yarn add prisma", "yarn, project"),
            ("yarn global add x", "yarn"),
            ("yarn build", "none"),
            ("pnpm install --frozen-lockfile", "pnpm, project"),
            ("pnpm i", "pnpm, project"),
            ("pnpm --allow-build='x' add npm-run-all", "pnpm, project"),
            ("pnpm run build", "none"),
            ("bun install", "bun, project"),
            ("pip install -r requirements.txt", "pip, project"),
            ("python -m pip install flask", "pip"),
            ("pip install .", "none"),
            ("pip install -e .", "none"),
            ("uv sync --frozen", "uv, project"),
            ("uv pip install -r r.txt", "uv, project"),
            ("poetry install --no-root", "poetry, project"),
            ("go mod download", "Go modules, project"),
            ("go build ./...", "none"),
            ("cargo fetch", "cargo, project"),
            ("cargo build --release", "none"),
            ("mvn -B dependency:go-offline", "Maven, project"),
            ("mvn package", "none"),
            ("./gradlew dependencies", "Gradle, project"),
            ("gradle build", "none"),
            ("bundle install", "Bundler, project"),
            ("bundle exec rake", "none"),
            ("composer install --no-dev", "Composer, project"),
            ("dotnet restore", "NuGet, project"),
            ("dotnet publish", "none"),
            ("mix deps.get --only prod", "mix, project"),
            ("mix compile", "none"),
            ("dart pub get", "pub, project"),
            ("swift package resolve", "SwiftPM, project"),
            ("swift build", "none"),
            ("gem install bundler", "RubyGems"),
            ("apt-get install -y curl", "the system's packages"),
            ("apt-get update", "none"),
            ("apk --no-cache add git", "the system's packages"),
            ("apk add --no-cache curl", "the system's packages"),
            ("pacman -Syu --noconfirm git", "the system's packages"),
            ("docker-php-ext-install pdo", "the system's packages"),
            ("echo npm install", "none"),
        ] {
            assert_eq!(describe(text), expected, "{text}");
        }
    }

    #[test]
    fn what_they_read() {
        let find = |name| ECOSYSTEMS.iter().find(|it| it.name == name).unwrap();
        for (name, path, expected) in [
            ("npm", "package.json", true),
            ("npm", "packages/a/package.json", true),
            ("npm", "patches/x+1.0.0.patch", true),
            ("npm", "yarn.lock", false),
            ("npm", "src/index.js", false),
            ("pip", "requirements-dev.txt", true),
            ("pip", "requirements/base.txt", true),
            ("pip", "dev-requirements.txt", true),
            ("pip", "app.py", false),
            ("NuGet", "src/A/A.csproj", true),
            ("NuGet", "Directory.Packages.props", true),
            ("NuGet", "Program.cs", false),
            ("Go modules", "go.sum", true),
            ("Go modules", "main.go", false),
            ("Gradle", "gradle/wrapper/gradle-wrapper.jar", true),
            ("the system's packages", "package.json", false),
        ] {
            assert_eq!(find(name).reads(path), expected, "{name}: {path}");
        }
        assert!(is_manifest("a/Cargo.lock") && !is_manifest("src/main.rs"));
    }
}
