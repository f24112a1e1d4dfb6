//! From facts to numbers, in one pass over each kind of fact.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

use jiff::{SignedDuration, Timestamp};

use crate::call::{AreaName, MissedReason, Outcome, PersonName, PhoneNumber};
use crate::call_back::{AttemptOutcome, CloseOutcome};

use super::facts::{CallFact, EntryFact, Facts, FlowVersionName, PromiseFact};
use super::numbers::{Day, Entries, Numbers, Person, Report, Share, Spread};
use super::period::Period;

impl Report {
    /// Counts a period and the one before it, as things stand at `now`.
    pub fn of(facts: &Facts, period: Period, now: Timestamp) -> Self {
        let mut total = Tally::default();
        let mut before = Tally::default();
        let mut days: Vec<(_, Tally)> = period.days().map(|date| (date, Tally::default())).collect();
        let mut groups = Groups::default();
        let when = When::of(&period);
        // A fact outside of both periods is counted nowhere.
        let mut add = |at: Timestamp, add: &dyn Fn(&mut Tally)| match when.place(at) {
            Some(Place::Day(day)) => {
                add(&mut total);
                days.get_mut(day).into_iter().for_each(|(_, tally)| add(tally));
                true
            }
            Some(Place::Before) => {
                add(&mut before);
                false
            }
            None => false,
        };
        for call in &facts.calls {
            if add(call.at, &|tally| tally.call(call)) {
                groups.call(call, &period);
            }
        }
        for entry in &facts.entries {
            if add(entry.opened_at, &|tally| tally.entry(entry))
                && let Some(closed) = &entry.closed
            {
                groups.people.entry(closed.by.clone()).or_default().closed += 1;
            }
        }
        for promise in &facts.promises {
            add(promise.made_at, &|tally| tally.promise(promise, now));
        }
        for attempt in &facts.attempts {
            if add(attempt.at, &|tally| tally.attempt(attempt.outcome)) {
                groups.people.entry(attempt.by.clone()).or_default().attempts += 1;
            }
        }
        Self {
            total: total.numbers(),
            days: days.into_iter().map(|(date, tally)| Day { date, numbers: tally.numbers() }).collect(),
            before: before.numbers(),
            hours: groups.hours,
            week: groups.week,
            areas: most_first(groups.areas, |share| (share.calls, share.answered, 0)),
            people: most_first(groups.people, |person| (person.answered, person.closed, person.attempts)),
            flows: most_first(groups.flows, |share| (share.calls, share.answered, 0)),
            lines: most_first(groups.lines, |share| (share.calls, share.answered, 0)),
            period,
        }
    }
}

/// Where in the two periods a moment lies.
enum Place {
    Before,
    Day(usize),
}

/// The first moments of the period's days, because asking the zone for each fact would take longer than counting it.
struct When {
    before: Timestamp,
    midnights: Vec<Timestamp>,
    end: Timestamp,
}

impl When {
    fn of(period: &Period) -> Self {
        let midnights = period.days().map(|day| period.midnight(day)).collect();
        Self { before: period.before().begins_at(), midnights, end: period.ends_at() }
    }

    fn place(&self, at: Timestamp) -> Option<Place> {
        if at < self.before || at >= self.end {
            return None;
        }
        let begun = self.midnights.partition_point(|midnight| *midnight <= at);
        Some(begun.checked_sub(1).map_or(Place::Before, Place::Day))
    }
}

/// Numbers while they are counted.
#[derive(Default)]
struct Tally {
    numbers: Numbers,
    to_a_person: Vec<SignedDuration>,
    to_call_back: Vec<SignedDuration>,
}

impl Tally {
    fn call(&mut self, call: &CallFact) {
        let calls = &mut self.numbers.calls;
        match &call.outcome {
            Outcome::InProgress => calls.going_on += 1,
            Outcome::Answered(accept) => {
                calls.answered += 1;
                self.to_a_person.push(lasted(call.at, accept.at));
            }
            Outcome::Missed(reason) => count_one(&mut calls.missed_by, &MissedReason::ALL, *reason),
            Outcome::Blocked => calls.blocked += 1,
        }
    }

    fn entry(&mut self, entry: &EntryFact) {
        let Entries { closed_as, open } = &mut self.numbers.entries;
        match &entry.closed {
            Some(closed) => count_one(closed_as, CloseOutcome::ALL, closed.outcome),
            None => *open += 1,
        }
        match entry.first_rung_at {
            Some(rung_at) => self.to_call_back.push(lasted(entry.opened_at, rung_at)),
            None => {
                self.numbers.not_yet_rung += 1;
                self.numbers.still_waiting += u32::from(entry.closed.is_none());
            }
        }
    }

    fn promise(&mut self, promise: &PromiseFact, now: Timestamp) {
        let promises = &mut self.numbers.promises;
        match promise.met_at {
            Some(met_at) if met_at <= promise.promised_at => promises.kept += 1,
            None if now <= promise.promised_at => promises.open += 1,
            Some(_) | None => promises.broken += 1,
        }
    }

    fn attempt(&mut self, outcome: AttemptOutcome) {
        count_one(&mut self.numbers.attempts, AttemptOutcome::ALL, outcome);
    }

    fn numbers(self) -> Numbers {
        Numbers {
            to_a_person: Spread::of(self.to_a_person),
            to_call_back: Spread::of(self.to_call_back),
            ..self.numbers
        }
    }
}

/// Calls and deeds by what they have in common.
#[derive(Default)]
struct Groups {
    hours: [u32; 24],
    week: [[u32; 24]; 7],
    areas: HashMap<Option<AreaName>, Share>,
    people: HashMap<PersonName, Person>,
    flows: HashMap<Option<FlowVersionName>, Share>,
    lines: HashMap<Option<PhoneNumber>, Share>,
}

impl Groups {
    fn call(&mut self, call: &CallFact, period: &Period) {
        let shown = period.zone.to_datetime(call.at);
        let (hour, weekday) = (shown.hour(), shown.weekday().to_monday_zero_offset());
        // An hour is 0 to 23 and a weekday 0 to 6, so both places exist.
        if let (Ok(hour), Ok(weekday)) = (usize::try_from(hour), usize::try_from(weekday)) {
            self.hours[hour] += 1;
            self.week[weekday][hour] += 1;
        }
        count_call(&mut self.areas, &call.area, &call.outcome);
        count_call(&mut self.flows, &call.flow, &call.outcome);
        count_call(&mut self.lines, &call.line, &call.outcome);
        if let Outcome::Answered(accept) = &call.outcome {
            self.people.entry(accept.by.clone()).or_default().answered += 1;
        }
    }
}

fn count_call<K: Clone + Eq + Hash>(shares: &mut HashMap<K, Share>, of: &K, outcome: &Outcome) {
    let share = shares.entry(of.clone()).or_default();
    share.calls += 1;
    match outcome {
        Outcome::Answered(_) => share.answered += 1,
        Outcome::Missed(_) => share.missed += 1,
        Outcome::Blocked | Outcome::InProgress => {}
    }
}

fn count_one<T: PartialEq>(counts: &mut [u32], all: &[T], one: T) {
    counts.iter_mut().zip(all).filter(|(_, known)| **known == one).for_each(|(count, _)| *count += 1);
}

/// Clocks of two machines may differ; nothing lasts less than no time.
fn lasted(from: Timestamp, to: Timestamp) -> SignedDuration {
    from.duration_until(to).max(SignedDuration::ZERO)
}

fn most_first<K: Ord, V: Copy>(counts: HashMap<K, V>, size: impl Fn(&V) -> (u32, u32, u32)) -> Vec<(K, V)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts
        .sort_by(|(one, this), (other, that)| (Reverse(size(this)), one).cmp(&(Reverse(size(that)), other)));
    counts
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::call::{Accept, FlowName};
    use crate::report::{AttemptFact, Calls, Closing, Promises};

    /// A moment of November 2026 in New York.
    fn at(moment: &str) -> Timestamp {
        format!("2026-11-{moment}:00-05:00").parse().unwrap()
    }

    fn person(name: &str) -> PersonName {
        PersonName::parse(name).unwrap()
    }

    fn call(moment: &str, outcome: Outcome) -> CallFact {
        CallFact {
            at: at(moment),
            outcome,
            area: AreaName::parse("repairs").ok(),
            flow: Some(FlowVersionName {
                name: FlowName::parse("front-desk").unwrap(),
                version: "0a1b2c".into(),
            }),
            line: PhoneNumber::parse("+15550100").ok(),
        }
    }

    fn answered(by: &str, moment: &str) -> Outcome {
        Outcome::Answered(Accept { by: person(by), at: at(moment) })
    }

    fn entry(moment: &str, rung: Option<&str>, closed: Option<(&str, CloseOutcome)>) -> EntryFact {
        EntryFact {
            opened_at: at(moment),
            closed: closed.map(|(by, outcome)| Closing { by: person(by), at: at("23T00:00"), outcome }),
            first_rung_at: rung.map(at),
            owner: person("ana"),
            area: None,
        }
    }

    fn promise(made: &str, by: &str, met: Option<&str>) -> PromiseFact {
        PromiseFact { made_at: at(made), promised_at: at(by), met_at: met.map(at) }
    }

    /// Two days, a Friday and a Saturday, and something in the two days before.
    fn facts() -> Facts {
        use MissedReason::{HungUpEarly, RangOut};
        let mut other = call("21T10:59", answered("ben", "21T11:01"));
        (other.area, other.flow, other.line) = (None, None, None);
        Facts {
            calls: vec![
                call("19T09:00", answered("ana", "19T09:01")),
                call("17T23:59", answered("ana", "18T00:00")),
                call("20T00:00", Outcome::Missed(RangOut)),
                call("20T10:00", answered("ana", "20T10:01")),
                call("20T10:30", answered("ana", "20T10:33")),
                call("20T23:59", Outcome::Missed(HungUpEarly)),
                call("21T10:00", Outcome::Blocked),
                call("21T10:30", Outcome::InProgress),
                other,
                call("22T00:00", Outcome::Missed(RangOut)),
            ],
            entries: vec![
                entry("20T00:00", Some("20T09:00"), Some(("ana", CloseOutcome::Reached))),
                entry("20T23:59", None, Some(("ben", CloseOutcome::Spam))),
                entry("21T12:00", Some("21T12:30"), None),
                entry("21T13:00", None, None),
            ],
            promises: vec![
                promise("20T09:00", "20T10:00", Some("20T10:00")),
                promise("20T10:00", "20T11:00", Some("20T11:01")),
                promise("21T09:00", "21T10:00", None),
                promise("21T14:00", "21T15:00", None),
            ],
            attempts: vec![
                AttemptFact { at: at("21T12:30"), by: person("ben"), outcome: AttemptOutcome::Busy },
                AttemptFact { at: at("19T12:30"), by: person("ben"), outcome: AttemptOutcome::Busy },
            ],
        }
    }

    fn report() -> Report {
        let zone = TimeZone::get("America/New_York").unwrap();
        let period = Period::new("2026-11-20".parse().unwrap(), "2026-11-22".parse().unwrap(), zone);
        Report::of(&facts(), period, at("21T15:00"))
    }

    #[test]
    fn what_happened_in_two_days_is_counted_as_by_hand() {
        let Numbers { calls, to_a_person, promises, to_call_back, entries, attempts, .. } = report().total;
        assert_eq!((calls.all(), calls.answered, calls.missed()), (7, 3, 2));
        assert_eq!((calls.blocked, calls.going_on, calls.answer_rate()), (1, 1, Some(0.6)));
        assert_eq!(
            (calls.missed_for(MissedReason::RangOut), calls.missed_for(MissedReason::HungUpEarly)),
            (1, 1)
        );
        let minutes = |minutes| Some(SignedDuration::from_mins(minutes));
        assert_eq!(to_a_person, Spread { count: 3, p50: minutes(2), p90: minutes(3) });
        assert_eq!(promises, Promises { kept: 1, broken: 2, open: 1 });
        assert_eq!(to_call_back, Spread { count: 2, p50: minutes(30), p90: minutes(540) });
        assert_eq!((report().total.not_yet_rung, report().total.still_waiting), (2, 1));
        assert_eq!((entries.opened(), entries.closed(), entries.open), (4, 2, 2));
        assert_eq!((entries.closed_as, attempts), ([1, 0, 0, 1, 0], [0, 1, 0]));
    }

    #[test]
    fn each_day_and_the_days_before_have_their_own_numbers() {
        let report = report();
        let days: Vec<_> =
            report.days.iter().map(|day| (day.date.to_string(), day.numbers.calls.all())).collect();
        assert_eq!(days, [("2026-11-20".to_owned(), 4), ("2026-11-21".to_owned(), 3)]);
        // What came on the 17th and after the period is in neither.
        assert_eq!(report.before.calls, Calls { answered: 1, ..Calls::default() });
        assert_eq!(report.before.attempts, [0, 1, 0]);
    }

    #[test]
    fn calls_are_told_by_hour_area_flow_line_and_person() {
        let report = report();
        let busy: Vec<_> = (0..24).filter(|hour| report.hours[*hour] > 0).collect();
        assert_eq!((busy, report.hours[10]), (vec![0, 10, 23], 5));
        assert_eq!((report.week[4][10], report.week[5][10], report.week[6][10]), (2, 3, 0));
        let repairs = Share { calls: 6, answered: 2, missed: 2 };
        let rest = Share { calls: 1, answered: 1, missed: 0 };
        assert_eq!(report.areas, [(AreaName::parse("repairs").ok(), repairs), (None, rest)]);
        assert_eq!(report.flows.iter().map(|(_, share)| *share).collect::<Vec<_>>(), [repairs, rest]);
        assert_eq!(report.lines.iter().map(|(_, share)| *share).collect::<Vec<_>>(), [repairs, rest]);
        let people = [
            (person("ana"), Person { answered: 2, attempts: 0, closed: 1 }),
            (person("ben"), Person { answered: 1, attempts: 1, closed: 1 }),
        ];
        assert_eq!(report.people, people);
    }

    #[test]
    fn a_promise_is_broken_once_its_time_has_passed() {
        let mut tally = Tally::default();
        tally.promise(&promise("21T14:00", "21T15:00", None), at("21T15:00"));
        assert_eq!(tally.numbers.promises, Promises { open: 1, ..Promises::default() });
        tally.promise(&promise("21T14:00", "21T15:00", None), at("21T15:01"));
        assert_eq!(tally.numbers.promises, Promises { open: 1, broken: 1, kept: 0 });
    }
}
