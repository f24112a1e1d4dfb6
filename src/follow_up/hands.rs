//! The baton: who is asked to have an entry, and what they say.

use jiff::{SignedDuration, Timestamp};

use crate::call::PersonName;
use crate::call_back::{CallBack, CallBackId, Deed, IllegalMove, Offer};
use crate::store::{StoreError, StoredCallBack, Tx};

use super::{Came, Done, FollowUp, Move, Refusal, log};

/// How much open time somebody has for saying yes: long enough to come down from a roof, short enough that a caller who
/// was promised an hour does not wait for two people.
pub const OFFER_LASTS: SignedDuration = SignedDuration::from_mins(30);

/// Where a promise is due sooner, or broken already, they have this much open time all the same.
const OFFER_LASTS_AT_LEAST: SignedDuration = SignedDuration::from_mins(5);

impl FollowUp<'_> {
    /// Asks somebody to have it; whoever stands in for them while they are not there. `by` owns it at once.
    pub fn offer(&self, tx: &mut Tx<'_>, id: CallBackId, to: &PersonName) -> Result<Done, Refusal> {
        let wanted = self.business.person(to).ok_or_else(|| Refusal::Nobody(to.clone()))?;
        self.change(tx, id, |tx, stored, _| {
            let entry = &mut stored.entry;
            entry.holder()?;
            if entry.owner == *to {
                return Err(IllegalMove::OwnedBy { id, owner: to.clone() }.into());
            }
            if *to == *self.by {
                return self.own(entry, None);
            }
            let absences = tx.absences(self.now)?;
            let there = self.business.in_place_of(wanted, self.now, &absences);
            let asked = there.unwrap_or(wanted);
            let instead_of = (asked.name != *to).then(|| to.clone());
            if asked.name == entry.owner {
                return Err(Refusal::OwnerStandsIn { id, to: to.clone(), owner: entry.owner.clone() });
            }
            if asked.name == *self.by {
                return self.own(entry, instead_of);
            }
            let back_at = match there {
                Some(_) => None,
                None => self.business.there_at(asked, self.now, &absences),
            };
            let from = back_at.unwrap_or(self.now);
            let lasts = self.business.after_open_time(OFFER_LASTS, from, &absences);
            // Whoever was promised a call waits for one person, and not for two to agree.
            let at_least = self.business.after_open_time(OFFER_LASTS_AT_LEAST, self.now, &absences);
            let until = tx.pending_promise(id)?.map_or(lasts, |promised| lasts.min(promised.max(at_least)));
            let offer = Offer { to: asked.name.clone(), by: self.by.clone(), until };
            entry.offer(offer.clone())?;
            let to = &offer.to;
            let detail = match &instead_of {
                Some(away) => format!("to {to}, who stands in for {away}"),
                None => format!("to {to}"),
            };
            Ok((Some((Deed::Offered, Some(detail))), Came::Offered { offer, instead_of, back_at }))
        })
    }

    /// `by`, who is asked, says yes and owns it from here on.
    pub fn accept(&self, tx: &mut Tx<'_>, id: CallBackId) -> Result<Done, Refusal> {
        self.change(tx, id, |_, stored, _| {
            let holder = stored.entry.holder()?.map(|(holder, _)| holder).filter(|holder| holder != self.by);
            let from = stored.entry.accept(self.by, self.now)?;
            Ok((Some((Deed::Accepted, Some(format!("from {from}")))), Came::Accepted { from, holder }))
        })
    }

    /// `by`, who is asked, says no; it stays its owner's.
    pub fn decline(&self, tx: &mut Tx<'_>, id: CallBackId) -> Result<Done, Refusal> {
        self.change(tx, id, |_, stored, _| {
            stored.entry.decline(self.by, self.now)?;
            Ok((Some((Deed::Declined, None)), Came::Declined))
        })
    }

    fn own(&self, entry: &mut CallBack, instead_of: Option<PersonName>) -> Result<Move, Refusal> {
        let from = entry.own(self.by.clone())?;
        let detail = format!("from {from} to {}", self.by);
        Ok((Some((Deed::HandedOver, Some(detail))), Came::Owned { from, instead_of }))
    }
}

/// Ends the offers that nobody answered in time; gives how many.
pub fn lapse_offers(tx: &Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let mut lapsed = 0;
    for mut stored in tx.lapsed_offers(now)? {
        lapsed += usize::from(lapse(tx, &mut stored, now)?);
    }
    Ok(lapsed)
}

/// Ends the offer of one entry if nobody answered it in time; the entry stays its owner's.
pub(super) fn lapse(tx: &Tx<'_>, stored: &mut StoredCallBack, now: Timestamp) -> Result<bool, StoreError> {
    let Some(offer) = stored.entry.lapse(now) else { return Ok(false) };
    let detail = format!("{} was asked; it stays {}'s", offer.to, stored.entry.owner);
    log(tx, stored.entry.id, (Deed::Lapsed, Some(detail)), now)?;
    tx.save_call_back(stored)?;
    Ok(true)
}
