//! The business of the month, once as its files say it and once as the test understands it.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;

use crate::support::line::{FRONT_DESK, TWO_AREAS};

/// The summer time ends on the second Sunday of the month.
pub(super) const FIRST_DAY: Date = date(2026, 10, 20);
const CLOSED_DAY: Date = date(2026, 11, 11);

pub(super) const MAIN: &str = "+15550100";
pub(super) const SHOP: &str = "+15550110";
pub(super) const PEOPLE: [(&str, &str); 4] =
    [("ana", "+15550101"), ("ben", "+15550102"), ("cleo", "+15550103"), ("dan", "+15550104")];

pub(super) const SETTINGS: &str = r#"
public_url = "https://phone.example.com"
[business]
name = "Ridge Plumbing"
time_zone = "America/New_York"
owner = "ana"
[hours]
monday = ["08:00-12:00", "13:00-17:00"]
tuesday = ["08:00-12:00", "13:00-17:00"]
wednesday = ["08:00-12:00", "13:00-17:00"]
thursday = ["08:00-12:00", "13:00-17:00"]
friday = ["08:00-12:00", "13:00-17:00"]
saturday = ["09:00-12:00"]
[[closed_on]]
date = "2026-11-11"
[people.ana]
number = "+15550101"
areas = ["repairs"]
stand_in = "dan"
[people.ben]
number = "+15550102"
areas = ["billing", "repairs"]
[people.cleo]
number = "+15550103"
areas = ["billing"]
stand_in = "ben"
[people.cleo.hours]
monday = ["08:00-12:00"]
tuesday = ["08:00-12:00"]
wednesday = ["08:00-12:00"]
thursday = ["08:00-12:00"]
friday = ["08:00-12:00"]
[people.dan]
number = "+15550104"
areas = ["repairs"]
[people.dan.hours]
thursday = ["13:00-17:00"]
friday = ["13:00-17:00"]
saturday = ["09:00-12:00"]
[lines."+15550100"]
flow = "two-areas"
owner = "ana"
[lines."+15550110"]
flow = "front-desk"
owner = "ben"
"#;

/// The files of the flows, one after the other as they go live.
pub(super) fn flows(name: &str) -> [String; 2] {
    match name {
        "two-areas" => {
            [TWO_AREAS.to_owned(), TWO_AREAS.replace("for          = \"15s\"", "for          = \"10s\"")]
        }
        _ => {
            [FRONT_DESK.to_owned(), FRONT_DESK.replace("Sorry, we're all on a job.", "Sorry, we're all out.")]
        }
    }
}

pub(super) fn flow_of(line: &str) -> &'static str {
    if line == MAIN { "two-areas" } else { "front-desk" }
}

pub(super) fn zone() -> TimeZone {
    TimeZone::get("America/New_York").unwrap()
}

/// A moment of a day of the business.
pub(super) fn at(day: Date, minute: u64) -> Timestamp {
    let (hour, minute) = (i8::try_from(minute / 60).unwrap(), i8::try_from(minute % 60).unwrap());
    day.at(hour, minute, 0, 0).to_zoned(zone()).unwrap().timestamp()
}

/// The stretches of a day during which the business is open, in minutes of the day.
pub(super) fn open_on(day: Date) -> &'static [(u64, u64)] {
    if day == CLOSED_DAY || day.weekday() == Weekday::Sunday {
        return &[];
    }
    if day.weekday() == Weekday::Saturday {
        return &[(9 * 60, 12 * 60)];
    }
    &[(8 * 60, 12 * 60), (13 * 60, 17 * 60)]
}

pub(super) fn is_open(now: Timestamp) -> bool {
    let now = zone().to_datetime(now);
    let minute = u64::try_from(now.hour()).unwrap() * 60 + u64::try_from(now.minute()).unwrap();
    open_on(now.date()).iter().any(|(from, to)| (*from..*to).contains(&minute))
}

pub(super) fn person_of(number: &str) -> &'static str {
    PEOPLE.iter().find(|(_, own)| *own == number).unwrap_or_else(|| panic!("nobody has {number}")).0
}
