//! The configurations of two images.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::image::Config;
use super::{Aspect, Change, Difference, Subject};
use crate::verify::words::words_of;

/// The label that replaces the author field.
const AUTHORS: &str = "org.opencontainers.image.authors";

pub(super) fn differences(before: &Config, after: &Config) -> Vec<Difference> {
    let mut found = Found::default();
    variables(&mut found, before, after);
    let (b, a) = (before, after);
    let entrypoint = match (&b.cmd, &a.cmd) {
        // A shell drops the words of CMD, a program would take them as its arguments.
        (None, None) => exec_form(&b.entrypoint, &a.entrypoint),
        _ => Aspect::Value,
    };
    found.list("Entrypoint", entrypoint, &b.entrypoint, &a.entrypoint);
    found.list("Cmd", exec_form(&b.cmd, &a.cmd), &b.cmd, &a.cmd);
    found.text("User", &b.user, &a.user);
    found.text("WorkingDir", &b.working_dir, &a.working_dir);
    found.set("ExposedPorts", &b.ports, &a.ports);
    found.set("Volumes", &b.volumes, &a.volumes);
    labels(&mut found, before, after);
    let signal = |config: &Config| config.stop_signal.clone().unwrap_or_default();
    found.text("StopSignal", &signal(b), &signal(a));
    healthcheck(&mut found, before, after);
    found.list("Shell", Aspect::Value, &b.shell, &a.shell);
    let triggers = |config: &Config| {
        let triggers = config.on_build.clone();
        Some(triggers).filter(|triggers| !triggers.is_empty())
    };
    found.list("OnBuild", Aspect::Value, &triggers(b), &triggers(a));
    found.text("Platform", &b.platform, &a.platform);
    found.0
}

#[derive(Default)]
struct Found(Vec<Difference>);

impl Found {
    fn add(&mut self, name: &str, aspect: Aspect, before: Option<String>, after: Option<String>) {
        if before != after {
            self.0.push(Difference {
                subject: Subject::Config(name.to_owned()),
                changes: vec![Change {
                    aspect,
                    before,
                    after,
                }],
            });
        }
    }

    /// A value that is empty where there is none.
    fn text(&mut self, name: &str, before: &str, after: &str) {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        self.add(name, Aspect::Value, given(before), given(after));
    }

    fn list(
        &mut self,
        name: &str,
        aspect: Aspect,
        before: &Option<Vec<String>>,
        after: &Option<Vec<String>>,
    ) {
        let json = |words: &Vec<String>| Value::from(words.clone()).to_string();
        self.add(
            name,
            aspect,
            before.as_ref().map(json),
            after.as_ref().map(json),
        );
    }

    fn set(&mut self, name: &str, before: &BTreeSet<String>, after: &BTreeSet<String>) {
        for member in before.symmetric_difference(after) {
            let has = |set: &BTreeSet<String>| set.contains(member).then(|| member.clone());
            let name = format!("{name}.{member}");
            self.add(&name, Aspect::Value, has(before), has(after));
        }
    }

    fn map(
        &mut self,
        name: &str,
        before: &BTreeMap<&str, &str>,
        after: &BTreeMap<&str, &str>,
        aspect: impl Fn(&str) -> Aspect,
    ) {
        let keys: BTreeSet<&&str> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let value = |map: &BTreeMap<&str, &str>| map.get(*key).map(|value| (*value).to_owned());
            let name = format!("{name}.{key}");
            self.add(&name, aspect(key), value(before), value(after));
        }
    }
}

/// Values and order of the variables.
fn variables(found: &mut Found, before: &Config, after: &Config) {
    let values = |config: &Config| -> Vec<(String, String)> {
        let pairs = config.env.iter();
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    };
    let (before, after) = (values(before), values(after));
    let map = |values: &'_ [(String, String)]| -> BTreeMap<String, String> {
        values.iter().cloned().collect()
    };
    let (b, a) = (map(&before), map(&after));
    found.map("Env", &borrowed(&b), &borrowed(&a), |_| Aspect::Value);
    let order = |values: &[(String, String)]| -> Vec<String> {
        let names = values.iter().map(|(name, _)| name);
        let common = names.filter(|name| b.contains_key(*name) && a.contains_key(*name));
        common.cloned().collect()
    };
    let (b, a) = (order(&before), order(&after));
    found.add(
        "Env (order)",
        Aspect::VariableOrder,
        Some(b.join(", ")),
        Some(a.join(", ")),
    );
}

fn borrowed(map: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    let pairs = map.iter();
    pairs
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect()
}

/// Labels and the author, which may have become one.
fn labels(found: &mut Found, before: &Config, after: &Config) {
    let moved = !before.author.is_empty()
        && after.author.is_empty()
        && !before.labels.contains_key(AUTHORS)
        && after.labels.get(AUTHORS) == Some(&before.author);
    let aspect = |key: &str| match moved && key == AUTHORS {
        true => Aspect::AuthorToLabel,
        false => Aspect::Value,
    };
    let (b, a) = (borrowed(&before.labels), borrowed(&after.labels));
    found.map("Labels", &b, &a, aspect);
    let given = |author: &String| (!author.is_empty()).then(|| author.clone());
    let (before, after) = (given(&before.author), given(&after.author));
    found.add("Author", aspect(AUTHORS), before, after);
}

/// What the difference between two commands is.
fn exec_form(before: &Option<Vec<String>>, after: &Option<Vec<String>>) -> Aspect {
    match (before.as_deref(), after) {
        (Some([shell, option, text]), Some(after))
            if is_plain_shell(shell)
                && option == "-c"
                && words_of(text).as_ref() == Some(after) =>
        {
            Aspect::ShellDropped
        }
        _ => Aspect::Value,
    }
}

/// Whether a shell does nothing but run the text behind `-c`.
fn is_plain_shell(shell: &str) -> bool {
    let name = shell.rsplit('/').next();
    matches!(name, Some("sh" | "ash" | "dash" | "bash"))
}

fn healthcheck(found: &mut Found, before: &Config, after: &Config) {
    let text = |config: &Config| {
        let check = config.healthcheck.as_ref()?;
        serde_json::to_string(check).ok()
    };
    let aspect = match (&before.healthcheck, &after.healthcheck) {
        (Some(b), Some(a)) if same_but_test(b, a) => {
            let test = |check: &BTreeMap<String, Value>| -> Option<Vec<String>> {
                let words = check.get("Test")?.as_array()?.iter();
                words.map(|word| word.as_str().map(str::to_owned)).collect()
            };
            // The shell that runs the text is the one of the image.
            let shell = before.shell.clone();
            let shell = shell.unwrap_or_else(|| vec!["/bin/sh".to_owned(), "-c".to_owned()]);
            match (test(b).as_deref(), test(a).as_deref()) {
                (Some([kind, text]), Some([other, words @ ..]))
                    if kind == "CMD-SHELL" && other == "CMD" =>
                {
                    let mut command = shell;
                    command.push(text.clone());
                    exec_form(&Some(command), &Some(words.to_vec()))
                }
                _ => Aspect::Value,
            }
        }
        _ => Aspect::Value,
    };
    found.add("Healthcheck", aspect, text(before), text(after));
}

fn same_but_test(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> bool {
    let rest = |check: &BTreeMap<String, Value>| {
        let mut rest = check.clone();
        rest.remove("Test");
        rest
    };
    rest(before) == rest(after)
}
