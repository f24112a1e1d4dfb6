//! What will happen in one run, laid down before it: who rings when, what people and disks do, how often the wire fails.
//! Anything can be taken out of a plan without changing what else is in it; that is how a failing run is shrunk.

use std::collections::BTreeSet;

use super::dice::Dice;

pub const SECOND: i64 = 1000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

pub const BLOCKED: &str = "+15550166";
/// Few people, so that many ring again; one withheld, one blocked, one of our own phones.
const CALLERS: [&str; 12] = [
    "+15550142",
    "+15550142",
    "+15550143",
    "+15550143",
    "+15550144",
    "+15550145",
    "+15550146",
    "+15550147",
    "anonymous",
    "anonymous",
    BLOCKED,
    "+15550101",
];
/// A Friday, closing time, before dawn, and both summer-time nights of New York.
const STARTS: [&str; 6] = [
    "2026-11-20T18:05:00Z",
    "2026-11-20T21:40:00Z",
    "2026-11-19T08:00:00Z",
    "2026-03-08T06:10:00Z",
    "2026-11-01T05:20:00Z",
    "2028-02-29T14:00:00Z",
];

/// How often what goes wrong, in thousandths: of requests, and of calls where so said.
#[derive(Copy, Clone, Debug)]
pub struct Rates {
    pub doubled: u64,
    pub reordered: u64,
    pub crash: u64,
    /// Of calls.
    pub without_end: u64,
}

impl Rates {
    /// What the issue asks of a million calls.
    pub const USUAL: Self = Self { doubled: 50, reordered: 50, crash: 10, without_end: 30 };
    /// A bad day, for many small runs.
    pub const BAD: Self = Self { doubled: 200, reordered: 200, crash: 60, without_end: 200 };
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub start: &'static str,
    pub rates: Rates,
    pub calls: Vec<PlannedCall>,
    pub acts: Vec<PlannedAct>,
    /// Faults of the wire that do not happen after all: which call, and its how-manieth decision.
    pub calm: BTreeSet<(u32, u32)>,
}

#[derive(Copy, Clone, Debug)]
pub struct PlannedCall {
    pub nth: u32,
    pub at: i64,
    pub from: &'static str,
}

#[derive(Copy, Clone, Debug)]
pub struct PlannedAct {
    pub at: i64,
    pub act: Act,
    /// For what is decided when it happens.
    pub stream: u64,
}

/// What happens beside the calls.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Somebody at the desk does something.
    Desk,
    /// Settings and flows of this edition go live.
    Edit(usize),
    /// The process ends and starts again.
    Crash,
    /// The store takes nothing for so long.
    StoreFails(i64),
    /// The store takes everything, but too late for the caller.
    StoreIsSlow(i64),
    /// The wall clock jumps.
    ClockJumps(i64),
}

impl Plan {
    pub fn of(seed: u64, calls: u32, rates: Rates) -> Self {
        let mut dice = Dice::of(seed, 0);
        let span = i64::from(calls.max(4)) * 70 * SECOND;
        let planned = |nth| {
            let at = dice.between(0, span);
            let &from = dice.pick(&CALLERS);
            PlannedCall { nth, at, from }
        };
        let mut calls: Vec<_> = (0..calls).map(planned).collect();
        calls.sort_by_key(|call| call.at);
        let mut acts = Vec::new();
        let count = calls.len() as i64;
        let mut some = |per_hundred_calls: i64, dice: &mut Dice, act: fn(&mut Dice) -> Act| {
            let times = (count * per_hundred_calls + dice.between(0, 99)) / 100;
            for _ in 0..times {
                let at = dice.between(0, span + 30 * MINUTE);
                let act = act(dice);
                acts.push(PlannedAct { at, act, stream: dice.throw() });
            }
        };
        some(80, &mut dice, |_| Act::Desk);
        some(8, &mut dice, |dice| Act::Edit(dice.below(super::town::EDITIONS as u64) as usize));
        some(4, &mut dice, |_| Act::Crash);
        some(4, &mut dice, |dice| Act::StoreFails(dice.between(SECOND, 4 * MINUTE)));
        some(3, &mut dice, |dice| Act::StoreIsSlow(dice.between(SECOND, MINUTE)));
        if dice.chance(250) {
            let jumps =
                [20 * MINUTE, -20 * MINUTE, HOUR, -HOUR, 9 * HOUR, -9 * HOUR, 2 * DAY, 30 * DAY, -3 * DAY];
            for _ in 0..dice.between(1, 3) {
                let act = Act::ClockJumps(*dice.pick(&jumps));
                acts.push(PlannedAct { at: dice.between(0, span), act, stream: 0 });
            }
        }
        acts.sort_by_key(|planned| planned.at);
        Self { seed, start: dice.pick::<&str>(&STARTS), rates, calls, acts, calm: BTreeSet::new() }
    }

    /// Whether the wall clock can be trusted all the time.
    pub fn clock_is_steady(&self) -> bool {
        !self.acts.iter().any(|planned| matches!(planned.act, Act::ClockJumps(_)))
    }
}
