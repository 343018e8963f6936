//! Makes a file smaller as long as something stays true of it.

/// The smallest text that was found in so many tries.
pub(crate) fn shrink(text: &str, tries: usize, still: &mut dyn FnMut(&str) -> bool) -> String {
    let mut best = text.to_owned();
    let mut left = tries;
    // Normal line ends are easier to read, if they do.
    let plain = text.replace("\r\n", "\n");
    if plain != best && still(&plain) {
        best = plain;
    }
    loop {
        let before = best.len();
        for separators in [&["\n"][..], &[" && ", "; ", " || "], &[" "]] {
            for separator in separators {
                best = without_parts(best, separator, &mut left, still);
            }
        }
        best = shorter_names(best, &mut left, still);
        if best.len() == before || left == 0 {
            return best;
        }
    }
}

/// Leaves out runs of parts, long runs first.
fn without_parts(
    text: String,
    separator: &str,
    left: &mut usize,
    still: &mut dyn FnMut(&str) -> bool,
) -> String {
    let mut best = text;
    let mut size = best.split(separator).count() / 2;
    while size > 0 {
        let mut at = 0;
        loop {
            let parts: Vec<&str> = best.split(separator).collect();
            if at >= parts.len() {
                break;
            }
            if *left == 0 {
                return best;
            }
            let (head, tail) = parts.split_at(at);
            let rest = tail.get(size.min(tail.len())..).unwrap_or_default();
            let candidate = [head, rest].concat().join(separator);
            *left -= 1;
            if candidate != best && still(&candidate) {
                best = candidate;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    best
}

/// Tries plainer texts for what is often there without being needed.
fn shorter_names(text: String, left: &mut usize, still: &mut dyn FnMut(&str) -> bool) -> String {
    let mut best = text;
    for (long, short) in [
        ("/usr/local/share/x", "/a"),
        ("/usr/src/app", "/a"),
        ("/var/lib/x", "/a"),
        ("/srv/app", "/a"),
        ("/app/src", "/a"),
        (" \\\n", " "),
        ("  ", " "),
        ("    ", " "),
        ("set -ex", "set -e"),
        ("&& true", ""),
    ] {
        let candidate = best.replace(long, short);
        if candidate != best && *left > 0 {
            *left -= 1;
            if still(&candidate) {
                best = candidate;
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_is_needed() {
        let text = "FROM debian\nRUN a\nRUN b && c && d e\nCMD x\n";
        let small = shrink(text, 1000, &mut |text| {
            text.contains("FROM") && text.contains('d') && text.contains('e')
        });
        assert!(small.contains("FROM") && small.len() < 14, "{small:?}");
    }
}
