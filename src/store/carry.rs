//! What an open connection still reads of a database that was deleted, moved or replaced, carried over to its place.
//!
//! Nothing that stands there meanwhile is deleted, changed or opened: it gets another name. Whoever is killed at any
//! step has the whole content under one of two names, and [`finish`] goes on from there.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::backup::{self, BackupError};
use super::files::{beside, set_aside, sync_folder};
use super::{open, pair};

/// A copy that is not whole yet.
const HALF: &str = ".carrying";
/// One that is whole, and on the disk.
pub(super) const WHOLE: &str = ".carried";
/// How often somebody else may be quicker.
const ROUNDS: u32 = 8;

/// What came of it.
pub(super) enum Carried {
    /// The content is at its place; what stood there is here.
    Over(Option<PathBuf>),
    /// It is not; the connection is still the only way to it.
    NotYet(Connection, CarryError),
}

/// It could not be carried over.
#[derive(Debug, thiserror::Error)]
pub(super) enum CarryError {
    /// It cannot be copied.
    #[error(transparent)]
    Copy(#[from] BackupError),
    /// It cannot be read.
    #[error("what was in the file cannot be read")]
    Sqlite(#[from] rusqlite::Error),
    /// A name cannot be given.
    #[error("the copy cannot be put in its place")]
    Place(#[from] io::Error),
    /// Somebody else goes on writing into it.
    #[error("another program goes on writing into the file that is at no path any more")]
    Restless,
    /// There is nobody to do it.
    #[error("the thread that carries over is gone")]
    Nobody,
    /// A bug; the log says where.
    #[error("a bug stopped it")]
    Panicked,
}

/// Carries over what `connection` reads. It must be one that does not fold its WAL when it is closed: SQLite deletes a
/// WAL by its name, and what has that name then belongs to the new file.
pub(super) fn carry(mut connection: Connection, path: &Path) -> Carried {
    let carried = catch_unwind(AssertUnwindSafe(|| carry_over(&mut connection, path)));
    match carried {
        Ok(Ok(aside)) => Carried::Over(aside),
        Ok(Err(error)) => Carried::NotYet(connection, error),
        Err(_) => Carried::NotYet(connection, CarryError::Panicked),
    }
}

fn carry_over(connection: &mut Connection, path: &Path) -> Result<Option<PathBuf>, CarryError> {
    let half = beside(path, HALF);
    for _ in 0..ROUNDS {
        let before = version(connection)?;
        remove_if_there(&half)?;
        if let Err(error) = backup::copy_what_it_reads(connection, &half) {
            // A disk that is full needs the room.
            let _ = fs::remove_file(&half);
            return Err(error.into());
        }
        // A command that has the old file open must not write into it while it loses its place.
        let locked = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if version(&locked)? != before {
            continue;
        }
        fs::rename(&half, beside(path, WHOLE))?;
        sync_folder(path)?;
        return Ok(put_in_place(path)?);
    }
    Err(CarryError::Restless)
}

/// Puts a copy in its place that was whole when the process ended; what stood there is given under its other name.
pub(super) fn finish(path: &Path) -> io::Result<Option<Option<PathBuf>>> {
    if open::identity(&beside(path, WHOLE)).is_none() {
        return Ok(None);
    }
    put_in_place(path).map(Some)
}

/// Takes a copy away that is not needed, because the file is back in its place.
pub(super) fn take_away(path: &Path) -> io::Result<()> {
    remove_if_there(&beside(path, WHOLE))?;
    sync_folder(path)
}

/// A second name is given before the first is taken away, so that the copy never takes the place of something that came
/// up meanwhile.
fn put_in_place(path: &Path) -> io::Result<Option<PathBuf>> {
    let whole = beside(path, WHOLE);
    let mut aside = None;
    for _ in 0..ROUNDS {
        if open::identity(path) == open::identity(&whole) {
            fs::remove_file(&whole)?;
            sync_folder(path)?;
            return Ok(aside);
        }
        // A log of the file that was carried over is not the log of what stands here now.
        pair::part_strangers(path).map_err(io::Error::other)?;
        aside = set_aside(path)?.or(aside);
        match fs::hard_link(&whole, path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(_) => {
                // Not every file system knows second names.
                fs::rename(&whole, path)?;
                sync_folder(path)?;
                return Ok(aside);
            }
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
