//! A walked flow for the tests of this module, whose walk they may bend out of shape.

use crate::business::{Business, DayRange, Hours, Line, Person};
use crate::call::{FlowName, PersonName, PhoneNumber};
use crate::flow::{self, Flow};
use crate::notation::Level;
use crate::walk::{Moments, Walk, walk_all};

use super::finding::Findings;
use super::{Limits, Look, Subject};

const FLOW: &str = r#"
[start]
open = "hello"
[step.hello]
say = "Hi, you've reached {business}."
press.1 = { offer = "have us call you {promise}", go = "call-me" }
silence = "message"
[step.message]
message = "Leave a message and we'll call back {promise}."
[step.call-me]
call-back = true
"#;

fn flow() -> Flow {
    let name = FlowName::parse("test").expect("a name");
    flow::load(name, "t", FLOW, None).map_or_else(|problems| panic!("{problems}"), |(flow, _)| flow)
}

/// Ridge Plumbing: Ana, from eight to five.
fn business() -> Business {
    let name = PersonName::parse("ana").expect("a name");
    let number = |text| PhoneNumber::parse(text).expect("a number");
    let clock = |hour| jiff::civil::time(hour, 0, 0, 0);
    Business {
        name: "Ridge Plumbing".to_owned(),
        time_zone: jiff::tz::TimeZone::UTC,
        owner: name.clone(),
        hours: Hours::Weekly(std::array::from_fn(|_| vec![DayRange { from: clock(8), to: clock(17) }])),
        closed_on: Vec::new(),
        people: vec![Person {
            name,
            spoken: "Ana".to_owned(),
            number: number("+15550101"),
            areas: Vec::new(),
            trust_answer: false,
            hours: None,
            stand_in: None,
        }],
        teams: Vec::new(),
        lines: vec![Line {
            number: number("+15550100"),
            flow: FlowName::parse("test").expect("a name"),
            owner: None,
        }],
        language: "en-US".to_owned(),
        greet_by_name: false,
        promise_within: jiff::SignedDuration::from_hours(1),
        promise_each: jiff::SignedDuration::from_mins(5),
    }
}

fn with_subject<T>(look: impl FnOnce(&Subject<'_>) -> T) -> T {
    let (flow, business, limits) = (flow(), business(), Limits::default());
    let moments = Moments::of(&business, "2026-11-18T10:00:00Z".parse().expect("a moment"));
    look(&Subject { flow: &flow, business: &business, moments: &moments, limits: &limits, audio: &|_| None })
}

/// Every way through it.
pub(super) fn walked() -> Vec<Walk> {
    with_subject(|subject| walk_all(&subject.ground(), subject.moments).expect("a small flow"))
}

/// What a rule finds in these walks: `L5 error: 0 reaches nobody here …`.
pub(super) fn found(walks: &[Walk], rule: fn(&Look<'_>, &mut Findings)) -> Vec<String> {
    with_subject(|subject| {
        let mut findings = Findings::default();
        rule(&Look { subject, ground: &subject.ground(), walks }, &mut findings);
        let word = |level| if level == Level::Error { "error" } else { "warn" };
        let told = findings.in_order();
        told.iter().map(|one| format!("{} {}: {}", one.rule, word(one.level), one.message)).collect()
    })
}
