//! Which log belongs to which database file, written down while they are in use.
//!
//! SQLite finds the log by its name alone, and folds it into whatever stands beside it. So before it sees them, a log
//! whose partner was another file gets another name. Two that are both unknown were copied or restored together. What
//! this cannot see is a file that was written over in its place (`cp` onto it), which is the same file as before.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::causes::with_causes;
use crate::clock;

use super::carry;
use super::files::{beside, name_of, set_companions_aside, sync_folder};
use super::locks::locks_on;
use super::open::OpenError;
use super::tx::{Memory, Tx};

/// Where it is written down, beside the database.
const RECORD: &str = ".files";
/// One that is not whole yet.
const HALF: &str = ".files.half";
/// What the incident says.
const WHAT: &str = "the log beside the database belongs to another file";
/// The same of a database that is gone.
pub const LOST: &str = "the database was gone, and an empty one was begun";

#[derive(Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pair {
    database: Mark,
    wal: Mark,
}

/// What tells a file from others that had its name.
#[derive(Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    device: u64,
    inode: u64,
    /// In nanoseconds, where the file system knows it.
    born: Option<u64>,
}

impl Mark {
    fn at(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|metadata| Self::of(&metadata))
    }

    fn of(metadata: &Metadata) -> Self {
        let born = metadata.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
        let born = born.and_then(|born| u64::try_from(born.as_nanos()).ok()).filter(|born| *born > 0);
        Self { device: metadata.dev(), inode: metadata.ino(), born }
    }

    /// The number of a deleted file is soon given to another one, and some file systems give a file a new number
    /// whenever they are mounted; its birth stays.
    fn is_the_file(&self, other: &Self) -> bool {
        match (self.born, other.born) {
            (Some(born), Some(other)) => born == other,
            (Some(_) | None, _) => (self.device, self.inode) == (other.device, other.inode),
        }
    }
}

impl Pair {
    fn at(path: &Path) -> Option<Self> {
        Some(Self { database: Mark::at(path)?, wal: Mark::at(&beside(path, "-wal"))? })
    }

    fn written_down(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(beside(path, RECORD)).ok()?).ok()
    }
}

/// Writes down what stands at the path, before anything is committed to it. An old word would be worse than none.
pub(super) fn write_down(path: &Path) {
    let Some(pair) = Pair::at(path) else { return };
    if Pair::written_down(path) == Some(pair) {
        return;
    }
    if let Err(error) = replace_record(path, pair) {
        tracing::warn!(error = %with_causes(&error), "which log belongs to the database cannot be written down");
        let _ = fs::remove_file(beside(path, RECORD));
    }
}

fn replace_record(path: &Path, pair: Pair) -> io::Result<()> {
    let half = beside(path, HALF);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
    writeln!(file, "{}", serde_json::to_string(&pair)?)?;
    file.sync_data()?;
    fs::rename(half, beside(path, RECORD))?;
    // A power cut must not bring back the word of another time, which would part what belongs together.
    sync_folder(path)
}

/// How a log and the file beside it go together.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Match {
    /// They do, or nobody knows.
    Belongs,
    Strangers,
    /// They did not, and somebody has them open all the same.
    Taken,
}

fn match_at(path: &Path) -> Match {
    let wal = beside(path, "-wal");
    if fs::metadata(&wal).map_or(0, |metadata| metadata.len()) == 0 {
        return Match::Belongs;
    }
    let (Some(known), Some(there)) = (Pair::written_down(path), Pair::at(path)) else {
        return Match::Belongs;
    };
    match (known.database.is_the_file(&there.database), known.wal.is_the_file(&there.wal)) {
        (true, true) | (false, false) => Match::Belongs,
        (false, true) if is_in_use(&there.database) => Match::Taken,
        // Whoever has the file open made that log, while nobody wrote it down.
        (true, false) if is_in_use(&there.database) => Match::Belongs,
        (false, true) | (true, false) => Match::Strangers,
    }
}

/// Whether a program holds a lock on the file, as everybody does who has a database with a log open.
fn is_in_use(file: &Mark) -> bool {
    !locks_on(file.inode).is_empty()
}

/// Whether a database was in use here, and is gone: nothing is there, or what was just made and has nothing in it yet.
pub fn is_lost(path: &Path) -> bool {
    let is_empty = fs::metadata(path).map_or(0, |metadata| metadata.len()) == 0;
    is_empty && beside(path, RECORD).exists() && !beside(path, carry::WHOLE).exists()
}

/// Whether there is a log that must not be mixed into the file.
pub(super) fn are_strangers(path: &Path) -> bool {
    match_at(path) != Match::Belongs
}

/// Gives a log another name that was written for another file; gives that name. Two that find it at once do not take
/// each other's.
pub(super) fn part_strangers(path: &Path) -> Result<Option<PathBuf>, OpenError> {
    match match_at(path) {
        Match::Belongs => Ok(None),
        Match::Strangers => {
            set_log_aside(path).map_err(|source| OpenError::File { path: path.to_owned(), source })
        }
        Match::Taken => {
            let words = "its log belongs to another file, and another program has both open".to_owned();
            Err(OpenError::Damaged { path: path.to_owned(), words })
        }
    }
}

fn set_log_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    let wal = beside(path, "-wal");
    let found = match File::open(&wal) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found?,
    };
    found.lock()?;
    if Mark::at(&wal) != Some(Mark::of(&found.metadata()?)) || match_at(path) != Match::Strangers {
        return Ok(None);
    }
    let aside = set_companions_aside(path)?.map(|aside| beside(&aside, "-wal"));
    sync_folder(path)?;
    let name = aside.as_deref().map(name_of);
    tracing::error!(store.path = %path.display(), aside = name, "{WHAT}; it was set aside");
    Ok(aside)
}

/// What is written down of a log that was set aside.
pub(super) fn incident(path: &Path, aside: &Path) -> (&'static str, String) {
    let (name, aside) = (name_of(path), name_of(aside));
    let detail = format!(
        "it was written for a file that stood at `{name}` before, and is `{aside}` now; calls that are in no other \
         file may be in it. To read them: put that file into a folder of its own, and the log beside it as `{name}-wal`"
    );
    (WHAT, detail)
}

/// Writes it down. Whoever cannot has said it on the log.
pub(super) fn tell(connection: &Connection, (path, aside): (&Path, &Path)) {
    let (what, detail) = incident(path, aside);
    write_down_incident(connection, (what, &detail));
}

/// Says in an empty file that there was another one.
pub(super) fn tell_of_the_lost(connection: &Connection, path: &Path) {
    tracing::error!(store.path = %path.display(), "the database is gone, and an empty one was begun");
    let detail = "it was deleted or moved away; whoever waited there is on no list";
    write_down_incident(connection, (LOST, detail));
}

fn write_down_incident(connection: &Connection, incident: (&str, &str)) {
    let tx = Tx { connection, memory: &mut Memory::default() };
    if let Err(error) = tx.add_incident(clock::now(), None, incident) {
        tracing::warn!(error = %with_causes(&error), "an incident cannot be written down");
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::config::DbConfig;
    use tempfile::TempDir;

    use super::super::open;
    use super::*;

    /// A file beside a log that was written for another one.
    fn strangers() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (path, new) = (folder.path().join("ringback.db"), folder.path().join("new.db"));
        drop(open::for_writing(&new).unwrap());
        let killed = open::for_writing(&path).unwrap();
        open::fold_at_the_end(&killed, false).unwrap();
        drop(killed);
        assert!(!are_strangers(&path));
        fs::rename(new, &path).unwrap();
        (folder, path)
    }

    #[test]
    fn a_log_that_another_program_mixed_in_already_is_waited_for() {
        let (_folder, path) = strangers();
        let theirs = Connection::open(&path).unwrap();
        theirs.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
        theirs.query_row("select count(*) from sqlite_schema", [], |_| Ok(())).unwrap();
        assert!(matches!(part_strangers(&path), Err(OpenError::Damaged { .. })));
        assert!(open::for_reading(&path).is_err(), "and nobody reads the mixture");
        drop(theirs);
        assert!(part_strangers(&path).unwrap().is_some());
        assert!(part_strangers(&path).unwrap().is_none());
    }

    #[test]
    fn what_is_written_down_is_of_the_files_that_are_there_and_nobody_else_may_read_it() {
        let (_folder, path) = strangers();
        drop(open::for_reading(&path).unwrap());
        assert!(!are_strangers(&path));
        let record = beside(&path, RECORD);
        assert_eq!(fs::metadata(&record).unwrap().mode() & 0o777, 0o600);
        assert!(!beside(&path, HALF).exists());
        let written = Pair::written_down(&path).unwrap();
        assert!(Some(written.database) == Mark::at(&path));
        fs::write(&record, "torn").unwrap();
        assert!(!are_strangers(&path), "nothing is known");
        let kept = open::for_writing(&path).unwrap();
        assert!(Pair::written_down(&path) == Pair::at(&path));
        drop(kept);
    }

    #[test]
    fn a_record_that_cannot_be_written_leaves_no_old_one_behind() {
        let (_folder, path) = strangers();
        fs::create_dir(beside(&path, HALF)).unwrap();
        write_down(&path);
        assert!(!beside(&path, RECORD).exists());
    }

    #[test]
    fn a_number_that_was_given_to_another_file_is_known_by_its_birth() {
        let mark = |inode, born| Mark { device: 1, inode, born };
        assert!(!mark(7, Some(1)).is_the_file(&mark(7, Some(2))));
        assert!(mark(7, Some(1)).is_the_file(&mark(8, Some(1))), "mounted again");
        assert!(mark(7, None).is_the_file(&mark(7, Some(2))));
        assert!(!mark(7, None).is_the_file(&mark(8, None)));
    }
}
