//! A call-back: somebody rang, nobody talked with them, and one person here owes them a call.
//!
//! It always has an owner, and it never closes by age: only a person's word or an answered redial closes it.

mod attempt;
mod moves;

pub use attempt::{AttemptOutcome, CloseOutcome, Deed};
pub use moves::IllegalMove;

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::call::{AreaName, Caller, PersonName, PhoneNumber};

/// Our own small number for an entry of the list; people type it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CallBackId(pub i64);

impl fmt::Display for CallBackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One waiting person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallBack {
    /// What people type.
    pub id: CallBackId,
    /// Whom to ring.
    pub caller: Caller,
    /// The line that was rung.
    pub line: Option<PhoneNumber>,
    /// What it is about.
    pub area: Option<AreaName>,
    /// Whose it is. Never nobody's.
    pub owner: PersonName,
    /// How far it is.
    pub standing: Standing,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// By when it should be done: inside opening hours, never later than a promise.
    pub due_at: Timestamp,
    /// The earliest time that the caller was told and by which nobody has rung; past it the promise is broken.
    pub promised_at: Option<Timestamp>,
    /// A number that a caller without one typed.
    pub typed_number: Option<PhoneNumber>,
    /// Nobody wants to hear of it before; see [`CallBack::wakes_at`].
    pub asleep_until: Option<Timestamp>,
    /// Who was asked to have it.
    pub offer: Option<Offer>,
    /// How often somebody tried since the caller rang last, or talked with us.
    pub attempts: u32,
}

/// An entry is to change hands. Until `to` says yes it stays its owner's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Who was asked.
    pub to: PersonName,
    /// Who asked.
    pub by: PersonName,
    /// When the question lapses.
    pub until: Timestamp,
}

/// How far a call-back is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has said that they are on it.
    Waiting,
    /// Somebody is on it.
    Taken {
        /// Who.
        by: PersonName,
        /// Since when.
        at: Timestamp,
    },
    /// Done, with how it ended.
    Closed {
        /// In whose name.
        by: PersonName,
        /// When.
        at: Timestamp,
        /// How.
        outcome: CloseOutcome,
    },
}

impl Standing {
    /// The word in `--json`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken { .. } => "taken",
            Self::Closed { .. } => "closed",
        }
    }
}

impl CallBack {
    /// Whether the caller was told a time that has passed.
    pub fn is_broken(&self, now: Timestamp) -> bool {
        let until = match &self.standing {
            Standing::Waiting | Standing::Taken { .. } => now,
            Standing::Closed { at, .. } => *at,
        };
        self.promised_at.is_some_and(|promised| promised < until)
    }

    /// Whether there is a number to ring: that of the caller, or one that they typed.
    pub fn can_be_rung(&self) -> bool {
        self.caller.identity().is_some() || self.typed_number.is_some()
    }

    /// When it was closed.
    pub fn closed_at(&self) -> Option<Timestamp> {
        match &self.standing {
            Standing::Closed { at, .. } => Some(*at),
            Standing::Waiting | Standing::Taken { .. } => None,
        }
    }

    /// When a sleeping entry wakes; `None` while it is awake. A promise wakes it in time: it never sleeps past one.
    pub fn wakes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.asleep_until?;
        let wakes = self.promised_at.map_or(until, |promised| promised.min(until));
        (wakes > now && self.closed_at().is_none()).then_some(wakes)
    }

    /// The offer, as long as it can be answered.
    pub fn offer_at(&self, now: Timestamp) -> Option<&Offer> {
        self.offer.as_ref().filter(|offer| offer.until > now && self.closed_at().is_none())
    }

    /// Whether it should have been done by `now`.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        !matches!(self.standing, Standing::Closed { .. }) && self.due_at < now
    }

    /// Whether it is late and nothing worse: overdue, but neither broken nor asleep.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.is_overdue(now) && !self.is_broken(now) && self.wakes_at(now).is_none()
    }
}
