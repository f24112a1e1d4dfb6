//! The test's books beside the program's rows, one by one: what is wrong is named before sums are compared.

use ringback::call::Outcome;
use ringback::call_back::Standing;
use sha2::{Digest, Sha256};

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

/// How a version of a flow is named: its file, and the beginning of its text's hash.
pub(super) fn flow_version(line: &str, version: usize) -> String {
    let name = plan::flow_of(line);
    let hash = Sha256::digest(plan::flows(name)[version].as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name} {hex}")
}
