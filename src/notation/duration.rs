//! Times as an owner writes them: `"20s"`, `"3m"`, `"1h 30m"`, `"2 min"`, or a bare number of seconds.

use std::time::Duration;

/// Nobody means more than a century.
const MOST_SECONDS: u64 = 100 * 365 * 86_400;

/// The names of each unit, and how many seconds it has.
pub const UNITS: [(&[&str], u64); 6] = [
    (&["s", "sec", "secs", "second", "seconds"], 1),
    (&["m", "min", "mins", "minute", "minutes"], 60),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600),
    (&["d", "day", "days"], 86_400),
    (&["w", "week", "weeks"], 7 * 86_400),
    (&["y", "year", "years"], 365 * 86_400),
];

/// Reads a length of time; `None` when it is not one.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds: u64 = 0;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let amount: u64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = unit_seconds(&rest[..letters])?;
        // "20 30" would be a guess: only a number that stands alone may do without its unit.
        if letters == 0 && (parts > 0 || !rest.is_empty()) {
            return None;
        }
        rest = rest[letters..].trim_start();
        seconds = seconds.checked_add(amount.checked_mul(unit)?)?;
        parts += 1;
    }
    (parts > 0 && seconds <= MOST_SECONDS).then(|| Duration::from_secs(seconds))
}

fn unit_seconds(unit: &str) -> Option<u64> {
    if unit.is_empty() {
        return Some(1);
    }
    let known = UNITS.iter().find(|(names, _)| names.iter().any(|name| name.eq_ignore_ascii_case(unit)));
    known.map(|(_, seconds)| *seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_write_times_in_many_ways() {
        let cases = [
            ("20s", 20),
            ("20", 20),
            (" 20 sec ", 20),
            ("3m", 180),
            ("2 min", 120),
            ("1h", 3_600),
            ("1h 30m", 5_400),
            ("1h30", 0),
            ("2y", 2 * 365 * 86_400),
        ];
        for (text, seconds) in cases {
            let expected = (seconds > 0).then(|| Duration::from_secs(seconds));
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in
            ["", " ", "s", "20 bananas", "-5s", "1.5h", "20 30", "99999999999999999999s", "5000y", "٣s"]
        {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
