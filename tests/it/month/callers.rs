//! Who rings the business in a month, when, and what they and the phones do.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use ringback::phone::{FinalStatus, Quirks, Script, Unaccepted};

use super::chance::Chance;
use super::plan::{self, MAIN, SHOP};

/// One call that somebody is about to make.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) line: &'static str,
    pub(super) from: String,
    pub(super) who: Who,
    /// How often they rang again already.
    pub(super) again: u64,
}

#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Who {
    Person,
    /// A machine that hangs up, or talks into whatever it hears.
    Machine,
    /// The provider never reached us with the first fetch: we hear of the call by its end, or by the fallback.
    Unreached,
}

pub(super) const WITHHELD: &str = "anonymous";
pub(super) const REGULARS: u64 = 140;
/// The first of the regulars are VIPs.
pub(super) const VIPS: u64 = 6;

pub(super) fn regular(nth: u64) -> String {
    format!("+155501{:05}", 20_000 + nth * 61)
}

fn stranger(chance: &mut Chance) -> String {
    format!("+155501{:05}", 40_000 + chance.below(20_000))
}

fn machine(chance: &mut Chance) -> String {
    format!("+155501{:05}", 70_000 + chance.below(20_000))
}

pub(super) fn is_machine(number: &str) -> bool {
    number.strip_prefix("+155501").and_then(|rest| rest.parse().ok()).is_some_and(|nth: u64| nth >= 70_000)
}

/// Everybody who rings of their own accord on a day, in no order.
pub(super) fn of_day(day: Date, calls: u64, chance: &mut Chance) -> Vec<(Timestamp, Visit)> {
    (0..calls)
        .map(|_| {
            let line = chance.weighed(&[(3, MAIN), (2, SHOP)]);
            let who = chance.weighed(&[(97, Who::Person), (2, Who::Machine), (1, Who::Unreached)]);
            let from = match chance.below(100) {
                0..5 => WITHHELD.to_owned(),
                5..60 => regular(chance.below(REGULARS).min(chance.below(REGULARS))),
                _ => stranger(chance),
            };
            (some_time(day, chance), Visit { line, from, who, again: 0 })
        })
        .collect()
}

/// Mostly while we are open; else at any moment of the day, which may have 25 hours.
fn some_time(day: Date, chance: &mut Chance) -> Timestamp {
    let stretches = plan::open_on(day);
    if !stretches.is_empty() && chance.is(85) {
        let (from, to) = *chance.pick(stretches);
        return plan::at(day, from) + (chance.below((to - from) * 60_000) as i64).milliseconds();
    }
    let (begins, ends) = (plan::at(day, 0), plan::at(day.tomorrow().unwrap(), 0));
    let lasts = u64::try_from(ends.as_millisecond() - begins.as_millisecond()).unwrap();
    begins + (chance.below(lasts) as i64).milliseconds()
}

/// A hundred calls within ten minutes: of one machine, or each from another number.
pub(super) fn burst(begins: Timestamp, calls: u64, chance: &mut Chance) -> Vec<(Timestamp, Visit)> {
    let line = chance.weighed(&[(1, MAIN), (1, SHOP)]);
    let same = chance.is(50).then(|| machine(chance));
    (0..calls)
        .map(|_| {
            let from = same.clone().unwrap_or_else(|| machine(chance));
            let at = begins + (chance.below(600_000) as i64).milliseconds();
            (at, Visit { line, from, who: Who::Machine, again: 0 })
        })
        .collect()
}

impl Visit {
    pub(super) fn caller(&self) -> Option<String> {
        (self.from != WITHHELD).then(|| self.from.clone())
    }

    /// What the caller does, and what happens at every phone.
    pub(super) fn script(&self, chance: &mut Chance) -> Script {
        let acts = match self.who {
            Who::Machine => self.machine_acts(chance),
            Who::Person | Who::Unreached => self.acts(chance),
        };
        let mut script = Script::new(&self.from, self.line).caller(&acts).unwrap();
        for (_, phone) in plan::PEOPLE {
            script = script.person(phone, &ways(chance)).unwrap();
        }
        script
    }

    fn machine_acts(&self, chance: &mut Chance) -> String {
        let seconds = chance.within(1, 6);
        chance
            .weighed(&[
                (7, format!("hang up after {seconds}s").as_str()),
                (2, "silence, message 1s"),
                (1, "message 2s"),
            ])
            .to_owned()
    }

    /// Whatever they meet: what does not fit is taken as nothing, as on a real line.
    fn acts(&self, chance: &mut Chance) -> String {
        let (short, long) = (chance.within(1, 8), chance.within(9, 40));
        let message = match chance.below(10) {
            0 => "message 0s".to_owned(),
            1 => "message 1s".to_owned(),
            2 => "silence".to_owned(),
            3 => "hang up after 2s".to_owned(),
            4 => format!("message {long}s #"),
            5 => format!("message {short}s and wait"),
            _ => format!("message {long}s"),
        };
        let number = if chance.is(70) { "2015550142#, 1" } else { "silence" };
        let first = match self.line {
            MAIN => chance.weighed(&[(5, "1"), (3, "2"), (1, "silence"), (1, "7, 1"), (1, "0")]),
            _ => chance.weighed(&[(5, "1"), (4, "2"), (1, "silence"), (1, "8, 1"), (1, "9, 9, 9"), (1, "0")]),
        };
        match chance.below(20) {
            0 => format!("hang up after {short}s"),
            1 => format!("hang up after {short}s of ringing"),
            2 => format!("{first}, hang up after {short}s"),
            3 => format!("{first}, hang up after {long}s"),
            4 => format!("{first}, hang up after {long}s of ringing"),
            5 => "silence".to_owned(),
            6 => format!("{first}, 0, {message}"),
            _ if self.from == WITHHELD => format!("{first}, {number}, {message}"),
            _ => format!("{first}, {message}"),
        }
    }
}

/// What happens at a phone, ring by ring.
fn ways(chance: &mut Chance) -> String {
    let (after, talks) = (chance.within(1, 14), chance.within(10, 150));
    let way = |chance: &mut Chance| match chance.below(20) {
        0..6 => format!("accepts after {after}s and talks {talks}s"),
        6 => format!("accepts after {after}s with 9"),
        7 | 8 => format!("voicemail after {}s", after + 4),
        9 => format!("declines after {after}s"),
        10 => "busy".to_owned(),
        11 => format!("answers after {after}s"),
        12 => format!("hangs up after {after}s"),
        13 => "accepts as the caller leaves".to_owned(),
        14 => "accepts too late".to_owned(),
        15 => "fails".to_owned(),
        _ => "never answers".to_owned(),
    };
    let (first, then) = (way(chance), way(chance));
    format!("{first}, {then}")
}

/// What the provider does this time where its documentation does not say.
pub(super) fn quirks(chance: &mut Chance) -> Quirks {
    Quirks {
        others_hung_up_at_pick_up: chance.is(50),
        empty_recording_has_action: chance.is(30),
        unaccepted: chance.weighed(&[
            (2, Unaccepted::Completed),
            (1, Unaccepted::CompletedBridged),
            (1, Unaccepted::NoAnswer),
        ]),
        ring_end_when_caller_leaves: chance.is(80),
        menu_action_when_caller_leaves: chance.is(30),
        recording_report_late: chance.is(15),
        final_status: chance.weighed(&[
            (84, FinalStatus::Sent),
            (5, FinalStatus::Doubled),
            (7, FinalStatus::Late),
            (4, FinalStatus::Never),
        ]),
        fallback: true,
    }
}
