//! What keeps the database from being used, so that whoever reads of it is told what to do.

use std::io;

use rusqlite::ErrorCode;
use rustix::io::Errno;
use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer, Serialize};

use crate::causes::with_causes;

use super::{BackupError, OpenError, StoreError};

/// What keeps a database from being used.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The disk has no room.
    Full,
    /// The file or the disk takes no writes.
    ReadOnly,
    /// Another program holds the file.
    Locked,
    /// Whoever runs the program may not.
    Forbidden,
    /// A newer program wrote it.
    Newer,
    /// It is another program's.
    Stranger,
    /// The program was built with an SQLite that is too old.
    Library,
    /// It has another name as well.
    Linked,
    /// It is being carried over, or has just been given up, and is tried again.
    Passing,
    /// The disk does not read or write.
    Disk,
    /// What stands in it is not right.
    Damaged,
}

/// Why a database is not in use, for people and for what is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreFault {
    /// The cause behind it; one that this program does not know may pass.
    #[serde(deserialize_with = "known_or_passing")]
    pub cause: Cause,
    /// The error with all that led to it.
    pub words: String,
}

fn known_or_passing<'de, D: Deserializer<'de>>(told: D) -> Result<Cause, D::Error> {
    let word = String::deserialize(told)?;
    let known: Result<Cause, serde::de::value::Error> = Cause::deserialize(word.into_deserializer());
    Ok(known.unwrap_or(Cause::Passing))
}

impl From<&StoreError> for StoreFault {
    fn from(error: &StoreError) -> Self {
        Self { cause: error.cause(), words: with_causes(error) }
    }
}

impl From<&OpenError> for StoreFault {
    fn from(error: &OpenError) -> Self {
        Self { cause: error.cause(), words: with_causes(error) }
    }
}

impl StoreError {
    /// What keeps the database from doing it.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Sqlite(error) => of_sqlite(error),
            Self::Unreadable { .. } => Cause::Damaged,
            Self::Open(error) => error.cause(),
            Self::GivenUp | Self::Moved | Self::OtherFile => Cause::Passing,
            Self::Unfolded => Cause::Locked,
        }
    }
}

impl OpenError {
    /// What keeps the database from being opened.
    pub fn cause(&self) -> Cause {
        match self {
            Self::File { source, .. } => of_io(source),
            Self::Broken { source, .. } => of_sqlite(source),
            Self::Damaged { .. } => Cause::Damaged,
            Self::Linked { .. } => Cause::Linked,
            Self::NoCopy { source, .. } => of_copy(source),
            Self::NotOurs { .. } => Cause::Stranger,
            Self::Newer { .. } => Cause::Newer,
            Self::Library { .. } => Cause::Library,
        }
    }
}

/// Without a word on why, there is no room for it.
fn of_copy(error: &BackupError) -> Cause {
    match error {
        BackupError::Open(error) => error.cause(),
        BackupError::File { source, .. } => of_io(source),
        BackupError::Copy { source, .. } => source.cause(),
        BackupError::None(_) | BackupError::Damaged { .. } => Cause::Full,
    }
}

fn of_sqlite(error: &rusqlite::Error) -> Cause {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Cause::Full,
        Some(ErrorCode::ReadOnly) => Cause::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Cause::Locked,
        Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => Cause::Forbidden,
        Some(ErrorCode::SystemIoFailure) => Cause::Disk,
        _ => Cause::Damaged,
    }
}

fn of_io(error: &io::Error) -> Cause {
    match Errno::from_io_error(error) {
        Some(Errno::NOSPC | Errno::DQUOT) => Cause::Full,
        Some(Errno::ROFS) => Cause::ReadOnly,
        Some(Errno::IO) => Cause::Disk,
        Some(_) | None => Cause::Forbidden,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rusqlite::ffi;

    use super::*;

    fn path() -> PathBuf {
        PathBuf::from("a.db")
    }

    #[test]
    fn what_sqlite_says_leads_to_its_cause() {
        for (code, cause) in [
            (ffi::SQLITE_FULL, Cause::Full),
            (ffi::SQLITE_READONLY, Cause::ReadOnly),
            (ffi::SQLITE_READONLY_DBMOVED, Cause::ReadOnly),
            (ffi::SQLITE_BUSY, Cause::Locked),
            (ffi::SQLITE_BUSY_SNAPSHOT, Cause::Locked),
            (ffi::SQLITE_PERM, Cause::Forbidden),
            (ffi::SQLITE_CANTOPEN, Cause::Forbidden),
            (ffi::SQLITE_IOERR_FSYNC, Cause::Disk),
            (ffi::SQLITE_CORRUPT, Cause::Damaged),
            (ffi::SQLITE_NOTADB, Cause::Damaged),
        ] {
            let sqlite = || rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let broken = OpenError::Broken { path: path(), source: sqlite() };
            assert_eq!((StoreError::from(sqlite()).cause(), broken.cause()), (cause, cause), "{code}");
        }
    }

    #[test]
    fn what_the_system_says_leads_to_its_cause() {
        for (errno, cause) in [
            (Errno::PERM, Cause::Forbidden),
            (Errno::IO, Cause::Disk),
            (Errno::ACCESS, Cause::Forbidden),
            (Errno::ISDIR, Cause::Forbidden),
            (Errno::NOSPC, Cause::Full),
            (Errno::ROFS, Cause::ReadOnly),
            (Errno::DQUOT, Cause::Full),
        ] {
            let file = || OpenError::File { path: path(), source: errno.into() };
            let copy = OpenError::NoCopy { path: path(), source: Box::new(BackupError::Open(file())) };
            assert_eq!((file().cause(), copy.cause()), (cause, cause), "{errno}");
        }
    }

    #[test]
    fn a_cause_that_only_a_newer_program_knows_may_pass() {
        let fault = |cause: &str| -> StoreFault {
            serde_json::from_str(&format!(r#"{{ "cause": "{cause}", "words": "x" }}"#)).unwrap()
        };
        assert_eq!((fault("read_only").cause, fault("moonlight").cause), (Cause::ReadOnly, Cause::Passing));
    }

    #[test]
    fn what_we_say_leads_to_its_cause() {
        let linked = || OpenError::Linked { path: path() };
        for (error, cause) in [
            (OpenError::Newer { path: path(), found: 99 }, Cause::Newer),
            (OpenError::NotOurs { path: path() }, Cause::Stranger),
            (OpenError::Library { found: "3.0.0" }, Cause::Library),
            (linked(), Cause::Linked),
            (OpenError::Damaged { path: path(), words: "it is empty".to_owned() }, Cause::Damaged),
            (
                OpenError::NoCopy { path: path(), source: Box::new(BackupError::Open(linked())) },
                Cause::Linked,
            ),
        ] {
            assert_eq!(StoreError::from(error).cause(), cause);
        }
        for error in [StoreError::GivenUp, StoreError::Moved, StoreError::OtherFile] {
            assert_eq!(error.cause(), Cause::Passing, "{error}");
        }
    }
}
