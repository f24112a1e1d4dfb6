//! A signed request stays genuine for ever. Whoever kept one and sends it again, a week or months later, gets the answer of
//! then or a harmless one, and changes nothing.

use std::time::Duration;

use ringback::call::PersonName;
use ringback::call_back::CloseOutcome;
use ringback::follow_up::FollowUp;
use ringback::phone::{Heard, Request, Response, Script};
use ringback::store::{CallFilter, Purged, StoreError};
use rusqlite::types::Value;
use rusqlite::{Connection, Row};

use crate::support::line::{CALLER, FRONT_DESK, SETTINGS, TWO_AREAS, TestLine, assert_proven, rings};
use crate::support::process::ringback;

const NEVER: &str = "never answers";
const DAY: Duration = Duration::from_hours(24);

/// Every shape of a call: turns, legs, statuses, recordings, and the safe reply.
fn captured() -> Vec<(&'static str, Script)> {
    let mut unknown_line = rings(CALLER, "message 7s", ("voicemail after 4s", NEVER));
    unknown_line.to = "+15550199".to_owned();
    vec![
        (FRONT_DESK, rings(CALLER, "", ("accepts after 4s and talks 30s", NEVER))),
        (FRONT_DESK, rings(CALLER, "2, message 9s", (NEVER, NEVER))),
        (FRONT_DESK, rings(CALLER, "1", ("hangs up after 3s", "busy"))),
        (FRONT_DESK, rings("anonymous", "1, 5550142#, 1", (NEVER, NEVER))),
        (FRONT_DESK, rings(CALLER, "hang up after 5s of ringing", ("accepts as the caller leaves", NEVER))),
        (TWO_AREAS, rings(CALLER, "1", ("voicemail after 4s", "accepts after 3s"))),
        (TWO_AREAS, unknown_line),
    ]
}

/// A line that keeps calls for a month, with one call, and the requests of it.
async fn line_with(flow: &str, script: Script) -> (TestLine, Heard) {
    let settings = format!("{SETTINGS}\n[privacy]\nkeep = \"30d\"\n");
    let flows = [("front-desk", flow), ("another", flow)];
    let is_ambiguous = script.to != crate::support::line::LINE;
    let line = TestLine::open_with(&settings, if is_ambiguous { &flows } else { &flows[..1] }).await;
    let heard = line.call(script).await;
    (line, heard)
}

/// Every row of every table.
fn everything(line: &TestLine) -> Vec<String> {
    let file = Connection::open(line.home.path().join("ringback.db")).unwrap();
    let mut tables =
        file.prepare("select name from sqlite_schema where type = 'table' order by name").unwrap();
    let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    let mut rows = Vec::new();
    for table in names.collect::<Vec<_>>() {
        let mut all = file.prepare(&format!("select * from {table}")).unwrap();
        let columns = all.column_count();
        let values = |row: &Row<'_>| (0..columns).map(|column| row.get(column)).collect();
        let found: rusqlite::Result<Vec<Vec<Value>>> = all.query_map([], values).unwrap().collect();
        rows.extend(found.unwrap().into_iter().map(|row| format!("{table}: {row:?}")));
    }
    rows
}

/// Sends all of a call again, three times; gives the answers of the last time.
async fn replay(line: &TestLine, heard: &Heard) -> Vec<(Request, Response)> {
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.clear();
        for sent in &heard.sent {
            answers.push((sent.request.clone(), line.send(&sent.request).await));
        }
    }
    answers
}

fn close_all(line: &TestLine) {
    line.clock.advance(Duration::from_secs(60));
    for entry in line.call_backs() {
        let (live, ana) = (line.switchboard.live(), PersonName::parse("ana").unwrap());
        let desk = FollowUp { business: &live.settings.business, by: &ana, now: line.now() };
        let how = (CloseOutcome::Reached, Some("said sorry"));
        line.write(|tx| desk.close(tx, entry.stored.entry.id, how).map_err(|_| StoreError::GivenUp));
    }
}

fn assert_same(line: &TestLine, before: &[String]) {
    let now = everything(line);
    let changed: Vec<_> = now.iter().filter(|row| !before.contains(row)).collect();
    assert!(changed.is_empty() && now.len() == before.len(), "{changed:#?}");
    assert_proven(line.home.path(), line.now());
}

#[tokio::test]
async fn a_call_of_last_week_that_is_sent_again_gets_the_same_bytes_and_changes_nothing() {
    for (flow, script) in captured() {
        for is_closed in [false, true] {
            let (line, heard) = line_with(flow, script.clone()).await;
            if is_closed {
                close_all(&line);
            }
            line.clock.advance(DAY * 7);
            // Whoever rings again waits for a call: nothing of the old one closes that.
            line.rings("hang up after 1s", (NEVER, NEVER)).await;
            let line = line.restart().await;
            let before = everything(&line);
            let answers = replay(&line, &heard).await;
            assert_same(&line, &before);
            for ((request, answer), sent) in answers.iter().zip(&heard.sent) {
                assert_eq!(answer, sent.answer.as_ref().unwrap(), "{request:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_call_that_was_purged_long_ago_does_not_come_back() {
    for (flow, script) in captured() {
        let (line, heard) = line_with(flow, script).await;
        close_all(&line);
        line.clock.advance(DAY * 60);
        assert_eq!(line.switchboard.purge().await.unwrap().calls, 1);
        line.clock.advance(DAY * 60);
        assert_eq!(line.switchboard.purge().await.unwrap(), Purged::default());
        let line = line.restart().await;
        let before = everything(&line);
        replay(&line, &heard).await;
        assert_same(&line, &before);
        assert_eq!(line.read(|tx| tx.calls(&CallFilter::default()).unwrap()), []);
    }
}

#[tokio::test]
async fn a_caller_who_was_forgotten_long_ago_does_not_come_back() {
    for (flow, script) in captured().into_iter().filter(|(_, script)| script.from == CALLER) {
        let (line, heard) = line_with(flow, script).await;
        let done = ringback(line.home.path(), &["forget", CALLER, "--yes"]);
        assert_eq!(done.code, 0, "{}{}", done.said, done.talked);
        line.clock.advance(DAY * 60);
        line.switchboard.purge().await.unwrap();
        let before = everything(&line);
        replay(&line, &heard).await;
        assert_same(&line, &before);
        assert_eq!(line.call_backs(), []);
    }
}
