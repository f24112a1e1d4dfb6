//! A server whose file was taken away under it, and which is killed right afterwards.

use std::fs;
use std::path::Path;

use ringback::phone::{Exchange, Request};
use ringback::store::CallFilter;

use super::beside;
use crate::support::line::{
    CALLER, FRONT_DESK, LINE, PUBLIC_URL, SETTINGS, TOKEN, home_with, judge_answer, read_home,
};
use crate::support::process::Served;

pub(super) async fn calls(address: &str, times: usize) -> Vec<String> {
    let mut exchange = Exchange::new(&format!("http://{address}"), PUBLIC_URL);
    exchange.secret = Some(TOKEN.to_owned());
    let mut ids = Vec::new();
    for _ in 0..times {
        let id = exchange.fresh_id("CA");
        let params = exchange.first_params(&id, CALLER, LINE);
        judge_answer(&exchange.send(&Request::post("/twilio/voice", params)).await.unwrap());
        ids.push(id);
    }
    ids
}

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
