//! How an entry stood before a deed: what people can change of it, and nothing that calls bring.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::business::Business;
use crate::call::{Accept, PersonName};
use crate::call_back::{CloseOutcome, Offer, Standing};
use crate::store::{StoreError, StoredCallBack};

/// Stands in the history beside the deed, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Before {
    owner: PersonName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken: Option<(PersonName, Timestamp)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed: Option<(PersonName, Timestamp, String)>,
    due_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asleep_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offer: Option<(PersonName, PersonName, Timestamp)>,
    attempts: u32,
    /// How many calls had joined it.
    calls: u32,
    /// Who had talked with the caller last, where the deed was to remember another talk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    talked: Option<(PersonName, Timestamp)>,
    /// Whether the deed put the caller on the block list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) blocked: bool,
}

impl Before {
    pub(super) fn of(stored: &StoredCallBack) -> Self {
        let entry = &stored.entry;
        let (taken, closed) = match &entry.standing {
            Standing::Waiting => (None, None),
            Standing::Taken { by, at } => (Some((by.clone(), *at)), None),
            Standing::Closed { by, at, outcome } => {
                (None, Some((by.clone(), *at, outcome.word().to_owned())))
            }
        };
        Self {
            owner: entry.owner.clone(),
            taken,
            closed,
            due_at: entry.due_at,
            asleep_until: entry.asleep_until,
            offer: entry.offer.as_ref().map(|offer| (offer.to.clone(), offer.by.clone(), offer.until)),
            attempts: entry.attempts,
            calls: stored.calls,
            talked: None,
            blocked: false,
        }
    }

    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        serde_json::from_str(text).map_err(|_| StoreError::unreadable("how an entry stood", text))
    }

    pub(super) fn write(&self) -> String {
        // Names, times and numbers only: there is nothing in it that JSON could not say.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn remember_talk(&mut self, before: Option<&Accept>) {
        self.talked = before.map(|talk| (talk.by.clone(), talk.at));
    }

    pub(super) fn talk(&self) -> Option<Accept> {
        self.talked.as_ref().map(|(by, at)| Accept { by: by.clone(), at: *at })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Whether calls joined the entry since.
    pub(super) fn rang_since(&self, stored: &StoredCallBack) -> bool {
        stored.calls > self.calls
    }

    /// Puts the entry back to where it stood, as far as the people of then are still here. Whoever rang since is awake,
    /// was not tried since, and is due when they are due.
    pub(super) fn restore(self, stored: &mut StoredCallBack, business: &Business) -> Result<(), StoreError> {
        let rang_since = self.rang_since(stored);
        let is_here = |name: &PersonName| business.person(name).is_some();
        let entry = &mut stored.entry;
        entry.owner = if is_here(&self.owner) { self.owner } else { business.owner.clone() };
        entry.standing = match (self.closed, self.taken.filter(|(by, _)| is_here(by))) {
            (Some((by, at, word)), _) => {
                let outcome = CloseOutcome::from_word(&word)
                    .ok_or_else(|| StoreError::unreadable("an outcome", word))?;
                Standing::Closed { by, at, outcome }
            }
            (None, Some((by, at))) => Standing::Taken { by, at },
            (None, None) => Standing::Waiting,
        };
        let offer = self.offer.filter(|(to, by, _)| is_here(to) && is_here(by));
        entry.offer = offer.map(|(to, by, until)| Offer { to, by, until });
        if rang_since {
            (entry.due_at, entry.asleep_until) = (entry.due_at.min(self.due_at), None);
            return Ok(());
        }
        (entry.due_at, entry.asleep_until, entry.attempts) = (self.due_at, self.asleep_until, self.attempts);
        Ok(())
    }
}
