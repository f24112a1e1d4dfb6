//! A log beside a database that it was not written for: set aside before anybody mixes the two. What was put there
//! together stays together.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use ringback::store::CallFilter;

use super::{beside, incidents, wal_length};
use crate::support::line::{CALLER, FRONT_DESK, SETTINGS, calls, home_with, read_home};
use crate::support::process::{Served, ringback};

/// What says that a log was set aside.
const ANOTHER_FILES: &str = "the log beside the database belongs to another file";

/// A home whose server was killed with this many calls in its log, and these calls.
async fn killed_after(times: usize) -> (TempDir, Vec<String>) {
    let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let served = Served::start(home.path());
    let acked = calls(&served.address, times).await;
    served.kill();
    assert!(wal_length(&home.path().join("ringback.db")) > 0);
    (home, acked)
}

/// The same, stopped as it should be: all of it is in one file.
async fn stopped_after(times: usize) -> (TempDir, Vec<String>) {
    let (home, acked) = killed_after(times).await;
    assert_eq!(Served::start(home.path()).terminate(), Some(0));
    assert_eq!(wal_length(&home.path().join("ringback.db")), 0);
    (home, acked)
}

fn there(home: &Path) -> Vec<String> {
    let calls = read_home(home, |tx| tx.calls(&CallFilter::default()).unwrap());
    let mut ids: Vec<_> = calls.into_iter().map(|call| call.call_id).collect();
    ids.sort();
    ids
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

/// Starts the server, calls and stops it; what must be there afterwards is there.
async fn goes_on_with(home: &Path, mut acked: Vec<String>) {
    let served = Served::start(home);
    acked.extend(calls(&served.address, 2).await);
    served.kill();
    assert_eq!(there(home), sorted(acked));
}

async fn sets_the_log_aside(put: fn(&Path, &Path)) -> TempDir {
    let (other, acked) = stopped_after(9).await;
    let (home, _) = killed_after(3).await;
    let path = home.path().join("ringback.db");
    let log = fs::read(beside(&path, "-wal")).unwrap();
    put(&other.path().join("ringback.db"), &path);
    goes_on_with(home.path(), acked).await;
    assert!(fs::read(beside(&path, ".replaced-1-wal")).unwrap() == log, "not a byte was changed");
    assert_eq!(incidents(&path, ANOTHER_FILES), 1);
    home
}

#[tokio::test]
async fn a_database_that_was_moved_to_the_place_of_another_is_not_mixed_with_the_log_of_that() {
    let home = sets_the_log_aside(|new, path| {
        fs::copy(new, beside(path, ".new")).unwrap();
        fs::rename(beside(path, ".new"), path).unwrap();
    })
    .await;
    // Calls that go on are not forgotten.
    let file = rusqlite::Connection::open(home.path().join("ringback.db")).unwrap();
    file.execute_batch("update calls set outcome = 'abandoned', ended_at = at").unwrap();
    drop(file);
    let forgotten = ringback(home.path(), &["forget", CALLER, "--yes"]);
    assert_eq!(forgotten.code, 1, "{}", forgotten.said);
    assert!(forgotten.talked.contains("ringback.db.replaced-1-wal"), "{}", forgotten.talked);
}

#[tokio::test]
async fn a_database_that_was_copied_to_the_place_of_a_deleted_one_is_not_mixed_with_its_log() {
    // It may well get the number of the deleted file.
    sets_the_log_aside(|new, path| {
        fs::remove_file(path).unwrap();
        fs::copy(new, path).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_log_that_was_copied_beside_a_database_is_not_mixed_into_it() {
    let (home, acked) = stopped_after(9).await;
    let (other, _) = killed_after(3).await;
    let path = home.path().join("ringback.db");
    let log = beside(&other.path().join("ringback.db"), "-wal");
    fs::copy(&log, beside(&path, "-wal")).unwrap();
    goes_on_with(home.path(), acked).await;
    assert!(fs::read(beside(&path, ".replaced-1-wal")).unwrap() == fs::read(log).unwrap());
    assert_eq!(incidents(&path, ANOTHER_FILES), 1);
}

#[tokio::test]
async fn a_command_beside_no_server_does_not_mix_them_either() {
    let (other, acked) = stopped_after(9).await;
    for words in [&["calls"][..], &["callers", "note", CALLER, "likes tea", "--as", "ana"]] {
        let (home, _) = killed_after(3).await;
        let path = home.path().join("ringback.db");
        fs::remove_file(&path).unwrap();
        fs::copy(other.path().join("ringback.db"), &path).unwrap();
        let ran = ringback(home.path(), words);
        assert_eq!(ran.code, 0, "{}", ran.talked);
        assert_eq!(there(home.path()), sorted(acked.clone()));
        assert_eq!(incidents(&path, ANOTHER_FILES), 1);
    }
}

#[tokio::test]
async fn what_belongs_together_stays_together_in_its_place_and_as_a_copy() {
    let (home, acked) = killed_after(3).await;
    let copies = TempDir::new().unwrap();
    let copy = copies.path().join("copy");
    let copied = Command::new("cp").arg("-a").arg(home.path()).arg(&copy).status().unwrap();
    assert!(copied.success());
    let moved = copies.path().join("moved");
    fs::rename(home.path(), &moved).unwrap();
    for folder in [&moved, &copy] {
        goes_on_with(folder, acked.clone()).await;
        // And once more, with a log that the first of the two starts left.
        assert!(wal_length(&folder.join("ringback.db")) > 0);
        goes_on_with(folder, there(folder)).await;
        assert_eq!(incidents(&folder.join("ringback.db"), ANOTHER_FILES), 0);
        assert!(!folder.join("ringback.db.replaced-1-wal").exists());
    }
}

#[tokio::test]
async fn another_program_that_has_its_own_log_open_keeps_it() {
    let (home, acked) = stopped_after(3).await;
    let path = home.path().join("ringback.db");
    let theirs = rusqlite::Connection::open(&path).unwrap();
    theirs.execute_batch("update calls set transcript = 'seen'").unwrap();
    assert!(wal_length(&path) > 0);
    goes_on_with(home.path(), acked).await;
    let seen: i64 = theirs
        .query_row("select count(*) from calls where transcript = 'seen'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(seen, 3);
    assert_eq!(incidents(&path, ANOTHER_FILES), 0);
}
