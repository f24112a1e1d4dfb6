//! What the store held when it was last looked at, and which changes of it break a promise.

use std::collections::BTreeMap;

use ringback::call::{CallId, Outcome};
use ringback::call_back::{CallBackId, CloseOutcome, Standing};
use ringback::store::StoredCallBack;

use super::look::{CallLook, Look};

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
    /// A person at the desk.
    Desk,
}

/// What was seen last.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub calls: BTreeMap<CallId, CallLook>,
    pub entries: BTreeMap<CallBackId, StoredCallBack>,
    /// The open entry of each caller.
    open: BTreeMap<String, CallBackId>,
}

impl Ledger {
    /// Entries that news of this call may have changed, and that a look at it does not show: the one that it was in,
    /// and the one that its caller would have joined.
    pub fn beside(&self, look: &Look) -> Vec<CallBackId> {
        let Some(call) = &look.call else { return Vec::new() };
        let shown = [&look.entry, &look.open].map(|entry| entry.as_ref().map(|entry| entry.entry.id));
        let former = self.calls.get(&call.id).and_then(|before| before.call_back);
        let open = call.caller.identity().and_then(|caller| self.open.get(caller).copied());
        let mut beside: Vec<_> =
            former.into_iter().chain(open).filter(|id| !shown.contains(&Some(*id))).collect();
        beside.dedup();
        beside
    }

    /// Takes note of a call after something was heard of it, and of the entries beside it.
    pub fn call_changed(
        &mut self,
        look: Look,
        beside: Vec<(CallBackId, Option<StoredCallBack>)>,
        cause: Cause,
    ) -> Result<(), Broken> {
        let Some(call) = look.call else { return Ok(()) };
        let before = self.calls.get(&call.id).cloned();
        let is_new_in_entry = before.as_ref().is_none_or(|before| before.call_back != call.call_back);
        if let Some(before) = &before {
            moves_forward(before, &call, cause)?;
        }
        for (id, entry) in beside {
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
        if matches!(call.outcome, Outcome::Missed(_)) {
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

    /// Takes note of an entry.
    pub fn entry_changed(
        &mut self,
        now: &StoredCallBack,
        (cause, call): (Cause, Option<&CallLook>),
    ) -> Result<(), Broken> {
        let id = now.entry.id;
        if let Some(caller) = now.entry.caller.identity() {
            match now.entry.closed_at() {
                None => drop(self.open.insert(caller.to_owned(), id)),
                Some(_) if self.open.get(caller) == Some(&id) => drop(self.open.remove(caller)),
                Some(_) => {}
            }
        }
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
            let is_news = message >= before.entry.closed_at();
            if cause != Cause::NobodyTalked && !is_news {
                return broken("P5", format!("closed entry {id} was opened again by old news"));
            }
        }
        let changed_hands = before.entry.owner != now.entry.owner;
        let about_another_area = before.entry.area != now.entry.area;
        // While nobody is on it, what the last call was about decides whose it is.
        if changed_hands && !(about_another_area && now.entry.standing == Standing::Waiting) {
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
        self.open.retain(|_, open| *open != id);
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
