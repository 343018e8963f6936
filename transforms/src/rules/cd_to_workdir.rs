//! `cd-to-workdir`: a RUN that begins with `cd`.

use super::Context;
use super::declare::declare_rule;
use super::support::directories::{
    Next, exists, is_ordinary, is_windows, may_inherit_group, next_use, plain_directory,
    script_may_remove,
};
use super::support::passed_over::{passed_over, workdir_above};
use crate::model::{
    AndOr, Connective, Instruction, InstructionKind, Pipeline, Script, SimpleCommand, State,
    join_path,
};
use crate::{Edit, Finding};

declare_rule! {
    /// A `RUN` that begins with `cd` becomes a `WORKDIR` and a `RUN`.
    ///
    /// ## Why
    ///
    /// The directory of a `RUN` ends with it, which is easy to forget when the next line is added. `WORKDIR` says where the
    /// commands run, creates the directory, and holds for what follows.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM node:20-slim
    /// RUN mkdir -p /app && cd /app && npm init -y
    /// WORKDIR /app
    /// COPY . .
    /// ```
    ///
    /// ```dockerfile
    /// FROM node:20-slim
    /// WORKDIR /app
    /// RUN npm init -y
    /// COPY . .
    /// ```
    ///
    /// A `cd` into the directory in force is removed.
    ///
    /// ```dockerfile
    /// FROM node:20-slim
    /// WORKDIR /app
    /// COPY . .
    /// RUN cd /app && npm ci
    /// ```
    ///
    /// ```dockerfile
    /// FROM node:20-slim
    /// WORKDIR /app
    /// COPY . .
    /// RUN npm ci
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe when the next thing that depends on the working directory comes after an absolute `WORKDIR`, and when the
    /// directory is known to be there: `cd` would fail without it, `WORKDIR` would create it. Where the `RUN` makes it itself
    /// (`mkdir -p`), the user must be root, since `WORKDIR` may give it another owner otherwise. Where the stage ends before
    /// the next `WORKDIR`, the image would start in another directory: then the fix is unsafe. So it is directly below another
    /// `WORKDIR`, unless `builder = "buildkit"` is set: not every builder makes a directory that nothing happens in.
    ///
    /// ```dockerfile,unsafe
    /// FROM gcc:13
    /// COPY . /src/
    /// RUN cd /src && make
    /// CMD ["/src/main"]
    /// ```
    ///
    /// ```dockerfile
    /// FROM gcc:13
    /// COPY . /src/
    /// WORKDIR /src
    /// RUN make
    /// CMD ["/src/main"]
    /// ```
    ///
    /// ## Not reported
    ///
    /// A `cd` behind other commands, in a subshell, or to a directory that a variable names.
    ///
    /// ```dockerfile,silent
    /// FROM gcc:13
    /// RUN ./configure && cd src && make
    /// RUN (cd src && make)
    /// RUN cd "$HOME" && make
    /// ```
    META: RuleMeta {
        id: "cd-to-workdir",
        aliases: ["DL3003"],
        group: Instructions,
        phase: Structure,
        severity: Warning,
        fix: Safe,
        laws: [WorkdirCreates, LayersMerged],
        default: true,
        since: "0.1.0",
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for run in ctx.of_kind(InstructionKind::Run) {
        let script = run.script().filter(|_| run.heredocs.is_empty());
        let Some(script) = script.filter(|_| !is_windows(ctx.analysis, run)) else {
            continue;
        };
        if let Some(head) = Head::of(ctx, run, script) {
            findings.extend(head.finding(ctx));
        }
    }
}

/// A RUN that begins with `cd`, or with `mkdir -p` and `cd`.
struct Head<'a> {
    run: &'a Instruction,
    script: &'a Script,
    list: &'a AndOr,
    /// How many commands go.
    length: usize,
    /// From the first to the last of them.
    range: dfix_syntax::TextRange,
    /// Whether the first of them makes the directory.
    made: bool,
    /// The directory as written.
    written: &'a str,
    /// The directory, absolute.
    dir: String,
}

impl<'a> Head<'a> {
    fn of(ctx: &Context<'a>, run: &'a Instruction, script: &'a Script) -> Option<Self> {
        let list = &script.items.first()?.and_or;
        let pipelines: Vec<&Pipeline> = list.pipelines().take(2).collect();
        let words: Vec<Vec<&str>> = pipelines
            .iter()
            .map_while(|it| it.simple()?.static_words())
            .collect();
        let state = ctx.analysis.state(run)?;
        let workdir = state.known_workdir();
        let (made, written, length) = match words.as_slice() {
            [first, ..] if let ["cd", dir] = first.as_slice() => (false, *dir, 1),
            [first, second]
                if let (["mkdir", "-p", made], ["cd", dir]) =
                    (first.as_slice(), second.as_slice()) =>
            {
                let same = plain_directory(made, workdir)? == plain_directory(dir, workdir)?;
                same.then_some((true, *dir, 2))?
            }
            _ => return None,
        };
        let joined = list.rest.iter().take(length);
        if joined.clone().count() < length
            || joined
                .clone()
                .any(|(connective, ..)| *connective == Connective::Or)
        {
            return None;
        }
        let first = pipelines.first()?;
        let last = pipelines.get(length - 1)?;
        Some(Self {
            run,
            script,
            list,
            length,
            range: first.range.cover(last.range),
            made,
            written,
            dir: plain_directory(written, workdir)?,
        })
    }

    fn finding(&self, ctx: &Context<'_>) -> Option<Finding> {
        let state = ctx.analysis.state(self.run)?;
        let here = state.known_workdir().map(|dir| join_path("/", dir));
        let redundant = here.as_deref() == Some(self.dir.as_str());
        let message = match redundant {
            true if self.made => return None,
            true => format!("the working directory is `{}` already", self.dir),
            false => format!(
                "`cd {}` holds for this RUN alone; WORKDIR says where the commands run",
                self.written
            ),
        };
        let finding = Finding::new(&META, self.range, message);
        if let Some(reason) = self.blocked(ctx, state) {
            return Some(finding.refuse(reason));
        }
        let commands = ctx
            .layout
            .remove_first_commands(self.run, self.list, self.length)?;
        Some(match redundant {
            true => {
                let doubt = "something above may have removed the directory, and then `cd` fails";
                let there = exists(ctx.analysis, self.run, &self.dir);
                let title = "Remove the `cd` that changes nothing";
                let doubt = (!there).then_some(doubt).or_else(|| self.asks(ctx));
                finding.offer(title, vec![commands], doubt)
            }
            false => self.rewrite(ctx, state, finding, commands),
        })
    }

    /// Why nothing can be done at all.
    fn blocked(&self, ctx: &Context<'_>, state: &State) -> Option<&'static str> {
        if self.script.and_list().is_none() || self.script.bashism {
            return Some("the RUN is more than commands joined by `&&`");
        }
        if !state.plain_shell() {
            return Some("the shell is not known to be a plain `sh` or `bash`");
        }
        if self.run.flags_named("mount").next().is_some() {
            return Some("the mounts of the RUN may depend on the directory");
        }
        let moves = |command: &SimpleCommand| {
            let word = |number| command.word(number);
            match word(0) {
                Some("dirs" | "pushd" | "popd") => true,
                // Back, home, or upwards.
                Some("cd") => word(1).is_none_or(|dir| {
                    dir.starts_with(['-', '~'])
                        || dir.split('/').any(|name| matches!(name, "." | ".."))
                }),
                _ => false,
            }
        };
        let text = ctx.analysis.text(self.run.range);
        // `CDPATH` may come from an ENV above.
        let searches = ctx.analysis.source.as_str().contains("CDPATH");
        let mut moved = searches || text.contains("OLDPWD");
        self.script.visit(&mut |command| moved |= moves(command));
        moved.then_some("a later command of the RUN depends on where it was")
    }

    /// What a person should know when a later command asks where it is: after `cd` a shell answers as it was told to go,
    /// in a WORKDIR it answers without the links of the path.
    fn asks(&self, ctx: &Context<'_>) -> Option<&'static str> {
        let mut asked = ctx.analysis.text(self.run.range).contains("PWD");
        self.script
            .visit(&mut |command| asked |= command.word(0) == Some("pwd"));
        let why = "a later command of the RUN asks where it is, and would get another answer if there is a link in the path";
        asked.then_some(why)
    }

    /// Sets the directory by a WORKDIR; `commands` is the edit that takes the `cd` out.
    fn rewrite(
        &self,
        ctx: &Context<'_>,
        state: &State,
        finding: Finding,
        commands: Edit,
    ) -> Finding {
        let line = format!("WORKDIR {}", self.dir);
        let title = format!("Set the directory by `{line}`");
        let insert = |commands| vec![ctx.layout.insert_before(self.run, &line), commands];
        let (other, value) = match next_use(ctx.analysis, self.run) {
            Next::Used(other) => {
                let reason =
                    "the next instruction that depends on the directory would run in another one";
                return finding.refuse(reason).relate(other.range, "this one");
            }
            Next::End => {
                let doubt = "the working directory that the stage ends with would change";
                return finding.offer(title, insert(commands), Some(doubt));
            }
            Next::Set(other, value) => (other, value),
        };
        let same = value.known().map(|dir| join_path("/", dir));
        let above = workdir_above(ctx.analysis, self.run);
        let left = above.and_then(|above| passed_over(ctx, above, &self.dir));
        let unknown = self.not_there(ctx, state).or(left);
        // A variable may have another value above the RUN.
        let fixed = !ctx.analysis.text(other.range).contains('$');
        let movable = fixed && !ctx.is_frozen(other);
        if same.as_deref() != Some(self.dir.as_str()) || !movable {
            return finding.offer(title, insert(commands), unknown.or_else(|| self.asks(ctx)));
        }
        let mut edits = ctx.layout.move_before(other, self.run);
        edits.push(commands);
        let removed = || {
            script_may_remove(self.script, None, &self.dir).then_some(
                "a command of the RUN may remove the directory, which the WORKDIR below makes again",
            )
        };
        finding.offer(
            "Move the WORKDIR above the RUN",
            edits,
            unknown.or_else(removed).or_else(|| self.asks(ctx)),
        )
    }

    /// Why WORKDIR may not find the directory that `cd` finds.
    fn not_there(&self, ctx: &Context<'_>, state: &State) -> Option<&'static str> {
        if !self.made {
            return (!exists(ctx.analysis, self.run, &self.dir)).then_some(
                "the directory may be missing: then `cd` would fail, and WORKDIR would make it",
            );
        }
        if !state.is_root() {
            return Some(
                "the user is not known to be root, and WORKDIR may give the directory another owner than mkdir",
            );
        }
        if may_inherit_group(ctx.analysis, self.run.stage, &self.dir) {
            return Some(
                "a folder above may hand its group on, which not every builder's WORKDIR does",
            );
        }
        (!is_ordinary(&self.dir)).then_some("what is made there is no ordinary directory")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{Tester, check, check_refused, check_silent, check_unsafe};
    use crate::settings::Builder;

    #[test]
    fn the_next_workdir_moves_up_with_its_comments() {
        check(
            &RULE,
            "FROM node:20\n# first\nRUN mkdir -p /app && \\\n    cd /app && \\\n    # second\n    npm init -y\n\n# third\nWORKDIR /app\nCOPY . .\n",
            "FROM node:20\n# third\nWORKDIR /app\n# first\nRUN \\\n    # second\n    npm init -y\n\nCOPY . .\n",
        );
    }

    #[test]
    fn another_directory_follows() {
        check(
            &RULE,
            "FROM node:20\nCOPY a /b/\nRUN cd /b/ && make && cd c && make\nLABEL d=e\nWORKDIR /f\nRUN g\n",
            "FROM node:20\nCOPY a /b/\nWORKDIR /b\nRUN make && cd c && make\nLABEL d=e\nWORKDIR /f\nRUN g\n",
        );
        check(
            &RULE,
            "FROM node:20\nRUN cd /tmp && a\nWORKDIR /f\n",
            "FROM node:20\nWORKDIR /tmp\nRUN a\nWORKDIR /f\n",
        );
    }

    #[test]
    fn a_variable_does_not_move() {
        check(
            &RULE,
            "FROM node:20\nRUN mkdir -p /b && cd /b && c\nENV D=/b\nWORKDIR $D\n",
            "FROM node:20\nWORKDIR /b\nRUN c\nENV D=/b\nWORKDIR $D\n",
        );
    }

    #[test]
    fn relative_directories() {
        check(
            &RULE,
            "FROM node:20\nWORKDIR /a\nCOPY b c/\nRUN cd c && make\nWORKDIR /f\n",
            "FROM node:20\nWORKDIR /a\nCOPY b c/\nWORKDIR /a/c\nRUN make\nWORKDIR /f\n",
        );
    }

    #[test]
    fn the_last_workdir_has_no_line_end() {
        check(
            &RULE,
            "FROM node:20\nRUN mkdir -p /b && cd /b && c\nWORKDIR /b",
            "FROM node:20\nWORKDIR /b\nRUN c\n",
        );
    }

    #[test]
    fn a_workdir_that_would_be_passed_over() {
        let before =
            "FROM node:20\nCOPY a /b/\nWORKDIR /c\nEXPOSE 80\nRUN cd /b && make\nWORKDIR /f\n";
        let after =
            "FROM node:20\nCOPY a /b/\nWORKDIR /c\nEXPOSE 80\nWORKDIR /b\nRUN make\nWORKDIR /f\n";
        check_refused(&RULE, before, "not every builder");
        Tester::new(&RULE)
            .settings(|settings| settings.builder = Builder::BuildKit)
            .check(before, after);
        check(
            &RULE,
            "FROM node:20\nCOPY a /c/b/\nWORKDIR /c\nRUN cd b && make\nWORKDIR /f\n",
            "FROM node:20\nCOPY a /c/b/\nWORKDIR /c\nWORKDIR /c/b\nRUN make\nWORKDIR /f\n",
        );
    }

    #[test]
    fn a_directory_that_may_be_missing() {
        check_unsafe(
            &RULE,
            "FROM node:20\nRUN cd /b && make\nWORKDIR /f\n",
            "FROM node:20\nWORKDIR /b\nRUN make\nWORKDIR /f\n",
        );
        check_refused(
            &RULE,
            "FROM node:20\nUSER c\nRUN mkdir -p /b && cd /b && make\nWORKDIR /b\n",
            "root",
        );
        check_refused(
            &RULE,
            "FROM node:20\nRUN mkdir -p /b && cd /b && make && rm -rf /b\nWORKDIR /b\n",
            "may remove",
        );
    }

    #[test]
    fn a_command_that_asks_where_it_is() {
        for asks in ["echo \"$(pwd)\"", "make -C $PWD/c", "pwd"] {
            check_unsafe(
                &RULE,
                &format!("FROM node:20\nRUN mkdir -p /b && cd /b && {asks}\nWORKDIR /b\n"),
                &format!("FROM node:20\nWORKDIR /b\nRUN {asks}\n"),
            );
        }
    }

    #[test]
    fn who_else_would_move() {
        let why = "in another one";
        for next in ["RUN x", "COPY x y", "WORKDIR x", "ONBUILD RUN x"] {
            let text = format!("FROM node:20\nCOPY a /b/\nRUN cd /b && make\n{next}\nWORKDIR /b\n");
            check_refused(&RULE, &text, why);
        }
        check_refused(
            &RULE,
            "FROM node:20 AS a\nCOPY b /b/\nRUN cd /b && make\nFROM a\nWORKDIR /b\n",
            "ends with",
        );
    }

    #[test]
    fn what_depends_on_cd() {
        let check_tail = |tail: &str, why: &str| {
            let text = format!("FROM node:20\nCOPY a /b/\nRUN cd /b && {tail}\nWORKDIR /b\n");
            check_refused(&RULE, &text, why);
        };
        check_tail("make && cd -", "where it was");
        check_refused(
            &RULE,
            "FROM node:20\nENV CDPATH=/c\nRUN mkdir -p b\nRUN cd b && make\nWORKDIR /d\n",
            "where it was",
        );
        check_tail("cd c && make && cd ..", "where it was");
        check_tail("make -C $OLDPWD", "where it was");
        check_tail("make; make install", "more than");
        check_tail("make || true", "more than");
        check_refused(
            &RULE,
            "FROM example.org/a\nCOPY a /b/\nRUN cd /b && make\nWORKDIR /b\n",
            "not known",
        );
    }

    #[test]
    fn alone() {
        check_silent(&RULE, "FROM node:20\nRUN cd /b\n");
        check_silent(&RULE, "FROM node:20\nRUN cd /b || make\n");
        check_silent(&RULE, "FROM node:20\nRUN mkdir -p /b && cd /c && make\n");
    }
}
