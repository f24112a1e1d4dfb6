//! What happens next on the line, in no provider's words.

use std::time::Duration;

use crate::call::{PersonName, PhoneNumber};
use crate::language::Language;

/// The answer to an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The language of its words; `None` for the business's own.
    pub language: Option<Language>,
    /// What the caller hears first. A key interrupts it when `then` waits for one.
    pub say: Vec<Speech>,
    /// What follows.
    pub then: Then,
}

/// A stretch of sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speech {
    /// Words for the provider's voice.
    Say(String),
    /// Words in another language than the reply's.
    SayIn(Language, String),
    /// An audio file of the flows, by its name.
    Play(String),
    /// Quiet, in whole seconds.
    Pause(u8),
}

/// What follows the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Wait for keys.
    Menu {
        /// How many keys end the wait at once; `None` for a number that `#` ends.
        keys: Option<u8>,
        /// How long to wait after the words, and between keys.
        wait: Duration,
        /// Words that are likely to be spoken instead, where speaking is allowed.
        hear: Option<Vec<String>>,
    },
    /// Ring phones, all at once.
    Ring {
        /// Whose; never empty, at most ten.
        legs: Vec<RungLeg>,
        /// How long the caller hears it ring.
        for_: Duration,
        /// What those phones show where the caller has no number: the line.
        caller_id: Option<PhoneNumber>,
    },
    /// Beep and record.
    Record {
        /// At most this long.
        at_most: Duration,
        /// Quiet that ends it.
        silence: Duration,
        /// Whether the provider is to write it down.
        transcribe: bool,
    },
    /// The end.
    HangUp,
    /// Do not take the call. Nothing is spoken.
    Refuse,
}

/// A phone to ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RungLeg {
    /// Whose.
    pub person: PersonName,
    /// The number.
    pub number: PhoneNumber,
    /// Whether the person must press a key before the caller is put through.
    pub screened: bool,
}

/// The answer to a request of a leg, beside the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegReply {
    /// Say who rings, and wait for any key.
    Prompt(AcceptPrompt),
    /// Put the caller through.
    Connect,
    /// Somebody else has the caller, or the caller is gone.
    TooLate(String),
}

/// What a person hears on picking up: at most nine words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptPrompt {
    /// The words.
    pub say: String,
    /// How long to wait for the key.
    pub wait: Duration,
}
