//! What the file knows of the recent past, for comparing it with what the provider knows.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::call::{Accept, CallId, Caller, PhoneNumber};

use super::calls::{read_number, read_person};
use super::{StoreError, Tx, millis, time};

/// The recent past, in calls. No index leads to a line or a caller, and none is worth its price on every call.
const LATEST: i64 = 20_000;
/// The last minutes, in calls.
const NEWEST: i64 = 100;

impl Tx<'_> {
    /// The lines of which anything was heard lately, and since when.
    pub fn lines_heard_of(&self) -> Result<Vec<(PhoneNumber, Timestamp)>, StoreError> {
        let sql = "select line, min(at) from calls
            where id > (select max(id) from calls) - ?1 and line is not null group by line";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![LATEST])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            if let Some(line) = read_number(row.get(0)?)? {
                lines.push((line, time(row.get(1)?)?));
            }
        }
        Ok(lines)
    }

    /// Whether the end of a call is known.
    pub fn has_ended(&self, id: CallId) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from calls where id = ?1 and ended_at is not null)";
        Ok(self.connection.prepare_cached(sql)?.query_row(params![id.0], |row| row.get(0))?)
    }

    /// Whether the caller called at or after `since`, in another call than `except`; a withheld one never did. Callers
    /// wait for it, so it walks back from the newest call, and no further than a shop's calls of some minutes go.
    pub fn called_since(
        &self,
        caller: &Caller,
        since: Timestamp,
        except: CallId,
    ) -> Result<bool, StoreError> {
        let Some(identity) = caller.identity() else { return Ok(false) };
        let sql = "select id, caller, at, first_fetch_at is not null from calls order by id desc limit ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![NEWEST])?;
        while let Some(row) = rows.next()? {
            let (at, came_in_turn): (i64, bool) = (row.get(2)?, row.get(3)?);
            let is_caller = row.get_ref(1)?.as_str_or_null().ok().flatten() == Some(identity);
            if at >= millis(since) && is_caller && row.get::<_, i64>(0)? != except.0 {
                return Ok(true);
            }
            // A call that the provider told of afterwards is older than its number, and says nothing of those before.
            if at < millis(since) && came_in_turn {
                break;
            }
        }
        Ok(false)
    }

    /// Who talked with the caller on that line at or after `since`.
    pub fn answered_since(
        &self,
        caller: &Caller,
        (line, since): (&PhoneNumber, Timestamp),
    ) -> Result<Option<Accept>, StoreError> {
        let Some(identity) = caller.identity() else { return Ok(None) };
        // What is known of the number spares most callers the walk through the calls.
        let sql = "select calls.answered_by, calls.accepted_at from callers cross join calls
            where callers.caller = ?1 and callers.answered_at >= ?3
            and calls.id > (select max(id) from calls) - ?4 and calls.outcome = 'answered'
            and calls.caller = ?1 and calls.line = ?2 and calls.accepted_at >= ?3
            order by calls.id desc limit 1";
        let words = params![identity, line.as_str(), millis(since), LATEST];
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row(words, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((by, at)) = found else { return Ok(None) };
        let Some(by) = read_person(by)? else { return Ok(None) };
        Ok(Some(Accept { by, at: time(at)? }))
    }
}
