//! Ridge Plumbing, the firm of all tests.

use std::path::PathBuf;

use jiff::civil::{Time, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ringback::business::{Business, DayRange, Hours, Line, Person, Team};
use ringback::call::{AreaName, FlowName, PersonName, PhoneNumber, TeamName};
use ringback::flow::{self, AudioFile, Flow, Names};

use crate::support::sound::wav;

pub(crate) fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a number")
}

pub(crate) fn person(name: &str) -> PersonName {
    PersonName::parse(name).expect("a person")
}

/// Ana for repairs, Ben for billing and repairs, and each for some of what the shipped flows speak of; weekdays 8 to 12
/// and 13 to 17 in New York.
pub(crate) fn business() -> Business {
    let area = |name: &str| AreaName::parse(name).expect("an area");
    let range = |from: Time, to: Time| DayRange { from, to };
    let weekday =
        vec![range(time(8, 0, 0, 0), time(12, 0, 0, 0)), range(time(13, 0, 0, 0), time(17, 0, 0, 0))];
    let someone = |name: &str, spoken: &str, phone: &str, areas: &[&str]| Person {
        name: person(name),
        spoken: spoken.to_owned(),
        number: number(phone),
        areas: areas.iter().map(|name| area(name)).collect(),
        trust_answer: false,
        hours: None,
        stand_in: None,
    };
    Business {
        name: "Ridge Plumbing".to_owned(),
        time_zone: TimeZone::get("America/New_York").expect("a zone"),
        owner: person("ana"),
        hours: Hours::Weekly(std::array::from_fn(|day| if day < 5 { weekday.clone() } else { Vec::new() })),
        closed_on: Vec::new(),
        people: vec![
            someone(
                "ana",
                "Ana",
                "+15550101",
                &["repairs", "appointments", "tables", "orders", "family-law"],
            ),
            someone("ben", "Ben", "+15550102", &["billing", "repairs", "pain", "emergencies", "property"]),
        ],
        teams: vec![Team {
            name: TeamName::parse("office").expect("a team"),
            people: vec![person("ben"), person("ana")],
        }],
        lines: vec![Line {
            number: number("+15550100"),
            flow: FlowName::parse("front-desk").expect("a flow"),
            owner: None,
        }],
        language: "en-US".to_owned(),
        greet_by_name: false,
        promise_within: SignedDuration::from_hours(1),
        promise_each: SignedDuration::from_mins(5),
    }
}

/// The moment of a local time like `2026-11-20 13:05`.
pub(crate) fn local(business: &Business, text: &str) -> Timestamp {
    let at: jiff::civil::DateTime = text.parse().expect("a local time");
    at.to_zoned(business.time_zone.clone()).expect("a time of that zone").timestamp()
}

/// A flow beside the transcripts, or a shipped one.
pub(crate) fn flow_file(file: &str) -> Flow {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let beside = root.join("tests/transcripts").join(file);
    let path = if beside.exists() { beside } else { root.join("ivr-flows").join(file) };
    let source = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    flow_text(file, &source)
}

/// A flow from its text.
pub(crate) fn flow_text(file: &str, source: &str) -> Flow {
    let business = business();
    let mut areas: Vec<_> = business.people.iter().flat_map(|person| person.areas.clone()).collect();
    areas.sort();
    areas.dedup();
    let people = business.people.iter().map(|person| person.name.clone()).collect();
    let teams = business.teams.iter().map(|team| team.name.clone()).collect();
    let names = Names { people, areas, teams, audio: vec![AudioFile::of("hello.wav", &wav(3))] };
    let name = FlowName::parse(file.trim_end_matches(".toml")).expect("a flow's name");
    match flow::load(name, file, source, Some(&names)) {
        Ok((flow, _warnings)) => flow,
        Err(problems) => panic!("{file}: {problems:?}"),
    }
}
