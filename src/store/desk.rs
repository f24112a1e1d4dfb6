//! The way of the commands to the file: short reads, and writes that hold the lock for milliseconds.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::StoreError;
use super::files::Files;
use super::open::{self, OpenError};
use super::tx::{Memory, Tx};

/// How often a person's write waits for others: two seconds in all. Nobody is on the phone meanwhile.
const NAPS: i32 = 8000;
/// How often it looks for a file that lost its place, and the pause before that: two seconds in all, too.
const LOOKS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// Reads the file; never makes one.
pub struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens the file; `None` when there is none yet.
    pub fn open(path: &Path) -> Result<Option<Self>, OpenError> {
        Ok(open::for_reading(path)?.map(|connection| Self { connection }))
    }

    /// Reads in one consistent look at the file. Everything is read before anything is shown.
    pub fn read<T>(&mut self, read: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let transaction = self.connection.transaction()?;
        let mut memory = Memory::default();
        let result = read(&Tx { connection: &transaction, memory: &mut memory })?;
        transaction.rollback()?;
        Ok(result)
    }
}

/// Writes what a person did, beside a running server.
pub struct Desk {
    path: PathBuf,
    connection: Connection,
    /// What the connection writes into; `None` if that lost its place while it was opened.
    files: Option<Files>,
}

impl Desk {
    /// Opens the file; makes it if there is none.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let before = open::identity(path);
        let connection = open::for_writing(path)?;
        let broken = |source| OpenError::Broken { path: path.to_owned(), source };
        open::fold_at_the_end(&connection, false).map_err(broken)?;
        let files = Files::at(path);
        let is_it = before.is_none_or(|before| files.is_database(before));
        Ok(Self { path: path.to_owned(), connection, files: is_it.then_some(files) })
    }

    /// Does one thing in one transaction, which takes the lock at its start and ends before anybody is asked anything.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        write: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let sqlite = |error| E::from(StoreError::from(error));
        let mut looks = 0;
        let transaction = loop {
            self.connection.busy_handler(Some(open::nap::<NAPS>)).map_err(sqlite)?;
            let begun =
                self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite)?;
            // Under the lock, without which the server carries nothing over: what is in its place now keeps it, or is
            // carried over together with what is written here.
            if self.files == Some(Files::at(&self.path)) {
                break begun;
            }
            drop(begun);
            looks += 1;
            if looks > LOOKS {
                return Err(StoreError::Moved.into());
            }
            sleep(PAUSE);
            // One that is not there is not made: whoever had it open brings it back.
            if self.path.exists() {
                *self = Self::open(&self.path).map_err(StoreError::from)?;
            }
        };
        let mut memory = Memory::default();
        let result = write(&mut Tx { connection: &transaction, memory: &mut memory })?;
        transaction.commit().map_err(sqlite)?;
        // Only after a write that went well is it known to be safe to fold the WAL into the file.
        open::fold_at_the_end(&self.connection, true).map_err(sqlite)?;
        Ok(result)
    }

    /// Folds the WAL into the file and empties it; `false` while somebody reads or writes.
    pub fn fold(&mut self) -> Result<bool, StoreError> {
        let busy: i64 = self.connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    /// Writes the whole file anew, without what was left in its free places; `false` while somebody writes. Nobody else
    /// writes meanwhile: calls go to the emergency journal.
    pub fn rewrite(&mut self) -> Result<bool, StoreError> {
        match self.connection.execute_batch("vacuum") {
            Ok(()) => Ok(true),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::Timestamp;

    use super::super::carry::{Carried, carry};
    use super::super::files::beside;
    use super::*;

    fn add_row(tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.add_incident(Timestamp::UNIX_EPOCH, None, ("a row", ""))
    }

    fn rows(path: &Path) -> usize {
        let mut reader = Reader::open(path).unwrap().unwrap();
        reader.read(|tx| tx.incidents(Timestamp::UNIX_EPOCH)).unwrap().len()
    }

    #[test]
    fn what_is_written_after_the_file_was_carried_over_stands_in_its_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringback.db");
        let mut desk = Desk::open(&path).unwrap();
        desk.write(add_row).unwrap();
        for suffixes in [&[""][..], &["-wal"], &["", "-wal", "-shm"]] {
            let servers = open::for_writing(&path).unwrap();
            open::fold_at_the_end(&servers, false).unwrap();
            suffixes.iter().for_each(|suffix| fs::remove_file(beside(&path, suffix)).unwrap());
            assert!(matches!(carry(servers, &path), Carried::Over(_)));
            let before = rows(&path);
            desk.write(add_row).unwrap();
            assert_eq!(rows(&path), before + 1, "{suffixes:?}");
        }
    }

    #[test]
    fn a_file_that_was_taken_away_is_not_followed_by_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringback.db");
        let mut desk = Desk::open(&path).unwrap();
        fs::rename(&path, folder.path().join("away.db")).unwrap();
        let refused = desk.write(add_row);
        assert!(matches!(refused, Err(StoreError::Moved)), "{refused:?}");
        assert!(!path.exists());
    }
}
