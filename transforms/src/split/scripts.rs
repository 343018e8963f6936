//! Scripts of the build context: which file of it a path of the image is, and what a shell script calls.

use dfix_syntax::SourceText;

use super::place::{Place, base_name, within};
use super::planner::destination;
use super::world::World;
use crate::model::{
    Analysis, Args, Command, CompoundKind, InstructionKind, Script, ShellWord, SimpleCommand,
};
use crate::{ContextKind, Facts, Settings};

/// Scripts that call each other are followed this far.
const MOST_DEPTH: usize = 8;

/// A script of which isn't known what it calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unknown {
    /// As the command names it.
    pub(super) script: String,
    /// The command in it that may call anything; `None` when its text isn't known.
    pub(super) command: Option<String>,
}

/// The programs that the scripts call which the final command starts; empty when it starts none.
///
/// # Errors
/// The first script of which that isn't known.
pub(super) fn called(world: &World<'_>) -> Result<Vec<String>, Unknown> {
    follow(world).map(|found| found.programs)
}

/// The scripts of the build context that the command starts, and those that they start: their paths in the image, as far as
/// they are known.
pub(super) fn started(world: &World<'_>) -> Vec<String> {
    follow(world).map(|found| found.paths).unwrap_or_default()
}

/// The texts of these scripts, as far as they are known.
pub(super) fn texts(world: &World<'_>) -> Vec<String> {
    follow(world).map(|found| found.seen).unwrap_or_default()
}

fn follow(world: &World<'_>) -> Result<Found, Unknown> {
    let mut found = Found::default();
    for program in &world.needs.programs {
        match text_of_program(world, program) {
            Some((path, text)) => {
                found.paths.push(path);
                found.script(world, program, text, MOST_DEPTH)?;
            }
            None if is_script(program) => {
                return Err(Unknown {
                    script: program.clone(),
                    command: None,
                });
            }
            None => {}
        }
    }
    Ok(found)
}

/// Whether a program of the final command is a script of the project, as far as its name tells.
fn is_script(program: &str) -> bool {
    let name = base_name(program);
    name.ends_with(".sh")
        || name.contains("entrypoint")
        || program.contains("/bin/")
            && !program.starts_with('/')
            && !program.contains("node_modules")
}

/// The file of the build context that a program of the final command is: its path in the image, and its text.
fn text_of_program<'w>(world: &World<'w>, program: &str) -> Option<(String, &'w str)> {
    if program.contains(['$', '*', ' ']) {
        return None;
    }
    let directory = match program.starts_with('/') {
        true => "/",
        false => world.needs.workdir.as_deref().unwrap_or("/"),
    };
    let near = crate::model::join_path(directory, program);
    let searched = world
        .needs
        .search
        .iter()
        .filter(|_| !program.contains('/'))
        .map(|directory| format!("{directory}/{program}"));
    let mut paths = std::iter::once(near).chain(searched);
    paths.find_map(|path| {
        let text = text_of(world, &path)?;
        Some((path, text))
    })
}

/// The text of the file of the build context that is copied to a path of the image, if it was read.
pub(super) fn text_of<'w>(world: &World<'w>, path: &str) -> Option<&'w str> {
    let project = world.facts.project.as_ref()?;
    project.text(&source_of(world, path)?)
}

/// The file of the build context that is copied to a path of the image: its key.
pub(super) fn source_of(world: &World<'_>, path: &str) -> Option<String> {
    let project = world.facts.project.as_ref()?;
    let is_file = |key: &String| project.kind(key) == Some(ContextKind::UnreadFile);
    let copies = world.analysis.stage_instructions(0).rev().filter(|it| {
        matches!(it.kind, InstructionKind::Copy | InstructionKind::Add) && it.flag("from").is_none()
    });
    for copy in copies {
        let (Args::Copy { sources, .. }, Place::At(target)) =
            (&copy.args, destination(world.analysis, copy))
        else {
            continue;
        };
        if !within(path, &target) {
            continue;
        }
        let rest = path.get(target.trim_end_matches('/').len()..);
        let rest = rest.unwrap_or_default().trim_start_matches('/');
        for source in sources {
            let found = world.analysis.expand(copy, &source.text).ok();
            let Some(key) = found.and_then(|it| it.value.known().map(Facts::key)) else {
                continue;
            };
            let below = match key.split_once('*') {
                Some((head, tail)) => {
                    let folder = head.rsplit_once('/').map_or("", |(folder, _)| folder);
                    let file = Facts::key(&format!("{folder}/{rest}"));
                    let fits = !rest.contains('/')
                        && !tail.contains(['*', '/'])
                        && file.len() >= head.len() + tail.len()
                        && file.starts_with(head)
                        && file.ends_with(tail);
                    fits.then_some(file)
                }
                None if is_file(&key) => {
                    (rest.is_empty() || rest == base_name(&key)).then_some(key)
                }
                None => Some(Facts::key(&format!("{key}/{rest}"))),
            };
            if let Some(file) = below.filter(is_file) {
                return Some(file);
            }
        }
    }
    None
}

/// The programs that are called so far.
#[derive(Debug, Default)]
struct Found {
    programs: Vec<String>,
    paths: Vec<String>,
    seen: Vec<String>,
}

impl Found {
    fn script(
        &mut self,
        world: &World<'_>,
        name: &str,
        text: &str,
        depth: usize,
    ) -> Result<(), Unknown> {
        let unknown = |command: Option<String>| Unknown {
            script: name.to_owned(),
            command,
        };
        if self.seen.iter().any(|seen| seen == text) {
            return Ok(());
        }
        self.seen.push(text.to_owned());
        let depth = depth.checked_sub(1).ok_or_else(|| unknown(None))?;
        let programs = calls(text).map_err(unknown)?;
        for program in programs {
            match text_of_program(world, &program) {
                Some((path, text)) => {
                    self.paths.push(path);
                    self.script(world, &program, text, depth)?;
                }
                None if is_script(&program) => {
                    return Err(Unknown {
                        script: program,
                        command: None,
                    });
                }
                None => self.programs.push(program),
            }
        }
        Ok(())
    }
}

/// The programs that a shell script calls, its own functions and what the shell does itself left out.
///
/// # Errors
/// The command that may call anything; `None` when it is no script of a shell.
fn calls(text: &str) -> Result<Vec<String>, Option<String>> {
    let first = text.lines().next().unwrap_or_default();
    if let Some(interpreter) = first.strip_prefix("#!") {
        let mut words = interpreter.split_whitespace().map(base_name);
        let is_shell = |name: &str| matches!(name, "sh" | "bash" | "ash" | "dash" | "env");
        if !words.next().is_some_and(is_shell)
            || words.any(|word| !word.starts_with('-') && !is_shell(word))
        {
            return Err(None);
        }
    }
    let analysis = parsed(text).ok_or(None)?;
    let script = analysis
        .instructions
        .last()
        .and_then(|run| run.script())
        .ok_or(None)?;
    let mut functions = Vec::new();
    collect_functions(script, &mut functions);
    let mut commands: Vec<&SimpleCommand> = Vec::new();
    script.visit(&mut |command| commands.push(command));
    let mut programs = Vec::new();
    for command in commands {
        read(command, &mut programs).map_err(|Opaque| Some(command_text(&analysis, command)))?;
    }
    programs.retain(|program| {
        !BUILTINS.contains(&program.as_str()) && !functions.iter().any(|known| known == program)
    });
    programs.sort();
    programs.dedup();
    Ok(programs)
}

/// A script as the body of a heredoc, which the builder hands on as it is.
fn parsed(text: &str) -> Option<Analysis> {
    const END: &str = "DFIX_END_OF_SCRIPT";
    if text.contains(END) || text.trim().is_empty() {
        return None;
    }
    let text = text.replace("\r\n", "\n");
    // With this line the body would be read by nobody but the interpreter.
    let text = match text.strip_prefix("#!") {
        Some(text) => text.split_once('\n').map_or("", |(_, rest)| rest),
        None => text.as_str(),
    };
    let source = format!("FROM scratch\nRUN <<'{END}'\n{}\n{END}\n", text.trim_end());
    let source = SourceText::of_text(&source).ok()?;
    let analysis = Analysis::new(source, &Settings::default());
    (analysis.errors.is_empty() && analysis.instructions.len() == 2).then_some(analysis)
}

fn command_text(analysis: &Analysis, command: &SimpleCommand) -> String {
    super::refusal::quote(analysis, command.range)
}

fn collect_functions(script: &Script, names: &mut Vec<String>) {
    let pipelines = script.items.iter().flat_map(|item| item.and_or.pipelines());
    for command in pipelines.flat_map(|pipeline| &pipeline.commands) {
        if let Command::Compound(compound) = command {
            if compound.kind == CompoundKind::Function {
                names.extend(compound.name.as_ref().map(ToString::to_string));
            }
            for body in &compound.bodies {
                collect_functions(body, names);
            }
        }
    }
}

/// A command may call anything.
struct Opaque;

/// What a shell does itself.
const BUILTINS: &[&str] = &[
    ":",
    "[",
    "[[",
    "alias",
    "bg",
    "break",
    "cd",
    "continue",
    "declare",
    "echo",
    "exit",
    "export",
    "false",
    "fg",
    "getopts",
    "hash",
    "jobs",
    "kill",
    "let",
    "local",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "test",
    "times",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "wait",
];

/// The programs that a command calls, those that it calls for another one included.
fn read(command: &SimpleCommand, programs: &mut Vec<String>) -> Result<(), Opaque> {
    let mut words = command.words.iter().peekable();
    while let Some(word) = words.next() {
        // A bracket alone is read as a pattern.
        if matches!(word.text.as_str(), "[" | "[[") {
            return Ok(());
        }
        let Some(name) = word.value.as_deref() else {
            return dynamic(word, programs);
        };
        let mut skip_flags = |values: &[&str]| {
            while let Some(flag) = words.next_if(|word| word.text.starts_with('-')) {
                if values.contains(&flag.text.as_str()) {
                    words.next();
                }
            }
        };
        match name {
            "exec" | "command" | "builtin" | "time" => {
                skip_flags(&["-a"]);
                continue;
            }
            "nohup" | "nice" | "setsid" | "stdbuf" | "ionice" | "tini" | "/sbin/tini"
            | "/usr/bin/tini" | "dumb-init" | "/usr/bin/dumb-init" | "catatonit" => {
                skip_flags(&["-n"]);
            }
            "env" => {
                skip_flags(&["-u"]);
                while words.next_if(|word| word.text.contains('=')).is_some() {}
            }
            "gosu" | "su-exec" | "chroot" | "timeout" => {
                skip_flags(&["-k", "-s"]);
                words.next();
            }
            "sudo" => skip_flags(&["-u", "-g"]),
            "sh" | "bash" | "ash" | "dash" | "su" | "runuser" => {
                programs.push(name.to_owned());
                return shell(&mut words, programs);
            }
            "trap" => {
                return match words.next().map(|word| word.value.as_deref()) {
                    Some(Some(text)) => inner(text, programs),
                    Some(None) => Err(Opaque),
                    None => Ok(()),
                };
            }
            "eval" | "xargs" | "find" | "parallel" | "watch" | "flock" | "setpriv" => {
                programs.push(name.to_owned());
                let plain = name == "find"
                    && !words.any(|word| word.text.starts_with("-exec") || word.text == "-ok");
                return if plain { Ok(()) } else { Err(Opaque) };
            }
            "source" | "." => return Err(Opaque),
            name => {
                programs.push(name.to_owned());
                return Ok(());
            }
        }
        programs.push(name.to_owned());
    }
    Ok(())
}

/// A command whose program a variable names.
fn dynamic(word: &ShellWord, programs: &mut Vec<String>) -> Result<(), Opaque> {
    let text = word.text.trim_matches('"');
    // The command of the container, which is known.
    if matches!(text, "$@" | "${@}" | "$*" | "${*}") {
        return Ok(());
    }
    match text.rsplit_once('/') {
        Some((_, name)) if !name.is_empty() && !name.contains(['$', '`', '*', '"']) => {
            programs.push(name.to_owned());
            Ok(())
        }
        _ => Err(Opaque),
    }
}

/// A shell that is called: with the text of a script, or with a file.
fn shell<'w>(
    words: &mut impl Iterator<Item = &'w ShellWord>,
    programs: &mut Vec<String>,
) -> Result<(), Opaque> {
    let mut has_text = false;
    for word in words {
        match word.value.as_deref() {
            Some(flag) if flag.starts_with('-') => {
                has_text |= !flag.starts_with("--") && flag.ends_with('c') || flag == "--command";
            }
            Some(text) if has_text => return inner(text, programs),
            Some(file) if file.contains(['/', '.']) => {
                programs.push(file.to_owned());
                return Ok(());
            }
            // `su user -c ...`
            Some(_) => {}
            None => return Err(Opaque),
        }
    }
    Err(Opaque)
}

fn inner(text: &str, programs: &mut Vec<String>) -> Result<(), Opaque> {
    if text.trim().is_empty() || text == "-" {
        return Ok(());
    }
    programs.extend(calls(text).map_err(|_| Opaque)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = calls(text);
        let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        assert_eq!(found, Ok(expected), "{text}");
    }

    #[track_caller]
    fn opaque(text: &str, command: Option<&str>) {
        assert_eq!(calls(text), Err(command.map(str::to_owned)), "{text}");
    }

    #[test]
    fn programs_of_a_script() {
        check("#!/bin/sh\nset -e\nexec \"$@\"\n", &[]);
        check(
            "#!/usr/bin/env bash\nwait_for() {\n  until nc -z \"$1\" 5432; do sleep 1; done\n}\nif [ \"$1\" = app ]; then\n  wait_for db\n  exec gosu app \"$@\"\nfi\n",
            &["gosu", "nc", "sleep"],
        );
        check(
            "cd /app && python manage.py migrate || exit 1\n",
            &["python"],
        );
        check(
            "v=$(curl -fs http://a | jq .b)\necho \"$v\"\n",
            &["curl", "jq"],
        );
        check("# curl\necho curl\ncat <<EOF\nwget\nEOF\n", &["cat"]);
        check("exec $JAVA_HOME/bin/java -jar /a.jar\n", &["java"]);
        check(
            "su app -c 'redis-server /etc/r.conf'\n",
            &["redis-server", "su"],
        );
        check(
            "trap 'pkill -P $$' TERM\nenv A=b nohup run &\nwait\n",
            &["env", "nohup", "pkill", "run"],
        );
        check("sh /opt/b.sh\n", &["/opt/b.sh", "sh"]);
        check(
            "case $1 in\na) one;;\n*) two;;\nesac\nfor i in 1 2; do three; done\n",
            &["one", "three", "two"],
        );
    }

    #[test]
    fn what_may_call_anything() {
        opaque("eval \"$CMD\"\n", Some("`eval \"$CMD\"`"));
        opaque("$RUNNER a\n", Some("`$RUNNER a`"));
        opaque(". /etc/conf\n", Some("`. /etc/conf`"));
        opaque("ls | xargs rm\n", Some("`xargs rm`"));
        opaque("#!/usr/bin/env python3\nimport os\n", None);
        opaque("", None);
    }
}
