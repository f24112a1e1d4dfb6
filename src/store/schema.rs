//! The tables, as a list of migrations that only ever grows.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::backup::{self, BackupError};
use super::files::{beside, sync_folder};
use super::open::{self, OpenError};

/// Each step brings the file from version `n` to `n + 1`. Steps are appended, never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
];

/// The version that this program writes.
pub(super) const VERSION: usize = MIGRATIONS.len();

/// Marks the file as ours: "ring" in ASCII.
pub(super) const APPLICATION_ID: i32 = 0x7269_6e67;

/// The version of the file; 0 for a new one.
pub(super) fn version_of(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// The steps that make a file of `version`.
pub(super) fn steps(version: usize) -> &'static [&'static str] {
    MIGRATIONS.get(..version).unwrap_or(MIGRATIONS)
}

/// Brings the file up to [`VERSION`], all of it or nothing, after a copy of what it was stands beside it. The caller has
/// refused newer files. Whoever comes second, a server and a command at once, finds it done.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let broken = |source| OpenError::Broken { path: path.to_owned(), source };
    if version_of(connection).map_err(broken)? >= VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(broken)?;
    let found = version_of(&transaction).map_err(broken)?;
    if (1..VERSION).contains(&found) {
        // Nobody writes meanwhile, so the copy has all that the file has.
        let copied = keep_copy(path, found);
        copied.map_err(|source| OpenError::NoCopy { path: path.to_owned(), source: Box::new(source) })?;
    }
    let bring_up = || {
        for (version, step) in (1i64..).zip(MIGRATIONS).skip(found) {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", version)?;
        }
        Ok(())
    };
    bring_up().map_err(broken)?;
    transaction.commit().map_err(broken)
}

/// Copies a file of version `found` to `ringback.db.before-v7`, where 7 is the version that follows, unless a sound one
/// is there since the file was last written.
fn keep_copy(path: &Path, found: usize) -> Result<(), BackupError> {
    let copy = beside(path, &format!(".before-v{VERSION}"));
    let half = beside(path, &format!(".before-v{VERSION}.half"));
    if is_newest(&copy, path) && backup::judge_version(&copy, found).is_ok() {
        return Ok(());
    }
    // One that was cut off is of no use; the lock that the caller holds keeps others from making one now.
    let _ = fs::remove_file(&half);
    let made = backup::copy_file_as_it_is(path, &half).and_then(|()| backup::judge_version(&half, found));
    if let Err(error) = made {
        let _ = fs::remove_file(&half);
        return Err(error);
    }
    let unwritable = |source| BackupError::File { path: copy.clone(), source };
    fs::rename(&half, &copy).and_then(|()| sync_folder(path)).map_err(unwritable)?;
    tracing::warn!(copy = %copy.display(), "the database is of an older version; a copy of it stays beside it");
    Ok(())
}

fn is_newest(copy: &Path, path: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let since = changed(copy);
    since.is_some() && since > changed(path) && since > changed(&open::wal(path))
}
