//! A copy of the file while others write to it, and the judgement on such a copy.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};

use super::open::{self, OpenError};
use super::proof::{Claim, Proof};
use super::tx::{Memory, Tx};
use super::{StoreError, schema};

/// Pages in one step, a quarter of a megabyte, and the pause after it, so that the disk is free for callers.
const PAGES: std::ffi::c_int = 64;
const PAUSE: Duration = Duration::from_millis(1);
/// Steps between two syncs: one sync of everything at the end would hold up those of callers.
const STEPS_UNSYNCED: u32 = 16;

/// A copy could not be made, or is none.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error("there is no database at `{0}`")]
    None(PathBuf),
    /// The file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The copy cannot be made or read.
    #[error("`{path}` cannot be written or read")]
    File {
        /// The copy.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite does not do it.
    #[error("the copy `{path}` did not come about")]
    Copy {
        /// The copy.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// The copy is damaged.
    #[error("`{path}` is damaged: {words}")]
    Damaged {
        /// The copy.
        path: PathBuf,
        /// What SQLite says.
        words: String,
    },
}

/// How many rows a file holds.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Calls, tombstones too.
    pub calls: u32,
    /// Entries.
    pub call_backs: u32,
    /// What was done to them.
    pub deeds: u32,
    /// Turns.
    pub turns: u32,
    /// Callers of whom something is known.
    pub callers: u32,
}

/// Copies the file in one consistent look, to a new file that nobody else may read; gives how much is in it. Writers
/// go on meanwhile.
pub fn copy(from: &Path, to: &Path) -> Result<Counts, BackupError> {
    let Some(mut source) = open::for_reading(from)? else { return Err(BackupError::None(from.to_owned())) };
    let failed = |error: rusqlite::Error| BackupError::Copy { path: to.to_owned(), source: error.into() };
    // One look for all steps: a copy that followed the writers would begin again with each of their commits.
    let snapshot = source.transaction().map_err(failed)?;
    let counts = counts(&snapshot).map_err(failed)?;
    copy_pages(&snapshot, to, Some(PAUSE))?;
    Ok(counts)
}

/// The same for a file of whatever version, while its writer is held up.
pub(super) fn copy_file_as_it_is(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut source = open::connect(from)?;
    let snapshot = source
        .transaction()
        .map_err(|error| BackupError::Copy { path: to.to_owned(), source: error.into() })?;
    copy_pages(&snapshot, to, None)
}

/// The same for what an open connection reads, to which no path may lead; its writer goes on meanwhile.
pub(super) fn copy_what_it_reads(source: &mut Connection, to: &Path) -> Result<(), BackupError> {
    let failed = |error: rusqlite::Error| BackupError::Copy { path: to.to_owned(), source: error.into() };
    let snapshot = source.transaction().map_err(failed)?;
    // The look begins with the first question.
    schema::version_of(&snapshot).map_err(failed)?;
    copy_pages(&snapshot, to, Some(PAUSE))
}

fn copy_pages(snapshot: &Connection, to: &Path, pause: Option<Duration>) -> Result<(), BackupError> {
    let unwritable = |source| BackupError::File { path: to.to_owned(), source };
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(unwritable)?;
    let failed = |error: rusqlite::Error| BackupError::Copy { path: to.to_owned(), source: error.into() };
    let mut copy = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
    copy.pragma_update(None, "synchronous", "off").map_err(failed)?;
    let backup = Backup::new(snapshot, &mut copy).map_err(failed)?;
    for step in 1u32.. {
        match backup.step(PAGES).map_err(failed)? {
            StepResult::Done => break,
            StepResult::More | StepResult::Busy | StepResult::Locked => {}
            // SQLite knows no other.
            _ => {}
        }
        if step % STEPS_UNSYNCED == 0 {
            made.sync_data().map_err(unwritable)?;
        }
        pause.into_iter().for_each(sleep);
    }
    drop(backup);
    // A lone file: whoever copies it on has all of it.
    let mode: String =
        copy.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get(0)).map_err(failed)?;
    copy.close().map_err(|(_, error)| failed(error))?;
    made.sync_all().map_err(unwritable)?;
    if mode != "delete" {
        return Err(BackupError::Damaged {
            path: to.to_owned(),
            words: format!("its log is in mode {mode}"),
        });
    }
    Ok(())
}

/// Whether a copy is sound and of that version.
pub(super) fn judge_version(copy: &Path, version: usize) -> Result<(), BackupError> {
    let connection = open_copy(copy)?;
    refuse_damaged(copy, &connection)?;
    let failed = |error: rusqlite::Error| BackupError::Copy { path: copy.to_owned(), source: error.into() };
    let found = schema::version_of(&connection).map_err(failed)?;
    if found != version {
        let words = format!("it is of version {found}, not {version}");
        return Err(BackupError::Damaged { path: copy.to_owned(), words });
    }
    Ok(())
}

/// Whether a copy is sound; gives how much is in it. Not a byte of it is changed.
pub fn judge(copy: &Path) -> Result<Counts, BackupError> {
    let connection = open_copy(copy)?;
    refuse_damaged(copy, &connection)?;
    counts(&connection).map_err(|error| BackupError::Copy { path: copy.to_owned(), source: error.into() })
}

fn refuse_damaged(copy: &Path, connection: &Connection) -> Result<(), BackupError> {
    let failed = |error: rusqlite::Error| BackupError::Copy { path: copy.to_owned(), source: error.into() };
    let words: String =
        connection.query_row("pragma integrity_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if words == "ok" { Ok(()) } else { Err(BackupError::Damaged { path: copy.to_owned(), words }) }
}

/// What `proof` says of a copy that this program's version made.
pub fn proof_of_copy(copy: &Path, claim: &Claim<'_>) -> Result<Proof, BackupError> {
    let connection = open_copy(copy)?;
    let mut memory = Memory::default();
    let tx = Tx { connection: &connection, memory: &mut memory };
    tx.proof(claim).map_err(|source| BackupError::Copy { path: copy.to_owned(), source })
}

fn open_copy(copy: &Path) -> Result<Connection, BackupError> {
    let broken = |source| OpenError::Broken { path: copy.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(copy, flags).map_err(broken)?;
    open::refuse_strangers(copy, &connection)?;
    if schema::version_of(&connection).map_err(broken)? == 0 {
        return Err(BackupError::None(copy.to_owned()));
    }
    Ok(connection)
}

fn counts(connection: &Connection) -> rusqlite::Result<Counts> {
    let sql = "select (select count(*) from calls), (select count(*) from call_backs),
        (select count(*) from call_back_events), (select count(*) from turns), (select count(*) from callers)";
    connection.query_row(sql, [], |row| {
        Ok(Counts {
            calls: row.get(0)?,
            call_backs: row.get(1)?,
            deeds: row.get(2)?,
            turns: row.get(3)?,
            callers: row.get(4)?,
        })
    })
}
