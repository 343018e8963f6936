//! `dfix verify` with builders that are shell scripts: what is called, in which order, and what is left behind when a build
//! fails, hangs, or is interrupted. Real builders are the judge's business.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use dfix_tests::binary;
use dfix_tests::fake_builder::{FakeBuilders, signal};
use serde_json::Value;
use tempfile::TempDir;

const BROKEN: &str = "#5 ERROR: process \"make\" did not complete successfully: exit code: 2\n > [2/2] RUN make:\nDockerfile:3\n\
                      ERROR: failed to build: failed to solve: process \"make\" did not complete successfully: exit code: 2\n";

/// A machine with some builders and a project.
struct Machine {
    folder: TempDir,
    builders: FakeBuilders,
}

impl Deref for Machine {
    type Target = FakeBuilders;

    fn deref(&self) -> &FakeBuilders {
        &self.builders
    }
}

impl Machine {
    fn new(builders: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let machine = Self {
            builders: FakeBuilders::new(folder.path().join("bin"), builders),
            folder,
        };
        for name in ["project", "tmp"] {
            fs::create_dir(machine.at(name)).unwrap();
        }
        let text = "FROM debian:12\nMAINTAINER me\nRUN make\nCOPY f /f\n";
        fs::write(machine.at("project/Dockerfile"), text).unwrap();
        fs::write(machine.at("project/f"), "x").unwrap();
        machine
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(self.at("project"))
            .env("PATH", self.search_path())
            .env("TMPDIR", self.at("tmp"))
            .env("HOME", self.at("tmp"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs it with JSON as output; returns its exit status, the verdict, the reason, and the object.
    fn json(&self, arguments: &[&str]) -> (i32, String, String, Value) {
        let all = [&["verify", "--format", "json"], arguments].concat();
        let output = self.run(&all);
        let object: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |key: &str| object[key].as_str().unwrap_or_default().to_owned();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        (
            output.status.code().unwrap(),
            text("verdict"),
            text("reason"),
            object,
        )
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    #[track_caller]
    fn nothing_is_left(&self) {
        let left: Vec<_> = fs::read_dir(self.at("tmp")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        self.builders.no_image_is_left();
    }
}

#[test]
fn equal_images() {
    let machine = Machine::new(&["docker"]);
    let (status, verdict, _, object) = machine.json(&[]);
    assert_eq!((status, verdict.as_str()), (0, "equal"), "{object:#}");
    assert_eq!(object["builder"]["version"], "9.8.7");
    assert_eq!(object["applied"][0]["rule"], "maintainer-to-label");
    assert_eq!(object["before"]["bytes"], 4);
    assert_eq!(object["rebuilds"][0]["touched"], "f");
    // Both, and both once more after the change.
    assert_eq!(machine.count("docker build"), 4);
    machine.nothing_is_left();
}

#[test]
fn all_builders_are_called_by_their_own_words() {
    for builder in ["podman", "buildah"] {
        let machine = Machine::new(&["podman", "buildah"]);
        let (status, _, reason, _) = machine.json(&["--no-rebuild", "--builder", builder]);
        assert_eq!(status, 0, "{builder}: {reason}");
        machine.nothing_is_left();
    }
    let machine = Machine::new(&["buildah"]);
    let (status, _, _, object) = machine.json(&["--no-rebuild"]);
    assert_eq!((status, &object["builder"]["name"]), (0, &"buildah".into()));
}

#[test]
fn different_images() {
    let machine = Machine::new(&["docker"]);
    machine.image("after", "other");
    let (status, verdict, _, object) = machine.json(&[]);
    assert_eq!((status, verdict.as_str()), (1, "different"));
    assert_eq!(object["differences"][0]["name"], "/f");
    machine.nothing_is_left();
    // What differs between two builds of the original is no difference.
    machine.image("again", "again");
    let (status, _, _, object) = machine.json(&["--calibrate"]);
    assert_eq!(
        (status, &object["differences"][0]["status"]),
        (0, &"noise".into())
    );
    machine.nothing_is_left();
}

#[test]
fn builds_that_fail() {
    let machine = Machine::new(&["docker"]);
    machine.put("fail-after", BROKEN);
    let (status, verdict, reason, object) = machine.json(&[]);
    assert_eq!((status, verdict.as_str()), (1, "different"));
    assert!(reason.contains("the rewritten file does not"), "{reason}");
    assert_eq!(object["differences"][0]["kind"], "build");
    machine.nothing_is_left();
    machine.put("fail-before", BROKEN);
    let (status, verdict, reason, object) = machine.json(&[]);
    assert_eq!((status, verdict.as_str()), (2, "unknown"));
    assert!(
        reason.contains("before any rewrite: Dockerfile:3: `RUN make`"),
        "{reason}"
    );
    assert!(object["log"].as_array().unwrap().len() > 3);
    machine.nothing_is_left();
    let shown = machine.run(&["verify"]);
    let told = String::from_utf8_lossy(&shown.stderr);
    assert!(
        told.contains("error: could not tell: the original does not build"),
        "{told}"
    );
    machine.put(
        "fail-before",
        "ERROR: failed to solve: x: failed to do request: dial tcp: no such host\n",
    );
    let (_, _, reason, _) = machine.json(&[]);
    assert!(reason.contains("is there a network"), "{reason}");
}

#[test]
fn a_build_that_hangs_is_ended() {
    let machine = Machine::new(&["docker"]);
    machine.put("hang-after", "");
    let (status, verdict, reason, object) = machine.json(&["--timeout", "1"]);
    assert_eq!((status, verdict.as_str()), (2, "unknown"));
    assert_eq!(object["log"][0], "#5 [2/2] RUN make");
    assert!(reason.contains("longer than 1 s"), "{reason}");
    assert!(!signal("0", &machine.hanging()), "it still runs");
    machine.nothing_is_left();
}

#[test]
fn interrupted() {
    let machine = Machine::new(&["docker"]);
    machine.put("hang-before", "");
    let running = machine.start(&["verify"]);
    let hanging = machine.hanging();
    assert!(signal("INT", &running.id().to_string()));
    let output = running.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("interrupted; nothing is left behind"),
        "{told}"
    );
    assert!(!signal("0", &hanging), "the build still runs");
    machine.nothing_is_left();
}

#[test]
fn interrupted_twice() {
    let machine = Machine::new(&["docker"]);
    machine.put("hang-rmi", "");
    let mut running = machine.start(&["verify", "--no-rebuild"]);
    let hanging = machine.hanging();
    let id = running.id().to_string();
    assert!(signal("INT", &id));
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(
        running.try_wait().unwrap(),
        None,
        "cleaning up was given up"
    );
    let since = Instant::now();
    assert!(signal("INT", &id));
    assert_eq!(running.wait().unwrap().code(), Some(2));
    assert!(since.elapsed() < Duration::from_secs(5));
    let _ = signal("KILL", &hanging);
}

#[test]
fn no_daemon() {
    let machine = Machine::new(&["docker"]);
    machine.put(
        "down",
        "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\n",
    );
    let (status, _, reason, _) = machine.json(&["--builder", "docker"]);
    assert_eq!(status, 2);
    assert!(reason.contains("its daemon does not answer"), "{reason}");
    machine.put(
        "down",
        "permission denied while trying to connect to the Docker daemon socket\n",
    );
    let (_, _, reason, _) = machine.json(&[]);
    assert!(reason.contains("group `docker`"), "{reason}");
    assert!(reason.contains("podman: not on the PATH"), "{reason}");
    assert_eq!(machine.count("docker build"), 0);
    // Where there is another, it is taken.
    let machine = Machine::new(&["docker", "podman"]);
    machine.put("down", "x");
    let (status, _, _, object) = machine.json(&["--no-rebuild"]);
    assert_eq!((status, &object["builder"]["name"]), (0, &"podman".into()));
}

#[test]
fn kept_on_request() {
    let machine = Machine::new(&["docker"]);
    let (status, _, _, object) = machine.json(&["--keep", "--no-rebuild"]);
    assert_eq!(status, 0);
    let kept: Vec<&str> = object["kept"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert!(kept[0].ends_with(":before") && kept[1].ends_with(":after"));
    assert!(Path::new(kept[2]).join("before.log").exists());
    assert!(Path::new(kept[2]).join("after/Dockerfile").exists());
    assert_eq!(machine.count("docker rmi"), 0);
}

#[test]
fn written_only_when_equal() {
    let machine = Machine::new(&["docker"]);
    let file = machine.at("project/Dockerfile");
    let original = fs::read_to_string(&file).unwrap();
    machine.image("after", "other");
    assert_eq!(machine.run(&["--write", "--verify"]).status.code(), Some(1));
    assert_eq!(fs::read_to_string(&file).unwrap(), original);
    machine.put("fail-before", BROKEN);
    assert_eq!(machine.run(&["--write", "--verify"]).status.code(), Some(2));
    assert_eq!(fs::read_to_string(&file).unwrap(), original);
    fs::remove_file(machine.at("bin/fail-before")).unwrap();
    machine.image("after", "same");
    let output = machine.run(&["--write", "--verify", "--target", "0"]);
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        told.starts_with("Dockerfile: verified and written."),
        "{told}"
    );
    assert!(fs::read_to_string(&file).unwrap().contains("LABEL"));
    assert!(machine.calls().contains(" --target 0 "));
    machine.nothing_is_left();
}

#[test]
fn started_images() {
    let machine = Machine::new(&["docker"]);
    for role in ["before", "after"] {
        machine.put(&format!("ends-{role}"), "3");
        machine.put(&format!("stdout-{role}"), "the same\n");
    }
    let arguments = ["--no-rebuild", "--network", "none", "--run", "app", "-x"];
    let (status, _, _, object) = machine.json(&arguments);
    assert_eq!(status, 0, "{object:#}");
    assert_eq!(object["runs"]["after"]["status"], 3);
    assert_eq!(machine.count("docker stop"), 0);
    let calls = machine.calls();
    let run = calls
        .lines()
        .find(|call| call.starts_with("docker run"))
        .unwrap();
    assert!(
        run.contains(" --network none ") && run.ends_with(":before app -x"),
        "{run}"
    );
    machine.put("ends-after", "4");
    let (status, _, _, object) = machine.json(&arguments);
    assert_eq!(
        (status, &object["differences"][0]["name"]),
        (1, &"exit status".into())
    );
    fs::remove_file(machine.builders.at("ends-after")).unwrap();
    machine.put("stdout-after", "another\n");
    let (status, _, _, object) = machine.json(&arguments);
    assert_eq!(status, 1);
    assert_eq!(object["runs"]["after"]["process"], "sh -c app");
    assert_eq!(object["runs"]["after"]["stop"], "reacted");
    let names: Vec<&str> = object["differences"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["kind"] == "run")
        .filter_map(|row| row["name"].as_str())
        .collect();
    assert_eq!(names, ["stdout", "exit status", "PID 1", "stop signal"]);
    assert_eq!(machine.count("docker run"), 6);
    assert_eq!(machine.count("docker rm -f -v"), 6);
    machine.nothing_is_left();
}
