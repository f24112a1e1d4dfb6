//! A webhook, read.

use serde::{Deserialize, Serialize};

use crate::call::{CallId, Caller, PersonName, PhoneNumber, ProviderCall, Recording, TurnNumber};
use crate::engine::Event;

use super::route::SafeRoute;

/// What a genuine request says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    /// The call as the provider names it, and who takes part. For a leg's request, those of the leg's parent.
    pub parties: Parties,
    /// Whether the provider says that the caller's own leg is over.
    pub over: bool,
    /// What it is about.
    pub news: News,
}

/// Who takes part in a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parties {
    /// Provider, account and the provider's id of the caller's leg.
    pub call: ProviderCall,
    /// Who rings; withheld where the request does not say.
    pub caller: Caller,
    /// The name that the provider found for the number.
    pub caller_name: Option<String>,
    /// The line that was rung; `None` when it is no phone number or not said.
    pub line: Option<PhoneNumber>,
    /// The phone that forwarded the call.
    pub forwarded_from: Option<PhoneNumber>,
    /// Whether the caller's network vouches for the number: it knows who rings, and that the number is theirs. Good for
    /// a greeting and never for authentication, because whoever holds a phone has its number. Journals of before have
    /// no word of it.
    #[serde(default)]
    pub attested: bool,
}

/// What a webhook is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum News {
    /// The first fetch.
    Arrived,
    /// An event that claims a turn.
    Turn {
        /// The call, by our number.
        call: CallId,
        /// The turn that it claims.
        turn: TurnNumber,
        /// What happened.
        event: Event,
    },
    /// Something on a leg.
    Leg {
        /// The call, by our number.
        call: CallId,
        /// The turn whose reply rang the phone.
        turn: TurnNumber,
        /// Whose phone.
        person: PersonName,
        /// The provider's id of the leg.
        leg: Option<String>,
        /// What happened.
        news: LegNews,
    },
    /// How the recording of a message turned out; `None` when there is none.
    Recording {
        /// The call, by our number.
        call: CallId,
        /// The recording.
        recording: Option<Recording>,
    },
    /// What was said in a message, as the provider wrote it down; `None` when it could not.
    Transcript {
        /// The call, by our number.
        call: CallId,
        /// The words.
        text: Option<String>,
    },
    /// How the call stands; its end is in [`Webhook::over`].
    Status,
    /// The provider could not get a reply from us at `voice`.
    Fallback {
        /// The provider's error code.
        error: Option<String>,
        /// The URL that failed.
        url: Option<String>,
    },
    /// A step of the safe reply.
    Safe {
        /// Which.
        step: SafeRoute,
        /// The recording, where this step reports one.
        recording: Option<Recording>,
        /// Whether this step reports a completed dial with a duration.
        connected: bool,
        /// Whether a key was pressed.
        pressed: bool,
    },
}

/// What happened on a leg.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LegNews {
    /// It was picked up and wants the accept prompt.
    Prompt,
    /// The accept prompt ended; whether a key was pressed.
    Accept {
        /// Some key.
        pressed: bool,
    },
    /// The provider says it was picked up.
    PickedUp,
    /// Anything else that needs no record.
    Progress,
}

/// A genuine request that cannot be understood. The caller still hears the safe reply, and a row is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No call id.
    #[error("the request names no call")]
    NoCall,
    /// A parameter that decides something stands in it twice, with different values.
    #[error("`{0}` stands in the request twice")]
    Doubled(&'static str),
    /// Not a URL of ours.
    #[error("no such URL")]
    NoSuchUrl,
    /// Neither form nor query.
    #[error("the body is not a form")]
    NotAForm,
    /// More parameters than any provider sends.
    #[error("the request has too many parameters")]
    TooManyParameters,
}
