//! Deleted, moved, replaced: what was acked is at the path again before anybody is answered, and what stood there
//! meanwhile is unharmed.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ringback::store::{WriteError, Writer};
use rusqlite::Connection;
use tokio::time::Instant;

use super::{MOVED, beside, block, block_in_the_end, blocked, fill, folder, incidents};

/// What is there after `kill -9`: the files, and nothing that a process would still do.
fn killed(path: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for suffix in ["", "-wal"] {
        let from = beside(path, suffix);
        if from.exists() {
            fs::copy(&from, copy.path().join(from.file_name().unwrap())).unwrap();
        }
    }
    copy
}

async fn loses_nothing(meddle: fn(&Path)) -> tempfile::TempDir {
    let (folder, path) = folder();
    let (writer, _thread) = Writer::start(&path).unwrap();
    writer.write(|tx| block(tx, "+15550142")).await.unwrap();
    meddle(&path);
    block_in_the_end(&writer, "+15550143").await;
    let left = killed(&path);
    assert_eq!(blocked(&left.path().join("ringback.db")), ["+15550142", "+15550143"]);
    assert_eq!(blocked(&path), ["+15550142", "+15550143"]);
    block_in_the_end(&writer, "+15550144").await;
    assert_eq!(incidents(&path, MOVED), 1);
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let strays: Vec<_> = names.filter(|name| name.to_string_lossy().contains(".carr")).collect();
    assert!(strays.is_empty(), "{strays:?}");
    folder
}

fn remove(path: &Path, suffixes: &[&str]) {
    for suffix in suffixes {
        fs::remove_file(beside(path, suffix)).unwrap();
    }
}

#[tokio::test]
async fn a_deleted_file_is_carried_over() {
    loses_nothing(|path| remove(path, &[""])).await;
    loses_nothing(|path| remove(path, &["", "-wal"])).await;
    loses_nothing(|path| remove(path, &["", "-wal", "-shm"])).await;
}

#[tokio::test]
async fn a_deleted_log_takes_nothing_with_it() {
    loses_nothing(|path| remove(path, &["-wal"])).await;
    loses_nothing(|path| remove(path, &["-shm"])).await;
    loses_nothing(|path| remove(path, &["-wal", "-shm"])).await;
}

#[tokio::test]
async fn a_file_that_was_moved_away_is_carried_over() {
    let folder = loses_nothing(|path| {
        for suffix in ["", "-wal", "-shm"] {
            fs::rename(beside(path, suffix), beside(path, &format!(".old{suffix}"))).unwrap();
        }
    })
    .await;
    assert_eq!(blocked(&folder.path().join("ringback.db.old")), ["+15550142"]);
}

#[tokio::test]
async fn a_file_that_took_the_place_is_kept_under_another_name_and_not_mixed_with_our_log() {
    let folder = loses_nothing(|path| {
        let other = Connection::open(beside(path, ".other")).unwrap();
        other.execute_batch("create table theirs (id integer); insert into theirs values (7)").unwrap();
        drop(other);
        fs::copy(beside(path, ".other"), beside(path, ".as-it-was")).unwrap();
        fs::rename(beside(path, ".other"), path).unwrap();
    })
    .await;
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!(bytes("ringback.db.replaced-2"), bytes("ringback.db.as-it-was"));
}

#[tokio::test]
async fn who_renames_the_file_and_renames_it_back_mixes_no_log_into_another_file() {
    let (folder, path) = folder();
    let (writer, _thread) = Writer::start(&path).unwrap();
    for number in ["+15550142", "+15550143"] {
        writer.write(move |tx| block(tx, number)).await.unwrap();
    }
    fs::rename(&path, beside(&path, ".old")).unwrap();
    for number in ["+15550144", "+15550145"] {
        block_in_the_end(&writer, number).await;
    }
    fs::rename(beside(&path, ".old"), &path).unwrap();
    block_in_the_end(&writer, "+15550146").await;
    assert_eq!(blocked(&path), ["+15550142", "+15550143", "+15550144", "+15550145", "+15550146"]);
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let aside: Vec<_> = names
        .filter(|path| {
            path.to_string_lossy()
                .rsplit_once(".replaced-")
                .is_some_and(|(_, number)| number.parse::<u32>().is_ok())
        })
        .collect();
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert!(!beside(&aside[0], "-wal").exists(), "its log was carried over long ago");
}

#[tokio::test]
async fn a_file_that_took_the_place_keeps_its_own_log() {
    let folder = loses_nothing(|path| {
        let other = tempfile::tempdir().unwrap();
        let there = other.path().join("ringback.db");
        let theirs = Connection::open(&there).unwrap();
        theirs
            .execute_batch(
                "pragma journal_mode = wal; create table theirs (id integer); insert into theirs values (7)",
            )
            .unwrap();
        for suffix in ["", "-wal", "-shm"] {
            fs::copy(beside(&there, suffix), beside(path, ".new")).unwrap();
            fs::rename(beside(path, ".new"), beside(path, suffix)).unwrap();
        }
    })
    .await;
    let theirs = Connection::open(folder.path().join("ringback.db.replaced-1")).unwrap();
    let kept: i64 = theirs.query_row("select id from theirs", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 7);
}

#[tokio::test]
async fn what_was_committed_to_a_file_that_had_just_gone_is_not_acked_before_it_is_carried_over() {
    let (_folder, path) = folder();
    let (writer, _thread) = Writer::start(&path).unwrap();
    let gone = path.clone();
    let acked = writer
        .write(move |tx| {
            // After the look before the group and before its commit.
            remove(&gone, &["", "-wal", "-shm"]);
            block(tx, "+15550142")
        })
        .await;
    match acked {
        Ok(_) => assert_eq!(blocked(&killed(&path).path().join("ringback.db")), ["+15550142"]),
        Err(error) => assert!(matches!(error, WriteError::NotCommitted(_)), "{error}"),
    }
    block_in_the_end(&writer, "+15550143").await;
    assert_eq!(blocked(&path), ["+15550142", "+15550143"]);
}

#[tokio::test]
async fn what_cannot_be_carried_over_is_kept_open_and_tried_again() {
    let (_folder, path) = folder();
    let (writer, _thread) = Writer::start(&path).unwrap();
    writer.write(|tx| block(tx, "+15550142")).await.unwrap();
    let in_the_way = beside(&path, ".carrying");
    fs::create_dir(&in_the_way).unwrap();
    remove(&path, &["", "-wal", "-shm"]);
    let refused = writer.write(|tx| block(tx, "+15550143")).await;
    assert!(matches!(refused, Err(WriteError::NotCommitted(_))), "{refused:?}");
    assert!(!path.exists(), "an empty file would look like a good one");
    fs::remove_dir(&in_the_way).unwrap();
    block_in_the_end(&writer, "+15550144").await;
    assert_eq!(blocked(&path), ["+15550142", "+15550144"]);
}

#[tokio::test]
async fn a_server_that_ends_carries_over_what_was_acked() {
    let (_folder, path) = folder();
    let (writer, thread) = Writer::start(&path).unwrap();
    writer.write(|tx| block(tx, "+15550142")).await.unwrap();
    remove(&path, &["", "-wal", "-shm"]);
    drop(writer);
    thread.join().unwrap();
    assert_eq!(blocked(&path), ["+15550142"]);
}

#[tokio::test]
async fn a_copy_that_was_whole_when_the_process_was_killed_is_put_in_its_place() {
    let (folder, path) = folder();
    let (writer, thread) = Writer::start(&path).unwrap();
    writer.write(|tx| block(tx, "+15550142")).await.unwrap();
    drop(writer);
    thread.join().unwrap();
    let whole = beside(&path, ".carried");
    fs::rename(&path, &whole).unwrap();
    // Killed before the old name was taken away, and after the new one was given.
    fs::hard_link(&whole, &path).unwrap();
    drop(Writer::start(&path).unwrap());
    assert!(!whole.exists());
    assert_eq!(blocked(&path), ["+15550142"]);

    // Killed before that; another file stands there.
    let (other, there) = super::folder();
    let (writer, thread) = Writer::start(&there).unwrap();
    writer.write(|tx| block(tx, "+15550143")).await.unwrap();
    drop(writer);
    thread.join().unwrap();
    fs::rename(&there, &whole).unwrap();
    let (writer, _thread) = Writer::start(&path).unwrap();
    block_in_the_end(&writer, "+15550144").await;
    assert_eq!(blocked(&path), ["+15550143", "+15550144"]);
    assert_eq!(blocked(&folder.path().join("ringback.db.replaced-1")), ["+15550142"]);
    // It is written down after the first group.
    block_in_the_end(&writer, "+15550144").await;
    assert_eq!(incidents(&path, MOVED), 1);
    drop(other);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_long_file_is_carried_over_callers_are_refused_at_once() {
    let (_folder, path) = folder();
    let (writer, _thread) = Writer::start(&path).unwrap();
    for number in 0..40 {
        writer.write(move |tx| fill(tx, (number, 3_000_000))).await.unwrap();
    }
    writer.write(|tx| block(tx, "+15550142")).await.unwrap();
    remove(&path, &[""]);
    let (mut refused, mut longest) = (0, Duration::ZERO);
    loop {
        let began = Instant::now();
        let written = writer.write(|tx| block(tx, "+15550143")).await;
        match written {
            Ok(_) => break,
            Err(WriteError::NotCommitted(_)) => refused += 1,
            Err(error) => panic!("{error}"),
        }
        longest = longest.max(began.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(refused > 0, "120 MB were copied in a moment");
    assert!(longest < Duration::from_millis(500), "{longest:?}");
    assert_eq!(blocked(&path), ["+15550142", "+15550143"]);
}
