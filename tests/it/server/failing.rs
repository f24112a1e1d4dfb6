//! Whatever cannot be read or fails inside: the caller hears something kind.

use ringback::dialect::Malformed;
use ringback::server::Fault;

use super::{APOLOGY, CALL, FLOWS_REPLY, Mood, Server, live, post, quick};

#[tokio::test]
async fn genuine_but_malformed_requests_get_the_safe_reply_and_a_row() {
    let long = format!("{CALL}&Padding={}", "a".repeat(4 << 20));
    let many = format!("{CALL}{}", "&a=1".repeat(10_000));
    let cases = [
        ("/twilio/voice", "From=%2B15550142", Malformed::NoCall.into()),
        ("/twilio/voice", "", Malformed::NoCall.into()),
        ("/twilio/voice", "CallSid=&AccountSid=AC0&From=%2B15550142", Malformed::NoCall.into()),
        ("/twilio/voice", "CallSid=CA0&CallSid=CA1", Malformed::Doubled("CallSid").into()),
        ("/twilio/voice", &long, Fault::TooLong(long.len())),
        ("/twilio/voice", &many, Malformed::TooManyParameters.into()),
        ("/twilio/nothing", CALL, Malformed::NoSuchUrl.into()),
        ("/elsewhere/voice", CALL, Malformed::NoSuchUrl.into()),
        ("/twilio/call/1/0/typo", CALL, Malformed::NoSuchUrl.into()),
    ];
    let server = Server::start(live(), Mood::Answers).await;
    for (path, body, why) in cases {
        let response = server.ask(&post(path, body)).await;
        assert!(
            response.starts_with("HTTP/1.1 200 OK\r\n") && response.contains(APOLOGY),
            "{path} {why}: {response}"
        );
        let kept = server.malformed();
        assert_eq!(kept.len(), 1, "{path} {why}");
        assert_eq!((kept[0].path.as_str(), &kept[0].why), (path, &why));
        assert!(kept[0].body_start.len() <= 1024);
    }
    assert_eq!(server.heard(), [""; 0]);
}

#[tokio::test]
async fn a_genuine_request_whose_reading_panics_is_kept_with_its_call() {
    let server = Server::start(live(), Mood::PanicsInReading).await;
    let response = server.ask(&post("/twilio/voice", CALL)).await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && response.contains(APOLOGY), "{response}");
    let kept = server.malformed();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].path.as_str(), &kept[0].why), ("/twilio/voice", &Fault::Bug));
    assert_eq!(kept[0].parties.as_ref().map(|parties| parties.call.id.as_str()), Some("CA0"));
    assert!(server.ask(&post("/twilio/voice", CALL)).await.ends_with(FLOWS_REPLY), "the next hears the flow");
}

#[tokio::test]
async fn a_report_whose_reading_panics_is_not_acknowledged() {
    for path in ["/twilio/call/7/leg/1/ana/progress", "/twilio/call/7/recording/3"] {
        let server = Server::start(live(), Mood::PanicsInReading).await;
        assert!(server.ask(&post(path, CALL)).await.starts_with("HTTP/1.1 500 "), "{path}");
        assert_eq!(server.malformed().len(), 1, "its call is kept all the same: {path}");
        assert!(server.ask(&post(path, CALL)).await.ends_with(FLOWS_REPLY), "the next is understood: {path}");
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_genuine_and_not_read() {
    let server = Server::start(live(), Mood::Answers).await;
    for kind in ["text/plain", "multipart/form-data; boundary=x"] {
        let request = post("/twilio/voice", CALL).replace("application/x-www-form-urlencoded", kind);
        let response = server.ask(&request).await;
        assert!(response.contains(APOLOGY), "{kind}: {response}");
        assert_eq!(server.malformed()[0].why, Malformed::NotAForm.into(), "{kind}");
    }
}

#[tokio::test]
async fn broken_escapes_and_broken_text_are_still_a_call() {
    let server = Server::start(live(), Mood::Answers).await;
    for body in
        ["CallSid=CA0&From=%zz&To=%", "CallSid=CA0&From=%ff%fe&CallerName=%c3%28", "CallSid=CA0&&=&x&=y"]
    {
        assert!(server.ask(&post("/twilio/voice", body)).await.ends_with(FLOWS_REPLY), "{body}");
    }
    assert_eq!(server.heard().len(), 3);
}

#[tokio::test]
async fn a_malformed_request_that_cannot_be_kept_is_answered_all_the_same() {
    for mood in [Mood::Fails, Mood::Panics, Mood::Hangs] {
        let server = Server::start_with(live(), mood, quick()).await;
        assert!(server.ask(&post("/twilio/voice", "From=anonymous")).await.contains(APOLOGY), "{mood:?}");
    }
}

#[tokio::test]
async fn whatever_fails_inside_a_voice_request_the_caller_hears_the_safe_reply() {
    for mood in [Mood::Fails, Mood::Panics, Mood::Hangs, Mood::Empty, Mood::Safe] {
        let server = Server::start_with(live(), mood, quick()).await;
        for path in ["/twilio/voice", "/twilio/fallback", "/twilio/call/7/1/key", "/twilio/call/7/2/rang"] {
            let response = server.ask(&post(path, CALL)).await;
            assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{mood:?} {path}: {response}");
            assert!(
                response.contains(APOLOGY) && response.contains("+15550101"),
                "{mood:?} {path}: {response}"
            );
        }
    }
}

#[tokio::test]
async fn whatever_fails_inside_a_status_request_there_is_no_error() {
    for mood in [Mood::Fails, Mood::Panics, Mood::Hangs, Mood::Empty, Mood::Safe] {
        let server = Server::start_with(live(), mood, quick()).await;
        for path in ["/twilio/status", "/twilio/call/7/leg/1/ana/progress", "/twilio/call/7/recording/3"] {
            let response = server.ask(&post(path, CALL)).await;
            assert!(response.starts_with("HTTP/1.1 204 No Content\r\n"), "{mood:?} {path}: {response}");
        }
    }
}

#[tokio::test]
async fn when_all_fails_only_a_pressed_key_puts_a_caller_through() {
    let server = Server::start(live(), Mood::Fails).await;
    let leg = "CallSid=CA1&ParentCallSid=CA0&AccountSid=AC0";
    for (path, more, expected) in [
        ("/twilio/call/7/leg/1/ana/prompt", "", "Press any key"),
        ("/twilio/call/7/leg/1/ana/accept", "&Digits=5", "<Response></Response>"),
        ("/twilio/call/7/leg/1/ana/accept", "", "<Response><Hangup/></Response>"),
        ("/twilio/call/7/leg/1/ana/accept", "&Digits=5&Digits=6", "<Response><Hangup/></Response>"),
        ("/twilio/safe/prompt", "", "Press any key"),
        ("/twilio/safe/accept", "&Digits=1", "<Response></Response>"),
        ("/twilio/safe/accept", "", "<Response><Hangup/></Response>"),
        ("/twilio/safe/rang", "&DialCallStatus=no-answer", "<Record"),
        // It may have been a voicemail.
        ("/twilio/safe/rang", "&DialCallStatus=completed&DialCallDuration=9", "<Record"),
        ("/twilio/safe/recorded", "&RecordingDuration=4", "Goodbye"),
        ("/twilio/safe/no-message", "", "Goodbye"),
    ] {
        let response = server.ask(&post(path, &format!("{leg}{more}"))).await;
        assert!(
            response.starts_with("HTTP/1.1 200 OK\r\n") && response.contains(expected),
            "{path} {more}: {response}"
        );
    }
    assert!(server.ask(&post("/twilio/safe/recording", leg)).await.starts_with("HTTP/1.1 204 "));
}
