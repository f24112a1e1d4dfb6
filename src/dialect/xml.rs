//! Our replies as TwiML, shared by every provider that speaks it.
//!
//! Every document ends in a verb that says what happens next, and every wait is followed by a way on.

use std::time::Duration;

use crate::call::{PersonName, PhoneNumber, TurnNumber};
use crate::engine::{LegReply, Reply, RungLeg, Then};
use crate::language::Language;

use super::document::{Document, hints};
use super::{Address, LegRoute, Route, TurnRoute, voices};

/// What Twilio adds to every ring time-out.
const RING_SLACK: Duration = Duration::from_secs(5);
/// The longest talk in seconds: the provider's own default, written so that it is the same everywhere.
const TIME_LIMIT: &str = "14400";

/// The document for a reply of the conversation.
pub fn write(reply: &Reply, at: &Address<'_>) -> String {
    let tag = voices::tag(reply.language, at.language);
    let phrases = reply.language.or(Language::of_tag(at.language)).unwrap_or_default().phrases();
    let mut document = Document::new(tag);
    match &reply.then {
        Then::Menu { keys, wait, hear } => {
            let (action, timeout) = (next(at, TurnRoute::Key), seconds(*wait).max(1).to_string());
            let digits = keys.map(|count| count.max(1).to_string());
            let hints = hear.as_deref().map(hints).unwrap_or_default();
            let mut gather = match hear {
                // The provider tells by itself when somebody has finished speaking.
                Some(_) => vec![("input", "dtmf speech"), ("timeout", &timeout), ("speechTimeout", "auto")],
                None => vec![("input", "dtmf"), ("timeout", &timeout)],
            };
            gather.extend(voices::heard(tag).filter(|_| hear.is_some()).map(|ear| ("language", ear)));
            if !hints.is_empty() {
                gather.push(("hints", &hints));
            }
            match &digits {
                Some(digits) => gather.extend([("numDigits", digits.as_str()), ("finishOnKey", "")]),
                None => gather.push(("finishOnKey", "#")),
            }
            gather.extend([("action", action.as_str()), ("method", "POST")]);
            document.open("Gather", &gather);
            speak(&mut document, reply, at, phrases.press_zero);
            document.close("Gather");
            document.text("Redirect", &[("method", "POST")], &next(at, TurnRoute::Silence));
        }
        Then::Ring { legs, for_, caller_id } => {
            document.speak(&reply.say, at);
            open_dial(&mut document, &next(at, TurnRoute::Rang), *for_, caller_id.as_ref());
            for leg in legs {
                number(&mut document, leg, at);
            }
            document.close("Dial");
        }
        Then::Record { at_most, silence, transcribe } => {
            speak(&mut document, reply, at, phrases.leave_message);
            // The provider writes down English only; in another language it would write nonsense.
            let writes = *transcribe && Language::of_tag(tag) == Some(Language::English);
            let transcript = Route::Transcript { call: at.call, turn: at.turn };
            let urls = RecordUrls {
                recorded: next(at, TurnRoute::Recorded),
                recording: url(at.base, &Route::Recording { call: at.call, turn: at.turn }),
                transcript: writes.then(|| url(at.base, &transcript)),
                no_message: next(at, TurnRoute::NoMessage),
            };
            record(&mut document, &urls, *at_most, *silence);
        }
        Then::HangUp => {
            speak(&mut document, reply, at, phrases.goodbye);
            document.empty("Hangup", &[]);
        }
        // Whatever is spoken first would take the call.
        Then::Refuse => document.empty("Reject", &[]),
    }
    document.finish()
}

/// Speaks the reply's words, and `instead` where all of them are files that are gone: nobody waits in silence.
fn speak(document: &mut Document, reply: &Reply, at: &Address<'_>, instead: &str) {
    document.speak(&reply.say, at);
    if document.is_silent() && !reply.say.is_empty() {
        document.say(instead);
    }
}

/// The document for a request of the leg that rang `person` in the ring of turn `at.turn`.
pub fn write_leg(reply: &LegReply, at: &Address<'_>, person: &PersonName) -> String {
    match reply {
        LegReply::Prompt(prompt) => {
            let mut document = Document::new(at.language);
            let accept = leg_url(at, person, LegRoute::Accept);
            accept_prompt(&mut document, &prompt.say, prompt.wait, &accept);
            document.finish()
        }
        LegReply::Connect => Document::new(at.language).finish(),
        LegReply::TooLate(words) => {
            let mut document = Document::new(at.language);
            document.say(words);
            document.empty("Hangup", &[]);
            document.finish()
        }
    }
}

/// Opens a Dial that the caller hears ring for `for_`.
pub(super) fn open_dial(
    document: &mut Document,
    action: &str,
    for_: Duration,
    caller_id: Option<&PhoneNumber>,
) {
    let timeout = seconds(for_.saturating_sub(RING_SLACK)).clamp(5, 600).to_string();
    let mut dial = vec![
        ("answerOnBridge", "true"),
        ("timeout", &timeout),
        ("timeLimit", TIME_LIMIT),
        ("action", action),
        ("method", "POST"),
    ];
    dial.extend(caller_id.map(|number| ("callerId", number.as_str())));
    document.open("Dial", &dial);
}

fn number(document: &mut Document, leg: &RungLeg, at: &Address<'_>) {
    let prompt = leg_url(at, &leg.person, LegRoute::Prompt);
    let progress = leg_url(at, &leg.person, LegRoute::Progress);
    let mut number = Vec::with_capacity(5);
    if leg.screened {
        number.extend([("url", prompt.as_str()), ("method", "POST")]);
    }
    number.extend([
        ("statusCallback", progress.as_str()),
        ("statusCallbackEvent", "answered"),
        ("statusCallbackMethod", "POST"),
    ]);
    document.text("Number", &number, leg.number.as_str());
}

/// Asks the person who picked up for a key; without one the leg ends.
pub(super) fn accept_prompt(document: &mut Document, say: &str, wait: Duration, accept: &str) {
    let timeout = seconds(wait).max(1).to_string();
    document.open(
        "Gather",
        &[
            ("input", "dtmf"),
            ("timeout", &timeout),
            ("numDigits", "1"),
            // With the default, `#` alone would count as no key.
            ("finishOnKey", ""),
            ("action", accept),
            ("method", "POST"),
        ],
    );
    document.say(say);
    document.close("Gather");
    document.empty("Hangup", &[]);
}

/// Where is reported what becomes of a recording.
pub(super) struct RecordUrls {
    /// The recording ended.
    pub(super) recorded: String,
    /// What became of the file.
    pub(super) recording: String,
    /// What was said, where it is to be written down.
    pub(super) transcript: Option<String>,
    /// Nothing was recorded.
    pub(super) no_message: String,
}

/// Records. An empty recording may skip the action, so a Redirect follows.
pub(super) fn record(document: &mut Document, urls: &RecordUrls, at_most: Duration, silence: Duration) {
    let (at_most, silence) = (seconds(at_most).clamp(2, 14400).to_string(), seconds(silence).to_string());
    let mut attributes = vec![
        ("maxLength", at_most.as_str()),
        ("timeout", &silence),
        ("finishOnKey", "1234567890*#"),
        ("playBeep", "true"),
        ("trim", "trim-silence"),
        ("action", &urls.recorded),
        ("method", "POST"),
        ("recordingStatusCallback", &urls.recording),
        ("recordingStatusCallbackEvent", "completed absent"),
        ("recordingStatusCallbackMethod", "POST"),
    ];
    if let Some(transcript) = &urls.transcript {
        attributes.extend([("transcribe", "true"), ("transcribeCallback", transcript)]);
    }
    document.empty("Record", &attributes);
    document.text("Redirect", &[("method", "POST")], &urls.no_message);
}

/// An absolute URL, because not every provider resolves others.
pub(super) fn url(base: &str, route: &Route) -> String {
    format!("{base}/{route}")
}

fn next(at: &Address<'_>, kind: TurnRoute) -> String {
    let turn: TurnNumber = at.turn.saturating_add(1);
    url(at.base, &Route::Turn { call: at.call, turn, kind })
}

fn leg_url(at: &Address<'_>, person: &PersonName, kind: LegRoute) -> String {
    url(at.base, &Route::Leg { call: at.call, turn: at.turn, person: person.clone(), kind })
}

/// Whole seconds, rounded up: nobody is given less time than the owner wrote.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
