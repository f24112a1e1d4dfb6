//! Calls that there were, through another version of their flow.
//!
//! The same caller is played twice by the same rules: through the version that answered the call, and through the other
//! one. Only what differs between these two is told, so the same flow never changes anything. What each caller does:
//! at a choice, what is about the same thing as then, else what leads to the same, else the same key, else nothing;
//! people who are rung accept as they did, after as long; a caller who hung up does so after the same time.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::business::Business;
use crate::call::{CallId, Outcome};
use crate::engine::AGAIN;
use crate::flow::Flow;

use super::PastCall;
use super::habit::Habit;
use super::player::{Doubt, Ended, Known, Patience, Stage, play};

/// What would be different.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// The calls that were compared.
    pub calls: usize,
    /// Those that fare otherwise, in the order in which they were given.
    pub changed: Vec<Replayed>,
    /// How callers fared.
    pub before: Tally,
    /// How they would fare.
    pub after: Tally,
    /// In how many calls something had to be assumed.
    pub doubts: BTreeMap<Doubt, usize>,
    /// Calls of which too little is known to play them again.
    pub left_out: Vec<CallId>,
}

/// One call that fares otherwise.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// Which, by its place among those that were given.
    pub index: usize,
    /// Its number.
    pub call: CallId,
    /// What came of it then.
    pub from: Ended,
    /// What would come of it.
    pub to: Ended,
}

/// How callers fare, all together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// A person took the call.
    pub answered: usize,
    /// Nobody did.
    pub missed: usize,
    /// Refused.
    pub blocked: usize,
    /// What the missed calls came to, by the word of their reason.
    pub reasons: BTreeMap<&'static str, usize>,
    /// Half of the answered callers waited no longer than this.
    pub median_to_person: Option<Duration>,
}

/// Plays `calls`, each with the version of the flow that answered it, through `flow`.
pub fn replay(calls: &[(PastCall, &Flow)], flow: &Flow, business: &Business) -> Replay {
    let mut replay = Replay::default();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (index, (call, old)) in calls.iter().enumerate() {
        let earlier = calls[..index].iter().map(|(call, _)| call);
        let Some((from, to)) = compare(call, (old, flow), (business, rang_before(call, earlier))) else {
            replay.left_out.push(call.id);
            continue;
        };
        replay.calls += 1;
        to.doubts.iter().for_each(|doubt| *replay.doubts.entry(*doubt).or_default() += 1);
        if differs(&from, &to) {
            replay.changed.push(Replayed { index, call: call.id, from: from.clone(), to: to.clone() });
        }
        before.push(from);
        after.push(to);
    }
    replay.before = Tally::of(&before);
    replay.after = Tally::of(&after);
    replay
}

/// How a call went, and how it would go; `None` where the version that answered it leads elsewhere than the call went.
fn compare(
    call: &PastCall,
    (old, flow): (&Flow, &Flow),
    (business, rang_before): (&Business, bool),
) -> Option<(Ended, Ended)> {
    if call.turns.is_empty() {
        return None;
    }
    let habit = Habit::of(call, old);
    let known = Known::of(call, old, (business, rang_before));
    let stage = |flow| Stage { flow, business, call, habit: &habit, known: &known };
    let patience = habit.left.map_or(Patience::Endless, |(turns, rest)| Patience::Turn(turns, rest));
    let (again, stayed) = play(&stage(old), patience);
    if kind(&again.outcome) != kind(&call.outcome) {
        return None;
    }
    let (mut to, _) = match habit.left {
        Some(_) => play(&stage(flow), Patience::Time(stayed)),
        None => play(&stage(flow), Patience::Endless),
    };
    // What was then is known; what the model says is only how far it moves from there.
    let real = match &call.outcome {
        Outcome::Answered(accept) => Duration::try_from(accept.at.duration_since(call.at)).ok(),
        Outcome::Missed(_) | Outcome::Blocked | Outcome::InProgress => None,
    };
    if let (Some(real), Some(modelled), Some(new)) = (real, again.to_person, to.to_person) {
        to.to_person = Some((real + new).saturating_sub(modelled));
    }
    let outcome = match differs(&again, &to) {
        true => call.outcome.clone(),
        false => to.outcome.clone(),
    };
    let from = Ended { outcome, to_person: real.or(again.to_person), doubts: again.doubts };
    Some((from, to))
}

/// Whether the same number rang a moment before.
fn rang_before<'a>(call: &PastCall, earlier: impl Iterator<Item = &'a PastCall>) -> bool {
    let within = |other: &PastCall| other.at <= call.at && call.at.duration_since(other.at) < AGAIN;
    let mut earlier = earlier.filter(|other| call.caller.number().is_some() && other.caller == call.caller);
    earlier.any(within)
}

/// Answered, missed for that reason, or blocked.
fn kind(outcome: &Outcome) -> (&'static str, Option<&'static str>) {
    (outcome.word(), outcome.reason_word())
}

fn differs(from: &Ended, to: &Ended) -> bool {
    let seconds = |ended: &Ended| ended.to_person.map(|time| (time.as_millis() + 500) / 1000);
    let by = |ended: &Ended| match &ended.outcome {
        Outcome::Answered(accept) => Some(accept.by.clone()),
        Outcome::Missed(_) | Outcome::Blocked | Outcome::InProgress => None,
    };
    kind(&from.outcome) != kind(&to.outcome) || by(from) != by(to) || seconds(from) != seconds(to)
}

impl Tally {
    fn of(ends: &[Ended]) -> Self {
        let mut tally = Self::default();
        let mut waits = Vec::new();
        for ended in ends {
            match &ended.outcome {
                Outcome::Answered(_) => tally.answered += 1,
                Outcome::Missed(reason) => {
                    tally.missed += 1;
                    *tally.reasons.entry(reason.word()).or_default() += 1;
                }
                Outcome::Blocked => tally.blocked += 1,
                Outcome::InProgress => {}
            }
            waits.extend(ended.to_person);
        }
        waits.sort();
        tally.median_to_person = waits.get(waits.len().saturating_sub(1) / 2).copied();
        tally
    }
}
