//! Where in the log a time is. Numbers of calls grow with time, but for calls that are told of afterwards; no index
//! leads to a time, and none is worth its price on every call.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::call::CallId;

use super::{StoreError, Tx, millis};

/// By so much a call may be older than those with smaller numbers: nobody asks the provider for calls that are older
/// than eight days, and of a forgotten one only its day is left.
const LATE_AT_MOST_MILLIS: i64 = (8 * 24 + 25) * 60 * 60 * 1000;

/// A table whose ids grow with time, and the column with the time.
#[derive(Copy, Clone)]
pub(super) struct Log {
    pub(super) table: &'static str,
    pub(super) at: &'static str,
}

pub(super) const CALLS: Log = Log { table: "calls", at: "at" };

impl Tx<'_> {
    /// A number below which no call came at or after `at`; as near to it as calls that were told of late allow.
    pub fn first_call_since(&self, at: Timestamp) -> Result<CallId, StoreError> {
        self.first_at_or_after(millis(at).saturating_sub(LATE_AT_MOST_MILLIS))
    }

    /// A number from which on every call came at or after `at`.
    pub fn first_call_of_all_since(&self, at: Timestamp) -> Result<CallId, StoreError> {
        self.first_at_or_after(millis(at).saturating_add(LATE_AT_MOST_MILLIS))
    }

    fn first_at_or_after(&self, at: i64) -> Result<CallId, StoreError> {
        self.halve(CALLS, at).map(CallId)
    }

    /// Finds a row at or after `at` by halving. Between the numbers of those that were written late it may be any of
    /// them, which the margins of those who ask make good.
    pub(super) fn halve(&self, log: Log, at: i64) -> Result<i64, StoreError> {
        let Log { table, at: column } = log;
        let newest = format!("select coalesce(max(id), 0) from {table}");
        let newest: i64 = self.connection.prepare_cached(&newest)?.query_row([], |row| row.get(0))?;
        // Not every id has its row.
        let probe = format!("select id, {column} from {table} where id >= ?1 order by id limit 1");
        let mut probe = self.connection.prepare_cached(&probe)?;
        let (mut low, mut high) = (1, newest + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
            match probe.query_row(params![middle], read).optional()? {
                Some((id, came_at)) if came_at < at => low = id + 1,
                Some(_) | None => high = middle,
            }
        }
        Ok(low)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::call::{Caller, Provider, ProviderCall};
    use crate::store::{CallFilter, Desk, NewCall};

    const HOURS: i64 = 2_000;

    fn hour(nth: i64) -> Timestamp {
        "2026-11-20T18:00:00Z".parse::<Timestamp>().unwrap() - SignedDuration::from_hours(HOURS - nth)
    }

    /// A call each hour; each seventh is told of up to eight days late.
    fn came_at(nth: i64) -> Timestamp {
        if nth % 7 == 0 { hour(nth) - SignedDuration::from_hours(nth % 192) } else { hour(nth) }
    }

    #[test]
    fn no_call_of_a_stretch_is_left_out_and_the_log_is_not_walked() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::open(&folder.path().join("ringback.db")).unwrap();
        desk.write(|tx| {
            for nth in 1..=HOURS {
                let of = ProviderCall {
                    provider: Provider::Twilio,
                    account: "AC1".into(),
                    id: format!("CA{nth}"),
                };
                let (caller, at) = (Caller::Withheld, came_at(nth));
                let (caller_name, line, forwarded_from, attested) = (None, None, None, false);
                tx.open_call(NewCall { of, caller, caller_name, line, forwarded_from, attested, at })?;
            }
            // A number is missing where an entry was never written.
            tx.connection.execute("delete from calls where id between 900 and 950", [])?;
            for nth in [-500, 1, 192, 899, 900, 925, 951, 1_500, 1_999, 2_000, 2_500] {
                let at = hour(nth);
                let there = |id: &i64| !(900..=950).contains(id);
                let since: Vec<i64> = (1..=HOURS).filter(there).filter(|id| came_at(*id) >= at).collect();
                let until: Vec<i64> = (1..=HOURS).filter(there).filter(|id| came_at(*id) < at).collect();
                let ids = |filter: CallFilter| -> Result<Vec<i64>, StoreError> {
                    let mut ids: Vec<i64> = tx.calls(&filter)?.iter().map(|call| call.id.0).collect();
                    ids.sort_unstable();
                    Ok(ids)
                };
                assert_eq!(
                    ids(CallFilter { since: Some(at), ..CallFilter::default() })?,
                    since,
                    "since {nth}"
                );
                assert_eq!(
                    ids(CallFilter { until: Some(at), ..CallFilter::default() })?,
                    until,
                    "until {nth}"
                );
                assert_eq!(tx.numbers_since(at)?.calls as usize, since.len());
            }
            let first = tx.first_call_since(hour(1_500))?.0;
            assert!((1_500 - 9 * 24 - 10..=1_500).contains(&first), "{first} is near enough");
            assert!(tx.first_call_since(hour(2_500))?.0 > HOURS);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }
}
