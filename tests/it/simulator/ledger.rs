//! What the store held when it was last looked at, and which changes of it break a promise.

use std::collections::BTreeMap;

use ringback::call::{CallId, Outcome, PersonName};
use ringback::call_back::{CallBackId, CloseOutcome, Deed, Standing};
use ringback::store::{CallBackEvent, StoredCallBack};

use super::look::{CallLook, EntryLook, Look};
use super::promises::{are_kept_or_late, is_written_down};

/// A promise that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub promise: &'static str,
    pub what: String,
}

pub fn broken<T>(promise: &'static str, what: impl Into<String>) -> Result<T, Broken> {
    Err(Broken { promise, what: what.into() })
}

/// Why the store changed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// News of a call.
    News,
    /// News that nobody talked in a ring that somebody had taken.
    NobodyTalked,
    /// The sweep.
    Sweep,
    /// A person at the desk, or an edit that took somebody out of the business.
    Desk,
}

/// What was seen last.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub calls: BTreeMap<CallId, CallLook>,
    pub entries: BTreeMap<CallBackId, StoredCallBack>,
    histories: BTreeMap<CallBackId, Vec<CallBackEvent>>,
    /// Who is in the business.
    pub people: Vec<PersonName>,
}

impl Ledger {
    /// Nothing happened yet in the business of these people.
    pub fn of(people: Vec<PersonName>) -> Self {
        Self { people, ..Self::default() }
    }

    /// Takes note of a call after something was heard of it, and of the entries beside it.
    pub fn call_changed(&mut self, look: Look, cause: Cause) -> Result<(), Broken> {
        let Some(call) = look.call else { return Ok(()) };
        let is_missed = matches!(call.outcome, Outcome::Missed(_));
        for entry in &look.changed {
            self.history_goes_on(entry, cause)?;
            let is_its_own = call.call_back == Some(entry.stored.entry.id);
            if is_missed && is_its_own && entry.stored.entry.closed_at().is_none() {
                is_written_down(&call, entry)?;
            }
        }
        let before = self.calls.get(&call.id).cloned();
        let is_new_in_entry = before.as_ref().is_none_or(|before| before.call_back != call.call_back);
        if let Some(before) = &before {
            moves_forward(before, &call, cause)?;
        }
        for (id, entry) in look.beside {
            match entry {
                Some(entry) => self.entry_changed(&entry, (cause, Some(&call)))?,
                None => self.is_withdrawn(id, &call)?,
            }
        }
        if let Some(open) = &look.open {
            self.entry_changed(open, (cause, Some(&call)))?;
        }
        match (&look.entry, call.call_back) {
            (None, Some(id)) => {
                return broken("P7", format!("call {} is in entry {id}, which is not there", call.id));
            }
            (Some(entry), _) => self.entry_changed(entry, (cause, Some(&call)))?,
            (None, None) => {}
        }
        if is_missed {
            let Some(entry) = &look.entry else {
                return broken("P6", format!("call {} was missed, and nobody is to ring back", call.id));
            };
            let is_open = entry.entry.closed_at().is_none();
            if is_new_in_entry && !is_open {
                return broken("P7", format!("call {} was missed and is in a closed entry", call.id));
            }
            let other = look.open.as_ref().filter(|open| open.entry.id != entry.entry.id);
            if let Some(other) = other.filter(|_| is_open) {
                let (one, two) = (entry.entry.id, other.entry.id);
                return broken("P7", format!("entries {one} and {two} are open for one caller"));
            }
        }
        self.calls.insert(call.id, call);
        Ok(())
    }

    /// How much of an entry's history is known.
    pub fn events_of(&self, id: CallBackId) -> usize {
        self.histories.get(&id).map_or(0, Vec::len)
    }

    /// Takes note of an entry that changed by something else than news of a call.
    pub fn entry_looked_at(&mut self, look: &EntryLook) -> Result<(), Broken> {
        self.history_goes_on(look, Cause::Desk)?;
        self.entry_changed(&look.stored, (Cause::Desk, None))
    }

    /// Nothing is taken from a history, whoever has an entry now has it by a deed that stands in it, and promises are kept
    /// or late as it says. To be asked before the entry is taken note of.
    fn history_goes_on(&mut self, look: &EntryLook, cause: Cause) -> Result<(), Broken> {
        let id = look.stored.entry.id;
        let before = self.histories.insert(id, look.events.clone()).unwrap_or_default();
        let same = |one: &CallBackEvent, two: &CallBackEvent| {
            let stays_undone = one.undone_at.is_none() || one.undone_at == two.undone_at;
            (one.at, &one.by, one.what, &one.detail) == (two.at, &two.by, two.what, &two.detail)
                && stays_undone
        };
        let is_kept = look.events.len() >= before.len()
            && before.iter().zip(&look.events).all(|(one, two)| same(one, two));
        if !is_kept {
            return broken(
                "P7",
                format!("the history of entry {id} was {before:?} and is {:?}", look.events),
            );
        }
        let moves = |event: &CallBackEvent| {
            use Deed::{Accepted, HandedOver, Reopened, Taken, Undone};
            matches!(event.what, Taken | Accepted | HandedOver | Undone | Reopened)
        };
        let known = self.entries.get(&id);
        let changed_hands = known.is_some_and(|known| known.entry.owner != look.stored.entry.owner);
        if cause == Cause::Desk && changed_hands && !look.events[before.len()..].iter().any(moves) {
            return broken("P7", format!("entry {id} changed hands without a word"));
        }
        are_kept_or_late(look)
    }

    /// Takes note of an entry.
    fn entry_changed(
        &mut self,
        now: &StoredCallBack,
        (cause, call): (Cause, Option<&CallLook>),
    ) -> Result<(), Broken> {
        let id = now.entry.id;
        let Some(before) = self.entries.insert(id, now.clone()) else { return Ok(()) };
        if cause == Cause::Desk {
            return Ok(());
        }
        let (was_open, is_open) = (before.entry.closed_at().is_none(), now.entry.closed_at().is_none());
        if was_open && !is_open {
            let by_redial = matches!(
                now.entry.standing,
                Standing::Closed { outcome: CloseOutcome::AnsweredOnRedial, .. }
            );
            let talked = call.is_some_and(|call| matches!(call.outcome, Outcome::Answered(_)));
            if !by_redial || !talked {
                return broken("P7", format!("entry {id} was closed, and nobody talked with its caller"));
            }
        }
        if !was_open && is_open {
            let message = call.and_then(|call| call.message_at);
            // A clock that was set back makes every message late; only one that was not known is news.
            let known = call.and_then(|call| self.calls.get(&call.id)).and_then(|call| call.message_at);
            let is_news = message >= before.entry.closed_at() && message != known;
            if cause != Cause::NobodyTalked && !is_news {
                return broken("P5", format!("closed entry {id} was opened again by old news"));
            }
        }
        let changed_hands = before.entry.owner != now.entry.owner;
        let about_another_area = before.entry.area != now.entry.area;
        // While nobody is on it, what the last call was about decides whose it is.
        let by_its_area = about_another_area && now.entry.standing == Standing::Waiting;
        let is_gone = |person| !self.people.contains(person);
        let by_coming_back = !was_open && is_open && is_gone(&before.entry.owner);
        if changed_hands && !by_its_area && !by_coming_back {
            return broken("P7", format!("entry {id} changed hands, and nobody did it"));
        }
        if before.entry.caller != now.entry.caller && before.calls > 1 {
            return broken("P7", format!("entry {id} became somebody else's"));
        }
        Ok(())
    }

    /// An entry may go only while nobody but this call, which needs none, was in it.
    fn is_withdrawn(&mut self, id: CallBackId, call: &CallLook) -> Result<(), Broken> {
        let Some(entry) = self.entries.remove(&id) else { return Ok(()) };
        self.histories.remove(&id);
        let others = self.calls.values().filter(|other| other.id != call.id && other.call_back == Some(id));
        if others.count() > 0 || entry.calls > 1 {
            return broken("P7", format!("entry {id} vanished, and other calls wait in it"));
        }
        if entry.seen {
            return broken("P7", format!("entry {id} vanished, and somebody had seen it"));
        }
        Ok(())
    }
}

/// P5, and P8 for the version of the flow.
fn moves_forward(before: &CallLook, now: &CallLook, cause: Cause) -> Result<(), Broken> {
    let id = now.id;
    let allowed = match (&before.outcome, &now.outcome) {
        (Outcome::InProgress, _) | (Outcome::Blocked, Outcome::Blocked) => true,
        (Outcome::Missed(_), Outcome::Missed(_) | Outcome::Answered(_)) => true,
        // Its end was told before its first fetch.
        (Outcome::Missed(_), Outcome::Blocked) => before.flow.is_none(),
        (Outcome::Answered(one), Outcome::Answered(two)) => one.by == two.by,
        (Outcome::Answered(_), Outcome::Missed(_)) => cause == Cause::NobodyTalked,
        (Outcome::Missed(_) | Outcome::Answered(_) | Outcome::Blocked, Outcome::InProgress)
        | (Outcome::Answered(_), Outcome::Blocked)
        | (Outcome::Blocked, Outcome::Missed(_) | Outcome::Answered(_)) => false,
    };
    if !allowed {
        return broken("P5", format!("call {id} went from {:?} back to {:?}", before.outcome, now.outcome));
    }
    if before.ended_at.is_some() && (now.ended_at.is_none() || now.ended_at > before.ended_at) {
        return broken(
            "P5",
            format!("the end of call {id} moved from {:?} to {:?}", before.ended_at, now.ended_at),
        );
    }
    if before.flow.is_some() && now.flow != before.flow {
        return broken("P8", format!("call {id} was moved to another version of its flow"));
    }
    Ok(())
}
