//! What the provider told us, in our own words.

use serde::{Deserialize, Serialize};

use crate::call::{Key, Recording};

/// One thing that happened in a call and asks for a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The call came in.
    Arrived,
    /// The caller pressed keys; never empty.
    Pressed(Vec<Key>),
    /// The caller said something instead.
    Said(Heard),
    /// The caller pressed nothing in time.
    Silence,
    /// The phones stopped ringing, or the talk is over.
    Rang(RingEnd),
    /// Recording ended; `None` when nothing was recorded.
    Recorded(Option<Recording>),
}

/// What was heard, as the provider wrote it down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The words; never empty.
    pub words: String,
    /// How sure the provider is, in percent, where it says so.
    pub confidence: Option<u8>,
}

/// How a ring ended, as the provider tells it. Whether anybody accepted is not the provider's to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingEnd {
    /// The provider reports a completed dial with a duration. A voicemail gives that too.
    pub connected: bool,
    /// The provider's id of the leg that was connected last.
    pub leg: Option<String>,
}
