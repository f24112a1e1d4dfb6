//! `ringback proof`: it holds after a day of calls, and names the very call when the file is broken by hand.

use ringback::call::CallId;
use ringback::store::{Claim, Finding, Proof};
use ringback::switchboard::RING_LIMIT;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::line::{CALLER, FRIDAY, TestLine, read_home, rings};
use crate::support::process::ringback;

const NEVER: (&str, &str) = ("never answers", "never answers");

/// Calls 1 answered, 2 missed and closed by a redial in 3, 4 and 5 missed and waiting, 6 blocked.
async fn a_day() -> TempDir {
    let line = TestLine::open().await;
    let number = |text: &str| ringback::call::PhoneNumber::parse(text).unwrap();
    let ana = ringback::call::PersonName::parse("ana").unwrap();
    let now = line.now();
    line.write(|tx| tx.block(&number("+15550166"), &ana, now));
    line.rings("", ("accepts after 4s and talks 30s", "never answers")).await;
    line.rings("1", NEVER).await;
    line.rings("", ("accepts after 4s and talks 30s", "never answers")).await;
    line.call(rings("+15550143", "1", NEVER)).await;
    line.call(rings("anonymous", "2, message 8s", NEVER)).await;
    line.call(rings("+15550166", "", NEVER)).await;
    line.close().await
}

fn proof_of(home: &TempDir) -> Proof {
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    let now = FRIDAY.parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_mins(30);
    read_home(home.path(), |tx| tx.proof(&Claim::of_all(&zone, now, RING_LIMIT)).unwrap())
}

/// Breaks the file as no program of ours would.
fn broken(home: &TempDir, sql: &str) -> Vec<Finding> {
    let file = Connection::open(home.path().join("ringback.db")).unwrap();
    file.execute_batch(&format!("pragma foreign_keys = off; {sql}")).unwrap();
    drop(file);
    proof_of(home).findings
}

#[tokio::test]
async fn a_day_of_calls_adds_up() {
    let home = a_day().await;
    let proof = proof_of(&home);
    assert_eq!(proof.findings, []);
    assert!(proof.holds());
    let [(day, tally)] = proof.days[..] else { panic!("{:?}", proof.days) };
    assert_eq!(day.to_string(), "2026-11-20");
    assert_eq!((tally.calls, tally.answered, tally.blocked), (6, 2, 1));
    assert_eq!((tally.missed_closed, tally.missed_open), (1, 2));
    let shown = ringback(home.path(), &["proof"]);
    assert_eq!(shown.code, 0, "{}", shown.talked);
    assert!(shown.said.contains("Nothing slipped: of 6 calls 2 were answered"), "{}", shown.said);
}

#[tokio::test]
async fn each_way_to_break_the_file_names_the_very_call_or_entry() {
    let home = a_day().await;
    let plain = std::fs::read(home.path().join("ringback.db")).unwrap();
    for (sql, word, call, entry) in [
        ("update calls set call_back = null where id = 4", "missed-without-entry", Some(4), None),
        ("update calls set call_back = 99 where id = 4", "entry-vanished", Some(4), Some(99)),
        ("delete from calls where id = 2", "vanished", Some(2), None),
        ("delete from calls where id >= 5", "vanished", Some(5), None),
        ("update calls set answered_by = null where id = 1", "answered-by-nobody", Some(1), None),
        ("update calls set accepted_at = null where id = 1", "answered-by-nobody", Some(1), None),
        ("update calls set outcome = 'lost' where id = 4", "outcome-unknown", Some(4), Some(2)),
        ("update calls set reason = null where id = 4", "missed-without-reason", Some(4), Some(2)),
        (
            "update calls set outcome = 'in_progress', at = at - 100000000, ended_at = null where id = 6;
            update turns set at = at - 100000000 where call = 6",
            "quiet-for-long",
            Some(6),
            None,
        ),
        ("update call_backs set owner = '' where id = 2", "without-owner", None, Some(2)),
        ("update call_backs set outcome = null where id = 1", "closed-without-word", None, Some(1)),
        ("update call_backs set closed_by = null where id = 1", "closed-without-word", None, Some(1)),
        ("update call_backs set closed_at = null where id = 1", "closed-without-word", None, Some(1)),
        ("update call_backs set outcome = 'aged-out' where id = 1", "closed-without-word", None, Some(1)),
        (
            "update call_backs set closed_at = opened_at, closed_by = 'ana', outcome = 'reached' where id = 2",
            "closed-without-deed",
            None,
            Some(2),
        ),
        ("update call_back_events set undone_at = at", "closed-without-deed", None, Some(1)),
        ("update call_backs set calls = 3 where id = 2", "miscounted", None, Some(2)),
        (
            "drop index one_open_call_back; update call_backs set caller = '+15550143' where id = 3",
            "twofold",
            None,
            Some(3),
        ),
        ("delete from call_backs where id = 3", "leftover", None, Some(3)),
        ("delete from call_backs where id = 1", "leftover", None, Some(1)),
    ] {
        let found = broken(&home, sql);
        let named = found.iter().any(|finding| {
            let ids = (finding.call.map(|id| id.0), finding.call_back.map(|id| id.0));
            finding.fault.word() == word && ids == (call, entry)
        });
        assert!(named, "{sql}: {found:#?}");
        let shown = ringback(home.path(), &["proof"]);
        let subject = call.map_or_else(|| format!("call-back {}", entry.unwrap()), |id| format!("call {id}"));
        let plural = format!("calls {} to", call.unwrap_or_default());
        assert!(shown.said.contains(&subject) || shown.said.contains(&plural), "{sql}: {}", shown.said);
        assert_eq!(shown.code, 1, "{sql}");
        std::fs::write(home.path().join("ringback.db"), &plain).unwrap();
    }
    assert!(proof_of(&home).holds());
}

#[tokio::test]
async fn an_entry_whose_call_is_gone_is_still_shown_and_worked() {
    let home = a_day().await;
    broken(&home, "delete from calls where id = 4");
    for arguments in [
        &["call-backs", "--json"][..],
        &["call-backs", "show", "2", "--json"],
        &["call-backs", "take", "2", "--as", "ana"],
    ] {
        let shown = ringback(home.path(), arguments);
        assert_eq!(shown.code, 0, "{arguments:?}: {}", shown.talked);
    }
}

#[tokio::test]
async fn only_the_days_that_are_asked_for_are_judged() {
    let home = a_day().await;
    broken(&home, "update calls set call_back = null where id = 4");
    for (arguments, code) in [
        (&["proof", "--day", "2026-11-20"][..], 1),
        (&["proof", "--day", "2026-11-19"], 0),
        (&["proof", "--since", "2026-11-20"], 1),
        (&["proof", "--since", "2026-11-21"], 0),
        (&["proof", "--month", "2026-11"], 1),
        (&["proof", "--month", "2026-10", "--json"], 0),
        (&["proof", "--day", "Friday"], 2),
    ] {
        assert_eq!(ringback(home.path(), arguments).code, code, "{arguments:?}");
    }
}

#[tokio::test]
async fn a_line_of_the_journal_is_mentioned_and_is_no_fault() {
    let line = TestLine::open().await;
    line.call(rings(CALLER, "1", NEVER)).await;
    let home = line.close().await;
    std::fs::write(home.path().join("ringback.journal"), "1 0 {}\n").unwrap();
    let shown = ringback(home.path(), &["proof"]);
    assert_eq!(shown.code, 0, "{}", shown.talked);
    assert!(shown.said.contains("1 record waits in `"), "{}", shown.said);
    assert!(!shown.said.contains("Nothing slipped"), "{}", shown.said);
    assert!(read_home(home.path(), |tx| tx.call_line(CallId(1)).unwrap().is_some()));
}

#[tokio::test]
async fn a_damaged_database_proves_nothing() {
    let home = a_day().await;
    let database = home.path().join("ringback.db");
    let file = Connection::open(&database).unwrap();
    // What proof itself reads is whole.
    let sql = "select rootpage from sqlite_schema where name = 'notes_of_caller'";
    let page = file.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap();
    file.execute_batch("pragma wal_checkpoint(truncate)").unwrap();
    drop(file);
    let mut bytes = std::fs::read(&database).unwrap();
    let begin = (page as usize - 1) * 4096;
    bytes[begin..begin + 4096].fill(0x5a);
    std::fs::write(&database, bytes).unwrap();
    let shown = ringback(home.path(), &["proof"]);
    assert_eq!(shown.code, 1, "{}{}", shown.said, shown.talked);
    assert!(
        shown.talked.contains("nothing is proven") && shown.said.is_empty(),
        "{}{}",
        shown.said,
        shown.talked
    );
}
