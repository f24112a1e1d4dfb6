//! Faults of the file while it is in use: its place, its lock, its log.

mod carried;
mod killed;
mod locked;
mod log;
mod mixed;

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ringback::call::{FlowName, PersonName, PhoneNumber};
use ringback::store::{CallerFilter, FlowVersion, Reader, StoreError, Tx, WriteError, Writer};
use tempfile::TempDir;

/// What says that the file lost its place.
const MOVED: &str = "the database file was deleted, moved or replaced while in use";
/// More tries than anything here takes.
const TRIES: usize = 2_000;

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ringback.db");
    (folder, path)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn wal_length(path: &Path) -> u64 {
    fs::metadata(beside(path, "-wal")).map_or(0, |metadata| metadata.len())
}

/// Something small that is seen from outside.
fn block(tx: &Tx<'_>, number: &str) -> Result<bool, StoreError> {
    let ana = PersonName::parse("ana").unwrap();
    tx.block(&PhoneNumber::parse(number).unwrap(), &ana, Timestamp::UNIX_EPOCH)
}

fn blocked(path: &Path) -> Vec<String> {
    let mut reader = Reader::open(path).unwrap().unwrap();
    let lines = reader.read(|tx| tx.callers(CallerFilter::Blocked)).unwrap();
    let mut numbers: Vec<_> =
        lines.into_iter().filter_map(|line| line.caller.identity().map(str::to_owned)).collect();
    numbers.sort();
    numbers
}

fn incidents(path: &Path, what: &str) -> usize {
    let mut reader = Reader::open(path).unwrap().unwrap();
    let all = reader.read(|tx| tx.incidents(Timestamp::UNIX_EPOCH)).unwrap();
    all.iter().filter(|incident| incident.what == what).count()
}

/// Something that takes room.
fn fill(tx: &Tx<'_>, (number, bytes): (usize, usize)) -> Result<(), StoreError> {
    let (name, source) = (FlowName::parse("front-desk").unwrap(), "x".repeat(bytes));
    tx.flow_goes_live(&FlowVersion {
        name,
        hash: number.to_string(),
        source,
        live_at: Timestamp::UNIX_EPOCH,
    })?;
    Ok(())
}

/// Blocks the number as soon as the store takes it; how often it did not.
async fn block_in_the_end(writer: &Writer, number: &'static str) -> usize {
    for refused in 0..TRIES {
        match writer.write(move |tx| block(tx, number)).await {
            Ok(_) => return refused,
            // What waits for time to pass waits in the writer, whose pauses these are.
            Err(WriteError::NotCommitted(_)) => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the store did not take it in the end");
}
