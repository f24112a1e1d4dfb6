//! `ringback forget`: afterwards the number stands in no file of the home, and the days still add up.

use std::fs;
use std::path::{Path, PathBuf};

use ringback::call::PhoneNumber;
use ringback::phone::FinalStatus;
use ringback::store::CallFilter;
use rusqlite::Connection;

use crate::support::line::{
    CALLER, FRONT_DESK, SETTINGS, TestLine, assert_proven, home_with, read_home, rings,
};
use crate::support::process::ringback;

const NEVER: (&str, &str) = ("never answers", "never answers");
const ACCEPTS: (&str, &str) = ("accepts after 4s and talks 30s", "never answers");
const OTHER: &str = "+15550143";

/// Every file under a folder that holds these bytes.
fn files_with(folder: &Path, digits: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, digits));
        } else if fs::read(&path).unwrap().windows(digits.len()).any(|bytes| bytes == digits.as_bytes()) {
            found.push(path);
        }
    }
    found
}

/// Calls of the number in every way, and the number in what others said.
async fn a_number_everywhere() -> tempfile::TempDir {
    let line = TestLine::open().await;
    line.rings("", ACCEPTS).await;
    line.rings("1", NEVER).await;
    line.rings("2, message 9s", NEVER).await;
    line.call(rings("anonymous", "1, 5550142#, 1", NEVER)).await;
    line.call(rings(OTHER, "1", NEVER)).await;
    line.call(rings(OTHER, "9, 1", NEVER)).await;
    let number = PhoneNumber::parse(CALLER).unwrap();
    line.write(|tx| tx.set_name(&number, Some("Pat Doe"), None));
    let home = line.close().await;
    let file = Connection::open(home.path().join("ringback.db")).unwrap();
    file.execute_batch(
        r#"insert into caller_notes (caller, at, by, text) values ('+15550142', 1, 'ana', 'likes tea');
        insert into caller_notes (caller, at, by, text) values ('+15550143', 1, 'ana', 'brother: 15550142');
        insert into callers (caller, name) values ('+15550143', 'Sam, brother of +15550142');
        insert into call_back_events (call_back, at, by, what, detail, before)
            select call_back, at, 'ana', 'note', 'or ring +15550142', '{"typed":"+15550142"}' from calls where id = 5;
        insert into call_back_events (call_back, at, by, what, detail)
            select call_back, at, 'ana', 'note', 'his own note' from calls where id = 2;
        insert into incidents (at, call, what, detail) values (1, 5, 'unknown line', '+15550142');
        insert into incidents (at, call, what, detail) values (1, 2, 'malformed', 'From=%2B15550142');
        insert into notices (call, due_at, tries, sent_at) values (2, 1, 1, 1);
        update calls set answers = '[["job","15550142"]]', transcript = 'my brother has 15550142',
            forwarded_from = '+15550142', caller_name = '+15550142' where id = 5;
        update turns set reply = reply || '<!-- +15550142 -->',
            state = replace(state, '"course":{', '"course":{"typed_number":"+15550142",') where call = 5;"#,
    )
    .unwrap();
    drop(file);
    let line = r#"1 0 {"caller":"+15550142"}"#;
    fs::write(home.path().join("ringback.journal"), format!("{line}\n1 0 {{}}\n")).unwrap();
    fs::write(home.path().join("ringback.journal.garbled-1"), format!("x\n{line}\n")).unwrap();
    home
}

#[tokio::test]
async fn a_number_that_stood_everywhere_stands_nowhere_and_the_days_add_up() {
    let home = a_number_everywhere().await;
    assert!(files_with(home.path(), "15550142").len() >= 3);
    assert!(!files_with(home.path(), "/Recordings/").is_empty());
    let asked = ringback(home.path(), &["forget", CALLER]);
    assert_eq!(asked.code, 2, "{}", asked.talked);
    assert!(asked.talked.contains("4 calls; 2 call-backs, 2 of them open; 1 note;"), "{}", asked.talked);
    assert!(!files_with(home.path(), "15550142").is_empty());

    let done = ringback(home.path(), &["forget", "+1 555 0142", "--yes"]);
    assert_eq!(done.code, 0, "{}{}", done.said, done.talked);
    assert!(done.said.contains("  4 calls\n"), "{}", done.said);
    assert_eq!(files_with(home.path(), "15550142"), Vec::<PathBuf>::new());
    assert_eq!(files_with(home.path(), "Pat Doe"), Vec::<PathBuf>::new());
    assert_eq!(files_with(home.path(), "/Recordings/"), Vec::<PathBuf>::new());
    assert_eq!(files_with(home.path(), "his own note"), Vec::<PathBuf>::new());

    let proof = ringback(home.path(), &["proof", "--json"]);
    assert_eq!(proof.code, 1, "somebody else's line is left that cannot be read: {}", proof.said);
    let proof: serde_json::Value = serde_json::from_str(&proof.said).unwrap();
    assert_eq!(
        (&proof["days"][0]["adds_up"], &proof["kept_aside"][0]["unreadable"]),
        (&true.into(), &1.into())
    );
    assert_eq!((&proof["days"][0]["calls"], &proof["days"][0]["forgotten"]), (&6.into(), &4.into()));
    let left = read_home(home.path(), |tx| tx.calls(&CallFilter::default()).unwrap());
    assert_eq!(left.len(), 2, "those of the other caller");
    assert!(left.iter().all(|call| call.caller.identity() == Some(OTHER)), "{left:#?}");
    let events = read_home(home.path(), |tx| tx.call_back_events(left[0].call_back.unwrap()).unwrap());
    assert_eq!(events[0].detail.as_deref(), Some("or ring …"), "the note itself stays");
    let journal = fs::read_to_string(home.path().join("ringback.journal")).unwrap();
    assert_eq!(journal, "1 0 {}\n");

    let again = ringback(home.path(), &["forget", CALLER, "--yes"]);
    assert_eq!((again.code, again.said.as_str()), (0, "Nothing was kept of +1 555-0142.\n"));
}

#[tokio::test]
async fn late_news_of_a_forgotten_call_is_not_kept_by_a_server_that_remembers_the_call() {
    let mut line = TestLine::open().await;
    line.exchange.quirks.final_status = FinalStatus::Late;
    let heard = line.rings("", ACCEPTS).await;
    assert!(!heard.late.is_empty());
    let done = ringback(line.home.path(), &["forget", CALLER, "--yes"]);
    assert_eq!(done.code, 0, "{}{}", done.said, done.talked);
    line.send_late(&heard).await;
    assert_eq!(line.calls(), []);
    assert_eq!(files_with(line.home.path(), "15550142"), Vec::<PathBuf>::new());
    assert_proven(line.home.path(), line.now());

    line.exchange.quirks.final_status = FinalStatus::Sent;
    line.rings("1", NEVER).await;
    assert_eq!(line.outcome(), "missed: rang_out", "who rings again is a caller as any other");
    assert_eq!(line.entry().stored.calls, 1);
}

#[tokio::test]
async fn a_call_that_goes_on_is_not_forgotten_under_the_feet_of_its_caller() {
    let mut line = TestLine::open().await;
    line.exchange.quirks.final_status = FinalStatus::Never;
    line.exchange.quirks.ring_end_when_caller_leaves = false;
    line.rings("hang up after 9s of ringing", NEVER).await;
    let refused = ringback(line.home.path(), &["forget", CALLER, "--yes"]);
    assert_eq!(refused.code, 1, "{}", refused.said);
    assert!(refused.talked.contains("call 1 of that number is going on"), "{}", refused.talked);
}

#[tokio::test]
async fn our_own_numbers_are_refused_and_a_backup_that_holds_the_number_is_named() {
    let line = TestLine::open().await;
    line.rings("1", NEVER).await;
    let home = line.close().await;
    for ours in ["+15550101", "+15550100"] {
        assert_eq!(ringback(home.path(), &["forget", ours, "--yes"]).code, 1);
    }
    assert_eq!(ringback(home.path(), &["backup"]).code, 0);
    let done = ringback(home.path(), &["forget", CALLER, "--yes"]);
    assert_eq!(done.code, 1, "{}", done.said);
    assert!(done.said.contains("  1 call\n") && done.talked.contains("backups/ringback-"), "{}", done.talked);
    assert_eq!(files_with(home.path(), "15550142").len(), 1);
}

#[tokio::test]
async fn a_number_of_which_nothing_is_kept_is_forgotten_at_once() {
    let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let done = ringback(home.path(), &["forget", CALLER, "--yes"]);
    assert_eq!((done.code, done.said.as_str()), (0, "Nothing was kept of +1 555-0142.\n"));
    assert!(!home.path().join("ringback.db").exists());
}
