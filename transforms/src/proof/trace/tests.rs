//! The conversion cases: what BuildKit's converter makes of small files, printed by the same rules from our trace.
//!
//! The graph has its own order, so lines are compared as a set; `HIST` lines are not part of the data. The environment
//! of an EXEC is a set too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::*;
use crate::Settings;
use crate::model::Analysis;
use dfix_syntax::SourceText;

#[test]
fn conversion_cases() {
    let cases: serde_json::Value =
        serde_json::from_str(include_str!("../testdata/conversion.json")).unwrap();
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), 75);
    let mut wrong = String::new();
    for case in cases {
        let text = |key: &str| case[key].as_str().unwrap();
        let list = |key: &str| -> Vec<&str> {
            let items = case[key].as_array().unwrap();
            items.iter().map(|item| item.as_str().unwrap()).collect()
        };
        let printed = print_case(text("input"), &list("args"));
        let expected = list("expected");
        let is_error = |line: &str| line.starts_with("ERROR") || line.starts_with("MARSHAL ERROR");
        let right = if expected.iter().any(|line| is_error(line)) {
            printed.is_err()
        } else {
            let normal = |line: &str| normal_line(line);
            let expected: BTreeSet<String> = expected.iter().map(|line| normal(line)).collect();
            let printed = printed
                .as_ref()
                .map(|lines| lines.iter().map(|line| normal(line)).collect());
            printed.as_ref() == Ok(&expected)
        };
        if !right {
            writeln!(
                wrong,
                "{} {}\n  expected {expected:#?}\n  printed {printed:#?}",
                text("id"),
                text("name")
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Environments as sets, and the inputs of the graph without their numbers.
fn normal_line(line: &str) -> String {
    let Some((before, rest)) = line.split_once(" env=[") else {
        return line.replace("  input:-1", "");
    };
    let (env, rest) = rest.split_once("] cwd=").unwrap();
    // The values of the cases hold no blanks inside quotes but one, which stays together with its neighbour.
    let env: BTreeSet<&str> = env.split(' ').collect();
    let (rest, mounts) = rest.split_once(" mounts=[").unwrap_or((rest, ""));
    let mounts: BTreeSet<&str> = mounts
        .trim_end_matches(']')
        .split("\" \"")
        .map(|mount| mount.trim_matches('"'))
        .filter(|mount| !mount.is_empty())
        .collect();
    format!("{before} env={env:?} cwd={rest} mounts={mounts:?}")
}

fn print_case(input: &str, args: &[&str]) -> Result<Vec<String>, TraceError> {
    let source = SourceText::new(input.as_bytes()).unwrap();
    let settings = Settings::default();
    let analysis = Analysis::new(source, &settings);
    let build_args: BTreeMap<String, String> = args
        .iter()
        .filter(|arg| !arg.starts_with('@'))
        .map(|arg| arg.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let base = KnownBase {
        env: vec![("PATH".into(), "/usr/bin".into())],
        cmd: vec!["basecmd".into()],
    };
    let world = World {
        build_args: Some(&build_args),
        base: Some(&base),
    };
    let trace = build(&analysis, &settings, &world)?;
    let target = args.iter().find_map(|arg| arg.strip_prefix("@target="));
    let target = match target {
        Some(name) => trace
            .stages
            .iter()
            .position(|stage| stage.name.as_deref() == Some(name)),
        None => trace.stages.len().checked_sub(1),
    };
    let mut printer = Printer {
        trace: &trace,
        lines: vec![config(&trace.stages[target.unwrap()].config)],
        done: BTreeSet::new(),
    };
    printer.stage(target.unwrap());
    Ok(printer.lines)
}

struct Printer<'t, 'a> {
    trace: &'t Trace<'a>,
    lines: Vec<String>,
    done: BTreeSet<usize>,
}

impl Printer<'_, '_> {
    fn image(&mut self, image: &Value) {
        self.lines.push(format!("SOURCE image {image}"));
    }

    fn stage(&mut self, number: usize) {
        if !self.done.insert(number) {
            return;
        }
        let stage = &self.trace.stages[number];
        match &stage.base {
            Base::Scratch => {}
            Base::Stage(parent) => self.stage(*parent),
            Base::Image(image) => self.image(image),
        }
        for step in &stage.steps {
            match &step.op {
                Op::Mkdir(mkdir) => self.lines.push(format!(
                    "MKDIR {:?} mode=755 parents=true owner={}",
                    mkdir.path.to_string(),
                    owner(Some(&mkdir.owner))
                )),
                Op::Copy(copy) => self.copy(copy),
                Op::Exec(exec) => self.exec(exec),
            }
        }
    }

    fn copy(&mut self, copy: &Copy) {
        let mut wild = true;
        let mut src = match &copy.source {
            Source::Context(path) => path.to_string(),
            Source::Stage(stage, path) => {
                self.stage(*stage);
                path.to_string()
            }
            Source::Image(image, path) => {
                self.image(image);
                path.to_string()
            }
            Source::Heredoc { name, content } => {
                wild = false;
                self.lines.push(
                    format!("MKFILE \"/{name}\" mode=644 data={:?}", content.to_string())
                        .replace("\\'", "'"),
                );
                format!("/{name}")
            }
            Source::Http(url) => {
                wild = false;
                let name = url.known().unwrap().rsplit('/').next().unwrap().to_owned();
                self.lines
                    .push(format!("SOURCE {url} map[http.filename:{name}]"));
                format!("/{name}")
            }
            Source::Git(url) => {
                wild = false;
                let short = url.to_string();
                let short = short.strip_prefix("https://").unwrap();
                let full = short.split('#').next().unwrap();
                self.lines.push(format!("SOURCE git://{short} map[git.authheadersecret:GIT_AUTH_HEADER git.authtokensecret:GIT_AUTH_TOKEN git.fullurl:https://{full}]"));
                "/".to_owned()
            }
            Source::Unknown(_) => panic!("everything is known"),
        };
        let mut patterns = String::new();
        if copy.parents {
            let (root, include) = match src.split_once("/./") {
                Some((root, include)) => (root.to_owned(), include.to_owned()),
                None => ("/".to_owned(), src.trim_start_matches('/').to_owned()),
            };
            let required = match include.contains('*') {
                true => String::new(),
                false => format!("{:?}", format!("{}/{include}", root.trim_end_matches('/'))),
            };
            patterns = format!(" incl=[{include:?}] excl=[] req=[{required}]");
            src = root;
        }
        let mode = match copy.mode.as_ref().and_then(Value::known) {
            None => "-1".to_owned(),
            Some(mode) => match u32::from_str_radix(mode, 8) {
                Ok(mode) => mode.to_string(),
                Err(_) => format!("0 modestr={mode:?}"),
            },
        };
        self.lines.push(format!(
            "COPY src={src:?} dest={:?} owner={} mode={mode} unpack={} wild={wild}{patterns}",
            copy.dest.to_string(),
            owner(copy.owner.as_ref()),
            copy.unpack,
        ));
        if copy.link {
            self.lines.push("MERGE [ input:1]".to_owned());
        }
    }

    fn exec(&mut self, exec: &Exec<'_>) {
        let words = exec.argv.words().unwrap();
        let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        let env: Vec<String> = self
            .trace
            .envs
            .pairs(exec.env)
            .iter()
            .map(|(name, value)| pair(name, value))
            .collect();
        let mut line = format!(
            "EXEC args=[{}] env=[{}] cwd={:?} user={:?}",
            words.join(" "),
            env.join(" "),
            exec.cwd.to_string(),
            exec.user.to_string()
        );
        let mut mounts = Vec::new();
        if let Some((name, body)) = &exec.file {
            self.lines
                .push(format!("MKFILE \"/{name}\" mode=755 data={body:?}"));
            mounts.push("/dev/pipes/<-1/ ro=true type=BIND".to_owned());
        }
        for mount in &exec.mounts {
            match &mount.from {
                Some(MountSource::Image(image)) => self.image(image),
                Some(MountSource::Stage(stage)) => self.stage(*stage),
                None => {}
            }
            let kind = format!("{:?}", mount.kind).to_uppercase();
            let input = if mount.kind == MountKind::Bind {
                format!(
                    "1{}",
                    mount
                        .source
                        .as_ref()
                        .map(ToString::to_string)
                        .unwrap_or_default()
                )
            } else {
                "-1".to_owned()
            };
            let target = mount.target.as_ref().unwrap();
            mounts.push(format!(
                "{target}<-{input} ro={} type={kind}",
                mount.readonly
            ));
        }
        if !mounts.is_empty() {
            mounts.push("/<-0 ro=false type=BIND".to_owned());
            let quoted: Vec<String> = mounts.iter().map(|mount| format!("{mount:?}")).collect();
            write!(line, " mounts=[{}]", quoted.join(" ")).unwrap();
        }
        self.lines.push(line);
    }
}

fn pair(name: &str, value: &Value) -> String {
    let value = value.to_string();
    if name == "PATH" && value == "/usr/bin" {
        return "PATH".to_owned();
    }
    format!("{:?}", format!("{name}={value}"))
}

fn owner(value: Option<&Value>) -> String {
    let text = value.map(ToString::to_string).unwrap_or_default();
    if text.is_empty() {
        return "<nil>".to_owned();
    }
    let one = |name: &str| match name.parse::<u32>() {
        Ok(number) => format!("{{byID:{number}}}"),
        Err(_) if name == "root" => "{byID:0}".to_owned(),
        Err(_) => format!("{{byName:{{name:{name:?}}}}}"),
    };
    match text.split_once(':') {
        None => format!("user:{}", one(&text)),
        Some((user, group)) => format!("user:{}  group:{}", one(user), one(group)),
    }
}

fn config(config: &Config<'_>) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let array = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        format!("[{}]", words.join(","))
    };
    let set = |items: BTreeSet<String>| {
        let items: Vec<String> = items
            .iter()
            .map(|item| format!("{}:{{}}", quoted(item)))
            .collect();
        format!("{{{}}}", items.join(","))
    };
    let mut fields = Vec::new();
    if config.user != Value::default() {
        fields.push(format!("\"User\":{}", quoted(&config.user.to_string())));
    }
    let ports: BTreeSet<String> = config
        .ports
        .known
        .iter()
        .map(|(port, _, protocol)| format!("{port}/{protocol}"))
        .collect();
    if !ports.is_empty() {
        fields.push(format!("\"ExposedPorts\":{}", set(ports)));
    }
    let env: Vec<String> = config
        .env
        .iter()
        .map(|(name, value)| match pair(name, value).as_str() {
            "PATH" => "PATH".to_owned(),
            _ => quoted(&format!("{name}={value}")),
        })
        .collect();
    if env.len() > 1 {
        fields.push(format!("\"Env\":[{}]", env.join(",")));
    }
    let words = |argv: &Argv<'_>| {
        argv.words()
            .unwrap()
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<String>>()
    };
    for (name, argv) in [
        ("Entrypoint", words(&config.entrypoint)),
        ("Cmd", words(&config.cmd)),
    ] {
        let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
        match argv.as_slice() {
            [] => {}
            ["basecmd"] => fields.push(format!("\"{name}\":<base>")),
            argv => fields.push(format!("\"{name}\":{}", array(argv))),
        }
    }
    if let Some(healthcheck) = &config.healthcheck {
        let test = match &healthcheck.test {
            HealthTest::Shell(text) => vec!["CMD-SHELL", text.as_ref()],
            _ => panic!("no case has another health check"),
        };
        fields.push(format!("\"Healthcheck\":{{\"Test\":{}}}", array(&test)));
    }
    let volumes: BTreeSet<String> = config.volumes.iter().map(ToString::to_string).collect();
    if !volumes.is_empty() {
        fields.push(format!("\"Volumes\":{}", set(volumes)));
    }
    if config.workdir_set {
        fields.push(format!(
            "\"WorkingDir\":{}",
            quoted(&config.workdir.to_string())
        ));
    }
    let labels: BTreeMap<String, String> = config
        .labels
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    if !labels.is_empty() {
        fields.push(format!(
            "\"Labels\":{}",
            serde_json::to_string(&labels).unwrap()
        ));
    }
    if let Some(signal) = &config.stop_signal {
        fields.push(format!("\"StopSignal\":{}", quoted(&signal.to_string())));
    }
    if let (Shell::Known(shell), true) = (&config.shell, config.shell_set) {
        let shell: Vec<&str> = shell.iter().map(|word| word.as_str()).collect();
        fields.push(format!("\"Shell\":{}", array(&shell)));
    }
    let author = config
        .author
        .as_ref()
        .map(|author| format!(" author={author:?}"))
        .unwrap_or_default();
    format!("CONFIG {{{}}}{author}", fields.join(","))
}
