//! Package managers by what may stand in the way: what is copied above the install, and what each trap of a project does to it.
//!
//! The rule is never safe, so an answer is an (unsafe) fix, a refusal that names the trap, or silence.

use super::{check, refused, says, silent};

/// What a project may have that an install reads beside its manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trap {
    /// The builder sees no manifest: there is none, or the ignore file hides it.
    NoManifest,
    /// There is no lock file.
    NoLock,
    /// The lock file may be written anew, and the later copy brings the old one back.
    LockRewritten,
    /// Members of a workspace, modules, several projects.
    Members,
    /// A dependency is a folder of the project.
    LocalPackage,
    /// The install runs something of the project, or installs the project itself.
    RunsProject,
    /// The manifest names other files.
    NamedFiles,
    /// Settings of the package manager beside the manifest.
    Settings,
    /// The command works elsewhere, or with other files.
    Elsewhere,
}

use Trap::*;

const TRAPS: &[Trap] = &[
    NoManifest,
    NoLock,
    LockRewritten,
    Members,
    LocalPackage,
    RunsProject,
    NamedFiles,
    Settings,
    Elsewhere,
];

/// What comes of it.
enum Then {
    /// A fix with these copies above the install.
    Copies(&'static str),
    /// A fix whose finding says this.
    Tells(&'static str),
    /// No fix, for this reason.
    Refuses(&'static str),
    /// No finding.
    Silent,
}

use Then::*;

type Files = &'static [(&'static str, &'static str)];

/// A trap: the files that are different, the command if it is another one, and what comes of it.
type Row = (Trap, Files, &'static str, Then);

struct Ecosystem {
    files: Files,
    run: &'static str,
    /// The copies above the install.
    copies: &'static str,
    /// The lines that the ignore file gets.
    ignored: &'static [&'static str],
    /// The command that is put before `run`, where that one builds.
    first: Option<&'static str>,
    rows: &'static [Row],
    /// Traps that this package manager does not have.
    without: &'static [Trap],
}

/// The file is not there.
const GONE: &str = "\0";
/// The usual command.
const SAME: &str = "";

const TABLE: &[(&str, Ecosystem)] = &[
    (
        "npm",
        Ecosystem {
            files: &[("package.json", "{}"), ("package-lock.json", "")],
            run: "npm ci",
            copies: "COPY package.json package-lock.json ./",
            ignored: &["node_modules"],
            first: None,
            rows: &[
                (NoManifest, &[("package.json", GONE)], SAME, Silent),
                (NoLock, &[("package-lock.json", GONE)], SAME, Silent),
                (
                    NoLock,
                    &[("package-lock.json", GONE)],
                    "npm install",
                    Copies("COPY package.json ."),
                ),
                (
                    LockRewritten,
                    &[],
                    "npm install",
                    Tells("may write `package-lock.json` anew"),
                ),
                (
                    Members,
                    &[
                        ("package.json", r#"{"workspaces": ["packages/*", "tools"]}"#),
                        ("packages/a/package.json", "{}"),
                        ("packages/c/x.js", ""),
                        ("tools/package.json", "{}"),
                    ],
                    SAME,
                    Tells("`packages/a/package.json`, `tools/package.json`"),
                ),
                (
                    Members,
                    &[("package.json", r#"{"workspaces": ["packages/**"]}"#)],
                    SAME,
                    Refuses("the members that `packages/**` names are not known"),
                ),
                (
                    Members,
                    &[
                        ("package.json", r#"{"workspaces": ["big/*"]}"#),
                        ("big/", ""),
                    ],
                    SAME,
                    Refuses("too much"),
                ),
                (
                    LocalPackage,
                    &[("package.json", r#"{"dependencies": {"a": "file:../a"}}"#)],
                    SAME,
                    Refuses("takes `a` from `file:../a`"),
                ),
                (
                    LocalPackage,
                    &[("package.json", r#"{"devDependencies": {"a": "link:./a"}}"#)],
                    SAME,
                    Refuses("which are sources"),
                ),
                (
                    RunsProject,
                    &[(
                        "package.json",
                        r#"{"scripts": {"postinstall": "node build.js"}}"#,
                    )],
                    SAME,
                    Refuses("runs `node build.js` as its `postinstall` script"),
                ),
                (
                    RunsProject,
                    &[(
                        "package.json",
                        r#"{"scripts": {"prepare": "husky && tsc"}}"#,
                    )],
                    SAME,
                    Refuses("`prepare`"),
                ),
                (
                    RunsProject,
                    &[(
                        "package.json",
                        r#"{"scripts": {"prepare": "husky install", "build": "tsc"}}"#,
                    )],
                    SAME,
                    Copies("COPY package.json package-lock.json ./"),
                ),
                (
                    RunsProject,
                    &[(
                        "package.json",
                        r#"{"scripts": {"postinstall": "node build.js"}}"#,
                    )],
                    "npm ci --ignore-scripts",
                    Copies("COPY package.json package-lock.json ./"),
                ),
                (
                    RunsProject,
                    &[("package.json", "{")],
                    SAME,
                    Tells("nobody knows what it runs on install"),
                ),
                (
                    RunsProject,
                    &[("package.json", "[]")],
                    SAME,
                    Tells("nobody knows what it runs on install"),
                ),
                (
                    NamedFiles,
                    &[
                        (
                            "package.json",
                            r#"{"scripts": {"postinstall": "patch-package"}}"#,
                        ),
                        ("patches/a.patch", ""),
                    ],
                    SAME,
                    Copies("COPY package.json package-lock.json ./\nCOPY patches patches/"),
                ),
                (
                    NamedFiles,
                    &[
                        (
                            "package.json",
                            r#"{"scripts": {"postinstall": "npx prisma generate"}}"#,
                        ),
                        ("prisma/schema.prisma", ""),
                    ],
                    SAME,
                    Copies(
                        "COPY package.json package-lock.json ./\nCOPY prisma/schema.prisma prisma/",
                    ),
                ),
                (
                    NamedFiles,
                    &[
                        (
                            "package.json",
                            r#"{"dependencies": {"@prisma/client": "5"}}"#,
                        ),
                        ("prisma/schema.prisma", ""),
                    ],
                    SAME,
                    Copies(
                        "COPY package.json package-lock.json ./\nCOPY prisma/schema.prisma prisma/",
                    ),
                ),
                (
                    NamedFiles,
                    &[
                        ("package.json", r#"{"dependencies": {"a": "file:lib.tgz"}}"#),
                        ("lib.tgz", ""),
                    ],
                    SAME,
                    Copies("COPY package.json lib.tgz package-lock.json ./"),
                ),
                (
                    Settings,
                    &[(".npmrc", "")],
                    SAME,
                    Copies("COPY package.json package-lock.json .npmrc ./"),
                ),
                (
                    Elsewhere,
                    &[],
                    "npm ci --prefix web",
                    Refuses("another directory"),
                ),
            ],
            without: &[],
        },
    ),
    (
        "yarn classic",
        Ecosystem {
            files: &[("package.json", "{}"), ("yarn.lock", "")],
            run: "yarn --frozen-lockfile",
            copies: "COPY package.json yarn.lock ./",
            ignored: &["node_modules"],
            first: None,
            rows: &[
                (NoManifest, &[("package.json", GONE)], SAME, Silent),
                (
                    NoLock,
                    &[("yarn.lock", GONE)],
                    "yarn install",
                    Copies("COPY package.json ."),
                ),
                (
                    LockRewritten,
                    &[],
                    "yarn install",
                    Tells("may write `yarn.lock` anew"),
                ),
                (
                    Members,
                    &[
                        ("package.json", r#"{"workspaces": {"packages": ["a"]}}"#),
                        ("a/package.json", "{}"),
                    ],
                    SAME,
                    Tells("`a/package.json`"),
                ),
                (
                    LocalPackage,
                    &[("package.json", r#"{"resolutions": {"a": "./a"}}"#)],
                    SAME,
                    Refuses("takes `a` from `./a`"),
                ),
                (
                    RunsProject,
                    &[("package.json", r#"{"scripts": {"preinstall": "./check"}}"#)],
                    SAME,
                    Refuses("`preinstall`"),
                ),
                (
                    NamedFiles,
                    &[
                        (
                            "package.json",
                            r#"{"scripts": {"postinstall": "yarn patch-package"}}"#,
                        ),
                        ("patches/a.patch", ""),
                    ],
                    SAME,
                    Copies("COPY package.json yarn.lock ./\nCOPY patches patches/"),
                ),
                (
                    Settings,
                    &[
                        (".yarnrc", "yarn-path \".yarn/releases/y.js\"\n"),
                        (".npmrc", ""),
                        (".yarn/releases/y.js", ""),
                    ],
                    SAME,
                    Copies(
                        "COPY package.json yarn.lock .npmrc .yarnrc ./\nCOPY .yarn/releases .yarn/releases/",
                    ),
                ),
                (
                    Elsewhere,
                    &[],
                    "yarn --cwd web",
                    Refuses("another directory"),
                ),
            ],
            without: &[],
        },
    ),
    (
        "yarn berry",
        Ecosystem {
            files: &[
                ("package.json", r#"{"packageManager": "yarn@4.1.0"}"#),
                ("yarn.lock", ""),
                (".yarnrc.yml", "nodeLinker: node-modules\n"),
            ],
            run: "yarn install --immutable",
            copies: "COPY package.json yarn.lock .yarnrc.yml ./",
            ignored: &["node_modules"],
            first: None,
            rows: &[
                (NoManifest, &[("package.json", GONE)], SAME, Silent),
                (
                    LockRewritten,
                    &[],
                    "yarn install",
                    Tells("may write `yarn.lock` anew"),
                ),
                (
                    Members,
                    &[
                        ("package.json", r#"{"workspaces": ["a"]}"#),
                        ("a/package.json", "{}"),
                    ],
                    SAME,
                    Tells("`a/package.json`"),
                ),
                (
                    LocalPackage,
                    &[("package.json", r#"{"dependencies": {"a": "portal:./a"}}"#)],
                    SAME,
                    Refuses("`portal:./a`"),
                ),
                (
                    RunsProject,
                    &[("package.json", r#"{"scripts": {"postinstall": "tsc"}}"#)],
                    SAME,
                    Refuses("`postinstall`"),
                ),
                (
                    NamedFiles,
                    &[
                        (
                            "package.json",
                            r#"{"resolutions": {"a": "patch:a@npm%3A1.0.0#~/.yarn/patches/a.patch"}}"#,
                        ),
                        (".yarn/patches/a.patch", ""),
                    ],
                    SAME,
                    Tells("`.yarn/patches/a.patch`"),
                ),
                (
                    Settings,
                    &[(".yarn/releases/yarn.cjs", ""), (".yarn/plugins/p.cjs", "")],
                    SAME,
                    Copies(
                        "COPY package.json yarn.lock .yarnrc.yml ./\nCOPY .yarn/releases .yarn/releases/\nCOPY .yarn/plugins .yarn/plugins/",
                    ),
                ),
                (
                    Settings,
                    &[(".yarnrc.yml", ""), (".yarn/cache/a.zip", "")],
                    SAME,
                    Tells("the later COPY brings them as they are there"),
                ),
                (
                    Elsewhere,
                    &[],
                    "yarn --cwd web install",
                    Refuses("another directory"),
                ),
            ],
            // Without one the install fails already when it is told to change nothing.
            without: &[NoLock],
        },
    ),
    (
        "pnpm",
        Ecosystem {
            files: &[("package.json", "{}"), ("pnpm-lock.yaml", "")],
            run: "pnpm install --frozen-lockfile",
            copies: "COPY package.json pnpm-lock.yaml ./",
            ignored: &["node_modules"],
            first: None,
            rows: &[
                (NoManifest, &[("package.json", GONE)], SAME, Silent),
                (
                    NoManifest,
                    &[("pnpm-lock.yaml", GONE)],
                    "pnpm fetch",
                    Silent,
                ),
                (
                    NoLock,
                    &[("pnpm-lock.yaml", GONE)],
                    "pnpm install",
                    Copies("COPY package.json ."),
                ),
                (
                    LockRewritten,
                    &[],
                    "pnpm install --no-frozen-lockfile",
                    Tells("may write `pnpm-lock.yaml` anew"),
                ),
                (
                    Members,
                    &[
                        ("pnpm-workspace.yaml", "packages:\n  # all\n  - 'apps/*'\n"),
                        ("apps/web/package.json", "{}"),
                    ],
                    SAME,
                    Tells("`apps/web/package.json`"),
                ),
                (
                    LocalPackage,
                    &[("package.json", r#"{"dependencies": {"a": "link:../a"}}"#)],
                    SAME,
                    Refuses("`link:../a`"),
                ),
                (
                    RunsProject,
                    &[("package.json", r#"{"scripts": {"prepare": "tsc"}}"#)],
                    SAME,
                    Refuses("`prepare`"),
                ),
                (
                    NamedFiles,
                    &[
                        (
                            "pnpm-workspace.yaml",
                            "patchedDependencies:\n  is-odd@1.0.0: patches/is-odd.patch\n",
                        ),
                        ("patches/is-odd.patch", ""),
                    ],
                    SAME,
                    Copies(
                        "COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./\nCOPY patches/is-odd.patch patches/",
                    ),
                ),
                (
                    NamedFiles,
                    &[
                        (
                            "package.json",
                            r#"{"pnpm": {"patchedDependencies": {"a@1": "patches/a.patch"}}}"#,
                        ),
                        ("patches/a.patch", ""),
                    ],
                    SAME,
                    Copies("COPY package.json pnpm-lock.yaml ./\nCOPY patches/a.patch patches/"),
                ),
                (
                    Settings,
                    &[(".npmrc", ""), (".pnpmfile.cjs", "")],
                    SAME,
                    Copies("COPY package.json pnpm-lock.yaml .npmrc .pnpmfile.cjs ./"),
                ),
                (
                    Elsewhere,
                    &[],
                    "pnpm -C web install",
                    Refuses("another directory"),
                ),
            ],
            without: &[],
        },
    ),
    (
        "bun",
        Ecosystem {
            files: &[("package.json", "{}"), ("bun.lock", "")],
            run: "bun install --frozen-lockfile",
            copies: "COPY package.json bun.lock ./",
            ignored: &["node_modules"],
            first: None,
            rows: &[
                (NoManifest, &[("package.json", GONE)], SAME, Silent),
                (
                    NoLock,
                    &[("bun.lock", GONE), ("bun.lockb", "")],
                    SAME,
                    Copies("COPY package.json bun.lockb ./"),
                ),
                (
                    LockRewritten,
                    &[],
                    "bun install",
                    Tells("may write `bun.lock` anew"),
                ),
                (
                    Members,
                    &[
                        ("package.json", r#"{"workspaces": ["a"]}"#),
                        ("a/package.json", r#"{"bin": "x.js"}"#),
                    ],
                    SAME,
                    Tells("has a `bin`"),
                ),
                (
                    LocalPackage,
                    &[("package.json", r#"{"dependencies": {"a": "file:./a"}}"#)],
                    SAME,
                    Refuses("`file:./a`"),
                ),
                (
                    RunsProject,
                    &[("package.json", r#"{"scripts": {"install": "make"}}"#)],
                    SAME,
                    Refuses("`install`"),
                ),
                (
                    NamedFiles,
                    &[
                        (
                            "package.json",
                            r#"{"patchedDependencies": {"a@1": "patches/a.patch"}}"#,
                        ),
                        ("patches/a.patch", ""),
                    ],
                    SAME,
                    Copies("COPY package.json bun.lock ./\nCOPY patches/a.patch patches/"),
                ),
                (
                    Settings,
                    &[("bunfig.toml", ""), (".npmrc", "")],
                    SAME,
                    Copies("COPY package.json bun.lock bunfig.toml .npmrc ./"),
                ),
                (
                    Elsewhere,
                    &[],
                    "bun install --cwd web",
                    Refuses("another directory"),
                ),
            ],
            without: &[],
        },
    ),
    (
        "pip",
        Ecosystem {
            files: &[("requirements.txt", "flask==3\n")],
            run: "pip install -r requirements.txt",
            copies: "COPY requirements.txt .",
            ignored: &[],
            first: None,
            rows: &[
                (NoManifest, &[("requirements.txt", GONE)], SAME, Silent),
                (
                    LocalPackage,
                    &[("requirements.txt", "./x.whl\n")],
                    SAME,
                    Refuses("which are sources"),
                ),
                (
                    LocalPackage,
                    &[("requirements.txt", "a @ file:///srv/a\n")],
                    SAME,
                    Refuses("which are sources"),
                ),
                (
                    LocalPackage,
                    &[("requirements.txt", "--find-links wheels\n")],
                    SAME,
                    Refuses("from the folder `wheels`"),
                ),
                (
                    RunsProject,
                    &[("requirements.txt", "-e .\n")],
                    SAME,
                    Refuses("which are sources"),
                ),
                (RunsProject, &[], "pip install .", Silent),
                (
                    RunsProject,
                    &[],
                    "pip install -e . -r requirements.txt",
                    Silent,
                ),
                (
                    NamedFiles,
                    &[
                        (
                            "requirements.txt",
                            "-r base.txt\n-c constraints.txt\nflask==3\n",
                        ),
                        ("base.txt", ""),
                        ("constraints.txt", ""),
                    ],
                    SAME,
                    Copies("COPY requirements.txt base.txt constraints.txt ./"),
                ),
                (
                    NamedFiles,
                    &[(
                        "requirements.txt",
                        "-e git+https://example.org/x#egg=x\n-r https://example.org/r.txt\n",
                    )],
                    SAME,
                    Copies("COPY requirements.txt ."),
                ),
                (
                    NamedFiles,
                    &[("requirements.txt", "-r ../base.txt\n")],
                    SAME,
                    Refuses("which is not copied"),
                ),
                (
                    Elsewhere,
                    &[],
                    "pip install -r ../x.txt",
                    Refuses("not among the files"),
                ),
                (
                    Elsewhere,
                    &[("wheels/a.whl", "")],
                    "pip install --no-index -f wheels -r requirements.txt",
                    Copies("COPY requirements.txt .\nCOPY wheels wheels/"),
                ),
            ],
            // Its settings are the user's.
            without: &[NoLock, LockRewritten, Members, Settings],
        },
    ),
    (
        "Poetry",
        Ecosystem {
            files: &[
                ("pyproject.toml", "[tool.poetry]\nname = 'x'\n"),
                ("poetry.lock", ""),
            ],
            run: "poetry install --no-root",
            copies: "COPY pyproject.toml poetry.lock ./",
            ignored: &[".venv"],
            first: None,
            rows: &[
                (NoManifest, &[("pyproject.toml", GONE)], SAME, Silent),
                (
                    NoLock,
                    &[("poetry.lock", GONE)],
                    SAME,
                    Copies("COPY pyproject.toml ."),
                ),
                (
                    LocalPackage,
                    &[(
                        "pyproject.toml",
                        "[tool.poetry.dependencies]\nx = {path = \"../x\"}\n",
                    )],
                    SAME,
                    Refuses("takes a dependency from `../x`"),
                ),
                (
                    LocalPackage,
                    &[("pyproject.toml", "x = {path = \"../x\"}\n")],
                    "poetry install --no-root --no-directory",
                    Copies("COPY pyproject.toml poetry.lock ./"),
                ),
                (
                    RunsProject,
                    &[],
                    "poetry install",
                    Refuses("`--no-root` leaves it out"),
                ),
                (
                    RunsProject,
                    &[("pyproject.toml", "[tool.poetry]\npackage-mode = false\n")],
                    "poetry install",
                    Copies("COPY pyproject.toml poetry.lock ./"),
                ),
                (
                    RunsProject,
                    &[("pyproject.toml", "[tool.poetry-dynamic-versioning]\n")],
                    SAME,
                    Tells("comes from git"),
                ),
                (
                    Settings,
                    &[("poetry.toml", "")],
                    SAME,
                    Copies("COPY pyproject.toml poetry.lock poetry.toml ./"),
                ),
                (
                    Elsewhere,
                    &[],
                    "poetry install --no-root -C web",
                    Refuses("another directory"),
                ),
            ],
            // An install fails with an old lock file.
            without: &[LockRewritten, Members, NamedFiles],
        },
    ),
    (
        "Pipenv",
        Ecosystem {
            files: &[("Pipfile", ""), ("Pipfile.lock", "")],
            run: "pipenv install --system --deploy",
            copies: "COPY Pipfile Pipfile.lock ./",
            ignored: &[".venv"],
            first: None,
            rows: &[
                (NoManifest, &[("Pipfile", GONE)], SAME, Silent),
                (
                    NoLock,
                    &[("Pipfile.lock", GONE)],
                    "pipenv install --skip-lock",
                    Copies("COPY Pipfile ."),
                ),
                (
                    LockRewritten,
                    &[],
                    "pipenv install",
                    Tells("may write `Pipfile.lock` anew"),
                ),
                (
                    LocalPackage,
                    &[(
                        "Pipfile",
                        "[packages]\nx = {path = \".\", editable = true}\n",
                    )],
                    SAME,
                    Refuses("takes a dependency from `.`"),
                ),
                (
                    RunsProject,
                    &[],
                    "pipenv install -e .",
                    Refuses("more than the `Pipfile`"),
                ),
                (
                    NamedFiles,
                    &[],
                    "pipenv install -r r.txt",
                    Refuses("more than the `Pipfile`"),
                ),
            ],
            without: &[Members, Settings, Elsewhere],
        },
    ),
    (
        "uv",
        Ecosystem {
            files: &[("pyproject.toml", "[project]\n"), ("uv.lock", "")],
            run: "uv sync --frozen",
            copies: "COPY pyproject.toml uv.lock ./",
            ignored: &[".venv"],
            first: None,
            rows: &[
                (NoManifest, &[("pyproject.toml", GONE)], SAME, Silent),
                (
                    NoLock,
                    &[("uv.lock", GONE)],
                    "uv sync",
                    Copies("COPY pyproject.toml ."),
                ),
                (
                    LockRewritten,
                    &[],
                    "uv sync",
                    Tells("may write `uv.lock` anew"),
                ),
                (
                    Members,
                    &[("pyproject.toml", "[tool.uv.workspace]\n")],
                    SAME,
                    Refuses("every member of the workspace"),
                ),
                (
                    Members,
                    &[("pyproject.toml", "[tool.uv.workspace]\n")],
                    "uv sync --frozen --no-install-workspace",
                    Copies("COPY pyproject.toml uv.lock ./"),
                ),
                (
                    LocalPackage,
                    &[(
                        "pyproject.toml",
                        "[tool.uv.sources]\nx = { path = \"../x\" }\n",
                    )],
                    SAME,
                    Refuses("takes a dependency from `../x`"),
                ),
                (
                    RunsProject,
                    &[("pyproject.toml", "[project]\n[build-system]\n")],
                    SAME,
                    Refuses("`--no-install-project` leaves it out"),
                ),
                (
                    RunsProject,
                    &[("pyproject.toml", "[project]\n[build-system]\n")],
                    "uv sync --locked --no-install-project",
                    Copies("COPY pyproject.toml uv.lock ./"),
                ),
                (
                    Settings,
                    &[("uv.toml", ""), (".python-version", "")],
                    SAME,
                    Copies("COPY pyproject.toml uv.lock uv.toml .python-version ./"),
                ),
                (
                    Elsewhere,
                    &[],
                    "uv sync --directory web",
                    Refuses("another directory"),
                ),
            ],
            without: &[NamedFiles],
        },
    ),
    (
        "Go",
        Ecosystem {
            files: &[
                ("go.mod", "module a\nrequire b v1.0.0\n"),
                ("go.sum", ""),
                ("main.go", ""),
            ],
            run: "go mod download",
            copies: "COPY go.mod go.sum ./",
            ignored: &[],
            first: None,
            rows: &[
                (NoManifest, &[("go.mod", GONE)], SAME, Silent),
                (NoLock, &[("go.sum", GONE)], SAME, Copies("COPY go.mod .")),
                (
                    Members,
                    &[("go.work", "use ./b\n")],
                    SAME,
                    Refuses("`go.work`"),
                ),
                (
                    LocalPackage,
                    &[
                        ("go.mod", "module a\nreplace t => ./tool\n"),
                        ("tool/go.mod", "module t\n"),
                    ],
                    SAME,
                    Copies("COPY go.mod go.sum ./\nCOPY tool/go.mod tool/"),
                ),
                (
                    LocalPackage,
                    &[("go.mod", "module a\nreplace t => ./tool\n")],
                    SAME,
                    Refuses("which has no `go.mod`"),
                ),
                (
                    LocalPackage,
                    &[("go.mod", "module a\nreplace t => ../tool\n")],
                    SAME,
                    Refuses("which is not copied"),
                ),
                (Elsewhere, &[], "go -C web mod download", Silent),
                (Elsewhere, &[], "go install example.org/x@latest", Silent),
            ],
            without: &[LockRewritten, RunsProject, NamedFiles, Settings],
        },
    ),
    (
        "go build",
        Ecosystem {
            files: &[
                ("go.mod", "module a\nrequire b v1.0.0\n"),
                ("go.sum", ""),
                ("main.go", ""),
            ],
            run: "go build -o /bin/a . && strip /bin/a",
            copies: "COPY go.mod go.sum ./",
            ignored: &[],
            first: Some("go mod download"),
            rows: &[
                (NoManifest, &[("go.mod", "module a\n")], SAME, Silent),
                (NoManifest, &[("vendor/modules.txt", "")], SAME, Silent),
                (Members, &[("go.work", "")], SAME, Refuses("`go.work`")),
            ],
            without: &[
                NoLock,
                LockRewritten,
                LocalPackage,
                RunsProject,
                NamedFiles,
                Settings,
                Elsewhere,
            ],
        },
    ),
    (
        "Cargo",
        Ecosystem {
            files: &[
                (
                    "Cargo.toml",
                    "[package]\nname = \"a\"\n[dependencies]\nb = \"1\"\n",
                ),
                ("Cargo.lock", ""),
                ("src/main.rs", ""),
            ],
            run: "cargo build --release",
            copies: "COPY Cargo.toml Cargo.lock ./",
            ignored: &["target"],
            first: Some("mkdir src && touch src/lib.rs && cargo fetch --locked && rm -r src"),
            rows: &[
                (NoManifest, &[("Cargo.toml", GONE)], SAME, Silent),
                (NoManifest, &[("Cargo.toml", "[package]\n")], SAME, Silent),
                (NoLock, &[("Cargo.lock", GONE)], SAME, Silent),
                (
                    Members,
                    &[("Cargo.toml", "[workspace]\n[dependencies]\n")],
                    SAME,
                    Refuses("every member"),
                ),
                (
                    LocalPackage,
                    &[("Cargo.toml", "[dependencies]\nb = { path = \"b\" }\n")],
                    SAME,
                    Refuses("takes a dependency from `b`"),
                ),
                (
                    NamedFiles,
                    &[(
                        "Cargo.toml",
                        "[dependencies]\nb = \"1\"\n[[bin]]\npath = \"x.rs\"\n",
                    )],
                    SAME,
                    Refuses("`[[bin`"),
                ),
                (
                    NamedFiles,
                    &[(
                        "Cargo.toml",
                        "[package]\nbuild = \"b.rs\"\n[dependencies]\n",
                    )],
                    SAME,
                    Refuses("`build =`"),
                ),
                (
                    Settings,
                    &[
                        ("rust-toolchain.toml", ""),
                        (".cargo/config.toml", "[net]\n"),
                    ],
                    SAME,
                    Copies(
                        "COPY Cargo.toml Cargo.lock rust-toolchain.toml ./\nCOPY .cargo .cargo/",
                    ),
                ),
                (
                    Settings,
                    &[(
                        ".cargo/config.toml",
                        "[source.crates-io]\nreplace-with = \"vendored\"\n",
                    )],
                    SAME,
                    Silent,
                ),
                (
                    Elsewhere,
                    &[],
                    "cargo build --manifest-path web/Cargo.toml",
                    Silent,
                ),
                (Elsewhere, &[], "cargo install --path .", Silent),
            ],
            // `--locked` and `cargo fetch --locked` never do; nothing of the project is compiled by a fetch.
            without: &[LockRewritten, RunsProject],
        },
    ),
    (
        "Maven",
        Ecosystem {
            files: &[("pom.xml", "<project/>")],
            run: "mvn -B dependency:go-offline",
            copies: "COPY pom.xml .",
            ignored: &["**/target"],
            first: None,
            rows: &[
                (NoManifest, &[("pom.xml", GONE)], SAME, Silent),
                (
                    Members,
                    &[
                        (
                            "pom.xml",
                            "<modules><module>core</module><module> web </module></modules>",
                        ),
                        ("core/pom.xml", "<project><parent/></project>"),
                        ("web/pom.xml", "<project/>"),
                    ],
                    SAME,
                    Copies("COPY pom.xml .\nCOPY core/pom.xml core/\nCOPY web/pom.xml web/"),
                ),
                (
                    Members,
                    &[("pom.xml", "<module>core</module>")],
                    SAME,
                    Refuses("a module has no `core/pom.xml`"),
                ),
                (
                    LocalPackage,
                    &[("pom.xml", "<systemPath>x</systemPath>")],
                    SAME,
                    Refuses("from a file of the project"),
                ),
                (
                    LocalPackage,
                    &[("pom.xml", "<url>file://${basedir}/lib</url>")],
                    SAME,
                    Refuses("from a folder"),
                ),
                // What else a goal that compiles needs is not known.
                (RunsProject, &[], "mvn package", Silent),
                (
                    Settings,
                    &[(".mvn/maven.config", ""), ("mvnw", "")],
                    "./mvnw dependency:go-offline",
                    Copies("COPY pom.xml mvnw ./\nCOPY .mvn .mvn/"),
                ),
                (
                    Elsewhere,
                    &[],
                    "mvn -f core/pom.xml dependency:go-offline",
                    Refuses("other files"),
                ),
                (
                    Elsewhere,
                    &[],
                    "mvn -s settings.xml dependency:resolve",
                    Refuses("other files"),
                ),
            ],
            without: &[NoLock, LockRewritten, NamedFiles],
        },
    ),
    (
        "Gradle",
        Ecosystem {
            files: &[
                ("build.gradle", ""),
                ("settings.gradle", "include 'app'"),
                ("app/build.gradle", ""),
                ("app/src/A.java", ""),
            ],
            run: "gradle dependencies --no-daemon",
            copies: "COPY build.gradle settings.gradle ./\nCOPY app/build.gradle app/",
            ignored: &["**/build", ".gradle"],
            first: None,
            rows: &[
                (
                    NoManifest,
                    &[
                        ("build.gradle", GONE),
                        ("settings.gradle", GONE),
                        ("app/build.gradle", GONE),
                    ],
                    SAME,
                    Silent,
                ),
                (
                    Members,
                    &[("settings.gradle", "includeBuild '../x'")],
                    SAME,
                    Refuses("another build"),
                ),
                (RunsProject, &[], "gradle build", Silent),
                (
                    NamedFiles,
                    &[
                        ("buildSrc/build.gradle", ""),
                        ("gradle/libs.versions.toml", ""),
                    ],
                    SAME,
                    Tells("`gradle`"),
                ),
                (
                    Settings,
                    &[
                        ("gradle.properties", ""),
                        ("gradlew", ""),
                        ("gradle/wrapper/gradle-wrapper.jar", ""),
                    ],
                    "./gradlew dependencies",
                    Tells("`gradle.properties`"),
                ),
                (Elsewhere, &[], "gradle -p web dependencies", Silent),
            ],
            // Projects depend on each other by their build files, which are all copied.
            without: &[NoLock, LockRewritten, LocalPackage],
        },
    ),
    (
        "Bundler",
        Ecosystem {
            files: &[("Gemfile", "source 'x'\ngem 'x'\n"), ("Gemfile.lock", "")],
            run: "bundle install --frozen",
            copies: "COPY Gemfile Gemfile.lock ./",
            ignored: &["vendor/bundle"],
            first: None,
            rows: &[
                (NoManifest, &[("Gemfile", GONE)], SAME, Silent),
                (
                    NoLock,
                    &[("Gemfile.lock", GONE)],
                    "bundle install",
                    Copies("COPY Gemfile ."),
                ),
                (
                    LockRewritten,
                    &[],
                    "bundle install",
                    Tells("may write `Gemfile.lock` anew"),
                ),
                (
                    LocalPackage,
                    &[("Gemfile", "gem 'x', path: 'x'\n")],
                    SAME,
                    Refuses("folder of the project"),
                ),
                (
                    RunsProject,
                    &[("Gemfile", "source 'x'\ngemspec\n")],
                    SAME,
                    Refuses("gemspec"),
                ),
                (
                    RunsProject,
                    &[("Gemfile", "eval_gemfile 'x'\n")],
                    SAME,
                    Refuses("runs another file"),
                ),
                (
                    NamedFiles,
                    &[
                        ("Gemfile", "ruby file: '.ruby-version'\n"),
                        (".ruby-version", ""),
                    ],
                    SAME,
                    Copies("COPY Gemfile Gemfile.lock .ruby-version ./"),
                ),
                (
                    NamedFiles,
                    &[("Gemfile", "gem 'x', File.read('v')\n")],
                    SAME,
                    Refuses("reads another file"),
                ),
                (
                    Settings,
                    &[(".bundle/config", "")],
                    SAME,
                    Copies("COPY Gemfile Gemfile.lock ./\nCOPY .bundle/config .bundle/"),
                ),
                (
                    Elsewhere,
                    &[],
                    "bundle install --gemfile=web/Gemfile",
                    Refuses("another file"),
                ),
            ],
            without: &[Members],
        },
    ),
    (
        "Composer",
        Ecosystem {
            files: &[("composer.json", "{}"), ("composer.lock", "")],
            run: "composer install --no-dev",
            copies: "COPY composer.json composer.lock ./",
            ignored: &["vendor"],
            first: None,
            rows: &[
                (NoManifest, &[("composer.json", GONE)], SAME, Silent),
                (
                    NoLock,
                    &[("composer.lock", GONE)],
                    SAME,
                    Copies("COPY composer.json ."),
                ),
                (
                    LocalPackage,
                    &[(
                        "composer.json",
                        r#"{"repositories": [{"type": "path", "url": "x"}]}"#,
                    )],
                    SAME,
                    Refuses("folders of the project"),
                ),
                (
                    RunsProject,
                    &[(
                        "composer.json",
                        r#"{"scripts": {"post-autoload-dump": "x"}}"#,
                    )],
                    SAME,
                    Refuses("`post-autoload-dump`"),
                ),
                (
                    RunsProject,
                    &[(
                        "composer.json",
                        r#"{"scripts": {"post-autoload-dump": "x"}}"#,
                    )],
                    "composer install --no-scripts",
                    Copies("COPY composer.json composer.lock ./"),
                ),
                (
                    NamedFiles,
                    &[("composer.json", r#"{"autoload": {"classmap": ["src"]}}"#)],
                    SAME,
                    Refuses("lists the classes"),
                ),
                (
                    NamedFiles,
                    &[("composer.json", r#"{"autoload": {"classmap": ["src"]}}"#)],
                    "composer install --no-autoloader",
                    Copies("COPY composer.json composer.lock ./"),
                ),
                (
                    NamedFiles,
                    &[],
                    "composer install -o",
                    Refuses("lists the classes"),
                ),
                (
                    Settings,
                    &[("auth.json", "")],
                    SAME,
                    Copies("COPY composer.json composer.lock auth.json ./"),
                ),
                (
                    Elsewhere,
                    &[],
                    "composer install -d web",
                    Refuses("another directory"),
                ),
            ],
            without: &[LockRewritten, Members],
        },
    ),
    (
        "NuGet",
        Ecosystem {
            files: &[
                ("App.sln", ""),
                ("src/A/A.csproj", ""),
                ("src/A/obj/x.props", ""),
            ],
            run: "dotnet restore",
            copies: "COPY App.sln .\nCOPY src/A/A.csproj src/A/",
            ignored: &["**/bin", "**/obj"],
            first: None,
            rows: &[
                (
                    NoManifest,
                    &[("App.sln", GONE), ("src/A/A.csproj", GONE)],
                    SAME,
                    Silent,
                ),
                (
                    NoLock,
                    &[("src/A/packages.lock.json", "")],
                    SAME,
                    Copies("COPY App.sln .\nCOPY src/A/A.csproj src/A/packages.lock.json src/A/"),
                ),
                (
                    Members,
                    &[(
                        "src/B/B.fsproj",
                        "<ProjectReference Include=\"../A/A.csproj\"/>",
                    )],
                    SAME,
                    Copies(
                        "COPY App.sln .\nCOPY src/A/A.csproj src/A/\nCOPY src/B/B.fsproj src/B/",
                    ),
                ),
                (
                    LocalPackage,
                    &[("nuget.config", "<add key=\"l\" value=\"./packages\"/>")],
                    SAME,
                    Refuses("takes packages from a folder"),
                ),
                (
                    RunsProject,
                    &[("src/A/A.csproj", "<Exec Command=\"x\"/>")],
                    SAME,
                    Refuses("runs commands"),
                ),
                (
                    NamedFiles,
                    &[
                        ("Directory.Packages.props", ""),
                        ("Directory.Build.props", ""),
                    ],
                    SAME,
                    Tells("`Directory.Build.props`"),
                ),
                (
                    Settings,
                    &[("nuget.config", ""), ("global.json", "")],
                    SAME,
                    Tells("`nuget.config`"),
                ),
            ],
            // It restores all projects that there are, whichever it is given.
            without: &[LockRewritten, Elsewhere],
        },
    ),
    (
        "Mix",
        Ecosystem {
            files: &[
                (
                    "mix.exs",
                    "elixirc_paths: [\"lib\"], deps: [{:a, \"~> 1.0\"}]",
                ),
                ("mix.lock", ""),
                ("config/config.exs", ""),
            ],
            run: "mix local.hex --force && mix do deps.get, deps.compile",
            copies: "COPY mix.exs mix.lock ./\nCOPY config config/",
            ignored: &["deps", "_build"],
            first: None,
            rows: &[
                (NoManifest, &[("mix.exs", GONE)], SAME, Silent),
                (
                    NoLock,
                    &[("mix.lock", GONE)],
                    "mix deps.get --only prod && mix deps.compile",
                    Copies("COPY mix.exs .\nCOPY config config/"),
                ),
                (
                    Members,
                    &[("mix.exs", "apps_path: \"apps\"")],
                    SAME,
                    Refuses("several applications"),
                ),
                (
                    LocalPackage,
                    &[("mix.exs", "{:x, path: \"x\"}")],
                    SAME,
                    Refuses("folder of the project"),
                ),
                (RunsProject, &[], "mix do deps.get, compile", Silent),
                (
                    NamedFiles,
                    &[("mix.exs", "version: File.read!(\"VERSION\")")],
                    SAME,
                    Refuses("reads another file"),
                ),
                (
                    NamedFiles,
                    &[("mix.exs", "Code.require_file(\"x.exs\")")],
                    SAME,
                    Refuses("runs another file"),
                ),
            ],
            without: &[LockRewritten, Settings, Elsewhere],
        },
    ),
    (
        "pub",
        Ecosystem {
            files: &[
                ("pubspec.yaml", "dependencies:\n  path: ^1.8.0\n"),
                ("pubspec.lock", ""),
            ],
            run: "dart pub get",
            copies: "COPY pubspec.yaml pubspec.lock ./",
            ignored: &[".dart_tool"],
            first: None,
            rows: &[
                (NoManifest, &[("pubspec.yaml", GONE)], SAME, Silent),
                (
                    NoLock,
                    &[("pubspec.lock", GONE)],
                    "flutter pub get",
                    Copies("COPY pubspec.yaml ."),
                ),
                (
                    LockRewritten,
                    &[],
                    SAME,
                    Tells("may write `pubspec.lock` anew"),
                ),
                (
                    Members,
                    &[("pubspec.yaml", "workspace:\n  - a\n")],
                    SAME,
                    Refuses("belongs to a workspace"),
                ),
                (
                    LocalPackage,
                    &[("pubspec.yaml", "dependencies:\n  x:\n    path: ../x\n")],
                    SAME,
                    Refuses("folder of the project"),
                ),
                (
                    Settings,
                    &[("pubspec_overrides.yaml", "")],
                    SAME,
                    Copies("COPY pubspec.yaml pubspec.lock pubspec_overrides.yaml ./"),
                ),
                (
                    Elsewhere,
                    &[],
                    "dart pub get -C web",
                    Refuses("another directory"),
                ),
            ],
            without: &[RunsProject, NamedFiles],
        },
    ),
    (
        "Swift",
        Ecosystem {
            files: &[("Package.swift", ""), ("Package.resolved", "")],
            run: "swift package resolve",
            copies: "COPY Package.swift Package.resolved ./",
            ignored: &[".build"],
            first: None,
            rows: &[
                (NoManifest, &[("Package.swift", GONE)], SAME, Silent),
                (
                    NoLock,
                    &[("Package.resolved", GONE)],
                    SAME,
                    Copies("COPY Package.swift ."),
                ),
                (
                    LocalPackage,
                    &[("Package.swift", ".package(path: \"../x\")")],
                    SAME,
                    Refuses("folder of the project"),
                ),
                (
                    RunsProject,
                    &[("Package.swift", "FileManager.default")],
                    SAME,
                    Refuses("reads other files"),
                ),
                (
                    Elsewhere,
                    &[],
                    "swift package --package-path web resolve",
                    Silent,
                ),
            ],
            without: &[LockRewritten, Members, NamedFiles, Settings],
        },
    ),
];

/// The files of an ecosystem with those of a trap in their places.
fn with(files: Files, changed: Files) -> Vec<(&'static str, &'static str)> {
    let kept = files
        .iter()
        .filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    let all = kept.chain(changed).copied();
    all.filter(|(_, text)| *text != GONE).collect()
}

#[test]
fn every_trap_of_every_package_manager() {
    for (name, it) in TABLE {
        let after = |copies: &str, run: &str| match it.first {
            Some(first) => format!("{copies}\nRUN {first}\nCOPY . .\nRUN {run}\n"),
            None => format!("{copies}\nRUN {run}\nCOPY . .\n"),
        };
        let text = |run: &str| format!("COPY . .\nRUN {run}\n");
        check(
            it.files,
            &text(it.run),
            &after(it.copies, it.run),
            it.ignored,
        );
        for (trap, changed, run, then) in it.rows {
            eprintln!("{name}: {trap:?} {changed:?} {run}");
            let files = with(it.files, changed);
            let run = if run.is_empty() { it.run } else { run };
            match then {
                Copies(copies) => check(&files, &text(run), &after(copies, run), it.ignored),
                Tells(doubt) => says(&files, &text(run), doubt),
                Refuses(reason) => refused(&files, &text(run), reason),
                Silent => silent(&files, &text(run)),
            }
        }
        for trap in TRAPS {
            let told = it.rows.iter().any(|(other, ..)| other == trap);
            assert_ne!(told, it.without.contains(trap), "{name}: {trap:?}");
        }
    }
}
