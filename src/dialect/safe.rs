//! The safe reply: what a caller hears when we cannot do better. It knows nothing of calls, flows or the store.

use std::time::Duration;

use crate::call::PhoneNumber;
use crate::language::Language;

use super::document::Document;
use super::xml::{RecordUrls, accept_prompt, open_dial, record, url};
use super::{Route, SafeRoute};

/// How long the caller hears the owner's phone ring.
const RING_FOR: Duration = Duration::from_secs(20);
/// How long the owner may take to press a key.
const ACCEPT_WAIT: Duration = Duration::from_secs(10);
/// The longest message.
const MESSAGE_AT_MOST: Duration = Duration::from_secs(180);
/// The quiet that ends a message.
const MESSAGE_SILENCE: Duration = Duration::from_secs(5);

/// A step of the safe reply.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum SafeReply<'a> {
    /// Says sorry and rings these phones; without any, takes a message at once.
    Apology(&'a [PhoneNumber]),
    /// Nobody accepted: takes a message.
    TakeMessage,
    /// Asks the owner, who picked up, for a key.
    Prompt,
    /// Puts the caller through.
    Connect,
    /// The last word after a message, or after none.
    Goodbye,
    /// The end of a talk.
    HangUp,
}

/// The document for a step of the safe reply; it depends on nothing that can fail. Where ringback does not speak the
/// business's language the words are English, and an English voice reads them.
pub fn write_safe(reply: SafeReply<'_>, base: &str, language: &str) -> String {
    let (spoken, voice) = match Language::of_tag(language) {
        Some(spoken) => (spoken, language),
        None => (Language::English, "en-US"),
    };
    let phrases = spoken.phrases();
    let mut document = Document::new(voice);
    match reply {
        SafeReply::Apology([]) => {
            document.say(&format!("{} {}", phrases.small_problem, phrases.leave_message));
            take_message(&mut document, base);
        }
        SafeReply::Apology(numbers) => {
            document.say(&format!("{} {}", phrases.small_problem, phrases.finding_somebody));
            open_dial(&mut document, &safe(base, SafeRoute::Rang), RING_FOR, None);
            let prompt = safe(base, SafeRoute::Prompt);
            for number in numbers {
                document.text("Number", &[("url", &prompt), ("method", "POST")], number.as_str());
            }
            document.close("Dial");
        }
        SafeReply::TakeMessage => {
            document.say(&format!("{} {}", phrases.nobody_came, phrases.leave_message));
            take_message(&mut document, base);
        }
        SafeReply::Prompt => {
            let accept = safe(base, SafeRoute::Accept);
            accept_prompt(&mut document, phrases.caller_for_you, ACCEPT_WAIT, &accept);
        }
        SafeReply::Connect => {}
        SafeReply::Goodbye => {
            document.say(phrases.thanks_for_calling);
            document.empty("Hangup", &[]);
        }
        SafeReply::HangUp => document.empty("Hangup", &[]),
    }
    document.finish()
}

fn take_message(document: &mut Document, base: &str) {
    let urls = RecordUrls {
        recorded: safe(base, SafeRoute::Recorded),
        recording: safe(base, SafeRoute::Recording),
        transcript: None,
        no_message: safe(base, SafeRoute::NoMessage),
    };
    record(document, &urls, MESSAGE_AT_MOST, MESSAGE_SILENCE);
}

fn safe(base: &str, step: SafeRoute) -> String {
    url(base, &Route::Safe(step))
}
