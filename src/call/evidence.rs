//! What is known to have happened in a call, kept so that the order of arrival does not matter.
//!
//! The [`Course`] grows turn by turn in the order of the turns. [`Reports`] come beside them, in any order
//! and any number of times: each of its parts only ever grows.

use std::ops::Not;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::language::Language;

use super::{AnswerName, AreaName, PersonName, PhoneNumber, TurnNumber};

/// What the conversation itself has come to. It is stored with every turn, so what says nothing is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Course {
    /// The caller is on the block list and was refused.
    #[serde(skip_serializing_if = "Not::not")]
    pub refused: bool,
    /// The call came outside opening hours.
    #[serde(skip_serializing_if = "Not::not")]
    pub closed: bool,
    /// The caller pressed some key, or said something instead.
    #[serde(skip_serializing_if = "Not::not")]
    pub pressed: bool,
    /// Somebody's phone was rung.
    #[serde(skip_serializing_if = "Not::not")]
    pub rang: bool,
    /// The provider said of a ring that nobody talked.
    #[serde(skip_serializing_if = "Not::not")]
    pub rang_out: bool,
    /// The caller chose to be rung back.
    #[serde(skip_serializing_if = "Not::not")]
    pub asked_call_back: bool,
    /// The caller was invited to leave a message.
    #[serde(skip_serializing_if = "Not::not")]
    pub message_offered: bool,
    /// The message as the conversation saw it end; its length is before trimming.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
    /// Somebody accepted, and the talk happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<Accept>,
    /// The rings of which the provider reported a talk that nobody was known to have accepted: a voicemail, or an
    /// accept that comes later than the report.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unaccepted: Vec<TurnNumber>,
    /// A number that a caller without one typed and did not take back; only for a person to dial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typed_number: Option<PhoneNumber>,
    /// The earliest time that the caller was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promised_at: Option<Timestamp>,
    /// What the call is about: the last area passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaName>,
    /// What the caller answered, by the question's name; the later answer to the same question counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<(AnswerName, String)>,
    /// The language that the caller chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The caller passed the test that tells people from machines.
    #[serde(skip_serializing_if = "Not::not")]
    pub human: bool,
    /// The last word was spoken; nothing of ours follows.
    #[serde(skip_serializing_if = "Not::not")]
    pub finished: bool,
    /// What the caller heard last.
    pub last: LastReply,
}

/// What the caller heard last, as far as the sweep must know.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LastReply {
    /// Nothing yet.
    #[default]
    Nothing,
    /// A choice, or a question.
    Menu,
    /// Phones ringing, in the ring of this turn.
    Ring(TurnNumber),
    /// The invitation to leave a message.
    Message,
    /// The end.
    Goodbye,
}

/// Somebody took the call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Accept {
    /// Who.
    pub by: PersonName,
    /// When the key was pressed; with `trust_answer`, when the talk was reported.
    pub at: Timestamp,
}

/// A recording shorter than this holds no message.
const EMPTY_BELOW_SECONDS: u32 = 2;

/// A recorded message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recording {
    /// Length in seconds as the provider says.
    pub seconds: u32,
    /// Where the provider keeps it; `None` until it says so.
    pub url: Option<String>,
    /// When it was reported.
    pub at: Timestamp,
}

impl Recording {
    /// Whether the provider says that nothing was kept.
    pub fn is_absent(&self) -> bool {
        self.seconds == 0 && self.url.is_none()
    }

    /// Whether somebody may have said something.
    pub fn holds_message(&self) -> bool {
        self.seconds >= EMPTY_BELOW_SECONDS
    }

    /// Whether both are known to be kept, each in a place of its own.
    pub fn is_another_than(&self, other: &Self) -> bool {
        self.url.is_some() && other.url.is_some() && self.url != other.url
    }

    /// The longer of two; of equals always the same one, whichever was known first.
    pub fn longest(self, other: Self) -> Self {
        let rank = |recording: &Self| (recording.seconds, recording.url.clone());
        if rank(&other) > rank(&self) { other } else { self }
    }
}

/// One attempt to reach a person during a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The turn whose reply rang the phone.
    pub turn: TurnNumber,
    /// Whose phone.
    pub person: PersonName,
    /// The provider's id of the leg, once known.
    pub provider_id: Option<String>,
    /// When something picked up: a person, or a mobile's voicemail.
    pub picked_up_at: Option<Timestamp>,
    /// Whether the accept prompt was fetched for it. Comes in the order of the turns, so decisions may rest on it.
    pub prompted: bool,
    /// When a key accepted the call.
    pub accepted_at: Option<Timestamp>,
}

/// What was reported beside the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reports {
    /// When the provider said that the call is over; the earliest word counts.
    pub ended_at: Option<Timestamp>,
    /// When the sweep gave up waiting for news.
    pub swept_at: Option<Timestamp>,
    /// A failure of ours, or of the way to us, took the caller out of the flow.
    pub trouble: bool,
    /// The longest message that a recording callback described, or that there is none.
    pub recording: Option<Recording>,
    /// What was said in the message, as the provider wrote it down.
    pub transcript: Option<String>,
    /// All attempts to reach people.
    pub legs: Vec<Leg>,
    /// What became of the safe reply's ring: `Some(true)` when a talk was reported.
    pub safe_ring_talked: Option<bool>,
}

impl Reports {
    /// The accept stored for the ring of `turn`; only the first one was let through.
    pub fn accept_in(&self, turn: TurnNumber) -> Option<Accept> {
        let leg = self.legs.iter().find(|leg| leg.turn == turn && leg.accepted_at.is_some())?;
        Some(Accept { by: leg.person.clone(), at: leg.accepted_at? })
    }
}

/// Everything that decides outcome and reason.
#[derive(Copy, Clone, Debug)]
pub struct Evidence<'a> {
    /// When the provider first asked what to do with the call; `None` if it never did.
    pub first_fetch_at: Option<Timestamp>,
    /// The conversation.
    pub course: &'a Course,
    /// What came beside it.
    pub reports: &'a Reports,
}

impl Evidence<'_> {
    /// The message, each part from the source that knows it best.
    pub fn recording(&self) -> Option<Recording> {
        let (told, heard) = (self.reports.recording.as_ref(), self.course.recording.as_ref());
        if let (Some(told), Some(heard)) = (told, heard)
            && told.is_another_than(heard)
        {
            return Some(told.clone().longest(heard.clone()));
        }
        let best = told.or(heard)?;
        if best.is_absent() {
            return Some(best.clone());
        }
        let url = best.url.clone().or_else(|| heard.and_then(|recording| recording.url.clone()));
        // The report of a message that the conversation saw already is no news.
        let known_at = heard.filter(|heard| heard.holds_message()).map(|heard| heard.at);
        let at = known_at.map_or(best.at, |known| known.min(best.at));
        Some(Recording { url, at, ..best.clone() })
    }
}
