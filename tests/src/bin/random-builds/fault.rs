//! A command that fails where it would work: what a rewrite makes of it must fail as well, at the same place.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use dfix_tests::random::Random;

use super::tree::inside;

/// Calls of a program that fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    program: &'static str,
    /// A word of the calls.
    operand: String,
}

/// Programs whose calls no rule may leave out, nor make in another way.
const PROGRAMS: &[&str] = &[
    "touch", "cp", "mv", "ln", "tar", "curl", "wget", "make", "useradd", "adduser", "git", "sed",
    "apt-get", "apk", "dnf", "yum", "pip", "npm", "yarn", "tee", "cat",
];

impl Fault {
    /// One that a text may meet, if there is one.
    pub(crate) fn pick(text: &str, random: &mut Random) -> Option<Self> {
        let mut found = Vec::new();
        for part in text.split(['&', ';', '|', '\n', '(', ')', '{', '}', '>', '<']) {
            let mut words = part.trim().trim_end_matches('\\').split_whitespace();
            let Some(program) = words.find_map(|word| PROGRAMS.iter().find(|name| **name == word))
            else {
                continue;
            };
            let Some(operand) = words.next_back() else {
                continue;
            };
            // Updates of package lists go where nothing reads them.
            let plain =
                !operand.contains(['$', '"', '\'', '*', '~', '`']) && !operand.starts_with('-');
            if plain && !matches!(operand, "update" | "clean" | "all" | "purge" | "upgrade") {
                found.push(Self {
                    program,
                    operand: operand.to_owned(),
                });
            }
        }
        random.pick(&found).cloned()
    }

    /// Puts a program that fails in the place of the one in a root.
    pub(crate) fn install(&self, root: &Path) -> io::Result<()> {
        self.replace(self.program, root)?;
        match self.program {
            // A rewrite may take the one for the other.
            "apt-get" => self.replace("apt", root),
            _ => Ok(()),
        }
    }

    fn replace(&self, program: &str, root: &Path) -> io::Result<()> {
        let path = inside(root, &format!("/usr/bin/{}", program), false)?;
        let applet = inside(root, &format!("/bin/{}", program), false)?;
        let path = if path.symlink_metadata().is_ok() {
            path
        } else {
            applet
        };
        let Ok(meta) = path.symlink_metadata() else {
            return Ok(());
        };
        if !meta.is_file() && is_busybox(root, "/bin/sh") {
            // Debian's busybox runs its own programs without looking for them, so the fault would be met without the
            // shell only.
            return Ok(());
        }
        let mut real = format!("/bin/busybox {}", program);
        if meta.is_file() {
            // Some look at the name by which they are called.
            let folder = root.join("usr/lib/real");
            fs::create_dir_all(&folder)?;
            fs::rename(&path, folder.join(program))?;
            real = format!("/usr/lib/real/{}", program);
        } else {
            fs::remove_file(&path)?;
        }
        let operand = &self.operand;
        let script = format!(
            "#!/bin/busybox sh\ncase \" $* \" in *' {operand} '*) exit 9 ;; esac\nexec {real} \"$@\"\n"
        );
        fs::write(&path, script)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
    }
}

/// Whether a program of a root is a link to busybox.
fn is_busybox(root: &Path, program: &str) -> bool {
    inside(root, program, false)
        .and_then(fs::read_link)
        .is_ok_and(|target| target.ends_with("busybox"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_a_text() {
        let mut random = Random::new(1);
        let pick = |text: &str, random: &mut Random| Fault::pick(text, random);
        let fault = |program, operand: &str| {
            Some(Fault {
                program,
                operand: operand.to_owned(),
            })
        };
        assert_eq!(
            pick("RUN mkdir a && touch /b", &mut random),
            fault("touch", "/b")
        );
        assert_eq!(
            pick("RUN cd x; \\\n  cp a \"$B\"; make all.log", &mut random),
            fault("make", "all.log")
        );
        assert_eq!(pick("RUN apt-get update", &mut random), None);
    }
}
