//! Calls that are over, with all that was done in them, for playing them again.

use jiff::Timestamp;
use rusqlite::params;

use crate::call::{CallId, Caller, Key, StepName};
use crate::compare::{PastCall, PastTurn};

use super::calls::{read_number, read_outcome};
use super::{FlowVersionId, StoreError, Tx, millis, opt_time, time};

impl Tx<'_> {
    /// Calls since `since` that a flow answered and that are over, oldest first, each with the version of its flow. A
    /// call whose turns cannot be read has none.
    pub fn past_calls(&self, since: Timestamp) -> Result<Vec<(PastCall, FlowVersionId)>, StoreError> {
        let sql =
            "select id, caller, line, forwarded_from, first_fetch_at, ended_at, outcome, reason, answered_by,
            accepted_at, flow from calls where at >= ?1 and first_fetch_at is not null and flow is not null
            and outcome <> 'in_progress' and trouble = 0 order by at, id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![millis(since)])?;
        let mut calls = Vec::new();
        while let Some(row) = rows.next()? {
            let id = CallId(row.get(0)?);
            let caller = Caller::from_identity(row.get(1)?);
            let call = PastCall {
                id,
                about: self.acquaintance(&caller)?,
                caller,
                line: read_number(row.get(2)?)?,
                forwarded_from: read_number(row.get(3)?)?,
                at: time(row.get(4)?)?,
                ended_at: opt_time(row.get(5)?)?,
                outcome: read_outcome(&row.get::<_, String>(6)?, row.get(7)?, (row.get(8)?, row.get(9)?))?,
                turns: self.turns_of(id)?,
                legs: self.legs_of(id)?,
            };
            calls.push((call, FlowVersionId(row.get(10)?)));
        }
        Ok(calls)
    }

    fn turns_of(&self, call: CallId) -> Result<Vec<PastTurn>, StoreError> {
        let sql = "select at, key, passed, state from turns where call = ?1 order by turn";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![call.0])?;
        let mut turns = Vec::new();
        while let Some(row) = rows.next()? {
            let Ok(state) = serde_json::from_str(&row.get::<_, String>(3)?) else { return Ok(Vec::new()) };
            let (key, passed): (Option<String>, String) = (row.get(1)?, row.get(2)?);
            turns.push(PastTurn {
                at: time(row.get(0)?)?,
                key: key.and_then(|key| Key::new(key.chars().next()?)),
                passed: passed.split_whitespace().map(StepName::stored).collect(),
                state,
            });
        }
        Ok(turns)
    }
}
