//! Who is still to be told of what; and what should not have happened.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::call::CallId;

use super::{StoreError, Tx, millis, time};

/// What an incident is called whose notice was given up.
pub const NOBODY_TOLD: &str = "nobody could be told of a missed call";

/// Somebody is to be told of a missed call.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its number.
    pub id: i64,
    /// The call.
    pub call: CallId,
    /// How often it was tried.
    pub tries: u32,
}

/// Missed calls of which nobody could be told yet, though it was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// How many.
    pub calls: u32,
    /// When the first of them came.
    pub since: Timestamp,
    /// Why the last notice that was given up came to nothing.
    pub last_error: Option<String>,
}

impl Tx<'_> {
    /// Writes down that somebody is to be told of a call.
    pub fn add_notice(&self, call: CallId, due_at: Timestamp) -> Result<(), StoreError> {
        let sql = "insert into notices (call, due_at, tries) values (?1, ?2, 0)";
        self.connection.prepare_cached(sql)?.execute(params![call.0, millis(due_at)])?;
        Ok(())
    }

    /// The next notice that is due: that of the oldest call.
    pub fn due_notice(&self, now: Timestamp) -> Result<Option<Notice>, StoreError> {
        let sql = "select id, call, tries from notices where sent_at is null and due_at <= ?1 order by call, id limit 1";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Notice { id: row.get(0)?, call: CallId(row.get(1)?), tries: row.get(2)? })
        };
        Ok(self.connection.prepare_cached(sql)?.query_row(params![millis(now)], read).optional()?)
    }

    /// The notices that were tried and not delivered; `None` when there are none.
    pub fn untold(&self) -> Result<Option<Untold>, StoreError> {
        let sql = "select count(*), min(calls.at),
                (select detail from incidents where what = ?1 order by id desc limit 1)
            from notices join calls on calls.id = notices.call where sent_at is null and tries > 0";
        let mut statement = self.connection.prepare(sql)?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?, row.get(2)?));
        let (calls, since, last_error) = statement.query_row(params![NOBODY_TOLD], row)?;
        since.map(|since| Ok(Untold { calls, since: time(since)?, last_error })).transpose()
    }

    /// Marks a notice as sent, or as given up.
    pub fn notice_sent(&self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        let sql = "update notices set sent_at = ?2, tries = tries + 1 where id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![id, millis(at)])?;
        Ok(())
    }

    /// Puts a notice off until `due_at`.
    pub fn notice_failed(&self, id: i64, due_at: Timestamp) -> Result<(), StoreError> {
        let sql = "update notices set due_at = ?2, tries = tries + 1 where id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![id, millis(due_at)])?;
        Ok(())
    }

    /// Writes down something that should not have happened.
    pub fn add_incident(
        &self,
        at: Timestamp,
        call: Option<CallId>,
        (what, detail): (&str, &str),
    ) -> Result<(), StoreError> {
        let sql = "insert into incidents (at, call, what, detail) values (?1, ?2, ?3, ?4)";
        self.connection.prepare_cached(sql)?.execute(params![
            millis(at),
            call.map(|id| id.0),
            what,
            detail
        ])?;
        Ok(())
    }
}
