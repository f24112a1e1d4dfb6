//! What a report counts, read for its period and the one before, and for no other time.
//!
//! No index leads to a time. Ids grow with time, so the rows of a period are found by halving.

use std::collections::HashMap;

use rusqlite::{Row, params};

use crate::call::{Accept, FlowName, Outcome};
use crate::call_back::{AttemptOutcome, CloseOutcome, Deed};
use crate::report::{AttemptFact, CallFact, Closing, EntryFact, Facts, FlowVersionName, Period, PromiseFact};

use super::calls::{read_area, read_number, read_outcome, read_person};
use super::since::{CALLS, Log};
use super::{StoreError, Tx, millis, opt_time, time};

/// A row may be written so much later than its time says: calls are asked after for eight days, a forgotten one keeps
/// only the beginning of its day, and clocks are set back.
const WRITTEN_LATE_AT_MOST_MILLIS: i64 = 10 * 24 * 60 * 60 * 1000;

/// Letters of a hash that tell versions of a flow apart.
const SHORT_HASH: usize = 12;

/// The word of an answered call.
const ANSWERED: &str = "answered";

const ENTRIES: Log = Log { table: "call_backs", at: "opened_at" };
const PROMISES: Log = Log { table: "promises", at: "made_at" };
const EVENTS: Log = Log { table: "call_back_events", at: "at" };

/// Deeds that were not taken back and in which somebody dialled; see [`crate::report`].
const RUNG: &str = "undone_at is null and (what in ('tried', 'agreed')
    or what = 'closed' and detail in ('reached', 'wrong-number'))";

/// What people did.
#[derive(Default)]
struct Deeds {
    attempts: Vec<AttemptFact>,
    /// When somebody first rang, by entry.
    rung: HashMap<i64, i64>,
}

/// Rows that may lie in a stretch of time: ids from and before; and the stretch itself.
struct Stretch {
    ids: (i64, i64),
    times: (i64, i64),
}

impl Tx<'_> {
    /// Everything that happened in a period and in the one before it.
    pub fn facts(&self, period: &Period) -> Result<Facts, StoreError> {
        let times = (millis(period.before().begins_at()), millis(period.ends_at()));
        let deeds = self.deeds(&self.stretch(EVENTS, times)?)?;
        Ok(Facts {
            calls: self.call_facts(&self.stretch(CALLS, times)?)?,
            entries: self.entry_facts(&self.stretch(ENTRIES, times)?, &deeds)?,
            promises: self.promise_facts(&self.stretch(PROMISES, times)?)?,
            attempts: deeds.attempts,
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
        self.halve(log, since.saturating_sub(WRITTEN_LATE_AT_MOST_MILLIS))
    }

    fn call_facts(&self, stretch: &Stretch) -> Result<Vec<CallFact>, StoreError> {
        let flows = self.flow_version_names()?;
        // The same few names stand in all the rows.
        let mut areas = Known::default();
        let mut people = Known::default();
        let mut lines = Known::default();
        let sql = "select at, outcome, reason, answered_by, accepted_at, area, flow, line from calls
            where id >= ?1 and id < ?2 and at >= ?3 and at < ?4 and outcome <> 'forgotten'";
        self.each(sql, stretch, |row| {
            let word = row.get_ref(1)?.as_str().unwrap_or_default();
            let outcome = match people.read((row, 3), read_person)?.zip(row.get::<_, Option<i64>>(4)?) {
                Some((by, at)) if word == ANSWERED => Outcome::Answered(Accept { by, at: time(at)? }),
                _ => read_outcome(word, row.get(2)?, (None, None))?,
            };
            Ok(CallFact {
                at: time(row.get(0)?)?,
                outcome,
                area: areas.read((row, 5), read_area)?,
                flow: row.get::<_, Option<i64>>(6)?.and_then(|id| flows.get(&id).cloned()),
                line: lines.read((row, 7), read_number)?,
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

    fn entry_facts(&self, stretch: &Stretch, deeds: &Deeds) -> Result<Vec<EntryFact>, StoreError> {
        let sql = "select id, opened_at, closed_by, closed_at, outcome, owner, area from call_backs
            where id >= ?1 and id < ?2 and opened_at >= ?3 and opened_at < ?4";
        self.each(sql, stretch, |row| {
            let (id, closed_at): (i64, Option<i64>) = (row.get(0)?, row.get(3)?);
            let closed = match (read_person(row.get(2)?)?, opt_time(closed_at)?) {
                (Some(by), Some(at)) => {
                    let word = row.get::<_, Option<String>>(4)?.unwrap_or_default();
                    let outcome = CloseOutcome::from_word(&word)
                        .ok_or_else(|| StoreError::unreadable("an outcome", word))?;
                    Some(Closing { by, at, outcome })
                }
                _ => None,
            };
            let first_rung_at = match deeds.rung.get(&id).copied() {
                None if closed_at.is_none_or(|closed_at| closed_at >= stretch.times.1) => {
                    self.rung_later(id)?
                }
                rung => rung,
            };
            Ok(EntryFact {
                opened_at: time(row.get(1)?)?,
                closed,
                first_rung_at: opt_time(first_rung_at)?,
                owner: read_person(row.get(5)?)?.ok_or_else(|| StoreError::unreadable("a person", ""))?,
                area: read_area(row.get(6)?)?,
            })
        })
    }

    /// When somebody first rang the caller of an entry that was still open at the end of the stretch.
    fn rung_later(&self, entry: i64) -> Result<Option<i64>, StoreError> {
        let sql = format!("select min(at) from call_back_events where call_back = ?1 and {RUNG}");
        Ok(self.connection.prepare_cached(&sql)?.query_row(params![entry], |row| row.get(0))?)
    }

    /// What was done in a stretch of the history, and a little after it: enough for every entry that was opened in it
    /// and closed before its end.
    fn deeds(&self, stretch: &Stretch) -> Result<Deeds, StoreError> {
        let sql = format!(
            "select call_back, at, by, what, coalesce(detail, '') from call_back_events
            where id >= ?1 and id < ?2 and {RUNG}"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![stretch.ids.0, stretch.ids.1])?;
        let mut deeds = Deeds::default();
        while let Some(row) = rows.next()? {
            let at: i64 = row.get(1)?;
            deeds.rung.entry(row.get(0)?).and_modify(|first| *first = at.min(*first)).or_insert(at);
            let is_within = stretch.times.0 <= at && at < stretch.times.1;
            if is_within && row.get_ref(3)?.as_str_or_null().ok().flatten() == Some(Deed::Tried.word()) {
                let outcome: String = row.get(4)?;
                deeds.attempts.push(AttemptFact {
                    at: time(at)?,
                    by: read_person(row.get(2)?)?.ok_or_else(|| StoreError::unreadable("a person", ""))?,
                    outcome: AttemptOutcome::from_word(&outcome)
                        .ok_or_else(|| StoreError::unreadable("an attempt", outcome))?,
                });
            }
        }
        Ok(deeds)
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

    fn each<T>(
        &self,
        sql: &str,
        stretch: &Stretch,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
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

/// Texts that were read before, because reading each anew would take longer than all the rest.
struct Known<T>(HashMap<String, Option<T>>);

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Clone> Known<T> {
    fn read(
        &mut self,
        (row, column): (&Row<'_>, usize),
        read: impl FnOnce(Option<String>) -> Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let Some(text) = row.get_ref(column)?.as_str_or_null().ok().flatten() else { return Ok(None) };
        if let Some(known) = self.0.get(text) {
            return Ok(known.clone());
        }
        let new = read(Some(text.to_owned()))?;
        self.0.insert(text.to_owned(), new.clone());
        Ok(new)
    }
}
