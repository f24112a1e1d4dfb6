//! Taking the last deed back, as long as nobody builds on it.

use jiff::SignedDuration;

use crate::call::{Accept, Caller};
use crate::call_back::{CallBackId, CloseOutcome, Deed};
use crate::store::{StoreError, StoredCallBack, StoredDeed, Tx};

use super::hands::lapse;
use super::{Before, Came, Done, FollowUp, Refusal};

/// How long a deed can be taken back: a slip is noticed at once, and later others rely on what the list says.
pub const UNDO_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// What the history says where a note was taken back with its deed.
const WITH_NOTE: &str = ", with its note";

impl FollowUp<'_> {
    /// Takes back what `by` did last, to that entry or to any. What calls brought since stays.
    pub fn undo(&self, tx: &mut Tx<'_>, id: Option<CallBackId>) -> Result<Done, Refusal> {
        if let Some(id) = id {
            tx.call_back(id)?.ok_or(Refusal::Unknown(id))?;
        }
        let last = tx.last_deed_by(self.by, id)?.ok_or(Refusal::NothingToUndo)?;
        // An offer that ran out meanwhile is a deed since, whether the server has seen to it yet or not.
        let mut stored = tx.call_back(last.id)?.ok_or(Refusal::Unknown(last.id))?;
        lapse(tx, &mut stored, self.now)?;
        let deeds = self.still_last(tx, last)?;
        let with_note = deeds.len() > 1 && deeds.iter().any(|deed| deed.event.what == Deed::Note);
        let is_main = |deed: &&StoredDeed| !with_note || deed.event.what != Deed::Note;
        let first = deeds.iter().rev().find(is_main).ok_or(Refusal::NothingToUndo)?;
        let (id, what, detail) = (first.id, first.event.what, first.event.detail.clone());
        let before = before(first)?;
        let rang_since = before.rang_since(&stored);
        let (was_closed, is_closed) = (before.is_closed(), stored.entry.closed_at().is_some());
        if is_closed && !was_closed {
            Self::waits_nowhere_else(tx, &stored)?;
        }
        if was_closed && !is_closed && rang_since {
            return Err(Refusal::RangSince(id));
        }
        for deed in &deeds {
            self.take_back(tx, &stored, deed)?;
            tx.undo_deed(deed, self.now)?;
        }
        // A note changed nothing, and a call since may have.
        if what != Deed::Note {
            before.restore(&mut stored, (what, self.business))?;
            let ahead = tx.pending_promise(id)?.filter(|promised| *promised > self.now);
            stored.entry.due_at = ahead.map_or(stored.entry.due_at, |ahead| ahead.min(stored.entry.due_at));
        }
        let mut told = match &detail {
            Some(detail) if what != Deed::Note => format!("{what}, {detail}"),
            Some(_) | None => what.to_string(),
        };
        if with_note {
            told.push_str(WITH_NOTE);
        }
        tx.add_call_back_event(id, &self.event(Deed::Undone, Some(told)))?;
        lapse(tx, &mut stored, self.now)?;
        self.save(tx, stored, Came::Undone { what, detail, with_note, rang_since })
    }

    /// The deed, and where it only completes the one before, that too; the last one first. Refused where it is not the
    /// last that was done to its entry.
    fn still_last(&self, tx: &Tx<'_>, last: StoredDeed) -> Result<Vec<StoredDeed>, Refusal> {
        let id = last.id;
        if last.event.what == Deed::Undone {
            return Err(Refusal::UndoneAlready { id, at: last.event.at });
        }
        if last.event.at.duration_until(self.now) > UNDO_WITHIN {
            return Err(Refusal::TooOld { id, at: last.event.at });
        }
        let mut deeds = tx.last_deeds_to(id)?.into_iter();
        let newest = deeds.next().ok_or(Refusal::NothingToUndo)?;
        if newest.number != last.number {
            let (by, what, at) = (newest.event.by, newest.event.what, newest.event.at);
            return Err(Refusal::DoneSince { id, by, what, at });
        }
        if last.before.is_none() {
            return Err(Refusal::NotByHand(id));
        }
        // Closing as spam and blocking is one thing to whoever did it.
        let completes = |deed: &StoredDeed| {
            last.event.what == Deed::Blocked
                && deed.event.what == Deed::Closed
                && deed.event.detail.as_deref() == Some(CloseOutcome::Spam.word())
                && deed.event.at.duration_until(self.now) <= UNDO_WITHIN
                && deed.event.by == last.event.by
                && deed.event.undone_at.is_none()
                && deed.before.is_some()
        };
        let mut deeds = deeds.peekable();
        let completed = deeds.next_if(completes);
        let mut taken_back: Vec<_> = std::iter::once(last).chain(completed).collect();
        taken_back.extend(deeds.next_if(|deed| taken_back.last().is_some_and(|last| came_with(deed, last))));
        Ok(taken_back)
    }

    /// What a deed did beside the entry.
    fn take_back(&self, tx: &Tx<'_>, stored: &StoredCallBack, deed: &StoredDeed) -> Result<(), Refusal> {
        let event = &deed.event;
        match event.what {
            Deed::Agreed => tx.take_back_agreement(deed.id, event.at)?,
            Deed::Closed if event.detail.as_deref() == Some(CloseOutcome::Reached.word()) => {
                let talk = Accept { by: self.by.clone(), at: event.at };
                tx.talked_before(&stored.entry.caller, &talk, before(deed)?.talk().as_ref())?;
            }
            Deed::Blocked => {
                if let Caller::Number(number) = &stored.entry.caller {
                    tx.unblock(number)?;
                }
            }
            Deed::Taken
            | Deed::Released
            | Deed::Offered
            | Deed::Accepted
            | Deed::Declined
            | Deed::Lapsed
            | Deed::HandedOver
            | Deed::Tried
            | Deed::Snoozed
            | Deed::Note
            | Deed::Closed
            | Deed::Reopened
            | Deed::Undone => {}
        }
        Ok(())
    }
}

/// Whether it is the note that was given with the deed: one command is one deed.
fn came_with(note: &StoredDeed, deed: &StoredDeed) -> bool {
    let takes_a_note = matches!(deed.event.what, Deed::Closed | Deed::Offered | Deed::HandedOver);
    takes_a_note
        && note.event.what == Deed::Note
        && (note.event.at, &note.event.by) == (deed.event.at, &deed.event.by)
        && note.event.undone_at.is_none()
}

fn before(deed: &StoredDeed) -> Result<Before, StoreError> {
    let text = deed.before.as_deref().ok_or_else(|| StoreError::unreadable("a deed", "without a before"))?;
    Before::read(text)
}
