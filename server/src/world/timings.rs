//! How long the steps of a real build took: the logs of `docker build --progress=plain` and `--progress=rawjson`.
//!
//! Logs come from terminals, from `docker compose` and from build servers, which put times and names before each line, so
//! a line says something when it holds a step's number, wherever that stands. What is no step is left out: a log may hold
//! anything.

use std::collections::BTreeMap;
use std::path::Path;

use dfix_transforms::Timings;
use serde::Deserialize;

use super::read::read_file;
use super::show;

/// Reads a log.
///
/// # Errors
/// A message: the file can't be read, or it holds no step with a time.
pub(crate) fn read(path: &Path) -> Result<Timings, String> {
    let bytes = read_file(path)
        .map_err(|problem| format!("--timings: {}: {}", show(path), problem.message))?;
    let timings = parse(&String::from_utf8_lossy(&bytes));
    match timings.is_empty() {
        false => Ok(timings),
        true => Err(format!(
            "--timings: {}: no step with a time; save what `docker build --progress=plain --no-cache .` prints on standard error",
            show(path)
        )),
    }
}

/// The times in a log, in either format or in both.
pub(crate) fn parse(log: &str) -> Timings {
    let mut plain = Plain::default();
    let mut raw = Raw::default();
    for line in log.lines() {
        match line.trim_start().starts_with('{') {
            true => raw.line(line),
            false => plain.line(line),
        }
    }
    Timings::new(plain.done.into_iter().chain(raw.done))
}

/// The text of an instruction in the name of a step: `[stage 2/5] RUN make` without the brackets. Steps of the builder
/// itself have other names.
fn instruction(name: &str) -> Option<&str> {
    let name = name.trim();
    let text = match name.strip_prefix('[') {
        Some(rest) => rest.split_once("] ")?.1.trim_start(),
        None => name,
    };
    let keyword = text.split_whitespace().next()?;
    matches!(keyword, "RUN" | "COPY" | "ADD" | "WORKDIR").then_some(text)
}

/// Lines such as `#7 [3/5] RUN make`, `#7 0.412 cc -c a.c` and `#7 DONE 12.3s`.
#[derive(Default)]
struct Plain {
    names: BTreeMap<u64, String>,
    done: Vec<(String, f64)>,
}

impl Plain {
    fn line(&mut self, line: &str) {
        let line = without_escapes(line);
        let Some((number, rest)) = numbered(&line) else {
            return;
        };
        if let Some(time) = rest.strip_prefix("DONE ") {
            if let (Some(name), Some(seconds)) = (self.names.get(&number), duration(time)) {
                self.done.push((name.clone(), seconds));
            }
        } else if rest.starts_with('[')
            && let Some(text) = instruction(rest)
        {
            self.names.insert(number, text.to_owned());
        }
    }
}

/// A line that begins with `#7 `, perhaps behind what a build server puts before each line.
fn numbered(line: &str) -> Option<(u64, &str)> {
    line.match_indices('#').take(4).find_map(|(at, _)| {
        let before = line.get(..at)?;
        if !before.is_empty() && !before.ends_with([' ', '\t', '|', ']']) {
            return None;
        }
        let (number, rest) = line.get(at + 1..)?.split_once(' ')?;
        Some((number.parse().ok()?, rest.trim()))
    })
}

/// A line without the sequences that colour it.
fn without_escapes(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        if chars.next() == Some('[') {
            chars.by_ref().find(char::is_ascii_alphabetic);
        }
    }
    out
}

/// A duration as Go writes it: `12.3s`, `1m2.5s`, `350ms`.
fn duration(text: &str) -> Option<f64> {
    let mut rest = text.split_whitespace().next()?;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (value, tail) = rest.split_at_checked(end)?;
        let end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end)?;
        let scale = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += value.parse::<f64>().ok()? * scale;
        rest = tail;
    }
    Some(seconds)
}

/// Lines that are each a `SolveStatus` of BuildKit's client as JSON.
#[derive(Default)]
struct Raw {
    done: Vec<(String, f64)>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default, alias = "vertices")]
    vertexes: Option<Vec<Vertex>>,
}

#[derive(Deserialize)]
struct Vertex {
    #[serde(default)]
    name: String,
    started: Option<String>,
    completed: Option<String>,
    #[serde(default)]
    cached: bool,
}

impl Raw {
    fn line(&mut self, line: &str) {
        // A line that is cut off, or something else between braces.
        let Ok(status) = serde_json::from_str::<Status>(line.trim()) else {
            return;
        };
        for vertex in status.vertexes.unwrap_or_default() {
            let time = || Some((instant(&vertex.started?)?, instant(&vertex.completed?)?));
            if let (Some(text), false) = (instruction(&vertex.name), vertex.cached)
                && let text = text.to_owned()
                && let Some((started, completed)) = time()
            {
                self.done.push((text, completed - started));
            }
        }
    }
}

/// A time in RFC 3339, in seconds since 1970.
fn instant(text: &str) -> Option<f64> {
    let (date, time) = text.split_once(['T', 't'])?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at_checked(at)?;
    let mut clock = clock.splitn(3, ':');
    let hours: f64 = clock.next()?.parse().ok()?;
    let minutes: f64 = clock.next()?.parse().ok()?;
    let seconds: f64 = clock.next()?.parse().ok()?;
    let offset = match zone {
        "Z" | "z" => 0.0,
        zone => {
            let (sign, zone) = zone.split_at_checked(1)?;
            let (hours, minutes) = zone.split_once(':')?;
            let offset = hours.parse::<f64>().ok()? * 3600.0 + minutes.parse::<f64>().ok()? * 60.0;
            if sign == "-" { -offset } else { offset }
        }
    };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that the day that is now and then in February comes last.
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let days =
        year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469;
    let whole = u32::try_from(days).ok()?;
    Some(f64::from(whole) * 86_400.0 + hours * 3600.0 + minutes * 60.0 + seconds - offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(log: &str, expected: &[(&str, Option<f64>)]) {
        let timings = parse(log);
        for (text, seconds) in expected {
            let found = timings.seconds(text);
            let close = match (found, seconds) {
                (Some(found), Some(seconds)) => (found - seconds).abs() < 1e-3,
                (None, None) => true,
                _ => false,
            };
            assert!(close, "{text}: {found:?}");
        }
    }

    #[test]
    fn plain() {
        let log = "\
#0 building with \"default\" instance using docker driver

#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 214B done
#1 DONE 0.0s

#5 [build 2/4] RUN apt-get update &&     apt-get install -y make
#6 [stage-1 2/2] COPY --from=build /a /a
#5 0.311 Get:1 http://deb.example.org bookworm InRelease
#5 CACHED #9 DONE 99s

#7 [build 3/4] COPY . .
#7 DONE 0.1s

#5 [build 2/4] RUN apt-get update &&     apt-get install -y make
#5 12.70 Setting up make
#5 DONE 1m12.9s

#8 [build 4/4] RUN make
#8 CACHED

#6 DONE 350ms
#6 DONE soon
#x DONE 1s
#99 DONE 4s
";
        check(
            log,
            &[
                ("RUN apt-get update && apt-get install -y make", Some(72.9)),
                ("COPY . .", Some(0.1)),
                ("COPY --from=build /a /a", Some(0.35)),
                ("RUN make", None),
                ("load build definition from Dockerfile", None),
            ],
        );
    }

    #[test]
    fn from_a_build_server() {
        let log = "\
2026-03-01T10:00:01.1234567Z \u{1b}[34m#9 [web 3/7] RUN npm ci\u{1b}[0m
2026-03-01T10:00:41.1234567Z #9 DONE 40.0s
web | #11 [web 4/7] COPY src src
web | #11 DONE 0.2s\r
echo #12 is no step
";
        check(
            log,
            &[
                ("RUN npm ci", Some(40.0)),
                ("COPY src src", Some(0.2)),
                ("is no step", None),
            ],
        );
    }

    #[test]
    fn raw() {
        let log = r#"
{"vertexes":[{"digest":"sha256:a","name":"[build 2/4] RUN make","started":"2026-02-28T23:59:50.5Z"}]}
{"statuses":[{"id":"x","vertex":"sha256:a"}]}
{"vertexes":[{"digest":"sha256:a","name":"[build 2/4] RUN make","started":"2026-02-28T23:59:50.5Z","completed":"2026-03-01T00:01:00.75Z"}]}
{"vertexes":[{"digest":"sha256:b","name":"[2/2] COPY . .","cached":true,"started":"2026-03-01T00:01:00Z","completed":"2026-03-01T00:01:09Z"}]}
{"vertexes":[{"digest":"sha256:c","name":"[internal] load metadata","started":"2026-03-01T00:01:00Z","completed":"2026-03-01T00:01:09Z"}]}
{"vertexes":[{"digest":"sha256:d","name":"[4/4] ADD a /b","started":"2026-03-01T02:00:00+02:00","completed":"2026-03-01T00:00:03Z"}]}
{"vertexes":null}
{"vertexes":[{"name":"[4/4] RUN late","started":"2026-03-01T00:00:03Z","completed":"2026-03-01T00:00:01Z"}]}
{"vertexes":[{"name":"[4/4] RUN odd","started":"yesterday","completed":"2026-99-99T00:00:01Z"}]}
{"vertexes":[{"name":"[4/4] RUN cut
"#;
        check(
            log,
            &[
                ("RUN make", Some(70.25)),
                ("COPY . .", None),
                ("ADD a /b", Some(3.0)),
                ("RUN late", None),
                ("RUN odd", None),
                ("RUN cut", None),
            ],
        );
    }

    #[test]
    fn anything_else() {
        for log in [
            "",
            "#",
            "#1",
            "#1 ",
            "#1 [",
            "#1 [] ",
            "#1 [a] \n#1 DONE 1s",
            "{}",
            "{\"vertexes\":{}}",
            "{\"vertexes\":[{}]}",
            "[1/2] RUN a\nDONE 1s",
            "#18446744073709551616 [1/1] RUN a\n#18446744073709551616 DONE 1s",
            "#1 [1/1] RUN \u{1b}[\n#1 DONE 1.1.1s\n#1 DONE s\n#1 DONE 1\n#1 DONE 1d\n#1 DONE é",
        ] {
            assert!(parse(log).is_empty(), "{log}");
        }
    }

    #[test]
    fn instants() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0.0)),
            ("2000-02-29T12:00:00Z", Some(951_825_600.0)),
            ("2026-11-22T21:00:00.25+01:00", Some(1_795_377_600.25)),
            ("2026-13-01T00:00:00Z", None),
            ("2026-01-01", None),
            ("2026-01-01T00:00Z", None),
        ] {
            assert_eq!(instant(text), seconds, "{text}");
        }
    }

    #[test]
    fn what_can_not_be_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("build.log");
        let reason = |path: &Path| read(path).expect_err("no log");
        assert!(
            reason(&path).starts_with("--timings: "),
            "{}",
            reason(&path)
        );
        std::fs::write(&path, "#1 [internal] x\n").expect("a file");
        assert!(
            reason(&path).contains("no step with a time"),
            "{}",
            reason(&path)
        );
    }
}
