//! Turns: where a call stood after each, and the bytes that were answered.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::call::{CallId, Key, StepName, TurnNumber};
use crate::engine::State;

use super::{StoreError, Tx, millis, time};

/// One turn, as it is written.
#[derive(Clone, Debug)]
pub struct TurnRow<'a> {
    /// When.
    pub at: Timestamp,
    /// The key that the caller pressed at the step before.
    pub key: Option<Key>,
    /// The steps that were entered, in order.
    pub passed: &'a [StepName],
    /// Where the call stands afterwards.
    pub state: &'a State,
    /// The bytes of the answer.
    pub reply: &'a str,
}

impl Tx<'_> {
    /// Writes a turn down; the same turn twice is an error of the program.
    pub fn append_turn(&self, call: CallId, turn: TurnNumber, row: &TurnRow<'_>) -> Result<(), StoreError> {
        let state = serde_json::to_string(row.state)
            .map_err(|error| StoreError::unreadable("a state", error.to_string()))?;
        let passed = row.passed.iter().map(StepName::as_str).collect::<Vec<_>>().join(" ");
        let sql = "insert into turns (call, turn, at, key, passed, state, reply) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.connection.prepare_cached(sql)?.execute(params![
            call.0,
            turn,
            millis(row.at),
            row.key.map(|key| key.to_string()),
            passed,
            state,
            row.reply,
        ])?;
        Ok(())
    }

    /// The bytes that were answered in that turn.
    pub fn reply_of(&self, call: CallId, turn: TurnNumber) -> Result<Option<String>, StoreError> {
        let sql = "select reply from turns where call = ?1 and turn = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params![call.0, turn], |row| row.get(0)).optional()?)
    }

    pub(super) fn last_turn(
        &self,
        call: CallId,
    ) -> Result<Option<(TurnNumber, State, Timestamp)>, StoreError> {
        let sql = "select turn, state, at from turns where call = ?1 order by turn desc limit 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![call.0])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (turn, state): (TurnNumber, String) = (row.get(0)?, row.get(1)?);
        // A state may hold a number that somebody typed, and errors go to the log.
        let which = |_| StoreError::unreadable("a state", format!("turn {turn} of call {call}"));
        let state = serde_json::from_str(&state).map_err(which)?;
        Ok(Some((turn, state, time(row.get(2)?)?)))
    }
}
