//! How an entry ends, and how it begins again.

use crate::business::MOST_COUNTED;
use crate::call::{Accept, Caller};
use crate::call_back::{CallBackId, CloseOutcome, Deed, IllegalMove};
use crate::store::{StoredCallBack, Tx};

use super::{Came, Done, FollowUp, Refusal, note_text};

impl FollowUp<'_> {
    /// Closes it with how it ended. A broken promise closes with a note only, which is of the same deed.
    pub fn close(
        &self,
        tx: &mut Tx<'_>,
        id: CallBackId,
        (outcome, note): (CloseOutcome, Option<&str>),
    ) -> Result<Done, Refusal> {
        let note = note.map(note_text).transpose()?;
        self.change(tx, id, |tx, stored, before| {
            let entry = &mut stored.entry;
            entry.promised_at = tx.pending_promise(id)?;
            let holder = entry.holder()?.map(|(holder, _)| holder).filter(|holder| holder != self.by);
            entry.may_close(outcome, (note.is_some(), self.now))?;
            entry.close(self.by.clone(), self.now, outcome)?;
            if let Some(text) = note {
                tx.add_deed(id, &self.event(Deed::Note, Some(text.to_owned())), &before.write())?;
            }
            if outcome == CloseOutcome::Reached {
                // Whoever was talked with is a returning caller from now on, as if they had been put through.
                let known = tx.caller_line(&entry.caller)?;
                before.remember_talk(known.and_then(|line| line.answered).as_ref());
                tx.remember_answered(&entry.caller, &Accept { by: self.by.clone(), at: self.now })?;
            }
            Ok((Some((Deed::Closed, Some(outcome.word().to_owned()))), Came::Closed { outcome, holder }))
        })
    }

    /// Puts the caller of an entry on the block list.
    pub fn block(&self, tx: &mut Tx<'_>, id: CallBackId) -> Result<Done, Refusal> {
        self.change(tx, id, |tx, stored, before| {
            let Caller::Number(number) = &stored.entry.caller else { return Err(Refusal::NoNumber(id)) };
            if self.business.is_ours(number) {
                return Err(Refusal::OurNumber(id));
            }
            before.blocked = tx.block(number, self.by, self.now)?;
            let told = before.blocked.then_some((Deed::Blocked, None));
            Ok((told, Came::Blocked { is_news: before.blocked }))
        })
    }

    /// Opens it again for the same owner, or for the business's where that person is gone.
    pub fn reopen(&self, tx: &mut Tx<'_>, id: CallBackId, why: Option<&str>) -> Result<Done, Refusal> {
        let why = why.map(note_text).transpose()?;
        self.change(tx, id, |tx, stored, before| {
            if stored.entry.closed_at().is_none() {
                return Err(IllegalMove::Open(id).into());
            }
            Self::waits_nowhere_else(tx, stored)?;
            let entry = &mut stored.entry;
            entry.reopen();
            if self.business.person(&entry.owner).is_none() {
                entry.owner = self.business.owner.clone();
            }
            let waiting = tx.open_call_backs_up_to(MOST_COUNTED)?;
            entry.due_at = self.business.due_at(self.now, &tx.absences(self.now)?, waiting);
            (entry.attempts, entry.asleep_until) = (0, None);
            // Before the promises are looked at: what only the close had met waits again.
            let event = self.event(Deed::Reopened, why.map(str::to_owned));
            tx.add_deed(id, &event, &before.write())?;
            let pending = tx.pending_promise(id)?;
            entry.due_at = pending.map_or(entry.due_at, |promised| promised.min(entry.due_at));
            Ok((None, Came::Reopened))
        })
    }

    /// Two open entries of one caller on one line are none, and nobody waits on one that has no call.
    pub(super) fn waits_nowhere_else(tx: &Tx<'_>, stored: &StoredCallBack) -> Result<(), Refusal> {
        let entry = &stored.entry;
        if stored.calls == 0 {
            return Err(Refusal::Emptied(entry.id));
        }
        let open = tx.open_call_back_of(&entry.caller, entry.line.as_ref())?;
        match open.map(|open| open.entry.id).filter(|other| *other != entry.id) {
            Some(other) => Err(Refusal::WaitsElsewhere { id: entry.id, other }),
            None => Ok(()),
        }
    }
}
