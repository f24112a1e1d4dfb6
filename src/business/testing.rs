//! A small business for the tests of this module.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Business, ClosedOn, Closing, DayRange, Hours, Line, Person};
use crate::call::{FlowName, PersonName, PhoneNumber};

/// The moment of an RFC 3339 time.
pub(super) fn at(moment: &str) -> Timestamp {
    moment.parse().expect("a moment")
}

/// The hours of these ranges from Monday to Sunday, blanks between a day's ranges.
pub(super) fn hours(week: &[&str; 7]) -> Hours {
    let clock = |text: &str| if text == "24:00" { Time::midnight() } else { text.parse().expect("a time") };
    let range = |text: &str| {
        let (from, to) = text.split_once('-').expect("a range");
        DayRange { from: clock(from), to: clock(to) }
    };
    Hours::Weekly(week.map(|day| day.split_whitespace().map(range).collect()))
}

/// A closing without a name.
pub(super) fn closed(on: ClosedOn) -> Closing {
    Closing { on, name: None }
}

pub(super) fn name(text: &str) -> PersonName {
    PersonName::parse(text).expect("a name")
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a number")
}

/// Somebody with the hours of the business.
pub(super) fn person(called: &str, phone: &str) -> Person {
    Person {
        name: name(called),
        spoken: called.to_owned(),
        number: number(phone),
        areas: Vec::new(),
        trust_answer: false,
        hours: None,
        stand_in: None,
    }
}

/// Ridge Plumbing in that zone, with these hours from Monday to Sunday, blanks between a day's ranges.
pub(super) fn business(zone: &str, week: &[&str; 7]) -> Business {
    Business {
        name: "Ridge Plumbing".to_owned(),
        time_zone: TimeZone::get(zone).expect("a zone"),
        owner: name("ana"),
        hours: hours(week),
        closed_on: Vec::new(),
        people: vec![person("ana", "+15550101")],
        teams: Vec::new(),
        lines: vec![Line {
            number: number("+15550100"),
            flow: FlowName::parse("front-desk").expect("a name"),
            owner: None,
        }],
        language: "en-US".to_owned(),
        greet_by_name: false,
        promise_within: SignedDuration::from_hours(1),
        promise_each: SignedDuration::from_mins(5),
    }
}
