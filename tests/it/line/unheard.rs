//! What the provider knows and nobody told us: calls that came while we were down, and ends without a word.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ringback::call::PhoneNumber;
use ringback::phone::{FinalStatus, Request};
use ringback::switchboard::{IDLE_LIMIT, Reconciled, account_to_ask};

use crate::support::books::{ACCOUNT, Books, going_on, listed};
use crate::support::line::{CALLER, LINE, TestLine, assert_proven};

const NOBODY: (&str, &str) = ("never answers", "never answers");
const STRANGER: &str = "+15550143";
const NOTHING: Reconciled = Reconciled { opened: 0, closed: 0 };

/// A line that has answered a call before, so that the provider's list of it is ours, and an hour later.
async fn line_in_use() -> TestLine {
    let mut line = TestLine::open().await;
    line.rings("1", NOBODY).await;
    line.exchange.quirks.final_status = FinalStatus::Never;
    line.exchange.quirks.ring_end_when_caller_leaves = false;
    later(&line, 60);
    line
}

fn later(line: &TestLine, minutes: u64) {
    line.clock.advance(Duration::from_secs(minutes * 60));
}

/// A whole second: the provider's list has no others.
fn ago(line: &TestLine, minutes: i64) -> Timestamp {
    let at = line.now() - SignedDuration::from_mins(minutes);
    Timestamp::from_second(at.as_second()).unwrap()
}

/// A call of half a minute that began so many minutes ago.
fn missed(line: &TestLine, id: &str, (from, minutes): (&str, i64)) -> serde_json::Value {
    let start = ago(line, minutes);
    listed(id, (from, LINE), (start, start + SignedDuration::from_secs(30)))
}

async fn reconcile(line: &TestLine, books: &Books) -> Reconciled {
    let since = line.now() - SignedDuration::from_hours(24);
    line.switchboard.reconcile(&books.account(), since).await.unwrap()
}

#[tokio::test]
async fn a_call_that_came_while_we_were_down_is_on_the_list_once_and_with_its_own_time() {
    let line = line_in_use().await;
    let books = Books::open().await;
    books.enter(missed(&line, "CA901", (STRANGER, 30)));
    let came_at = ago(&line, 30);
    let line = line.restart().await;

    assert_eq!(reconcile(&line, &books).await, Reconciled { opened: 1, closed: 0 });
    for _ in 0..2 {
        later(&line, 10);
        assert_eq!(reconcile(&line, &books).await, NOTHING);
    }
    let call = &line.calls()[0];
    assert_eq!((line.calls().len(), line.outcome().as_str()), (2, "missed: system_error"));
    assert_eq!((call.call_id.as_str(), call.at), ("CA901", came_at));
    assert_eq!(call.ended_at, Some(came_at + SignedDuration::from_secs(30)));
    assert_eq!(call.caller.identity(), Some(STRANGER));
    let open = line.call_backs();
    let entry = open.iter().find(|entry| entry.stored.entry.caller.identity() == Some(STRANGER)).unwrap();
    assert_eq!((entry.stored.calls, entry.last_call_at), (1, came_at));
    assert_eq!(entry.stored.entry.owner.as_str(), "ana");
    let incidents = line.read(|tx| tx.incidents(ago(&line, 60)).unwrap());
    let told =
        incidents.iter().filter(|incident| incident.what == "a call came in while we were not reachable");
    assert_eq!(told.count(), 1);
}

#[tokio::test]
async fn a_late_first_fetch_and_a_late_status_stay_with_the_same_row() {
    let line = line_in_use().await;
    let books = Books::open().await;
    books.enter(missed(&line, "CA901", (STRANGER, 30)));
    reconcile(&line, &books).await;
    let before = (line.calls()[0].clone(), line.call_backs());

    let mut params = line.exchange.first_params("CA901", STRANGER, LINE);
    let answer = line.send(&Request::post("/twilio/voice", params.clone())).await;
    assert!(answer.text().contains("Ridge Plumbing"), "{}", answer.text());
    params.retain(|(key, _)| key != "CallStatus");
    params.push(("CallStatus".to_owned(), "completed".to_owned()));
    line.send(&Request::post("/twilio/status", params)).await;

    assert_eq!((line.calls().len(), line.outcome().as_str()), (2, "missed: system_error"));
    let call = &line.calls()[0];
    assert_eq!((call.id, call.at, call.ended_at), (before.0.id, before.0.at, before.0.ended_at));
    assert_eq!(line.call_backs(), before.1);
    assert_eq!(reconcile(&line, &books).await, NOTHING);
}

#[tokio::test]
async fn what_goes_on_just_ended_is_blocked_or_was_before_our_time_opens_nothing() {
    let line = line_in_use().await;
    let books = Books::open().await;
    let number = ringback::call::PhoneNumber::parse("+15550144").unwrap();
    let ana = ringback::call::PersonName::parse("ana").unwrap();
    line.write(|tx| tx.block(&number, &ana, line.now()));
    books.enter(going_on("CA901", (STRANGER, LINE), ago(&line, 5)));
    books.enter(missed(&line, "CA902", (STRANGER, 2)));
    books.enter(missed(&line, "CA903", ("+15550144", 30)));
    books.enter(missed(&line, "CA904", (STRANGER, 120)));
    books.enter(listed("CA905", (STRANGER, "+15550109"), (ago(&line, 30), ago(&line, 29))));
    assert_eq!(reconcile(&line, &books).await, NOTHING);
    assert_eq!(line.calls().len(), 1);

    later(&line, 1);
    assert_eq!(reconcile(&line, &books).await.opened, 1, "the one that had just ended");
}

#[tokio::test]
async fn a_line_that_never_reached_us_is_not_asked_about() {
    let line = TestLine::open().await;
    let books = Books::open().await;
    books.enter(missed(&line, "CA901", (STRANGER, 30)));
    assert_eq!(reconcile(&line, &books).await, NOTHING);
    assert!(books.asked().is_empty());
}

#[tokio::test]
async fn whoever_rang_again_and_was_talked_to_is_not_to_be_rung_back() {
    let line = line_in_use().await;
    let books = Books::open().await;
    books.enter(missed(&line, "CA901", (STRANGER, 30)));
    let answered = crate::support::line::rings(
        STRANGER,
        "hang up after 60s",
        ("accepts after 3s and talks 20s", "never answers"),
    );
    line.call(answered).await;
    assert_eq!(line.outcome(), "answered by ana");
    assert_eq!(reconcile(&line, &books).await.opened, 1);
    assert!(line.call_backs().iter().all(|entry| entry.stored.entry.caller.identity() != Some(STRANGER)));
    let all = line.all_call_backs();
    let done = all.iter().find(|entry| entry.stored.entry.caller.identity() == Some(STRANGER)).unwrap();
    assert_eq!(
        done.events.last().map(|event| (event.by.as_str(), event.what.word())),
        Some(("ana", "closed"))
    );
}

#[tokio::test]
async fn a_call_told_of_afterwards_stands_in_the_lists_where_it_belongs() {
    let line = line_in_use().await;
    let books = Books::open().await;
    books.enter(missed(&line, "CA901", (STRANGER, 30)));
    line.call(crate::support::line::rings(STRANGER, "1", NOBODY)).await;
    let again = line.calls()[0].clone();
    assert_eq!(reconcile(&line, &books).await.opened, 1);

    let calls = line.calls();
    assert_eq!((calls[0].id, calls[1].call_id.as_str()), (again.id, "CA901"));
    assert!(calls[1].id > calls[0].id);
    let open = line.call_backs();
    let entry = open.iter().find(|entry| entry.stored.entry.caller.identity() == Some(STRANGER)).unwrap();
    assert_eq!((entry.first_call_at, entry.last_call_at), (calls[1].at, again.at));
    assert_eq!(entry.stored.calls, 2);
    let lately = line.read(|tx| tx.numbers_since(ago(&line, 10)).unwrap());
    assert_eq!((lately.calls, lately.missed), (1, 1), "the late one is no reason to stop counting");
}

#[tokio::test]
async fn a_call_in_progress_gets_the_end_that_the_provider_knows() {
    for listed_too in [true, false] {
        let line = line_in_use().await;
        let books = Books::open().await;
        let began = ago(&line, 0);
        line.rings("hang up after 1s", NOBODY).await;
        let id = line.calls()[0].call_id.clone();
        later(&line, 5);
        assert_eq!(line.outcome(), "in_progress");
        let ended = began + SignedDuration::from_secs(2);
        // A call on a line that the settings do not name is in no list that is asked for.
        let to = if listed_too { LINE } else { "+15550109" };
        books.enter(listed(&id, (CALLER, to), (began, ended)));
        assert_eq!(reconcile(&line, &books).await, Reconciled { opened: 0, closed: 1 });
        assert_eq!(line.outcome(), "missed: hung_up_early");
        assert_eq!(line.calls()[0].ended_at, Some(ended));
        assert_eq!(reconcile(&line, &books).await, NOTHING);
        assert_eq!(line.calls().len(), 2);
    }
}

#[tokio::test]
async fn the_sweep_labels_no_call_that_the_provider_says_goes_on() {
    let line = line_in_use().await;
    let books = Books::open().await;
    line.rings("hang up after 1s", NOBODY).await;
    let (id, began) = (line.calls()[0].call_id.clone(), line.now());
    books.enter(going_on(&id, (CALLER, LINE), began));
    assert_eq!(line.switchboard.ask_about_quiet_calls(&books.account()).await.unwrap(), 0);
    assert!(books.asked().is_empty(), "nothing is quiet yet");
    for _ in 0..3 {
        line.clock.advance(Duration::try_from(IDLE_LIMIT).unwrap());
        assert_eq!(line.switchboard.ask_about_quiet_calls(&books.account()).await.unwrap(), 0);
        assert_eq!(line.switchboard.sweep().await.unwrap(), 0);
        assert_eq!(line.outcome(), "in_progress");
    }
    let ended = ago(&line, 3);
    books.enter(listed(&id, (CALLER, LINE), (began, ended)));
    line.clock.advance(Duration::try_from(IDLE_LIMIT).unwrap());
    assert_eq!(line.switchboard.ask_about_quiet_calls(&books.account()).await.unwrap(), 1);
    assert_eq!(line.switchboard.sweep().await.unwrap(), 0);
    assert_eq!((line.outcome().as_str(), line.calls()[0].ended_at), ("missed: rang_out", Some(ended)));
}

#[tokio::test]
async fn a_call_that_lasts_longer_than_any_can_is_not_asked_about() {
    let line = line_in_use().await;
    let books = Books::open().await;
    line.rings("hang up after 1s", NOBODY).await;
    books.enter(going_on(&line.calls()[0].call_id, (CALLER, LINE), line.now()));
    later(&line, 25 * 60);
    assert_eq!(line.switchboard.ask_about_quiet_calls(&books.account()).await.unwrap(), 0);
    assert!(books.asked().is_empty());
    assert_eq!(line.switchboard.sweep().await.unwrap(), 1);
}

#[tokio::test]
async fn a_provider_that_does_not_answer_changes_nothing() {
    let line = line_in_use().await;
    let books = Books::saying(|_, _| crate::support::books::Said::status(401)).await;
    let since = ago(&line, 60);
    let said = line.switchboard.reconcile(&books.account(), since).await.unwrap_err().to_string();
    assert_eq!(said, "the provider answered 401");
    assert_eq!(line.calls().len(), 1);
}

#[tokio::test]
async fn only_settings_with_an_account_and_a_key_are_asked_with() {
    let line = TestLine::open().await;
    let api = ringback::provider::ApiBase::twilio();
    let mut settings = line.switchboard.live().settings.clone();
    assert!(account_to_ask(&settings, &api).is_none(), "a key alone");
    settings.twilio.account_sid = Some(ACCOUNT.to_owned());
    assert_eq!(account_to_ask(&settings, &api).unwrap().sid(), ACCOUNT);
    settings.twilio.auth_token = None;
    assert!(account_to_ask(&settings, &api).is_none(), "an account alone");
}

#[tokio::test]
async fn a_call_that_was_forgotten_is_not_brought_back_by_the_provider() {
    let line = line_in_use().await;
    let books = Books::open().await;
    books.enter(missed(&line, "CA901", (STRANGER, 30)));
    assert_eq!(reconcile(&line, &books).await, Reconciled { opened: 1, closed: 0 });
    let (number, now) = (PhoneNumber::parse(STRANGER).unwrap(), line.now());
    line.write(|tx| {
        let traces = tx.traces_of(&number)?;
        assert_eq!((traces.calls.len(), traces.open.len()), (1, 1));
        tx.forget_calls(&traces.calls, (&TimeZone::UTC, now)).map(drop)
    });
    for _ in 0..2 {
        later(&line, 10);
        assert_eq!(reconcile(&line, &books).await, NOTHING);
    }
    assert_eq!((line.calls().len(), line.call_backs().len()), (1, 1), "those of the other caller");
    assert_proven(line.home.path(), line.now());
}
