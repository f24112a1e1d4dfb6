//! What is older than the business keeps: calls become tombstones, and their entries, histories and notices go.
//!
//! Nothing that waits is ever purged, however old, and nothing that people said of a caller: names, lists, tags, notes
//! about the caller.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::params;

use crate::call::CallId;
use crate::call_back::CallBackId;

use super::{StoreError, Tx, millis};

/// What to purge.
#[derive(Clone, Debug)]
pub struct Purge {
    /// The business's zone: of a call its day stays.
    pub zone: TimeZone,
    /// The moment.
    pub now: Timestamp,
    /// What is older goes.
    pub before: Timestamp,
}

/// How many went.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Calls that became tombstones.
    pub calls: u64,
    /// Closed entries.
    pub call_backs: u64,
    /// Notices and incidents.
    pub notes: u64,
    /// Callers of whom only old calls told something.
    pub callers: u64,
}

impl Purged {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            call_backs: self.call_backs + other.call_backs,
            notes: self.notes + other.notes,
            callers: self.callers + other.callers,
        }
    }
}

/// Calls that are looked at in one step, and those of them that are buried: a few milliseconds each.
const LOOKED_AT: i64 = 500;
const BURIED: usize = 25;

/// Whether a call is old and nothing waits for it.
const IS_OLD: &str = "calls.at < ?1 and calls.outcome in ('answered', 'missed', 'blocked')
    and (call_back is null or exists (select 1 from call_backs
        where call_backs.id = calls.call_back and closed_at < ?1))";

/// How far a purge has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PurgeStage {
    /// Behind this call.
    Calls(CallId),
    /// Calls are done; behind this entry.
    Entries(CallBackId),
    /// Entries are done.
    Notes,
    /// Behind this caller.
    Callers(String),
    /// Everything is.
    Done,
}

impl PurgeStage {
    /// Nothing is done yet.
    pub fn first() -> Self {
        Self::Calls(CallId(0))
    }
}

impl Tx<'_> {
    /// One short step; gives what went, and how far it is then. Callers wait for it no longer than for each other.
    pub fn purge_step(
        &mut self,
        purge: &Purge,
        stage: PurgeStage,
    ) -> Result<(Purged, PurgeStage), StoreError> {
        match stage {
            PurgeStage::Calls(after) => self.purge_calls(purge, after),
            PurgeStage::Entries(after) => self.purge_entries(purge, after),
            PurgeStage::Notes => self.purge_notes(purge),
            PurgeStage::Callers(after) => self.purge_callers(purge, &after),
            PurgeStage::Done => Ok((Purged::default(), PurgeStage::Done)),
        }
    }

    /// How many calls would go. Reads all of them.
    pub fn to_purge(&self, before: Timestamp) -> Result<u32, StoreError> {
        let sql = format!("select count(*) from calls where {IS_OLD}");
        Ok(self.connection.query_row(&sql, [millis(before)], |row| row.get(0))?)
    }

    fn purge_calls(&mut self, purge: &Purge, after: CallId) -> Result<(Purged, PurgeStage), StoreError> {
        let sql = format!(
            "select id from calls where {IS_OLD} and id > ?2 and id <= ?2 + {LOOKED_AT} order by id limit {BURIED}"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let words = params![millis(purge.before), after.0];
        let ids = statement.query_map(words, |row| row.get(0).map(CallId))?.collect::<Result<Vec<_>, _>>()?;
        let forgotten = self.forget_calls(&ids, (&purge.zone, purge.now))?;
        let purged = Purged { calls: forgotten.calls, call_backs: forgotten.call_backs, ..Purged::default() };
        let next = match ids.last() {
            Some(last) if ids.len() == BURIED => PurgeStage::Calls(*last),
            // Ids grow with time: what comes behind some hundred younger calls is young as well.
            Some(_) | None if self.is_old_within(purge.before, after)? => {
                PurgeStage::Calls(CallId(after.0 + LOOKED_AT))
            }
            Some(_) | None => PurgeStage::Entries(CallBackId(0)),
        };
        Ok((purged, next))
    }

    fn is_old_within(&self, before: Timestamp, after: CallId) -> Result<bool, StoreError> {
        let sql = format!(
            "select exists (select 1 from calls where id > ?2 and id <= ?2 + {LOOKED_AT} and at < ?1)"
        );
        let words = params![millis(before), after.0];
        Ok(self.connection.prepare_cached(&sql)?.query_row(words, |row| row.get(0))?)
    }

    /// Closed entries whose calls are all in others by now: they went with none of their calls.
    fn purge_entries(&self, purge: &Purge, after: CallBackId) -> Result<(Purged, PurgeStage), StoreError> {
        let sql = format!(
            "select id, opened_at < ?1, calls = 0 and coalesce(closed_at < ?1, 0) from call_backs
            where id > ?2 order by id limit {LOOKED_AT}"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let words = params![millis(purge.before), after.0];
        let looked = statement.query_map(words, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let looked = looked.collect::<Result<Vec<(i64, bool, bool)>, _>>()?;
        let mut purged = Purged::default();
        for (id, _, goes) in &looked {
            if *goes {
                purged.call_backs += u64::from(self.remove_if_empty(*id)?);
            }
        }
        let next = match looked.last() {
            Some((last, true, _)) => PurgeStage::Entries(CallBackId(*last)),
            // Entries are opened in the order of their numbers: what comes behind a young one is young as well.
            Some((_, false, _)) | None => PurgeStage::Notes,
        };
        Ok((purged, next))
    }

    /// The oldest notices and incidents, which stand first in their tables, but for notices that nobody could send.
    fn purge_notes(&self, purge: &Purge) -> Result<(Purged, PurgeStage), StoreError> {
        let mut notes = 0;
        for (table, at) in [("notices", "sent_at"), ("incidents", "at")] {
            let sql = format!(
                "delete from {table} where {at} < ?1 and id <= {LOOKED_AT} +
                (select id from {table} where {at} is not null order by id limit 1)"
            );
            notes += self.connection.prepare_cached(&sql)?.execute([millis(purge.before)])?;
        }
        let next = if notes > 0 { PurgeStage::Notes } else { PurgeStage::Callers(String::new()) };
        Ok((Purged { notes: notes as u64, ..Purged::default() }, next))
    }

    /// Callers of whom nobody here said anything, and of whom only old calls told.
    fn purge_callers(&self, purge: &Purge, after: &str) -> Result<(Purged, PurgeStage), StoreError> {
        let sql = format!(
            "select caller, name is null and vip = 0 and blocked_at is null and allowed_at is null and tags is null
                and language_from is null and max(coalesce(answered_at, 0), coalesce(human_at, 0)) between 1 and ?1
                and not exists (select 1 from caller_notes where caller_notes.caller = callers.caller)
            from callers where caller > ?2 order by caller limit {LOOKED_AT}"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let words = params![millis(purge.before), after];
        let looked =
            statement.query_map(words, |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?;
        let looked = looked.collect::<Result<Vec<_>, _>>()?;
        let mut purged = Purged::default();
        for (caller, goes) in &looked {
            if *goes {
                self.connection.prepare_cached("delete from callers where caller = ?1")?.execute([caller])?;
                purged.callers += 1;
            }
        }
        let next = looked.last().map_or(PurgeStage::Done, |(last, _)| PurgeStage::Callers(last.clone()));
        Ok((purged, next))
    }
}
