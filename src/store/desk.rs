//! The way of the commands to the file: short reads, and writes that hold the lock for milliseconds.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::StoreError;
use super::open::{self, OpenError};
use super::tx::{Memory, Tx};

/// How often a person's write waits for others: two seconds in all. Nobody is on the phone meanwhile.
const NAPS: i32 = 8000;

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
    connection: Connection,
}

impl Desk {
    /// Opens the file; makes it if there is none.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let connection = open::for_writing(path)?;
        let broken = |source| OpenError::Broken { path: path.to_owned(), source };
        open::fold_at_the_end(&connection, false).map_err(broken)?;
        Ok(Self { connection })
    }

    /// Does one thing in one transaction, which takes the lock at its start and ends before anybody is asked anything.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        write: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let sqlite = |error| E::from(StoreError::from(error));
        self.connection.busy_handler(Some(open::nap::<NAPS>)).map_err(sqlite)?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite)?;
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
