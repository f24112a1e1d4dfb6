//! Opening the file: ours alone, readable by nobody else, never newer than the program.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::clock;

use super::schema::{self, APPLICATION_ID, VERSION};
use super::{pair, soundness};

/// How long one waits for another program that holds the file, at a time. SQLite's own naps grow to 100 ms, and callers
/// would sleep on while the file is free again.
const NAP: Duration = Duration::from_micros(250);
/// How often, while a caller may wait.
const NAPS: i32 = 700;
/// The oldest SQLite that does not corrupt a WAL which two connections reset.
const OLDEST_SQLITE: i32 = 3_051_003;

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
    /// It can be read, and what stands in it is not right.
    #[error("`{path}` is damaged: {words}; not a byte of it was changed")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        words: String,
    },
    /// The file has another name as well, under which somebody else may write it with a log of its own.
    #[error("`{path}` is a link to a file that has another name as well")]
    Linked {
        /// The link.
        path: PathBuf,
    },
    /// A file of an older version cannot be copied before it is changed.
    #[error("`{path}` is of an older version, and no copy of it can be made before it is brought up")]
    NoCopy {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<super::BackupError>,
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
    /// The program was built with an SQLite that can corrupt the file.
    #[error("this program was built with SQLite {found}, which can corrupt a database")]
    Library {
        /// Its version.
        found: &'static str,
    },
}

impl OpenError {
    /// Whether somebody chose the wrong file or program, and is there to choose another; anything else happens to a
    /// line that nobody watches.
    pub fn is_a_wrong_choice(&self) -> bool {
        match self {
            Self::NotOurs { .. } | Self::Newer { .. } | Self::Library { .. } => true,
            Self::File { .. }
            | Self::Broken { .. }
            | Self::Damaged { .. }
            | Self::Linked { .. }
            | Self::NoCopy { .. } => false,
        }
    }
}

/// Which file a name means at this moment: device and inode.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity(u64, u64);

impl FileIdentity {
    /// Of the file that this was asked of.
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self(metadata.dev(), metadata.ino())
    }
}

/// The file that `path` means now; `None` if there is none.
pub(super) fn identity(path: &Path) -> Option<FileIdentity> {
    fs::metadata(path).ok().map(|metadata| FileIdentity::of(&metadata))
}

/// How a file looks from outside: which it is, how long, and when it was changed.
pub(super) type Glance = Option<(FileIdentity, u64, Option<SystemTime>)>;

/// How the file looks now; `None` if there is none.
pub(super) fn glance(path: &Path) -> Glance {
    let metadata = fs::metadata(path).ok()?;
    Some((FileIdentity::of(&metadata), metadata.len(), metadata.modified().ok()))
}

/// Opens the file for writing; makes it, 0600, when there is none. One of an older version is copied, then brought up.
/// Of one that is not sound not a byte is changed.
pub(super) fn for_writing(path: &Path) -> Result<Connection, OpenError> {
    let is_lost = pair::is_lost(path);
    make(path)?;
    let aside = pair::part_strangers(path)?;
    let mut connection = connect(path)?;
    let broken = |source| OpenError::Broken { path: path.to_owned(), source };
    refuse_strangers(path, &connection)?;
    soundness::look(path, &connection)?;
    set_up(&connection).map_err(broken)?;
    // In a new file the log is made when it is first looked for.
    schema::version_of(&connection).map_err(broken)?;
    pair::write_down(path);
    schema::migrate(&mut connection, path)?;
    aside.iter().for_each(|aside| pair::tell(&connection, (path, aside)));
    if is_lost {
        pair::tell_of_the_lost(&connection, path);
    }
    fold_at_the_end(&connection, true).map_err(broken)?;
    Ok(connection)
}

/// A database that is in no file.
pub(super) fn in_memory() -> Result<Connection, OpenError> {
    let path = Path::new(":memory:");
    let broken = |source| OpenError::Broken { path: path.to_owned(), source };
    let mut connection = Connection::open_in_memory().map_err(broken)?;
    keep_plans(&connection).map_err(broken)?;
    set_up(&connection).map_err(broken)?;
    schema::migrate(&mut connection, path)?;
    Ok(connection)
}

/// A database in no file that holds what another one does.
pub(super) fn copied(from: &Connection) -> Result<Connection, OpenError> {
    let broken = |source| OpenError::Broken { path: Path::new(":memory:").to_owned(), source };
    let mut connection = Connection::open_in_memory().map_err(broken)?;
    Backup::new(from, &mut connection).and_then(|copy| copy.step(-1)).map_err(broken)?;
    keep_plans(&connection).map_err(broken)?;
    set_up(&connection).map_err(broken)?;
    Ok(connection)
}

/// Opens the file for reading; `None` when there is none. Never makes one, and never folds the WAL into it.
pub(super) fn for_reading(path: &Path) -> Result<Option<Connection>, OpenError> {
    if !path.exists() {
        return Ok(None);
    }
    refuse_links(path)?;
    if pair::are_strangers(path) {
        drop(for_writing(path)?);
    }
    let mut connection = connect(path)?;
    if is_on_a_disk_to_read_from(path, &connection) {
        connection = connect_unchanging(path)?;
    }
    let broken = |source| OpenError::Broken { path: path.to_owned(), source };
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

/// Opens the file to look at it: nothing is made, and nothing is judged but that it is there.
pub(super) fn connect(path: &Path) -> Result<Connection, OpenError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(OpenError::Library { found: rusqlite::version() });
    }
    refuse_torn(path)?;
    let broken = |source| OpenError::Broken { path: path.to_owned(), source };
    // Read-write, because a reader must be able to recover the WAL of a server that was killed.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(broken)?;
    // Whoever closes last would fold the WAL into a file that may be broken.
    fold_at_the_end(&connection, false).map_err(broken)?;
    connection.busy_handler(Some(nap::<NAPS>)).map_err(broken)?;
    keep_plans(&connection).map_err(broken)?;
    Ok(connection)
}

/// Whether the last one to close folds the WAL into the file. Never into one that is in doubt.
pub(super) fn fold_at_the_end(connection: &Connection, fold: bool) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !fold).map(drop)
}

/// Waits a moment for whoever holds the file; `false` when it has been long enough.
pub(super) fn nap<const NAPS: i32>(naps: i32) -> bool {
    if naps >= NAPS {
        return false;
    }
    std::thread::sleep(NAP);
    true
}

/// The log beside the file, which belongs to it.
pub(super) fn wal(path: &Path) -> PathBuf {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    wal.into()
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn make(path: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::File { path: path.to_owned(), source };
    put_stray_wal_aside(path).map_err(failed)?;
    refuse_links(path)?;
    if !path.exists() {
        // Made before SQLite sees it, because SQLite would make it readable by everybody. A file that is there is never
        // opened beside SQLite: closing it would give up the locks of this whole process.
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

/// SQLite would delete a log whose file is gone, or mix it with the next one. Two that find it at once do not take each
/// other's: who has the lock looks again before moving it.
fn put_stray_wal_aside(path: &Path) -> io::Result<()> {
    let wal = wal(path);
    let is_stray = || length(&wal) > 0 && !path.exists();
    if !is_stray() {
        return Ok(());
    }
    let found = File::open(&wal)?;
    found.lock()?;
    let metadata = found.metadata()?;
    if !is_stray() || identity(&wal) != Some(FileIdentity::of(&metadata)) {
        return Ok(());
    }
    let mut aside = wal.as_os_str().to_owned();
    aside.push(format!(".stray-{}", clock::now().as_millisecond()));
    tracing::error!(store.path = %path.display(), "the database is gone and its log is left; the log is put aside");
    fs::rename(&wal, aside)
}

/// Under another name the log has another name too, and each would write without knowing of the other.
fn refuse_links(path: &Path) -> Result<(), OpenError> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    if metadata.is_symlink() || metadata.is_file() && metadata.nlink() > 1 {
        return Err(OpenError::Linked { path: path.to_owned() });
    }
    Ok(())
}

/// SQLite takes an empty file for a new one and deletes the log beside it.
fn refuse_torn(path: &Path) -> Result<(), OpenError> {
    if path.is_file() && length(path) == 0 && length(&wal(path)) > 0 {
        let words = "it is empty, and its log is not".to_owned();
        return Err(OpenError::Damaged { path: path.to_owned(), words });
    }
    Ok(())
}

/// Where nothing can be written there is no place for the index of a WAL.
fn is_on_a_disk_to_read_from(path: &Path, connection: &Connection) -> bool {
    let Err(error) = schema::version_of(connection) else { return false };
    let is_refused = matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly));
    // Beside a WAL the file alone is not the whole.
    is_refused && length(&wal(path)) == 0
}

/// Opens a file that nobody can change meanwhile, without a log.
fn connect_unchanging(path: &Path) -> Result<Connection, OpenError> {
    let broken = |source| OpenError::Broken { path: path.to_owned(), source };
    let escaped = percent_encoding::utf8_percent_encode(&path.to_string_lossy(), IN_A_NAME).to_string();
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection =
        Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags).map_err(broken)?;
    keep_plans(&connection).map_err(broken)?;
    Ok(connection)
}

/// What would end a file's name in a URI.
const IN_A_NAME: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS.add(b'%').add(b'?').add(b'#');

/// A statement is prepared once. Otherwise SQLite prepares many of ours anew for each value that is bound, in the hope
/// of a better plan; none of them has one.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Refuses what no program of ours wrote, and what a newer one did. A file that is ours in everything but its header is
/// damaged, which is nobody's choice.
pub(super) fn refuse_strangers(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let broken = |source| OpenError::Broken { path: path.to_owned(), source };
    let found = schema::version_of(connection).map_err(broken)?;
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(broken)?;
    let tables: i64 =
        connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0)).map_err(broken)?;
    let is_marked = id == APPLICATION_ID;
    if found <= VERSION && (is_marked || tables == 0) {
        return Ok(());
    }
    if soundness::is_of_this_version(connection).map_err(broken)? {
        let words = "its version or its mark is not this program's, and everything else is".to_owned();
        return Err(OpenError::Damaged { path: path.to_owned(), words });
    }
    let path = path.to_owned();
    if is_marked { Err(OpenError::Newer { path, found }) } else { Err(OpenError::NotOurs { path }) }
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
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
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}
