//! `ringback purge`: what is old goes, what waits stays, and the days still add up.

use std::time::Duration;

use ringback::call::{PersonName, PhoneNumber};
use ringback::call_back::{CallBackId, CloseOutcome, Deed};
use ringback::phone::FinalStatus;
use ringback::store::{CallBackEvent, Purged};

use crate::support::line::{FRONT_DESK, SETTINGS, TestLine, assert_proven, rings};
use crate::support::process::ringback;

const NEVER: (&str, &str) = ("never answers", "never answers");
const ACCEPTS: (&str, &str) = ("accepts after 4s and talks 30s", "never answers");

fn close(line: &TestLine, id: i64) {
    let (ana, now) = (PersonName::parse("ana").unwrap(), line.now());
    line.write(|tx| {
        let mut stored = tx.call_back(CallBackId(id))?.unwrap();
        stored.entry.close(ana.clone(), now, CloseOutcome::Reached).unwrap();
        tx.save_call_back(&stored)?;
        let event = CallBackEvent {
            at: now,
            by: ana.to_string(),
            what: Deed::Closed,
            detail: Some(CloseOutcome::Reached.word().to_owned()),
            undone_at: None,
        };
        tx.add_call_back_event(CallBackId(id), &event)
    });
}

#[tokio::test]
async fn a_server_purges_what_is_older_than_the_settings_keep_and_nothing_that_waits() {
    let settings = format!("{}\n[privacy]\nkeep = \"30d\"\n", SETTINGS);
    let line = TestLine::open_with(&settings, &[("front-desk", FRONT_DESK)]).await;
    line.rings("", ACCEPTS).await;
    line.call(rings("+15550143", "1", NEVER)).await;
    line.call(rings("+15550144", "2, message 9s", NEVER)).await;
    line.call(rings("+15550145", "", ACCEPTS)).await;
    line.write(|tx| tx.set_name(&PhoneNumber::parse("+15550145").unwrap(), Some("Kim"), None));
    close(&line, 1);
    assert_eq!(line.switchboard.purge().await.unwrap(), Purged::default(), "nothing is old");

    line.clock.advance(Duration::from_hours(24 * 29));
    line.call(rings("+15550146", "1", NEVER)).await;
    assert_eq!(line.switchboard.purge().await.unwrap(), Purged::default());

    line.clock.advance(Duration::from_hours(24 * 2));
    let purged = line.switchboard.purge().await.unwrap();
    assert_eq!((purged.calls, purged.call_backs, purged.callers), (3, 1, 1));
    let left: Vec<_> = line.calls().iter().map(|call| call.id.0).collect();
    assert_eq!(left, [5, 3], "what waits stays, however old");
    assert_eq!(line.all_call_backs().len(), 2);
    let known = line.read(|tx| tx.callers(Default::default()).unwrap());
    assert_eq!(known.len(), 1, "a name that somebody typed stays: {known:#?}");
    assert_proven(line.home.path(), line.now());
    assert_eq!(line.switchboard.purge().await.unwrap(), Purged::default(), "and nothing goes twice");
}

#[tokio::test]
async fn the_last_word_on_a_call_that_was_purged_does_not_bring_it_back() {
    let settings = format!("{SETTINGS}\n[privacy]\nkeep = \"1d\"\n");
    let mut line = TestLine::open_with(&settings, &[("front-desk", FRONT_DESK)]).await;
    line.exchange.quirks.final_status = FinalStatus::Late;
    let heard = line.rings("", ACCEPTS).await;
    line.clock.advance(Duration::from_hours(48));
    assert_eq!(line.switchboard.purge().await.unwrap().calls, 1);
    line.send_late(&heard).await;
    assert_eq!(line.calls(), []);
    assert_proven(line.home.path(), line.now());
}

#[tokio::test]
async fn a_notice_that_nobody_could_send_does_not_keep_the_later_ones() {
    let line = TestLine::open().await;
    line.rings("1", NEVER).await;
    let file = rusqlite::Connection::open(line.home.path().join("ringback.db")).unwrap();
    file.execute_batch(
        "insert into notices (id, call, due_at, tries, sent_at) values (1, 1, 0, 9, null), (5000, 1, 0, 1, 1)",
    )
    .unwrap();
    assert_eq!(line.switchboard.purge().await.unwrap().notes, 1);
}

#[tokio::test]
async fn the_command_tells_what_would_go_and_then_does_it() {
    let line = TestLine::open().await;
    line.rings("", ACCEPTS).await;
    line.call(rings("+15550143", "1", NEVER)).await;
    let home = line.close().await;
    // The calls of the tests are at a fixed day in the past or future of this machine's clock.
    let file = rusqlite::Connection::open(home.path().join("ringback.db")).unwrap();
    file.execute_batch("update calls set at = at - 400 * 86400000").unwrap();
    drop(file);
    let told = ringback(home.path(), &["purge", "--dry-run", "--older-than", "1y"]);
    assert_eq!(told.code, 0, "{}", told.talked);
    assert!(told.said.starts_with("1 call from before "), "{}", told.said);
    let kept = ringback(home.path(), &["purge"]);
    assert!(kept.said.contains("0 calls"), "two years are kept by default: {}", kept.said);
    let done = ringback(home.path(), &["purge", "--older-than", "1y"]);
    assert!(done.said.contains(": 1 call, 0 call-backs"), "{}", done.said);
    let proof = ringback(home.path(), &["proof", "--json"]);
    assert_eq!(proof.code, 0, "{}", proof.said);
    assert_eq!(ringback(home.path(), &["purge", "--older-than", "soon"]).code, 2);
}
