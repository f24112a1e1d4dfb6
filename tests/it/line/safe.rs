//! When we cannot do better: the safe reply, end to end.

use std::fs;

use ringback::phone::{Ended, Heard, Request, Script};
use rusqlite::Connection;

use crate::support::line::{ANA, CALLER, FRONT_DESK, LINE, SETTINGS, TWO_AREAS, TestLine, outcome_of, rings};

const NOBODY: (&str, &str) = ("never answers", "never answers");

/// Two flows and a line that none of them is for.
async fn unknown_line() -> TestLine {
    TestLine::open_with(SETTINGS, &[("front-desk", FRONT_DESK), ("two-areas", TWO_AREAS)]).await
}

fn strays(caller: &str, ana: &str) -> Script {
    let mut script = rings(CALLER, caller, (ana, "never answers"));
    script.to = "+15550199".to_owned();
    script
}

#[tokio::test]
async fn the_safe_reply_rings_the_owner_who_takes_the_call() {
    let line = unknown_line().await;
    let heard = line.call(strays("", "accepts after 4s")).await;
    assert!(heard.has("having a small problem with our phone line"), "{heard}");
    assert_eq!(line.outcome(), "answered by ana");
    assert!(line.all_call_backs().is_empty());
}

#[tokio::test]
async fn the_safe_reply_takes_a_message_when_the_owner_does_not_come() {
    for ana in ["never answers", "voicemail after 4s", "busy"] {
        let line = unknown_line().await;
        let heard = line.call(strays("message 9s", ana)).await;
        assert!(heard.has("beep"), "{heard}");
        // Our own fault comes first in the order of the reasons; the message is kept beside it.
        assert_eq!(line.outcome(), "missed: system_error", "{ana}");
        assert_eq!(line.calls()[0].recording.as_ref().unwrap().seconds, 9);
        assert_eq!(line.entry().stored.entry.owner.as_str(), "ana");
    }
}

#[tokio::test]
async fn an_empty_recording_of_the_safe_reply_leaves_the_message_of_the_flow() {
    let line = TestLine::open().await;
    let heard = line.rings("2, message 9s", NOBODY).await;
    let line = line.restart().await;
    for (status, seconds) in [("absent", "0"), ("completed", "1")] {
        line.send(&told_in_the_safe_reply(&line, &heard, (status, seconds))).await;
        assert_eq!(message_of(&line), Some(9), "{status}");
    }
    // Nor where it is told before anything else of that call.
    let other = TestLine::open().await;
    other.send(&told_in_the_safe_reply(&line, &heard, ("absent", "0"))).await;
    for sent in &heard.sent {
        other.send(&sent.request).await;
        if sent.request.target.ends_with("/recorded") {
            assert_eq!(message_of(&other), Some(9));
        }
    }
    assert_eq!(message_of(&other), Some(9));
}

fn told_in_the_safe_reply(line: &TestLine, heard: &Heard, (status, seconds): (&str, &str)) -> Request {
    let mut params = line.exchange.first_params(&heard.call, CALLER, LINE);
    let news = [("RecordingStatus", status), ("RecordingDuration", seconds)];
    params.extend(news.map(|(key, value)| (key.to_owned(), value.to_owned())));
    Request::post("/twilio/safe/recording", params)
}

fn message_of(line: &TestLine) -> Option<u32> {
    line.calls()[0].recording.as_ref().map(|recording| recording.seconds)
}

#[tokio::test]
async fn a_second_recording_in_which_nothing_was_said_leaves_the_first_before_a_restart_and_after_it() {
    let line = TestLine::open().await;
    let heard = line.rings("2, message 9s", NOBODY).await;
    let report = heard.sent.iter().find(|sent| sent.request.target.contains("/recording/")).unwrap();
    let about = ["CallSid", "AccountSid"];
    let mut params = report.request.params.clone();
    params.retain(|(key, _)| about.contains(&key.as_str()));
    params.push(("RecordingStatus".to_owned(), "absent".to_owned()));
    let absent = Request::post(report.request.target.clone(), params);
    line.send(&absent).await;
    assert_eq!(message_of(&line), Some(9));
    let line = line.restart().await;
    line.send(&absent).await;
    assert_eq!(message_of(&line), Some(9));
}

#[tokio::test]
async fn of_the_message_of_the_flow_and_that_of_the_safe_reply_the_longer_is_kept() {
    for (seconds, kept) in [("5", 9), ("20", 20)] {
        let mut line = TestLine::open().await;
        // What became of the flow's own recording is not reported yet.
        line.exchange.quirks.recording_report_late = true;
        let heard = line.rings("2, message 9s", NOBODY).await;
        let mut request = told_in_the_safe_reply(&line, &heard, ("completed", seconds));
        let url =
            "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000100/Recordings/RE2";
        request.params.push(("RecordingUrl".to_owned(), url.to_owned()));
        line.send(&request).await;
        assert_eq!(message_of(&line), Some(kept));
        let line = line.restart().await;
        for late in &heard.late {
            line.send(late).await;
        }
        assert_eq!(message_of(&line), Some(kept));
    }
}

#[tokio::test]
async fn the_safe_reply_rings_nobody_whose_phone_would_lead_back_to_us() {
    let line = unknown_line().await;
    let forwarded = strays("message 9s", "accepts after 4s").forwarded_by(ANA);
    let mut own = strays("message 9s", "accepts after 4s");
    own.from = ANA.to_owned();
    for script in [forwarded, own] {
        let heard = line.call(script).await;
        assert!(!heard.has("Press any key.") && heard.has("beep"), "{heard}");
        assert_eq!(line.outcome(), "missed: system_error");
        assert_eq!(line.calls()[0].recording.as_ref().unwrap().seconds, 9);
    }
}

#[tokio::test]
async fn a_caller_who_leaves_the_safe_reply_is_on_the_list() {
    let line = unknown_line().await;
    line.call(strays("hang up after 2s", "never answers")).await;
    assert_eq!(line.outcome(), "missed: system_error");
    assert_eq!(line.entry().stored.calls, 1);
}

#[tokio::test]
async fn the_fallback_tells_us_what_the_provider_saw_and_helps_the_caller() {
    for (ana, outcome) in [("accepts after 4s", "answered by ana"), ("never answers", "missed: system_error")]
    {
        let mut line = TestLine::open().await;
        // The provider asks for a page that is none, and falls back.
        let real =
            std::mem::replace(&mut line.exchange.public_url, "https://elsewhere.example.com".to_owned());
        let heard = line.exchange.call(rings(CALLER, "message 5s", (ana, "never answers"))).await;
        assert_eq!(heard.ended, Ended::Broken, "another URL is signed, so nothing is genuine: {heard}");
        assert!(line.calls().is_empty());
        line.exchange.public_url = real;

        let mut params = line.exchange.first_params("CA77", CALLER, LINE);
        params
            .extend([("ErrorCode".to_owned(), "11200".to_owned()), ("ErrorUrl".to_owned(), "x".to_owned())]);
        let asked = ringback::phone::Request::post("/twilio/fallback", params);
        let answer = line.send(&asked).await;
        assert!(answer.text().contains("having a small problem"));
        assert_eq!(line.send(&asked).await.body, answer.body);
        assert_eq!(line.calls()[0].error.as_deref(), Some("11200"));
        assert_eq!(line.entry().stored.calls, 1);
        if ana.starts_with("accepts") {
            for (step, more) in [
                ("prompt", vec![("ParentCallSid", "CA77"), ("CallSid", "CA78")]),
                ("accept", vec![("ParentCallSid", "CA77"), ("CallSid", "CA78"), ("Digits", "1")]),
                (
                    "rang",
                    vec![("CallSid", "CA77"), ("DialCallStatus", "completed"), ("DialCallDuration", "30")],
                ),
            ] {
                let account = [("AccountSid", line.exchange.account.as_str())];
                let params: Vec<_> = account.into_iter().chain(more).collect();
                let answer = line.exchange.request(&format!("/twilio/safe/{step}"), &params).await.unwrap();
                crate::support::line::judge_answer(&answer);
            }
        }
        let mut params = line.exchange.first_params("CA77", CALLER, LINE);
        params.retain(|(key, _)| key != "CallStatus");
        params.push(("CallStatus".to_owned(), "completed".to_owned()));
        line.send(&ringback::phone::Request::post("/twilio/status", params)).await;
        assert_eq!((line.calls().len(), line.outcome().as_str()), (1, outcome));
        assert_eq!(line.call_backs().len(), usize::from(!ana.starts_with("accepts")));
    }
}

#[tokio::test]
async fn while_the_file_is_held_callers_hear_the_apology_and_reach_the_owner() {
    let line = TestLine::open().await;
    let holder = Connection::open(line.home.path().join("ringback.db")).unwrap();
    holder.execute_batch("begin immediate").unwrap();
    let heard = line.rings("", ("accepts after 4s and talks 20s", "never answers")).await;
    assert!(heard.has("having a small problem with our phone line"), "{heard}");
    assert!(heard.has(&format!("the caller is put through to {ANA}")), "{heard}");
    holder.execute_batch("rollback").unwrap();

    line.call(rings("+15550143", "1", NOBODY)).await;
    let calls = line.calls();
    assert_eq!(calls.len(), 2, "what the journal kept is in the file with the next call");
    let of = |number: &str| {
        let call = calls.iter().find(|call| call.caller.identity() == Some(number));
        outcome_of(call.unwrap())
    };
    assert_eq!((of(CALLER).as_str(), of("+15550143").as_str()), ("answered by ana", "missed: rang_out"));
    assert_eq!(line.entry().stored.entry.caller.identity(), Some("+15550143"));
}

#[tokio::test]
async fn while_the_file_is_held_who_talked_is_let_go_and_who_met_a_voicemail_leaves_a_message() {
    for (ana, hears_the_tone) in [("accepts after 4s and talks 20s", false), ("voicemail after 4s", true)] {
        let line = TestLine::open().await;
        let holder = Connection::open(line.home.path().join("ringback.db")).unwrap();
        holder.execute_batch("begin immediate").unwrap();
        let heard = line.rings("message 5s", (ana, "never answers")).await;
        assert!(heard.has("having a small problem with our phone line"), "{heard}");
        assert_eq!(heard.has("leave a message"), hears_the_tone, "{heard}");
    }
}

#[tokio::test]
async fn a_talk_that_the_file_is_held_after_ends_without_a_tone_and_every_time_it_is_told() {
    let line = TestLine::open().await;
    let account = line.exchange.account.clone();
    let leg =
        [("ParentCallSid", "CA5"), ("CallSid", "CA6"), ("AccountSid", account.as_str()), ("Digits", "1")];
    line.exchange.request("/twilio/safe/accept", &leg).await.unwrap();
    let holder = Connection::open(line.home.path().join("ringback.db")).unwrap();
    holder.execute_batch("begin immediate").unwrap();
    for (call, status, seconds, tone) in [
        ("CA5", "completed", "60", false),
        ("CA5", "completed", "60", false),
        ("CA5", "no-answer", "0", true),
        ("CA7", "completed", "60", true),
    ] {
        let own = [("CallSid", call), ("AccountSid", account.as_str())];
        let rang = [("DialCallStatus", status), ("DialCallDuration", seconds)];
        let answer = line.exchange.request("/twilio/safe/rang", &[own, rang].concat()).await.unwrap();
        assert_eq!(answer.text().contains("<Record"), tone, "{call} {status}: {}", answer.text());
        assert_eq!(answer.text().contains("<Hangup"), !tone, "{call} {status}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_call_that_the_file_comes_back_to_in_the_middle_is_in_it() {
    let line = TestLine::open().await;
    let params = line.exchange.first_params("CA5", CALLER, LINE);
    let holder = Connection::open(line.home.path().join("ringback.db")).unwrap();
    holder.execute_batch("begin immediate").unwrap();
    let voice = ringback::phone::Request::post("/twilio/voice", params.clone());
    assert!(line.send(&voice).await.text().contains("having a small problem"));
    holder.execute_batch("rollback").unwrap();
    let rang = ringback::phone::Request::post("/twilio/safe/rang", params);
    assert!(line.send(&rang).await.text().contains("leave a message"));
    assert_eq!((line.calls().len(), line.call_backs().len()), (1, 1));
}

#[tokio::test]
async fn a_call_that_a_leg_told_us_of_first_is_its_callers_all_the_same() {
    let line = TestLine::open().await;
    let account = line.exchange.account.clone();
    let leg = [("ParentCallSid", "CA5"), ("CallSid", "CA6"), ("AccountSid", account.as_str())];
    let answer = line.exchange.request("/twilio/safe/prompt", &leg).await.unwrap();
    assert!(answer.text().contains("Press any key."));
    assert_eq!(line.entry().stored.entry.caller.identity(), None, "nobody knows yet whose call it is");
    line.rings("hang up after 1s", NOBODY).await;
    assert_eq!(line.call_backs().len(), 2);
    let rang =
        ringback::phone::Request::post("/twilio/safe/rang", line.exchange.first_params("CA5", CALLER, LINE));
    line.send(&rang).await;
    let entry = line.entry().stored;
    assert_eq!((entry.entry.caller.identity(), entry.calls), (Some(CALLER), 2));
}

#[tokio::test]
async fn a_deleted_file_is_put_back_with_every_call_that_was_in_it() {
    let line = TestLine::open().await;
    line.rings("1", NOBODY).await;
    for file in ["ringback.db", "ringback.db-wal", "ringback.db-shm"] {
        fs::remove_file(line.home.path().join(file)).unwrap();
    }
    let heard = line.rings("1", NOBODY).await;
    assert!(heard.has("We'll call you back by"), "{heard}");
    let outcomes: Vec<_> = line.calls().iter().map(outcome_of).collect();
    assert_eq!(outcomes, ["missed: rang_out"; 2]);
    assert_eq!(line.entry().stored.calls, 2);
}
