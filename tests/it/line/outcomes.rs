//! One call each: what came of it, the way it took, and whether somebody is to ring back.

use ringback::call_back::Standing;
use ringback::phone::{Clock, Request, Script, Unaccepted};

use crate::support::line::{
    ANA, CALLER, FRIDAY, LINE, PUBLIC_URL, SETTINGS, TWO_AREAS, TestLine, home_with, rings,
};
use crate::support::sound::wav;

const NOBODY: (&str, &str) = ("never answers", "never answers");

/// A greeting that somebody recorded.
const PLAYED: &str = r#"
[start]
open = "hello"
[step.hello]
play = "grüß gott.wav"
go   = "message"
[step.message]
message = "Leave a message and we'll call back {promise}."
"#;

#[tokio::test]
async fn a_call_that_a_person_accepts_is_answered() {
    let line = TestLine::open().await;
    let heard = line.rings("", ("accepts after 5s and talks 90s", "never answers")).await;
    assert!(heard.has("A new caller. Press any key."), "{heard}");
    let call = &line.calls()[0];
    assert_eq!((line.outcome().as_str(), line.path().as_str()), ("answered by ana", "hello"));
    assert!(call.ended_at.is_some() && call.recording.is_none() && call.call_back.is_none());
    assert!(line.all_call_backs().is_empty());
}

#[tokio::test]
async fn a_caller_whom_nobody_takes_chooses_a_call_and_hears_when() {
    let line = TestLine::open().await;
    let heard = line.rings("1", NOBODY).await;
    assert!(heard.has("To have us call you back by 2:15 p.m., press 1."), "{heard}");
    assert!(heard.has("We'll call you back by 2:15 p.m."), "{heard}");
    assert_eq!((line.outcome().as_str(), line.path().as_str()), ("missed: rang_out", "hello busy:1 call-me"));
    let entry = line.entry().stored;
    assert_eq!(entry.entry.promised_at, Some("2026-11-20T19:15:00Z".parse().unwrap()));
    assert!(entry.entry.due_at <= entry.entry.promised_at.unwrap());
    assert_eq!((entry.entry.owner.as_str(), entry.calls), ("ana", 1));
    assert_eq!(entry.entry.caller.identity(), Some(CALLER));
    assert_eq!(line.calls()[0].call_back, Some(entry.entry.id));
}

#[tokio::test]
async fn a_caller_who_is_gone_after_a_second_hung_up_early() {
    let line = TestLine::open().await;
    line.rings("hang up after 1s", NOBODY).await;
    assert_eq!((line.outcome().as_str(), line.path().as_str()), ("missed: hung_up_early", "hello"));
    assert_eq!(line.entry().stored.calls, 1);
}

#[tokio::test]
async fn a_caller_who_leaves_in_a_menu_left_in_it() {
    for reported in [false, true] {
        let mut line = TestLine::with_flow(TWO_AREAS).await;
        line.exchange.quirks.menu_action_when_caller_leaves = reported;
        line.rings("hang up after 12s", NOBODY).await;
        assert_eq!((line.outcome().as_str(), line.path().as_str()), ("missed: left_in_menu", "hello"));
        assert_eq!(line.entry().stored.entry.promised_at, None);
    }
}

#[tokio::test]
async fn a_message_is_kept_with_its_length_and_bound_to_the_spoken_promise() {
    for (caller, spoken) in [("2, message 12s", false), ("2, message 12s #", true)] {
        let line = TestLine::open().await;
        let heard = line.rings(caller, NOBODY).await;
        assert!(heard.has("Leave a message and we'll call back by 2:15 p.m."), "{heard}");
        assert_eq!(heard.has("Thank you."), spoken, "{heard}");
        assert_eq!(
            (line.outcome().as_str(), line.path().as_str()),
            ("missed: voicemail_left", "hello busy:2 message")
        );
        let recording = line.calls()[0].recording.clone().unwrap();
        assert!(recording.seconds == 12 && recording.url.is_some(), "{recording:?}");
        assert_eq!(line.entry().stored.entry.promised_at, Some("2026-11-20T19:15:00Z".parse().unwrap()));
    }
}

#[tokio::test]
async fn an_empty_message_is_told_and_the_call_still_waits() {
    for action in [false, true] {
        for (caller, stays) in [("2, silence", true), ("2, message 0s", false)] {
            let mut line = TestLine::open().await;
            line.exchange.quirks.empty_recording_has_action = action;
            let heard = line.rings(caller, NOBODY).await;
            // With an action, the length of the silence is all that is known at that moment.
            let told = heard.has("I didn't hear a message, but we know that you called.");
            assert_eq!(told, stays && !action, "{heard}");
            assert!(line.calls()[0].recording.is_none());
            assert_eq!(line.outcome(), "missed: voicemail_empty", "{action} {caller}");
            assert_eq!(line.entry().stored.calls, 1);
        }
    }
}

#[tokio::test]
async fn a_phone_picked_up_and_never_accepted_is_declined_whatever_the_provider_calls_it() {
    for unaccepted in [Unaccepted::Completed, Unaccepted::CompletedBridged, Unaccepted::NoAnswer] {
        for ana in ["answers after 4s", "hangs up after 4s", "voicemail after 4s"] {
            let mut line = TestLine::open().await;
            line.exchange.quirks.unaccepted = unaccepted;
            line.rings("1", (ana, "never answers")).await;
            assert_eq!(line.outcome(), "missed: declined", "{unaccepted:?} {ana}");
            assert_eq!(line.entry().stored.calls, 1);
        }
    }
}

#[tokio::test]
async fn a_caller_who_gives_up_while_it_rings_was_not_taken() {
    for told in [false, true] {
        let mut line = TestLine::open().await;
        line.exchange.quirks.ring_end_when_caller_leaves = told;
        line.rings("hang up after 15s of ringing", NOBODY).await;
        assert_eq!((line.outcome().as_str(), line.path().as_str()), ("missed: rang_out", "hello"));
        assert!(line.calls()[0].ended_at.is_some());
        assert_eq!(line.entry().stored.calls, 1);
    }
}

#[tokio::test]
async fn three_wrong_keys_lead_to_a_message_and_never_to_a_hang_up() {
    let line = TestLine::open().await;
    let heard = line.rings("9, 8, 7, message 5s #", NOBODY).await;
    assert!(heard.has("Sorry, I didn't get that."), "{heard}");
    assert_eq!(line.path(), "hello busy:9 busy:8 busy:7 message");
    assert_eq!(line.outcome(), "missed: voicemail_left");
}

#[tokio::test]
async fn silence_leads_to_a_message_and_never_to_a_hang_up() {
    let line = TestLine::open().await;
    let heard = line.rings("silence, silence, silence, message 5s #", NOBODY).await;
    assert!(heard.has("beep"), "{heard}");
    assert_eq!(
        (line.outcome().as_str(), line.path().as_str()),
        ("missed: voicemail_left", "hello busy message")
    );
}

#[tokio::test]
async fn outside_opening_hours_nobody_is_rung_and_the_promise_lies_inside_them() {
    let hours = format!("{SETTINGS}\n[hours]\nmonday = [\"08:00-12:00\"]\n");
    let line = TestLine::open_with(&hours, &[("front-desk", crate::support::line::FRONT_DESK)]).await;
    let heard = line.rings("1", ("accepts after 1s", "accepts after 1s")).await;
    assert!(!heard.has("phones ring"), "{heard}");
    assert_eq!((line.outcome().as_str(), line.path().as_str()), ("missed: closed", "closed:1 call-me"));
    let entry = line.entry().stored.entry;
    let (promised, eight, noon) = (
        entry.promised_at.unwrap(),
        "2026-11-23T13:00:00Z".parse().unwrap(),
        "2026-11-23T17:00:00Z".parse().unwrap(),
    );
    assert!(promised > eight && promised < noon && entry.due_at >= eight, "{entry:?}");
}

#[tokio::test]
async fn while_the_owner_is_away_callers_hear_when_somebody_is_back() {
    let line = TestLine::open().await;
    let until = "2026-11-20T21:00:00Z".parse().unwrap();
    let away = ringback::business::Away { until, reason: Some("fair".to_owned()) };
    let (by, now) = (ringback::call::PersonName::parse("ana").unwrap(), line.now());
    line.write(|tx| tx.step_away(&away, &by, now));
    let heard = line.rings("1", ("accepts after 1s", "accepts after 1s")).await;
    assert!(heard.has("4 p.m.") && !heard.has("fair") && !heard.has("phones ring"), "{heard}");
    assert_eq!(
        (line.outcome().as_str(), line.path().as_str()),
        ("missed: asked_call_back", "closed:1 call-me")
    );
    assert!(line.entry().stored.entry.promised_at.unwrap() > until);
    line.clock.advance(std::time::Duration::from_secs(4 * 3600));
    line.rings("", ("accepts after 1s", "never answers")).await;
    assert_eq!(line.outcome(), "answered by ana", "it ends by itself");
}

#[tokio::test]
async fn a_withheld_caller_types_a_number_that_a_person_may_dial() {
    let line = TestLine::open().await;
    let heard = line.call(rings("anonymous", "1, 5550142#, 1", NOBODY)).await;
    assert!(heard.has("What number should we call?"), "{heard}");
    let entry = line.entry().stored.entry;
    assert_eq!(entry.caller.identity(), None);
    assert_eq!(entry.typed_number.unwrap().as_str(), CALLER);
    assert!(entry.promised_at.is_some());
    line.call(rings("anonymous", "hang up after 1s", NOBODY)).await;
    assert_eq!(line.call_backs().len(), 2, "withheld callers are never joined");
}

#[tokio::test]
async fn a_blocked_caller_is_refused_and_waits_for_nobody() {
    let line = TestLine::open().await;
    let (number, by) = (
        ringback::call::PhoneNumber::parse(CALLER).unwrap(),
        ringback::call::PersonName::parse("ana").unwrap(),
    );
    let now = line.now();
    line.write(|tx| tx.block(&number, &by, now));
    let heard = line.rings("", ("accepts after 1s", "never answers")).await;
    assert!(matches!(heard.ended, ringback::phone::Ended::Rejected { .. }), "{heard}");
    assert_eq!((line.outcome().as_str(), line.path().as_str()), ("blocked", "no-thanks"));
    assert!(line.all_call_backs().is_empty());
    line.write(|tx| tx.unblock(&number));
    line.rings("", ("accepts after 1s", "never answers")).await;
    assert_eq!(line.outcome(), "answered by ana");
}

#[tokio::test]
async fn who_trusts_the_answer_presses_no_key() {
    let trusting = SETTINGS
        .replace("number = \"+15550101\"", "number = \"+15550101\"\naccept = \"off\"\ntrust_answer = true");
    let line = TestLine::open_with(&trusting, &[("front-desk", crate::support::line::FRONT_DESK)]).await;
    let heard = line.rings("", ("answers after 5s", "never answers")).await;
    assert!(!heard.has("Press any key."), "{heard}");
    assert_eq!(line.outcome(), "answered by ana");
    line.rings("hang up after 15s of ringing", NOBODY).await;
    assert_eq!(line.outcome(), "missed: rang_out", "ringing alone is no talk");
    assert_eq!(line.entry().stored.entry.standing, Standing::Waiting);
}

#[tokio::test]
async fn the_callers_name_and_the_area_are_told_to_whoever_picks_up() {
    let line = TestLine::with_flow(TWO_AREAS).await;
    let mut script = Script::new(CALLER, LINE).caller("1").unwrap().person(ANA, "accepts after 5s").unwrap();
    script.caller_name = Some("Mia Reed".to_owned());
    let heard = line.call(script).await;
    assert!(heard.has("Repairs, Mia Reed. Press any key."), "{heard}");
    assert_eq!((line.outcome().as_str(), line.path().as_str()), ("answered by ana", "hello:1 repairs"));
    assert_eq!(line.calls()[0].caller_name.as_deref(), Some("Mia Reed"));
}

#[tokio::test]
async fn a_greeting_from_a_file_is_played_from_where_it_is_served() {
    for secret in ["", "[provider.twilio]\npath_secret = \"s3cret\"\n"] {
        let home = home_with(&format!("{SETTINGS}{secret}"), &[("front-desk", PLAYED)]);
        let audio = home.path().join("ivr-flows/audio");
        std::fs::create_dir(&audio).unwrap();
        std::fs::write(audio.join("grüß gott.wav"), wav(3)).unwrap();
        let mut line = TestLine::open_home(home, Clock::starting(FRIDAY.parse().unwrap())).await;
        line.exchange.prefix = if secret.is_empty() { "/twilio" } else { "/twilio/s3cret" }.to_owned();
        let heard = line.rings("hang up after 1s", NOBODY).await;
        let document = heard.sent[0].answer.as_ref().unwrap().text();
        let url = document.split("<Play>").nth(1).and_then(|rest| rest.split("</Play>").next()).unwrap();
        let target = url.strip_prefix(PUBLIC_URL).unwrap();
        let file = line.exchange.send(&Request::get(target, &[])).await.unwrap();
        assert_eq!((file.status, file.body.to_vec()), (200, wav(3)), "{url}");
    }
}
