//! Where a command stands in the shell text of a RUN: whether the build fails with it, what feeds it, who reads it.

use smol_str::SmolStr;

use crate::model::{
    Command, Compound, CompoundKind, Connective, Pipeline, Redirect, Script, SeparatorKind,
    ShellWord, SimpleCommand, State,
};

/// A simple command and its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The command.
    pub(crate) command: &'a SimpleCommand,
    /// Whether the RUN certainly fails when the command does.
    pub(crate) fatal: bool,
    /// Whether a pipe, a file or a heredoc feeds its standard input.
    pub(crate) fed: bool,
    /// The command before it in a pipe.
    pub(crate) feeder: Option<&'a SimpleCommand>,
    /// Whether something reads its standard output: a pipe, a file, a substitution.
    pub(crate) read: bool,
    /// Whether it is a step of the RUN by itself, and not a part of a larger command: not in a pipe, `( )`, `if` or the
    /// like, nor in a list with `||` behind it or another item after it.
    pub(crate) alone: bool,
}

/// The options of a shell that decide which failures end a RUN.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// `-e`
    pub(crate) errexit: bool,
    /// `-o pipefail`
    pub(crate) pipefail: bool,
}

/// All simple commands of a RUN's text with their places, in source order. `shell` is the shell in force.
pub(crate) fn places<'a>(script: &'a Script, shell: Options) -> Vec<Place<'a>> {
    let mut finder = Finder {
        found: Vec::new(),
        pipefail: shell.pipefail,
        trusted: !changes_course(script),
    };
    let top = Outside {
        fatal: true,
        ends_run: true,
        errexit: shell.errexit,
        fed: false,
        read: false,
        alone: true,
    };
    finder.script(script, top);
    finder.found
}

/// The options of the shell that runs an instruction; `None` when it is not known to be sh or bash, with options that
/// dfix knows. The shell of a base image that is not known counts as one without options: the author's text shows that
/// it is a POSIX shell, and options only make more failures fatal.
pub(crate) fn shell_options(state: &State) -> Option<Options> {
    let mut options = Options::default();
    let Some(shell) = state.shell.as_deref() else {
        return Some(options);
    };
    let (program, flags) = shell.split_first()?;
    let name = program.rsplit('/').next().unwrap_or_default();
    if !matches!(name, "sh" | "bash" | "ash" | "dash") {
        return None;
    }
    let mut command = false;
    let mut flags = flags.iter().map(SmolStr::as_str);
    while let Some(flag) = flags.next() {
        if flag == "--login" {
            continue;
        }
        for letter in flag.strip_prefix('-')?.chars() {
            match letter {
                'c' => command = true,
                'e' => options.errexit = true,
                'u' | 'x' | 'v' | 'l' => {}
                'o' => match flags.next()? {
                    "pipefail" => options.pipefail = true,
                    "errexit" => options.errexit = true,
                    "nounset" | "xtrace" | "verbose" => {}
                    _ => return None,
                },
                _ => return None,
            }
        }
    }
    command.then_some(options)
}

/// Whether the shell that runs an instruction may do more than run the text: it is the shell of a base image that is not
/// known, or a login shell, and reads start-up files that earlier commands may have written.
pub(crate) fn reads_startup_files(state: &State) -> bool {
    state.shell.as_deref().is_none_or(|shell| {
        let program = shell.first().and_then(|program| program.rsplit('/').next());
        if state.bash_env && program == Some("bash") {
            return true;
        }
        let login = |flag: &SmolStr| {
            flag == "--login" || !flag.starts_with("--") && flag.contains(['l', 'i'])
        };
        let mut flags = shell.iter().skip(1);
        flags.any(|flag| flag.starts_with('-') && login(flag))
    })
}

/// Whether `set -e` is in force where a text ends. `shell` is the shell in force.
pub(crate) fn errexit_at_end(script: &Script, shell: Options) -> bool {
    let mut errexit = shell.errexit;
    for item in &script.items {
        let first = item.and_or.first.simple().and_then(set_option);
        errexit = first.map_or(errexit, |on| on.errexit || errexit);
    }
    errexit && !changes_course(script)
}

/// What surrounds a list of commands.
#[derive(Clone, Copy)]
struct Outside {
    /// Whether the RUN fails when the list's status is not zero.
    fatal: bool,
    /// Whether the RUN fails when the shell that runs the list ends with another status than zero.
    ends_run: bool,
    /// Whether `set -e` is in force.
    errexit: bool,
    fed: bool,
    read: bool,
    alone: bool,
}

struct Finder<'a> {
    found: Vec<Place<'a>>,
    pipefail: bool,
    /// Whether statuses mean what they seem to.
    trusted: bool,
}

impl<'a> Finder<'a> {
    fn script(&mut self, script: &'a Script, mut outside: Outside) {
        let last = script.items.len().saturating_sub(1);
        for (number, item) in script.items.iter().enumerate() {
            let background = item
                .end
                .is_some_and(|end| end.kind == SeparatorKind::Background);
            let pipelines: Vec<&Pipeline> = item.and_or.pipelines().collect();
            let mut connectives = item.and_or.rest.iter().map(|(connective, ..)| *connective);
            let or = connectives.rposition(|connective| connective == Connective::Or);
            let behind_or = or.map_or(0, |or| or + 2);
            for (at, pipeline) in pipelines.iter().enumerate() {
                let decides = or.is_none_or(|or| at > or);
                let final_one = at == item.and_or.rest.len();
                let plain = !background && !pipeline.negated;
                let by_status = number == last && outside.fatal;
                let by_errexit = outside.errexit && outside.ends_run && final_one;
                let inner = Outside {
                    fatal: plain && decides && (by_status || by_errexit),
                    ends_run: outside.ends_run && !background,
                    errexit: outside.errexit && final_one && plain,
                    alone: outside.alone
                        && plain
                        && at >= behind_or
                        && (number == last || pipelines.len() == 1),
                    ..outside
                };
                self.pipeline(pipeline, inner);
            }
            if let Some(change) = item.and_or.first.simple().and_then(set_option) {
                outside.errexit |= change.errexit;
                self.pipefail |= change.pipefail;
            }
        }
    }

    fn pipeline(&mut self, pipeline: &'a Pipeline, outside: Outside) {
        let last = pipeline.commands.len().saturating_sub(1);
        let mut feeder = None;
        for (number, command) in pipeline.commands.iter().enumerate() {
            let fatal = outside.fatal && (number == last || self.pipefail);
            let inner = Outside {
                fatal,
                // The parts of a pipe run in shells of their own.
                ends_run: if last == 0 { outside.ends_run } else { fatal },
                fed: outside.fed || number > 0,
                read: outside.read || number < last,
                alone: outside.alone && last == 0,
                ..outside
            };
            match command {
                Command::Simple(simple) => {
                    self.simple(simple, feeder, inner);
                    feeder = Some(simple);
                }
                Command::Compound(compound) => {
                    self.compound(compound, inner);
                    feeder = None;
                }
            }
        }
    }

    fn simple(
        &mut self,
        command: &'a SimpleCommand,
        feeder: Option<&'a SimpleCommand>,
        outside: Outside,
    ) {
        self.found.push(Place {
            command,
            feeder,
            fatal: outside.fatal && self.trusted,
            fed: outside.fed || command.redirects.iter().any(feeds),
            read: outside.read || command.redirects.iter().any(keeps_output),
            alone: outside.alone,
        });
        let values = command
            .assignments
            .iter()
            .filter_map(|assignment| assignment.value.as_ref());
        let targets = command
            .redirects
            .iter()
            .filter_map(|redirect| redirect.target.as_ref());
        for word in values.chain(&command.words).chain(targets) {
            self.word(word, outside);
        }
    }

    fn word(&mut self, word: &'a ShellWord, outside: Outside) {
        for script in &word.substitutions {
            let inside = Outside {
                fatal: false,
                ends_run: false,
                errexit: false,
                fed: outside.fed,
                read: true,
                alone: false,
            };
            self.script(script, inside);
        }
    }

    fn compound(&mut self, compound: &'a Compound, outside: Outside) {
        let outside = Outside {
            fed: outside.fed || compound.redirects.iter().any(feeds),
            read: outside.read || compound.redirects.iter().any(keeps_output),
            alone: false,
            ..outside
        };
        let unread = Outside {
            fatal: false,
            errexit: false,
            ..outside
        };
        for word in &compound.words {
            self.word(word, outside);
        }
        let count = compound.bodies.len();
        for (number, body) in compound.bodies.iter().enumerate() {
            let inside = match compound.kind {
                CompoundKind::Group | CompoundKind::Case => outside,
                CompoundKind::Subshell => Outside {
                    ends_run: outside.fatal,
                    ..outside
                },
                // Conditions come first, each before its body; an `else` is the last of an odd number.
                CompoundKind::If if number % 2 == 1 || number + 1 == count => outside,
                // The status is that of the last time.
                CompoundKind::For => Outside {
                    fatal: false,
                    ..outside
                },
                CompoundKind::While if number > 0 => Outside {
                    fatal: false,
                    ..outside
                },
                _ => unread,
            };
            self.script(body, inside);
        }
    }
}

/// Whether something in a text makes statuses mean something else: a trap, `set +e`, code that is not in sight.
fn changes_course(script: &Script) -> bool {
    let mut changes = false;
    script.visit(&mut |command| {
        changes |= match command.word(0) {
            Some("trap" | "eval" | "alias" | "return") => true,
            Some("exit") => command.word(1).is_none_or(|status| status == "0"),
            Some("set") => command.words.iter().skip(1).any(|word| {
                let text = word.value.as_deref();
                text.is_none_or(|text| text.starts_with('+') && text.contains(['e', 'o']))
            }),
            _ => false,
        };
    });
    changes
}

/// The options that a `set` turns on.
fn set_option(command: &SimpleCommand) -> Option<Options> {
    if command.word(0)? != "set" {
        return None;
    }
    let mut options = Options::default();
    let mut words = command.words.iter().skip(1);
    while let Some(word) = words.next() {
        let Some(letters) = word.value.as_deref()?.strip_prefix('-') else {
            break;
        };
        options.errexit |= letters.contains('e');
        if letters.ends_with('o') {
            match words.next()?.value.as_deref()? {
                "pipefail" => options.pipefail = true,
                "errexit" => options.errexit = true,
                _ => {}
            }
        }
    }
    Some(options)
}

/// Whether a redirection feeds standard input.
fn feeds(redirect: &Redirect) -> bool {
    let operator = redirect.operator.as_str();
    operator.trim_start_matches('0').starts_with('<')
}

/// Whether a redirection keeps standard output or standard error somewhere.
fn keeps_output(redirect: &Redirect) -> bool {
    let target = redirect.target.as_ref().map(|word| word.text.as_str());
    let nowhere = matches!(
        target,
        Some("/dev/null" | "/dev/stdout" | "/dev/stderr" | "1" | "2" | "&1" | "&2")
    );
    redirect.operator.contains('>') && !nowhere
}

#[cfg(test)]
mod tests {
    use dfix_syntax::SourceText;

    use super::*;
    use crate::Settings;
    use crate::model::Analysis;

    /// Every command that is named by a lone letter, with `!` when it is fatal, `<` when it is fed, `>` when it is
    /// read; and with `*` before it when it stands alone.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let file = format!("FROM debian\nRUN {text}\n");
        let source = SourceText::new(file.as_bytes()).unwrap();
        let analysis = Analysis::new(source, &Settings::default());
        let run = analysis.instructions.last().unwrap();
        let found: Vec<String> = places(run.script().unwrap(), Options::default())
            .iter()
            .filter(|place| place.command.word(0).is_some_and(|name| name.len() == 1))
            .map(|place| {
                let mark = |on, mark| if on { mark } else { "" };
                let name = place.command.word(0).unwrap();
                let name = mark(place.alone, "*").to_owned() + name;
                let (fatal, fed) = (mark(place.fatal, "!"), mark(place.fed, "<"));
                format!("{name}{fatal}{fed}{}", mark(place.read, ">"))
            })
            .collect();
        assert_eq!(found.join(" "), expected, "{text}");
    }

    #[test]
    fn lists() {
        check("a && b && c", "*a! *b! *c!");
        check("a; b", "*a *b!");
        check("a || b && c", "a b! *c!");
        check("a && b || c", "a b c!");
        check("a & b", "a *b!");
        check("! a", "a");
        check("a | b", "a> b!<");
        check(
            "a < f && b > f && c > /dev/null 2>&1 && d 2> f",
            "*a!< *b!> *c! *d!>",
        );
        check("x=$(a) b", "*b! a>");
    }

    #[test]
    fn set_e() {
        check("set -e; a; b", "*a! *b!");
        check("set -ex; a && b; c", "a b! *c!");
        check("set -e; a || b; ! c; d | e; f", "a b! c d> e!< *f!");
        check("set -eo pipefail; a | b; c", "a!> b!< *c!");
        check("a; set -e; b; c", "*a *b! *c!");
        check("set -e; a; set +e; b; c", "*a *b *c");
        check("set -e; (a; b); c", "a! b! *c!");
        check("set -e; (a; b) && c; d", "a b c! *d!");
    }

    #[test]
    fn compounds() {
        check("(a; b) && c", "a b! *c!");
        check("if a; then b; c; else d; fi", "a b c! d!");
        check("if a; then b; elif c; then d; fi && e", "a b! c d! *e!");
        check("for x in y; do a; done", "a");
        check("set -e; for x in y; do a; b; done", "a! b!");
        check("while a; do b; done < f", "a< b<");
        check("case x in y) a;; z) b; c;; esac", "a! b c!");
        check("f() { a; }; f && b", "a *f! *b!");
        check("trap 'exit 0' EXIT; a", "*a");
    }

    #[test]
    fn shells() {
        let options = |shell: &[&str]| {
            shell_options(&State {
                shell: Some(shell.iter().map(SmolStr::new).collect()),
                ..State::unknown()
            })
        };
        let some = |errexit, pipefail| Some(Options { errexit, pipefail });
        assert_eq!(options(&["/bin/sh", "-c"]), some(false, false));
        assert_eq!(
            options(&["/bin/bash", "-o", "pipefail", "-c"]),
            some(false, true)
        );
        assert_eq!(
            options(&["bash", "-eo", "pipefail", "-c"]),
            some(true, true)
        );
        assert_eq!(options(&["powershell", "-Command"]), None);
        assert_eq!(options(&["/bin/bash"]), None);
        assert_eq!(shell_options(&State::unknown()), some(false, false));
    }
}
