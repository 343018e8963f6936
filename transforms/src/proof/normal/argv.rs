//! The words that a shell starts as a program when it has nothing else to do with a text (C.5). They are read from the
//! text itself, as a shell would: the tree that rules see has no part in it.

use super::program::{changes_names, changes_shell};
use super::shell;
use crate::proof::trace::Shell;

/// The program and the arguments that `sh -c text` runs, whichever plain shell `sh` is; `None` when a shell may do
/// anything else with the text.
pub(crate) fn argv(text: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => single_quoted(&mut rest, word.get_or_insert_default())?,
            '"' => double_quoted(&mut rest, word.get_or_insert_default())?,
            _ if means_itself(c) => word.get_or_insert_default().push(c),
            _ => return None,
        }
    }
    words.extend(word);
    words.first().filter(|name| is_program(name))?;
    Some(words)
}

/// Whether a character outside of quotes is only a part of its word, in every shell and at every place of a word.
fn means_itself(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c)
}

fn single_quoted(rest: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    loop {
        match rest.next()? {
            '\'' => return Some(()),
            '\n' | '\0' => return None,
            c => word.push(c),
        }
    }
}

fn double_quoted(rest: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    loop {
        match rest.next()? {
            '"' => return Some(()),
            '$' | '`' | '\n' | '\0' => return None,
            '\\' => match rest.next()? {
                c @ ('"' | '\\' | '$' | '`') => word.push(c),
                '\n' | '\0' => return None,
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

/// Whether a first word names a program: no option of the shell, no assignment, nothing that a shell does itself. Some of
/// those are programs too, but an image needn't have them.
fn is_program(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && !name.contains('=')
        && !changes_shell(name)
        && !changes_names(name)
        && !GRAMMAR.contains(&name)
        && !ANSWERS.contains(&name)
}

/// The words of the grammar.
const GRAMMAR: &[&str] = &[
    "!", "[[", "]]", "{", "}", "((", "case", "coproc", "do", "done", "elif", "else", "esac", "fi",
    "for", "function", "if", "in", "select", "then", "time", "until", "while",
];

/// Builtins that leave the shell as it is.
const ANSWERS: &[&str] = &[
    ":", "[", "caller", "command", "compgen", "complete", "compopt", "echo", "false", "fc", "help",
    "history", "kill", "printf", "pwd", "suspend", "test", "times", "true", "type",
];

/// Whether a shell is the plain default: only `-c`, so that it does nothing but run the text.
pub(crate) fn is_plain_default(shell: &Shell) -> bool {
    let only_text = matches!(shell, Shell::Known(words) if words.len() == 2);
    only_text && shell::kind(shell) == shell::Kind::Plain(super::Options::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (text, expected) in [
            ("node a.js", Some(&["node", "a.js"][..])),
            (" a\t b ", Some(&["a", "b"])),
            ("'a b'\"c\"d ''", Some(&["a bcd", ""])),
            (r#"a "b\"c\\d\e\$f""#, Some(&["a", r#"b"c\d\e$f"#])),
            (r"a 'b\c$d'", Some(&["a", r"b\c$d"])),
            ("a '~' \"*\" é", None),
            ("a '~' \"*é#\"", Some(&["a", "~", "*é#"])),
            ("/bin/echo a", Some(&["/bin/echo", "a"])),
            ("", None),
            ("'' a", None),
            ("-a", None),
            ("a=b c", None),
            ("'a", None),
            ("\"a", None),
            ("a \"$b\"", None),
            ("a \"`b`\"", None),
            ("a\nb", None),
            ("a 'b\nc'", None),
        ] {
            let expected = expected.map(|words| words.iter().map(|w| (*w).to_owned()).collect());
            assert_eq!(argv(text), expected, "{text}");
        }
    }

    #[test]
    fn characters_of_the_shell() {
        for c in "|&;<>()$`\\*?[]#~{}!^".chars() {
            for text in [
                format!("a {c}b"),
                format!("a b{c}"),
                format!("a{c} b"),
                format!("a b{c}d"),
            ] {
                assert_eq!(argv(&text), None, "{text}");
            }
        }
    }

    #[test]
    fn what_a_shell_does_itself() {
        for name in [
            ".", ":", "[", "cd", "echo", "eval", "exec", "exit", "export", "if", "kill", "printf",
            "set", "source", "test", "time", "trap", "type", "ulimit", "umask", "wait", "while",
            "alias", "command",
        ] {
            assert_eq!(argv(&format!("{name} a")), None, "{name}");
            assert_eq!(argv(&format!("'{name}' a")), None, "quoted {name}");
        }
    }

    #[test]
    fn shells() {
        for (words, expected) in [
            (&["/bin/sh", "-c"][..], true),
            (&["/bin/bash", "-c"], true),
            (&["/bin/sh", "-ec"], false),
            (&["/bin/sh", "-e", "-c"], false),
            (&["/bin/bash", "-lc"], false),
            (&["/bin/bash", "-o", "pipefail", "-c"], false),
            (&["powershell", "-c"], false),
            (&["/bin/sh"], false),
        ] {
            let shell = Shell::Known(words.iter().map(|word| (*word).into()).collect());
            assert_eq!(is_plain_default(&shell), expected, "{words:?}");
        }
        assert!(!is_plain_default(&Shell::Base));
    }
}
