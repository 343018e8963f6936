//! The words of a text that a shell starts as one program, read anew for the judgement of a finished image: neither the rules
//! nor the proof take part in it.

use dfix_transforms::commands::is_shell_word;

/// The words, when every shell reads the text as one simple command of nothing but fixed words; `None` otherwise.
pub(super) fn words_of(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut in_word = false;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (_, '\n' | '\r' | '\0') => return None,
            (Some(open), c) if c == open => quote = None,
            (Some('"'), '$' | '`') => return None,
            (Some('"'), '\\') => match characters.next()? {
                c @ ('$' | '`' | '"' | '\\') => word.push(c),
                '\n' => return None,
                c => word.extend(['\\', c]),
            },
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => (quote, in_word) = (Some(c), true),
            (None, ' ' | '\t') => {
                if in_word {
                    words.push(std::mem::take(&mut word));
                }
                in_word = false;
            }
            // Anything else that a shell may read as more than itself somewhere.
            (None, c) if "|&;<>()$`\\*?[]#~{}!^".contains(c) || !c.is_ascii() => return None,
            (None, c) => {
                word.push(c);
                in_word = true;
            }
        }
    }
    if in_word {
        words.push(word);
    }
    let program = words.first()?;
    // An assignment, an option of the shell, and no program at all.
    let none = program.is_empty() || program.contains('=') || program.starts_with('-');
    (quote.is_none() && !none && !is_shell_word(program)).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (text, expected) in [
            ("node a.js", Some(&["node", "a.js"][..])),
            (" a\t'b c'\"d\" ''", Some(&["a", "b cd", ""])),
            (r#"a "\$\"\\\d" '\n$x'"#, Some(&["a", r#"$"\\d"#, r"\n$x"])),
            ("/bin/echo a=b", Some(&["/bin/echo", "a=b"])),
            ("", None),
            ("'' a", None),
            ("a 'b", None),
            ("a \"b", None),
            ("a $b", None),
            ("a \"$b\"", None),
            ("a \"`b`\"", None),
            ("a\nb", None),
            ("a && b", None),
            ("a *.js", None),
            ("a ~/b", None),
            ("a {b,c}", None),
            ("a # b", None),
            ("b=1 a", None),
            ("-c a", None),
            ("exec a", None),
            ("cd /a", None),
            ("'cd' /a", None),
        ] {
            let expected = expected.map(|words| words.iter().map(|w| (*w).to_owned()).collect());
            assert_eq!(words_of(text), expected, "{text}");
        }
    }
}
