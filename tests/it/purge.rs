//! `ringback purge`: what is old goes, what waits stays, and the days still add up.

use std::time::Duration;

use ringback::call::{PersonName, PhoneNumber};
use ringback::call_back::{CallBackId, CloseOutcome, Deed};
use ringback::store::{CallBackEvent, Purged};

use crate::support::line::{TestLine, assert_proven, rings};
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
    let settings = format!("{}\n[privacy]\nkeep = \"30d\"\n", crate::support::line::SETTINGS);
    let line = TestLine::open_with(&settings, &[("front-desk", crate::support::line::FRONT_DESK)]).await;
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
