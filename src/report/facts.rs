//! What happened, as far as it is counted. Nobody who rang is in it.

use jiff::Timestamp;

use crate::call::{AreaName, FlowName, Outcome, PersonName, PhoneNumber};
use crate::call_back::{AttemptOutcome, CloseOutcome};

/// Everything that happened in a period and in the one before it; what lies outside of both is not counted.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Calls by their coming in.
    pub calls: Vec<CallFact>,
    /// Entries of the call-back list by their opening.
    pub entries: Vec<EntryFact>,
    /// Promises by their making.
    pub promises: Vec<PromiseFact>,
    /// Attempts to reach callers, by their time, without those that were taken back.
    pub attempts: Vec<AttemptFact>,
}

/// A call that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFact {
    /// When it came in.
    pub at: Timestamp,
    /// What came of it: with the reason where it was missed, with who took it and when where it was answered.
    pub outcome: Outcome,
    /// What it was about.
    pub area: Option<AreaName>,
    /// The flow that answered it.
    pub flow: Option<FlowVersionName>,
    /// The line that was rung.
    pub line: Option<PhoneNumber>,
}

/// A version of a flow as people tell it from others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowVersionName {
    /// The flow.
    pub name: FlowName,
    /// The first letters of its hash.
    pub version: std::sync::Arc<str>,
}

/// An entry of the call-back list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFact {
    /// When it was opened.
    pub opened_at: Timestamp,
    /// How it ended; `None` while it is open.
    pub closed: Option<Closing>,
    /// When somebody first rang the caller: tried, agreed on another time, or closed it as reached or wrong number.
    pub first_rung_at: Option<Timestamp>,
    /// Whose it is, or was.
    pub owner: PersonName,
    /// What it is about.
    pub area: Option<AreaName>,
}

/// How an entry ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// In whose name.
    pub by: PersonName,
    /// When.
    pub at: Timestamp,
    /// How.
    pub outcome: CloseOutcome,
}

/// What a caller was told, or agreed to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct PromiseFact {
    /// When it was made.
    pub made_at: Timestamp,
    /// By when somebody was to ring.
    pub promised_at: Timestamp,
    /// When somebody first rang after that, or dealt with the entry.
    pub met_at: Option<Timestamp>,
}

/// An attempt that did not reach the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptFact {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub by: PersonName,
    /// How it went.
    pub outcome: AttemptOutcome,
}
