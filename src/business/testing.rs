//! A small business for the tests of this module.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Business, DayRange, Hours, Line, Person};
use crate::call::{FlowName, PersonName, PhoneNumber};

/// The moment of an RFC 3339 time.
pub(super) fn at(moment: &str) -> Timestamp {
    moment.parse().expect("a moment")
}

/// Ridge Plumbing in that zone, with these hours from Monday to Sunday, blanks between a day's ranges.
pub(super) fn business(zone: &str, week: &[&str; 7]) -> Business {
    let clock = |text: &str| if text == "24:00" { Time::midnight() } else { text.parse().expect("a time") };
    let range = |text: &str| {
        let (from, to) = text.split_once('-').expect("a range");
        DayRange { from: clock(from), to: clock(to) }
    };
    let name = PersonName::parse("ana").expect("a name");
    let number = |text| PhoneNumber::parse(text).expect("a number");
    Business {
        name: "Ridge Plumbing".to_owned(),
        time_zone: TimeZone::get(zone).expect("a zone"),
        owner: name.clone(),
        hours: Hours::Weekly(week.map(|day| day.split_whitespace().map(range).collect())),
        closed_on: Vec::new(),
        people: vec![Person {
            name,
            spoken: "Ana".to_owned(),
            number: number("+15550101"),
            areas: Vec::new(),
            trust_answer: false,
        }],
        lines: vec![Line {
            number: number("+15550100"),
            flow: FlowName::parse("front-desk").expect("a name"),
            owner: None,
        }],
        language: "en-US".to_owned(),
        greet_by_name: false,
        promise_within: SignedDuration::from_hours(1),
    }
}
