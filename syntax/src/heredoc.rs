//! Heredoc operators: which words of a logical line announce a body (section A.7).
//!
//! Source of the rules: `parser.go` (`heredocsFromLine`, `heredocFromMatch`). The escape token is always a backslash here,
//! whatever the file's escape directive says.

use crate::shlex::{LexError, Mode, words};

/// `<<name` in one of its forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// What the line that ends the body says, without quotes.
    pub name: String,
    /// The number before `<<`, 0 if there is none.
    pub descriptor: u64,
    /// Whether it is `<<-`: tabs that lines start with are dropped.
    pub chomp: bool,
    /// Whether `COPY` and `ADD` expand variables in the body: no part of the word is quoted.
    pub expand: bool,
}

/// The operators of a logical line, in order. A line with an open quote or an unknown substitution has none; the error
/// stands for a line that BuildKit refuses.
pub(crate) fn operators(line: &str) -> Result<Vec<Operator>, LexError> {
    if memchr::memchr(b'<', line.as_bytes()).is_none() || !line.contains("<<") {
        return Ok(Vec::new());
    }
    let mode = Mode {
        escape: '\\',
        raw_quotes: true,
        raw_escapes: true,
    };
    let mut found = Vec::new();
    for word in words(line, mode).unwrap_or_default() {
        found.extend(operator(&word)?);
    }
    Ok(found)
}

/// The heredoc operators of a logical line of RUN, COPY, ADD, or an ONBUILD of these, in order.
pub fn heredoc_operators(line: &str) -> Vec<Operator> {
    operators(line).unwrap_or_default()
}

/// Reads a word as an operator.
pub(crate) fn operator(word: &str) -> Result<Option<Operator>, LexError> {
    let after_digits = word.trim_start_matches(|ch: char| ch.is_ascii_digit());
    let Some(rest) = after_digits.strip_prefix("<<") else {
        return Ok(None);
    };
    let digits = word.strip_suffix(after_digits).unwrap_or_default();
    let (chomp, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rest = rest.trim_start_matches(['\t', '\n', '\u{c}', '\r', ' ']);
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    let mode = |raw_quotes| Mode {
        escape: '\\',
        raw_quotes,
        raw_escapes: false,
    };
    let mut names = words(rest, mode(false))?;
    let (Some(name), true) = (names.pop(), names.is_empty()) else {
        return Ok(None);
    };
    let raw = words(rest, mode(true))?;
    let [raw] = raw.as_slice() else {
        return Err(LexError);
    };
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    Ok(Some(Operator {
        expand: quotes(&name) == quotes(raw),
        name,
        descriptor: match digits {
            "" => 0,
            _ => digits.parse().unwrap_or(u64::MAX),
        },
        chomp,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the names of a line; `-` before a name stands for chomp, `'` for a quoted one.
    fn check(line: &str, expected: &[&str]) {
        let found: Vec<String> = operators(line)
            .unwrap()
            .into_iter()
            .map(|operator| {
                let chomp = if operator.chomp { "-" } else { "" };
                let quoted = if operator.expand { "" } else { "'" };
                format!("{chomp}{quoted}{}", operator.name)
            })
            .collect();
        assert_eq!(found, expected, "{line:?}");
    }

    #[test]
    fn finds_operators() {
        check("RUN <<EOF", &["EOF"]);
        check("RUN cat <<A <<-'B' >x", &["A", "-'B"]);
        check("RUN cat << EOF", &["EOF"]);
        check("RUN cat <<- EOF", &[]);
        check("RUN cat<<EOF", &[]);
        check("RUN cat <<<word", &[]);
        check("RUN cat <<< word", &[]);
        check("RUN echo $((1 << 3))", &["3))"]);
        check("RUN echo \\<<EOF", &[]);
        check("RUN echo <<EOF # don't", &[]);
        check("RUN echo ${x^^} <<EOF", &[]);
        check("RUN <<\\EOF", &["EOF"]);
        check("RUN <<E\"O\"F", &["'EOF"]);
        check("RUN <<\"a b\"", &["'a b"]);
        check("RUN <<''", &[]);
        check("RUN <<E${x}", &["E${x}"]);
        check("RUN <<E${x-y}", &[]);
        check("RUN ${x- <<E }", &["E"]);
    }

    #[test]
    fn reads_the_descriptor() {
        let descriptor = |word| operator(word).unwrap().unwrap().descriptor;
        assert_eq!(descriptor("<<E"), 0);
        assert_eq!(descriptor("3<<E"), 3);
        assert_eq!(descriptor("99999999999999999999<<E"), u64::MAX);
    }

    #[test]
    fn broken_operator_is_an_error() {
        assert_eq!(operators("RUN ${x- <<\"a b\"}"), Err(LexError));
    }
}
