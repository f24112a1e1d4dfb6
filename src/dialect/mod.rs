//! A provider's wire, translated: its requests into our words, our replies into its XML.
//!
//! Pure. Provider words live here and nowhere else. One file per provider; what they share stands beside them.

mod carrier;
mod document;
mod form;
mod route;
mod safe;
mod signature;
pub mod twilio;
mod voices;
mod webhook;
mod xml;

pub use form::Form;
pub use route::{LegRoute, Route, SafeRoute, TurnRoute};
pub use safe::{SafeReply, write_safe};
pub use webhook::{LegNews, Malformed, News, Parties, Webhook};
pub use xml::{write, write_leg};

use std::collections::BTreeMap;

use crate::call::{CallId, TurnNumber};

use carrier::Carrier;

/// A request as it came, before anybody believes it.
#[derive(Copy, Clone, Debug)]
pub struct Request<'a> {
    /// GET, with everything in the query; otherwise POST.
    pub is_get: bool,
    /// Path and query exactly as received.
    pub target: &'a str,
    /// The `Content-Type` header.
    pub content_type: Option<&'a str>,
    /// The provider's signature header; `None` also when it came twice.
    pub signature: Option<&'a str>,
    /// The body's bytes.
    pub body: &'a [u8],
}

/// What a document needs to know to give out URLs.
#[derive(Copy, Clone, Debug)]
pub struct Address<'a> {
    /// Where our routes begin, without a slash at the end: `https://phone.example.com/twilio/s3cret`.
    pub base: &'a str,
    /// The call, by our number.
    pub call: CallId,
    /// The number of the turn whose reply this is; its URLs claim the next one.
    pub turn: TurnNumber,
    /// The business's own language, in which whatever names no other is spoken: `en-US`.
    pub language: &'a str,
    /// The files that can be played.
    pub audio: &'a AudioNames,
}

/// Under which name of ours each file to play is served: `hello.wav` as `9f86d081884c7d65.wav`.
pub type AudioNames = BTreeMap<String, String>;
