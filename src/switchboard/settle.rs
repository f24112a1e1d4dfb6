//! What came of a call, and what follows from it: an entry opened, joined, closed or taken back, and somebody told.

use jiff::Timestamp;

use crate::call::{Accept, CallId, Course, Outcome, Recording, TurnNumber};
use crate::call_back::{CallBack, CallBackId, CloseOutcome, Deed, Standing};
use crate::engine::{Place, State};
use crate::follow_up;
use crate::store::{CallBackEvent, CallRecord, StoreError, StoredCallBack, Tx};

use super::{MOST_COUNTED, Moment};

impl Moment {
    /// Decides the outcome anew from all that is known, lets the list follow, and saves the call.
    pub(super) fn settle(&self, tx: &mut Tx<'_>, mut call: CallRecord) -> Result<(), StoreError> {
        let outcome = call.outcome_now();
        let before = std::mem::replace(&mut call.outcome, outcome);
        match call.outcome.clone() {
            Outcome::Answered(accept) if call.outcome != before => self.answered(tx, &mut call, &accept)?,
            Outcome::Blocked => self.forget_entry(tx, &mut call)?,
            Outcome::Answered(_) => {}
            Outcome::Missed(_) => {
                if let Outcome::Answered(accept) = &before {
                    self.take_up_again(tx, &mut call, accept)?;
                }
                self.wait_for_a_call(tx, &mut call)?;
            }
            Outcome::InProgress if must_be_rung_back(&call) => self.wait_for_a_call(tx, &mut call)?,
            Outcome::InProgress => {}
        }
        // News may change the reason later; nobody is told of one call twice.
        let newly_missed =
            matches!(call.outcome, Outcome::Missed(_)) && !matches!(before, Outcome::Missed(_));
        if newly_missed && self.live.settings.notify.is_some() {
            tx.add_notice(call.id, self.now)?;
        }
        tx.save_call(call)
    }

    /// The call opens an entry or joins the open one of the same caller, and brings what it knows to it.
    fn wait_for_a_call(&self, tx: &mut Tx<'_>, call: &mut CallRecord) -> Result<(), StoreError> {
        let known = match call.call_back {
            Some(id) => tx.call_back(id)?,
            None => None,
        };
        let mut stored = match known {
            Some(stored) => stored,
            None => self.join_or_open(tx, call)?,
        };
        let before = stored.clone();
        self.bring_news(tx, call, &mut stored)?;
        if stored != before {
            tx.save_call_back(&stored)?;
        }
        Ok(())
    }

    fn join_or_open(&self, tx: &mut Tx<'_>, call: &mut CallRecord) -> Result<StoredCallBack, StoreError> {
        if let Some(mut open) = tx.open_call_back_of(&call.caller, call.line.as_ref())? {
            open.calls += 1;
            open.first_call = open.first_call.min(call.id);
            open.last_call = open.last_call.max(call.id);
            // Whoever rings again is awake, may be reached again, and is not kept waiting for the next try.
            (open.entry.asleep_until, open.entry.attempts) = (None, 0);
            open.entry.due_at = open.entry.due_at.min(self.due_behind_others(tx, 1)?);
            call.call_back = Some(open.entry.id);
            tx.save_call_back(&open)?;
            return Ok(open);
        }
        let business = &self.live.settings.business;
        let area = call.course().and_then(|course| course.area.clone());
        let absences = tx.absences(self.now)?;
        let entry = CallBack {
            id: CallBackId(0),
            caller: call.caller.clone(),
            line: call.line.clone(),
            owner: business.owner_of((area.as_ref(), call.line.as_ref()), call.at, &absences),
            area,
            standing: Standing::Waiting,
            opened_at: self.now,
            due_at: self.due_behind_others(tx, 0)?,
            promised_at: None,
            typed_number: None,
            asleep_until: None,
            offer: None,
            attempts: 0,
        };
        let id = tx.add_call_back(&entry, call.id)?;
        call.call_back = Some(id);
        let entry = CallBack { id, ..entry };
        Ok(StoredCallBack { entry, calls: 1, first_call: call.id, last_call: call.id, seen: false })
    }

    /// When a call-back that arises now is due; `own` of the open entries are that caller's.
    fn due_behind_others(&self, tx: &Tx<'_>, own: usize) -> Result<Timestamp, StoreError> {
        let waiting = tx.open_call_backs_up_to(MOST_COUNTED)?.saturating_sub(own);
        Ok(self.live.settings.business.due_at(self.now, &tx.absences(self.now)?, waiting))
    }

    /// The earliest promise wins and is never overrun; while nobody is on it, the last call's area decides whose it is.
    fn bring_news(
        &self,
        tx: &mut Tx<'_>,
        call: &mut CallRecord,
        stored: &mut StoredCallBack,
    ) -> Result<(), StoreError> {
        if let Standing::Closed { at: closed_at, .. } = stored.entry.standing
            && !self.bring_late_message(tx, call, (stored, closed_at))?
        {
            return Ok(());
        }
        let Some(course) = call.course() else { return Ok(()) };
        let is_newest = stored.last_call == call.id;
        let speaks_last = is_newest || course.area.is_none() || !tx.has_later_area(stored, call.id)?;
        let is_the_only_one = stored.calls == 1;
        let entry = &mut stored.entry;
        // A call takes back what was promised and typed in it, and not what was in another call.
        if is_the_only_one || !is_choosing(call) {
            let told = tx.note_promise(entry.id, (call.id, call.at), course.promised_at)?;
            // What was told before has been weighed: since then somebody may have rung, and set the next try.
            if let Some(promised) = told.filter(|_| told != entry.promised_at) {
                entry.due_at = entry.due_at.min(promised);
            }
            entry.promised_at = told;
        }
        if course.typed_number.is_some() || is_the_only_one {
            entry.typed_number.clone_from(&course.typed_number);
        }
        let untouched = entry.standing == Standing::Waiting;
        if untouched && speaks_last && course.area.is_some() && entry.area != course.area {
            entry.area.clone_from(&course.area);
            let about = (entry.area.as_ref(), entry.line.as_ref());
            entry.owner = self.live.settings.business.owner_of(about, call.at, &tx.absences(self.now)?);
            // Whoever has it needs no asking.
            entry.offer.take_if(|offer| offer.to == entry.owner);
        }
        Ok(())
    }

    /// A message that comes after closing opens the entry again, or joins the one that was opened since; `false` where
    /// there is none, and the entry stays closed.
    fn bring_late_message(
        &self,
        tx: &mut Tx<'_>,
        call: &mut CallRecord,
        (stored, closed_at): (&mut StoredCallBack, Timestamp),
    ) -> Result<bool, StoreError> {
        let is_known = |message: &Recording| {
            let known = call.recording_as_saved();
            known.is_some_and(|known| known.holds_message() && !message.is_another_than(known))
        };
        // By the clock alone a message that was heard before would be late after a clock was set back.
        let message = call.recording().filter(|message| message.holds_message() && message.at >= closed_at);
        if message.is_none_or(|message| is_known(&message)) {
            return Ok(false);
        }
        if tx.open_call_back_of(&call.caller, call.line.as_ref())?.is_some() {
            tx.leave_call_back(stored, call.id)?;
            tx.save_call_back(stored)?;
            *stored = self.join_or_open(tx, call)?;
            return Ok(true);
        }
        self.reopen(&mut stored.entry);
        stored.entry.due_at = self.due_behind_others(tx, 0)?;
        self.log(tx, stored.entry.id, (Deed::Reopened, "a message came in"))?;
        // The closing came before the message, and keeps nothing that its caller was told.
        let promised_at = call.course().and_then(|course| course.promised_at);
        let told = tx.note_promise(stored.entry.id, (call.id, call.at.max(closed_at)), promised_at)?;
        stored.entry.due_at = told.map_or(stored.entry.due_at, |told| stored.entry.due_at.min(told));
        stored.entry.promised_at = told;
        Ok(true)
    }

    /// It is open again, for the same owner as long as that person is here.
    fn reopen(&self, entry: &mut CallBack) {
        let business = &self.live.settings.business;
        entry.reopen();
        if business.person(&entry.owner).is_none() {
            entry.owner = business.owner.clone();
        }
    }

    /// Somebody talked with the caller: what waited for that is done, in their name.
    fn answered(&self, tx: &mut Tx<'_>, call: &mut CallRecord, accept: &Accept) -> Result<(), StoreError> {
        self.leave(tx, call, accept)?;
        let Some(open) = tx.open_call_back_of(&call.caller, call.line.as_ref())? else { return Ok(()) };
        // Several people may ring from one number: whoever rang after this call was not talked with in it.
        if open.last_call > call.id {
            return Ok(());
        }
        self.close(tx, open, accept)
    }

    /// The call had opened or joined an entry on incomplete news. One that nobody heard of is taken back.
    fn leave(&self, tx: &Tx<'_>, call: &mut CallRecord, accept: &Accept) -> Result<(), StoreError> {
        let Some(id) = call.call_back.take() else { return Ok(()) };
        let Some(mut stored) = tx.call_back(id)? else { return Ok(()) };
        if self.take_back(tx, &mut stored, call.id)? {
            return Ok(());
        }
        call.call_back = Some(id);
        if matches!(stored.entry.standing, Standing::Closed { .. }) {
            return Ok(());
        }
        self.close(tx, stored, accept)
    }

    /// A report that came before the first fetch opened an entry, and now the caller turns out to be blocked, or to be
    /// somebody.
    pub(super) fn forget_entry(&self, tx: &Tx<'_>, call: &mut CallRecord) -> Result<(), StoreError> {
        let Some(id) = call.call_back else { return Ok(()) };
        let Some(mut stored) = tx.call_back(id)? else { return Ok(()) };
        if self.take_back(tx, &mut stored, call.id)? {
            call.call_back = None;
        }
        Ok(())
    }

    /// Takes a call out of its entry, and the entry back where no other call, and nobody here, knows of it; `false`
    /// where somebody does.
    fn take_back(&self, tx: &Tx<'_>, stored: &mut StoredCallBack, call: CallId) -> Result<bool, StoreError> {
        if stored.calls > 1 {
            tx.leave_call_back(stored, call)?;
            tx.save_call_back(stored)?;
            return Ok(true);
        }
        let untouched = !stored.seen
            && stored.entry.standing == Standing::Waiting
            && tx.call_back_events(stored.entry.id)?.is_empty();
        if untouched {
            tx.withdraw_call_back(stored.entry.id)?;
        }
        Ok(untouched)
    }

    /// An accept alone closed the entry; the provider's late word on that ring says that nobody talked after all.
    fn take_up_again(&self, tx: &Tx<'_>, call: &mut CallRecord, accept: &Accept) -> Result<(), StoreError> {
        let closed = match call.call_back {
            Some(id) => tx.call_back(id)?,
            None => tx.closed_by_redial((&call.caller, call.line.as_ref()), accept.at)?,
        };
        let Some(mut stored) = closed else { return Ok(()) };
        let by_redial = CloseOutcome::AnsweredOnRedial;
        if !matches!(&stored.entry.standing, Standing::Closed { outcome, .. } if *outcome == by_redial) {
            return Ok(());
        }
        if tx.open_call_back_of(&call.caller, call.line.as_ref())?.is_some() {
            // Two open entries of one caller are none; the call joins the one that was opened since.
            if call.call_back.take().is_some() {
                tx.leave_call_back(&mut stored, call.id)?;
                tx.save_call_back(&stored)?;
            }
            return Ok(());
        }
        self.reopen(&mut stored.entry);
        tx.take_back_event(stored.entry.id, Deed::Closed, self.now)?;
        stored.entry.promised_at = tx.pending_promise(stored.entry.id)?;
        tx.save_call_back(&stored)?;
        self.log(tx, stored.entry.id, (Deed::Reopened, "nobody talked after all"))
    }

    /// An answered redial closes an entry in the name of who accepted; nobody needs to be asked any more.
    pub(super) fn close(
        &self,
        tx: &Tx<'_>,
        mut stored: StoredCallBack,
        accept: &Accept,
    ) -> Result<(), StoreError> {
        let (id, outcome) = (stored.entry.id, CloseOutcome::AnsweredOnRedial);
        // What comes out of the journal may be older than an entry that was opened without it.
        let at = self.now.max(stored.entry.opened_at);
        stored.entry.standing = Standing::Closed { by: accept.by.clone(), at, outcome };
        (stored.entry.offer, stored.entry.asleep_until) = (None, None);
        // They talked from the accept on: what was promised for the middle of the talk is kept.
        let event = CallBackEvent {
            at: accept.at.min(self.now),
            by: accept.by.to_string(),
            what: Deed::Closed,
            detail: Some(outcome.word().to_owned()),
            undone_at: None,
        };
        tx.add_call_back_event(id, &event)?;
        stored.entry.promised_at = tx.pending_promise(id)?;
        tx.save_call_back(&stored)
    }

    pub(super) fn log(
        &self,
        tx: &Tx<'_>,
        id: CallBackId,
        (what, detail): (Deed, &str),
    ) -> Result<(), StoreError> {
        follow_up::log(tx, id, (what, Some(detail.to_owned())), self.now)
    }
}

/// Whether the caller is about to choose between two times, and may give the earlier one back.
fn is_choosing(call: &CallRecord) -> bool {
    let chooses = |(_, state): &(TurnNumber, State)| matches!(state.place, Place::ChoosingTime { .. });
    call.outcome == Outcome::InProgress && call.last.as_ref().is_some_and(chooses)
}

/// A call that is still going on but was told that somebody will ring, or that our own failure cut short.
fn must_be_rung_back(call: &CallRecord) -> bool {
    let told = |course: &Course| course.promised_at.is_some() || course.asked_call_back;
    call.reports.trouble || call.course().is_some_and(told)
}
