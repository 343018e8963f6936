//! The state that an instruction starts in.

use smol_str::{SmolStr, format_smolstr};

use super::value::{Part, Value};

/// What is in force before an instruction. `None` means unknown: as the base image has it, unchanged by the file.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The working directory, absolute and as BuildKit stores it. Where a relative path was joined to an unknown
    /// directory it is symbolic: a `Part::Modified` of `workdir`.
    pub workdir: Option<Value>,
    /// The user as written (`app`, `1000:1000`); the empty value is root, the default.
    pub user: Option<Value>,
    /// The shell of shell-form instructions.
    pub shell: Option<Vec<SmolStr>>,
    /// Whether an ENV or ARG sets `BASH_ENV`: bash runs the file that it names before anything else.
    pub bash_env: bool,
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
    /// Nothing is known.
    pub fn unknown() -> Self {
        Self {
            workdir: None,
            user: None,
            shell: None,
            bash_env: false,
            origin: Origin::Unknown,
        }
    }

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
        let named = |name| match name {
            Some("sh" | "ash" | "dash") => true,
            Some("bash") => !self.bash_env,
            _ => false,
        };
        matches!(self.shell.as_deref(), Some([program, flag])
            if flag == "-c" && named(program.rsplit('/').next()))
    }

    /// Whether the shell is the one of a base image that nobody knows, and no file is named that it would read first.
    pub fn unknown_shell(&self) -> bool {
        self.shell.is_none() && !self.bash_env
    }

    /// WORKDIR (`util/system/path.go: NormalizeWorkdir`): an absolute path is taken as written, a relative one is joined
    /// and cleaned, nothing changes nothing. `image` identifies the base image whose directory it may start from.
    pub(super) fn set_workdir(&mut self, path: Value, image: &str) {
        if path.known() == Some("") {
            return;
        }
        let prefix = path.prefix();
        if prefix.starts_with('/') {
            self.workdir = Some(path);
            return;
        }
        let joined = match (self.workdir.as_ref().map(Value::known), path.known()) {
            (Some(Some(before)), Some(path)) => Value::literal(&join_path(before, path)),
            _ => {
                let unknown = || Value::part(Part::FromBase(format_smolstr!("{image} WORKDIR")));
                let before = self.workdir.take().unwrap_or_else(unknown);
                Value::modified(before, "workdir", path)
            }
        };
        self.workdir = Some(joined);
    }
}

/// Go's `path.Join` of an absolute directory and a relative path: joined and cleaned of `.`, `..` and doubled slashes.
pub fn join_path(directory: &str, path: &str) -> String {
    let mut joined = String::with_capacity(directory.len() + path.len() + 2);
    for name in directory.split('/').chain(path.split('/')) {
        match name {
            "" | "." => {}
            ".." => joined.truncate(joined.rfind('/').unwrap_or(0)),
            name => {
                joined.push('/');
                joined.push_str(name);
            }
        }
    }
    if joined.is_empty() {
        joined.push('/');
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workdirs() {
        let check = |steps: &[&str], expected: &str| {
            let mut state = State::unknown();
            for step in steps {
                state.set_workdir(Value::literal(step), "node");
            }
            let workdir = state.workdir.map(|value| value.to_string());
            assert_eq!(workdir.unwrap_or_default(), expected, "{steps:?}");
        };
        check(&["/", "a", "b/../c", "", "./d//e/"], "/a/c/d/e");
        check(&["/a b/"], "/a b/");
        check(&["/x", "~/y"], "/x/~/y");
        check(&["/x", "../.."], "/");
        check(&["x"], "${node WORKDIRworkdirx}");
        check(&["x", "/y/../z"], "/y/../z");
        check(&[""], "");
    }

    #[test]
    fn root() {
        for (user, expected) in [
            ("", true),
            ("root", true),
            ("0:0", true),
            ("0:", true),
            ("app", false),
            ("root:app", false),
        ] {
            let state = State {
                user: Some(Value::literal(user)),
                ..State::unknown()
            };
            assert_eq!(state.is_root(), expected, "{user}");
        }
        assert!(!State::unknown().is_root());
    }
}
