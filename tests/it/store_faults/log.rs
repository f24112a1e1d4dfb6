//! The log beside the file: short while we are alone, and no trouble for callers while somebody reads for long.

use std::time::Duration;

use ringback::store::Writer;
use rusqlite::Connection;
use tokio::time::Instant;

use super::{block_in_the_end, fill, folder, incidents, wal_length};

const MB: u64 = 1024 * 1024;
const UNFOLDED: &str = "the database's log cannot be folded into it";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_short_however_much_is_written() {
    let (_folder, path) = folder();
    let (writer, _thread) = Writer::start(&path).unwrap();
    let mut longest = 0;
    for number in 0..150 {
        writer.write(move |tx| fill(tx, (number, 1_000_000))).await.unwrap();
        longest = longest.max(wal_length(&path));
    }
    assert!(longest > 16 * MB, "{longest}: too little was written to see anything");
    assert!(longest <= 64 * MB, "{longest}");
    // An idle writer empties it.
    let began = Instant::now();
    while wal_length(&path) > 4 * MB {
        assert!(began.elapsed() < Duration::from_secs(30), "{}", wal_length(&path));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(incidents(&path, UNFOLDED), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_never_ends_is_told_of_once_per_doubling_and_holds_up_nobody() {
    let (_folder, path) = folder();
    let (writer, _thread) = Writer::start(&path).unwrap();
    writer.write(|tx| fill(tx, (0, 1_000))).await.unwrap();
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("begin; select count(*) from flow_versions").unwrap();
    let mut number = 0;
    let mut waits = Vec::new();
    while wal_length(&path) < 140 * MB {
        number += 1;
        assert!(number < 2_000);
        let began = Instant::now();
        writer.write(move |tx| fill(tx, (number, 1_000_000))).await.unwrap();
        waits.push(began.elapsed());
    }
    waits.sort();
    let median = waits[waits.len() / 2];
    assert!(median < Duration::from_millis(300), "{median:?}");
    block_in_the_end(&writer, "+15550142").await;
    assert_eq!(incidents(&path, UNFOLDED), 2, "at 64 MB and at 128 MB");
    drop(reader);
    let began = Instant::now();
    while wal_length(&path) > 16 * MB {
        assert!(began.elapsed() < Duration::from_secs(30), "{}", wal_length(&path));
        number += 1;
        writer.write(move |tx| fill(tx, (number, 1_000))).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
