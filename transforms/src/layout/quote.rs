//! Values written so that BuildKit reads them back.

/// A JSON array as BuildKit's exec form reads it: `["a", "b"]`.
pub(crate) fn json_array<'v>(items: impl IntoIterator<Item = &'v str>) -> String {
    let items: Vec<String> = items.into_iter().map(json_string).collect();
    format!("[{}]", items.join(", "))
}

/// A value in quotes that the expansion layer (A.8) reads back unchanged. Double quotes where nothing in the value is
/// special in them, else single quotes, else double quotes with `"`, `$` and the escape token escaped.
pub(crate) fn quoted(value: &str, escape: char) -> String {
    let special = |character: char| matches!(character, '"' | '$') || character == escape;
    if value.contains(special) && !value.contains('\'') {
        return format!("'{value}'");
    }
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for character in value.chars() {
        if special(character) {
            out.push(escape);
        }
        out.push(character);
    }
    out.push('"');
    out
}

/// A value as one word of a shell text: as it is where no character means something to any shell, else in single quotes,
/// or in double quotes when it holds single ones.
pub(crate) fn shell_word(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        value.to_owned()
    } else if !value.contains('\'') {
        format!("'{value}'")
    } else if !value.contains(['"', '$', '`', '\\', '!']) {
        format!("\"{value}\"")
    } else {
        format!("'{}'", value.replace('\'', "'\\''"))
    }
}

fn json_string(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            control if u32::from(control) < 0x20 => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json() {
        assert_eq!(
            json_array(["echo", "a \"b\" \\ \t\u{1}", ""]),
            r#"["echo", "a \"b\" \\ \t\u0001", ""]"#
        );
        assert_eq!(json_array([]), "[]");
    }

    #[test]
    fn words_for_a_shell() {
        for (value, expected) in [
            ("a-b_c./:=@%+,", "a-b_c./:=@%+,"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$a", "'$a'"),
            ("it's", "\"it's\""),
            ("it's $a", "'it'\\''s $a'"),
            ("~", "'~'"),
            ("é", "'é'"),
        ] {
            assert_eq!(shell_word(value), expected);
        }
    }

    #[test]
    fn quotes() {
        for (value, expected) in [
            ("", r#""""#),
            ("it's `e", r#""it's `e""#),
            (r#"a "b" $c \d"#, r#"'a "b" $c \d'"#),
            (r#"it's "b" $c \d `e"#, r#""it's \"b\" \$c \\d `e""#),
        ] {
            assert_eq!(quoted(value, '\\'), expected);
        }
        assert_eq!(quoted("it's a\\`", '`'), "\"it's a\\``\"");
    }
}
