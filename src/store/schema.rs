//! The tables, as a list of migrations that only ever grows.

use rusqlite::{Connection, TransactionBehavior};

/// Each step brings the file from version `n` to `n + 1`. Steps are appended, never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
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

/// Brings the file up to [`VERSION`], all of it or nothing. The caller has refused newer files. Whoever comes second,
/// a server and a command at once, finds it done.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    if version_of(connection)? >= VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (version, step) in (1i64..).zip(MIGRATIONS).skip(version_of(&transaction)?) {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    transaction.commit()
}
