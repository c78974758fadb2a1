//! What a time or a size was most likely meant to be that is not written as a scenario writes it:
//! `10 minutes`, `00:10:08.200` as a report has it, `2 gb`.

use crate::model::{Size, Span};

/// Longer texts are no mistaken time or size.
const LETTERS_MAX: usize = 32;

/// As a scenario writes each unit, and as people do.
const TIMES: &[(&str, &[&str])] = &[
    ("d", &["d", "day", "days"]),
    ("h", &["h", "hr", "hrs", "hour", "hours"]),
    ("m", &["m", "min", "mins", "minute", "minutes"]),
    ("s", &["s", "sec", "secs", "second", "seconds"]),
];
const SIZES: &[(&str, &[&str])] = &[
    ("B", &["b", "byte", "bytes"]),
    ("KB", &["k", "kb", "kib"]),
    ("MB", &["m", "mb", "mib"]),
    ("GB", &["g", "gb", "gib"]),
    ("TB", &["t", "tb", "tib"]),
];

pub(super) fn time(text: &str) -> Option<String> {
    let time = clock(text).or_else(|| with_units(text, TIMES))?;
    time.parse::<Span>().is_ok().then_some(time)
}

pub(super) fn size(text: &str) -> Option<String> {
    let size = with_units(text, SIZES)?;
    size.parse::<Size>().is_ok().then_some(size)
}

/// A time of the day, or since the start, as `hh:mm` or `hh:mm:ss.mmm`.
fn clock(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes] => (hours, minutes, "0"),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return None,
    };
    format!("{hours}h{minutes}m{seconds}s").parse::<Span>().ok().map(|span| span.to_string())
}

/// Numbers, each with its unit: `1 hour 30 min`.
fn with_units(text: &str, units: &[(&str, &[&str])]) -> Option<String> {
    if text.len() > LETTERS_MAX {
        return None;
    }
    let text = text.trim().to_ascii_lowercase();
    let mut rest = text.as_str();
    let mut meant = String::new();
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, _) = units.iter().find(|(_, written)| written.contains(&&after[..end]))?;
        meant += number;
        meant += unit;
        rest = after[end..].trim_start_matches([' ', ',']);
    }
    Some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_known_by_its_words_or_as_a_clock_shows_it() {
        let cases = [
            ("10 minutes", "10m"),
            ("1 Hour, 30 min", "1h30m"),
            ("90 S", "90s"),
            ("00:10:08.200", "10m08.200s"),
            ("2:30", "2h30m"),
        ];
        for (text, meant) in cases {
            assert_eq!(time(text).as_deref(), Some(meant), "{text}");
        }
        for text in ["", "soon", "10", "30m 1h", "10 parsecs", "1:2:3:4", "-5m", "1.5h", "ä 5m"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn a_size_is_known_by_its_unit() {
        assert_eq!(size("2 gb").as_deref(), Some("2GB"));
        assert_eq!(size("500 MiB").as_deref(), Some("500MB"));
        assert_eq!(size("4G").as_deref(), Some("4GB"));
        for text in ["", "2048", "1.5GB", "2 GB 5 MB", "large"] {
            assert_eq!(size(text), None, "{text}");
        }
    }
}
