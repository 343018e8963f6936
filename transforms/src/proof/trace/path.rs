//! Paths as BuildKit computes them.

use crate::model::Value;

/// Go's `path.Clean`: no `.`, no `..` that can be resolved, no double slash, no slash at the end.
pub(crate) fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    if !path.split('/').any(|part| part == "..") {
        return without_empty_parts(path);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None => {
                    if !absolute {
                        parts.push("..");
                    }
                }
                Some(_) => {
                    parts.pop();
                }
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// As [`clean`], for a path without `..`.
fn without_empty_parts(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 1);
    let mut slash = path.starts_with('/');
    for part in path.split('/') {
        if !matches!(part, "" | ".") {
            if slash {
                out.push('/');
            }
            out.push_str(part);
            slash = true;
        }
    }
    if out.is_empty() {
        out.push(if slash { '/' } else { '.' });
    }
    out
}

/// Whether a path is another one or lies below it.
pub(crate) fn is_below(path: &str, parent: &str) -> bool {
    let parent = parent.trim_end_matches('/');
    path == parent
        || path
            .strip_prefix(parent)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// A path relative to a directory: an absolute path as written, another one joined and cleaned (`path.Join`). A
/// directory that is not known stays as the symbolic beginning.
pub(crate) fn join(dir: &Value, path: &Value) -> Value {
    if path.prefix().starts_with('/') {
        return path.clone();
    }
    match (dir.known(), path.known()) {
        (_, Some("")) => dir.clone(),
        (Some(dir), Some(path)) => Value::literal(&clean(&["/", dir, "/", path].concat())),
        (None, Some(path)) if !path.split('/').any(|part| part == "..") => {
            let mut joined = dir.clone();
            let path = clean(path);
            if path != "." {
                joined.push_str("/");
                joined.push_str(&path);
            }
            joined
        }
        _ => Value::modified(dir.clone(), "workdir", path.clone()),
    }
}

/// [`clean`] of what is known; a symbolic path stays as it is.
pub(crate) fn cleaned(path: &Value) -> Value {
    path.known()
        .map_or_else(|| path.clone(), |path| Value::literal(&clean(path)))
}

/// The destination of a COPY (`pathRelativeToWorkingDir` and what follows it in `dispatchCopy`): relative paths are
/// joined to the working directory, and what says "directory" (`.`, a slash at the end) ends in a slash.
pub(crate) fn destination(dir: &Value, dest: &Value) -> Value {
    if dest.prefix().starts_with('/') {
        return dest.clone();
    }
    let mut joined = join(dir, dest);
    if let Some(dest) = dest.known()
        && (matches!(dest, "" | "." | "./") || dest.ends_with('/'))
    {
        if joined.known().is_none_or(|path| !path.ends_with('/')) {
            joined.push_str("/");
        }
    } else if dest.known().is_some_and(|dest| dest.ends_with("/.")) {
        joined.push_str("/.");
    }
    joined
}

/// A source path below the root of its context or image.
pub(crate) fn source(path: &Value) -> Value {
    path.known().map_or_else(
        || path.clone(),
        |path| Value::literal(&clean(&["/", path].concat())),
    )
}

/// A source path of which the part after `/./` is recreated below the destination (`--parents`): the pivot stays.
pub(crate) fn source_with_pivot(path: &Value) -> Value {
    match path.known().and_then(|path| path.split_once("/./")) {
        Some((root, rest)) => {
            Value::literal(&format!("{}/./{}", clean(&format!("/{root}")), clean(rest)))
        }
        None => source(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning() {
        for (path, expected) in [
            ("", "."),
            ("/", "/"),
            ("a/b/../c", "a/c"),
            ("./", "."),
            ("//", "/"),
            ("//a/./b/", "/a/b"),
            ("./a//b", "a/b"),
            ("/a//b/./c/", "/a/b/c"),
            ("/../a", "/a"),
            ("../../a/..", "../.."),
        ] {
            assert_eq!(clean(path), expected, "{path}");
        }
    }

    #[test]
    fn destinations() {
        let dir = Value::literal("/w");
        for (dest, expected) in [
            (".", "/w/"),
            ("", "/w/"),
            ("./", "/w/"),
            ("c/", "/w/c/"),
            ("c", "/w/c"),
            ("/x/.", "/x/."),
            ("x/.", "/w/x/."),
        ] {
            assert_eq!(
                destination(&dir, &Value::literal(dest)).known(),
                Some(expected),
                "{dest}"
            );
        }
        assert_eq!(
            destination(&Value::literal("/"), &Value::literal(".")).known(),
            Some("/")
        );
    }
}
