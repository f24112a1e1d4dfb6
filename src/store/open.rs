//! Opening the file: ours alone, readable by nobody else, never newer than the program.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::schema::{self, APPLICATION_ID, VERSION};

/// How long a write waits for another program that holds the file, and for how long at a time. SQLite's own naps grow to
/// 100 ms, and callers would sleep on while the file is free again.
const NAPS: i32 = 700;
const NAP: Duration = Duration::from_micros(250);

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be made or opened.
    #[error("`{path}` cannot be opened")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite cannot read it.
    #[error("`{path}` cannot be used as a database; not a byte of it was changed")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// Another program's database.
    #[error("`{path}` is a database of another program")]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// A newer ringback wrote it.
    #[error("`{path}` was written by a newer ringback (file version {found}, this program knows {VERSION})")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: usize,
    },
}

/// Which file a name means at this moment: device and inode.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity(u64, u64);

/// The file that `path` means now; `None` if there is none.
pub(super) fn identity(path: &Path) -> Option<FileIdentity> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(FileIdentity(metadata.dev(), metadata.ino()))
}

/// Opens the file for writing; makes it, 0600, when there is none.
pub(super) fn for_writing(path: &Path) -> Result<Connection, OpenError> {
    // Made before SQLite sees it, because SQLite would make it readable by everybody.
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map_err(|source| OpenError::File { path: path.to_owned(), source })?;
    let broken = |source| OpenError::Broken { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(broken)?;
    connection.busy_handler(Some(nap)).map_err(broken)?;
    keep_plans(&connection).map_err(broken)?;
    refuse_strangers(path, &connection)?;
    prepare(&mut connection).map_err(broken)?;
    Ok(connection)
}

/// A database that is in no file.
pub(super) fn in_memory() -> Result<Connection, OpenError> {
    let broken = |source| OpenError::Broken { path: ":memory:".into(), source };
    let mut connection = Connection::open_in_memory().map_err(broken)?;
    keep_plans(&connection).map_err(broken)?;
    prepare(&mut connection).map_err(broken)?;
    Ok(connection)
}

/// Opens the file for reading; `None` when there is none. Never makes one.
pub(super) fn for_reading(path: &Path) -> Result<Option<Connection>, OpenError> {
    if !path.exists() {
        return Ok(None);
    }
    let broken = |source| OpenError::Broken { path: path.to_owned(), source };
    // Read-write, because a reader must be able to recover the WAL of a server that was killed.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(broken)?;
    connection.busy_handler(Some(nap)).map_err(broken)?;
    keep_plans(&connection).map_err(broken)?;
    refuse_strangers(path, &connection)?;
    match schema::version_of(&connection).map_err(broken)? {
        0 => return Ok(None),
        VERSION => {}
        // What is listed first after an upgrade is in tables that only this program's version has.
        _older => drop(for_writing(path)?),
    }
    connection.pragma_update(None, "query_only", true).map_err(broken)?;
    Ok(Some(connection))
}

/// Waits a moment for whoever holds the file; `false` when it has been long enough.
fn nap(naps: i32) -> bool {
    if naps >= NAPS {
        return false;
    }
    std::thread::sleep(NAP);
    true
}

/// A statement is prepared once. Otherwise SQLite prepares many of ours anew for each value that is bound, in the hope
/// of a better plan; none of them has one.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

pub(super) fn refuse_strangers(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let broken = |source| OpenError::Broken { path: path.to_owned(), source };
    let found = schema::version_of(connection).map_err(broken)?;
    if found > VERSION {
        return Err(OpenError::Newer { path: path.to_owned(), found });
    }
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(broken)?;
    let tables: i64 =
        connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0)).map_err(broken)?;
    if id != APPLICATION_ID && tables > 0 {
        return Err(OpenError::NotOurs { path: path.to_owned() });
    }
    Ok(())
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    // NORMAL lost acked calls at power cuts; FULL did not, and costs no more under group commit.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is forgotten is overwritten, not only unlinked. Turns and calls are added and changed in place, so it costs
    // the answering path nothing.
    connection.pragma_update(None, "secure_delete", true)?;
    // Checkpoints happen beside the answering path, not inside a commit.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    schema::migrate(connection)
}
