//! `exec-form`: CMD and ENTRYPOINT as JSON arrays, so that signals reach the program.

use dfix_syntax::TextRange;

use super::Context;
use super::declare::declare_rule;
use super::support::launched::starts_by_itself;
use super::support::processes::{Processes, Setting};
use super::support::program_words::{is_default_shell, program_words};
use crate::commands::is_shell_word;
use crate::images::Entrypoint;
use crate::layout::json_array;
use crate::model::{BreakKind, Form, Instruction, InstructionKind, Script, SimpleCommand};
use crate::{Applicability, Edit, Finding, Fix};

declare_rule! {
    /// `CMD` and `ENTRYPOINT` are written in exec form, as a JSON array.
    ///
    /// ## Why
    ///
    /// In shell form a shell is process 1 and the program its child. Most shells don't hand on the signal of `docker stop`,
    /// so the program never hears of it and is killed after the timeout. In exec form the program is process 1 itself.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM eclipse-temurin:17-jre
    /// COPY service.jar /service.jar
    /// ENTRYPOINT java -XX:+ExitOnOutOfMemoryError -jar /service.jar
    /// ```
    ///
    /// ```dockerfile
    /// FROM eclipse-temurin:17-jre
    /// COPY service.jar /service.jar
    /// ENTRYPOINT ["java", "-XX:+ExitOnOutOfMemoryError", "-jar", "/service.jar"]
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe, with a declared difference (the program is process 1), when the text is one simple command of fixed words, the
    /// shell is the default, and no argument starts or stops being passed: an `ENTRYPOINT` without a `CMD`, or a `CMD`
    /// without an entrypoint or with one that is known to run its arguments. Otherwise the fix is unsafe, and the
    /// finding says why. So is that of a program whose name ends or begins like a script's (`/start-vpn`), since without a `#!` line only a
    /// shell runs it, unless the file lies in the build context, has such a line, and nothing changes it after the `COPY`. So is
    /// that of a health check.
    ///
    /// ```dockerfile,unsafe
    /// FROM debian:12
    /// ENTRYPOINT nginx -g "daemon off;"
    /// CMD ["-q"]
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// ENTRYPOINT ["nginx", "-g", "daemon off;"]
    /// CMD ["-q"]
    /// ```
    ///
    /// Words that a shell has to expand have no exec form. The unsafe fix keeps the shell until it has expanded them:
    ///
    /// ```dockerfile,unsafe
    /// FROM eclipse-temurin:17-jre
    /// ENTRYPOINT java $JAVA_OPTS -jar /service.jar
    /// ```
    ///
    /// ```dockerfile
    /// FROM eclipse-temurin:17-jre
    /// ENTRYPOINT exec java $JAVA_OPTS -jar /service.jar
    /// ```
    ///
    /// ## Not reported
    ///
    /// A text that starts with `exec`, one that a later instruction of the stage overrides, shells other than sh and bash,
    /// Windows, and health checks that need a shell.
    ///
    /// ```dockerfile,silent
    /// FROM eclipse-temurin:17-jre
    /// HEALTHCHECK CMD curl -f http://localhost/ || exit 1
    /// CMD exec java $JAVA_OPTS -jar /service.jar
    /// ```
    META: RuleMeta {
        id: "exec-form",
        aliases: ["DL3025", "JSONArgsRecommended"],
        group: Instructions,
        phase: Content,
        severity: Warning,
        fix: Safe,
        laws: [ExecForm],
        default: true,
        since: "0.1.0",
    }
}

/// Endings of programs that may be scripts without a `#!` line: a shell runs such a file itself, the kernel doesn't.
const SCRIPTS: &[&str] = &[
    ".sh", ".bash", ".zsh", ".ksh", ".py", ".pl", ".rb", ".js", ".php",
];

/// Words in the names of files without an ending that are scripts as a rule.
const VERBS: &[&str] = &[
    "start",
    "run",
    "entrypoint",
    "init",
    "boot",
    "bootstrap",
    "launch",
    "setup",
    "startup",
    "configure",
];

/// Whether a path names a script by what it does (`/start-vpn`), and no program of the system.
fn sounds_like_script(program: &str) -> bool {
    let Some((directory, name)) = program.rsplit_once('/') else {
        return false;
    };
    let system = matches!(directory, "/sbin") || program == "/usr/sbin/init";
    !system && !name.contains('.') && name.split(['-', '_']).any(|word| VERBS.contains(&word))
}

/// Why a health check's exec form may mean something else.
const HEALTH: &str = "without a shell a health check that can't be started fails in another way";

/// What a text is to this rule.
enum Shape<'a> {
    /// A program and its arguments, nothing for a shell to do.
    Static(&'a SimpleCommand),
    /// A program and arguments that a shell has to expand.
    Expands(&'a SimpleCommand),
    /// The shell already makes way for the program.
    Exec,
    /// Something that needs a shell; why.
    NeedsShell(String),
}

/// Why a fix is not safe, and the place that the reason is about.
type Doubt = (String, Option<(TextRange, &'static str)>);

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let processes = Processes::of(ctx.analysis);
    for instruction in ctx.instructions() {
        findings.extend(match instruction.kind {
            InstructionKind::Cmd | InstructionKind::Entrypoint => {
                process(ctx, &processes, instruction)
            }
            InstructionKind::Healthcheck => health(ctx, instruction),
            _ => None,
        });
    }
}

/// A finding about CMD or ENTRYPOINT.
fn process(
    ctx: &Context<'_>,
    processes: &Processes<'_>,
    instruction: &Instruction,
) -> Option<Finding> {
    let script = shell_text(ctx, instruction)?;
    if processes.is_overridden(instruction) {
        return None;
    }
    let keyword = match instruction.kind {
        InstructionKind::Cmd => "CMD",
        _ => "ENTRYPOINT",
    };
    let message = format!("a shell runs this {keyword} and keeps signals from the program");
    let finding = Finding::new(&META, instruction.range, message);
    match shape(script) {
        Shape::Exec => None,
        Shape::NeedsShell(why) => Some(finding.refuse(why)),
        Shape::Expands(command) => {
            let fix = Fix::new(
                "Let the program replace the shell",
                Applicability::Unsafe,
                META.laws,
                vec![Edit::insert(command.range.start(), "exec ")],
            );
            let why = "only a shell expands the variables or patterns in its words";
            Some(finding.refuse(why).with_fix(fix).with_help(
                "`exec` in front of the program keeps the shell for the words and still lets signals through",
            ))
        }
        Shape::Static(command) => {
            let doubt = doubt(ctx, processes, instruction, command);
            Some(with_array(ctx, instruction, command, finding, doubt))
        }
    }
}

/// A finding about a health check. Most of them need a shell, and no signal has to reach one, so only those are
/// reported that don't.
fn health(ctx: &Context<'_>, instruction: &Instruction) -> Option<Finding> {
    let script = shell_text(ctx, instruction)?;
    let Shape::Static(command) = shape(script) else {
        return None;
    };
    let message = "a shell runs this health check, which doesn't need one";
    let finding = Finding::new(&META, instruction.range, message);
    let doubt = Some((HEALTH.to_owned(), None));
    Some(with_array(ctx, instruction, command, finding, doubt))
}

/// The exec form of CMD, ENTRYPOINT, RUN or a health check, for someone who asks for it, and why it may mean something
/// else. `None` for what needs a shell.
pub(crate) fn as_array(
    ctx: &Context<'_>,
    instruction: &Instruction,
) -> Option<(Edit, Option<String>)> {
    let Shape::Static(command) = shape(shell_text(ctx, instruction)?) else {
        return None;
    };
    let doubt = match instruction.kind {
        InstructionKind::Cmd | InstructionKind::Entrypoint => {
            let processes = Processes::of(ctx.analysis);
            doubt(ctx, &processes, instruction, command)
        }
        InstructionKind::Run => program_doubt(ctx, instruction, command, |_| false),
        _ => Some((HEALTH.to_owned(), None)),
    };
    let edit = Edit::replace(command.range, array(ctx, instruction, command)?);
    Some((edit, doubt.map(|(why, _)| why)))
}

/// The text of an instruction, if it is one for sh or bash.
fn shell_text<'a>(ctx: &Context<'_>, instruction: &'a Instruction) -> Option<&'a Script> {
    let stage = ctx.analysis.stages.get(instruction.stage?)?;
    let Form::Shell { script, .. } = &instruction.command()?.form else {
        return None;
    };
    script
        .as_ref()
        .filter(|script| !script.bashism && !stage.windows)
}

fn shape(script: &Script) -> Shape<'_> {
    let needs = |why: &str| Shape::NeedsShell(why.to_owned());
    let command = match script.items.as_slice() {
        [item] if item.end.is_none() && item.and_or.rest.is_empty() => item.and_or.first.simple(),
        _ => None,
    };
    let Some(command) = command.filter(|_| script.comments.is_empty()) else {
        return needs("it is more than one simple command, so it needs a shell");
    };
    if program_words(script).is_some() {
        return Shape::Static(command);
    }
    let Some(program) = command.words.first() else {
        return needs("it runs no program");
    };
    let name = program.value.as_deref();
    if name == Some("exec") {
        return Shape::Exec;
    }
    if let Some(name) = name.filter(|name| is_shell_word(name)) {
        return Shape::NeedsShell(format!("`{name}` is a command of the shell itself"));
    }
    if !command.assignments.is_empty() {
        return needs("only a shell sets variables in front of a program");
    }
    if !command.redirects.is_empty() {
        return needs("only a shell redirects input and output");
    }
    let static_words = command.words.iter().all(|word| word.value.is_some());
    // What a variable alone stands for may be a command of the shell, or nothing.
    if static_words || (name.is_none() && !program.text.contains('/')) {
        return needs("its words hold characters that mean something to a shell");
    }
    Shape::Expands(command)
}

/// Why the shell may do something else with a static text than to start its program. `started` says whether a script is
/// known to start without a shell.
fn program_doubt(
    ctx: &Context<'_>,
    instruction: &Instruction,
    command: &SimpleCommand,
    started: impl Fn(&str) -> bool,
) -> Option<Doubt> {
    let plain = |why: &str| Some((why.to_owned(), None));
    let shell = ctx.analysis.state(instruction).map(|state| &state.shell);
    match shell {
        Some(Some(shell)) if is_default_shell(shell) => {}
        Some(Some(_)) => return plain("SHELL has set another shell than the default"),
        _ => return plain("nothing is known about the shell of the base image"),
    }
    let program = command.word(0).unwrap_or_default();
    let is_script = SCRIPTS.iter().any(|ending| program.ends_with(ending));
    if (is_script || sounds_like_script(program)) && !started(program) {
        let why = format!("if the script `{program}` has no `#!` line, only a shell can run it");
        return Some((why, None));
    }
    None
}

/// Why the exec form of a static text may mean something else.
fn doubt(
    ctx: &Context<'_>,
    processes: &Processes<'_>,
    instruction: &Instruction,
    command: &SimpleCommand,
) -> Option<Doubt> {
    let plain = |why: &str| Some((why.to_owned(), None));
    let started = |program: &str| starts_by_itself(ctx, processes, instruction, program);
    if let Some(doubt) = program_doubt(ctx, instruction, command, started) {
        return Some(doubt);
    }
    let triggers = |stage| {
        ctx.analysis
            .base_config(stage)
            .and_then(|base| base.onbuild)
    };
    if instruction.stage.and_then(triggers) == Some(true) {
        return plain("the triggers of the base image may set anything");
    }
    let is_cmd = instruction.kind == InstructionKind::Cmd;
    processes.stages_of(instruction).find_map(|(stage, process)| {
        if !is_cmd {
            return match process.cmd {
                Setting::At(cmd) => Some((
                    "the program would get the words of CMD as arguments, which the shell ignores"
                        .to_owned(),
                    Some((cmd.range, "this CMD")),
                )),
                Setting::Base => plain("the base image may have a CMD, whose words it would get"),
                Setting::None if processes.may_have_unknown_children(stage) => {
                    plain("a stage whose base depends on a variable may add a CMD, whose words it would get")
                }
                Setting::None => None,
            };
        }
        match process.entrypoint {
            Setting::None => None,
            Setting::At(entrypoint) => Some((
                "the words of CMD are arguments of the ENTRYPOINT".to_owned(),
                Some((entrypoint.range, "this ENTRYPOINT")),
            )),
            Setting::Base => match ctx.analysis.base_config(stage).and_then(|base| base.entrypoint) {
                Some(Entrypoint::None | Entrypoint::Transparent) => None,
                Some(Entrypoint::Opaque) => {
                    plain("the entrypoint of the base image looks at the words of CMD")
                }
                None => plain(
                    "nothing is known about the entrypoint of the base image, which gets the words of CMD",
                ),
            },
        }
    })
}

/// Adds the array, safe without a doubt.
fn with_array(
    ctx: &Context<'_>,
    instruction: &Instruction,
    command: &SimpleCommand,
    finding: Finding,
    doubt: Option<Doubt>,
) -> Finding {
    let Some(array) = array(ctx, instruction, command) else {
        return finding.refuse("a comment stands inside a word");
    };
    let (why, place) = doubt.unzip();
    let edit = Edit::replace(command.range, array);
    let finding = finding.offer("Use the exec form", vec![edit], why);
    match place.flatten() {
        None => finding,
        Some((range, what)) => finding.relate(range, what),
    }
}

/// The words as an array. What stands between them stays where it goes on in another line, comments included.
fn array(ctx: &Context<'_>, instruction: &Instruction, command: &SimpleCommand) -> Option<String> {
    let comment_inside = |range: TextRange| {
        let breaks = &instruction.breaks;
        let first = breaks.partition_point(|part| part.range.start() < range.start());
        let inside = breaks.get(first..).unwrap_or_default().iter();
        inside
            .take_while(|part| range.contains_range(part.range))
            .any(|part| part.kind == BreakKind::Comment)
    };
    let mut out = String::from("[");
    let mut end = None;
    for word in &command.words {
        if comment_inside(word.range) {
            return None;
        }
        if let Some(end) = end {
            out.push(',');
            let between = ctx.analysis.text(TextRange::new(end, word.range.start()));
            out.push_str(if between.contains('\n') { between } else { " " });
        }
        let item = json_array([word.value.as_deref()?]);
        out.push_str(item.strip_prefix('[')?.strip_suffix(']')?);
        end = Some(word.range.end());
    }
    out.push(']');
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent, check_unsafe};

    #[test]
    fn static_words() {
        for (before, after) in [
            ("node a.js", r#"["node", "a.js"]"#),
            ("node   'a b' \"c\"d ''", r#"["node", "a b", "cd", ""]"#),
            (
                "a \\\n  # why\n  --b \\\n  c=d",
                "[\"a\", \\\n  # why\n  \"--b\", \\\n  \"c=d\"]",
            ),
            (
                "java -Da='{\"b\": \"é\"}'",
                r#"["java", "-Da={\"b\": \"é\"}"]"#,
            ),
        ] {
            for keyword in ["CMD", "ENTRYPOINT", "cmd"] {
                check(
                    &RULE,
                    &format!("FROM debian:12\n{keyword} {before}\n"),
                    &format!("FROM debian:12\n{keyword} {after}\n"),
                );
            }
        }
    }

    #[test]
    fn transparent_and_missing_entrypoints() {
        check(
            &RULE,
            "FROM node:20\nCMD npm start\n",
            "FROM node:20\nCMD [\"npm\", \"start\"]\n",
        );
        check(
            &RULE,
            "FROM nginx\nENTRYPOINT []\nCMD b\n",
            "FROM nginx\nENTRYPOINT []\nCMD [\"b\"]\n",
        );
        check(
            &RULE,
            "FROM scratch\nSHELL [\"/bin/bash\", \"-c\"]\nCMD b\n",
            "FROM scratch\nSHELL [\"/bin/bash\", \"-c\"]\nCMD [\"b\"]\n",
        );
    }

    #[test]
    fn arguments_would_change() {
        for (text, reason) in [
            ("FROM debian\nENTRYPOINT b\nCMD [\"c\"]\n", "words of CMD"),
            ("FROM debian\nCMD [\"c\"]\nENTRYPOINT b\n", "words of CMD"),
            (
                "FROM debian AS x\nENTRYPOINT b\nFROM x\nCMD [\"c\"]\n",
                "words of CMD",
            ),
            (
                "FROM debian\nENTRYPOINT [\"b\"]\nCMD c\n",
                "arguments of the ENTRYPOINT",
            ),
            (
                "FROM debian AS x\nENTRYPOINT [\"b\"]\nFROM x\nCMD c\n",
                "arguments of the ENTRYPOINT",
            ),
            ("FROM postgres\nCMD c\n", "looks at"),
            ("FROM example.org/a\nCMD c\n", "shell of the base"),
            ("FROM example.org/a\nENTRYPOINT c\n", "shell of the base"),
            (
                "FROM example.org/a\nSHELL [\"sh\", \"-c\"]\nCMD c\n",
                "entrypoint of the base",
            ),
            (
                "FROM debian\nSHELL [\"bash\", \"-ec\"]\nCMD c\n",
                "another shell",
            ),
            ("FROM debian\nCMD ./c.sh\n", "#!"),
            ("FROM debian\nENTRYPOINT /opt/start-c -d\n", "#!"),
            ("FROM python:2-onbuild\nCMD c\n", "triggers"),
            (
                "FROM debian AS x\nONBUILD CMD [\"b\"]\nFROM x\nENTRYPOINT c\n",
                "words of CMD",
            ),
            ("FROM debian\nHEALTHCHECK CMD c\n", "health check"),
        ] {
            check_refused(&RULE, text, reason);
        }
        check_unsafe(
            &RULE,
            "FROM a\nHEALTHCHECK --retries=1 CMD b c\nCMD ./d.sh\n",
            "FROM a\nHEALTHCHECK --retries=1 CMD [\"b\", \"c\"]\nCMD [\"./d.sh\"]\n",
        );
    }

    #[test]
    fn an_entrypoint_clears_what_it_inherits() {
        check(
            &RULE,
            "FROM debian AS x\nCMD b\nFROM x\nENTRYPOINT c\n",
            "FROM debian AS x\nCMD [\"b\"]\nFROM x\nENTRYPOINT [\"c\"]\n",
        );
    }

    #[test]
    fn needs_a_shell() {
        for text in [
            "cd /b && ./c",
            "b; c",
            "b | c",
            "echo b",
            "B=c d",
            "b > c",
            "b \\\\c",
            "b &",
            "$B",
            "! b",
        ] {
            check_refused(&RULE, &format!("FROM debian\nCMD {text}\n"), "");
            let unsafe_too = format!("FROM debian\nCMD {text}\n");
            check_unsafe(&RULE, &unsafe_too, &unsafe_too);
        }
    }

    #[test]
    fn a_shell_that_expands_makes_way() {
        for text in [
            "java $OPTS -jar b.jar",
            "$B/c d",
            "b *.c",
            "b {c,d}",
            "b ~/c",
            "b \"$(c)\"",
        ] {
            check_unsafe(
                &RULE,
                &format!("FROM debian\nENTRYPOINT {text}\n"),
                &format!("FROM debian\nENTRYPOINT exec {text}\n"),
            );
        }
    }

    #[test]
    fn left_alone() {
        for text in [
            "CMD exec b $C",
            "CMD [\"b\"]",
            "CMD ['b']",
            "ONBUILD CMD b",
            "HEALTHCHECK NONE",
            "HEALTHCHECK CMD b || exit 1",
            "RUN b",
            "SHELL [\"pwsh\", \"-c\"]\nCMD b",
        ] {
            check_silent(&RULE, &format!("FROM debian\n{text}\n"));
        }
        check_silent(&RULE, "# escape=`\nFROM debian\nCMD b\n");
    }
}
