//! Calls of which the provider says no more.

use std::time::Duration;

use ringback::phone::{FinalStatus, Heard, Request};
use ringback::switchboard::{IDLE_LIMIT, RING_LIMIT};

use crate::support::line::{CALLER, FRONT_DESK, LINE, SETTINGS, TWO_AREAS, TestLine};

const NOBODY: (&str, &str) = ("never answers", "never answers");

async fn silent_line() -> TestLine {
    let mut line = TestLine::open().await;
    line.exchange.quirks.final_status = FinalStatus::Never;
    line.exchange.quirks.ring_end_when_caller_leaves = false;
    line
}

async fn pass(line: &TestLine, time: jiff::SignedDuration) -> usize {
    line.clock.advance(Duration::try_from(time).unwrap());
    line.switchboard.sweep().await.unwrap()
}

#[tokio::test]
async fn a_caller_gone_after_a_second_without_a_word_is_swept_onto_the_list() {
    let line = silent_line().await;
    line.rings("hang up after 1s", NOBODY).await;
    assert_eq!((line.calls().len(), line.outcome().as_str()), (1, "in_progress"));
    assert_eq!(pass(&line, IDLE_LIMIT - jiff::SignedDuration::from_secs(2)).await, 0);
    assert_eq!((line.outcome().as_str(), line.call_backs().len()), ("in_progress", 0));
    assert_eq!(pass(&line, jiff::SignedDuration::from_secs(2)).await, 1);
    assert_eq!(line.outcome(), "missed: no_final_status");
    assert_eq!(line.entry().stored.entry.caller.identity(), Some(CALLER));
    assert_eq!(pass(&line, IDLE_LIMIT).await, 0, "once is enough");
    assert_eq!(line.entry().stored.calls, 1);
}

#[tokio::test]
async fn a_call_that_a_restart_found_quiet_is_swept_in_its_own_time() {
    for (ana, limit, outcome) in [
        ("never answers", IDLE_LIMIT, "missed: no_final_status"),
        ("accepts after 3s and talks 60s", RING_LIMIT, "answered by ana"),
    ] {
        let line = silent_line().await;
        let heard = other_calls_requests(ana).await;
        for request in heard.iter().take_while(|request| !request.target.ends_with("/rang")) {
            line.send(request).await;
        }
        line.clock.advance(Duration::from_secs(60));
        let line = line.restart().await;
        assert_eq!(pass(&line, limit - jiff::SignedDuration::from_secs(61)).await, 0, "{ana}");
        assert_eq!(pass(&line, jiff::SignedDuration::from_secs(1)).await, 1, "{ana}");
        assert_eq!(line.outcome(), outcome);
    }
}

#[tokio::test]
async fn somebody_is_told_once_of_a_call_whose_reason_changes() {
    let settings = format!("{SETTINGS}\n[notify]\ncommand = [\"true\"]\n");
    let mut line = TestLine::open_with(&settings, &[("front-desk", FRONT_DESK)]).await;
    line.exchange.quirks.final_status = FinalStatus::Late;
    let heard = line.rings("hang up after 1s", NOBODY).await;
    pass(&line, IDLE_LIMIT).await;
    assert_eq!(line.outcome(), "missed: no_final_status");
    line.send_late(&heard).await;
    assert_eq!(line.outcome(), "missed: rang_out");
    let file = rusqlite::Connection::open(line.home.path().join("ringback.db")).unwrap();
    let notices: i64 = file.query_row("select count(*) from notices", [], |row| row.get(0)).unwrap();
    assert_eq!(notices, 1);
}

#[tokio::test]
async fn without_an_end_a_menu_that_was_the_last_reply_was_left() {
    let mut line = TestLine::with_flow(TWO_AREAS).await;
    line.exchange.quirks.final_status = FinalStatus::Never;
    line.rings("hang up after 4s", NOBODY).await;
    pass(&line, IDLE_LIMIT).await;
    assert_eq!(line.outcome(), "missed: left_in_menu");
}

#[tokio::test]
async fn a_ring_that_was_picked_up_may_be_a_talk_and_is_left_alone() {
    let line = silent_line().await;
    let heard = other_calls_requests("accepts after 3s and talks 60s").await;
    for request in heard.iter().take_while(|request| !request.target.ends_with("/rang")) {
        line.send(request).await;
    }
    assert_eq!(pass(&line, RING_LIMIT - jiff::SignedDuration::from_secs(1)).await, 0);
    assert_eq!(line.outcome(), "in_progress");
    assert_eq!(pass(&line, jiff::SignedDuration::from_secs(1)).await, 1);
    assert_eq!(line.outcome(), "answered by ana", "an accept, and never a word against it");
}

#[tokio::test]
async fn a_ring_that_a_voicemail_took_is_declined_when_its_time_is_over() {
    let line = silent_line().await;
    let heard = other_calls_requests("voicemail after 3s").await;
    for request in heard.iter().take_while(|request| !request.target.ends_with("/rang")) {
        line.send(request).await;
    }
    assert_eq!(pass(&line, RING_LIMIT).await, 1);
    assert_eq!(line.outcome(), "missed: declined");
}

#[tokio::test]
async fn a_swept_call_that_speaks_again_goes_on_where_it_was() {
    let line = silent_line().await;
    let heard = other_calls_requests("accepts after 3s and talks 60s").await;
    let (rang, before): (Vec<_>, Vec<_>) =
        heard.iter().partition(|request| request.target.ends_with("/rang"));
    line.send(before[0]).await;
    pass(&line, IDLE_LIMIT).await;
    assert_eq!(line.outcome(), "missed: no_final_status");
    for request in before.iter().skip(1).filter(|request| !request.target.ends_with("/status")) {
        line.send(request).await;
    }
    line.send(rang[0]).await;
    assert_eq!(line.outcome(), "answered by ana");
    assert!(line.call_backs().is_empty());
}

#[tokio::test]
async fn a_status_without_a_first_fetch_is_a_call_that_our_fault_lost() {
    let line = TestLine::open().await;
    let mut params = line.exchange.first_params("CA1", CALLER, LINE);
    params[7].1 = "completed".to_owned();
    assert_eq!(params[7].0, "CallStatus");
    line.send(&Request::post("/twilio/status", params)).await;
    assert_eq!(line.outcome(), "missed: system_error");
    assert_eq!(line.entry().stored.entry.caller.identity(), Some(CALLER));
}

#[tokio::test]
async fn a_call_that_cannot_be_read_any_more_keeps_no_other_from_the_list() {
    let line = silent_line().await;
    line.rings("hang up after 1s", NOBODY).await;
    line.rings("hang up after 1s", NOBODY).await;
    let file = rusqlite::Connection::open(line.home.path().join("ringback.db")).unwrap();
    file.execute("update calls set forwarded_from = 'spoilt' where id = 1", []).unwrap();
    let line = line.restart().await;
    // The server's own sweep, which begins with the server, may have been faster.
    pass(&line, IDLE_LIMIT).await;
    assert_eq!(line.outcome(), "missed: no_final_status");
    assert_eq!(line.entry().stored.calls, 1);
}

#[tokio::test]
async fn nobody_is_told_of_a_call_that_turned_out_to_be_answered() {
    let settings = format!("{SETTINGS}\n[notify]\ncommand = [\"false\"]\n");
    for answered in [false, true] {
        let heard = other_calls_requests("accepts after 3s and talks 60s").await;
        let line = TestLine::open_with(&settings, &[("front-desk", FRONT_DESK)]).await;
        line.send(&heard[0]).await;
        pass(&line, IDLE_LIMIT).await;
        if answered {
            for request in heard.iter().skip(1) {
                line.send(request).await;
            }
            assert_eq!(line.outcome(), "answered by ana");
        }
        line.switchboard.tell_next().await.unwrap();
        let file = rusqlite::Connection::open(line.home.path().join("ringback.db")).unwrap();
        let done = "select sent_at is not null from notices";
        let told: bool = file.query_row(done, [], |row| row.get(0)).unwrap();
        assert_eq!(told, answered, "the command fails, so only what is left out counts as done");
    }
}

/// The requests of a call to which nothing else happens, numbers and all as on a fresh database.
async fn other_calls_requests(ana: &str) -> Vec<Request> {
    let other = TestLine::open().await;
    let heard: Heard = other.rings("hang up after 200s", (ana, "never answers")).await;
    heard.sent.into_iter().map(|sent| sent.request).collect()
}

/// Nobody can read where the calls stood, and the line opens again.
async fn spoil_states(line: TestLine) -> TestLine {
    let clock = line.clock.clone();
    let home = line.close().await;
    let file = rusqlite::Connection::open(home.path().join("ringback.db")).unwrap();
    file.execute("update turns set state = 'spoilt'", []).unwrap();
    drop(file);
    TestLine::open_home(home, clock).await
}

#[tokio::test]
async fn a_call_whose_state_nobody_can_read_is_not_forgotten() {
    let line = silent_line().await;
    line.rings("hang up after 1s", NOBODY).await;
    let line = spoil_states(line).await;
    // The server's own sweep, which begins with the server, may have been faster.
    pass(&line, IDLE_LIMIT).await;
    assert_eq!(line.outcome(), "missed: system_error");
    assert_eq!(line.entry().stored.entry.caller.identity(), Some(CALLER));
}

#[tokio::test]
async fn a_message_whose_turn_nobody_can_read_is_not_forgotten() {
    let mut line = TestLine::open().await;
    line.exchange.quirks.recording_report_late = true;
    let heard = line.rings("2, message 9s", NOBODY).await;
    let line = spoil_states(line).await;
    for news in heard.sent.iter().map(|sent| &sent.request).filter(|news| news.target.ends_with("/status")) {
        line.send(news).await;
    }
    assert_eq!(line.outcome(), "missed: system_error");
    assert_eq!(line.calls()[0].recording.as_ref().map(|message| message.seconds), Some(9));
}
