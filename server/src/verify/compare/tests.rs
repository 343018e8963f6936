//! Two images, and what differs between them.

use serde_json::{Value, json};

use super::*;
use crate::verify::image::{Put, directory, file, image_with};

/// The differences as lines: `what name: before -> after`.
fn lines(found: &[Difference]) -> Vec<String> {
    let line = |difference: &Difference| {
        let text = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        format!(
            "{} {}: {} -> {}",
            difference.what(),
            difference.name(),
            text(difference.before()),
            text(difference.after())
        )
    };
    found.iter().map(line).collect()
}

fn check(before: Vec<Put>, after: Vec<Put>, expected: &[&str]) {
    let image = |files| image_with(&json!({}), &[files]).unwrap();
    let found = differences(&image(before), &image(after));
    assert_eq!(lines(&found), expected);
}

#[test]
fn paths() {
    let base = || vec![directory("etc"), file("etc/a", "1\n2\n"), file("etc/b", "")];
    check(base(), base(), &[]);
    check(
        base(),
        vec![
            directory("etc"),
            file("etc/a", "1\n3\n"),
            file("usr/c", "x"),
        ],
        &[
            "changed /etc/a: 4 bytes, line 2: \"2\" -> 4 bytes, line 2: \"3\"",
            "removed /etc/b: file of 0 bytes, mode 0644, owner 0:0 -> -",
            "added /usr: - -> directory, mode 0755, owner 0:0",
            "added /usr/c: - -> file of 1 byte, mode 0644, owner 0:0",
        ],
    );
    check(
        vec![file("a", "1\n2\n"), file("b", "1\n"), file("c", "\0a")],
        vec![file("a", "1\n"), file("b", "1\n\n"), file("c", "\0b")],
        &[
            "changed /a: 4 bytes, line 2: \"2\" -> 2 bytes, line 2: \"\"",
            "changed /b: 2 bytes, 2 lines -> 3 bytes, line 3: \"\"",
            "changed /c: 2 bytes, SHA-256 022a6979e6da... -> 2 bytes, SHA-256 57eb35615d47...",
        ],
    );
}

#[test]
fn attributes_of_a_path() {
    let with = |change: fn(&mut Put)| {
        let mut put = file("a", "1");
        change(&mut put);
        vec![put]
    };
    let capability = |put: &mut Put| {
        put.pax = vec![("SCHILY.xattr.security.capability", vec![1, 10])];
    };
    check(
        with(|_| {}),
        with(|put| {
            put.mode = 0o4755;
            put.owner = (1000, 5);
        }),
        &["changed /a: mode 0644, owner 0:0 -> mode 4755, owner 1000:5"],
    );
    check(
        with(capability),
        with(|_| {}),
        &["changed /a: security.capability=0x010a -> -"],
    );
    check(
        with(|_| {}),
        vec![directory("a")],
        &["changed /a: file of 1 byte, mode 0644, owner 0:0 -> directory, mode 0755, owner 0:0"],
    );
}

fn check_config(before: Value, after: Value, expected: &[&str]) {
    let image = |config| image_with(&config, &[vec![]]).unwrap();
    let found = differences(&image(before), &image(after));
    let aspects = found.iter().zip(lines(&found)).map(|(difference, line)| {
        let aspect = &difference.changes[0].aspect;
        match aspect {
            Aspect::Value => line,
            aspect => format!("{aspect:?} {line}"),
        }
    });
    assert_eq!(aspects.collect::<Vec<_>>(), expected);
}

#[test]
fn configuration() {
    let config = |config: Value| json!({ "config": config });
    let full = json!({"author": "x", "os": "linux", "architecture": "amd64", "config": {
        "Env": ["A=1", "B=2"], "Cmd": ["a"], "Entrypoint": ["b"], "User": "c", "WorkingDir": "/d",
        "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/e": {}}, "Labels": {"f.g": "h"},
        "StopSignal": "SIGINT", "Healthcheck": {"Test": ["NONE"]}, "Shell": ["/bin/bash", "-c"],
        "OnBuild": ["RUN i"], "ArgsEscaped": true}});
    check_config(full.clone(), full.clone(), &[]);
    check_config(
        full,
        json!({"os": "linux", "architecture": "arm", "variant": "v7", "config": {"Env": null}}),
        &[
            "removed Env.A: 1 -> -",
            "removed Env.B: 2 -> -",
            "removed Entrypoint: [\"b\"] -> -",
            "removed Cmd: [\"a\"] -> -",
            "removed User: c -> -",
            "removed WorkingDir: /d -> -",
            "removed ExposedPorts.80/tcp: 80/tcp -> -",
            "removed Volumes./e: /e -> -",
            "removed Labels.f.g: h -> -",
            "removed Author: x -> -",
            "removed StopSignal: SIGINT -> -",
            "removed Healthcheck: {\"Test\":[\"NONE\"]} -> -",
            "removed Shell: [\"/bin/bash\",\"-c\"] -> -",
            "removed OnBuild: [\"RUN i\"] -> -",
            "changed Platform: linux/amd64 -> linux/arm/v7",
        ],
    );
    check_config(
        config(json!({"Env": ["A=1", "B=2", "C=3"]})),
        config(json!({"Env": ["B=2", "A=4", "D="]})),
        &[
            "changed Env.A: 1 -> 4",
            "removed Env.C: 3 -> -",
            "added Env.D: - -> ",
            "VariableOrder changed Env (order): A, B -> B, A",
        ],
    );
}

#[test]
fn author_to_label() {
    let label = |author: &str, label: &str| json!({"author": author, "config": {"Labels": {"org.opencontainers.image.authors": label}}});
    check_config(
        json!({"author": "x"}),
        label("", "x"),
        &[
            "AuthorToLabel added Labels.org.opencontainers.image.authors: - -> x",
            "AuthorToLabel removed Author: x -> -",
        ],
    );
    check_config(
        json!({"author": "x"}),
        label("", "y"),
        &[
            "added Labels.org.opencontainers.image.authors: - -> y",
            "removed Author: x -> -",
        ],
    );
    check_config(
        label("x", "z"),
        label("", "x"),
        &[
            "changed Labels.org.opencontainers.image.authors: z -> x",
            "removed Author: x -> -",
        ],
    );
    check_config(
        json!({"author": "x"}),
        label("x", "x"),
        &["added Labels.org.opencontainers.image.authors: - -> x"],
    );
}

/// What a change of the command is when the rest of the configuration is as given.
fn check_command(field: &str, before: Value, after: Value, rest: Value, expected: Aspect) {
    let image = |words: &Value| {
        let mut config = rest.clone();
        config[field] = words.clone();
        image_with(&json!({ "config": config }), &[vec![]]).unwrap()
    };
    let found = differences(&image(&before), &image(&after));
    let [difference] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(difference.changes[0].aspect, expected, "{before} {after}");
}

#[test]
fn shell_dropped() {
    for (before, after, dropped) in [
        (
            json!(["/bin/sh", "-c", "node 'a b'"]),
            json!(["node", "a b"]),
            true,
        ),
        (
            json!(["/bin/bash", "-c", "node a"]),
            json!(["node", "a"]),
            true,
        ),
        (
            json!(["/bin/sh", "-c", "node a"]),
            json!(["node", "a", ""]),
            false,
        ),
        (
            json!(["/bin/sh", "-c", "node $a"]),
            json!(["node", "$a"]),
            false,
        ),
        (
            json!(["/bin/sh", "-c", "cd /a"]),
            json!(["cd", "/a"]),
            false,
        ),
        (
            json!(["/bin/sh", "-ec", "node a"]),
            json!(["node", "a"]),
            false,
        ),
        (
            json!(["/bin/sh", "-c", "node a", "b"]),
            json!(["node", "a"]),
            false,
        ),
        (json!(["cmd", "-c", "node a"]), json!(["node", "a"]), false),
        (
            json!(["node", "a"]),
            json!(["/bin/sh", "-c", "node a"]),
            false,
        ),
    ] {
        let expected = if dropped {
            Aspect::ShellDropped
        } else {
            Aspect::Value
        };
        check_command(
            "Cmd",
            before.clone(),
            after.clone(),
            json!({}),
            expected.clone(),
        );
        check_command(
            "Entrypoint",
            before.clone(),
            after.clone(),
            json!({}),
            expected,
        );
        // The words of CMD become arguments of the program.
        let cmd = json!({"Cmd": ["x"]});
        check_command("Entrypoint", before, after, cmd, Aspect::Value);
    }
}

#[test]
fn shell_of_a_health_check_dropped() {
    let test = |words: Value| json!({"Test": words, "Retries": 3});
    let shell = || test(json!(["CMD-SHELL", "curl -f a"]));
    let exec = json!(["CMD", "curl", "-f", "a"]);
    let field = "Healthcheck";
    check_command(
        field,
        shell(),
        test(exec.clone()),
        json!({}),
        Aspect::ShellDropped,
    );
    let other = json!({"Test": exec, "Retries": 4});
    check_command(field, shell(), other, json!({}), Aspect::Value);
    let login = json!({"Shell": ["/bin/bash", "-l", "-c"]});
    check_command(field, shell(), test(exec), login, Aspect::Value);
    let more = test(json!(["CMD", "curl", "-f", "a", "b"]));
    check_command(field, shell(), more, json!({}), Aspect::Value);
}

#[test]
fn noise_of_a_builder() {
    let image = |files| image_with(&json!({}), &[files]).unwrap();
    let build = |time: &str, name: &str| {
        image(vec![
            file("log", time),
            file(&format!("tmp/{name}"), ""),
            file("tmp/always", ""),
        ])
    };
    let noise = Noise::between(&build("1", "run-10-2.log"), &build("2", "run-9-33.log"));
    let seen = |before: &Image, after: &Image| -> Vec<bool> {
        let found = differences(before, after);
        let changes = found.iter().flat_map(|difference| {
            let changes = difference.changes.iter();
            changes.map(|change| noise.has(&difference.subject, change))
        });
        changes.collect()
    };
    let before = build("1", "run-10-2.log");
    assert_eq!(
        seen(&before, &build("3", "run-777-1.log")),
        [true, true, true]
    );
    assert_eq!(seen(&before, &build("1", "run-10.log")), [true, false]);
    let mut other = file("log", "1");
    other.mode = 0o600;
    let other = image(vec![
        other,
        file("tmp/run-10-2.log", ""),
        file("tmp/always", ""),
    ]);
    assert_eq!(seen(&before, &other), [false]);
    let missing = image(vec![file("log", "1"), file("tmp/run-10-2.log", "")]);
    assert_eq!(seen(&before, &missing), [false]);
    // One file more in one build than in the other is no other name.
    let noise = Noise::between(&image(vec![file("a1", "")]), &image(vec![]));
    let found = differences(&image(vec![]), &image(vec![file("a2", "")]));
    assert!(!noise.has(&found[0].subject, &found[0].changes[0]));
}
