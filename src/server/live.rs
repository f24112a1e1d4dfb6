//! What the server must know of the settings of this moment.

use std::collections::HashMap;

use hyper::body::Bytes;

use crate::call::{CallId, PhoneNumber};
use crate::dialect::{
    self, Address, AudioNames, LegNews, LegRoute, News, Parties, Route, SafeReply, SafeRoute,
};
use crate::engine::{Reply, Speech, Then};
use crate::language::Language;
use crate::settings::{OnBadSignature, Secret};

/// The settings and documents that a request is judged by and answered with.
#[derive(Clone, Debug)]
pub struct Live {
    /// What the provider calls, without a slash at its end: `https://phone.example.com`. Signatures are over it.
    pub public_url: String,
    /// What the provider signs with.
    pub signing_key: Option<Secret>,
    /// The only account that may ask, where it is set.
    pub account_sid: Option<String>,
    /// The routes are under `/twilio/<secret>`, where it is set.
    pub path_secret: Option<String>,
    /// What a caller hears when the signature is wrong.
    pub on_bad_signature: OnBadSignature,
    /// Whether signatures are not looked at.
    pub insecure: bool,
    /// What is said when we cannot do better.
    pub safe: SafeReplies,
    /// The audio files of the flows, by the name that documents give them: `9f86d081884c7d65.wav`.
    pub audio: HashMap<String, Audio>,
}

/// An audio file, as it is sent.
#[derive(Clone, Debug)]
pub struct Audio {
    /// `audio/wav` or `audio/mpeg`.
    pub content_type: &'static str,
    /// The file.
    pub bytes: Bytes,
}

/// The safe replies, written once and kept, so that nothing can fail when they are needed.
#[derive(Clone, Debug)]
pub struct SafeReplies {
    /// Whom the apology rings.
    owner: Vec<PhoneNumber>,
    apology: Bytes,
    apology_without_ring: Bytes,
    take_message: Bytes,
    prompt: Bytes,
    connect: Bytes,
    goodbye: Bytes,
    hang_up: Bytes,
    unbelieved: Bytes,
}

impl SafeReplies {
    /// Writes them: `owner` is whom to ring, `base` where our routes begin, `language` that of the voice.
    pub fn write(owner: &[PhoneNumber], base: &str, language: &str) -> Self {
        let document = |reply| Bytes::from(dialect::write_safe(reply, base, language));
        // For a request that may be anybody's: no number, no URL, and no promise that nobody would know of.
        let spoken = Language::of_tag(language).unwrap_or_default();
        let unbelieved = Reply {
            language: Some(spoken),
            say: vec![Speech::Say(spoken.phrases().try_later.to_owned())],
            then: Then::HangUp,
        };
        let no_files = AudioNames::new();
        let address = Address { base, call: CallId(0), turn: 0, language, audio: &no_files };
        Self {
            owner: owner.to_vec(),
            apology: document(SafeReply::Apology(owner)),
            apology_without_ring: document(SafeReply::Apology(&[])),
            take_message: document(SafeReply::TakeMessage),
            prompt: document(SafeReply::Prompt),
            connect: document(SafeReply::Connect),
            goodbye: document(SafeReply::Goodbye),
            hang_up: document(SafeReply::HangUp),
            unbelieved: Bytes::from(dialect::write(&unbelieved, &address)),
        }
    }

    pub(super) fn unbelieved(&self) -> Bytes {
        self.unbelieved.clone()
    }

    /// The step of the safe reply that fits; `None` where the answer steers nothing. `news` is missing when
    /// the request could not be read: then nobody is put through.
    pub(super) fn fitting(
        &self,
        route: Option<&Route>,
        parties: Option<&Parties>,
        news: Option<&News>,
    ) -> Option<Bytes> {
        let document = match route {
            None | Some(Route::Voice | Route::Fallback | Route::Turn { .. }) => {
                if parties.is_some_and(|parties| self.would_ring_in_a_circle(parties)) {
                    &self.apology_without_ring
                } else {
                    &self.apology
                }
            }
            Some(Route::Leg { kind: LegRoute::Prompt, .. } | Route::Safe(SafeRoute::Prompt)) => &self.prompt,
            Some(Route::Leg { kind: LegRoute::Accept, .. } | Route::Safe(SafeRoute::Accept)) => match news {
                Some(
                    News::Leg { news: LegNews::Accept { pressed: true }, .. }
                    | News::Safe { pressed: true, .. },
                ) => &self.connect,
                Some(_) | None => &self.hang_up,
            },
            // Whether a person or a voicemail was connected is known only to whoever kept the accept, who answers
            // after a talk; here a word too many is better than none for a caller whom nobody took.
            Some(Route::Safe(SafeRoute::Rang)) => &self.take_message,
            Some(Route::Safe(SafeRoute::Recorded | SafeRoute::NoMessage)) => &self.goodbye,
            Some(
                Route::Status
                | Route::Recording { .. }
                | Route::Transcript { .. }
                | Route::Leg { kind: LegRoute::Progress, .. }
                | Route::Safe(SafeRoute::Recording),
            ) => return None,
        };
        Some(document.clone())
    }

    /// A phone that forwards to us would bring the same caller back as another call, and that one again.
    fn would_ring_in_a_circle(&self, parties: &Parties) -> bool {
        let ends = [parties.caller.number(), parties.forwarded_from.as_ref()];
        ends.into_iter().flatten().any(|number| self.owner.contains(number))
    }
}
