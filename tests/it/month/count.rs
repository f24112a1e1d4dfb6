//! The numbers of a report, counted from the books of the test, and those that the program tells, under the same names.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use ringback::report::{Numbers, Report, Share, Spread};

use super::books::{Books, Deed, Entry, Word};
use super::compare::flow_version;
use super::plan;
use super::wire::Came;

/// Numbers by name; what is 0 has none.
pub(super) type Count = BTreeMap<String, i64>;

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Counts what happened on the days from `from` and before `to`, as things stand at `now`.
pub(super) fn of_books(books: &Books, (from, to): (Date, Date), now: Timestamp) -> Count {
    let mut count = Count::new();
    let day = |at: Timestamp| {
        let day = plan::zone().to_datetime(at).date();
        (from <= day && day < to).then_some(day)
    };
    let mut lasted: BTreeMap<String, Vec<SignedDuration>> = BTreeMap::new();
    for call in &books.calls {
        let Some(day) = day(call.wire.at) else { continue };
        let shown = plan::zone().to_datetime(call.wire.at);
        let came = match &call.came {
            Came::InProgress => "going on".to_owned(),
            Came::Blocked => "blocked".to_owned(),
            Came::Answered { .. } => "answered".to_owned(),
            Came::Missed(reason) => format!("missed {reason}"),
        };
        for of in ["all".to_owned(), day.to_string()] {
            add(&mut count, format!("{of} calls {came}"));
            if let Came::Answered { at, .. } = &call.came {
                lasted.entry(format!("{of} to a person")).or_default().push(at.duration_since(call.wire.at));
            }
        }
        let weekday = WEEKDAYS[usize::try_from(shown.date().weekday().to_monday_zero_offset()).unwrap()];
        add(&mut count, format!("hour {:02}", shown.hour()));
        add(&mut count, format!("hour {weekday} {:02}", shown.hour()));
        let area = call.wire.area.unwrap_or("none");
        let flow = call.version.map_or("none".to_owned(), |version| short(&flow_version(call.line, version)));
        for of in [format!("area {area}"), format!("flow {flow}"), format!("line {}", call.line)] {
            add(&mut count, format!("{of} calls"));
            match &call.came {
                Came::Answered { .. } => add(&mut count, format!("{of} answered")),
                Came::Missed(_) => add(&mut count, format!("{of} missed")),
                Came::Blocked | Came::InProgress => {}
            }
        }
        if let Came::Answered { by, .. } = &call.came {
            add(&mut count, format!("person {by} answered"));
        }
    }
    for entry in books.entries.iter().flatten() {
        if let Some(day) = day(entry.opened) {
            if let Some((by, _)) = entry.closed() {
                add(&mut count, format!("person {by} closed"));
            }
            for of in ["all".to_owned(), day.to_string()] {
                opened(entry, &of, (&mut count, &mut lasted));
            }
        }
        for promise in entry.promises.values() {
            let Some(day) = day(promise.0) else { continue };
            let word = match entry.word(*promise, now) {
                Word::Kept => "kept",
                Word::Broken => "broken",
                Word::Open => "open",
            };
            add(&mut count, format!("all promises {word}"));
            add(&mut count, format!("{day} promises {word}"));
        }
        for done in entry.deeds.iter().filter(|done| !done.undone) {
            let (Some(day), Deed::Tried(how)) = (day(done.at), &done.what) else { continue };
            add(&mut count, format!("person {} attempts", done.by));
            add(&mut count, format!("all attempts {how}"));
            add(&mut count, format!("{day} attempts {how}"));
        }
    }
    for (of, mut lengths) in lasted {
        lengths.sort();
        for percent in [50, 90] {
            // The smallest value that as many as that many in a hundred do not exceed.
            let rank = lengths.iter().position(|one| {
                let within = lengths.iter().filter(|other| *other <= one).count();
                within * 100 >= lengths.len() * percent
            });
            let length = lengths[rank.unwrap()];
            set(&mut count, format!("{of} p{percent}"), i64::try_from(length.as_millis()).unwrap());
        }
        set(&mut count, of, i64::try_from(lengths.len()).unwrap());
    }
    count
}

type Lengths = BTreeMap<String, Vec<SignedDuration>>;

fn opened(entry: &Entry, of: &str, (count, lasted): (&mut Count, &mut Lengths)) {
    let how = entry.closed().map_or("open".to_owned(), |(_, outcome)| format!("closed {outcome}"));
    add(count, format!("{of} entries {how}"));
    match entry.rung() {
        Some(at) => {
            lasted.entry(format!("{of} to call back")).or_default().push(at.duration_since(entry.opened));
        }
        None => {
            add(count, format!("{of} not yet rung"));
            if entry.closed().is_none() {
                add(count, format!("{of} still waiting"));
            }
        }
    }
}

/// What the program tells.
pub(super) fn of_report(report: &Report) -> Count {
    let mut count = Count::new();
    numbers(&report.total, "all", &mut count);
    for day in &report.days {
        numbers(&day.numbers, &day.date.to_string(), &mut count);
    }
    for (hour, calls) in report.hours.iter().enumerate() {
        set(&mut count, format!("hour {hour:02}"), i64::from(*calls));
    }
    for (weekday, hours) in WEEKDAYS.iter().zip(&report.week) {
        for (hour, calls) in hours.iter().enumerate() {
            set(&mut count, format!("hour {weekday} {hour:02}"), i64::from(*calls));
        }
    }
    for (area, share) in &report.areas {
        shares(&format!("area {}", area.as_ref().map_or("none", |area| area.as_str())), share, &mut count);
    }
    for (flow, share) in &report.flows {
        let name =
            flow.as_ref().map_or("none".to_owned(), |flow| short(&format!("{} {}", flow.name, flow.version)));
        shares(&format!("flow {name}"), share, &mut count);
    }
    for (line, share) in &report.lines {
        shares(&format!("line {}", line.as_ref().map_or("none", |line| line.as_str())), share, &mut count);
    }
    for (person, did) in &report.people {
        set(&mut count, format!("person {person} answered"), i64::from(did.answered));
        set(&mut count, format!("person {person} attempts"), i64::from(did.attempts));
        set(&mut count, format!("person {person} closed"), i64::from(did.closed));
    }
    count
}

/// The numbers of a stretch of time.
pub(super) fn numbers(numbers: &Numbers, of: &str, count: &mut Count) {
    use ringback::call::MissedReason;
    use ringback::call_back::{AttemptOutcome, CloseOutcome};

    let Numbers {
        calls,
        to_a_person,
        promises,
        to_call_back,
        not_yet_rung,
        still_waiting,
        entries,
        attempts,
    } = numbers;
    let mut tell = |what: String, number: u32| set(count, format!("{of} {what}"), i64::from(number));
    tell("calls going on".to_owned(), calls.going_on);
    tell("calls blocked".to_owned(), calls.blocked);
    tell("calls answered".to_owned(), calls.answered);
    for reason in MissedReason::ALL {
        tell(format!("calls missed {}", reason.word()), calls.missed_for(reason));
    }
    tell("promises kept".to_owned(), promises.kept);
    tell("promises broken".to_owned(), promises.broken);
    tell("promises open".to_owned(), promises.open);
    tell("not yet rung".to_owned(), *not_yet_rung);
    tell("still waiting".to_owned(), *still_waiting);
    tell("entries open".to_owned(), entries.open);
    for (outcome, closed) in CloseOutcome::ALL.iter().zip(entries.closed_as) {
        tell(format!("entries closed {}", outcome.word()), closed);
    }
    for (outcome, tried) in AttemptOutcome::ALL.iter().zip(attempts) {
        tell(format!("attempts {}", outcome.word()), *tried);
    }
    spread(to_a_person, &format!("{of} to a person"), count);
    spread(to_call_back, &format!("{of} to call back"), count);
}

fn spread(spread: &Spread, of: &str, count: &mut Count) {
    set(count, of.to_owned(), i64::from(spread.count));
    for (percent, length) in [(50, spread.p50), (90, spread.p90)] {
        if let Some(length) = length {
            set(count, format!("{of} p{percent}"), i64::try_from(length.as_millis()).unwrap());
        }
    }
}

fn shares(of: &str, share: &Share, count: &mut Count) {
    set(count, format!("{of} calls"), i64::from(share.calls));
    set(count, format!("{of} answered"), i64::from(share.answered));
    set(count, format!("{of} missed"), i64::from(share.missed));
}

/// A flow's name and the first letters of its hash.
fn short(version: &str) -> String {
    let (name, hash) = version.split_once(' ').unwrap();
    format!("{name} {}", &hash[..6])
}

fn add(count: &mut Count, name: String) {
    *count.entry(name).or_default() += 1;
}

fn set(count: &mut Count, name: String, number: i64) {
    if number != 0 {
        count.insert(name, number);
    }
}
