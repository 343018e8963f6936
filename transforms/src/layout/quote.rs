//! Values written so that BuildKit reads them back.

/// A JSON array as BuildKit's exec form reads it: `["a", "b"]`.
pub(crate) fn json_array<'v>(items: impl IntoIterator<Item = &'v str>) -> String {
    let items: Vec<String> = items.into_iter().map(json_string).collect();
    format!("[{}]", items.join(", "))
}

/// A value in double quotes that the expansion layer (A.8) reads back unchanged: `"`, `$` and the escape token are
/// escaped.
pub(crate) fn double_quoted(value: &str, escape: char) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for character in value.chars() {
        if matches!(character, '"' | '$') || character == escape {
            out.push(escape);
        }
        out.push(character);
    }
    out.push('"');
    out
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
    fn quotes() {
        assert_eq!(
            double_quoted(r#"a "b" $c \d `e"#, '\\'),
            r#""a \"b\" \$c \\d `e""#
        );
        assert_eq!(double_quoted(r"a\`", '`'), r#""a\``""#);
    }
}
