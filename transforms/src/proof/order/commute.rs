//! When two steps commute: neither can notice the other, and both leave the same whichever comes first (semantics C.6).

use crate::Facts;
use crate::proof::item::shorten;
use crate::proof::normal::may_remove;
use crate::proof::trace::{Argv, Copy, Exec, Mkdir, Op, Stage, Step, Trace, is_below};

use super::place::{Maker, Place, common, meets};
use super::process::Process;

/// Two instructions of a stage that have changed places, and what is known of the stage.
pub(super) struct Pair<'p, 'a> {
    /// The file.
    pub(super) trace: &'p Trace<'a>,
    /// The stage.
    pub(super) stage: &'p Stage<'a>,
    /// The steps that stand above both, before and after.
    pub(super) above: Vec<&'p Step<'a>>,
    /// What is known of the build context.
    pub(super) facts: &'p Facts,
}

impl<'a> Pair<'_, 'a> {
    /// Whether every step of the one commutes with every step of the other.
    ///
    /// # Errors
    /// Why two of them may not.
    pub(super) fn check(&self, upper: &[Step<'a>], lower: &[Step<'a>]) -> Result<(), String> {
        let own = |step: &Step<'_>| {
            let of = self.stage.instructions;
            of.iter().any(|own| std::ptr::eq(own, step.instruction))
        };
        if !upper.iter().chain(lower).all(own) {
            return Err("triggers of another stage keep their places".to_owned());
        }
        for x in upper {
            for y in lower {
                self.steps(x, y).map_err(|why| {
                    format!("{} and {} have changed places: {why}", name(x), name(y))
                })?;
            }
        }
        Ok(())
    }

    fn steps(&self, x: &Step<'a>, y: &Step<'a>) -> Result<(), String> {
        match (&x.op, &y.op) {
            (Op::Copy(x), Op::Copy(y)) => self.copies(x, y),
            (Op::Copy(copy), Op::Mkdir(dir)) | (Op::Mkdir(dir), Op::Copy(copy)) => {
                self.copy_and_directory(copy, dir)
            }
            (Op::Copy(copy), Op::Exec(exec)) | (Op::Exec(exec), Op::Copy(copy)) => {
                self.copy_and_process(copy, exec)
            }
            (Op::Mkdir(x), Op::Mkdir(y)) => self.directories(x, y),
            (Op::Mkdir(dir), Op::Exec(exec)) | (Op::Exec(exec), Op::Mkdir(dir)) => {
                let place = Place::of_directory(dir)?;
                self.process(exec)?.leaves_alone(&place)
            }
            (Op::Exec(x), Op::Exec(y)) => self.process(x)?.commutes(&self.process(y)?),
        }
    }

    fn process(&self, exec: &Exec<'a>) -> Result<Process, String> {
        Process::of(exec, &self.trace.envs)
    }

    fn copies(&self, x: &Copy, y: &Copy) -> Result<(), String> {
        let (a, b) = (
            Place::of_copy(x, self.facts)?,
            Place::of_copy(y, self.facts)?,
        );
        a.apart(&b, self.facts)?;
        readable(&a, &b)?;
        readable(&b, &a)?;
        if a.maker.link != b.maker.link && common(&a, &b) != "/" {
            return Err("`--link` sets the directories above its files anew".to_owned());
        }
        self.parents(&a, &b)
    }

    /// A COPY into a directory that WORKDIR makes finds it or makes it.
    fn copy_and_directory(&self, copy: &Copy, dir: &Mkdir) -> Result<(), String> {
        let (a, b) = (Place::of_copy(copy, self.facts)?, Place::of_directory(dir)?);
        readable(&b, &a)?;
        let inside =
            is_below(&a.root, &b.root) && (a.root != b.root || a.in_directory || a.is_tree());
        if meets(&a.root, &b.root) && !inside {
            return Err(format!("both write `{}`", b.root));
        }
        if a.maker.link && common(&a, &b) != "/" {
            return Err("`--link` sets the directories above its files anew".to_owned());
        }
        self.parents(&a, &b)
    }

    fn directories(&self, x: &Mkdir, y: &Mkdir) -> Result<(), String> {
        let (a, b) = (Place::of_directory(x)?, Place::of_directory(y)?);
        self.parents(&a, &b)
    }

    fn copy_and_process(&self, copy: &Copy, exec: &Exec<'a>) -> Result<(), String> {
        let place = Place::of_copy(copy, self.facts)?;
        self.process(exec)?.leaves_alone(&place)
    }

    /// Directories above both are made by whoever comes first: they must come out the same, or be there already.
    fn parents(&self, a: &Place, b: &Place) -> Result<(), String> {
        let dir = common(a, b);
        let same = match (&a.maker, &b.maker) {
            (
                Maker {
                    owner: Some(a),
                    mode,
                    ..
                },
                Maker {
                    owner: Some(b),
                    mode: other,
                    ..
                },
            ) => a == b && mode == other,
            _ => false,
        };
        if same || self.exists(dir) {
            return Ok(());
        }
        Err(format!(
            "`{dir}` would get the owner and the mode from the other one"
        ))
    }

    /// Whether a directory is certainly there for both, and stays.
    fn exists(&self, dir: &str) -> bool {
        if dir == "/" {
            return true;
        }
        let made = self.above.iter().any(|step| match &step.op {
            Op::Mkdir(made) => made.path.known().is_some_and(|path| is_below(path, dir)),
            _ => false,
        });
        made && !self.stage.steps.iter().any(|step| may_take_away(step, dir))
    }
}

/// Whether a process may remove a directory.
fn may_take_away(step: &Step<'_>, dir: &str) -> bool {
    let Op::Exec(exec) = &step.op else {
        return false;
    };
    let Argv::Shell {
        script: Some(script),
        ..
    } = &exec.argv
    else {
        return true;
    };
    let mut found = false;
    script.visit(&mut |command| found |= may_remove(command, exec.cwd.known(), dir));
    found
}

/// A user's name is looked up in files that the other one must not write.
fn readable(reader: &Place, writer: &Place) -> Result<(), String> {
    let users = ["/etc/passwd", "/etc/group"];
    match reader.named && users.iter().any(|file| meets(&writer.root, file)) {
        true => Err("one of them may write the list of users that the other reads".to_owned()),
        false => Ok(()),
    }
}

/// A step in a message.
fn name(step: &Step<'_>) -> String {
    match &step.op {
        Op::Copy(copy) => format!("the copy to `{}`", copy.dest),
        Op::Mkdir(dir) => format!("the directory `{}` of WORKDIR", dir.path),
        Op::Exec(exec) => match &exec.argv {
            Argv::Shell { text, .. } => format!("`RUN {}`", shorten(text)),
            Argv::Exec(words) => format!("`RUN {}`", shorten(&words.join(" "))),
            Argv::Base => "a RUN".to_owned(),
        },
    }
}
