//! What can be wrong, each with the call or the entry that shows it.

use std::fmt;

use jiff::civil::Date;

use crate::call::CallId;
use crate::call_back::CallBackId;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The day that it belongs to.
    pub day: Date,
    /// The call, where it is about one.
    pub call: Option<CallId>,
    /// The entry, where it is about one.
    pub call_back: Option<CallBackId>,
    /// What is wrong.
    pub fault: Fault,
}

/// Why a day's calls do not add up, or cannot be trusted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Calls that were logged and are gone.
    Vanished {
        /// The last of them, where there are several.
        last: CallId,
    },
    /// A word that says nothing.
    OutcomeUnknown(String),
    /// Answered, but by nobody or at no time.
    AnsweredByNobody,
    /// Missed without one of the reasons.
    MissedWithoutReason,
    /// Nobody took it, and nobody is to ring back.
    MissedWithoutEntry,
    /// It is in an entry that is not there.
    EntryVanished,
    /// Said to be going on, though nothing was heard of it for long.
    QuietForLong {
        /// For how long.
        hours: i64,
    },
    /// Nobody's.
    WithoutOwner,
    /// Closed, and it is not said by whom, when or how.
    ClosedWithoutWord,
    /// Closed, and its history does not say so.
    ClosedWithoutDeed,
    /// It counts other calls than those that are in it.
    Miscounted {
        /// As it says.
        says: u64,
        /// As they are.
        holds: u64,
    },
    /// The caller has another open entry on the same line.
    Twofold {
        /// The other one.
        other: CallBackId,
    },
    /// A promise or a deed of an entry that is not there.
    Leftover {
        /// What it is.
        what: &'static str,
    },
}

impl Fault {
    /// The word in `--json`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Vanished { .. } => "vanished",
            Self::OutcomeUnknown(_) => "outcome-unknown",
            Self::AnsweredByNobody => "answered-by-nobody",
            Self::MissedWithoutReason => "missed-without-reason",
            Self::MissedWithoutEntry => "missed-without-entry",
            Self::EntryVanished => "entry-vanished",
            Self::QuietForLong { .. } => "quiet-for-long",
            Self::WithoutOwner => "without-owner",
            Self::ClosedWithoutWord => "closed-without-word",
            Self::ClosedWithoutDeed => "closed-without-deed",
            Self::Miscounted { .. } => "miscounted",
            Self::Twofold { .. } => "twofold",
            Self::Leftover { .. } => "leftover",
        }
    }
}

/// After the name of the call or the entry: `call 17 …`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vanished { .. } => f.write_str("was logged, and its row is gone"),
            Self::OutcomeUnknown(word) => write!(f, "has an outcome that nobody knows: `{word}`"),
            Self::AnsweredByNobody => f.write_str("is answered, and it is not said by whom and when"),
            Self::MissedWithoutReason => f.write_str("was missed, and it is not said why"),
            Self::MissedWithoutEntry => f.write_str("was missed, and nobody is to ring back"),
            Self::EntryVanished => f.write_str("is in an entry that is not there"),
            Self::QuietForLong { hours } => {
                write!(f, "is said to be going on, and nothing was heard of it for {hours} h")
            }
            Self::WithoutOwner => f.write_str("is nobody's"),
            Self::ClosedWithoutWord => f.write_str("is closed, and it is not said by whom, when and how"),
            Self::ClosedWithoutDeed => f.write_str("is closed, and its history does not say so"),
            Self::Miscounted { says, holds } => write!(f, "counts {says} calls, and {holds} are in it"),
            Self::Twofold { other } => {
                write!(f, "is the caller's second open one on that line, after call-back {other}")
            }
            Self::Leftover { what } => write!(f, "is not there, and {what} of it is"),
        }
    }
}
