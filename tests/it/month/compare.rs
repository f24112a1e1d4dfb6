//! The test's books beside the program's rows, one by one: what is wrong is named before sums are compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use jiff::civil::Date;
use ringback::call::Outcome;
use ringback::call_back::Standing;
use ringback::report::{Period, Report};
use ringback::store::{CallLine, Claim, Tally};
use ringback::switchboard::RING_LIMIT;
use sha2::{Digest, Sha256};

use super::count::{self, Count};
use super::plan;
use super::town::Town;
use super::wire::Came;

/// What is different, a line for each.
pub(super) fn rows(town: &Town) -> Vec<String> {
    let mut wrong = calls(town);
    wrong.extend(entries(town));
    wrong
}

fn calls(town: &Town) -> Vec<String> {
    let mut kept = town.line.calls();
    kept.sort_by_key(|call| call.id);
    let mut wrong = Vec::new();
    if kept.len() != town.books.calls.len() {
        wrong.push(format!("{} calls are kept, {} were made", kept.len(), town.books.calls.len()));
    }
    for (call, kept) in town.books.calls.iter().zip(&kept) {
        let outcome = match &kept.outcome {
            Outcome::InProgress => "in progress".to_owned(),
            Outcome::Blocked => "blocked".to_owned(),
            Outcome::Answered(accept) => format!("answered by {} at {}", accept.by, accept.at),
            Outcome::Missed(reason) => reason.word().to_owned(),
        };
        let came = match &call.came {
            Came::InProgress => "in progress".to_owned(),
            Came::Blocked => "blocked".to_owned(),
            Came::Answered { by, at } => format!("answered by {by} at {at}"),
            Came::Missed(reason) => (*reason).to_owned(),
        };
        let flow = kept.flow.as_ref().map(|(name, hash)| format!("{name} {hash}"));
        let live = call.version.map(|version| flow_version(call.line, version));
        let seen = (kept.at, outcome, kept.area.as_ref().map(|area| area.as_str()), flow);
        let wanted = (call.wire.at, came, call.wire.area, live);
        if seen != wanted {
            wrong.push(format!("call {} ({}): {seen:?}, and by the wire {wanted:?}", kept.id, kept.call_id));
        }
    }
    wrong
}

fn entries(town: &Town) -> Vec<String> {
    let mut wrong = Vec::new();
    let kept = town.line.all_call_backs();
    let ours = town.books.entries.iter().flatten().count();
    if kept.len() != ours {
        wrong.push(format!("{} entries are kept, {ours} were opened", kept.len()));
    }
    for stored in kept.iter().map(|line| &line.stored) {
        let entry = &stored.entry;
        let line = entry.line.as_ref().map_or("", |line| line.as_str());
        let Some(ours) = town.books.find(line, entry.caller.identity(), entry.opened_at) else {
            wrong.push(format!("entry {} was opened at {}, and nobody waits", entry.id, entry.opened_at));
            continue;
        };
        let ours = town.books.entries[ours].as_ref().unwrap();
        let closed = match &entry.standing {
            Standing::Closed { by, outcome, .. } => Some((by.to_string(), outcome.word())),
            Standing::Waiting | Standing::Taken { .. } => None,
        };
        let done = ours.closed().map(|(by, outcome)| (by.to_owned(), outcome));
        let calls = usize::try_from(stored.calls).unwrap();
        if (&closed, calls) != (&done, ours.calls.len()) {
            let ours = (done, ours.calls.len());
            wrong.push(format!("entry {}: {:?}, and by the books {ours:?}", entry.id, (closed, calls)));
        }
    }
    wrong
}

/// The report of a stretch of days, number by number.
pub(super) fn report(town: &Town, (from, to): (Date, Date)) -> Vec<String> {
    let now = town.now();
    let period = Period::new(from, to, plan::zone());
    let told = town.line.read(|tx| Report::of(&tx.facts(&period).unwrap(), period.clone(), now));
    let mut wrong = differences(&count::of_report(&told), &count::of_books(&town.books, (from, to), now));
    // What it is compared with is the days before, counted like a report of their own.
    let before = period.before();
    let (mut told_before, mut counted) =
        (Count::new(), count::of_books(&town.books, (before.from, before.to), now));
    count::numbers(&told.before, "all", &mut told_before);
    counted.retain(|name, _| name.starts_with("all "));
    wrong.extend(differences(&told_before, &counted).into_iter().map(|wrong| format!("before: {wrong}")));
    wrong.into_iter().map(|wrong| format!("{from} to {to}: {wrong}")).collect()
}

fn differences(told: &Count, counted: &Count) -> Vec<String> {
    let names: BTreeSet<&String> = told.keys().chain(counted.keys()).collect();
    let of = |count: &Count, name: &String| count.get(name).copied().unwrap_or(0);
    let wrong = names.into_iter().filter(|name| of(told, name) != of(counted, name));
    wrong.map(|name| format!("{name}: told {}, counted {}", of(told, name), of(counted, name))).collect()
}

/// A word for all rows that matter: the same month gives the same.
pub(super) fn hash(town: &Town) -> String {
    let mut rows = String::new();
    for call in town.line.calls() {
        let CallLine { id, line, caller, at, outcome, flow, area, call_back, .. } = call;
        writeln!(
            rows,
            "{id} {line:?} {:?} {at} {outcome:?} {flow:?} {area:?} {call_back:?}",
            caller.identity()
        )
        .unwrap();
    }
    for waits in town.line.all_call_backs() {
        writeln!(rows, "{:?} {:?} {:?}", waits.stored, waits.stored.entry.caller.identity(), waits.events)
            .unwrap();
    }
    let (from, to) = town.days();
    let facts = town.line.read(|tx| tx.facts(&Period::new(from, to, plan::zone())).unwrap());
    write!(rows, "{:?}", facts.promises).unwrap();
    Sha256::digest(rows.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What the proof finds, and where its days say something else than the books.
pub(super) fn proof(town: &Town) -> Vec<String> {
    let (zone, now) = (plan::zone(), town.now());
    let claim = Claim::of_all(&zone, now, RING_LIMIT);
    let proof = town.line.read(|tx| tx.proof(&claim).unwrap());
    let mut wrong: Vec<String> = proof.findings.iter().map(|found| format!("proof: {found:?}")).collect();
    if !proof.holds() {
        wrong.push("the proof does not hold".to_owned());
    }
    let mut counted: BTreeMap<Date, Tally> = BTreeMap::new();
    for call in &town.books.calls {
        let tally = counted.entry(zone.to_datetime(call.wire.at).date()).or_default();
        let entry = call.entry.and_then(|entry| town.books.entries[entry].as_ref());
        tally.calls += 1;
        match (&call.came, entry.map(|entry| entry.closed().is_some())) {
            (Came::Answered { .. }, _) => tally.answered += 1,
            (Came::Blocked, _) => tally.blocked += 1,
            (Came::InProgress, _) => tally.in_progress += 1,
            (Came::Missed(_), Some(true)) => tally.missed_closed += 1,
            (Came::Missed(_), Some(false)) => tally.missed_open += 1,
            (Came::Missed(_), None) => wrong.push(format!("nobody is to ring back for {}", call.wire.at)),
        }
    }
    let told: BTreeMap<Date, Tally> = proof.days.into_iter().collect();
    for day in told.keys().chain(counted.keys()).collect::<BTreeSet<_>>() {
        let (told, counted) = (told.get(day), counted.get(day));
        if told != counted {
            wrong.push(format!("proof of {day}: told {told:?}, counted {counted:?}"));
        }
    }
    wrong
}

/// How a version of a flow is named: its file, and the beginning of its text's hash.
pub(super) fn flow_version(line: &str, version: usize) -> String {
    let name = plan::flow_of(line);
    let hash = Sha256::digest(plan::flows(name)[version].as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name} {hex}")
}

/// Fails with the first of what is wrong.
pub(super) fn assert_none(wrong: &[String]) {
    let first: Vec<&str> = wrong.iter().take(40).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), first.join("\n"));
}
