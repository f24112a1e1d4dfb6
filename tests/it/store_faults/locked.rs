//! Another program holds the lock: nobody waits behind the others, and nothing is lost.

use std::sync::Arc;
use std::time::Duration;

use ringback::store::{WriteError, Writer};
use rusqlite::Connection;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{block, block_in_the_end, blocked, folder};

const CALLERS: usize = 48;
const EACH: usize = 20;
/// What a caller's patience leaves the store.
const PATIENCE: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_of_callers_fails_together_while_another_program_has_the_lock() {
    let (_folder, path) = folder();
    let (writer, _thread) = Writer::start(&path).unwrap();
    let writer = Arc::new(writer);
    let lock = Connection::open(&path).unwrap();
    lock.execute_batch("begin immediate").unwrap();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let writer = writer.clone();
        callers.spawn(async move {
            let mut waits = Vec::new();
            for _ in 0..EACH {
                let began = Instant::now();
                let until = Instant::now() + PATIENCE;
                let refused = writer.write_until(until, |tx| block(tx, "+15550142")).await;
                assert!(
                    matches!(refused, Err(WriteError::NotCommitted(_) | WriteError::TooSlow)),
                    "{refused:?}"
                );
                waits.push(began.elapsed());
            }
            waits
        });
    }
    let mut waits: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
    waits.sort();
    let (median, p99) = (waits[waits.len() / 2], waits[waits.len() * 99 / 100]);
    assert!(p99 < Duration::from_millis(500), "{p99:?}");
    // Each group would wait for as long as the first one, if nobody remembered that the lock is taken.
    assert!(median < Duration::from_millis(150), "{median:?}");
    drop(lock);
    block_in_the_end(&writer, "+15550143").await;
    assert_eq!(blocked(&path), ["+15550143"], "what was refused did not happen");
}
