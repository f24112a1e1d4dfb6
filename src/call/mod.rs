//! A call: who rang which line, what came of it, and why nobody answered if nobody did.
//!
//! Knows nothing of providers, files or clocks: times are passed in.

mod acquaintance;
mod evidence;
mod names;
mod number;
mod outcome;

pub use acquaintance::Acquaintance;
pub use evidence::{Accept, Course, Evidence, LastReply, Leg, Recording, Reports};
pub use names::{AnswerName, AreaName, BadName, FlowName, PersonName, StepName, TeamName};
pub use number::{Caller, NotANumber, PhoneNumber};
pub(crate) use outcome::SAFE_RING;
pub use outcome::{EARLY, MissedReason, Outcome};

use std::fmt;

use serde::{Deserialize, Serialize};

/// Our own small number for a call. It travels in the URLs that we give out, and people type it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallId(pub i64);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a turn within its call: 0 is the answer to the first fetch.
pub type TurnNumber = u16;

/// Who carries the call.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Provider {
    /// Twilio, and who speaks exactly as Twilio does.
    Twilio,
}

impl Provider {
    /// The word that stands in URLs, in the store and in `--json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
        }
    }
}

/// What the provider calls a call: opaque text, unique within provider and account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProviderCall {
    /// Who carries it.
    pub provider: Provider,
    /// The provider's name for the account that the line belongs to.
    pub account: String,
    /// The provider's id of the call.
    pub id: String,
}

/// One key of a telephone: `0` to `9`, `*`, `#`, and `A` to `D`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(char);

impl Key {
    /// The key that always leads to a person.
    pub const ZERO: Self = Self('0');

    /// Reads one key; `None` for anything that no telephone has.
    pub fn new(key: char) -> Option<Self> {
        matches!(key, '0'..='9' | '*' | '#' | 'A'..='D').then_some(Self(key))
    }

    /// The character on the key.
    pub fn as_char(self) -> char {
        self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
