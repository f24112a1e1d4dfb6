//! Later: an attempt in vain, a sleep, another time that the caller agreed to.

use jiff::Timestamp;

use crate::call_back::{AttemptOutcome, CallBackId, Deed};
use crate::store::Tx;

use super::{Came, Done, FollowUp, Refusal};

impl FollowUp<'_> {
    /// `by` rang and did not reach the caller: the next try is due after a while, in opening hours; `now` where the
    /// waits are used up. Whoever is on it stays on it.
    pub fn tried(&self, tx: &mut Tx<'_>, id: CallBackId, outcome: AttemptOutcome) -> Result<Done, Refusal> {
        self.change(tx, id, |tx, stored, _| {
            let entry = &mut stored.entry;
            let holder = entry.holder()?.map(|(holder, _)| holder).filter(|holder| holder != self.by);
            if !entry.can_be_rung() {
                return Err(Refusal::NobodyToRing(id));
            }
            entry.due_at = match entry.tried(outcome)? {
                Some(wait) => {
                    let again = self.now.saturating_add(wait).unwrap_or(self.now);
                    self.business.opens_at(again, &tx.absences(self.now)?).unwrap_or(again)
                }
                None => self.now,
            };
            Ok((Some((Deed::Tried, Some(outcome.word().to_owned()))), Came::Tried { outcome, holder }))
        })
    }

    /// Lets it sleep, which never passes a promise in silence: with `agreed` the caller agreed to the later time, and
    /// that is what they are promised from then on.
    pub fn snooze(
        &self,
        tx: &mut Tx<'_>,
        id: CallBackId,
        (until, agreed): (Timestamp, bool),
    ) -> Result<Done, Refusal> {
        self.change(tx, id, |tx, stored, _| {
            stored.entry.promised_at = tx.pending_promise(id)?;
            let detail = Some(format!("until {}", self.dated(until)));
            if !agreed {
                stored.entry.sleep(self.by, (until, self.now))?;
                return Ok((Some((Deed::Snoozed, detail)), Came::Snoozed));
            }
            stored.entry.agree(self.by, (until, self.now))?;
            tx.note_agreement(id, self.now, until)?;
            Ok((Some((Deed::Agreed, detail)), Came::Agreed))
        })
    }
}
