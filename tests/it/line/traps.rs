//! Where other programs lose callers: races, voicemails, loops through telephones, late news.

use jiff::{SignedDuration, Timestamp};
use ringback::call::PersonName;
use ringback::call_back::{CallBackId, CloseOutcome, Deed, Standing};
use ringback::phone::{FinalStatus, Heard, Request, Unaccepted};

use crate::support::line::{ANA, BEN, CALLER, FRONT_DESK, LINE, SETTINGS, TestLine, rings};

const NOBODY: (&str, &str) = ("never answers", "never answers");

/// A choice before any ring, so that 0 comes first.
const CHOICE_FIRST: &str = r#"
[start]
open = "hello"
[step.hello]
say     = "Hi, you've reached {business}."
press.1 = { offer = "leave a message", go = "message" }
silence = "message"
[step.message]
message = "Leave a message and we'll call back {promise}."
"#;

#[tokio::test]
async fn an_accept_in_the_second_in_which_the_caller_hangs_up_is_no_talk() {
    for told in [false, true] {
        for status in [FinalStatus::Sent, FinalStatus::Late] {
            let mut line = TestLine::open().await;
            line.exchange.quirks.ring_end_when_caller_leaves = told;
            line.exchange.quirks.final_status = status;
            let script = ("accepts as the caller leaves", "never answers");
            let heard = line.rings("hang up after 5s of ringing", script).await;
            line.send_late(&heard).await;
            // Where the provider never reports on the ring, the key is the last that is known.
            let wanted = if told { "missed: hung_up_early" } else { "answered by ana" };
            assert_eq!(line.outcome(), wanted, "{told} {status:?}\n{heard}");
            assert_eq!(line.call_backs().len(), usize::from(told));
        }
    }
}

#[tokio::test]
async fn an_accept_after_the_caller_left_hears_so_and_does_not_count() {
    let line = TestLine::open().await;
    let heard = line.rings("hang up after 5s of ringing", ("accepts too late", "never answers")).await;
    assert!(heard.has("This caller is no longer waiting."), "{heard}");
    assert_eq!(line.outcome(), "missed: declined");
    assert_eq!(line.entry().stored.calls, 1);
}

#[tokio::test]
async fn one_voicemail_does_not_take_the_call_from_the_others() {
    for others_hung_up in [false, true] {
        for unaccepted in [Unaccepted::Completed, Unaccepted::CompletedBridged, Unaccepted::NoAnswer] {
            let mut line = TestLine::open().await;
            line.exchange.quirks.others_hung_up_at_pick_up = others_hung_up;
            line.exchange.quirks.unaccepted = unaccepted;
            let ben = if others_hung_up { "never answers, accepts after 2s" } else { "accepts after 6s" };
            let heard = line.rings("", ("voicemail after 3s", ben)).await;
            assert_eq!(line.outcome(), "answered by ben", "{others_hung_up} {unaccepted:?}\n{heard}");
            assert!(line.all_call_backs().is_empty());
        }
    }
}

#[tokio::test]
async fn of_two_who_accept_the_first_has_the_caller() {
    let mut line = TestLine::open().await;
    line.exchange.quirks.others_hung_up_at_pick_up = false;
    let heard = line.rings("", ("accepts after 4s", "accepts after 4s")).await;
    assert!(heard.has("This caller is no longer waiting."), "{heard}");
    assert_eq!(line.outcome(), "answered by ana");
}

#[tokio::test]
async fn zero_rings_whoever_is_there_and_with_nobody_promises_a_call() {
    let line = TestLine::with_flow(CHOICE_FIRST).await;
    line.rings("0", ("never answers", "accepts after 3s")).await;
    assert_eq!(line.outcome(), "answered by ben");

    let heard = line.rings("0", NOBODY).await;
    assert!(heard.has("Sorry, nobody can come to the phone right now."), "{heard}");
    assert!(heard.has("We'll call you back by"), "{heard}");
    assert_eq!(line.outcome(), "missed: rang_out");
    assert!(line.entry().stored.entry.promised_at.is_some());
}

#[tokio::test]
async fn zero_with_nobody_on_duty_goes_straight_to_a_call_back() {
    let closed = format!("{SETTINGS}\n[hours]\nmonday = [\"08:00-12:00\"]\n");
    let line = TestLine::open_with(&closed, &[("front-desk", FRONT_DESK)]).await;
    let heard = line.rings("0", ("accepts after 1s", "accepts after 1s")).await;
    assert!(heard.has("Sorry, nobody is here right now.") && !heard.has("ring:"), "{heard}");
    assert_eq!(line.outcome(), "missed: closed");

    let line = TestLine::open().await;
    let away = ringback::business::Away { until: "2026-11-20T21:00:00Z".parse().unwrap(), reason: None };
    let now = line.now();
    line.write(|tx| tx.step_away(&away, &ana(), now));
    let heard = line.rings("0", ("accepts after 1s", "accepts after 1s")).await;
    assert!(heard.has("Sorry, nobody is here right now.") && !heard.has("ring:"), "{heard}");
    assert!(line.entry().stored.entry.promised_at.unwrap() > away.until);
}

#[tokio::test]
async fn a_call_forwarded_by_a_persons_phone_or_from_our_own_line_rings_nobody() {
    let accepting = ("accepts after 1s", "accepts after 1s");
    let line = TestLine::open().await;
    let heard = line.call(rings(CALLER, "message 6s", accepting).forwarded_by(ANA)).await;
    assert!(!heard.has("ring:"), "{heard}");
    assert_eq!(
        (line.outcome().as_str(), line.path().as_str()),
        ("missed: voicemail_left", "hello (message)")
    );

    let heard = line.call(rings(LINE, "message 6s", accepting)).await;
    assert!(!heard.has("ring:"), "{heard}");
    assert_eq!(line.outcome(), "missed: voicemail_left");
}

#[tokio::test]
async fn a_person_who_rings_the_line_is_not_rung() {
    let line = TestLine::open().await;
    let heard = line.call(rings(ANA, "", ("accepts after 1s", "accepts after 3s"))).await;
    assert!(heard.has(&format!("phone rings: {BEN}")), "{heard}");
    assert_eq!(line.outcome(), "answered by ben");
}

#[tokio::test]
async fn a_message_that_comes_after_closing_opens_the_entry_again_once() {
    let mut line = TestLine::open().await;
    line.exchange.quirks.empty_recording_has_action = false;
    let heard = line.rings("2, message 0s", NOBODY).await;
    assert_eq!(line.outcome(), "missed: voicemail_empty");
    line.clock.advance(std::time::Duration::from_secs(60));
    let id = close(&line, CloseOutcome::Reached);
    line.clock.advance(std::time::Duration::from_secs(60));

    let late = recording_of(&heard, "9");
    line.send(&late).await;
    let entry = line.entry();
    assert_eq!((entry.stored.entry.id, &entry.stored.entry.standing), (id, &Standing::Waiting));
    assert!(entry.events.iter().any(|event| event.what == Deed::Reopened), "{:?}", entry.events);
    assert_eq!(line.outcome(), "missed: voicemail_left");

    line.clock.advance(std::time::Duration::from_secs(60));
    close(&line, CloseOutcome::Reached);
    line.clock.advance(std::time::Duration::from_secs(60));
    line.send(&late).await;
    assert!(line.call_backs().is_empty(), "a repeat of what is known opens nothing");
}

#[tokio::test]
async fn a_report_of_a_message_that_was_known_opens_nothing() {
    let line = TestLine::open().await;
    let heard = line.rings("2, message 12s", NOBODY).await;
    line.clock.advance(std::time::Duration::from_secs(60));
    close(&line, CloseOutcome::Reached);
    line.clock.advance(std::time::Duration::from_secs(60));
    line.send(&recording_of(&heard, "11")).await;
    assert!(line.call_backs().is_empty());
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_no_known_message_late() {
    let line = TestLine::open().await;
    let heard = line.rings("2, message 12s", NOBODY).await;
    close_at(&line, line.now() - SignedDuration::from_hours(72), CloseOutcome::Reached);
    for sent in &heard.sent {
        line.send(&sent.request).await;
    }
    assert!(line.call_backs().is_empty());
}

#[tokio::test]
async fn late_truth_turns_missed_into_answered_and_takes_the_entry_back() {
    for touched in [false, true] {
        let trusting =
            SETTINGS.replace("[people.ben]", "accept = \"off\"\ntrust_answer = true\n[people.ben]");
        let other = TestLine::open_with(&trusting, &[("front-desk", FRONT_DESK)]).await;
        let heard = other.rings("", ("answers after 8s", "never answers")).await;
        let (reports, asks): (Vec<_>, Vec<_>) = heard
            .sent
            .iter()
            .map(|sent| &sent.request)
            .partition(|request| request.target.ends_with("/status"));
        let (rang, asks): (Vec<_>, Vec<_>) =
            asks.into_iter().partition(|request| request.target.ends_with("/rang"));

        let line = TestLine::open_with(&trusting, &[("front-desk", FRONT_DESK)]).await;
        line.send(asks[0]).await;
        line.clock.advance(std::time::Duration::from_secs(60));
        line.send(reports[0]).await;
        assert_eq!(line.outcome(), "missed: rang_out");
        let id = line.entry().stored.entry.id;
        if touched {
            line.write(|tx| tx.call_back_seen(id));
        }
        line.send(rang[0]).await;
        assert_eq!(line.outcome(), "answered by ana");
        assert!(line.call_backs().is_empty());
        let all = line.all_call_backs();
        assert_eq!(all.len(), usize::from(touched));
        for closed in all {
            let Standing::Closed { by, outcome, .. } = closed.stored.entry.standing else { panic!() };
            assert_eq!((by, outcome), (ana(), CloseOutcome::AnsweredOnRedial));
        }
        line.send(rang[0]).await;
        assert_eq!(line.outcome(), "answered by ana");
    }
}

#[tokio::test]
async fn nothing_takes_a_reported_talk_away() {
    let line = TestLine::open().await;
    let heard = line.rings("", ("accepts after 3s", "never answers")).await;
    for request in heard.sent.iter().map(|sent| &sent.request) {
        line.send(request).await;
    }
    for status in ["no-answer", "busy", "failed", "canceled", "completed"] {
        let first = &heard.sent[0].request;
        let params = with(&first.params, &[("CallStatus", status), ("CallDuration", "0")]);
        line.send(&Request::post("/twilio/status", params.clone())).await;
        let params = with(&params, &[("ErrorCode", "11200")]);
        line.send(&Request::post("/twilio/fallback", params)).await;
    }
    line.clock.advance(std::time::Duration::from_secs(24 * 3600));
    line.switchboard.sweep().await.unwrap();
    assert_eq!(line.outcome(), "answered by ana");
    assert!(line.all_call_backs().is_empty());
    assert_eq!(line.calls().len(), 1);
}

#[tokio::test]
async fn a_word_that_nobody_talked_puts_a_caller_back_on_the_list() {
    for seen_meanwhile in [false, true] {
        let heard = a_race().await;
        let line = TestLine::open().await;
        line.send(asked(&heard, "/voice")).await;
        line.send(asked(&heard, "/status")).await;
        let id = line.entry().stored.entry.id;
        if seen_meanwhile {
            line.write(|tx| tx.call_back_seen(id));
        }
        line.send(asked(&heard, "/prompt")).await;
        line.send(asked(&heard, "/accept")).await;
        assert_eq!((line.outcome().as_str(), line.call_backs().len()), ("answered by ana", 0));
        line.send(asked(&heard, "/rang")).await;
        assert_eq!(line.outcome(), "missed: hung_up_early");
        assert_eq!(line.entry().stored.entry.id == id, seen_meanwhile);
    }
}

#[tokio::test]
async fn a_redial_that_came_to_nothing_after_all_opens_the_old_entry_again() {
    let mut line = TestLine::open().await;
    line.rings("1", NOBODY).await;
    let before = line.entry().stored;
    line.exchange.quirks.final_status = FinalStatus::Never;
    line.exchange.quirks.ring_end_when_caller_leaves = false;
    let race = ("accepts as the caller leaves", "never answers");
    let heard = line.rings("hang up after 5s of ringing", race).await;
    let status = with(&heard.sent[0].request.params, &[("CallStatus", "completed")]);
    line.send(&Request::post("/twilio/status", status.clone())).await;
    assert_eq!((line.outcome().as_str(), line.call_backs().len()), ("answered by ana", 0));

    let rang = with(&status, &[("DialCallStatus", "canceled")]);
    line.send(&Request::post("/twilio/call/2/1/rang", rang)).await;
    assert_eq!(line.outcome(), "missed: hung_up_early");
    let entry = line.entry();
    assert_eq!((entry.stored.entry.id, entry.stored.calls), (before.entry.id, 2));
    assert_eq!(entry.stored.entry.promised_at, before.entry.promised_at);
    assert!(!entry.returning, "nobody talked with this caller yet");
}

#[tokio::test]
async fn a_redial_that_came_to_nothing_joins_the_entry_that_was_opened_since() {
    let mut other = TestLine::open().await;
    other.exchange.quirks.final_status = FinalStatus::Sent;
    let race = ("accepts as the caller leaves", "never answers");
    let first = other.rings("hang up after 5s of ringing", race).await;
    let second = other.rings("hang up after 9s of ringing", NOBODY).await;

    let line = TestLine::open().await;
    line.send(asked(&first, "/voice")).await;
    line.send(asked(&second, "/voice")).await;
    line.send(asked(&first, "/status")).await;
    let id = line.entry().stored.entry.id;
    line.write(|tx| tx.call_back_seen(id));
    line.send(asked(&first, "/prompt")).await;
    line.send(asked(&first, "/accept")).await;
    assert!(line.call_backs().is_empty());
    line.send(asked(&second, "/status")).await;
    let since = line.entry().stored.entry.id;
    line.send(asked(&first, "/rang")).await;
    let calls = line.calls();
    assert!(calls.iter().all(|call| call.outcome.word() == "missed" && call.call_back == Some(since)));
    assert_eq!((line.entry().stored.entry.id, line.entry().stored.calls), (since, 2));
}

#[tokio::test]
async fn a_talk_closes_nothing_for_who_rang_from_the_same_number_meanwhile() {
    let other = TestLine::open().await;
    let talk = other.rings("", ("accepts after 3s and talks 60s", "never answers")).await;
    let missed = other.rings("1", NOBODY).await;

    let line = TestLine::open().await;
    line.send(asked(&talk, "/voice")).await;
    line.send(asked(&talk, "/prompt")).await;
    line.send(asked(&talk, "/accept")).await;
    for sent in &missed.sent {
        line.send(&sent.request).await;
    }
    let promised_at = line.entry().stored.entry.promised_at;
    assert!(promised_at.is_some());
    line.send(asked(&talk, "/rang")).await;
    line.send(asked(&talk, "/status")).await;
    let talked = line.calls().pop().unwrap();
    assert_eq!(crate::support::line::outcome_of(&talked), "answered by ana");
    assert_eq!(line.entry().stored.entry.promised_at, promised_at);
}

/// A call whose caller hangs up in the second in which Ana presses her key, with the numbers of a fresh database.
async fn a_race() -> Heard {
    let line = TestLine::open().await;
    line.rings("hang up after 5s of ringing", ("accepts as the caller leaves", "never answers")).await
}

fn asked<'a>(heard: &'a Heard, end: &str) -> &'a Request {
    &heard.sent.iter().find(|sent| sent.request.target.ends_with(end)).unwrap().request
}

pub(super) fn recording_of(heard: &Heard, seconds: &str) -> Request {
    let report = heard.sent.iter().find(|sent| sent.request.target.contains("/recording/")).unwrap();
    let url = "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000100/Recordings/RE1";
    let news = [
        ("RecordingStatus", "completed"),
        ("RecordingDuration", seconds),
        ("RecordingUrl", url),
        ("RecordingSid", "RE1"),
    ];
    Request::post(report.request.target.clone(), with(&report.request.params, &news))
}

fn with(params: &[(String, String)], news: &[(&str, &str)]) -> Vec<(String, String)> {
    let kept = params.iter().filter(|(key, _)| news.iter().all(|(new, _)| new != key)).cloned();
    kept.chain(news.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))).collect()
}

fn close(line: &TestLine, outcome: CloseOutcome) -> CallBackId {
    close_at(line, line.now(), outcome)
}

fn close_at(line: &TestLine, at: Timestamp, outcome: CloseOutcome) -> CallBackId {
    let mut stored = line.entry().stored;
    stored.entry.close(ana(), at, outcome).unwrap();
    stored.seen = true;
    line.write(|tx| tx.save_call_back(&stored));
    stored.entry.id
}

fn ana() -> PersonName {
    PersonName::parse("ana").unwrap()
}
