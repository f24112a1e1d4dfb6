//! What a caller understands: the times that are spoken, read back from the words, and what a key is for.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The earliest time by which we say in this document that we will ring: `We'll call you back by 3 p.m. tomorrow.` What
/// a key is said to do is an offer and no promise.
pub(super) fn promised(document: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let mut said = Vec::new();
    let mut rest = document;
    while let Some(at) = rest.find("e'll call") {
        rest = &rest[at + 9..];
        let sentence = rest.split('<').next().unwrap();
        let words: Vec<&str> = sentence.split_whitespace().collect();
        let by = words.iter().position(|word| *word == "by").filter(|by| *by <= 3);
        said.extend(by.map(|by| time(&words[by + 1..], now, zone)));
    }
    said.into_iter().min()
}

/// `3 p.m.`, `8:30 a.m. tomorrow`, `noon on Monday`, `8 a.m. on December 3rd.`
fn time(words: &[&str], now: Timestamp, zone: &TimeZone) -> Timestamp {
    let today = zone.to_datetime(now).date();
    let (clock, rest) = match words {
        ["noon" | "noon.", rest @ ..] => (Time::constant(12, 0, 0, 0), rest),
        [clock, half, rest @ ..] => {
            let (hour, minute) = clock.split_once(':').unwrap_or((clock, "0"));
            let (hour, minute): (i8, i8) = (hour.parse().unwrap(), minute.parse().unwrap());
            let hour = hour % 12 + if half.starts_with('p') { 12 } else { 0 };
            (Time::new(hour, minute, 0, 0).unwrap(), rest)
        }
        _ => panic!("no time in {words:?}"),
    };
    let day = if words[0] == "noon." { today } else { day(rest, today) };
    day.to_datetime(clock).to_zoned(zone.clone()).unwrap().timestamp()
}

fn day(words: &[&str], today: Date) -> Date {
    match words {
        [tomorrow, ..] if tomorrow.trim_end_matches('.') == "tomorrow" => today.tomorrow().unwrap(),
        ["on", name, number, ..] if MONTHS.contains(name) => {
            let month = 1 + MONTHS.iter().position(|month| month == name).unwrap();
            let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
            let date =
                Date::new(today.year(), i8::try_from(month).unwrap(), digits.parse().unwrap()).unwrap();
            if date < today { date.checked_add(1.year()).unwrap() } else { date }
        }
        ["on", name, ..] => {
            let name = name.trim_end_matches('.');
            let wanted =
                DAYS.iter().position(|day| *day == name).unwrap_or_else(|| panic!("no day: {words:?}"));
            let wanted = i8::try_from(wanted + 1).unwrap();
            (1..=7)
                .map(|days| today.checked_add(days.days()).unwrap())
                .find(|day| day.weekday().to_monday_one_offset() == wanted)
                .unwrap()
        }
        _ => today,
    }
}

/// What is said before `press 1.`, from the end of the sentence before it.
pub(super) fn offer_of<'a>(document: &'a str, key: &str) -> Option<&'a str> {
    let end = document.find(&format!(", press {key}."))?;
    let before = &document[..end];
    let begin = before.rfind(['>', '?']).into_iter().chain(before.rfind(". ")).max().unwrap_or(0);
    Some(&before[begin..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_callers_understand_them() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let now = "2026-10-30T14:10:00-04:00".parse().unwrap();
        for (words, wanted) in [
            (
                "<Say>Leave a message and we'll call back by 3:15 p.m.</Say>",
                Some("2026-10-30T15:15:00-04:00"),
            ),
            ("Sorry! Leave a message and we'll call by noon.", Some("2026-10-30T12:00:00-04:00")),
            (
                "All right. We'll call you back by 8:30 a.m. tomorrow. Goodbye.",
                Some("2026-10-31T08:30:00-04:00"),
            ),
            ("We'll call you back by 8:30 a.m. on Monday. Goodbye.", Some("2026-11-02T08:30:00-05:00")),
            ("We'll call you back by noon on November 9th.", Some("2026-11-09T12:00:00-05:00")),
            ("We'll call you back by 9 a.m. Goodbye.", Some("2026-10-30T09:00:00-04:00")),
            ("To have us call you back by 3 p.m., press 1.", None),
            ("Please leave a message after the tone, and we'll call you back.", None),
        ] {
            let wanted = wanted.map(|at| at.parse::<Timestamp>().unwrap());
            assert_eq!(promised(words, now, &zone), wanted, "{words}");
        }
    }

    #[test]
    fn a_key_is_for_what_is_said_before_it() {
        let menu = "<Say>Hi, you've reached us. For a repair, press 1. For billing, press 2.</Say>";
        assert!(offer_of(menu, "1").unwrap().contains("repair"));
        assert!(offer_of(menu, "2").unwrap().contains("billing"));
        assert!(!offer_of(menu, "2").unwrap().contains("repair"));
        assert_eq!(offer_of(menu, "3"), None);
    }
}
