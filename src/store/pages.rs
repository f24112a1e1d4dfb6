//! What is in the file, page by page, for taking it along: each page is one short look, so that a long export neither
//! fills the memory nor keeps the WAL from being folded.

use std::ops::Range;

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::call::{CallId, Caller};
use crate::call_back::CallBackId;

use super::lists::{CallLine, PathStep};
use super::waiting::CallBackLine;
use super::{StoreError, Tx, millis, time};

/// Numbers of a page.
pub const PAGE: i64 = 2_000;

/// What is read page by page, each by its own numbers.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Series {
    /// Calls, by when they came.
    Calls,
    /// Entries of the call-back list, by when they were opened.
    CallBacks,
    /// Notes on entries, by when they were written.
    EntryNotes,
    /// Notes about callers, by when they were written.
    CallerNotes,
}

/// A note, on an entry or about a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteLine {
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub by: String,
    /// The entry that it is on; `None` for a note about the caller.
    pub call_back: Option<CallBackId>,
    /// Whom it is about.
    pub caller: Caller,
    /// The name in the owner's address book.
    pub name: Option<String>,
    /// What.
    pub text: String,
}

impl Tx<'_> {
    /// The last number of a series; 0 when there is none.
    pub fn last_of(&self, series: Series) -> Result<i64, StoreError> {
        let sql = match series {
            Series::Calls => "select coalesce(max(id), 0) from calls",
            Series::CallBacks => "select coalesce(max(id), 0) from call_backs",
            Series::EntryNotes => "select coalesce(max(id), 0) from call_back_events",
            Series::CallerNotes => "select coalesce(max(id), 0) from caller_notes",
        };
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// The calls of a page, with the way each took.
    pub fn calls_of_page(
        &self,
        ids: Range<i64>,
        times: &Range<Timestamp>,
    ) -> Result<Vec<(CallLine, Vec<PathStep>)>, StoreError> {
        let sql = "select id from calls where id >= ?1 and id < ?2 and at >= ?3 and at < ?4
            and outcome <> 'forgotten' order by id";
        let mut calls = Vec::new();
        for id in self.ids(sql, ids, times)?.into_iter().map(CallId) {
            if let Some(call) = self.call_line(id)? {
                calls.push((call, self.path_of(id)?));
            }
        }
        Ok(calls)
    }

    /// The entries of a page, open and closed.
    pub fn call_backs_of_page(
        &self,
        ids: Range<i64>,
        times: &Range<Timestamp>,
    ) -> Result<Vec<CallBackLine>, StoreError> {
        let sql =
            "select id from call_backs where id >= ?1 and id < ?2 and opened_at >= ?3 and opened_at < ?4
            order by id";
        let ids = self.ids(sql, ids, times)?.into_iter().map(CallBackId);
        ids.filter_map(|id| self.call_back_line(id).transpose()).collect()
    }

    /// The entries of a caller, open and closed, the last one first. No index leads to closed ones.
    pub fn call_backs_from(&self, caller: &Caller) -> Result<Vec<CallBackLine>, StoreError> {
        let Some(identity) = caller.identity() else { return Ok(Vec::new()) };
        let sql = "select id from call_backs where caller = ?1 order by id desc";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ids = statement.query_map(params![identity], |row| row.get(0).map(CallBackId))?;
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        ids.into_iter().filter_map(|id| self.call_back_line(id).transpose()).collect()
    }

    /// The notes of a page. A note that was taken back is none.
    pub fn notes_of_page(
        &self,
        series: Series,
        ids: Range<i64>,
        times: &Range<Timestamp>,
    ) -> Result<Vec<NoteLine>, StoreError> {
        let sql = match series {
            Series::Calls | Series::CallBacks => return Ok(Vec::new()),
            Series::EntryNotes => {
                "select event.at, by, call_back, call_backs.caller, name, coalesce(detail, '')
                from call_back_events as event join call_backs on call_backs.id = call_back
                left join callers on callers.caller = call_backs.caller
                where event.id >= ?1 and event.id < ?2 and at >= ?3 and at < ?4 and what = 'note'
                and undone_at is null order by event.id"
            }
            Series::CallerNotes => {
                "select at, by, null, note.caller, name, text
                from caller_notes as note left join callers on callers.caller = note.caller
                where id >= ?1 and id < ?2 and at >= ?3 and at < ?4 order by id"
            }
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query(params![ids.start, ids.end, millis(times.start), millis(times.end)])?;
        rows.and_then(read_note).collect()
    }

    fn ids(&self, sql: &str, ids: Range<i64>, times: &Range<Timestamp>) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let words = params![ids.start, ids.end, millis(times.start), millis(times.end)];
        let ids = statement.query_map(words, |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }
}

fn read_note(row: &Row<'_>) -> Result<NoteLine, StoreError> {
    Ok(NoteLine {
        at: time(row.get(0)?)?,
        by: row.get(1)?,
        call_back: row.get::<_, Option<i64>>(2)?.map(CallBackId),
        caller: Caller::from_identity(row.get(3)?),
        name: row.get(4)?,
        text: row.get(5)?,
    })
}
