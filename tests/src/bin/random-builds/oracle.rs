//! A real builder as the judge of the interpreter: the same files are built by Docker, on base images made of the same roots.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::base::{Base, Bases};
use super::compare::compare_trees;
use super::generate::Case;
use super::interpret::{Built, Config};
use super::judge::Problem;
use super::tree::Tree;

/// Docker with the base images that it knows by now.
#[derive(Default)]
pub(crate) struct Oracle {
    /// Local names by image.
    known: BTreeMap<String, String>,
}

impl Oracle {
    /// Builds the last stage of a case, and says how that differs from what the interpreter made of it.
    pub(crate) fn differences(
        &mut self,
        case: &Case,
        built: &Built,
        bases: &Bases,
        context: &Path,
    ) -> Result<Vec<String>, Problem> {
        let folder = tempfile::tempdir_in(bases.folder())?;
        let dockerfile = folder.path().join("Dockerfile");
        fs::write(&dockerfile, self.with_local_bases(&case.text, bases)?)?;
        let Some(last) = built.stages.last() else {
            return Ok(Vec::new());
        };
        let mut build = Command::new("docker");
        build.args([
            "build",
            "--quiet",
            "--no-cache",
            "--tag",
            "dfix-random-result",
            "--file",
        ]);
        build.arg(&dockerfile);
        for (name, value) in &case.build_args {
            build.args(["--build-arg", &format!("{name}={value}")]);
        }
        let output = build.arg(context).output()?;
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        match (output.status.success(), &last.failure) {
            (false, Some(_)) => return Ok(Vec::new()),
            (false, None) => return Ok(vec![format!("Docker fails: {log}")]),
            (true, Some(failure)) => {
                return Ok(vec![format!(
                    "Docker does not fail, and the interpreter does: {failure:?}"
                )]);
            }
            (true, None) => {}
        }
        let tree = exported(folder.path())?;
        let mut found = compare_trees(&last.tree, &tree);
        found.retain(|line| !RUNTIME.iter().any(|path| line.starts_with(path)));
        found.extend(configs(&last.config, &inspected()?));
        Ok(found)
    }

    /// The text with local images in the place of those that it names.
    fn with_local_bases(&mut self, text: &str, bases: &Bases) -> Result<String, Problem> {
        let mut out = String::new();
        for line in text.split_inclusive('\n') {
            let mut words = line.split_whitespace();
            let is_from = words
                .next()
                .is_some_and(|word| word.eq_ignore_ascii_case("from"));
            let image = words.next().unwrap_or_default();
            if line.to_lowercase().starts_with("# syntax=") {
                out.push_str("# a frontend\n");
            } else if is_from && let Some(base) = bases.find(image) {
                out.push_str(&line.replace(image, &self.local(image, &base)?));
            } else {
                out.push_str(line);
            }
        }
        Ok(out)
    }

    fn local(&mut self, image: &str, base: &Base) -> Result<String, Problem> {
        if let Some(known) = self.known.get(image) {
            return Ok(known.clone());
        }
        let Some(root) = &base.root else {
            return Ok(image.to_owned());
        };
        let name = format!("dfix-random-{}", image.replace([':', '/'], "-"));
        let mut import = Command::new("docker");
        import.arg("import");
        for (name, value) in &base.config.env {
            import.args(["--change", &format!("ENV {name}={value}")]);
        }
        for (keyword, words) in [
            ("CMD", &base.config.cmd),
            ("ENTRYPOINT", &base.config.entrypoint),
        ] {
            if let Some(words) = words {
                import.args(["--change", &format!("{keyword} {words:?}")]);
            }
        }
        if !base.config.workdir.is_empty() {
            import.args(["--change", &format!("WORKDIR {}", base.config.workdir)]);
        }
        let mut tar = Command::new("tar")
            .args([
                "--create",
                "--exclude=./dev/*",
                "--numeric-owner",
                "--directory",
            ])
            .arg(root)
            .arg(".")
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = tar.stdout.take().ok_or("tar has no output")?;
        let done = import
            .args(["-", &name])
            .stdin(stdin)
            .stdout(Stdio::null())
            .status()?;
        if !tar.wait()?.success() || !done.success() {
            return Err("docker import does not work".into());
        }
        self.known.insert(image.to_owned(), name.clone());
        Ok(name)
    }
}

/// What a container runtime makes.
const RUNTIME: &[&str] = &[
    // Owner and mode of the root itself are not in an exported image.
    "/: ",
    "/dev",
    "/.dockerenv",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/resolv.conf",
    "/etc/mtab",
    "/proc",
    "/sys",
];

/// The file system of the result.
fn exported(folder: &Path) -> Result<Tree, Problem> {
    let docker = |args: &[&str]| -> Result<String, Problem> {
        let output = Command::new("docker").args(args).output()?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        }
    };
    let container = docker(&["create", "dfix-random-result", "none"])?;
    let archive = folder.join("tree.tar");
    let path = archive.to_str().ok_or("a strange folder")?;
    let exported = docker(&["export", "--output", path, &container]);
    docker(&["rm", &container])?;
    exported?;
    let root = folder.join("tree");
    fs::create_dir(&root)?;
    let status = Command::new("tar")
        .args([
            "--extract",
            "--same-owner",
            "--same-permissions",
            "--numeric-owner",
            "--file",
        ])
        .arg(&archive)
        .arg("--directory")
        .arg(&root)
        .status()?;
    match status.success() {
        true => Ok(Tree::read(&root)?),
        false => Err("tar can't unpack the image".into()),
    }
}

fn inspected() -> Result<Value, Problem> {
    let output = Command::new("docker")
        .args(["image", "inspect", "dfix-random-result"])
        .output()?;
    let value: Value = serde_json::from_slice(&output.stdout)?;
    Ok(value.get(0).cloned().unwrap_or_default())
}

fn configs(ours: &Config, image: &Value) -> Vec<String> {
    let docker = image.get("Config").cloned().unwrap_or_default();
    let words = |value: &Option<Vec<String>>| value.as_ref().map(|words| serde_json::json!(words));
    let list = |name: &str| docker.get(name).filter(|value| !value.is_null()).cloned();
    let keys = |name: &str| -> Vec<String> {
        let map = docker.get(name).and_then(Value::as_object);
        map.into_iter()
            .flat_map(|map| map.keys().cloned())
            .collect()
    };
    let text = |name: &str| {
        docker
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let env: Vec<String> = ours
        .env
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let labels = serde_json::json!(ours.labels);
    let mut found = Vec::new();
    let mut field = |name: &str, ours: String, theirs: String| {
        if ours != theirs {
            found.push(format!(
                "{name}: the interpreter has {ours}, Docker {theirs}"
            ));
        }
    };
    let show = |value: Option<Value>| value.unwrap_or_default().to_string();
    field("env", show(Some(serde_json::json!(env))), show(list("Env")));
    field("cmd", show(words(&ours.cmd)), show(list("Cmd")));
    field(
        "entrypoint",
        show(words(&ours.entrypoint)),
        show(list("Entrypoint")),
    );
    field("shell", show(words(&ours.shell)), show(list("Shell")));
    field("user", ours.user.clone(), text("User"));
    field("workdir", ours.workdir.clone(), text("WorkingDir"));
    field("stop signal", ours.stop_signal.clone(), text("StopSignal"));
    if !ours.labels.is_empty() || docker.get("Labels").is_some_and(|labels| !labels.is_null()) {
        field("labels", labels.to_string(), show(list("Labels")));
    }
    field(
        "ports",
        format!("{:?}", ours.ports.iter().collect::<Vec<_>>()),
        format!("{:?}", keys("ExposedPorts")),
    );
    field(
        "volumes",
        format!("{:?}", ours.volumes.iter().collect::<Vec<_>>()),
        format!("{:?}", keys("Volumes")),
    );
    let author = image
        .get("Author")
        .and_then(Value::as_str)
        .unwrap_or_default();
    field("author", ours.author.clone(), author.to_owned());
    found
}
