//! Opening hours in words, so that a slip is seen at once.

use crate::business::{DayRange, Hours, clock_words};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// `open Monday to Thursday 8 a.m. to noon and 1 p.m. to 5 p.m., Friday 8 a.m. to noon`.
pub(super) fn in_words(hours: &Hours) -> String {
    let week = match hours {
        Hours::Always => return "open day and night".to_owned(),
        Hours::Weekly(week) => week,
    };
    let mut parts = Vec::new();
    let mut first = 0;
    while first < DAYS.len() {
        let alike = week[first..].iter().take_while(|ranges| **ranges == week[first]).count();
        let last = first + alike - 1;
        let days = match alike {
            1 => DAYS[first].to_owned(),
            2 => format!("{} and {}", DAYS[first], DAYS[last]),
            _ => format!("{} to {}", DAYS[first], DAYS[last]),
        };
        let ranges: Vec<String> = week[first].iter().map(range).collect();
        if !ranges.is_empty() {
            parts.push(format!("{days} {}", ranges.join(" and ")));
        }
        first += alike;
    }
    if parts.is_empty() {
        return "never open".to_owned();
    }
    format!("open {}", parts.join(", "))
}

fn range(DayRange { from, to }: &DayRange) -> String {
    let next_day = if to < from && clock_words(*to) != "midnight" { " the next day" } else { "" };
    format!("{} to {}{next_day}", clock_words(*from), clock_words(*to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::parse_hours;

    #[test]
    fn hours_are_told_as_people_tell_them() {
        let cases = [
            ("always", "open day and night"),
            ("mon-fri 09:00-17:00", "open Monday to Friday 9 a.m. to 5 p.m."),
            (
                "mon-thu 8-12 13-17, fri 08:00-12:30, sat sun 21:00-02:00",
                "open Monday to Thursday 8 a.m. to noon and 1 p.m. to 5 p.m., Friday 8 a.m. to 12:30 p.m., \
                 Saturday and Sunday 9 p.m. to 2 a.m. the next day",
            ),
            ("wed 8-24", "open Wednesday 8 a.m. to midnight"),
        ];
        for (text, told) in cases {
            assert_eq!(in_words(&parse_hours(text).unwrap()), told, "{text}");
        }
    }
}
