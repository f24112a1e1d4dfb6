//! Deeds with what taking them back needs.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use crate::call::{Accept, Caller, PersonName};
use crate::call_back::{CallBackId, Deed};

use super::{CallBackEvent, StoreError, StoredCallBack, Tx, millis, opt_time, time};

/// A deed as the history keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDeed {
    /// Its place in the history.
    pub number: i64,
    /// What it was done to.
    pub id: CallBackId,
    /// What was done.
    pub event: CallBackEvent,
    /// How the entry stood before, as JSON; `None` for what cannot be taken back.
    pub before: Option<String>,
}

const COLUMNS: &str = "id, call_back, at, by, what, detail, undone_at, before from call_back_events";

impl Tx<'_> {
    /// Adds a deed to an entry's history, with how the entry stood before.
    pub fn add_deed(&self, id: CallBackId, event: &CallBackEvent, before: &str) -> Result<(), StoreError> {
        self.add_call_back_event(id, event)?;
        let sql = "update call_back_events set before = ?2 where id = ?1";
        let number = self.connection.last_insert_rowid();
        self.connection.prepare_cached(sql)?.execute(params![number, before])?;
        Ok(())
    }

    /// The last deed of a person, to one entry or to any.
    pub fn last_deed_by(
        &self,
        by: &PersonName,
        id: Option<CallBackId>,
    ) -> Result<Option<StoredDeed>, StoreError> {
        let found = match id {
            Some(id) => {
                let sql =
                    format!("select {COLUMNS} where call_back = ?1 and by = ?2 order by id desc limit 1");
                let mut statement = self.connection.prepare_cached(&sql)?;
                statement.query_row(params![id.0, by.as_str()], |row| Ok(read_deed(row))).optional()?
            }
            None => {
                let sql = format!("select {COLUMNS} where by = ?1 order by id desc limit 1");
                let mut statement = self.connection.prepare_cached(&sql)?;
                statement.query_row(params![by.as_str()], |row| Ok(read_deed(row))).optional()?
            }
        };
        found.transpose()
    }

    /// The last three deeds to an entry, by anybody, the last one first: as many as one command does.
    pub fn last_deeds_to(&self, id: CallBackId) -> Result<Vec<StoredDeed>, StoreError> {
        let sql = format!("select {COLUMNS} where call_back = ?1 order by id desc limit 3");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![id.0])?;
        let mut deeds = Vec::new();
        while let Some(row) = rows.next()? {
            deeds.push(read_deed(row)?);
        }
        Ok(deeds)
    }

    /// Marks a deed as taken back, and weighs the entry's promises without it.
    pub fn undo_deed(&self, deed: &StoredDeed, at: Timestamp) -> Result<(), StoreError> {
        let sql = "update call_back_events set undone_at = ?2 where id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![deed.number, millis(at)])?;
        self.meet_promises(deed.id)
    }

    /// Entries whose offer nobody answered by `now`.
    pub fn lapsed_offers(&self, now: Timestamp) -> Result<Vec<StoredCallBack>, StoreError> {
        let sql = "select id from call_backs where offered_until <= ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ids = statement.query_map(params![millis(now)], |row| row.get(0).map(CallBackId))?;
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        let entries = ids.into_iter().map(|id| self.call_back(id));
        entries.filter_map(Result::transpose).collect()
    }

    /// Remembers again who talked with a caller last, where `instead` is what is remembered.
    pub fn talked_before(
        &self,
        caller: &Caller,
        instead: &Accept,
        before: Option<&Accept>,
    ) -> Result<(), StoreError> {
        let Some(identity) = caller.identity() else { return Ok(()) };
        let sql = "update callers set answered_at = ?4, answered_by = ?5
            where caller = ?1 and answered_at = ?2 and answered_by = ?3";
        self.connection.prepare_cached(sql)?.execute(params![
            identity,
            millis(instead.at),
            instead.by.as_str(),
            before.map(|talk| millis(talk.at)),
            before.map(|talk| talk.by.as_str()),
        ])?;
        Ok(())
    }
}

fn read_deed(row: &Row<'_>) -> Result<StoredDeed, StoreError> {
    let what: String = row.get(4)?;
    Ok(StoredDeed {
        number: row.get(0)?,
        id: CallBackId(row.get(1)?),
        event: CallBackEvent {
            at: time(row.get(2)?)?,
            by: row.get(3)?,
            what: Deed::from_word(&what).ok_or_else(|| StoreError::unreadable("a deed", what))?,
            detail: row.get(5)?,
            undone_at: opt_time(row.get(6)?)?,
        },
        before: row.get(7)?,
    })
}
