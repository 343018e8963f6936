//! Which shell runs a text, and what it does by itself.

use super::Options;
use crate::proof::trace::Shell;

/// What is known of a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A POSIX shell or bash that does nothing but run the text, with these options.
    Plain(Options),
    /// A POSIX-like shell that may read start-up files, which earlier commands can have written; or the shell of a base
    /// image that is not known.
    Unsure,
    /// Something else.
    Foreign,
}

/// Tells what a shell is.
pub(super) fn kind(shell: &Shell) -> Kind {
    let Shell::Known(words) = shell else {
        return Kind::Unsure;
    };
    let Some((program, flags)) = words.split_first() else {
        return Kind::Foreign;
    };
    let name = program.rsplit('/').next().unwrap_or_default();
    if !matches!(name, "sh" | "bash" | "ash" | "dash") {
        return Kind::Foreign;
    }
    let mut options = Options::default();
    let mut unsure = false;
    let mut command = false;
    let mut words = flags.iter();
    while let Some(flag) = words.next() {
        if flag == "--login" {
            unsure = true;
            continue;
        }
        if matches!(flag.as_str(), "--noprofile" | "--norc") {
            continue;
        }
        let Some(letters) = flag
            .strip_prefix('-')
            .filter(|letters| !letters.starts_with('-'))
        else {
            return Kind::Foreign;
        };
        for letter in letters.chars() {
            match letter {
                'c' => command = true,
                'e' => options.errexit = true,
                'u' => options.nounset = true,
                'x' | 'v' => {}
                'l' | 'i' => unsure = true,
                'o' => match words.next().map(|word| word.as_str()) {
                    Some("pipefail") => options.pipefail = true,
                    Some("errexit") => options.errexit = true,
                    Some("nounset") => options.nounset = true,
                    Some("xtrace" | "verbose") => {}
                    _ => return Kind::Foreign,
                },
                _ => return Kind::Foreign,
            }
        }
    }
    match (command, unsure) {
        (false, _) => Kind::Foreign,
        (true, true) => Kind::Unsure,
        (true, false) => Kind::Plain(options),
    }
}

/// The options that a plain `set` changes: pairs of a sign and `e`, `u` or `p` (pipefail). `None` when it does anything
/// else.
pub(super) fn set(words: &[&str]) -> Option<Vec<(bool, char)>> {
    let ["set", flags @ ..] = words else {
        return None;
    };
    let mut changes = Vec::new();
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        let on = flag.starts_with('-');
        let letters = flag.strip_prefix(['-', '+'])?;
        if letters.is_empty() {
            return None;
        }
        for letter in letters.chars() {
            match letter {
                'e' | 'u' => changes.push((on, letter)),
                'x' | 'v' => {}
                'o' => match *flags.next()? {
                    "errexit" => changes.push((on, 'e')),
                    "nounset" => changes.push((on, 'u')),
                    "pipefail" => changes.push((on, 'p')),
                    "xtrace" | "verbose" => {}
                    _ => return None,
                },
                _ => return None,
            }
        }
    }
    Some(changes)
}

impl Options {
    /// The options after a `set`.
    pub(super) fn after(mut self, changes: &[(bool, char)]) -> Self {
        for (on, letter) in changes {
            match letter {
                'e' => self.errexit = *on,
                'u' => self.nounset = *on,
                _ => self.pipefail = *on,
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells() {
        let plain = Options::default();
        let strict = Options {
            errexit: true,
            nounset: false,
            pipefail: true,
        };
        for (words, expected) in [
            (&["/bin/sh", "-c"][..], Kind::Plain(plain)),
            (&["bash", "-eo", "pipefail", "-c"], Kind::Plain(strict)),
            (&["/bin/bash", "-o", "pipefail", "-ec"], Kind::Plain(strict)),
            (&["/bin/bash", "-lc"], Kind::Unsure),
            (&["/bin/bash", "--login", "-c"], Kind::Unsure),
            (&["/bin/bash"], Kind::Foreign),
            (&["/bin/bash", "-O", "extglob", "-c"], Kind::Foreign),
            (&["powershell", "-Command"], Kind::Foreign),
        ] {
            let shell = Shell::Known(words.iter().map(|word| (*word).into()).collect());
            assert_eq!(kind(&shell), expected, "{words:?}");
        }
        assert_eq!(kind(&Shell::Base), Kind::Unsure);
    }

    #[test]
    fn options() {
        assert_eq!(set(&["set", "-eux"]), Some(vec![(true, 'e'), (true, 'u')]));
        assert_eq!(
            set(&["set", "+e", "-o", "pipefail"]),
            Some(vec![(false, 'e'), (true, 'p')])
        );
        assert_eq!(set(&["set", "--", "a"]), None);
        assert_eq!(set(&["set", "-f"]), None);
    }
}
