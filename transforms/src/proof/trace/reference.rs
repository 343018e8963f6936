//! Image references in one spelling.

use super::TraceError;
use crate::model::Value;

/// The reference in its shortest form with a tag: `docker.io/library/debian` is `debian:latest`. A reference that is
/// not known completely stays as written.
///
/// # Errors
/// When the name can't be one of an image: upper case in the repository (`reference.ParseNormalizedNamed`).
pub(super) fn normalise(reference: &Value) -> Result<Value, TraceError> {
    let Some(text) = reference.known() else {
        return Ok(reference.clone());
    };
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let colon = name
        .get(slash..)
        .and_then(|last| last.find(':'))
        .map(|at| at + slash);
    let (path, tag) = match colon {
        Some(at) => (
            name.get(..at).unwrap_or_default(),
            name.get(at + 1..).filter(|tag| !tag.is_empty()),
        ),
        None => (name, None),
    };
    let (domain, path) = match path.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.chars().any(|c| c.is_ascii_uppercase()) =>
        {
            (first, rest)
        }
        _ => ("docker.io", path),
    };
    if path.is_empty() || path.chars().any(|c| c.is_ascii_uppercase()) {
        return Err(TraceError(format!(
            "`{text}` is no image reference: the repository must be in lower case"
        )));
    }
    let mut out = if matches!(domain, "docker.io" | "index.docker.io") {
        path.strip_prefix("library/").unwrap_or(path).to_owned()
    } else {
        format!("{domain}/{path}")
    };
    match (tag, digest) {
        (Some(tag), Some(digest)) => out.push_str(&format!(":{tag}@{digest}")),
        (Some(tag), None) => out.push_str(&format!(":{tag}")),
        (None, Some(digest)) => out.push_str(&format!("@{digest}")),
        (None, None) => out.push_str(":latest"),
    }
    Ok(Value::literal(&out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for (text, expected) in [
            ("debian", Some("debian:latest")),
            ("docker.io/library/debian:12", Some("debian:12")),
            ("a/b", Some("a/b:latest")),
            ("localhost:5000/x", Some("localhost:5000/x:latest")),
            ("ghcr.io/a/b@sha256:00", Some("ghcr.io/a/b@sha256:00")),
            ("0", Some("0:latest")),
            ("Base", None),
        ] {
            let result = normalise(&Value::literal(text)).ok();
            assert_eq!(result.as_ref().and_then(Value::known), expected, "{text}");
        }
    }
}
