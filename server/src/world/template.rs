//! Tells templates from Dockerfiles. A template is left alone: what its author's tool makes of it is unknown.

/// What gave a template away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Template {
    /// The file's name ends like a template's, or like the input of a preprocessor.
    Name,
    /// A marker in the text, at this byte offset.
    Marker(usize),
}

/// Endings of names of files that a tool still has to turn into a Dockerfile. `.in` goes through the C preprocessor in
/// buildah.
const ENDINGS: &[&str] = &[
    ".in",
    ".j2",
    ".jinja",
    ".jinja2",
    ".tmpl",
    ".tpl",
    ".template",
    ".gotmpl",
    ".erb",
    ".ejs",
    ".mustache",
    ".hbs",
    ".liquid",
    ".m4",
    ".mako",
];

/// Looks for signs of a template in a file's name and text.
pub(crate) fn detect(file_name: &str, text: &str) -> Option<Template> {
    let lower = file_name.to_ascii_lowercase();
    if ENDINGS.iter().any(|ending| lower.ends_with(ending)) {
        return Some(Template::Name);
    }
    find_marker(text).map(Template::Marker)
}

/// Finds a marker where no Dockerfile has one: at the start of a line, in a FROM, or unquoted with a plain name in it
/// (`{{ version }}`). Docker's own `--format '{{.Id}}'` and the like are no markers, nor is anything in a heredoc.
fn find_marker(text: &str) -> Option<usize> {
    if !["{{", "{%", "<%", "%%"]
        .iter()
        .any(|marker| text.contains(marker))
    {
        return None;
    }
    let mut offset = 0;
    let mut state = State::default();
    for line in text.split_inclusive('\n') {
        if let Some(at) = state.line(line) {
            return Some(offset + at);
        }
        offset += line.len();
    }
    None
}

/// What is carried from line to line.
#[derive(Default)]
struct State {
    /// Delimiters of heredocs that are still open, in order.
    heredocs: Vec<String>,
    /// Whether the line before was continued.
    continued: bool,
    /// The quote that is open in a continued line.
    quote: Option<char>,
}

impl State {
    /// Reads a line; returns the place of a marker in it.
    fn line(&mut self, line: &str) -> Option<usize> {
        let content = line.trim_end_matches(['\n', '\r']);
        if let Some(delimiter) = self.heredocs.first() {
            if content.trim_start_matches('\t') == delimiter {
                self.heredocs.remove(0);
            }
            return None;
        }
        let trimmed = content.trim_start();
        let indent = content.len() - trimmed.len();
        if trimmed.starts_with('#') {
            return trimmed.starts_with("#}").then_some(indent);
        }
        if !self.continued {
            self.quote = None;
        }
        if self.quote.is_none()
            && ["{{", "{%", "{#", "<%"]
                .iter()
                .any(|marker| trimmed.starts_with(marker))
        {
            return Some(indent);
        }
        let keyword = trimmed.split_ascii_whitespace().next().unwrap_or_default();
        let is_from = !self.continued && keyword.eq_ignore_ascii_case("from");
        let found = if is_from {
            ["{{", "{%", "<%", "%%"]
                .iter()
                .filter_map(|marker| content.find(marker))
                .min()
        } else {
            self.unquoted_marker(content)
        };
        if !self.continued
            && ["run", "copy", "add"]
                .iter()
                .any(|known| keyword.eq_ignore_ascii_case(known))
        {
            self.heredocs = heredoc_names(content);
        }
        self.continued = content.trim_end().ends_with(['\\', '`']);
        found
    }

    /// Finds `{{ name }}` or `{% ... %}` outside quotes, and keeps track of them.
    fn unquoted_marker(&mut self, content: &str) -> Option<usize> {
        let mut chars = content.char_indices();
        while let Some((at, ch)) = chars.next() {
            match (self.quote, ch) {
                (Some('\''), '\\') => {}
                (_, '\\') => {
                    chars.next();
                }
                (Some(quote), _) if quote == ch => self.quote = None,
                (None, '"' | '\'') => self.quote = Some(ch),
                (None, '{') => {
                    let rest = content.get(at..).unwrap_or_default();
                    if is_placeholder(rest) {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// Whether text starts with `{{ name }}` (a plain or dotted name, filters after it) or a `{% ... %}` block.
fn is_placeholder(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix("{%") {
        return rest.contains("%}");
    }
    let Some(rest) = text.strip_prefix("{{") else {
        return false;
    };
    let Some((inside, _)) = rest.split_once("}}") else {
        return false;
    };
    let inside = inside.trim_matches(['-', ' ', '\t']);
    inside.starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '_')
}

/// The delimiters of the heredocs that a line opens.
fn heredoc_names(line: &str) -> Vec<String> {
    line.match_indices("<<")
        .filter_map(|(at, _)| {
            let rest = line.get(at + 2..)?.trim_start_matches('-');
            let name: String = rest
                .trim_start_matches(['"', '\''])
                .chars()
                .take_while(|ch| ch.is_alphanumeric() || matches!(ch, '_' | '-' | '.'))
                .collect();
            (!name.is_empty()).then_some(name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        for (text, at) in [
            ("FROM {{ base }}\n", 5),
            ("FROM debian:%%SUITE%%\n", 12),
            ("FROM <%= base %>\n", 5),
            ("{% if x %}\nFROM a\n{% endif %}\n", 0),
            ("FROM a\n  {{- if .X }}\nRUN b\n", 9),
            ("FROM a\nRUN b \\\n  {% if c %}\n  d\n", 17),
            ("FROM a\nRUN pip install x=={{ version }}\n", 26),
            ("FROM a\nENV A {{ a.b | lower }}\n", 13),
            ("FROM a\nRUN b {% c %}\n", 13),
        ] {
            assert_eq!(
                detect("Dockerfile", text),
                Some(Template::Marker(at)),
                "{text:?}"
            );
        }
        for name in ["Dockerfile.in", "Dockerfile.J2", "Dockerfile.tmpl"] {
            assert_eq!(detect(name, "FROM a\n"), Some(Template::Name), "{name}");
        }
    }

    #[test]
    fn dockerfiles() {
        for text in [
            "",
            "FROM a\nRUN docker inspect --format '{{.Id}}' x\n",
            "FROM a\nRUN docker inspect --format '{{ json .Id }}' x\n",
            "FROM a\nRUN go list -f {{.Dir}} x\n",
            "FROM a\nHEALTHCHECK CMD test \"{{ x }}\"\n",
            "FROM a\nCOPY <<EOF /t\n{{ a }}\n{% b %}\nEOF\nRUN c\n",
            "FROM a\nRUN <<-'EOF'\n\t{{ a }}\n\tEOF\nRUN c\n",
            "# {{ a }}\nFROM a\n",
            "FROM a\nRUN date +%%Y\n",
            "FROM a\nRUN printf '\\\n{{ a }} \\\n' > x\n",
            "FROM a\nRUN echo ${a}{b}{{c\n",
        ] {
            assert_eq!(detect("Dockerfile", text), None, "{text:?}");
        }
    }
}
