//! The state that an instruction starts in.

use smol_str::SmolStr;

use super::Value;

/// What is in force before an instruction. `None` means unknown: it depends on the base image.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The working directory, absolute and as BuildKit stores it.
    pub workdir: Option<Value>,
    /// The user as written (`app`, `1000:1000`); the empty value is root, the default.
    pub user: Option<Value>,
    /// The shell of shell-form instructions.
    pub shell: Option<Vec<SmolStr>>,
    /// Where the knowledge of user, working directory and shell comes from.
    pub origin: Origin,
}

/// Where knowledge comes from (decision F.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Instructions of the file alone.
    File,
    /// The built-in table of image families.
    ImageTable,
    /// The user's configuration.
    Configuration,
    /// Nowhere.
    Unknown,
}

impl State {
    /// Whether the user is known to be root.
    pub fn is_root(&self) -> bool {
        let user = self.user.as_ref().and_then(Value::known);
        user.is_some_and(|user| {
            let (name, group) = user.split_once(':').unwrap_or((user, "0"));
            matches!(name, "" | "root" | "0") && matches!(group, "" | "root" | "0")
        })
    }

    /// The working directory, if it is known completely.
    pub fn known_workdir(&self) -> Option<&str> {
        self.workdir.as_ref()?.known()
    }

    /// Whether the shell is known to be `sh -c` or `bash -c` without options that change what `;` and `&&` mean.
    pub fn plain_shell(&self) -> bool {
        matches!(self.shell.as_deref(), Some([program, flag])
            if flag == "-c" && matches!(program.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash")))
    }
}
