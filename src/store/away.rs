//! The owner's absence.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::business::Away;
use crate::call::PersonName;

use super::{StoreError, Tx, millis, time};

impl Tx<'_> {
    /// The absence that holds at `now`; one that is over is none.
    pub fn away(&self, now: Timestamp) -> Result<Option<Away>, StoreError> {
        let sql = "select until, reason from away where until > ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?));
        let Some((until, reason)) = statement.query_row(params![millis(now)], read).optional()? else {
            return Ok(None);
        };
        Ok(Some(Away { until: time(until)?, reason }))
    }

    /// Steps away; an earlier absence is replaced.
    pub fn step_away(&self, away: &Away, by: &PersonName, now: Timestamp) -> Result<(), StoreError> {
        let sql = "insert or replace into away (id, until, reason, since, by) values (1, ?1, ?2, ?3, ?4)";
        let words = params![millis(away.until), away.reason, millis(now), by.as_str()];
        self.connection.execute(sql, words)?;
        Ok(())
    }

    /// Is back; `false` if nobody was away.
    pub fn come_back(&self, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.connection.execute("update away set until = ?1 where until > ?1", params![millis(now)])? > 0)
    }
}
