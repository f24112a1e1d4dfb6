//! What can be done to an entry, and why not: one owner always, at most one person on it, no promise passed in silence.

use jiff::{SignedDuration, Timestamp};

use crate::call::PersonName;

use super::{AttemptOutcome, CallBack, CallBackId, CloseOutcome, Offer, Standing};

/// After this many attempts nobody tries again by habit: the entry is flagged, and a person decides.
const MOST_ATTEMPTS: u32 = 5;

/// What sleeps longer is forgotten.
const LONGEST_SLEEP: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Why a move is not possible; told to the person who tried it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalMove {
    /// Somebody else was faster.
    #[error("{by} took call-back {id} already")]
    TakenBy {
        /// The entry.
        id: CallBackId,
        /// Who has it.
        by: PersonName,
        /// Since when.
        at: Timestamp,
    },
    /// It is over.
    #[error("call-back {id} was closed by {by}: {outcome}")]
    ClosedBy {
        /// The entry.
        id: CallBackId,
        /// Who closed it.
        by: PersonName,
        /// When.
        at: Timestamp,
        /// How it ended.
        outcome: CloseOutcome,
    },
    /// It cannot be opened again.
    #[error("call-back {0} is open")]
    Open(CallBackId),
    /// There is no hold to give up.
    #[error("nobody is on call-back {0}")]
    Free(CallBackId),
    /// It cannot go where it is.
    #[error("call-back {id} is {owner}'s already")]
    OwnedBy {
        /// The entry.
        id: CallBackId,
        /// Whose it is.
        owner: PersonName,
    },
    /// There is no question to answer.
    #[error("nobody is asked to have call-back {0}")]
    NotOffered(CallBackId),
    /// The question is for somebody else.
    #[error("{to} is asked to have call-back {id}")]
    OfferedTo {
        /// The entry.
        id: CallBackId,
        /// Who is asked.
        to: PersonName,
        /// Until when.
        until: Timestamp,
    },
    /// It would wake before it sleeps.
    #[error("call-back {0} sleeps until a time to come")]
    WakesInThePast(CallBackId),
    /// It would be forgotten.
    #[error("call-back {0} sleeps for a year at most")]
    SleepsTooLong(CallBackId),
    /// The caller counts on a call before.
    #[error("call-back {id} cannot sleep past its promise")]
    Promised {
        /// The entry.
        id: CallBackId,
        /// What the caller was told.
        promised_at: Timestamp,
    },
    /// The caller waited in vain, and nobody has said how that was put right.
    #[error("call-back {id} broke its promise; it closes with a note only")]
    NeedsNote {
        /// The entry.
        id: CallBackId,
        /// What the caller was told.
        promised_at: Timestamp,
    },
    /// Only a telephone knows that.
    #[error("`answered-on-redial` is not for people to say")]
    OnlyByTelephone,
}

impl AttemptOutcome {
    /// How long to wait before the next attempt when this one, the `nth` since the caller rang last, came to that;
    /// `None` where the waits are used up. Busy lines get free soon; who heard our message may ring by themselves.
    pub fn wait(self, nth: u32) -> Option<SignedDuration> {
        let minutes = match self {
            Self::Busy => [5, 15, 60, 4 * 60],
            Self::NoAnswer => [15, 60, 4 * 60, 24 * 60],
            Self::LeftMessage => [24 * 60, 24 * 60, 48 * 60, 48 * 60],
        };
        let index = usize::try_from(nth.max(1) - 1).unwrap_or(usize::MAX);
        minutes.get(index).copied().map(SignedDuration::from_mins)
    }
}

impl CallBack {
    /// Whether all waits between attempts are used up.
    pub fn is_used_up(&self) -> bool {
        self.attempts >= MOST_ATTEMPTS
    }

    /// Who is on it, and since when; an error when it is closed, because then nothing can be done to it.
    pub fn holder(&self) -> Result<Option<(PersonName, Timestamp)>, IllegalMove> {
        match &self.standing {
            Standing::Waiting => Ok(None),
            Standing::Taken { by, at } => Ok(Some((by.clone(), *at))),
            Standing::Closed { by, at, outcome } => {
                Err(IllegalMove::ClosedBy { id: self.id, by: by.clone(), at: *at, outcome: *outcome })
            }
        }
    }

    /// `by` says "I'm on it" and owns it from here on; whoever was asked to have it is not any more, and it is awake.
    /// Whoever is asked and takes it has said yes, whoever is on it. Taking it twice is no mistake.
    pub fn take(&mut self, by: PersonName, at: Timestamp) -> Result<(), IllegalMove> {
        let is_asked = self.offer_at(at).is_some_and(|offer| offer.to == by);
        match self.holder()? {
            Some((holder, _)) if holder == by => {
                self.offer = None;
                return Ok(());
            }
            Some((holder, since)) if !is_asked => {
                return Err(IllegalMove::TakenBy { id: self.id, by: holder, at: since });
            }
            Some(_) | None => {}
        }
        self.owner = by.clone();
        self.standing = Standing::Taken { by, at };
        (self.offer, self.asleep_until) = (None, None);
        Ok(())
    }

    /// Whoever is on it is not any more; it stays its owner's. Gives who it was.
    pub fn release(&mut self) -> Result<PersonName, IllegalMove> {
        let (holder, _) = self.holder()?.ok_or(IllegalMove::Free(self.id))?;
        self.standing = Standing::Waiting;
        Ok(holder)
    }

    /// Somebody is asked to have it; whoever was asked before is not any more. Until they say yes nothing else changes.
    pub fn offer(&mut self, offer: Offer) -> Result<(), IllegalMove> {
        self.holder()?;
        self.goes_elsewhere(&offer.to)?;
        self.offer = Some(offer);
        Ok(())
    }

    /// `by` makes it their own without being on it; nobody else may be. Gives whose it was.
    pub fn own(&mut self, by: PersonName) -> Result<PersonName, IllegalMove> {
        self.not_held_by_another(&by)?;
        self.goes_elsewhere(&by)?;
        self.offer = None;
        Ok(std::mem::replace(&mut self.owner, by))
    }

    /// Whoever is asked says yes and owns it; who was on it is not any more. Gives whose it was.
    pub fn accept(&mut self, by: &PersonName, now: Timestamp) -> Result<PersonName, IllegalMove> {
        self.holder()?;
        self.is_asked(by, now)?;
        (self.offer, self.standing) = (None, Standing::Waiting);
        Ok(std::mem::replace(&mut self.owner, by.clone()))
    }

    /// Whoever is asked says no; it stays its owner's.
    pub fn decline(&mut self, by: &PersonName, now: Timestamp) -> Result<(), IllegalMove> {
        self.holder()?;
        self.is_asked(by, now)?;
        self.offer = None;
        Ok(())
    }

    /// Gives the question that nobody answered in time, which ends.
    pub fn lapse(&mut self, now: Timestamp) -> Option<Offer> {
        self.offer.take_if(|offer| offer.until <= now)
    }

    /// Somebody rang in vain. Gives how long to wait until the next attempt; `None` where the waits are used up.
    /// Whoever is on it stays on it.
    pub fn tried(&mut self, outcome: AttemptOutcome) -> Result<Option<SignedDuration>, IllegalMove> {
        self.holder()?;
        self.attempts += 1;
        self.asleep_until = None;
        Ok(outcome.wait(self.attempts))
    }

    /// `by` lets it sleep until then, but not past a promise, whether that is still open or broken.
    pub fn sleep(
        &mut self,
        by: &PersonName,
        (until, now): (Timestamp, Timestamp),
    ) -> Result<(), IllegalMove> {
        self.may_sleep(by, (until, now))?;
        if let Some(promised_at) = self.promised_at.filter(|promised| *promised < until) {
            return Err(IllegalMove::Promised { id: self.id, promised_at });
        }
        self.lie_down(until);
        Ok(())
    }

    /// The caller said to `by` that this time is fine. Whether an earlier promise was kept is another matter.
    pub fn agree(
        &mut self,
        by: &PersonName,
        (until, now): (Timestamp, Timestamp),
    ) -> Result<(), IllegalMove> {
        self.may_sleep(by, (until, now))?;
        self.lie_down(until);
        self.attempts = 0;
        Ok(())
    }

    /// Somebody wants to hear of it.
    pub fn wake(&mut self) {
        self.asleep_until = None;
    }

    /// Whether a person may close it like that, having written the last note at `noted_at`.
    pub fn may_close(
        &self,
        outcome: CloseOutcome,
        (noted_at, now): (Option<Timestamp>, Timestamp),
    ) -> Result<(), IllegalMove> {
        self.holder()?;
        if outcome == CloseOutcome::AnsweredOnRedial {
            return Err(IllegalMove::OnlyByTelephone);
        }
        match self.promised_at.filter(|_| self.is_broken(now)) {
            Some(promised_at) if noted_at.is_none_or(|noted| noted <= promised_at) => {
                Err(IllegalMove::NeedsNote { id: self.id, promised_at })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Closes it with how it ended, in the name of `by`.
    pub fn close(&mut self, by: PersonName, at: Timestamp, outcome: CloseOutcome) -> Result<(), IllegalMove> {
        self.holder()?;
        self.standing = Standing::Closed { by, at, outcome };
        (self.offer, self.asleep_until) = (None, None);
        Ok(())
    }

    /// It is open again, for the same owner.
    pub fn reopen(&mut self) {
        self.standing = Standing::Waiting;
    }

    fn not_held_by_another(&self, by: &PersonName) -> Result<(), IllegalMove> {
        match self.holder()?.filter(|(holder, _)| holder != by) {
            Some((by, at)) => Err(IllegalMove::TakenBy { id: self.id, by, at }),
            None => Ok(()),
        }
    }

    fn goes_elsewhere(&self, to: &PersonName) -> Result<(), IllegalMove> {
        if self.owner == *to {
            return Err(IllegalMove::OwnedBy { id: self.id, owner: to.clone() });
        }
        Ok(())
    }

    fn is_asked(&self, by: &PersonName, now: Timestamp) -> Result<(), IllegalMove> {
        let offer = self.offer_at(now).ok_or(IllegalMove::NotOffered(self.id))?;
        if offer.to != *by {
            return Err(IllegalMove::OfferedTo { id: self.id, to: offer.to.clone(), until: offer.until });
        }
        Ok(())
    }

    fn may_sleep(&self, by: &PersonName, (until, now): (Timestamp, Timestamp)) -> Result<(), IllegalMove> {
        self.not_held_by_another(by)?;
        if until <= now {
            return Err(IllegalMove::WakesInThePast(self.id));
        }
        if now.duration_until(until) > LONGEST_SLEEP {
            return Err(IllegalMove::SleepsTooLong(self.id));
        }
        Ok(())
    }

    fn lie_down(&mut self, until: Timestamp) {
        (self.asleep_until, self.due_at, self.standing) = (Some(until), until, Standing::Waiting);
    }
}
