//! Reports against a recount that is made another way: by lists, day by day, asking the zone for each fact.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use ringback::call::{Accept, AreaName, FlowName, MissedReason, Outcome, PersonName, PhoneNumber};
use ringback::call_back::{AttemptOutcome, CloseOutcome};
use ringback::report::{
    AttemptFact, CallFact, Closing, EntryFact, Facts, FlowVersionName, Numbers, Period, PromiseFact, Report,
    Share,
};

/// Zones whose days of 2026 have 23 and 25 hours; in the last one the clock skips midnight itself.
const ZONES: [&str; 4] = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo"];

/// Each with a change of the clock within a week.
const FIRST_DAYS: [&str; 4] = ["2026-03-04", "2026-10-22", "2026-04-02", "2026-04-22"];

fn person(index: u8) -> PersonName {
    PersonName::parse(["ana", "ben", "cleo"][usize::from(index % 3)]).unwrap()
}

fn after(at: Timestamp, minutes: i64) -> Timestamp {
    at + minutes.minutes()
}

/// Quarters of an hour, so that midnights are hit.
fn moment(first: Timestamp) -> impl Strategy<Value = Timestamp> {
    (-12 * 96_i64..12 * 96).prop_map(move |quarters| after(first, quarters * 15))
}

fn call(first: Timestamp) -> impl Strategy<Value = CallFact> {
    (moment(first), 0..14_usize, 0..300_i64, 0..9_u8).prop_map(|(at, outcome, seconds, about)| CallFact {
        at,
        outcome: match outcome {
            0 => Outcome::Blocked,
            1 => Outcome::InProgress,
            2 | 3 => Outcome::Answered(Accept { by: person(about), at: at + seconds.seconds() }),
            reason => Outcome::Missed(MissedReason::ALL[reason - 4]),
        },
        area: (about % 2 == 0).then(|| AreaName::parse(&format!("area-{about}")).unwrap()),
        flow: (about > 0).then(|| FlowVersionName {
            name: FlowName::parse("front-desk").unwrap(),
            version: format!("{about:06}").into(),
        }),
        line: PhoneNumber::parse(&format!("+1555010{}", about % 3)).ok(),
    })
}

fn entry(first: Timestamp) -> impl Strategy<Value = EntryFact> {
    let closing = proptest::option::of((0..3_u8, 0..5_usize));
    (moment(first), proptest::option::of(0..5_000_i64), closing).prop_map(|(opened_at, rung, closing)| {
        EntryFact {
            opened_at,
            closed: closing.map(|(by, outcome)| Closing {
                by: person(by),
                at: after(opened_at, 6_000),
                outcome: CloseOutcome::ALL[outcome],
            }),
            first_rung_at: rung.map(|minutes| after(opened_at, minutes)),
            owner: person(0),
            area: None,
        }
    })
}

fn promise(first: Timestamp) -> impl Strategy<Value = PromiseFact> {
    (moment(first), 15..2_000_i64, proptest::option::of(0..4_000_i64)).prop_map(|(made_at, within, met)| {
        let promised_at = after(made_at, within);
        PromiseFact { made_at, promised_at, met_at: met.map(|minutes| after(made_at, minutes)) }
    })
}

fn attempt(first: Timestamp) -> impl Strategy<Value = AttemptFact> {
    (moment(first), 0..3_u8, 0..3_usize).prop_map(|(at, by, outcome)| AttemptFact {
        at,
        by: person(by),
        outcome: AttemptOutcome::ALL[outcome],
    })
}

fn facts(first: Timestamp) -> impl Strategy<Value = Facts> {
    let calls = proptest::collection::vec(call(first), 0..60);
    let entries = proptest::collection::vec(entry(first), 0..30);
    let promises = proptest::collection::vec(promise(first), 0..30);
    let attempts = proptest::collection::vec(attempt(first), 0..30);
    (calls, entries, promises, attempts).prop_map(|(calls, entries, promises, attempts)| Facts {
        calls,
        entries,
        promises,
        attempts,
    })
}

fn case() -> impl Strategy<Value = (Facts, Period, Timestamp)> {
    (0..ZONES.len(), 1..9_i32).prop_flat_map(|(index, days)| {
        let zone = TimeZone::get(ZONES[index]).unwrap();
        let from: Date = FIRST_DAYS[index].parse().unwrap();
        let period = Period::new(from, from.saturating_add(days.days()), zone);
        let first = period.begins_at();
        (facts(first), Just(period), moment(first))
    })
}

/// What lies in the days from `from` and before `to`, by asking the zone for the day of each fact.
fn of_days(facts: &Facts, zone: &TimeZone, (from, to): (Date, Date)) -> Facts {
    let within = |at: Timestamp| (from..to).contains(&zone.to_datetime(at).date());
    Facts {
        calls: facts.calls.iter().filter(|call| within(call.at)).cloned().collect(),
        entries: facts.entries.iter().filter(|entry| within(entry.opened_at)).cloned().collect(),
        promises: facts.promises.iter().filter(|promise| within(promise.made_at)).copied().collect(),
        attempts: facts.attempts.iter().filter(|attempt| within(attempt.at)).cloned().collect(),
    }
}

/// The least value that at least so many in a hundred do not exceed.
fn percentile(values: &[i64], percent: usize) -> Option<i64> {
    let within = |limit: i64| values.iter().filter(|value| **value <= limit).count() * 100;
    values.iter().copied().filter(|value| within(*value) >= percent * values.len()).min()
}

fn assert_counted(numbers: &Numbers, facts: &Facts, now: Timestamp) {
    let count = |is: &dyn Fn(&Outcome) -> bool| {
        facts.calls.iter().filter(|call| is(&call.outcome)).count().try_into().unwrap_or(u32::MAX)
    };
    let calls = &numbers.calls;
    assert_eq!(calls.all(), count(&|_| true));
    assert_eq!(calls.answered, count(&|outcome| matches!(outcome, Outcome::Answered(_))));
    assert_eq!(calls.missed(), count(&|outcome| matches!(outcome, Outcome::Missed(_))));
    assert_eq!(calls.blocked, count(&|outcome| *outcome == Outcome::Blocked));
    assert_eq!(calls.going_on, count(&|outcome| *outcome == Outcome::InProgress));
    for reason in MissedReason::ALL {
        assert_eq!(calls.missed_for(reason), count(&|outcome| *outcome == Outcome::Missed(reason)));
    }
    let waits: Vec<i64> = facts
        .calls
        .iter()
        .filter_map(|call| match &call.outcome {
            Outcome::Answered(accept) => {
                Some((accept.at - call.at).total(jiff::Unit::Second).unwrap() as i64)
            }
            Outcome::InProgress | Outcome::Missed(_) | Outcome::Blocked => None,
        })
        .collect();
    let shown = |spread: ringback::report::Spread| (spread.p50, spread.p90);
    let recounted = |values: &[i64]| {
        let seconds = |percent| percentile(values, percent).map(jiff::SignedDuration::from_secs);
        (seconds(50), seconds(90))
    };
    assert_eq!(shown(numbers.to_a_person), recounted(&waits));
    let rung: Vec<i64> = facts
        .entries
        .iter()
        .filter_map(|entry| Some(entry.first_rung_at?.as_second() - entry.opened_at.as_second()))
        .collect();
    assert_eq!(shown(numbers.to_call_back), recounted(&rung));
    assert_eq!(numbers.not_yet_rung as usize, facts.entries.len() - rung.len());
    assert_eq!(numbers.entries.opened() as usize, facts.entries.len());
    for (index, outcome) in CloseOutcome::ALL.iter().enumerate() {
        let closed = facts.entries.iter().filter_map(|entry| entry.closed.as_ref());
        let closed = closed.filter(|closed| closed.outcome == *outcome).count();
        assert_eq!(numbers.entries.closed_as[index] as usize, closed);
    }
    let rung_in_time = |promise: &&PromiseFact| promise.met_at.is_some_and(|met| met <= promise.promised_at);
    let kept = facts.promises.iter().filter(rung_in_time).count();
    let open = facts.promises.iter().filter(|promise| promise.met_at.is_none() && promise.promised_at >= now);
    let open = open.count();
    let promises = numbers.promises;
    assert_eq!((promises.kept as usize, promises.open as usize), (kept, open));
    assert_eq!(promises.broken as usize, facts.promises.len() - kept - open);
    for (index, outcome) in AttemptOutcome::ALL.iter().enumerate() {
        let tried = facts.attempts.iter().filter(|attempt| attempt.outcome == *outcome).count();
        assert_eq!(numbers.attempts[index] as usize, tried);
    }
}

fn assert_groups(report: &Report, facts: &Facts) {
    let zone = &report.period.zone;
    for weekday in 0..7_usize {
        for hour in 0..24_usize {
            let calls = facts.calls.iter().filter(|call| {
                let shown = zone.to_datetime(call.at);
                let weekday_of = i64::from(shown.weekday().to_monday_zero_offset());
                (weekday_of, i64::from(shown.hour())) == (weekday as i64, hour as i64)
            });
            assert_eq!(report.week[weekday][hour] as usize, calls.count());
        }
    }
    for hour in 0..24 {
        assert_eq!(report.hours[hour], report.week.iter().map(|day| day[hour]).sum::<u32>());
    }
    let mut areas = BTreeMap::new();
    let mut flows = BTreeMap::new();
    let mut lines = BTreeMap::new();
    let mut people = BTreeMap::new();
    for call in &facts.calls {
        for share in [
            areas.entry(call.area.clone()).or_insert_with(Share::default),
            flows.entry(call.flow.clone()).or_insert_with(Share::default),
            lines.entry(call.line.clone()).or_insert_with(Share::default),
        ] {
            share.calls += 1;
            share.answered += u32::from(matches!(call.outcome, Outcome::Answered(_)));
            share.missed += u32::from(matches!(call.outcome, Outcome::Missed(_)));
        }
        if let Outcome::Answered(accept) = &call.outcome {
            people.entry(accept.by.clone()).or_insert((0, 0, 0)).0 += 1;
        }
    }
    for attempt in &facts.attempts {
        people.entry(attempt.by.clone()).or_insert((0, 0, 0)).1 += 1;
    }
    for closed in facts.entries.iter().filter_map(|entry| entry.closed.as_ref()) {
        people.entry(closed.by.clone()).or_insert((0, 0, 0)).2 += 1;
    }
    assert_eq!(report.areas.iter().cloned().collect::<BTreeMap<_, _>>(), areas);
    assert_eq!(report.flows.iter().cloned().collect::<BTreeMap<_, _>>(), flows);
    assert_eq!(report.lines.iter().cloned().collect::<BTreeMap<_, _>>(), lines);
    let counted =
        report.people.iter().map(|(name, did)| (name.clone(), (did.answered, did.attempts, did.closed)));
    assert_eq!(counted.collect::<BTreeMap<_, _>>(), people);
    assert!(report.areas.is_sorted_by(|one, next| one.1.calls >= next.1.calls));
}

proptest! {
    #[test]
    fn a_report_equals_a_recount_and_its_days_sum_up_to_it((facts, period, now) in case()) {
        let report = Report::of(&facts, period.clone(), now);
        let whole = of_days(&facts, &period.zone, (period.from, period.to));
        assert_counted(&report.total, &whole, now);
        assert_groups(&report, &whole);
        let before = period.before();
        assert_counted(&report.before, &of_days(&facts, &period.zone, (before.from, before.to)), now);
        prop_assert_eq!(report.days.len(), period.length() as usize);
        let mut sums = [0; 9];
        for day in &report.days {
            let next = day.date.tomorrow().unwrap();
            assert_counted(&day.numbers, &of_days(&facts, &period.zone, (day.date, next)), now);
            sums.iter_mut().zip(additive(&day.numbers)).for_each(|(sum, number)| *sum += number);
        }
        prop_assert_eq!(sums, additive(&report.total));
    }
}

fn additive(numbers: &Numbers) -> [u32; 9] {
    [
        numbers.calls.all(),
        numbers.calls.answered,
        numbers.calls.missed(),
        numbers.promises.made(),
        numbers.promises.broken,
        numbers.entries.opened(),
        numbers.entries.closed(),
        numbers.not_yet_rung,
        numbers.still_waiting,
    ]
}

/// A call a minute before a midnight and one on it are calls of two days, wherever the clock changes.
#[test]
fn a_day_begins_at_its_first_moment_in_every_zone() {
    let cases = [
        // The day before, its last minute, the day, its first moment, the hours that it has.
        ("America/New_York", "2026-03-08T04:59:00Z", "2026-03-08T05:00:00Z", "2026-03-08", 23),
        ("America/New_York", "2026-11-01T03:59:00Z", "2026-11-01T04:00:00Z", "2026-11-01", 25),
        ("Europe/Berlin", "2026-10-24T21:59:00Z", "2026-10-24T22:00:00Z", "2026-10-25", 25),
        ("Europe/Berlin", "2026-03-28T22:59:00Z", "2026-03-28T23:00:00Z", "2026-03-29", 23),
        ("Africa/Cairo", "2026-04-23T21:59:00Z", "2026-04-23T22:00:00Z", "2026-04-24", 23),
        ("Africa/Cairo", "2026-10-28T20:59:00Z", "2026-10-28T21:00:00Z", "2026-10-29", 25),
        ("Asia/Tokyo", "2026-03-07T14:59:00Z", "2026-03-07T15:00:00Z", "2026-03-08", 24),
    ];
    for (zone, last_minute, first, day, hours) in cases {
        let day: Date = day.parse().unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let first: Timestamp = first.parse().unwrap();
        let call =
            |at: Timestamp| CallFact { at, outcome: Outcome::Blocked, area: None, flow: None, line: None };
        let ends = first + (hours as i64).hours();
        let calls =
            vec![call(last_minute.parse().unwrap()), call(first), call(ends - 1.minutes()), call(ends)];
        let facts = Facts { calls, ..Facts::default() };
        let from = day.yesterday().unwrap();
        let until = day.saturating_add(2.days());
        let report = Report::of(&facts, Period::new(from, until, zone.clone()), ends);
        let calls: Vec<u32> = report.days.iter().map(|day| day.numbers.calls.all()).collect();
        assert_eq!(calls, [1, 2, 1], "{day}");
    }
}
