//! Numbers for a person.

use super::outcome::saved;

/// A number of seconds: `12 s`, `4.5 min`, `3.2 h`.
pub(super) fn time(seconds: f64) -> String {
    match seconds {
        _ if seconds < 0.05 => "0 s".to_owned(),
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        _ if seconds < 120.0 => format!("{seconds:.0} s"),
        _ if seconds < 7200.0 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// A share: `0 %`, `0.4 %`, `12 %`.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.95 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// How much less the second is: `-62 %`, `+3 %`, `=` where nothing changed.
pub(super) fn change(before: f64, after: f64) -> String {
    match saved(before, after) {
        _ if (before - after).abs() < 1e-9 => "=".to_owned(),
        Some(saved) if saved >= 0.0 => format!("-{}", percent(saved)),
        Some(saved) => format!("+{}", percent(-saved)),
        None => "new".to_owned(),
    }
}

/// A number with its noun.
pub(super) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// A time in seconds since 1970 as a day of the Gregorian calendar: `2024-02-29`.
pub(super) fn day(time: i64) -> String {
    // The years begin in March here, so that the day that leap years have more is their last (H. Hinnant's algorithm).
    let days = time.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The start of a text, in at most so many characters; control characters are left out, so that a file can't write to the
/// terminal.
pub(super) fn short(text: &str, width: usize) -> String {
    let mut shown: String = text.chars().filter(|ch| !ch.is_control()).collect();
    if shown.chars().count() > width {
        shown = shown.chars().take(width.saturating_sub(1)).collect();
        shown.truncate(shown.trim_end().len());
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (seconds, expected) in [
            (0.0, "0 s"),
            (0.5, "0.5 s"),
            (12.3, "12 s"),
            (150.0, "2.5 min"),
            (36_000.0, "10.0 h"),
        ] {
            assert_eq!(time(seconds), expected);
        }
        for (share, expected) in [
            (0.0, "0 %"),
            (0.004, "0.4 %"),
            (0.625, "62 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(percent(share), expected);
        }
        for (before, after, expected) in [
            (4.0, 1.0, "-75 %"),
            (4.0, 5.0, "+25 %"),
            (4.0, 4.0, "="),
            (0.0, 0.0, "="),
            (0.0, 2.0, "new"),
        ] {
            assert_eq!(change(before, after), expected);
        }
        assert_eq!(
            (count(1, "commit"), count(2, "commit")),
            ("1 commit".to_owned(), "2 commits".to_owned())
        );
    }

    #[test]
    fn days() {
        for (time, expected) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_735_689_599, "2024-12-31"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(day(time), expected, "{time}");
        }
    }

    #[test]
    fn texts() {
        assert_eq!(short("RUN x", 10), "RUN x");
        assert_eq!(short("RUN a b c", 7), "RUN a…");
        assert_eq!(short("a\u{1b}[31mb", 20), "a[31mb");
    }
}
