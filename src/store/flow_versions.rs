//! Flows as they were live, by hash: written down before they go live, so that a call finishes on its version.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::call::FlowName;

use super::{StoreError, Tx, millis, time};

/// Our number for a version of a flow.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlowVersionId(pub i64);

/// A version of a flow, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowVersion {
    /// The flow.
    pub name: FlowName,
    /// SHA-256 of the text, in hex.
    pub hash: String,
    /// The file's text.
    pub source: String,
    /// When it went live last.
    pub live_at: Timestamp,
}

impl Tx<'_> {
    /// Writes a version down, or says again that it is live, and gives its number. It is later than all others even by
    /// a clock that was set back: the last good one is what went live last.
    pub fn flow_goes_live(&self, version: &FlowVersion) -> Result<FlowVersionId, StoreError> {
        let sql =
            "insert into flow_versions (name, hash, source, live_at) values (?1, ?2, ?3, max(?4, coalesce(
                (select max(live_at) + 1 from flow_versions where name = ?1 and hash <> ?2), ?4)))
            on conflict (name, hash) do update set live_at = excluded.live_at returning id";
        let words = params![version.name.as_str(), version.hash, version.source, millis(version.live_at)];
        let id = self.connection.prepare_cached(sql)?.query_row(words, |row| row.get(0))?;
        Ok(FlowVersionId(id))
    }

    /// A version by its number.
    pub fn flow_version(&self, id: FlowVersionId) -> Result<Option<FlowVersion>, StoreError> {
        let sql = "select name, hash, source, live_at from flow_versions where id = ?1";
        self.read_version(sql, id.0)
    }

    /// The version of a flow that went live last.
    pub fn last_live(&self, name: &FlowName) -> Result<Option<FlowVersion>, StoreError> {
        let sql = "select name, hash, source, live_at from flow_versions where name = ?1 order by live_at desc, id desc limit 1";
        self.read_version(sql, name.as_str())
    }

    fn read_version(&self, sql: &str, key: impl rusqlite::ToSql) -> Result<Option<FlowVersion>, StoreError> {
        let read = |row: &rusqlite::Row<'_>| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get::<_, i64>(3)?))
        };
        let found = self.connection.prepare_cached(sql)?.query_row(params![key], read).optional()?;
        let Some((name, hash, source, live_at)) = found else { return Ok(None) };
        let name = FlowName::parse(&name).map_err(|_| StoreError::unreadable("a flow", name))?;
        Ok(Some(FlowVersion { name, hash, source, live_at: time(live_at)? }))
    }
}
