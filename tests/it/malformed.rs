//! Genuine and malformed: 200, the safe reply, exactly one row, and somebody will ring back.

use std::time::Duration;

use ringback::dialect::{Form, twilio};
use ringback::phone::Clock;
use ringback::server::Limits;

use crate::support::judge::judge;
use crate::support::line::{
    FRIDAY, FRONT_DESK, PUBLIC_URL, SETTINGS, TOKEN, TestLine, home_with, outcome_of,
};
use crate::support::wire::{ask, body_of, post, post_as, status_of};

const FORM: &str = "application/x-www-form-urlencoded";
const GOOD: &str = "CallSid=CA1&AccountSid=AC0&From=%2B15550142&To=%2B15550100&CallStatus=ringing";

/// Signs over what a form parser sees, as the provider does.
fn signed(kind: &str, target: &str, body: &[u8]) -> Vec<u8> {
    let form = if kind == FORM { Form::parse(body) } else { Form::default() };
    let signature = twilio::sign(TOKEN, &format!("{PUBLIC_URL}{target}"), &form);
    post_as(kind, target, &signature, body)
}

/// Asks twice; there is one row, and one entry, and the bytes are the same.
async fn is_one_row(what: &str, request: &[u8]) -> (TestLine, String) {
    let line = TestLine::open().await;
    let first = ask(&line, request).await;
    assert_eq!(status_of(&first), 200, "{what}: {first}");
    judge(body_of(&first));
    assert_eq!((line.calls().len(), line.call_backs().len()), (1, 1), "{what}");
    let again = ask(&line, request).await;
    assert_eq!(body_of(&again), body_of(&first), "{what}");
    assert_eq!((line.calls().len(), line.call_backs().len()), (1, 1), "{what}: a repeat is no second row");
    assert_eq!(line.entry().stored.calls, 1);
    (line, body_of(&first).to_owned())
}

#[tokio::test]
async fn whatever_is_wrong_with_a_voice_request_the_caller_is_helped_and_kept() {
    let long = [GOOD.as_bytes(), b"&Junk=", &vec![b'x'; 4 << 20]].concat();
    let many = [GOOD.as_bytes(), "&A=1".repeat(400).as_bytes()].concat();
    for (what, kind, body) in [
        ("nothing in it", FORM, b"".to_vec()),
        ("missing fields", FORM, b"From=%2B15550142".to_vec()),
        ("an empty call id", FORM, GOOD.replace("CA1", "").into_bytes()),
        ("a blank call id", FORM, GOOD.replace("CA1", "+%20+").into_bytes()),
        ("an endless call id", FORM, GOOD.replace("CA1", &"C".repeat(300)).into_bytes()),
        ("two call ids", FORM, format!("{GOOD}&CallSid=CA2").into_bytes()),
        ("two callers", FORM, format!("{GOOD}&From=%2B15550143").into_bytes()),
        ("two lines", FORM, format!("{GOOD}&To=%2B15550111").into_bytes()),
        ("4 MiB", FORM, long),
        ("too many parameters", FORM, many),
        ("another type", "text/plain", GOOD.as_bytes().to_vec()),
        ("no type", "", GOOD.as_bytes().to_vec()),
        ("XML", "text/xml", b"<Call/>".to_vec()),
    ] {
        let (line, document) = is_one_row(what, &signed(kind, "/twilio/voice", &body)).await;
        assert!(document.contains("having a small problem"), "{what}: {document}");
        assert_eq!(outcome_of(&line.calls()[0]), "in_progress", "{what}: the caller is still there");
    }
}

#[tokio::test]
async fn odd_bytes_that_can_be_read_are_a_call_like_any_other() {
    for (what, body) in [
        ("broken escapes", format!("{GOOD}&CallerName=%zz%4&%=%")),
        ("invalid UTF-8", format!("{GOOD}&CallerName=%ff%fe%00M")),
        ("a parameter twice with one value", format!("{GOOD}&CallSid=CA1&To=%2B15550100")),
        ("no caller", GOOD.replace("From=%2B15550142&", "")),
        ("a strange caller", GOOD.replace("%2B15550142", "%01%00sip%3Ax%40y%22%3C")),
        ("no account", GOOD.replace("AccountSid=AC0&", "")),
        ("no status", GOOD.replace("&CallStatus=ringing", "")),
    ] {
        let line = TestLine::open().await;
        let request = signed(FORM, "/twilio/voice", body.as_bytes());
        let answer = ask(&line, &request).await;
        assert_eq!(status_of(&answer), 200, "{what}");
        judge(body_of(&answer));
        assert!(body_of(&answer).contains("Hi, you've reached Ridge Plumbing."), "{what}: {answer}");
        assert_eq!(body_of(&ask(&line, &request).await), body_of(&answer));
        assert_eq!(line.calls().len(), 1, "{what}");
    }
    let mut raw = GOOD.as_bytes().to_vec();
    raw.extend_from_slice(b"&CallerName=\xff\xfe");
    let line = TestLine::open().await;
    assert_eq!(status_of(&ask(&line, &signed(FORM, "/twilio/voice", &raw)).await), 200);
    assert_eq!(line.calls().len(), 1);
}

#[tokio::test]
async fn a_genuine_request_for_a_url_that_we_never_gave_out_is_kept_and_helped() {
    for target in ["/twilio/voices", "/twilio/call/1/1/keys", "/twilio/", "/other", "/twilio/call/x/1/key"] {
        let (line, document) = is_one_row(target, &signed(FORM, target, GOOD.as_bytes())).await;
        assert!(document.contains("having a small problem"), "{target}");
        assert_eq!(line.calls()[0].call_id, "CA1", "{target}");
    }
}

#[tokio::test]
async fn a_turn_of_a_call_that_we_never_heard_of_is_kept_and_helped() {
    for target in [
        "/twilio/call/99/1/key",
        "/twilio/call/99/4/rang",
        "/twilio/call/99/0/key",
        "/twilio/call/99/3/recorded",
    ] {
        let (line, _) = is_one_row(target, &signed(FORM, target, GOOD.as_bytes())).await;
        assert_eq!(line.calls()[0].call_id, "CA1", "{target}");
    }
    // A future turn of a call that is known.
    let line = TestLine::open().await;
    ask(&line, &signed(FORM, "/twilio/voice", GOOD.as_bytes())).await;
    let answer = ask(&line, &signed(FORM, "/twilio/call/1/7/key", GOOD.as_bytes())).await;
    assert!(body_of(&answer).contains("having a small problem"));
    assert_eq!((line.calls().len(), line.call_backs().len()), (1, 1));
    // Another call's URL.
    let other = GOOD.replace("CA1", "CA2");
    ask(&line, &signed(FORM, "/twilio/call/1/1/rang", other.as_bytes())).await;
    assert_eq!((line.calls().len(), line.path_of(ringback::call::CallId(1)).as_str()), (2, "hello"));
}

#[tokio::test]
async fn no_request_to_any_route_gets_an_error_of_ours() {
    let line = TestLine::open().await;
    let routes = [
        "voice",
        "status",
        "fallback",
        "call/1/1/key",
        "call/1/1/silence",
        "call/1/1/rang",
        "call/1/1/recorded",
        "call/1/1/no-message",
        "call/1/leg/0/ana/prompt",
        "call/1/leg/0/ana/accept",
        "call/1/leg/0/ana/progress",
        "call/1/leg/0/nobody/prompt",
        "call/1/recording/0",
        "call/1/transcript/0",
        "safe/prompt",
        "safe/accept",
        "safe/rang",
        "safe/recorded",
        "safe/recording",
        "safe/no-message",
        "nothing",
    ];
    let bodies = [
        GOOD.to_owned(),
        String::new(),
        "CallSid=%00".to_owned(),
        format!("{GOOD}&Digits=1&Digits=2&DialCallStatus=x&DialCallStatus=y"),
        format!(
            "{GOOD}&Digits=%F0%9F%98%80&DialCallDuration=-1&RecordingDuration=9e99&RecordingStatus=completed"
        ),
        format!("{GOOD}&RecordingDuration=99999999999999&RecordingUrl=%3Cx%3E&DialCallDuration=4294967296"),
        format!(
            "{GOOD}&SpeechResult=%FF%1B&Confidence=inf&TranscriptionStatus=completed&TranscriptionText=%00%FF"
        ),
        format!("{GOOD}&SpeechResult=a&SpeechResult=b&TranscriptionText=a&TranscriptionText=b"),
        format!("{GOOD}&ParentCallSid=CA1&ErrorCode=%22&ErrorUrl=%00&CallerName={}", "n".repeat(500)),
    ];
    for route in routes {
        for body in &bodies {
            for kind in [FORM, "application/json"] {
                let answer = ask(&line, &signed(kind, &format!("/twilio/{route}"), body.as_bytes())).await;
                assert!((200..500).contains(&status_of(&answer)), "{route} {body}: {answer}");
                if status_of(&answer) == 200 {
                    judge(body_of(&answer));
                }
            }
        }
    }
    assert_eq!(line.calls().iter().filter(|call| call.call_id == "CA1").count(), 1);
}

#[tokio::test]
async fn half_a_request_is_closed_in_time_and_leaves_nothing() {
    let limits = Limits {
        header: Duration::from_millis(200),
        body: Duration::from_millis(200),
        rest: Duration::from_millis(400),
        ..Limits::default()
    };
    let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let line = TestLine::open_limited(home, Clock::starting(FRIDAY.parse().unwrap()), limits).await;
    let whole = signed(FORM, "/twilio/voice", GOOD.as_bytes());
    for length in [1, 20, 60, 120, whole.len() - GOOD.len() - 2, whole.len() - GOOD.len(), whole.len() - 1] {
        let answer = ask(&line, &whole[..length]).await;
        assert!([0, 408].contains(&status_of(&answer)), "{length} bytes: {answer}");
    }
    assert!(line.calls().is_empty());
    assert_eq!(status_of(&ask(&line, &whole).await), 200);
    assert_eq!(line.calls().len(), 1);
}

#[tokio::test]
async fn what_is_no_webhook_is_turned_away_without_a_row() {
    let line = TestLine::open().await;
    for request in [
        &b"PUT /twilio/voice HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"[..],
        b"DELETE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /twilio/voice HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"not HTTP at all\r\n\r\n",
        &post("/twilio/voice", "", GOOD.as_bytes()),
    ] {
        let answer = ask(&line, request).await;
        assert!((400..500).contains(&status_of(&answer)), "{answer}");
    }
    assert!(line.calls().is_empty());
}
