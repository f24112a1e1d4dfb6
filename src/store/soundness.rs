//! Whether a file is what this program's migrations made, and whole: asked before a byte of it is changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;

use rusqlite::{Connection, InterruptHandle};

use super::open::{self, OpenError};
use super::schema::{self, VERSION};

/// Files up to this length are read through before they are used: some milliseconds. Others are read through beside
/// the answering path.
const SMALL: i64 = 1024 * 1024;

/// Tables, indices, triggers and views by kind and name, tables and views with the names of their columns. The text of
/// a definition is none of it: SQLite rewrites that when a table is altered, and each version of it may do so differently.
type Shape = BTreeMap<(String, String), Option<String>>;

/// What a look at an open file found.
pub(super) fn look(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let broken = |source| OpenError::Broken { path: path.to_owned(), source };
    let damaged = |words: String| Err(OpenError::Damaged { path: path.to_owned(), words });
    let (version, found) =
        (schema::version_of(connection).map_err(broken)?, shape_in(connection).map_err(broken)?);
    let made = shape_of(version).map_err(broken)?;
    if version == 0 && !found.is_empty() {
        return damaged("it has tables and no version".to_owned());
    }
    if let Some(((kind, name), _)) = made.iter().find(|(name, columns)| found.get(*name) != Some(*columns)) {
        return damaged(format!("the {kind} `{name}` is missing or another one"));
    }
    if length_of(connection).map_err(broken)? <= SMALL { read_through(path, connection) } else { Ok(()) }
}

/// Whether a file holds exactly what this program's version makes.
pub(super) fn is_of_this_version(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(shape_in(connection)? == shape_of(VERSION)?)
}

/// Whether a file is so long that [`look`] does not read it through.
pub(super) fn is_long(connection: &Connection) -> bool {
    length_of(connection).is_ok_and(|length| length > SMALL)
}

/// With what still stands in the WAL.
fn length_of(connection: &Connection) -> rusqlite::Result<i64> {
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    Ok(pages * size)
}

fn read_through(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let path = path.to_owned();
    match connection.query_row("pragma quick_check(1)", [], |row| row.get::<_, String>(0)) {
        Ok(words) if words == "ok" => Ok(()),
        Ok(words) => Err(OpenError::Damaged { path, words: words.trim().replace('\n', " ") }),
        Err(source) => Err(OpenError::Broken { path, source }),
    }
}

fn shape_of(version: usize) -> rusqlite::Result<Shape> {
    let made = Connection::open_in_memory()?;
    for step in schema::steps(version) {
        made.execute_batch(step)?;
    }
    shape_in(&made)
}

fn shape_in(connection: &Connection) -> rusqlite::Result<Shape> {
    let sql = "select type, name,
            case when type in ('table', 'view') then (select group_concat(name) from pragma_table_info(m.name)) end
        from sqlite_schema as m where name not like 'sqlite\\_%' escape '\\'";
    let mut statement = connection.prepare(sql)?;
    let read = |row: &rusqlite::Row<'_>| Ok(((row.get(0)?, row.get(1)?), row.get(2)?));
    statement.query_map([], read)?.collect()
}

/// A file being read through beside the answering path.
pub(super) struct Examination {
    interrupt: InterruptHandle,
    outcome: Receiver<Result<(), OpenError>>,
}

impl Examination {
    /// Starts it.
    pub(super) fn start(path: PathBuf) -> Result<Self, OpenError> {
        let connection = open::connect(&path)?;
        let failed = |source| OpenError::File { path: path.clone(), source };
        let interrupt = connection.get_interrupt_handle();
        let (tell, outcome) = sync_channel(1);
        let examined = path.clone();
        let work = move || {
            let found = open::refuse_strangers(&examined, &connection)
                .and_then(|()| look(&examined, &connection))
                .and_then(|()| read_through(&examined, &connection));
            // Whoever asked may have found another file meanwhile.
            let _ = tell.send(found);
        };
        thread::Builder::new().name("examiner".into()).spawn(work).map_err(failed)?;
        Ok(Self { interrupt, outcome })
    }

    /// What it found, once it is done; the word of an examination that was cut off is no verdict.
    pub(super) fn outcome(&self) -> Option<Result<(), OpenError>> {
        match self.outcome.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Ok(())),
        }
    }

    /// Ends it: as long as it reads, the WAL grows.
    pub(super) fn cut_off(&self) {
        self.interrupt.interrupt();
    }
}

/// Whether an examination found no fault but was cut off.
pub(super) fn was_cut_off(error: &OpenError) -> bool {
    let OpenError::Broken { source, .. } = error else { return false };
    source.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted)
}
