//! A server whose file was taken away under it, and which is killed right afterwards.

use std::fs;
use std::path::Path;

use ringback::store::CallFilter;

use super::beside;
use crate::support::line::{CALLER, FRONT_DESK, SETTINGS, calls, home_with, read_home};
use crate::support::process::{Served, ringback};

async fn loses_no_call(meddle: fn(&Path)) {
    let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let mut acked = Vec::new();
    for _ in 0..2 {
        let served = Served::start(home.path());
        acked.extend(calls(&served.address, 5).await);
        meddle(&home.path().join("ringback.db"));
        acked.extend(calls(&served.address, 5).await);
        served.kill();
    }
    // What went to the journal meanwhile is imported at the start.
    Served::start(home.path()).terminate();
    let there = read_home(home.path(), |tx| tx.calls(&CallFilter::default()).unwrap());
    let lost: Vec<_> = acked.iter().filter(|id| !there.iter().any(|call| call.call_id == **id)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(there.len(), acked.len(), "and none is there twice");
}

#[tokio::test]
async fn a_deleted_file_and_a_kill_lose_no_call() {
    loses_no_call(|path| {
        for suffix in ["", "-wal", "-shm"] {
            fs::remove_file(beside(path, suffix)).unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_deleted_log_and_a_kill_lose_no_call() {
    loses_no_call(|path| fs::remove_file(beside(path, "-wal")).unwrap()).await;
}

#[tokio::test]
async fn a_file_that_was_replaced_and_a_kill_lose_no_call() {
    loses_no_call(|path| {
        fs::write(beside(path, ".new"), b"a photo of the van").unwrap();
        fs::rename(beside(path, ".new"), path).unwrap();
    })
    .await;
}

#[tokio::test]
async fn no_command_makes_a_file_that_the_one_which_the_server_holds_would_take_the_place_of() {
    let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let path = home.path().join("ringback.db");
    let served = Served::start(home.path());
    let acked = calls(&served.address, 1).await;
    // It cannot be carried over as long as this is in the way.
    let in_the_way = beside(&path, ".carrying");
    fs::create_dir(&in_the_way).unwrap();
    fs::remove_file(&path).unwrap();
    let note = ["callers", "note", CALLER, "likes tea", "--as", "ana"];
    let refused = ringback(home.path(), &note);
    assert_eq!(refused.code, 1, "{}", refused.said);
    assert!(!path.exists(), "what was written there would be set aside");
    fs::remove_dir(&in_the_way).unwrap();
    served.terminate();
    let there = read_home(home.path(), |tx| tx.calls(&CallFilter::default()).unwrap());
    assert_eq!(there.len(), acked.len());
}
