//! The list: who joins whom, whose it is, and what closes an entry.

use std::time::Duration;

use ringback::call_back::{CloseOutcome, Deed, Standing};

use crate::support::line::{CALLER, LINE, SETTINGS, TWO_AREAS, TestLine, rings};

const NOBODY: (&str, &str) = ("never answers", "never answers");

#[tokio::test]
async fn the_same_caller_twice_is_one_entry_with_two_calls() {
    let line = TestLine::open().await;
    line.rings("hang up after 1s", NOBODY).await;
    line.clock.advance(Duration::from_secs(600));
    line.rings("1", NOBODY).await;
    let entry = line.entry();
    assert_eq!(entry.stored.calls, 2);
    assert!(entry.first_call_at < entry.last_call_at);
    assert_eq!(entry.reason.as_deref(), Some("rang_out"), "the last call's");
    assert!(line.calls().iter().all(|call| call.call_back == Some(entry.stored.entry.id)));
}

#[tokio::test]
async fn of_two_promises_the_earlier_one_counts() {
    let line = TestLine::open().await;
    line.rings("1", NOBODY).await;
    let first = line.entry().stored.entry.promised_at;
    line.clock.advance(Duration::from_secs(3600));
    line.rings("1", NOBODY).await;
    assert_eq!(line.entry().stored.entry.promised_at, first);
    line.clock.advance(Duration::from_secs(3600));
    let now = line.now();
    assert!(line.entry().stored.entry.is_broken(now));
}

#[tokio::test]
async fn a_redial_that_is_answered_closes_the_entry_in_the_name_of_who_took_it() {
    let line = TestLine::open().await;
    line.rings("1", NOBODY).await;
    line.clock.advance(Duration::from_secs(60));
    line.rings("", ("never answers", "accepts after 4s")).await;
    assert!(line.call_backs().is_empty());
    let closed = line.all_call_backs().remove(0);
    let Standing::Closed { by, outcome, .. } = &closed.stored.entry.standing else { panic!("{closed:?}") };
    assert_eq!((by.as_str(), *outcome), ("ben", CloseOutcome::AnsweredOnRedial));
    assert_eq!(closed.stored.calls, 1);
    assert!(closed.events.iter().any(|event| event.what == Deed::Closed && event.by == "ben"));
    assert!(closed.returning);
}

#[tokio::test]
async fn after_closing_the_next_missed_call_is_an_entry_of_its_own() {
    let line = TestLine::open().await;
    line.rings("1", NOBODY).await;
    line.rings("", ("accepts after 4s", "never answers")).await;
    line.rings("1", NOBODY).await;
    assert_eq!((line.call_backs().len(), line.all_call_backs().len()), (1, 2));
    assert!(line.entry().returning);
}

#[tokio::test]
async fn the_area_decides_whose_it_is_and_the_last_call_with_one_has_the_say() {
    let line = TestLine::with_flow(TWO_AREAS).await;
    line.rings("2, message 6s", NOBODY).await;
    assert_eq!(line.path(), "hello:2 billing message");
    let entry = line.entry().stored.entry;
    assert_eq!((entry.owner.as_str(), entry.area.unwrap().as_str()), ("ben", "billing"));
    line.rings("1, message 6s", NOBODY).await;
    let entry = line.entry().stored.entry;
    assert_eq!((entry.owner.as_str(), entry.area.unwrap().as_str()), ("ana", "repairs"));
    line.rings("hang up after 1s", NOBODY).await;
    let entry = line.entry().stored.entry;
    assert_eq!((entry.owner.as_str(), entry.area.unwrap().as_str()), ("ana", "repairs"));
}

#[tokio::test]
async fn the_lines_owner_is_before_the_businesss_and_two_lines_are_two_entries() {
    let second = "+15550110";
    let settings = format!("{SETTINGS}\n[lines.\"{second}\"]\nflow = \"front-desk\"\nowner = \"ben\"\n");
    let line = TestLine::open_with(&settings, &[("front-desk", crate::support::line::FRONT_DESK)]).await;
    for to in [LINE, second] {
        let mut script = rings(CALLER, "hang up after 1s", NOBODY);
        script.to = to.to_owned();
        line.call(script).await;
    }
    let owner_of = |number: &str| {
        let list = line.call_backs();
        let entry = list
            .iter()
            .map(|one| &one.stored.entry)
            .find(|entry| entry.line.as_ref().unwrap().as_str() == number);
        entry.unwrap().owner.to_string()
    };
    assert_eq!((owner_of(LINE).as_str(), owner_of(second).as_str()), ("ana", "ben"));
}

#[tokio::test]
async fn broken_promises_and_returning_callers_are_first_on_the_list() {
    let line = TestLine::open().await;
    let (early, returning, promised) = ("+15550143", "+15550144", "+15550145");
    line.call(rings(returning, "", ("accepts after 2s", "never answers"))).await;
    line.call(rings(early, "hang up after 1s", NOBODY)).await;
    line.call(rings(returning, "hang up after 1s", NOBODY)).await;
    line.call(rings(promised, "1", NOBODY)).await;
    let order = || {
        let list = line.call_backs();
        list.iter().map(|one| one.stored.entry.caller.identity().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(order(), [returning, early, promised]);
    line.clock.advance(Duration::from_secs(3 * 3600));
    assert_eq!(order(), [promised, returning, early]);
}

#[tokio::test]
async fn a_second_call_that_types_nothing_leaves_the_number_of_the_first() {
    let line = TestLine::open().await;
    let mia = "sip:mia@example.com";
    line.call(rings(mia, "1, 5550143#, 1", NOBODY)).await;
    line.call(rings(mia, "hang up after 1s", NOBODY)).await;
    let entry = line.entry().stored;
    assert_eq!(entry.calls, 2);
    assert_eq!(entry.entry.typed_number.unwrap().as_str(), "+15550143");
    line.call(rings("anonymous", "1, 5550144#, 2, hang up after 3s", NOBODY)).await;
    let taken_back = line.call_backs().into_iter().find(|line| line.stored.calls == 1).unwrap();
    assert_eq!(taken_back.stored.entry.typed_number, None);
}
