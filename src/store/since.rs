//! Where in the log a time is. Numbers of calls grow with time, but for calls that are told of afterwards; no index
//! leads to a time, and none is worth its price on every call.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::call::CallId;

use super::{StoreError, Tx, millis};

/// By so much a call may be older than those with smaller numbers: nobody asks the provider for calls that are older
/// than eight days, and of a forgotten one only its day is left.
const LATE_AT_MOST_MILLIS: i64 = (8 * 24 + 25) * 60 * 60 * 1000;

impl Tx<'_> {
    /// A number below which no call came at or after `at`; as near to it as calls that were told of late allow.
    pub fn first_call_since(&self, at: Timestamp) -> Result<CallId, StoreError> {
        self.first_at_or_after(millis(at).saturating_sub(LATE_AT_MOST_MILLIS))
    }

    /// A number from which on every call came at or after `at`.
    pub fn first_call_of_all_since(&self, at: Timestamp) -> Result<CallId, StoreError> {
        self.first_at_or_after(millis(at).saturating_add(LATE_AT_MOST_MILLIS))
    }

    /// Finds a call at or after `at` by halving. Between the numbers of the late ones it may be any of them, which the
    /// margins of those who ask make good.
    fn first_at_or_after(&self, at: i64) -> Result<CallId, StoreError> {
        let mut statement =
            self.connection.prepare_cached("select id, at from calls where id >= ?1 order by id limit 1")?;
        let newest = "select coalesce(max(id), 0) from calls";
        let (mut low, mut high) = (1, self.connection.query_row(newest, [], |row| row.get::<_, i64>(0))? + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
            match statement.query_row(params![middle], read).optional()? {
                Some((id, came_at)) if came_at < at => low = id + 1,
                Some(_) | None => high = middle,
            }
        }
        Ok(CallId(low))
    }
}
