//! Twilio: its signature and its parameters.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::call::{Caller, Key, PhoneNumber, Provider, ProviderCall, Recording};
use crate::engine::{Event, Heard, RingEnd};

use super::signature::hex;
use super::{
    Carrier, Form, LegNews, LegRoute, Malformed, News, Parties, Request, Route, SafeRoute, TurnRoute, Webhook,
};

pub use super::signature::{genuine, sign};

/// The longest call id that is one.
const LONGEST_CALL_ID: usize = 200;
/// What of a caller's name is kept, in characters.
const LONGEST_NAME: usize = 60;
/// The one value of `StirVerstat` by which the caller's network knows the caller and that the number is theirs. With
/// `-B` it knows the caller and not the number, with `-C` neither; `-Diverted` means that what was signed is a call to
/// another number, which somebody in between sent on to us.
const ATTESTED: &str = "TN-Validation-Passed-A";
/// What of the words at a menu is kept, in characters.
const LONGEST_SPEECH: usize = 500;
/// What of a message's words is kept, in characters: two minutes, which is all that is written down, are half of it.
const LONGEST_TRANSCRIPT: usize = 5000;
/// Keys that one request can bring.
const MOST_KEYS: usize = 32;

/// Reads a genuine request that came in at `now`.
pub fn read(request: &Request<'_>, route: &Route, now: Timestamp) -> Result<Webhook, Malformed> {
    let form = &Carrier::of(request).form()?;
    let (side, news) = match route {
        Route::Voice => (Side::Caller, News::Arrived),
        Route::Status => (Side::Caller, News::Status),
        Route::Fallback => {
            let (error, url) = (owned(form, "ErrorCode")?, owned(form, "ErrorUrl")?);
            (Side::Caller, News::Fallback { error, url })
        }
        Route::Turn { call, turn, kind } => {
            (Side::Caller, News::Turn { call: *call, turn: *turn, event: event(*kind, form, now)? })
        }
        Route::Leg { call, turn, person, kind } => {
            let (leg, news) = (owned(form, "CallSid")?, leg_news(*kind, form)?);
            (Side::Leg, News::Leg { call: *call, turn: *turn, person: person.clone(), leg, news })
        }
        Route::Recording { call, .. } => {
            (Side::Caller, News::Recording { call: *call, recording: finished_recording(form, now)? })
        }
        Route::Transcript { call, .. } => {
            let done = is_one_of(form, "TranscriptionStatus", &["completed"])?;
            let text = words(form, "TranscriptionText", LONGEST_TRANSCRIPT)?.filter(|_| done);
            (Side::Caller, News::Transcript { call: *call, text })
        }
        Route::Safe(step) => safe_news(*step, form, now)?,
    };
    Ok(Webhook { parties: parties(form, side)?, over: side == Side::Caller && is_over(form)?, news })
}

/// The call that a malformed request is about, as far as it says so clearly.
pub fn call_in(request: &Request<'_>) -> Option<Parties> {
    let mut form = Carrier::of(request).form_of_any_length().ok()?;
    for name in [PARENT, "CallSid", "AccountSid", "From", "To", "CallerName", "ForwardedFrom", "StirVerstat"]
    {
        if form.text(name).is_err() {
            form.0.retain(|(key, _)| key.as_ref() != name.as_bytes());
        }
    }
    let side = if form.text(PARENT).ok()?.is_some() { Side::Leg } else { Side::Caller };
    parties(&form, side).ok()
}

/// Sixteen characters that name a request without a call id: equal requests, equal names.
pub fn fingerprint(request: &Request<'_>) -> String {
    let method: &[u8] = if request.is_get { b"GET" } else { b"POST" };
    let hash = Sha256::new_with_prefix(method)
        .chain_update(b" ")
        .chain_update(request.target)
        .chain_update(b"\n")
        .chain_update(request.body);
    hex(&hash.finalize()[..8])
}

/// The parameter that names the caller's leg in the requests of the others.
const PARENT: &str = "ParentCallSid";

/// Whose leg a request is about.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Side {
    Caller,
    Leg,
}

fn parties(form: &Form<'_>, side: Side) -> Result<Parties, Malformed> {
    let own = form.text("CallSid")?;
    let id = match side {
        Side::Caller => own,
        Side::Leg => form.text(PARENT)?.or(own),
    };
    let id = id.filter(|id| id.chars().count() <= LONGEST_CALL_ID).ok_or(Malformed::NoCall)?.into_owned();
    let account = form.text("AccountSid")?.unwrap_or_default().into_owned();
    let call = ProviderCall { provider: Provider::Twilio, account, id };
    // A leg's own From and To are the phones of that leg: they say nothing about who rang which line.
    if side == Side::Leg {
        return Ok(Parties {
            call,
            caller: Caller::Withheld,
            caller_name: None,
            line: None,
            forwarded_from: None,
            attested: false,
        });
    }
    let caller = Caller::read(&form.text("From")?.unwrap_or_default());
    Ok(Parties {
        call,
        attested: caller.number().is_some() && form.text("StirVerstat")?.as_deref() == Some(ATTESTED),
        caller,
        caller_name: form.text("CallerName")?.map(|name| name.chars().take(LONGEST_NAME).collect()),
        line: phone_number(form, "To")?,
        forwarded_from: phone_number(form, "ForwardedFrom")?,
    })
}

fn phone_number(form: &Form<'_>, name: &'static str) -> Result<Option<PhoneNumber>, Malformed> {
    Ok(form.text(name)?.and_then(|text| PhoneNumber::parse(&text).ok()))
}

fn event(kind: TurnRoute, form: &Form<'_>, now: Timestamp) -> Result<Event, Malformed> {
    let event = match kind {
        TurnRoute::Key => match (keys(form)?, heard(form)?) {
            (keys, _) if !keys.is_empty() => Event::Pressed(keys),
            (_, Some(heard)) => Event::Said(heard),
            (_, None) => Event::Silence,
        },
        TurnRoute::Silence => Event::Silence,
        TurnRoute::Rang => {
            Event::Rang(RingEnd { connected: connected(form)?, leg: owned(form, "DialCallSid")? })
        }
        TurnRoute::Recorded => Event::Recorded(recording(form, now)?),
        TurnRoute::NoMessage => Event::Recorded(None),
    };
    Ok(event)
}

fn leg_news(kind: LegRoute, form: &Form<'_>) -> Result<LegNews, Malformed> {
    let news = match kind {
        LegRoute::Prompt => LegNews::Prompt,
        LegRoute::Accept => LegNews::Accept { pressed: !keys(form)?.is_empty() },
        LegRoute::Progress if is_one_of(form, "CallStatus", &["in-progress", "answered"])? => {
            LegNews::PickedUp
        }
        LegRoute::Progress => LegNews::Progress,
    };
    Ok(news)
}

fn safe_news(step: SafeRoute, form: &Form<'_>, now: Timestamp) -> Result<(Side, News), Malformed> {
    let (side, recording, connected, pressed) = match step {
        SafeRoute::Prompt => (Side::Leg, None, false, false),
        SafeRoute::Accept => (Side::Leg, None, false, !keys(form)?.is_empty()),
        SafeRoute::Rang => (Side::Caller, None, connected(form)?, false),
        SafeRoute::Recorded => (Side::Caller, recording(form, now)?, false, false),
        SafeRoute::Recording => (Side::Caller, finished_recording(form, now)?, false, false),
        SafeRoute::NoMessage => (Side::Caller, None, false, false),
    };
    Ok((side, News::Safe { step, recording, connected, pressed }))
}

/// The keys of a telephone among what was pressed; `Digits` also brings the word `hangup`.
fn keys(form: &Form<'_>) -> Result<Vec<Key>, Malformed> {
    let digits = form.text("Digits")?.unwrap_or_default();
    Ok(digits.chars().filter_map(Key::new).take(MOST_KEYS).collect())
}

/// What the caller said, if the provider understood any of it.
fn heard(form: &Form<'_>) -> Result<Option<Heard>, Malformed> {
    let Some(words) = words(form, "SpeechResult", LONGEST_SPEECH)? else { return Ok(None) };
    let share = form.text("Confidence")?.and_then(|text| text.parse::<f64>().ok());
    let share = share.filter(|share| (0.0..=1.0).contains(share));
    Ok(Some(Heard { words, confidence: share.map(|share| (share * 100.0).round() as u8) }))
}

/// Words on one line, without what no voice can say.
fn words(form: &Form<'_>, name: &'static str, longest: usize) -> Result<Option<String>, Malformed> {
    let Some(text) = form.text(name)? else { return Ok(None) };
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let words: String = words.chars().take(longest).collect();
    Ok(Some(words).filter(|words| !words.is_empty()))
}

/// Whether the dial came to a talk, or to a voicemail that took it for one.
fn connected(form: &Form<'_>) -> Result<bool, Malformed> {
    let lasted = count(form, "DialCallDuration")?.is_some_and(|seconds| seconds > 0);
    Ok(is_one_of(form, "DialCallStatus", &["completed", "answered"])? && lasted)
}

/// The recording as its action tells it. Without a length it counts as empty until the recording's own status says
/// otherwise.
fn recording(form: &Form<'_>, now: Timestamp) -> Result<Option<Recording>, Malformed> {
    let (seconds, url) = (count(form, "RecordingDuration")?, owned(form, "RecordingUrl")?);
    if seconds.is_none() && url.is_none() {
        return Ok(None);
    }
    Ok(Some(Recording { seconds: seconds.unwrap_or(0), url, at: now }))
}

/// The recording as its status callback tells it. Of an absent one nothing is kept, whatever its action said before.
fn finished_recording(form: &Form<'_>, now: Timestamp) -> Result<Option<Recording>, Malformed> {
    if is_one_of(form, "RecordingStatus", &["absent"])? {
        return Ok(Some(Recording { seconds: 0, url: None, at: now }));
    }
    if is_one_of(form, "RecordingStatus", &["completed"])? { recording(form, now) } else { Ok(None) }
}

/// Whether the leg of the request is over: by its status, or because hanging up ended the recording.
fn is_over(form: &Form<'_>) -> Result<bool, Malformed> {
    const FINAL: [&str; 7] = ["completed", "busy", "failed", "no-answer", "canceled", "cancelled", "cancel"];
    Ok(is_one_of(form, "CallStatus", &FINAL)? || is_one_of(form, "Digits", &["hangup"])?)
}

fn is_one_of(form: &Form<'_>, name: &'static str, words: &[&str]) -> Result<bool, Malformed> {
    let text = form.text(name)?.unwrap_or_default();
    Ok(words.iter().any(|word| word.eq_ignore_ascii_case(&text)))
}

fn count(form: &Form<'_>, name: &'static str) -> Result<Option<u32>, Malformed> {
    Ok(form.text(name)?.and_then(|text| text.parse().ok()))
}

fn owned(form: &Form<'_>, name: &'static str) -> Result<Option<String>, Malformed> {
    Ok(form.text(name)?.map(|text| text.into_owned()))
}
