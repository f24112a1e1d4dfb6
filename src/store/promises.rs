//! The ledger of promises: what callers were told, and whether somebody rang in time.
//!
//! A promise is kept when somebody rings the caller, or deals with the entry, by then; whatever came of it. A close
//! after which a person opened the entry again dealt with nothing, unless somebody had talked with the caller by then:
//! what only such a close had met is open again, or broken.

use jiff::Timestamp;
use rusqlite::params;

use crate::call::CallId;
use crate::call_back::CallBackId;

use super::{StoreError, Tx, millis, opt_time, time};

/// What a caller was told, or agreed to with a person: by when somebody rings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The call in which it was told; `None` for an agreement.
    pub call: Option<CallId>,
    /// When.
    pub made_at: Timestamp,
    /// By when somebody rings.
    pub promised_at: Timestamp,
    /// When somebody first rang, or the entry was closed, after it was made.
    pub met_at: Option<Timestamp>,
}

impl Promise {
    /// How it stands: `kept`, `broken` or `open`.
    pub fn word(&self, now: Timestamp) -> &'static str {
        match self.met_at {
            Some(met_at) if met_at <= self.promised_at => "kept",
            None if now <= self.promised_at => "open",
            Some(_) | None => "broken",
        }
    }
}

/// When somebody first rang, agreed or dealt with the entry after a promise was made.
const MET_AT: &str = "(select min(at) from call_back_events as event
    where event.call_back = promises.call_back and event.at > promises.made_at
    and event.what in ('tried', 'agreed', 'closed') and event.undone_at is null
    and (event.what <> 'closed' or event.detail in ('reached', 'wrong-number', 'answered-on-redial')
        or not exists (select 1 from call_back_events as again where again.call_back = event.call_back
            and again.id > event.id and again.what = 'reopened' and again.by <> 'ringback' and again.undone_at is null)))";

impl Tx<'_> {
    /// What was promised about an entry, in the order of the promises.
    pub fn promises_of(&self, id: CallBackId) -> Result<Vec<Promise>, StoreError> {
        let sql = "select call, made_at, promised_at, met_at from promises where call_back = ?1 order by made_at, id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![id.0])?;
        let mut promises = Vec::new();
        while let Some(row) = rows.next()? {
            promises.push(Promise {
                call: row.get::<_, Option<i64>>(0)?.map(CallId),
                made_at: time(row.get(1)?)?,
                promised_at: time(row.get(2)?)?,
                met_at: opt_time(row.get(3)?)?,
            });
        }
        Ok(promises)
    }

    /// What a caller was told in a call; `None` takes it back. Once it counts from a later time it does not count from an
    /// earlier one again. Gives the earliest promise of the entry that waits to be kept, or was broken.
    pub fn note_promise(
        &self,
        id: CallBackId,
        (call, made_at): (CallId, Timestamp),
        promised_at: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, StoreError> {
        match promised_at {
            Some(promised_at) => {
                let sql =
                    "insert into promises (call_back, call, made_at, promised_at) values (?1, ?2, ?3, ?4)
                    on conflict (call_back, call) do update
                    set promised_at = excluded.promised_at, made_at = max(made_at, excluded.made_at)
                    where promised_at <> excluded.promised_at or made_at < excluded.made_at";
                let words = params![id.0, call.0, millis(made_at), millis(promised_at)];
                if self.connection.prepare_cached(sql)?.execute(words)? > 0 {
                    // Only this one: what was promised in earlier calls stands as it did, however many they are.
                    let sql =
                        format!("update promises set met_at = {MET_AT} where call_back = ?1 and call = ?2");
                    self.connection.prepare_cached(&sql)?.execute(params![id.0, call.0])?;
                }
            }
            None => {
                let sql = "delete from promises where call_back = ?1 and call = ?2";
                self.connection.prepare_cached(sql)?.execute(params![id.0, call.0])?;
            }
        }
        self.pending_promise(id)
    }

    /// A time on which a person and the caller agreed. The agreement itself keeps what was promised before.
    pub fn note_agreement(
        &self,
        id: CallBackId,
        made_at: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "insert into promises (call_back, made_at, promised_at) values (?1, ?2, ?3)";
        self.connection.prepare_cached(sql)?.execute(params![id.0, millis(made_at), millis(until)])?;
        Ok(())
    }

    /// Takes an agreement back that was made then.
    pub fn take_back_agreement(&self, id: CallBackId, made_at: Timestamp) -> Result<(), StoreError> {
        let sql = "delete from promises where call_back = ?1 and call is null and made_at = ?2";
        self.connection.prepare_cached(sql)?.execute(params![id.0, millis(made_at)])?;
        Ok(())
    }

    /// The earliest promise of an entry by which nobody has rung. What was promised before the caller agreed to another
    /// time counts no more, not even where it stays broken: the caller has heard from us and counts on that time.
    pub fn pending_promise(&self, id: CallBackId) -> Result<Option<Timestamp>, StoreError> {
        let sql = "select min(promised_at) from promises as promise
            where call_back = ?1 and (met_at is null or met_at > promised_at)
            and not exists (select 1 from promises as agreed where agreed.call_back = promise.call_back
                and agreed.call is null and agreed.made_at > promise.made_at)";
        let mut statement = self.connection.prepare_cached(sql)?;
        opt_time(statement.query_row(params![id.0], |row| row.get(0))?)
    }

    /// Weighs an entry's promises anew by its history: after a deed that may keep one, and after one is taken back.
    pub fn meet_promises(&self, id: CallBackId) -> Result<(), StoreError> {
        let sql = format!("update promises set met_at = {MET_AT} where call_back = ?1");
        self.connection.prepare_cached(&sql)?.execute(params![id.0])?;
        Ok(())
    }
}
