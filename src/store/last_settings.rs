//! The settings that were live last.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{StoreError, Tx, millis, time};

impl Tx<'_> {
    /// Writes down the text of settings that go live; `false` if they were live already.
    pub fn settings_go_live(&self, source: &str, at: Timestamp) -> Result<bool, StoreError> {
        let sql = "insert into last_settings (id, source, live_at) values (1, ?1, ?2)
            on conflict (id) do update set source = excluded.source, live_at = excluded.live_at
            where source <> excluded.source";
        Ok(self.connection.execute(sql, params![source, millis(at)])? > 0)
    }

    /// The text of the settings that were live last, and when they went live.
    pub fn last_settings(&self) -> Result<Option<(String, Timestamp)>, StoreError> {
        let sql = "select source, live_at from last_settings";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
        let Some((source, at)) = self.connection.query_row(sql, [], read).optional()? else {
            return Ok(None);
        };
        Ok(Some((source, time(at)?)))
    }
}
