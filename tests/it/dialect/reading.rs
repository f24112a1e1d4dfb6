//! Recorded forms, read.

use jiff::Timestamp;
use ringback::call::{CallId, Caller, Key, PersonName, PhoneNumber, Provider, ProviderCall, Recording};
use ringback::dialect::{LegNews, Malformed, News, Parties, Request, Route, SafeRoute, Webhook, twilio};
use ringback::engine::{Event, Heard, RingEnd};

const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";
const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const CALL: &str = "CA0123456789abcdef0123456789abcdef";
const BOILER: &str = "Hi this is Mia the boiler is leaking again.";
const LEG: &str = "CAfedcba9876543210fedcba9876543210";

fn post(body: &[u8]) -> Request<'_> {
    Request { is_get: false, target: "/twilio/voice", content_type: Some(FORM), signature: None, body }
}

fn read_bytes(path: &str, body: &[u8]) -> Result<Webhook, Malformed> {
    let route = Route::parse(path).expect("a route of ours");
    twilio::read(&post(body), &route, NOW)
}

fn read(path: &str, body: &str) -> Webhook {
    read_bytes(path, body.trim_end().as_bytes()).expect("a webhook")
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a number")
}

fn provider_call() -> ProviderCall {
    ProviderCall { provider: Provider::Twilio, account: ACCOUNT.into(), id: CALL.into() }
}

/// The parties as every request of the caller's own leg names them.
fn parties() -> Parties {
    Parties {
        call: provider_call(),
        caller: Caller::Number(number("+15550142")),
        caller_name: None,
        line: Some(number("+15550100")),
        forwarded_from: None,
        attested: false,
    }
}

/// The parties where the request names the call only.
fn call_only() -> Parties {
    Parties { caller: Caller::Withheld, line: None, ..parties() }
}

fn recording(seconds: u32) -> Recording {
    let url = format!(
        "https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE0123456789abcdef0123456789abcdef"
    );
    Recording { seconds, url: Some(url), at: NOW }
}

fn turn(turn: u16, event: Event) -> News {
    News::Turn { call: CallId(17), turn, event }
}

fn leg(news: LegNews) -> News {
    let person = PersonName::parse("ana").expect("a name");
    News::Leg { call: CallId(17), turn: 2, person, leg: Some(LEG.into()), news }
}

fn safe(step: SafeRoute) -> News {
    News::Safe { step, recording: None, connected: false, pressed: false }
}

fn keys(keys: &str) -> Event {
    Event::Pressed(keys.chars().filter_map(Key::new).collect())
}

fn said(words: &str, confidence: Option<u8>) -> Event {
    Event::Said(Heard { words: words.to_owned(), confidence })
}

fn transcript(text: Option<&str>) -> News {
    News::Transcript { call: CallId(17), text: text.map(str::to_owned) }
}

fn rang(connected: bool) -> Event {
    Event::Rang(RingEnd { connected, leg: Some(LEG.into()) })
}

macro_rules! recorded {
    ($name:literal) => {
        include_str!(concat!("../../webhooks/twilio/", $name, ".form"))
    };
}

#[test]
fn recorded_requests_of_the_callers_leg_are_read() {
    for (path, body, over, news) in [
        ("voice", recorded!("first-fetch"), false, News::Arrived),
        ("status", recorded!("final-status"), true, News::Status),
        ("call/17/3/key", recorded!("key"), false, turn(3, keys("1*0"))),
        ("call/17/3/silence", recorded!("key"), false, turn(3, Event::Silence)),
        (
            "call/17/3/key",
            recorded!("speech"),
            false,
            turn(3, said("I have a question about a bill.", Some(88))),
        ),
        ("call/17/transcript/2", recorded!("transcription"), true, transcript(Some(BOILER))),
        ("call/17/3/rang", recorded!("dial-caller-gone"), true, turn(3, rang(false))),
        ("call/17/3/rang", recorded!("dial-voicemail-bridged"), false, turn(3, rang(true))),
        ("call/17/3/rang", recorded!("dial-voicemail-unbridged"), false, turn(3, rang(true))),
        (
            "call/17/3/recorded",
            recorded!("recorded-hangup"),
            true,
            turn(3, Event::Recorded(Some(recording(31)))),
        ),
        ("call/17/3/no-message", recorded!("key"), false, turn(3, Event::Recorded(None))),
        (
            "fallback",
            recorded!("fallback"),
            false,
            News::Fallback {
                error: Some("11200".into()),
                url: Some("https://phone.example.com/twilio/voice".into()),
            },
        ),
        ("safe/rang", recorded!("dial-caller-gone"), true, safe(SafeRoute::Rang)),
        ("safe/no-message", recorded!("key"), false, safe(SafeRoute::NoMessage)),
        (
            "safe/rang",
            recorded!("dial-voicemail-bridged"),
            false,
            News::Safe { step: SafeRoute::Rang, recording: None, connected: true, pressed: false },
        ),
        (
            "safe/recorded",
            recorded!("recorded-hangup"),
            true,
            News::Safe {
                step: SafeRoute::Recorded,
                recording: Some(recording(31)),
                connected: false,
                pressed: false,
            },
        ),
    ] {
        // Only the first fetch was recorded with what the network says of the number.
        let parties = Parties { attested: path == "voice", ..parties() };
        assert_eq!(read(path, body), Webhook { parties, over, news }, "{path}: {body}");
    }
}

#[test]
fn requests_of_another_leg_belong_to_the_callers_call_and_never_end_it() {
    let pressed = format!("{}&Digits=5", recorded!("leg-prompt").trim_end());
    let owner = News::Safe { step: SafeRoute::Accept, recording: None, connected: false, pressed: true };
    for (path, body, news) in [
        ("call/17/leg/2/ana/prompt", recorded!("leg-prompt"), leg(LegNews::Prompt)),
        ("call/17/leg/2/ana/accept", &pressed, leg(LegNews::Accept { pressed: true })),
        ("call/17/leg/2/ana/accept", recorded!("leg-prompt"), leg(LegNews::Accept { pressed: false })),
        ("call/17/leg/2/ana/progress", recorded!("leg-answered"), leg(LegNews::PickedUp)),
        ("call/17/leg/2/ana/progress", recorded!("leg-unanswered"), leg(LegNews::Progress)),
        ("safe/prompt", recorded!("leg-prompt"), safe(SafeRoute::Prompt)),
        ("safe/accept", &pressed, owner),
    ] {
        assert_eq!(read(path, body), Webhook { parties: call_only(), over: false, news }, "{path}: {body}");
    }
}

#[test]
fn a_leg_that_names_no_parent_stands_for_itself() {
    let webhook = read("call/17/leg/2/ana/prompt", "CallSid=CA2&CallStatus=completed&From=%2B15550142");
    assert_eq!((webhook.parties.call.id.as_str(), webhook.over), ("CA2", false));
}

#[test]
fn the_recording_callback_names_the_call_only() {
    let news = News::Recording { call: CallId(17), recording: Some(recording(31)) };
    let webhook = read("call/17/recording/3", recorded!("recording-status"));
    assert_eq!(webhook, Webhook { parties: call_only(), over: false, news });

    let nothing = Some(Recording { seconds: 0, url: None, at: recording(31).at });
    let body = format!("CallSid={CALL}&RecordingStatus=absent&RecordingUrl=https://a.example/r");
    let webhook = read("call/17/recording/3", &body);
    assert_eq!(webhook.news, News::Recording { call: CallId(17), recording: nothing });

    for status in ["failed", "in-progress", ""] {
        let body = format!("CallSid={CALL}&RecordingStatus={status}&RecordingUrl=https://a.example/r");
        let webhook = read("call/17/recording/3", &body);
        assert_eq!(webhook.news, News::Recording { call: CallId(17), recording: None }, "{status}");
    }
}

#[test]
fn keys_count_more_than_words_and_words_are_kept_plain_and_short() {
    let heard = |more: &str| {
        let news = read("call/17/3/key", &format!("CallSid={CALL}&{more}")).news;
        let News::Turn { event, .. } = news else { panic!("{news:?}") };
        event
    };
    assert_eq!(heard("SpeechResult=billing&Digits=2"), keys("2"));
    assert_eq!(heard("SpeechResult=billing&Digits="), said("billing", None));
    assert_eq!(heard("SpeechResult=+%0A+&Confidence=0.9"), Event::Silence);
    assert_eq!(heard("SpeechResult="), Event::Silence);
    assert_eq!(heard("SpeechResult=a%0D%0A%1B%5B2J+%C2%85bill%00"), said("a [2J bill", None));
    for (confidence, read) in [
        ("0", Some(0)),
        ("1", Some(100)),
        ("0.005", Some(1)),
        ("1.5", None),
        ("-1", None),
        ("NaN", None),
        ("x", None),
    ] {
        assert_eq!(
            heard(&format!("SpeechResult=yes&Confidence={confidence}")),
            said("yes", read),
            "{confidence}"
        );
    }
    let Event::Said(long) = heard(&format!("SpeechResult={}", "%C3%A9".repeat(4000))) else { panic!() };
    assert_eq!(long.words.chars().count(), 500);
}

#[test]
fn what_was_said_in_a_message_is_read_where_the_provider_could() {
    let told = |more: &str| read("call/17/transcript/2", &format!("CallSid={CALL}&{more}"));
    let whole = told("TranscriptionStatus=completed&TranscriptionText=call+me%0Aback");
    assert_eq!(
        (whole.parties.caller, whole.parties.line),
        (Caller::Withheld, None),
        "it names the call only"
    );
    assert_eq!(whole.news, transcript(Some("call me back")));
    for more in [
        "TranscriptionStatus=failed&TranscriptionText=call+me",
        "TranscriptionStatus=completed&TranscriptionText=",
        "TranscriptionStatus=completed",
        "",
    ] {
        assert_eq!(told(more).news, transcript(None), "{more}");
    }
    let long = told(&format!("TranscriptionStatus=completed&TranscriptionText={}", "a".repeat(9000)));
    assert_eq!(long.news, transcript(Some(&"a".repeat(5000))));
    assert_eq!(
        read_bytes("call/17/transcript/2", b"TranscriptionText=hello&TranscriptionStatus=completed"),
        Err(Malformed::NoCall)
    );
}

#[test]
fn a_withheld_and_forwarded_caller_is_known_as_such() {
    let webhook = read("voice", recorded!("first-fetch-withheld"));
    assert_eq!(webhook.parties.caller, Caller::Withheld);
    assert_eq!(webhook.parties.caller_name.as_deref(), Some("Anonymous"));
    assert_eq!(webhook.parties.forwarded_from, Some(number("+15550101")));
    for (from, caller) in [
        ("", Caller::Withheld),
        ("Restricted", Caller::Withheld),
        ("%2B7378742833", Caller::Withheld),
        ("client%3Aana", Caller::Other("client:ana".into())),
        ("sip%3Aana%40a.example", Caller::Other("sip:ana@a.example".into())),
        ("0555", Caller::Other("0555".into())),
    ] {
        let webhook = read("voice", &format!("CallSid=CA1&From={from}&To=sip%3Aline"));
        assert_eq!((webhook.parties.caller, webhook.parties.line), (caller, None), "{from}");
    }
}

#[test]
fn every_spelling_of_a_final_status_ends_the_call() {
    for (status, over) in [
        ("completed", true),
        ("Completed", true),
        ("busy", true),
        ("failed", true),
        ("no-answer", true),
        ("canceled", true),
        ("CANCELLED", true),
        ("cancel", true),
        ("queued", false),
        ("initiated", false),
        ("ringing", false),
        ("in-progress", false),
        ("something-new", false),
        ("", false),
    ] {
        assert_eq!(read("status", &format!("CallSid=CA1&CallStatus={status}")).over, over, "{status}");
    }
    assert!(!read("status", "CallSid=CA1").over);
}

#[test]
fn a_call_id_is_any_text() {
    let longest = "x".repeat(200);
    for id in ["v3:a-b_c", "2f1c1a2e-0000-4000-8000-000000000000", "7", "ñ'\"<>", &longest] {
        assert_eq!(read("voice", &format!("CallSid={id}")).parties.call.id, id);
    }
}

#[test]
fn a_request_without_a_call_is_malformed() {
    let too_long = format!("CallSid={}", "x".repeat(201));
    for body in ["From=%2B15550142", "CallSid=", "CallSid=+%00", "callsid=CA1", "%43allSid%zz=CA1", &too_long]
    {
        assert_eq!(read_bytes("voice", body.as_bytes()), Err(Malformed::NoCall), "{body}");
    }
}

#[test]
fn only_keys_of_a_telephone_are_pressed() {
    for (digits, event) in [
        ("7", keys("7")),
        ("%23", keys("#")),
        ("12AD%2A", keys("12AD*")),
        ("1x2", keys("12")),
        ("", Event::Silence),
        ("+++", Event::Silence),
        ("hangup", Event::Silence),
        ("%F0%9F%93%9E", Event::Silence),
    ] {
        let webhook = read("call/17/3/key", &format!("CallSid=CA1&Digits={digits}"));
        assert_eq!(webhook.news, turn(3, event), "{digits}");
    }
    assert_eq!(read("call/17/3/key", "CallSid=CA1").news, turn(3, Event::Silence));
    let many = read("call/17/3/key", &format!("CallSid=CA1&Digits={}", "1".repeat(5000)));
    assert_eq!(many.news, turn(3, keys(&"1".repeat(32))));
}

#[test]
fn a_talk_needs_a_status_and_a_duration() {
    for (result, connected) in [
        ("DialCallStatus=completed&DialCallDuration=1", true),
        ("DialCallStatus=Answered&DialCallDuration=60", true),
        ("DialCallStatus=completed&DialCallDuration=0", false),
        ("DialCallStatus=completed&DialCallDuration=-1", false),
        ("DialCallStatus=completed&DialBridged=true", false),
        ("DialCallStatus=busy&DialCallDuration=9", false),
        ("DialCallStatus=no-answer", false),
        ("DialCallDuration=9", false),
        ("", false),
    ] {
        let webhook = read("call/17/3/rang", &format!("CallSid=CA1&{result}"));
        assert_eq!(webhook.news, turn(3, Event::Rang(RingEnd { connected, leg: None })), "{result}");
    }
}

#[test]
fn a_recording_is_what_has_a_length_or_a_place() {
    let some = |seconds, url: Option<&str>| Some(Recording { seconds, url: url.map(str::to_owned), at: NOW });
    for (result, recording) in [
        ("", None),
        ("RecordingUrl=&RecordingDuration=", None),
        ("RecordingDuration=4", some(4, None)),
        ("RecordingDuration=0", some(0, None)),
        ("RecordingUrl=https://a.example/r", some(0, Some("https://a.example/r"))),
        (
            "RecordingUrl=https://a.example/r&RecordingDuration=4&Digits=1",
            some(4, Some("https://a.example/r")),
        ),
    ] {
        let webhook = read("call/17/3/recorded", &format!("CallSid=CA1&{result}"));
        assert_eq!(webhook.news, turn(3, Event::Recorded(recording)), "{result}");
        assert!(!webhook.over, "{result}");
    }
}

#[test]
fn a_parameter_that_says_two_things_is_malformed() {
    for (path, body, name) in [
        ("voice", "CallSid=CA1&CallSid=CA2", "CallSid"),
        ("voice", "CallSid=CA1&From=%2B15550142&From=%2B15550143", "From"),
        ("voice", "CallSid=CA1&To=a&To=", "To"),
        ("status", "CallSid=CA1&CallStatus=ringing&CallStatus=completed", "CallStatus"),
        ("call/17/3/key", "CallSid=CA1&Digits=1&Digits=2", "Digits"),
        ("call/17/3/rang", "CallSid=CA1&DialCallStatus=busy&DialCallStatus=completed", "DialCallStatus"),
        ("call/17/leg/2/ana/prompt", "CallSid=CA1&ParentCallSid=CA2&ParentCallSid=CA3", "ParentCallSid"),
    ] {
        assert_eq!(read_bytes(path, body.as_bytes()), Err(Malformed::Doubled(name)), "{body}");
    }
    assert!(read_bytes("voice", b"CallSid=CA1&CallSid=CA1&Other=a&Other=b").is_ok());
}

#[test]
fn only_full_attestation_of_a_call_to_this_line_counts() {
    let attested = |verstat: &str| {
        read("voice", &format!("CallSid=CA1&From=%2B15550142&StirVerstat={verstat}")).parties.attested
    };
    assert!(attested("TN-Validation-Passed-A"));
    for verstat in [
        "TN-Validation-Passed-B",
        "TN-Validation-Passed-C",
        "TN-Validation-Passed-A-Diverted",
        "TN-Validation-Failed-A",
        "TN-Validation-Failed",
        "No-TN-Validation",
        "tn-validation-passed-a",
        "NULL",
        "",
    ] {
        assert!(!attested(verstat), "{verstat}");
    }
    assert!(!read("voice", "CallSid=CA1&From=%2B15550142").parties.attested);
    let withheld = "CallSid=CA1&From=anonymous&StirVerstat=TN-Validation-Passed-A";
    assert!(!read("voice", withheld).parties.attested, "there is no number to vouch for");
    let status =
        read("status", "CallSid=CA1&From=%2B15550142&StirStatus=A&StirVerstat=TN-Validation-Passed-A");
    assert!(status.parties.attested);
    let leg = "CallSid=CA2&ParentCallSid=CA1&From=%2B15550100&StirVerstat=TN-Validation-Passed-A";
    assert!(!read("call/17/leg/2/ana/prompt", leg).parties.attested, "the leg's, not the caller's");
}

#[test]
fn what_a_journal_kept_before_there_was_attestation_is_read() {
    let mut kept = serde_json::to_value(parties()).expect("JSON");
    assert!(kept.as_object_mut().expect("an object").remove("attested").is_some());
    assert_eq!(serde_json::from_value::<Parties>(kept).expect("parties"), parties());
}

#[test]
fn strange_bytes_are_read_as_far_as_they_go() {
    let webhook =
        read_bytes("voice", b"&&CallSid=C\xffA%001%zz&CallerName=Jos\xe9+%C3%A9&=&;").expect("a webhook");
    assert_eq!(webhook.parties.call.id, "C\u{fffd}A1%zz");
    assert_eq!(webhook.parties.caller_name.as_deref(), Some("Jos\u{fffd} é"));
    let long = read("voice", &format!("CallSid=CA1&CallerName={}", "é".repeat(100)));
    assert_eq!(long.parties.caller_name, Some("é".repeat(60)));
}

#[test]
fn a_malformed_request_still_tells_its_call_where_it_can() {
    let call_in = |body: &str| twilio::call_in(&post(body.as_bytes()));
    let doubled = format!("{}&From=%2B15550143", recorded!("first-fetch").trim_end());
    assert_eq!(call_in(&doubled), Some(Parties { caller: Caller::Withheld, ..parties() }));
    assert_eq!(call_in(recorded!("leg-prompt")), Some(call_only()));
    let many = format!("{}{}", recorded!("first-fetch").trim_end(), "&a=b".repeat(300));
    assert_eq!(call_in(&many), Some(Parties { attested: true, ..parties() }));
    for body in ["", "From=%2B15550142", "CallSid=CA1&CallSid=CA2"] {
        assert_eq!(call_in(body), None, "{body}");
    }
    assert_eq!(twilio::call_in(&Request { content_type: Some("text/plain"), ..post(b"CallSid=CA1") }), None);
}

#[test]
fn equal_requests_have_equal_fingerprints_and_others_do_not() {
    let request = post(b"a=1");
    let print = twilio::fingerprint(&request);
    assert_eq!(print.len(), 16);
    assert!(print.bytes().all(|byte| byte.is_ascii_hexdigit()), "{print}");
    assert_eq!(twilio::fingerprint(&Request { signature: Some("x"), content_type: None, ..request }), print);
    for other in [
        Request { is_get: true, ..request },
        Request { target: "/twilio/status", ..request },
        Request { body: b"a=2", ..request },
    ] {
        assert_ne!(twilio::fingerprint(&other), print);
    }
}

#[test]
fn a_get_and_a_json_body_say_the_same_as_a_form() {
    let form = read("voice", "CallSid=CA1&From=%2B15550142&CallStatus=ringing");
    let get = Request {
        is_get: true,
        target: "/twilio/voice?CallSid=CA1&From=%2B15550142&CallStatus=ringing",
        content_type: None,
        ..post(b"")
    };
    assert_eq!(twilio::read(&get, &Route::Voice, NOW), Ok(form.clone()));
    let json = Request {
        content_type: Some("application/json"),
        ..post(br#"{"CallSid": "CA1", "From": "+15550142", "CallStatus": "ringing", "Extra": {"a": [1]}}"#)
    };
    assert_eq!(twilio::read(&json, &Route::Voice, NOW), Ok(form));
}
