//! What BuildKit's instruction layer checks in values (`instructions/parse.go`, `commands_run*.go`).

use super::Grammar;

/// All keywords, for hints.
const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

impl Grammar<'_, '_, '_> {
    /// Checks the values of RUN's flags.
    pub(super) fn check_run(&mut self) {
        if self.depth > 0 {
            return;
        }
        let flags = std::mem::take(&mut self.memory.flags);
        for flag in &flags {
            let Some(value) = flag.value() else { continue };
            let problem = match flag.name() {
                "mount" => check_mount(value),
                "device" => check_device(value),
                "network" if !matches!(value, "default" | "none" | "host") => Some(format!(
                    "`{value}` is no network mode: `default`, `none` or `host`"
                )),
                "security" if !matches!(value, "sandbox" | "insecure") => Some(format!(
                    "`{value}` is no security mode: `sandbox` or `insecure`"
                )),
                _ => None,
            };
            if let Some(problem) = problem {
                self.refuse(flag.range.clone(), || problem);
            }
        }
        self.memory.flags = flags;
    }

    /// Checks the values of HEALTHCHECK's flags.
    pub(super) fn check_health(&mut self) {
        let flags = std::mem::take(&mut self.memory.flags);
        for flag in &flags {
            let Some(value) = flag.value().filter(|value| !value.is_empty()) else {
                continue;
            };
            let problem = match flag.name() {
                "interval" | "timeout" | "start-period" | "start-interval" => {
                    match duration(value) {
                        None => Some(format!(
                            "`{value}` is no duration, such as `30s` or `1m30s`"
                        )),
                        Some(0) => None,
                        Some(nanoseconds) if nanoseconds < 1_000_000 => {
                            Some(format!("`--{}` can't be less than 1ms", flag.name()))
                        }
                        Some(_) => None,
                    }
                }
                "retries" => match value.parse::<i32>() {
                    Ok(0..) => None,
                    _ => Some(format!("`{value}` is no number of retries")),
                },
                _ => None,
            };
            if let Some(problem) = problem {
                self.refuse(flag.range.clone(), || problem);
            }
        }
        self.memory.flags = flags;
    }
}

/// What is wrong with a `--mount` before its variables are expanded: BuildKit checks the rest at conversion.
fn check_mount(value: &str) -> Option<String> {
    let Some(fields) = csv_fields(value) else {
        return Some("the value of `--mount` is no list of key=value pairs".to_owned());
    };
    fields.iter().find_map(|field| {
        let (key, value) = field.split_once('=')?;
        let dollar = value.find('$')?;
        (key.eq_ignore_ascii_case("from") && dollar + 1 != value.len()).then(|| {
            "variables aren't expanded in `from`: define a stage with that image and name it here".to_owned()
        })
    })
}

/// What is wrong with a `--device` (`ParseDevice`).
fn check_device(value: &str) -> Option<String> {
    let Some(fields) = csv_fields(value) else {
        return Some("the value of `--device` is no list of key=value pairs".to_owned());
    };
    let mut has_name = false;
    for field in &fields {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (to_lower(key), Some(value)),
            None => (to_lower(field), None),
        };
        match (key.as_str(), value) {
            ("required", None) => {}
            ("required", Some(value)) => {
                const BOOLEANS: [&str; 12] = [
                    "1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False",
                ];
                if !BOOLEANS.contains(&value) {
                    return Some(format!("`required` takes `true` or `false`, not `{value}`"));
                }
            }
            ("name", Some(_)) if has_name => return Some("the device has two names".to_owned()),
            ("name", Some(value)) => has_name = !value.is_empty(),
            _ if has_name => return Some(format!("`{field}` is no part of a device")),
            _ => has_name = !field.is_empty(),
        }
    }
    None
}

/// The fields of one CSV record, as Go's `csvvalue` splits them.
pub(crate) fn csv_fields(line: &str) -> Option<Vec<String>> {
    let mut rest = line;
    if rest.is_empty() {
        return None;
    }
    let mut fields = Vec::new();
    loop {
        let Some(mut quoted) = rest.strip_prefix('"') else {
            let (field, after) = match rest.split_once(',') {
                Some((field, after)) => (field, Some(after)),
                None => (rest, None),
            };
            if field.contains('"') {
                return None;
            }
            fields.push(field.to_owned());
            match after {
                Some(after) => rest = after,
                None => return Some(fields),
            }
            continue;
        };
        let mut field = String::new();
        loop {
            let (part, after) = quoted.split_once('"')?;
            field.push_str(part);
            match after.strip_prefix('"') {
                Some(after) => {
                    field.push('"');
                    quoted = after;
                }
                None => {
                    quoted = after;
                    break;
                }
            }
        }
        fields.push(field);
        match quoted.strip_prefix(',') {
            Some(after) => rest = after,
            None => return quoted.is_empty().then_some(fields),
        }
    }
}

/// Nanoseconds of a Go duration (`time.ParseDuration`).
fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let length = after
            .find(|ch: char| ch == '.' || ch.is_ascii_digit())
            .unwrap_or(after.len());
        let (name, after) = after.split_at_checked(length)?;
        let unit: u64 = match name {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let whole: u64 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        let mut value = whole.checked_mul(unit)?;
        // Digits of the fraction beyond 2^63 don't count.
        let (mut number, mut scale) = (0_u64, 1.0_f64);
        for digit in fraction.bytes() {
            let Some(next) = number
                .checked_mul(10)
                .and_then(|n| n.checked_add(u64::from(digit - b'0')))
                .filter(|&n| n <= 1 << 63)
            else {
                break;
            };
            number = next;
            scale *= 10.0;
        }
        if number > 0 {
            // Go computes it in floating point as well.
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "less than one unit"
            )]
            let part = (number as f64 * (unit as f64 / scale)) as u64;
            value = value.checked_add(part)?;
        }
        total = total.checked_add(value).filter(|&t| t <= 1 << 63)?;
        rest = after;
    }
    if negative {
        return 0_i64.checked_sub_unsigned(total);
    }
    i64::try_from(total).ok()
}

fn digits(text: &str) -> (&str, &str) {
    let length = text
        .find(|ch: char| !ch.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(length).unwrap_or((text, ""))
}

/// Words for an unknown keyword.
pub(super) fn unknown_instruction(keyword: &str) -> String {
    if keyword.is_empty() {
        return "a continuation with no instruction".to_owned();
    }
    match closest(&keyword.to_ascii_uppercase(), KEYWORDS) {
        Some(near) => format!("unknown instruction `{keyword}`, did you mean `{near}`?"),
        None => format!("unknown instruction `{keyword}`"),
    }
}

/// The candidate that a misspelt word most likely means: at most two letters differ, and at most half of them.
pub(super) fn closest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    if word.len() > 20 {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|&(distance, candidate)| distance <= 2 && distance * 2 <= candidate.len())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (slot, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let next = (diagonal + usize::from(x != y))
                .min(left + 1)
                .min(*slot + 1);
            diagonal = std::mem::replace(slot, next);
            left = next;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Go's `unicode.ToLower`: one character stays one character.
pub(crate) fn lower_char(ch: char) -> char {
    match ch {
        '\u{130}' => 'i',
        _ if ch.is_ascii() => ch.to_ascii_lowercase(),
        _ => single(ch.to_lowercase()).unwrap_or(ch),
    }
}

/// Go's `strings.ToLower`.
pub(crate) fn to_lower(text: &str) -> String {
    text.chars().map(lower_char).collect()
}

/// Go's `strings.ToUpper`.
pub(crate) fn to_upper(text: &str) -> String {
    text.chars()
        .map(|ch| single(ch.to_uppercase()).unwrap_or(ch))
        .collect()
}

fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next();
    match chars.next() {
        None => first,
        Some(_) => None,
    }
}

/// Go's `strings.EqualFold` with an ASCII word: the long s and the Kelvin sign count as `s` and `k`.
pub(crate) fn equal_fold(text: &str, ascii: &str) -> bool {
    let fold = |ch: char| match ch {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        _ => ch.to_ascii_lowercase(),
    };
    text.chars().map(fold).eq(ascii.chars().map(fold))
}

/// Whether a stage may have this name, which is lowered first (`^[a-z][a-z0-9-_.]*$`).
pub(crate) fn is_stage_name(name: &str) -> bool {
    let mut chars = name.chars().map(lower_char);
    chars.next().is_some_and(|ch| ch.is_ascii_lowercase())
        && chars.all(|ch| ch.is_ascii_lowercase() || ch.is_ascii_digit() || "-_.".contains(ch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let check =
            |text: &str, expected: Option<i64>| assert_eq!(duration(text), expected, "{text:?}");
        check("0", Some(0));
        check("1s", Some(1_000_000_000));
        check("1m30s", Some(90_000_000_000));
        check("1.5ms", Some(1_500_000));
        check(".5s", Some(500_000_000));
        check("1.s", Some(1_000_000_000));
        check("-1h", Some(-3_600_000_000_000));
        check("3µs", Some(3_000));
        check("9223372036854775807ns", Some(i64::MAX));
        for text in [
            "",
            "5",
            "s",
            "-",
            "1x",
            "1s2",
            ".s",
            "9223372036854775808ns",
            "99999999h",
            "1 s",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn csv() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let found = csv_fields(text);
            let found: Option<Vec<&str>> = found
                .as_ref()
                .map(|f| f.iter().map(String::as_str).collect());
            assert_eq!(found.as_deref(), expected, "{text:?}");
        };
        check("", None);
        check("a", Some(&["a"]));
        check("a,", Some(&["a", ""]));
        check("a,\"b,c\"", Some(&["a", "b,c"]));
        check("\"a\"\"b\",c", Some(&["a\"b", "c"]));
        check("a\"b", None);
        check("\"a", None);
        check("\"a\"b", None);
    }

    #[test]
    fn hints() {
        assert_eq!(closest("FORM", KEYWORDS), Some("FROM"));
        assert_eq!(closest("HI", KEYWORDS), None);
        assert_eq!(closest("WORKDIRECTORY", KEYWORDS), None);
    }
}
