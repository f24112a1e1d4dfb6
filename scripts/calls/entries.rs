//! The call-back list while the years go by: entries are opened, joined, worked and closed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use crate::Failure;
use crate::dice::Dice;
use crate::write::{Books, Call, Entry, Event};

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
const PEOPLE: [&str; 4] = ["ana", "ben", "cleo", "dan"];

/// So many entries are open at the end, about.
const OPEN_AT_THE_END: i64 = 150;

/// An entry that is open, with what will be done to it.
struct Life {
    entry: Entry,
    last_call_at: i64,
    promises: Vec<(Option<i64>, i64, i64)>,
    deeds: Vec<Event>,
    closes: (i64, &'static str, &'static str),
}

pub(crate) struct List {
    next: i64,
    open: BTreeMap<i64, Life>,
    by_caller: HashMap<(&'static str, String), i64>,
    closing: BinaryHeap<Reverse<(i64, i64)>>,
    /// How long entries stay open, on average.
    mean: i64,
}

impl List {
    pub(crate) fn new(missed: i64, length: i64) -> Self {
        let mean = (length / missed.max(1) * OPEN_AT_THE_END).min(10 * 24 * HOUR);
        Self { next: 1, open: BTreeMap::new(), by_caller: HashMap::new(), closing: BinaryHeap::new(), mean }
    }

    /// Closes what people close until then.
    pub(crate) fn go_on_until(&mut self, books: &Books, now: i64) -> Result<(), Failure> {
        while let Some(Reverse((at, id))) = self.closing.peek().copied().filter(|Reverse((at, _))| *at <= now)
        {
            self.closing.pop();
            if self.open.get(&id).is_some_and(|life| life.closes.0 == at) {
                let life = self.take(id);
                life.into_iter().try_for_each(|life| life.end(books))?;
            }
        }
        Ok(())
    }

    /// A missed call opens an entry or joins one; gives its number. `told` is what the caller was promised.
    pub(crate) fn missed(&mut self, dice: &mut Dice, call: &Call, (now, told): (i64, Option<i64>)) -> i64 {
        let line = call.line.unwrap_or_default();
        let known =
            call.caller.as_ref().and_then(|caller| self.by_caller.get(&(line, caller.clone())).copied());
        if let Some(life) = known.and_then(|id| self.open.get_mut(&id)) {
            life.entry.calls += 1;
            life.entry.last_call = call.id;
            life.last_call_at = now;
            life.promises.extend(told.map(|promised| (Some(call.id), now, promised)));
            return life.entry.id;
        }
        let id = self.next;
        self.next += 1;
        let life = Life::begin(dice, (id, self.mean), call, (now, told));
        self.closing.push(Reverse((life.closes.0, id)));
        if let Some(caller) = &call.caller {
            self.by_caller.insert((line, caller.clone()), id);
        }
        self.open.insert(id, life);
        id
    }

    /// The caller rang again, and somebody took the call.
    pub(crate) fn answered(&mut self, books: &Books, call: &Call, by: &'static str) -> Result<(), Failure> {
        let (Some(line), Some(caller)) = (call.line, call.caller.clone()) else { return Ok(()) };
        let Some(id) = self.by_caller.get(&(line, caller)).copied() else { return Ok(()) };
        let Some(mut life) = self.take(id) else { return Ok(()) };
        life.closes = (call.ended_at.unwrap_or(call.at), by, "answered-on-redial");
        life.end(books)
    }

    /// What is open stays open.
    pub(crate) fn stop(mut self, books: &Books, dice: &mut Dice, now: i64) -> Result<(), Failure> {
        while let Some((_, life)) = self.open.pop_first() {
            life.stay(books, dice, now)?;
        }
        Ok(())
    }

    fn take(&mut self, id: i64) -> Option<Life> {
        let life = self.open.remove(&id)?;
        if let Some(caller) = &life.entry.caller {
            self.by_caller.remove(&(life.entry.line, caller.clone()));
        }
        Some(life)
    }
}

impl Life {
    fn begin(dice: &mut Dice, (id, mean): (i64, i64), call: &Call, (now, told): (i64, Option<i64>)) -> Self {
        let owner = match call.area {
            Some("billing") => "ana",
            Some(_) => "ben",
            None => dice.weighed(&[(80, "ana"), (20, "dan")]),
        };
        let closes_at = now + 2 * MINUTE + dice.wait(mean);
        let by = if dice.percent(75) { owner } else { dice.pick(&PEOPLE) };
        let ending = dice.weighed(&[(70, "reached"), (14, "not-needed"), (4, "wrong-number"), (12, "spam")]);
        let mut deeds = Vec::new();
        let mut at = now + MINUTE + dice.wait(20 * MINUTE);
        if dice.percent(40) {
            deeds.push(Event {
                at,
                by,
                what: "taken",
                detail: (by != owner).then(|| format!("from {owner}")),
            });
        }
        for _ in 0..dice.weighed(&[(55, 0), (28, 1), (11, 2), (4, 3), (2, 5)]) {
            at += 3 * MINUTE + dice.wait(90 * MINUTE);
            let how = dice.weighed(&[(60, "no-answer"), (15, "busy"), (25, "left-message")]);
            deeds.push(Event { at, by, what: "tried", detail: Some(how.to_owned()) });
        }
        if dice.percent(12) {
            let text =
                dice.pick(&["wants a quote", "has a key for us", "ask for the side door", "is in a hurry"]);
            deeds.push(Event { at: at + MINUTE, by, what: "note", detail: Some(text.to_owned()) });
        }
        let typed = call.caller.is_none() && told.is_some() && dice.percent(70);
        let entry = Entry {
            id,
            line: call.line.unwrap_or_default(),
            caller: call.caller.clone(),
            area: call.area,
            owner,
            opened_at: now,
            due_at: told.unwrap_or(now + HOUR),
            promised_at: None,
            typed_number: typed.then(|| crate::people::number_of(dice.below(crate::people::REGULARS))),
            taken: None,
            closed: None,
            calls: 1,
            first_call: call.id,
            last_call: call.id,
            asleep_until: None,
            offer: None,
            attempts: 0,
        };
        let promises = told.map(|promised| (Some(call.id), now, promised)).into_iter().collect();
        Self { entry, last_call_at: now, promises, deeds, closes: (closes_at, by, ending) }
    }

    fn end(mut self, books: &Books) -> Result<(), Failure> {
        let (at, by, outcome) = self.closes;
        self.deeds.retain(|deed| deed.at < at);
        self.deeds.push(Event { at, by, what: "closed", detail: Some(outcome.to_owned()) });
        self.entry.closed = Some((by, at, outcome));
        self.write(books)
    }

    /// Of those that are open some are in somebody's hands, asleep, offered, or tried in vain too often.
    fn stay(mut self, books: &Books, dice: &mut Dice, now: i64) -> Result<(), Failure> {
        self.deeds.retain(|deed| deed.at < now);
        let owner = self.entry.owner;
        match dice.below(100) {
            0..8 => {
                let until = now + dice.between(1, 40) * HOUR;
                self.entry.asleep_until = Some(until);
                self.deeds.push(Event { at: now - MINUTE, by: owner, what: "snoozed", detail: None });
            }
            8..14 => {
                let to = if owner == "ben" { "cleo" } else { "ben" };
                self.entry.offer = Some((to, owner, now + 25 * MINUTE));
                self.deeds.push(Event {
                    at: now - 5 * MINUTE,
                    by: owner,
                    what: "offered",
                    detail: Some(format!("to {to}")),
                });
            }
            14..17 => {
                for hours in (1..=5).rev() {
                    let at = now.max(self.last_call_at + 6 * HOUR) - hours * HOUR;
                    let detail = Some("no-answer".to_owned());
                    self.deeds.push(Event { at: at.min(now - MINUTE), by: owner, what: "tried", detail });
                }
            }
            _ => {}
        }
        self.entry.taken = self.deeds.iter().find(|deed| deed.what == "taken").map(|deed| (deed.by, deed.at));
        if let Some((by, _)) = self.entry.taken {
            self.entry.owner = by;
        }
        self.write(books)
    }

    fn write(mut self, books: &Books) -> Result<(), Failure> {
        let since = self.last_call_at;
        let tries: Vec<i64> =
            self.deeds.iter().filter(|d| d.what == "tried" && d.at > since).map(|d| d.at).collect();
        self.entry.attempts = tries.len() as i64;
        if let Some(last) = tries.last() {
            let waits = [15 * MINUTE, HOUR, 4 * HOUR, 24 * HOUR];
            self.entry.due_at = last + waits[(tries.len() - 1).min(3)];
        }
        let meets = |deed: &&Event| matches!(deed.what, "tried" | "closed");
        let met_at =
            |made: i64| self.deeds.iter().filter(meets).map(|deed| deed.at).filter(|at| *at > made).min();
        let promises: Vec<_> =
            self.promises.iter().map(|(call, made, told)| (*call, *made, *told, met_at(*made))).collect();
        let pending = promises.iter().filter(|(_, _, told, met)| met.is_none_or(|met| met > *told));
        self.entry.promised_at = pending.map(|(_, _, told, _)| *told).min();
        books.entry(&self.entry, &self.deeds, &promises)
    }
}
