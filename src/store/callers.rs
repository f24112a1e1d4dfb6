//! What we know of a number: whether it is blocked, and who talked with it last.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::call::{Accept, Caller, PersonName, PhoneNumber};

use super::calls::read_number;
use super::{StoreError, Tx, millis, time};

impl Tx<'_> {
    /// Whether the caller is on the block list. A withheld caller never is.
    pub fn is_blocked(&self, caller: &Caller) -> Result<bool, StoreError> {
        let Some(identity) = caller.identity() else { return Ok(false) };
        let sql = "select blocked_at is not null from callers where caller = ?1";
        let found = self.connection.prepare_cached(sql)?.query_row(params![identity], |row| row.get(0));
        Ok(found.optional()?.unwrap_or(false))
    }

    /// Puts a number on the block list; `false` if it was there.
    pub fn block(&self, number: &PhoneNumber, by: &PersonName, at: Timestamp) -> Result<bool, StoreError> {
        let sql = "insert into callers (caller, blocked_at, blocked_by) values (?1, ?2, ?3)
            on conflict (caller) do update set blocked_at = excluded.blocked_at, blocked_by = excluded.blocked_by
            where blocked_at is null";
        let rows = self.connection.execute(sql, params![number.as_str(), millis(at), by.as_str()])?;
        Ok(rows > 0)
    }

    /// Takes a number off the block list; `false` if it was not there.
    pub fn unblock(&self, number: &PhoneNumber) -> Result<bool, StoreError> {
        let sql = "update callers set blocked_at = null, blocked_by = null where caller = ?1 and blocked_at is not null";
        Ok(self.connection.execute(sql, params![number.as_str()])? > 0)
    }

    /// The block list, newest first: number, since when, by whom.
    pub fn blocked(&self) -> Result<Vec<(PhoneNumber, Timestamp, String)>, StoreError> {
        let sql = "select caller, blocked_at, blocked_by from callers where blocked_at is not null order by blocked_at desc";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut list = Vec::new();
        while let Some(row) = rows.next()? {
            let Some(number) = read_number(row.get(0)?)? else { continue };
            list.push((number, time(row.get(1)?)?, row.get::<_, Option<String>>(2)?.unwrap_or_default()));
        }
        Ok(list)
    }

    /// Remembers that somebody talked with the caller.
    pub fn remember_answered(&self, caller: &Caller, accept: &Accept) -> Result<(), StoreError> {
        let Some(identity) = caller.identity() else { return Ok(()) };
        let sql = "insert into callers (caller, answered_at, answered_by) values (?1, ?2, ?3)
            on conflict (caller) do update set answered_at = excluded.answered_at, answered_by = excluded.answered_by
            where answered_at is null or answered_at <= excluded.answered_at";
        let words = params![identity, millis(accept.at), accept.by.as_str()];
        self.connection.prepare_cached(sql)?.execute(words)?;
        Ok(())
    }
}
