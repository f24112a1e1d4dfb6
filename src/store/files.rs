//! Which files a database is made of at a moment: itself, its WAL and the index of the WAL.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::open::{self, FileIdentity};

/// What SQLite finds by the names of a database, and would mix with another one of that name.
const COMPANIONS: [&str; 4] = ["", "-wal", "-shm", "-journal"];
/// A folder with more files of that kind has a trouble of its own.
const MOST: u32 = 10_000;

/// What stands at the path of a database and beside it. A commit into a WAL that was deleted survives the process as
/// little as one into a deleted file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Files {
    pub(super) database: Option<FileIdentity>,
    pub(super) wal: Option<FileIdentity>,
    index: Option<FileIdentity>,
}

impl Files {
    pub(super) fn at(path: &Path) -> Self {
        let [database, wal, index] = ["", "-wal", "-shm"].map(|suffix| open::identity(&beside(path, suffix)));
        Self { database, wal, index }
    }

    /// Whether this is the database among them.
    pub(super) fn is_database(&self, identity: FileIdentity) -> bool {
        self.database == Some(identity)
    }

    /// Whether a connection that is in use can be on these.
    pub(super) fn are_whole(&self) -> bool {
        self.database.is_some() && self.wal.is_some() && self.index.is_some()
    }
}

/// The path with something behind its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The folder of a file: the one we are in where the path names none.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the names in the folder of `path` durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

/// Gives what stands at the path, and what belongs to it, another name, under which it is a database with its own WAL;
/// gives that name, unless only what belonged to it was left. Not a byte is changed.
pub(super) fn set_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    let aside = move_aside(path, &COMPANIONS)?;
    Ok(aside.filter(|aside| aside.exists()))
}

/// The same with what belongs to a database alone, which is in its place no more.
pub(super) fn set_companions_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    move_aside(path, &COMPANIONS[1..])
}

fn move_aside(path: &Path, suffixes: &[&str]) -> io::Result<Option<PathBuf>> {
    let is_free = |aside: &PathBuf| {
        COMPANIONS.iter().all(|suffix| fs::symlink_metadata(beside(aside, suffix)).is_err())
    };
    let mut names = (1..MOST).map(|number| beside(path, &format!(".replaced-{number}")));
    let aside = names.find(is_free).ok_or(io::ErrorKind::AlreadyExists)?;
    let mut moved = None;
    for suffix in suffixes {
        match fs::rename(beside(path, suffix), beside(&aside, suffix)) {
            Ok(()) => moved = Some(aside.clone()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(moved)
}

/// The last part of a path, for a line that somebody reads.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map(OsStr::to_string_lossy).unwrap_or_default().into_owned()
}
