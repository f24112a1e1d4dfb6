//! A call that there was, as the database remembers it.

use jiff::Timestamp;

use crate::call::{Acquaintance, CallId, Caller, Key, Leg, Outcome, PhoneNumber, StepName};
use crate::engine::State;

/// A call that is over.
#[derive(Clone, Debug)]
pub struct PastCall {
    /// Our number.
    pub id: CallId,
    /// Who rang.
    pub caller: Caller,
    /// What is known of the caller by now.
    pub about: Acquaintance,
    /// The line that was rung.
    pub line: Option<PhoneNumber>,
    /// The phone that forwarded it.
    pub forwarded_from: Option<PhoneNumber>,
    /// When the provider first asked what to do with it.
    pub at: Timestamp,
    /// When it was over, as far as is known.
    pub ended_at: Option<Timestamp>,
    /// What came of it.
    pub outcome: Outcome,
    /// Its turns, in order.
    pub turns: Vec<PastTurn>,
    /// Whose phones were rung, and what they did.
    pub legs: Vec<Leg>,
}

/// One turn of it.
#[derive(Clone, Debug)]
pub struct PastTurn {
    /// When.
    pub at: Timestamp,
    /// The key that was pressed at the step before.
    pub key: Option<Key>,
    /// The steps that were entered.
    pub passed: Vec<StepName>,
    /// Where the call stood afterwards.
    pub state: State,
}
