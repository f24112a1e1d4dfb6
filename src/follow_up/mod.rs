//! What people do about waiting callers: taking, handing over, trying, putting off, closing, and taking back.
//!
//! Each deed is one method inside a transaction of the caller's: it checks the move, writes entry and history
//! together, and says what came of it. Nothing here asks, shows or waits.

mod before;
mod ends;
mod hands;
mod puts_off;
mod refusal;
mod undo;

pub use hands::{OFFER_LASTS, lapse_offers};
pub use refusal::Refusal;
pub use undo::UNDO_WITHIN;

use jiff::Timestamp;

use crate::business::Business;
use crate::call::PersonName;
use crate::call_back::{AttemptOutcome, CallBack, CallBackId, CloseOutcome, Deed, Offer};
use crate::store::{CallBackEvent, StoreError, StoredCallBack, Tx};

use before::Before;

/// Who did what the program did.
const OURSELVES: &str = "ringback";

/// More is a letter.
pub const LONGEST_NOTE: usize = 2_000;

/// Somebody at the desk.
#[derive(Copy, Clone, Debug)]
pub struct FollowUp<'a> {
    /// The business as its settings are.
    pub business: &'a Business,
    /// Who does something; one of its people.
    pub by: &'a PersonName,
    /// When.
    pub now: Timestamp,
}

/// What came of a deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The entry as it is then.
    pub entry: CallBack,
    /// What changed.
    pub came: Came,
}

/// What changed by a deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// They are on it; `from` had it before.
    Taken {
        /// Whose it was, where that was somebody else.
        from: Option<PersonName>,
    },
    /// They were on it already.
    TakenAlready,
    /// Whoever was on it is not any more.
    Released {
        /// Who was on it.
        holder: PersonName,
    },
    /// They own it, and are not on it yet.
    Owned {
        /// Whose it was.
        from: PersonName,
        /// Who was to have it, where they stand in for somebody.
        instead_of: Option<PersonName>,
    },
    /// Somebody is asked to have it.
    Offered {
        /// The question.
        offer: Offer,
        /// Who was to have it, where another stands in.
        instead_of: Option<PersonName>,
        /// When whoever is asked is there again, where they are not.
        back_at: Option<Timestamp>,
    },
    /// They said yes.
    Accepted {
        /// Whose it was.
        from: PersonName,
        /// Who was on it, where that was somebody else.
        holder: Option<PersonName>,
    },
    /// They said no.
    Declined,
    /// They rang in vain.
    Tried {
        /// How it went.
        outcome: AttemptOutcome,
        /// Who else is on it.
        holder: Option<PersonName>,
    },
    /// It sleeps.
    Snoozed,
    /// The caller agreed to another time.
    Agreed,
    /// Something was written down.
    Noted,
    /// It is over.
    Closed {
        /// How it ended.
        outcome: CloseOutcome,
        /// Who else was on it.
        holder: Option<PersonName>,
    },
    /// The caller is on the block list.
    Blocked {
        /// Whether they were not before.
        is_news: bool,
    },
    /// It is open again.
    Reopened,
    /// The last deed was taken back.
    Undone {
        /// What it was.
        what: Deed,
        /// More about it.
        detail: Option<String>,
        /// Whether a note that came with it was taken back too.
        with_note: bool,
        /// Whether the caller rang since.
        rang_since: bool,
    },
}

/// A deed for the history, with more about it.
type Told = (Deed, Option<String>);

/// What a move made of an entry: for the history, where there is something to tell, and for whoever did it.
type Move = (Option<Told>, Came);

impl FollowUp<'_> {
    /// `by` is on it, and owns it from here on.
    pub fn take(&self, tx: &mut Tx<'_>, id: CallBackId) -> Result<Done, Refusal> {
        self.change(tx, id, |_, stored, _| {
            let entry = &mut stored.entry;
            let before = entry.clone();
            entry.take(self.by.clone(), self.now)?;
            if *entry == before {
                return Ok((None, Came::TakenAlready));
            }
            let from = (before.owner != *self.by).then_some(before.owner.clone());
            let is_asked = before.offer_at(self.now).is_some_and(|offer| offer.to == *self.by);
            let told = match &from {
                Some(from) if is_asked => (Deed::Accepted, Some(format!("from {from}, and is on it"))),
                Some(from) => (Deed::Taken, Some(format!("from {from}"))),
                None => (Deed::Taken, None),
            };
            Ok((Some(told), Came::Taken { from }))
        })
    }

    /// Whoever is on it is not any more; it stays its owner's.
    pub fn release(&self, tx: &mut Tx<'_>, id: CallBackId) -> Result<Done, Refusal> {
        self.change(tx, id, |_, stored, _| {
            let holder = stored.entry.release()?;
            let detail = (holder != *self.by).then(|| format!("from {holder}"));
            Ok((Some((Deed::Released, detail)), Came::Released { holder }))
        })
    }

    /// Writes something down for whoever rings back.
    pub fn note(&self, tx: &mut Tx<'_>, id: CallBackId, text: &str) -> Result<Done, Refusal> {
        let text = note_text(text)?;
        self.change(tx, id, |_, _, _| Ok((Some((Deed::Note, Some(text.to_owned()))), Came::Noted)))
    }

    /// Finds the entry, ends an offer that nobody answered in time, lets the entry be changed, and writes it with its
    /// history. A refusal leaves the entry as it was.
    fn change(
        &self,
        tx: &mut Tx<'_>,
        id: CallBackId,
        change: impl FnOnce(&mut Tx<'_>, &mut StoredCallBack, &mut Before) -> Result<Move, Refusal>,
    ) -> Result<Done, Refusal> {
        let mut stored = tx.call_back(id)?.ok_or(Refusal::Unknown(id))?;
        hands::lapse(tx, &mut stored, self.now)?;
        let mut before = Before::of(&stored);
        let (told, came) = change(tx, &mut stored, &mut before)?;
        if let Some((what, detail)) = told {
            tx.add_deed(id, &self.event(what, detail), &before.write())?;
        }
        self.save(tx, stored, came)
    }

    fn save(&self, tx: &Tx<'_>, mut stored: StoredCallBack, came: Came) -> Result<Done, Refusal> {
        stored.seen = true;
        stored.entry.promised_at = tx.pending_promise(stored.entry.id)?;
        tx.save_call_back(&stored)?;
        Ok(Done { entry: stored.entry, came })
    }

    fn event(&self, what: Deed, detail: Option<String>) -> CallBackEvent {
        CallBackEvent { at: self.now, by: self.by.to_string(), what, detail, undone_at: None }
    }

    /// A time for the history, which is read long afterwards: `2026-11-23 09:00`.
    fn dated(&self, at: Timestamp) -> String {
        self.business.time_zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
    }
}

/// Writes into an entry's history what the program did by itself.
pub fn log(tx: &Tx<'_>, id: CallBackId, (what, detail): Told, now: Timestamp) -> Result<(), StoreError> {
    let event = CallBackEvent { at: now, by: OURSELVES.to_owned(), what, detail, undone_at: None };
    tx.add_call_back_event(id, &event)
}

fn note_text(text: &str) -> Result<&str, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_NOTE {
        return Err(Refusal::NoteLength { most: LONGEST_NOTE });
    }
    Ok(text)
}
