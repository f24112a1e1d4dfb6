//! One pass over entries, their histories, and calls.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;

use crate::call::{CallId, MissedReason};
use crate::call_back::{CallBackId, CloseOutcome};
use crate::store::{StoreError, Tx, millis, time};

use super::{Claim, Fault, Finding, Proof, Tally};

/// What an entry says, and what was found of it.
struct Entry {
    opened_at: i64,
    is_open: bool,
    says: u64,
    holds: u64,
    has_closing_deed: bool,
}

struct Pass<'a> {
    tx: &'a Tx<'a>,
    claim: &'a Claim<'a>,
    entries: HashMap<i64, Entry>,
    findings: Vec<Finding>,
    /// The day of the last call, from its first to its last millisecond: calls come in the order of time.
    today: (Date, std::ops::Range<i64>),
}

pub(super) fn everything(tx: &Tx<'_>, claim: &Claim<'_>) -> Result<Proof, StoreError> {
    let today = (Date::ZERO, 0..0);
    let mut pass = Pass { tx, claim, entries: HashMap::new(), findings: Vec::new(), today };
    pass.read_entries()?;
    pass.read_histories()?;
    let days = pass.read_calls()?;
    pass.weigh_entries()?;
    let Pass { mut findings, .. } = pass;
    findings.sort_by_key(|finding| (finding.day, finding.call, finding.call_back));
    Ok(Proof { days: days.into_iter().collect(), findings })
}

impl Pass<'_> {
    fn read_entries(&mut self) -> Result<(), StoreError> {
        let sql =
            "select id, line, caller, owner, opened_at, closed_by, closed_at, outcome, calls from call_backs
            order by id";
        let mut statement = self.tx.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut open: HashMap<(String, String), i64> = HashMap::new();
        while let Some(row) = rows.next()? {
            let (id, opened_at): (i64, i64) = (row.get(0)?, row.get(4)?);
            let is_open = row.get::<_, Option<i64>>(6)?.is_none();
            if row.get_ref(3)?.as_str().unwrap_or_default().trim().is_empty() {
                self.found_in(id, opened_at, Fault::WithoutOwner)?;
            }
            let by = row.get_ref(5)?.as_str_or_null().unwrap_or_default();
            let word = row.get_ref(7)?.as_str_or_null().unwrap_or_default();
            let says_how = word.is_some_and(|word| CloseOutcome::from_word(word).is_some());
            let is_told = by.is_some_and(|by| !by.is_empty()) && says_how;
            let is_untold = by.is_none() && word.is_none();
            if (is_open && !is_untold) || (!is_open && !is_told) {
                self.found_in(id, opened_at, Fault::ClosedWithoutWord)?;
            }
            if is_open && let Some(caller) = row.get::<_, Option<String>>(2)? {
                if let Some(first) = open.insert((row.get(1)?, caller), id) {
                    self.found_in(id, opened_at, Fault::Twofold { other: CallBackId(first) })?;
                }
            }
            let says = row.get::<_, i64>(8)?.unsigned_abs();
            let entry = Entry { opened_at, is_open, says, holds: 0, has_closing_deed: false };
            self.entries.insert(id, entry);
        }
        Ok(())
    }

    fn read_histories(&mut self) -> Result<(), StoreError> {
        let sql = "select call_back, at, what = 'closed' and undone_at is null from call_back_events";
        let mut statement = self.tx.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, at, closes): (i64, i64, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
            match self.entries.get_mut(&id) {
                Some(entry) => entry.has_closing_deed |= closes,
                None => self.found_in(id, at, Fault::Leftover { what: "a deed" })?,
            }
        }
        let mut statement = self.tx.connection.prepare("select call_back, made_at from promises")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, at): (i64, i64) = (row.get(0)?, row.get(1)?);
            if !self.entries.contains_key(&id) {
                self.found_in(id, at, Fault::Leftover { what: "a promise" })?;
            }
        }
        Ok(())
    }

    fn read_calls(&mut self) -> Result<BTreeMap<Date, Tally>, StoreError> {
        let sql =
            "select id, at, outcome, reason, answered_by, accepted_at, call_back from calls order by id";
        let mut statement = self.tx.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut days: BTreeMap<Date, Tally> = BTreeMap::new();
        let (mut last, mut last_at) = (0, millis(self.claim.now));
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let at: i64 = row.get(1)?;
            if id > last + 1 {
                self.vanished((last + 1, id - 1), at)?;
            }
            (last, last_at) = (id, at);
            let day = self.day_of(at)?;
            let tally = days.entry(day).or_default();
            tally.calls += 1;
            let joined = row.get::<_, Option<i64>>(6)?.map(CallBackId);
            let mut is_open = None;
            if let Some(entry) = joined.and_then(|id| self.entries.get_mut(&id.0)) {
                entry.holds += 1;
                is_open = Some(entry.is_open);
            }
            let found = |fault| Finding { day, call: Some(CallId(id)), call_back: joined, fault };
            if joined.is_some() && is_open.is_none() {
                self.findings.push(found(Fault::EntryVanished));
            }
            let word = row.get_ref(2)?.as_str().unwrap_or_default();
            match word {
                "forgotten" => tally.forgotten += 1,
                "blocked" => tally.blocked += 1,
                "answered" => {
                    tally.answered += 1;
                    let by = row.get_ref(4)?.as_str_or_null().unwrap_or_default();
                    if by.is_none_or(str::is_empty) || row.get::<_, Option<i64>>(5)?.is_none() {
                        self.findings.push(found(Fault::AnsweredByNobody));
                    }
                }
                "missed" => {
                    match is_open {
                        Some(true) => tally.missed_open += 1,
                        Some(false) => tally.missed_closed += 1,
                        None if joined.is_none() => self.findings.push(found(Fault::MissedWithoutEntry)),
                        None => {}
                    }
                    let reason = row.get_ref(3)?.as_str_or_null().unwrap_or_default();
                    if reason.and_then(MissedReason::from_word).is_none() {
                        self.findings.push(found(Fault::MissedWithoutReason));
                    }
                }
                "in_progress" => {
                    tally.in_progress += 1;
                    let quiet = self.claim.now.duration_since(self.last_heard_of(id)?);
                    if quiet > self.claim.quiet_at_most {
                        self.findings.push(found(Fault::QuietForLong { hours: quiet.as_hours() }));
                    }
                }
                unknown => self.findings.push(found(Fault::OutcomeUnknown(unknown.to_owned()))),
            }
        }
        // The last rows leave no gap behind them, but others know of them.
        let known = self.highest_call_known()?;
        if known > last {
            self.vanished((last + 1, known), last_at)?;
        }
        Ok(days)
    }

    fn weigh_entries(&mut self) -> Result<(), StoreError> {
        let entries = std::mem::take(&mut self.entries);
        for (id, entry) in entries {
            let Entry { opened_at, is_open, says, holds, has_closing_deed } = entry;
            if says != holds {
                self.found_in(id, opened_at, Fault::Miscounted { says, holds })?;
            }
            if !is_open && !has_closing_deed {
                self.found_in(id, opened_at, Fault::ClosedWithoutDeed)?;
            }
        }
        Ok(())
    }

    /// The highest number of a call in what is written together with calls.
    fn highest_call_known(&self) -> Result<i64, StoreError> {
        let sql = "select max(coalesce((select max(last_call) from call_backs), 0),
            coalesce((select max(call) from turns), 0), coalesce((select max(call) from legs), 0),
            coalesce((select max(call) from notices), 0), coalesce((select max(call) from promises), 0))";
        Ok(self.tx.connection.query_row(sql, [], |row| row.get(0))?)
    }

    fn last_heard_of(&self, call: i64) -> Result<Timestamp, StoreError> {
        let sql = "select max(at, coalesce(ended_at, 0), coalesce((select max(at) from turns where call = calls.id), 0),
            coalesce((select max(max(coalesce(picked_up_at, 0), coalesce(accepted_at, 0))) from legs where call = calls.id), 0))
            from calls where id = ?1";
        let mut statement = self.tx.connection.prepare_cached(sql)?;
        time(statement.query_row(params![call], |row| row.get(0))?)
    }

    fn vanished(&mut self, (first, last): (i64, i64), at: i64) -> Result<(), StoreError> {
        let day = self.day_of(at)?;
        let fault = Fault::Vanished { last: CallId(last) };
        self.findings.push(Finding { day, call: Some(CallId(first)), call_back: None, fault });
        Ok(())
    }

    fn found_in(&mut self, entry: i64, at: i64, fault: Fault) -> Result<(), StoreError> {
        let day = self.day_of(at)?;
        self.findings.push(Finding { day, call: None, call_back: Some(CallBackId(entry)), fault });
        Ok(())
    }

    fn day_of(&mut self, at: i64) -> Result<Date, StoreError> {
        if !self.today.1.contains(&at) {
            let moment = time(at)?.to_zoned(self.claim.zone.clone());
            let begins = moment.start_of_day().map_or(at, |start| start.timestamp().as_millisecond());
            let ends = moment.tomorrow().and_then(|next| next.start_of_day());
            let ends = ends.map_or(at + 1, |end| end.timestamp().as_millisecond());
            self.today = (moment.date(), begins..ends);
        }
        Ok(self.today.0)
    }
}
