//! How long calls have been quiet, although somebody may move the clock.
//!
//! The clock on the wall counts as long as it makes sense. Where it was moved since a call's last news, or that news is
//! from the future, only the time counts that this process itself has watched the call.

use std::collections::HashMap;
use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};

use crate::call::{CallId, TurnNumber};
use crate::store::{CallRecord, StoreError, Tx};

use super::Moment;

/// A clock that goes by itself, or is slewed by a time server, does not differ so much between two looks.
const MOVED: SignedDuration = SignedDuration::from_secs(60);

/// What the owner reads of it; a process that starts finds it there.
const WAS_MOVED: &str = "the machine's clock was moved";

/// What was seen of calls in progress, and of the clock.
#[derive(Default)]
pub(super) struct Watch {
    calls: HashMap<CallId, Seen>,
    looked: Option<Look>,
    /// News up to this time may be of a clock that was moved since.
    doubtful_until: Option<Timestamp>,
}

/// The last news of a call, and since when it is the last.
struct Seen {
    news: (Timestamp, Option<TurnNumber>),
    since: SignedDuration,
}

/// Both clocks at once.
#[derive(Copy, Clone)]
struct Look {
    now: Timestamp,
    steady: SignedDuration,
}

impl Watch {
    /// Gives by how much the clock on the wall was moved since the last look, if it was.
    fn look(&mut self, look: Look) -> Option<SignedDuration> {
        let before = self.looked.replace(look)?;
        let passed = look.steady - before.steady;
        let moved = look.now.duration_since(before.now) - passed;
        if moved.abs() < MOVED {
            return None;
        }
        let until = before.now.saturating_add(passed).unwrap_or(before.now).max(look.now);
        self.doubtful_until = self.doubtful_until.max(Some(until));
        Some(moved)
    }

    fn quiet_for(&mut self, call: &CallRecord, look: Look) -> SignedDuration {
        let news = (call.last_event_at, call.last.as_ref().map(|(turn, _)| *turn));
        let seen = self.calls.entry(call.id).or_insert(Seen { news, since: look.steady });
        if seen.news != news {
            *seen = Seen { news, since: look.steady };
        }
        let watched = look.steady - seen.since;
        let makes_sense = call.last_event_at <= look.now
            && self.doubtful_until.is_none_or(|until| call.last_event_at > until);
        if !makes_sense {
            return watched;
        }
        watched.max(look.now.duration_since(call.last_event_at))
    }
}

impl Moment {
    /// How long nothing was heard of a call in progress.
    pub(super) fn quiet_for(&self, call: &CallRecord) -> SignedDuration {
        let look = Look { now: self.now, steady: self.steady };
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).quiet_for(call, look)
    }
}

impl Moment {
    /// The calls in progress, which a sweep looks at one by one; before that it notices that somebody moved the clock,
    /// and writes that down. These are watched, and no others.
    pub fn calls_to_sweep(&self, tx: &mut Tx<'_>) -> Result<Vec<CallId>, StoreError> {
        self.look_at_the_clock(tx)?;
        let in_progress = tx.calls_in_progress()?;
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch.calls.retain(|call, _| in_progress.binary_search(call).is_ok());
        Ok(in_progress)
    }

    fn look_at_the_clock(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let look = Look { now: self.now, steady: self.steady };
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = watch.looked.is_none();
        let moved = watch.look(look);
        if let Some(moved) = moved {
            tracing::warn!(
                clock.moved_s = moved.as_secs(),
                "the machine's clock was moved, or the machine slept; calls in progress are judged by the time since"
            );
            return tx.add_incident(self.now, None, (WAS_MOVED, &format!("{moved:#}")));
        }
        if !is_first {
            return Ok(());
        }
        // What the process before this one saw of the clock holds for the calls that it left.
        watch.doubtful_until = tx.last_incident(WAS_MOVED)?;
        let Some(last) = tx.last_call_at()?.filter(|last| last.duration_since(self.now) >= MOVED) else {
            return Ok(());
        };
        tracing::warn!("the machine's clock shows a time before that of the last call");
        tx.add_incident(self.now, None, ("the machine's clock is behind the last call", &last.to_string()))
    }
}
