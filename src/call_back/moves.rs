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

    /// Whether a person may close it like that, with a note or without. What was written down before says what the
    /// caller wants, and not how a broken promise was put right.
    pub fn may_close(
        &self,
        outcome: CloseOutcome,
        (has_note, now): (bool, Timestamp),
    ) -> Result<(), IllegalMove> {
        self.holder()?;
        if outcome == CloseOutcome::AnsweredOnRedial {
            return Err(IllegalMove::OnlyByTelephone);
        }
        match self.promised_at.filter(|_| self.is_broken(now)) {
            Some(promised_at) if !has_note => Err(IllegalMove::NeedsNote { id: self.id, promised_at }),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Caller;

    fn minutes(minutes: i64) -> SignedDuration {
        SignedDuration::from_mins(minutes)
    }

    fn now() -> Timestamp {
        "2026-11-23T10:00:00-05:00".parse().unwrap()
    }

    fn name(name: &str) -> PersonName {
        PersonName::parse(name).unwrap()
    }

    /// Ana's, waiting for an hour, without a promise.
    fn entry() -> CallBack {
        CallBack {
            id: CallBackId(14),
            caller: Caller::read("+15550142"),
            line: None,
            area: None,
            owner: name("ana"),
            standing: Standing::Waiting,
            opened_at: now() - minutes(60),
            due_at: now(),
            promised_at: None,
            typed_number: None,
            asleep_until: None,
            offer: None,
            attempts: 0,
        }
    }

    fn offer_to(to: &str) -> Offer {
        Offer { to: name(to), by: name("ana"), until: now() + minutes(30) }
    }

    #[test]
    fn the_waits_grow_by_outcome_until_they_are_used_up() {
        let waits = |outcome: AttemptOutcome| {
            let wait = |nth| outcome.wait(nth).map(|wait| wait.as_mins());
            (1..=6).map(wait).collect::<Vec<_>>()
        };
        let (day, none) = (Some(24 * 60), None);
        assert_eq!(waits(AttemptOutcome::Busy), [Some(5), Some(15), Some(60), Some(240), none, none]);
        assert_eq!(waits(AttemptOutcome::NoAnswer), [Some(15), Some(60), Some(240), day, none, none]);
        assert_eq!(waits(AttemptOutcome::LeftMessage), [day, day, Some(48 * 60), Some(48 * 60), none, none]);
        assert_eq!(AttemptOutcome::Busy.wait(0), AttemptOutcome::Busy.wait(1));
    }

    #[test]
    fn an_attempt_counts_wakes_and_leaves_whoever_is_on_it() {
        let mut entry = entry();
        entry.take(name("ben"), now()).unwrap();
        entry.asleep_until = Some(now() + minutes(9));
        assert_eq!(entry.tried(AttemptOutcome::Busy), Ok(Some(minutes(5))));
        assert_eq!((entry.attempts, entry.asleep_until, entry.is_used_up()), (1, None, false));
        assert_eq!(entry.holder().unwrap().unwrap().0, name("ben"));
        let waits = [(); 3].map(|()| entry.tried(AttemptOutcome::NoAnswer).unwrap());
        assert!(waits.iter().all(Option::is_some) && !entry.is_used_up());
        assert_eq!(entry.tried(AttemptOutcome::Busy), Ok(None));
        assert!(entry.is_used_up(), "the fifth");
    }

    #[test]
    fn only_one_is_on_it_and_owns_it() {
        let mut entry = entry();
        assert_eq!(entry.release(), Err(IllegalMove::Free(CallBackId(14))));
        entry.take(name("ben"), now()).unwrap();
        assert_eq!(entry.owner, name("ben"));
        assert_eq!(entry.take(name("ben"), now() + minutes(1)), Ok(()), "twice is no mistake");
        let taken = IllegalMove::TakenBy { id: CallBackId(14), by: name("ben"), at: now() };
        assert_eq!(entry.take(name("ana"), now()), Err(taken.clone()));
        assert_eq!(entry.own(name("ana")), Err(taken.clone()));
        assert_eq!(entry.sleep(&name("ana"), (now() + minutes(9), now())), Err(taken));
        assert_eq!(entry.release(), Ok(name("ben")));
        assert_eq!((&entry.owner, &entry.standing), (&name("ben"), &Standing::Waiting));
        assert_eq!(entry.own(name("ana")), Ok(name("ben")));
        assert_eq!(
            entry.own(name("ana")),
            Err(IllegalMove::OwnedBy { id: CallBackId(14), owner: name("ana") })
        );
    }

    #[test]
    fn an_offer_changes_nothing_until_the_one_who_is_asked_says_yes() {
        let mut entry = entry();
        entry.take(name("ana"), now()).unwrap();
        entry.offer(offer_to("ben")).unwrap();
        assert_eq!(entry.owner, name("ana"));
        let (id, to, until) = (CallBackId(14), name("ben"), now() + minutes(30));
        let asked = IllegalMove::OfferedTo { id, to, until };
        assert_eq!(entry.accept(&name("cleo"), now()), Err(asked.clone()));
        assert_eq!(entry.decline(&name("cleo"), now()), Err(asked));
        assert_eq!(entry.accept(&name("ben"), now()), Ok(name("ana")));
        assert_eq!((&entry.owner, &entry.standing, &entry.offer), (&name("ben"), &Standing::Waiting, &None));
        assert_eq!(entry.decline(&name("ben"), now()), Err(IllegalMove::NotOffered(CallBackId(14))));
        assert_eq!(entry.offer(offer_to("ben")), Err(IllegalMove::OwnedBy { id, owner: name("ben") }));
    }

    #[test]
    fn an_offer_lapses_at_its_time_and_not_before() {
        let mut entry = entry();
        entry.offer(offer_to("ben")).unwrap();
        assert_eq!(entry.lapse(now() + minutes(29)), None);
        let late = now() + minutes(30);
        assert_eq!(entry.accept(&name("ben"), late), Err(IllegalMove::NotOffered(CallBackId(14))));
        assert_eq!(entry.lapse(late), Some(offer_to("ben")));
        assert_eq!((entry.lapse(late), entry.owner), (None, name("ana")));
    }

    #[test]
    fn taking_ends_an_offer_and_whoever_is_asked_may_take_it_from_who_is_on_it() {
        let mut free = entry();
        free.offer(offer_to("ben")).unwrap();
        free.take(name("cleo"), now()).unwrap();
        assert_eq!((free.offer, free.owner), (None, name("cleo")));

        let mut held = entry();
        held.take(name("ana"), now()).unwrap();
        held.offer(offer_to("ben")).unwrap();
        assert!(held.take(name("cleo"), now()).is_err());
        held.take(name("ben"), now()).unwrap();
        assert_eq!((held.offer.as_ref(), &held.owner), (None, &name("ben")));
    }

    #[test]
    fn nothing_sleeps_past_a_promise_in_silence() {
        let mut entry = entry();
        let promised = now() + minutes(60);
        entry.promised_at = Some(promised);
        let ana = name("ana");
        let refused = IllegalMove::Promised { id: CallBackId(14), promised_at: promised };
        assert_eq!(entry.sleep(&ana, (now() + minutes(61), now())), Err(refused));
        entry.take(ana.clone(), now()).unwrap();
        entry.sleep(&ana, (promised, now())).unwrap();
        assert_eq!((entry.standing.word(), entry.due_at), ("waiting", promised), "sleeping gives up a hold");
        assert_eq!(entry.wakes_at(now()), Some(promised));
        // Another call brings an earlier promise, and wakes it.
        entry.promised_at = Some(now() + minutes(20));
        assert_eq!(entry.wakes_at(now()), Some(now() + minutes(20)));
        assert_eq!(entry.wakes_at(now() + minutes(20)), None);

        entry.promised_at = Some(now() - minutes(5));
        assert!(entry.sleep(&ana, (now() + minutes(1), now())).is_err(), "a broken one neither");
        entry.attempts = 5;
        entry.agree(&ana, (now() + minutes(90), now())).unwrap();
        assert_eq!((entry.asleep_until, entry.attempts), (Some(now() + minutes(90)), 0));
    }

    #[test]
    fn a_sleep_ends_in_the_future_and_within_a_year() {
        let (mut entry, ana) = (entry(), name("ana"));
        assert_eq!(entry.sleep(&ana, (now(), now())), Err(IllegalMove::WakesInThePast(CallBackId(14))));
        let year = SignedDuration::from_hours(366 * 24);
        let too_long = entry.agree(&ana, (now() + year + minutes(1), now()));
        assert_eq!(too_long, Err(IllegalMove::SleepsTooLong(CallBackId(14))));
        assert_eq!(entry.sleep(&ana, (now() + year, now())), Ok(()));
        entry.wake();
        assert_eq!(entry.wakes_at(now()), None);
    }

    #[test]
    fn a_broken_promise_closes_with_a_note_only() {
        let mut entry = entry();
        let promised_at = now() - minutes(5);
        entry.promised_at = Some(promised_at);
        let close = |entry: &CallBack, has_note| entry.may_close(CloseOutcome::Reached, (has_note, now()));
        assert_eq!(close(&entry, false), Err(IllegalMove::NeedsNote { id: CallBackId(14), promised_at }));
        assert_eq!(close(&entry, true), Ok(()));
        entry.promised_at = Some(now());
        assert_eq!(close(&entry, false), Ok(()));
        let redial = entry.may_close(CloseOutcome::AnsweredOnRedial, (true, now()));
        assert_eq!(redial, Err(IllegalMove::OnlyByTelephone));
    }

    #[test]
    fn what_is_closed_is_left_alone_until_it_is_open_again() {
        let mut entry = entry();
        entry.offer(offer_to("ben")).unwrap();
        entry.close(name("ana"), now(), CloseOutcome::NotNeeded).unwrap();
        assert_eq!(entry.offer, None);
        let at = now();
        let (id, by, outcome) = (CallBackId(14), name("ana"), CloseOutcome::NotNeeded);
        let closed = IllegalMove::ClosedBy { id, by, at, outcome };
        let (ben, later) = (name("ben"), now() + minutes(5));
        let refusals = [
            entry.clone().take(ben.clone(), at),
            entry.clone().release().map(drop),
            entry.clone().offer(offer_to("ben")),
            entry.clone().own(ben.clone()).map(drop),
            entry.clone().accept(&ben, at).map(drop),
            entry.clone().decline(&ben, at),
            entry.clone().tried(AttemptOutcome::Busy).map(drop),
            entry.clone().sleep(&ben, (later, at)),
            entry.clone().agree(&ben, (later, at)),
            entry.clone().may_close(CloseOutcome::Reached, (false, at)),
            entry.clone().close(ben.clone(), at, CloseOutcome::Reached),
        ];
        assert!(refusals.iter().all(|refusal| *refusal == Err(closed.clone())), "{refusals:#?}");
        entry.reopen();
        assert_eq!((entry.take(ben.clone(), later), entry.owner), (Ok(()), ben));
    }
}
