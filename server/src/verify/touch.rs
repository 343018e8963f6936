//! Which files of a build context a person would change between two builds: one for each source that is copied.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dfix_transforms::model::{Analysis, Args, Base, Instruction, InstructionKind, Part, Value};

use crate::world::context::selected;
use crate::world::dockerignore::DockerIgnore;

/// How many entries of a folder are looked at for a file to touch.
const MAX_LISTED: usize = 20_000;

/// What people change most: the endings of programs' sources.
const SOURCES: &[&str] = &[
    "py", "js", "ts", "tsx", "jsx", "mjs", "go", "rs", "c", "cc", "cpp", "h", "java", "kt", "rb",
    "php", "cs", "ex", "scala", "swift", "html", "css", "sh",
];
/// How files are called that ADD unpacks.
const ARCHIVES: &[&str] = &[".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst"];
/// What nobody means who copies a folder.
const ASIDE: &[&str] = &[
    "Dockerfile",
    "Containerfile",
    ".dockerignore",
    ".containerignore",
];

/// The files to touch, relative to the context, each once and in the order of the sources that select them.
pub(super) fn files(
    analysis: &Analysis,
    (target, build_args): (Option<&str>, &[String]),
    context: &Path,
    ignore: &DockerIgnore,
) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for source in sources(analysis, target, build_args) {
        let paths = selected(context, &source);
        let file = paths
            .iter()
            .find_map(|path| file_at(context, path, ignore, &found));
        found.extend(file);
    }
    found
}

/// The ignore file that holds for a Dockerfile in a context.
pub(super) fn ignore_file(dockerfile: Option<&Path>, context: &Path) -> DockerIgnore {
    let own = dockerfile.map(|path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".dockerignore");
        PathBuf::from(name)
    });
    let candidates = own.into_iter().chain([context.join(".dockerignore")]);
    let text = candidates.filter_map(|path| fs::read(path).ok()).next();
    // With a pattern that the builder refuses it would not have come to this.
    let parse = |text: Vec<u8>| DockerIgnore::parse(&String::from_utf8_lossy(&text)).ok();
    text.and_then(parse).unwrap_or_default()
}

/// The sources that `COPY` and `ADD` of the built stages take from the context, in order, each once.
fn sources(analysis: &Analysis, target: Option<&str>, build_args: &[String]) -> Vec<String> {
    let stages = built_stages(analysis, target);
    let mut found: Vec<String> = Vec::new();
    for instruction in &analysis.instructions {
        let copies = matches!(
            instruction.kind,
            InstructionKind::Copy | InstructionKind::Add
        );
        let is_built = instruction
            .stage
            .is_some_and(|stage| stages.contains(&stage));
        if !copies || !is_built || instruction.flag("from").is_some() {
            continue;
        }
        for source in copied(analysis, instruction, build_args) {
            // What ADD unpacks would be damaged by a change, and the build would fail.
            let unpacks = instruction.kind == InstructionKind::Add
                && ARCHIVES.iter().any(|ending| source.ends_with(ending));
            if !unpacks && !found.contains(&source) {
                found.push(source);
            }
        }
    }
    found
}

/// The sources of one instruction that are paths of the context.
fn copied(analysis: &Analysis, instruction: &Instruction, build_args: &[String]) -> Vec<String> {
    let Args::Copy { sources, .. } = &instruction.args else {
        return Vec::new();
    };
    let known = sources.iter().filter_map(|source| {
        let expanded = analysis.expand(instruction, &source.text).ok()?;
        text_of(&expanded.value, build_args)
    });
    let is_path = |source: &String| {
        !source.is_empty()
            && !source.starts_with("<<")
            && !source.contains("://")
            && !source.starts_with("git@")
    };
    known.filter(is_path).collect()
}

/// What a value is in this build; `None` where the base image decides.
fn text_of(value: &Value, build_args: &[String]) -> Option<String> {
    let mut text = String::new();
    for part in value.parts() {
        match part {
            Part::Literal(literal) => text += literal,
            Part::BuildArg { name, default } => {
                let given = build_args.iter().rev().find_map(|pair| {
                    let (key, value) = pair.split_once('=')?;
                    (key == name).then(|| value.to_owned())
                });
                let default = || text_of(default.as_deref()?, build_args);
                text += &given.or_else(default)?;
            }
            Part::FromBase(_) | Part::Modified { .. } => return None,
        }
    }
    Some(text)
}

/// The stages that are built for the target, or for the last stage: itself, what it is built on, and what it copies from.
fn built_stages(analysis: &Analysis, target: Option<&str>) -> BTreeSet<usize> {
    let stages = &analysis.stages;
    let named = |name: &str| {
        let by_name = stages.iter().position(|stage| {
            stage
                .name
                .as_ref()
                .is_some_and(|it| it.eq_ignore_ascii_case(name))
        });
        by_name.or_else(|| name.parse().ok())
    };
    let goal = target.and_then(named).or(stages.len().checked_sub(1));
    let mut built = BTreeSet::new();
    let mut open: Vec<usize> = goal.into_iter().collect();
    while let Some(stage) = open.pop() {
        if !built.insert(stage) {
            continue;
        }
        if let Some(Base::Stage(base)) = stages.get(stage).map(|it| &it.base) {
            open.push(*base);
        }
        let referred = stages.iter().filter(|other| {
            other.references.iter().any(|reference| {
                let instruction = analysis.instructions.get(reference.instruction);
                instruction.and_then(|it| it.stage) == Some(stage)
            })
        });
        open.extend(referred.map(|other| other.index));
    }
    built
}

/// The file itself, or of a folder the one that is changed most likely and is not taken yet.
fn file_at(context: &Path, path: &str, ignore: &DockerIgnore, taken: &[String]) -> Option<String> {
    let is_free = |path: &str| !ignore.excludes(path) && !taken.iter().any(|other| other == path);
    let metadata = context.join(path).symlink_metadata().ok()?;
    if metadata.is_file() {
        return is_free(path).then(|| path.to_owned());
    }
    if !metadata.is_dir() {
        return None;
    }
    let mut best: Option<(Rank, String)> = None;
    let mut folders = vec![path.to_owned()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let Ok(listing) = fs::read_dir(context.join(&folder)) else {
            continue;
        };
        for entry in listing.flatten() {
            seen += 1;
            if seen > MAX_LISTED {
                return best.map(|(_, path)| path);
            }
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                continue;
            };
            let path = match folder.as_str() {
                "" => name.clone(),
                folder => format!("{folder}/{name}"),
            };
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() {
                if name != ".git" && (!ignore.excludes(&path) || ignore.may_keep_below()) {
                    folders.push(path);
                }
            } else if kind.is_file() && is_free(&path) {
                let rank = rank(&path, &name);
                if best
                    .as_ref()
                    .is_none_or(|(other, least)| (rank, &path) < (*other, least))
                {
                    best = Some((rank, path));
                }
            }
        }
    }
    best.map(|(_, path)| path)
}

/// Whether it is set aside, whether it is no source, and how deep it is: the least is taken.
type Rank = (bool, bool, usize);

fn rank(path: &str, name: &str) -> Rank {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    (
        ASIDE.contains(&name),
        !SOURCES.contains(&ending),
        path.matches('/').count(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfix_syntax::SourceText;
    use dfix_transforms::Settings;

    fn analysis(text: &str) -> Analysis {
        let source = SourceText::new(text.as_bytes()).unwrap();
        Analysis::new(source, &Settings::default())
    }

    #[track_caller]
    fn check(text: &str, target: Option<&str>, expected: &[&str]) {
        let build_args = ["other=x=y".to_owned()];
        assert_eq!(
            sources(&analysis(text), target, &build_args),
            expected,
            "{text}"
        );
    }

    #[test]
    fn sources_of_the_built_stages() {
        check(
            "FROM a\nCOPY x y /\nADD [\"z\", \"/\"]\nCOPY x /b\n",
            None,
            &["x", "y", "z"],
        );
        check(
            "FROM a\nARG d=src\nARG other=1\nCOPY $d ${e:-f} ${other}z /\nCOPY $g $PATH /\n",
            None,
            &["src", "x=yz"],
        );
        check(
            "FROM a\nADD https://x.example/y z /\nCOPY <<A b /\nA\n",
            None,
            &["z", "b"],
        );
        check(
            "FROM a\nADD x.tar.gz y.txt /\nCOPY z.tar.gz /\n",
            None,
            &["y.txt", "z.tar.gz"],
        );
        let stages = "FROM a AS one\nCOPY 1 /\nFROM one AS two\nCOPY 2 /\nFROM a AS three\nCOPY 3 /\n\
                      FROM a\nCOPY --from=three / /\nRUN --mount=type=bind,from=one,target=/m x\nCOPY 4 /\n";
        check(stages, None, &["1", "3", "4"]);
        check(stages, Some("TWO"), &["1", "2"]);
        check(stages, Some("2"), &["3"]);
        check("", None, &[]);
    }

    #[test]
    fn one_file_for_each_source() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join("src/deep")).unwrap();
        fs::create_dir_all(root.join("node_modules/x")).unwrap();
        for name in [
            "Dockerfile",
            "README.md",
            "app.py",
            "b.lock",
            "src/deep/z.rs",
            "src/a.txt",
            "src/m.rs",
            "node_modules/x/index.js",
            "web.log",
        ] {
            fs::write(root.join(name), "x").unwrap();
        }
        fs::write(root.join(".dockerignore"), "node_modules\n*.log\n").unwrap();
        let ignore = ignore_file(None, root);
        let touch = |text: &str| files(&analysis(text), (None, &[]), root, &ignore);
        assert_eq!(
            touch("FROM a\nCOPY b.lock app.py /\nCOPY . /\n"),
            ["b.lock", "app.py", "src/m.rs"]
        );
        assert_eq!(
            touch("FROM a\nCOPY src/ /\nCOPY *.md web.log none /\n"),
            ["src/m.rs", "README.md"]
        );
        assert_eq!(touch("FROM a\nCOPY *.py ./app.py /\n"), ["app.py"]);
        fs::write(root.join("own.dockerignore"), "app.py").unwrap();
        let own = ignore_file(Some(&root.join("own")), root);
        assert!(
            files(
                &analysis("FROM a\nCOPY app.py /\n"),
                (None, &[]),
                root,
                &own
            )
            .is_empty()
        );
    }
}
