//! What a report counts, read for its period and the one before, and for no other time.
//!
//! No index leads to a time. Ids grow with time, so the rows of a period are found by halving.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row, params};

use crate::call::FlowName;
use crate::call_back::{AttemptOutcome, CloseOutcome};
use crate::report::{AttemptFact, CallFact, Closing, EntryFact, Facts, FlowVersionName, Period, PromiseFact};

use super::calls::{read_area, read_number, read_outcome, read_person};
use super::{StoreError, Tx, millis, opt_time, time};

/// A row may be written so much later than its time says: calls are asked after for eight days, a forgotten one keeps
/// only the beginning of its day, and clocks are set back.
const WRITTEN_LATE_AT_MOST_MILLIS: i64 = 10 * 24 * 60 * 60 * 1000;

/// Letters of a hash that tell versions of a flow apart.
const SHORT_HASH: usize = 12;

/// A table whose ids grow with time, and the column with the time.
#[derive(Copy, Clone)]
struct Log {
    table: &'static str,
    at: &'static str,
}

const CALLS: Log = Log { table: "calls", at: "at" };
const ENTRIES: Log = Log { table: "call_backs", at: "opened_at" };
const PROMISES: Log = Log { table: "promises", at: "made_at" };
const EVENTS: Log = Log { table: "call_back_events", at: "at" };

/// Rows that may lie in a stretch of time: ids from and before; and the stretch itself.
struct Stretch {
    ids: (i64, i64),
    times: (i64, i64),
}

impl Tx<'_> {
    /// Everything that happened in a period and in the one before it.
    pub fn facts(&self, period: &Period) -> Result<Facts, StoreError> {
        let times = (millis(period.before().begins_at()), millis(period.ends_at()));
        Ok(Facts {
            calls: self.call_facts(&self.stretch(CALLS, times)?)?,
            entries: self.entry_facts(&self.stretch(ENTRIES, times)?)?,
            promises: self.promise_facts(&self.stretch(PROMISES, times)?)?,
            attempts: self.attempt_facts(&self.stretch(EVENTS, times)?)?,
        })
    }

    fn stretch(&self, log: Log, times: (i64, i64)) -> Result<Stretch, StoreError> {
        let last = times.1.saturating_add(2 * WRITTEN_LATE_AT_MOST_MILLIS);
        let ids = (self.first_written_since(log, times.0)?, self.first_written_since(log, last)?);
        Ok(Stretch { ids, times })
    }

    /// An id before which every row was written before `since`, as near to that time as rows that were written late
    /// let it be told.
    fn first_written_since(&self, log: Log, since: i64) -> Result<i64, StoreError> {
        let Log { table, at } = log;
        let last = format!("select coalesce(max(id), 0) from {table}");
        let last: i64 = self.connection.prepare_cached(&last)?.query_row([], |row| row.get(0))?;
        // Not every id has its row.
        let probe = format!("select {at} from {table} where id >= ?1 order by id limit 1");
        let mut probe = self.connection.prepare_cached(&probe)?;
        let (mut low, mut high) = (1, last + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let at: Option<i64> = probe.query_row(params![middle], |row| row.get(0)).optional()?;
            if at.is_none_or(|at| at >= since.saturating_sub(WRITTEN_LATE_AT_MOST_MILLIS)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    fn call_facts(&self, stretch: &Stretch) -> Result<Vec<CallFact>, StoreError> {
        let flows = self.flow_version_names()?;
        let sql = "select at, outcome, reason, answered_by, accepted_at, area, flow, line from calls
            where id >= ?1 and id < ?2 and at >= ?3 and at < ?4 and outcome <> 'forgotten'";
        self.each(sql, stretch, |row| {
            let outcome: String = row.get(1)?;
            Ok(CallFact {
                at: time(row.get(0)?)?,
                outcome: read_outcome(&outcome, row.get(2)?, (row.get(3)?, row.get(4)?))?,
                area: read_area(row.get(5)?)?,
                flow: row.get::<_, Option<i64>>(6)?.and_then(|id| flows.get(&id).cloned()),
                line: read_number(row.get(7)?)?,
            })
        })
    }

    fn flow_version_names(&self) -> Result<HashMap<i64, FlowVersionName>, StoreError> {
        let mut statement = self.connection.prepare_cached("select id, name, hash from flow_versions")?;
        let mut rows = statement.query([])?;
        let mut names = HashMap::new();
        while let Some(row) = rows.next()? {
            let (name, hash): (String, String) = (row.get(1)?, row.get(2)?);
            let name = FlowName::parse(&name).map_err(|_| StoreError::unreadable("a flow", name))?;
            let version = hash.chars().take(SHORT_HASH).collect::<String>().into();
            names.insert(row.get(0)?, FlowVersionName { name, version });
        }
        Ok(names)
    }

    fn entry_facts(&self, stretch: &Stretch) -> Result<Vec<EntryFact>, StoreError> {
        // Closing counts where somebody dialled; see `crate::report`.
        let sql = "select opened_at, closed_by, closed_at, outcome, owner, area,
            (select min(at) from call_back_events as event
                where event.call_back = call_backs.id and undone_at is null
                and (what in ('tried', 'agreed') or what = 'closed' and detail in ('reached', 'wrong-number')))
            from call_backs where id >= ?1 and id < ?2 and opened_at >= ?3 and opened_at < ?4";
        self.each(sql, stretch, |row| {
            let closed = match (read_person(row.get(1)?)?, opt_time(row.get(2)?)?) {
                (Some(by), Some(at)) => {
                    let word = row.get::<_, Option<String>>(3)?.unwrap_or_default();
                    let outcome = CloseOutcome::from_word(&word)
                        .ok_or_else(|| StoreError::unreadable("an outcome", word))?;
                    Some(Closing { by, at, outcome })
                }
                _ => None,
            };
            let owner: String = row.get(4)?;
            Ok(EntryFact {
                opened_at: time(row.get(0)?)?,
                closed,
                first_rung_at: opt_time(row.get(6)?)?,
                owner: read_person(Some(owner))?.ok_or_else(|| StoreError::unreadable("a person", ""))?,
                area: read_area(row.get(5)?)?,
            })
        })
    }

    fn promise_facts(&self, stretch: &Stretch) -> Result<Vec<PromiseFact>, StoreError> {
        let sql = "select made_at, promised_at, met_at from promises
            where id >= ?1 and id < ?2 and made_at >= ?3 and made_at < ?4";
        self.each(sql, stretch, |row| {
            Ok(PromiseFact {
                made_at: time(row.get(0)?)?,
                promised_at: time(row.get(1)?)?,
                met_at: opt_time(row.get(2)?)?,
            })
        })
    }

    fn attempt_facts(&self, stretch: &Stretch) -> Result<Vec<AttemptFact>, StoreError> {
        let sql = "select at, by, coalesce(detail, '') from call_back_events
            where id >= ?1 and id < ?2 and at >= ?3 and at < ?4 and what = 'tried' and undone_at is null";
        self.each(sql, stretch, |row| {
            let (by, outcome): (Option<String>, String) = (row.get(1)?, row.get(2)?);
            Ok(AttemptFact {
                at: time(row.get(0)?)?,
                by: read_person(by)?.ok_or_else(|| StoreError::unreadable("a person", ""))?,
                outcome: AttemptOutcome::from_word(&outcome)
                    .ok_or_else(|| StoreError::unreadable("an attempt", outcome))?,
            })
        })
    }

    fn each<T>(
        &self,
        sql: &str,
        stretch: &Stretch,
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let Stretch { ids, times } = stretch;
        let mut rows = statement.query(params![ids.0, ids.1, times.0, times.1])?;
        let mut facts = Vec::new();
        while let Some(row) = rows.next()? {
            facts.push(read(row)?);
        }
        Ok(facts)
    }
}
