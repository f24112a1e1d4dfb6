//! A file of an older version: copied before it is changed, and then either old or new, wherever it was cut off.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use ringback::call::CallId;
use ringback::store::{Desk, OpenError, Reader, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::support::line::{FRONT_DESK, SETTINGS, home_with};

const STEPS: [&str; 7] = [
    include_str!("../../src/store/schema/1.sql"),
    include_str!("../../src/store/schema/2.sql"),
    include_str!("../../src/store/schema/3.sql"),
    include_str!("../../src/store/schema/4.sql"),
    include_str!("../../src/store/schema/5.sql"),
    include_str!("../../src/store/schema/6.sql"),
    include_str!("../../src/store/schema/7.sql"),
];
const NEWEST: usize = STEPS.len();

/// A file of that version with calls in it, most of them in its log; the connection keeps the log there.
fn file_of(version: usize, database: &Path, calls: usize) -> Connection {
    let old = Connection::open(database).unwrap();
    old.execute_batch("pragma journal_mode = wal; pragma wal_autocheckpoint = 0").unwrap();
    for step in &STEPS[..version] {
        old.execute_batch(step).unwrap();
    }
    old.execute_batch(&format!("pragma application_id = 0x72696e67; pragma user_version = {version}"))
        .unwrap();
    old.execute_batch("insert into accounts (id, provider, name) values (1, 'twilio', 'AC1'); begin")
        .unwrap();
    for call in 0..calls {
        let sql =
            "insert into calls (account, call_id, at, outcome, trouble) values (1, ?1, 0, 'in_progress', 0)";
        old.prepare_cached(sql).unwrap().execute([format!("CA{call}")]).unwrap();
    }
    old.execute_batch("commit").unwrap();
    old
}

/// Version, calls and whether all of it is sound.
fn found_in(database: &Path) -> (usize, usize, String) {
    let connection = Connection::open(database).unwrap();
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as usize;
    let judged = connection.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
    (number("pragma user_version"), number("select count(*) from calls"), judged)
}

fn before(database: &Path) -> std::path::PathBuf {
    database.with_extension(format!("db.before-v{NEWEST}"))
}

#[test]
fn a_copy_of_all_that_was_there_stays_beside_a_file_that_is_brought_up() {
    for version in 1..NEWEST {
        let folder = TempDir::new().unwrap();
        let database = folder.path().join("ringback.db");
        let old = file_of(version, &database, 50);
        drop(Desk::open(&database).unwrap());
        drop(old);
        let copy = before(&database);
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(found_in(&copy), (version, 50, "ok".to_owned()));
        assert_eq!(found_in(&database), (NEWEST, 50, "ok".to_owned()));
        let modified = fs::metadata(&copy).unwrap().modified().unwrap();
        drop(Desk::open(&database).unwrap());
        assert_eq!(fs::metadata(&copy).unwrap().modified().unwrap(), modified);
    }
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("ringback.db");
    drop(Desk::open(&database).unwrap());
    assert!(!before(&database).exists(), "a new file has no past");
}

#[test]
fn a_message_that_was_reported_before_stays_whatever_is_heard_of_its_call_later() {
    for version in 1..NEWEST {
        let folder = TempDir::new().unwrap();
        let database = folder.path().join("ringback.db");
        let old = file_of(version, &database, 1);
        let message =
            "update calls set recording_seconds = 9, recording_url = 'https://x/RE1', recording_at = 5";
        old.execute_batch(message).unwrap();
        drop(old);
        let mut desk = Desk::open(&database).unwrap();
        let brought_up = Connection::open(&database).unwrap();
        let told =
            brought_up.query_row("select told_seconds from calls", [], |row| row.get::<_, Option<u32>>(0));
        assert_eq!(told.unwrap(), Some(9), "version {version}");
        drop(brought_up);
        let told = desk.write(|tx| {
            let mut call = tx.take_call(CallId(1))?.unwrap();
            let told = call.reports.recording.clone();
            call.reports.trouble = true;
            tx.save_call(call)?;
            Ok::<_, StoreError>(told)
        });
        assert_eq!(told.unwrap().map(|told| told.seconds), Some(9), "version {version}");
        drop(desk);
        let file = Connection::open(&database).unwrap();
        let kept = file.query_row(
            "select trouble, recording_seconds, recording_url, told_seconds, told_url, told_at from calls",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)),
        );
        let url = "https://x/RE1".to_owned();
        assert_eq!(kept.unwrap(), (true, 9, url.clone(), 9, url, 5), "version {version}");
    }
}

#[test]
fn without_room_for_a_copy_the_file_stays_as_it_is() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("ringback.db");
    drop(file_of(NEWEST - 1, &database, 50));
    let bytes = fs::read(&database).unwrap();
    // Where a folder is, no copy can be put.
    fs::create_dir(before(&database)).unwrap();
    let refused = Desk::open(&database).err();
    assert!(matches!(refused, Some(OpenError::NoCopy { .. })), "{refused:?}");
    assert!(fs::read(&database).unwrap() == bytes);
    fs::remove_dir(before(&database)).unwrap();
    drop(Desk::open(&database).unwrap());
    assert_eq!(found_in(&database), (NEWEST, 50, "ok".to_owned()));
}

#[test]
fn cut_off_after_any_statement_a_file_is_old_and_is_brought_up_the_next_time() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("ringback.db");
    // From the first version all statements come by.
    for version in [1, NEWEST - 1] {
        let steps = STEPS[version..].join("\n");
        let statements = statements_of(&steps);
        assert!(!statements.is_empty());
        for cut in 0..=statements.len() {
            for name in ["ringback.db", "ringback.db-wal", "ringback.db-shm"] {
                let _ = fs::remove_file(folder.path().join(name));
            }
            let old = file_of(version, &database, 20);
            old.execute_batch("pragma cache_size = 1; begin immediate").unwrap();
            for statement in &statements[..cut] {
                old.execute_batch(statement).unwrap();
            }
            // What a killed process leaves: the files as they are at this moment.
            let left = TempDir::new().unwrap();
            let copy = left.path().join("ringback.db");
            fs::copy(&database, &copy).unwrap();
            fs::copy(folder.path().join("ringback.db-wal"), left.path().join("ringback.db-wal")).unwrap();
            let mut desk = Desk::open(&copy).unwrap();
            assert_eq!(desk.write(|tx| Ok::<_, StoreError>(tx.calls_in_progress()?.len())).unwrap(), 20);
            drop(desk);
            assert_eq!(found_in(&before(&copy)), (version, 20, "ok".to_owned()), "cut after {cut}");
            assert_eq!(found_in(&copy), (NEWEST, 20, "ok".to_owned()), "cut after {cut}");
        }
    }
}

/// None of our migrations holds a `;` inside a statement.
fn statements_of(sql: &str) -> Vec<String> {
    let lines = sql.lines().map(|line| line.split_once("--").map_or(line, |(code, _why)| code));
    let code = lines.collect::<Vec<_>>().join("\n");
    code.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

/// As many as the suite has time for; `scripts/kill-test upgrade` asks for more.
const KILLS: u32 = 20;
const CALLS: usize = 2_000;

/// An older file in this home, and nothing else of a database.
fn begin_anew(home: &Path) {
    for entry in fs::read_dir(home).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("ringback.db") {
            fs::remove_file(path).unwrap();
        }
    }
    drop(file_of(2, &home.join("ringback.db"), CALLS));
}

/// A command that brings the file up, in the middle of that: its copy of the file has just begun.
fn bringing_up(home: &Path) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ringback"))
        .env("RINGBACK_HOME", home)
        .args(["calls", "--limit", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let database = home.join("ringback.db");
    let copies = [before(&database).with_extension(format!("before-v{NEWEST}.half")), before(&database)];
    while !copies.iter().any(|copy| copy.exists()) {
        assert_eq!(child.try_wait().unwrap(), None, "it ended without a copy");
        std::hint::spin_loop();
    }
    child
}

#[test]
fn killed_in_the_middle_a_process_leaves_an_old_file_or_a_new_one() {
    let kills = std::env::var("RINGBACK_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let database = home.path().join("ringback.db");
    begin_anew(home.path());
    let (mut child, begun) = (bringing_up(home.path()), Instant::now());
    assert!(child.wait().unwrap().success());
    let span = begun.elapsed();
    assert_eq!(found_in(&database), (NEWEST, CALLS, "ok".to_owned()));

    let (mut in_time, mut old_ones, mut copied) = (0, 0, 0);
    for kill in 0..kills {
        begin_anew(home.path());
        let mut child = bringing_up(home.path());
        // Spread over the time that all of it takes; one that comes too late is counted as that.
        std::thread::sleep(span * kill / kills);
        let _ = child.kill();
        in_time += u32::from(child.wait().unwrap().signal() == Some(9));
        let (version, calls, judged) = found_in(&database);
        assert_eq!((calls, judged.as_str()), (CALLS, "ok"));
        assert!(version == 2 || version == NEWEST, "{version}");
        old_ones += u32::from(version == 2);
        if before(&database).exists() {
            assert_eq!(found_in(&before(&database)), (2, CALLS, "ok".to_owned()));
            copied += u32::from(version == 2);
        }
        assert!(version == 2 || before(&database).exists(), "brought up without a copy");
        assert!(Reader::open(&database).unwrap().is_some());
        assert_eq!(found_in(&database), (NEWEST, CALLS, "ok".to_owned()));
        assert_eq!(found_in(&before(&database)), (2, CALLS, "ok".to_owned()));
    }
    println!(
        "{kills} kills over {span:?}: {in_time} in time, {old_ones} files were old still, {copied} of them with a whole copy"
    );
    assert!(
        in_time > kills / 2 && old_ones > 0,
        "{in_time} kills came in time, {old_ones} files were old still"
    );
}
