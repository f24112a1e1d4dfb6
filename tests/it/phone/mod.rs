//! The simulated provider against a server that answers with canned documents.

mod canned;
mod documents;
mod rings;
mod wire;

use std::time::Duration;

use ringback::phone::{Clock, Ended, FinalStatus, Heard, Script};

use canned::Canned;

const PUBLIC: &str = "https://phone.example.com";
const CALLER: &str = "+15550142";
const LINE: &str = "+15550100";
const ANA: &str = "+15550101";
const BEN: &str = "+15550102";

const MENU: &str = r#"<Gather action="/key" method="POST" numDigits="1" finishOnKey="" timeout="5">
    <Say>For a call back, press 1.</Say></Gather><Redirect method="POST">/silence</Redirect>"#;
const PROMPT: &str = r#"<Gather action="/accept" method="POST" numDigits="1" finishOnKey="" timeout="8">
    <Say>A new caller. Press any key.</Say></Gather><Hangup/>"#;
const LISTENS: &str = r#"<Gather input="dtmf speech" action="/key" method="POST" numDigits="1" finishOnKey="" timeout="5"
    speechTimeout="auto" hints="billing, a bill"><Say>For billing, press 1.</Say></Gather>
    <Redirect method="POST">/silence</Redirect>"#;
const BYE: &str = "<Say>Goodbye.</Say><Hangup/>";

fn script(acts: &str) -> Script {
    Script::new(CALLER, LINE).caller(acts).expect("a script")
}

fn clean(heard: Heard) -> Heard {
    heard.clean().unwrap_or_else(|unclean| panic!("{unclean}"))
}

async fn recording() -> Canned {
    let record = r#"<Say>Leave a message.</Say><Record action="/recorded" method="POST" maxLength="180" timeout="6"
        recordingStatusCallback="/file" recordingStatusCallbackEvent="completed absent"/><Redirect>/none</Redirect>"#;
    Canned::documents(&[("/twilio/voice", record), ("/recorded", BYE), ("/none", BYE)]).await
}

#[tokio::test]
async fn a_pressed_key_goes_to_the_action_and_what_was_heard_reads_like_a_call() {
    let server = Canned::documents(&[("/twilio/voice", MENU), ("/key", BYE)]).await;
    let heard = clean(server.exchange().call(script("1")).await);
    assert_eq!(
        heard.to_string(),
        " 0:00  caller      +15550142 rings +15550100\n \
         0:00  ringback    \"For a call back, press 1.\"\n \
         0:03  caller      presses 1\n \
         0:03  ringback    \"Goodbye.\"\n \
         0:04  ringback    hangs up\n"
    );
    assert_eq!(heard.ended, Ended::HungUp);
    let first = server.only("/twilio/voice");
    assert_eq!(first.params("CallStatus Direction From To Caller Called"), {
        "ringing inbound +15550142 +15550100 +15550142 +15550100"
    });
    assert_eq!(first.params("CallSid ApiVersion"), format!("{} 2010-04-01", heard.call));
    assert_eq!(server.only("/key").params("Digits CallStatus"), "1 in-progress");
    assert_eq!(
        server.only("/twilio/status").params("CallStatus CallDuration SequenceNumber"),
        "completed 4 0"
    );
}

#[tokio::test]
async fn a_key_cuts_the_words_short_and_silence_falls_through_to_the_next_verb() {
    let server = Canned::documents(&[("/twilio/voice", MENU), ("/key", BYE), ("/silence", MENU)]).await;
    let heard = clean(server.exchange().call(script("silence, 1 after 1s")).await);
    // 2.74 s of words and 5 s of quiet, then one second into the words of the second menu, then the goodbye.
    assert_eq!(heard.lasted, Duration::from_millis(2740 + 5000 + 1000 + 765));
    assert_eq!(server.only("/silence").param("Digits"), None);
    assert_eq!(server.only("/key").param("Digits").as_deref(), Some("1"));
}

#[tokio::test]
async fn what_is_said_goes_to_the_action_of_a_menu_that_listens() {
    let server = Canned::documents(&[("/twilio/voice", LISTENS), ("/key", BYE), ("/silence", BYE)]).await;
    let heard = clean(server.exchange().call(script("says a bill after 1s")).await);
    assert!(heard.has("says \"a bill\""), "{heard}");
    assert_eq!(server.only("/key").params("SpeechResult Confidence Digits"), "a bill 0.9214 -");
    // One second into the words, two words, one second of quiet, and the goodbye.
    assert_eq!(heard.lasted, Duration::from_millis(1000 + 1160 + 1000 + 765));
    assert!(server.to("/silence").is_empty());
    clean(server.exchange().call(script("1")).await);
    assert_eq!(server.to("/key")[1].params("SpeechResult Digits"), "- 1");
}

#[tokio::test]
async fn who_speaks_where_only_keys_are_taken_is_not_heard() {
    let server = Canned::documents(&[("/twilio/voice", MENU), ("/key", BYE), ("/silence", MENU)]).await;
    let heard = clean(server.exchange().call(script("says billing, 1")).await);
    assert!(heard.has("says \"billing\", and only keys are taken"), "{heard}");
    assert_eq!(server.to("/silence").len(), 1);
    assert_eq!(server.only("/key").params("Digits SpeechResult"), "1 -");
    let deaf = LISTENS.replace("dtmf speech", "speech");
    let server = Canned::documents(&[("/twilio/voice", &deaf), ("/key", BYE), ("/silence", BYE)]).await;
    let heard = clean(server.exchange().call(script("1")).await);
    assert!(heard.has("presses 1, and only words are taken") && server.to("/key").is_empty(), "{heard}");
}

#[tokio::test]
async fn another_language_than_the_first_is_told() {
    let say =
        "<Say language=\"fr-CA\">Bonjour.</Say><Say>Hello.</Say><Say language=\"fr-CA\">Bon.</Say><Hangup/>";
    let server = Canned::documents(&[("/twilio/voice", say)]).await;
    let heard = clean(server.exchange().call(script("")).await);
    let said = heard.lines.iter().filter(|line| line.what.starts_with('"')).map(|line| line.what.as_str());
    assert_eq!(said.collect::<Vec<_>>(), ["\"Bonjour.\"", "\"Hello.\" in en-US", "\"Bon.\""]);
}

#[tokio::test]
async fn a_message_is_written_down_if_it_is_long_enough_and_not_too_long() {
    let record = r#"<Record action="/recorded" method="POST" maxLength="180" transcribe="true"
        transcribeCallback="/words"/><Redirect>/none</Redirect>"#;
    let server = Canned::documents(&[("/twilio/voice", record), ("/recorded", BYE), ("/none", BYE)]).await;
    for acts in ["message 2s saying hi", "message 120s saying so much", "silence"] {
        clean(server.exchange().call(script(acts)).await);
    }
    assert!(server.to("/words").is_empty());
    let heard = clean(server.exchange().call(script("message 12s # saying the boiler leaks")).await);
    let words = server.only("/words");
    assert_eq!(words.params("TranscriptionStatus TranscriptionText"), "completed the boiler leaks");
    assert_eq!(words.params("CallSid From To"), format!("{} {CALLER} {LINE}", heard.call));
    clean(server.exchange().call(script("message 12s")).await);
    assert_eq!(server.to("/words")[1].params("TranscriptionStatus"), "failed");
}

#[tokio::test]
async fn the_finishing_key_ends_a_number_and_is_no_input_by_itself() {
    let ask =
        r##"<Gather action="/key" method="POST" finishOnKey="#" timeout="5"/><Redirect>/silence</Redirect>"##;
    let server = Canned::documents(&[("/twilio/voice", ask), ("/key", BYE), ("/silence", ask)]).await;
    clean(server.exchange().call(script("#, 5550142#")).await);
    assert_eq!(server.to("/silence").len(), 1);
    assert_eq!(server.only("/key").param("Digits").as_deref(), Some("5550142"));
}

#[tokio::test]
async fn a_caller_who_leaves_at_any_moment_is_only_seen_in_the_final_status() {
    let server = Canned::documents(&[("/twilio/voice", MENU)]).await;
    let heard = clean(server.exchange().call(script("hang up after 1s")).await);
    assert_eq!((heard.ended, heard.lasted), (Ended::CallerLeft, Duration::from_secs(1)));
    assert!(server.to("/key").is_empty());
    assert_eq!(server.only("/twilio/status").params("CallStatus CallDuration"), "completed 1");

    let mut exchange = server.exchange();
    exchange.quirks.menu_action_when_caller_leaves = true;
    exchange.call(script("hang up after 1s")).await;
    assert_eq!(server.only("/key").params("CallStatus Digits"), "completed -");
}

#[tokio::test]
async fn a_message_is_reported_at_hang_up_and_again_when_the_file_is_ready() {
    let server = recording().await;
    let heard = clean(server.exchange().call(script("message 12s")).await);
    assert_eq!(heard.ended, Ended::CallerLeft);
    assert_eq!(server.only("/recorded").params("Digits CallStatus RecordingDuration"), "hangup completed 12");
    let file = server.only("/file");
    assert_eq!(
        file.params("RecordingStatus RecordingDuration CallSid"),
        format!("completed 12 {}", heard.call)
    );
    assert_eq!(file.params("From To CallStatus"), "- - -");
    assert_eq!(file.param("RecordingUrl"), server.only("/recorded").param("RecordingUrl"));
}

#[tokio::test]
async fn a_key_or_quiet_ends_a_message_and_the_call_goes_on() {
    let server = recording().await;
    let heard = clean(server.exchange().call(script("message 12s #")).await);
    assert_eq!(heard.ended, Ended::HungUp);
    assert_eq!(server.only("/recorded").params("Digits CallStatus RecordingDuration"), "# in-progress 12");

    clean(server.exchange().call(script("message 12s and wait")).await);
    assert_eq!(server.to("/recorded")[1].params("Digits RecordingDuration"), "- 18");
    assert_eq!(server.to("/file")[1].param("RecordingDuration").as_deref(), Some("12"), "quiet is cut off");

    clean(server.exchange().call(script("message 500s")).await);
    assert_eq!(server.to("/recorded")[2].params("Digits RecordingDuration"), "- 180");
}

#[tokio::test]
async fn an_empty_recording_asks_for_the_action_or_does_not() {
    let server = recording().await;
    clean(server.exchange().call(script("silence")).await);
    assert!(server.to("/recorded").is_empty());
    assert_eq!(server.to("/none").len(), 1);
    assert_eq!(server.only("/file").params("RecordingStatus RecordingUrl"), "absent -");

    let mut exchange = server.exchange();
    exchange.quirks.empty_recording_has_action = true;
    clean(exchange.call(script("silence")).await);
    assert_eq!(server.only("/recorded").params("Digits RecordingDuration"), "- 6");
    clean(exchange.call(script("message 0s")).await);
    assert_eq!(server.to("/recorded")[1].params("Digits RecordingDuration CallStatus"), "hangup 0 completed");
    assert_eq!(server.to("/none").len(), 1);
}

#[tokio::test]
async fn the_news_of_a_recording_may_come_when_the_call_is_long_over() {
    let server = recording().await;
    let mut exchange = server.exchange();
    exchange.quirks.recording_report_late = true;
    let heard = clean(exchange.call(script("message 12s")).await);
    assert_eq!((server.to("/file").len(), server.to("/twilio/status").len()), (0, 1));
    exchange.send(&heard.late[0]).await.expect("an answer");
    assert_eq!(server.only("/file").params("RecordingStatus RecordingDuration"), "completed 12");
}

#[tokio::test]
async fn a_refused_call_hears_nothing_and_is_never_answered() {
    for (reject, busy, status) in
        [("<Reject/>", false, "no-answer 0"), ("<Reject reason=\"busy\"/>", true, "busy 0")]
    {
        let server = Canned::documents(&[("/twilio/voice", reject)]).await;
        let heard = clean(server.exchange().call(script("")).await);
        assert_eq!((heard.ended, heard.lasted), (Ended::Rejected { busy }, Duration::ZERO));
        assert_eq!(server.only("/twilio/status").params("CallStatus CallDuration"), status);
    }
}

#[tokio::test]
async fn an_empty_document_is_a_dead_line_for_a_caller() {
    let server = Canned::documents(&[("/twilio/voice", "<Say>Hello.</Say>")]).await;
    assert_eq!(clean(server.exchange().call(script("")).await).ended, Ended::RanOut);
}

#[tokio::test]
async fn the_final_status_comes_once_twice_late_or_never() {
    let server = Canned::documents(&[("/twilio/voice", BYE)]).await;
    let mut exchange = server.exchange();
    let mut count = 0;
    for (final_status, times) in
        [(FinalStatus::Sent, 1), (FinalStatus::Doubled, 2), (FinalStatus::Late, 0), (FinalStatus::Never, 0)]
    {
        exchange.quirks.final_status = final_status;
        let heard = exchange.call(script("")).await;
        count += times;
        assert_eq!(server.to("/twilio/status").len(), count, "{final_status:?}");
        for late in &heard.late {
            exchange.send(late).await.expect("an answer");
            count += 1;
        }
        assert_eq!(heard.late.len(), usize::from(final_status == FinalStatus::Late));
    }
    assert_eq!(server.to("/twilio/status").len(), 4);
}

#[tokio::test]
async fn withheld_and_forwarded_callers_are_passed_on_as_they_are() {
    let server = Canned::documents(&[("/twilio/voice", BYE)]).await;
    let exchange = server.exchange();
    for from in ["anonymous", "+266696687"] {
        clean(exchange.call(Script::new(from, LINE).forwarded_by(ANA)).await);
    }
    let seen = server.to("/twilio/voice");
    assert_eq!(seen[0].params("From Caller FromCity ForwardedFrom"), "anonymous anonymous - +15550101");
    assert_eq!(seen[1].params("From FromCity"), "+266696687 -");
    assert_ne!(seen[0].param("CallSid"), seen[1].param("CallSid"));
}

#[tokio::test]
async fn only_waiting_moves_the_clock_and_its_clones_move_with_it() {
    let server = Canned::documents(&[("/twilio/voice", MENU), ("/silence", BYE)]).await;
    let mut exchange = server.exchange();
    let clock = Clock::starting("2026-03-02T15:00:00Z".parse().expect("a time"));
    exchange.clock = clock.clone();
    let heard = clean(exchange.call(script("")).await);
    let passed = clock.now().duration_since("2026-03-02T15:00:00Z".parse().expect("a time"));
    assert_eq!(passed.as_millis(), i128::try_from(heard.lasted.as_millis()).expect("small"));
    let timestamp = server.only("/twilio/status").param("Timestamp");
    assert_eq!(timestamp.as_deref(), Some("Mon, 02 Mar 2026 15:00:08 +0000"));
}

#[test]
fn a_script_says_what_it_does_not_understand() {
    for words in [
        "sing",
        "message",
        "message 12s and run",
        "hang up after",
        "1 after lunch",
        "message 3s 12",
        "says",
        "message 3s saying",
    ] {
        let refused = Script::new(CALLER, LINE).caller(words).expect_err(words);
        assert_eq!(refused.to_string(), format!("nobody on the phone can `{words}`"));
    }
    for words in ["accepts", "accepts after 5s with x", "voicemail", "busy 3s"] {
        Script::new(CALLER, LINE).person(ANA, words).expect_err(words);
    }
}
